"""The recipients of messages, and what was delivered to them: for administrators."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import Form, Request
from pydantic import TypeAdapter, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from monitor.app.messages.recipients import RecipientsFile
from monitor.config.recipients import RecipientForm, Row
from monitor.deliver import CHANNELS
from monitor.errors import ChangedMeanwhile, InputError, MonitorError
from monitor.model import Act, Role
from monitor.web.filters import parse_number
from monitor.web.render import render
from monitor.web.routes.accounts import write_audit_line
from monitor.web.security import Number, Routes, app_of, publisher_of

routes = Routes()
_LISTS = ("names", "outlets", "countries")
_FLAGS = ("at_once", "sensitive", "show_names")
_FLAG = TypeAdapter(bool)  # as the file is read: `yes`, `on` and `1` are true there, too
FIELDS = tuple(RecipientForm.model_fields)
MAX_LENGTH = 2_000  # characters of one field
DELIVERIES_SHOWN = 100


@routes.page("/recipients", Role.ADMIN)
def recipients(request: Request) -> Response:
    return _page(request)


@routes.page("/recipients", Role.ADMIN, "POST")
async def save(request: Request) -> Response:
    """Add or change a recipient; without an address, remove it."""
    form = await request.form()
    index, version = form.get("index"), str(form.get("version", ""))
    row = _row_of(form)
    try:
        number = parse_number(index) if isinstance(index, str) else None
        removed = form.get("act") == "remove"
        # In a thread, as all that waits for a file or the database.
        await run_in_threadpool(_file(request).save, number, None if removed else _with_flags(row), version)
    except (InputError, ChangedMeanwhile) as error:
        status = 409 if isinstance(error, ChangedMeanwhile) else 400
        return await run_in_threadpool(
            _page, request, status, error=str(error), typed=row, typed_index=str(index or "")
        )
    await run_in_threadpool(write_audit_line, request, Act.CHANGED_RECIPIENTS)
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
        rows=[(index, _fields_of(row)) for index, row in rows.items()],
        version=version,
        problems=[*([error] if error else []), *publisher.problems()],
        typed=_fields_of(typed or {}),
        typed_index=typed_index,
        blank=_fields_of({}),
        ordinary=publisher.ordinary_recipients,
        channels=[(name, name) for name in CHANNELS],
        deliveries=publisher.records(DELIVERIES_SHOWN),
        said=request.query_params.get("said", ""),
    )


def _file(request: Request) -> RecipientsFile:
    return RecipientsFile(app_of(request).settings.home)


def _fields_of(row: Row) -> dict[str, str]:
    """Return an item of the file as the fields of the form."""
    values = {"channel": "mail", **_with_flags(row)}
    return {name: _field_text(values.get(name)) for name in FIELDS}


def _field_text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value or "")


def _with_flags(row: Row) -> Row:
    """Return an item of the file with true and false in place of their spellings."""
    return {name: _flag(value) if name in _FLAGS else value for name, value in row.items()}


def _flag(value: object) -> object:
    try:
        return _FLAG.validate_python(value)
    except ValidationError:
        return value  # the file's own check tells it


def _row_of(form: FormData) -> Row:
    """Return what was typed as an item of the file, without empty values."""
    texts = {name: value for name in FIELDS if isinstance(value := form.get(name), str)}
    row: dict[str, object] = {name: " ".join(text[:MAX_LENGTH].split()) for name, text in texts.items() if text.strip()}
    for name in _LISTS:
        if name in row:
            row[name] = [part.strip() for part in str(row[name]).split(",") if part.strip()]
    if row.get("channel") == "mail":
        # The default, which the file leaves out.
        del row["channel"]
    return row
