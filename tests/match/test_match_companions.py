"""The cost of long lists: pairs of words are judged together, and only places where a name can stand are read."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.match import Compiled, compile_watchlist
from monitor.match.index.closeness import (
    LOST_BETWEEN_EQUALS,
    MAX_TYPOS,
    MAX_VOWEL_DIFFERENCES,
    MIN_MISSPELT,
    StemRows,
    is_close,
    judge_pairs,
)
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


def stem_rows(stems: list[str]) -> StemRows:
    """Return the stems as the table of a list has them."""
    lengths = np.array([*map(len, stems)])
    codes = np.zeros((len(stems), lengths.max()), np.uint8)
    for row, stem in enumerate(stems):
        codes[row, : len(stem)] = [*stem.encode()]
    return StemRows.of(codes, np.arange(len(stems)), lengths)


@given(st.lists(pairs(), min_size=1, max_size=20), st.sampled_from([Closeness.TYPO, Closeness.VOWELS]))
def test_many_pairs_of_words_are_judged_as_each_by_itself(some_pairs: list[tuple[str, str]], closeness: Closeness):
    is_typo = closeness is Closeness.TYPO
    limits = MAX_TYPOS if is_typo else MAX_VOWEL_DIFFERENCES

    def may_share_key(stem: str, listed: str) -> bool:
        edits, missing = limits[min(len(listed), 9)], len(listed) - len(stem)
        is_long_enough = len(listed) >= (MIN_MISSPELT if is_typo else 0)
        return is_long_enough and -edits <= missing <= (max(edits, LOST_BETWEEN_EQUALS) if is_typo else edits)

    judged = [pair for pair in some_pairs if may_share_key(*pair)]
    if not judged:
        return
    text, listed = stem_rows([stem for stem, _ in judged]), stem_rows([stem for _, stem in judged])
    edits = np.array(limits)[np.minimum(listed.length, 9)]
    verdicts, is_open = judge_pairs(text, listed, np.full(len(judged), is_typo), edits)
    for pair, verdict, is_undecided in zip(judged, verdicts, is_open, strict=True):
        for form in (pair[0], "oo" + pair[0]):  # a form without a doubled letter, and one with it
            assert is_undecided or verdict == is_close(closeness, *pair, form), pair


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
