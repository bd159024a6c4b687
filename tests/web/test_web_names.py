"""The pages of names: adding, one name, whole lists."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from lxml import html

from kit.app import App
from kit.desk import Browser, account, client
from kit.names import RUSSIAN, SECRET, flooded, names_on_list
from kit.store import HOUR, NOW, filed, hit
from monitor.model import (
    Act,
    Alert,
    Entity,
    OlderArticles,
    Reason,
    Role,
    State,
    Verdict,
    WatchlistChange,
)
from monitor.web import create_desk
from web.names_pages import app, fields, operator, words

__all__ = ["app", "operator"]


def listed(text: str) -> list[str]:
    return [link.text_content() for link in html.fromstring(text).xpath("//table[@id='names']//th/a[bdi]")]


# ---- adding ---------------------------------------------------------------------------------------------------------


def test_names_are_typed_looked_at_and_saved_in_force(app: App, operator: Browser):
    preview = operator.post("/names/add", {"names": "Азат Нуров\nAibek Example", "act": "look"})
    page = words(preview.text)
    assert "1 story in the last 30 days, in 1 of 4 articles." in page
    assert "В Оше задержан Азат Нуров" in page and "Azat Nurov" in page  # found in the archive, and written out
    saved = operator.post("/names/add", fields(preview.text, act="save"))
    assert saved.status_code == 303
    assert {"Азат Нуров", "Aibek Example"} <= names_on_list(app)
    assert "2 names are watched." in words(operator.get(saved.headers["location"]).text)
    (version, *_) = app.store.watchlists.versions()
    assert (version.source, version.author) == ("desk", "Olga")
    assert app.settings.watchlist.read_text("utf-8").startswith("# The case of May.\n")


def test_a_warning_of_one_of_several_names_stands_on_its_card(operator: Browser):
    preview = operator.post("/names/add", {"names": "Азат Нуров\nКыдырмыш", "act": "look"})
    (warning,) = html.fromstring(preview.text).xpath("//ul[@class='warnings']/li[contains(., 'is one word')]")
    assert warning.xpath("string(ancestor::section[1]/h3/bdi)") == "Кыдырмыш"
    assert [code.text for code in warning.xpath(".//code")] == ["require"]
    single_preview = operator.post("/names/add", {"names": "Кыдырмыш", "act": "look"})
    (warning,) = html.fromstring(single_preview.text).xpath("//ul[@class='warnings']/li")
    assert warning.text_content().startswith("“Кыдырмыш” is one word")


@pytest.mark.soak
def test_a_thousand_names_make_a_page_no_heavier_than_three_hundred(app: App, operator: Browser):
    def listed_names(count: int) -> int:
        names = (f"Азат {''.join('абдеийкл'[int(digit)] for digit in oct(n)[2:])}нуров" for n in range(count))
        added = tuple(Entity(f"n{n}", name) for n, name in enumerate(names))[len(app.watchlist().entities) - 2 :]
        change = WatchlistChange(added=added)
        app.watchlist_file.save(change, app.clock(), source="desk", older=OlderArticles.NONE)
        return len(operator.get("/names").content)

    of_300, of_1000 = listed_names(300), listed_names(1000)
    assert of_1000 < 1.2 * of_300 < 300 * 600  # rows with two warnings are the heaviest
    pages = [listed(operator.get(f"/names?page={page}").text) for page in range(1, 5)]
    assert [len(page) for page in pages] == [300, 300, 300, 102]
    assert len({name for page in pages for name in page}) == 1002


def test_no_address_holds_a_name(app: App, operator: Browser):
    saved = operator.post("/names/add", {"names": "Азат Нуров", "act": "save"})
    assert re.fullmatch(r"/names/\d+\?said=saved", saved.headers["location"])
    search_answer = operator.post("/names", {"words": "Нуров"})
    assert re.fullmatch(r"/names\?q=\w+", search_answer.headers["location"])
    assert listed(operator.get(search_answer.headers["location"]).text) == ["Азат Нуров"]


def test_what_is_on_the_list_is_not_added_twice(app: App, operator: Browser):
    page = operator.post("/names/add", {"names": "melis tokoev", "act": "save"})
    assert page.status_code == 200 and "watched already" in words(page.text)
    assert sum(e.name.casefold() == "melis tokoev" for e in app.watchlist().entities) == 1


@pytest.mark.parametrize(
    ("form", "problem"),
    [
        ({"names": "A B", "country": "Kyrgyzstan"}, "write a code of ISO 3166"),
        ({"names": "A B\nC D", "aliases": "E"}, "add the names one by one"),
        ({"names": "A B", "paused_until": "tomorrow"}, "“tomorrow” is no day"),
        ({"names": "!!!"}, "a name without letters and digits"),
    ],
)
def test_a_form_with_faults_says_what_to_do_and_keeps_what_was_typed(operator: Browser, form, problem: str):
    page = operator.post("/names/add", form | {"act": "save"})
    assert page.status_code == 400 and problem in words(page.text)
    assert fields(page.text)["names"].split() == form["names"].split()


@pytest.mark.parametrize("older", ["queue", "counted", "none"])
def test_older_articles_go_where_they_were_sent(app: App, operator: Browser, older: str):
    operator.post("/names/add", {"names": "Азат Нуров", "act": "save", "older": older})
    pending = app.store.archive.pending_rescan()
    entity = next(e.id for e in app.watchlist().entities if e.name == "Азат Нуров")
    if older == "none":
        assert pending is None or entity not in pending.entities
    else:
        assert pending and entity in pending.entities
        assert (entity in pending.counted) is (older == "counted")


@pytest.mark.check
@pytest.mark.parametrize(
    ("typed", "countries"),
    [
        ({"names": "ГКНБ"}, ["0-KG", "0-TJ"]),
        ({"names": "GKNB of Tajikistan"}, ["0-TJ"]),
        ({"names": "ГКНБ", "type": "person"}, []),
        ({"names": "ГКНБ", "country": "KG"}, []),
        ({"names": "Азат Нуров\nСКНБ\nГКНБ"}, ["2-KG", "2-TJ"]),
        ({"names": "Мелис Токоев"}, []),
    ],
)
def test_who_types_a_body_is_offered_its_countries(operator: Browser, typed: dict[str, str], countries: list[str]):
    page = html.fromstring(operator.post("/names/add", {**typed, "act": "look"}).text)
    buttons = page.xpath("//button[starts-with(@value, 'help:body-')]/@value")
    assert [value.removeprefix("help:body-") for value in buttons] == countries


def test_a_country_that_is_chosen_is_that_of_its_line_alone(app: App, operator: Browser):
    form = fields(operator.post("/names/add", {"names": "Азат Нуров\nГКНБ\nМВД", "act": "help:body-1-TJ"}).text)
    form = fields(operator.post("/names/add", {**form, "act": "help:body-2-KG"}).text)
    form = fields(operator.post("/names/add", {**form, "act": "help:body-1-FR"}).text)  # is not offered
    operator.post("/names/add", {**form, "act": "save"})
    by_name = {entity.name: entity for entity in app.store.watchlists.current().entities}
    assert [(by_name[name].type.value, by_name[name].country) for name in ("Азат Нуров", "ГКНБ", "МВД")] == [
        ("person", ""), ("organization", "TJ"), ("organization", "KG")
    ]  # fmt: skip


@pytest.mark.check
def test_a_flood_is_told_before_it_is_saved_and_each_remedy_is_previewed(app: App, operator: Browser):
    flooded(app, "Ministry of Rivers")
    form = {"names": "Ministry of Rivers", "act": "save"}
    warning_page = operator.post("/names/add", form)
    assert warning_page.status_code == 200 and "This would flood the queue" in words(warning_page.text)
    assert "Ministry of Rivers" not in names_on_list(app)
    helped = operator.post("/names/add", fields(warning_page.text, act="help:with-others"))
    assert fields(helped.text)["alert"] == "with-others"
    assert "0 stories in the last 30 days" in words(helped.text)
    assert "This would flood" not in words(helped.text)
    saved = operator.post("/names/add", fields(helped.text, act="save"))
    assert saved.status_code == 303
    (added,) = (e for e in app.watchlist().entities if e.name == "Ministry of Rivers")
    assert added.alert is Alert.WITH_OTHERS
    # Whoever was told may save it all the same.
    second_answer = operator.post("/names/add", {"names": "Ministry of River", "act": "save"})
    assert second_answer.status_code in {200, 303}


def test_a_sentence_is_tried_on_the_unsaved_name(operator: Browser):
    form = {"names": "Азат Нуров", "act": "try", "trial": "Суд над Азатом Нуровым отложен."}
    page = words(operator.post("/names/add", form).text)
    assert "clear Азатом Нуровым" in page
    assert "1 story in the last 30 days" in page  # what it would bring stays in view
    form["trial"] = "Суд отложен."
    assert "Nothing is found in it." in words(operator.post("/names/add", form).text)


def test_a_sentence_is_tried_on_a_name_as_it_is_listed(app: App, operator: Browser):
    path = f"/names/{app.entity_number('melis')}/edit"
    form = fields(operator.get(path).text, act="try", trial="The court freed Melis Tokoev.")
    assert "clear Melis Tokoev" in words(operator.post(path, form).text)


def test_a_history_says_yes_and_no(app: App, operator: Browser):
    path = f"/names/{app.entity_number('melis')}"
    operator.post(f"{path}/edit", fields(operator.get(f"{path}/edit").text, act="save", at_once="urgent"))
    assert "urgent: no → yes" in words(operator.get(path).text)


# ---- one name -------------------------------------------------------------------------------------------------------


def test_a_name_shows_its_spellings_stories_and_how_often_it_was_right(app: App, operator: Browser):
    app.decide(1, Verdict.RELEVANT, by="Olga")
    page = words(operator.get(f"/names/{app.entity_number('melis')}").text)
    assert "Court extends arrest" in page and "1 relevant" in page
    assert "Correct matches1 of 1 reviewed" not in page  # the sums say it
    assert "Immediate alerts nobody" in page and "Other spellings" not in page  # a table below has them
    assert re.search(r"Note of \d+ \w+ \d{4}: invented", page)


def test_readers_open_a_name_and_change_nothing(app: App):
    reader = client(create_desk(app), account(app, "Rae", Role.READER))
    page = reader.get(f"/names/{app.entity_number('melis')}").text
    assert "Melis Tokoev" in page and "invented" not in page and "Stop watching" not in page
    for path in ("/names/add", f"/names/{app.entity_number('melis')}/edit", "/names/import"):
        assert reader.get(path).status_code == 403


def test_a_change_is_saved_shown_in_the_history_and_taken_back(app: App, operator: Browser):
    address = f"/names/{app.entity_number('melis')}"
    form = fields(operator.get(f"{address}/edit").text, name_ru="Мелис Токоев", paused_until="2026-03-09", act="save")
    assert operator.post(f"{address}/edit", form).status_code == 303
    melis = app.entity("melis")
    assert (melis.names.ru, str(melis.paused_until), melis.note) == ("Мелис Токоев", "2026-03-09", "invented")
    page = operator.get(address)
    assert "names by language: empty → Мелис Токоев" in words(page.text)
    version = app.watchlist().version
    undone = operator.post("/names/undo", {"version": version, "number": app.entity_number("melis")})
    assert undone.headers["location"] == f"{address}?said=undone"
    assert app.entity("melis") == replace(melis, names=type(melis.names)(), paused_until=None)
    names_on_list(app)


def test_taking_an_addition_back_leaves_the_queue_as_it_was(app: App, operator: Browser):
    before = [item.id for item in app.queue()]
    saved = operator.post("/names/add", {"names": "Азат Нуров", "act": "save"})
    operator.post("/names/undo", {"version": app.watchlist().version})
    assert "Азат Нуров" not in names_on_list(app)
    assert [item.id for item in app.queue()] == before
    page = operator.get(saved.headers["location"].partition("?")[0])
    assert "not watched any more" in words(page.text)


def test_undoing_an_addition_after_a_reading_says_before_and_after_what_leaves_the_queue(app: App, operator: Browser):
    before = [(item.id, [hit.entity for hit in item.hits]) for item in app.queue()]
    address = operator.post("/names/add", {"names": "Азат Нуров", "act": "save"}).headers["location"].partition("?")[0]
    azat, version = next(e.id for e in app.watchlist().entities if e.name == "Азат Нуров"), app.watchlist().version
    for title in ("Суд", "Тюрьма"):
        filed(app.store, hit("Азат Нуров", azat, RUSSIAN), at=NOW, text=RUSSIAN, title=title)
    app.decide(3, Verdict.RELEVANT, by="Olga")
    assert "Up to 1 story goes with it" in words(operator.get(address).text)
    undone = operator.post("/names/undo", {"version": version, "number": address.rpartition("/")[2]})
    page = words(operator.get(undone.headers["location"]).text)
    assert "Taken back. 1 story that nobody has reviewed left the queue, or lost a name." in page
    assert [(item.id, [hit.entity for hit in item.hits]) for item in app.queue()] == before
    assert [item.id for item in app.queue(states=[State.DECIDED])] == [3]


def test_a_name_that_is_not_watched_any_more_takes_its_items_only_if_that_is_ticked(app: App, operator: Browser):
    filed(app.store, hit(), at=NOW - HOUR, title="Prison")
    address = f"/names/{app.entity_number('melis')}"
    assert "when stopping, also clear its 2 stories not yet reviewed from the queue" in words(
        operator.get(address).text
    )
    keeping = operator.post(f"{address}/remove")
    assert "It is not watched any more. What was found stays." in words(operator.get(keeping.headers["location"]).text)
    assert len(app.queue()) == 2
    operator.post("/names/undo", {"version": app.watchlist().version})
    withdrawal = operator.post(f"{address}/remove", {"withdraw": "true"})
    assert "2 stories that nobody has reviewed left the queue" in words(
        operator.get(withdrawal.headers["location"]).text
    )
    assert list(app.queue()) == []


def test_a_field_that_two_people_changed_is_asked_about(app: App, operator: Browser):
    address = f"/names/{app.entity_number('melis')}/edit"
    opened = operator.get(address).text
    melis = app.entity("melis")
    colleague_change = WatchlistChange(changed=((melis, replace(melis, note="theirs", alert=Alert.NEVER)),))
    app.watchlist_file.save(colleague_change, NOW, source="terminal", author="Bek")
    conflict = operator.post(address, fields(opened, note="mine", country="", act="save"))
    assert conflict.status_code == 409 and "note: theirs instead of yours: mine" in words(conflict.text)
    assert app.entity("melis").note == "theirs"
    form = fields(conflict.text, act="save")
    assert form["note"] == "mine"
    assert operator.post(address, form | {"theirs": "note"}).status_code == 303
    saved_entity = app.entity("melis")
    assert saved_entity.note == "theirs"


def test_a_spelling_that_was_nearly_always_wrong_can_be_switched_off(app: App, operator: Browser):
    for n in range(6):
        text = f"Tokoev won game {n}."
        item = filed(app.store, hit("Tokoev", text=text), at=NOW - 2 * HOUR, text=text, title=f"Chess {n}")
        app.decide(item.id, Verdict.NOT_RELEVANT, by="Olga", reason=Reason.ANOTHER_PERSON)
    address = f"/names/{app.entity_number('melis')}"
    assert "rarely correct" in words(operator.get(address).text)
    operator.post(f"{address}/drop-spelling", {"spelling": "Tokoev"})
    assert app.entity("melis").aliases == ("Мелис Токоев",)


# ---- whole lists ----------------------------------------------------------------------------------------------------


@pytest.mark.check
def test_an_export_changes_nothing_when_it_is_imported(app: App, operator: Browser):
    operator.post("/names/add", {"names": SECRET, "act": "save"})
    for kind in ("csv", "yaml"):
        text = operator.get(f"/names/export/{kind}").text
        assert "nothing would change" in words(operator.post("/names/import", {"text": text}).text)
        (line, *_) = (line for line in app.people.audit(10) if line.act is Act.EXPORTED)
        assert line.detail == kind


@pytest.mark.check
def test_an_import_shows_fields_and_removes_only_what_is_ticked(app: App, operator: Browser):
    text = "name,id,aliases,note\nMelis Tokoev,melis,Мелис Токоев;Tokoev,in court\nAzat Nurov,,,\n"
    shown = operator.post("/names/import", {"text": text})
    page = words(shown.text)
    assert "1 new name" in page and "note: invented → in court" in page
    assert "1 watched name is not in this list" in page
    form = fields(shown.text, act="save")
    assert "remove" not in form
    ticked = {"take": [f"{app.entity_number('melis')}:note", "new:0"]}
    assert operator.post("/names/import", form | ticked).status_code == 303
    assert names_on_list(app) == {"Melis Tokoev", "Committee for Public Calm", "Azat Nurov"}
    assert (app.entity("melis").note, app.entity("melis").aliases) == ("in court", ("Мелис Токоев", "Tokoev"))
    shown = operator.post("/names/import", {"text": text})
    removal = {"remove": f"gone:{app.entity_number('committee-for-public-calm')}", "act": "save"}
    saved = operator.post("/names/import", fields(shown.text) | removal | {"take": []})
    assert saved.status_code == 303
    assert "1 change. Saved." in words(operator.get(saved.headers["location"]).text)
    assert names_on_list(app) == {"Melis Tokoev", "Azat Nurov"}


@pytest.mark.check
def test_an_import_that_would_flood_the_queue_says_so_before_it_is_saved(app: App, operator: Browser):
    flooded(app, "Ministry of Rivers")
    text = "name,type,alert\nMinistry of Rivers,organization,{}\n"
    shown = words(operator.post("/names/import", {"text": text.format("always")}).text)
    assert "This would flood the queue" in shown and "alert: with-others" in shown
    assert "would flood" not in words(operator.post("/names/import", {"text": text.format("with-others")}).text)


@pytest.mark.check
def test_an_import_over_a_changed_file_asks_about_what_both_changed(app: App, operator: Browser):
    text = "name,id,note\nMelis Tokoev,melis,from the page\n"
    form = fields(operator.post("/names/import", {"text": text}).text, act="save")
    file = app.settings.watchlist
    file.write_text(file.read_text("utf-8").replace("note: invented", "note: from the file"), "utf-8")
    conflict = operator.post("/names/import", form | {"take": f"{app.entity_number('melis')}:note"})
    assert conflict.status_code == 409 and "note: from the file → from the page" in words(conflict.text)
    assert app.entity("melis").note == "from the file"
    take = {"take": f"{app.entity_number('melis')}:note", "act": "save"}
    assert operator.post("/names/import", fields(conflict.text) | take).status_code == 303
    assert app.entity("melis").note == "from the page"
    names_on_list(app)


@pytest.mark.check
def test_a_column_that_a_spreadsheet_lacks_changes_nothing(app: App, operator: Browser):
    page = words(operator.post("/names/import", {"text": "id;name;note\nmelis;Melis Tokoev;in court\n"}).text)
    assert "note: invented → in court" in page and "other spellings" not in page


@pytest.mark.parametrize("text", ["name\tnote\n", "entities: [", "name,what\nA,B\n"])
def test_a_list_with_faults_changes_nothing_and_says_where(app: App, operator: Browser, text: str):
    before = app.watchlist()
    page = operator.post("/names/import", {"text": text})
    assert page.status_code == 400 and "Nothing was saved" in words(page.text)
    assert app.watchlist() == before


WRONG_KEY = {
    "en": "line 2: unknown key 'nam'; did you mean 'name'?",
    "ru": "строка 2: неизвестный ключ 'nam'; возможно, имелось в виду 'name'?",
    "ky": "2-сап: белгисиз ачкыч 'nam'; балким, 'name' деп айткыңыз келгендир?",
}


@pytest.mark.check
def test_what_is_wrong_with_a_pasted_list_is_told_in_the_readers_language(app: App):
    desk = create_desk(app)
    for language, message in WRONG_KEY.items():
        root = client(desk, account(app, f"Root {language}", Role.ADMIN, language))
        assert message in words(root.post("/names/import", {"text": "entities:\n  - {nam: X}\n"}).text)


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.ADMIN])
def test_a_wrong_file_is_told_of_without_its_place_and_its_words(app: App, role: Role):
    browser = client(create_desk(app), account(app, "Aida", role))
    app.settings.watchlist.write_text(f"entities:\n  - {{{SECRET}: person}}\n", "utf-8")
    refused = browser.post("/names/add", {"names": "Азат Нуров", "act": "save"})
    assert refused.status_code == 409 and "watchlist.yaml: there is a fault; whoever runs" in words(refused.text)
    assert "Hidden" not in refused.text and "line 2" not in refused.text
    assert str(app.settings.home) not in refused.text
