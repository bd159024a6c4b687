"""I/O: the database. What runs and jobs claim, so that no two of them read the same host or rows."""
