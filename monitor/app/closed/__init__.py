"""The closed watch: its home, who is cleared for it, and names that move in and out of it."""
