"""I/O: the database. Keeping it: migrations, backup, a move, purge, retention, checks."""
