"""The form of a recipient as a browser sends it."""

from __future__ import annotations

import httpx
from lxml import html

from kit.app import App
from kit.desk import Browser
from monitor.web.forms.recipient_form import LISTS

Fields = dict[str, str | list[str]]


def typed(browser: Browser, place: str, **values: str | list[str]) -> Fields:
    """Return the form of a recipient as it is shown, with some fields changed."""
    form = html.fromstring(browser.get(f"/recipients/{place}").text).get_element_by_id("recipient")
    fields: Fields = {name: form.fields[name] or "" for name in form.fields if name != "act"}
    for name in LISTS:
        fields[name] = [box.get("value") for box in form.xpath(f".//input[@name='{name}'][@checked]")]
    at_once = form.xpath(".//input[@name='at_once'][@checked]")
    return fields | {"at_once": "true" if at_once else ""} | values


def save(browser: Browser, place: str, act: str = "save", **values: str | list[str]) -> httpx.Response:
    """Send the form of a recipient, with some fields changed."""
    return browser.post(f"/recipients/{place}", typed(browser, place, **values) | {"act": act})


def file(app: App) -> str:
    return (app.settings.home / "recipients.yaml").read_text("utf-8")


def clear(app: App, name: str) -> None:
    person = app.people.by_name(name)
    assert person is not None
    app.people.clear(person.id, cleared=True)
