"""Texts of the line: where in a page or a feed a name stands, who signed it, when it appeared."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest

from kit.articles import COURT, DOCTOR, WEATHER, Bench
from kit.outlets import Outlet, Piece
from kit.store import row_counts
from monitor.model import (
    Confidence,
    DatePrecision,
    DateSource,
    Field,
    State,
    Verdict,
)


def test_a_body_alone_is_counted_and_beside_a_watched_name_it_is_in_the_item(bench):
    body_alone = (
        "The Committee for Public Security opened a new canteen in its building, the press office of the town said.\n"
    )
    bench.add("post", Piece("canteen", "A new canteen", body_alone + WEATHER))
    assert bench.ingest() == {"counted": 1}
    bench.add("post", Piece("court", "Court", COURT + "\nThe case is led by the Committee for Public Security."))
    bench.advance(hours=2)
    assert bench.ingest() == {"queued": 1}
    (item,) = bench.app.queue()
    assert {hit.entity for hit in item.hits} == {"melis", "kos"}


def test_a_name_in_a_teaser_to_another_article_is_possible_at_most(bench):
    text = WEATHER + "\nRead also: Court extends arrest of Melis Tokoev"
    bench.add("post", Piece("snow", "Snow on Thursday", text))
    assert bench.ingest() == {"possible": 1}
    (item,) = bench.app.queue()
    assert "it stands in a list of other articles (“read also”)" in item.hits[0].mentions[0].mention.why


@pytest.mark.check
def test_once_an_outlet_is_known_its_other_headlines_and_its_furniture_make_no_item(bench):
    footer = "\nWrite to Melis Tokoev, who edits this page."
    for n in range(3):
        bench.add("post", Piece(f"a{n}", f"Report number {n}", WEATHER.replace("Thursday", f"day {n}") + footer))
    bench.add("post", Piece("court", "Melis Tokoev is held until January", "Nothing more is known.\n" + WEATHER))
    assert bench.ingest() == {"queued": 4}  # a new outlet's: nothing is known of it
    bench.advance(hours=2)
    bench.add("post", Piece("b", "Another report", DOCTOR.replace("Melis Tokoev", "a prisoner") + footer))
    bench.add("post", Piece("snow", "Snow on Thursday", WEATHER + "\nMelis Tokoev is held until January"))
    assert bench.ingest() == {"possible": 2}


def test_where_a_name_stands_is_told_with_it_and_the_headline_is_read_once(bench):
    text, name = COURT.replace("journalist Melis Tokoev", "a journalist"), "Melis Tokoev stays in prison"
    bench.add("post", Piece("caption", "Court extends arrest", text + "\nPhoto: Melis Tokoev, by a neighbour"))
    bench.add("herald", Piece("feed", name, DOCTOR.replace("Melis Tokoev", "he")))
    bench.add("wire", Piece("page", "Prison", WEATHER, headline=name))
    assert bench.ingest() == {"queued": 3}
    mentions = {
        a.outlet: m for i in bench.app.queue() for a in i.articles for m in i.hits[0].mentions if m.article == a.id
    }
    assert "it stands in a photo caption" in mentions["post"].mention.why
    assert "it stands in the page's own headline" in mentions["wire"].mention.why
    assert mentions["wire"].sentence == name
    assert mentions["herald"].mention.field is Field.TITLE
    assert sum(len(hit.mentions) for item in bench.app.queue() for hit in item.hits) == 3


def test_the_address_a_page_calls_its_own_is_believed_only_with_its_words(bench):
    title, own_address = "Court extends arrest", f"{bench.web.base}/post/court"
    bench.add("post", Piece("court", title, COURT))
    bench.ingest()
    bench.advance(hours=2)
    bench.add("post", Piece("print-17", title, COURT, canonical=own_address))
    bench.add("post", Piece("update", title, f"{COURT} He was beaten.", canonical=own_address))
    bench.add("post", Piece("a", "Doctor is turned away", DOCTOR, canonical=own_address))  # a mistake of the page
    for path, canonical in (("b", f"{bench.web.base}/"), ("c", "https://elsewhere.example/court"), ("d", "")):
        bench.add("post", Piece(path, title, COURT, canonical=canonical))
    assert bench.ingest() == {"duplicate": 1, "queued": 5}


def test_where_a_page_says_less_than_its_feed_the_feeds_words_stand_in(bench):
    summary = "The court left journalist Melis Tokoev in custody until 20 January."
    bench.add("post", Piece("paywall", "Court", "Subscribe to read on.", summary=summary))
    bench.add("post", Piece("script", "Court", "", summary=summary))
    bench.add("post", Piece("short", "Court", summary, summary="In custody."))
    assert bench.ingest() == {"queued": 3}
    bench.advance(hours=2)
    bench.add(
        "post", Piece("paywall-2", "Court", "Subscribe to read on.", summary=summary.replace("Melis Tokoev", "X"))
    )
    bench.add("post", Piece("script-2", "The court extends an arrest", ""))
    assert bench.ingest() == {"no_text": 2}


CAPTIONS = {"1": "Melis Tokoev", "2": "Cholpon Arzyeva", "3": "A neighbour"}


def mentioned(bench: Bench) -> dict[str, list[tuple[str, str, bool]]]:
    """By outlet, what was found: the words, where they stand and whether they are clear."""
    return {
        item.lead.outlet: [
            (
                m.mention.text,
                " ".join(m.mention.why).partition("it stands ")[2],
                m.mention.confidence is Confidence.STRONG,
            )
            for hit in item.hits
            for m in hit.mentions
        ]
        for item in bench.app.queue(tuple(State))
    }


def looked_at_again(bench: Bench, hours: float = 7) -> list[str]:
    """Return why each decided item reopened after every page was read again with another counter on it."""
    for item in bench.app.queue():
        bench.app.decide(item.id, Verdict.RELEVANT, by="aida")
    for outlet in bench.web.outlets.values():
        for piece in outlet.pieces:
            piece.text += "\n12 views"
    bench.advance(hours=hours)
    bench.ingest()
    assert bench.run.revisits == sum(len(outlet.pieces) for outlet in bench.web.outlets.values())
    return [item.reopened for item in bench.app.queue()]


def test_whom_the_feeds_summary_names_and_a_longer_page_does_not_is_possible(bench):
    summary = "The court left journalist Melis Tokoev in custody."
    bench.add(
        "post", Piece("court", "Court", COURT.replace("Melis Tokoev", "N."), summary=summary, headline="Arrested")
    )
    bench.add("herald", Piece("full", "Doctor", DOCTOR, summary=summary))
    bench.add("wire", Piece("snow", "Snow", WEATHER, summary="Snow on Thursday, said the weather office."))
    assert bench.ingest() == {"possible": 1, "queued": 1, "no_match": 1}
    mentions = mentioned(bench)
    assert mentions["post"] == [("Melis Tokoev", "in the feed's summary, not on the page", False)]
    assert mentions["herald"] == [("Melis Tokoev", "", True)]
    assert looked_at_again(bench) == []
    assert mentioned(bench) == mentions
    assert row_counts(bench.app.store)["article_version"] == 3


@pytest.mark.check
def test_a_name_in_a_caption_alone_is_clear_and_its_going_brings_the_story_back(bench):
    pieces = [
        Piece(n, "Snow", WEATHER + f"\nNo {n}.", caption=f"{person} in the snow") for n, person in CAPTIONS.items()
    ]
    for outlet, piece in zip(("post", "herald", "wire"), pieces, strict=True):
        bench.add(outlet, piece)
    assert bench.ingest() == {"queued": 2, "no_match": 1}
    mentions = mentioned(bench)
    assert mentions["post"] == [("Melis Tokoev", "in a photo caption", True)]
    assert looked_at_again(bench) == []
    assert mentioned(bench) == mentions
    pieces[0].caption = "Snow"
    (why,) = looked_at_again(bench, hours=30)
    assert why.startswith("a watched name was taken out at post: «Melis Tokoev in the snow»")


def test_a_watched_person_who_signed_an_article_is_named_by_it_and_an_organisation_is_not(bench):
    for outlet, author in (("post", "Melis Tokoev"), ("herald", "KOS"), ("wire", "A. Nobody")):
        bench.add(outlet, Piece("snow", "Snow", WEATHER + f"\nFrom {outlet}.", author=author, headline="Frost"))
    bench.add("wire", Piece("doctor", "Doctor", DOCTOR, author="Melis Tokoev"))
    bench.ingest()
    mentions = mentioned(bench)
    assert mentions == {"post": [("Melis Tokoev", "in the byline", True)], "wire": [("Melis Tokoev", "", True)]}
    assert looked_at_again(bench) == []
    assert mentioned(bench) == mentions


CLOCKS = {  # of an outlet: the zone of its feed, its country; what is added to the hour, and the precision
    "post": ("", "KG", -6, DatePrecision.ZONE_ASSUMED),
    "herald": ("", "US", 0, DatePrecision.ZONE_ASSUMED),
    "wire": (" +0000", "KG", 0, DatePrecision.MOMENT),
    "times": (" +0500", "KG", -5, DatePrecision.MOMENT),
}


def test_a_feeds_clock_without_a_zone_is_read_in_its_country_and_flagged(bench, subtests):
    written, rss = bench.clock.now.replace(minute=30, second=0, microsecond=0) - timedelta(hours=8), bench.web.rss
    for outlet in CLOCKS:
        bench.add(outlet, Piece(f"court-of-{outlet}", "Court", COURT, age=bench.web.now - written))
    feeds = (bench.home / "feeds.yaml").read_text()
    for outlet, (_, country, *_) in CLOCKS.items():
        feeds = feeds.replace(f"id: {outlet}\n", f"id: {outlet}\n    country: '{country}'\n")
    (bench.home / "feeds.yaml").write_text(feeds)
    bench.web.rss = lambda of: rss(of).replace(b" +0000</pubDate>", f"{CLOCKS[of.name][0]}</pubDate>".encode())
    bench.ingest()
    articles = {result.article.outlet: result.article for result in bench.app.store.archive.articles(None, None, 9)}
    assert articles.keys() == CLOCKS.keys()
    for outlet, (zone, _, hours, precision) in CLOCKS.items():
        with subtests.test(outlet):
            dated = articles[outlet]
            assert dated.published == written + timedelta(hours=hours)
            assert (dated.published_source, dated.precision) == (DateSource.FEED, precision)
            assert dated.published_raw == f"{written:%a, %d %b %Y %H:%M:%S}{zone}"


DECLARED = '<head><script type="application/ld+json">{"@type": "NewsArticle", "datePublished": "%s"}</script>'


DATES = [  # of the feed and of the page; what is stored, its source and its precision
    ("2031-01-01T10:00:00Z", "", "now", "feed", ""),  # not believed, so what the source wrote is shown
    ("2031-01-01T10:00:00+06:00", "{day}T10:00:00+06:00", "now", "feed", ""),
    ("", "2031-01-01T10:00:00+06:00", "now", "json-ld", ""),
    ("1970-01-01T00:00:00Z", "", "", "", ""),
    ("", "1970-01-01T00:00:00Z", "", "", ""),
    # The feed goes first; its page may tell the moment of what it calls a day, and no other day.
    ("{day}", "{day}T10:00:00+06:00", "{day}T04:00Z", "json-ld", "moment"),
    ("{day}", "{other}T10:00:00+06:00", "{day}T00:00Z", "feed", "day"),
    ("{day}T09:00Z", "{day}T10:00:00+06:00", "{day}T09:00Z", "feed", "moment"),
]


def test_a_date_is_stored_with_its_source_its_precision_and_its_own_words(bench, subtests):
    days = {name: f"{bench.clock.now - timedelta(n):%Y-%m-%d}" for name, n in (("day", 2), ("other", 5))}
    dates = {f"page-{n}": [result.format(**days) for result in date] for n, date in enumerate(DATES)}
    rss, answer = bench.web.rss, bench.web.answer

    def answered(path: str) -> tuple[int, str, bytes]:
        status, kind, body = answer(path)
        page = dates.get(path.rpartition("/")[2], ["", ""])[1]
        return status, kind, body.replace(b"<head>", (DECLARED % page).encode()) if page else body

    def dated(outlet: Outlet) -> bytes:
        return re.sub(
            rb"post-(page-.)</guid><pubDate>.*?<",
            lambda item: f"post-{(path := item[1].decode())}</guid><pubDate>{dates[path][0]}<".encode(),
            rss(outlet),
        )

    bench.web.answer, bench.web.rss = answered, dated
    for path in dates:
        bench.add("post", Piece(path, f"Court {path}", COURT))
    bench.ingest()
    stored = bench.app.store.archive.articles(None, None, len(dates) + 1)
    articles = {result.article.url.rpartition("/")[2]: result.article for result in stored}
    assert articles.keys() == dates.keys()
    for path, (feed, page, published, source, precision) in dates.items():
        with subtests.test(str((feed, page))):
            read = articles[path]
            at = bench.clock.now if published == "now" else datetime.fromisoformat(published) if published else None
            assert read.published == at
            assert (read.published_source, read.precision) == (source, precision)
            assert read.published_raw == (page if source == "json-ld" or not feed else feed)


UPDATES = [  # of the page; whose date is stored, and its precision
    ("", "feed", "updated"),
    ("{before}T22:00:00Z", "json-ld", "moment"),
    ("{day}T10:00:00Z", "json-ld", "moment"),
    ("{before}", "json-ld", "day"),
    ("{day}T10:00:01Z", "feed", "updated"),  # nothing is published after it was changed
    ("{after}T10:00:00Z", "feed", "updated"),
]


def test_where_a_feed_dates_changes_alone_its_page_says_when_it_was_published(bench: Bench, subtests):
    days = {name: f"{bench.clock.now - timedelta(n):%Y-%m-%d}" for name, n in (("before", 5), ("day", 3), ("after", 2))}
    pages = {f"page-{n}": page.format(**days) for n, (page, *_) in enumerate(UPDATES)}
    entry = "<entry><id>{0}</id><title>{0}</title><link href='{1}/post/{0}'/><updated>{2}T10:00:00Z</updated></entry>"
    entries = "".join(entry.format(path, bench.web.base, days["day"]) for path in pages)
    answer = bench.web.answer

    def answered(path: str) -> tuple[int, str, bytes]:
        status, kind, body = answer(path)
        page = pages.get(path.rpartition("/")[2])
        return status, kind, body.replace(b"<head>", (DECLARED % page).encode()) if page else body

    bench.web.answer = answered
    bench.web.rss = lambda _: f"<feed xmlns='http://www.w3.org/2005/Atom'><title>P</title>{entries}</feed>".encode()
    for path in pages:
        bench.add("post", Piece(path, path, COURT))
    bench.ingest()
    stored = bench.app.store.archive.articles(None, None, 10)
    articles = {result.article.title: result.article for result in stored}
    assert articles.keys() == pages.keys()
    for (path, page), (_, source, precision) in zip(pages.items(), UPDATES, strict=True):
        with subtests.test(page):
            read = articles[path]
            assert (read.published_source, read.precision) == (source, precision)
            assert read.published_raw == (page if source == "json-ld" else f"{days['day']}T10:00:00Z")


@pytest.mark.parametrize("days", [-3, 900], ids=["later", "earlier"])
def test_an_edit_does_not_move_the_day_on_which_an_article_was_published(bench: Bench, days: int):
    piece = Piece("court", "Court extends arrest", COURT)
    bench.add("post", piece)
    bench.ingest()
    (before,) = (result.article for result in bench.app.store.archive.articles(None, None, 10))
    piece.title, piece.text, piece.age = "Court extends arrest again", f"{COURT}\nA line more.", timedelta(days)
    bench.advance(days=4)
    bench.ingest()
    (after,) = (result.article for result in bench.app.store.archive.articles(None, None, 10))
    assert (after.version, after.published, after.published_raw) == (2, before.published, before.published_raw)
    assert after.published < after.first_seen < after.fetched


def test_a_date_that_was_not_known_or_not_believed_is_learned_from_an_edit(bench: Bench):
    piece = Piece("court", "Court extends arrest", COURT, age=-timedelta(days=90))
    bench.add("post", piece)
    bench.ingest()
    piece.title, piece.text, piece.age = "Court extends arrest again", f"{COURT}\nA line more.", timedelta(hours=2)
    bench.advance(hours=7)
    bench.ingest()
    (article,) = (result.article for result in bench.app.store.archive.articles(None, None, 10))
    assert (article.version, article.published) == (2, bench.web.now.replace(microsecond=0) - timedelta(hours=2))
