"""Broken, hostile and random feeds: parsing answers with a value, and opens nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.growth import grows_as_its_input
from kit.parsing import parse, rss
from monitor.model import ParsedFeed
from monitor.parse import parse_feed
from monitor.sandbox import ProcessSandbox


def test_entries_whose_letters_are_lost_are_counted_and_kept():
    good, bad = "<title>Суд освободил журналиста</title>", "<title>��� ����� ���������</title>"
    feed = parse(rss(good, bad, bad))
    assert (len(feed.entries), feed.problem) == (3, "")
    assert feed.notice == "In 2 of 3 entries letters are lost: they were sent broken; names may be missed."
    assert parse(rss(good)).notice == ""


def feed_of(count: int) -> bytes:
    items = (
        f"<title>{i}</title><link>https://a.test/{i}</link><pubDate>{1_600_000_000 + i * 3600}</pubDate>"
        for i in range(count)
    )
    return rss(*items).encode()


@pytest.mark.check
def test_ten_times_as_many_entries_take_ten_times_as_long_and_the_newest_are_kept():
    entry_ids = set[tuple[str, ...]]()

    def read(feed: bytes) -> None:
        entry_ids.add(tuple(entry.title for entry in parse(feed).entries))

    assert grows_as_its_input(read, feed_of, 8_000)
    assert entry_ids == {tuple(str(i) for i in range(max(0, count - 2_000), count)) for count in (800, 8_000)}


@pytest.mark.soak
async def test_twenty_thousand_entries_are_read_in_the_memory_that_a_stage_has():
    async with ProcessSandbox(seconds=120) as sandbox:  # how long it takes is the machine's affair
        feed = await sandbox.run(parse_feed, feed_of(20_000), "https://a.test/rss")
    assert [feed.entries[n].title for n in (0, -1)] == ["18000", "19999"]


def test_a_feed_without_entries_is_no_problem():
    assert parse(rss(channel="<title>Quiet</title>")) == ParsedFeed(title="Quiet")


def test_a_feed_that_is_cut_off_keeps_what_came_and_says_so():
    whole = rss(*(f"<title>{i}</title><link>http://a.test/{i}</link>" for i in range(5)))
    feed = parse(whole[:-60])
    assert [entry.url for entry in feed.entries][:4] == [f"http://a.test/{i}" for i in range(4)]
    assert feed.problem == "The feed is cut off."


def test_an_ill_formed_feed_that_reads_well_is_no_problem():
    feed = parse(rss("<title>Q&A <now></title><link>http://a.test/1</link>"))
    assert [entry.url for entry in feed.entries] == ["http://a.test/1"]
    assert feed.problem == ""


def test_a_body_that_looks_like_a_path_opens_no_file(tmp_path: Path):
    secret = tmp_path / "feed.xml"
    secret.write_text(rss("<title>secret</title>"))
    assert parse(str(secret)).entries == ()
    assert parse(secret.as_uri()).entries == ()


def test_entities_reach_neither_files_nor_memory(tmp_path: Path):
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    outside = f'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "{secret.as_uri()}">]>' + rss(
        "<title>a&x;b</title>"
    )
    assert "secret" not in str(parse(outside))
    laughs = "".join(f'<!ENTITY l{i + 1} "{f"&l{i};" * 10}">' for i in range(9))
    bomb = f'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY l0 "ha">{laughs}]>' + rss("<title>&l9;</title>")
    assert len(str(parse(bomb))) < 10_000


MARKUP = st.sampled_from(
    [
        "<rss>",
        "<channel>",
        "<item>",
        "</item>",
        "<title>",
        "</title>",
        "<link>",
        "<guid>",
        "<pubDate>",
        "<feed>",
        "<entry>",
        "<id>",
        "<content",
        "type='xhtml'>",
        "<![CDATA[",
        "]]>",
        "<!--",
        "-->",
        "<!DOCTYPE",
        "<?xml",
        "&amp;",
        "&#0;",
        "&#x110000;",
        "&#xD800;",
        "&lt;b&gt;",
        "xml:base='//['",
        "{",
        "}",
        "[",
        "]",
        '"',
        "'",
        "2025-05-01",
        "1",
        "-1",
        "http://a.test/",
        "http://[",
        "�",
        "\x00",
        "слово",
    ]
)


@given(
    st.one_of(
        st.binary(max_size=300),
        st.lists(MARKUP, max_size=40).map(lambda p: "".join(p).encode("utf-8", "surrogatepass")),
    )
)
def test_whatever_comes_parsing_answers_with_a_value(body: bytes):
    feed = parse(b"<rss>" + body)
    str(parse(body)).encode()
    str(feed).encode()
    assert all("\0" not in entry.title + entry.guid + entry.own_text for entry in feed.entries)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just("\ud800\0"),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "url", "title", "authors", "name"]), inner)
    ),
    max_leaves=10,
)


@given(JSON)
def test_whatever_the_json_holds_parsing_answers_with_a_value(value: Any):
    for whole in (value, {"items": value}, {"items": [value]}):
        parsed = parse(json.dumps(whole))
        assert isinstance(parsed, ParsedFeed)
        str(parsed).encode()  # no lone surrogate is left: no database takes one
