"""The store of the closed watch, beside the open one. Most homes have none, and need nothing of that watch."""

from __future__ import annotations

from monitor.config import Settings
from monitor.store import Store, open_store

SCHEMA = "closed"  # on PostgreSQL


def open_closed_store(settings: Settings, store: Store, *, create: bool) -> Store | None:
    """Open the store of the closed watch; unless `create`, return None if no name was ever closed."""
    file = settings.closed_database_file
    if not create and not (file.exists() if file else store.database.has_schema(SCHEMA)):
        return None
    return open_store(settings.closed_database_url, schema=SCHEMA)
