"""Feeds, news sitemaps and Telegram pages: what is read in them."""

from __future__ import annotations

import gzip
import json
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from kit.parsing import URL, parse, rss
from monitor.model import DatePrecision, FeedEntry, ParsedFeed
from monitor.parse import parse_feed
from monitor.parse.sitemap import NOT_NEWS_SITEMAP, SITEMAP_INDEX
from monitor.parse.telegram import NO_CHANNEL, NOT_MESSAGES_PAGE
from monitor.text.dates import parse_date

FEEDS = Path(__file__).parents[1] / "data" / "feeds"


def shown(entry: FeedEntry) -> dict[str, Any]:
    return {k: v.isoformat() if isinstance(v, datetime) else v for k, v in asdict(entry).items() if v}


@pytest.mark.parametrize("name", sorted(path.name for path in FEEDS.iterdir() if path.suffix in {".xml", ".html"}))
def test_a_feed_gives_what_the_file_beside_it_holds(name: str):
    expected = json.loads((FEEDS / name).with_suffix(".json").read_text())
    feed = parse((FEEDS / name).read_bytes())
    assert [shown(entry) for entry in feed.entries] == expected["entries"]
    assert (feed.title, feed.problem) == (expected["title"], expected["problem"])
    assert feed.ttl == (timedelta(seconds=expected["ttl"]) if expected["ttl"] else None)


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("/a?b=1", "https://feeds.example.test/a?b=1"),
        ("c", "https://feeds.example.test/dir/c"),
        ("//other.test/x", "https://other.test/x"),
        ("\n  http://other.test/x \n", "http://other.test/x"),
        ("javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("file:///etc/passwd", ""),
        ("mailto:a@b.test", ""),
        ("http://[broken", ""),
        ("https://other.test/" + "x" * 2048, ""),
        ("", ""),
    ],
)
def test_links_are_absolute_and_of_the_web_or_none(link: str, url: str):
    (entry,) = parse(rss(f"<title>t</title><link>{link}</link>")).entries
    assert entry.url == url


def test_a_guid_stays_as_it_was_given_wherever_the_feed_moves():
    text = rss("<title>t</title><guid>17</guid>").encode()
    assert {parse_feed(text, url).entries[0].guid for url in (URL, "http://moved.test/rss")} == {"17"}


@pytest.mark.parametrize(
    ("written", "means"),
    [
        ("Thu, 01 May 2025 10:00:00 GMT", "2025-05-01T10:00:00+00:00"),
        ("Thu,28 Jul 2022 4:35:5 GMT+9", "2022-07-27T19:35:05+00:00"),
        ("Thu, 01 May 2025 10:00:00 MSK", "2025-05-01T07:00:00+00:00"),
        ("Tue, 01 Oct 2019 14:30:00 PST", "2019-10-01T22:30:00+00:00"),
        ("Пн, 14 мая 2025 12:30:00 +0600", "2025-05-14T06:30:00+00:00"),
        ("14 мамыр 2025, 10:00", "2025-05-14T10:00:00+00:00"),
        ("May 14, 2025 3:05 PM EST", "2025-05-14T20:05:00+00:00"),
        ("14.05.2025 10:20", "2025-05-14T10:20:00+00:00"),
        ("2025-05-01T10:00:00.123+05:30", "2025-05-01T04:30:00+00:00"),
        ("20250501T100000Z", "2025-05-01T10:00:00+00:00"),
        ("Thu May  1 10:00:00 2025", "2025-05-01T10:00:00+00:00"),
        ("Thu May 01 10:00:00 MSK 2025", "2025-05-01T07:00:00+00:00"),
        ("2025-05-01", "2025-05-01T00:00:00+00:00"),
        ("Seg, 24 Set 2018", "2018-09-24T00:00:00+00:00"),
        ("Чт, 28 июля 2022 10:00:00 +0600", "2022-07-28T04:00:00+00:00"),
        ("28 июля 2022 г. 10:00 (GMT+6)", "2022-07-28T04:00:00+00:00"),
        ("10:00, 28 ИЮЛЯ 2022 года", "2022-07-28T10:00:00+00:00"),
        ("5 февр. 2022, 9:05", "2022-02-05T09:05:00+00:00"),
        ("28-июль 2022-жыл, 10:00", "2022-07-28T10:00:00+00:00"),
        ("2022-жылдын 28-июлу", "2022-07-28T00:00:00+00:00"),
        ("28 жалган куран 2022", "2022-03-28T00:00:00+00:00"),
        ("2-Бештин айы, 2022", "2022-12-02T00:00:00+00:00"),
        ("2022 жылғы 28 шілде", "2022-07-28T00:00:00+00:00"),
        ("2022-yil 28-iyul, 10:00", "2022-07-28T10:00:00+00:00"),
        ("28 июли соли 2022", "2022-07-28T00:00:00+00:00"),
        ("28 maý 2022", "2022-05-28T00:00:00+00:00"),
        ("28 ліпеня 2022", "2022-07-28T00:00:00+00:00"),
        ("28 липня 2022", "2022-07-28T00:00:00+00:00"),
        ("28 Ağustos 2022", "2022-08-28T00:00:00+00:00"),
        ("28 avqust 2022", "2022-08-28T00:00:00+00:00"),
        ("28. März 2022, 10:00 Uhr", "2022-03-28T10:00:00+00:00"),
        ("28 juillet 2022 à 10h00", "2022-07-28T10:00:00+00:00"),
        ("28 de julio de 2022", "2022-07-28T00:00:00+00:00"),
        ("28.07.22 10:00", "2022-07-28T10:00:00+00:00"),
        ("28/07/2022 10:00", "2022-07-28T10:00:00+00:00"),
        ("07/28/2022 10:00 PM", "2022-07-28T22:00:00+00:00"),
        ("28-07-2022", "2022-07-28T00:00:00+00:00"),
        ("2022-7-8 9:05", "2022-07-08T09:05:00+00:00"),
        ("Thursday, 28-Jul-22 10:00:00 GMT", "2022-07-28T10:00:00+00:00"),
        ("Thu, 28 Jul 2022 24:00:00 GMT", "2022-07-29T00:00:00+00:00"),
        ("Thu, 28 Jul 2022 23:59:60 GMT", "2022-07-28T23:59:59+00:00"),
        ("1659002400", "2022-07-28T10:00:00+00:00"),
        ("1659002400000", "2022-07-28T10:00:00+00:00"),
        ("9999999999999", None),
        ("12/05/2022", None),
        ("28 янв, 10:00", None),
        ("Thu, 28 Jul 2022 25:00:00 GMT", None),
        ("1.2.3.2022", None),
        ("1970-01-01T00:00:00Z", None),
        ("0000-00-00 00:00:00", None),
        ("-0001-11-30T00:00:00Z", None),
        ("3/4/2025", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_dates_are_read_as_they_are_written_or_not_at_all(written: str, means: str | None):
    (entry,) = parse(rss(f"<title>t</title><pubDate>{written}</pubDate>")).entries
    assert entry.published == (datetime.fromisoformat(means) if means else None)


def test_a_date_without_clock_or_zone_is_no_moment():
    assert [parse_date(text).instant for text in ("2025-05-01", "2025-05-01 10:00", "1 мая 2025")] == [None] * 3
    assert [parse_date(text) for text in ("2025-02-30", "31 июня 2025", "1 brumaire 2025")] == [None] * 3
    assert parse_date("2025-05-01 10:00 +06:00").instant == datetime(2025, 5, 1, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "at", "precision"),
    [
        ("24.11.2025 14:30", "2025-11-24T14:30:00+00:00", DatePrecision.ZONE_ASSUMED),
        ("2025-11-24", "2025-11-24T00:00:00+00:00", DatePrecision.DAY),
        ("2025-11-24T14:30Z", "2025-11-24T14:30:00+00:00", DatePrecision.MOMENT),
        ("24.11.2025 14:30 +0600", "2025-11-24T08:30:00+00:00", DatePrecision.MOMENT),
        ("Thu, 01 Jan 1970 00:00:00 GMT", None, DatePrecision.NONE),
        ("the other day", None, DatePrecision.NONE),
        # Of two days the clock may be the other's.
        ("14.05.2025, updated 28.05.2025 10:00 +06:00", "2025-05-14T00:00:00+00:00", DatePrecision.DAY),
        ("14 May 2025 (updated 28 May 2025, 10:00 GMT+6)", "2025-05-14T00:00:00+00:00", DatePrecision.DAY),
        ("2025-05-14 / 2025-05-28T10:00:00+06:00", "2025-05-14T00:00:00+00:00", DatePrecision.DAY),
        ("2025-05-28T10:00:00.202505281+06:00", "2025-05-28T04:00:00+00:00", DatePrecision.MOMENT),
        ("Wed May 28 10:00:00 KGT 2025", "2025-05-28T04:00:00+00:00", DatePrecision.MOMENT),
    ],
)
def test_a_feeds_date_says_how_much_of_a_moment_it_is_and_keeps_its_own_words(written, at, precision):
    (entry,) = parse(rss(f"<title>T</title><pubDate>\n {written}</pubDate>")).entries
    assert (entry.published and entry.published.isoformat(), entry.precision) == (at, precision)
    assert entry.published_raw == written


def test_a_date_that_cannot_be_read_gives_way_to_one_that_can():
    dates = "<published>1970-01-01</published><updated>2025-05-01</updated>"
    (entry,) = parse(f"<feed xmlns='http://www.w3.org/2005/Atom'><entry><title>T</title>{dates}</entry></feed>").entries
    assert (entry.published_raw, entry.precision) == ("2025-05-01", DatePrecision.DAY)


ATOM_DATES = [
    ("<updated>2025-05-02T10:00:00Z</updated>", DatePrecision.UPDATED),
    ("<published>no date</published><updated>2025-05-02T10:00:00Z</updated>", DatePrecision.UPDATED),
    ("<published>2025-05-02T10:00:00Z</published><updated>2025-05-03T10:00:00Z</updated>", DatePrecision.MOMENT),
    ("<published>2025-05-02T10:00:00Z</published><updated>2025-05-02T10:00:00Z</updated>", DatePrecision.MOMENT),
    ("<updated>2025-05-02T10:00:00</updated>", DatePrecision.ZONE_ASSUMED),  # the zone of its country is told first
]


@pytest.mark.parametrize(("dates", "precision"), ATOM_DATES)
def test_an_atom_entry_that_says_only_when_it_was_changed_is_not_called_published_then(dates, precision):
    (entry,) = parse(f"<feed xmlns='http://www.w3.org/2005/Atom'><entry><title>T</title>{dates}</entry></feed>").entries
    assert (entry.published, entry.precision) == (datetime(2025, 5, 2, 10, tzinfo=UTC), precision)


@pytest.mark.parametrize(("name", "precision"), [("date_published", "moment"), ("date_modified", "updated")])
def test_a_json_feed_says_whether_its_date_is_that_of_a_change(name, precision):
    item = f'{{"id": "1", "title": "T", "{name}": "2025-05-02T10:00:00Z"}}'
    (entry,) = parse(f'{{"version": "https://jsonfeed.org/version/1.1", "items": [{item}]}}').entries
    assert entry.precision == precision


def test_the_date_of_dublin_core_is_when_an_entry_was_published():
    date = "<dc:date>2025-05-02T10:00:00Z</dc:date>"
    feed = (
        f"<rss xmlns:dc='http://purl.org/dc/elements/1.1/'><channel><item><title>T</title>{date}</item></channel></rss>"
    )
    (entry,) = parse(feed).entries
    assert entry.precision == "moment"


def test_of_too_many_entries_the_newest_are_kept_in_the_order_of_the_feed():
    days = [3, 9, None, 1, 7, 8]
    items = [f"<title>{i}</title>" + (f"<pubDate>2025-05-0{d}</pubDate>" if d else "") for i, d in enumerate(days)]
    assert [e.title for e in parse(rss(*items), limit=3).entries] == ["1", "2", "5"]  # 2 is as old as the one before it
    assert [e.title for e in parse(rss(*items), limit=6).entries] == list("012345")
    assert [e.title for e in parse(rss(*(f"<title>{i}</title>" for i in range(9))), limit=2).entries] == ["0", "1"]


def test_long_fields_are_cut():
    (entry,) = parse(rss(f"<title>{'t' * 1001}</title><description>{'d' * 200_001}</description>")).entries
    assert (len(entry.title), len(entry.summary)) == (1_000, 200_000)


@pytest.mark.parametrize(
    ("channel", "ttl"),
    [
        ("<ttl>90</ttl>", timedelta(minutes=90)),
        ("<ttl>999999</ttl>", timedelta(days=1)),
        ("<ttl>0</ttl>", None),
        ("<ttl>often</ttl>", None),
        ("<ttl>-5</ttl>", None),
        ("", None),
    ],
)
def test_a_feed_may_ask_to_be_left_alone_for_up_to_a_day(channel: str, ttl: timedelta | None):
    assert parse(rss("<title>t</title>", channel=channel)).ttl == ttl


@pytest.mark.parametrize(
    "body",
    [
        rss("<title>Сүрөтчү</title>").encode(),
        b"\xef\xbb\xbf" + rss("<title>Сүрөтчү</title>").encode(),
        ('<?xml version="1.0" encoding="utf-16"?>' + rss("<title>Сүрөтчү</title>")).encode("utf-16"),
        ('<?xml version="1.0" encoding="windows-1251"?>' + rss("<title>Сүрөтчү</title>")).encode(),
        b"<br />\n<b>Warning</b>: something in /index.php\n<?xml version='1.0'?>"
        + rss("<title>Сүрөтчү</title>").encode(),
    ],
)
def test_a_feed_is_read_in_the_encoding_it_is_in(body: bytes):
    assert [entry.title for entry in parse(body).entries] == ["Сүрөтчү"]


def test_an_old_feed_of_the_region_is_read_though_it_claims_to_be_utf8():
    text = '<?xml version="1.0" encoding="utf-8"?>' + rss("<title>Суд освободил журналиста</title>")
    assert parse(text.encode("cp1251")).entries[0].title == "Суд освободил журналиста"


@pytest.mark.parametrize("rubbish", ["&#0;", "&#x1F;", "&#xD800;", "&#99999999999999;", "\0", "\x1f"])
def test_characters_that_xml_forbids_cost_only_themselves(rubbish: str):
    (entry,) = parse(rss(f"<title>one{rubbish}two &amp; three</title><link>http://a.test/1</link>")).entries
    assert (entry.title, entry.url) == ("onetwo & three", "http://a.test/1")


@pytest.mark.parametrize(
    ("body", "problem", "html"),
    [
        (b"", "The answer is empty.", False),
        (b" \n\xef\xbb\xbf ", "The answer is empty.", False),
        (b"<!DOCTYPE html><html><body>Log in</body></html>", "This is a web page, not a feed.", True),
        (
            b"<html><head><link type='application/rss+xml' href='/rss'></head></html>",
            "This is a web page, not a feed.",
            True,
        ),
        (b"No such feed", "This is neither a feed nor a web page.", False),
        (b'{"items": {"a": 1}, "x"', "This is no valid JSON; it may have been cut off.", False),
        (b'{"error": "no"}', "This is JSON, but no JSON Feed: it has no list of items.", False),
        (b'{"items":' + b"[" * 100_000, "This is no valid JSON; it may have been cut off.", False),
    ],
)
def test_what_is_no_feed_says_so_in_one_sentence(body: bytes, problem: str, html: bool):
    assert parse(body) == ParsedFeed(problem=problem, html=html)


NEWS = """<url><loc>https://a.test/{n}</loc><lastmod>2026-11-20</lastmod>
<image:image><image:loc>https://a.test/i.jpg</image:loc></image:image><news:news><news:publication><news:name>Кабар</news:name>
<news:language>ky</news:language></news:publication><news:publication_date>2026-11-0{n}T10:00:00+06:00</news:publication_date>
<news:title>Кабар &amp; чындык {n}</news:title></news:news></url>"""


def sitemap(*urls: str, root: str = "urlset") -> str:
    names = "xmlns='http://www.sitemaps.org/schemas/sitemap/0.9' xmlns:image='i' xmlns:news='n'"
    return (
        f"<?xml version='1.0' encoding='UTF-8'?>\n<!-- made by a plugin -->\n<{root} {names}>{''.join(urls)}</{root}>"
    )


def test_a_news_sitemap_is_a_feed_of_titles_packed_or_not():
    text = sitemap(*(NEWS.format(n=n) for n in (1, 3, 2)), "<url><loc>https://a.test/about</loc></url>")
    for body in (text.encode(), gzip.compress(text.encode()), text.replace("UTF-8", "windows-1251").encode("cp1251")):
        feed = parse(body, limit=2)
        assert (feed.title, feed.problem) == ("Кабар", "")
        assert [shown(entry) for entry in feed.entries] == [
            {"url": f"https://a.test/{n}", "title": f"Кабар & чындык {n}", "published": f"2026-11-0{n}T04:00:00+00:00"}
            | {"precision": "moment", "published_raw": f"2026-11-0{n}T10:00:00+06:00"}
            for n in (3, 2)
        ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (sitemap(), ""),
        (sitemap("<url><loc>https://a.test/1</loc></url>"), NOT_NEWS_SITEMAP),
        (sitemap("<sitemap><loc>https://a.test/news.xml</loc></sitemap>", root="sitemapindex"), SITEMAP_INDEX),
        (sitemap(NEWS.format(n=1), NEWS.format(n=2))[:-40], "The feed is cut off."),
        (f"<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>{sitemap(NEWS.format(n=1))[38:]}", ""),
    ],
)
def test_of_a_sitemap_only_what_is_said_to_be_news_is_read(text: str, problem: str):
    assert parse(text).problem == problem
    assert len(parse(text).entries) == text.count("<news:title>")


@pytest.mark.check
def test_a_gzip_bomb_is_unpacked_no_further_than_the_limit():
    assert len(str(parse(gzip.compress(sitemap(NEWS.format(n=1)).encode() + b" " * 30_000_000, 1)))) < 1_000


def test_what_is_not_packed_as_it_says_is_no_feed():
    assert parse(b"\x1f\x8bno gzip").problem == "This is neither a feed nor a web page."


@pytest.mark.parametrize(
    ("page", "problem"),
    [
        (
            "<body class='tgme_page'><div class='tgme_page_title'>N</div><a class='tgme_page_context_link' href='/s/n'>",
            NOT_MESSAGES_PAGE,
        ),
        ("<body><div class='tgme_page_wrap'>If you have Telegram, you can contact @n right away.", NO_CHANNEL),
        ("<body class='tgme_", NO_CHANNEL),
        ("<body><p class='a'>tgme_", "This is a web page, not a feed."),
        ("<div><div class='tgme_channel_info'><div class='tgme_channel_info_header_title'>N</div></div>", ""),
    ],
)
def test_a_telegram_page_without_messages_says_what_to_write_instead(page: str, problem: str):
    feed = parse(f"<!DOCTYPE html><html>{page}")
    assert (feed.problem, feed.html, feed.entries) == (problem, bool(problem), ())


def test_a_message_is_whole_in_the_channel_and_an_article_in_a_feed_is_not():
    message = "<!DOCTYPE html><div class='tgme_widget_message' data-post='n/1'><div class='tgme_widget_message_text js-message_text'>Сот. <b>Чечим</b>"
    (entry,) = parse(message).entries
    assert (entry.is_complete, entry.url, entry.own_text, entry.title) == (
        True,
        "https://t.me/n/1",
        "Сот. Чечим",
        "Сот. Чечим",
    )
    twice = rss(
        "<description>&lt;p&gt;Whole&lt;/p&gt;</description><content:encoded xmlns:content='http://purl.org/rss/1.0/modules/content/'>Whole</content:encoded>"
    )
    assert [(e.is_complete, e.own_text) for e in parse(twice).entries] == [(False, "Whole")]
    assert [e.is_complete for e in parse(rss("<title>t</title>")).entries] == [False]


def test_a_long_message_is_headed_by_its_first_line_cut_at_a_word():
    message = "<!DOCTYPE html><div class='tgme_widget_message' data-post='n/1'><div class='js-message_text'>❗️<br>{}<br>second"
    (entry,) = parse(message.format("слово " * 50)).entries
    assert entry.title == "слово " * 24 + "слово …"
    (entry,) = parse(message.format("ы" * 200)).entries
    assert entry.title == "ы" * 150 + " …"


@pytest.mark.parametrize("post", ["n/1/../x", "javascript:1", "", "n", "../1", "n/1?x"])
def test_what_is_no_address_of_a_message_is_no_message(post: str):
    assert parse(f"<!DOCTYPE html><div class='tgme_channel_info'><p data-post='{post}'>text").entries == ()
