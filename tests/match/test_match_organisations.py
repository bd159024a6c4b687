"""Organisations and outlets: words in order, acronyms, names that are common words."""

from __future__ import annotations

import pytest

from monitor.match import compile_watchlist, find_mentions
from monitor.model import Confidence, Entity, EntityType

ORG, OUTLET = EntityType.ORGANIZATION, EntityType.OUTLET
BODY = Entity(
    "body",
    "State Agency of Water Safety",
    ORG,
    ("САВБ", "SAWS", "Государственное агентство водной безопасности", "Суу коопсуздугу боюнча мамлекеттик агенттик"),
)
LOOP = Entity("bloom", "Bloom", OUTLET, ("Блуум", "Bloom.kg", "Bloom Media"))
NEWS = Entity("42kg", "42.kg", OUTLET)
ANGYZ = Entity("angyz", "Аңгыз", OUTLET)
ROAD = Entity("road", "Novaya Doroga", OUTLET, ("Новая дорога",))
LIST = compile_watchlist([BODY, LOOP, NEWS, ANGYZ, ROAD])


def strong(text: str) -> list[tuple[str, str]]:
    mentions = find_mentions(text, LIST)
    assert all(m.span.of(text) == m.text and m.why for m in mentions)
    return [(m.entity, m.text) for m in mentions if m.confidence is Confidence.STRONG]


@pytest.mark.parametrize(
    ("text", "entity", "words"),
    [
        ("The State Agency of Water Safety said", "body", "State Agency of Water Safety"),
        ("в Государственном агентстве водной безопасности", "body", "Государственном агентстве водной безопасности"),
        (
            "Суу коопсуздугу боюнча мамлекеттик агенттиктин өкүлү",
            "body",
            "Суу коопсуздугу боюнча мамлекеттик агенттиктин",
        ),
        ("САВБ сообщает", "body", "САВБ"),
        ("САВБнын өкүлү", "body", "САВБнын"),
        ("САВБ-га кайрылды", "body", "САВБ"),
        ("САВБлардын өкүлү", "body", "САВБлардын"),
        ("SAWS's report", "body", "SAWS's"),
        ("журналисты Bloom узнали", "bloom", "Bloom"),
        ("«Блуумдун» кабарчысы", "bloom", "Блуумдун"),
        ("сайт Bloom.kg пишет", "bloom", "Bloom.kg"),
        ("редакция 42.kg пишет", "42kg", "42.kg"),
        ("«Аңгыз» сайты жазды", "angyz", "Аңгыз"),
        ("Ангызга айтты", "angyz", "Ангызга"),  # typed without ң
        ("корреспондент Новой дороги", "road", "Новой дороги"),
        ("об этом пишет «новая дорога»", "road", "новая дорога"),
        (
            "о деле государственного агентства водной безопасности",
            "body",
            "государственного агентства водной безопасности",
        ),
    ],
)
def test_a_body_is_found_in_its_forms(text, entity, words):
    assert strong(text) == [(entity, words)]


@pytest.mark.parametrize(
    "text",
    [
        "савб сказал, saws cut wood",
        "САВБМ сообщает, SAWSX too",
        "Agency of Water, Safety and State",
        "State Agency for Roads",
        "flowers in full bloom",
        "Тренер Блумм доволен, Blom too",
        "42 bags, a kg each",
        "аңгызда эгин жок",  # the common word: a stubble field
        "Мед. Ангина у детей",
        "к селу ведёт новая дорога",
        "Новая дорога открыта. Новая дорога длинная.",  # the capital is the sentence's
        "42 kg of rice",
    ],
)
def test_common_words_and_other_bodies_are_not_found(text):
    assert strong(text) == []


STATE_BODIES = compile_watchlist(
    [
        Entity("water", "Water Ministry", ORG, ("Министерство воды", "Суу министрлиги", "Ministry of Water")),
        Entity("court", "Верховный суд", ORG),
        Entity("forest", "Ministry of Forest", ORG),
        Entity("sea", "Ministry of Deep Sea", ORG),
        Entity("road", "Новая дорога", OUTLET),
    ]
)


@pytest.mark.parametrize(
    ("text", "entities"),
    [
        ("Министерство воды ответило.", ["water"]),
        ("Министерству воды не ответили.", ["water"]),
        ("Пишут в министерство воды.", ["water"]),
        ("Суу министрлигине кат жазышты.", ["water"]),
        ("Кеше суу министрлигинен жооп келди.", ["water"]),
        ("The water ministry said no.", ["water"]),
        ("Ministry of Water said no.", ["water"]),
        ("the ministry of water said no.", ["water"]),
        ("The Forest Ministry said no.", ["forest"]),
        ("the forest ministry's answer", ["forest"]),
        ("the Deep Sea Ministry said no.", ["sea"]),
        ("The Ministry of Forest said no.", ["forest"]),
        ("The sea ministry said no.", []),
        ("The forest, ministry of trees", []),
        ("Верховный суд отменил решение.", ["court"]),
        ("Дело передали в верховный суд.", ["court"]),
        ("Новая дорога открыта.", []),  # no body of a state
        ("Министерство новой воды ждёт.", ["water"]),
        ("Министерство. Воды не было.", []),
        ("Верховный, суд ждёт.", []),
        ("Министр воды ждёт.", []),
        ("Министерство водки ждёт.", []),
        ("The ministry, water and roads.", []),
        ("Water ministries are many.", []),
    ],
)
def test_a_state_body_of_two_words_needs_no_capital(text, entities):
    mentions = find_mentions(text, STATE_BODIES)
    assert [m.entity for m in mentions if m.confidence is Confidence.STRONG] == entities


@pytest.mark.parametrize(
    ("name", "text", "is_clear"),
    [
        ("Кактус", "Кактус зацвёл.", False),
        ("Kaktus", "Кактус зацвёл.", False),
        ("Кактус", "Kaktus закрыт.", True),  # in Latin letters it is no Russian word
        ("Азаттык", "Azattyk закрыт.", True),
        ("April TV", "April TV ratings fell.", False),
        ("April TV", "They watch April TV here.", True),
        ("April TV", "«April TV» is closed.", True),
        ("Salt TV", "Salt TV is closed.", True),
    ],
)
def test_an_ordinary_word_at_the_beginning_of_a_sentence_is_no_clear_name(name, text, is_clear):
    (mention,) = find_mentions(text, compile_watchlist([Entity("a", name, OUTLET)]))
    assert (mention.confidence is Confidence.STRONG) is is_clear


def test_an_acronym_in_brackets_after_the_full_name_counts_from_there():
    text = "Жалоба: Государственное агентство водной безопасности (ГАВБ) ответило. Позже ГАВБ молчало."
    assert [words for _, words in strong(text)] == ["Государственное агентство водной безопасности", "ГАВБ", "ГАВБ"]
    assert strong("ГАВБ молчало.") == []


@pytest.mark.parametrize(
    ("text", "is_clear"),
    [
        ("РЕБЯТА БЕЗ КОС ПРИШЛИ\nДлинный рассказ.", False),  # capitals that say nothing
        ("РЕБЯТА БЕЗ КОС ПРИШЛИ\nПозже КОС сообщила.", True),  # it also stands elsewhere
        ("КОС сообщила.", True),
        ("КОС, КПД", True),  # acronyms alone are no headline
        ("ГКМБНЫН ӨКҮЛҮ КЕЧЭЭ АЙТТЫ", True),  # the ending in capitals too
        ("ВЧЕРА ГКМБ СООБЩИЛО НОВОСТИ", True),  # nobody can say it, so it is no word
    ],
)
def test_in_a_line_of_capitals_an_acronym_may_be_a_word(text, is_clear):
    both = compile_watchlist([Entity("kos", "КОС", ORG), Entity("gkmb", "ГКМБ", ORG)])
    mentions = find_mentions(text, both)
    assert mentions
    assert all((m.confidence is Confidence.STRONG) is is_clear for m in mentions)


@pytest.mark.parametrize(
    ("text", "is_clear"),
    [
        ("Бакча ачылды. Анан бакча чоңойду.", None),
        ("Бакча ачылды. Анан бакчада гүл өстү.", False),
        ("Бакча ачылды.", True),
        ("«Бакча» сайты жазды. Анан бакчада гүл өстү.", True),
        ("Кечээ Бакча жазды. Анан бакчада гүл өстү.", True),
        ("БАКЧА КЕЧЭЭ АЧЫЛДЫ\nАнан бакчада гүл өстү.", False),
    ],
)
def test_a_name_that_opens_a_sentence_and_stands_in_small_letters_may_be_the_word(text, is_clear):
    mentions = find_mentions(text, compile_watchlist([Entity("garden", "Бакча", OUTLET)]))
    assert {m.confidence is Confidence.STRONG for m in mentions} == {bool(is_clear)}


@pytest.mark.parametrize(
    ("text", "is_clear"),
    [
        ("Азаттык үчүн күрөш.", False),
        ("АЗАТТЫК ҮЧҮН КҮРӨШ БАШТАЛДЫ", False),
        ("Кечээ Азаттык жазды.", True),
        ("«Азаттык» жазды.", True),
        ("Азаттык гезити жазды.", True),
        ("Азаттык үчүн күрөш. Кечээ Азаттык жазды.", True),  # it stands elsewhere by itself
    ],
)
def test_an_ordinary_word_that_opens_a_sentence_needs_quotes_or_its_type(text, is_clear):
    mentions = find_mentions(text, compile_watchlist([Entity("freedom", "Азаттык", OUTLET)]))
    assert {m.confidence is Confidence.STRONG for m in mentions} == {is_clear}


def test_reasons_name_the_ending_of_a_doubled_consonant_and_an_acronym_as_listed():
    both = compile_watchlist([Entity("freedom", "Азаттык", OUTLET), Entity("b", "САВБ", ORG)])
    freedom, body = find_mentions("Кечээ Азаттыкка САВБ айтты.", both)
    assert freedom.why[:2] == ("“Азаттыкка” is Азаттык", "“Азаттыкка”: dative of Азаттык")
    assert body.why == ("“САВБ” is the name as listed",)


def test_a_name_in_its_own_script_comes_first():
    both = compile_watchlist([Entity("latin", "Bloom", OUTLET), Entity("cyrillic", "Блоом", OUTLET)])
    assert [m.entity for m in find_mentions("Говорят, Bloom и Блоом спорят.", both)] == ["latin", "cyrillic"]


def test_an_acronym_is_introduced_in_kyrgyz_too():
    text = "Суу коопсуздугу боюнча мамлекеттик агенттик (мындан ары - СКМА) айтты. СКМАга кат, СКМА-дан жооп. СКМАМ."
    assert [words for _, words in strong(text)][1:] == ["СКМА", "СКМАга", "СКМА"]


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("Council of Security and Co-operation", "the Council of Security and Co-operation said", [0]),
        ("Tehreek-e-Labbaik", "leaders of Tehreek-e-Labbaik and others", [0]),
        ("Техрик-и-Лабаик", "лидеры Техрик-и-Лабаика сказали", [0]),
        ("Tehreek-e-Labbaik", "leaders of Tehreek-long-Labbaik", []),
        ("Tehreek-e-Labbaik", "leaders of Tehreek - Labbaik", [0]),
        ("Tehreek-e-Labbaik", "leaders of Tehreek-e – Labbaik", []),
        ("Tehreek-e-Labbaik", "Tehreek-e, Labbaik", []),
    ],
)
def test_a_short_word_that_is_hyphened_to_the_next_may_stand_within_a_body(name, text, words):
    mentions = find_mentions(text, compile_watchlist([Entity("a", name, ORG)]))
    assert [n for n, _ in enumerate(mentions)] == words


@pytest.mark.parametrize(
    ("text", "confidence"),
    [
        # in a Cyrillic text the Latin word is no ordinary one, whatever its ending is written in
        ("Aprelдин редактору келди.", Confidence.STRONG),
        ("Aprelге айып салынды.", Confidence.STRONG),
        ("Aprel жабылды.", Confidence.STRONG),
        ("Апрелдин башында келди.", Confidence.POSSIBLE),
        ("Апрелге чейин күтөбүз.", Confidence.POSSIBLE),
    ],
)
def test_a_word_is_ordinary_in_the_script_of_its_name_not_of_its_ending(text: str, confidence: Confidence):
    compiled = compile_watchlist([Entity("aprel", "Апрель", EntityType.OUTLET)])
    assert [mention.confidence for mention in find_mentions(text, compiled)] == [confidence]
