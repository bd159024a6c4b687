"""A man's surname in the Russian genitive, or a woman's own: what stands around it decides."""

from __future__ import annotations

from pathlib import Path

import pytest

from kit import reference_matcher as reference
from monitor.config.watchlist import load_watchlist
from monitor.match import compile_watchlist, find_mentions
from monitor.model import Confidence, Context, Entity, EntityType

SHIPPED = compile_watchlist(load_watchlist(Path(__file__).parents[2] / "watchlist.yaml"))
LIST = compile_watchlist(
    [
        Entity("sasha", "Александр Максимов", context=Context(support=("Блуум",))),
        Entity("melis", "Melis Tokoev", context=Context(support=("Блуум",))),
        Entity("bloom", "Блуум", EntityType.OUTLET),
    ]
)
PLAIN = reference.PlainIndex(LIST.index.words)


def doubtful_and_strong(text: str) -> tuple[list[str], list[str]]:
    """Return the words of people that are possible, and those that are strong, the same by the slow reference."""
    mentions = find_mentions(text, LIST)
    assert mentions == reference.find_mentions(text, LIST, "", PLAIN)
    people = [m for m in mentions if m.entity != "bloom"]
    possible, strong = ([m.text for m in people if m.confidence is c] for c in (Confidence.POSSIBLE, Confidence.STRONG))
    return possible, strong


@pytest.mark.parametrize(
    "text",
    [
        # what governs the name
        "Блуум: арест Александра Максимова продлён.",
        "Блуум: в отношении Александра Максимова",
        "Блуум: после Александра Максимова",
        "Блуум: материалы дела Александра Максимова",
        "Блуум: жена Александра Максимова",
        "Блуум: приговорили Александра Максимова",
        # an apposition, with an outlet or a place between
        "Суд вызвал оператора «Блуума» Александра Максимова.",
        "Суд вызвал бывших операторов издания «Блуум» Александра Максимова и других.",
        "Блуум: дело оператора из Оша Александра Максимова",
        "Блуум: вице-президента Александра Максимова",
        "Блуум: капитана Александра Максимова",
        "Блуум: спортсмена Александра Максимова",
        "Блуум: романы Александра Максимова",
        "БЛУУМ: СУД ВЫЗВАЛ ОПЕРАТОРОВ «БЛУУМА» АЛЕКСАНДРА МАКСИМОВА",
        "Блуум: вызвали журналистов (Александра Максимова и других)",
        # a name joined to it, in the same case
        "Блуум. Александра Максимова и Мелиса Асанова вызвали в суд.",
        "Блуум. Вчера Марата Асанова, Александра Максимова и Анну Ким вызвали.",
        "Блуум: пришли от Марата Асанова и Александра Максимова",
        "Блуум — Александра Максимова и Марата Асанова",
        "Блуум: дело Асанова и Максимова",
        # the predicate
        "Блуум. Александра Максимова вызвали в суд.",
        "Блуум. Вчера Александра Максимова не отпустили.",
        "Блуум. Александра Максимова допросил следователь.",
        "Блуум. Александра Максимова судят в Оше.",
        "Блуум. Александра Максимова, которого вызвали, отпустили.",
        "Блуум. Александра Максимова, оператора, отпустили.",
        "Блуум. Адвокат Александра Максимова сообщил об этом.",
    ],
)
def test_a_clause_shows_that_the_name_is_a_mans_in_the_genitive(text):
    possible, (strong,) = doubtful_and_strong(text)
    assert (possible, strong.lower()[-9:]) == ([], "максимова")


@pytest.mark.parametrize(
    "text",
    [
        "Блуум. Александра Максимова.",
        "Блуум. Александра Максимова выступила на съезде.",
        "Блуум. Александра Максимова уволена.",
        "Блуум. Александра Максимова принята на работу.",
        "Блуум. Вчера Александра Максимова вернулась.",
        "Блуум сообщил, что Александра Максимова уволена.",
        "Блуум. В Бишкеке Александра Максимова открыла выставку.",
        "Блуум: задержана Александра Максимова",
        "Блуум: задержаны Александра Максимова и Марат Асанов",
        "Блуум: об этом рассказала журналистам Александра Максимова",
        "Блуум: — Так нельзя, — говорит Александра Максимова.",
        "Журналистка «Блуума» Александра Максимова ушла.",
        "Сотрудница издания «Блуум» Александра Максимова ушла.",
        "Режиссёр «Блуума» Александра Максимова ушла.",
        "Операторы «Блуума» Александра Максимова и Марат Асанов ушли.",
        "Блуум: адвокат журналистов Александра Максимова",
        "Блуум: судья Александра Максимова огласила решение",
        "Блуум: обвиняемая Александра Максимова",
        "Блуум: пришли Марат Асанов и Александра Максимова",
        "Блуум: Анна Ким, Александра Максимова и Марат Асанов",
        "Блуум: автор фильмов — Александра Максимова",
        "Блуум. Александра Максимова, которая ушла, вернулась.",
        "Блуум. Александра Максимова, журналистка, ушла.",
        "Блуум. Максимова рассказала об этом.",
    ],
)
def test_a_name_that_may_be_a_womans_in_the_nominative_is_only_possible(text):
    (possible,), strong = doubtful_and_strong(text)
    assert (possible[-9:], strong) == ("Максимова", [])


@pytest.mark.check
@pytest.mark.parametrize(
    ("text", "surnames"),
    [
        ("Дело бывших операторов Kloop Александра Александрова и Жоомарта Дуулатова.", "АД"),
        ("Суд вызвал операторов издания «Kloop Media» Жоомарта Дуулатова и Александра Александрова.", "ДА"),
        ("В отношении бывших операторов «Клоопа» Александра Александрова и Жоомарта Дуулатова", "АД"),
        ("Пришли Александр Александров и Жоомарт Дуулатов. Обвиняемые операторы Дуулатов и Александров.", "АДДА"),
        ("Жоомарта Дуулатова и Александра Александрова вызвали. Ж. Дуулатов и А. Александров пришли.", "ДАДА"),
        ("Корреспондент Kloop А. Александров и сотрудник Клоопа Ж. Дуулатов вышли.", "АД"),
        ("У Айдай Эркебаевой и Александра Александрова прошли обыски, пишет Kloop.", "ЭА"),
        ("Суд отпустил сотрудников «Клоопа»: Александра Александрова и Жоомарта Дуулатова.", "АД"),
        ("Двое сотрудников Kloop — Александра Александрова и Жоомарта Дуулатова — отпустили.", "АД"),
        ("Kloop: дело Дуулатова и Александрова вернули в суд", "ДА"),
        ("Журналисты Клоопа Айдай Эркебаева и Жоомарт Дуулатов вернулись.", "ЭД"),
        ("«Клооп» медианын мурдагы операторлору Александр Александров менен Жоомарт Дуулатовдун иши", "АД"),
        ("УКМК «Клооптун» операторлору Жоомарт Дуулатов менен Александр Александровду чакырды.", "ДА"),
        ("Жоомарт Дуулатов менен Александр Александров келди. Ж. Дуулатов менен А. Александровдун сөзү", "ДАДА"),
        ("Клооптун журналисттери Айдай Эркебаеванын жана Жоомарт Дуулатовдун үйү", "ЭД"),
        ("Former Kloop cameramen Joomart Duulatov and Aleksandr Aleksandrov came home.", "DA"),
        ("Kloop's camera operators Alexander Alexandrov and Joomart Duulatov. Zh. Duulatov and A. Aleksandrov", "ADDA"),
        ("Officers came to Aiday Erkebaeva and Zhoomart Duulatov of Kloop.", "ED"),
    ],
)
def test_the_shipped_list_finds_the_people_of_its_case_beyond_doubt(text, surnames):
    people = [m for m in find_mentions(text, SHIPPED) if m.entity not in {"kloop", "gknb"}]
    assert "".join(m.text.split()[-1][0] for m in people) == surnames
    assert {m.confidence for m in people} == {Confidence.STRONG}


@pytest.mark.parametrize(
    ("title", "is_found"),
    [
        # In Russian the letters of a Kyrgyz name tell no language.
        ("Журналиста Эмила Дөөлөтова избили у редакции", True),
        ("Дело Эмила Дөөлөтова передали в суд", True),
        # In Kyrgyz she is a woman.
        ("Журналист Эмила Дөөлөтова сөз сүйлөдү", False),
        ("Эмила Дөөлөтова Ошто төрөлгөн", False),
    ],
)
def test_kyrgyz_letters_of_a_name_alone_make_no_headline_kyrgyz(title: str, is_found: bool):
    compiled = compile_watchlist([Entity("emil", "Emil Doolotov")])
    assert [m.text for m in find_mentions("", compiled, title)] == ["Эмила Дөөлөтова"] * is_found
