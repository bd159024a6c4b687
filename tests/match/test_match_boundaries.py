"""Names over a line's end, in hashtags, after a comma, and after an outlet or a place with a capital."""

from __future__ import annotations

import gc
import weakref

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit import reference_matcher as reference
from monitor.match import compile_watchlist, find_mentions
from monitor.model import Confidence, Context, Entity, EntityType

LIST = compile_watchlist(
    [
        Entity("melis", "Melis Tokoev", context=Context(support=("Bloom", "Блуум"))),
        Entity("asel", "Асель Мамырова"),
        Entity("zyya", "Zyyagul Bakir-kyzy"),
        Entity("bloom", "Bloom", EntityType.OUTLET, ("Блуум",)),
        Entity("may", "Май ТВ", EntityType.OUTLET, ("May TV",)),
        Entity("art", "ArtKolkhoz", EntityType.OUTLET),
        Entity("ministry", "Министерство воды, рек и озёр", EntityType.ORGANIZATION),
    ]
)
PLAIN = reference.PlainIndex(LIST.index.words)


def mentions(text: str) -> list[str]:
    """Return the words found; in brackets where they are only possible. The slow reference finds the same."""
    all_mentions = find_mentions(text, LIST)
    assert all_mentions == reference.find_mentions(text, LIST, "", PLAIN)
    assert all(m.span.of(text) == m.text for m in all_mentions)
    return [m.text if m.confidence is Confidence.STRONG else f"({m.text})" for m in all_mentions]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        # a word broken by a hyphen
        ("Вчера Мелис Токо-\nев ушёл.", ["Мелис Токо-\nев"]),
        ("Вчера Ме-\nлис Токоев ушёл.", ["Ме-\nлис Токоев"]),
        ("Yesterday Melis To-\r\n  koev left.", ["Melis To-\r\n  koev"]),
        ("Кечээ Асель Мамыро\u00ad\nванын сөзү", ["Асель Мамыро\u00ad\nванын"]),
        ("> he said Melis Toko-\n> ev left", ["Melis Toko-\n> ev"]),
        ("Then Zyyagul Bakir-\nkyzy came.", ["Zyyagul Bakir-\nkyzy"]),
        ("Мелис Токоев-\nстарший ушёл.", ["Мелис Токоев"]),
        ("Вчера Мелис Токо -\nев ушёл.", ["Мелис Токо"]),
        ("Вчера Мелис Токо-\nЕв ушёл.", ["Мелис Токо"]),
        ("Вчера Мелис Токо-\n\nев ушёл.", ["Мелис Токо"]),
        # a name over the end of a line
        ("Жалобу подала Асель\nМамырова, её рассмотрят.", ["Асель\nМамырова"]),
        ("A letter from Melis\nTokoev was read.", ["Melis\nTokoev"]),
        ("> a letter from Melis\n> Tokoev was read", ["Melis\n> Tokoev"]),
        ("Сот Асель\nМамырованын арызын карады.", ["Асель\nМамырованын"]),
        ("Then Zyyagul Bakir\nkyzy came, Zyyagul\nBakir kyzy left.", ["Zyyagul Bakir\nkyzy", "Zyyagul\nBakir kyzy"]),
        ("Ходатайство Мамыровой\nАсели приобщили.", ["Мамыровой\nАсели"]),
        ("Пришли:\nАсанов Мелис\nТокоев Азамат", ["(Токоев)"]),
        ("Пришли:\nМелис\nТокоев", ["(Токоев)"]),
        ("Что сказал Мелис\n\nТокоев не ответил.", ["(Токоев)"]),
        ("Фото: Азамат Бакиров\nТокоев, журналист «Блуума», вышел.", ["Токоев", "Блуума"]),
    ],
)
def test_a_name_goes_on_over_a_line_end_in_prose_and_not_in_lists(text, words):
    assert mentions(text) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Тег #МелисТокоев у всех.", ["МелисТокоев"]),
        ("Тег #ТокоевМелис у всех.", ["ТокоевМелис"]),
        ("Тег #мелистокоев у всех.", ["мелистокоев"]),
        ("Тег #мелис_токоев у всех.", ["мелис_токоев"]),
        ("Тег #зыягуль_бакир_кызы у всех.", ["зыягуль_бакир_кызы"]),
        ("Тег #СвободуМелисуТокоеву у всех.", ["МелисуТокоеву"]),
        ("The tag #FreeZyyagulBakirkyzy, #Free_Melis_Tokoev2025", ["ZyyagulBakirkyzy", "Melis_Tokoev"]),
        ("The tag #FreeBloom, #ArtKolkhoz, #FreeTokoev", ["Bloom", "ArtKolkhoz", "Tokoev"]),
        ("The tag #FreeTokoev", ["(Tokoev)"]),
        ("@melis_tokoev, @melistokoev, t.me/melistokoev", ["(melis_tokoev)", "(melistokoev)", "(melistokoev)"]),
        ("мелистокоев, МелисТокоев", ["(МелисТокоев)"]),
        ("Тег #мелис #токоев, #токоев", []),
        ("Тег #мелис_асанов, #мелисов_токоевский", []),
        ("#свобода Токоев, журналист «Блуума»", ["Токоев", "Блуума"]),
    ],
)
def test_a_name_in_a_hashtag_is_found_as_its_plain_form_is(text, words):
    assert mentions(text) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("In May, TV viewers left.", []),
        ("Вышли «Май», ТВ и радио.", []),
        ("They left in May. TV viewers wept.", []),
        ("They watch May TV, others do not.", ["May TV"]),
        ("Сайт may.tv и «Май ТВ»", ["may.tv", "Май ТВ"]),
        ("Ответило Министерство воды, рек и озёр.", ["Министерство воды, рек и озёр"]),
        # a person's surname and given name are parted by one in indexes and lists of authors
        ("Tokoev, Melis. Letters.", ["Tokoev, Melis"]),
        ("Пришли Азамат Токоев, Мелис Бакиров.", []),
        ("Пришли Мелис, Токоев и Асель.", ["(Токоев)"]),
    ],
)
def test_a_comma_stands_inside_a_name_only_where_the_list_has_one(text, words):
    assert mentions(text) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Корреспондент Bloom М. Токоев вышел.", ["Bloom", "М. Токоев"]),
        ("Сотрудник Блуума М. Токоев вышел.", ["Блуума", "М. Токоев"]),
        ("The Bloom M. Tokoev left.", ["Bloom", "M. Tokoev"]),
        ("Блуум: сотрудник Блуума Токоев вышел.", ["Блуум", "Блуума", "Токоев"]),
        ("В Бишкеке М. Токоев вышел.", ["(М. Токоев)"]),
        ("Депутат Жогорку Кенеша М. Токоев вышел.", ["(М. Токоев)"]),
        ("Адвокат Минюста М. Токоев вышел.", ["(М. Токоев)"]),
        ("Бишкекте М. Токоев чыкты.", ["(М. Токоев)"]),
        ("In Bishkek M. Tokoev left.", ["(M. Tokoev)"]),
        ("Вчера Азамат М. Токоев вышел.", []),
        ("Дело Азамата М. Токоева закрыто.", []),
        ("Вчера Кенеш М. Токоев вышел.", []),
        ("Yesterday Tursunali M. Tokoev left.", []),
        ("Yesterday Azamat M. Tokoev of Bloom left.", ["Bloom"]),
        ("В Бишкеке Б. Токоев вышел.", []),
        ("В Бишкеке Токоев вышел.", []),
    ],
)
def test_an_outlet_or_a_place_before_an_initial_is_no_given_name(text, words):
    assert mentions(text) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("melis tokoev left the town again, wrote the blogger.", ["melis tokoev"]),
        ("yesterday melis tokoev left", ["(melis tokoev)"]),
        ("Yesterday melis tokoev left the town again, he wrote.", ["(melis tokoev)"]),
        ("Жеңүүчү — Мелис Токоевдур.", ["Мелис Токоевдур"]),
        ("Бул Асель Мамыровадыр.", ["Асель Мамыровадыр"]),
        ("Вчера Мелистур Токоев вышел.", []),
        # a woman's given name in -ь declines, in its own way
        ("У Асели Мамыровой обыск.", ["Асели Мамыровой"]),
        ("С Аселью Мамыровой и Зыягулью Бакир кызы", ["Аселью Мамыровой", "Зыягулью Бакир кызы"]),
        ("К Аселю Мамыровой, Аселем Мамыровой", []),
        ("У Аселя Мамырова обыск.", []),
        ("Вчера Мелисбек Токоев вышел.", ["(Мелисбек Токоев)"]),  # both are names of their own
    ],
)
def test_small_letters_and_rare_endings_are_read(text, words):
    assert mentions(text) == words


PIECES = st.sampled_from(
    [
        "Melis",
        "Tokoev",
        "Асель",
        "Мамырова",
        "Zyyagul",
        "kyzy",
        "Bloom",
        "Май",
        "ТВ",
        "BBC",
        "Bbc",
        "А.",
        "read",
        "ва",
        "20",
        "#Melis",
    ]
)
SEPARATORS = st.sampled_from(
    [" ", "\n", "-\n", ", ", ". ", " «", "» ", " (", ") ", " #", "_", "-", "\u00ad", "\u200d", "\u0301"]
)


@pytest.mark.hypothesis
@given(st.lists(st.tuples(PIECES, SEPARATORS), min_size=1, max_size=12))
def test_names_between_any_signs_are_read_as_the_reference_reads_them(pieces: list[tuple[str, str]]):
    text = "".join(part for piece in pieces for part in piece)
    mentions(text)
    mentions(text.rstrip())


@pytest.mark.parametrize("hashtag", ["#20\u00ad26", "#march20\u200b26", "#\u00b2\u200d0", "#2\u03010"])
def test_an_invisible_sign_in_a_hashtag_loses_no_name(hashtag: str):
    assert mentions(f"Вчера Melis Tokoev {hashtag}") == ["Melis Tokoev"]


COMMON = compile_watchlist([Entity("ivan", "Иван Иванов"), Entity("li", "Айбек Ли")])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('Иван "дед" Иванов', ['Иван "дед" Иванов']),
        ("Иван «дед» Иванов", ["Иван «дед» Иванов"]),
        ("Иван „дед“ Иванов", ["Иван „дед“ Иванов"]),
        ("Айбек (вова) Ли", ["Айбек (вова) Ли"]),
        ("Айбек «в» Ли", ["Айбек «в» Ли"]),
        ("Иван дед Иванов", []),
        ("Иван «и дед» Иванов", []),
        ('Иван, "дед" Иванов', []),
    ],
)
def test_a_nickname_in_small_letters_parts_no_common_surname_from_its_given_name(text: str, words: list[str]):
    places = find_mentions(text, COMMON)
    assert places == reference.find_mentions(text, COMMON, "", reference.PlainIndex(COMMON.index.words))
    assert [mention.text for mention in places] == words


def test_a_word_in_capitals_may_end_a_text_after_a_wrapped_name():
    assert mentions("Yesterday she read a letter from Melis\nTokoev BBC") == ["Melis\nTokoev"]


def test_the_words_of_a_removed_name_join_no_lines_any_more():
    melis, asel = Entity("melis", "Melis Tokoev"), Entity("asel", "Асель Мамырова")
    both = compile_watchlist([melis, asel])
    text = "Мелиса Токо-\nев-Мамырова."
    places = find_mentions(text, compile_watchlist([asel], both))
    assert places == find_mentions(text, compile_watchlist([asel])) and [m.text for m in places] == ["Мамырова"]


@pytest.mark.check
def test_a_list_that_is_replaced_does_not_stay_in_memory():
    replaced = compile_watchlist([Entity("melis", "Melis Tokoev", aliases=("М. Т. Токоев",))])
    assert find_mentions("Мелиса Токоева и Tokoyeva видели в Оше.", replaced)
    replaced_list = weakref.ref(replaced)
    del replaced
    gc.collect()
    assert replaced_list() is None
