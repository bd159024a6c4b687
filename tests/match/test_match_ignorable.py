"""Code points that are displayed as nothing (Unicode: Default_Ignorable_Code_Point) hide no name."""

from __future__ import annotations

import sys
from functools import cache

import pytest
import regex

from kit import reference_matcher as reference
from monitor.match import compile_watchlist, find_mentions
from monitor.model import Confidence, Entity
from monitor.text.normalize import fold, ignorable_ranges, repair_word

LIST = compile_watchlist([Entity("zhoomart", "Жоомарт Дуулатов"), Entity("melis", "Melis Tokoev")])
PLAIN = reference.PlainIndex(LIST.index.words)


@cache
def ignorable_code_points() -> tuple[int, ...]:
    """Return the code points with the property, as the library `regex` has it of the Unicode database."""
    is_ignorable = regex.compile(r"\p{Default_Ignorable_Code_Point}").match
    return tuple(n for n in range(sys.maxunicode + 1) if is_ignorable(chr(n)))


EDGES = sorted({n for few in ignorable_ranges() for n in (few[0], few[-1])})


@pytest.mark.check
def test_the_table_is_the_property_of_unicode():
    assert ignorable_code_points() == tuple(n for few in ignorable_ranges() for n in few)


@pytest.mark.parametrize(
    "hidden",
    ["Дуу*латов", "Д*у*у*л*а*т*о*в", "Дуулатов*", "*Дуулатов", "******Дуулатов"],
    ids=["inside", "between all letters", "after", "before", "six before"],
)
def test_a_name_with_any_of_them_in_it_is_found_whole(hidden: str):
    """Check the edges of all ranges in one text, each in a sentence of its own."""
    for code in EDGES:
        name = f"Жоомарт {hidden.replace('*', chr(code))}"
        text = f"Вчера задержали человека: {name}, сказал адвокат."
        mentions = find_mentions(text, LIST)
        assert mentions == reference.find_mentions(text, LIST, "", PLAIN), hex(code)
        assert [(m.entity, m.confidence) for m in mentions] == [("zhoomart", Confidence.STRONG)], hex(code)
        visible = mentions[0].text.replace(chr(code), "")
        assert visible == "Жоомарт Дуулатов" and mentions[0].span.of(text) == mentions[0].text


@pytest.mark.parametrize("visible", ["·", "_", "|", "\ufffc", "\u2003", " "])
def test_what_is_displayed_parts_a_word(visible: str):
    assert find_mentions(f"Вчера задержали: Жоомарт Дуу{visible}латов, сказал адвокат.", LIST) == ()


def test_of_them_alone_there_is_no_word():
    for code in EDGES:
        text = f"Melis {chr(code)} Tokoev said. {chr(code) * 3} {chr(code)}2"
        assert find_mentions(text, LIST) == reference.find_mentions(text, LIST, "", PLAIN), hex(code)


def test_a_name_of_an_account_is_the_same_with_and_without_them():
    for code in EDGES:
        assert (fold(f"Ai{chr(code)}da"), repair_word(f"Ai{chr(code)}da")) == ("aida", "Aida"), hex(code)
