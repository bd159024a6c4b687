"""Pure. Parsing of dates as feeds and pages write them: the day, and the time and zone if they are given.

It never reads the clock: a date that is ambiguous without today's date is not guessed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from monitor.text.charset import strip_forbidden

EARLIEST, LATEST = 1990, 2100  # other years mean "not set" (1970, 0001)


@dataclass(frozen=True, slots=True)
class WrittenDate:
    """A date as written. `at` is naive if no zone was given, and midnight if no time was given."""

    at: datetime
    has_time: bool = False

    @property
    def instant(self) -> datetime | None:
        """Return the moment in UTC, or None if the time or the zone is missing."""
        return self.at.astimezone(UTC) if self.has_time and self.at.tzinfo else None

    @property
    def day(self) -> datetime:
        """Return midnight in UTC of the day as written, not converted between zones."""
        return self.at.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=UTC)


def parse_date(text: str) -> WrittenDate | None:
    """Parse ISO 8601, RFC 822 and its misspellings, a day with a month's name, or Unix time; None if nothing fits.

    Months may be named in the languages of the region and the larger ones of Europe. `3/4/2025` is ambiguous and gives
    None, while `28/4/2025` and `4/28/2025` can only mean one day.

    >>> parse_date("Thu,28 Jul 2022 4:35:5 GMT+9").instant.isoformat()
    '2022-07-27T19:35:05+00:00'
    >>> parse_date("14 мая 2025")
    WrittenDate(at=datetime.datetime(2025, 5, 14, 0, 0), has_time=False)
    """
    text = text[:_MAX_LENGTH]
    if seconds := _UNIX_TIME.fullmatch(text):
        at = datetime.fromtimestamp(int(seconds[1]), UTC)
        return WrittenDate(at, has_time=True) if EARLIEST <= at.year <= LATEST else None
    for pattern in _DAY_PATTERNS:
        if match := pattern.search(text):
            time_text = f"{text[: match.start()]} {match.groupdict().get('clock', '')} {text[match.end() :]}"
            # Beside a second day, as in "14.05.2025, updated 28.05.2025 10:00", the time may be that day's.
            has_other_day = any(day.search(time_text) for day in _DAY_PATTERNS)
            return _written_date(match, "" if has_other_day else time_text)
    return None


def date_words(text: str) -> str:
    """Return the text that `parse_date` reads, on one line."""
    return " ".join(strip_forbidden(text[:_MAX_LENGTH]).split())


_MAX_LENGTH = 100  # characters

# ---- the day ------------------------------------------------------------------------------------------------------

# January to December: the first three or four letters, as many as are needed to tell the months apart.
_MONTH_NAMES = (
    "jan feb mar apr may jun jul aug sep oct nov dec",  # en
    "янв фев мар апр мая июн июл авг сен окт ноя дек",  # ru; ky, tg and Cyrillic uz borrow them
    "үчт бир жал чын буг кул тек баш аяк тог жет беш",  # ky, its own: үчтүн айы, жалган куран, баш оона
    "қаң ақп нау сәу мам мау шіл там қыр қаз қар жел",  # kk
    "yan fev mar apr may iyun iyul avg sen okt noy dek",  # uz
    "ýan few mar apr maý iýun iýul awg sen okt noý dek",  # tk
    "yan fev mar apr may iyun iyul avq sen okt noy dek",  # az
    "січ лют бер кві тра чер лип сер вер жов лис гру",  # uk
    "сту лют сак кра тра чэр ліп жні вер кас ліс сне",  # be
    "oca şub mar nis may haz tem ağu eyl eki kas ara",  # tr
    "jän feb mär apr mai jun jul aug sep okt nov dez",  # de
    "janv fév mars avr mai juin juil aoû sep oct nov déc",  # fr
    "ene feb mar abr may jun jul ago sep oct nov dic",  # es
    "jan fev mar abr mai jun jul ago set out nov dez",  # pt
    "gen feb mar apr mag giu lug ago set ott nov dic",  # it
    "sty lut mar kwi maj cze lip sie wrz paź lis gru",  # pl
)
_MONTHS = {name: n for names in _MONTH_NAMES for n, name in enumerate(names.split(), 1)} | {"май": 5}

_WORD = r"[^\W\d_]{3,}"
_NAMED_DAY = rf"(?P<d>\d\d?)(?:st|nd|rd|th|\.)?[\s-]+(?:de\s+)?(?P<m>{_WORD})(?:\s+(?:айы|куран|оона|соли|de))?"
_DAY_PATTERNS = (
    re.compile(r"(?<!\d)(?P<y>\d{4})(?P<sep>[-/.]?)(?P<m>\d{2})(?P=sep)(?P<d>\d{2})(?!\d)(?=T|\b|_)"),
    re.compile(r"(?<!\d)(?P<y>\d{4})(?P<sep>[-/.])(?P<m>\d\d?)(?P=sep)(?P<d>\d\d?)(?!\d)"),
    re.compile(rf"(?<![\d:]){_NAMED_DAY}[.,]?[\s-]+(?P<y>\d{{4}}|\d\d)(?![\d:])"),
    # 2025-жылдын 28-майы, 2025 жылғы 28 мамыр, 2025-yil 28-may
    re.compile(rf"(?<!\d)(?P<y>\d{{4}})[\s-]*[жйy][^\W\d_]*\.?,?\s*{_NAMED_DAY}"),
    re.compile(rf"(?P<m>{_WORD})\.?\s+(?P<d>\d\d?)(?:st|nd|rd|th)?,?\s+(?P<y>\d{{4}})(?!\d)"),
    # asctime and date(1): the time is between month and year
    re.compile(rf"(?P<m>{_WORD})\s+(?P<d>\d\d?)\s+(?P<clock>[\d:]+(?:\s+[A-Z]+)?)\s+(?P<y>\d{{4}})(?!\d)"),
    re.compile(r"(?<![\d.])(?P<d>\d\d?)\.(?P<m>\d\d?)\.(?P<y>\d{4}|\d\d)(?![\d.])"),
    re.compile(r"(?<!\d)(?P<d>1[3-9]|2\d|3[01])(?P<sep>[-/])(?P<m>\d\d?)(?P=sep)(?P<y>\d{4})(?!\d)"),
    re.compile(r"(?<!\d)(?P<m>\d\d?)(?P<sep>[-/])(?P<d>1[3-9]|2\d|3[01])(?P=sep)(?P<y>\d{4})(?!\d)"),
)
_UNIX_TIME = re.compile(r"\s*(\d{9,10})(?:\d{3})?\s*", re.ASCII)  # since 1970, or thousandths of them


def _written_date(match: re.Match[str], time_text: str) -> WrittenDate | None:
    month = _month_number(match["m"])
    clock = _TIME_OF_DAY.search(time_text)
    hour, minute, second = _time_of_day(clock) if clock else (0, 0, 0)
    zone = _time_zone(time_text[clock.end() :]) if clock else None
    try:
        year = _year(match["y"])
        if not EARLIEST <= year <= LATEST:
            return None
        midnight = datetime(year, month, int(match["d"]), tzinfo=zone)
        if (hour, minute, second) == (24, 0, 0):  # ISO 8601 allows 24:00 for the end of the day
            return WrittenDate(midnight + timedelta(days=1), has_time=True)
        return WrittenDate(midnight.replace(hour=hour, minute=minute, second=min(second, 59)), clock is not None)
    except ValueError:
        return None


def _month_number(word: str) -> int:
    if word.isdecimal():
        return int(word)
    word = word.lower()
    return _MONTHS.get(word[:4]) or _MONTHS.get(word[:3], 0)


def _year(digits: str) -> int:
    year = int(digits)
    # RFC 2822, 4.3: two digits below 50 belong to this century.
    return year if len(digits) > 2 else year + (2000 if year < 50 else 1900)


# ---- the time and its zone ------------------------------------------------------------------------------------------

_TIME_OF_DAY = re.compile(
    r"(?<!\d)(?P<h>\d{1,2})[:h](?P<min>\d{1,2})(?::(?P<s>\d{1,2})(?:[.,]\d+)?)?(?:\s*(?P<half>[ap])\.?m\b\.?)?"
    r"|(?<=T)(?P<h2>\d{2})(?P<min2>\d{2})(?P<s2>\d{2})?",
    re.IGNORECASE,
)
_OFFSET = re.compile(r"^[\s(]*(?:GMT|UTC|Z)?\s*(?P<sign>[+\-\u2212])(?P<h>\d{1,2}):?(?P<m>\d{2})?(?!\d)", re.IGNORECASE)
_ZONE_NAME = re.compile(r"^[\s(]*([A-Za-z]{1,5})\b")

# Hours from UTC of zone names found in feeds, without names of several zones (IST, AMT) or of changed ones (ALMT).
_ZONES = {
    "Z": 0, "UT": 0, "UTC": 0, "GMT": 0, "WET": 0, "WEST": 1, "BST": 1, "CET": 1, "MET": 1, "MEZ": 1, "CEST": 2,
    "MEST": 2, "MESZ": 2, "EET": 2, "EEST": 3, "MSK": 3, "TRT": 3, "MSD": 4, "SAMT": 4, "AZT": 4, "YEKT": 5, "UZT": 5,
    "TJT": 5, "TMT": 5, "PKT": 5, "KGT": 6, "OMST": 6, "HKT": 8, "SGT": 8, "JST": 9, "KST": 9, "AEST": 10, "AEDT": 11,
    "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "AKST": -9, "HST": -10,
}  # fmt: skip


def _time_of_day(match: re.Match[str]) -> tuple[int, int, int]:
    hour, minute = int(match["h"] or match["h2"]), int(match["min"] or match["min2"])
    if match["half"]:
        hour = hour % 12 + (12 if match["half"].lower() == "p" else 0)
    return hour, minute, int(match["s"] or match["s2"] or 0)


def _time_zone(zone_text: str) -> timezone | None:
    if offset := _OFFSET.match(zone_text):
        offset_size = timedelta(hours=int(offset["h"]), minutes=int(offset["m"] or 0))
        return (
            timezone(-offset_size if offset["sign"] != "+" else offset_size)
            if offset_size < timedelta(hours=24)
            else None
        )
    named = _ZONE_NAME.match(zone_text)
    hours = _ZONES.get(named[1].upper()) if named else None
    return None if hours is None else timezone(timedelta(hours=hours))
