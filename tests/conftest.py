"""The databases, for every test that asks for one."""

from databases import database_url, empty_url, migrated, postgresql, store

__all__ = ["database_url", "empty_url", "migrated", "postgresql", "store"]
