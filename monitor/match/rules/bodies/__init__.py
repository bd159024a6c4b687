"""Organisations and outlets in a text: whose country a body is of, and what names an outlet as a source only."""
