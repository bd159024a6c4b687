"""I/O: the database. Functions inside a transaction, which several roles share."""
