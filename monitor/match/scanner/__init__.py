"""Pure. The fast path: the few places in many texts where a name of the list can begin."""
