"""A pack of evidence in the hands of others, and of a forger."""

from __future__ import annotations

import io
import json
import os
import random
import shlex
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner
from warcio.archiveiterator import ArchiveIterator

from app.authority import Authority, openssl
from app.forgeries import FORGERIES, without_the_answer_of_an_absence
from app.pack_case import Case, case
from app.packs import Files, as_zip, changes_in, files_of, forged, owner_of
from app.sealed_story import SENTENCE, sealed_story
from monitor.app.evidence.pack import verify_pack
from monitor.cli import app as program
from monitor.errors import InputError
from monitor.pack import evidence_page
from monitor.pack import pack_format as form
from monitor.pack.verify import CheckReport, check_pack

__all__ = ["case"]


def checked(pack: bytes) -> CheckReport:
    return check_pack(io.BytesIO(pack))


def unpacked(case: Case, folder: Path) -> Path:
    with zipfile.ZipFile(case.file) as pack:
        pack.extractall(folder)
    return folder


def test_its_own_program_and_openssl_verify_it_where_monitor_is_not(case: Case, tmp_path: Path):
    folder = unpacked(case, tmp_path / "pack")
    script = shutil.copy(folder / "evidence/verify.py", tmp_path / "verify.py")
    for name in form.PROGRAMS:
        shutil.copy(folder / "evidence" / name, tmp_path / name)
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONSAFEPATH"}  # a sandbox sets it
    command = [sys.executable, "-S", script, case.file]
    done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == "Nothing was changed."
    assert done.stdout.count("sealed: ") == 3 and "were not checked here" in done.stdout
    (line,) = (line for line in done.stdout.splitlines() if "openssl ts -verify" in line)
    shutil.copy(case.authority.root, folder / "AUTHORITY.pem")
    assert "Verification: OK" in openssl(folder, *shlex.split(line)[1:]).stdout
    *words, at = shlex.split(line)[1:]
    five_years_on = str(int(at) + 5 * 365 * 86_400)
    assert "Verification: OK" not in openssl(folder, *words, five_years_on).stdout  # hence the time in the line


def test_the_command_checks_signatures_by_the_roots_that_it_is_given(case: Case, tmp_path: Path):
    (tmp_path / "other").mkdir()
    other_root = Authority(tmp_path / "other").root
    for words, code, message in (
        ([], 0, "by the certificates in the pack"),
        (["--roots", str(case.authority.root)], 0, "is valid, by a certificate in root.pem"),
        (["--roots", str(other_root)], 1, "its time stamp is not valid"),
    ):
        done = CliRunner().invoke(program, ["verify", str(case.file), *words])
        assert (done.exit_code, message in done.output) == (code, True), done.output
        assert "not checked" not in done.output


def test_a_pack_is_a_web_archive_of_every_page_and_answer(case: Case):
    files = files_of(case.bytes)
    records = [(r.rec_headers["WARC-Target-URI"], r.http_headers.get_statuscode(), r.content_stream().read())
               for r in ArchiveIterator(io.BytesIO(files[form.WARC])) if r.rec_type == "response"]  # fmt: skip
    assert [status for _, status, _ in records] == ["200", "200", "404"]
    assert SENTENCE.encode() in records[1][2] and SENTENCE.encode() not in records[0][2]
    for line in files["indexes/index.cdx"].decode().splitlines():
        key, moment, fields = line.split(" ", 2)
        place = json.loads(fields)
        part = files[form.WARC][int(place["offset"]) :][: int(place["length"])]
        (record,) = ArchiveIterator(io.BytesIO(part))
        assert record.rec_headers["WARC-Date"].translate({ord(c): None for c in "-T:Z"}) == moment
        assert key.startswith("1,0,0,127:") and record.rec_headers["WARC-Target-URI"] == place["url"]
    header, *pages = map(json.loads, files["pages/pages.jsonl"].decode().splitlines())
    assert header["format"] == "json-pages-1.0"
    assert [page["title"] for page in pages[:2]] == ["Court extends arrest"] * 2 and pages[2]["title"].startswith(
        "absent on"
    )
    package = json.loads(files["datapackage.json"])
    assert {row["path"] for row in package["resources"]} == set(files) - {"datapackage.json", "datapackage-digest.json"}
    assert all(row["hash"] == f"sha256:{form.digest(files[row['path']])}" for row in package["resources"])


def test_each_page_has_the_request_that_it_answers_without_what_tells_who_asked(case: Case):
    records = [
        (r.rec_type, r.rec_headers["WARC-Record-ID"], r.rec_headers["WARC-Concurrent-To"], r.http_headers)
        for r in ArchiveIterator(io.BytesIO(files_of(case.bytes)[form.WARC]))
    ]
    assert [kind for kind, *_ in records] == ["response", "request"] * 3
    for response, request in zip(records[::2], records[1::2], strict=True):
        assert request[2] == response[1] and request[1] != response[1]
        assert request[3].protocol == "GET" and request[3].statusline == "/post/court HTTP/1.1"
        assert {name.lower() for name, _ in request[3].headers} == {"host", "accept", "accept-encoding"}
    pack = b"".join(files_of(case.bytes).values()).lower()
    assert b"user-agent:" not in pack and b"if-none-match" not in pack

    def without_requests(manifest: Any, files: Files) -> None:
        for version in manifest["articles"][0]:
            answer = json.loads(files[version["answer"]])
            del answer["request"]
            files[version["answer"]] = form.pretty_json(answer)

    # As of pages stored by an earlier version: requests are under no seal.
    assert changes_in(forged(case.bytes, without_requests)) == ""
    assert any("requests" in line for line in checked(case.bytes).unsealed)


def test_the_first_page_says_in_each_language_when_it_was_absent_and_what_is_unsealed(case: Case):
    files = files_of(case.bytes)
    manifest = json.loads(files[form.MANIFEST])
    first, last = manifest["articles"][0]
    for language, present, absent in (
        ("en", "Present on", "Absent on"),
        ("ru", "Статья есть:", "Статьи нет:"),
        ("ky", "Макала бар:", "Макала жок:"),
    ):
        page = files[evidence_page.page_name(language)].decode()
        time = first["fetched"].replace("T", " ").replace("Z", " UTC")
        absent_at = last["absent"]["found"].replace("T", " ").replace("Z", " UTC")
        assert f"{present} {time}" in page and f"{absent} {absent_at}" in page
        assert first["text"] in page and manifest["files"][first["page"]]["sha256"] in page
        assert "<script>" not in page and "&lt;script&gt;" in page
    assert "What is not proved" in files["evidence/index.html"].decode()


def test_what_is_under_no_seal_is_shown_nowhere_else_on_the_first_page(case: Case):
    def change(manifest: Any, _: Files) -> None:
        version = manifest["articles"][0][-1]
        version["outlet"] = version["absent"]["why"] = manifest["by"] = "FORGED"
        manifest["item"]["headline"] = manifest["item"]["outlet"] = "FORGED"
        version["still_there"] = version["stored"] = manifest["made"] = "1999-01-01T00:00:00Z"

    pack = forged(case.bytes, change)
    assert changes_in(pack) == ""
    sealed_part, _, unsealed_part = files_of(pack)["evidence/index.html"].decode().partition("<h2>Under no seal</h2>")
    assert "FORGED" not in sealed_part and "FORGED" in unsealed_part
    assert "1999-" not in sealed_part and "1999-" in unsealed_part


def test_of_other_pages_it_holds_nothing_but_hashes(case: Case):
    assert b"snow" not in b"".join(files_of(case.bytes).values()).lower()


def test_each_byte_that_is_changed_is_named(case: Case):
    change_bytes(case, 60)


@pytest.mark.soak
def test_each_of_a_thousand_changed_bytes_is_named(case: Case):
    change_bytes(case, 1000)


def change_bytes(case: Case, count: int) -> None:
    pack, chance = case.bytes, random.Random(count)
    for _ in range(count):
        at = chance.randrange(len(pack))
        changed = bytearray(pack)
        changed[at] ^= chance.randrange(1, 256)
        assert owner_of(pack, at) in changes_in(bytes(changed)), at


def test_each_byte_that_is_added_or_removed_is_noticed(case: Case):
    add_and_remove_bytes(case, 25)


@pytest.mark.soak
def test_each_of_a_thousand_bytes_that_are_added_or_removed_is_noticed(case: Case):
    add_and_remove_bytes(case, 500)


def add_and_remove_bytes(case: Case, count: int) -> None:
    pack, chance = case.bytes, random.Random(count)
    for _ in range(count):
        at = chance.randrange(len(pack))
        for changed in (pack[:at] + pack[at + 1 :], pack[:at] + b"\0" + pack[at:], pack[:at]):
            assert changes_in(changed) != "", at
    assert changes_in(b"\0" + pack) and changes_in(pack + b"\0")


@pytest.fixture
def large_case(case: Case, monkeypatch: pytest.MonkeyPatch) -> Case:
    """Return a pack that is written as one of over 4 GB is: what counts as large is small here."""
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 2_000)
    return replace(case, content=as_zip(files_of(case.bytes)))


def test_a_pack_over_4_gb_is_written_and_checked_in_the_same_way(large_case: Case):
    pack = large_case.bytes
    assert b"PK\6\6" in pack[-200:] and len(pack) > large_case.file.stat().st_size  # the record of zip64
    assert changes_in(pack) == "" and forged(pack, lambda *_: None) == pack
    change_bytes(large_case, 20)
    add_and_remove_bytes(large_case, 5)
    cut = changes_in(pack[: len(pack) // 2])
    assert "it is cut off or damaged in or after" in cut


def test_a_directory_that_leads_far_out_of_the_file_is_named(large_case: Case):
    """As one flipped bit of an eight-byte place does."""
    pack = large_case.bytes
    for at in range(pack.rindex(b"PK\1\2"), pack.rindex(b"PK\6\6")):
        if pack[at] == 0:
            assert "directory" in changes_in(pack[:at] + b"\xff" + pack[at + 1 :]), at


@pytest.mark.parametrize("change", FORGERIES, ids=lambda change: change.__name__)
def test_what_is_sealed_cannot_be_changed_by_making_every_hash_again(case: Case, change: Callable[[Any, Files], None]):
    assert changes_in(forged(case.bytes, lambda *_: None)) == "" and forged(case.bytes, lambda *_: None) == case.bytes
    assert changes_in(forged(case.bytes, change)) != ""


def test_what_stands_under_no_seal_is_listed_as_that(case: Case):
    def change(manifest: Any, files: Files) -> None:
        first, second = manifest["articles"][0]
        first["seal"] = None
        files[second["text"]] = b"He was freed."
        manifest["item"]["history"][0]["note"] = "not what she wrote"

    pack = forged(case.bytes, change)
    report = checked(pack)
    assert report.changed == []
    # Although the manifest still has the hash of the sealed text.
    assert "The text is not the sealed one" in files_of(pack)["evidence/index.html"].decode()
    first_page, second_text, always = report.unsealed
    assert first_page.endswith("-1.html") and second_text.partition("-")[2].startswith("2.html: the text")
    assert "decisions, notes" in always
    assert not any(first_page in line or ", text," in line for line in report.sealed)


def test_an_absence_whose_answer_was_not_kept_is_sealed_by_its_time_alone(case: Case):
    """As of an article that named nobody when it was absent, and names somebody who is watched since."""
    report = checked(forged(case.bytes, without_the_answer_of_an_absence))
    assert report.changed == []
    assert any("was absent: on" in line and ": at;" in line for line in report.sealed)
    assert any("an address that is not kept answered" in line for line in report.unsealed)


def test_headers_that_were_not_kept_before_the_first_seal_are_listed_as_unsealed(case: Case):
    """The record is made as for a page that was stored before; its root fits no seal, so only the list counts."""
    manifest = json.loads(files_of(case.bytes)[form.MANIFEST])
    version = manifest["articles"][0][0]
    record = version["seal"]["record"] | {"headers": "", "kind": "stored before"}

    def change(manifest: Any, files: Files) -> None:
        first, seal = manifest["articles"][0][0], manifest["seals"][0]
        first["seal"] |= {"record": record, "path": [], "index": 0, "day": "2020-01-01"}
        files["seals/2020-01-01.txt"] = form.seal_text("2020-01-01", form.leaf_hash(record).hex(), "0" * 64)
        manifest["seals"].insert(0, {"day": "2020-01-01", "file": "seals/2020-01-01.txt", "stamps": [], "next": False})
        assert seal["stamps"]

    report = checked(forged(case.bytes, change))
    assert report.changed == [] and any(line.endswith("-1.html: the headers of its answer") for line in report.unsealed)
    assert "headers" not in next(line for line in report.sealed if "2020-01-01" in line)


def test_an_answer_of_another_address_is_not_said_to_prove_the_absence(case: Case):
    """As a redirect to the front page is, and what was answered for another article."""

    def change(manifest: Any, files: Files) -> None:
        manifest["articles"][0][1]["absent"] |= {"url": "http://post.example/", "seal": None}
        name = manifest["articles"][0][1]["absent"]["answer"]
        files[name] = form.pretty_json(json.loads(files[name]) | {"url": "http://post.example/"})

    pack = forged(case.bytes, change)
    assert changes_in(pack) == "" and "http://post.example/" in files_of(pack)["evidence/index.html"].decode()


def test_without_a_time_stamp_it_says_that_the_seal_proves_nothing_to_others(case: Case):
    def change(manifest: Any, files: Files) -> None:
        for stamp in manifest["seals"][0]["stamps"]:
            for file in (stamp["file"], stamp["certificates"]):
                del files[file], manifest["files"][file]
        manifest["seals"][0]["stamps"] = []

    pack = forged(case.bytes, change)
    report = checked(pack)
    assert (report.changed, report.commands) == ([], [])
    assert all("proves nothing to others" in line for line in report.sealed)
    assert "proves nothing to others" in files_of(pack)["evidence/index.html"].decode()


@pytest.mark.parametrize(
    "name", ["evidence/index.html", "evidence/index.ky.html", form.WARC, "evidence/verify.py", "pages/pages.jsonl"]
)
def test_a_file_made_from_the_others_is_made_again_and_compared(case: Case, name: str):
    """As a forger does who writes another first page, or another page into the web archive, and makes the hashes fit."""
    files = files_of(case.bytes)
    files[name] = files[name].replace(b"arrest", b"ARREST") + b"\n"
    sources = {path: content for path, content in files.items() if path not in form.END_FILES}
    entries = {path: (form.digest(content), len(content)) for path, content in sources.items()}
    pack = as_zip(sources | dict(form.closing_files(json.loads(files[form.MANIFEST]), entries)))
    assert changes_in(pack).splitlines() == [f"{name}: is not what the other files make it"]


@pytest.mark.parametrize("content", ["nothing", "text", "another zip", "another archive", "cut"])
def test_what_is_no_pack_is_refused_with_what_it_lacks(case: Case, content: str, tmp_path: Path):
    pack = case.bytes
    files = {
        "nothing": b"",
        "text": b"hello" * 100,
        "another zip": as_zip({"a.txt": b"a"}),
        "cut": pack[: len(pack) // 2],
    }
    files["another archive"] = as_zip(
        {n: c for n, c in files_of(pack).items() if n.startswith(("archive", "datapackage"))}
    )
    (tmp_path / "x.zip").write_bytes(files[content])
    messages = {"cut": "cut off or damaged in or after", "nothing": "no zip file", "text": "no zip file"}
    with pytest.raises(InputError, match=messages.get(content, "it lacks evidence/manifest.json")):
        verify_pack(tmp_path / "x.zip", None)
    done = CliRunner().invoke(program, ["verify", str(tmp_path / "none.zip")])
    assert isinstance(done.exception, InputError) and done.exception.exit_code == 2


def test_no_word_of_a_pack_moves_the_cursor_of_whoever_checks_it(case: Case):
    def change(manifest: Any, _: Files) -> None:
        manifest["seals"][0]["stamps"][0]["authority"] = "\x1b[2J\u202e"

    assert all(line.isprintable() for line in checked(forged(case.bytes, change)).sealed)


def test_a_pack_made_before_the_day_is_sealed_lists_its_pages_under_no_seal(tmp_path: Path):
    with sealed_story(tmp_path) as (bench, _):
        (item,) = bench.app.queue()
        with bench.app.evidence(item) as file:
            report = check_pack(file)
        assert report.changed == report.sealed == [] and len(report.unsealed) == 4


def test_the_time_is_that_of_the_capture(case: Case):
    (versions,) = json.loads(files_of(case.bytes)[form.MANIFEST])["articles"]
    first = case.bench.web.now
    assert [version["fetched"] for version in versions] == [
        (first + timedelta(hours=hours)).isoformat().replace("+00:00", "Z") for hours in (0, 7)
    ]


def test_the_first_page_explains_in_each_language_what_is_proved_and_what_words_mean():
    for place, language in enumerate(evidence_page.LANGUAGES):
        manifest = {"item": {"articles": [], "hits": [], "history": [], "headline": ""}, "articles": [], "seals": []}
        by_whom = {"made": "2026-05-28T07:00:00Z", "by": ""}
        page = evidence_page.evidence_page(manifest | by_whom, language).decode()
        for key in ("proved", "not proved", "seal", "words", "check"):
            heading, text = evidence_page.WORDS[key][place], evidence_page.WORDS[f"{key} text"][place]
            assert page.count(f"<h2>{heading}</h2>") == page.count(text) == 1, (language, key)
    for key, translations in evidence_page.WORDS.items():
        assert len(set(translations)) == len(translations) == 3 or key == "text", key
