"""Pure. The stories that a message tells: those of a window, and those that are told at once."""
