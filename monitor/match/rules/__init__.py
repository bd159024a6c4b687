"""Pure. Names in a passage, and the confidence of each mention."""
