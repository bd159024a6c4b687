"""Absent articles: when they were present and when not, and never who did what."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from typer.testing import CliRunner

from kit.articles import COURT, Bench
from kit.desk import account, client
from kit.home import Clock, furnish, open_app
from kit.outlets import Outlet, Piece, Web
from monitor.cli import app as program
from monitor.i18n import LANGUAGES, translate_sentence
from monitor.messages.composer import Composer
from monitor.messages.content.alert_page import lay_out_alert
from monitor.messages.content.message import render_name_report, render_report
from monitor.messages.content.render import as_html, as_json, as_text, page_as_text
from monitor.model import Change, Role, State
from monitor.serialize import utc_text
from monitor.web import create_desk

WORDS = {"en": ("present on", "absent on"), "ru": ("есть:", "нет:"), "ky": ("— бар;", "— жок")}
# Words for an act that no capture shows.
I18N = Path(__file__).parents[2] / "monitor/i18n"
ACTS = {
    "en": re.compile(r"delet|remov|disappear|vanish|taken down|took .{0,9}down|\bgone\b", re.IGNORECASE),
    "ru": re.compile(r"удал[её]н|удали|исчез|пропал|снят[аоы]? с", re.IGNORECASE),
    "ky": re.compile(r"өчүрүл|жоголду|жок кылын|жоюлду", re.IGNORECASE),
}
CHALLENGE = b'<html><body><script id="anubis_challenge" type="application/json">{}</script></body></html>'


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    pieces = [Piece("court", "Court extends arrest", COURT)]
    with Web(Outlet("post", "en", pieces)) as web:
        first = web.rss(web.outlets["post"])
        web.rss = lambda _: first  # type: ignore[method-assign]
        clock = web.clock = Clock(web.now)
        home = furnish(tmp_path / "home", web)
        opened = Bench(web, home, open_app(home, clock), clock)
        opened.ingest()
        yield opened
        opened.app.close()


def rechecked(bench: Bench, *hours: float) -> None:
    for pause in hours:
        bench.advance(hours=pause)
        bench.ingest()


def surfaces(bench: Bench, language: str) -> Iterator[tuple[str, str]]:
    """Yield what people and programs are told of the absent article in a language, by place."""
    app = bench.app
    digest = Composer(app).digest_of_day(None, language)
    yield "the digest as text", as_text(digest)
    yield "the digest as a page", as_html(digest)
    yield "an alert", page_as_text(lay_out_alert(digest))
    yield "the whole report", render_report(Composer(app).report_digest(timedelta(days=9), "", language)[0])["text"]
    (entity,) = {hit.entity for item in app.queue() for hit in item.hits}
    report, watched = Composer(app).report_digest(timedelta(days=9), entity, language)
    assert watched is not None
    for form, words in render_name_report(report, watched).items():
        if form != "json":
            yield f"the report as {form}", words
    (item,) = app.queue()
    yield "the reason", translate_sentence(item.reopened, language)[0]
    reader = client(create_desk(app), account(app, f"Reader {language}", Role.READER, language))
    yield "the queue", reader.get("/queue").text
    yield "the card", reader.get(f"/items/{item.id}").text
    yield "the digest at the desk", reader.get("/digest").text
    yield "Atom", reader.get("/queue.atom").text


@pytest.mark.check
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_place_says_when_it_was_present_and_absent_and_no_act(bench: Bench, language: str):
    bench.web.outlets["post"].pieces[0].status = 404
    rechecked(bench, 7, 7)
    bench.advance(hours=1)
    for place, text in surfaces(bench, language):
        for words in WORDS[language]:
            assert words in text, (place, words)
        assert_no_act(language, place, text)
    reader = client(create_desk(bench.app), account(bench.app, "Another", Role.READER, language))
    name = reader.get("/names/1").text
    assert {"en": "</b> absent article<", "ru": "</b> статья отсутствует<", "ky": "</b> макала жок<"}[language] in name
    assert_no_act(language, "the name", name)


def assert_no_act(language: str, place: str, text: str) -> None:
    shown = re.sub(r"<[^>]*>", " ", text)
    assert not ACTS[language].search(shown), (place, ACTS[language].search(shown))


def test_programs_and_the_terminal_are_told_the_captures_own_times(bench: Bench):
    first = bench.clock.now
    rechecked(bench, 7)
    bench.web.outlets["post"].pieces[0].status = 410
    rechecked(bench, 20, 7)
    present, absent = utc_text(first + timedelta(hours=7)), utc_text(first + timedelta(hours=34))
    bench.advance(hours=1)
    (item,) = bench.app.queue()
    (finding,) = item.lead.findings
    assert (utc_text(finding.last_present), utc_text(finding.seen_at)) == (present, absent)
    listed = CliRunner().invoke(program, ["--home", str(bench.home), "queue", "list", "--format", "json"]).stdout
    (row,) = json.loads(listed)["items"][0]["articles"][0]["findings"]
    assert (row["kind"], row["last_present"], row["seen_at"]) == ("absent", present, absent)
    stories = as_json(Composer(bench.app).digest_of_day())["sections"]
    (story,) = (story for section in stories.values() for story in section if story["findings"])
    assert [(f["kind"], f["last_present"], f["seen_at"]) for f in story["findings"]] == [("absent", present, absent)]
    shown = CliRunner().invoke(program, ["--home", str(bench.home), "queue", "show", str(item.id)]).stdout
    assert "present on" in shown and "absent on" in shown


def test_the_time_of_a_change_is_that_of_the_capture_that_showed_it(bench: Bench):
    first = bench.clock.now
    bench.web.outlets["post"].pieces[0].text = COURT.replace("journalist Melis Tokoev", "a journalist")
    rechecked(bench, 7)
    (item,) = bench.app.queue()
    finding = next(f for f in item.lead.findings if f.kind is Change.NAME_REMOVED)
    assert (finding.last_present, finding.seen_at) == (first, first + timedelta(hours=7))


@pytest.mark.check
@pytest.mark.parametrize("status", [403, 429, 500, 503])
def test_a_failure_is_no_absence_however_often_it_comes(bench: Bench, status: int):
    bench.web.outlets["post"].pieces[0].status = status
    rechecked(bench, 7, 7, 20, 60, 100)
    (item,) = bench.app.queue()
    assert item.lead.findings == () and item.state is State.OPEN
    assert not ACTS["en"].search(as_text(Composer(bench.app).digest_of_day()))


@pytest.mark.parametrize("status", [200, 404, 410])
def test_a_page_that_demands_a_browser_is_no_absence(bench: Bench, status: int, monkeypatch: pytest.MonkeyPatch):
    served = bench.web.answer
    challenge = (status, "text/html", CHALLENGE)
    monkeypatch.setattr(bench.web, "answer", lambda path: challenge if path.endswith("court") else served(path))
    rechecked(bench, 7, 7, 20)
    (item,) = bench.app.queue()
    assert item.lead.findings == ()


def test_one_absence_is_none_and_an_article_that_came_back_was_present(bench: Bench):
    piece = bench.web.outlets["post"].pieces[0]
    for status in (404, 200, 404, 200):
        piece.status = status
        rechecked(bench, 25)
    (item,) = bench.app.queue()
    assert item.lead.findings == ()


@pytest.mark.parametrize("language", ["ru", "ky"])
def test_no_translation_says_that_an_article_was_taken_away(language: str):
    with (I18N / f"{language}.po").open("rb") as file:
        messages = [message for message in read_po(file) if re.search(r"\b(absent|gone)\b", str(message.id))]
    assert len(messages) > 5
    assert [message.id for message in messages if ACTS[language].search(str(message.string))] == []
