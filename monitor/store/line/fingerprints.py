"""I/O: the database. Articles with their hits, for `monitor stories`, which files documents from a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import false, literal

from monitor.model import Article, Candidate, Fingerprint, Hit
from monitor.store import tables as t
from monitor.store.database import Queries
from monitor.store.line.stories import awaiting_candidate
from monitor.store.sql import articles
from monitor.store.sql.similar import CANDIDATE_ROWS, load_candidates

_ROWS = CANDIDATE_ROWS.with_only_columns(*CANDIDATE_ROWS.selected_columns, false(), false(), literal(""), literal(""))


class SqlFingerprints(Queries):
    """Articles that are filed whether or not they name anybody."""

    def add(self, article: Article, fingerprint: Fingerprint, hits: Sequence[Hit] = ()) -> Candidate:
        """Store an article with its hits so that `Stories.file` can file it, and return it as filing sees it."""
        with self._database.writing("add a document") as connection:
            stored = articles.add(connection, article, fingerprint, article.first_seen)
            if stored is None:
                stored = replace(article, id=articles.lock_current_row(connection, article.key, None).id)
            articles.put_hits(connection, stored, hits, article.first_seen)
            if awaiting := awaiting_candidate(connection, stored.id):
                return awaiting
            rows = connection.execute(_ROWS.where(t.article.c.id == stored.id)).all()
            return load_candidates(connection, rows, with_words=True)[0]
