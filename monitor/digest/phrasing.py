"""Pure. The digest's small words: quantities and times in the reader's language, clean passages, links, excerpts."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_skeleton, get_timezone_location
from babel.numbers import format_decimal

from monitor.i18n import catalogue

_JOINERS = "\u200c\u200d"  # belong to Persian and other spelling
_LOOSE = " ,;:–—-"  # what does not stand before an ellipsis
_SPACES = re.compile(r"[^\S\u00a0\u202f]+")  # but those in numbers and dates, where no line may break
_ENGLISH = {"MMMd": "d MMM", "yMMMd": "d MMM y", "MMMEd": "EEE d MMM", "yMMMEd": "EEE d MMM y"}
_CALLED = {("ru", "ky"): "кыргызский"}  # in Kyrgyzstan; the CLDR has another word


def clean(text: str) -> str:
    """A passage from outside on one line: no controls, no invisible or direction-changing characters."""
    return visible(text).strip()


def visible(text: str) -> str:
    """As `clean`, but a space at either end stays."""
    return _SPACES.sub(" ", "".join(map(_visible, text)))


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


def counted_words(count: int, one: str, more: str = "") -> str:
    """
    >>> many(1, "copy", "copies"), many(1316, "article")
    ('1 copy', '1,316 articles')
    """
    return f"{count:,} {one if count == 1 else more or one + 's'}"


def link(url: str) -> str:
    """The address if it is one a reader may follow (http or https, nothing hidden in it), else nothing."""
    return url if url.startswith(("http://", "https://")) and clean(url) == url and " " not in url else ""


@dataclass(frozen=True, slots=True)
class Voice:
    """How things are said: in the reader's language and zone; a year only far from `near`, where it could mislead."""

    language: str
    zone: ZoneInfo
    near: datetime

    def say(self, message: str, **places: str | int) -> str:
        return self._filled(catalogue(self.language).gettext(message), places)

    def count(self, one: str, more: str, number: int, **places: str | int) -> str:
        """`number` chooses the words, and stands in them as %(num)s."""
        return self._filled(catalogue(self.language).ngettext(one, more, number), {"num": number, **places})

    def some(self, one: str, more: str, number: int) -> str:
        """As `count`, but of none nothing is said."""
        return self.count(one, more, number) if number else ""

    def _filled(self, text: str, places: Mapping[str, str | int]) -> str:
        said = {k: format_decimal(v, locale=self.language) if isinstance(v, int) else v for k, v in places.items()}
        return text % said if said else text

    def language_of(self, code: str) -> str:
        """As it stands after «an article in»; Russian «по-английски», Kyrgyz «англисче» as the CLDR has it."""
        if not code:
            return self.say("an unknown language")
        name = _CALLED.get((self.language, code)) or Locale(self.language).languages.get(code, code)
        if self.language == "ru":
            return f"по-{name[:-1]}" if name.endswith("кий") else f"({name})"
        return name

    @property
    def place(self) -> str:
        """
        >>> Voice("en", ZoneInfo("America/New_York"), datetime.max).place
        'New York'
        """
        if self.language != "en":
            with suppress(LookupError):  # as for `localtime`
                return get_timezone_location(self.zone.key, locale=self.language, return_city=True).rpartition("/")[2]
        return self.zone.key.rpartition("/")[2].replace("_", " ")

    def date(self, at: datetime) -> str:
        return self._dated("MMMd", at)

    def day(self, at: datetime) -> str:
        return self._dated("MMMEd", at)

    def _dated(self, skeleton: str, at: datetime) -> str:
        """As the CLDR has it, but for English, where it is American or has «Sept»."""
        local = at.astimezone(self.zone)
        if abs(at - self.near) > timedelta(days=180):
            skeleton = f"y{skeleton}"
        if self.language == "en":
            return format_date(local, _ENGLISH[skeleton], locale="en")
        return format_skeleton(skeleton, local, locale=self.language)

    def clock(self, at: datetime) -> str:
        return f"{at.astimezone(self.zone):%H:%M}"

    def moment(self, at: datetime) -> str:
        return f"{self.date(at)} {self.clock(at)}"

    def full(self, at: datetime) -> str:
        return f"{self.day(at)} {self.clock(at)}"


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The matched words and what stands around them."""

    before: str
    words: str
    after: str

    def __str__(self) -> str:
        return f"«{self.before}{self.words}{self.after}»"


def excerpt(sentence: str, words: str, around: int = 30) -> Excerpt:
    """The matched words, kept whole, with up to `around` characters on each side, cut where a word ends."""
    sentence, words = (" ".join(clean(text).split()) for text in (sentence, words))
    before, found, after = sentence.partition(words) if words else ("", "", "")
    if not found:  # the sentence was not kept, or is another one
        return Excerpt("", words, "")
    if len(before) > around:
        before = "…" + before[-around - 1 :].partition(" ")[2]
    if len(after) > around:
        after = after[: around + 1].rpartition(" ")[0].rstrip(_LOOSE) + "…"
    return Excerpt(before, words, after)
