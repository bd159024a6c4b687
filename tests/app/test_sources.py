"""Sources that are looked for and edited: Telegram, discovery, feeds.yaml."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kit.app import App
from kit.home import Clock, furnish, open_app
from kit.sites import Site, home_of, rss, site
from monitor.config import load_feeds
from monitor.config.feeds import parse_feeds
from monitor.config.yaml import edit_list
from monitor.errors import InputError
from monitor.model import Feed, TextFrom
from monitor.parse.discover import feed_address, feed_links, news_sitemaps

__all__ = ["site"]


# ---- Telegram, through the line ---------------------------------------------------------------------------------------


def channel(*messages: tuple[int, str]) -> bytes:
    at = datetime.now(UTC).isoformat(timespec="seconds")  # a first visit leaves out what is older than a week
    shown = "".join(
        f"<div class='tgme_widget_message' data-post='news/{number}'><div class='tgme_widget_message_text js-message_text'>"
        f"{text}</div><a class='tgme_widget_message_date'><time datetime='{at}'></time></a></div>"
        for number, text in messages
    )
    return f"<!DOCTYPE html><section class='tgme_channel_history'>{shown}</section>".encode()


@pytest.fixture
def bench(site: Site, tmp_path: Path) -> Iterator[tuple[Site, App, Clock]]:
    home, clock = furnish(tmp_path / "home", site), Clock()
    (home / "feeds.yaml").write_text(f"- url: {site.base}/s/news\n  outlet: News\n", encoding="utf-8")
    app = open_app(home, clock)
    yield site, app, clock
    app.close()


def test_a_message_is_an_article_without_its_page_and_an_edited_one_is_its_next_version(bench):
    site, app, clock = bench
    site.pages["/s/news"] = channel((1, "Кар жаайт"), (2, "Мелис Токоев <b>кармалды</b>"), (3, ""))
    run = app.ingest()
    assert ({o.value: n for o, n in run.outcomes.items()}, site.paths) == ({"queued": 1, "no_match": 2}, ["/s/news"])
    (item,) = app.queue()
    assert (item.lead.url, item.lead.headline, item.lead.text_from) == (
        "https://t.me/news/2",
        "Мелис Токоев кармалды",
        TextFrom.ENTRY,
    )
    clock.now += timedelta(days=365)
    site.pages["/s/news"] = channel((1, "Кар жаайт"), (2, "Мелис Токоев бошотулду"), (3, "Чолпон Арзыева келди"))
    run = app.ingest(include_not_due=True)
    assert {o.value: n for o, n in run.outcomes.items()} == {"queued": 2}
    assert {i.lead.headline for i in app.queue()} == {"Мелис Токоев бошотулду", "Чолпон Арзыева келди"}
    assert set(site.paths) == {"/s/news"}


def test_a_channel_without_an_outlet_s_name_is_called_by_its_own(tmp_path: Path):
    (tmp_path / "feeds.yaml").write_text(
        "- https://t.me/s/kloopnews\n- https://t.me/s/azattyk?x=1\n- https://a.example/s/b\n"
    )
    assert [feed.outlet for feed in load_feeds(tmp_path / "feeds.yaml")] == [
        "t.me/kloopnews",
        "t.me/azattyk",
        "a.example",
    ]


# ---- discovery ----------------------------------------------------------------------------------------------------------

PAGE = b"""<!DOCTYPE html><html><head><base href="/x/">
<link rel="alternate" type="application/rss+xml" title="News" href="/feed">
<link rel="alternate" type="application/rss+xml" title="Comments" href="/comments/feed">
<link rel="ALTERNATE" type="application/feed+json; charset=utf-8" href="feed.json">
<link rel="alternate" type="text/html" hreflang="ky" href="/ky"><link rel="stylesheet" href="/rss.css"></head>
<body><a href="/api/zgbip_l-vomx-tpe-v_py">News</a><a href="/feed">again</a><a href="https://t.me/kabar_news">Telegram</a>
<a href="https://t.me/joinchat/AAAA">x</a><a href="https://t.me/kabar_news/17">post</a><a href="/crossword">rss</a>
<a href="javascript:rss">x</a><a href="https://other.example/rss">a friend</a><a href="https://ky.kabar.example/rss">ky</a>
<link rel="alternate" type="application/rss+xml" href="http://127.0.0.1:9/feed"></body></html>"""


def test_a_page_s_feeds_are_those_declared_then_linked_then_its_channels():
    assert feed_links(PAGE, "https://kabar.example/news") == [
        "https://kabar.example/feed",
        "https://kabar.example/x/feed.json",
        "http://127.0.0.1:9/feed",
        "https://kabar.example/api/zgbip_l-vomx-tpe-v_py",
        "https://ky.kabar.example/rss",
        "https://t.me/s/kabar_news",
    ]
    assert feed_links(b"", "https://a.example/") == feed_links(b"<", "https://a.example/") == []


@pytest.mark.parametrize(
    ("link", "page"),
    [
        ("https://t.me/kloopnews", "https://t.me/s/kloopnews"),
        ("http://telegram.me/s/kloopnews/", "https://t.me/s/kloopnews"),
        ("https://t.me/share/url?url=x", ""),
        ("https://t.me/share", ""),
        ("https://t.me/+AbCd", ""),
        ("https://t.me/kloopnews/12", ""),
        ("https://nott.me/kloopnews", ""),
    ],
)
def test_a_link_to_a_channel_leads_to_its_page_of_messages(link: str, page: str):
    assert feed_address(link) == page


def test_robots_txt_names_sitemaps_of_news():
    robots = b"User-agent: *\nSitemap: https://a.example/sitemap.xml\nsitemap:https://a.example/news-sitemap.xml\nSitemap: /news"
    assert news_sitemaps(robots) == ["https://a.example/news-sitemap.xml"]


def test_discover_tries_what_a_site_declares_and_adds_what_works_with_every_comment_kept(monitor, site, tmp_path):
    home = home_of(site, tmp_path / "home")
    site.pages |= {
        "/": b"<!DOCTYPE html><link rel=alternate type=application/rss+xml href=/feed><link rel=alternate type=application/atom+xml href=/gone>"
        b"<link rel=alternate type=application/rss+xml href=http://10.0.0.1/feed>"
        b"<a href=/rss>RSS</a><a href=/rss/lists>all</a>",
        "/feed": rss("Kabar", "Сот журналистти үй камагына чыгарды, деп билдирди жактоочу", "Кечээ Бишкекте кар жаады"),
        "/rss": rss(
            "The same", "Сот журналистти үй камагына чыгарды, деп билдирди жактоочу", "Кечээ Бишкекте кар жаады"
        ),
        "/rss/lists": b"<!DOCTYPE html><a href=/api/zabc>Politics</a><a href=/feed>All</a>",
        "/api/zabc": rss("Politics", "c"),
        "/robots.txt": f"Sitemap: {site.base}/news.xml".encode(),
        "/news.xml": b"<urlset><url><loc>https://a.example/n</loc><news><title>N</title></news></url></urlset>",
        "/rss.xml": rss("Never asked for", "d"),
    }
    answer = monitor("--home", home, "feeds", "discover", site.base)
    assert answer.code == 0
    shown = [line for line in answer.out.splitlines() if line.startswith("http")]
    inside = shown.pop(2)
    assert inside == "http://10.0.0.1/feed"
    assert shown == [f"{site.base}/{path}" for path in ("feed", "gone", "api/zabc", "news.xml")]
    assert "Kabar: 2 entries, the newest of" in answer.out and ", ky" in answer.out and "404" in answer.out
    assert "/rss.xml" not in site.paths and len(site.paths) == len(set(site.paths))
    before = (home / "feeds.yaml").read_text()
    added = monitor("--home", home, "feeds", "discover", site.base, "--add")
    assert (added.code, "3 added to" in added.out) == (0, True)
    after = (home / "feeds.yaml").read_text()
    assert after.startswith(before)
    assert sorted(set(after.splitlines()) - set(before.splitlines())) == sorted(
        [f'  - url: "{site.base}/{path}"' for path in ("feed", "api/zabc", "news.xml")]
        + ["    outlet: 127.0.0.1", "    language: ky"]
    )
    second_answer = monitor("--home", home, "feeds", "discover", f"{site.base}/feed", "--add")
    assert "0 added to" in second_answer.out and "1 there already" in second_answer.out
    assert (home / "feeds.yaml").read_text() == after


def test_only_a_site_that_says_nothing_is_asked_at_the_usual_places(monitor, site):
    site.pages |= {"/": b"<!DOCTYPE html><p>News", "/rss.xml": rss("Kaktus", "a")}
    Path("monitor.env").write_text(f"MONITOR_ALLOW_HOSTS={site.host}\nMONITOR_HOST_GAP=0\n")
    Path("feeds.yaml").write_text("- https://old.example/rss\n")
    answer = monitor("feeds", "discover", site.base)
    assert [line for line in answer.out.splitlines() if line.startswith("http")] == [f"{site.base}/rss.xml"]
    assert len(site.paths) < 20
    site.pages.clear()
    nothing = monitor("feeds", "discover", site.base)
    assert (nothing.code, "no feed was found" in nothing.err) == (3, True)
    assert not list(Path().glob("*.db*"))


def test_a_site_that_nobody_answers_for_is_said_to_be_so_once_with_what_to_do(monitor, monkeypatch):
    monkeypatch.setenv("MONITOR_ALLOW_HOSTS", "127.0.0.1:1")
    answer = monitor("feeds", "discover", "http://127.0.0.1:1/")
    assert (answer.code, answer.out) == (4, "")
    trouble, advice = answer.err.splitlines()
    assert trouble == "http://127.0.0.1:1/: no connection, or it was lost"
    assert advice.startswith("If no other site can be reached either, look at the network")


def test_a_feed_is_tried_without_a_home_and_its_end_says_how_it_went(monitor, site, monkeypatch):
    monkeypatch.setenv("MONITOR_ALLOW_HOSTS", site.host)
    monkeypatch.setenv("MONITOR_HOST_GAP", "0")
    site.pages |= {"/feed": rss("Kabar", "one", "two"), "/page": b"<!DOCTYPE html>Log in", "/none": rss("Quiet")}
    answer = monitor("feeds", "test", f"{site.base}/feed")
    assert (answer.code, answer.err) == (0, "")
    assert "Kabar: 2 entries" in answer.out and "https://a.example/one" in answer.out
    assert monitor("feeds", "test", f"{site.base}/none").code == 0
    page = monitor("feeds", "test", f"{site.base}/page")
    assert (page.code, "This is a web page, not a feed." in page.err) == (3, True)
    assert monitor("feeds", "test", f"{site.base}/gone").code == 3
    site.server.shutdown()
    site.server.server_close()
    assert monitor("feeds", "test", f"{site.base}/feed").code == 4
    assert not list(Path().iterdir())


# ---- feeds.yaml, edited ---------------------------------------------------------------------------------------------------

NEW = {"url": "https://new.example/rss?a=1", "outlet": "Жаңы: кабар", "country": "KG"}
LINES = ['url: "https://new.example/rss?a=1"', 'outlet: "Жаңы: кабар"', "country: KG"]


@pytest.mark.parametrize(
    "before",
    [
        "feeds:\n  - url: https://a.example/\n    outlet: A\n",
        "feeds:\n- url: https://a.example/ # why\n  paused: false  # not yet\n# end\n",
        "# top\n- https://a.example/\n- https://b.example/",
        "feeds:\n    - {url: https://a.example/, outlet: A}\n\n\n    # last words\n",
        "feeds:\r\n  - url: https://a.example/\r\n# end\r\n",
        "feeds:\n  -\n    url: https://a.example/\n    outlet: 'A\n      b'\n# end",
    ],
)
def test_an_item_is_added_at_the_end_and_nothing_else_changes(before: str):
    after = edit_list(before, "feeds", "feeds.yaml", added=[NEW])
    assert after.startswith(before)
    added = after[len(before) :].splitlines()
    assert [line.lstrip(" -") for line in added if line] == LINES
    assert ("\r\n" in before) == ("\r\n" in after) and after.count("\r") in (0, after.count("\n"))
    assert parse_feeds(after, "f")[-1].outlet == "Жаңы: кабар"


@pytest.mark.parametrize("text", ["", "feeds: []", "feeds: [https://a.example/]", "feeds:\n", "other: 1", "a: b: c"])
def test_a_list_that_is_not_one_item_a_line_is_left_alone(text: str):
    with pytest.raises(InputError, match=r"feeds\.yaml"):
        edit_list(text, "feeds", "feeds.yaml", added=[NEW])


def test_feeds_are_added_paused_resumed_and_removed_by_command(monitor, site, tmp_path):
    home = home_of(site, tmp_path / "home")
    added = monitor("--home", home, "feeds", "add", "https://t.me/kabar", "--country", "KG", "--interval", "2h")
    assert "1 added to" in added.out
    assert load_feeds(home / "feeds.yaml")[1] == Feed(
        "t-me-s-kabar", "https://t.me/s/kabar", "t.me/kabar", country="KG", interval=timedelta(hours=2)
    )
    assert monitor("--home", home, "feeds", "pause", "t-me-s-kabar", "old-example-rss").code == 0
    assert [feed.paused for feed in load_feeds(home / "feeds.yaml")] == [True, True]
    rows = monitor("--home", home, "feeds", "list", "--format", "json").json["feeds"]
    assert all(row["paused"] for row in rows)
    monitor("--home", home, "feeds", "resume", "old-example-rss")
    assert monitor("--home", home, "feeds", "remove", "t-me-s-kabar").code == 0
    after = (home / "feeds.yaml").read_text()
    assert [feed.paused for feed in load_feeds(home / "feeds.yaml")] == [False] and "# the first" in after
    for words, reason in (
        (("add", "https://x.example/?q=Melis+Tokoev"), "holds a watched name"),
        (("add", "https://x.example/", "--country", "Kyrgyzstan"), "ISO 3166"),
        (("add", "no address"), "is no address of the web"),
        (("pause", "t-me-s-kabar"), "no feed 't-me-s-kabar'"),
        (("remove", "old-example-rss"), "the last feed cannot be removed"),
    ):
        refused = monitor("--home", home, "feeds", *words)
        assert reason in refused.err and "Melis" not in refused.err, words
    assert (home / "feeds.yaml").read_text() == after


def test_edits_made_at_the_same_time_are_all_in_the_file(site, tmp_path):
    lines = "".join(f"  - https://feed{n}.example/rss # {n}\n" for n in range(8))
    home = home_of(site, tmp_path / "home", f"feeds:\n{lines}")
    app = open_app(home)
    app.sync_files()
    feeds = [state.feed for state in app.feeds()]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda f: app.sources.file.change(f.id, {"paused": True}, app.clock()), feeds))
    assert all(feed.paused for feed in load_feeds(home / "feeds.yaml"))
    assert [state.feed.paused for state in app.feeds()] == [True] * 8
    assert all(f"# {n}" in (home / "feeds.yaml").read_text() for n in range(8))
    app.close()
