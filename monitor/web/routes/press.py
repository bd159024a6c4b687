"""The page on which operators choose what is looked for of the press, with what each choice would have brought."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.responses import Response

from monitor.app.lists import own_countries
from monitor.app.names.service import SOURCE
from monitor.app.press import DAYS, all_acts, press_overview, save_press
from monitor.app.recipients_file import AlertChoice, RecipientsFile
from monitor.errors import EditConflict, InputError
from monitor.i18n.labels import NEAR_COUNTRIES
from monitor.match import is_country_code
from monitor.model import ACT_WORDS, GRAVEST_FIRST, PRESS_ID, Act, Entity, Message, Right, Role, press_entity
from monitor.web.audit import write_audit_line
from monitor.web.reaches import reaches_of
from monitor.web.render import render
from monitor.web.routes.editing.name_edit import problems_of
from monitor.web.security import Routes, home_of, names_of, redirect, request_context

routes = Routes()
_MAX_WORDS = 50


@routes.page("/press", Role.READER)
def show_press(request: Request) -> Response:
    return _page(request, home_of(request).store.watchlists.current().press)


@routes.page("/press", Role.OPERATOR, "POST")
async def change_press(request: Request) -> Response:
    """Show what a choice would have brought, or put it in force: the button says which."""
    return await run_in_threadpool(_answer, request, await request.form())


def _answer(request: Request, form: FormData) -> Response:
    act = form.get("act")
    try:
        choice = _choice(request, form)
    except InputError as error:
        return _page(request, home_of(request).store.watchlists.current().press, problems_of(error), 400)
    if act not in {"save", "off"}:
        return _page(request, choice, shows_look=True)
    try:
        version = save_press(
            home_of(request), choice if act == "save" else None, SOURCE, request_context(request).signed_in_user.name
        )
    except (EditConflict, InputError) as error:
        return _page(request, choice, problems_of(error, names_of(request)), 409)
    write_audit_line(request, Act.CHANGED_LIST, detail=str(version))
    return redirect(request, f"/press?said={'saved' if act == 'save' else 'off'}")


def _choice(request: Request, form: FormData) -> Entity:
    """Return what the form chooses: all acts and the countries of the sources are the default. Raises InputError."""
    countries = tuple(dict.fromkeys(filter(None, _ticked(form, "country"))))
    if wrong := [code for code in countries if not is_country_code(code)]:
        raise InputError(Message("“{}” is no code of a country; write KG, KZ", wrong[0][:20]))
    acts = tuple(act for act in all_acts() if act in _ticked(form, "acts"))
    words = f"{form.get('exclude') or ''}"[:5000].splitlines()
    return press_entity(
        () if set(countries) == set(own_countries(home_of(request))) else countries,
        () if acts == all_acts() else acts,
        tuple(dict.fromkeys(filter(None, (" ".join(word.split())[:100] for word in words[:_MAX_WORDS])))),
        bool(form.get("urgent")),
    )


def _ticked(form: FormData, name: str) -> Sequence[str]:
    return [value for value in form.getlist(name) if isinstance(value, str)]


def _urgent_readers(request: Request) -> Sequence[AlertChoice]:
    """Return the recipients who are told at once of the press where it is urgent; some have no name for this user."""
    context = request_context(request)
    choices = RecipientsFile(context.home.settings.home).alert_choices(
        PRESS_ID, closed=bool(context.base), with_addresses=context.can(Right.ADMINISTER)
    )
    return [choice for choice in choices if choice.is_urgent or choice.is_chosen]


def _page(
    request: Request,
    choice: Entity | None,
    problems: Sequence[str] = (),
    status: int = 200,
    *,
    shows_look: bool = False,
) -> Response:
    home = home_of(request)
    listed = home.store.watchlists.current().press
    overview = press_overview(home, choice) if listed or shows_look else None
    sources_countries = own_countries(home)
    chosen = choice.countries or sources_countries if choice else sources_countries
    found_countries = [code for code, _ in overview.by_country.most_common() if code] if overview else []
    return render(
        request,
        "press.html",
        status,
        is_on=listed is not None,
        choice=choice or press_entity(),
        overview=overview,
        own=sources_countries,
        chosen_countries=chosen,
        countries=[*dict.fromkeys((*sources_countries, *chosen, *found_countries))],
        near_countries=NEAR_COUNTRIES,
        acts=[(act.value, ACT_WORDS[act]) for act in GRAVEST_FIRST],
        days=DAYS,
        urgent_readers=(readers := _urgent_readers(request)),
        reaches=reaches_of(request, readers),
        # What came stands on the page of the entry; what a choice would bring stands nowhere yet.
        stories=f"/names/{names_of(request).numbers[PRESS_ID]}" if listed and not shows_look else "",
        problems=problems,
        said=request.query_params.get("said", ""),
    )
