"""Names are added, changed and taken back at the terminal; the file and the list say the same."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from rich.table import Table
from rich.text import Text

from kit.app import App
from kit.names import flooded
from kit.store import DAY, NOW, archived, filed, hit
from monitor.cli.common import out
from monitor.cli.output.runs import print_table
from monitor.clock import now_utc
from monitor.config import load_settings
from monitor.store import open_store


@pytest.fixture
def watchlist(monitor, tmp_path: Path, sqlite_with_tables: Path):
    """Return a function that runs `monitor watchlist` on a small home."""
    shutil.copy(sqlite_with_tables, tmp_path / "monitor.db")
    (tmp_path / "feeds.yaml").write_text("feeds:\n  - url: https://post.example/feed\n", "utf-8")
    (tmp_path / "watchlist.yaml").write_text(
        "entities:\n  - id: melis\n    name: Melis Tokoev\n  - Cholpon Arzyeva\n", "utf-8"
    )
    with_list = App(load_settings(tmp_path, {}, tmp_path), open_store(f"sqlite:///{tmp_path / 'monitor.db'}"))
    with_list.watchlist_file.take_in(NOW - DAY)
    with_list.close()
    return lambda *words: monitor("--home", tmp_path, "watchlist", *words)


def listed(watchlist, entity: str) -> dict[str, object]:
    entities = watchlist("list", "--format", "json").json["entities"]
    return next(row for row in entities if row["id"] == entity)


def test_a_name_is_added_and_changed_with_everything_that_the_page_has(watchlist, tmp_path):
    options = ["--name", "ru=Азат Нуров", "--name", "ky=Азат  Нуров", "--handle", "@azat_n", "--alias", "A. Nurov"]
    options += ["--paused-until", "2027-01-10", "--watch-until", "2027-05-31", "--asked-by", "the lawyer, by phone"]
    assert watchlist("add", "Azat Nurov", *options, "--country", "KG", "--note", "case 4").code == 0
    azat = listed(watchlist, "azat-nurov")
    assert {name: text for name, text in azat["names"].items() if text} == {"ru": "Азат Нуров", "ky": "Азат Нуров"}
    assert (azat["paused_until"], azat["watch_until"], azat["asked_by"], azat["handles"], azat["country"]) == (
        "2027-01-10",
        "2027-05-31",
        "the lawyer, by phone",
        ["@azat_n"],
        "KG",
    )
    changes = ["--name", "Azat Nuroff", "--name", "ky=", "--name", "en=Azat N.", "--paused-until", "", "--asked-by", ""]
    assert watchlist("edit", "azat-nurov", *changes, "--watch-until", "2027-06-30").code == 0
    azat = listed(watchlist, "azat-nurov")
    assert {name: text for name, text in azat["names"].items() if text} == {"ru": "Азат Нуров", "en": "Azat N."}
    assert (azat["name"], azat["paused_until"], azat["watch_until"], azat["asked_by"], azat["note"]) == (
        "Azat Nuroff",
        None,
        "2027-06-30",
        "",
        "case 4",
    )
    file = (tmp_path / "watchlist.yaml").read_text("utf-8")
    assert "ru: Азат Нуров" in file and "watch_until: '2027-06-30'" in file and "paused_until" not in file


@pytest.mark.parametrize(
    ("words", "advice"),
    [
        (["add", "Azat Nurov", "--paused-until", "soon"], "'soon' is no day; write 2026-12-31"),
        (["add", "Azat Nurov", "--watch-until", "2026-02-30"], "is no day"),
        (["add", "Azat Nurov", "--name", "Азат Нуров"], "names no language; write --name ru=NAME"),
        (["add", "Azat Nurov", "--name", "de=Asat Nurow"], "names no language"),
        (["add", "Azat Nurov", "Aida Sharsheeva", "--name", "ru=Азат Нуров"], "--name is for one name"),
        (["edit", "melis", "--name", "Melis T.", "--name", "M. Tokoev"], "an entry has one name"),
        (["edit", "melis", "--country", "Kyrgyzstan"], "write a code of ISO 3166"),
        (
            ["add", "Cholpon Arzyeva", "--note", "case 4"],
            "on the list already, nothing was saved; `monitor watchlist edit c",
        ),
        (["add", "Azat Nurov", "Cholpon Arzyeva"], "on the list already, nothing was saved; `monitor watchlist edit c"),
    ],
)
def test_what_cannot_be_meant_is_refused_and_changes_nothing(watchlist, tmp_path, words: list[str], advice: str):
    before = (tmp_path / "watchlist.yaml").read_text("utf-8")
    refused = watchlist(*words)
    assert refused.code == 2 and advice in " ".join(refused.err.split())
    assert (tmp_path / "watchlist.yaml").read_text("utf-8") == before


@pytest.mark.parametrize("line", ["  - Azat Nurov\n", "  - {id: azat-nurov, name: Azat Nurov, note: case 4}\n"])
def test_a_name_that_was_just_written_into_the_file_is_on_the_list_already(watchlist, tmp_path, line: str):
    with (tmp_path / "watchlist.yaml").open("a", encoding="utf-8") as file:
        file.write(line)
    before = (tmp_path / "watchlist.yaml").read_text("utf-8")
    refused = watchlist("add", "Azat Nurov")
    assert refused.code == 2 and "'azat-nurov' is on the list already" in refused.err
    assert (tmp_path / "watchlist.yaml").read_text("utf-8") == before
    assert "azat-nurov" in watchlist("list").out


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Мелису Токоеву", "is the dative of 'Melis Tokoev': 'melis' is on the list already"),
        ("Мелис Токоев", "is found as 'Melis Tokoev': 'melis' is on the list already"),
        ("melis tokoev", "'melis' is on the list already"),
        ("Мелис Токобеков", ""),
        ("Бакыт Токоев", ""),
    ],
)
def test_a_form_of_a_watched_name_is_no_new_name_and_any_other_is(watchlist, tmp_path, name: str, words: str):
    before = (tmp_path / "watchlist.yaml").read_text("utf-8")
    tried, added = watchlist("preview", name, "--format", "json"), watchlist("add", name)
    assert (tried.code, added.code) == (0, 2 if words else 0)
    assert all(words in " ".join(outcome.err.split()) for outcome in (tried, added))
    assert ((tmp_path / "watchlist.yaml").read_text("utf-8") == before) is bool(words)


@pytest.mark.parametrize(("name", "nominative"), [("Эмилу Доолотову", "Эмил Доолотов"), ("Эмил Доолотов", "")])
def test_a_new_name_in_another_case_is_added_with_advice(watchlist, name: str, nominative: str):
    added = watchlist("add", name)
    assert added.code == 0 and ("looks like another case of" in added.err) is bool(nominative)
    assert nominative in added.err


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (["Kloop / Клооп"], "outlet"),
        (["ak-bulak.kg"], "outlet"),
        (["Комитет спокойствия"], "organization"),
        (["Azat Nurov"], "person"),
        (["Kloop / Клооп", "--type", "organization"], "organization"),
    ],
)
def test_the_type_of_a_name_is_guessed_as_at_the_desk_unless_it_is_given(watchlist, words: list[str], kind: str):
    assert watchlist("add", *words).code == 0
    (added,) = (row for row in watchlist("list", "--format", "json").json["entities"] if row["name"] == words[0])
    assert added["type"] == kind


def test_a_name_that_was_removed_and_is_added_again_is_the_name_that_the_desk_adds(watchlist):
    assert watchlist("remove", "melis").code == 0
    assert watchlist("add", "Melis").code == 0
    (added,) = (row for row in watchlist("list", "--format", "json").json["entities"] if row["name"] == "Melis")
    assert added["id"].startswith("melis-")


def test_a_change_is_shown_in_the_words_of_the_file(watchlist, tmp_path):
    (tmp_path / "new.yaml").write_text(
        "entities:\n  - id: melis\n    name: Melis Tokoev\n    aliases: [Мелис, M. T.]\n    sensitive: true\n"
        "    names: {ru: Мелис Токоев}\n    context: {support: [court, суд]}\n    watch_until: 2027-05-31\n"
        "  - Cholpon Arzyeva\n",
        "utf-8",
    )
    assert watchlist("import", "new.yaml", "--apply").out.splitlines() == [
        "~ melis: Melis Tokoev",
        "    aliases: (none) -> Мелис, M. T.",
        "    sensitive: no -> yes",
        "    context: (none) -> support: court, суд",
        "    names: (none) -> ru: Мелис Токоев",
        "    watch_until: (none) -> 2027-05-31",
        "stored",
    ]
    assert "    sensitive: yes -> no" in watchlist("edit", "melis", "--closed", "--no-sensitive").out


@pytest.mark.check
def test_a_saved_name_that_floods_the_queue_says_what_helps(watchlist, tmp_path, monkeypatch):
    monkeypatch.setattr("kit.names.NOW", now_utc())  # commands go by the clock of the machine
    app = App(load_settings(tmp_path, {}, tmp_path), open_store(f"sqlite:///{tmp_path / 'monitor.db'}"))
    flooded(app, "Ministry of Rivers")
    app.close()
    outcome = watchlist("add", "Ministry of Rivers", "--type", "organization", "--alert", "with-others")
    assert outcome.code == 0 and "floods" not in outcome.err
    outcome = watchlist("edit", "ministry-of-rivers", "--alert", "always")
    assert outcome.code == 0 and "this floods the queue" in outcome.err and "--alert with-others" in outcome.err
    assert listed(watchlist, "ministry-of-rivers")["alert"] == "always"


@pytest.mark.parametrize(("words", "count"), [(["remove", "melis"], 2), (["remove", "melis", "--withdraw"], 1)])
def test_a_removed_name_leaves_what_was_found_unless_told_otherwise(watchlist, monitor, tmp_path, words, count):
    with_items = App(load_settings(tmp_path, {}, tmp_path), open_store(f"sqlite:///{tmp_path / 'monitor.db'}"))
    archived(with_items.store, "Snow fell.", NOW)
    for title in ("Court", "Prison"):
        filed(with_items.store, hit(), at=NOW, title=title)
    with_items.close()
    queue = ["--home", tmp_path, "queue"]
    assert monitor(*queue, "decide", "1", "relevant", "--by", "aida").code == 0
    removed = watchlist(*words)
    assert removed.code == 0
    assert ("1 story left the queue or lost the name" in removed.err) is ("--withdraw" in words)
    items = monitor(*queue, "list", "--state", "open", "--state", "decided", "--format", "json").json["items"]
    assert [item["id"] for item in items][-count:] and len(items) == count
    assert watchlist("history", "--limit", "1", "--format", "json").json["versions"][0]["withdrawn"] == 2 - count
    assert watchlist("undo").code == 0
    assert listed(watchlist, "melis")["name"] == "Melis Tokoev"


@pytest.mark.parametrize(
    "name",
    [
        "ГКНБ",
        "",
        "新闻",
        "e\u0301",
        "a\x07b",
        "two\nlines",
        "a\tb",
        "a\u2028b",
        "[bold]no markup[/bold]",
        "word " * 40,
    ],
)
def test_a_table_is_printed_as_rich_prints_it(name: str, capsys: pytest.CaptureFixture[str]):
    rows = [("gknb", name, "always"), ("somebody", "Melis Tokoev", "")]
    print_table(("id", "name", "alert"), rows)
    printed, table = (
        capsys.readouterr().out,
        Table("id", "name", "alert", box=None, pad_edge=False, header_style="bold"),
    )
    for row in rows:
        table.add_row(*map(Text, row))
    out.print(table)
    assert printed == capsys.readouterr().out and printed.count("\n") >= 3


@pytest.mark.check
def test_names_are_read_from_standard_input_one_a_line(watchlist, monitor, tmp_path):
    """Every user of the machine reads the words of a command in its list of processes."""
    run = ("--home", tmp_path, "watchlist")
    assert monitor(*run, "add", "-", stdin="Aizada Nurova\n\n  Бекзат Осмонов \n".encode()).code == 0
    assert {"aizada-nurova", "bekzat-osmonov"} <= {
        e["id"] for e in monitor(*run, "list", "--format", "json").json["entities"]
    }
    assert monitor(*run, "edit", "-", "--name", "A. Nurova", stdin=b"aizada-nurova\n").code == 0
    assert (
        monitor(*run, "edit", "aizada-nurova", "--alias", "-", "--alias", "Aiza N.", stdin="Айзада\n".encode()).code
        == 0
    )
    entry = listed(watchlist, "aizada-nurova")
    assert (entry["name"], entry["aliases"]) == ("A. Nurova", ["Айзада", "Aiza N."])
    assert "A. Nurova" in monitor(*run, "show", "-", stdin=b"aizada-nurova\n").out
    assert monitor(*run, "remove", "-", "--reason", "asked for", stdin=b"aizada-nurova\nbekzat-osmonov\n").code == 0
    assert "nurova" not in monitor(*run, "list").out.lower()


@pytest.mark.parametrize(
    "words", [("add", "-", "--note", "-"), ("add", "-", "--alias", "-"), ("edit", "-", "--name", "-")]
)
def test_standard_input_is_read_for_one_value_and_never_taken_for_an_empty_one(watchlist, monitor, tmp_path, words):
    before = (tmp_path / "watchlist.yaml").read_text("utf-8")
    refused = monitor("--home", tmp_path, "watchlist", *words, stdin=b"Aizada Nurova\n")
    assert refused.code == 2 and "only one value can be" in " ".join(refused.err.split())
    assert monitor("--home", tmp_path, "watchlist", "add", "-", stdin=b" \n").code == 2
    assert (tmp_path / "watchlist.yaml").read_text("utf-8") == before


def test_a_note_is_read_from_standard_input_where_nobody_sees_it_among_the_processes(watchlist, monitor, tmp_path):
    note = "Из двух источников,\nне называть".encode()
    added = monitor("--home", tmp_path, "watchlist", "add", "Aizada Nurova", "--note", "-", stdin=note)
    assert added.code == 0
    assert listed(watchlist, "aizada-nurova")["note"] == note.decode()
    app = App(load_settings(tmp_path, {}, tmp_path), open_store(f"sqlite:///{tmp_path / 'monitor.db'}"))
    filed(app.store, hit(), at=NOW)
    app.close()
    decided = monitor("--home", tmp_path, "queue", "decide", "1", "relevant", "--note", "-", stdin=b"seen in court\n")
    assert decided.code == 0
    history = monitor("--home", tmp_path, "queue", "show", "1", "--format", "json").json["history"]
    assert [decision["note"] for decision in history] == ["seen in court"]


def test_the_closed_watch_is_named_at_the_terminal(watchlist, monitor, tmp_path):
    assert watchlist("list", "--closed").code == 2 and "no name was ever marked" in watchlist("list", "--closed").err
    assert watchlist("edit", "cholpon-arzyeva", "--sensitive", "--by", "Anna").code == 0
    assert "    sensitive: true" in (tmp_path / "watchlist.yaml").read_text()
    open_ids, closed_ids = (
        [row["id"] for row in watchlist("list", *words, "--format", "json").json["entities"]]
        for words in ([], ["--closed"])
    )
    assert (open_ids, closed_ids) == (["melis"], ["cholpon-arzyeva"])
    assert watchlist("show", "cholpon-arzyeva").code == 2 and watchlist("show", "cholpon-arzyeva", "--closed").code == 0
    assert watchlist("add", "Cholpon Arzyeva").code == 0  # whoever does not know of her
    assert watchlist("edit", "cholpon-arzyeva", "--closed", "--alias", "Cholponai").code == 0
    text = (tmp_path / "watchlist.yaml").read_text()
    assert text.count("Cholpon Arzyeva") == 2 and text.count("Cholponai") == 1 == text.count("sensitive")
    assert listed(watchlist, "cholpon-arzyeva")["aliases"] == []
    assert watchlist("add", "Azat Nurov", "--closed").code == 0
    assert "Azat" not in watchlist("list").out and "Azat" in watchlist("list", "--sensitive").out
    for words in (["queue", "list", "--closed"], ["rescan", "--closed", "--apply"]):
        assert monitor("--home", tmp_path, *words).code == 0


@pytest.mark.check
def test_a_mark_that_an_import_brings_moves_the_name_and_removes_nothing(watchlist, tmp_path):
    new = tmp_path / "new.yaml"
    new.write_text("entities:\n  - id: melis\n    name: Melis Tokoev\n  - {name: Cholpon Arzyeva, sensitive: true}\n")
    assert watchlist("import", new, "--apply").code == 0
    assert "cholpon" in watchlist("list", "--closed").out and "cholpon" not in watchlist("list").out
    assert watchlist("history", "--closed", "--format", "json").json["versions"][0]["edits"][0]["before"] is None


def test_a_name_whose_mark_is_taken_away_at_the_terminal_is_open_again(watchlist, tmp_path):
    assert watchlist("edit", "cholpon-arzyeva", "--sensitive").code == 0
    assert watchlist("edit", "cholpon-arzyeva", "--closed", "--no-sensitive").code == 0
    assert "sensitive" not in (tmp_path / "watchlist.yaml").read_text()
    assert listed(watchlist, "cholpon-arzyeva")["name"] == "Cholpon Arzyeva"
    assert watchlist("list", "--closed", "--format", "json").json["entities"] == []
