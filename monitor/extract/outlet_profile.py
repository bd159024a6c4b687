"""Pure. Outlet profiles: headlines of an outlet's other articles, and blocks that recur on its pages."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from difflib import SequenceMatcher
from functools import lru_cache
from hashlib import blake2b
from itertools import islice

from monitor.model import OutletProfile

MAX_ARTICLES = 60  # the latest of an outlet
MAX_HEADLINES = 300
MAX_RECURRING_BLOCKS = 300

_MIN_ARTICLES = 3  # that contain a recurring block
# Follow-ups repeat a paragraph of background, which is not furniture: a block of at least this many words must occur in
# this share of at least this many articles.
_LONG_BLOCK_WORDS, _LONG_BLOCK_SHARE, _LONG_BLOCK_ARTICLES = 20, 0.8, 10
_MIN_SIMILARITY = 0.95
_LETTERS = re.compile(r"[^\W_]+")
_EDGE_LETTERS = 10  # letters at the start or the end that two similar headlines share; a cheap test before difflib

# Only countries where (nearly) all outlets use one time zone.
_ZONES = {
    "AM": "Asia/Yerevan", "AZ": "Asia/Baku", "BY": "Europe/Minsk", "GE": "Asia/Tbilisi", "KG": "Asia/Bishkek",
    "KZ": "Asia/Almaty", "MD": "Europe/Chisinau", "RU": "Europe/Moscow", "TJ": "Asia/Dushanbe", "TM": "Asia/Ashgabat",
    "TR": "Europe/Istanbul", "UA": "Europe/Kyiv", "UZ": "Asia/Tashkent",
}  # fmt: skip


def build_outlet_profile(headlines: Iterable[str], texts: Iterable[str]) -> OutletProfile:
    """Build a profile from an outlet's latest headlines and texts; small, as every page is sent with it."""
    block_counts: Counter[str] = Counter()
    article_count = 0
    for text in islice(texts, MAX_ARTICLES):
        article_count += 1
        block_counts.update(set(text.split("\n")))
    recurring = (
        block
        for block, times in block_counts.most_common()
        if times >= _MIN_ARTICLES
        and (
            len(block.split()) < _LONG_BLOCK_WORDS
            or (article_count >= _LONG_BLOCK_ARTICLES and times >= _LONG_BLOCK_SHARE * article_count)
        )
    )
    headline_keys = dict.fromkeys(filter(None, map(comparison_key, islice(headlines, MAX_HEADLINES))))
    return OutletProfile(frozenset(headline_keys), frozenset(map(_hash, islice(recurring, MAX_RECURRING_BLOCKS))))


def profile_for_article(profile: OutletProfile, headline: str, country: str) -> OutletProfile:
    """Return the profile for one article: without its own headline, and with the time zone of the outlet's country."""
    return replace(profile, headlines=profile.headlines - {comparison_key(headline)}, zone=zone_of_country(country))


def zone_of_country(country: str) -> str:
    """Return the time zone of nearly all outlets of a country; an empty string if it has several or is unknown."""
    return _ZONES.get(country, "")


def is_furniture(block: str, profile: OutletProfile) -> bool:
    """Return True if a block recurs on the outlet's pages."""
    return bool(profile.furniture) and _hash(block) in profile.furniture


def is_headline(block: str, profile: OutletProfile) -> bool:
    """Return True if a block is the headline of another article; one letter in twenty may differ."""
    if not profile.headlines:
        return False
    key = comparison_key(block)
    if key in profile.headlines:
        return True
    edges = _edges(profile.headlines)
    if key[:_EDGE_LETTERS] not in edges and key[-_EDGE_LETTERS:] not in edges:  # as of nearly all blocks
        return False
    return any(
        abs(len(headline) - len(key)) <= len(key) / 20
        and (headline[:_EDGE_LETTERS] == key[:_EDGE_LETTERS] or headline[-_EDGE_LETTERS:] == key[-_EDGE_LETTERS:])
        and SequenceMatcher(None, headline, key, autojunk=False).ratio() >= _MIN_SIMILARITY
        for headline in profile.headlines
    )


@lru_cache(maxsize=1)  # all blocks of a page are compared with the same headlines
def _edges(headlines: frozenset[str]) -> frozenset[str]:
    """Return the letters at the start and at the end of each headline."""
    return frozenset(edge for headline in headlines for edge in (headline[:_EDGE_LETTERS], headline[-_EDGE_LETTERS:]))


def _hash(block: str) -> int:
    # Eight bytes per block keep the profile small; hash() differs between processes.
    return int.from_bytes(blake2b(comparison_key(block).encode(), digest_size=8).digest())


@lru_cache(maxsize=256)  # a page's blocks are compared with its title, its headlines and its outlet's
def comparison_key(text: str) -> str:
    """Return the letters and digits of a text, case-folded."""
    # The spaces first, as most others are: half of the time.
    return "".join(_LETTERS.findall(text.replace(" ", ""))).casefold()
