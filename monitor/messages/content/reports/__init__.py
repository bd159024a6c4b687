"""Pure. Reports to hand on: of what came in a period, and of one name."""
