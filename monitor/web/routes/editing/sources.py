"""The list of sources, and the pages on which operators look for feeds and add them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from fastapi import File, Form, Request, UploadFile
from pydantic import TypeAdapter, ValidationError
from starlette.responses import RedirectResponse, Response

from monitor.app.sources.desk import DeskSources, Row, feed_version, site_url
from monitor.app.sources.search import FeedProbe, feeds_file_row
from monitor.config.feeds import feed_outlet_name, normalize_url
from monitor.config.opml import read_opml, write_opml
from monitor.errors import InputError, StageFailed
from monitor.i18n import labels
from monitor.ingest.tools import stages_apart
from monitor.model import Act, FeedEntry, FeedRecord, Role
from monitor.web.audit import write_audit_line
from monitor.web.filters import parse_number
from monitor.web.queries import sources_of
from monitor.web.render import render, render_stream
from monitor.web.routes.editing.source import (
    SAMPLE_URL,
    Address,
    Short,
    hindrance_of,
    is_usable_proxy,
    is_valid_row,
    reason_of,
    repair_of,
    source_page,
    source_rows_of,
    typed_proxy,
    warning_of,
)
from monitor.web.security import Number, Routes, home_of
from monitor.web.source_list import KINDS, SORTS, SourceView, are_most_catching_up, most_late_since

routes = Routes()
TITLES_SHOWN = 3
FEW_SOURCES = 8  # that need no filters
MAX_CANDIDATES = 900  # Starlette takes a thousand fields of a form


@dataclass(frozen=True, slots=True)
class FoundFeed:
    """A feed that may be added. `hindrance`: why it may not be; `trouble`: why it cannot be read; `warning`: a risk."""

    row: Row
    title: str = ""
    count: int = 0
    newest: datetime | None = None
    entries: Sequence[FeedEntry] = ()
    trouble: str = ""
    hindrance: str = ""
    warning: str = ""

    @property
    def value(self) -> str:
        """The row as JSON, for the form."""
        return json.dumps(self.row, ensure_ascii=False)


_ROW = TypeAdapter(dict[Literal["url", "outlet", "language", "country"], str])  # no proxy: its address is checked


# ---- the list -------------------------------------------------------------------------------------------------------


@routes.page("/sources", Role.READER)
def sources(request: Request) -> Response:
    return _list_page(request)


@routes.page("/sources/days", Role.READER)
def sources_by_day(request: Request) -> Response:
    """Show the figures behind the bars of the list: each source with its last days."""
    view = SourceView.from_query(request.query_params)
    return render(request, "sources-days.html", rows=view.arranged(source_rows_of(request)), view=view)


def _list_page(request: Request, status: int = 200, error: str = "", url: str = "") -> Response:
    query = request.query_params
    rows, view = source_rows_of(request), SourceView.from_query(query)
    feeds = [row.health.state.feed for row in rows]
    return render(
        request,
        "sources.html",
        status,
        rows=view.arranged(rows),
        total=len(rows),
        view=view,
        sorts=SORTS,
        kinds={kind: sum(row.is_of(kind) for row in rows) for kind in KINDS},
        kind_names=KINDS,
        troubled={
            kind: [row.health.state.feed.outlet for row in SourceView().arranged(rows) if row.kind == kind]
            for kind in ("bad", "warn", "few")
        },
        few_sources=FEW_SOURCES,
        is_counted=any(row.days for row in rows),  # else no reading was a day ago, and there is nothing to compare
        repair_of=repair_of,
        languages=sorted({feed.language for feed in feeds} - {""}),
        countries=sorted({feed.country for feed in feeds} - {""}),
        next_run=sources_of(request).next_run(),
        are_most_catching_up=are_most_catching_up(rows),
        most_late=most_late_since(rows, home_of(request).clock()),
        wrong=error,
        url=url,
        number=parse_number(query.get("n", "")) or 0,
    )


# ---- adding ---------------------------------------------------------------------------------------------------------


@routes.page("/sources/look", Role.OPERATOR, "POST")
def look_for_feeds(
    request: Request, url: Address = "", proxy: Short = "", source: Annotated[Number | None, Form()] = None
) -> Response:
    """Show the feeds of a site while they are requested; for a source, as its possible new addresses."""
    keeper = sources_of(request)
    record = keeper.feed(source) if source else None
    address = site_url(url)
    error = "" if address else labels.BAD_ADDRESS
    proxy = typed_proxy(record, proxy) if record else ""
    if not error and not is_usable_proxy(keeper, proxy):
        error = labels.BAD_PROXY
    if error:
        return (
            source_page(request, record, 400, error, {"url": url, "proxy": proxy})
            if record
            else _list_page(request, 400, error, url)
        )
    write_audit_line(request, Act.ASKED_SITE, subject=source)
    return render_stream(
        request,
        "sources-found.html",
        candidates=_candidates(keeper, keeper.probe_site(address, proxy), address, record),
        address=address,
        outlet=feed_outlet_name(address),
        record=record,
        version=feed_version(record.feed) if record else "",
        from_file=False,
        left_out=0,
    )


def _candidates(
    keeper: DeskSources, probes: Iterable[FeedProbe], site: str, record: FeedRecord | None
) -> Iterator[FoundFeed]:
    feeds = keeper.home.store.feeds.listed()
    listed_urls = {normalize_url(feed.url) for feed in feeds}
    present_url = normalize_url(record.feed.url) if record else ""
    for index, probe in enumerate(probes):
        # The first one may be the home page of the site, which is not a feed and not worth a line.
        if index == 0 and probe.parsed.html and record is None:
            continue
        hindrance = "" if probe.trouble else hindrance_of(probe.url, listed_urls)
        if hindrance and normalize_url(probe.url) == present_url:
            hindrance = labels.PRESENT_ADDRESS
        yield FoundFeed(
            feeds_file_row(probe, site, feeds),
            probe.parsed.title,
            len(probe.parsed.entries),
            probe.newest,
            probe.parsed.entries[:TITLES_SHOWN],
            probe.trouble,
            hindrance,
            warning_of(keeper, probe.url),
        )


@routes.page("/sources/opml", Role.OPERATOR, "POST")
def opml(request: Request, file: Annotated[UploadFile, File()]) -> Response:
    """Show the feeds of an OPML file, to choose from."""
    keeper = sources_of(request)
    try:
        with stages_apart(keeper.home.make_sandbox) as run:
            rows = run(read_opml, file.file.read())
    except StageFailed:
        rows = None
    if rows is None:
        return _list_page(request, 400, labels.NOT_OPML)
    listed_urls = {normalize_url(feed.url) for feed in keeper.home.store.feeds.listed()}
    candidates = []
    for row in rows[:MAX_CANDIDATES]:
        # An invalid language or country of another program is left out rather than the feed.
        valid = {key: value for key, value in row.items() if is_valid_row({"url": SAMPLE_URL} | {key: value})}
        hindrance = hindrance_of(row["url"], listed_urls) if "url" in valid else labels.BAD_ADDRESS
        warning = warning_of(keeper, row["url"])
        outlet = row.get("outlet", "")
        candidates.append(FoundFeed({"url": row["url"]} | valid, outlet, hindrance=hindrance, warning=warning))
    return render(
        request,
        "sources-found.html",
        candidates=candidates,
        address="",
        outlet="",
        record=None,
        version="",
        from_file=True,
        left_out=len(rows) - len(candidates),
    )


@routes.page("/sources/add", Role.OPERATOR, "POST")
def add(
    request: Request,
    row: Annotated[list[str], Form()] = [],  # noqa: B006 - FastAPI copies it
    outlet: Short = "",
    country: Short = "",
) -> Response:
    """Add the chosen feeds; `outlet` and `country` are those of a whole site."""
    overrides = {"outlet": " ".join(outlet.split()), "country": country.strip().upper()}
    rows: list[Row] = []
    for text in row[:MAX_CANDIDATES]:
        # Our own form sends valid rows; one that somebody has altered is left out.
        with suppress(ValidationError):
            rows.append(_ROW.validate_json(text) | {key: value for key, value in overrides.items() if value})
    if any(not is_valid_row(chosen_row) for chosen_row in rows):
        return _list_page(request, 400, labels.BAD_CODE)
    keeper = sources_of(request)
    try:
        added = keeper.add(rows)
    except InputError as error:
        return _list_page(request, 400, reason_of(keeper, error))
    if added.rows:
        write_audit_line(request, Act.CHANGED_SOURCES, detail=f"added {len(added.rows)}")
    return RedirectResponse(f"/sources?said=added&n={len(added.rows)}&state=new", 303)


@routes.page("/sources/opml", Role.OPERATOR)
def export(request: Request) -> Response:
    write_audit_line(request, Act.EXPORTED, detail="opml")
    return Response(
        write_opml(home_of(request).store.feeds.listed()),
        media_type="text/x-opml",
        headers={"Content-Disposition": 'attachment; filename="sources.opml"'},
    )
