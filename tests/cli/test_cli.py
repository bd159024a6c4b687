"""The command line: what other programs rely on, and bad input with its place."""

from __future__ import annotations

import errno
import json
import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kit.articles import COURT, DOCTOR, WEATHER
from kit.home import WATCHLIST, furnish, open_app
from kit.outlets import Outlet, Piece, Web
from kit.store import filed, hit, watch
from monitor.app import rescan
from monitor.app.files import create_private_file
from monitor.cli.output.runs import print_run
from monitor.errors import StoreError
from monitor.model import Run
from monitor.review.visibility import Viewer
from monitor.store import open_store


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home with one run behind it, by the real program."""
    folder = tmp_path_factory.mktemp("home")
    pieces = [Piece("court", "Court extends arrest", COURT), Piece("snow", "Snow on Thursday", WEATHER)]
    with Web(Outlet("post", "en", pieces), Outlet("herald", "en", status=403)) as web:
        furnish(folder, web)
        program = Path(sys.executable).with_name("monitor")
        environment = {"PATH": "/usr/bin:/bin", "LANG": "C"}
        done = subprocess.run(
            [program, "--home", folder, "ingest"], cwd="/", env=environment, capture_output=True, check=False
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")  # cron mails any output
        yield folder


# ---- what programs read ---------------------------------------------------------------------------------------------


def test_ingest_gives_the_run_as_json(monitor, home):
    run = monitor("--home", home, "ingest", "--format", "json").json
    assert run["feeds"] == {"due": 0, "fetched": 0, "unchanged": 0, "failed": 0}
    assert (run["entries"], run["outcomes"]) == (0, {})


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
        assert Viewer.without({}).visible_run(replace(run, common_surnames=7)).common_surnames == 0


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
    again = monitor("--home", folder, "ingest", "--all")
    assert (again.code, again.out, again.err) == (4, "", "")  # it was told; the exit code says it still


def test_verbose_says_a_line_for_each_visit_and_each_entry(monitor, home):
    with Web(Outlet("post", "en", [Piece("snow", "Snow", WEATHER)])) as web:
        told = monitor("--home", furnish(Path("verbose"), web), "ingest", "--verbose")
    assert "visit feed=post status=ok new=1" in told.err
    assert "outcome=no_match" in told.err


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


def test_a_version_that_never_was_is_refused_and_nothing_is_said_to_have_happened(monitor, home):
    (item,) = monitor("--home", home, "queue", "list", "--format", "json").json["items"]
    refused = monitor("--home", home, "queue", "decide", item["id"], "relevant", "--version", 99)
    assert (refused.code, refused.out) == (2, "")
    assert f"is at version {item['version']} now" in refused.err and "meanwhile" not in refused.err


def test_a_decision_is_stored_undone_and_refused_when_it_comes_late(monitor, home):
    (item,) = monitor("--home", home, "queue", "list", "--format", "json").json["items"]
    seen = item["version"]
    ok = monitor("--home", home, "queue", "decide", item["id"], "relevant", "--by", "aida", "--note", "heard in court")
    assert (ok.code, "decided (relevant)" in ok.out) == (0, True)
    assert monitor("--home", home, "queue", "list", "--format", "json").json == {"items": []}
    late = monitor("--home", home, "queue", "decide", item["id"], "not-relevant", "--version", seen, "--by", "bek")
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
    gone = queue("show", two)
    assert (gone.code, f"was merged into item {one}" in gone.err) == (2, True)
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
    ("words", "said"),
    [
        (["show", "99"], "no item 99"),
        (["decide", "1", "perhaps"], "'perhaps'"),
        (["decide", "1", "relevant", "--reason", "not-about"], "goes with not-relevant"),
        (["decide", "1", "relevant", "--entity", "nobody"], "does not name"),
        (["decide", "1", "later", "--until", "2020-01-01"], "a time to come"),
        (["decide", "99", "relevant"], "no item 99"),
    ],
)
def test_what_cannot_be_decided_is_refused_with_what_to_do(monitor, home, words, said):
    refused = monitor("--home", home, "queue", *words)
    assert (refused.code, said in refused.err) == (2, True), refused.err


def test_the_digest_comes_as_text_html_and_json(monitor, home):
    text = monitor("--home", home, "digest")
    assert "Court extends arrest" in text.out and "herald refuses our server (HTTP 403)" in text.out
    assert monitor("--home", home, "digest", "--format", "html").out.lstrip().lower().startswith("<!doctype html>")
    assert monitor("--home", home, "digest", "--format", "json").json["counts"]
    assert monitor("--home", home, "digest", "--date", "2020-01-01").code == 0
    assert "future" in monitor("--home", home, "digest", "--date", "2999-01-01").err


@pytest.mark.parametrize("form", ["text", "html", "json"])
def test_a_digest_names_who_is_marked_sensitive_only_with_the_option_for_it(monitor, home, tmp_path, form):
    guarded = shutil.copytree(home, tmp_path / "guarded")
    listed = (guarded / "watchlist.yaml").read_text("utf-8")
    (guarded / "watchlist.yaml").write_text(listed.replace("id: melis\n", "id: melis\n    sensitive: true\n"), "utf-8")
    digest = ("--home", guarded, "digest", "--format", form)
    assert "Tokoev" in monitor(*digest).out
    assert monitor("--home", guarded, "watchlist", "import", guarded / "watchlist.yaml", "--apply").code == 0
    shown = monitor(*digest)
    assert shown.code == 0 and not any(word in shown.out.lower() for word in ("melis", "tokoev", "court extends"))
    full = monitor(*digest, "--sensitive").out
    assert "Melis Tokoev" in full and "Court extends arrest" in full
    assert "Melis Tokoev" in monitor("--home", guarded, "queue", "list").out  # whoever has the file may read it


def test_sensitive_names_are_mailed_to_addresses_and_not_by_an_option(monitor, home):
    refused = monitor("--home", home, "digest", "--send", "--sensitive")
    assert refused.code == 2 and "MONITOR_DIGEST_SENSITIVE_TO" in refused.err


def test_before_the_first_mail_nothing_is_said_of_others(monitor, home, tmp_path, monkeypatch):
    monkeypatch.setenv("MONITOR_SMTP_URL", "smtp://127.0.0.1:1?tls=none")
    monkeypatch.setenv("MONITOR_DIGEST_TO", "desk@ngo.example")
    told = monitor("--home", shutil.copytree(home, tmp_path / "mailing"), "digest", "--send")
    assert (told.code, told.out) == (0, "nothing is due now; `monitor digest` says when the next mail comes\n")


def test_feeds_list_says_how_each_feed_is_and_what_to_do(monitor, home):
    rows = {f["id"]: f for f in monitor("--home", home, "feeds", "list", "--format", "json").json["feeds"]}
    assert {name: (f["status"], f["state"]) for name, f in rows.items()} == {
        "post": ("ok", "ok"),
        "herald": ("refused", "refused"),
    }
    assert (rows["post"]["says"], rows["post"]["todo"], rows["post"]["moved_to"]) == ("is read", "", None)
    assert rows["herald"]["since"] == rows["herald"]["state_since"] == rows["herald"]["last_visit"]
    said = " ".join(monitor("--home", home, "feeds", "list").out.split())
    assert "Refuses our server: 1 feed This alone does not show that it is blocked in the country." in said
    assert "the server refuses to show this (403); 1 try" in said


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


def test_a_list_whose_file_does_not_load_any_more_is_shown_and_said_to_be_the_last_good_one(monitor, home, tmp_path):
    broken = Path(shutil.copytree(home, tmp_path / "broken"))
    for name in ("watchlist.yaml", "feeds.yaml"):
        (broken / name).write_text((broken / name).read_text() + "\t- more\n")
    for words in (("watchlist", "list"), ("watchlist", "export"), ("feeds", "list")):
        told = monitor("--home", broken, *words)
        assert told.code == 0 and ("melis" in told.out or "herald" in told.out)
        assert f"{words[0].removesuffix('s')}" in told.err and "\n" not in told.err.strip()
        assert "a tab" in told.err and "is in force)" in told.err
        assert monitor("--home", home, *words).err == ""


def test_an_import_shows_the_difference_and_changes_nothing_until_told_to(monitor, home):
    Path("new.yaml").write_text("entities:\n  - {id: melis, name: Melis Tokoev, note: seen}\n  - Jyldyz Berdieva\n")
    told = monitor("--home", home, "watchlist", "import", "new.yaml").out
    assert "+ jyldyz-berdieva: Jyldyz Berdieva\n~ melis: Melis Tokoev\n" in told
    assert "- cholpon: " in told and "- kos: " in told and "nothing was stored" in told
    assert len(monitor("--home", home, "watchlist", "list", "--format", "json").json["entities"]) == 3


def test_init_makes_a_home_that_loads_and_prints_its_cron_line_and_never_overwrites(monitor, tmp_path):
    made = monitor("init", "my home")
    assert made.code == 0
    (line,) = (line for line in made.out.splitlines() if "* * * *" in line)
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
    told = monitor("--home", home, "doctor")
    assert "MONITOR_DATABASE_URL" in told.out
    assert "note source herald" in told.out  # the digest's business, and no reason to call the service unwell
    assert told.code == 0
    assert monitor("--home", home, "doctor", "--deep").code == 0


@pytest.mark.slow
def test_cron_gets_not_a_byte_on_a_good_day_with_dead_feeds_and_one_line_a_day_for_a_broken_list(tmp_path):
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


# ---- one stage on files ------------------------------------------------------------------------------------------------


def test_match_reads_json_lines_and_its_offsets_slice_the_text_as_given(monitor):
    Path("w.yaml").write_text(WATCHLIST, encoding="utf-8")
    texts = ["Суд над Мелисом Токоевым начался.", "Nothing here.", "KOS called Cholpon Arzieva."]
    rows = [json.dumps({"id": f"d{n}", "text": text}) for n, text in enumerate(texts)]
    Path("docs.jsonl").write_text("\n".join(rows) + "\n")
    for jobs in (1, 2):
        found = monitor("match", "--watchlist", "w.yaml", "--format", "jsonl", "--jobs", jobs, "docs.jsonl").lines
        assert [row["id"] for row in found] == ["d0", "d2"]
        for row in found:
            text = texts[int(row["id"][1:])]
            assert all(text[m["start"] : m["end"]] == m["text"] and m["why"] for m in row["mentions"])
        assert {m["entity"] for m in found[1]["mentions"]} == {"kos", "cholpon"}


def test_match_lists_fifty_places_of_a_name_and_counts_the_others(monitor):
    Path("watchlist.yaml").write_text(WATCHLIST, encoding="utf-8")
    text = "Melis Tokoev came. " * 100 + "Cholpon Arzyeva left."
    Path("in.jsonl").write_text(json.dumps({"id": "1", "text": text}) + "\n", encoding="utf-8")
    (line,) = monitor("match", "--watchlist", "watchlist.yaml", "--format", "jsonl", "in.jsonl").lines
    assert (len(line["mentions"]), line["other_places"]) == (51, {"melis": 50})
    told = monitor("match", "--watchlist", "watchlist.yaml", "in.jsonl").out
    assert told.count("Melis Tokoev") == 2 * 50 and "and in 50 more places, which are counted and not listed" in told


def test_match_and_explain_say_that_an_outlet_is_only_credited(monitor):
    Path("w.yaml").write_text("entities:\n  - {id: ayan, name: Аян Медиа, type: outlet}\n", encoding="utf-8")
    Path("note.txt").write_text("Парк открыли.\nФото: Аян Медиа\nСайт Аян Медиа закрыт.\n", encoding="utf-8")
    (row,) = monitor("match", "--watchlist", "w.yaml", "--format", "jsonl", "note.txt").lines
    assert [(m["confidence"], m.get("credit")) for m in row["mentions"]] == [("strong", True), ("strong", None)]
    assert "it is named in a credit" in monitor("explain", "note.txt", "--watchlist", "w.yaml").out
    Path("note.txt").write_text("Парк открыли.\nФото: Аян Медиа\n", encoding="utf-8")
    told = " ".join(monitor("explain", "note.txt", "--watchlist", "w.yaml").out.split())
    assert "makes no item by itself: it is only named as a credit or as the source of a report" in told


def test_explain_says_whose_body_it_is(monitor):
    body = "entities:\n  - {id: water, name: Ministry of Water, type: organization, country: KG}\n"
    Path("w.yaml").write_text(body, encoding="utf-8")
    Path("note.txt").write_text("The Ministry of Water of Tajikistan closed the lake.\n", encoding="utf-8")
    told = " ".join(monitor("explain", "note.txt", "--watchlist", "w.yaml").out.split())
    assert "“Ministry of Water of Tajikistan” is another country's body" in told


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251", "koi8-r", "utf-16", "utf-32"])
def test_plain_text_is_read_in_whatever_encoding_it_is(monitor, encoding):
    Path("w.yaml").write_text(WATCHLIST, encoding="utf-8")
    text = "Суд над Мелисом Токоевым начался сегодня в Бишкеке.\r\n"
    Path("note.txt").write_bytes(text.encode(encoding))
    (row,) = monitor("match", "--watchlist", "w.yaml", "--format", "jsonl", "note.txt").lines
    (mention,) = row["mentions"]
    given = "\ufeff" + text if encoding == "utf-8-sig" else text  # valid UTF-8 is as it was given, to the letter
    assert given[mention["start"] : mention["end"]] == mention["text"] == "Мелисом Токоевым"
    assert "Мелисом Токоевым" in monitor("explain", "note.txt", "--watchlist", "w.yaml").out


def test_what_is_no_plain_text_is_refused_and_not_found_empty(monitor):
    Path("w.yaml").write_text(WATCHLIST, encoding="utf-8")
    for raw in ("Суд над Мелисом Токоевым начался.".encode("utf-16-le"), b"PK\x03\x04\x14\0\0\0\0\0\xff\xfe\xfd"):
        Path("note.txt").write_bytes(raw)
        refused = monitor("match", "--watchlist", "w.yaml", "--format", "jsonl", "note.txt")
        assert (refused.code, refused.out) == (2, "")
        assert "note.txt: is no plain text; save it as text in UTF-8" in refused.err


def test_match_says_of_a_page_what_ingest_would_a_name_in_a_teaser_is_possible(monitor):
    Path("w.yaml").write_text(WATCHLIST, encoding="utf-8")
    snow = "".join(f"<p>{line}</p>" for line in WEATHER.split("\n"))
    page = f"<html><body><article><h1>Snow</h1>{snow}<p>Read also: <a href=/1>Melis Tokoev stays in custody</a></p>"
    Path("page.html").write_text(f"{page}</article></body></html>")
    ((mention,),) = (
        row["mentions"] for row in monitor("match", "--watchlist", "w.yaml", "--format", "jsonl", "page.html").lines
    )
    assert (mention["text"], mention["confidence"]) == ("Melis Tokoev", "possible")
    assert mention["why"][-1] == "it stands in a list of other articles (“read also”)"


def test_extract_explain_stories_and_feeds_parse_work_on_files_without_a_home(monitor):
    Path("w.yaml").write_text(WATCHLIST, encoding="utf-8")
    Path("page.html").write_text(f"<html><body><h1>Court</h1><article><p>{COURT}</p></article></body></html>")
    (page,) = monitor("extract", "--format", "jsonl", "page.html").lines
    assert "Melis Tokoev" in page["text"] and page["language"] == "en"
    told = monitor("explain", "page.html", "--watchlist", "w.yaml")
    assert "Melis Tokoev (melis): clear; makes an item: clearly named" in told.out
    assert "Nothing else comes near a name on the list." in told.out
    rows = [{"id": "a", "url": "https://a.example/1", "outlet": "a", "title": "Court", "text": COURT},
            {"id": "b", "url": "https://b.example/1", "outlet": "b", "title": "Court", "text": COURT},
            {"id": "c", "url": "https://c.example/1", "outlet": "c", "title": "Snow", "text": WEATHER}]  # fmt: skip
    Path("docs.jsonl").write_text("\n".join(map(json.dumps, rows)))
    rows.append({"id": "d", "url": "http://www.c.example/1?utm_source=rss", "title": "Snow", "text": ""})
    Path("docs.jsonl").write_text("\n".join(map(json.dumps, rows)))
    a, b, c, d = monitor("stories", "--format", "jsonl", "docs.jsonl").lines
    assert (a["story"], b["copy_of"], a["copy_of"]) == (b["story"], "a", None)
    assert c["story"] != a["story"]
    assert (d["story"], d["copy_of"]) == (c["story"], "c")  # one article under two addresses
    Path("feed.xml").write_text(
        "<rss version='2.0'><channel><title>T</title><item><title>One</title><link>/1</link></item></channel></rss>"
    )
    (feed,) = monitor("feeds", "parse", "--format", "jsonl", "--base", "https://x.example/f", "feed.xml").lines
    assert (feed["file"], feed["title"]) == ("feed.xml", "T")
    assert (feed["entries"][0]["url"], feed["entries"][0]["title"]) == ("https://x.example/1", "One")


def test_stories_of_many_documents_are_those_of_few_and_what_stands_before_a_wrong_line_is_told(monitor):
    dice = random.Random(1)
    texts = [" ".join("".join(dice.choices("abdegiklmnoprstu", k=7)) for _ in range(60)) for _ in range(15)]
    rows = [
        {"id": str(n), "url": f"https://a{n % 5}.example/{n}", "title": "", "text": texts[n // 9], "lang": "en"}
        for n in range(130)
    ]
    for row, other in zip(rows[::2], rows[1::2], strict=True):
        other["url"] = row["url"]
    lines = [*map(json.dumps, rows)]
    Path("all.jsonl").write_text("\n".join(lines))
    told = monitor("stories", "--format", "jsonl", "all.jsonl").lines
    assert [row["id"] for row in told] == [row["id"] for row in rows]
    firsts: dict[str, str] = {}
    for row, its in zip(rows, told, strict=True):
        same = firsts.setdefault(row["url"], row["id"])
        assert same == row["id"] or its["copy_of"] == same
    assert len({row["story"] for row in told}) == 15
    Path("wrong.jsonl").write_text("\n".join([*lines[:70], json.dumps({"id": "x", "published": "soon"}), *lines[70:]]))
    run = monitor("stories", "--format", "jsonl", "wrong.jsonl")
    assert "wrong.jsonl:71:1: 'soon' is not a time" in run.err and run.code == 2
    assert run.lines == told[:70]


# ---- bad input -----------------------------------------------------------------------------------------------------------

FEEDS = "feeds:\n  - url: https://a.example/rss\n    outlet: A\n"


@pytest.mark.parametrize(
    ("file", "text", "place"),
    [
        ("watchlist.yaml", "entities:\n  - nome: X\n", "watchlist.yaml:2:5"),
        ("watchlist.yaml", "entities:\n  - name: X\n    name: Y\n", "watchlist.yaml:3:5"),
        ("watchlist.yaml", "entities:\n\t- X\n", "watchlist.yaml:2:1"),
        ("watchlist.yaml", "entities:\n  - {name: Some Body, type: ghost}\n", "watchlist.yaml:2:"),
        ("watchlist.yaml", "entities: []\n", "watchlist.yaml:1:"),
        ("feeds.yaml", "feeds:\n  - url: https://a.example/rss\n    outlit: A\n", "feeds.yaml:3:5"),
        ("feeds.yaml", FEEDS + "  - url: https://a.example/rss\n    outlet: B\n", "feeds.yaml:4:"),
        ("feeds.yaml", "feeds:\n  - url: ftp://a.example/rss\n    outlet: A\n", "feeds.yaml:2:"),
        ("monitor.env", "MONITOR_HOST_GAP=soon\n", "monitor.env:1:"),
        ("monitor.env", "MONITOR_HOSTGAP=1\n", "monitor.env:1:1"),
    ],
)
def test_a_wrong_file_is_an_error_with_its_place_and_nothing_is_changed(monitor, file, text, place):
    home = Path("home")
    home.mkdir()
    (home / "feeds.yaml").write_text(FEEDS)
    (home / "watchlist.yaml").write_text(WATCHLIST, encoding="utf-8")
    (home / file).write_text(text)
    refused = monitor("--home", home, "ingest")
    assert refused.code == 2
    assert place in refused.err and "; " in refused.err
    assert not (home / "monitor.db").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["ingest"], "feeds.yaml"),
        (["--home", "nowhere", "ingest"], "nowhere"),
        (["match", "--watchlist", "none.yaml"], "none.yaml"),
        (["match", "--watchlist", "folder.yaml"], "folder.yaml"),
        (["extract", "none.html"], "none.html: no such file"),
        (["extract", "folder.yaml"], "is a folder"),
        (["stories", "bad.jsonl"], "bad.jsonl:2:"),
        (["feeds", "test", "gopher://a.example/"], "gopher"),
        (["feeds", "test", "http://127.0.0.1:9/feed"], "127.0.0.1"),
        (["ingest", "--format", "xml"], "'xml'"),
    ],
)
def test_a_wrong_word_or_path_is_an_error_that_names_it_and_makes_no_database(monitor, words, said):
    Path("folder.yaml").mkdir()
    Path("bad.jsonl").write_text('{"id": "1", "text": "x"}\nnot json\n')
    refused = monitor(*words)
    assert refused.code == 2
    assert said in refused.err
    assert "Traceback" not in refused.err
    assert list(Path().glob("**/*.db*")) == []


def test_help_has_its_four_groups_and_an_example_for_each_command(monitor):
    told = monitor("--help").out
    assert all(group in told for group in ("Every day", "Set up", "Look closer", "One stage on files"))
    for words in (["ingest"], ["digest"], ["queue", "decide"], ["watchlist", "import"], ["match"], ["db", "upgrade"]):
        assert "Example: monitor" in monitor(*words, "--help").out


# ---- the watchlist is checked --------------------------------------------------------------------------------------------

CHECKED = "entities:\n  - {id: melis, name: Melis Tokoev, aliases: [Мелис Токоев]}\n  - {id: li, name: Ли}\n  - Асель Сарыбаева\n"


def test_a_watchlist_file_is_checked_without_a_home(monitor):
    Path("w.yaml").write_text(CHECKED, encoding="utf-8")
    told = monitor("watchlist", "check", "w.yaml")
    assert (told.code, told.err) == (0, "")
    assert "li: “Ли” is short" in told.out
    assert "is found: Мелису Токоеву (Russian dative), Мелис Токоевдин (Kyrgyz genitive)" in told.out
    assert "is not found: Бакыт Токоев (another given name)" in told.out
    assert "list as an alias, if people call them so: Асель Сарыбай кызы (with -ov dropped)" in told.out
    assert "this check cannot know" in told.out
    assert "watchlist show" not in told.out  # all were written out
    assert list(Path().glob("**/*.db*")) == []


def test_a_check_says_when_an_outlet_makes_no_item_and_whose_body_is_meant(monitor):
    body, outlet = "{name: Ministry of Water, type: organization, country: KG}", "{name: Ayan Media, type: outlet}"
    Path("w.yaml").write_text(f"entities:\n  - {body}\n  - {outlet}\n", encoding="utf-8")
    told = " ".join(monitor("watchlist", "check", "w.yaml").out.split())
    assert told.count("is not found where another country than KG stands beside it") == 1
    assert told.count("makes no item where it is only a credit (“Photo: …”) or the source of a report") == 1
    Path("w.yaml").write_text("entities:\n  - {name: Ministry of Water, type: organization}\n", encoding="utf-8")
    told = " ".join(monitor("watchlist", "check", "w.yaml").out.split())
    assert "is a body that other countries have too, and each of them counts; write its `country`" in told


def test_a_check_takes_the_list_of_the_home(monitor, home):
    assert "cholpon: Cholpon Arzyeva" in monitor("--home", home, "watchlist", "check").out
    assert monitor("watchlist", "check").code == 2  # no home here, and no file named


def test_forms_are_written_out_for_twenty_entities_and_for_one_that_is_shown(monitor, home):
    names = [f"Мелис {chr(0x411 + n)}окоев" for n in range(25)]
    Path("w.yaml").write_text("entities:\n" + "".join(f"  - {name}\n" for name in names), encoding="utf-8")
    told = monitor("watchlist", "check", "w.yaml").out
    assert told.count("is found: ") == 20
    assert "More entries: 5; `monitor watchlist show ID` writes out a stored one" in told
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
        ("ky", "li: «Ли» — кыска ат:", "табылат: Мелису Токоеву (орусча барыш жөндөмөсү)"),
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
    assert "handles: () -> ('@melis_t',)" in monitor("--home", home, "watchlist", "import", "new.yaml", "--apply").out
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
    """The list names somebody else by Melis's id: what was found is lost."""
    Path("other.yaml").write_text("entities:\n  - {id: melis, name: Melis Tokobekov}\n", encoding="utf-8")
    assert monitor("--home", home, "watchlist", "import", "other.yaml", "--apply").code == 0


def test_rescan_ends_with_a_sum_of_what_was_gained_and_lost(monitor, home):
    with_another_list(monitor, home)
    told = monitor("--home", home, "rescan")
    assert "Court extends arrest (post): -melis (no longer found: «Melis Tokoev»)" in told.out
    assert "melis: 1 lost" in told.out and "post: 1 lost" in told.out
    assert "looked through: 0 with more, to be filed with --apply; 1 in which names are no longer found" in told.err
    assert monitor("--home", home, "rescan", "--before", "1").out == ""


@pytest.mark.parametrize(("also", "filed"), [((), "with --apply"), (("--apply",), "by the next `ingest`")])
def test_ctrl_c_stops_a_rescan_with_130_a_sum_and_how_to_go_on(monitor, home, monkeypatch, also, filed):
    with_another_list(monitor, home)
    monkeypatch.setattr("monitor.app.rescan.ARTICLES_PER_BATCH", 1)
    looks, look_again = [], rescan.rescan_articles

    def interrupted(*given, **named):
        looks.append(given)
        if len(looks) > 1:
            os.kill(os.getpid(), signal.SIGINT)
        return look_again(*given, **named)

    monkeypatch.setattr("monitor.app.rescan.rescan_articles", interrupted)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell lets what runs in its background ignore it
    stopped = monitor("--home", home, "rescan", "--since", "9d", "--entity", "melis", *also)
    assert stopped.code == 130
    assert "stopped; the same command with --before 2 goes on" in stopped.err
    assert f"1 article looked through: 0 with more, to be filed {filed}; " in stopped.err
    assert "Traceback" not in stopped.err


# ---- explain -------------------------------------------------------------------------------------------------------------


def test_explain_shows_each_place_in_its_sentence_with_its_reasons_and_what_came_near_and_why_not(monitor):
    Path("w.yaml").write_text(WATCHLIST, encoding="utf-8")
    text = f"Снег идёт. Тогда Мелису Токоеву отказали. Кроме того, Мелис Токбаев не пришёл. {'Слово ' * 40}Тогда kos молчит."
    Path("page.txt").write_text(text, encoding="utf-8")
    told = monitor("explain", "page.txt", "--watchlist", "w.yaml").out
    assert "text 17-31: Тогда «Мелису Токоеву» отказали.\n    - “Мелису Токоеву” is" in told
    assert "    - “Мелису”: dative of" in told
    assert "Кроме того, «Мелис Токбаев» не пришёл.\n    - not Melis Tokoev (melis): “Токбаев” is not" in told
