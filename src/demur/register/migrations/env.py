"""Run the migrations on the connection that `demur.register.database` hands over, inside its transaction."""

from alembic import context

from demur.register.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,  # SQLite can; Alembic assumes that it cannot
    render_as_batch=True,
)
context.run_migrations()
