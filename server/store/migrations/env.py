"""Run by alembic inside the transaction that `server.store.migrate` has begun."""

from alembic import context

from server.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
