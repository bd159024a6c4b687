"""The pages of the watched names: the list, and one name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from typing import Annotated
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton
from fastapi import Form, Request
from starlette.responses import Response

from monitor.app.names.service import NamePage
from monitor.app.reading_now import reading_status
from monitor.app.recipients_file import AlertChoice, RecipientsFile
from monitor.groups import group_values
from monitor.i18n import labels
from monitor.match import ListWarning
from monitor.messages.content.reports.name_report import FATES
from monitor.model import Entity, ItemMention, ReviewItem, Right, Role, Verdict, Window
from monitor.pictures.bars import (
    MOST_OUTLETS,
    Bar,
    Fate,
    bar_time,
    draw_bars,
    draw_signs,
    fate_in_picture,
    make_bars,
    naming_articles,
    outlet_rows,
    sign_rows,
)
from monitor.review.feedback import Precision
from monitor.text.lead import first_told, told_at
from monitor.web.filters import parse_number
from monitor.web.item_view import doubt_of
from monitor.web.queries import searches_of, sources_of
from monitor.web.reaches import reaches_of
from monitor.web.render import reader_zone, render
from monitor.web.routes.statistics import PRECISION_DAYS, precision_by_entity
from monitor.web.security import Number, Routes, home_of, names_of, redirect, request_context

routes = Routes()
PAGE_SIZE = 300
MAX_WORDS = 100
STORIES_WINDOW = timedelta(days=30)
MAX_VERSIONS = 20  # shown below the list
MIN_PICTURE, MAX_PICTURE = timedelta(days=14), timedelta(days=365)  # spans of the picture of a name
FIELDS = tuple(name for name in labels.ENTITY_FIELDS if name != "entity")


@dataclass(frozen=True, slots=True)
class NameRow:
    """A line of the list of names."""

    number: int
    entity: Entity
    name: str
    stories: int
    precision: Precision | None
    warnings: Sequence[ListWarning]
    is_watched_today: bool


# ---- the list -------------------------------------------------------------------------------------------------------


@routes.page("/names", Role.READER)
def name_list(request: Request) -> Response:
    return show_list(request)


def show_list(request: Request, problems: Sequence[str] = (), status: int = 200) -> Response:
    query = request.query_params
    number = query.get("q", "")
    words = searches_of(request).load(request_context(request).signed_in_user.id, number)
    order = query.get("by", "") if query.get("by", "") in _ORDERS else "name"
    page = parse_number(query.get("page", ""), digits=4) or 1
    rows = sorted(_rows(request), key=_ORDERS[order])
    matching = [row for row in rows if _holds(row.entity, words)] if words else rows
    may_see_versions = request_context(request).can(Right.EDIT_LISTS)
    versions = names_of(request).versions(limit=MAX_VERSIONS) if may_see_versions else ()
    return render(
        request,
        "names.html",
        status,
        problems=problems,
        rows=matching[(page - 1) * PAGE_SIZE :][:PAGE_SIZE],
        total=len(matching),
        page=page,
        has_next_page=len(matching) > page * PAGE_SIZE,
        words=words,
        search=number if words else "",
        order=order,
        versions=versions,
        taken_back=names_of(request).taken_back(versions),
        saved=parse_number(query.get("saved", "")) or 0,
        next_reading=sources_of(request).next_run(),
        version=query.get("version", "") if query.get("version", "").isdigit() else "",
        precision_days=PRECISION_DAYS,
        today=home_of(request).today(),
        reading=reading_status(home_of(request).settings),
        withdrawn=parse_number(query.get("withdrawn", "")) or 0,
    )


@routes.page("/names", Role.READER, "POST")
def search_names(request: Request, words: Annotated[str, Form(max_length=MAX_WORDS)] = "") -> Response:
    """Redirect to the names that hold these words; the address has their number, never the words."""
    words = " ".join(words.split())
    if not words:
        return redirect(request, "/names")
    number = searches_of(request).save(request_context(request).signed_in_user.id, words)
    return redirect(request, f"/names?q={number}")


def _rows(request: Request) -> list[NameRow]:
    home, names = home_of(request), names_of(request)
    numbers, today = names.numbers, home.today()
    stories = home.store.statistics.stories_by_entity(home.clock() - STORIES_WINDOW)
    warnings = group_values((warning.entity, warning) for warning in names.warnings())
    decisions = home.store.statistics.decisions(home.clock() - timedelta(days=PRECISION_DAYS))
    precisions = precision_by_entity(decisions)
    language = request_context(request).language
    return [
        NameRow(
            number := numbers[entity.id],
            entity,
            entity.name_in(language),
            stories.get(number, 0),
            precisions.get(number),
            warnings.get(entity.id, ()),
            entity.is_watched_on(today),
        )
        for entity in names.entities
    ]


def _share(row: NameRow) -> float:
    # Names that nobody has judged come last; a share is 1 at most.
    return row.precision.bounds[0] if row.precision else 2.0


_ORDERS = {
    "name": lambda row: row.name.casefold(),
    "stories": lambda row: (-row.stories, row.name.casefold()),
    "right": lambda row: (_share(row), row.name.casefold()),
    "warnings": lambda row: (-len(row.warnings), row.name.casefold()),
}


def _holds(entity: Entity, words: str) -> bool:
    texts = " ".join((*entity.spellings, *entity.handles)).casefold()
    return all(word in texts for word in words.casefold().split())


# ---- one name -------------------------------------------------------------------------------------------------------


@routes.page("/names/{number}", Role.READER)
def name_page(request: Request, number: Number) -> Response:
    return show_name(request, number)


def show_name(request: Request, number: int, problems: Sequence[str] = (), status: int = 200) -> Response:
    names, context = names_of(request), request_context(request)
    page = names.page(number)
    page = replace(page, items=sorted(page.items, key=first_told, reverse=True))
    entity, zone = page.entity.id, reader_zone(request)
    # The newest day first; of one day those first that nobody has reviewed.
    fates = {item.id: fate_in_picture(item, entity) for item in page.items}
    stories = sorted(
        page.items,
        key=lambda item: (first_told(item).astimezone(zone).date(), fates[item.id] is Fate.UNDECIDED),
        reverse=True,
    )
    readers = _alert_readers(request, page.entity) if context.can(Right.EDIT_LISTS) else ()
    bars = _bars(request, page)
    days = tuple(_label_below(request, bars, place) for place in range(len(bars)))
    return render(
        request,
        "name.html",
        status,
        page=page,
        alert_readers=readers,
        reaches=reaches_of(request, readers),
        latest=_latest_deed(page),
        watched_since=_watched_since(page, zone),
        noted_on=_noted_on(page, zone),
        taken_back=names.taken_back(page.versions),
        today=home_of(request).today(),
        withdrawn=parse_number(request.query_params.get("withdrawn", "")) or 0,
        next_reading=sources_of(request).next_run(),
        problems=problems,
        fields_of=changed_fields,
        sure_stories=[item for item in stories if fates[item.id] is not Fate.POSSIBLE],
        open_stories=[item for item in stories if fates[item.id] is Fate.POSSIBLE],
        doubt_of=doubt_of,
        bars=bars,
        is_picture=sum(not bar.is_empty for bar in bars) > 2,  # words tell a bar or two better
        fates=FATES,
        fate_of=fate_in_picture,
        first_told=first_told,
        picture=partial(draw_bars, bars, days=days),
        sign_rows=sign_rows(bars),
        draw_signs=draw_signs,
        outlets=outlet_rows(naming_articles(page.items, entity), bars, zone) if bars else (),
        most_outlets=MOST_OUTLETS,
    )


def _latest_deed(page: NamePage) -> tuple[ReviewItem, ItemMention] | None:
    """Return the newest story that says what was done to a name, and what was done; None if no such story stands."""
    for item in page.items:
        hits = [hit for hit in item.hits if hit.entity == page.entity.id]
        if Verdict.NOT_RELEVANT in {item.verdict, *(hit.verdict for hit in hits)}:
            continue
        for incident in item.incidents:
            if any(victim.entity == page.entity.id for victim in incident.victims):
                return item, incident
    return None


def _watched_since(page: NamePage, zone: ZoneInfo) -> date | None:
    """Return the day on which a name was last added to the list; None where its kept history does not tell."""
    return _day_of_edit(page, zone, lambda old, new: not old)


def _noted_on(page: NamePage, zone: ZoneInfo) -> date | None:
    """Return the day since which a name has its note; None where its kept history does not tell."""
    return _day_of_edit(page, zone, lambda old, new: (old.note if old else "") != new.note)


def _day_of_edit(page: NamePage, zone: ZoneInfo, is_meant: Callable[[Entity | None, Entity], bool]) -> date | None:
    edits = ((version.at, old, new) for version in page.versions for old, new in version.change.edits)
    times = [at for at, old, new in edits if new and new.id == page.entity.id and is_meant(old, new)]
    return max(times).astimezone(zone).date() if times else None


def _alert_readers(request: Request, entity: Entity) -> Sequence[AlertChoice]:
    """Return the recipients who are told at once of a name, as far as this user may see who they are."""
    context = request_context(request)
    settings = context.home.settings
    is_urgent = entity.is_told_at_once(all_people=settings.urgent == "people")
    choices = RecipientsFile(settings.home).alert_choices(
        entity.id, closed=bool(context.base), with_addresses=context.can(Right.ADMINISTER)
    )
    return [one for one in choices if one.label and (one.is_chosen or (one.is_urgent and is_urgent))]


def _bars(request: Request, page: NamePage) -> tuple[Bar, ...]:
    """Return the days or weeks since the first story about a name, of twelve months at most; () where there is none."""
    if not page.items:
        return ()
    now = home_of(request).clock()
    stories = [(item, min(item.articles, key=told_at), fate_in_picture(item, page.entity.id)) for item in page.items]
    first = min(told_at(article) for _, article, _ in stories)
    since = max(min(first, now - MIN_PICTURE), now - MAX_PICTURE)
    window = Window(since, now)
    timed = [(item, bar_time(article, window), fate) for item, article, fate in stories]
    return make_bars(timed, window, reader_zone(request), page.entity.id)


def _label_below(request: Request, bars: Sequence[Bar], place: int) -> str:
    """Return the day below each seventh of days, the month below the first of its weeks, "" below the others."""
    day = bars[place].first_day
    locale = "en_GB" if request_context(request).language == "en" else request_context(request).language
    if bars[1].first_day - bars[0].first_day == timedelta(days=1):
        return str(format_skeleton("MMMd", day, locale=locale)) if place % 7 == 0 else ""
    if place == 0 or bars[place - 1].first_day.month == day.month:
        return ""
    return str(format_skeleton("MMM", day, locale=locale))


def changed_fields(old: Entity | None, new: Entity | None) -> Sequence[tuple[str, object, object]]:
    """Return (field, before, after) of each field that an edit of an entity changed."""
    if old is None or new is None:
        return ()
    pairs = ((name, getattr(old, name), getattr(new, name)) for name in FIELDS)
    return [(name, before, after) for name, before, after in pairs if before != after]
