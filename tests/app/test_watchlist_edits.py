"""Saves of the watchlist: the file and the list in force say the same, nobody's edit is lost, each can be taken back."""

from __future__ import annotations

import io
import pickle
import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kit.app import App
from monitor.app.files import keyed_hash_of, locked_folder
from monitor.app.names.service import NameService
from monitor.app.names.withdrawal import take_back
from monitor.app.watchlist import WatchlistFile
from monitor.config import Settings
from monitor.config.watchlist import Format, load_watchlist
from monitor.errors import EditConflict, InputError, NotFound
from monitor.match import compile_watchlist
from monitor.model import Alert, Context, Entity, EntityType, LocalNames, WatchlistChange
from monitor.model.watchlist import change_of
from monitor.store import open_store

NOW = datetime(2026, 11, 27, 8, tzinfo=UTC)
LIST = """\
# The case of May.
entities:
  - id: melis
    name: Melis Tokoev   # as the court writes it
  - Gulnara Sharshenova
  - name: Ak-Bulak
    type: outlet
"""
AZAT = Entity("azat-nurov", "Азат Нуров")


@pytest.fixture
def app(store, tmp_path) -> App:
    return App(Settings(home=tmp_path), store, lambda: NOW)


@pytest.fixture
def file(app) -> WatchlistFile:
    app.settings.watchlist.write_text(LIST, "utf-8")
    assert app.watchlist_file.take_in(NOW) == []
    return app.watchlist_file


def named(file: WatchlistFile, entity: str) -> Entity:
    return next(e for e in file.watchlists.current().entities if e.id == entity)


def changing(file: WatchlistFile, entity: str, **values: object) -> WatchlistChange:
    old = named(file, entity)
    return WatchlistChange(changed=((old, replace(old, **values)),))


def save(file: WatchlistFile, change: WatchlistChange) -> None:
    file.save(change, NOW, source="desk", author="Aizada", reason="by phone")


def undo(app: App, version: int) -> None:
    take_back(app, app.store.watchlists.version(version), source="terminal")


def both_say_the_same(file: WatchlistFile) -> bool:
    by_id = {entity.id: entity for entity in file.watchlists.current().entities}
    is_in_force = file.watchlists.imported_file_hash() == keyed_hash_of(file.path)
    return is_in_force and by_id == {entity.id: entity for entity in load_watchlist(file.path)}


def test_a_run_waits_for_a_save_of_the_list_only_where_the_file_has_changed(file):
    with ThreadPoolExecutor() as pool:
        with locked_folder(file.path):
            assert pool.submit(file.take_in, NOW).result(timeout=30) == []
            file.path.write_text(f"{LIST}  - Azat Nurov\n", "utf-8")
            waiting = pool.submit(file.take_in, NOW)
            with pytest.raises(TimeoutError):
                waiting.result(timeout=0.2)
        assert waiting.result(timeout=30) == [] and named(file, "azat-nurov")


def test_a_save_is_in_force_and_in_the_file(file):
    save(file, replace(changing(file, "melis", alert=Alert.NEVER), added=(AZAT,), removed=(named(file, "ak-bulak"),)))
    assert both_say_the_same(file)
    assert file.path.read_text("utf-8") == LIST.replace("writes it\n", "writes it\n    alert: never\n").replace(
        "  - name: Ak-Bulak\n    type: outlet\n", "  - Азат Нуров\n"
    )
    (version, _) = file.watchlists.versions()
    assert (version.author, version.reason, version.source) == ("Aizada", "by phone", "desk")
    assert version.change.added == (AZAT,)


def test_edits_of_the_file_and_of_the_desk_are_merged_by_field(file):
    at_the_desk = changing(file, "melis", note="Asked for by the lawyer.")
    file.path.write_text(LIST.replace("Melis Tokoev ", "Melis Tokoyev "), "utf-8")
    save(file, at_the_desk)
    assert named(file, "melis") == Entity("melis", "Melis Tokoyev", note="Asked for by the lawyer.")
    assert both_say_the_same(file)


def test_a_field_that_both_changed_is_refused_and_nothing_is_saved(file):
    at_the_desk = changing(file, "melis", name="Melis Tokojew")
    file.path.write_text(LIST.replace("Melis Tokoev ", "Melis Tokoyev "), "utf-8")
    with pytest.raises(EditConflict, match="melis: name"):
        save(file, at_the_desk)
    assert named(file, "melis").name == "Melis Tokoyev"
    assert both_say_the_same(file)


def test_two_people_at_the_desk_change_different_fields(file):
    first, second = changing(file, "melis", note="One."), changing(file, "melis", aliases=("Мелис Токоев",))
    save(file, first)
    save(file, second)
    assert named(file, "melis") == Entity("melis", "Melis Tokoev", aliases=("Мелис Токоев",), note="One.")


def test_a_save_that_died_before_the_file_was_written_reaches_it_with_the_next_run(file, monkeypatch):
    change = replace(changing(file, "melis", note="One."), removed=(named(file, "ak-bulak"),))
    monkeypatch.setattr("monitor.app.watchlist.replace_text", lambda path, text: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        save(file, change)
    monkeypatch.undo()
    file.path.write_text(
        file.path.read_text("utf-8").replace("Gulnara S", "Gülnara S"), "utf-8"
    )  # and edited meanwhile
    assert file.take_in(NOW) == []
    assert (named(file, "melis").note, named(file, "gulnara-sharshenova").name) == ("One.", "Gülnara Sharshenova")
    assert both_say_the_same(file)


@pytest.mark.parametrize("text", ["entities: [", "entities: [Melis Tokoev]\n", "entities:\n  - {nam: Melis}\n"])
def test_a_file_with_errors_refuses_a_save_and_says_where(file, text):
    file.path.write_text(text, "utf-8")
    with pytest.raises(InputError, match=r"watchlist\.yaml"):
        save(file, WatchlistChange(added=(AZAT,)))
    assert AZAT not in file.watchlists.current().entities
    assert file.path.read_text("utf-8") == text


def test_a_removal_by_hand_is_not_taken_in_and_not_written_back(file):
    file.path.write_text(LIST.replace("  - Gulnara Sharshenova\n", ""), "utf-8")
    save(file, WatchlistChange(added=(AZAT,)))
    assert named(file, "gulnara-sharshenova")
    assert "Gulnara" not in file.path.read_text("utf-8")


def test_the_file_keeps_its_permissions_and_stays_a_link(file, tmp_path):
    target = tmp_path / "shared" / "list.yaml"
    target.parent.mkdir()
    file.path.rename(target)
    target.chmod(0o640)
    file.path.symlink_to(target)
    save(file, WatchlistChange(added=(AZAT,)))
    assert file.path.is_symlink()
    assert target.stat().st_mode & 0o777 == 0o640
    assert "Азат" in target.read_text("utf-8")


def test_taking_back_restores_the_list_and_is_itself_a_version(app, file):
    before = file.watchlists.current().entities
    save(file, replace(changing(file, "melis", note="One."), added=(AZAT,), removed=(named(file, "ak-bulak"),)))
    version = file.watchlists.current().version
    undo(app, version)
    assert file.watchlists.current().entities == before
    assert both_say_the_same(file)
    assert file.watchlists.versions()[0].undoes == version
    undo(app, version + 1)
    assert AZAT in file.watchlists.current().entities


def test_taking_back_keeps_later_changes_of_other_fields_and_refuses_the_same(app, file):
    save(file, changing(file, "melis", note="One."))
    version = file.watchlists.current().version
    save(file, changing(file, "melis", alert=Alert.NEVER))
    undo(app, version)
    assert named(file, "melis") == Entity("melis", "Melis Tokoev", alert=Alert.NEVER)
    save(file, changing(file, "melis", note="Two."))
    with pytest.raises(EditConflict):
        undo(app, version + 2)


def test_a_version_that_is_not_there_is_not_taken_back(app, file):
    with pytest.raises(NotFound, match="history"):
        undo(app, 99)


def test_history_of_one_name(file):
    save(file, changing(file, "melis", note="One."))
    save(file, WatchlistChange(added=(AZAT,)))
    assert [version.version for version in file.watchlists.versions("melis")] == [2, 1]
    assert [version.version for version in file.watchlists.versions("azat-nurov")] == [3]


# ---- any edits ------------------------------------------------------------------------------------------------------

words = st.lists(st.sampled_from(["суд", "арест", "court: one", "#7", "Д. Е."]), max_size=3, unique=True).map(tuple)
days = st.none() | st.dates(datetime(2026, 1, 1).date(), datetime(2027, 12, 31).date())
edited_entities = st.builds(
    Entity,
    id=st.just(""),
    name=st.sampled_from(["Азат Нуров", "Melis Tokoev", "Gülnara O'Neil", "Министерство культуры", "КНБ"]),
    type=st.sampled_from([kind for kind in EntityType if kind is not EntityType.PRESS]),
    aliases=words,
    note=st.sampled_from(["", "One.", "two: lines\nof text", "=1+1"]),
    sensitive=st.just(False),  # a mark moves the name to the other watch (test_marked_names.py)
    alert=st.sampled_from(Alert),
    country=st.sampled_from(["", "KG", "KZ"]),
    context=st.builds(Context, words, words, words),
    handles=st.sampled_from([(), ("@azat_n",), ("t.me/azat", "@azat")]),
    names=st.builds(LocalNames, *[st.sampled_from(["", "Азат Н."])] * 3),
    paused_until=days,
    watch_until=days,
    asked_by=st.sampled_from(["", "the lawyer, by phone"]),
)
# Which entity (one more than there are: a new one), and what it becomes; None: it is removed.
edits = st.lists(st.tuples(st.integers(0, 5), st.none() | edited_entities), min_size=1, max_size=12)


def compiled_bytes(app: App) -> bytes:
    """Return the compiled list as bytes that do not depend on which equal values are one object."""
    raw = io.BytesIO()
    pickler = pickle.Pickler(raw)
    pickler.fast = True
    pickler.dump(compile_watchlist(app.watchlist().entities))
    return raw.getvalue()


@settings(max_examples=max(2, settings.default.max_examples // 8))
@given(all_edits=edits)
@pytest.mark.check
def test_any_edits_are_taken_back_to_the_byte_and_an_export_changes_nothing(
    tmp_path_factory, sqlite_with_tables, all_edits
):
    folder = tmp_path_factory.mktemp("home")
    shutil.copy(sqlite_with_tables, folder / "monitor.db")
    (folder / "watchlist.yaml").write_text(LIST, "utf-8")
    with closing(open_store(f"sqlite:///{folder / 'monitor.db'}")) as store:
        app = App(Settings(home=folder), store, lambda: NOW)
        file = app.watchlist_file
        assert file.take_in(NOW) == []
        compiled = compiled_bytes(app)
        for number, (place, new) in enumerate(all_edits):
            entities = app.watchlist().entities
            old = entities[place] if place < len(entities) else None
            entity = new and replace(new, id=old.id if old else f"new-{number}", name=f"{new.name} {number}")
            if entity or (old and len(entities) > 1):  # a list without a name is refused
                save(file, change_of([(old, entity)]))
        assert both_say_the_same(file)
        names = NameService(app)
        if names.entities:
            assert not any(names.imported(names.export(kind), kind) for kind in (Format.YAML, Format.CSV))
        for version in range(app.watchlist().version, 1, -1):
            undo(app, version)
        assert compiled_bytes(app) == compiled
        assert both_say_the_same(file)
