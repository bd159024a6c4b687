"""Commands on the lists that operators edit: the watchlist and the feeds."""
