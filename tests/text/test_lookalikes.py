"""Names of accounts: what may stand in one, and which look alike."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.text.lookalikes import appearance, is_plain_name


@pytest.mark.parametrize(
    "name",
    [
        "Aida",
        "Aida K.",
        "Айгүл Өмүрбекова",
        "Айгүл-2",
        "Zoë O'Connor",
        "Zoë O’Connor-Müller",
        "Aïda Ñuñez",
        "Əliyev",
        "Nguyễn Thị Hoa",
        "Ծովինար Չուգասզյան",
        "ნინო",
        "Άννα",
        "فاطمة",
        "אנה",
        "अनीता",
        "မေသူ",
        "김민지",
        "佐々木ヒロコ",
        "desk 2",
        "Aida Айдаева",  # each word of one script
        "7",
    ],
)
def test_names_of_people_in_any_script_are_plain(name: str):
    assert is_plain_name(name), [unicodedata.name(letter, "") for letter in name]


@pytest.mark.parametrize(
    "name",
    [
        "",
        "-",
        ". '",
        "Aidа",  # the last letter is Cyrillic
        "Аida",  # the first
        "Аidа-2",
        "Aida\u2800",
        "Aida\u3164",
        "\u3164",
        "operator\u202e",
        "\u2066Aida",
        "Ai\u200bda",
        "Aida\U000e0061",
        "Аi\u034fda",
        "Aida!",
        "Aida_",
        "@aida",
        "Aida\tK",
        "Ａｉｄａ",
        "ꓮꓲꓓꓮ",  # Lisu
        "ᎪᎥᏧᎪ",  # Cherokee
        "𝐀𝐢𝐝𝐚",
        "ɑidɑ",  # of a phonetic alphabet
        "Aǀi",  # a click
        "Ai①",
        "A\u0301\u0301\u0301\u0301ida",
        "Aida😀",
    ],
)
def test_what_can_make_a_name_look_like_another_is_not(name: str):
    assert not is_plain_name(name)


@pytest.mark.parametrize(
    ("name", "lookalike"),
    [
        ("Сара", "Capa"),
        ("АННА", "AHHA"),
        ("Ali", "AIi"),
        ("Aida", "Aida."),
        ("Aida-K", "Aida K."),
        ("Bill", "BiII"),
        ("Ola", "0la"),
        ("Aidа", "Aida"),
        ("Ida", "lda"),
        ("Τατα", "Tata"),
        ("Aıda", "Aida"),
        ("Eve 1", "Eve l"),
        ("Ì", "I\u0300"),
        ("Ída", "lda"),
    ],
)
def test_names_that_look_alike_have_one_appearance(name: str, lookalike: str):
    assert appearance(name) == appearance(lookalike)


@pytest.mark.parametrize(
    ("name", "second_name"),
    [("Aida", "Aidar"), ("Айда", "Aida"), ("Нина", "Nina"), ("Bek", "Beк2"), ("Aida 1", "Aida 2"), ("Иван", "Ivan")],
)
def test_other_names_have_other_appearances(name: str, second_name: str):
    assert appearance(name) != appearance(second_name)


@given(st.text(st.characters(max_codepoint=sys.maxunicode), max_size=8))
def test_a_plain_name_shows_every_character_and_keeps_its_appearance_in_any_normal_form(name: str):
    if is_plain_name(name):
        assert not any(unicodedata.category(letter)[0] in "CZ" for letter in name.replace(" ", ""))
        assert appearance(name) == appearance(unicodedata.normalize("NFD", name))
