"""The watchlist at the terminal: listed, exported, imported, checked, and texts read again for it."""

from __future__ import annotations

import errno
import os
import shutil
import signal
from pathlib import Path

import pytest

from cli.read_home import home
from kit.home import WATCHLIST
from monitor.app import rescan
from monitor.app.files import create_private_file
from monitor.errors import StoreError

__all__ = ["home"]


def test_the_watchlist_is_listed_exported_and_imported_unchanged(monitor, home):
    listed = monitor("--home", home, "watchlist", "list", "--format", "json").json
    assert [e["id"] for e in listed["entities"]] == ["melis", "cholpon", "kos"]
    for ending in ("yaml", "csv", "jsonl"):
        assert monitor("--home", home, "watchlist", "export", f"list.{ending}").code == 0
        assert "nothing to change" in monitor("--home", home, "watchlist", "import", f"list.{ending}").out
    assert "Chinara" not in monitor("--home", home, "watchlist", "list").out


def test_a_preview_shows_what_a_name_or_a_file_would_bring(monitor, home):
    unsaved = monitor("--home", home, "watchlist", "preview", "Zoe Muller", "--format", "json").json
    assert (unsaved["searched"], unsaved["articles"], unsaved["stories"]) == (2, 0, 0)
    assert "Found in none of the 2 articles of 7 days" in " ".join(
        monitor("--home", home, "watchlist", "preview", "Zoe Muller", "--days", "7").out.split()
    )
    Path("list.yaml").write_text(WATCHLIST.replace("Melis Tokoev", "Melisa Tokoeva").replace("Мелис Токоев", "М. Т."))
    changed = monitor("--home", home, "watchlist", "preview", "list.yaml", "--format", "json").json
    assert (changed["lost"], changed["articles"]) == (1, 0)
    assert monitor("--home", home, "watchlist", "preview", "").code == 2


@pytest.mark.parametrize(("cause", "code"), [(errno.ENOSPC, 75), (errno.EIO, 74)])
def test_where_a_new_file_cannot_be_written_to_its_end_nothing_of_it_stays(tmp_path, cause, code):
    with (
        pytest.raises(StoreError, match=r"case\.zip cannot be written") as wrong,
        create_private_file(tmp_path / "case.zip") as raw,
    ):
        raw.write(b"half")
        raise OSError(cause, "so it is")
    assert wrong.value.exit_code == code and list(tmp_path.iterdir()) == []


def test_an_export_of_the_watchlist_is_for_its_owner_alone_and_overwrites_nothing(monitor, home):
    refused = monitor("--home", home, "watchlist", "export", home / "watchlist.yaml")
    assert (refused.code, "exists already and is not overwritten; name a new file" in refused.err) == (2, True)
    assert (home / "watchlist.yaml").read_text() == WATCHLIST
    assert monitor("--home", home, "watchlist", "export", "mine.yaml").code == 0
    assert Path("mine.yaml").stat().st_mode & 0o777 == 0o600
    nowhere = monitor("--home", home, "watchlist", "export", "no/folder.yaml")
    assert (nowhere.code, "name a new file in a folder that you can write in" in nowhere.err) == (2, True)


def test_a_list_whose_file_is_broken_is_shown_as_the_last_good_one(monitor, home, tmp_path):
    broken = Path(shutil.copytree(home, tmp_path / "broken"))
    for name in ("watchlist.yaml", "feeds.yaml"):
        (broken / name).write_text((broken / name).read_text() + "\t- more\n")
    for words in (("watchlist", "list"), ("watchlist", "export"), ("feeds", "list")):
        outcome = monitor("--home", broken, *words)
        assert outcome.code == 0 and ("melis" in outcome.out or "herald" in outcome.out)
        assert f"{words[0].removesuffix('s')}" in outcome.err and "\n" not in outcome.err.strip()
        assert "a tab" in outcome.err and "is in force)" in outcome.err
        assert monitor("--home", home, *words).err == ""


def test_an_import_shows_the_difference_and_changes_nothing_until_told_to(monitor, home):
    Path("new.yaml").write_text("entities:\n  - {id: melis, name: Melis Tokoev, note: seen}\n  - Jyldyz Berdieva\n")
    output = monitor("--home", home, "watchlist", "import", "new.yaml").out
    assert "+ jyldyz-berdieva: Jyldyz Berdieva\n~ melis: Melis Tokoev\n" in output
    assert "- cholpon: " in output and "- kos: " in output and "nothing was stored" in output
    assert len(monitor("--home", home, "watchlist", "list", "--format", "json").json["entities"]) == 3


# ---- the watchlist is checked --------------------------------------------------------------------------------------------


CHECKED = "entities:\n  - {id: melis, name: Melis Tokoev, aliases: [Мелис Токоев]}\n  - {id: li, name: Ли}\n  - Асель Сарыбаева\n"


def test_a_watchlist_file_is_checked_without_a_home(monitor):
    Path("w.yaml").write_text(CHECKED, encoding="utf-8")
    outcome = monitor("watchlist", "check", "w.yaml")
    assert (outcome.code, outcome.err) == (0, "")
    assert "li: “Ли” is short" in outcome.out
    assert "is found: Мелису Токоеву (Russian dative), Мелис Токоевдин (Kyrgyz genitive)" in outcome.out
    assert "is not found: Бакыт Токоев (another given name)" in outcome.out
    assert "list as an alias, if people call them so: Асель Сарыбай кызы (without -ov)" in outcome.out
    assert "this check cannot know" in outcome.out
    assert "watchlist show" not in outcome.out  # all were written out
    assert list(Path().glob("**/*.db*")) == []


def test_a_check_says_when_an_outlet_makes_no_item_and_whose_body_is_meant(monitor):
    body, outlet = "{name: Ministry of Water, type: organization, country: KG}", "{name: Ayan Media, type: outlet}"
    Path("w.yaml").write_text(f"entities:\n  - {body}\n  - {outlet}\n", encoding="utf-8")
    output = " ".join(monitor("watchlist", "check", "w.yaml").out.split())
    assert output.count("is not found where another country than KG stands beside it") == 1
    assert output.count("makes no item where it is only a credit (“Photo: …”) or the source of a report") == 1
    Path("w.yaml").write_text("entities:\n  - {name: Ministry of Water, type: organization}\n", encoding="utf-8")
    output = " ".join(monitor("watchlist", "check", "w.yaml").out.split())
    assert "is a body that other countries have too, and each of them counts; state its country" in output


def test_a_check_takes_the_list_of_the_home(monitor, home):
    assert "cholpon: Cholpon Arzyeva" in monitor("--home", home, "watchlist", "check").out
    assert monitor("watchlist", "check").code == 2  # no home here, and no file named


@pytest.mark.check
def test_forms_are_written_out_for_twenty_entities_and_for_one_that_is_shown(monitor, home):
    names = [f"Мелис {chr(0x411 + n)}окоев" for n in range(25)]
    Path("w.yaml").write_text("entities:\n" + "".join(f"  - {name}\n" for name in names), encoding="utf-8")
    output = monitor("watchlist", "check", "w.yaml").out
    assert output.count("is found: ") == 20
    assert "More entries: 5; `monitor watchlist show ID` writes out a stored one" in output
    assert "is found: Мелису Токоеву (Russian dative)" in monitor("--home", home, "watchlist", "show", "melis").out


@pytest.mark.parametrize("text", ["entities:\n  - nome: X\n", "entities: []\n", "\tx"])
def test_a_file_that_does_not_load_fails_the_check_with_its_place(monitor, text):
    Path("w.yaml").write_text(text)
    refused = monitor("watchlist", "check", "w.yaml")
    assert (refused.code, refused.out, "w.yaml:" in refused.err) == (2, "", True)


@pytest.mark.parametrize(
    ("language", "advice", "form"),
    [
        ("ru", "li: «Ли» — короткое имя:", "находится: Мелису Токоеву (дательный падеж по-русски)"),
        ("ky", "li: «Ли» — кыска ысым:", "табылат: Мелису Токоеву (орусча барыш жөндөмөсү)"),
        ("en", "li: “Ли” is short:", "is found: Мелису Токоеву (Russian dative)"),
    ],
)
def test_a_check_speaks_the_readers_language(monitor, home, monkeypatch, language: str, advice: str, form: str):
    Path("w.yaml").write_text(CHECKED, encoding="utf-8")
    by_option = monitor("watchlist", "check", "w.yaml", "--lang", language)
    monkeypatch.setenv("MONITOR_LANGUAGE", language)
    by_setting = monitor("watchlist", "check", "w.yaml")
    assert by_option.out == by_setting.out and advice in by_option.out and form in by_option.out
    assert form in monitor("--home", home, "watchlist", "show", "melis").out
    assert monitor("watchlist", "check", "w.yaml", "--lang", "de").code == 2


def test_an_import_says_what_to_look_at_of_the_entries_that_change(monitor, home, tmp_path):
    home = shutil.copytree(home, tmp_path / "own")
    Path("new.yaml").write_text("entities:\n  - {id: li, name: Ли}\n", encoding="utf-8")
    assert "li: “Ли” is short" in monitor("--home", home, "watchlist", "import", "new.yaml", "--apply").err
    assert monitor("--home", home, "watchlist", "import", "new.yaml").err == ""
    Path("new.yaml").write_text("entities:\n  - {id: li, name: Ли}\n  - {id: ma, name: Ма}\n", encoding="utf-8")
    assert "ma: “Ма” is short" in (err := monitor("--home", home, "watchlist", "import", "new.yaml").err)
    assert "li:" not in err


def test_accounts_of_a_list_are_stored_shown_and_exported(monitor, home, tmp_path):
    home = shutil.copytree(home, tmp_path / "own")
    Path("new.yaml").write_text(
        "entities:\n  - {id: melis, name: Melis Tokoev, handles: [melis_t]}\n", encoding="utf-8"
    )
    assert "handles: (none) -> @melis_t" in monitor("--home", home, "watchlist", "import", "new.yaml", "--apply").out
    assert "handles    @melis_t" in monitor("--home", home, "watchlist", "show", "melis").out
    assert monitor("--home", home, "watchlist", "list", "--format", "json").json["entities"][0]["handles"] == [
        "@melis_t"
    ]
    for ending in ("yaml", "csv", "jsonl"):
        assert monitor("--home", home, "watchlist", "export", f"out.{ending}").code == 0
        assert "@melis_t" in Path(f"out.{ending}").read_text("utf-8")
        assert "nothing to change" in monitor("--home", home, "watchlist", "import", f"out.{ending}").out


# ---- another look --------------------------------------------------------------------------------------------------------


def with_another_list(monitor, home: Path) -> None:
    """Import a list that names somebody else by Melis's id, so that the mentions found before are lost."""
    Path("other.yaml").write_text("entities:\n  - {id: melis, name: Melis Tokobekov}\n", encoding="utf-8")
    assert monitor("--home", home, "watchlist", "import", "other.yaml", "--apply").code == 0


def test_rescan_ends_with_a_sum_of_what_was_gained_and_lost(monitor, home):
    with_another_list(monitor, home)
    outcome = monitor("--home", home, "rescan")
    assert "Court extends arrest (post): -melis (no longer found: «Melis Tokoev»)" in outcome.out
    assert "melis: 1 lost" in outcome.out and "post: 1 lost" in outcome.out
    assert "looked through: 0 with more, to be filed with --apply; 1 in which names are no longer found" in outcome.err
    assert monitor("--home", home, "rescan", "--before", "1").out == ""


@pytest.mark.parametrize(("also", "filed"), [((), "with --apply"), (("--apply",), "by the next `ingest`")])
def test_ctrl_c_stops_a_rescan_with_130_a_sum_and_how_to_go_on(monitor, home, monkeypatch, also, filed):
    with_another_list(monitor, home)
    monkeypatch.setattr("monitor.app.rescan.ARTICLES_PER_BATCH", 1)
    calls, look_again = [], rescan.rescan_articles

    def interrupted(*arguments, **named):
        calls.append(arguments)
        if len(calls) > 1:
            os.kill(os.getpid(), signal.SIGINT)
        return look_again(*arguments, **named)

    monkeypatch.setattr("monitor.app.rescan.rescan_articles", interrupted)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell lets what runs in its background ignore it
    stopped = monitor("--home", home, "rescan", "--since", "9d", "--entity", "melis", *also)
    assert stopped.code == 130
    assert "stopped; the same command with --before 2 goes on" in stopped.err
    assert f"1 article looked through: 0 with more, to be filed {filed}; " in stopped.err
    assert "Traceback" not in stopped.err
