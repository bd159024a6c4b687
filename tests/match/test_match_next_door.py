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
        Entity("olha", "Ольга Шмига"),
        Entity("herman", "Герман Тертишний"),
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
        # Ukrainian: a consonant that changes, an adjective
        ("Ользі Шмизі відмовили, сказали там.", "olha", "Ользі Шмизі"),
        ("Говорили з Германом Тертишним учора.", "herman", "Германом Тертишним"),
        ("Цього Германові Тертишному не сказали.", "herman", "Германові Тертишному"),
        ("Германа Тертишного нет.", "herman", "Германа Тертишного"),
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
        "Ользі Шмаковій відмовили, сказали там.",
        "Надії Шмизі відмовили, сказали там.",
        "Германові Тертичному не сказали.",
        "Говорили з Германом Тертишенком учора.",
    ],
)
def test_other_names_are_not_found_next_door(text):
    assert strong(text) == []


BODIES = compile_watchlist(
    [
        Entity(
            "zznk",
            "ЗЗНК Таджикистана",
            EntityType.ORGANIZATION,
            ("Госкомитет нацбезопасности Таджикистана",),
            country="TJ",
        ),
        Entity("tuk", "TÜK", EntityType.ORGANIZATION, country="TR"),
        Entity("zzk", "ЗЗК", EntityType.ORGANIZATION),
        Entity("oksana", "Оксана Гривненко", country="UA"),
        Entity("zbu", "ЗБУ", EntityType.ORGANIZATION, country="UA"),
        Entity("dzmk", "ДЗМК Беларуси", EntityType.ORGANIZATION, country="BY"),
        Entity("dzmk-kz", "ДЗМК", EntityType.ORGANIZATION, country="KZ"),
    ]
)


@pytest.mark.parametrize(
    ("text", "bodies"),
    [
        ("Officers of the ZZNK of Tajikistan filmed us.", ["zznk"]),
        ("ДУШАНБЕ, 19 октября. ЗЗНК вернул телефон.", ["zznk"]),
        ("Об этом знают в Госкомитете национальной безопасности Таджикистана.", ["zznk"]),
        ("Государственный комитет национальной безопасности Таджикистана молчит.", ["zznk"]),
        ("ANKARA — The agency TUK said so.", ["tuk"]),
        ("Турецкую сторону представлял глава ТЮК.", ["tuk"]),
        ("Оксана Гривненко said the ZBU had read it.", ["oksana", "zbu"]),
        # nothing says that it is that country's
        ("ЗЗНК вернул телефон.", []),
        ("БИШКЕК, 19 октября. ЗЗНК вернул телефон.", []),
        ("Officers of the ZZNK of Russia filmed us.", []),
        ("A TUK professor spoke in Boston.", []),
        ("Казахстан и Турция: глава ТЮК молчит.", []),
        # of a body without a country nothing is read
        ("The ZZK spoke in Bishkek.", []),
        # the letters are another body's
        ("МИНСК, 19 октября. ДЗМК молчит.", []),
    ],
)
def test_an_acronym_is_read_otherwise_where_the_article_speaks_of_its_country(text, bodies):
    mentions = find_mentions(text, BODIES)
    assert [m.entity for m in mentions if m.confidence is Confidence.STRONG] == bodies


def test_a_mention_says_that_its_acronym_is_listed_otherwise():
    (mention,) = find_mentions("ANKARA — The agency TUK said so.", BODIES)
    assert "the list writes the abbreviation otherwise, and the article speaks of its country" in map(str, mention.why)


GEORGIAN = compile_watchlist(
    [
        Entity("nino", "ნინო ლოლაძე"),
        Entity("ministry", "ზღვის სამინისტრო", EntityType.ORGANIZATION),
        Entity("office", "ზღვის სამსახური", EntityType.ORGANIZATION),
    ]
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("დღეს ნინო ლოლაძემ თქვა.", "ნინო ლოლაძემ"),
        ("დღეს ნინო ლოლაძის წიგნი.", "ნინო ლოლაძის"),
        ("დღეს ნინო ლოლაძესთან ერთად.", "ნინო ლოლაძესთან"),
        ("ზღვის სამინისტრომ უარყო.", "ზღვის სამინისტრომ"),
        ("ზღვის სამსახურმა უარყო.", "ზღვის სამსახურმა"),
        ("ზღვის სამსახურისთვის.", "ზღვის სამსახურისთვის"),
        ("ზღვის სამსახური ამბობს.", "ზღვის სამსახური"),
    ],
)
def test_a_name_in_georgian_takes_georgian_endings(text, words):
    assert [m.text for m in find_mentions(text, GEORGIAN)] == [words]


@pytest.mark.parametrize("text", ["ნინო ლოლაძეები", "ზღვის სამსახურ", "ზღვის სამინისტროელი", "მზღვის სამსახურმა"])
def test_a_longer_georgian_word_is_no_name(text):
    assert find_mentions(text, GEORGIAN) == ()


def test_an_outlet_named_by_an_ordinary_word_is_doubted_in_kazakh():
    outlet = compile_watchlist([Entity("azattyk", "Азаттык", EntityType.OUTLET, ("Azattyk",))])
    for text, is_sure in (
        ("Сайт Азаттык писал.", True),
        ("Сайт Азаттық писал.", False),
        ("The site Azattyq wrote.", False),
    ):
        (mention,) = find_mentions(text, outlet)
        assert (mention.confidence is Confidence.STRONG) is is_sure


KYRGYZ = compile_watchlist(
    [
        Entity("zloop", "Zloop", EntityType.OUTLET, ("Злооп",)),
        Entity("uzmk", "УЗМК", EntityType.ORGANIZATION),
        Entity("melis", "Melis Tokoev"),
        Entity("erkin", "Erkin Salmaz"),
    ]
)


@pytest.mark.parametrize(
    ("text", "entity", "words"),
    [
        ("Злооптогулардын айтымында.", "zloop", "Злооптогулардын"),
        ("Быйыл Злоопсуз калдык.", "zloop", "Злоопсуз"),
        ("Кечээ УЗМКдагылар келди.", "uzmk", "УЗМКдагылар"),
        ("Кечээ УЗМКсыз чечишти.", "uzmk", "УЗМКсыз"),
        # in Latin letters
        ("Melis Tokoevdun uyu tintildi, dep aytty.", "melis", "Melis Tokoevdun"),
        ("Erkin Salmazdyn kitebi tuuraluu jazdy.", "erkin", "Erkin Salmazdyn"),
        ("Zlooptun kabarchysy menen süylöştük.", "zloop", "Zlooptun"),
        # a list whose items go on in the next line
        ("Катышуучулар:\n— Мелис\nТокоев (Ош);\n— А. Исаева.", "melis", "Мелис\nТокоев"),
    ],
)
def test_a_name_is_found_with_the_endings_of_kyrgyz(text, entity, words):
    mentions = find_mentions(text, KYRGYZ)
    assert (entity, words) in [(m.entity, m.text) for m in mentions if m.confidence is Confidence.STRONG]


@pytest.mark.parametrize(
    "text",
    [
        "Zlooptun is a song of the summer.",  # the text is not Kyrgyz
        "Erkin Salmazdyn said so.",
        "Melis Tokoevdun said so.",
        "Злоопсузбек келди.",
        "УЗМКсызбек келди.",
        "Катышуучулар:\n— Мелис\n— Токоев Асан",
        "Катышуучулар:\nМелис\nТокоев Асан",
    ],
)
def test_other_names_are_not_found_with_the_endings_of_kyrgyz(text):
    assert [m for m in find_mentions(text, KYRGYZ) if m.confidence is Confidence.STRONG] == []


@pytest.mark.parametrize(
    ("text", "is_sure"),
    [
        ("Катышты: М. Токоев («Злооп»), А. Исаев.", True),
        ("Катышты: М. Токоев (кабарчы, «Злооп»).", True),
        ("Корреспондент «Злооп» М. Токоев пришёл.", True),
        ("Пришли М. Токоев, А. Исаев и корреспондент (Злооп).", False),
        ("М. Токоев пришёл. «Злооп» об этом писал.", False),
        ("М. Токоев (фермер).\n«Злооп» писал.", False),
    ],
)
def test_initials_are_sure_beside_a_watched_outlet(text, is_sure):
    mentions = [m for m in find_mentions(text, KYRGYZ) if m.entity == "melis"]
    assert [m.confidence is Confidence.STRONG for m in mentions] == [is_sure]


LATIN_TO_GEORGIAN = compile_watchlist([Entity("tamta", "Tamta Lolashvili"), Entity("nodar", "Nodar Dolidvadze")])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("დღეს თამთა ლოლაშვილი მოვიდა.", ["თამთა ლოლაშვილი"]),
        ("დღეს თამთა ლოლაშვილმა თქვა.", ["თამთა ლოლაშვილმა"]),
        ("თამთა ლოლაშვილი მოვიდა. ლოლაშვილის თქმით, კი.", ["თამთა ლოლაშვილი", "ლოლაშვილის"]),
        ("დღეს ნოდარ დოლიდვაძემ თქვა.", ["ნოდარ დოლიდვაძემ"]),
        ("დღეს ნოდარ დოლიდვაძის წიგნი.", ["ნოდარ დოლიდვაძის"]),
        ("დღეს ნოდარ ლოლაძემ თქვა.", []),
        ("ლოლაშვილის თქმით, კი.", []),
    ],
)
def test_a_name_listed_in_latin_letters_is_found_in_georgian(text, words):
    mentions = find_mentions(text, LATIN_TO_GEORGIAN)
    assert [m.text for m in mentions if m.confidence is Confidence.STRONG] == words
