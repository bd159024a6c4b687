"""The watched names at the desk: their pages and edits, previews, trials on texts, and undoing a save."""
