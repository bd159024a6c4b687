"""The watched names at the desk: their pages and edits, trials on texts, and undoing a save."""
