"""The newsroom of the demo over HTTP: its feeds, and its second state."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from html import unescape
from typing import Any
from xml.etree import ElementTree

import pytest

from demo.newsrooms import (
    EXPECTED,
    NOW,
    OUTLET_OF,
    OUTLETS,
    PIECES,
    newsroom,
    ref_in,
    ref_of,
    request_page,
    url_in,
    watched,
)
from monitor.config.feeds import parse_feeds
from monitor.demo.content import FeedFormat, InFeed, Outlet, PageState
from monitor.demo.newsroom import Newsroom

__all__ = ["newsroom"]
SECOND = EXPECTED[3]["second_poll"]
SECOND_HOUR = NOW + timedelta(hours=1)
ATOM = "{http://www.w3.org/2005/Atom}"
RSS1 = "{http://purl.org/rss/1.0/}"
DC = "{http://purl.org/dc/elements/1.1/}"


def entries(outlet: Outlet, body: bytes) -> dict[str, dict[str, str]]:
    """Return the elements of each entry of a feed, by guid."""
    if outlet.format is FeedFormat.JSON:
        return {row["id"]: {key: str(value) for key, value in row.items()} for row in json.loads(body)["items"]}
    root = ElementTree.fromstring(body)
    rows: dict[str, dict[str, str]] = {}
    for entry in (e for e in root.iter() if e.tag.rpartition("}")[2] in {"item", "entry"}):
        values = {e.tag.rpartition("}")[2]: e.text or e.get("href") or "" for e in entry}
        rows[values.get("guid") or values.get("id") or values["link"]] = values
    return rows


def feed_url(newsroom: Newsroom, outlet: Outlet) -> str:
    return url_in(newsroom, f"{outlet.id}{outlet.feed_path}")


def outlets(**fields: Any) -> list[Outlet]:
    return [o for o in OUTLETS if all(getattr(o, key) == value for key, value in fields.items())]


def name(outlet: Outlet) -> str:
    return outlet.id


# ---- over HTTP ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("outlet", outlets(feed_status=200), ids=name)
def test_a_second_poll_of_a_feed_brings_304(newsroom: Newsroom, outlet: Outlet) -> None:
    url = feed_url(newsroom, outlet)
    status, headers, body = request_page(url)
    assert status == 200 and body

    by_tag = request_page(url, If_None_Match=headers["etag"])
    assert (by_tag[0], by_tag[2]) == (304, b"")
    assert by_tag[1]["etag"] == headers["etag"]


def test_a_feed_that_is_not_the_one_we_had_comes_whole(newsroom: Newsroom) -> None:
    status, _, body = request_page(url_in(newsroom, "too-kabar/atom.xml"), If_None_Match='"another"')
    assert status == 200 and body


def test_one_outlet_refuses_its_feed_and_all_others_give_theirs(newsroom: Newsroom) -> None:
    answers = {outlet.id: request_page(feed_url(newsroom, outlet))[0] for outlet in OUTLETS}
    assert [outlet for outlet, status in answers.items() if status != 200] == EXPECTED[3]["refused"]
    assert answers["novaya-liniya"] == 403


@pytest.mark.parametrize("ref", PIECES)
def test_a_page_answers_as_its_piece_says_and_says_that_it_is_invented(newsroom: Newsroom, ref: str) -> None:
    piece, outlet = PIECES[ref], OUTLET_OF[ref]
    expected = {PageState.OK: 200, PageState.HTTP_GONE: 410, PageState.HTTP_UNAVAILABLE: 503, PageState.NONE: 404}[
        piece.page
    ]
    status, _, body = request_page(url_in(newsroom, ref) + "?utm_source=rss")
    assert status == expected
    if status == 200:
        page = unescape(body.decode(outlet.charset))
        assert outlet.notice in page and all(paragraph in page for paragraph in piece.paragraphs)


def test_what_no_outlet_has_is_404(newsroom: Newsroom) -> None:
    assert request_page(url_in(newsroom, "stadion/no/such/page"))[0] == 404


def test_each_outlet_has_a_port_of_its_own_on_loopback(newsroom: Newsroom) -> None:
    hosts = newsroom.allow_hosts().split(",")
    assert len(set(hosts)) == len(OUTLETS)
    assert all(host.startswith("127.0.0.1:") for host in hosts)


def test_when_the_context_ends_nothing_listens_any_more() -> None:
    with Newsroom(NOW) as short:
        url = url_in(short, "stadion/match/901")
        assert request_page(url)[0] == 200
    with pytest.raises(ConnectionRefusedError):
        request_page(url)
    with pytest.raises(LookupError):
        short.feeds_yaml()


def test_a_ref_and_its_url_lead_to_each_other(newsroom: Newsroom) -> None:
    for ref in PIECES:
        assert ref_in(newsroom, url_in(newsroom, ref) + "?utm_source=rss") == ref
    assert ref_in(newsroom, "http://127.0.0.1:1/news/48211") == ""


# ---- the feeds ------------------------------------------------------------------------------------------------------


def test_the_outlets_write_four_formats_and_one_is_in_windows_1251() -> None:
    readable = outlets(feed_status=200)
    assert {outlet.format for outlet in readable} == set(FeedFormat)
    assert [o.id for o in readable if o.charset == "windows-1251" and o.format is FeedFormat.RSS] == ["ak-bulak"]


Row = tuple[str, str, datetime]  # title, link, published


def read_feed(outlet: Outlet, body: bytes) -> list[Row]:
    if outlet.format is FeedFormat.JSON:
        feed = json.loads(body)
        return [(i["title"], i["url"], datetime.fromisoformat(i["date_published"])) for i in feed["items"]]
    root = ElementTree.fromstring(body)
    if outlet.format is FeedFormat.RSS:
        return [
            (i.findtext("title", ""), i.findtext("link", ""), parsedate_to_datetime(i.findtext("pubDate", "")))
            for i in root.iter("item")
        ]
    if outlet.format is FeedFormat.ATOM:
        return [
            (
                e.findtext(f"{ATOM}title", ""),
                e.find(f"{ATOM}link").attrib["href"],  # type: ignore[union-attr]
                datetime.fromisoformat(e.findtext(f"{ATOM}published", "")),
            )
            for e in root.iter(f"{ATOM}entry")
        ]
    return [
        (
            i.findtext(f"{RSS1}title", ""),
            i.findtext(f"{RSS1}link", ""),
            datetime.fromisoformat(i.findtext(f"{DC}date", "")),
        )
        for i in root.iter(f"{RSS1}item")
    ]


@pytest.mark.parametrize("outlet", outlets(feed_status=200), ids=name)
def test_a_feed_is_well_formed_and_holds_its_pieces_newest_first(newsroom: Newsroom, outlet: Outlet) -> None:
    body = request_page(feed_url(newsroom, outlet))[2]
    rows = read_feed(outlet, body)
    assert [title for title, _, _ in rows] == [piece.title for piece in outlet.pieces]
    assert [at for _, _, at in rows] == [NOW - piece.age for piece in outlet.pieces]
    assert sorted((at for _, _, at in rows), reverse=True) == [at for _, _, at in rows]
    assert [ref_in(newsroom, link) for _, link, _ in rows if link] == [
        ref_of(outlet, piece) for piece in outlet.pieces if piece.page is not PageState.NONE
    ]
    assert outlet.notice in body.decode(outlet.charset)


def test_the_windows_1251_feed_is_no_utf_8(newsroom: Newsroom) -> None:
    body = request_page(url_in(newsroom, "ak-bulak/rss.xml"))[2]
    assert b'encoding="windows-1251"' in body
    with pytest.raises(UnicodeDecodeError):
        body.decode("utf-8")


def test_some_entries_bring_their_full_text_and_others_only_a_summary(newsroom: Newsroom) -> None:
    feed = json.loads(request_page(url_in(newsroom, "tolkun-media/feed.json"))[2])
    html = {ref_in(newsroom, item["url"]): item.get("content_html", "") for item in feed["items"]}
    full = {ref for ref, content in html.items() if content}
    assert full == {ref for ref in html if PIECES[ref].in_feed is InFeed.FULL}
    assert full and full != set(html)


def test_feeds_yaml_names_every_outlet_as_the_contract_says(newsroom: Newsroom) -> None:
    feeds = parse_feeds(newsroom.feeds_yaml(), "feeds.yaml")
    assert [(f.id, f.outlet, f.language) for f in feeds] == [(o.id, o.name, o.language) for o in OUTLETS]
    assert [f.url for f in feeds] == [feed_url(newsroom, o) for o in OUTLETS]


# ---- the second state -----------------------------------------------------------------------------------------------

EDITED = {row["article"]: row for row in SECOND["edited"]}
NEW = {row["article"]: row for row in SECOND["new"]}
MOVED = {ref.partition("/")[0] for ref in (*EDITED, *NEW)}


@pytest.fixture(scope="module")
def moved() -> Iterator[Newsroom]:
    """Return a separate newsroom, because the test changes for good what it serves."""
    with Newsroom(NOW) as running:
        running.move_on(SECOND_HOUR)
        yield running


def everything(outlet: Outlet) -> list[str]:
    return [f"{outlet.id}{path}" for path in ("/", "/robots.txt", outlet.feed_path, *(p.path for p in outlet.pieces))]


@pytest.mark.parametrize("outlet", OUTLETS, ids=name)
def test_unchanged_pages_keep_validators_and_bytes_and_changed_ones_get_others(
    outlet: Outlet,
) -> None:
    with Newsroom(NOW, [outlet]) as running:
        before = {ref: request_page(url_in(running, ref)) for ref in everything(outlet)}
        running.move_on(SECOND_HOUR)
        after = {ref: request_page(url_in(running, ref)) for ref in everything(outlet)}
        asked_again = {
            ref: request_page(url_in(running, ref), If_None_Match=headers["etag"])[0]
            for ref, (status, headers, _) in before.items()
            if status == 200 and "etag" in headers
        }
    fresh = {f"{outlet.id}/", f"{outlet.id}{outlet.feed_path}"} if outlet.id in MOVED else set()
    changed = {ref for ref in before if _validators(before[ref]) != _validators(after[ref])}
    assert changed == {ref for ref in before if before[ref][2] != after[ref][2]}
    assert changed == fresh | {ref for ref in EDITED if ref in before}
    assert asked_again == {ref: 200 if ref in changed else 304 for ref in asked_again}
    for ref in changed:
        assert before[ref][1]["etag"] != after[ref][1]["etag"]


def _validators(answer: tuple[int, dict[str, str], bytes]) -> tuple[int, str]:
    status, headers, _ = answer
    return status, headers.get("etag", "")


def test_the_feeds_that_are_expected_unchanged_are_all_that_answer_304() -> None:
    readable = outlets(feed_status=200)
    with Newsroom(NOW) as running:
        had = {outlet.id: request_page(feed_url(running, outlet))[1]["etag"] for outlet in readable}
        running.move_on(SECOND_HOUR)
        statuses = {o.id: request_page(feed_url(running, o), If_None_Match=had[o.id])[0] for o in readable}
    assert {outlet for outlet, status in statuses.items() if status == 304} == set(SECOND["unchanged"])


@pytest.mark.parametrize("ref", EDITED)
def test_an_edited_entry_keeps_guid_link_and_date_and_has_another_title(ref: str) -> None:
    outlet, edited = OUTLET_OF[ref], EDITED[ref]
    with Newsroom(NOW, [outlet]) as running:
        old = entries(outlet, request_page(feed_url(running, outlet))[2])
        running.move_on(SECOND_HOUR)
        new = entries(outlet, request_page(feed_url(running, outlet))[2])
    assert old.keys() <= new.keys()
    (guid,) = (guid for guid, entry in old.items() if entry["title"] == edited["title"]["before"])
    assert new[guid]["title"] == edited["title"]["after"]
    differs = {key for key in old[guid] if old[guid][key] != new[guid][key]}
    assert differs == ({"title", "updated"} if outlet.format is FeedFormat.ATOM else {"title"})
    assert {entry_id for entry_id in old if old[entry_id] != new[entry_id]} == {guid}


@pytest.mark.parametrize("ref", EDITED)
def test_the_page_of_an_edited_article_says_the_new_words_and_not_the_old(
    newsroom: Newsroom, moved: Newsroom, ref: str
) -> None:
    charset = OUTLET_OF[ref].charset
    before, after = (unescape(request_page(url_in(room, ref))[2].decode(charset)) for room in (newsroom, moved))
    for part in ("title", "words"):
        change = EDITED[ref][part]
        assert change["before"] in before and change["after"] not in before
        assert change["after"] in after and change["before"] not in after


@pytest.mark.parametrize("ref", NEW)
def test_a_new_article_is_nowhere_before_and_first_in_its_feed_after(
    newsroom: Newsroom, moved: Newsroom, ref: str
) -> None:
    (outlet,) = (o for o in OUTLETS if ref.startswith(f"{o.id}/"))
    assert request_page(url_in(newsroom, ref))[0] == 404
    assert ref not in {
        ref_in(newsroom, link) for _, link, _ in read_feed(outlet, request_page(feed_url(newsroom, outlet))[2])
    }
    title, link, at = read_feed(outlet, request_page(feed_url(moved, outlet))[2])[0]
    assert ref_in(moved, link) == ref
    assert SECOND_HOUR - timedelta(minutes=10) < at <= SECOND_HOUR
    assert title in unescape(request_page(url_in(moved, ref))[2].decode(outlet.charset))


def test_the_second_state_holds_what_is_expected_of_it_and_no_more() -> None:
    coming = {ref_of(outlet, piece) for outlet in OUTLETS for piece in outlet.second_poll_pieces}
    assert coming == set(NEW)
    assert {ref for ref, piece in PIECES.items() if piece.edited} == set(EDITED)
    slugs = {story["slug"] for story in EXPECTED[3]["stories"]}
    assert {row["joins"] for row in (*NEW.values(), *EDITED.values()) if "joins" in row} <= slugs
    hits = [row["hits"] for row in NEW.values()] + [h for row in EDITED.values() for h in row["hits"].values()]
    assert {entity for entities in hits for entity in entities} <= watched()


def test_who_asks_while_the_newsroom_moves_on_gets_the_old_page_or_the_new_one_whole() -> None:
    ref = "ak-bulak/news/48233"
    with Newsroom(NOW, [OUTLET_OF[ref]]) as running, ThreadPoolExecutor(4) as threads:
        url = url_in(running, ref)
        old = request_page(url)
        requests = [threads.submit(request_page, url) for _ in range(100)]
        running.move_on(SECOND_HOUR)
        requests += [threads.submit(request_page, url) for _ in range(20)]
        answers = [(a.result()[1]["etag"], a.result()[2]) for a in requests]
        new = request_page(url)
    assert set(answers) <= {(old[1]["etag"], old[2]), (new[1]["etag"], new[2])}
    assert answers[-1] == (new[1]["etag"], new[2])
