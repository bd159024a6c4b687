"""The trip of an entry: who speaks for its address, whether its page is fetched, and the article that comes of it."""
