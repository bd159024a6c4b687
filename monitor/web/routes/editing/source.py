"""The page of one source, where operators edit, test, pause, read and remove it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median_low
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Form, HTTPException, Request
from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from monitor.app.reading_now import ReadingStatus, reading_status
from monitor.app.sources.desk import DeskSources, feed_version
from monitor.app.upkeep.health import feed_health
from monitor.config.feeds import FeedForm, format_interval, normalize_url
from monitor.errors import ChangedMeanwhile, InputError, Problem
from monitor.feeds.health import Health
from monitor.feeds.schedule import pace_of
from monitor.i18n import labels
from monitor.model import Act, FeedRecord, FeedStatus, Role
from monitor.store import Store
from monitor.urls import is_web_url, resolve_link
from monitor.web.audit import write_audit_line
from monitor.web.queries import sources_of
from monitor.web.render import reader_zone, render
from monitor.web.security import Number, Routes, home_of
from monitor.web.source_list import SourceRow, source_rows

routes = Routes()
Address = Annotated[str, Form(max_length=2_100)]
Short = Annotated[str, Form(max_length=200)]
INTERVALS = ("15m", "30m", "1h", "2h", "4h", "12h", "1d", "7d")
SIBLINGS_SHOWN = 5
SAMPLE_URL = "https://a.example/"  # for checking the other values of a row
_HIDDEN = "•••"  # in the place of a password
# The repairs that the page of a source offers beside testing it.
_NEEDS_ADDRESS = {FeedStatus.GONE, FeedStatus.NOT_FOUND, FeedStatus.HTML, FeedStatus.UNPARSABLE, FeedStatus.EMPTY}
_NEEDS_ADDRESS |= {FeedStatus.SILENT, FeedStatus.FORBIDDEN_ADDRESS, FeedStatus.TOO_LARGE}
_NEEDS_PROXY = {FeedStatus.REFUSED, FeedStatus.UNREACHABLE, FeedStatus.TLS}
_NEEDS_INTERVAL = {FeedStatus.THROTTLED, FeedStatus.OVERFLOWING}


def source_rows_of(request: Request) -> list[SourceRow]:
    home, now = home_of(request), home_of(request).clock()
    figures = home.store.statistics
    days, of_runs, newest = figures.entries_per_day(now), figures.days_of_runs(now), figures.newest_entries()
    return source_rows(feed_health(home), days, of_runs, now, newest)


@routes.page("/sources/{number}", Role.OPERATOR)
def source(request: Request, number: Number) -> Response:
    return source_page(request, sources_of(request).feed(number))


def source_page(
    request: Request,
    record: FeedRecord,
    status: int = 200,
    error: str = "",
    typed: Mapping[str, str] = {},
) -> Response:
    home, query = home_of(request), request.query_params
    row = next(row for row in source_rows_of(request) if row.health.state.number == record.number)
    feed, stored = record.feed, _written(record)
    last_visit = int(record.last_visit.timestamp()) if record.last_visit else 0
    # The feed was not visited since the reading was started from this page.
    is_awaited = query.get("since", "") == str(last_visit) and not feed.paused
    has_failed = is_awaited and reading_status(home.settings) is ReadingStatus.FAILED
    return render(
        request,
        "source.html",
        status,
        row=row,
        fields={**stored, "proxy": shown_proxy(feed.proxy), **typed},
        version=typed.get("version") or feed_version(feed),
        intervals=list(dict.fromkeys([*filter(None, [stored["interval"]]), *INTERVALS])),
        site=resolve_link(feed.url, "/"),
        repairs=_repairs(row.health),
        repair=repair_of(row),
        is_picture=sum(bool(day.count) for day in row.picture) > 2,
        is_awaited=is_awaited and not has_failed,
        has_failed=has_failed,
        next_run=sources_of(request).next_run(),
        pace=pace_of(record, home.clock(), reader_zone(request)),
        wait=_median_wait(home.store, record, home.clock()),
        siblings=_waits_of_siblings(home.store, record, home.clock()),
        last_visit=last_visit,
        wrong=error,
        warning=warning_of(sources_of(request), feed.url),
    )


def _median_wait(store: Store, record: FeedRecord, now: datetime) -> timedelta | None:
    """Return how long half of a feed's articles of the last week took from their publication; None without any."""
    waits = store.statistics.waits(now, record.number)
    return median_low(waits) if waits else None


def _waits_of_siblings(store: Store, record: FeedRecord, now: datetime) -> Sequence[tuple[FeedRecord, timedelta]]:
    """Return the waits of other feeds of a feed's outlet, such as its news sitemap; a page has room for some."""
    of_outlet = [state for state in store.feeds.states() if state.feed.outlet == record.feed.outlet]
    siblings = [state for state in of_outlet if state.number != record.number][:SIBLINGS_SHOWN]
    return [(state, wait) for state in siblings if (wait := _median_wait(store, state, now)) is not None]


@dataclass(frozen=True, slots=True)
class Repair:
    """The advised repair of a source: its kind, and the address and the proxy by which another address is sought."""

    kind: str
    url: str
    proxy: str


def repair_of(row: SourceRow) -> Repair:
    """Return the first of the repairs to offer; without any its kind is empty.

    Without an address of a proxy there is nothing to press yet: `site`, whether the site opens, is seen at once.
    """
    repairs, feed = _repairs(row.health), row.health.state.feed
    kind = next((kind for kind in ("moved", "address", "proxy", "interval") if kind in repairs), "")
    url = resolve_link(feed.url, "/")
    return Repair(
        "site" if kind == "proxy" and not feed.proxy and is_web_url(url) else kind, url, shown_proxy(feed.proxy)
    )


def _repairs(health: Health) -> set[str]:
    """Return which repairs to offer: `moved`, `address`, `proxy`, `interval`."""
    repairs = {
        "moved": bool(health.state.moved_to),
        "address": health.status in _NEEDS_ADDRESS,
        "proxy": health.status in _NEEDS_PROXY,
        "interval": health.status in _NEEDS_INTERVAL,
    }
    return {repair for repair, is_offered in repairs.items() if is_offered}


@routes.page("/sources/{number}/edit", Role.OPERATOR, "POST")
def edit(  # noqa: PLR0917 - a form
    request: Request,
    number: Number,
    version: Short = "",
    url: Address = "",
    outlet: Short = "",
    language: Short = "",
    country: Short = "",
    interval: Short = "",
    proxy: Short = "",
) -> Response:
    """Change a source; an empty field takes its value out of feeds.yaml."""
    record = sources_of(request).feed(number)
    typed = {"url": url, "outlet": outlet, "language": language, "country": country.upper(), "interval": interval}
    values = {key: " ".join(text.split()) for key, text in typed.items()}
    return _save(request, record, {**values, "proxy": typed_proxy(record, proxy)}, version)


@routes.page("/sources/{number}/address", Role.OPERATOR, "POST")
def change_address(request: Request, number: Number, version: Short = "", url: Address = "") -> Response:
    return _save(request, sources_of(request).feed(number), {"url": url}, version)


def _save(request: Request, record: FeedRecord, values: Mapping[str, str], version: str) -> Response:
    """Write the values that differ, or show the page again with the reason why not."""
    keeper, written = sources_of(request), _written(record)
    changed = {key: value for key, value in values.items() if value != written[key]}
    error, status = _refusal(keeper, record, changed), 400
    if not error and changed:
        try:
            keeper.file.change(record.feed.id, changed, home_of(request).clock(), version)
        except ChangedMeanwhile:
            # What was typed belongs to an older row: the page shows the present one.
            error, status, values = labels.CHANGED_MEANWHILE, 409, {}
        except InputError as problem:
            error = reason_of(keeper, problem)
    if error:
        # The version stays that of the page that was filled in, unless it is shown as it is now.
        typed = {**values, "proxy": shown_proxy(values.get("proxy", record.feed.proxy)), "version": version}
        return source_page(request, keeper.feed(record.number), status, error, typed if values else {})
    if changed:
        write_audit_line(request, Act.CHANGED_SOURCES, subject=record.number, detail=" ".join(sorted(changed)))
    return RedirectResponse(f"/sources/{record.number}?said=saved", 303)


def _written(record: FeedRecord) -> Mapping[str, str]:
    feed = record.feed
    interval = format_interval(feed.interval) if feed.interval else ""
    return {
        "url": feed.url,
        "outlet": feed.outlet,
        "language": feed.language,
        "country": feed.country,
        "interval": interval,
        "proxy": feed.proxy,
    }


def _refusal(keeper: DeskSources, record: FeedRecord, changed: Mapping[str, str]) -> str:
    """Return why these values are not accepted, or an empty string."""
    url = changed.get("url", record.feed.url)
    other_feeds = (feed for feed in keeper.home.store.feeds.listed() if feed.id != record.feed.id)
    if not is_valid_row({"url": url}):
        return labels.BAD_ADDRESS
    if "url" in changed and (hindrance := hindrance_of(url, {normalize_url(feed.url) for feed in other_feeds})):
        return hindrance
    if not is_usable_proxy(keeper, changed.get("proxy", "")):
        return labels.BAD_PROXY
    codes = {key: value for key, value in changed.items() if key not in {"url", "proxy"} and value}
    return "" if is_valid_row({"url": SAMPLE_URL} | codes) else labels.BAD_CODE


@routes.page("/sources/{number}/pause", Role.OPERATOR, "POST")
def pause(request: Request, number: Number, paused: Short = "") -> Response:
    keeper = sources_of(request)
    record = keeper.feed(number)
    try:
        keeper.file.change(record.feed.id, {"paused": bool(paused)}, home_of(request).clock())
    except InputError as error:
        return source_page(request, record, 400, reason_of(keeper, error))
    write_audit_line(request, Act.CHANGED_SOURCES, subject=number, detail="paused" if paused else "resumed")
    return RedirectResponse(f"/sources/{number}?said={'paused' if paused else 'resumed'}", 303)


@routes.page("/sources/{number}/read", Role.OPERATOR, "POST")
def read(request: Request, number: Number) -> Response:
    """Start a reading of the source, and show its progress."""
    keeper = sources_of(request)
    record = keeper.feed(number)
    if record.feed.paused:
        raise HTTPException(400)
    keeper.read_now(number)
    write_audit_line(request, Act.CHANGED_SOURCES, subject=number, detail="read")
    last_visit = int(record.last_visit.timestamp()) if record.last_visit else 0
    return RedirectResponse(f"/sources/{number}?said=reading&since={last_visit}", 303)


@routes.page("/sources/{number}/remove", Role.OPERATOR, "POST")
def remove(request: Request, number: Number) -> Response:
    keeper = sources_of(request)
    record = keeper.feed(number)
    try:
        keeper.file.remove(record.feed.id, home_of(request).clock())
    except InputError as error:
        return source_page(request, record, 400, reason_of(keeper, error))
    write_audit_line(request, Act.CHANGED_SOURCES, subject=number, detail="removed")
    return RedirectResponse(f"/sources?said=removed&n={number}", 303)


@routes.page("/sources/put-back", Role.OPERATOR, "POST")
def put_back(request: Request, source: Annotated[Number, Form()]) -> Response:
    """Take a removal back."""
    if sources_of(request).put_back(source) is None:
        return RedirectResponse("/sources", 303)
    write_audit_line(request, Act.CHANGED_SOURCES, subject=source, detail="put back")
    return RedirectResponse(f"/sources/{source}?said=back", 303)


# ---- checks of what was typed ----------------------------------------------------------------------------------------


def is_valid_row(row: Mapping[str, str]) -> bool:
    try:
        FeedForm.model_validate(row)
    except ValidationError:
        return False
    return True


def is_usable_proxy(keeper: DeskSources, proxy: str) -> bool:
    """Return True for an empty text, and for the address of a proxy that may be asked."""
    return not proxy or (is_valid_row({"url": SAMPLE_URL, "proxy": proxy}) and keeper.is_allowed_proxy(proxy))


def hindrance_of(url: str, listed_urls: Collection[str]) -> str:
    return labels.LISTED_ALREADY if normalize_url(url) in listed_urls else ""


def warning_of(keeper: DeskSources, url: str) -> str:
    return labels.REVEALING if keeper.reveals_watched_name(url) else ""


def shown_proxy(proxy: str) -> str:
    """Return a proxy's address without its password."""
    parts = urlsplit(proxy)
    return proxy.replace(f":{parts.password}@", f":{_HIDDEN}@", 1) if parts.password else proxy


def typed_proxy(record: FeedRecord, text: str) -> str:
    """Return the proxy that was typed; the stored one if the field still shows it without its password."""
    text = text.strip()
    return record.feed.proxy if text == shown_proxy(record.feed.proxy) else text


def reason_of(keeper: DeskSources, error: InputError) -> str:
    """Return what is wrong with feeds.yaml without the path of the file."""
    problem, path = error.problems[0], keeper.file.path
    if isinstance(problem, Problem):
        return f"{path.name}:{problem.line}: {problem.wrong}; {problem.todo}"
    return problem.replace(str(path), path.name)
