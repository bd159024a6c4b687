"""Sources: search for feeds, edits of feeds.yaml, and the use cases of the desk's pages of sources."""
