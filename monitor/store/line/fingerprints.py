"""I/O: the database. Articles of which only the fingerprint is known, for `monitor stories`."""

from __future__ import annotations

from dataclasses import replace

from monitor.model import Candidate
from monitor.store.database import Queries
from monitor.store.sql import articles, items


class SqlFingerprints(Queries):
    """Articles without text, for `monitor stories`, which files documents from a file."""

    def add(self, candidate: Candidate, text_key: str) -> Candidate:
        """Store an article without text so that `Stories.file` can file it, and return it with its id."""
        article = items.bare_article(candidate, text_key)
        with self._database.writing("add a bare article") as connection:
            stored = articles.add(connection, article, candidate.fingerprint, candidate.published_at)
            article_id = stored.id if stored else articles.lock_current_row(connection, text_key, None).id
            return replace(candidate, id=article_id)
