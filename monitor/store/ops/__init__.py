"""I/O: the database. Its operation: migration, backup, move, purge, retention, repair of times, checks."""
