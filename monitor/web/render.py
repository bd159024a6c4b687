"""Pages from templates, in the user's language and the configured time zone. Every value is escaped."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache, cached_property, lru_cache, partial
from http import HTTPStatus
from operator import itemgetter
from typing import Any, Protocol
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale
from babel.dates import format_date, format_datetime, format_skeleton, format_timedelta, get_timezone_location
from babel.lists import format_list
from babel.numbers import format_decimal, format_percent
from fastapi import Request
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse, StreamingResponse

from monitor.app.closed.closed_home import count_waiting
from monitor.app.names.service import NameService
from monitor.config.feeds import parse_interval
from monitor.feeds.health import describe_status
from monitor.i18n import LANGUAGES, catalogue, labels, translate_sentence
from monitor.match import is_country_code
from monitor.messages.content.phrasing import unbroken
from monitor.model import Right
from monitor.model.items.history import last_effective
from monitor.pictures.columns import draw_columns
from monitor.review.decisions import answered_question
from monitor.serialize import utc_text
from monitor.text.differences import differing_parts
from monitor.text.incidents_shown import incidents_above
from monitor.text.lead import lead_article, lead_sentence
from monitor.urls import without_tracking
from monitor.web.assets import asset_url
from monitor.web.item_view import romanise_text
from monitor.web.news import row_sentence

_JOINERS = "\u200c\u200d"  # needed in the spelling of Persian and other languages
_BREAKS = "\n\t"
_CODE_RE = re.compile(r"`([\w:]+(?: [\w:]+)*)`")  # a key of watchlist.yaml, or a command, in a sentence of ours
_CODE = Markup("<code>{}</code>")


def without_invisible(value: object) -> object:
    """Return text without invisible and direction-changing characters, other values unchanged."""
    if not isinstance(value, str) or value.isascii() or value.isprintable():
        return value
    text = "".join(c for c in value if unicodedata.category(c) not in {"Cf", "Cc"} or c in _JOINERS or c in _BREAKS)
    return value.__class__(text)  # Markup stays Markup, so that it is not escaped again


def _with_code(text: str) -> Markup:
    """Return text as markup with words in backticks as code."""
    parts = _CODE_RE.split(text)  # text and code in turn
    return Markup("").join(_CODE.format(part) if place % 2 else part for place, part in enumerate(parts))


_locale = cache(Locale.parse)  # parsing a locale takes as long as formatting a time


def _usual_locale(language: str) -> Locale:
    """Return the locale of dates and lists: British for English, as in "A, B and C"."""
    return _locale("en_GB" if language == "en" else language)


@cache
def environment(language: str) -> Environment:
    """Return the templates of one language, with its messages, numbers and names of languages and countries."""
    templates = Environment(
        loader=PackageLoader("monitor.web"),
        autoescape=True,  # for every file: Jinja's choice by file name would not escape .txt and .svg
        finalize=without_invisible,
        undefined=StrictUndefined,  # a misspelt name fails instead of printing nothing
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    messages, locale = catalogue(language), _locale(language)
    usage = labels.LOCAL_USAGE.get(language, {})
    countries = {**locale.territories, **usage, "XX": messages.gettext(labels.NO_ONE_COUNTRY)}
    choices = sorted(((code, name) for code, name in countries.items() if is_country_code(code)), key=itemgetter(1))
    templates.globals["country_choices"] = choices
    templates.globals["feed_country_choices"] = [("XX", countries["XX"]), *choices]
    templates.globals["language_choices"] = sorted(
        ((code, name) for code, name in {**locale.languages, **usage}.items() if len(code) == 2 and code.islower()),
        key=itemgetter(1),
    )
    # formatting by Babel is slow, and long lists repeat the same numbers
    percent = cache(lambda share: format_percent(share, locale=locale))
    templates.install_gettext_callables(messages.gettext, messages.ngettext, newstyle=True)  # type: ignore[attr-defined]
    templates.globals["_"] = templates.globals["gettext"]  # the extension's own looks that up for each word
    templates.globals |= {"language": language, "languages": LANGUAGES, "say": labels, "asset_url": asset_url}
    used_functions = (
        answered_question, describe_status, differing_parts, draw_columns, incidents_above, last_effective,
        lead_sentence, romanise_text, row_sentence,
    )  # fmt: skip
    templates.globals |= {function.__name__: function for function in used_functions}
    templates.globals["lead_of"] = partial(lead_article, language=language)
    templates.filters |= {
        "with_code": _with_code,
        "unbroken": unbroken,
        "worded": lambda sentence: translate_sentence(sentence, language),
        "number": lru_cache(1000)(lambda n: format_decimal(n, locale=locale)),
        "percent": lambda share: percent(round(share, 2)),
        "and_joined": lambda words: format_list(list(words), locale=_usual_locale(language)),
        "name_in": lambda hit, links: links.name_of(hit),
        "language_name": lambda code, names={**locale.languages, **usage}: names.get(code, code),
        "country_name": lambda code: countries.get(code, code),
        "instant": utc_text,
        # only these schemes: an article's address may be `javascript:`
        "web_link": lambda url: without_tracking(url) if str(url).startswith(("http://", "https://")) else "",
    }
    return templates


def reader_zone(request: Request) -> ZoneInfo:
    """Return the newsroom's time zone, or where it has set none that which the reader's browser has told."""
    zone: ZoneInfo = request.scope["context"].home.settings.timezone
    browser_zone = request.cookies.get("zone", "")
    return ZoneInfo(browser_zone) if zone.key == "UTC" and browser_zone in zone_names() else zone


zone_names = cache(available_timezones)


@lru_cache(100)
def _city(zone: ZoneInfo, locale: Locale) -> str:
    return str(get_timezone_location(zone, locale, True)) if "/" in zone.key else zone.key


class Times:
    """Times formatted in the user's language and time zone."""

    def __init__(self, language: str, zone: ZoneInfo, now: datetime) -> None:
        self.locale, self.zone, self.now = _usual_locale(language), zone, now

    @property
    def place(self) -> str:
        """Return the zone's place in words and its difference from UTC now."""
        city = _city(self.zone, self.locale)
        minutes = round((self.now.astimezone(self.zone).utcoffset() or timedelta()).total_seconds() / 60)
        hours, odd_minutes = divmod(abs(minutes), 60)
        return (
            f"{city} (UTC{'-' if minutes < 0 else '+'}{hours}{f':{odd_minutes:02}' if odd_minutes else ''})"
            if minutes
            else city
        )

    def short(self, at: datetime) -> str:
        """Return day and time, with the year unless it is the current one."""
        local = at.astimezone(self.zone)
        skeleton = "MMMd" if local.year == self.now.astimezone(self.zone).year else "yMMMd"
        return f"{format_skeleton(skeleton, local, locale=self.locale)}, {local:%H:%M}"

    def brief(self, at: datetime) -> str:
        """Return the time of day on the day itself, the day of others: for narrow places, beside `full`."""
        local, today = at.astimezone(self.zone), self.now.astimezone(self.zone).date()
        if local.date() == today:
            return f"{local:%H:%M}"
        return self.day(local.date()) if local.year == today.year else self.date(local.date())

    def days_since(self, at: datetime) -> int:
        """Return the number of midnights since a time; today is 0."""
        return (self.now.astimezone(self.zone).date() - at.astimezone(self.zone).date()).days

    def long_day(self, at: datetime) -> str:
        """Return the day with its weekday, for a heading."""
        return str(format_date(at.astimezone(self.zone), "full", locale=self.locale))

    def full(self, at: datetime) -> str:
        shown = format_datetime(at, "long", tzinfo=self.zone, locale=self.locale)
        return f"{shown} · {at.astimezone(UTC):%H:%M} UTC"

    def dated(self, at: datetime) -> str:
        """Return the day with its year."""
        return str(format_skeleton("yMMMd", at.astimezone(self.zone), locale=self.locale))

    def day(self, day: date) -> str:
        return str(format_skeleton("MMMd", day, locale=self.locale))

    def date(self, day: date) -> str:
        """Return a day with its year."""
        return str(format_skeleton("yMMMd", day, locale=self.locale))

    def clock(self, at: datetime) -> str:
        """Return a time of day in the configured time zone."""
        return f"{at.astimezone(self.zone):%H:%M}"

    def weekday(self, number: int) -> str:
        """Return the name of a day of the week; Monday is 0."""
        return str(self.locale.days["stand-alone"]["wide"][number])

    def span(self, seconds: float) -> str:
        """Return a duration: in seconds below two minutes, then in minutes. Nothing takes no time."""
        return str(format_timedelta(timedelta(seconds=max(round(seconds), 1)), threshold=2, locale=self.locale))

    def every(self, span: timedelta) -> str:
        """Return a duration as it follows “every” and “within”: Russian has the accusative, as after «через»."""
        is_inflected = self.locale.language == "ru"
        words = format_timedelta(
            max(span, timedelta(seconds=1)), threshold=2, add_direction=is_inflected, locale=self.locale
        )
        return str(words).removeprefix("через ")

    def interval(self, interval: str) -> str:
        """Return an interval of feeds.yaml in words."""
        return self.every(parse_interval(interval))

    def ago(self, at: datetime) -> str:
        # a time ahead of the clock is shown as now
        return str(
            format_timedelta(min(at - self.now, timedelta(0)), threshold=1, add_direction=True, locale=self.locale)
        )


def render(request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """Return a page from a template. Templates get the user as `me` and the formatter of times as `times`."""
    html = environment(request.scope["context"].language).get_template(template).render(_values(request, values))
    return HTMLResponse(html, status)


def render_stream(request: Request, template: str, **values: Any) -> StreamingResponse:
    """Return a page that is sent as it is written: its values may be iterators that take their time."""
    page = environment(request.scope["context"].language).get_template(template).generate(_values(request, values))
    # else nginx holds the page back until it is complete
    return StreamingResponse(page, media_type="text/html", headers={"X-Accel-Buffering": "no"})


def links_of(request: Request) -> NameLinks:
    """Return the links to the pages of names, in the watch and the language of a request."""
    context = request.scope["context"]
    return NameLinks(context.names, context.language, context.base)


def _values(request: Request, values: Mapping[str, Any]) -> Mapping[str, Any]:
    context = request.scope["context"]
    now = context.home.clock()
    common = {
        # None on pages for people who are not signed in
        "me": context.user,
        "can": lambda right: context.can(Right(right)),
        "path": request.url.path,
        # the start of the addresses of the watch that is shown
        "base": context.base,
        "closed": context.closed,
        "count_waiting": count_waiting,
        # what the page that led here did
        "said": request.query_params.get("said", ""),
        "autofocus": " autofocus" if _is_answer(request) else "",
        "name_links": links_of(request),
        "times": Times(context.language, reader_zone(request), now),
        # told on every page: an account has no mail address
        "password_links": context.home.people.password_links(context.user.id, now) if context.user else (),
    }
    return {**common, **values}


def _is_answer(request: Request) -> bool:
    """Return whether one of the desk's own pages led here, or the address says what was done or which row to show."""
    return request.headers.get("sec-fetch-site") == "same-origin" or not {"said", "at"}.isdisjoint(request.query_params)


def failure_page(language: str, status: int, incident: str = "") -> HTMLResponse:
    """Return an error page, also for people who are not signed in."""
    explained_status = status if status in labels.HTTP_ERRORS else HTTPStatus.INTERNAL_SERVER_ERROR
    page = environment(language).get_template("failure.html")
    return HTMLResponse(
        page.render(
            me=None, path="", status=status, explanation=labels.HTTP_ERRORS[explained_status], incident=incident
        ),
        status,
    )


class _Hit(Protocol):
    @property
    def entity(self) -> str: ...
    @property
    def name(self) -> str: ...


class NameLinks:
    """Links to the pages of names, for one request; read from the database when a template asks first."""

    def __init__(self, names: NameService, language: str, base: str) -> None:
        self._names, self._language, self._base = names, language, base

    @cached_property
    def _local_names(self) -> Mapping[str, str]:
        return self._names.home.store.watchlists.local_names(self._language)

    @cached_property
    def numbers(self) -> Mapping[str, int]:
        """Return the number of each entity by its id."""
        return self._names.numbers

    def number(self, entity: str) -> int | None:
        return self.numbers.get(entity)

    def path(self, entity: str) -> str:
        """Return the path of an entity's page, empty if there is none for this reader."""
        number = self.numbers.get(entity)
        return f"{self._base}/names/{number}" if number is not None else ""

    def name_of(self, hit: _Hit) -> str:
        """Return the name of a hit in the reader's language, else as it is listed."""
        return self._local_names.get(hit.entity, hit.name)

    def names_of(self, hits: Iterable[_Hit]) -> Mapping[str, str]:
        """Return the names of hits in the reader's language by entity."""
        return {hit.entity: self.name_of(hit) for hit in hits}

    @cached_property
    def names_by_number(self) -> Mapping[int, str]:
        """Return the names that the reader's language has of its own, by number."""
        return {self.numbers[entity]: name for entity, name in self._local_names.items() if entity in self.numbers}
