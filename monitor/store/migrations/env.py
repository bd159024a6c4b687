"""What Alembic runs: over the connection that monitor.store.ops.migrate hands it, in the transaction it is in."""

from alembic import context

from monitor.store.sql.search import is_search_index
from monitor.store.tables import Row

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Row.metadata,
    render_as_batch=True,  # SQLite alters a table by making it anew
    compare_type=True,
    include_name=lambda name, *_: not is_search_index(name),
)
with context.begin_transaction():
    context.run_migrations()
