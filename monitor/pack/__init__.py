"""Pure, the standard library alone. The evidence pack: its format, and the program in it that checks it."""
