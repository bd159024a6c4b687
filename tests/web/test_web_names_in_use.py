"""Watched names in use: pauses, readings, and names by language."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, timedelta

import pytest
from lxml import html

from kit.app import App
from kit.desk import Browser, account, client
from kit.store import DAY, NOW
from monitor.home import Home
from monitor.messages.composer import Composer
from monitor.model import (
    EntityType,
    LocalNames,
    Role,
    Verdict,
    WatchlistChange,
    Window,
)
from monitor.web import create_desk
from web.names_pages import app, operator, words

__all__ = ["app", "operator"]


def admin(app: App) -> Browser:
    return client(create_desk(app), account(app, "Root", Role.ADMIN))


# ---- names that an operator may not know of -------------------------------------------------------------------------


# ---- pauses ---------------------------------------------------------------------------------------------------------


def test_a_name_is_found_only_on_the_days_it_is_watched(app: App):
    melis = app.entity("melis")
    day = NOW.astimezone(UTC).date()
    for entity, is_watched in (
        (melis, True),
        (replace(melis, paused_until=day + timedelta(days=1)), False),
        (replace(melis, paused_until=day), True),
        (replace(melis, watch_until=day), True),
        (replace(melis, watch_until=day - timedelta(days=1)), False),
    ):
        old = app.entity("melis")
        app.watchlist_file.save(WatchlistChange(changed=((old, entity),)), NOW, source="desk")
        assert ("melis" in app.compiled_watchlist().entities) is is_watched


@pytest.mark.check
def test_read_now_brings_what_the_archive_holds_into_the_queue(app: App, operator: Browser):
    home = app.settings.home
    (home / "feeds.yaml").write_text("feeds:\n  - url: https://post.example/rss\n    paused: true\n", "utf-8")
    operator.post("/names/add", {"names": "Азат Нуров", "act": "save"})
    assert operator.post("/names/read").status_code == 303
    until = time.monotonic() + 300
    while time.monotonic() < until and not any(item.lead.headline == "Задержание" for item in app.queue()):
        time.sleep(0.5)
    assert "Задержание" in operator.get("/queue").text


@pytest.mark.check
def test_a_reading_that_fails_is_told_on_the_page(app: App, operator: Browser):
    (app.settings.home / "feeds.yaml").write_text("feeds:\n  - url: https://post.example/rss\n", "utf-8")
    (app.settings.home / "monitor.env").write_text("MONITOR_TIMEZONE=Nowhere/Here\n", "utf-8")
    page = operator.post("/names/read").headers["location"]
    assert "The sources are being read." in words(operator.get(page).text)
    until = time.monotonic() + 300
    while time.monotonic() < until and "data-awaited" in operator.get(page).text:
        time.sleep(0.2)
    assert "The reading has failed, and nothing was read." in words(operator.get(page).text)


# ---- names by language ----------------------------------------------------------------------------------------------


def test_each_reader_sees_the_name_of_their_language(app: App):
    melis, address = app.entity("melis"), f"/names/{app.entity_number('melis')}"
    names = {"en": "Melis Tokoev", "ru": "Мелис Токоев", "ky": "Мелис Токой уулу"}
    local_names = LocalNames(ru=names["ru"], ky=names["ky"])
    app.watchlist_file.save(WatchlistChange(changed=((melis, replace(melis, names=local_names)),)), NOW, source="desk")
    desk = create_desk(app)
    readers = {language: client(desk, account(app, f"Rae {language}", Role.REVIEWER, language)) for language in names}
    for language, name in names.items():
        assert f"{name} (" in words(readers[language].get("/queue?filters=1").text)
        assert f"{name} 1" in words(readers[language].post("/queue/together", {"pick": ["1:1"]}).text)
        chips = html.fromstring(readers[language].get("/queue").text).xpath("//a[contains(@class, 'chip')]")
        assert [(chip.text_content(), chip.get("href")) for chip in chips] == [(name, address)]
    app.decide(1, Verdict.RELEVANT, by="Rae en")
    for language, name in names.items():
        for path in ("/items/1", "/digest", "/statistics", address):
            assert name in words(readers[language].get(path).text), (language, path)
        settings = app.settings.model_copy(update={"language": language})
        mail = Composer(Home(settings, app.store, app.clock)).make_mailing(
            app.store.reading.digest_input(Window(NOW - DAY, NOW))
        )
        assert name in mail.rendering.text
    for language, name in names.items():
        app.decide(1, Verdict.NOT_RELEVANT, by=f"Rae {language}", entity="melis")
        (bar,) = html.fromstring(readers[language].get("/queue").text).find_class("undo")
        assert f"· {name}" in bar.text_content()


def test_where_all_people_are_urgent_the_page_of_a_person_says_who_is_told(app: App, operator: Browser):
    line = "recipients:\n  - to: https://robot.example/x\n    channel: webhook\n    name: Robot\n    at_once: true\n"
    (app.settings.home / "recipients.yaml").write_text(line, "utf-8")
    app.settings = app.settings.model_copy(update={"urgent": "people"})
    told_by_type = {
        entity.type: "Immediate alerts Robot (webhook)"
        in words(operator.get(f"/names/{app.entity_number(entity.id)}").text)
        for entity in app.watchlist().entities
    }
    assert told_by_type[EntityType.PERSON] and not told_by_type[EntityType.ORGANIZATION]


def test_odd_digits_and_a_list_of_comments_alone_are_no_error(app: App, operator: Browser):
    assert operator.get("/names?page=²").status_code == 200
    assert operator.get("/names?page=0").text == operator.get("/names").text
    assert operator.post("/names/import", {"text": "# nobody yet"}).status_code < 500
