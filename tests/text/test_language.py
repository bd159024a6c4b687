"""The language model in less memory and time: the same transitions, unpacked once."""

from __future__ import annotations

import os
import random
import shutil
import time
from array import array
from pathlib import Path

import pytest

from monitor.text import language_model
from monitor.text.language import LANGUAGES, detect
from monitor.text.language_model import Arrays, TransitionTable, load_identifier, unique_runs


@pytest.mark.parametrize("kind", ["H", "I"])
def test_a_table_of_transitions_answers_as_the_array_it_was_made_of(kind):
    rng = random.Random(3)
    runs = [[rng.randrange(60_000) for _ in range(16)] for _ in range(40)]
    # Most runs occur many times, and some differ from another one in a single transition.
    runs += [[*run[:7], run[7] ^ 1, *run[8:]] for run in runs[:20]]
    transitions = array(kind, [value for _ in range(512) for value in rng.choice(runs)])
    arrays = unique_runs(transitions)
    table = TransitionTable(*arrays)
    assert [table[place] for place in range(len(transitions))] == transitions.tolist()
    assert sum(part.nbytes for part in arrays) < len(transitions) * transitions.itemsize / 2


KYRGYZ = "Журналист кечээ сотто жаңы күбөлүк берди, деп билдирди агенттик"


class Killed(BaseException):
    """The end of a process."""


@pytest.fixture(scope="module")
def arrays() -> Arrays:
    return language_model._unpack(LANGUAGES)


@pytest.fixture
def unpackings(arrays: Arrays, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Return the list of unpackings into an empty cache; they are not done again, because each takes half a second."""
    done: list[object] = []
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(language_model, "_unpack", lambda languages: done.append(languages) or arrays)
    return done


def test_the_model_is_unpacked_once_and_again_when_its_copy_is_damaged(tmp_path, unpackings):
    first = load_identifier(LANGUAGES).rank(KYRGYZ)
    (folder,) = (tmp_path / "newsroom-monitor").iterdir()
    assert {len(first), first[0][0]} == {len(LANGUAGES), "ky"}
    assert load_identifier(LANGUAGES).rank(KYRGYZ) == first and len(unpackings) == 1
    os.truncate(folder / "runs.npy", 1000)
    assert load_identifier(LANGUAGES).rank(KYRGYZ) == first and len(unpackings) == 2
    assert [*(tmp_path / "newsroom-monitor").iterdir()] == [folder] and (folder / "runs.npy").stat().st_size > 1000


@pytest.mark.parametrize("start", [b"", b"PK\x03\x04", b"\x93NUMPY\x01\x00\x76\x00{'descr': (((("])
def test_a_copy_of_the_model_with_a_damaged_header_is_made_anew(tmp_path, unpackings, start):
    first = load_identifier(LANGUAGES).rank(KYRGYZ)
    (file,) = tmp_path.glob("*/*/runs.npy")
    sound = file.read_bytes()
    file.write_bytes(start.ljust(128) + sound[128:] if start else b"")
    assert load_identifier(LANGUAGES).rank(KYRGYZ) == first and len(unpackings) == 2
    assert file.read_bytes() == sound


@pytest.mark.parametrize(("hours", "kept"), [(2, 0), (0, 1)], ids=["killed", "still at it"])
@pytest.mark.usefixtures("unpackings")
def test_what_a_killed_process_left_of_the_model_is_deleted_and_not_what_another_one_writes(
    tmp_path, monkeypatch, hours, kept
):
    def die(_: int) -> None:
        raise Killed

    with monkeypatch.context() as killed:
        killed.setattr(os, "fsync", die)
        killed.setattr(shutil, "rmtree", lambda *_, **__: None)  # nobody tidies up
        with pytest.raises(Killed):
            load_identifier(LANGUAGES)
    (part,) = (tmp_path / "newsroom-monitor").iterdir()
    os.utime(part, (time.time() - 3_600 * hours,) * 2)
    load_identifier(LANGUAGES)
    (folder,) = (each for each in part.parent.iterdir() if each != part)
    assert (folder / "weights.npy").exists() and part.exists() == bool(kept)


def test_a_user_without_a_cache_detects_languages_all_the_same(monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", os.devnull)
    assert load_identifier(LANGUAGES).classify(KYRGYZ)[0] == "ky"


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
