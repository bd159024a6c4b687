"""Whatever a second outlet lists, before or after: the articles of the first are found, with their own headlines."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text as sql

from kit.articles import COURT, DOCTOR, WEATHER
from kit.internet import Answer, Listed, Reader, reader
from monitor.model import Speaker

POST, RIVAL = "http://post.example", "http://rival.example"
POST_FEED, RIVAL_FEED, CHANNEL = f"{POST}/rss", f"{RIVAL}/rss", "http://t.me/s/postnews"
MESSAGE = "The guard of Melis Tokoev says that the light in his cell burns all night."

PAGES = {"news/1": COURT, "news/2": DOCTOR}
REFUSED = "The prosecutor wants Cholpon Arzyeva back in court in the first week of March."
FORMS = (
    "http://post.example/{}", "http://www.post.example/{}?utm_source=rival", "http://m.post.example/{}",
    "http://post.example/{}/amp", "http://post.example/{}?amp=1", "http://post.example//./{}", "http://post.example/{}/",
    "http://post-example.cdn.ampproject.org/c/post.example/{}", "http://post.example:80/{}#top",
    "http://rival.example/to/{}", "http://rival.example/claims/{}", "http://post.example/?{}",
)  # fmt: skip
PATHS = ("news/1", "news/2", "news/3", "news/4")
TEXTS = (COURT, DOCTOR, REFUSED, MESSAGE, WEATHER, "Melis Tokoev", "")

entries = st.lists(
    st.builds(
        Listed,
        link=st.builds(str.format, st.sampled_from(FORMS), st.sampled_from(PATHS)),
        title=st.sampled_from(("Report 1", "Report 2", "Report 3", "The weather", "Melis Tokoev is free", "")),
        summary=st.sampled_from(TEXTS),
        guid=st.sampled_from(("1", "2", "3", "http://post.example/news/1", "")),
    ),
    max_size=5,
)
messages = st.dictionaries(st.sampled_from((5000, 5001, 5002)), st.sampled_from(TEXTS[2:6]), max_size=3)
# What the rival lists in a round, as a feed or as a page that looks like the channel; and who is read in it.
rounds = st.lists(
    st.tuples(st.one_of(entries, messages), st.sampled_from(("rival", "post", "all"))), min_size=1, max_size=4
)


def serve(desk: Reader) -> None:
    net = desk.internet
    for path, text in PAGES.items():
        net.page(f"{POST}/{path}", f"Report {path[-1]}", text)
        net.redirect(f"{RIVAL}/to/{path}", f"{POST}/{path}")
        net.page(f"{RIVAL}/claims/{path}", f"Report {path[-1]}", WEATHER, canonical=f"{POST}/{path}")
    net.page(f"{POST}/news/3", "No", "no", status=403)
    front = Answer("<html><body><article><h1>The post</h1><p>" + WEATHER + "</p></article></body></html>")
    net.front_pages |= {"post.example": front, "m.post.example": front, "post-example.cdn.ampproject.org": front}


def list_own(desk: Reader) -> None:
    own_list = [Listed(f"{POST}/{path}", f"Report {path[-1]}") for path in PAGES]
    desk.internet.feed(POST_FEED, [*own_list, Listed(f"{POST}/news/3", "Report 3", REFUSED)])
    desk.internet.telegram(CHANNEL, "postnews", {5001: MESSAGE})


def own_articles(desk: Reader) -> set[tuple[str, str]]:
    """Return (outlet, headline) of the first outlet's articles that stand in the queue with a hit."""
    return {
        (article.outlet, article.headline)
        for item in desk.items()
        for article in item.articles
        if article.speaker is Speaker.SITE
        and article.outlet in {"post", "channel"}
        and any(mention.article == article.id for hit in item.hits for mention in hit.mentions)
    }


EXPECTED = {("post", "Report 1"), ("post", "Report 2"), ("post", "Report 3"), ("channel", MESSAGE)}


@settings(max_examples=settings().max_examples // 2, suppress_health_check=[HealthCheck.too_slow])  # a second each
@given(rounds, st.integers(0, 3), st.booleans())
@pytest.mark.check
def test_nothing_that_another_outlet_lists_hides_or_takes_over_an_article(played, published_in: int, removed: bool):
    with tempfile.TemporaryDirectory() as folder, reader(Path(folder, "home")) as desk:
        desk.subscribe(post=POST_FEED, channel=CHANNEL, rival=RIVAL_FEED)
        serve(desk)
        desk.internet.feed(POST_FEED, [])
        desk.internet.telegram(CHANNEL, "postnews", {})
        for number, (listed, feed) in enumerate(played):
            if number == published_in:
                list_own(desk)
            if isinstance(listed, dict):
                desk.internet.telegram(RIVAL_FEED, "postnews", listed)
            else:
                desk.internet.feed(RIVAL_FEED, listed)
            desk.ingest(*({"all": (), "post": ("post", "channel")}.get(feed, (feed,))))
            desk.advance(hours=7)
        list_own(desk)
        if removed:
            desk.subscribe(post=POST_FEED, channel=CHANNEL)
        desk.ingest()
        desk.app.store.entries.retry()
        desk.advance(hours=7)
        desk.ingest()
        assert own_articles(desk) == EXPECTED
        with desk.app.store.database.reading() as connection:
            of_first = sql("SELECT count(*) FROM entry e JOIN feed f ON f.number = e.feed "
                           "WHERE f.id != 'rival' AND e.outcome = 'duplicate'")  # fmt: skip
            assert connection.scalar(of_first) == 0
        assert desk.app.store.upkeep.check() == ()
