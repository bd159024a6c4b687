"""The command `add`: an article put into the queue by hand, and what is said where there is none."""

from __future__ import annotations

import pytest

from kit.articles import WEATHER
from kit.fetchers import public_loopback
from kit.home import furnish
from kit.outlets import Outlet, Piece, Web


@pytest.mark.soak
def test_an_article_is_added_by_hand_from_the_terminal(monitor, tmp_path):
    with public_loopback(), Web(Outlet("post", "en", [Piece("snow", "Snow on Thursday", WEATHER)])) as web:
        home = furnish(tmp_path, web, allowed=False)
        url, options = f"{web.base}/post/snow", ("--note", "a reader sent it", "--by", "aida", "--format", "json")
        added = monitor("--home", home, "add", url, *options).json
        assert (added["new"], added["item"]["hits"], added["link"]["outcome"]) == (True, [], "no_match")
        ((addition,),) = (article["added"] for article in added["item"]["articles"])
        assert (addition["by"], addition["note"]) == ("aida", "a reader sent it")
        second = monitor(
            "--home", home, "add", f"{url}?utm_source=mail", "--note", "and another", "--format", "json"
        ).json
        assert (second["new"], second["link"], second["item"]["id"]) == (False, None, added["item"]["id"])
        assert "and another" in monitor("--home", home, "queue", "show", second["item"]["id"]).out
        listed = monitor("--home", home, "queue", "list", "--format", "json").json
        assert [item["id"] for item in listed["items"]] == [added["item"]["id"]]


@pytest.mark.check
@pytest.mark.parametrize(
    ("path", "code", "message"),
    [
        ("post/nothing", 4, "there is nothing at this address (404). Open it in your browser"),
        ("post/feed.xml", 4, "the link leads to application/rss+xml. Only web pages are read"),
        ("busy/snow", 75, "the server is in trouble (503). It is tried again by itself"),
    ],
)
def test_a_link_that_cannot_be_added_says_why_and_what_to_do(monitor, tmp_path, path: str, code: int, message: str):
    busy = Outlet("busy", "en", [Piece("snow", "Snow", WEATHER, status=503)])
    with public_loopback(), Web(Outlet("post", "en"), busy) as web:
        done = monitor("--home", furnish(tmp_path, web, allowed=False), "add", f"{web.base}/{path}")
    assert (done.code, done.out) == (code, "") and message in done.err
