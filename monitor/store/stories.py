"""I/O: the database. Stories: what awaits filing, what an article may be like, and filing itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    Connection,
    ScalarSelect,
    Select,
    Text,
    and_,
    bindparam,
    case,
    exists,
    false,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from monitor.errors import StaleDecision
from monitor.fingerprint import looked_up_by
from monitor.model import (
    Candidate,
    Change,
    Confidence,
    EntityType,
    Finding,
    Fingerprint,
    Placement,
    ReviewItem,
    State,
    Version,
)
from monitor.store import articles, evidence, items, search
from monitor.store import tables as t
from monitor.store.columns import Utc, row_of
from monitor.store.engine import Ask, Database, Queries, Statement, alone_with_stories, alone_with_the_mail
from monitor.store.likes import Asked, Found, Likes

_COPIES, _TELLINGS = 6, 12


class _Ahead(NamedTuple):
    """What was looked up of an article before its turn."""

    since: datetime
    lately: datetime
    likes: Likes
    found: Found
    filed: dict[int, Candidate]  # by the numbers of their filings


class SqlStories(Queries):
    def __init__(self, database: Database) -> None:
        super().__init__(database)
        dialect = database.engine.dialect
        self._waiting = Statement(_WAITING, dialect)
        self._this = Statement(_WAITING.where(t.article.c.id == bindparam("article")), dialect)
        self._filed_since = Statement(_FILED.where(t.story_article.c.filed > bindparam("since", type_=Utc)), dialect)
        self._filed = Statement(_FILED.where(t.story_article.c.id > bindparam("last")), dialect)
        self._naming, self._seen, self._named = (
            Statement(ask(dialect.name), dialect) for ask in (_naming, _seen, _named)
        )
        self._files = False
        self._likes: Likes | None = None
        self._ahead: dict[int, _Ahead] = {}

    def gathering(self) -> AbstractContextManager[None]:
        """While articles are stored: nobody files meanwhile, so that stories do not depend on who was quicker."""
        return self._database.beside_others()

    @contextmanager
    def filing(self) -> Iterator[None]:
        """The one who files: waits until nobody else does, and nobody gathers.

        Meanwhile the hashes by which what was filed lately is found are read once, and kept: nobody else adds to them.
        """
        with self._database.to_itself():
            self._files = True
            try:
                yield
            finally:
                self._files, self._likes, self._ahead = False, None, {}

    def unsorted(self) -> Sequence[Candidate]:
        with self._database.asking() as ask:
            return self._candidates(ask, ask(self._waiting, {}), entities=True)

    def look_ahead(self, articles: Sequence[tuple[Candidate, datetime, datetime]]) -> None:
        with self._database.asking() as ask:
            likes = self._read_up(ask, min(since for _, since, _ in articles))
            found = likes.find([_asked(article, likes, since, lately) for article, since, lately in articles])
            these = [place for one in found for place in (*one.copies[:_COPIES], *one.tellings[:_TELLINGS])]
            filed: dict[int, Candidate] = {}
            named = any(article.entities for article, *_ in articles)
            self._add_filed(ask, filed, {likes.numbers[place] for _, place in these}, entities=named)
        self._ahead = {
            article.id: _Ahead(since, lately, likes, one, filed)
            for one, (article, since, lately) in zip(found, articles, strict=True)
        }

    def alike(
        self, article: Candidate, since: datetime, lately: datetime, copies: int = _COPIES, tellings: int = _TELLINGS
    ) -> Sequence[Candidate]:
        ahead = self._ahead.pop(article.id, None)
        if ahead is None or (ahead.since, ahead.lately, ahead.likes) != (since, lately, self._likes):
            others = self._ahead
            self.look_ahead([(article, since, lately)])
            ahead, self._ahead = self._ahead[article.id], others
        its_copies, its_tellings = ahead.likes.complete(ahead.found)
        these = {*its_copies[:copies], *its_tellings[:tellings]}
        if article.entities or not these <= ahead.filed.keys():
            with self._database.asking() as ask:
                if article.entities:
                    named = {"entities": sorted(article.entities), "lately": lately, "tellings": tellings}
                    these.update(number for (number,) in ask(self._naming, named))
                self._add_filed(ask, ahead.filed, these - ahead.filed.keys(), entities=bool(article.entities))
        found = [ahead.filed[number] for number in sorted(these) if number in ahead.filed]
        return [c for c in found if c.id != article.id and c.seen > since]

    def _read_up(self, ask: Ask, since: datetime) -> Likes:
        """What was filed after a time; while this one files it is kept, and only what is new is read."""
        likes = self._likes
        if likes is None or since < likes.since:
            likes = Likes(since if likes is None else _EVER)  # it files old articles: that is not to be read often
        last = likes.numbers[-1] if likes.numbers else 0
        likes.add(ask(self._filed, {"last": last}) if last else ask(self._filed_since, {"since": likes.since}))
        if self._files:
            self._likes = likes
        return likes

    def _add_filed(self, ask: Ask, filed: dict[int, Candidate], numbers: Set[int], *, entities: bool) -> None:
        """To these filed articles those of more filings, as they are now."""
        rows = ask(self._seen, {"filed": sorted(numbers)}) if numbers else []
        found = self._candidates(ask, [row for _, *row in rows], entities=entities)
        filed.update(zip([number for number, *_ in rows], found, strict=True))

    def _candidates(self, ask: Ask, rows: Sequence[Sequence[Any]], *, entities: bool) -> Sequence[Candidate]:
        """Articles as the clustering sees them, in the order given; whom they name only where it is asked for."""
        named: dict[int, set[str]] = defaultdict(set)
        people: dict[int, set[str]] = defaultdict(set)
        numbers = [row[0] for row in rows] if entities else []
        for number, entity, kind in ask(self._named, {"articles": numbers}) if numbers else ():
            named[number].add(entity)
            if kind == EntityType.PERSON:
                people[number].add(entity)
        return [
            Candidate(
                id=number,
                outlet=outlet,
                language=language,
                seen=seen,
                fingerprint=Fingerprint(*sets),
                entities=frozenset(named[number]),
                people=frozenset(people[number]),
                story=story,
                copy_of=copy_of,
                version=version,
                changed=bool(changed),
                gained=bool(gained),
                gone=gone,
            )
            for number, outlet, seen, *sets, language, story, copy_of, version, changed, gained, gone in rows
        ]

    def _awaiting(self, connection: Connection, article: int) -> Candidate | None:
        """As it is in this transaction; None: nothing of it awaits filing."""

        def ask(question: Statement, given: Mapping[str, Any]) -> list[list[Any]]:
            return question.rows(connection.connection, given)

        found = self._candidates(ask, ask(self._this, {"article": article}), entities=True)
        return found[0] if found else None

    def versions(self, article: Candidate) -> tuple[Version, Version]:
        taken_in = select(t.story_article.c.version).where(t.story_article.c.article == article.id)
        with self._database.reading() as connection:
            known = evidence.versions(connection, article.id)
            return known[connection.execute(taken_in).scalar_one() - 1], known[article.version - 1]

    def item_of(self, story: int) -> ReviewItem | None:
        with self._database.reading() as connection:
            which = items.numbers().where(t.review_item.c.story == story)
            return next(iter(items.load(connection, which, whole=False)), None)

    def file(
        self,
        article: Candidate,
        placement: Placement,
        item: ReviewItem | None,
        now: datetime,
        *,
        was: int = 0,
        findings: Sequence[Finding] = (),
    ) -> ReviewItem:
        filed, new = t.story_article.c, tuple[Any, ...]()
        with self._database.writing("file an article") as connection:
            told_at = _in_order(connection, now)
            reopens = item is not None and item.reopened_at == now
            if item is not None and reopens:
                item = replace(item, reopened_at=told_at)  # by its time `review.as_seen` knows what brought it back
            lock = select(t.article.c.version).where(t.article.c.id == article.id).with_for_update()
            version = connection.execute(lock).scalar_one()
            alone_with_stories(connection)
            awaiting = self._awaiting(connection, article.id)
            if item is not None and awaiting not in (None, article):  # it was placed without a name found since
                raise _moved_on(connection, item)
            story = connection.scalar(select(filed.story).where(filed.article == article.id))
            if story is None:
                story = _new_story(connection, article, now) if item is None else _move(connection, item, was)
                beside = placement.copy_of or placement.beside
                source = select(filed.story).where(filed.article == beside)
                if item is not None and beside is not None and connection.scalar(source) != story:
                    raise _moved_on(connection, item)
                new = _put(connection, article, placement, story, version=version, now=told_at)
            elif item is not None and awaiting is not None:
                _move(connection, item, was)
                news = reopens and (article.gained or not findings)
                _took_in(connection, article, told_at if news else None)
                if findings:
                    evidence.put(connection, findings, told_at)
            connection.execute(update(t.hit).where(t.hit.c.article == article.id).values(filed=True))
            filed_in = items.placed(connection, t.review_item.c.story == story, whole=False)
            assert filed_in is not None
        if new:
            self.was_filed(*new)
        return filed_in

    def was_filed(self, number: int, at: datetime, found_by: bytes) -> None:
        """What this one files is found by what it files next."""
        if self._likes is not None:
            self._likes.add([(number, at, found_by)])


class SqlFingerprints(Queries):
    """For `monitor stories`: documents filed straight from a file."""

    def add(self, candidate: Candidate, text_key: str) -> Candidate:
        """Store a bare article so that `Stories.file` can place it. Returns it with its id."""
        article = items.bare_article(candidate, text_key)
        with self._database.writing("add a bare article") as connection:
            stored = articles.add(connection, article, candidate.fingerprint, candidate.seen)
            number = stored.id if stored else articles.known(connection, text_key, None).id
            return replace(candidate, id=number)


_GONE = and_(
    t.article.c.gone.is_not(None),
    ~exists().where(t.finding.c.article == t.article.c.id, t.finding.c.kind == Change.GONE).correlate(t.article),
)
_IS_CURRENT = and_(t.article_version.c.article == t.article.c.id, t.article_version.c.version == t.article.c.version)
_SEEN = (
    articles.current()
    .with_only_columns(*t.article.c["id", "outlet", "seen", *articles.SETS])
    .add_columns(t.article_version.c.language, t.story_article.c.story, t.story_article.c.copy_of)
    .add_columns(t.article.c.version)
    .outerjoin(t.story_article, t.story_article.c.article == t.article.c.id)
)
_CHANGED = t.story_article.c.version < t.article.c.version
_AWAITS_FILING = and_(~t.hit.c.filed, or_(t.hit.c.alerts, t.hit.c.confidence == Confidence.POSSIBLE))
_NEW = exists().where(articles.in_force(), _AWAITS_FILING).correlate(t.article)
_WENT = and_(t.story_article.c.article.is_not(None), _GONE)
_WAITING = (
    _SEEN.add_columns(_CHANGED, _NEW, case((_WENT, t.article.c.gone_why), else_=""))
    .where(or_(_NEW, _CHANGED, _WENT))
    .order_by(t.article.c.seen, t.article.c.key)  # not by number: that says which worker was quicker
)


def _named(dialect: str) -> Select[Any]:
    """Whom these articles clearly name."""
    return (
        select(t.hit.c.article, t.entity.c.id, t.entity.c.type)
        .join(t.entity, t.entity.c.number == t.hit.c.entity)
        .join(t.article, articles.in_force())
        .where(t.hit.c.article == articles.each(dialect, "articles"), t.hit.c.confidence == Confidence.STRONG)
    )


def _filed_since(parameter: str) -> ScalarSelect[Any]:
    """The number under which the first article was filed after a time; null where there is none."""
    filed = t.story_article.c
    ask = select(filed.id).where(filed.filed > bindparam(parameter, type_=Utc)).order_by(filed.filed, filed.id)
    return ask.limit(1).scalar_subquery()


_EVER = datetime.min.replace(tzinfo=UTC)
_FILED = select(*t.story_article.c["id", "filed", "found_by"]).order_by(t.story_article.c.id)


def _seen(dialect: str) -> Select[Any]:
    """Filed articles by the numbers of their filings."""
    filed = t.story_article.c
    return _SEEN.with_only_columns(filed.id, *_SEEN.selected_columns, false(), false(), literal("")).where(
        filed.id == articles.each(dialect, "filed")
    )


def _naming(dialect: str) -> Select[Any]:
    """Filings by how many of the entities they clearly name; of an entity's hits the latest: some have thousands."""
    filed, latest = t.story_article.c, t.hit.alias("latest").c
    of_entity = select(latest.id).where(latest.entity == t.entity.c.number).order_by(latest.id.desc()).limit(200)
    return (
        select(filed.id.label("filed"))
        .join(t.hit, t.hit.c.article == filed.article)
        .join(t.entity, t.entity.c.number == t.hit.c.entity)
        .where(t.entity.c.id == articles.each(dialect, "entities", Text), t.hit.c.confidence == Confidence.STRONG)
        .where(t.hit.c.id.in_(of_entity.correlate(t.entity)), filed.id >= _filed_since("lately"))
        .group_by(filed.id)
        .order_by(func.count().desc(), filed.id.desc())
        .limit(bindparam("tellings"))
    )


def _asked(article: Candidate, likes: Likes, since: datetime, lately: datetime) -> Asked:
    pairs, terms = looked_up_by(article.fingerprint, asking=True)
    # Of many hashes two in common may be chance; of the few of a headline they are much.
    return Asked(pairs, terms, 2 if len(terms) < 12 else 3, likes.after(since), likes.after(lately))


def _new_story(connection: Connection, article: Candidate, now: datetime) -> int:
    first_seen = connection.scalar(select(t.article.c.first_seen).where(t.article.c.id == article.id)) or now
    new = insert(t.story).values(first_seen=first_seen).returning(t.story.c.id)
    story: int = connection.execute(new).scalar_one()
    connection.execute(insert(t.review_item).values(story=story, state=State.OPEN, first_seen=first_seen))
    return story


def _move(connection: Connection, item: ReviewItem, was: int) -> int:
    """Raises StaleDecision when the item moved since it was at version `was`."""
    if not items.compare_and_set(connection, item, was):
        raise _moved_on(connection, item)
    return item.story


def _moved_on(connection: Connection, item: ReviewItem) -> StaleDecision:
    return StaleDecision(items.load(connection, items.numbers().where(t.review_item.c.id == item.id))[0])


def _in_order(connection: Connection, now: datetime) -> datetime:
    """Now, but not before what was mailed ended, nor before what was filed last: whatever a filer's clock says.

    So the next digest tells what it files, and `articles.filed_since` finds all that was filed since. Mailings and
    filings wait for one another, so that none is written while the other looks.
    """
    alone_with_the_mail(connection)
    last = (connection.scalar(select(func.max(column))) for column in (t.mailing.c.until, t.story_article.c.filed))
    in_order: datetime = max([now, *(at for at in last if at)])
    return in_order


def _took_in(connection: Connection, article: Candidate, told_at: datetime | None) -> None:
    """The item has seen this version of its article; when that is news, the digest tells."""
    values: dict[str, Any] = {"version": article.version}
    if told_at is not None:
        values["changed"] = told_at
    connection.execute(update(t.story_article).where(t.story_article.c.article == article.id).values(values))


def _put(
    connection: Connection, article: Candidate, placement: Placement, story: int, *, version: int, now: datetime
) -> tuple[int, datetime, bytes]:
    """Returns what `Likes` holds of it."""
    row = row_of(t.story_article, placement, story=story, article=article.id, filed=now, version=version)
    row["found_by"] = articles.found_by(article.fingerprint, text=placement.adds)
    number = connection.execute(insert(t.story_article).values(row).returning(t.story_article.c.id)).scalar_one()
    search.put(connection, article.id)
    return number, now, row["found_by"]
