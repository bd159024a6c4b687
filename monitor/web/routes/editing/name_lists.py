"""Import and export of lists of watched names: the difference is shown by field; removals are ticked by hand."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.responses import PlainTextResponse, Response

from monitor.app.names.service import NameService
from monitor.config.watchlist import Format
from monitor.errors import EditConflict, InputError
from monitor.i18n import labels
from monitor.model import Act, Entity, Message, Role, WatchlistChange
from monitor.web.audit import write_audit_line
from monitor.web.forms.name_form import NameForm
from monitor.web.render import render
from monitor.web.routes.editing.name_edit import problems_of, save_change
from monitor.web.routes.names import changed_fields
from monitor.web.security import Routes, file_headers, names_of, redirect

routes = Routes()
MAX_TEXT = 1_000_000  # characters
_MEDIA_TYPES = {Format.CSV: "text/csv; charset=utf-8", Format.YAML: "application/yaml; charset=utf-8"}


@dataclass(frozen=True, slots=True)
class ChangedName:
    """A name of a difference: its number, and (field, before, after) of what changed."""

    number: int
    entity: Entity
    fields: Sequence[tuple[str, object, object]]


@routes.page("/names/export/{kind}", Role.OPERATOR)
def export(request: Request, kind: Format) -> Response:
    if kind not in _MEDIA_TYPES:
        raise InputError(f"no export as {kind}")
    headers = file_headers(request, f"watchlist.{kind}")
    write_audit_line(request, Act.EXPORTED, detail=kind)
    return PlainTextResponse(names_of(request).export(kind), headers=headers, media_type=_MEDIA_TYPES[kind])


@routes.page("/names/import", Role.OPERATOR)
def import_form(request: Request) -> Response:
    return _page(request)


@routes.page("/names/import", Role.OPERATOR, "POST")
async def import_list(request: Request) -> Response:
    """Show the difference that a list makes, or save what is ticked of it."""
    form = await request.form()
    text = await _list_text(form)
    return await run_in_threadpool(_answer, request, form, text)


async def _list_text(form: FormData) -> str:
    """Return the uploaded file as text, or what was pasted. An undecodable file gives replacement characters."""
    upload, pasted = form.get("file"), form.get("text")
    if isinstance(upload, UploadFile) and upload.filename:
        return (await upload.read(MAX_TEXT)).decode("utf-8-sig", "replace")
    return pasted[:MAX_TEXT] if isinstance(pasted, str) else ""


def _answer(request: Request, form: FormData, text: str) -> Response:
    names = names_of(request)
    if not text.strip():
        return _page(request, problems=[Message("paste a list or choose a file")], status=400)
    try:
        change = _difference(names, text)
    except InputError as error:
        return _page(request, text, problems=problems_of(error), status=400)
    if form.get("act") != "save":
        return _page(request, text, change=change)
    ticked = {value for key in ("take", "remove") for value in form.getlist(key) if isinstance(value, str)}
    # The ticks are places in the difference that was shown: with another list they would mean other names.
    if form.get("version") != str(names.version):
        return _page(request, text, change=change, problems=[labels.LIST_CHANGED], ticked=ticked, status=409)
    chosen = _chosen(names, change, ticked)
    if not chosen:
        return _page(request, text, change=change, problems=[Message("nothing is ticked")], status=400)
    try:
        version = save_change(request, chosen, NameForm.from_form(form))
    except (EditConflict, InputError) as error:
        conflicts = {c.field for c in error.conflicts} if isinstance(error, EditConflict) else set()
        # Somebody was quicker: the difference is made again, from the list as it is now.
        names.forget()
        return _page(
            request,
            text,
            change=_difference(names, text),
            problems=problems_of(error, names),
            conflicts=conflicts,
            ticked=ticked,
            status=409,
        )
    count = len(chosen.edits)
    return redirect(request, f"/names?said=imported&saved={count}&version={version}")


def _difference(names: NameService, text: str) -> WatchlistChange:
    """Return the difference that a list makes; names one a line only add. Raises InputError."""
    match _format_of(text):
        case None:
            return names.added(NameForm(names=text).entities())
        case kind:
            return names.imported(text, kind)


def _format_of(text: str) -> Format | None:
    """Return the format of a pasted list; None: names, one a line."""
    first = next((line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")), "")
    if first.strip() == "entities:" or first.startswith("entities: "):
        return Format.YAML
    columns = {cell.strip().casefold() for separator in ",;\t" for cell in first.split(separator)}
    return Format.CSV if "name" in columns else None


def _chosen(names: NameService, change: WatchlistChange, ticked: Collection[str]) -> WatchlistChange:
    """Return what is ticked of a difference: additions by place, changes by number and field, removals by number."""
    numbers = names.numbers

    def with_ticked(old: Entity, new: Entity) -> Entity:
        values: dict[str, Any] = {
            name: after for name, _, after in changed_fields(old, new) if f"{numbers[old.id]}:{name}" in ticked
        }
        return replace(old, **values)

    pairs = ((old, with_ticked(old, new)) for old, new in change.changed)
    return WatchlistChange(
        added=tuple(entity for place, entity in enumerate(change.added) if f"new:{place}" in ticked),
        changed=tuple((old, new) for old, new in pairs if old != new),
        removed=tuple(entity for entity in change.removed if f"gone:{numbers[entity.id]}" in ticked),
    )


def _page(
    request: Request,
    text: str = "",
    *,
    change: WatchlistChange | None = None,
    problems: Sequence[str] = (),
    conflicts: Collection[str] = (),
    ticked: Collection[str] = (),
    status: int = 200,
) -> Response:
    names = names_of(request)
    numbers, gains = names.numbers, replace(change, removed=()) if change else None
    return render(
        request,
        "name-import.html",
        status,
        text=text,
        version=names.version,
        change=change,
        changed=[ChangedName(numbers[o.id], o, changed_fields(o, n)) for o, n in change.changed] if change else [],
        removed=[(numbers[entity.id], entity) for entity in change.removed] if change else [],
        look=names.prospect(gains, NameForm().shown_days) if gains else None,
        problems=problems,
        conflicts=conflicts,
        ticked=ticked,
    )
