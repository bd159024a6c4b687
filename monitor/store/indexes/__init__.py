"""I/O: the database. Indexes beside the rows: words of filed articles, words of all texts, hashes that copies share."""
