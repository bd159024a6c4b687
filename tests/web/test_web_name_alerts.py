"""The choice in the form of a name who is told of it at once: one of three, and what is stored as both."""

from __future__ import annotations

import pytest
from lxml import html

from kit.app import App
from kit.desk import OURS, Browser
from web.names_pages import app, operator, words

__all__ = ["app", "operator"]

ANNA, CLARA = "  - {to: anna@b.example, name: Anna}\n", "  - {to: clara@b.example, name: Clara, at_once: yes}\n"
NAMELESS = "  - {to: dan@b.example, at_once_names: [melis]}\n"
EDIT = "/names/1/edit"


def write(app: App, *lines: str) -> None:
    (app.settings.home / "recipients.yaml").write_text("recipients:\n" + "".join(lines), "utf-8")


def file(app: App) -> str:
    return (app.settings.home / "recipients.yaml").read_text("utf-8")


def is_urgent(app: App) -> bool:
    (melis,) = (entity for entity in app.watchlist().entities if entity.id == "melis")
    return melis.urgent


def form_of(page: str) -> dict[str, list[str]]:
    """Return the form as a browser sends it, with all values of each field."""
    form = html.fromstring(page).get_element_by_id("name-form")
    return {name: [value for key, value in form.form_values() if key == name] for name, _ in form.form_values()}


def save(operator: Browser, **changes: list[str]) -> object:
    form = form_of(operator.get(EDIT).text) | changes | {"act": ["save"]}
    return operator.post(EDIT, form, headers=OURS)


def ways(page: str) -> tuple[list[str], list[str]]:
    radios = html.fromstring(page).xpath("//input[@name='at_once']")
    return [r.get("value") for r in radios], [r.get("value") for r in radios if r.get("checked") is not None]


@pytest.mark.parametrize(
    ("way", "ticks", "urgent", "is_on_line"),
    [("nobody", 0, False, False), ("urgent", 0, True, False), ("people", 1, False, True)],
)
def test_each_way_is_stored_and_shown_again(app: App, operator: Browser, way, ticks, urgent, is_on_line):
    write(app, ANNA, CLARA)
    boxes = form_of(operator.get(EDIT).text)["offered"]
    assert save(operator, at_once=[way], tell=boxes[:ticks], note=["edited"]).status_code == 303
    assert (is_urgent(app), "at_once_names" in file(app)) == (urgent, is_on_line)
    assert ways(operator.get(EDIT).text) == (["nobody", "urgent", "people"], [way])


def test_what_is_stored_as_both_is_shown_as_both_and_saving_keeps_it(app: App, operator: Browser):
    write(app, ANNA.replace("}", ", at_once_names: [melis]}"), CLARA)
    save(operator, at_once=["both"], note=["marked"])
    before = file(app)
    assert is_urgent(app) and ways(operator.get(EDIT).text)[1] == ["both"]
    assert save(operator, note=["once more"]).status_code == 303
    assert file(app) == before and is_urgent(app)
    save(operator, at_once=["urgent"], tell=[])
    assert is_urgent(app) and "at_once_names: [melis]" not in file(app)


def test_whoever_has_only_an_address_is_counted_and_taken_out_by_one_box(app: App, operator: Browser):
    write(app, ANNA, NAMELESS)
    page = operator.get(EDIT).text
    assert ways(page)[1] == ["people"] and "1 recipient without a name" in words(page) and "dan@" not in page
    assert save(operator, note=["kept"]).status_code == 303 and "[melis]" in file(app)
    assert save(operator, at_once=["nobody"]).status_code == 303 and "[melis]" not in file(app)


@pytest.mark.parametrize(("way", "ticks"), [("people", 0), ("nobody", 1), ("urgent", 1)])
def test_a_choice_that_contradicts_itself_is_a_fault_with_a_link_to_it(app: App, operator: Browser, way, ticks):
    write(app, ANNA, CLARA)
    boxes = form_of(operator.get(EDIT).text)["offered"]
    before = file(app)
    answer = save(operator, at_once=[way], tell=boxes[:ticks])
    assert answer.status_code == 400 and file(app) == before and not is_urgent(app)
    page = html.fromstring(answer.text)
    (link,) = page.xpath("//section[@role='alert']//a")
    assert link.get("href") == f"#at-once-{way}" and page.get_element_by_id(f"at-once-{way}").get("checked") is not None
    assert page.get_element_by_id("at_once-fault").text_content().strip() == link.text_content()
