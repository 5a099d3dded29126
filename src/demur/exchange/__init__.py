"""The five documents that cross the boundaries, and the columns that travel with them.

Register, builder, readers and verifiers share no database: they exchange these documents. Each is immutable or
append-only, has canonical bytes, is signed, and its digest is an entry of the log (ADR-0002).
"""
