"""Pure. Names in a passage, and how surely each is meant."""
