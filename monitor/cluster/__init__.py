"""Pure. Copies and stories: fingerprints, and where an article belongs."""
