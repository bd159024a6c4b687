"""Names of the twelve countries as their own languages, English and people in a hurry write them."""

from __future__ import annotations

import pytest

from monitor.match import compile_watchlist, find_mentions
from monitor.model import Confidence, Entity, EntityType

LIST = compile_watchlist(
    [
        Entity("sevgi", "Şevgi Taşkıranoğlu"),
        Entity("qemer", "Qəmər Qasımzadə"),
        Entity("tural", "Tural Məhərrəmbəyli"),
        Entity("bohdan", "Hryvnenko Bohdan"),
        Entity("nika", "Лоладзе Ника"),
        Entity("chyrvony", "Чырвоны млын", EntityType.OUTLET),
        Entity("gunes", "Güneş Haber", EntityType.OUTLET),
        Entity("qala", "Qala", EntityType.OUTLET),
        Entity("sgb", "СГБ Азербайджана", EntityType.ORGANIZATION, country="AZ"),
        Entity("sgb-ge", "СГБ Грузии", EntityType.ORGANIZATION, country="GE"),
    ]
)


def strong(text: str) -> list[tuple[str, str]]:
    mentions = find_mentions(text, LIST)
    return [(m.entity, m.text) for m in mentions if m.confidence is Confidence.STRONG]


@pytest.mark.parametrize(
    ("text", "entity", "words"),
    [
        # typed without the signs
        ("Novelist Sevgi Taskiranoglu walked free.", "sevgi", "Sevgi Taskiranoglu"),
        ("S. Taskiranoglu and Sevgi Taskiranoglu", "sevgi", "S. Taskiranoglu"),
        ("She writes for Gunes Haber.", "gunes", "Gunes Haber"),
        # Azerbaijani in its own endings, and as English hears it
        ("Jurnalist Qəmər Qasımzadənin həbs müddəti uzadıldı.", "qemer", "Qəmər Qasımzadənin"),
        ("Tural Məhərrəmbəylidən xəbər yoxdur, Əli dedi.", "tural", "Tural Məhərrəmbəylidən"),
        ("Reporter Gamar Gasimzade was moved.", "qemer", "Gamar Gasimzade"),
        ("Репортёра Гамар Гасымзаде перевели.", "qemer", "Гамар Гасымзаде"),
        # surname first on the list, with the surname alone later
        ("Богдан Гривненко прийшов. Гривненку відмовили.", "bohdan", "Гривненку"),
        ("З Богданом Гривненком говорили вчора.", "bohdan", "Богданом Гривненком"),
        ("Ника Лоладзе ушёл. Лоладзе молчит.", "nika", "Лоладзе"),
        # Belarusian
        ("Рэдактар «Чырвонага млына» сказаў.", "chyrvony", "Чырвонага млына"),
        # each body has the country that its own words name
        ("СГБ Азербайджана, СГБ Грузии договорились.", "sgb", "СГБ Азербайджана"),
        ("СГБ Азербайджана, СГБ Грузии договорились.", "sgb-ge", "СГБ Грузии"),
    ],
)
def test_a_name_is_found_as_it_is_written_next_door(text, entity, words):
    assert (entity, words) in strong(text)


@pytest.mark.parametrize(
    "text",
    [
        "Shevgi Tashkiranov came.",
        "Gamar Gasimova was moved.",
        "The Qalanin is a ship.",  # no Azerbaijani ending: the text is English
        "Melis Lolashvili came.",
    ],
)
def test_others_are_not_found_next_door(text):
    assert strong(text) == []
