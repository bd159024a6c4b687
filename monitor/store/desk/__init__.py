"""I/O: the database. What people read and decide."""
