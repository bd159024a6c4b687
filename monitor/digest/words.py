"""Pure. The digest's small words: clean passages, quantities, times, links, the words around a mention."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

_JOINERS = "\u200c\u200d"  # belong to Persian and other spelling
_LOOSE = " ,;:–—-"  # what does not stand before an ellipsis


def clean(text: str) -> str:
    """A passage from outside on one line: no controls, no invisible or direction-changing characters."""
    return " ".join("".join(map(_visible, text)).split())


def _visible(char: str) -> str:
    category = unicodedata.category(char)
    if category in {"Cc", "Zl", "Zp"}:
        return " "
    return "" if category == "Cf" and char not in _JOINERS else char


def cut(text: str, longest: int) -> str:
    """
    >>> cut("a court in the capital", 12), cut("short", 12)
    ('a court in…', 'short')
    """
    if len(text) <= longest:
        return text
    head = text[:longest].rpartition(" ")[0] or text[: longest - 1]
    return head.rstrip(_LOOSE) + "…"


def many(count: int, one: str, more: str = "") -> str:
    """
    >>> many(1, "copy", "copies"), many(1316, "article")
    ('1 copy', '1,316 articles')
    """
    return f"{count:,} {one if count == 1 else more or one + 's'}"


def link(url: str) -> str:
    """The address if it is one a reader may follow (http or https, nothing hidden in it), else nothing."""
    return url if url.startswith(("http://", "https://")) and clean(url) == url and " " not in url else ""


@dataclass(frozen=True, slots=True)
class Times:
    """How times are said: in the reader's zone, English, a year only far from `near`, where it could be mistaken."""

    zone: ZoneInfo
    near: datetime

    @property
    def place(self) -> str:
        """
        >>> Times(ZoneInfo("America/New_York"), datetime.max).place
        'New York'
        """
        return self.zone.key.rpartition("/")[2].replace("_", " ")

    def date(self, at: datetime) -> str:
        local = at.astimezone(self.zone)
        year = f" {local.year}" if abs(at - self.near) > timedelta(days=180) else ""
        return f"{local.day} {local:%b}{year}"

    def day(self, at: datetime) -> str:
        return f"{at.astimezone(self.zone):%a} {self.date(at)}"

    def clock(self, at: datetime) -> str:
        return f"{at.astimezone(self.zone):%H:%M}"

    def moment(self, at: datetime) -> str:
        return f"{self.date(at)} {self.clock(at)}"

    def full(self, at: datetime) -> str:
        return f"{self.day(at)} {self.clock(at)}"


def excerpt(sentence: str, words: str, around: int = 30) -> str:
    """The matched words, kept whole, with up to `around` characters on each side, cut where a word ends."""
    sentence, words = clean(sentence), clean(words)
    before, found, after = sentence.partition(words) if words else ("", "", "")
    if not found:  # the sentence was not kept, or is another one
        return f"«{words}»"
    if len(before) > around:
        before = "…" + before[-around - 1 :].partition(" ")[2]
    if len(after) > around:
        after = after[: around + 1].rpartition(" ")[0].rstrip(_LOOSE) + "…"
    return f"«{before}{words}{after}»"
