"""The watched names at the desk: their pages and edits for one viewer, trials on texts, and undoing a save."""
