"""Taking back on the page of one name what a save changed: of that name alone."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.app import App
from kit.desk import Browser
from kit.names import names_on_list
from kit.store import HOUR, NOW, filed, hit
from monitor.app.names.service import NameService
from monitor.model import Entity, WatchlistVersion
from monitor.model.watchlist import change_of
from web.names_pages import app, operator, words

__all__ = ["app", "operator"]
NAMES = ("Azat Nurov", "Gulzat Tashbaeva", "Bakyt Osmonov")


@pytest.fixture
def version(app: App, operator: Browser) -> int:
    """Save three names in one step, and file two stories of each."""
    operator.post("/names/add", {"names": "\n".join(NAMES), "act": "save"})
    for name in NAMES:
        for n in range(2):
            text = f"{name} was there on day {n}."
            filed(app.store, hit(name, id_of(app, name), text), at=NOW - n * HOUR, text=text, title=f"{name} {n}")
    return app.watchlist().version


def id_of(app: App, name: str) -> str:
    return next(entity.id for entity in app.watchlist().entities if entity.name == name)


def named_in_queue(app: App) -> set[str]:
    return {hit.name for item in app.queue() for hit in item.hits} & {*NAMES}


def take_back(operator: Browser, version: int, number: int | None = None) -> str:
    data = {"version": version} | ({} if number is None else {"number": number})
    return operator.post("/names/undo", data).headers["location"]


def test_on_the_page_of_a_name_it_alone_is_taken_back_with_the_stories_promised(
    app: App, operator: Browser, version: int
):
    azat = app.entity_number(id_of(app, NAMES[0]))
    page = words(operator.get(f"/names/{azat}").text)
    promised = int(re.findall(r"Up to (\d+) stories go with it", page)[0])
    assert "It changed 2 other names, too, which stay as they are." in page
    before = len(app.queue())
    after = words(operator.get(take_back(operator, version, azat)).text)
    assert names_on_list(app).isdisjoint({NAMES[0]}) and {*NAMES[1:]} < names_on_list(app)
    assert named_in_queue(app) == {*NAMES[1:]} and before - len(app.queue()) == promised == 2
    assert "Taken back. 2 stories that nobody has reviewed left the queue" in after


def test_the_other_names_of_the_save_can_still_be_taken_back_and_the_rest_at_once(
    app: App, operator: Browser, version: int
):
    azat, gulzat = (app.entity_number(id_of(app, name)) for name in NAMES[:2])
    take_back(operator, version, azat)
    assert "Take back" in words(operator.get(f"/names/{gulzat}").text).partition("History")[2]
    assert "Take 3 names back" in words(operator.get("/names").text)
    take_back(operator, version)  # from the list: the whole
    assert names_on_list(app).isdisjoint(NAMES) and named_in_queue(app) == set()
    listed = operator.get("/names").text
    assert "Take 3 names back" not in listed
    assert "Take 2 names back" in listed  # of the undo
    take_back(operator, app.watchlist().version)
    assert {*NAMES[1:]} < names_on_list(app) and NAMES[0] not in names_on_list(app)


def test_a_name_that_a_save_did_not_change_takes_nothing_of_it_back(app: App, operator: Browser, version: int):
    answer = operator.post("/names/undo", {"version": version, "number": app.entity_number("melis")})
    assert answer.status_code == 404 and {*NAMES} < names_on_list(app)
    assert operator.post("/names/undo", {"version": version, "number": 999}).status_code == 404
    assert named_in_queue(app) == {*NAMES}


IDS = "abc"


@given(st.lists(st.tuples(st.integers(0, 9), st.sets(st.sampled_from(IDS), min_size=1)), max_size=9))
def test_a_save_counts_as_taken_back_exactly_when_none_of_its_names_is_in_force(
    undos: list[tuple[int, set[str]]],
):
    """Each save has a switch for each of its names; an undo turns those off that it covers, an undo of it on again."""
    versions = [WatchlistVersion(0, NOW, "desk", change=change_of([(None, Entity(i, i)) for i in IDS]))]
    for number, (place, covered) in enumerate(undos, 1):
        target = versions[place % number]
        if ids := covered & target.change.ids:
            change = change_of([(Entity(i, i), None) for i in sorted(ids)])
            versions.append(WatchlistVersion(number, NOW, "desk", undoes=target.version, change=change))
        else:
            versions.append(WatchlistVersion(number, NOW, "desk", change=change_of([(None, Entity("z", "z"))])))

    def is_in_force(version: WatchlistVersion, entity: str) -> bool:
        undoing = [v for v in versions if v.undoes == version.version and entity in v.change.ids]
        return not any(is_in_force(v, entity) for v in undoing)

    taken_back = NameService.taken_back(versions)
    for version in versions:
        assert (version.version in taken_back) is not any(is_in_force(version, i) for i in version.change.ids)
