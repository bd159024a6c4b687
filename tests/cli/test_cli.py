"""The command line for other programs: runs, the queue, decisions, digests, feeds."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cli.read_home import FEEDS, furnished_home, home
from kit.articles import COURT, DOCTOR, WEATHER
from kit.home import furnish, open_app
from kit.outlets import Outlet, Piece, Web
from kit.store import filed, hit, watch
from monitor.cli.common import program_path
from monitor.cli.output.runs import print_run
from monitor.model import Run
from monitor.store import open_store

__all__ = ["home"]


@pytest.mark.check
def test_the_installed_program_reads_without_a_word(tmp_path):
    program, environment = Path(sys.executable).with_name("monitor"), {"PATH": "/usr/bin:/bin", "LANG": "C"}
    with furnished_home(tmp_path) as home:
        done = subprocess.run(
            [program, "--home", home, "ingest"], cwd="/", env=environment, capture_output=True, check=False
        )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")  # cron mails any output


def test_ingest_gives_the_run_as_json(monitor, home):
    run = monitor("--home", home, "ingest", "--format", "json").json
    assert run["feeds"] == {"due": 0, "fetched": 0, "unchanged": 0, "failed": 0}
    assert (run["entries"], run["outcomes"]) == (0, {})


@pytest.mark.soak
@pytest.mark.parametrize(
    ("sentence", "count"),
    [
        ("Then Thomas sang, as Thomas does.", 2),
        ("Then Brian Thomas sang, as Thomas does.", 0),  # the article names him, so that each is listed
        ("Then somebody sang, as they do.", 0),
    ],
)
def test_a_run_counts_the_surnames_alone_that_are_not_worth_a_look(monitor, sentence: str, count: int):
    with Web(Outlet("post", "en", [Piece("song", "A song", f"{sentence} {WEATHER}")])) as web:
        folder = furnish(Path("counted"), web, "entities: [{id: brian, name: Brian Thomas}]\n")
        assert monitor("--home", folder, "ingest", "--all", "--format", "json").json["common_surnames"] == count
    with closing(open_app(folder.absolute())) as app:
        (run,) = app.store.runs.latest(9)
        assert run.common_surnames == count


@pytest.mark.parametrize(
    ("count", "lines"),
    [(2, ["Not listed: 2 surnames standing alone: common ones, given names, ordinary words."]), (0, [])],
)
def test_the_summary_of_a_run_tells_how_many_surnames_are_left_out(capsys, count: int, lines: list[str]):
    print_run(Run(datetime.now(UTC), due=1, fetched=1, common_surnames=count))
    assert capsys.readouterr().out.splitlines()[1:] == lines


def test_strict_tells_that_some_feeds_failed_and_nothing_fetched_is_said_to_be_our_side(monitor, home):
    with Web(Outlet("post", "en", [Piece("snow", "Snow", WEATHER)]), Outlet("herald", "en", status=403)) as web:
        folder = furnish(Path("strict"), web)
        assert monitor("--home", folder, "ingest", "--all", "--strict").code == 3
        assert monitor("--home", folder, "ingest", "--all").code == 0
    down = monitor("--home", folder, "ingest", "--all")
    assert (down.code, down.out) == (4, "")
    assert "is the network down?" in down.err
    second_run = monitor("--home", folder, "ingest", "--all")
    assert (second_run.code, second_run.out, second_run.err) == (4, "", "")  # it was told; the exit code says it still


def test_verbose_says_a_line_for_each_visit_and_each_entry(monitor, home):
    with Web(Outlet("post", "en", [Piece("snow", "Snow", WEATHER)])) as web:
        outcome = monitor("--home", furnish(Path("verbose"), web), "ingest", "--verbose")
    assert "visit feed=post status=ok new=1" in outcome.err
    assert "outcome=no_match" in outcome.err


def test_the_queue_as_json_has_what_was_promised(monitor, home):
    (item,) = monitor("--home", home, "queue", "list", "--format", "json").json["items"]
    promised = [
        "id",
        "version",
        "state",
        "headline",
        "outlet",
        "url",
        "language",
        "published",
        "first_seen",
        "copies",
        "outlets",
        "hits",
    ]
    assert set(promised) <= set(item)
    assert (item["state"], item["headline"], item["outlet"], item["copies"]) == (
        "open",
        "Court extends arrest",
        "post",
        0,
    )
    (hit,) = item["hits"]
    assert {k: hit[k] for k in ("entity", "name", "type", "confidence", "verdict")} == {
        "entity": "melis", "name": "Melis Tokoev", "type": "person", "confidence": "strong", "verdict": None,
    }  # fmt: skip
    assert {"entity", "alias", "start", "end", "text", "field", "confidence", "score", "why"} <= set(hit["mentions"][0])


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_day_that_no_calendar_can_go_beyond_is_refused(monitor, home, day):
    for words in (["digest", "--date", day], ["queue", "list", "--since", day], ["queue", "decide", "1", "later"]):
        refused = monitor("--home", home, *words, *(["--until", day] if words[-1] == "later" else []))
        assert refused.code == 2 and day in refused.err and "Traceback" not in refused.err


def test_a_version_that_never_was_is_refused_and_nothing_is_said_to_have_happened(monitor, home):
    (item,) = monitor("--home", home, "queue", "list", "--format", "json").json["items"]
    refused = monitor("--home", home, "queue", "decide", item["id"], "relevant", "--version", 99)
    assert (refused.code, refused.out) == (2, "")
    assert f"is at version {item['version']} now" in refused.err and "meanwhile" not in refused.err


def test_a_decision_is_stored_undone_and_refused_when_it_comes_late(monitor, home):
    (item,) = monitor("--home", home, "queue", "list", "--format", "json").json["items"]
    version = item["version"]
    ok = monitor("--home", home, "queue", "decide", item["id"], "relevant", "--by", "aida", "--note", "heard in court")
    assert (ok.code, "decided (relevant)" in ok.out) == (0, True)
    assert monitor("--home", home, "queue", "list", "--format", "json").json == {"items": []}
    late = monitor("--home", home, "queue", "decide", item["id"], "not-relevant", "--version", version, "--by", "bek")
    assert late.code == 2
    assert "What happened meanwhile:" in late.err and "aida: relevant: heard in court" in late.out
    assert monitor("--home", home, "queue", "undo", "--by", "bek").code == 2
    undone = monitor("--home", home, "queue", "undo", "--by", "aida", "--format", "json").json
    assert (undone["state"], undone["verdict"]) == ("open", None)
    shown = monitor("--home", home, "queue", "show", item["id"])
    assert "left journalist Melis Tokoev in custody" in shown.out and "took back decision" in shown.out


def test_two_items_are_merged_and_parted_again_from_the_terminal(monitor, tmp_path):
    (tmp_path / "feeds.yaml").write_text("- https://post.example/rss\n", encoding="utf-8")
    store = open_store(f"sqlite:///{tmp_path / 'monitor.db'}")
    watch(store)
    one, two = (filed(store).id for _ in range(2))
    store.close()

    def queue(*words: object):
        return monitor("--home", tmp_path, "queue", *words)

    stale = queue("merge", one, two, "--version", 99)
    assert (stale.code, "Nothing was stored" in stale.err) == (2, True)
    merged = queue("merge", one, two, "--by", "aida", "--format", "json").json
    assert [(r["kind"], r["by"], r["into"], r["out_of"]) for r in merged["regroupings"]] == [
        ("merge", "aida", one, two)
    ]
    merged_away = queue("show", two)
    assert (merged_away.code, f"was merged into item {one}" in merged_away.err) == (2, True)
    assert "aida: put " in queue("show", one).out
    assert queue("undo", "--by", "aida").code == 0
    assert queue("show", two).code == 0
    assert queue("split", one, 99999).code == 2


def test_a_name_rejected_at_the_terminal_stays_so_when_the_story_is_relevant(monitor, tmp_path):
    (tmp_path / "feeds.yaml").write_text("- https://post.example/rss\n", encoding="utf-8")
    store = open_store(f"sqlite:///{tmp_path / 'monitor.db'}")
    watch(store)
    both = "Melis Tokoev wrote about Cholpon Arzyeva."
    item = filed(store, hit("Melis Tokoev", text=both), hit("Cholpon Arzyeva", "cholpon", both), text=both).id
    store.close()

    def queue(*words: object):
        return monitor("--home", tmp_path, "queue", *words, "--format", "json").json

    queue("decide", item, "not-relevant", "--entity", "cholpon", "--reason", "another-person")
    decided = queue("decide", item, "relevant")
    assert (decided["state"], decided["verdict"]) == ("decided", "relevant")
    assert {h["entity"]: h["verdict"] for h in decided["hits"]} == {"melis": "relevant", "cholpon": "not-relevant"}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["show", "99"], "no item 99"),
        (["decide", "1", "perhaps"], "'perhaps'"),
        (["decide", "1", "relevant", "--reason", "not-about"], "goes with not-relevant"),
        (["decide", "1", "relevant", "--entity", "nobody"], "does not name"),
        (["decide", "1", "later", "--until", "2020-01-01"], "a time to come"),
        (["decide", "99", "relevant"], "no item 99"),
    ],
)
def test_what_cannot_be_decided_is_refused_with_what_to_do(monitor, home, words, message):
    refused = monitor("--home", home, "queue", *words)
    assert (refused.code, message in refused.err) == (2, True), refused.err


def test_the_digest_comes_as_text_html_and_json(monitor, home):
    text = monitor("--home", home, "digest")
    assert "Court extends arrest" in text.out and "herald refuses our server (HTTP 403)" in text.out
    assert monitor("--home", home, "digest", "--format", "html").out.lstrip().lower().startswith("<!doctype html>")
    assert monitor("--home", home, "digest", "--format", "json").json["counts"]
    assert monitor("--home", home, "digest", "--date", "2020-01-01").code == 0
    assert "future" in monitor("--home", home, "digest", "--date", "2999-01-01").err


@pytest.mark.parametrize("command", ["digest", "report", "deliver list", "digest --send"])
def test_without_a_closed_watch_no_command_shows_one(monitor, home, command):
    refused = monitor("--home", home, *command.split(), "--closed")
    assert refused.code == 2 and "so there is no closed watch" in refused.err


def test_before_the_first_mail_nothing_is_said_of_others(monitor, home, tmp_path, monkeypatch):
    monkeypatch.setenv("MONITOR_SMTP_URL", "smtp://127.0.0.1:1?tls=none")
    monkeypatch.setenv("MONITOR_DIGEST_TO", "desk@ngo.example")
    outcome = monitor("--home", shutil.copytree(home, tmp_path / "mailing"), "digest", "--send")
    assert (outcome.code, outcome.out) == (0, "nothing is due now; `monitor digest` says when the next mail comes\n")


def test_feeds_list_says_how_each_feed_is_and_what_to_do(monitor, home):
    rows = {f["id"]: f for f in monitor("--home", home, "feeds", "list", "--format", "json").json["feeds"]}
    assert {name: (f["status"], f["state"]) for name, f in rows.items()} == {
        "post": ("ok", "ok"),
        "herald": ("refused", "refused"),
    }
    assert (rows["post"]["says"], rows["post"]["todo"], rows["post"]["moved_to"]) == ("is read", "", None)
    assert rows["herald"]["since"] == rows["herald"]["state_since"] == rows["herald"]["last_visit"]
    text = " ".join(monitor("--home", home, "feeds", "list").out.split())
    assert "Refuses our server: 1 feed This alone does not show that it is blocked in the country." in text
    assert "the server refuses to show this (403); 1 try" in text


def test_feeds_without_trouble_are_counted_and_their_ids_are_one_option_away(monitor, tmp_path):
    with Web(Outlet("post", "en")) as web:
        well = furnish(tmp_path, web)
    assert monitor("--home", well, "feeds", "list").out.splitlines() == [
        "1 feed: 1 not read yet.",
        "",
        "`monitor feeds list --all` shows each of them.",
    ]
    assert "1 feed\n" in monitor("--home", well, "doctor").out
    unknown = monitor("--home", well, "feeds", "pause", "pots")
    assert unknown.code == 2 and "`monitor feeds list --all` shows them" in unknown.err
    assert "post" in monitor("--home", well, "feeds", "list", "--all").out


@pytest.mark.parametrize(
    ("argument", "path"),
    [
        ("/opt/my tools/monitor", "'/opt/my tools/monitor'"),
        ("monitor", str(Path(sys.executable).with_name("monitor"))),
        ("/opt/site-packages/monitor/__main__.py", str(Path(sys.executable).with_name("monitor"))),
    ],
    ids=["a path", "a name", "python -m monitor"],
)
def test_a_command_to_paste_begins_with_a_program_that_a_shell_can_run(monkeypatch, argument: str, path: str):
    monkeypatch.setattr(sys, "argv", [argument, "init"])
    assert program_path() == path


def test_init_makes_a_home_that_loads_and_prints_its_cron_line_and_never_overwrites(monitor, tmp_path):
    outcome = monitor("init", "my home")
    assert outcome.code == 0
    (line,) = (line for line in outcome.out.splitlines() if "* * * *" in line)
    assert line.endswith(f"--home '{tmp_path}/my home' ingest")
    minutes = [int(minute) for minute in line.split()[0].split(",")]
    assert len(minutes) == 6 and 0 not in minutes
    assert {p.name for p in Path("my home").iterdir()} == {"feeds.yaml", "watchlist.yaml", "monitor.env"}
    assert all(p.stat().st_mode & 0o077 == 0 for p in Path("my home").iterdir())
    assert len(monitor("--home", "my home", "feeds", "list", "--format", "json").json["feeds"]) >= 30
    Path("my home/feeds.yaml").write_text(FEEDS)
    assert "left as it is: " in monitor("init", "my home").out
    assert Path("my home/feeds.yaml").read_text() == FEEDS
    Path("a file").touch()
    assert (monitor("init", "a file").code, monitor("init", "a file/home").code) == (2, 2)
    assert monitor("--home", "another home", "init").code == 0 and Path("another home/feeds.yaml").is_file()
    assert not Path("feeds.yaml").exists()


def test_doctor_says_what_is_wrong_and_what_to_do(monitor, home):
    diagnosis = monitor("--home", home, "doctor")
    assert "MONITOR_DATABASE_URL" in diagnosis.out
    assert "note source herald" in diagnosis.out  # the digest's business, and no reason to call the service unwell
    assert diagnosis.code == 0
    # As `df` has it, whose column of use leaves out what is reserved for root.
    used = subprocess.run(["df", "--output=pcent", home], capture_output=True, text=True, check=True).stdout.split()[-1]
    (percentage,) = re.findall(r"disk: ([0-9]+)% full", diagnosis.out)
    assert abs(int(percentage) - int(used.rstrip("%"))) <= 1  # it rounds up
    assert monitor("--home", home, "doctor", "--deep").code == 0


@pytest.mark.parametrize(
    ("address", "is_refused"), [("127.0.0.1:1", True), ("localhost", True), ("93.184.216.34", False)]
)
def test_doctor_names_listed_feeds_that_are_refused_as_private(monitor, tmp_path: Path, address: str, is_refused: bool):
    monitor("init", tmp_path)
    (tmp_path / "feeds.yaml").write_text(f"feeds: [{{url: 'http://{address}/rss'}}]")
    fault = "LOOK feeds.yaml: source number 1 in it is not read: the address leads into a private network"
    assert (fault in monitor("--home", tmp_path, "doctor").out) is is_refused
    with (tmp_path / "monitor.env").open("a") as settings:
        settings.write(f"\nMONITOR_ALLOW_HOSTS={address.partition(':')[0]}:{address.partition(':')[2] or 80}\n")
    assert fault not in monitor("--home", tmp_path, "doctor").out


@pytest.mark.soak
def test_cron_gets_nothing_on_a_good_day_and_one_line_a_day_for_a_broken_list(tmp_path):
    """As contracts.md has it: `cd / && env -i PATH=/usr/bin:/bin LANG=C …/monitor --home DIR ingest`."""
    program = Path(sys.executable).with_name("monitor")

    def cron() -> tuple[int, bytes, bytes]:
        line = f"cd / && env -i PATH=/usr/bin:/bin LANG=C '{program}' --home '{tmp_path}/home' ingest --all"
        done = subprocess.run(line, shell=True, capture_output=True, check=False)
        return done.returncode, done.stdout, done.stderr

    pieces = [Piece("court", "Court extends arrest", COURT), Piece("snow", "Snow on Thursday", WEATHER)]
    with Web(Outlet("post", "en", pieces), Outlet("herald", "en", status=500)) as web:
        home = furnish(tmp_path / "home", web)
        dead = "  - {url: http://127.0.0.1:9/feed, outlet: dead, id: dead}\n"
        (home / "feeds.yaml").write_text(web.feeds_yaml() + dead)
        (home / "monitor.env").write_text(f"MONITOR_ALLOW_HOSTS={web.host},127.0.0.1:9\nMONITOR_HOST_GAP=0\n")
        assert cron() == (0, b"", b"")
        (home / "watchlist.yaml").write_text("entities:\n  - nome: X\n")
        pieces.append(Piece("doctor", "Refused a doctor", DOCTOR))
        code, out, err = cron()
        assert (code, out, err.count(b"\n")) == (0, b"", 1)
        assert b"watchlist.yaml:2:5" in err
        assert cron() == (0, b"", b"")
    queue = subprocess.run(
        [program, "--home", home, "queue", "list", "--format", "json"], capture_output=True, check=True
    )
    assert len(json.loads(queue.stdout)["items"]) == 2  # and the run went on
    (home / "monitor.env").write_text("MONITOR_HOST_GAP=soon\n")
    assert [(code, bool(err)) for code, _, err in (cron(), cron())] == [(2, True), (2, False)]
