"""One file lists the names of both watches; each is read and edited as if the other were not there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from monitor.config.watchlist import (
    Format,
    difference,
    edit_watchlist,
    parse_uploaded,
    parse_watchlist,
    with_own_ids,
)
from monitor.errors import InputError
from monitor.model import Alert, Entity, WatchlistChange

OPEN = "  - name: Ann Bell  # as typed\n    aliases: [A. Bell]\n  - Cyd Dorn\n"
CLOSED = "  - name: Ann Bell   # the same name\n    sensitive: true\n    note: hers\n"
OPEN_ALONE, BOTH = f"entities:\n{OPEN}", f"entities:\n{CLOSED}{OPEN}"


def read(text: str, closed: bool | None = None) -> dict[str, Entity]:
    return {entity.id: entity for entity in parse_watchlist(text, "watchlist.yaml", closed=closed)}


def test_a_name_may_be_open_and_closed_with_the_id_that_it_gives():
    assert read(BOTH, closed=False) == read(OPEN_ALONE) == read(OPEN_ALONE, closed=False)
    assert list(read(BOTH, closed=True)) == ["ann-bell"] and read(OPEN_ALONE, closed=True) == {}
    assert [(e.id, e.sensitive) for e in with_own_ids(parse_watchlist(BOTH, "w.yaml"))] == [
        ("ann-bell:closed", True),
        ("ann-bell", False),
        ("cyd-dorn", False),
    ]


@pytest.mark.parametrize("entry", [OPEN, CLOSED], ids=["open", "closed"])
def test_a_name_stands_once_in_its_watch(entry: str):
    with pytest.raises(InputError, match="on the list already"):
        read(f"entities:\n{entry}{entry}")


def test_an_open_edit_changes_no_byte_of_a_closed_entry_and_the_other_way_round():
    for closed, unchanged in ((False, CLOSED), (True, OPEN)):
        old = read(BOTH, closed=closed)["ann-bell"]
        change = WatchlistChange(changed=((old, replace(old, alert=Alert.NEVER)),))
        edited = edit_watchlist(BOTH, "watchlist.yaml", change, closed=closed)
        assert unchanged in edited and edited.count("alert: never") == 1
        assert read(edited, closed=closed)["ann-bell"].alert is Alert.NEVER
        assert read(edited, closed=not closed) == read(BOTH, closed=not closed)


def test_what_an_operator_types_is_written_as_where_nothing_is_closed():
    added = WatchlistChange(added=(Entity("ann-bell", "Ann Bell"),))
    text, open_text = f"entities:\n{CLOSED}  - Cyd Dorn\n", "entities:\n  - Cyd Dorn\n"
    edited = edit_watchlist(text, "watchlist.yaml", added, closed=False)
    assert edited.replace(CLOSED, "") == edit_watchlist(open_text, "watchlist.yaml", added, closed=False)
    removal = WatchlistChange(removed=(read(edited, closed=False)["ann-bell"],))
    assert edit_watchlist(edited, "watchlist.yaml", removal, closed=False) == text


def test_a_mark_moves_an_entry_where_it_stands():
    old = read(OPEN_ALONE)["ann-bell"]
    marked = edit_watchlist(
        OPEN_ALONE, "watchlist.yaml", WatchlistChange(changed=((old, replace(old, sensitive=True)),))
    )
    assert "# as typed" in marked and list(read(marked, closed=True)) == ["ann-bell"]
    reverse = WatchlistChange(changed=((replace(old, sensitive=True), old),))
    assert read(edit_watchlist(marked, "watchlist.yaml", reverse)) == read(OPEN_ALONE)


FAULTS = ["    alert: sometimes\n", "    colour: red\n", "    note: again\n", "    sensitiv: true\n    type: cat\n"]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_a_closed_entry_is_none_of_the_open_list(fault: str):
    text = BOTH.replace(
        CLOSED, CLOSED.replace("    sensitive: true\n", "") + fault if "sensitiv:" in fault else CLOSED + fault
    )
    assert read(text, closed=False) == read(OPEN_ALONE)
    old = read(text, closed=False)["cyd-dorn"]
    change = WatchlistChange(changed=((old, replace(old, note="x")),))
    assert fault in edit_watchlist(text, "watchlist.yaml", change, closed=False)
    for closed in (None, True):
        with pytest.raises(InputError):
            read(text, closed=closed)


@pytest.mark.parametrize("fault", ["    alert: sometimes\n", "    colour: red\n"])
def test_a_fault_in_an_open_entry_is_none_of_the_closed_list(fault: str):
    text = f"entities:\n{CLOSED}  - name: Eve Fox\n{fault}{OPEN}"
    assert read(text, closed=True) == read(BOTH, closed=True)
    with pytest.raises(InputError):
        read(text, closed=False)


def test_a_file_that_cannot_be_read_is_told_of_without_what_stands_in_it():
    text = BOTH.replace("note: hers", 'note: "hers')
    with pytest.raises(InputError) as refused:
        read(text, closed=False)
    assert "line" not in str(refused.value) and "hers" not in str(refused.value)
    with pytest.raises(InputError, match="a quote that is not closed"):
        read(text)
    with pytest.raises(InputError, match="a quote that is not closed"):  # nothing is closed here: as before
        read(OPEN_ALONE + '  - name: "Eve\n', closed=False)


@pytest.mark.parametrize(
    ("word", "is_closed"), [("false", False), ("no", False), ("off", False), ("yes", True), ("1", True)]
)
def test_words_that_mean_no_leave_a_name_open(word: str, is_closed: bool):
    text = f"entities:\n  - name: Ann Bell\n    sensitive: {word}\n"
    assert list(read(text, closed=is_closed)) == ["ann-bell"] and not read(text, closed=not is_closed)


@pytest.mark.parametrize("mark", ["sensitive: perhaps", "sensitve: true", "Sensitive: true", "sensitiv: ja"])
def test_a_mark_that_is_doubtful_or_misspelt_keeps_an_entry_from_the_open_list(mark: str):
    text = f"entities:\n  - Cyd Dorn\n  - name: Ann Bell\n    {mark}\n"
    assert list(read(text, closed=False)) == ["cyd-dorn"]
    with pytest.raises(InputError):
        read(text, closed=True)


def test_a_difference_is_by_watch_and_id():
    both = parse_watchlist(BOTH, "w.yaml")
    assert not difference(both, both)
    assert [e.sensitive for e in difference(both, [e for e in both if not e.sensitive]).removed] == [True]


def outcome(text: str, change: WatchlistChange) -> str:
    """Return what an open edit says; an empty string if it can be written."""
    try:
        edit_watchlist(text, "watchlist.yaml", change, closed=False)
    except InputError as error:
        return str(error)
    return ""


def test_the_last_open_name_stays_whether_or_not_names_are_closed():
    removal = WatchlistChange(removed=tuple(read(OPEN_ALONE).values()))
    assert outcome(BOTH, removal) == outcome(OPEN_ALONE, removal) != ""


def test_how_much_room_is_left_on_the_open_list_does_not_depend_on_the_closed_one(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("monitor.config.watchlist.files.MAX_BYTES", 300)
    messages = []
    for notes in range(0, 400, 20):
        added = WatchlistChange(added=(Entity("eve", "Eve Falk", note="x" * notes),))
        messages.append(outcome(OPEN_ALONE, added))
        assert outcome(BOTH.replace("hers", "h" * 250), added) == messages[-1]
    assert messages[0] == "" and "larger than" in messages[-1]


def test_an_uploaded_list_with_closed_entries_is_refused_in_the_open_watch():
    for kind, text in ((Format.YAML, BOTH), (Format.CSV, "name,sensitive\nAnn Bell,yes\nCyd Dorn,\n")):
        refusal = parse_uploaded(text, kind, False)
        assert isinstance(refusal, InputError) and "entries that are marked sensitive: 1" in str(refusal)
        assert not isinstance(parse_uploaded(text, kind, None), InputError)
    assert not isinstance(parse_uploaded(OPEN_ALONE, Format.YAML, False), InputError)
