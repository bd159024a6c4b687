"""Sources of every kind through the one line; found, tried, taken in and given away by command."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kit.home import Clock, furnish, open_app
from kit.sites import Site, rss
from monitor.app import App
from monitor.app.sources.search import reveals_watched_name
from monitor.config import load_feeds
from monitor.config.feeds import parse_feeds
from monitor.config.opml import read_opml, write_opml
from monitor.config.yaml_edit import edit_list
from monitor.errors import InputError
from monitor.match import compile_watchlist
from monitor.model import Entity, EntityType, Feed, ParsedFeed, TextFrom
from monitor.parse import parse_feed
from monitor.parse.discover import channel_url, feed_links, news_sitemaps
from monitor.text.charset import decode


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as serving:
        yield serving


# ---- Telegram, through the line ---------------------------------------------------------------------------------------


def channel(*messages: tuple[int, str]) -> bytes:
    shown = "".join(
        f"<div class='tgme_widget_message' data-post='news/{number}'><div class='tgme_widget_message_text js-message_text'>"
        f"{text}</div><a class='tgme_widget_message_date'><time datetime='2026-11-24T10:00:00+00:00'></time></a></div>"
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
    assert ({o.value: n for o, n in run.outcomes.items()}, site.asked) == ({"queued": 1, "no_match": 2}, ["/s/news"])
    (item,) = app.queue()
    assert (item.lead.url, item.lead.headline, item.lead.text_from) == (
        "https://t.me/news/2",
        "Мелис Токоев кармалды",
        TextFrom.FEED,
    )
    clock.now = clock.now.replace(year=clock.now.year + 1)
    site.pages["/s/news"] = channel((1, "Кар жаайт"), (2, "Мелис Токоев бошотулду"), (3, "Чолпон Арзыева келди"))
    run = app.ingest(include_not_due=True)
    assert {o.value: n for o, n in run.outcomes.items()} == {"queued": 2}
    assert {i.lead.headline for i in app.queue()} == {"Мелис Токоев бошотулду", "Чолпон Арзыева келди"}
    assert set(site.asked) == {"/s/news"}


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
    assert channel_url(link) == page


def test_robots_txt_names_sitemaps_of_news():
    robots = b"User-agent: *\nSitemap: https://a.example/sitemap.xml\nsitemap:https://a.example/news-sitemap.xml\nSitemap: /news"
    assert news_sitemaps(robots) == ["https://a.example/news-sitemap.xml"]


def home_of(site: Site, folder: Path, feeds: str = "") -> Path:
    furnish(folder, site)
    (folder / "feeds.yaml").write_text(
        feeds or "# ours\nfeeds:\n  - url: https://old.example/rss # the first\n  # the end\n", encoding="utf-8"
    )
    return folder


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
    found = monitor("--home", home, "feeds", "discover", site.base)
    assert found.code == 0
    shown = [line for line in found.out.splitlines() if line.startswith("http")]
    inside = shown.pop(2)
    assert inside == "http://10.0.0.1/feed"
    assert shown == [f"{site.base}/{path}" for path in ("feed", "gone", "api/zabc", "news.xml")]
    assert "Kabar: 2 entries, the newest of" in found.out and ", ky" in found.out and "404" in found.out
    assert "/rss.xml" not in site.asked and len(site.asked) == len(set(site.asked))
    before = (home / "feeds.yaml").read_text()
    added = monitor("--home", home, "feeds", "discover", site.base, "--add")
    assert (added.code, "3 added to" in added.out) == (0, True)
    after = (home / "feeds.yaml").read_text()
    assert after.startswith(before)
    assert sorted(set(after.splitlines()) - set(before.splitlines())) == sorted(
        [f'  - url: "{site.base}/{path}"' for path in ("feed", "api/zabc", "news.xml")]
        + ["    outlet: 127.0.0.1", "    language: ky"]
    )
    again = monitor("--home", home, "feeds", "discover", f"{site.base}/feed", "--add")
    assert "0 added to" in again.out and "1 there already" in again.out
    assert (home / "feeds.yaml").read_text() == after


def test_only_a_site_that_says_nothing_is_asked_at_the_usual_places(monitor, site):
    site.pages |= {"/": b"<!DOCTYPE html><p>News", "/rss.xml": rss("Kaktus", "a")}
    Path("monitor.env").write_text(f"MONITOR_ALLOW_HOSTS={site.host}\nMONITOR_HOST_GAP=0\n")
    Path("feeds.yaml").write_text("- https://old.example/rss\n")
    found = monitor("feeds", "discover", site.base)
    assert [line for line in found.out.splitlines() if line.startswith("http")] == [f"{site.base}/rss.xml"]
    assert len(site.asked) < 20
    site.pages.clear()
    nothing = monitor("feeds", "discover", site.base)
    assert (nothing.code, "no feed was found" in nothing.err) == (3, True)
    assert not list(Path().glob("*.db*"))


def test_a_site_that_nobody_answers_for_is_said_to_be_so_once_with_what_to_do(monitor, monkeypatch):
    monkeypatch.setenv("MONITOR_ALLOW_HOSTS", "127.0.0.1:1")
    told = monitor("feeds", "discover", "http://127.0.0.1:1/")
    assert (told.code, told.out) == (4, "")
    trouble, advice = told.err.splitlines()
    assert trouble == "http://127.0.0.1:1/: no connection, or it was lost"
    assert advice.startswith("If no other site can be reached either, look at the network")


def test_a_feed_is_tried_without_a_home_and_its_end_says_how_it_went(monitor, site, monkeypatch):
    monkeypatch.setenv("MONITOR_ALLOW_HOSTS", site.host)
    monkeypatch.setenv("MONITOR_HOST_GAP", "0")
    site.pages |= {"/feed": rss("Kabar", "one", "two"), "/page": b"<!DOCTYPE html>Log in", "/none": rss("Quiet")}
    told = monitor("feeds", "test", f"{site.base}/feed")
    assert (told.code, told.err) == (0, "")
    assert "Kabar: 2 entries" in told.out and "https://a.example/one" in told.out
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


# ---- OPML ---------------------------------------------------------------------------------------------------------------

OPML = """<?xml version="1.0" encoding="windows-1251"?>
<opml version="1.0"><head><title>Мои ленты</title></head><body>
<outline text="Новости"><outline text="Клооп &amp; &lt;b&gt;Ко&lt;/b&gt;" type="rss" xmlUrl="https://kloop.kg/feed/?a=1&amp;b=2" htmlUrl="https://kloop.kg"/>
<outline title="Same" xmlUrl="https://KLOOP.kg:443/feed/?a=1&amp;b=2"/></outline>
<outline text="old" xmlUrl="https://old.example/rss"/><outline text="bad" xmlUrl="javascript:alert(1)"/>
<outline text="a folder"/><outline text="search" xmlUrl="https://news.example/rss/search?q=%D0%A2%D0%BE%D0%BA%D0%BE%D0%B5%D0%B2+Melis"/>
</body></opml>"""


def test_opml_of_another_reader_is_added_and_the_watched_name_in_it_is_warned_of_without_being_named(
    monitor, site, tmp_path
):
    home = home_of(site, tmp_path / "home")
    (tmp_path / "list.opml").write_bytes(OPML.encode("cp1251"))
    added = monitor("--home", home, "feeds", "import", "list.opml")
    assert "1 added to" in added.out and "2 there already" in added.out
    assert "left out: javascript:alert(1)" in added.err
    assert "holds a watched name" in added.err and "Токоев" not in added.err and "Melis" not in added.err
    assert [(f.url, f.outlet) for f in load_feeds(home / "feeds.yaml")][1] == (
        "https://kloop.kg/feed/?a=1&b=2",
        "Клооп & Ко",
    )
    with (home / "feeds.yaml").open("a") as file:
        file.write("  - https://news.example/rss/search?q=%D0%A2%D0%BE%D0%BA%D0%BE%D0%B5%D0%B2+Melis\n")
    told = monitor("--home", home, "doctor")
    assert "source number 3 in it: its address holds a watched name" in " ".join(told.out.split())
    assert monitor("--home", home, "feeds", "import", "list.opml").out.startswith("0 added to")


@pytest.mark.parametrize(
    "body", [b"", b"http://127.0.0.1:9/list.opml", b"<html><body>no</body></html>", b"\x00\xff", b"<opml"]
)
def test_what_is_no_opml_is_refused_and_nothing_is_fetched(monitor, site, tmp_path, body: bytes):
    home = home_of(site, tmp_path / "home")
    (tmp_path / "list.opml").write_bytes(body)
    if body != b"<opml":
        assert read_opml(body) is None
        assert monitor("--home", home, "feeds", "import", "list.opml").code == 2
    assert monitor("--home", home, "feeds", "import", "none.opml").code == 2
    assert len(load_feeds(home / "feeds.yaml")) == 1


def test_what_is_exported_comes_back(monitor, site, tmp_path):
    feeds = "- {url: 'https://a.example/?q=1&b=\"2\"', outlet: '=Ан & <Ко>', country: KG, language: ky}\n- https://b.example/rss\n"
    home = home_of(site, tmp_path / "home", feeds)
    (tmp_path / "list.opml").write_text(monitor("--home", home, "feeds", "export").out)
    other = home_of(site, tmp_path / "other")
    assert "2 added to" in monitor("--home", other, "feeds", "import", "list.opml").out
    assert set(load_feeds(other / "feeds.yaml")[1:]) == set(load_feeds(home / "feeds.yaml"))


@given(
    st.lists(
        st.tuples(st.text(max_size=20), st.sampled_from(["", "KG", "UZ"]), st.sampled_from(["", "ky"])), max_size=5
    )
)
def test_a_list_of_sources_survives_opml(given: list[tuple[str, str, str]]):
    feeds = [
        Feed(
            id=str(n),
            url=f"https://a.example/{n}?x&y",
            outlet=" ".join(decode(name.encode("utf-8", "replace")).split()),
            country=country,
            language=language,
        )
        for n, (name, country, language) in enumerate(given)
    ]
    back = read_opml(write_opml(feeds).encode())
    assert back is not None
    assert {row["url"]: (row.get("country", ""), row.get("language", "")) for row in back} == {
        feed.url: (feed.country, feed.language) for feed in feeds
    }


# ---- what an address gives away -------------------------------------------------------------------------------------------

WATCHED = compile_watchlist(
    [
        Entity("melis", "Melis Tokoev", aliases=("Мелис Токоев",), handles=("@melis_t",)),
        Entity("kloop", "Kloop", EntityType.OUTLET, ("Клооп",), handles=("@kloopnews",)),
    ]
)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("https://news.google.com/rss/search?q=Melis+Tokoev&hl=ru", True),
        ("https://news.google.com/rss/search?q=%D0%A2%D0%BE%D0%BA%D0%BE%D0%B5%D0%B2", True),
        ("https://a.example/tag/melis-tokoev/feed", True),
        ("https://a.example/?s=kloop&feed=rss", True),
        ("https://kloop.kg/feed/", False),
        ("https://t.me/s/kloop", False),
        ("https://t.me/s/kloopnews", False),
        ("https://t.me/s/melis_t", True),
        ("https://t.me/s/melis_tt", False),
        ("https://a.example/rss?lang=ru&limit=100", False),
    ],
)
def test_an_address_that_holds_a_watched_name_is_noticed_and_an_outlet_s_own_is_not(url: str, told: bool):
    assert reveals_watched_name(url, WATCHED) == told


# ---- whatever comes -------------------------------------------------------------------------------------------------------

PIECES = st.sampled_from(
    ["<!DOCTYPE html>", "<html", "<body class='tgme_page'>", "<div class='tgme_widget_message' data-post='a/1'>", "data-post='//1'",
     "<div class='js-message_text'>", "<time datetime='2026-01-01T00:00:00Z'>", "<urlset>", "<url>", "<loc>", "http://a.test/", "<news:news>",
     "<title>", "</urlset>", "<sitemapindex", "<rss>", "<item>", "<link>file:///etc/passwd</link>", "/etc/passwd", "file:///etc/passwd",
     "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>", "&x;", "<?xml version='1.0' encoding='utf-16'?>", "<?xml-stylesheet href='http://a.test/'?>",
     "<xi:include href='/etc/passwd'/>", "РЎСѓРґ", "Ñóä îñâ", "\x00", "\ufffd", "слово ", "<", ">", "'", "{\"items\":[", "]}", "\x1f\x8b", "\n"]
)  # fmt: skip
BYTES = st.one_of(
    st.binary(max_size=400),
    st.lists(PIECES, max_size=30).flatmap(
        lambda parts: st.sampled_from(["utf-8", "cp1251", "utf-16", "koi8-r"]).map(
            lambda e: "".join(parts).encode(e, "replace")
        )
    ),
)
watching: list[str] = []


def _note(event: str, arguments: tuple[object, ...]) -> None:
    outward = event == "open" or event.startswith(("socket.", "urllib.", "subprocess.", "os.system"))
    if watching and outward and not str(arguments[0]).endswith((".py", ".pyc")):  # codecs are imported when first used
        watching.append(f"{event}: {arguments[0]}")


sys.addaudithook(_note)  # there for good: hooks cannot be taken away


def _opens_nothing(body: bytes) -> None:
    watching.append("on")
    try:
        feed = parse_feed(body, "https://a.example/feed", "text/html; charset=x")
        links = feed_links(body, "https://a.example/")
        read_opml(body)
    finally:
        noted = watching[1:]
        watching.clear()
    assert noted == []
    assert isinstance(feed, ParsedFeed)
    assert all(entry.url.startswith(("http://", "https://")) for entry in feed.entries if entry.url)
    assert all(link.startswith(("http://", "https://")) for link in links)
    f"{feed}{links}".encode()


@given(BYTES)
def test_whatever_bytes_come_no_file_is_opened_no_server_asked_and_the_answer_is_a_value(body: bytes):
    _opens_nothing(body)


@pytest.mark.slow
@given(BYTES)
@settings(max_examples=4_000)
def test_whatever_bytes_come_for_long_no_file_is_opened_and_the_answer_is_a_value(body: bytes):
    _opens_nothing(body)
