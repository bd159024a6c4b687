"""News monitoring for people who defend press freedom."""

__version__ = "0.1.0"
