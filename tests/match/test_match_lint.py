"""The linter's warnings about a watchlist, and entries without any."""

from __future__ import annotations

import pytest

from kit.growth import grows_as_its_input
from monitor.i18n import translate_sentence
from monitor.match import Sample, compile_watchlist, find_mentions, lint, samples
from monitor.model import Alert, Confidence, Context, Entity, EntityType

ORG = EntityType.ORGANIZATION


@pytest.mark.parametrize(
    ("entities", "message"),
    [
        ([Entity("a", "Ли")], "is short"),
        ([Entity("a", "Токоев")], "one word: every person of that name counts"),
        ([Entity("a", "Мелис Токоев (Melis Tokoev)")], "is read as “Мелис Токоев”, “Melis Tokoev”"),
        (
            [Entity("a", "Токоев", aliases=("Мелис Токоев, журналист",))],
            "is read as “Мелис Токоев”, without “журналист”",
        ),
        ([Entity("a", "Тамчы Медиа (Tamchy Media)"), Entity("b", "Tamchy Media", ORG)], "is also a name of"),
        ([Entity("a", "Мелис Toкоев")], "mixes Latin and Cyrillic"),
        ([Entity("a", "Мелис Токоев"), Entity("b", "Murat Tokoev")], "shares a surname with Мелис Токоев"),
        ([Entity("a", "Салт", ORG), Entity("b", "Музей Салт", ORG)], "is part of “Музей Салт” (b)"),
        (
            [Entity("a", "Мелис Токоев", context=Context(require=("суд",), exclude=("суд",)))],
            "both excluded and wanted",
        ),
        ([Entity("a", "Мелис Токоев", context=Context(exclude=("Мелис Токоев",)))], "is its own name"),
        ([Entity("a", "\u0301")], "is not found"),
        ([Entity("a", "Апрель", ORG)], "made of ordinary words"),
        ([Entity("a", "Free Press", ORG)], "made of ordinary words"),
        ([Entity("a", "Жаңы Заман", ORG)], "made of ordinary words"),
        ([Entity("a", "салт", ORG)], "written small"),
        ([Entity("a", "Асель Бекет кызы", aliases=("Бекет кызына",))], "“Бекет кызына” has no given name"),
        ([Entity("a", "Sapar uulu")], "has no given name"),
        ([Entity("a", "Sergei Ivanov")], "the name of many people"),
        ([Entity("a", "Елена Иванова")], "the name of many people"),
        ([Entity("a", "Мелис Токоев"), Entity("b", "Токоев")], "is part of “Мелис Токоев” (a)"),
        ([Entity("a", "Мелис Токоев"), Entity("b", "Melis Tokoev")], "is also a name of b"),
        ([Entity("a", "Музей Салт", ORG), Entity("b", "Салт", ORG, ("музей салт",))], "is also a name of a"),
        (
            [Entity("a", "Мелис Токоев", context=Context(support=("суд",), exclude=("Суд",)))],
            "both excluded and wanted",
        ),
        ([Entity("a", "Мелис Токоев", context=Context(support=("Melis Tokoev",)))], "is its own name"),
        ([Entity("a", "Мелис Токоев", context=Context(support=("Токоев",)))], "is its own name"),
        ([Entity("a", "Мелис Токоев", context=Context(require=("и",)))], "in nearly every article"),
        ([Entity("a", "Мелис Токоев", context=Context(require=("–",)))], "holds no word"),
        ([Entity("a", "Ministry of Water", ORG)], "a body that other countries have too"),
        ([Entity("a", "САВБ", ORG, ("Комитет воды",))], "a body that other countries have too"),
        ([Entity("a", "САВБ", ORG, country="XX")], "XX is not the code of a country"),
    ],
)
def test_the_linter_warns(entities, message):
    assert any(message in warning.message for warning in lint(entities))


@pytest.mark.parametrize(
    "entities",
    [
        [Entity("a", "Мелис Токоев", aliases=("Melis Tokoev",))],
        [Entity("a", "Асель Бекет кызы"), Entity("b", "Бектур Сапар уулу")],
        [Entity("a", "Мелис Токоев"), Entity("b", "Асель Мамырова")],
        [Entity("a", "САВБ", ORG), Entity("b", "Государственное агентство", ORG)],
        [Entity("a", "Мелис Токоев", context=Context(support=("суд",), exclude=("футбол",)))],
        [Entity("a", "April TV", ORG)],
        [Entity("a", "Новая Салтовка", ORG)],  # one ordinary word of two
        [Entity("a", "Sergei Mukanbetov")],  # a common given name alone
        [Entity("a", "Sergei Ivanov", context=Context(require=("суд",)))],  # it is tied to something
        [Entity("a", "Асель Бекет кызы"), Entity("b", "Данияр Бекетов")],  # a father's name is no surname
        [Entity("a", "САВБ", ORG, alert=Alert.WITH_OTHERS)],
        [Entity("a", "Ministry of Water", ORG, country="KG")],
        [Entity("a", "Ministry of Water", ORG, ("Суу министрлиги",))],  # which is Kyrgyz
        [Entity("a", "Ministry of Sound", EntityType.OUTLET)],
        [Entity("a", "Апта", ORG)],  # one word with a capital, not an ordinary one
        [Entity("a", "Мелис Токоев", handles=("@melis_t", "t.me/melis_t"))],
        [Entity("a", "Токоев, Мелис"), Entity("b", "Служба печати, связи и почты", ORG)],
    ],
)
def test_the_linter_leaves_good_entries_alone(entities):
    assert lint(entities) == ()


def test_warnings_come_in_the_order_of_the_list():
    entities = [Entity("b", "Токоев"), Entity("a", "Ли")]
    assert [w.entity for w in lint(entities)] == ["b", "a"]


def test_a_warning_says_what_to_do():
    (warning,) = lint([Entity("a", "Мелис Toкоев")])
    assert str(warning) == (
        "a: “Toкоев” in “Мелис Toкоев” mixes Latin and Cyrillic letters; type the word again in one alphabet"
    )


@pytest.mark.parametrize("alias", ["Токоев Мелис", "TOKOEV Melis", "Melis Tokoev", "Мелис ТОКОЕВ", "Tokoev, Melis"])
def test_the_same_words_in_other_letters_or_order_are_found(alias):
    compiled = compile_watchlist([MELIS])
    assert [m.confidence for m in find_mentions(f"тогда {alias}, бул", compiled)] == [Confidence.STRONG]


def test_a_warning_names_three_others_and_counts_the_rest():
    given_names = ["Мелис", "Данияр", "Бекмамат", "Уран", "Эржан", "Тилек"]
    entities = [Entity(f"e{n}", f"{name} Токоев") for n, name in enumerate(given_names)]
    assert "Данияр Токоев, Бекмамат Токоев, Уран Токоев and 2 more:" in lint(entities)[0].message


@pytest.mark.soak
def test_a_list_is_checked_in_proportion_to_its_length():
    entities = [Entity(f"e{n}", f"Мелис {chr(0x430 + n % 32)}{chr(0x430 + n // 32 % 32)}токоев") for n in range(4_000)]

    assert len(lint(entities[:1_000])) >= 1_000
    assert grows_as_its_input(lint, lambda count: entities[:count], len(entities), times=8)


# ---- names that are not found as they are listed ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entity", "problem", "advice"),
    [
        (Entity("a", "Мелис Токоев (Рахат)"), "is read as “Мелис Токоев”, without “Рахат”", "`aliases`"),
        (Entity("a", "Мелис Токоев (Рахат) (журналист)"), "is not found even where it stands", "in brackets"),
        (Entity("a", "Мелис Токоев {Рахат}"), "is not found even where it stands", "in brackets"),
        (Entity("a", "Мелис Токоев", aliases=("t.me/melis_t",)), "is not found even where it stands", "`handles`"),
        (Entity("a", "French people"), "is not found even where it stands", "as articles print it"),
        (Entity("a", "\u200b"), "is not found even where it stands", "as articles print it"),
        (
            Entity("a", "Минкульт", ORG, ("Министерство культуры", "информации и молодёжной политики")),
            "a comma may have split “Министерство культуры, информации и молодёжной политики” in two",
            "in quotes",
        ),
    ],
)
def test_a_name_that_is_not_found_as_listed_is_told_before_all_else(entity: Entity, problem: str, advice: str):
    first, *further_warnings = lint([Entity("b", "Ли"), entity, Entity("c", "салт", ORG)])
    assert (first.entity, first.is_urgent) == ("a", True)
    assert problem in first.problem and advice in first.advice
    assert [warning.entity for warning in further_warnings if warning.entity != "a"][:2] == ["b", "c"]


@pytest.mark.parametrize(
    "entity",
    [
        Entity("a", "Токоев, Мелис"),
        Entity("a", "Аскар Бекин", aliases=("Бекин, Аскар Нурович",)),
        Entity("a", "Anna de Groot", aliases=("von Groot Anna",)),
        Entity("a", "Thomas Tokoev III"),
        Entity("a", "Kim Jong-un"),
        Entity("a", "Хулио Иглесиас-младший"),
        Entity("a", "Мария Орлова-Саттарова"),
        Entity("a", "Organization for Security and Co-operation in Europe", ORG, ("Tehreek-e-Labbaik Pakistan",)),
        Entity("a", "Kloop", ORG, ("Kloop Media", "kloop.kg", "24.kg")),
        Entity("a", "ГКНБ", ORG, ("комитет национальной безопасности",)),
        Entity("a", "Госкомитет нацбезопасности", ORG, ("ГКНБ", "комитет национальной безопасности")),
        Entity("a", "Асель Бекет кызы", aliases=("Асель Бекеткызы",)),
        Entity("a", "Sergei Ivanov"),  # found, though only possible
        Entity("a", "Мелис Токоев", context=Context(require=("суд",))),
        Entity("a", "김철수", aliases=("@melis_t",)),
    ],
)
def test_a_name_that_is_found_as_listed_is_not_told(entity: Entity):
    assert [str(warning) for warning in lint([entity]) if warning.is_urgent] == []


@pytest.mark.parametrize("name", ["김철수", "杨", "محمد صلاح", "გიორგი ბერიძე", "@melis_t", "…", "Ъ", "a-b c-d", "X Y"])
def test_a_name_that_is_matched_as_written_says_so(name: str):
    warnings = [str(warning) for warning in lint([Entity("a", name)])]
    assert any("exactly" in warning for warning in warnings)


def test_forms_are_written_out_of_a_name_that_is_found_only():
    assert {form.label for form in samples(Entity("a", "French people"))} == {"as listed"}
    second_entity = Entity("a", "French people", aliases=("Мелис Токоев (журналист)",))
    assert of(second_entity, Confidence.STRONG)["Мелису Токоеву"] == "Russian dative"


# ---- forms that are written out ---------------------------------------------------------------------------------------

MELIS = Entity("melis", "Мелис Токоев")
MUSEUM = Entity("museum", "Городской музей камня", ORG, ("ГМК", "Шаардык таш музейи", "City Stone Museum"))


def of(entity: Entity, confidence: Confidence | None) -> dict[str, str]:
    return {sample.text: sample.label for sample in samples(entity) if sample.confidence is confidence}


@pytest.mark.parametrize(
    ("entity", "text", "expected"),
    [
        (MELIS, "Мелису Токоеву", "Russian dative"),
        (MELIS, "Мелис Токоевдин", "Kyrgyz genitive"),
        (MELIS, "Melis Tokoev", "in Latin letters"),
        (MELIS, "Токоев Мелис", "surname first"),
        (Entity("a", "Zhyldyz Asanalieva"), "Жылдыз Асаналиевой", "Russian dative"),  # women's names in consonants stay
        (Entity("a", "TOKOEV Melis"), "Мелис Токоев", "in Cyrillic letters"),
        (Entity("a", "Almaz Tuvatshin"), "Алмаз Туватшин", "in Cyrillic letters"),
        (Entity("a", "Cholpon Marzyeva"), "Чолпон Марзыева", "in Cyrillic letters"),
        (
            Entity("a", "Melis Tokoev", aliases=("Мелис Токоев",)),
            "Мелису Токоеву",
            "Russian dative",
        ),  # the Cyrillic name
        (Entity("a", "Мелис Токоев", aliases=("Асан Мелис уулу",)), "Мелису Токоеву", "Russian dative"),  # the first
        (Entity("a", "Павел Сыргакский"), "Павлу Сыргакскому", "Russian dative"),
        (Entity("a", "Дмитрий Токоев"), "Дмитрию Токоеву", "Russian dative"),
        (Entity("a", "Асель Бекет кызы"), "Асель Бекет кызынын", "Kyrgyz genitive"),
        (Entity("a", "Kloop", ORG), "Клооп", "in Cyrillic letters"),
        (MUSEUM, "ГМКнын", "Kyrgyz genitive"),
        (Entity("a", "УКМК", ORG), "УКМКнын", "Kyrgyz genitive"),
        (Entity("a", "ИИМ", ORG), "ИИМдин", "Kyrgyz genitive"),
        (Entity("a", "ЕККУ", ORG), "ЕККУнун", "Kyrgyz genitive"),
        (Entity("a", "Темирталь"), "Temirtal", "in Latin letters"),  # people who are known by one word
        (Entity("a", "Kanykey"), "Каныкей", "in Cyrillic letters"),
    ],
)
def test_forms_that_are_found_are_written_out(entity, text, expected):
    assert of(entity, Confidence.STRONG)[text] == expected


@pytest.mark.parametrize(
    ("entity", "text"),
    [
        (MELIS, "Бакыт Токоев"),
        (Entity("a", "Асель Бекет кызы"), "Айгуль Бекет кызы"),
        (Entity("a", "Салт", ORG), "салт"),
        (MUSEUM, "гмк"),
        (Entity("a", "Асель (врач)"), "Асель (врач)"),
    ],
)
def test_some_forms_that_are_not_found_are_written_out_too(entity, text):
    assert text in of(entity, None)


@pytest.mark.parametrize(
    ("name", "offer"),
    [
        ("Мелис Токтогулов", "Мелис Токтогул уулу"),
        ("Асель Сарыбаева", "Асель Сарыбай кызы"),
        ("Melis Toktogulov", "Melis Toktogul uulu"),
        ("Асель Бекет кызы", "Асель Бекетова"),
        ("Мелис Сарыбай уулу", "Мелис Сарыбаев"),
        ("Иван Иванов", None),
        ("Мелис Кыдыралы", None),
        ("Анна Сыргакская", None),
    ],
)
def test_the_name_with_or_without_ov_is_offered_as_an_alias(name: str, offer: str | None):
    assert [form.text for form in samples(Entity("a", name)) if form.is_offer] == [offer] * (offer is not None)
    assert offer is None or not any(form.is_offer for form in samples(Entity("a", name, aliases=(offer,))))


@pytest.mark.parametrize("name", ["Махабат Тажыбек к.", "kg_bozgunchu", "杨伟鹏", "@melis_t", "Ъ"])
def test_no_absurd_forms_are_written_out_of_a_name_that_has_none(name: str):
    assert {form.label for form in samples(Entity("a", name))} <= {"as listed"}


def test_only_the_chosen_entries_are_told_and_are_compared_with_all():
    entities = [Entity("a", "Мелис Токоев"), Entity("b", "Murat Tokoev"), Entity("c", "Ли")]
    assert {warning.entity for warning in lint(entities, {"b"})} == {"b"}
    assert "shares a surname with Мелис Токоев" in lint(entities, {"b"})[0].problem


@pytest.mark.parametrize("language", ["ru", "ky"])
def test_all_advice_is_in_the_readers_language(language: str):
    entities = [
        Entity("a", "Мелис Toкоев"),
        Entity("b", "Murat Tokoev"),
        Entity("c", "Ли / "),
        Entity("d", "салт", ORG),
    ]
    warnings = lint(entities)
    assert len(warnings) > 4
    assert {translate_sentence(w.message, language)[1] for w in warnings} == {language}


def test_a_surname_alone_and_an_initial_are_possible():
    assert {"Токоев", "М. Токоев"} <= set(of(MELIS, Confidence.POSSIBLE))


@pytest.mark.parametrize("entity", [MELIS, MUSEUM, Entity("a", "Theresa Maybury"), Entity("a", "Салт", ORG)])
def test_what_is_said_of_a_form_is_what_the_matcher_does(entity):
    compiled = compile_watchlist([entity])
    for sample in samples(entity):
        confidences = {m.confidence for m in find_mentions(f"тогда {sample.text}, бул", compiled)}
        assert (sample.confidence is None and not confidences) or sample.confidence in confidences, sample


def test_context_of_an_entry_does_not_hide_its_forms():
    needy = Entity("a", "Мелис Токоев", context=Context(require=("суд",)))
    assert samples(needy) == samples(MELIS)
    assert Sample("Мелис Токоевдин", "Kyrgyz genitive", Confidence.STRONG) in samples(needy)
