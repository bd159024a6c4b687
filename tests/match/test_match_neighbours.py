"""Names in Kazakh, Uzbek, Tajik, Turkish and Ukrainian text, and Cyrillic endings of Latin names."""

from __future__ import annotations

import pytest

from monitor.match import compile_watchlist, find_mentions, near_misses
from monitor.match.index.endings import parted_ending
from monitor.match.index.names import read_particle
from monitor.match.known_names import is_declined_patronymic
from monitor.model import Confidence, Entity, EntityType
from monitor.text.normalize import repair_word

LIST = compile_watchlist(
    [
        Entity("melis", "Melis Tokoev"),
        Entity("jamby", "Жамбы Сыдыкбаева"),
        Entity("nurai", "Нурай Орозалы кызы"),
        Entity("asan", "Asan Bakir uulu"),
        Entity("zhorobek", "Zhorobek Zhanyshev"),
        Entity("habib", "Хабиб Токоленко"),
        Entity("erkin", "Erkin Salmaz"),
        Entity("brown", "Olga Brown"),
        Entity("bloom", "Bloom", EntityType.OUTLET),
        Entity("vista", "Vista Live", EntityType.OUTLET),
        Entity("fzp", "FZPK", EntityType.ORGANIZATION),
    ]
)


def strong(text: str) -> list[tuple[str, str]]:
    mentions = find_mentions(text, LIST)
    return [(m.entity, m.text) for m in mentions if m.confidence is Confidence.STRONG]


@pytest.mark.parametrize(
    ("text", "entity", "words"),
    [
        # Kazakh
        ("Кеше Мелис Токоевтің үйін тінтті.", "melis", "Мелис Токоевтің"),
        ("Мелис Токоевпен сұхбат.", "melis", "Мелис Токоевпен"),
        ("Жамбы Сыдықбаевамен сөйлестік.", "jamby", "Жамбы Сыдықбаевамен"),
        ("Нұрай Орозалы қызының ағасы келді.", "nurai", "Нұрай Орозалы қызының"),
        ("Нұрай Орозалықызы сотқа келді.", "nurai", "Нұрай Орозалықызы"),
        ("Асан Бәкір ұлы айтты.", "asan", "Асан Бәкір ұлы"),
        ("Еркін Салмазбен сұхбат құрдық.", "erkin", "Еркін Салмазбен"),
        # Uzbek in both scripts
        ("Мелис Токоевнинг уйи тинтилди.", "melis", "Мелис Токоевнинг"),
        ("Мелис Токоевни ҳибсга олишди.", "melis", "Мелис Токоевни"),
        ("Нурай Орозали қизига хат келди.", "nurai", "Нурай Орозали қизига"),
        ("Асан Бакир ўғли сўзлади.", "asan", "Асан Бакир ўғли"),
        ("Melis Tokoyevning uyi tintildi.", "melis", "Melis Tokoyevning"),
        ("Jambi Sidikbayevadan so‘rashdi.", "jamby", "Jambi Sidikbayevadan"),
        ("Nuray Orozali qizining otasi keldi.", "nurai", "Nuray Orozali qizining"),
        ("Asan Bakir oʻgʻli so‘zladi.", "asan", "Asan Bakir oʻgʻli"),
        ("Xabib Tokolenkoga maktub keldi.", "habib", "Xabib Tokolenkoga"),
        ("Erkin Salmazning maqolasi haqida yozdi.", "erkin", "Erkin Salmazning"),
        ("FZPKning raisi Bloom muxbiriga aytdi.", "fzp", "FZPKning"),
        # Tajik
        ("Мелис Токоевро боздошт карданд.", "melis", "Мелис Токоевро"),
        ("Нурай Орозалӣ қизӣ ба суд омад.", "nurai", "Нурай Орозалӣ қизӣ"),
        ("Эркин Салмазро ҷустуҷӯ доранд.", "erkin", "Эркин Салмазро"),
        # Turkish
        ("Melis Tokoyev'in evi arandı.", "melis", "Melis Tokoyev'in"),
        ("Melis Tokoyev’a ceza verildi.", "melis", "Melis Tokoyev’a"),
        ("Jambı Sıdıkbayeva'ya ulaşamadık.", "jamby", "Jambı Sıdıkbayeva'ya"),
        ("Nuray Orozalı kızının davası başladı.", "nurai", "Nuray Orozalı kızının"),
        ("Asan Bakir oğlu konuştu.", "asan", "Asan Bakir oğlu"),
        ("Corobek Canışev'den haber yok.", "zhorobek", "Corobek Canışev'den"),
        ("Bu haberi Bloom'un muhabiri yazdı.", "bloom", "Bloom'un"),
        # Ukrainian
        ("Мелісу Токоєву відмовили.", "melis", "Мелісу Токоєву"),
        ("Нурай Орозали кизи вийшла.", "nurai", "Нурай Орозали кизи"),
    ],
)
def test_a_name_is_found_in_the_languages_next_door(text, entity, words):
    assert (entity, words) in strong(text)


@pytest.mark.parametrize(
    "text",
    [
        "Мурат Токоевпен сұхбат.",  # another given name
        "Melis Tokoyevaning uyi tintildi.",  # a woman
        "Мелистің Токоевке айтқаны осы.",  # Melis told Tokoev
        "Melisning Tokoyevga aytgani shu.",
        "Мелиспен Токоев сөйлесті деген рас па?",
        "Нұрай Орозалының қызы келді.",  # Orozaly's daughter
        "Нұрай Орозалы ұлы келді.",  # the other particle
        "Asan Bakirning oʻgʻli so‘zladi.",  # Bakir's son
        "Olga Browning wrote it.",  # no Uzbek genitive of Brown
        "Ольга Браунинг ушла.",
        "Erkin Salmazda said so.",
        "Эркин Салмазро ушёл.",
        "Melis Tokoevun kitabı çıktı.",  # Turkish wants an apostrophe
        "Melis Tokoev'ski wrote it.",
        "Melis Tokoevka is a village.",
        "Zhorobek Kanyshev came.",  # only a c in the text may be ж
        "Жоробек Канышев келди.",
        "Bloomed and Bloomers are words.",
        "Нурай Орозалы кызыл көйнөк кийди.",
        "Нурай Орозалы кызга карады.",
        "Жамбы Сыдыкбаевардан келди.",
    ],
)
def test_other_names_are_not_found_in_the_languages_next_door(text):
    assert strong(text) == []


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("Кеше Мелис Токоев Берлинге ұшты. Токоевтің сөзі. Токоевке қарсы іс.", 3),
        ("Кечээ Мелис Токоев келди. Токоевка айылы. Токоевке барды.", 1),  # a village: the text is not Kazakh
        ("Melis Tokoyev keldi. Tokoyevning so‘zlari.", 2),
        ("Melis Tokoyev geldi. Tokoyev'in sözleri. Tokoyevka köyü.", 2),
    ],
)
def test_a_surname_alone_after_the_full_name_takes_the_endings_of_its_text(text, places):
    assert len(strong(text)) == places


def test_a_refusal_says_that_the_ending_is_of_another_language():
    (near_miss,) = [n for n in near_misses("Olga Browning wrote it.", LIST) if n.entity == "brown"][:1]
    assert near_miss.why == "“Browning” has an ending of a language that the text is not in"


@pytest.mark.parametrize(
    ("word", "particle"),
    [
        ("қызы", "kyzy"), ("қизининг", "kyzy"), ("qiziga", "kyzy"), ("kızı", "kyzy"), ("Kızı'nın", "kyzy"), ("қизӣ", "kyzy"),
        ("ұлы", "uulu"), ("ўғли", "uulu"), ("oʻgʻli", "uulu"), ("o‘g‘lining", "uulu"), ("oğlu", "uulu"), ("оглы", "uulu"),
        ("тегіна", "tegin"), ("Kysy", "kyzy"), ("kisses", None),
        ("қызыл", None), ("кызга", None), ("qizil", None), ("kızak", None), ("кизил", None), ("қызық", None), ("ұлыстың", None),
        ("улица", None), ("огород", None), ("ogle", None), ("oğlak", None), ("тегинде", "tegin"), ("tegen", None),
    ],
)  # fmt: skip
def test_a_particle_is_read_in_each_language(word, particle):
    parsed = read_particle(word)
    assert (parsed and parsed[0]) == particle


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("Bloomтун", ("Bloom", "tun")), ("Bloomго", ("Bloom", "go")), ("Bloom’а", ("Bloom", "a")), ("Vista'ya", ("Vista", "a")),
        ("Tokoyev'den", ("Tokoyev", "den")), ("Tokoev’s", ("Tokoev", "s")),
        ("O'Neill", None), ("D'Angelo", None), ("Isma'il", None), ("Bloomщик", None), ("Токоев", None),
        ("О’Коннор", None), ("В'ячеслав", None),
    ],
)  # fmt: skip
def test_an_ending_is_parted_by_an_apostrophe_or_another_script(word, parts):
    assert parted_ending(word) == parts


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Бул Bloomтун кабары.", "Bloomтун"),
        ("Бул Bloomко каршы иш.", "Bloomко"),
        ("Бул Bloomтон алынды.", "Bloomтон"),
        ("Бул Bloom'тун сайты.", "Bloom'тун"),
        ("Бул Bloom’ко каршы.", "Bloom’ко"),
        ("Журналисты Bloom’а пришли.", "Bloom’а"),
        ("Сайт создан Bloom’ом вчера.", "Bloom’ом"),
        ("Говорили о Bloomе вчера.", "Bloomе"),
        ("Бул BLOOMТУН кабары.", "BLOOMТУН"),
        ("Авторы Vista Live’а ушли.", "Vista Live’а"),
        ("Вчера Blооm закрыли.", "Blооm"),  # Cyrillic о: repaired
        ("Вчера Вlooм закрыли.", "Вlooм"),
        ("Вчера ВLООM закрыли.", "ВLООM"),
    ],
)
def test_a_latin_name_keeps_its_cyrillic_ending(text, words):
    (mention,) = find_mentions(text, LIST)
    assert mention.text == words
    assert "other script" not in " ".join(mention.why)


@pytest.mark.parametrize(
    ("word", "repaired"),
    [
        ("Hillarу", "Hillary"), ("Nanсу", "Nancy"), ("Temirоv", "Temirov"), ("Вloоm", "Bloom"), ("ВLООМ", "BLOOM"),
        ("Philiрре", "Philippe"), ("Тoкoeв", "Токоев"), ("Аsаn", "Asan"),
        ("Bloomтун", "Bloomтун"), ("Bloomсунун", "Bloomсунун"), ("Bloomторго", "Bloomторго"), ("Bloom’у", "Bloom’у"),
    ],
)  # fmt: skip
def test_look_alike_letters_are_repaired_but_for_an_ending(word, repaired):
    assert repair_word(word) == repaired


@pytest.mark.parametrize(
    ("word", "is_patronymic"),
    [("Сергеевны", True), ("Sergeevna", True), ("Сергеевич", True), ("Токоевни", False), ("Tokoyevni", False)],
)
def test_an_uzbek_accusative_is_no_patronymic(word, is_patronymic):
    assert is_declined_patronymic(word) is is_patronymic


@pytest.mark.parametrize(
    ("text", "reasons"),
    [
        ("Bu Melis Tokoyev’a verildi.", "“Tokoyev’a”: dative of Tokoev"),
        ("Bugun Melis Tokoyevning uyi.", "“Tokoyevning”: genitive of Tokoev"),
        ("Мелис Токоевпен сұхбат.", "“Токоевпен”: instrumental of Tokoev"),
        ("Мелис Токоевро боздошт карданд.", "“Токоевро”: accusative of Tokoev"),
        ("Dün Corobek Canışev geldi.", "letters of Corobek: «c» for «zh», as in Turkish"),
        ("Bugun Xabib Tokolenko keldi.", "letters of Xabib: x for х, as in Uzbek"),
        ("Dün Jambı Sıdıkbayeva'ya verildi.", "“Sıdıkbayeva'ya”: dative of Сыдыкбаева"),
    ],
)
def test_the_reason_names_the_ending_and_the_letter_of_the_language(text, reasons):
    (mention,) = find_mentions(text, LIST)
    assert reasons in mention.why
