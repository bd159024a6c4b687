"""Pure. What an outlet's pages have in common: headlines of its other articles, and blocks that recur on every page."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from difflib import SequenceMatcher
from hashlib import blake2b
from itertools import islice

from monitor.model import OutletProfile

ARTICLES_READ = 60  # of an outlet, its latest
HEADLINES_READ = 300
BLOCKS_KEPT = 300

_OTHERS = 3  # articles that a recurring block stands in
# Follow-ups repeat the paragraph that tells what went before, and that is no furniture: a block of so many words must
# stand in this share of so many articles.
_LONG, _SHARE, _ENOUGH = 20, 0.8, 10
_LIKE = 0.95
_EDGE = 10  # letters at the start or the end that two alike headlines share

# Of countries whose outlets all keep one clock, or nearly all.
_ZONES = {
    "AM": "Asia/Yerevan", "AZ": "Asia/Baku", "BY": "Europe/Minsk", "GE": "Asia/Tbilisi", "KG": "Asia/Bishkek",
    "KZ": "Asia/Almaty", "MD": "Europe/Chisinau", "RU": "Europe/Moscow", "TJ": "Asia/Dushanbe", "TM": "Asia/Ashgabat",
    "TR": "Europe/Istanbul", "UA": "Europe/Kyiv", "UZ": "Asia/Tashkent",
}  # fmt: skip


def habits_of(headlines: Iterable[str], texts: Iterable[str]) -> OutletProfile:
    """From an outlet's latest headlines and texts, bounded: the value travels with every page."""
    seen: Counter[str] = Counter()
    articles = 0
    for text in islice(texts, ARTICLES_READ):
        articles += 1
        seen.update(set(text.split("\n")))
    recurring = (
        block
        for block, times in seen.most_common()
        if times >= _OTHERS and (len(block.split()) < _LONG or (articles >= _ENOUGH and times >= _SHARE * articles))
    )
    titles = dict.fromkeys(filter(None, map(plain, islice(headlines, HEADLINES_READ))))
    return OutletProfile(frozenset(titles), frozenset(map(_hash, islice(recurring, BLOCKS_KEPT))))


def for_article(habits: OutletProfile, headline: str, country: str) -> OutletProfile:
    """What is handed in with one article: the headlines of the others only, and the zone of the outlet's country."""
    return replace(habits, headlines=habits.headlines - {plain(headline)}, zone=_ZONES.get(country, ""))


def is_furniture(block: str, habits: OutletProfile) -> bool:
    return _hash(block) in habits.furniture


def is_headline(block: str, habits: OutletProfile) -> bool:
    """Whether a block says what the headline of another article does, give or take a letter in twenty."""
    text = plain(block)
    if text in habits.headlines:
        return True
    return any(
        abs(len(one) - len(text)) <= len(text) / 20
        and (one[:_EDGE] == text[:_EDGE] or one[-_EDGE:] == text[-_EDGE:])
        and SequenceMatcher(None, one, text, autojunk=False).ratio() >= _LIKE
        for one in habits.headlines
    )


def _hash(block: str) -> int:
    return int.from_bytes(blake2b(plain(block).encode(), digest_size=8).digest())


def plain(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).casefold()
