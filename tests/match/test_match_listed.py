"""A line of a list may hold several names, or a name and a description: it is read as what it means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.match import compile_watchlist, find_mentions
from monitor.match.index.listed_names import listed_names, read_listed_name
from monitor.model import Confidence, Entity, EntityType

ORG = EntityType.ORGANIZATION


@pytest.mark.parametrize(
    ("listed", "names"),
    [
        ("Мелис Токоев (Melis Tokoev)", ("Мелис Токоев", "Melis Tokoev")),
        ("Asel Beket kyzy (Асел Бекет кызы)", ("Asel Beket kyzy", "Асел Бекет кызы")),
        ("Yang Weipeng (杨伟鹏)", ("Yang Weipeng", "杨伟鹏")),
        ("Асель Сарыбаева (Токоева)", ("Асель Сарыбаева", "Асель Токоева")),
        ("Сарыбаева (Токоева) Асель", ("Сарыбаева Асель", "Токоева Асель")),
        ("Асель Сарыбаева (Асель Токоева)", ("Асель Сарыбаева", "Асель Токоева")),
        ("Мелис Токоев / Melis Tokoev", ("Мелис Токоев", "Melis Tokoev")),
        ("Мелис Токоев/Melis Tokoev", ("Мелис Токоев", "Melis Tokoev")),
        ("Мелис Токоев, Melis Tokoev", ("Мелис Токоев", "Melis Tokoev")),
        ("Мелис Токоев; Melis Tokoev", ("Мелис Токоев", "Melis Tokoev")),
        ("Мелис Токоев (журналист)", ("Мелис Токоев",)),
        ("Мелис Токоев, экс-судья", ("Мелис Токоев",)),
        ("Мелис Токоев — журналист", ("Мелис Токоев",)),
        ("Мелис Токоев / журналист", ("Мелис Токоев",)),
        ("Мелис Токоев [р. 1979]", ("Мелис Токоев",)),
    ],
)
def test_a_persons_line_is_read_as_names(listed: str, names: tuple[str, ...]):
    assert read_listed_name(listed, True).names == names
    compiled = compile_watchlist([Entity("a", listed)])
    for name in names:
        assert {m.confidence for m in find_mentions(f"Вчера {name}, как и раньше", compiled)} == {Confidence.STRONG}


@pytest.mark.parametrize(
    "listed",
    [
        "Мелис Токоев",
        "Токоев, Мелис",
        "Бекин, Аскар Нурович",
        "Kim Jong-un",
        "Anna de Groot",
        "Токоев/Tokoev",  # surnames alone are not to be found everywhere
        "Токоев/а Мелис",
        "@melis (Мелис)",
        "Мелис (Токоев",
        "(Токоев)",
        "/",
        ", ,",
    ],
)
def test_other_lines_of_persons_stay_as_they_are(listed: str):
    assert read_listed_name(listed, True) == ((listed,), "")


@pytest.mark.parametrize(
    ("listed", "left_out"),
    [
        ("Мелис Токоев (Рахат)", "Рахат"),  # who or what that is, nobody can tell
        ("Мелис Токоев (Tokoev Live)", "Tokoev Live"),
        ("Мелис Токоев (Tamchy Media)", "Tamchy Media"),
        ("Мелис Токоев (журналист Тамчы)", "журналист Тамчы"),
    ],
)
def test_what_is_no_name_of_the_person_is_left_out(listed: str, left_out: str):
    assert read_listed_name(listed, True) == (("Мелис Токоев",), left_out)
    mentions = find_mentions(f"Вчера {left_out}, как и раньше", compile_watchlist([Entity("a", listed)]))
    assert not any(mention.confidence is Confidence.STRONG for mention in mentions)


@pytest.mark.parametrize(
    ("listed", "names"),
    [
        ("Tamchy / Тамчы", ("Tamchy", "Тамчы")),
        ("Tamchy/Тамчы", ("Tamchy", "Тамчы")),
        ("Tamchy (Тамчы)", ("Tamchy", "Тамчы")),
        ("Tamchy, Тамчы", ("Tamchy", "Тамчы")),
        ("Союз печати (СПЧ)", ("Союз печати", "СПЧ")),
        ("СПЧ (Союз печати)", ("СПЧ", "Союз печати")),
        ("Союз печати (Кыргызстан)", ("Союз печати",)),  # a place is no other name
        ("AC/DC", ("AC/DC",)),
        ("24/7 News", ("24/7 News",)),
        ("Служба печати, связи и почты", ("Служба печати, связи и почты",)),
        ("Tehreek-e-Labbaik", ("Tehreek-e-Labbaik",)),
    ],
)
def test_a_bodys_line_is_read_as_names(listed: str, names: tuple[str, ...]):
    assert read_listed_name(listed, False).names == names


@given(st.text(st.sampled_from("АаТтBbCc杨 ()[]/|;,—-.@1"), max_size=24), st.booleans())
def test_no_line_raises_or_leaves_nothing_and_a_name_is_read_once(listed: str, is_person: bool):
    names = read_listed_name(listed, is_person).names
    assert names and (not listed.strip() or all(name.strip() for name in names))
    entity = Entity("a", listed or "A", EntityType.PERSON if is_person else ORG)
    compile_watchlist([entity])
    assert set(listed_names(entity)) >= set(names) or not listed
