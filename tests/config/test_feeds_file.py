"""feeds.yaml: what it may say, and what is wrong, told with its line."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from monitor.config import load_feeds, parse_feeds
from monitor.config.feeds import feed_id
from monitor.errors import InputError, Problem
from monitor.model import Feed


def feed_problems(text: str) -> list[tuple[int, int, str]]:
    with pytest.raises(InputError) as caught:
        parse_feeds(text, "feeds.yaml")
    assert all(isinstance(p, Problem) and p.todo for p in caught.value.problems)
    return [(p.line, p.column, str(p)) for p in caught.value.problems if isinstance(p, Problem)]


def test_a_feed_is_read_as_it_stands():
    text = """\
feeds:
  - url: https://tolkun.example/rss/
    outlet: Tolkun Media   # who publishes it
    language: ru
    country: KG
    id: tolkun-ru
    interval: 30m
    paused: true
    proxy: socks5://u:p@127.0.0.1:9050
    speaks_for: [www.tolkun.kg, t.me/s/Tolkun]
  - https://www.liniya.example/feed
"""
    assert parse_feeds(text, "feeds.yaml") == (
        Feed(
            "tolkun-ru",
            "https://tolkun.example/rss/",
            "Tolkun Media",
            "ru",
            "KG",
            timedelta(minutes=30),
            True,
            "socks5://u:p@127.0.0.1:9050",
            ("tolkun.kg", "t.me/tolkun"),
        ),
        Feed("liniya-example-feed", "https://www.liniya.example/feed", "liniya.example"),
    )


@pytest.mark.parametrize(
    "text",
    [
        "- https://a.example/rss\n- http://127.0.0.1:8000/b.xml\n",
        "[https://a.example/rss, 'http://127.0.0.1:8000/b.xml']",
    ],
)
def test_a_plain_list_of_urls_is_accepted(text: str):
    assert [(f.id, f.url) for f in parse_feeds(text, "feeds.yaml")] == [
        ("a-example-rss", "https://a.example/rss"),
        ("127-0-0-1-8000-b-xml", "http://127.0.0.1:8000/b.xml"),
    ]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("1m", timedelta(minutes=1)),
        ("90m", timedelta(minutes=90)),
        ("2h", timedelta(hours=2)),
        ("30d", timedelta(days=30)),
    ],
)
def test_an_interval_is_minutes_hours_or_days(typed: str, meant: timedelta):
    (feed,) = parse_feeds(f"- {{url: https://a.example/rss, interval: {typed}}}", "feeds.yaml")
    assert feed.interval == meant


@pytest.mark.parametrize(
    ("text", "line", "column", "expected"),
    [
        ("", 1, 1, "an empty list"),
        ("feeds: []\n", 1, 8, "an empty list"),
        ("feed:\n  - https://a.example/\n", 1, 1, "did you mean 'feeds'?"),
        ("feeds:\n\t- https://a.example/\n", 2, 1, "a tab; indent with spaces"),
        ("- url: https://a.example/\n  outlt: A\n", 2, 3, "did you mean 'outlet'?"),
        ("- url: https://a.example/\n  url: https://b.example/\n", 2, 3, "twice (first on line 1)"),
        ("- outlet: A\n", 1, 3, "url: missing; write https://"),
        ("- url: [https://a.example/]\n", 1, 8, "where text should be"),
        ("- ftp://a.example/rss\n", 1, 3, "not a web address that can be asked for; write https://"),
        ("- file:///etc/passwd\n", 1, 3, "not a web address that can be asked for; write https://"),
        ("- a.example/rss\n", 1, 3, "not a web address that can be asked for; write https://"),
        ("- https://a.example/a b\n", 1, 3, "without spaces"),
        ("- https:///rss\n", 1, 3, "not a web address"),
        ("- https://a.example:99999/rss\n", 1, 3, "not a web address"),
        ("- 'https://[a.example/rss'\n", 1, 3, "not a web address"),
        ("- https://u:hush@a.example/rss\n", 1, 3, "without spaces or password"),
        ("- ftp://u:hush@a.example/rss\n", 1, 3, "without spaces or password"),
        ("- https://a.example/" + "x" * 2031 + "\n", 1, 3, "up to 2,048 characters"),
        ("- {url: https://a.example/, interval: 30}\n", 1, 39, "30m, 2h, 1d"),
        ("- {url: https://a.example/, interval: 0m}\n", 1, 39, "30m, 2h, 1d"),
        ("- {url: https://a.example/, interval: 31d}\n", 1, 39, "up to 30d"),
        ("- {url: https://a.example/, interval: 99999d}\n", 1, 39, "up to 30d"),
        ("- {url: https://a.example/, language: russian}\n", 1, 39, "ky, ru, en"),
        ("- {url: https://a.example/, language: RU}\n", 1, 39, "ky, ru, en"),
        ("- {url: https://a.example/, country: Kyrgyzstan}\n", 1, 38, "KG, KZ, UZ"),
        ("- {url: https://a.example/, country: kg}\n", 1, 38, "KG, KZ, UZ"),
        ("- {url: https://a.example/, paused: maybe}\n", 1, 37, "write true or false"),
        ("- {url: https://a.example/, proxy: 'x://u:hush@a:1'}\n", 1, 36, "not the address of a proxy"),
        ("- {url: https://a.example/, speaks_for: tolkun.kg}\n", 1, 41, "a single value where a list should be"),
        ("- {url: https://a.example/, speaks_for: ['https://tolkun.kg/']}\n", 1, 42, "not a host of one publisher"),
        ("- {url: https://a.example/, speaks_for: [tolkun.kg, com.kg]}\n", 1, 53, "write a list of hosts"),
        ("- {url: https://a.example/, speaks_for: [github.io]}\n", 1, 42, "not a host of one publisher"),
        ("- {url: https://a.example/, speaks_for: [t.me]}\n", 1, 42, "or [t.me/NAME]"),
        ("- {url: https://a.example/, speaks_for: [wordpress.com]}\n", 1, 42, "not a host of one publisher"),
        ("- {url: https://a.example/, speaks_for: ['a b']}\n", 1, 42, "not a host of one publisher"),
        ("- {url: https://a.example/, id: a b}\n", 1, 33, "write up to 100 letters"),
        ("- https://a.example/rss\n- https://a.example/rss\n", 2, 3, "on the list already (line 1)"),
        ("- https://a.example/rss\n- HTTPS://A.Example:443/rss#top\n", 2, 3, "on the list already (line 1)"),
        ("- [https://a.example/rss]\n", 1, 3, "a list where"),
        ("- {url: https://a.example/, id: x}\n- {url: https://b.example/, id: x}\n", 2, 33, "taken (line 1)"),
        ("- https://a.example/rss\n- https://a.example/rss/\n", 2, 3, "an `id:` of its own"),
    ],
)
def test_what_is_wrong_with_a_feed_is_said_with_its_place(text: str, line: int, column: int, expected: str):
    at_line, at_column, message = feed_problems(text)[0]
    assert (at_line, at_column) == (line, column), message
    assert expected in message
    assert "hush" not in message


def test_the_same_url_twice_on_one_line_is_seen():
    assert feed_problems("[https://a.example/rss, https://a.example/rss]")[0][:2] == (1, 25)


def test_a_list_that_is_right_but_for_one_thing_says_only_that():
    text = "".join(f"- {{url: https://{i}.example/rss, country: KG}}\n" for i in range(20)).replace("KG", "kg", 1)
    assert len(feed_problems(text)) == 1


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("https://a.example/?rss", "https://a.example/rss"),
        ("https://a.example/RSS", "https://a.example/rss"),
        ("https://a.example/?id=1", "https://a.example/?id=2"),
        ("https://a.example/новости", "https://a.example/novosti"),
        ("https://a.example/" + "x" * 200 + "1", "https://a.example/" + "x" * 200 + "2"),
    ],
)
def test_two_urls_have_two_ids_that_the_list_around_them_does_not_change(one: str, two: str):
    assert feed_id(one) != feed_id(two)
    both, reversed_list = parse_feeds(f"- {one}\n- {two}\n", "f"), parse_feeds(f"- {two}\n- {one}\n", "f")
    assert set(both) == set(reversed_list)
    assert all(len(f.id) <= 100 for f in both)


def test_a_feeds_file_that_cannot_be_read_is_a_clear_error(tmp_path: Path):
    with pytest.raises(InputError, match=f"^{tmp_path}: cannot be read .Is a directory"):
        load_feeds(tmp_path)
    with pytest.raises(InputError, match=f"^{tmp_path}/x.yaml: there is no such file"):
        load_feeds(tmp_path / "x.yaml")
