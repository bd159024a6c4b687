"""Pure. When a feed is due, what is remembered of it, and how well it does."""
