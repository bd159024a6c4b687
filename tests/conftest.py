"""The databases, for every test that asks for one."""

from databases import database_url, empty_url, postgresql, postgresql_with_tables, sqlite_with_tables, store

__all__ = ["database_url", "empty_url", "postgresql", "postgresql_with_tables", "sqlite_with_tables", "store"]
