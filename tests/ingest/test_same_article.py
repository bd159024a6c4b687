"""One article under many links, and its copies."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kit.articles import COURT, COURT_COPY, DOCTOR, WEATHER, Bench
from kit.outlets import Outlet, Piece
from kit.store import row_counts
from monitor.model import (
    State,
    TextFrom,
    Verdict,
)


def test_one_article_under_two_addresses_is_one_article(bench):
    bench.watch("herald", "wire")
    bench.add("post", Piece("court", "Court extends arrest", COURT))
    bench.ingest()
    link = f"{bench.web.base}/post/court?utm_source=wire&fbclid=x#top"
    bench.add("wire", Piece("other", "Court extends arrest", COURT, link=link))
    bench.advance(hours=2)
    assert bench.ingest() == {"duplicate": 1}
    assert row_counts(bench.app.store)["article"] == 1


VARIANTS = ("", "?utm_source=rss", "?utm_medium=feed&utm_source=tg", "?fbclid=x", "?at_medium=RSS", "?gclid=1", "#top")


def list_variants(bench: Bench, page: Piece, *, summary: str = "") -> None:
    """Add a page that no feed lists by itself, and seven links to it: four in one feed, three in another."""
    for number, variant in enumerate(VARIANTS):
        link = f"{bench.web.base}/herald/{page.path}{variant}"
        outlet = "post" if number < 4 else "wire"
        bench.add(outlet, Piece(f"variant-{number}", page.title, "", link=link, summary=summary))
    bench.web.outlets["herald"] = Outlet("herald", "en", [page], status=404)


def requests_for(bench: Bench, path: str) -> int:
    return sum(address.split("?")[0] == path for address, _ in bench.web.log)


def test_one_article_under_seven_links_of_two_feeds_is_fetched_once(bench):
    list_variants(bench, Piece("court", "Court extends arrest", COURT))
    assert bench.ingest() == {"queued": 1, "duplicate": 6}
    assert requests_for(bench, "/herald/court") == 1
    assert row_counts(bench.app.store)["article"] == 1
    assert len(bench.app.queue()) == 1


@pytest.mark.parametrize(
    ("title", "outcomes"), [("Court extends arrest", {"fetch_failed": 1, "duplicate": 6}), ("", {"fetch_failed": 7})]
)
def test_seven_links_to_a_page_that_is_gone_are_fetched_twice(bench, title, outcomes):
    list_variants(bench, Piece("gone", title, "", status=404))
    assert bench.ingest() == outcomes
    assert requests_for(bench, "/herald/gone") == 2


LIVE = [
    ("Road is closed", "Snow fell.", ()),
    ("Melis Tokoev is arrested", "Snow fell.", ("melis",)),
    ("Road is closed", "Police took Cholpon Arzyeva away.", ("cholpon",)),
    ("Road is closed", "Snow fell.", ()),
    ("Melis Tokoev is arrested", "Snow fell.", ()),
    ("Road is closed", "Police took Cholpon Arzyeva away.", ()),
]


@pytest.mark.parametrize("status", [200, 403, 404])
@pytest.mark.parametrize("at_once", [True, False])
def test_a_page_that_is_listed_again_with_other_words_is_told_by_them_once(bench, status: int, at_once: bool):
    """A page that goes on, such as that of a day, or one that is refused: what its feed says of it is all there is."""
    bench.web.outlets["herald"] = Outlet("herald", "en", [Piece("live", "The day", WEATHER, status=status)], status=404)
    for number, (title, summary, names) in enumerate(LIVE):
        link = f"{bench.web.base}/herald/live#{number}"
        bench.add("post", Piece(f"entry-{number}", title, "", link=link, summary=summary))
        if not at_once:
            before = {item.id for item in bench.app.queue()}
            bench.ingest()
            bench.advance(days=1)
            new_items = [item for item in bench.app.queue() if item.id not in before]
            assert [hit.entity for item in new_items for hit in item.hits] == [*names]
    bench.ingest()
    named_articles = [
        (article.headline, hit.entity) for item in bench.app.queue() for article in item.articles for hit in item.hits
    ]
    assert sorted(named_articles) == [("Melis Tokoev is arrested", "melis"), ("Road is closed", "cholpon")]
    assert bench.app.store.upkeep.check() == ()


CUT = f"{COURT[:90]}…"
SUMMARIES = [
    CUT,
    f"<p>{COURT[:90]} [&hellip;]</p>\n<p>The post Court extends arrest appeared first on Herald.</p>",
    "Why was journalist Melis Tokoev taken to court? Read in our report.",
]


@pytest.mark.parametrize("first_summary", [COURT, *SUMMARIES])
@pytest.mark.parametrize("summary", SUMMARIES)
def test_another_summary_of_a_page_that_was_read_brings_nobody_back(bench, first_summary: str, summary: str):
    """Outlets list an article in several feeds."""
    bench.web.outlets["herald"] = Outlet("herald", "en", [Piece("court", "Court extends arrest", COURT)], status=404)
    link = f"{bench.web.base}/herald/court"
    bench.add("post", Piece("one", "Court extends arrest", "", link=link, summary=first_summary))
    bench.ingest()
    (item,) = bench.app.queue()
    bench.app.decide(item.id, Verdict.RELEVANT, by="aida")
    bench.add("post", Piece("two", "Court extends arrest", "", link=f"{link}?utm_source=feed", summary=summary))
    bench.advance(hours=3)
    bench.ingest()
    (decided,) = bench.app.queue(list(State))
    assert (decided.state, len(decided.articles)) == (State.DECIDED, 1)


def test_a_headline_that_changes_while_its_page_is_gone_is_read(bench):
    bench.add("post", Piece("day", "Road is closed", WEATHER))
    bench.ingest()
    (piece,) = bench.web.outlets["post"].pieces
    piece.title, piece.status = "Melis Tokoev is arrested", 404
    bench.advance(hours=8)
    bench.ingest()
    (item,) = bench.app.queue()
    assert [(article.headline, article.text_from) for article in item.articles] == [(piece.title, TextFrom.FEED)]
    bench.advance(days=1)
    bench.ingest()
    assert len(bench.app.queue()) == 1 and bench.app.store.upkeep.check() == ()


def test_where_one_link_to_an_article_fails_another_one_is_tried(bench):
    list_variants(bench, Piece("court", "Court extends arrest", COURT))
    answer, failures = bench.web.answer, iter([503])

    def fail_once(path: str) -> tuple[int, str, bytes]:
        status, kind, body = answer(path)
        return (next(failures, status) if path == "/herald/court" else status), kind, body

    bench.web.answer = fail_once
    assert bench.ingest().get("queued") == 1
    assert requests_for(bench, "/herald/court") == 2
    (item,) = bench.app.queue()
    assert item.articles[0].text_from is TextFrom.PAGE


def test_seven_links_to_a_page_that_fails_for_a_while_bring_it_in_the_end(bench):
    list_variants(bench, Piece("court", "Court extends arrest", COURT), summary="Melis Tokoev stays in custody.")
    page = bench.web.outlets["herald"].pieces[0]
    page.status = 503
    bench.ingest()
    assert requests_for(bench, "/herald/court") <= 3
    page.status = 200
    bench.advance(hours=3)
    bench.ingest()
    (item,) = bench.app.queue()
    assert [article.text_from for article in item.articles] == [TextFrom.PAGE]
    bench.advance(days=1)
    assert bench.ingest() == {}  # nothing is left waiting or claimed


def test_a_new_link_to_an_article_does_not_end_the_wait_for_its_page(bench):
    bench.watch("herald", "wire")
    bench.add(
        "post", Piece("court", "Court extends arrest", COURT, status=503, summary="Melis Tokoev stays in custody.")
    )
    assert bench.ingest() == {"pending": 1}
    link = f"{bench.web.base}/post/court?utm_source=wire"
    bench.add("wire", Piece("other", "Court extends arrest", "", link=link))
    bench.advance(hours=3)
    assert bench.ingest() == {"duplicate": 1, "pending": 1}
    bench.web.outlets["post"].pieces[0].status = 200
    bench.advance(hours=6)
    assert bench.ingest() == {"queued": 1}
    (item,) = bench.app.queue()
    assert item.articles[0].text_from is TextFrom.PAGE


def test_a_lightly_edited_copy_at_another_outlet_folds_into_the_item(bench):
    bench.watch("herald")
    bench.add("post", Piece("court", "Court extends arrest", COURT, age=timedelta(hours=3)))
    bench.ingest()
    bench.add("herald", Piece("arrest", "Arrest extended", COURT_COPY, age=timedelta(hours=1)))
    bench.advance(hours=2)
    bench.ingest()
    (item,) = bench.app.queue()
    assert (item.copies, item.outlets, item.version) == (1, ("post", "herald"), 1)


def test_a_copy_inherits_the_decision_and_a_follow_up_brings_the_story_back(bench):
    bench.watch("herald")
    bench.add("post", Piece("court", "Court extends arrest", COURT))
    bench.ingest()
    decided = bench.app.decide(bench.app.queue()[0].id, Verdict.RELEVANT, by="aida")
    bench.add("herald", Piece("copy", "Arrest extended", COURT_COPY))
    bench.advance(hours=2)
    bench.ingest()
    assert bench.app.item(decided.id).state is State.DECIDED
    follow = COURT.split("\n", maxsplit=1)[0] + "\n" + DOCTOR
    bench.add("post", Piece("doctor", "Tokoev refused a doctor", follow))
    bench.advance(hours=2)
    bench.ingest()
    item_back = next(
        item for item in bench.app.queue() if "Tokoev refused a doctor" in [a.headline for a in item.articles]
    )
    assert item_back.state in {State.FOLLOW_UP, State.OPEN}
    assert item_back.id != decided.id or "a new article from post" in item_back.reopened
