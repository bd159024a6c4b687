"""Pages: templates in the reader's language, with times in the reader's zone. Every value is escaped."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from http import HTTPStatus
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_datetime, format_skeleton, format_timedelta
from babel.numbers import format_decimal, format_percent
from fastapi import Request
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse

from monitor.i18n import LANGUAGES, catalogue, labels, worded
from monitor.serialize import instant
from monitor.web.assets import asset_url

_JOINERS = "\u200c\u200d"  # belong to Persian and other spelling
_BREAKS = "\n\t"


def visible(value: object) -> object:
    """Text without the characters that hide or turn what stands on the page."""
    if not isinstance(value, str) or value.isascii() or value.isprintable():
        return value
    kept = "".join(c for c in value if unicodedata.category(c) not in {"Cf", "Cc"} or c in _JOINERS or c in _BREAKS)
    return value.__class__(kept)  # what is markup already stays markup


_locale = cache(Locale.parse)  # to read its name again for each time takes as long as to say the time


@cache
def environment(language: str) -> Environment:
    made = Environment(
        loader=PackageLoader("monitor.web"),
        autoescape=True,  # always: by file name Jinja would leave .txt and .svg as they are
        finalize=visible,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    words, locale = catalogue(language), _locale(language)
    percent = cache(lambda share: format_percent(share, locale=locale))
    made.install_gettext_callables(words.gettext, words.ngettext, newstyle=True)  # type: ignore[attr-defined]
    made.globals |= {"language": language, "languages": LANGUAGES, "say": labels, "asset_url": asset_url}
    made.filters |= {
        "worded": lambda sentence: worded(sentence, language),
        "number": lru_cache(1000)(lambda n: format_decimal(n, locale=locale)),
        "percent": lambda share: percent(round(share, 2)),
        "language_name": lambda code, names=locale.languages: names.get(code, code),
        "country_name": lambda code, names=locale.territories: names.get(code, code),
        "instant": instant,
        "web_link": lambda url: url if str(url).startswith(("http://", "https://")) else "",
    }
    return made


class Times:
    """How times are said: in the reader's language and zone."""

    def __init__(self, language: str, zone: ZoneInfo, now: datetime) -> None:
        self.locale, self.zone, self.now = _locale("en_GB" if language == "en" else language), zone, now

    def short(self, at: datetime) -> str:
        """Day and clock; the year where it is another one."""
        local = at.astimezone(self.zone)
        skeleton = "MMMd" if local.year == self.now.astimezone(self.zone).year else "yMMMd"
        return f"{format_skeleton(skeleton, local, locale=self.locale)}, {local:%H:%M}"

    def full(self, at: datetime) -> str:
        shown = format_datetime(at, "long", tzinfo=self.zone, locale=self.locale)
        return f"{shown} · {at.astimezone(UTC):%H:%M} UTC"

    def day(self, day: date) -> str:
        return str(format_skeleton("MMMd", day, locale=self.locale))

    def span(self, seconds: float) -> str:
        """How long: in seconds under two minutes, then in minutes."""
        return str(format_timedelta(timedelta(seconds=round(seconds)), threshold=2, locale=self.locale))

    def ago(self, at: datetime) -> str:
        return str(format_timedelta(min(at - self.now, timedelta(0)), add_direction=True, locale=self.locale))


def render(request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """One page. Templates find the visitor as `me`, the times as `times`."""
    visitor, app = request.scope["visitor"], request.app.state.monitor
    common: Mapping[str, Any] = {
        "me": visitor.known,
        "path": request.url.path,
        "times": Times(visitor.language, app.settings.timezone, app.clock()),
    }
    html = environment(visitor.language).get_template(template).render({**common, **values})
    return HTMLResponse(html, status)


def failure(language: str, status: int, incident: str = "") -> HTMLResponse:
    """A page that says what went wrong, to somebody who may not be signed in."""
    what = status if status in labels.FAILURES else HTTPStatus.INTERNAL_SERVER_ERROR
    page = environment(language).get_template("failure.html")
    return HTMLResponse(
        page.render(me=None, path="", status=status, what=labels.FAILURES[what], incident=incident), status
    )
