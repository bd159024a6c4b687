"""Another look at the stored articles: how far it is, stopping and going on, and the sum of what it brought."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from kit.articles import WEATHER, Bench
from kit.home import WATCHLIST
from kit.outlets import Piece
from kit.store import end_rescan
from monitor import failpoints
from monitor.app.rescan import RescanBatch, RescanSummary, rescan_archive
from monitor.model import Article, Confidence, Field, Hit, Mention, RescanMatch, Span, TextFrom
from monitor.store.sql.articles import FINGERPRINT_COLUMNS
from monitor.store.tables import article

OPEN_AT = datetime(2026, 11, 1, tzinfo=UTC)
NAMED = "The lawyer Gulnara Osmonalieva said that the window of the court office was closed at noon.\n"


def store_five_that_name_gulnara_unknown_then(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.app.rescan.ARTICLES_PER_BATCH", 2)
    for n in range(5):
        bench.add("post", Piece(f"p{n}", f"Window {n} is closed", f"{NAMED}{WEATHER} Paragraph {n}."))
    bench.ingest()
    added_name = "\n  - id: gulnara\n    name: Gulnara Osmonalieva\n"
    (bench.home / "watchlist.yaml").write_text(WATCHLIST + added_name, encoding="utf-8")
    bench.app.sync_files()
    end_rescan(bench.app.store)  # nothing is left to the next run


def test_rescan_reports_its_progress_after_each_batch_up_to_the_end(bench, monkeypatch):
    store_five_that_name_gulnara_unknown_then(bench, monkeypatch)
    batches: list[RescanBatch] = []
    list(rescan_archive(bench.app, on_batch=batches.append))
    assert [batch.articles for batch in batches] == [2, 4, 5]
    assert [batch.before for batch in batches] == [4, 2, 1]
    assert [[match.article.id for match in batch.matches] for batch in batches] == [[5, 4], [3, 2], [1]]
    assert [batch.share for batch in batches] == pytest.approx([0.4, 0.8, 1.0])


def test_a_rescan_of_some_days_counts_them_from_now(bench, monkeypatch):
    store_five_that_name_gulnara_unknown_then(bench, monkeypatch)
    bench.advance(days=4)
    batches: list[RescanBatch] = []
    list(rescan_archive(bench.app, since=timedelta(days=5), on_batch=batches.append))
    assert batches[0].share == pytest.approx(0.8, abs=0.01)


def stopped_after_a_batch(bench: Bench, **how: bool) -> tuple[list[int], RescanBatch]:
    def stop_after_batch(batch: RescanBatch) -> None:
        batches.append(batch)
        raise KeyboardInterrupt

    batches: list[RescanBatch] = []
    ids: list[int] = []
    with pytest.raises(KeyboardInterrupt):
        ids.extend(match.article.id for match in rescan_archive(bench.app, on_batch=stop_after_batch, **how))
    return ids, batches[0]


def test_a_stopped_rescan_continues_without_gaps_and_without_repeating(bench, monkeypatch):
    store_five_that_name_gulnara_unknown_then(bench, monkeypatch)
    first, batch = stopped_after_a_batch(bench)
    remaining = [match.article.id for match in rescan_archive(bench.app, before=batch.before)]
    assert (first, remaining) == ([5, 4], [3, 2, 1])


def test_a_rescan_stopped_after_storing_a_batch_had_shown_that_batch(bench, monkeypatch):
    store_five_that_name_gulnara_unknown_then(bench, monkeypatch)
    archive, ids, batches = bench.app.store.archive, [], []

    def save(*arguments: object) -> None:
        saved(*arguments)
        raise KeyboardInterrupt

    saved = archive.save
    monkeypatch.setattr(archive, "save", save)
    with pytest.raises(KeyboardInterrupt):
        ids.extend(match.article.id for match in rescan_archive(bench.app, apply=True, on_batch=batches.append))
    remaining = [match.article.id for match in rescan_archive(bench.app)]
    assert (ids, batches, remaining) == ([5, 4], [], [3, 2, 1])


@pytest.mark.parametrize(("when", "stored"), [("before", []), ("after", [5, 4])])
def test_a_rescan_that_dies_as_it_stores_a_batch_goes_on_at_what_was_not_stored(bench, monkeypatch, when, stored):
    store_five_that_name_gulnara_unknown_then(bench, monkeypatch)

    def die(name: str) -> None:
        if name == f"save rescan matches: {when} its commit":
            raise KeyboardInterrupt

    failpoints.arm(die)
    try:
        with pytest.raises(KeyboardInterrupt):
            list(rescan_archive(bench.app, apply=True))
    finally:
        failpoints.arm(None)
    gained = [match.article.id for match in rescan_archive(bench.app, apply=True)]
    assert sorted([*stored, *gained]) == [1, 2, 3, 4, 5]
    bench.ingest()
    assert {a.id for item in bench.app.queue() for a in item.articles} == {1, 2, 3, 4, 5}
    assert not [*rescan_archive(bench.app)]


def test_what_was_stored_when_it_stopped_is_filed_by_the_next_run(bench, monkeypatch):
    store_five_that_name_gulnara_unknown_then(bench, monkeypatch)
    stopped_after_a_batch(bench, apply=True)
    bench.ingest()
    assert len({a.id for item in bench.app.queue() for a in item.articles}) == 2
    assert [match.article.id for match in rescan_archive(bench.app)] == [3, 2, 1]


COPIED = (
    "The clerk of the district court said that the archive on the second floor was flooded in the night when a pipe broke. "
    "Nineteen boxes of old files were carried down to the yard, where they are drying under an awning that a baker lent. "
)


def fingerprints(bench: Bench) -> list[tuple[bytes | int, ...]]:
    with bench.app.store.database.reading() as connection:
        return [
            tuple(row) for row in connection.execute(select(*article.c[FINGERPRINT_COLUMNS]).order_by(article.c.id))
        ]


def test_older_articles_are_known_as_copies_when_the_list_gains_their_name_and_not_before(bench):
    for outlet in ("post", "herald"):
        bench.add(outlet, Piece("pipe", "A pipe broke in the court", f"{NAMED}{COPIED}{WEATHER}"))
    bench.ingest()
    assert fingerprints(bench) == [(b"", b"", b"", b"", 0)] * 2
    added_name = "\n  - id: gulnara\n    name: Gulnara Osmonalieva\n"
    (bench.home / "watchlist.yaml").write_text(WATCHLIST + added_name, encoding="utf-8")
    bench.ingest()
    one, two = fingerprints(bench)
    assert one == two and all(one[::3])
    (item,) = bench.app.queue()
    assert [a.copy_of is not None for a in item.articles] == [False, True]


# ---- the sum ----------------------------------------------------------------------------------------------------------


def rescan_match(
    number: int, text: str, gained: tuple[str, ...] = (), lost: dict[str, str] | None = None, outlet: str = "post"
) -> RescanMatch:
    url = f"https://a.example/{number}"
    article = Article(
        id=number, url=url, key=url, outlet=outlet, title=f"Title {number}", text=text, text_from=TextFrom.PAGE,
        first_seen=OPEN_AT,
    )  # fmt: skip
    mention = Mention("x", "x", Span(0, 4), text[:4], Field.TEXT, Confidence.STRONG, 100.0, ("it is the name",))
    return RescanMatch(article, tuple(Hit(e, (mention,), Confidence.STRONG, True, "") for e in gained), lost or {})


def test_the_summary_counts_articles_in_total_by_name_and_by_outlet():
    summary = RescanSummary()
    for number in range(5):
        summary.add(rescan_match(number, "Text of it", gained=("melis",), outlet="post" if number else "herald"))
    summary.add(rescan_match(9, "A window", lost={"melis": "A", "kos": "window"}))
    assert summary.articles == {"gained": 5, "lost": 1}
    assert summary.entities == {"melis": {"gained": 5, "lost": 1}, "kos": {"lost": 1}}
    assert summary.outlets == {"herald": {"gained": 1}, "post": {"gained": 4, "lost": 1}}
