"""I/O: the database. The daily seals over all pages stored, and their leaves."""
