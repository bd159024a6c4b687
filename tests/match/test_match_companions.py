"""The cost of long lists: pairs of words are judged together, and only places where a name can stand are read."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.reference_matcher import is_close
from monitor.match import Compiled, compile_watchlist
from monitor.match.index.closeness import are_close
from monitor.match.index.word_match import Closeness
from monitor.model import Entity

LISTED = "tokoev tokoeva isaeva Japarov Jumabekova abdiraimov galina martin nurlan".split()
EDITS = st.lists(st.tuples(st.integers(0, 9), st.sampled_from(["", "a", "e", "k", "t", "v"]), st.integers(0, 2)))


@st.composite
def pairs(draw: st.DrawFn) -> tuple[str, str]:
    stem = listed = draw(st.sampled_from(LISTED))
    for place, letters, cut in draw(EDITS.filter(lambda edits: len(edits) < 4)):
        stem = stem[:place] + letters + stem[place + cut :]
    swap = draw(st.integers(0, 12))
    stem = stem[:swap] + stem[swap : swap + 2][::-1] + stem[swap + 2 :]
    return stem or "a", listed


@given(st.lists(pairs(), max_size=20), st.sampled_from([Closeness.TYPO, Closeness.VOWELS]), st.sampled_from(["", "oo"]))
def test_many_pairs_of_words_are_judged_as_each_by_itself(
    some_pairs: list[tuple[str, str]], closeness: Closeness, beginning: str
):
    stems, listed = ([pair[place] for pair in some_pairs] for place in (0, 1))
    forms = [beginning + stem for stem in stems]  # with a doubled letter, and without
    verdicts = are_close(stems, listed, forms, np.full(len(stems), closeness is Closeness.TYPO))
    assert verdicts.tolist() == [is_close(closeness, *words) for words in zip(stems, listed, forms, strict=True)]


BEARERS = compile_watchlist(
    [Entity("brian", "Brian Thomas"), Entity("alan", "Alan Fisher"), Entity("us", "Vesti Rosa")]
)


def words_read(text: str, compiled: Compiled = BEARERS) -> list[str]:
    """Return the words of a text at which the rules look for a name."""
    (passages,) = compiled.scanner.passages([("", text)])
    return [passage.word(place).text for passage in passages for place in passage.places]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Then Brian Thomas sang.", ["Thomas"]),
        ("Then Brian A. Thomas sang.", ["Thomas"]),
        ("Then Bryan Thomas sang.", ["Thomas"]),
        ("Then B. Thomas sang.", ["Thomas"]),
        ("Then Thomas B. sang.", ["Thomas"]),
        ("Then Thomas Brian sang.", ["Thomas"]),
        ("Then Alan Thomas sang.", []),
        ("Then Alan and Thomas sang.", []),
        ("Then B Thomas sang.", []),
        ("Then Thomas sang. Brian left.", []),
        ("Brian, Thomas and others sang.", []),
        ("Then Brian Fisher sang.", []),
    ],
)
def test_a_common_surname_is_read_only_near_a_given_name_of_a_bearer(text: str, words: list[str]):
    assert words_read(text) == words
