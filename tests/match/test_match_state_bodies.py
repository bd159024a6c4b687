"""The table of state bodies: what it offers, and which names it adds to an entry."""

from __future__ import annotations

import re

import pytest

from monitor.i18n import translate_sentence
from monitor.match import compile_watchlist, find_mentions, lint, offered_bodies, samples
from monitor.match.countries import is_country_code
from monitor.match.state_bodies import state_bodies
from monitor.match.tables import sections
from monitor.model import Confidence, Entity, EntityType

ORG = EntityType.ORGANIZATION
TWELVE = {"KG", "KZ", "UZ", "TJ", "TM", "AZ", "AM", "GE", "BY", "UA", "TR", "RU"}


def confidences(text: str, *entities: Entity) -> list[tuple[str, str, str]]:
    return [(m.entity, m.text, m.confidence.value) for m in find_mentions(text, compile_watchlist(entities))]


def clear_names(text: str, *entities: Entity) -> list[str]:
    return [entity for entity, _, confidence in confidences(text, *entities) if confidence == Confidence.STRONG]


# ---- the file


@pytest.mark.parametrize("head", sections("state_bodies"))
def test_each_line_of_the_table_has_names_of_a_language_and_a_source(head: str):
    country, kind = head.split(" ", 1)
    assert is_country_code(country)
    assert re.fullmatch("[a-z]+( [a-z]+)?", kind)
    for line in sections("state_bodies")[head]:
        assert re.fullmatch(r"[a-z]{2}: [^|@]+( \| [^|@]+)* @ \S.*", line), line


def test_each_of_the_twelve_countries_has_its_security_police_and_prosecutors():
    assert {body.country for body in state_bodies()} == TWELVE
    for kind in ("security", "police", "prosecutors"):
        assert {body.country for body in state_bodies() if body.kind == kind} == TWELVE


# ---- what is offered


@pytest.mark.parametrize(
    ("typed", "countries"),
    [
        ("ГКНБ", ["KG", "TJ"]),
        ("гкнб", ["KG", "TJ"]),
        ("GKNB", ["KG", "TJ"]),
        ("ГКНБ Таджикистана", ["TJ"]),
        ("GKNB of Tajikistan", ["TJ"]),
        ("Kazakhstan's National Security Committee", ["KZ"]),
        ("МВД Кыргызской Республики", ["KG"]),
        ("rtuk", ["TR"]),
        ("Служба безпеки", ["UA"]),  # the beginning of a name
    ],
)
def test_who_types_a_name_is_offered_the_bodies_with_their_countries(typed: str, countries: list[str]):
    assert [body.country for body in offered_bodies(typed)] == countries


@pytest.mark.parametrize("typed", ["", "Г", "Мелис Токоев", "Kloop", "ГКНБ Франции", "Комитет воды", "!!!"])
def test_nothing_is_offered_for_what_is_no_body_of_the_table(typed: str):
    assert offered_bodies(typed) == ()


def test_the_choice_is_found_by_all_its_names():
    tajik = next(body for body in offered_bodies("ГКНБ") if body.country == "TJ")
    entry = Entity("body", "ГКНБ", ORG, country=tajik.country)
    assert clear_names("Кумитаи давлатии амнияти миллӣ хабар дод.", entry) == ["body"]
    assert clear_names("Госкомитет нацбезопасности Таджикистана молчит.", entry) == ["body"]


def test_the_list_is_told_of_a_body_whose_country_it_does_not_say():
    (warning,) = lint([Entity("body", "ГКНБ", ORG)])
    assert "“ГКНБ” is a state body of Kyrgyzstan, Tajikistan" in warning.message
    assert "Кыргызстан, Таджикистан" in translate_sentence(warning.problem, "ru")[0]
    assert lint([Entity("body", "ГКНБ", ORG, country="TJ")]) == ()
    warnings = [warning.message for warning in lint([Entity("body", "ГКНБ")])]  # added without its type
    assert any(
        "a state body of Kyrgyzstan, Tajikistan; state that it is an organization" in warning for warning in warnings
    )
    assert not any("state body" in w.message for w in lint([Entity("kloop", "Kloop", EntityType.OUTLET)]))


# ---- what an entry is found by

SAMPLE = (
    Entity("uz", "Davlat xavfsizlik xizmati", ORG, country="UZ"),
    Entity("ge", "State Security Service of Georgia", ORG, country="GE"),
    Entity("kz", "Ішкі істер министрлігі", ORG, country="KZ"),
    Entity("kg", "МВД", ORG, country="KG"),
    Entity("am", "National Security Service", ORG, country="AM"),
)


@pytest.mark.parametrize(
    ("text", "entities"),
    [
        ("СГБ Узбекистана вызвала редактора.", ["uz"]),
        ("ТАШКЕНТ, 5 мая — В СГБ знают об этом.", ["uz"]),
        ("The State Security Service of Uzbekistan knew.", ["uz"]),
        ("Jurnalist Davlat xavfsizlik xizmatiga chaqirildi.", ["uz"]),
        ("СГБ Грузии вызвала редактора.", ["ge"]),
        ("სახელმწიფო უსაფრთხოების სამსახურმა განაცხადა", ["ge"]),
        ("СНБ Армении молчит.", ["am"]),
        ("МВД Казахстана ответило.", ["kz"]),
        ("МВД Кыргызстана спросило, МВД Казахстана ответило.", ["kg", "kz"]),
        ("The Ministry of Internal Affairs of Kazakhstan answered.", ["kz"]),
        ("В МВД ответили.", ["kg"]),  # as listed
        # another country's, or nobody says whose
        ("СГБ вызвала редактора.", []),
        ("СГБ Азербайджана вызвала редактора.", []),
        ("МВД России ответило.", []),
        ("БИШКЕК, 5 мая — В СГБ знают об этом.", []),
        ("The State Security Service knew.", []),
        ("The Ministry of Internal Affairs of France answered.", []),
        ("СНБ России молчит.", []),
        ("Министерство внутренних дел ответило.", []),
    ],
)
def test_a_body_with_its_country_is_found_by_the_names_of_the_table(text: str, entities: list[str]):
    assert clear_names(text, *SAMPLE) == entities


@pytest.mark.parametrize("text", ["СГБ Узбекистана вызвала редактора.", "ТАШКЕНТ, 5 мая — В СГБ знают об этом."])
def test_without_the_country_in_the_entry_a_name_of_the_table_is_possible_at_most(text: str):
    entry = Entity("uz", "Davlat xavfsizlik xizmati", ORG)
    assert confidences(text, entry) == [("uz", "СГБ", "possible")]


def test_a_body_that_two_countries_have_gets_no_names_without_its_country():
    text = "ДУШАНБЕ, 5 мая — Кумитаи давлатии амнияти миллӣ хабар дод."
    assert confidences(text, Entity("body", "ГКНБ", ORG)) == []


def test_outlets_and_people_get_no_names_of_the_table():
    text = "СГБ Узбекистана вызвала редактора."
    assert confidences(text, Entity("uz", "Davlat xavfsizlik xizmati", EntityType.OUTLET, country="UZ")) == []


def test_a_mention_says_that_the_table_has_its_name():
    (mention,) = find_mentions("СГБ Узбекистана вызвала редактора.", compile_watchlist(SAMPLE))
    assert [str(reason) for reason in mention.why] == ["it is a name of this body in the table of state bodies"]


@pytest.mark.parametrize(("country", "confidence"), [("UZ", "strong"), ("", "possible")])
def test_check_shows_the_names_of_the_table(country: str, confidence: str):
    shown = samples(Entity("uz", "Davlat xavfsizlik xizmati", ORG, country=country))
    of_table = {s.text: s.confidence for s in shown if str(s.label) == "in the table of state bodies"}
    assert of_table["СГБ (Узбекистан)"] == confidence
    assert of_table["State Security Service (Uzbekistan)"] == confidence


def test_a_name_with_its_country_is_shown_without_another():
    shown = samples(Entity("ua", "СБУ", ORG, country="UA"))
    assert "Служба безопасности Украины" in {s.text for s in shown}


LONE = (Entity("zrk", "ZRK", ORG, country="AZ"), Entity("nino", "Nino Gelbashvili"))


@pytest.mark.parametrize(
    "text",
    [
        "ZRK detained two of the people in Baku.",
        "The officers said that the ZRK had the phones.",
        "Officers of ZRK, of Azerbaijan, said so.",
        "The lawyer said: ZRK has the phone of Nino Gelbashvili.",  # another watched name
        "ZRK məlumat yaydı.",  # the text is not English
    ],
)
def test_an_abbreviation_is_sure_where_the_article_speaks_of_its_country_or_case(text: str):
    assert ("zrk", "ZRK", "strong") in confidences(text, *LONE)


@pytest.mark.parametrize(
    "text", ["The soundbar supports ZRK and was sold in Berlin.", "The maker of ZRK cables said so."]
)
def test_an_abbreviation_alone_in_english_text_is_possible(text: str):
    assert confidences(text, *LONE) == [("zrk", "ZRK", "possible")]


def test_an_abbreviation_of_an_entry_without_country_counts_as_before():
    text = "The soundbar supports ZRK and was sold in Berlin."
    assert confidences(text, Entity("zrk", "ZRK", ORG)) == [("zrk", "ZRK", "strong")]
