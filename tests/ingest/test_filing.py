"""Stories do not depend on how the work was split: on a real server, two workers make the same of it as one."""

from __future__ import annotations

import random
import threading
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime
from functools import partial
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import select, update

from kit.databases import Server
from kit.store import (
    HOUR,
    MINUTE,
    NOW,
    article,
    backlog,
    filed,
    hit,
    in_threads,
    item,
    row_counts,
    sketch,
    stored,
    watch,
)
from monitor.cluster import fingerprint as fingerprints
from monitor.cluster.fingerprint import fingerprint
from monitor.ingest.filing import file_pending_articles
from monitor.model import Candidate, Entry, Outcome, Placement, Result, TextFrom
from monitor.review.regroup import merge
from monitor.store import Store, open_store
from monitor.store import tables as t
from monitor.store.database import lock_stories
from monitor.store.line.stories import SqlStories
from monitor.store.tables import review_item
from monitor.text import romanize
from monitor.text.tables import table_text

WORDS = ["".join(random.Random(n).choices("aeioubdgklmnrst", k=7)) for n in range(800)]


def texts(count: int) -> list[str]:
    """Return texts of which half are copies of the others."""
    rng = random.Random(4)
    originals = [" ".join([*rng.choices(WORDS, k=60), f"Person{n}ova"]) for n in range(count // 2)]
    return [*originals, *(f"{text} Read on." for text in originals)]


def results(entries: Sequence[Entry], article_texts: Sequence[str]) -> list[Result]:
    done = []
    for n, (entry, text) in enumerate(zip(entries, article_texts, strict=True)):
        page = article(
            f"post.example/{n}", f"{text} Melis Tokoev", outlet=f"outlet-{n}", published=NOW - (n * 37 % 50) * MINUTE,
            text_from=TextFrom.PAGE,
        )  # fmt: skip
        named = hit(text=page.text)
        done.append(Result(entry, NOW, Outcome.QUEUED, article=page, hits=(named,), fingerprint=fingerprint("", text)))
    return done


def entries_of(store: Store, count: int) -> list[Entry]:
    watch(store)
    return sorted(backlog(store, *(item(n) for n in range(count))), key=lambda entry: entry.id)


def grouped(store: Store) -> set[tuple[frozenset[str], frozenset[tuple[str, str]]]]:
    """Return the stories by the addresses of their articles, and each copy with its source."""
    groups = set()
    for story in store.reviews.listing():
        urls = {a.id: a.url for a in story.articles}
        copied = frozenset((a.url, urls[a.copy_of]) for a in story.articles if a.copy_of is not None)
        groups.add((frozenset(urls.values()), copied))
    return groups


def file_all(store: Store) -> None:
    file_pending_articles(store, lambda: NOW + MINUTE)


@pytest.mark.check
def test_two_workers_file_the_same_as_one(postgresql: Server, tmp_path: Path, count: int = 24):
    single = open_store(f"sqlite:///{tmp_path / 'monitor.db'}")
    for result in results(entries_of(single, count), texts(count)):
        single.entries.save_result(result)
    file_all(single)

    postgresql.run("CREATE DATABASE two_workers")
    stores = [open_store(postgresql.url("two_workers")) for _ in range(2)]
    work = results(entries_of(stores[0], count), texts(count))
    random.Random(1).shuffle(work)
    both_gather, first_is_done = threading.Barrier(2), threading.Event()

    def worker(store: Store, share: list[Result], first: bool) -> None:
        claim = store.claims.open("a worker", NOW, NOW + HOUR)
        both_gather.wait()
        if not first:
            first_is_done.wait(2)  # it files meanwhile, and leaves what belongs to what this one brings
        for result in share:
            store.entries.save_result(result)
        store.claims.close(claim)
        file_all(store)
        first_is_done.set()

    in_threads(*(partial(worker, stores[n], work[n::2], n == 0) for n in range(2)))
    assert len(grouped(single)) > 3
    assert any(copied for _, copied in grouped(single))
    assert grouped(stores[0]) == grouped(single)
    assert stores[0].stories.awaiting_filing() == []
    for store in (single, *stores):
        store.close()


@pytest.mark.check
@pytest.mark.parametrize("does", ["merge", "file"])
def test_waiting_for_the_index_locks_no_item(postgresql: Server, does: str):
    """Avoid a deadlock: whoever stores an edit has the index and then wants the item."""
    postgresql.run(f"CREATE DATABASE index_{does}")
    one, two = (open_store(postgresql.url(f"index_{does}")) for _ in range(2))
    watch(one)
    into, second_item = filed(one), filed(one)
    waiting = stored(one, hit())

    def works() -> None:
        if does == "merge":
            after, moved = merge(into, [second_item], "ann", NOW + HOUR)
            two.reviews.regroup(after, {into.id: into.version, second_item.id: second_item.version}, moved)
        else:
            two.stories.file(waiting, Placement(into.story), into, NOW + HOUR, expected_version=into.version)

    thread = threading.Thread(target=works)
    with one.database.writing("an edit") as connection:
        lock_stories(connection)
        thread.start()
        thread.join(0.5)
        assert thread.is_alive()
        connection.execute(select(review_item.c.id).with_for_update(nowait=True))
    thread.join()
    assert len(one.reviews.get(into.id).articles) == 2
    one.close()
    two.close()


# ---- the table of romanisations -------------------------------------------------------------------------------------

LATIN = "On Monday the lawyers Xzaparov and Xzoldoshev came to the court, where Melis Tokoev was brought in."
CYRILLIC = "В понедельник адвокаты Жапаров и Жолдошев приехали в суд, куда привезли Мелиса Токоева."


@pytest.fixture
def uncached(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Words are romanised again each time: a process has one table."""
    for name in ("_form", "_common_names"):
        monkeypatch.setattr(fingerprints, name, getattr(fingerprints, name).__wrapped__)
    return monkeypatch


def use_romanisations(uncached: pytest.MonkeyPatch, table: str) -> None:
    compiled = romanize.read_romanisation(table)
    uncached.setattr(romanize, "romanisation", lambda: compiled)
    uncached.setattr(romanize, "ROMANISATION_VERSION", romanize.version_of(table))


def file_one(store: Store, n: int, text: str, language: str) -> None:
    """As two runs would: each brings one article and files it."""
    (entry,) = backlog(store, item(n))
    page = article(f"post.example/{n}", text, outlet=f"Outlet {n}", language=language, published=NOW)
    named = hit("Melis Tokoev" if "Melis" in text else "Мелиса Токоева", text=text)
    result = Result(entry, NOW, Outcome.QUEUED, article=page, hits=(named,), fingerprint=fingerprint(page.title, text))
    store.entries.save_result(result)
    assert file_pending_articles(store, lambda: NOW) == 1


@pytest.mark.parametrize(("added", "stories"), [("xz press, ", 1), ("qz press, ", 2), ("", 2)])
def test_what_was_filed_by_an_older_romanisation_is_found_by_the_present_one(
    store: Store, uncached: pytest.MonkeyPatch, added: str, stories: int
):
    watch(store)
    file_one(store, 1, LATIN, "en")
    table = table_text(romanize.__file__, "romanisations")
    use_romanisations(uncached, table.replace("ж J: ", f"ж J: {added}"))
    file_one(store, 2, CYRILLIC, "ru")
    assert len(store.reviews.listing()) == stories
    assert store.upkeep.check() == ()
    with store.database.reading() as connection:
        rows = connection.execute(select(*t.article.c["names", "romanisation"]).order_by(t.article.c.id)).all()
    assert [row.romanisation for row in rows] == [fingerprints.fingerprint_version()] * 2
    assert [row.names for row in rows] == [fingerprint("", text).names for text in (LATIN, CYRILLIC)]


def test_names_that_two_romanisations_made_are_not_compared(store: Store, uncached: pytest.MonkeyPatch):
    watch(store)
    padding = " ".join(WORDS[:90])
    file_one(store, 1, f"{CYRILLIC} {padding}", "ru")

    def breaks(*_: object) -> None:
        raise ZeroDivisionError

    uncached.setattr(SqlStories, "refresh_fingerprints", breaks)
    table = table_text(romanize.__file__, "romanisations")
    use_romanisations(uncached, f"{table}\n# another\n")
    file_one(store, 2, LATIN.replace("Xz", "Zh"), "en")  # the same by its names alone
    assert len(store.reviews.listing()) == 2
    file_one(store, 3, f"{CYRILLIC} {padding} Точка.", "ru")  # the same by its text, too
    assert sorted(story.copies for story in store.reviews.listing()) == [0, 1]


def test_fingerprints_are_refreshed_once_and_copies_stay_indexed_as_they_were(store: Store):
    watch(store)
    file_one(store, 1, CYRILLIC, "ru")
    file_one(store, 2, CYRILLIC, "ru")

    def indexed() -> list[tuple[int, int]]:
        with store.database.reading() as connection:
            return [*map(tuple, connection.execute(select(t.candidate_hash).order_by(*t.candidate_hash.c)).all())]

    before = indexed()
    with store.database.writing("a test") as connection:
        connection.execute(update(t.article).values(romanisation=1, names=b""))
    store.stories.refresh_fingerprints(
        NOW + HOUR, fingerprint, fingerprints.fingerprint_version()
    )  # filed before: not compared any more
    with store.database.reading() as connection:
        assert connection.scalars(select(t.article.c.romanisation)).all() == [1, 1]
    store.stories.refresh_fingerprints(NOW - HOUR, fingerprint, fingerprints.fingerprint_version())
    assert indexed() == before and store.upkeep.check() == ()
    with store.database.reading() as connection:
        assert connection.scalars(select(t.article.c.names)).all() == [fingerprint("", CYRILLIC).names] * 2


@pytest.mark.check
def test_two_processes_that_file_copies_in_the_same_moment_make_one_story(tmp_path: Path):
    url = f"sqlite:///{tmp_path / 'monitor.db'}"
    with closing(open_store(url)) as run, closing(open_store(url)) as command:
        watch(run)
        first, second = (
            stored(run, hit(), at=NOW + n * MINUTE, fingerprint=sketch(*range(1, 60))).id for n in range(2)
        )

        def file(store: Store, article: int) -> None:
            file_pending_articles(store, lambda: NOW, only=lambda c: c.id == article)

        second_filer = Thread(target=file, args=(command, second))

        class Overtaken(SqlStories):
            """The other process files while this one is between looking for similar articles and saving."""

            def find_similar(
                self, article: Candidate, copies_since: datetime, stories_since: datetime, *args: int, **options: float
            ) -> Sequence[Candidate]:
                similar = super().find_similar(article, copies_since, stories_since, *args, **options)
                second_filer.start()
                second_filer.join(0.5)
                return similar

        run.stories = Overtaken(run.database)
        file(run, first)
        second_filer.join()
        assert row_counts(run)["story"] == 1
        assert (tmp_path / "monitor.db.filing.lock").stat().st_mode & 0o077 == 0
