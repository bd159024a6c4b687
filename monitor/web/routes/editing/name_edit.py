"""Changes of the watched names: adding, changing, removing, taking back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Annotated

from fastapi import Form, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.responses import Response

from monitor.app.closed.closed_home import watch_of
from monitor.app.lists import own_countries
from monitor.app.names.service import NameService, Prospect
from monitor.app.names.trials import RecognisedName, Trial, is_link
from monitor.app.reading_now import start_run
from monitor.app.recipients_file import AlertChoice, RecipientsFile
from monitor.errors import EditConflict, InputError, Problem
from monitor.i18n import labels
from monitor.match import samples
from monitor.model import Act, Entity, Message, Right, Role, WatchlistChange
from monitor.web.audit import write_audit_line
from monitor.web.filters import parse_number
from monitor.web.forms.name_cards import NameCard, name_cards
from monitor.web.forms.name_form import DAYS, AtOnce, NameForm
from monitor.web.forms.name_help import body_countries, offered_nominatives, open_names, remedies, with_help
from monitor.web.forms.recipient_form import UNSHOWN
from monitor.web.queries import drop_draft, form_draft_of, sources_of
from monitor.web.reaches import reaches_of
from monitor.web.render import render
from monitor.web.routes.names import FIELDS, show_list, show_name
from monitor.web.security import CLOSED, Number, Routes, home_of, names_of, redirect, request_context

routes = Routes()

# ---- adding and changing --------------------------------------------------------------------------------------------


@routes.page("/names/add", Role.OPERATOR)
def add_form(request: Request) -> Response:
    return _draft_page(request, None) or _edit_page(request, NameForm(), None)


@routes.page("/names/{number}/edit", Role.OPERATOR)
def edit_form(request: Request, number: Number) -> Response:
    return _draft_page(request, number) or _edit_page(request, NameForm.of(names_of(request).entity(number)), number)


def _draft_page(request: Request, number: int | None) -> Response | None:
    """Return the form as it was sent after the session had ended, with what it would bring; None if there is none."""
    if form := form_draft_of(request):
        return _answer(request, FormData([pair for pair in form if pair[0] != "act"]), number, is_draft=True)
    return None


@routes.page("/names/add", Role.OPERATOR, "POST")
async def add(request: Request) -> Response:
    """Show what the typed names would bring, or save them: the button says which."""
    return await run_in_threadpool(_answer, request, await request.form(), None)


@routes.page("/names/{number}/edit", Role.OPERATOR, "POST")
async def edit(request: Request, number: Number) -> Response:
    return await run_in_threadpool(_answer, request, await request.form(), number)


def _answer(request: Request, form: FormData, number: int | None, *, is_draft: bool = False) -> Response:
    """Do what the button says: preview, try a text, fill in a choice that helps, or save."""
    names, typed = names_of(request), NameForm.from_form(form)
    show, act = partial(_edit_page, request, form=form, is_draft=is_draft), _text(form, "act")
    if spelling := _text(form, "spelling"):  # selected in an article
        typed = replace(typed, **_with_spelling(names, number, spelling))
    if act.startswith("help:"):
        typed = with_help(typed, act.removeprefix("help:"), names.entities, own_countries(home_of(request)))
    watched = _watched_already(request, typed) if number is None else ()
    show = partial(show, watched=watched)
    try:
        if not typed.name_lines and (number is not None or act == "save"):
            raise InputError(Message("the name is missing"))
        base = _base(names, number, form)
        kept_fields = [name for name in form.getlist("theirs") if isinstance(name, str)]
        change = _addition_of(request, typed, watched) if base is None else _edit_of(request, typed, base, kept_fields)
    except InputError as error:
        of_names = _addition_of_names(request, typed, watched) if number is None else None
        return show(typed, number, change=of_names, problems=problems_of(error), status=400)
    preview = partial(show, typed, number, change=change)
    if act == "try":
        if is_link(typed.trial):
            write_audit_line(request, Act.TRIED_PAGE)
        return preview(trial=names.trial(typed.entities(), typed.trial))
    if act != "save" or not (change or number is not None):
        return preview()
    if change and _text(form, "looked") != _mark_of(change):
        prospect = names.prospect(change, typed.shown_days)
        if prospect.preview.is_flood:  # told once, before it is saved
            return preview(prospect=prospect)
    if fault := _fault_of_alerts(request, form, typed, number):
        return preview(problems=[fault], status=400, fault_field="at_once")
    try:
        version = save_change(request, change, typed) if change else 0
        if not (_save_alerts(request, form, change, number) or change):
            return preview()
    except EditConflict as error:
        return preview(conflicts=error.conflicts, status=409)
    except InputError as error:
        return preview(problems=problems_of(error, names), status=409)
    drop_draft(request)
    if number is None and (waiting := _open_names(request, typed, watched)):  # these stay in the form
        return show(replace(typed, names="\n".join(waiting)), None, added=len(change.added))
    # A name that was marked, or whose mark was lifted, has no page in this watch.
    has_moved = any(new and new.sensitive != bool(request_context(request).base) for _, new in change.edits)
    if has_moved or (number is None and len(change.added) > 1):
        return redirect(request, f"/names?saved={len(change.edits)}&version={version}")
    number = names.numbers[change.added[0].id] if number is None else number
    return redirect(request, f"/names/{number}?said=saved")


def _save_alerts(request: Request, form: FormData, change: WatchlistChange, number: int | None) -> bool:
    """Store who is told at once of the saved open names; return whether that is a change. Raises InputError."""
    offered, ticked = ([mark for mark in form.getlist(name) if isinstance(mark, str)] for name in ("offered", "tell"))
    saved = [new for _, new in change.edits if new] or ([] if number is None else [names_of(request).entity(number)])
    ids = [entity.id for entity in saved if not entity.sensitive]
    # A closed name is told at once by its mark alone: a line of the file would tell the open watch of it.
    if not offered or not ids or request_context(request).base:
        return False
    file = RecipientsFile(home_of(request).settings.home)
    choices = file.alert_choices("" if number is None else ids[0], closed=False, with_addresses=True)
    if form.get("at_once") in (AtOnce.NOBODY, AtOnce.URGENT):
        ticked = []
    if UNSHOWN in offered:  # of whoever has only an address, which this user may not see
        unshown = [choice.mark for choice in choices if choice.is_chosen and choice.mark not in offered]
        offered, ticked = [*offered, *unshown], [*ticked, *(unshown if UNSHOWN in ticked else ())]
    chosen = {choice.mark for choice in choices}.intersection(ticked)
    has_changed = file.choose_alerts(ids, offered, chosen, home_of(request).settings.digest_at)
    if has_changed:
        write_audit_line(request, Act.CHANGED_RECIPIENTS)
    return has_changed


def _fault_of_alerts(request: Request, form: FormData, typed: NameForm, number: int | None) -> Message | None:
    """Return what contradicts itself in the choice of who is told at once, else None.

    A tick that counts for nothing would be an alert that nobody gets.
    """
    ticked = {mark for mark in form.getlist("tell") if isinstance(mark, str)}
    if typed.at_once == AtOnce.PEOPLE and not ticked:
        return Message("tick the people who are told at once, or choose “nobody at once”")
    stored_marks = {choice.mark for choice in _alert_choices(request, number, None) if choice.is_chosen}
    if typed.at_once in (AtOnce.NOBODY, AtOnce.URGENT) and ticked - stored_marks - {UNSHOWN}:
        return Message("people are ticked: choose “only these people”, or take the ticks out")
    return None


def _with_spelling(names: NameService, number: int | None, spelling: str) -> Mapping[str, str]:
    if number is None:
        return {"names": spelling}
    form = NameForm.of(names.entity(number))
    return {name: getattr(form, name) for name in form.__slots__} | {"aliases": f"{form.aliases}\n{spelling}".strip()}


def _base(names: NameService, number: int | None, form: FormData) -> Entity | None:
    """Return the edited entity as it was when the form was opened."""
    if number is None:
        return None
    version = parse_number(_text(form, "version"))
    entity = names.entity(number)
    return entity if version is None else names.at_version(entity, version)


def _addition_of(request: Request, typed: NameForm, watched: Sequence[tuple[str, RecognisedName]]) -> WatchlistChange:
    """Return the addition of the typed names.

    Without forms of names of this watch that were not chosen, and without names whose question is not answered.
    """
    own_pages = f"{request_context(request).base}/names/"
    forms = {name.text for page, name in watched if page.startswith(own_pages)} - set(typed.kept_lines)
    left_out = forms.union(_open_names(request, typed, watched))
    entities = [entity for entity in typed.entities() if entity.name not in left_out]
    return names_of(request).added(
        entities if _may_close(request) else [replace(entity, sensitive=False) for entity in entities]
    )


def _addition_of_names(
    request: Request, typed: NameForm, watched: Sequence[tuple[str, RecognisedName]]
) -> WatchlistChange | None:
    """Return the addition of the typed names where their details could not be read; None if the names cannot be."""
    names_only = NameForm(typed.names, typed.type, separate=typed.separate, bodies=typed.bodies)
    with suppress(InputError):
        return _addition_of(request, names_only, watched)
    return None


def _open_names(request: Request, typed: NameForm, watched: Sequence[tuple[str, RecognisedName]]) -> Sequence[str]:
    return open_names(typed, {name.text for _, name in watched}, names_of(request).entities)


def _edit_of(request: Request, typed: NameForm, base: Entity, kept_fields: Sequence[str]) -> WatchlistChange:
    names, entities = names_of(request), typed.entities()
    if len(entities) != 1:
        raise InputError(Message("write one name; its other spellings stand below"))
    edited = entities[0]
    if not _may_close(request):
        # Others can neither set nor lift the mark.
        edited = replace(edited, sensitive=base.sensitive)
    # Of a field that somebody else changed meanwhile, their value was chosen.
    kept_values = {name: getattr(base, name) for name in kept_fields if name in FIELDS}
    return names.edited(base, replace(edited, **kept_values))


def _edit_page(
    request: Request,
    typed: NameForm,
    number: int | None,
    *,
    change: WatchlistChange | None = None,
    prospect: Prospect | None = None,
    trial: Trial | None = None,
    conflicts: Sequence[object] = (),
    problems: Sequence[str] = (),
    status: int = 200,
    form: FormData | None = None,
    is_draft: bool = False,
    watched: Sequence[tuple[str, RecognisedName]] = (),
    added: int = 0,
    fault_field: str = "",
) -> Response:
    names = names_of(request)
    known_lines = {name.text for _, name in watched}
    entity = names.entity(number) if number is not None else None
    if change is not None and not prospect:
        prospect = names.prospect(change, typed.shown_days)
    if entity and not prospect:  # as it is listed: before anything is typed, or where that could not be read
        cards: Sequence[NameCard] = [NameCard(0, entity.name, entity=entity, samples=samples(entity))]
    else:
        countries = body_countries(typed, names.entities, own_countries(home_of(request)))
        is_new = number is None
        nominatives = offered_nominatives(typed, known_lines) if is_new else {}
        waiting = open_names(typed, known_lines, names.entities) if is_new else ()
        cards = name_cards(typed.name_lines, watched, nominatives, countries, prospect, open_names=waiting)
    return render(
        request,
        "name-form.html",
        status,
        form=typed,
        number=number,
        entity=entity,
        version=names.version,
        change=change,
        cards=cards,
        alert_choices=(choices := _alert_choices(request, number, form)),
        reaches=reaches_of(request, choices),
        limited_to_others=_limited_to_others(request, number),
        is_draft=is_draft,
        was_shut=form is not None and "aliases" not in form,  # what is disabled is not sent
        look=prospect,
        mark=_mark_of(change) if prospect and change else "",
        remedies=remedies(typed, change, names.entities) if prospect and change and prospect.preview.is_flood else {},
        trial=trial,
        conflicts=conflicts,
        problems=problems,
        added=added,
        fault_field=fault_field,
        all_people_urgent=home_of(request).settings.urgent == "people",
        next_reading=sources_of(request).next_run(),
        day_choices=DAYS,
        may_close=_may_close(request),
    )


def _may_close(request: Request) -> bool:
    """Return whether the user may mark names: to others, a refusal would tell that a name is closed already."""
    context = request_context(request)
    return context.can(Right.ADMINISTER) and context.signed_in_user.cleared


def _watched_already(request: Request, typed: NameForm) -> Sequence[tuple[str, RecognisedName]]:
    """Return the typed names that are watched or forms of watched ones, with links; closed ones for the cleared."""
    context = request_context(request)
    homes = {
        context.base: context.home,
        **({CLOSED: context.closed, "": context.home.open_watch} if context.closed else {}),
    }
    services = {base: NameService(home) for base, home in homes.items()}
    return [
        (f"{base}/names/{service.numbers[name.entity.id]}", name)
        for base, service in services.items()
        for name in service.recognised(typed.name_lines)
    ]


def _limited_to_others(request: Request, number: int | None) -> Sequence[str]:
    """Return who cannot be told at once of a name, for the form of the open watch."""
    context = request_context(request)
    if context.base:
        return ()
    entity = "" if number is None else names_of(request).entity(number).id
    file = RecipientsFile(context.home.settings.home)
    return file.limited_to_others(entity, with_addresses=context.can(Right.ADMINISTER))


def _alert_choices(request: Request, number: int | None, form: FormData | None) -> Sequence[AlertChoice]:
    """Return the recipients to choose from, ticked as in a form that was sent, else as they are."""
    context = request_context(request)
    entity = names_of(request).entity(number).id if number is not None else ""
    choices = RecipientsFile(context.home.settings.home).alert_choices(
        entity, closed=bool(context.base), with_addresses=context.can(Right.ADMINISTER)
    )
    if form is None or "offered" not in form:
        return choices
    ticked = form.getlist("tell")
    is_shown = UNSHOWN in ticked
    return [
        replace(choice, is_chosen=choice.mark in ticked or (choice.is_chosen and not choice.label and is_shown))
        for choice in choices
    ]


def _mark_of(change: WatchlistChange) -> str:
    """Return the mark of a change whose flood was shown; ids are left out, since those of new names are random."""
    plain = [(old, replace(new, id="") if new else None) for old, new in change.edits]
    return sha256(repr(plain).encode()).hexdigest()[:20]


# ---- removing and taking back ----


@routes.page("/names/{number}/remove", Role.OPERATOR, "POST")
def remove_name(request: Request, number: Number, withdraw: Annotated[bool, Form()] = False) -> Response:
    """Stop watching a name. Its mentions stay in the queue; if the box is ticked, unjudged ones leave it."""
    change = WatchlistChange(removed=(names_of(request).entity(number),))
    try:
        save_change(request, change, withdraw=withdraw)
    except (EditConflict, InputError) as error:
        return show_name(request, number, problems_of(error, names_of(request)), 409)
    withdrawn = _withdrawn_part(names_of(request).versions(limit=1)[0].withdrawn)
    return redirect(request, f"/names/{number}?said=removed{withdrawn}")


@routes.page("/names/{number}/drop-spelling", Role.OPERATOR, "POST")
def drop_spelling(request: Request, number: Number, spelling: Annotated[str, Form(max_length=400)]) -> Response:
    """Switch one spelling off."""
    names = names_of(request)
    entity = names.entity(number)
    change = names.edited(entity, replace(entity, aliases=tuple(a for a in entity.aliases if a != spelling)))
    try:
        save_change(request, change)
    except (EditConflict, InputError) as error:
        return show_name(request, number, problems_of(error, names_of(request)), 409)
    return redirect(request, f"/names/{number}?said=saved")


@routes.page("/names/read", Role.OPERATOR, "POST")
def read_now(request: Request) -> Response:
    """Start a run, so that new names are watched and looked for at once."""
    start_run(home_of(request).settings)
    return redirect(request, "/names?said=reading")


@routes.page("/names/undo", Role.OPERATOR, "POST")
def undo(
    request: Request, version: Annotated[Number, Form()], number: Annotated[Number | None, Form()] = None
) -> Response:
    """Undo a save of the list: from the list the whole of it, from the page of a name its change of that name alone."""
    context = request_context(request)
    try:
        withdrawn = _withdrawn_part(names_of(request).undo(version, context.signed_in_user.name, number))
    except (EditConflict, InputError) as error:
        if number is None:
            return show_list(request, problems_of(error, names_of(request)), 409)
        return show_name(request, number, problems_of(error, names_of(request)), 409)
    write_audit_line(request, Act.CHANGED_LIST, detail="undo")
    page = "/names" if number is None else f"/names/{number}"
    return redirect(request, f"{page}?said=undone{withdrawn}")


def _withdrawn_part(withdrawn: int) -> str:
    """Return the part of an address that tells how many stories left the queue."""
    return f"&withdrawn={withdrawn}" if withdrawn else ""


def save_change(
    request: Request, change: WatchlistChange, typed: NameForm = NameForm(), *, withdraw: bool = False
) -> int:
    author = request_context(request).signed_in_user.name
    names = names_of(request)
    saved = names.save(change, author, typed.asked_by, typed.older_articles, withdraw=withdraw)
    context = request_context(request)
    marked = [new is not None and new.sensitive for _, new in change.edits]
    if context.base or not all(marked):
        write_audit_line(request, Act.CHANGED_LIST, detail=str(saved.version))
    if not context.base and any(marked):  # the open log would tell that there is a closed name
        write_audit_line(request, Act.CHANGED_LIST, home=watch_of(context.home, closed=True))
        # Else whoever adds the name anew would find its ticks. A file that cannot be read tells nobody anything.
        moved = [new.id for old, new in change.edits if old and new and new.sensitive]
        with suppress(InputError):
            RecipientsFile(context.home.settings.home).choose_alerts(moved, None, (), context.home.settings.digest_at)
    return saved.version


def problems_of(error: EditConflict | InputError, names: NameService | None = None) -> Sequence[str]:
    """Return what is wrong, in sentences that can be translated; with `names`, of the file of the list."""
    if isinstance(error, EditConflict):
        return [labels.LIST_CHANGED]
    return [_problem(problem, names) for problem in error.problems]


def _problem(problem: Problem | str, names: NameService | None) -> str:
    """Return a problem of a pasted list with its line; of the file only that there is one: it has the closed names."""
    if isinstance(problem, str):
        return problem.replace(f"{names.folder}/", "") if names and str(names.folder) in problem else problem
    file = Path(problem.file).name
    if names:
        return Message("{}: there is a fault; whoever runs the server finds it with: monitor watchlist check", file)
    return Message("{}, line {}: {}; {}", file, problem.line, problem.wrong, problem.todo)


def _text(form: FormData, name: str) -> str:
    value = form.get(name)
    return value[:400] if isinstance(value, str) else ""
