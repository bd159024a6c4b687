"""Lists of sources from strangers: OPML, what an address gives away, whatever comes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kit.audit import audited
from kit.sites import home_of, site
from monitor.app.sources.desk import reveals_watched_name
from monitor.config import load_feeds
from monitor.config.opml import read_opml, write_opml
from monitor.match import compile_watchlist
from monitor.model import Entity, EntityType, Feed, ParsedFeed
from monitor.parse import parse_feed
from monitor.parse.discover import feed_links
from monitor.text.charset import decode

__all__ = ["site"]


# ---- OPML ---------------------------------------------------------------------------------------------------------------

OPML = """<?xml version="1.0" encoding="windows-1251"?>
<opml version="1.0"><head><title>Мои ленты</title></head><body>
<outline text="Новости"><outline text="Клооп &amp; &lt;b&gt;Ко&lt;/b&gt;" type="rss" xmlUrl="https://kloop.kg/feed/?a=1&amp;b=2" htmlUrl="https://kloop.kg"/>
<outline title="Same" xmlUrl="https://KLOOP.kg:443/feed/?a=1&amp;b=2"/></outline>
<outline text="old" xmlUrl="https://old.example/rss"/><outline text="bad" xmlUrl="javascript:alert(1)"/>
<outline text="a folder"/><outline text="search" xmlUrl="https://news.example/rss/search?q=%D0%A2%D0%BE%D0%BA%D0%BE%D0%B5%D0%B2+Melis"/>
</body></opml>"""


def test_opml_of_another_reader_is_added_with_an_anonymous_warning_of_a_watched_name(monitor, site, tmp_path):
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
    for _ in range(2):
        diagnosis = monitor("--home", home, "doctor")
        assert "source number 3 in it: its address holds a watched name" in " ".join(diagnosis.out.split())
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
    second_home = home_of(site, tmp_path / "other")
    assert "2 added to" in monitor("--home", second_home, "feeds", "import", "list.opml").out
    assert set(load_feeds(second_home / "feeds.yaml")[1:]) == set(load_feeds(home / "feeds.yaml"))


@given(
    st.lists(
        st.tuples(st.text(max_size=20), st.sampled_from(["", "KG", "UZ"]), st.sampled_from(["", "ky"])), max_size=5
    )
)
def test_a_list_of_sources_survives_opml(sources: list[tuple[str, str, str]]):
    feeds = [
        Feed(
            id=str(n),
            url=f"https://a.example/{n}?x&y",
            outlet=" ".join(decode(name.encode("utf-8", "replace")).split()),
            country=country,
            language=language,
        )
        for n, (name, country, language) in enumerate(sources)
    ]
    rows = read_opml(write_opml(feeds).encode())
    assert rows is not None
    assert {row["url"]: (row.get("country", ""), row.get("language", "")) for row in rows} == {
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
    ("url", "is_noticed"),
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
def test_an_address_that_holds_a_watched_name_is_noticed_and_an_outlet_s_own_is_not(url: str, is_noticed: bool):
    assert reveals_watched_name(url, WATCHED) == is_noticed


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


@settings(max_examples=settings.default.max_examples * 8)
@given(BYTES)
def test_whatever_bytes_come_no_file_is_opened_no_server_asked_and_the_answer_is_a_value(body: bytes):
    noted: list[str] = []

    def note(event: str, arguments: tuple[object, ...]) -> None:
        outward = event == "open" or event.startswith(("socket.", "urllib.", "subprocess.", "os.system"))
        if outward and not str(arguments[0]).endswith((".py", ".pyc")):  # codecs are imported when first used
            noted.append(f"{event}: {arguments[0]}")

    with audited(note):
        feed = parse_feed(body, "https://a.example/feed", "text/html; charset=x")
        links = feed_links(body, "https://a.example/")
        read_opml(body)
    assert noted == []
    assert isinstance(feed, ParsedFeed)
    assert all(entry.url.startswith(("http://", "https://")) for entry in feed.entries if entry.url)
    assert all(link.startswith(("http://", "https://")) for link in links)
    f"{feed}{links}".encode()
