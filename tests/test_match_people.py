"""Names of persons: a table per rule, with what must match and what must not."""

from __future__ import annotations

import pytest

from monitor.match import compile_watchlist, find_mentions
from monitor.model import Confidence, Entity

MELIS = Entity("melis", "Melis Tokoev")
JAMBY = Entity("jamby", "Жамбы Сыдыкбаева")
ASAN = Entity("asan", "Асан Бакир уулу")
NURAI = Entity("nurai", "Нурай Орозалы кызы")
ZHOROBEK = Entity("zhorobek", "Zhorobek Duishenaliev")
PAVEL = Entity("pavel", "Павел Островский")
AZIM = Entity("azim", "Azim Kerim tegin")
DINAR = Entity("dinar", "Динар Исаев")
LIST = compile_watchlist([MELIS, JAMBY, ASAN, NURAI, ZHOROBEK, PAVEL, DINAR, AZIM])


def strong(text: str, title: str = "") -> list[tuple[str, str]]:
    found = find_mentions(text, LIST, title)
    for mention in found:
        assert mention.span.of(title if mention.field == "title" else text) == mention.text
        assert mention.why
    return [(m.entity, m.text) for m in found if m.confidence is Confidence.STRONG]


def possible(text: str) -> list[tuple[str, str]]:
    return [(m.entity, m.text) for m in find_mentions(text, LIST) if m.confidence is Confidence.POSSIBLE]


@pytest.mark.parametrize(
    ("text", "entity", "words"),
    [
        # scripts and spellings, the list in Latin or Cyrillic
        ("Суд отпустил Мелиса Токоева.", "melis", "Мелиса Токоева"),
        ("Meliss Tokoyev was freed.", "melis", "Meliss Tokoyev"),
        ("Jamby Sydykbaeva wrote it.", "jamby", "Jamby Sydykbaeva"),
        ("Djamby Sadykbayeva wrote it.", "jamby", "Djamby Sadykbayeva"),
        ("Жоробек Дүйшеналиев келди.", "zhorobek", "Жоробек Дүйшеналиев"),
        ("Jorobek Duyshenaliyev came.", "zhorobek", "Jorobek Duyshenaliyev"),
        ("МЕЛИС ТОКОЕВ ЗАДЕРЖАН", "melis", "МЕЛИС ТОКОЕВ"),
        ("Пришёл Meлиc Toкoeв.", "melis", "Meлиc Toкoeв"),  # Latin look-alikes
        ("Мелис\u00a0То\u00adкоев ушёл.", "melis", "Мелис\u00a0То\u00adкоев"),
        # Russian endings
        ("Письмо Мелису Токоеву.", "melis", "Мелису Токоеву"),
        ("С Мелисом Токоевым говорили.", "melis", "Мелисом Токоевым"),
        ("О Мелисе Токоеве молчат.", "melis", "Мелисе Токоеве"),
        ("Видели Жамбы Сыдыкбаеву.", "jamby", "Жамбы Сыдыкбаеву"),
        ("С Жамбы Сыдыкбаевой говорили.", "jamby", "Жамбы Сыдыкбаевой"),
        ("У Павла Островского обыск.", "pavel", "Павла Островского"),
        ("С Павлом Островским говорили.", "pavel", "Павлом Островским"),
        # Kyrgyz endings and their chains
        ("Мелис Токоевдин иши", "melis", "Мелис Токоевдин"),
        ("Мелис Токоевге кат", "melis", "Мелис Токоевге"),
        ("Мелис Токоевден сура", "melis", "Мелис Токоевден"),
        ("Мелис Токоевдердики", "melis", "Мелис Токоевдердики"),
        ("Жамбы Сыдыкбаеванын сөзү", "jamby", "Жамбы Сыдыкбаеванын"),
        ("Жамбы Сыдыкбаевага кат", "jamby", "Жамбы Сыдыкбаевага"),
        # order, patronymic
        ("Токоев Мелис Асанович задержан.", "melis", "Токоев Мелис"),
        ("TOKOEV Melis was held.", "melis", "TOKOEV Melis"),
        ("Мелис Асанович Токоев задержан.", "melis", "Мелис Асанович Токоев"),
        ("Сыдыкбаева Жамбы келди.", "jamby", "Сыдыкбаева Жамбы"),
        # compounds
        ("Asan Bakir uulu said so.", "asan", "Asan Bakir uulu"),
        ("Бакир уулу Асан айтты.", "asan", "Бакир уулу Асан"),
        ("Асан Бакир уулунун сөзү", "asan", "Асан Бакир уулунун"),
        ("Nurai Orozaly-kyzy spoke.", "nurai", "Nurai Orozaly-kyzy"),
        ("Nuray Orozalykyzy spoke.", "nurai", "Nuray Orozalykyzy"),
        ("Нурай Орозалы кызынын апасы", "nurai", "Нурай Орозалы кызынын"),
        ("Видели Азима Керим тегина.", "azim", "Азима Керим тегина"),
        ("Azim Kerim tegin spoke.", "azim", "Azim Kerim tegin"),
        # typos
        ("Мелис Токооев кармалды.", "melis", "Мелис Токооев"),
        ("Жоробек Дүйшенлаиев келди.", "zhorobek", "Жоробек Дүйшенлаиев"),
        ("Zhorbek Duishenaliev came.", "zhorobek", "Zhorbek Duishenaliev"),
    ],
)
def test_a_full_name_is_found_in_any_form(text, entity, words):
    assert strong(text) == [(entity, words)]


@pytest.mark.parametrize(
    "text",
    [
        "Мурат Токоев пришёл.",  # another given name
        "Мелис Токомбаев пришёл.",  # another surname
        "Вчера Динар Исаева пришла.",  # a woman
        "Жамбы Сыдыков келди.",  # her surname in the man's form
        "Здесь Мелис! Токоев и другие ушли.",
        "Бакир келди, Асан кетти.",  # the father's name alone is nobody's
        "Асан Бакировдун уулу келди.",
        "Нурай Орозалынын кызы келди.",  # Orozaly's daughter
        "Нурай Орозалы уулу келди.",  # the other particle
        "мелис токоев деген сөз",  # not capitalised
        "Мелис Окоев пришёл.",  # the first letter is never a typo
        "Павел Островной пришёл.",
        "Токоевка — село, Мелисбаево — тоже.",
        "Zhorobek Duishenov came.",
    ],
)
def test_another_person_is_not_found(text):
    assert strong(text) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Токоев уехал.", "Токоев"),
        ("Адвокат Токоева молчит.", "Токоева"),
        ("М. Токоев уехал.", "М. Токоев"),
        ("Токоев М. уехал.", "Токоев М"),
    ],
)
def test_a_surname_or_initials_alone_are_only_possible(text, words):
    assert strong(text) == []
    assert possible(text) == [("melis", words)]


def test_after_the_full_name_the_surname_and_the_initials_count():
    text = "Мелис Токоев уехал. Токоева ждали, М. Токоев вернулся."
    assert [words for _, words in strong(text)] == ["Мелис Токоев", "Токоева", "М. Токоев"]


def test_the_full_name_may_stand_in_the_title():
    assert strong("Токоев уехал.", title="Мелис Токоев на свободе") == [("melis", "Мелис Токоев"), ("melis", "Токоев")]


@pytest.mark.parametrize("other", ["Мурат Токоев", "Б. Токоев", "Асель Токоева", "Иванов-Токоев", "Токоев-Иванов"])
def test_another_given_name_in_front_blocks_the_surname(other):
    text = f"Мелис Токоев уехал. А вот {other} остался."
    assert strong(text) == [("melis", "Мелис Токоев")]


def test_a_title_in_front_is_no_given_name():
    text = "Мелис Токоев уехал. Говорит, что Депутат Токоев вернётся."
    assert strong(text)[1] == ("melis", "Токоев")


def test_the_kyzy_name_counts_whole_after_the_full_name():
    text = "Нурай Орозалы кызы келди. Орозалы кызынын апасы да келди. Орозалы кетти."
    assert [words for _, words in strong(text)] == ["Нурай Орозалы кызы", "Орозалы кызынын"]


def test_two_with_one_surname_are_told_apart_or_left_possible():
    both = compile_watchlist([MELIS, Entity("murat", "Мурат Токоев")])
    one = find_mentions("Мурат Токоев пришёл. Токоев сел.", both)
    assert [(m.entity, m.confidence) for m in one if m.text == "Токоев"] == [("murat", Confidence.STRONG)]
    two = find_mentions("Мурат Токоев и Мелис Токоев пришли. Токоев сел.", both)
    assert {m.confidence for m in two if m.text == "Токоев"} == {Confidence.POSSIBLE}


def test_two_given_names_before_one_surname_are_two_people():
    both = compile_watchlist([MELIS, Entity("murat", "Мурат Токоев")])
    found = find_mentions("Пришли Мурат и Мелис Токоевы.", both)
    assert {m.entity for m in found if m.confidence is Confidence.STRONG} == {"melis", "murat"}


def test_reasons_are_plain_sentences():
    (mention,) = find_mentions("Письмо Мелису Токоеву.", LIST)
    assert mention.why == (
        "“Мелису Токоеву” is Melis Tokoev",
        "“Мелису”: dative of Melis",
        "“Мелису” = Melis in the other script",
        "“Токоеву”: dative of Tokoev",
        "“Токоеву” = Tokoev in the other script",
    )
    (exact,) = find_mentions("Пришла Жамбы Сыдыкбаева.", LIST)
    assert exact.why == ("“Жамбы Сыдыкбаева” is the name as listed",)
    assert exact.score == 100.0
