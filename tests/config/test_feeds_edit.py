"""Edits of feeds.yaml: only the lines of the feeds that change are written again, and read back as what was meant."""

from __future__ import annotations

from datetime import timedelta

import pytest

from monitor.config.feeds import edit_feeds, parse_feeds
from monitor.errors import InputError

TEXT = """\
# Kyrgyzstan
feeds:
  - https://24.kg/rss/   # every ten minutes
  - url: https://kaktus.media/?rss
    outlet: Kaktus   # asked in May
    interval: 30m

  # region
  - url: 'https://ovd.example/feed'
    id: ovd
    paused: true
"""
PROXY = "socks5://127.0.0.1:9050"


def edit(**edits: object) -> str:
    return edit_feeds(TEXT, "feeds.yaml", **edits)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("edits", "before", "after"),
    [
        ({"removed": ["24-kg-rss"]}, "  - https://24.kg/rss/   # every ten minutes\n", ""),
        ({"removed": ["no-such-feed"]}, "", ""),
        ({"changed": {"ovd": {"paused": False}}}, "    paused: true\n", ""),
        ({"changed": {"ovd": {"proxy": PROXY}}}, "true\n", f'true\n    proxy: "{PROXY}"\n'),
        ({"changed": {"kaktus-media-rss-7e7e7a": {"interval": "2h"}}}, "30m", "2h"),
        ({"changed": {"kaktus-media-rss-7e7e7a": {"interval": ""}}}, "    interval: 30m\n", ""),
        (
            {"changed": {"24-kg-rss": {"paused": True}}},
            "  - https://24.kg/rss/   # every ten minutes\n",
            '  - url: "https://24.kg/rss/"\n    paused: true  # every ten minutes\n',
        ),
        ({"changed": {"ovd": {"url": "https://ovd.example/rss"}}}, "'https://ovd.example/feed'", '"https://ovd.example/rss"'),
    ],
)  # fmt: skip
def test_an_edit_changes_the_lines_of_its_feed_alone(edits: dict[str, object], before: str, after: str):
    assert edit(**edits) == TEXT.replace(before, after, 1)


def test_a_feed_keeps_its_id_at_a_new_address():
    edited = edit(changed={"kaktus-media-rss-7e7e7a": {"url": "https://kaktus.media/feed"}})
    feed = parse_feeds(edited, "feeds.yaml")[1]
    assert (feed.id, feed.url, feed.interval) == (
        "kaktus-media-rss-7e7e7a",
        "https://kaktus.media/feed",
        timedelta(minutes=30),
    )
    assert "# asked in May" in edited


def test_several_edits_are_one_text():
    edited = edit(
        added=[{"url": "https://new.example/rss", "outlet": "New"}],
        changed={"ovd": {"country": "KZ"}},
        removed=["24-kg-rss"],
    )
    feeds = parse_feeds(edited, "feeds.yaml")
    assert [(feed.outlet, feed.country) for feed in feeds] == [("Kaktus", ""), ("ovd.example", "KZ"), ("New", "")]
    assert "# Kyrgyzstan" in edited and "# region" in edited


@pytest.mark.parametrize(
    ("edits", "problem"),
    [
        ({"changed": {"ovd": {"url": "ftp://ovd.example"}}}, "feeds.yaml:9:10: url"),
        ({"changed": {"ovd": {"url": ""}}}, "feeds.yaml:9:10: url: missing"),
        ({"changed": {"ovd": {"url": "https://24.kg/rss/"}}}, "is on the list already (line 3)"),
        ({"changed": {"ovd": {"interval": "often"}}}, "not a time that a feed can rest"),
        ({"changed": {"ovd": {"country": "Kyrgyzstan"}}}, "ISO 3166"),
        ({"added": [{"url": "https://24.kg/rss/#x"}]}, "is on the list already (line 3)"),
        ({"removed": ["24-kg-rss", "kaktus-media-rss-7e7e7a", "ovd"]}, "the last feed cannot be removed"),
    ],
)
def test_a_value_that_will_not_do_changes_nothing(edits: dict[str, object], problem: str):
    with pytest.raises(InputError, match=problem.replace("(", r"\(").replace(")", r"\)")):
        edit(**edits)
