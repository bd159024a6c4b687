"""I/O: one channel a file."""
