"""The terminal's look: colours where somebody reads, whole words, progress of a reading."""

from __future__ import annotations

import io
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.digests import arrest, at
from kit.store import article, hit, incident_hit
from monitor.app.upkeep.checks import CheckResult
from monitor.app.upkeep.init_home import write_starter_files, write_systemd_units
from monitor.cli import common
from monitor.cli.output import progress, queue, runs
from monitor.errors import InputError
from monitor.model import (
    PRESS_ID,
    Decision,
    Feed,
    FeedRecord,
    FeedStatus,
    PressAct,
    RescanMatch,
    Verdict,
    Visit,
)
from monitor.model.items.history import fold

STYLE = re.compile(r"\x1b\[[0-9;]*m")
COLOURED = re.compile(r"\x1b\[(?:\d;)*3\dm")


@contextmanager
def printing(*, width: int = 80, is_terminal: bool = True, no_color: bool = False) -> Iterator[io.StringIO]:
    """Print into a buffer, as on a terminal of this width."""
    shown, patch = io.StringIO(), pytest.MonkeyPatch()
    environment = {"TERM": "xterm", **({"NO_COLOR": "1"} if no_color else {})}
    options = {"file": shown, "width": width, "force_terminal": is_terminal, "_environ": environment}
    for module in (common, runs, queue, progress):
        for name in {"out", "err"} & vars(module).keys():
            patch.setattr(module, name, common.make_console(**options))
    yield shown
    patch.undo()


def decided_item():
    decision = Decision(1042, 1, at(25, "09:00"), "Aida", Verdict.RELEVANT, judged=("melis-tokoev",), id=7)
    return fold(arrest(), [decision])


def print_all() -> None:
    item = decided_item()
    queue.print_queue([item, arrest()], lambda shown: shown.lead)
    queue.print_item(item, item.lead)
    queue.print_decided(item)
    runs.print_check_results([CheckResult("disk", False, "it is full"), CheckResult("mail", True, "works")])


def test_verdicts_ids_and_what_to_look_at_have_colours_on_a_terminal():
    with printing() as shown:
        print_all()
    text = shown.getvalue()
    for words in ("[1042]", "melis-tokoev", "open", "clear", "relevant", "LOOK"):
        assert re.search(rf"\x1b\[(?:\d;)*3\dm[^\x1b]*{re.escape(words)}", text), words


def test_the_list_has_of_each_item_the_time_by_which_it_is_ordered():
    item = arrest()
    assert item.first_seen < item.latest
    with printing(width=200) as shown:
        queue.print_queue([item], lambda listed: listed.lead)
    assert queue.local_time(item.latest) in shown.getvalue()
    assert queue.local_time(item.first_seen) not in shown.getvalue()


@pytest.mark.parametrize("how", [{"is_terminal": False}, {"no_color": True}])
def test_nothing_has_colours_where_nobody_looks_or_wants_them(how: dict[str, bool]):
    with printing(**how) as shown:
        print_all()
    with printing() as coloured:
        print_all()
    assert not COLOURED.search(shown.getvalue())
    assert STYLE.sub("", shown.getvalue()) == STYLE.sub("", coloured.getvalue())  # the words say the same


@given(st.integers(12, 100))
def test_no_width_breaks_a_word(width: int):
    names = ["Tolkun Media", "Aksuur Courier", "https://ak-bulak.example/n/48211?page=7#below", "Чолпон Арзыева"]
    with printing(width=width) as shown:
        queue.print_item(decided_item(), decided_item().lead)
        runs.print_table(("outlet", "address", "name"), [(names[0], names[2], names[3]), (names[1], "–", "–")])
    words = set(STYLE.sub("", shown.getvalue()).split())
    assert words >= {word for name in names for word in name.split()}
    assert words >= {word for article in arrest().articles for word in f"{article.url} {article.headline}".split()}


def test_a_table_whose_words_do_not_fit_keeps_them_whole_and_its_first_column():
    with printing(width=40) as shown:
        rows = [("database", "sqlite:////srv/monitor/monitor.db", "default"), ("digest", "", "monitor.env")]
        runs.print_table(("setting", "value", "from"), rows)
    assert STYLE.sub("", shown.getvalue()).splitlines() == [
        "setting   value  from",
        "database",
        "sqlite:////srv/monitor/monitor.db",
        "default",
        "digest    monitor.env",
    ]


def visit(outlet: str, status: FeedStatus = FeedStatus.OK) -> Visit:
    record = FeedRecord(1, Feed("post", "https://post.example/rss", outlet))
    return Visit(record, at(25, "09:00"), status, at(25, "10:00"), record.memory)


def test_a_reading_says_how_far_it_is_with_the_names_of_outlets():
    with printing() as shown, progress.reading_progress() as show:
        show(visit("Tolkun Media"))
        show(visit("Ак-Булак\x1b[2J", FeedStatus.REFUSED))
    text = shown.getvalue()
    assert "1 source read, 1 failed; last Ак-Булак[2J" in text
    assert "could not be read: Ак-Булак[2J" in text and "\x1b[2J" not in text  # an outlet must not clear the screen


def test_what_happened_to_the_press_is_told_in_words_and_names_by_their_ids():
    with printing() as shown:
        progress.print_event(RescanMatch(article("a"), gained=(incident_hit(PressAct.DETAINED), hit())))
    line = " ".join(STYLE.sub("", shown.getvalue()).split())
    assert line.endswith(": detained · an editor, melis") and PRESS_ID not in line


def test_a_unit_of_systemd_runs_the_worker_and_the_desk_on_the_home(tmp_path: Path):
    home = tmp_path / "our home"
    list(write_starter_files(home))
    worker, desk = write_systemd_units("/opt/monitor/bin/monitor", home, "aida")
    assert f'ExecStart=/opt/monitor/bin/monitor --home "{home}" work\n' in worker.read_text()
    assert f'--home "{home}" serve\n' in desk.read_text()
    for line in (
        "User=aida",
        "Restart=always",
        "LimitCORE=0",
        f'ReadWritePaths="{home}"',
        "WantedBy=multi-user.target",
    ):
        assert line in worker.read_text() and line in desk.read_text()


@pytest.mark.parametrize("folder", ["100%", 'a "b"', "a\\b"])
def test_a_folder_that_a_unit_cannot_name_is_refused(tmp_path: Path, folder: str):
    with pytest.raises(InputError, match="make the home in another one"):
        write_systemd_units("monitor", tmp_path / folder, "aida")
    assert not (tmp_path / folder).exists()


def test_init_prints_units_in_place_of_cron_lines_only_where_they_are_asked_for(monitor, tmp_path: Path):
    shown = monitor("init", tmp_path / "home", "--systemd")
    assert "monitor.service monitor-desk.service" in shown.out and "crontab" not in shown.out
    assert f"{tmp_path}/home start" in shown.out
    plain = monitor("init", tmp_path / "plain")
    assert "crontab" in plain.out and not list((tmp_path / "plain").glob("*.service"))


def test_an_article_is_opened_without_what_tells_its_outlet_where_a_reader_came_from():
    item = arrest()
    tracked = replace(item.articles[0], url="https://ak-bulak.example/n/48211?page=7&utm_source=rss")
    with printing() as shown:
        queue.print_item(replace(item, articles=(tracked,)), tracked)
    assert "https://ak-bulak.example/n/48211?page=7\n" in shown.getvalue()


COMMANDS = (
    "",
    "ingest",
    "doctor",
    "queue list",
    "queue decide",
    "watchlist add",
    "watchlist preview",
    "watchlist edit",
)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_no_type_of_a_program_and_breaks_no_choice(monitor, command: str):
    shown = monitor(*command.split(), "--help").out
    assert not re.search("<(?:bool|str|int|list)|[<>]$", shown, re.MULTILINE)
    choices = {"watchlist add": ("organization", "with-others"), "queue decide": ("another-organization",)}
    assert {word.strip(",.") for word in shown.split()} >= {*choices.get(command, ())}


@pytest.mark.soak
def test_start_reads_once_makes_the_account_and_opens_the_desk(tmp_path: Path):
    """On a pseudo-terminal, as a person types."""
    import os
    import pty
    import sys

    (tmp_path / "feeds.yaml").write_text("feeds: [https://post.example/rss]\n")
    (tmp_path / "watchlist.yaml").write_text("entities: [Melis Tokoev]\n")
    child, terminal = pty.fork()
    if child == 0:
        os.environ.pop("DISPLAY", None)
        program = "from monitor.cli import main; main()"
        os.execv(sys.executable, [sys.executable, "-c", program, "--home", str(tmp_path), "start", "--port", "0"])
    shown = b""
    # The space comes when the terminal waits for a password; what is typed before is dropped.
    answers = {b"Your name at the desk": b"Aida\n", b"characters or more: ": b"four plain words here\n",
               b"Repeat for confirmation: ": b"four plain words here\n"}  # fmt: skip
    while not (address := re.search(rb"The desk is open at (http://[\d.:]+) ", shown)):
        shown += os.read(terminal, 1000)
        for question in [question for question in answers if question in shown]:
            os.write(terminal, answers.pop(question))
    assert httpx.get(f"{address[1].decode()}/health", timeout=60).text == "ok\n"
    os.kill(child, 15)
    assert os.waitpid(child, 0)[1] == 0
    assert b"1 source: 0 read" in shown and b"Aida is the administrator" in shown
    assert b"four plain words" not in shown and b"/join/" not in shown


@pytest.mark.soak
def test_the_wheel_installs_and_runs_by_itself(tmp_path: Path):
    """Do what `pipx install .` does: a fresh environment, the wheel and its libraries from the registry."""
    import sys

    root = Path(__file__).parents[2]
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    program = tmp_path / "venv/bin"
    subprocess.run([program / "pip", "install", "--quiet", f"{root}[web]"], check=True)
    done = subprocess.run([program / "monitor", "init", tmp_path / "home"], capture_output=True, text=True, check=True)
    assert f"wrote {tmp_path / 'home' / 'feeds.yaml'}" in done.stdout
    home = ["--home", tmp_path / "home"]
    assert subprocess.run([program / "monitor", *home, "watchlist", "check"], check=False).returncode == 0
