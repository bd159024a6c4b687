"""I/O: the database. What the pipeline reads and writes."""
