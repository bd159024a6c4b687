"""I/O: the database. Stories: articles that await filing, similar filed articles, and filing itself."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Connection,
    and_,
    bindparam,
    case,
    exists,
    insert,
    or_,
    select,
    union,
    update,
)

from monitor.model import (
    Article,
    ArticleText,
    Candidate,
    Change,
    Confidence,
    Finding,
    Fingerprint,
    Hit,
    Placement,
    ReviewItem,
    StaleDecision,
    Version,
)
from monitor.store import tables as t
from monitor.store.database import Queries, lock_mail, lock_stories
from monitor.store.indexes import search
from monitor.store.indexes.candidates import add_hashes, put_hashes, replace_terms
from monitor.store.line.additions import FIRST_AUTHOR, IS_ADDED
from monitor.store.line.claims import filing_watermark, whole_minute
from monitor.store.sql import articles, items, refiling, regrouping, versions
from monitor.store.sql.item_columns import refresh_item_of_story
from monitor.store.sql.related import add_related, filing_row
from monitor.store.sql.similar import (
    CANDIDATE_ROWS,
    COPIES,
    EVERY_FILING,
    NOT_AWAITING_ROWS,
    filed_candidate,
    find_similar,
    load_candidates,
    texts_of,
)

_REFRESHED_AT_ONCE = 100  # articles, a few milliseconds each


class SqlStories(Queries):
    """Stories with their articles and review items."""

    def watermark(self, now: datetime, longest_wait: timedelta, *, jobs_gather: bool = False) -> datetime | None:
        """Return the watermark: what was first seen before it may be filed; None: everything may."""
        return self._read(filing_watermark, now, longest_wait, jobs_gather=jobs_gather)

    def awaiting_filing(self, before: datetime | None = None) -> Sequence[Candidate]:
        """Return the articles to file, the earliest published first, so that a source precedes its copies.

        These are articles with a hit that alerts or is possible and that no item contains yet, and filed articles that
        have changed or gone since (`Candidate.story` is set for those). Of the same time they are in the order of their
        keys. `before`: only those first seen before this watermark, in the order of the minute of first sight. So the
        result does not depend on earlier watermarks: each minute is filed as if one run had brought it.
        """
        query = _AWAITING_FILING if before is None else _AWAITING_FILING.where(t.article.c.first_seen < before)
        with self._database.reading() as connection:
            rows = list(connection.execute(query).all())
            # Without a watermark the first part is None for all rows, so publication alone gives the order.
            rows.sort(key=lambda row: (before and whole_minute(row.first_seen), row.seen, row.key))
            # The last two columns were for the order only.
            return load_candidates(connection, [row[:-2] for row in rows], with_words=True)

    def refresh_fingerprints(
        self, filed_since: datetime, fingerprint_of: Callable[[str, str], Fingerprint], version: int
    ) -> None:
        """Replace the fingerprints of another version by those that `fingerprint_of` makes of a title and a text.

        Only those of articles that await filing or were filed since a time: older ones are not compared.
        """
        stale = _STALE_FINGERPRINTS.where(
            t.article.c.romanisation != version,
            # A list of ids, since most articles name nobody and have no fingerprint.
            t.article.c.id.in_(
                union(
                    select(t.story_article.c.article).where(t.story_article.c.filed > filed_since),
                    select(t.hit.c.article).where(_AWAITS_FILING),
                    select(t.addition.c.article).where(t.addition.c.article.is_not(None)),
                )
            ),
        )
        # A refreshed row is stale no more, so each query brings the next hundred.
        while rows := self._rows(stale):
            fingerprints = [fingerprint_of(row.title, row.text) for row in rows]
            with self._database.writing("refresh fingerprints") as connection:
                lock_stories(connection)
                for row, fingerprint in zip(rows, fingerprints, strict=True):
                    is_same = and_(t.article.c.id == row.id, t.article.c.version == row.version)
                    values = articles.fingerprint_values(fingerprint)
                    is_stored = connection.execute(update(t.article).where(is_same).values(values)).rowcount
                    if is_stored and row.filing is not None:
                        is_outdated = row.romanisation == articles.OUTDATED_FINGERPRINT
                        (put_hashes if is_outdated else replace_terms)(connection, row.filing, fingerprint)

    def find_similar(
        self,
        article: Candidate,
        copies_since: datetime,
        stories_since: datetime,
        *,
        text_share: float,
        only_earlier: bool = False,
    ) -> Sequence[Candidate]:
        """Return filed articles that may be the source of a copy or tell the same event, in the order of filing.

        Searches articles published after `copies_since` for some that share about `text_share` of the text
        (fingerprints are samples: the caller decides on all of them), and articles filed after `stories_since` for some
        that share most names and words, or most watched entities. `only_earlier`: of a filed article, only those filed
        before it.
        """
        with self._database.reading() as connection:
            before = refiling.own_filing(connection, article.id) if only_earlier else EVERY_FILING
            return find_similar(connection, article, copies_since, stories_since, text_share=text_share, before=before)

    def to_file_again(self) -> Sequence[int]:
        """Return the articles that older rules filed and that nobody has worked on, in the order of filing."""
        return self._column(refiling.TO_FILE_AGAIN)

    def mixed_items(self) -> int:
        """Return the number of items that older rules filed and people have worked on: they keep their articles."""
        return self._value(refiling.MIXED_ITEMS) or 0

    def add_document(self, article: Article, fingerprint: Fingerprint, hits: Sequence[Hit] = ()) -> Candidate:
        """Store an article with its hits and return it as filing sees it, whether or not it names anybody."""
        with self._database.writing("add a document") as connection:
            stored = articles.add(connection, article, fingerprint, article.first_seen)
            if stored is None:
                stored = replace(article, id=articles.lock_current_row(connection, article.key, None).id)
            articles.put_hits(connection, stored, hits, article.first_seen)
            if awaiting := awaiting_candidate(connection, stored.id):
                return awaiting
            rows = connection.execute(NOT_AWAITING_ROWS.where(t.article.c.id == stored.id)).all()
            return load_candidates(connection, rows, with_words=True)[0]

    def filed_candidate(self, article: int) -> Candidate | None:
        """Return a filed article as it is compared with others, or None."""
        return self._read(filed_candidate, article)

    def joinable(self, article: Candidate, stories: Collection[int]) -> Collection[int]:
        """Return the stories among these that an article may join when it is filed again.

        Nobody has worked on their items, and these are in the state of the article's own item.
        """
        return self._read(refiling.joinable_stories, article.story, stories)

    def file_again(self, article: Candidate, placement: Placement) -> bool:
        """Move a filed article with its copies to its place, in one transaction, once.

        Return False, and change nothing, if the article was not still to be filed again, if people have worked on an
        item that this would change, or if the placement no longer holds. A new item is in the state of the old one and
        was first seen when its article was. The time of filing and the names that were alerted stay.
        """
        with self._database.writing("file an article again") as connection:
            lock_mail(connection)
            connection.execute(_ARTICLE_LOCK, {"wanted": article.id})
            lock_stories(connection)
            return refiling.move(connection, article, placement)

    def texts(self, article: int, sources: Collection[int]) -> Mapping[int, ArticleText]:
        """Return the words of an article, and what people had in sight of those that it may repeat."""
        return self._read(texts_of, article, sources)

    def silent_copies(self, article: Candidate) -> Sequence[int]:
        """Return the latest copies of a filed article that people were told nothing of."""
        filed = t.story_article.c
        is_silent = and_(filed.story == article.story, filed.copy_of == article.id, filed.changed.is_(None))
        return self._column(select(filed.article).where(is_silent).order_by(filed.id.desc()).limit(COPIES))

    def versions(self, article: Candidate) -> tuple[Version, Version]:
        """Return the version of an article that its item has taken in, and the version of the candidate."""
        filed_version = select(t.story_article.c.version).where(t.story_article.c.article == article.id)
        with self._database.reading() as connection:
            history = versions.versions(connection, article.id)
            number = connection.execute(filed_version).scalar_one()
        # Versions are numbered from 1.
        return history[number - 1], history[article.version - 1]

    def item_of(self, story: int) -> ReviewItem | None:
        """Return the current review item of a story, without mentions, or None.

        Filing a thousand articles of a story must not read its texts and mentions a thousand times.
        """
        return self._read(items.item_of, story)

    def file(
        self,
        article: Candidate,
        placement: Placement,
        item: ReviewItem | None,
        now: datetime,
        *,
        expected_version: int = 0,
        findings: Sequence[Finding] = (),
    ) -> int:
        """Put an article into its story and update the story's item, in one transaction; return the story.

        With `item` None, story and item are created (version 1, open). Otherwise `item` is the new state of the story's
        item (state, version, reopened, reopened_at), and `expected_version` the version it was computed from.
        `findings`: changes of the article that people must see.

        Raises StaleDecision when the item has moved on, when the placement no longer holds (the related article is in
        another story now), or when the article gained names or words after it was read.
        """
        with self._database.writing("file an article") as connection:
            # Mailing and filing lock each other out, so that neither reads while the other writes.
            lock_mail(connection)
            filed_at = items.filing_time(connection, now)
            is_reopened = item is not None and item.reopened_at == now
            if item is not None and is_reopened:
                # Article and item get the same time: so readers learn which article reopened the item.
                item = replace(item, reopened_at=filed_at)
            stored = connection.execute(_ARTICLE_LOCK, {"wanted": article.id}).one()
            # Before the item is locked: an edit locks the article first, and then wants the item.
            lock_stories(connection)
            latest_candidate = awaiting_candidate(connection, article.id)
            # Names that were found since would have changed its placement.
            if item is not None and latest_candidate not in (None, article):
                raise _stale_decision(connection, item)
            story: int | None = connection.scalar(_STORY_OF_ARTICLE, {"wanted": article.id})
            if story is None:
                if item is None:
                    story = regrouping.new_story(connection, stored.first_seen)
                else:
                    story = _join_story(connection, placement, item, expected_version)
                is_gone = stored.gone is not None
                place = {"story": story, "version": stored.version, "filed": filed_at, "outdated": is_gone}
                # What joins an item of older rules before its articles are filed again goes where they go.
                place["old_rules"] = item is not None and refiling.has_marks(connection, story)
                _put_into_story(connection, article, placement, place)
            elif item is not None and latest_candidate is not None:
                _update_item(connection, item, expected_version)
                # Findings have a date of their own, by which a digest takes them up.
                is_reported = is_reopened and (article.gained or not findings)
                _mark_taken_in(connection, article, filed_at if is_reported else None)
                if findings:
                    versions.add_findings(connection, findings, filed_at)
            # Also when the article did not await filing any more: filing it twice changes nothing.
            connection.execute(_HITS_FILED, {"wanted": article.id})
            refresh_item_of_story(connection, story)
        return story


# The article is gone, and no finding reports it yet.
_IS_GONE_UNREPORTED = and_(
    t.article.c.gone.is_not(None),
    ~exists().where(t.finding.c.article == t.article.c.id, t.finding.c.kind == Change.GONE).correlate(t.article),
)
_STALE_FINGERPRINTS = (
    articles.current()
    .with_only_columns(*t.article.c["id", "version", "romanisation"], *t.article_version.c["title", "text"])
    .add_columns(t.story_article.c.id.label("filing"))
    .outerjoin(t.story_article, t.story_article.c.article == t.article.c.id)
    .order_by(t.article.c.id)
    .limit(_REFRESHED_AT_ONCE)
)
_HAS_CHANGED = t.story_article.c.version < t.article.c.version
_UNFILED_HITS = select(t.hit.c.article).where(~t.hit.c.filed)
# By indexes: most articles of an archive have no hit, and most hits are filed or only counted. A few more than await
# filing; the conditions below say which do.
_PERHAPS_AWAITING = union(
    _UNFILED_HITS.where(t.hit.c.alerts),
    _UNFILED_HITS.where(~t.hit.c.alerts, t.hit.c.confidence == Confidence.POSSIBLE),
    select(t.story_article.c.article).where(t.story_article.c.outdated),
    select(t.addition.c.article).where(t.addition.c.article.is_not(None)),
)
# Looked up for each hit: a list of the removed names would be made of all names for each article.
_IS_OF_REMOVED = exists().where(t.entity.c.number == t.hit.c.entity, t.entity.c.removed.is_not(None)).correlate(t.hit)
_AWAITS_FILING = and_(
    ~t.hit.c.filed,
    or_(t.hit.c.alerts, t.hit.c.confidence == Confidence.POSSIBLE),
    ~_IS_OF_REMOVED,  # a run that began with an older list may still store hits of removed names
)
_HAS_UNFILED_HIT = exists().where(articles.in_force(), _AWAITS_FILING).correlate(t.article)
_IS_GONE_FROM_STORY = and_(t.story_article.c.article.is_not(None), _IS_GONE_UNREPORTED)
_AWAITING_ROWS = (
    CANDIDATE_ROWS.add_columns(
        _HAS_CHANGED, _HAS_UNFILED_HIT, case((_IS_GONE_FROM_STORY, t.article.c.gone_why), else_="")
    )
    .add_columns(case((IS_ADDED, FIRST_AUTHOR), else_=""))
    .add_columns(t.article.c.first_seen, t.article.c.key)  # for the order; ids depend on which worker was quicker
    .where(or_(_HAS_UNFILED_HIT, _HAS_CHANGED, _IS_GONE_FROM_STORY, IS_ADDED))
)
_AWAITING_FILING = _AWAITING_ROWS.where(t.article.c.id.in_(_PERHAPS_AWAITING))
_IS_AWAITING_FILING = _AWAITING_ROWS.where(t.article.c.id == bindparam("wanted"))
# Built once: for each filed article, building them takes longer than SQLite takes to run them.
_ARTICLE_LOCK = (
    select(*t.article.c["version", "gone", "first_seen"]).where(t.article.c.id == bindparam("wanted")).with_for_update()
)
_STORY_OF_ARTICLE = select(t.story_article.c.story).where(t.story_article.c.article == bindparam("wanted"))
_HITS_FILED = update(t.hit).where(t.hit.c.article == bindparam("wanted")).values(filed=True)
_FILING_INSERTION = insert(t.story_article).returning(t.story_article.c.id)


def awaiting_candidate(connection: Connection, article: int) -> Candidate | None:
    """Return the candidate for an article in this transaction; None if it does not await filing."""
    rows = connection.execute(_IS_AWAITING_FILING, {"wanted": article}).all()
    return next(iter(load_candidates(connection, [row[:-2] for row in rows], with_words=True)), None)


def _update_item(connection: Connection, item: ReviewItem, expected_version: int) -> int:
    """Store an item and return its story. Raises StaleDecision if its row is not at `expected_version`."""
    if not items.compare_and_set(connection, item, expected_version):
        raise _stale_decision(connection, item)
    return item.story


def _join_story(connection: Connection, placement: Placement, item: ReviewItem, expected_version: int) -> int:
    """Store an item that gets another article, as `_update_item` does; return its story. Raises StaleDecision."""
    story = _update_item(connection, item, expected_version)
    linked_article = placement.copy_of or placement.similar_article
    # People may have moved the linked article to another story meanwhile.
    if linked_article is not None and connection.scalar(_STORY_OF_ARTICLE, {"wanted": linked_article}) != story:
        raise _stale_decision(connection, item)
    return story


def _stale_decision(connection: Connection, item: ReviewItem) -> StaleDecision:
    return StaleDecision(items.by_number(connection, [item.id])[0])


def _mark_taken_in(connection: Connection, article: Candidate, reported_at: datetime | None) -> None:
    """Record that the item has taken in the article's version; with `reported_at`, the next digest reports it."""
    # The places of its own sentences are those in the version that was filed.
    values: dict[str, Any] = {"version": article.version, "outdated": False, "own_sentences": []}
    if reported_at is not None:
        values["changed"] = reported_at
    connection.execute(update(t.story_article).where(t.story_article.c.article == article.id).values(values))


def _put_into_story(
    connection: Connection, article: Candidate, placement: Placement, place: Mapping[str, object]
) -> None:
    row = filing_row(placement, article=article.id, **place)
    if placement.copy_of is not None and placement.own_sentences:
        row["changed"] = row["filed"]  # digests leave unchanged copies out
    filing = connection.execute(_FILING_INSERTION, row).scalar_one()
    # A copy is not indexed by its text, or the hundredth copy would make its word pairs common.
    add_hashes(connection, filing, article.fingerprint, text=placement.copy_of is None)
    add_related(connection, article.id, placement.related)
    search.index_article(connection, article.id)
