"""I/O: the database. Functions for use inside a transaction, shared by several store roles."""
