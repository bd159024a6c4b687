"""I/O: HTTP. The desk's pages, a file each."""
