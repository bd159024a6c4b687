"""I/O: HTTP. The routes of the desk's pages."""
