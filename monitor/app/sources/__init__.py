"""Sources: looking for feeds, editing feeds.yaml, and the use cases of the pages of sources."""
