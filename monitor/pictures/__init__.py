"""Pure. Pictures of what happened: their figures from frozen values. Pages draw them, each with its table."""
