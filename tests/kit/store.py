"""Values for tests of the store: a feed and its entries, articles, hits; everyone in them is invented."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select

from monitor.match.incidents.custody import custody_in, custody_of_name, sentence_at
from monitor.model import (
    PRESS_ID,
    Article,
    Candidate,
    Confidence,
    Entity,
    EntityType,
    Entry,
    Feed,
    FeedEntry,
    FeedRecord,
    FeedStatus,
    Field,
    Fingerprint,
    Hit,
    Incident,
    Mention,
    Message,
    NewEntry,
    Outcome,
    Placement,
    PressAct,
    Result,
    ReviewItem,
    Span,
    TextFrom,
    Validators,
    VictimKind,
    Visit,
    WatchlistChange,
)
from monitor.model.fingerprint import packed
from monitor.store import Store
from monitor.store import tables as t
from monitor.store.line.archive import advance_rescan

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
VALIDATORS = Validators('"one"', "Mon, 02 Mar 2026 08:00:00 GMT", of="https://post.example/rss")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

MELIS = Entity("melis", "Melis Tokoev", aliases=("Мелис Токоев", "M. Tokoev"), note="invented", handles=("@melis_t",))
CHOLPON = Entity("cholpon", "Cholpon Arzyeva")
KOS = Entity("kos", "Committee for Public Security", EntityType.ORGANIZATION, ("KOS",))

TEXT = "The court met on Monday. Melis Tokoev stays in custody, his lawyer said. Nobody else was let in."


def in_threads(*work: Callable[[], object]) -> None:
    """Run functions at the same time, a thread each; raise what one of them raises."""
    with ThreadPoolExecutor(len(work)) as executor:
        for future in [executor.submit(one) for one in work]:
            future.result()


def watch(store: Store, *entities: Entity) -> None:
    store.watchlists.apply(WatchlistChange(added=entities or (MELIS, CHOLPON, KOS)), "test.yaml", NOW)


def entity_numbers(store: Store) -> Mapping[str, int]:
    return store.cards.entity_numbers()


def feed(name: str = "post", **changes: object) -> Feed:
    return replace(Feed(name, f"https://{name}.example/rss", name.title()), **changes)  # type: ignore[arg-type]


def claimed(store: Store, *names: str, now: datetime = NOW) -> list[FeedRecord]:
    """Return these feeds, stored and claimed."""
    store.feeds.sync_list([feed(name) for name in names], NOW)
    return list(store.feeds.claim_due(now, now + HOUR, include_not_due=True))


def item(n: int, **changes: object) -> FeedEntry:
    plain = FeedEntry(url=f"https://post.example/{n}", guid=f"guid-{n}", title=f"Title {n}", summary="Summary")
    return replace(plain, **changes)  # type: ignore[arg-type]


def visited(state: FeedRecord, *items: FeedEntry, at: datetime = NOW, **changes: object) -> Visit:
    visit = Visit(
        feed=state,
        at=at,
        status=FeedStatus.OK,
        next_due=at + HOUR,
        memory=replace(state.memory, validators=VALIDATORS),
        entries=tuple(NewEntry(i) for i in items),
    )
    return replace(visit, **changes)  # type: ignore[arg-type]


def backlog(store: Store, *items: FeedEntry, name: str = "post", now: datetime = NOW) -> list[Entry]:
    """Return these entries of a feed, visited and claimed; nothing else claims the feed meanwhile."""
    states = {state.feed.id: state for state in store.feeds.states()}
    if name not in states:
        store.feeds.sync_list([*(state.feed for state in states.values()), feed(name)], NOW)
        states = {state.feed.id: state for state in store.feeds.states()}
    store.feeds.save_visit(visited(states[name], *items, at=now))
    return [entry for entry in store.entries.claim(states[name].number, now, now + HOUR, 100) if entry.item in items]


def article(key: str, text: str = TEXT, title: str = "Court extends arrest", **changes: object) -> Article:
    plain = Article(
        url=f"https://{key}", key=key, outlet="Post", title=title, text=text, text_from=TextFrom.PAGE, first_seen=NOW,
        country="KG", language="en", authors=("A. Reporter",), published=NOW - HOUR, fetched=NOW,
    )  # fmt: skip
    return replace(plain, **changes)  # type: ignore[arg-type]


def mention(name: str, text: str = TEXT, entity: str = "melis", **changes: object) -> Mention:
    start = text.index(name)
    span = Span(start, start + len(name))
    plain = Mention(entity, name, span, name, Field.TEXT, Confidence.STRONG, 99.5, ("the name as listed",))
    return replace(plain, **{"custody": custody_of_name(sentence_at(text, plain.field, span), name), **changes})  # type: ignore[arg-type]


COMMON_NAME = Message("many people bear this name, and no support word or other watched name ties it to the case")


def hit(name: str = "Melis Tokoev", entity: str = "melis", text: str = TEXT, **changes: object) -> Hit:
    """Return a hit with these changes; its mention has the same confidence."""
    plain = Hit(entity, (mention(name, text, entity),), Confidence.STRONG, alerts=True, why="a watched person")
    plain = replace(plain, **changes)  # type: ignore[arg-type]
    reasons = {"why": (COMMON_NAME,)} if plain.confidence is Confidence.POSSIBLE else {}
    return replace(plain, mentions=tuple(replace(m, confidence=plain.confidence, **reasons) for m in plain.mentions))


def incident_hit(act: PressAct, text: str = "Police detained an editor.", **changes: object) -> Hit:
    """Return what a text tells of an editor, how far it went."""
    of_press = hit("an editor", PRESS_ID, text, **{"why": "of the press", **changes})
    details = {
        "alias": act.value,
        "incident": Incident((act,), VictimKind.PERSON, "editor"),
        "custody": custody_in(text),
    }
    return replace(of_press, mentions=tuple(replace(m, **details) for m in of_press.mentions))  # type: ignore[arg-type]


def ended(entry: Entry, key: str | None = None, *hits: Hit, **changes: object) -> Result:
    result = Result(entry, NOW, Outcome.QUEUED if hits else Outcome.NO_MATCH, hits=hits)
    if key is not None:
        result = replace(result, article=article(key), fingerprint=sketch(1, 2, 3))
    return replace(result, **changes)  # type: ignore[arg-type]


def sketch(*hashes: int, names: tuple[int, ...] = (), numbers: tuple[int, ...] = ()) -> Fingerprint:
    return Fingerprint(packed(hashes), packed(names), packed(numbers))


_serial = iter(range(1_000_000, 10_000_000))  # of one length, so that their keys sort as they came


def stored(
    store: Store, *hits: Hit, at: datetime = NOW, fingerprint: Fingerprint = Fingerprint(), **changes: object
) -> Candidate:
    """Return an article with these hits that awaits filing."""
    n = next(_serial)
    (entry,) = backlog(store, item(n), now=at)
    new_article = article(f"post.example/{n}", **{"first_seen": at, "published": at, **changes})  # type: ignore[arg-type]
    result = store.entries.save_result(
        Result(entry, at, Outcome.QUEUED, article=new_article, hits=hits, fingerprint=fingerprint)
    )
    assert result.article is not None
    return next(c for c in store.stories.awaiting_filing() if c.id == result.article.id)


def archived(store: Store, text: str, at: datetime = NOW, **changes: object) -> None:
    """Store an article that names nobody."""
    n = next(_serial)
    (entry,) = backlog(store, item(n), now=at)
    new_article = article(f"post.example/{n}", text, first_seen=at, published=at, **changes)
    store.entries.save_result(Result(entry, at, Outcome.NO_MATCH, article=new_article))


def end_rescan(store: Store) -> None:
    """End the pending rescan, as if all stored articles had been looked through."""
    with store.database.writing("end a rescan") as connection:
        advance_rescan(connection, 0)


def filed(store: Store, *hits: Hit, at: datetime = NOW, **changes: object) -> ReviewItem:
    """Return an article with these hits in a story of its own."""
    article = stored(store, *(hits or (hit(),)), at=at, **changes)
    return story_item(store, store.stories.file(article, Placement(), None, at))


def story_item(store: Store, story: int) -> ReviewItem:
    """Return the item of a story, without mentions."""
    item = store.stories.item_of(story)
    assert item is not None
    return item


def row_counts(store: Store) -> dict[str, int]:
    """Table -> rows, and outcome -> entries as 'outcome:NAME'."""
    outcomes = select(t.entry.c.outcome, func.count()).group_by(t.entry.c.outcome)
    with store.database.reading() as connection:
        rows = {
            name: connection.scalar(select(func.count()).select_from(table)) or 0
            for name, table in t.Row.metadata.tables.items()
        }
        return rows | {f"outcome:{outcome}": count for outcome, count in connection.execute(outcomes)}
