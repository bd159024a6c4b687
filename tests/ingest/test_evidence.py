"""An article that its outlet edits and takes down, from the first visit to a file for a lawyer."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import stat
import subprocess
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner
from warcio.archiveiterator import ArchiveIterator

from kit.articles import COURT, DOCTOR, WEATHER, Bench
from kit.home import WATCHLIST, Clock, furnish, open_app
from kit.outlets import Outlet, Piece, Web
from monitor.app.evidence.pack import export_evidence
from monitor.app.upkeep.doctor import check_installation
from monitor.cli import app as program
from monitor.config import load_settings
from monitor.errors import FetchError, FetchReason, InputError
from monitor.ingest.recheck import recheck_article
from monitor.messages.content.render import as_html, as_json, as_text
from monitor.model import Change, PressAct, State, Verdict


@contextmanager
def newsroom(folder: Path, watchlist: str = WATCHLIST, settings: str = "") -> Iterator[Bench]:
    """Return an outlet whose feed stays the same while its pages change."""
    pieces = [Piece("court", "Court extends arrest", COURT), Piece("snow", "Snow on Thursday", WEATHER)]
    with Web(Outlet("post", "en", pieces)) as web:
        first = web.rss(web.outlets["post"])
        web.rss = lambda _: first  # type: ignore[method-assign]
        clock = web.clock = Clock(web.now)
        home = furnish(folder / "home", web, watchlist)
        with (home / "monitor.env").open("a") as file:
            file.write(settings)
        app = open_app(home, clock)
        yield Bench(web, home, app, clock)
        app.close()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with newsroom(tmp_path) as new_bench:
        yield new_bench


def edited(bench: Bench, hours: float, **changes: object) -> None:
    """So many hours later; the court's page is another one meanwhile."""
    for name, value in changes.items():
        setattr(bench.web.outlets["post"].pieces[0], name, value)
    bench.advance(hours=hours)
    bench.ingest()


def requested(bench: Bench) -> list[str]:
    pages = [path for path, _ in bench.web.log if not path.endswith(("feed.xml", "robots.txt"))]
    bench.web.log.clear()
    return sorted(pages)


@pytest.mark.check
def test_an_edit_after_the_last_recheck_is_read_once_its_page_answers_again(bench):
    bench.ingest()
    for hours in (7, 20, 53, 24 * 5):
        edited(bench, hours)
    feed = bench.web.rss(bench.web.outlets["post"])
    bench.web.rss = lambda _: feed.replace(b"Court extends arrest", b"Court ends arrest")
    edited(bench, 24, text=COURT.replace("in custody until 20 January", "at home until 3 March"), status=503)
    edited(bench, 3, status=200)
    (item,) = bench.app.queue()
    assert (item.lead.headline, len(item.lead.versions)) == ("Court ends arrest", 2)
    assert bench.app.store.upkeep.check() == ()


@pytest.mark.check
def test_a_cut_name_a_new_headline_and_a_missing_article_bring_the_story_back(bench, tmp_path):
    bench.ingest()
    (first,) = bench.app.queue()
    bench.app.decide(first.id, Verdict.RELEVANT, by="aida", note="seen in court")
    assert requested(bench) == ["/post/court", "/post/snow"]
    edited(bench, 5)
    assert (requested(bench), bench.run.revisits) == ([], 0)

    edited(bench, 2, text=COURT.replace("journalist Melis Tokoev", "a journalist"))
    assert bench.web.log[-1][1]["if-none-match"]
    assert (requested(bench), bench.run.revisits) == (["/post/court", "/post/snow"], 2)
    (item,) = bench.app.queue()
    assert (item.id, item.state) == (first.id, State.FOLLOW_UP)
    assert item.reopened.startswith(
        "a watched name was taken out at post: «The city court left journalist Melis Tokoev in custody"
    )
    assert "became «The city court left a journalist in custody" in item.reopened
    assert item.hits[0].removed and item.history
    bench.app.decide(first.id, Verdict.RELEVANT, by="aida")

    edited(bench, 20, title="A hearing was held")
    (item,) = bench.app.queue()
    assert item.reopened == "the headline changed at post: «Court extends arrest» became «A hearing was held»"
    bench.app.decide(first.id, Verdict.RELEVANT, by="aida")

    assert requested(bench) == ["/post/court", "/post/snow"]
    edited(bench, 53, status=404)  # three days and a little after the first visit
    assert (requested(bench), bench.app.queue()) == (["/post/court", "/post/snow"], [])
    edited(bench, 5)
    edited(bench, 2)
    assert requested(bench) == ["/post/court"]
    (item,) = bench.app.queue()
    assert re.fullmatch(
        r"post: the article was present on .* UTC, absent on .* UTC: there is nothing at this address \(404\)",
        str(item.reopened),
    )
    assert [f.kind for f in item.lead.findings] == [Change.NAME_REMOVED, Change.HEADLINE, Change.GONE]
    edited(bench, 24 * 6)
    assert requested(bench) == ["/post/snow"]
    edited(bench, 24 * 6)
    assert requested(bench) == []
    assert bench.app.store.upkeep.check() == ()

    file = tmp_path / "case.zip"
    assert export_evidence(bench.app, first.id, file) == []
    _verify(file, tmp_path / "unpacked")
    export_evidence(bench.app, first.id, tmp_path / "again.zip")
    assert file.read_bytes() == (tmp_path / "again.zip").read_bytes()


def _verify(file: Path, folder: Path) -> None:
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with zipfile.ZipFile(file) as packed:
        packed.extractall(folder)
        names = set(packed.namelist())
    checked = subprocess.run(
        [shutil.which("sha256sum") or "", "-c", "SHA256SUMS"], cwd=folder, capture_output=True, check=False
    )
    assert checked.returncode == 0, checked.stderr
    assert len(checked.stdout.splitlines()) == len(
        names - {"SHA256SUMS", "datapackage.json", "datapackage-digest.json"}
    )
    manifest = json.loads((folder / "evidence/manifest.json").read_text("utf-8"))
    ((first, second, third),) = manifest["articles"]
    assert [v["title"] for v in (first, second, third)] == ["Court extends arrest"] * 2 + ["A hearing was held"]
    assert [len(v["hits"]) for v in (first, second, third)] == [1, 0, 0]
    assert first["hits"][0]["mentions"][0]["why"]
    assert first["still_there"] is None and third["fetched"] > second["fetched"] > first["fetched"]
    assert b"Melis Tokoev" in (folder / first["page"]).read_bytes()
    assert json.loads((folder / first["answer"]).read_text("utf-8"))["headers"]["content-type"].startswith("text/html")
    assert sha256((folder / first["text"]).read_bytes()).hexdigest() == first["text_sha256"]
    assert manifest["files"][first["page"]]["fetched"] == first["fetched"]
    item = manifest["item"]
    assert [d["note"] for d in item["history"]] == ["seen in court", "", ""]
    assert [f["kind"] for f in item["articles"][0]["findings"]] == ["name-removed", "headline", "absent"]
    with (folder / "archive/pages.warc").open("rb") as warc:
        records = [
            (r.rec_headers.get_header("WARC-Date"), r.content_stream().read())
            for r in ArchiveIterator(warc)
            if r.rec_type == "response"
        ]
    absence = third["absent"] | {"fetched": third["absent"]["found"]}
    assert records == [(v["fetched"], (folder / v["page"]).read_bytes()) for v in (first, second, third, absence)]
    assert (first["published_source"], first["published_precision"]) == ("feed", "moment") and first["published_raw"]
    answer = json.loads((folder / absence["answer"]).read_text("utf-8"))
    assert (answer["status"], answer["fetched"], absence["why"]) == (
        404,
        absence["found"],
        "there is nothing at this address (404)",
    )
    assert (answer["url"], answer["headers"]["content-type"]) == (third["url"], "text/html; charset=utf-8")
    assert absence["page"].endswith("-absent.html") and absence["found"] > third["fetched"]


def test_the_digest_shows_what_changed_before_and_after_in_a_section_of_its_own(bench):
    bench.ingest()
    edited(bench, 7, text=COURT.replace("in custody until 20 January", "at home until 3 March"))
    bench.advance(minutes=1)
    bench.clock.now += timedelta(hours=20)  # the first visit is out of the window
    digest = bench.app.digest()
    assert (digest.new, digest.follow_up, len(digest.changed)) == ((), (), 1)
    text = as_text(digest)
    place = text.index("\nCHANGED\n")
    assert "post changed its wording:" in text[place:]
    assert "- «The city court left journalist Melis Tokoev in custody until 20 January," in " ".join(
        text[place:].split()
    )
    assert "+ «The city court left journalist Melis Tokoev at home until 3 March," in " ".join(text[place:].split())
    assert (
        "1 changed: Melis Tokoev" in text
        and "1 changed, “kept in custody” taken out of the text;" in as_json(digest)["subject"]
    )
    assert as_json(digest)["sections"]["changed"][0]["findings"][0]["kind"] == "sentence"
    assert digest.changed[0].findings[0].withdrawn_acts == (PressAct.DETAINED, PressAct.SUMMONED)
    assert '<span class="del"' in as_html(digest) and '<span class="ins"' in as_html(digest)


def test_noise_and_changes_elsewhere_bring_nothing_back(bench):
    bench.ingest()
    (first,) = bench.app.queue()
    edited(bench, 7, text="18:20\n" + COURT.replace("\n", "\n\n") + "\nViews: 1204")
    assert bench.app.item(first.id) == first
    edited(bench, 20, text=COURT + "\nThe building near the old market is to be renovated next year.")
    moved = bench.app.item(first.id)
    assert (moved.version, len(moved.lead.versions), bench.app.digest().changed) == (first.version, 2, ())


@pytest.mark.check
def test_a_removed_article_that_leads_to_the_front_page_is_gone(bench, monkeypatch):
    bench.ingest()
    real = bench.web.answer
    front = COURT.replace("\n", " ") + DOCTOR
    monkeypatch.setattr(
        bench.web, "answer", lambda path: (200, "text/html", front.encode()) if path == "/" else real(path)
    )
    page = bench.web.outlets["post"].pieces[0]
    page.status = 302
    handler = bench.web.server.RequestHandlerClass
    send = handler.send_header

    def with_place(self, name, value):
        if name == "ETag" and self.path == "/post/court":
            send(self, "Location", "/")
        send(self, name, value)

    monkeypatch.setattr(handler, "send_header", with_place)
    edited(bench, 7)
    assert bench.app.queue()[0].lead.findings == ()
    edited(bench, 7)
    (item,) = bench.app.queue()
    assert item.lead.findings[0].after == "its address leads to the front page"
    assert len(item.lead.versions) == 0
    *_, last = bench.app.store.reading.versions(item.lead.id)
    assert (last.absence.url, last.absence.status, last.absence.raw.body) == (f"{bench.web.base}/", 200, front.encode())


@pytest.mark.check
def test_what_we_ask_for_is_the_same_whoever_is_watched(bench, tmp_path):
    (bench.home / "monitor.env").open("a").write("MONITOR_REVISITS_A_DAY=1\n")
    logs = []
    for watchlist in (WATCHLIST, "entities:\n  - Gulnara Osmonalieva\n"):
        bench.app.close()
        (bench.home / "watchlist.yaml").write_text(watchlist, encoding="utf-8")
        (bench.home / "monitor.db").unlink()
        bench.clock.now = bench.web.now
        bench.app = open_app(bench.home, bench.clock)
        edited(bench, 0, text=COURT, status=200)
        edited(bench, 7, text=COURT.replace("journalist", "reporter"))
        edited(bench, 20, status=404)
        edited(bench, 7)
        logs.append(sorted(map(str, bench.web.log)))
        bench.web.log.clear()
    assert logs[0] == logs[1] and len(logs[0]) >= 6


@pytest.mark.check
@pytest.mark.parametrize(
    ("setting", "pages", "warning"),
    [
        ("all", ["/post/court", "/post/snow"], ""),
        ("matched", ["/post/court"], "their outlets can tell from that whom you watch"),
        ("none", [], "changed and removed ones go unnoticed"),
    ],
)
def test_a_setting_says_which_pages_are_rechecked_and_doctor_what_that_costs(tmp_path, setting, pages, warning):
    with newsroom(tmp_path, settings=f"MONITOR_REVISIT={setting}\n") as bench:
        bench.ingest()
        requested(bench)
        edited(bench, 7)
        assert requested(bench) == pages
        warnings = [f.message for f in check_installation(bench.app.settings, bench.app) if f.subject == "revisits"]
        assert bool(warnings) == bool(warning) and all(warning in one for one in warnings)


@pytest.mark.check
def test_a_recheck_that_meets_a_bug_of_ours_is_the_last_of_that_article(bench, monkeypatch):
    bench.ingest()
    monkeypatch.setattr("monitor.ingest.recheck.is_article_address", lambda *_: 1 / 0)
    edited(bench, 7, text=COURT.replace("journalist", "reporter"))
    monkeypatch.undo()
    requested(bench)
    edited(bench, 20)
    assert requested(bench) == ["/post/snow"]


@pytest.mark.check
def test_the_last_recheck_is_repeated_later_if_its_request_was_not_sent(bench):
    bench.ingest()
    requested(bench)
    pages = bench.web.outlets["post"].pieces
    pages[0].status = pages[1].status = 429  # after it a server is left alone: one of them is not asked for
    edited(bench, 24 * 6)
    one, first_count = requested(bench), bench.run.revisits
    edited(bench, 24 * 1.75)  # beyond seven days and a tenth
    second_request = requested(bench)
    assert (first_count, bench.run.revisits) == (1, 1)
    assert sorted(one + second_request) == ["/post/court", "/post/snow"]
    pages[0].status = pages[1].status = 200
    edited(bench, 7)
    assert (requested(bench), bench.run.revisits) == (one, 1)
    edited(bench, 48)
    assert requested(bench) == []


@pytest.mark.parametrize(("days", "goes_on"), [(8, True), (13.5, True), (13.9, False), (30, False)])
def test_a_page_whose_host_never_gets_a_request_is_given_up_after_two_weeks(days, goes_on, bench):
    bench.ingest()
    first = bench.clock.now
    bench.clock.now += timedelta(days=7.75)
    (revisit, *_) = bench.app.store.revisits.claim(bench.clock.now, bench.clock.now, 9, {1: 9})
    now, asked_nothing = (
        first + timedelta(days=days),
        FetchError(FetchReason.UNREACHABLE, "left alone", request_sent=False),
    )

    class NeverAsks:
        async def get(self, *_):
            raise asked_nothing

    acquired = asyncio.run(recheck_article(revisit, line=SimpleNamespace(fetcher=NeverAsks()), now=now))
    bench.app.store.revisits.save(acquired.result)
    assert acquired.result.due == (now + timedelta(hours=6) if goes_on else None)
    week_later = now + timedelta(days=9)
    claimed_again = bench.app.store.revisits.claim(week_later, week_later, 9, {1: 9})
    assert (revisit.article.id in {recheck.article.id for recheck in claimed_again}) == goes_on


def test_an_evidence_file_is_never_written_over_another_and_never_half(bench, tmp_path, monkeypatch):
    bench.ingest()
    (tmp_path / "there.zip").write_bytes(b"mine")
    (item,) = bench.app.queue()
    with pytest.raises(InputError, match="name a new file"):
        export_evidence(bench.app, item.id, tmp_path / "there.zip")
    monkeypatch.setattr("monitor.app.evidence.pack._version_row", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        export_evidence(bench.app, item.id, tmp_path / "half.zip")
    assert [p.name for p in tmp_path.glob("*.zip")] == ["there.zip"]


@pytest.mark.check
def test_the_commands_show_versions_and_findings_write_evidence_and_try_again(bench, tmp_path):
    bench.ingest()
    edited(bench, 7, title="A hearing was held")
    bench.app.close()

    def run(*words: str) -> str:
        done = CliRunner().invoke(program, ["--home", str(bench.home), *words])
        assert done.exit_code == 0, done.output
        return " ".join(done.output.split())

    shown = run("queue", "show", "1")
    assert "2 versions:" in shown
    assert "the headline changed at post: «Court extends arrest» became «A hearing was held»" in shown
    assert "the evidence of item 1 is in" in run("export", "evidence", "1", str(tmp_path / "case.zip"))
    assert run("retry") == "0 pages will be tried again by the next `ingest`"
    assert "MONITOR_REVISITS_A_DAY" in {row[0] for row in load_settings(bench.home, {}, tmp_path).describe()}
    bench.app = open_app(bench.home, bench.clock)
