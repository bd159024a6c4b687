"""The recipients of messages, and what was delivered to them: for administrators."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import Form, HTTPException, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from monitor.app.reach import next_message_by_mark, reach_by_mark
from monitor.app.recipients_file import RecipientsFile, address_mark, way_of
from monitor.config.channel_settings import channel_settings
from monitor.config.channels import CHANNELS
from monitor.config.recipients import WEEKDAYS, Row, faults_of_row
from monitor.errors import ChangedMeanwhile, InputError, MonitorError
from monitor.model import (
    CLOSED_ID,
    Act,
    Code,
    DeliveryRecord,
    Message,
    MessageKind,
    Reach,
    ReachState,
    Recipient,
    RecipientList,
    Role,
    code_of,
)
from monitor.web.audit import write_audit_line
from monitor.web.forms.recipient_form import (
    LISTS_OF_NAMES,
    MAX_LENGTH,
    Fields,
    as_cleared_as_before,
    faults_by_field,
    fields_of,
    hidden_ids,
    missing_parts,
    row_of,
    typed_fields,
)
from monitor.web.queries import drop_draft, form_draft_of
from monitor.web.render import Times, environment, render
from monitor.web.security import Number, Routes, home_of, publisher_of, request_context

routes = Routes()
DELIVERIES_SHOWN = 100
MESSAGES_SHOWN = 6  # beside the form of a recipient
LATE = timedelta(hours=1)  # after its time; a digest that comes later says so
TROUBLES = tuple(state for state in ReachState if state not in {ReachState.QUIET, ReachState.REACHED})
STUCK = timedelta(hours=2)  # after which a message that is tried again may have a wrong address


@routes.page("/recipients", Role.ADMIN)
def recipients(request: Request) -> Response:
    return _list_page(request)


@routes.page("/recipients/test", Role.ADMIN, "POST")
def test(request: Request, to: Annotated[str, Form(max_length=MAX_LENGTH)] = "") -> Response:
    try:
        # FastAPI runs a plain `def` in a thread, in which there is no loop yet.
        asyncio.run(publisher_of(request).send_test(to))
    except MonitorError as error:
        return _list_page(request, 400, error=str(error))
    return RedirectResponse("/recipients?said=sent", 303)


@routes.page("/recipients/retry", Role.ADMIN, "POST")
def retry(request: Request, delivery: Annotated[Number, Form()]) -> Response:
    """Let a delivery be sent again with the next run."""
    publisher_of(request).retry(delivery)
    return RedirectResponse("/recipients?said=retried", 303)


@routes.page("/recipients/{place}", Role.ADMIN)
def recipient_form(request: Request, place: str) -> Response:
    """Show the form of the recipient at this place of the file, or of a new one."""
    _, before = _stored(request, place)
    if draft := form_draft_of(request):
        typed = typed_fields(FormData(list(draft)), before, _shown_ids(_options(request)))
        return _form_page(request, place, before, typed, is_draft=True)
    return _form_page(request, place, before, fields_of(before, home_of(request).settings.digest_at))


@routes.page("/recipients/{place}", Role.ADMIN, "POST")
async def save(request: Request, place: str) -> Response:
    """Add, change or remove a recipient."""
    return await run_in_threadpool(_save, request, place, await request.form())


def _save(request: Request, place: str, form: FormData) -> Response:
    file, digest_at = _file(request), home_of(request).settings.digest_at
    number, before = _stored(request, place)
    typed, version = typed_fields(form, before, _shown_ids(_options(request))), str(form.get("version", ""))
    row = None if form.get("act") == "remove" else row_of(typed, before, digest_at)
    if file.version != version:
        return _changed_page(request, str(form.get("mark", "")), typed)
    try:
        if row is not None:
            row, faults = _checked(request, number, before, row, typed)
            if faults:
                return _form_page(request, place, before, typed, 400, faults=faults)
        elif number is None:
            raise HTTPException(400)
        if not request_context(request).signed_in_user.cleared:
            _require_line_of_settings(request, before, row)
        file.save(number, row, version)
    except ChangedMeanwhile:
        return _changed_page(request, str(form.get("mark", "")), typed)
    except InputError as error:
        return _form_page(request, place, before, typed, 400, problems=_without_folder(request, [str(error)]))
    drop_draft(request)
    write_audit_line(request, Act.CHANGED_RECIPIENTS, detail=address_mark(row) if row else "")
    return RedirectResponse("/recipients?said=saved", 303)


def _checked(
    request: Request, number: int | None, before: Row, row: Row, typed: Fields
) -> tuple[Row, Mapping[str, str]]:
    """Return an item as this user may write it, and what is wrong with it, by field."""
    # Else an administrator who is not cleared would have the closed watch mailed to themselves.
    if not request_context(request).signed_in_user.cleared:
        row = as_cleared_as_before(row, before or None)
    other_rows = [one for index, one in _file(request).rows().items() if index != number]
    settings = home_of(request).settings
    faults = faults_of_row(row, other_rows, settings.home, settings.allow_hosts)
    return row, faults_by_field(faults) | missing_parts(typed, row)


def _require_line_of_settings(request: Request, before: Row, row: Row | None) -> None:
    """Raise InputError if an address loses its line that stands in the settings, too: it would get what these say.

    That may be the closed watch, unencrypted, or every name. Which setting names it is not told.
    """
    way, way_after = ((str(r.get("channel") or "mail"), str(r.get("to") or "")) for r in (before, row or {}))
    channels = {channel.name: channel for channel in channel_settings(home_of(request).settings, RecipientList())}
    channel = channels.get(way[0])
    if channel is None or not channel.is_in_settings(way[1]):
        return
    if way_of(*way) != way_of(*way_after):
        raise InputError(
            Message(
                "this address stands in the settings of the home, too, and would get what they say; take it out of "
                "monitor.env first, or ask somebody who is cleared"
            )
        )


def _stored(request: Request, place: str) -> tuple[int | None, Row]:
    """Return the number of a recipient of the file, and its item; (None, {}) for a new one. Raises a 404."""
    if place == "new":
        return None, {}
    rows = _file(request).rows()
    if not place.isascii() or not place.isdigit() or int(place[:9]) not in rows:
        raise HTTPException(404)
    return int(place), rows[int(place)]


def _changed_page(request: Request, mark: str, typed: Fields) -> Response:
    """Return the form again after the file was changed: of the same address, wherever it stands now."""
    rows = _file(request).rows()
    index = next((index for index, row in rows.items() if mark and address_mark(row) == mark), None)
    place, before = ("new", {}) if index is None else (str(index), rows[index])
    problem = Message("the recipients were changed meanwhile, and nothing was saved; look at this form once more")
    return _form_page(request, place, before, typed, 409, problems=[problem])


def _form_page(
    request: Request,
    place: str,
    before: Row,
    typed: Fields,
    status: int = 200,
    *,
    faults: Mapping[str, str] | None = None,
    problems: Sequence[str] = (),
    is_draft: bool = False,
) -> Response:
    home, file, options = home_of(request), _file(request), _options(request)
    shown_ids = _shown_ids(options)
    country_name = environment(request_context(request).language).filters["country_name"]
    feeds = [record.feed for record in home.store.feeds.states()]
    return render(
        request,
        "recipient.html",
        status,
        place=place,
        mark=address_mark(before) if before else "",
        version=file.version,
        row=typed,
        faults=faults or {},
        problems=problems,
        is_draft=is_draft,
        options=options,
        shown_names=_names_by_id(options),
        messages=_shown_messages(messages := _deliveries_to(typed, _deliveries(request))),
        last=(last := next(iter(messages), None)),
        doubts_address=not faults and not problems and _doubts_address(last, home.clock()),
        unset=_unset(request),
        kinds=CHANNELS,
        hidden={name: len(hidden_ids(typed[name], shown_ids[name])) for name in LISTS_OF_NAMES},
        outlet_options=[(outlet, outlet, False) for outlet in sorted({f.outlet for f in feeds} | {*typed["outlets"]})],
        country_options=[
            (code, country_name(code), False)
            for code in sorted({f.country for f in feeds if f.country} | {*typed["countries"]})
        ],
        newsroom_language=home.settings.language,
        newsroom_zone=Times(request_context(request).language, home.settings.timezone, home.clock()).place,
        channels=[(name, kind.address) for name, kind in CHANNELS.items()],
        weekdays=WEEKDAYS,
    )


def _options(request: Request) -> Mapping[str, Sequence[tuple[str, str, bool]]]:
    """Return (id in the file, name, whether it is closed) of the watched names; closed ones for the cleared alone.

    `at_once_names` is of open names only, for everybody.
    """
    context = request_context(request)
    watches = [(context.home, False), *([(context.closed, True)] if context.closed else [])]
    names = sorted(
        (
            (CLOSED_ID * is_closed + entity.id, entity.name_in(context.language), is_closed)
            for home, is_closed in watches
            for entity in home.store.watchlists.current().entities
        ),
        key=lambda one: one[1].casefold(),
    )
    return {"names": names, "at_once_names": [one for one in names if not one[2]]}


def _shown_ids(options: Mapping[str, Sequence[tuple[str, str, bool]]]) -> Mapping[str, frozenset[str]]:
    """Return by field the ids whose names this user may see in a form."""
    return {field: frozenset(entity for entity, _, _ in names) for field, names in options.items()}


def _names_by_id(options: Mapping[str, Sequence[tuple[str, str, bool]]]) -> Mapping[str, str]:
    return {entity: name for names in options.values() for entity, name, _ in names}


def _list_page(request: Request, status: int = 200, error: str = "") -> Response:
    file, publisher, digest_at = _file(request), publisher_of(request), home_of(request).settings.digest_at
    options = _options(request)
    try:
        rows = file.rows()
    except InputError as file_error:
        rows, error = {}, error or str(file_error)
    deliveries, now = _deliveries(request), home_of(request).clock()
    problems = dict.fromkeys(
        _without_folder(request, [*([error] if error else []), *publisher.composer.other_problems()])
    )
    shown = [(index, row, fields_of(row, digest_at)) for index, row in rows.items()]
    lines = [(index, fields, next(iter(_deliveries_to(fields, deliveries)), None)) for index, _, fields in shown]
    by_mark = reach_by_mark(home_of(request), deliveries)
    reaches = {index: by_mark.get(address_mark(row), Reach(ReachState.LEFT_OUT)) for index, row in rows.items()}
    next_messages = next_message_by_mark(home_of(request))
    unset = _unset(request)
    return render(
        request,
        "recipients.html",
        status,
        # The worst first; quiet hours move nobody.
        rows=sorted(lines, key=lambda line: (*TROUBLES, reaches[line[0]].state).index(reaches[line[0]].state)),
        reaches=reaches,
        next_messages={
            index: next_messages.get(address_mark(row))
            for index, row in rows.items()
            if reaches[index].state in {ReachState.REACHED, ReachState.QUIET}
        },
        state_counts=Counter(reach.state for reach in reaches.values()),
        problems=list(problems),
        unset_channels=Counter(
            recipient.channel for recipient in publisher.composer.all_recipients if recipient.channel in unset
        ),
        unset=unset,
        kinds=CHANNELS,
        shown_names=_names_by_id(options),
        ordinary=publisher.composer.ordinary_recipients,
        deliveries=deliveries,
        doubted={index for index, _, last in lines if _doubts_address(last, now)},
        deliverable=_deliverable(deliveries, publisher.composer.recipients),
        fields_by_delivery=(fields_by_delivery := {one.id: _fields_of_delivery(one, shown) for one in deliveries}),
        late_by_plan={
            one.id: lateness
            for one in deliveries
            if (lateness := _lateness(one, fields_by_delivery[one.id], home_of(request).settings.timezone)) > LATE
        },
        newsroom_language=home_of(request).settings.language,
        weekdays=WEEKDAYS,
    )


def _deliveries(request: Request) -> Sequence[DeliveryRecord]:
    """Return the latest deliveries, the last one sent, refused or written first."""
    records = home_of(request).store.outbox.records(DELIVERIES_SHOWN)
    return sorted(records, key=lambda one: one.sent or one.refused or one.written, reverse=True)


def _shown_messages(messages: Sequence[DeliveryRecord]) -> Sequence[DeliveryRecord]:
    """Return a few in their order: what was not sent, however old, and the newest."""
    shown = sorted(messages, key=lambda one: bool(one.sent))[:MESSAGES_SHOWN]
    return [one for one in messages if one in shown]


def _doubts_address(last: DeliveryRecord | None, now: datetime) -> bool:
    """Return whether the address may be why a message does not arrive: refused for good, or put off for hours.

    Where our own mail server fails, or refuses the words, no other address helps.
    """
    if not last or last.sent or code_of(last.detail) == Code.MAIL_REFUSED:
        return False
    is_stuck = last.is_delayed and now - last.written >= STUCK
    return bool(last.refused) or (
        is_stuck and (last.channel != "mail" or code_of(last.detail) == Code.RECIPIENT_REFUSED)
    )


def _fields_of_delivery(delivery: DeliveryRecord, rows: Sequence[tuple[int, Row, Fields]]) -> Mapping[str, Any]:
    """Return the fields of the recipient whom a message went to; {} of one who is not in the file any more."""
    return next((fields for _, _, fields in rows if _deliveries_to(fields, [delivery])), {})


def _lateness(delivery: DeliveryRecord, fields: Mapping[str, Any], zone: ZoneInfo) -> timedelta:
    """Return how long after its time of that day a digest left; 0 for other messages."""
    if delivery.kind is not MessageKind.DIGEST or not delivery.sent or not fields.get("digest"):
        return timedelta()
    sent, (hour, minute) = delivery.sent.astimezone(zone), map(int, fields["digest_at"].split(":"))
    return sent - sent.replace(hour=hour, minute=minute)


def _deliverable(deliveries: Sequence[DeliveryRecord], recipients: Sequence[Recipient]) -> set[int]:
    """Return the ids of what could be sent again: an address that was corrected gets nothing any more."""
    ways = {way_of(one.channel, one.address) for one in recipients}
    return {one.id for one in deliveries if way_of(one.channel, one.recipient) in ways}


def _deliveries_to(fields: Mapping[str, Any], deliveries: Sequence[DeliveryRecord]) -> Sequence[DeliveryRecord]:
    """Return the messages to a recipient, the newest first."""
    way = way_of(fields["channel"], fields["to"])
    return [one for one in deliveries if way_of(one.channel, one.recipient) == way]


def _unset(request: Request) -> list[str]:
    """Return the names of the channels that nothing can go out by."""
    return [channel.name for channel in publisher_of(request).composer.channel_settings if not channel.is_set]


def _without_folder(request: Request, problems: Sequence[str]) -> list[str]:
    """Return problems without the folder of the home: nobody at the desk needs to know a place on the server."""
    folder = f"{home_of(request).settings.home}/"
    return [problem.replace(folder, "") if folder in problem else problem for problem in problems]


def _file(request: Request) -> RecipientsFile:
    return RecipientsFile(home_of(request).settings.home)
