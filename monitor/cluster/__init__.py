"""Pure. Copies and stories: fingerprints of articles, and the place of an article among stories."""
