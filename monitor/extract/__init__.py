"""Pure. A page's HTML -> title, text with zones, authors, date, language. Only this package imports trafilatura."""
