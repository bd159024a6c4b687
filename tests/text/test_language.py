"""The language model in less memory: the same transitions."""

from __future__ import annotations

import pickle
import random
from array import array

import pytest

from monitor.text.language import TransitionTable, detect


@pytest.mark.parametrize("kind", ["H", "I"])
def test_a_table_of_transitions_answers_as_the_array_it_was_made_of(kind):
    rng = random.Random(3)
    runs = [[rng.randrange(60_000) for _ in range(16)] for _ in range(40)]
    # Most runs occur many times, and some differ from another one in a single transition.
    runs += [[*run[:7], run[7] ^ 1, *run[8:]] for run in runs[:20]]
    transitions = array(kind, [value for _ in range(512) for value in rng.choice(runs)])
    table = TransitionTable(transitions)
    assert [table[place] for place in range(len(transitions))] == transitions.tolist()
    assert len(pickle.dumps(table)) < len(pickle.dumps(transitions)) / 2


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Журналист кечээ сотто жаңы күбөлүк берди, деп билдирди агенттик", "ky"),
        ("Журналист вчера дал в суде новые показания, сообщило агентство", "ru"),
        ("The journalist gave new evidence in court yesterday, the agency said", "en"),
        ("Kort", ""),
    ],
)
def test_the_language_of_a_headline_is_detected(text, language):
    assert detect(text) == language
