"""I/O: delivery of mail to people; one channel per file."""
