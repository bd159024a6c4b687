"""The words that differ between two texts."""

from __future__ import annotations

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.text.differences import DifferenceKind, differing_parts


def marked(before: str, after: str) -> str:
    """Return the parts in one line: -before- and +after+."""
    signs = {DifferenceKind.SAME: "", DifferenceKind.BEFORE: "-", DifferenceKind.AFTER: "+"}
    return "".join(f"{signs[part.kind]}{part.text}{signs[part.kind]}" for part in differing_parts(before, after))


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("Арзыева задержана", "Арзыева опрошена", "Арзыева -задержана-+опрошена+"),
        ("She was held.", "She was held.", "She was held."),
        ("", "New words", "+New words+"),
        ("Old words", "", "-Old words-"),
        ("a b", "c d", "-a b-+c d+"),  # two changed words with a space between are one change
        ("one two three four five six seven", "one two three four five six eight", "… five six -seven-+eight+"),
        ("KOS, he said", "KOS he said", "KOS-,- he said"),
        ("She spoke.", "She never spoke.", "She +never+ spoke."),  # the space is not underlined
        ("He was very ill.", "He was ill.", "He was -very- ill."),
        ("В «Кабаре» ждали суда", "В «Кабаре» ждали дела", "… ждали -суда-+дела+"),  # no lone mark begins an excerpt
        ("a b c d «Kabar» won", "a b c d «Kabar» lost", "… «Kabar» -won-+lost+"),
    ],
)
def test_only_what_differs_is_marked_with_the_nearest_words(before: str, after: str, shown: str):
    assert marked(before, after) == shown


@given(st.text("аб в.\n", max_size=60), st.text("аб в.\n", max_size=60))
def test_what_is_marked_stands_in_its_own_text(before: str, after: str):
    for part in differing_parts(before, after):
        if part.kind is DifferenceKind.BEFORE:
            assert part.text in before
        if part.kind is DifferenceKind.AFTER:
            assert part.text in after


@pytest.mark.parametrize("unit", [",;", ",,;"])
def test_a_comparison_of_hostile_sentences_takes_no_time(unit: str):
    began = process_time()
    for _ in range(4):
        differing_parts(f"Then {unit * 300}", f"Now {unit[0] * 600}")
        differing_parts(unit[-1] * 600, unit * 300)
    assert process_time() - began < 1  # eight seconds where each token is compared with each


def test_words_far_apart_are_marked_one_by_one():
    between = " ".join(f"word{n}" for n in range(60))
    assert (
        marked(f"She {between} held.", f"He {between} freed.") == "-She-+He+ word0 word1 … word58 word59 -held-+freed+."
    )
