"""I/O: the database. The roles that the pipeline reads and writes through."""
