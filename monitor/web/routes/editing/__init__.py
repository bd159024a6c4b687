"""Pages that edit the lists: watched names, whole lists of them, recipients, sources."""
