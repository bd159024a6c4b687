"""Armenian, Georgian, Arabic and Persian names: in their scripts with endings, and as Russian and English news spell them."""

from __future__ import annotations

import pytest

from monitor.match import compile_watchlist, find_mentions
from monitor.model import Entity, EntityType

LIST = compile_watchlist(
    [
        Entity("gohar", "Gohar Harutyunyan"),
        Entity("robert", "Ռոբերտ Անանյան"),
        Entity("lasha", "Lasha Lomtatidze"),
        Entity("muhammad", "Mohammed al-Rashidi"),
        Entity("yusuf", "Youssef Khalilpour"),
        Entity("hosein", "Хосейн Касеми"),
        Entity("abdul", "Abdulrahman Zakariya"),
        Entity("service", "National Security Service", EntityType.ORGANIZATION, country="AM"),
    ]
)


def mentions(text: str, confidence: str = "strong") -> list[tuple[str, str]]:
    return [(m.entity, m.text) for m in find_mentions(text, LIST) if m.confidence == confidence]


@pytest.mark.parametrize(
    ("text", "entity", "words"),
    [
        # Armenian in its cases, listed in Latin or Armenian letters
        ("Գոհար Հարությունյանը խոսեց։", "gohar", "Գոհար Հարությունյանը"),
        ("Դա Գոհար Հարությունյանի գործն է։", "gohar", "Գոհար Հարությունյանի"),
        ("Նա գրեց Գոհար Հարությունյանին։", "gohar", "Գոհար Հարությունյանին"),
        ("Ռոբերտ Անանյանից պատասխան չկա։", "robert", "Ռոբերտ Անանյանից"),
        ("Ռոբերտ Անանյանով զբաղվում են։", "robert", "Ռոբերտ Անանյանով"),
        ("Ռոբերտ Անանյանն ասաց։", "robert", "Ռոբերտ Անանյանն"),
        ("Robert Ananyan spoke.", "robert", "Robert Ananyan"),
        ("Роберта Ананяна вызвали.", "robert", "Роберта Ананяна"),
        ("Гоар Арутюнян вызвали.", "gohar", "Гоар Арутюнян"),
        ("Ազգային անվտանգության ծառայությունը լռում է։", "service", "Ազգային անվտանգության ծառայությունը"),
        ("Ազգային անվտանգության ծառայության տնօրենը լռում է։", "service", "Ազգային անվտանգության ծառայության"),
        # Georgian
        ("ლაშა ლომთათიძემ თქვა.", "lasha", "ლაშა ლომთათიძემ"),
        ("ლაშა ლომთათიძის საქმე", "lasha", "ლაშა ლომთათიძის"),
        # Arabic and Persian: short vowels differ
        ("Muhammad al-Rashidi left.", "muhammad", "Muhammad al-Rashidi"),
        ("Mohamed Al Rashidi left.", "muhammad", "Mohamed Al Rashidi"),
        ("Мохаммада ар-Рашиди вызвали.", "muhammad", "Мохаммада ар-Рашиди"),
        ("Мухаммед аль-Рашиди ушёл.", "muhammad", "Мухаммед аль-Рашиди"),
        ("Yusuf Khalilpour left.", "yusuf", "Yusuf Khalilpour"),
        ("Юсуфа Халилпура вызвали.", "yusuf", "Юсуфа Халилпура"),
        ("Hussein Kasemi left.", "hosein", "Hussein Kasemi"),
        ("Хусейну Касеми отказали.", "hosein", "Хусейну Касеми"),
        ("Abdurrahman Zakariya left.", "abdul", "Abdurrahman Zakariya"),
        ("Абдельрахман Закария ушёл.", "abdul", "Абдельрахман Закария"),
    ],
)
def test_a_name_is_found_in_its_script_and_as_news_spells_it(text: str, entity: str, words: str):
    assert (entity, words) in mentions(text)


@pytest.mark.parametrize(
    "text",
    [
        "Գոհար Հակոբյանը խոսեց։",
        "Աննա Հարությունյանը խոսեց։",  # another given name
        "Ռոբերտ Անանյանտուրը խոսեց։",  # no ending
        "Ռոբերտ Անանունյանը խոսեց։",
        "Անի Անանյանի գործը",
        "Гоар Аракелян ушла.",
        "Маро Арутюнян ушла.",
        "ლაშა ლომიძემ თქვა.",
        "Mahmoud al-Rashidi left.",
        "Ahmed al-Rashidi left.",
        "Yunus Khalilpour left.",
        "Hassan Kasemi left.",
        "Хасану Касеми отказали.",
        "Abdullah Zakariya left.",
        "Ազգային ժողովի ծառայությունը լռում է։",  # of the parliament
    ],
)
def test_other_names_of_the_same_script_are_not_found(text: str):
    assert mentions(text) == []
