"""The recipients of messages, and what was delivered to them: for administrators."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import Form, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from monitor.app.recipients_file import RecipientsFile, address_mark
from monitor.config.channel_settings import channel_settings
from monitor.config.channels import CHANNELS
from monitor.config.recipients import Row
from monitor.errors import ChangedMeanwhile, InputError, MonitorError
from monitor.model import Act, RecipientList, Role
from monitor.web.filters import parse_number
from monitor.web.recipient_form import MAX_LENGTH, as_cleared_as_before, fields_of, row_of, with_flags
from monitor.web.render import render
from monitor.web.routes.accounts import write_audit_line
from monitor.web.security import Number, Routes, home_of, publisher_of, request_context

routes = Routes()
DELIVERIES_SHOWN = 100


@routes.page("/recipients", Role.ADMIN)
def recipients(request: Request) -> Response:
    return _page(request)


@routes.page("/recipients", Role.ADMIN, "POST")
async def save(request: Request) -> Response:
    """Add or change a recipient; without an address, remove it."""
    form = await request.form()
    index, version = form.get("index"), str(form.get("version", ""))
    row = row_of(form)
    try:
        number = parse_number(index) if isinstance(index, str) else None
        removed = form.get("act") == "remove"
        # In a thread, as all that waits for a file or the database.
        await run_in_threadpool(_save, request, number, None if removed else with_flags(row), version)
    except (InputError, ChangedMeanwhile) as error:
        status = 409 if isinstance(error, ChangedMeanwhile) else 400
        return await run_in_threadpool(
            _page, request, status, error=str(error), typed=row, typed_index=str(index or "")
        )
    mark = "" if removed else address_mark(row)
    await run_in_threadpool(write_audit_line, request, Act.CHANGED_RECIPIENTS, detail=mark)
    return RedirectResponse("/recipients?said=saved", 303)


@routes.page("/recipients/test", Role.ADMIN, "POST")
def test(request: Request, to: Annotated[str, Form(max_length=MAX_LENGTH)] = "") -> Response:
    try:
        # FastAPI runs a plain `def` in a thread, in which there is no loop yet.
        asyncio.run(publisher_of(request).send_test(to))
    except MonitorError as error:
        return _page(request, 400, error=str(error))
    return RedirectResponse("/recipients?said=sent", 303)


@routes.page("/recipients/retry", Role.ADMIN, "POST")
def retry(request: Request, delivery: Annotated[Number, Form()]) -> Response:
    """Let a delivery be sent again with the next run."""
    publisher_of(request).retry(delivery)
    return RedirectResponse("/recipients?said=retried", 303)


def _save(request: Request, number: int | None, row: Row | None, version: str) -> None:
    """Store a recipient. Raises InputError, ChangedMeanwhile."""
    file = _file(request)
    # Else an administrator who is not cleared would have the closed watch mailed to themselves.
    if not request_context(request).signed_in_user.cleared:
        before = None if number is None else file.rows().get(number)
        _require_line_of_settings(request, before, row)
        row = row and as_cleared_as_before(row, before)
    file.save(number, row, version)


def _require_line_of_settings(request: Request, before: Row | None, row: Row | None) -> None:
    """Raise InputError if an address loses its line that stands in the settings, too: it would get what these say.

    That may be the closed watch, unencrypted, or every name. Which setting names it is not told.
    """
    fields, fields_after = fields_of(before or {}), fields_of(row or {})
    channels = {channel.name: channel for channel in channel_settings(home_of(request).settings, RecipientList())}
    channel = channels.get(fields["channel"])
    if channel is None or not channel.is_in_settings(fields["to"]):
        return
    key = channel.kind.address_key
    if (fields["channel"], key(fields["to"])) != (fields_after["channel"], key(fields_after["to"])):
        raise InputError(
            "this address stands in the settings of the home, too, and would get what they say; take it out of "
            "monitor.env first, or ask somebody who is cleared"
        )


def _page(
    request: Request, status: int = 200, error: str = "", typed: Row | None = None, typed_index: str = ""
) -> Response:
    file, publisher = _file(request), publisher_of(request)
    try:
        rows, version = file.rows(), file.version
    except InputError as file_error:
        rows, version, error = {}, "", error or str(file_error)
    return render(
        request,
        "recipients.html",
        status,
        rows=[(index, fields_of(row)) for index, row in rows.items()],
        version=version,
        problems=[*([error] if error else []), *publisher.composer.problems()],
        typed=fields_of(typed or {}),
        typed_index=typed_index,
        blank=fields_of({}),
        ordinary=publisher.composer.ordinary_recipients,
        channels=[(name, kind.address) for name, kind in CHANNELS.items()],
        deliveries=publisher.records(DELIVERIES_SHOWN),
    )


def _file(request: Request) -> RecipientsFile:
    return RecipientsFile(home_of(request).settings.home)
