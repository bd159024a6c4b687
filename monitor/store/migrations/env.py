"""What Alembic runs: over the connection that monitor.store.ops.migrate hands it, in the transaction it is in."""

from alembic import context

from monitor.store.tables import Row

context.configure(connection=context.config.attributes["connection"], target_metadata=Row.metadata)
with context.begin_transaction():
    context.run_migrations()
