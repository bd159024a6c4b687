"""What is done to a watched person is told with the name, also where no word calls them the press."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.match import compile_watchlist, match_documents
from monitor.model import Confidence, Custody, Document, Entity, Mention, PressAct, press_entity
from monitor.text.tables import read_sections

DATA = Path(__file__).parent.parent / "data" / "incidents"
CASES = read_sections((DATA / "people.txt").read_text(encoding="utf-8"))
RELEASES = read_sections((DATA / "releases.txt").read_text(encoding="utf-8"))
LANGUAGES = ("en", "ru", "ky")


MELIS = Entity("melis", "Melis Tokoev", aliases=("Мелис Токоев",))
BERMET = Entity("bermet", "Bermet Toktorova", aliases=("Бермет Токторова",))
GULZAT = Entity("gulzat", "Гүлзат Эсен кызы")
STONE = Entity("stone", "Ralph Stone", aliases=("Ральф Стоун",))
PEOPLE = (MELIS, BERMET, GULZAT, STONE)


def mentions(text: str, *entities: Entity, title: str = "") -> list[Mention]:
    document = Document("1", text, title)
    ((_, mentions_found),) = match_documents([document], compile_watchlist(entities or PEOPLE))
    return [*mentions_found]


def acts(text: str, *entities: Entity) -> set[str]:
    return {act for m in mentions(text, *entities) if m.incident for act in m.incident.acts}


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_done_to_a_watched_person_is_told_with_the_name(language):
    wrong = []
    for act, text in (row.split(" | ") for row in CASES[language] if not row.startswith("-")):
        of_text = mentions(text)
        if not of_text or not all(m.incident and act in m.incident.acts for m in of_text):
            wrong.append((act, text, of_text))
    assert not wrong


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_watched_person_does_or_others_suffer_is_none_of_theirs(language):
    texts = [row.removeprefix("- | ") for row in CASES[language] if row.startswith("-")]
    assert len(texts) >= 15
    assert not [text for text in texts if not mentions(text)]
    assert not [(text, acts(text)) for text in texts if acts(text)]


def test_it_tells_by_whom_and_how_far_it_went():
    (mention,) = mentions("", title="Court keeps Bermet Toktorova in custody")
    assert mention.incident is not None
    assert (mention.incident.agent, mention.custody) == ("court", Custody.KEPT)
    (mention,) = mentions("", title="Сот Мелис Токоевдун камагын 60 суткага узартты")
    assert mention.incident is not None
    assert (mention.incident.acts, mention.custody) == ((PressAct.DETAINED,), Custody.KEPT)
    by = {m.incident.agent for m in mentions("GKNB officers searched the flat of Melis Tokoev.") if m.incident}
    assert by == {"security"}  # not the police
    (mention,) = mentions("Бермет Токторову задержали, а через час отпустили.")
    assert mention.custody is Custody.RELEASED


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_is_let_go_is_not_told_as_detained(language):
    released = [row.removeprefix("released | ") for row in RELEASES[language] if not row.startswith("-")]
    for text in released:
        assert [(m.custody, m.incident is not None) for m in mentions("", title=text)] == [(Custody.RELEASED, True)]
        assert [m.custody for m in mentions(text)] == [Custody.RELEASED]


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_is_held_again_or_shall_be_let_go_is_not_told_as_released(language):
    texts = [row.removeprefix("- | ") for row in RELEASES[language] if row.startswith("-")]
    assert not [text for text in texts if not mentions(text)]
    assert not [text for text in texts if any(m.custody is Custody.RELEASED for m in mentions(text))]


@pytest.mark.parametrize(
    "text",
    [
        "Officers detained Melis Tokoev, Bermet Toktorova and the journalist Ann Lee.",
        "Суд арестовал Мелиса Токоева и Бермет Токторову; журналиста Ли Бекова отпустили.",
        "УКМК Мелис Токоев менен Бермет Токторованы кармады.",
        "Bermet Toktorova was detained in May. In 2019 the journalist Ann Lee and Melis Tokoev were beaten.",
    ],
)
def test_what_is_told_of_a_name_does_not_depend_on_who_else_is_watched(text):
    press = press_entity()
    everybody = mentions(text, *PEOPLE, press)
    for entity in (*PEOPLE, press):
        by_itself = [m for m in mentions(text, entity) if m.entity == entity.id]
        assert by_itself == [m for m in everybody if m.entity == entity.id]


def test_a_name_that_may_be_another_person_has_no_act():
    of_namesake = mentions("Police detained Toktorova near the court.")
    assert {m.confidence for m in of_namesake} <= {Confidence.POSSIBLE}
    assert not any(m.incident for m in of_namesake)


def test_what_is_denied_planned_or_told_aside_is_not_told_as_done():
    assert not acts("Police denied that they had detained Melis Tokoev.")
    assert not acts("Мелиса Токоева собираются арестовать.")
    other_news = "The city opened a park, a school and three roads this week, officials say.\n\n" * 6
    assert acts(f"Melis Tokoev was fined on Monday.\n\n{other_news}In 2014, Melis Tokoev was arrested.") == {"fined"}
