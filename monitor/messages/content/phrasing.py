"""Pure. Building blocks of the digest's text: localized messages and times, clean passages, links, excerpts."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date as _date
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_skeleton, format_timedelta, get_timezone_location
from babel.numbers import format_decimal
from markupsafe import Markup, escape

from monitor.i18n import catalogue
from monitor.i18n.labels import LOCAL_USAGE
from monitor.text.lead import TextPart

_JOINERS = "\u200c\u200d"  # zero-width joiners: Persian and other scripts need them
_HYPHEN = "\N{NON-BREAKING HYPHEN}"  # of Kyrgyz dates: no line ends within «25-ноя.»
_TRAILING_PUNCTUATION = " ,;:–—-"  # removed before an ellipsis
_HYPHENATED = re.compile(r"\w+(?:-\w+)+")
_SPACES = re.compile(r"[^\S\u00a0\u202f]+")  # not the no-break spaces in numbers and dates
_ENGLISH_DATE_FORMATS = {"MMMd": "d MMM", "yMMMd": "d MMM y", "MMMEd": "EEE d MMM", "yMMMEd": "EEE d MMM y"}


def clean(text: str) -> str:
    """Return a passage from outside on one line, without control, invisible and direction-changing characters."""
    return clean_keeping_ends(text).strip()


def clean_keeping_ends(text: str) -> str:
    """Return the passage as `clean` does, with a space at either end kept."""
    return _SPACES.sub(" ", "".join(map(_clean_char, text)))


def _clean_char(char: str) -> str:
    category = unicodedata.category(char)
    if category in {"Cc", "Zl", "Zp"}:
        return " "
    return "" if category == "Cf" and char not in _JOINERS else char


def shorten(text: str, max_length: int) -> str:
    """Return a text of at most `max_length` characters, shortened after a word with an ellipsis.

    >>> shorten("a court in the capital", 12), shorten("short", 12)
    ('a court in…', 'short')
    """
    if len(text) <= max_length:
        return text
    # A single long word is cut within, with room for the ellipsis.
    head = text[:max_length].rpartition(" ")[0] or text[: max_length - 1]
    return head.rstrip(_TRAILING_PUNCTUATION) + "…"


def safe_link(url: str) -> str:
    """Return the URL if a reader may follow it (http or https, without spaces and invisible characters), else ""."""
    return url if url.startswith(("http://", "https://")) and clean(url) == url and " " not in url else ""


def ngettext_noop(singular: str, plural: str) -> tuple[str, str]:
    """Return both messages unchanged: the call marks them for extraction into the catalogues."""
    return singular, plural


@dataclass(frozen=True, slots=True)
class Localizer:
    """Messages, numbers and times in the reader's language and time zone ("l10n": localization).

    Dates have a year only if they are more than 180 days away from `reference_time`.
    """

    language: str
    zone: ZoneInfo
    reference_time: datetime

    def gettext(self, message: str, **values: str | int) -> str:
        """Return the translated message with its %(name)s places filled."""
        return self._fill(catalogue(self.language).gettext(message), values)

    def ngettext(self, singular: str, plural: str, number: int, **values: str | int) -> str:
        """Return the translated message in the form for `number`, which fills %(num)s."""
        return self._fill(catalogue(self.language).ngettext(singular, plural, number), {"num": number, **values})

    def ngettext_or_empty(self, singular: str, plural: str, number: int) -> str:
        """Return the message as `ngettext` does, or "" for 0: a line leaves "0 copies" out."""
        return self.ngettext(singular, plural, number) if number else ""

    def and_more(self, names: str, excess: int) -> str:
        """Return names, and how many there are besides; `excess` of 0 or less: these are all."""
        forms = ngettext_noop("%(names)s and %(num)s more", "%(names)s and %(num)s more")
        return self.ngettext(*forms, excess, names=names) if excess > 0 else names

    def _fill(self, text: str, values: Mapping[str, str | int]) -> str:
        # Numbers get the reader's separators; text without places is not formatted, so that it may hold a plain %.
        formatted = {k: format_decimal(v, locale=self.language) if isinstance(v, int) else v for k, v in values.items()}
        return text % formatted if formatted else text

    def language_name(self, code: str) -> str:
        """Return a language's name in the form that follows «an article in»: Russian «по-английски», Kyrgyz «англисче».

        The Kyrgyz form is the CLDR's.
        """
        if not code:
            return self.gettext("an unknown language")
        name = LOCAL_USAGE.get(self.language, {}).get(code) or Locale(self.language).languages.get(code, code)
        if self.language == "ru":  # «кыргызский» becomes «по-кыргызски»; names such as «хинди» have no such form
            return f"по-{name[:-1]}" if name.endswith("кий") else f"({name})"
        return name

    @property
    def city(self) -> str:
        """Return the city of the time zone.

        >>> Localizer("en", ZoneInfo("America/New_York"), datetime.max).city
        'New York'
        """
        if self.language != "en":
            with suppress(LookupError):  # zones without a city, such as `localtime`
                return get_timezone_location(self.zone.key, locale=self.language, return_city=True).rpartition("/")[2]
        return self.zone.key.rpartition("/")[2].replace("_", " ")

    def date(self, at: datetime) -> str:
        return self._format_date("MMMd", at)

    def day_or_month(self, day: _date, *, with_day: bool) -> str:
        """Return a month in short, with its day if that is asked for, and never with its year."""
        if self.language == "en":
            return format_date(day, _ENGLISH_DATE_FORMATS["MMMd"] if with_day else "MMM", locale="en")
        return str(format_skeleton("MMMd" if with_day else "MMM", day, locale=self.language)).replace("-", _HYPHEN)

    def weekday_date(self, at: datetime) -> str:
        return self._format_date("MMMEd", at)

    def _format_date(self, skeleton: str, at: datetime) -> str:
        # English has its own formats: the CLDR's are American or abbreviate to «Sept».
        local = at.astimezone(self.zone)
        if abs(at - self.reference_time) > timedelta(days=180):
            skeleton = f"y{skeleton}"
        if self.language == "en":
            return format_date(local, _ENGLISH_DATE_FORMATS[skeleton], locale="en")
        return str(format_skeleton(skeleton, local, locale=self.language)).replace("-", _HYPHEN)

    def span(self, span: timedelta) -> str:
        """Return a duration in its largest unit of which there are two, as pages do."""
        return str(format_timedelta(span, threshold=2, locale=self.language))

    def time(self, at: datetime) -> str:
        return f"{at.astimezone(self.zone):%H:%M}"

    def date_time(self, at: datetime) -> str:
        return f"{self.date(at)} {self.time(at)}"

    def weekday_date_time(self, at: datetime) -> str:
        return f"{self.weekday_date(at)} {self.time(at)}"


@dataclass(frozen=True, slots=True)
class CardLine:
    """A line in the reader's language, its untranslated rest in English, and a remark."""

    text: str
    english: str = ""
    remark: str = ""
    is_trouble: bool = False  # of a source

    def __str__(self) -> str:
        return f"{self.text} {self.english}".strip()


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A sentence, or a part of one, in pieces: the matched words and the text between them."""

    parts: tuple[TextPart, ...] = ()

    @classmethod
    def around(cls, before: str, words: str, after: str) -> Excerpt:
        """Return the matched words with the text before and after them."""
        parts = TextPart(before), TextPart(words, is_mention=True), TextPart(after)
        return cls(tuple(part for part in parts if part.text))

    def __str__(self) -> str:
        return f"«{''.join(part.text for part in self.parts)}»"


def excerpt(sentence: str, words: str, context: int = 30) -> Excerpt:
    """Return the whole matched words with up to `context` characters on each side, cut between words."""
    sentence, words = (" ".join(clean(text).split()) for text in (sentence, words))
    before, match, after = sentence.partition(words) if words else ("", "", "")
    if not match:  # no sentence is stored, or it does not hold the words
        return Excerpt.around("", words, "")
    if len(before) > context:
        before = "…" + before[-context - 1 :].partition(" ")[2]
    if len(after) > context:
        after = after[: context + 1].rpartition(" ")[0].rstrip(_TRAILING_PUNCTUATION) + "…"
    return Excerpt.around(before, words, after)


def whole_sentence(parts: Sequence[TextPart], max_length: int = 320) -> Excerpt:
    """Return a marked sentence, cleaned; of a very long one the part around its first name, cut between words."""
    texts = [clean_keeping_ends(part.text) for part in parts]
    texts[:1], texts[-1:] = [texts[0].lstrip()], [texts[-1].rstrip()]
    if sum(map(len, texts)) > max_length and len(texts) > 1 and len(texts[0]) > max_length // 2:
        # The name stands late: the beginning goes.
        texts[0] = "…" + texts[0][-max_length // 3 :].partition(" ")[2]
    shown_parts, room = list[TextPart](), max_length
    for part, text in zip(parts, texts, strict=True):
        if len(text) > room and not part.is_mention:
            shown_parts.append(replace(part, text=shorten(text, room) if room > 1 else "…"))
            break
        shown_parts.append(replace(part, text=text))
        room -= len(text)
    return Excerpt(tuple(part for part in shown_parts if part.text))


def unbroken(text: str, attribute: str = 'class="nowrap"') -> Markup:
    """Return a text as HTML in which no line ends within a word, at its hyphen; `attribute` says so."""
    return Markup(_HYPHENATED.sub(rf"<span {attribute}>\g<0></span>", str(escape(text))))  # noqa: S704 escaped


def join(separator: str, *parts: str) -> str:
    """Return the parts that are not empty, joined."""
    return separator.join(part for part in parts if part)


def capitalize(sentence: str) -> str:
    """Return a sentence with a capital: in Russian its first words are also the end of another one."""
    return sentence[:1].upper() + sentence[1:]
