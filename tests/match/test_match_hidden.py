"""Names of outlets and bodies that writers hide from filters."""

from __future__ import annotations

import pytest

from monitor.match import compile_watchlist, find_mentions, match_documents
from monitor.model import Confidence, Document, Entity, EntityType

LIST = compile_watchlist(
    [
        Entity("zloop", "Zloop", EntityType.OUTLET, ("Злооп",)),
        Entity("gzk", "ГЗК", EntityType.ORGANIZATION, ("GZK",)),
        Entity("polyn", "Полынка", EntityType.OUTLET),
        Entity("melis", "Melis Tokoev"),
    ]
)


@pytest.mark.parametrize(
    ("text", "entity", "words"),
    [
        ("Читайте З л о о п каждый день.", "zloop", "З л о о п"),
        ("The Z-l-o-o-p newsroom was searched.", "zloop", "Z-l-o-o-p"),
        ("The Z.l.o.o.p newsroom was searched.", "zloop", "Z.l.o.o.p"),
        ("It was searched by G.Z.K. at six.", "gzk", "G.Z.K."),
        ("Они из Г З К опять звонили.", "gzk", "Г З К"),
        ("Был в Г З К вчера.", "gzk", "Г З К"),
        ("Был в Г·З·К вчера.", "gzk", "Г·З·К"),
    ],
)
def test_a_name_whose_letters_stand_apart_is_found(text, entity, words):
    (mention,) = find_mentions(text, LIST)
    assert (mention.entity, mention.text, mention.confidence) == (entity, words, Confidence.STRONG)
    assert "its letters stand apart" in map(str, mention.why)


@pytest.mark.parametrize(
    ("text", "entity", "words"),
    [
        ("Сайт З*лооп признан нежелательным.", "zloop", "З*лооп"),
        ("Писали в «П*лынку» и «П*лынка».", "polyn", "П*лынка"),
        ("Разблокировали Зл00п? Нет.", "zloop", "Зл00п"),
        ("They read Zl00p daily.", "zloop", "Zl00p"),
    ],
)
def test_a_name_with_stars_or_figures_is_possible(text, entity, words):
    (mention,) = find_mentions(text, LIST)
    assert (mention.entity, mention.text, mention.confidence) == (entity, words, Confidence.POSSIBLE)


@pytest.mark.parametrize(
    "text",
    [
        "Г. З. К. Иванов и З. К. Петров пришли.",  # initials
        "1. Г. З. К.\n2. Г. З.",
        "и в с к у о а г з к",  # small words
        "СОВЕТ Г З",
        "Пункты а-б-в-г и Г-З.",
        "Z-l-o-o-p-s is another.",
        "Слово **злооп** и *Зло*.",
        "П**ка и З*а",
        "Модель Z100p и ZL00M.",
        "Г З К О вышла.",  # another name
        "M e l i s",
    ],
)
def test_initials_lists_and_other_words_hide_no_name(text):
    assert find_mentions(text, LIST) == ()


def test_a_batch_finds_hidden_names_that_nothing_else_announces():
    texts = ["Nothing.", "It was G.Z.K. at six.", "Сайт З*лооп закрыт.", "Они из Г З К опять."]
    matches = match_documents([Document(id=str(n), text=text) for n, text in enumerate(texts)], LIST)
    assert [len(mentions) for _, mentions in matches] == [0, 1, 1, 1]


def test_a_page_of_stars_takes_no_longer_than_others():
    text = "З*з " * 20_000 + "З з " * 20_000
    assert find_mentions(text, LIST) == ()
