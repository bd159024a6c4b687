"""Pure. The digest's small words: clean passages, quantities, times, languages, the words around a mention."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LANGUAGES = {
    "ar": "Arabic", "az": "Azerbaijani", "be": "Belarusian", "de": "German", "en": "English", "es": "Spanish",
    "fa": "Persian", "fr": "French", "hy": "Armenian", "it": "Italian", "ka": "Georgian", "kk": "Kazakh",
    "ky": "Kyrgyz", "mn": "Mongolian", "pl": "Polish", "ru": "Russian", "tg": "Tajik", "tk": "Turkmen",
    "tr": "Turkish", "tt": "Tatar", "ug": "Uyghur", "uk": "Ukrainian", "uz": "Uzbek", "zh": "Chinese",
}  # fmt: skip
_JOINERS = "\u200c\u200d"  # belong to Persian and other spelling
_WORST_YEAR = timedelta(days=180)


def clean(text: str, longest: int = 0) -> str:
    """A passage from outside on one line: no controls, no invisible or direction-changing characters.

    With `longest`, cut at a word's end and marked with an ellipsis.
    """
    return cut(" ".join("".join(map(_kept, text)).split()), longest)


def _kept(char: str) -> str:
    match unicodedata.category(char):
        case "Cc" | "Zl" | "Zp":
            return " "
        case "Cf":
            return char if char in _JOINERS else ""
        case "Cs" | "Co":
            return "\ufffd"  # half a surrogate pair cannot be written as UTF-8
    return char


def cut(text: str, longest: int) -> str:
    """
    >>> cut("a court in the capital", 12), cut("short", 12)
    ('a court in…', 'short')
    """
    if not longest or len(text) <= longest:
        return text
    head = text[: longest - 1]
    if not text[longest - 1].isspace():
        head = head.rpartition(" ")[0] or head
    return head.rstrip(" ,;:–—-") + "…"


def many(count: int, one: str, more: str = "") -> str:
    """
    >>> many(1, "copy", "copies"), many(1316, "article")
    ('1 copy', '1,316 articles')
    """
    return f"{count:,} {one if count == 1 else more or one + 's'}"


def language(code: str) -> str:
    """What a language is called; its code where we have no name for it."""
    return _LANGUAGES.get(code, code)


def listed(names: Sequence[str], most: int = 30) -> str:
    """Names with commas; past `most`, how many more there are."""
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most:,} more" if len(names) > most else shown


def link(url: str) -> str:
    """The address if it is one a reader may follow (http or https, nothing hidden in it), else nothing."""
    if clean(url) != url or any(c.isspace() or c in '"<>\\^`{|}' for c in url):
        return ""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in {"http", "https"} and parts.netloc else ""


@dataclass(frozen=True, slots=True)
class Times:
    """How times are said: in the reader's zone, English, a year only where it could be mistaken."""

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
        year = f" {local.year}" if abs(at - self.near) > _WORST_YEAR else ""
        return f"{local.day} {_MONTHS[local.month - 1]}{year}"

    def day(self, at: datetime) -> str:
        return f"{_DAYS[at.astimezone(self.zone).weekday()]} {self.date(at)}"

    def clock(self, at: datetime) -> str:
        local = at.astimezone(self.zone)
        return f"{local.hour:02}:{local.minute:02}"

    def moment(self, at: datetime) -> str:
        return f"{self.date(at)} {self.clock(at)}"

    def full(self, at: datetime) -> str:
        return f"{self.day(at)} {self.clock(at)}"

    def same_day(self, one: datetime, other: datetime) -> bool:
        return one.astimezone(self.zone).date() == other.astimezone(self.zone).date()


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The matched words between what stands around them."""

    before: str
    words: str
    after: str

    def __str__(self) -> str:
        return f"«{self.before}{self.words}{self.after}»"


def excerpt(sentence: str, words: str, around: int = 30) -> Excerpt:
    """The matched words, kept whole, with up to `around` characters on each side, cut where a word ends."""
    sentence, words = clean(sentence), clean(words)
    before, found, after = sentence.partition(words) if words else ("", "", "")
    if not found:  # the sentence was not kept, or is another one
        return Excerpt("", words, "")
    if len(before) > around:
        before = "…" + before[-around - 1 :].partition(" ")[2]
    if len(after) > around:
        after = after[: around + 1].rpartition(" ")[0].rstrip(" ,;:–—-") + "…"
    return Excerpt(before, words, after)
