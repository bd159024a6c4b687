"""The reasons of a mention: in detail in any alphabet, and plain where writing them out fails."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kit.home import WATCHLIST
from monitor.match import compile_watchlist, find_mentions
from monitor.match.rules import reasons
from monitor.model import Entity

TEXT = "Вчера суд оставил Мелиса Токоева под арестом."


@pytest.mark.parametrize(
    ("listed", "written", "reason"),
    [
        ("Anna Żółć", "Anna Žulć", "“Žulć” for Żółć, which sounds nearly the same: «žul» for «żół»"),
        ("Anna Žulć", "Anna Żółć", "“Żółć” for Žulć, which sounds nearly the same: «żół» for «žul»"),
        ("Marek Śmigły", "Marek Śmegły", "“Śmegły” for Śmigły, which sounds nearly the same: «e» for «i»"),
        ("Marek Śmegły", "Marek Śmigły", "“Śmigły” for Śmegły, which sounds nearly the same: «i» for «e»"),
        ("Marek Śmigły", "Marek Šmygły", "“Šmygły” is another spelling of Śmigły: «š» for «ś»; «y» for «i»"),
        ("Marek Śmigły", "Marek Šmygły", "letters of Šmygły: «y» for «i», as BGN/PCGN writes it"),
        ("Marek Grześ", "Marek Gześ", "one letter differs: “Gześ” for Grześ: «r» is missing"),
        ("Lech Wałęsa", "Lech Walesa", "“Walesa” is another spelling of Wałęsa: «l» for «ł»"),
    ],
)  # fmt: skip
def test_a_reason_says_which_letters_differ_under_any_marks(listed: str, written: str, reason: str):
    (mention,) = find_mentions(f"Yesterday {written} went home.", compile_watchlist([Entity("a", listed)]))
    assert (mention.text, mention.why[0]) == (written, f"“{written}” is {listed}")
    assert reason in mention.why


@pytest.mark.parametrize("command", ["match", "explain"])
def test_a_bug_in_a_reason_costs_no_mention_and_is_told_once_without_names(monitor, monkeypatch, command: str):
    def fail(*_: object) -> None:
        raise ValueError("cannot explain Мелиса Токоева")

    monkeypatch.setattr(reasons, "_part_reasons", fail)
    reasons._log_once.cache_clear()
    Path("w.yaml").write_text(WATCHLIST, encoding="utf-8")
    Path("note.txt").write_text(f"{TEXT}\n{TEXT}\nMelis Tokoev was there.", encoding="utf-8")
    done = monitor(command, "--watchlist", "w.yaml", "note.txt")
    assert done.code == 0
    assert done.out.count("“Мелиса Токоева” is Мелис Токоев") == 2 and "“Melis Tokoev” is Melis Tokoev" in done.out
    (line,) = done.err.splitlines()
    assert "a reason could not be written out (ValueError at test_match_explain.py:" in line and "report" in line
    assert not any(word in done.err for word in ("Мелис", "Токоев", "Melis", "Tokoev", "арест"))


def test_match_goes_on_through_polish_names_that_sound_alike(monitor):
    Path("w.yaml").write_text("entities: [Anna Żółć, Marek Śmigły]\n", encoding="utf-8")
    documents = [{"id": "1", "text": "Anna Žulć przyszła."}, {"id": "2", "text": "Marek Śmegły i Anna Żółć."}]
    Path("docs.jsonl").write_text("\n".join(map(json.dumps, documents)), encoding="utf-8")
    done = monitor("match", "--watchlist", "w.yaml", "--format", "jsonl", "docs.jsonl")
    assert (done.code, done.err) == (0, "")
    assert [[m["text"] for m in row["mentions"]] for row in done.lines] == [
        ["Anna Žulć"],
        ["Marek Śmegły", "Anna Żółć"],
    ]
