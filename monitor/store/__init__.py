"""I/O: the database, through SQLAlchemy; it behaves the same on SQLite and on PostgreSQL.

`tables` has the rows, `database` the transactions and the meaning of errors. `Store` joins the roles, a file each, in
`line` (the pipeline writes; `claims`: who works on what), `seals`, `desk` (people read and decide) and `ops` (backup,
purge, checks). They share the queries in `sql`, and the `indexes`.

A function takes the role it uses, never the whole store. Methods are synchronous; each call is one short transaction.
While pages are being fetched, writes run in a separate thread, one at a time (docs/design/line.md). Saving calls are
idempotent: the second call with the same value changes nothing.
"""

from __future__ import annotations

from monitor.store.ops.backup import (
    AccountCopy,
    accounts_in,
    backup,
    is_our_database,
    require_backup,
    require_pair,
    restore,
    set_aside,
)
from monitor.store.ops.moves import move
from monitor.store.store import Store, open_store

__all__ = [
    "AccountCopy",
    "Store",
    "accounts_in",
    "backup",
    "is_our_database",
    "move",
    "open_store",
    "require_backup",
    "require_pair",
    "restore",
    "set_aside",
]
