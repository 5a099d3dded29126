"""What `bench_intake` is made of: the server under load, the load, and pgbench beside it."""
