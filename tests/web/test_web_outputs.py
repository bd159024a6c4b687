"""The Atom feed of the queue, statistics, the volumes of sources, and digests on the desk."""

from __future__ import annotations

import re
import shutil
from base64 import b64encode
from collections.abc import Iterator
from datetime import date, datetime
from html import unescape
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

import feedparser
import pytest
from lxml import etree, html

from kit.desk import Browser, account, client
from kit.store import DAY, HOUR, KOS, MELIS, MINUTE, NOW, backlog, filed, hit, item, stored, watch
from monitor.app import App
from monitor.config import Settings
from monitor.digest.layout import lay_out
from monitor.fetch import responses
from monitor.i18n.troubles import trouble_message
from monitor.model import (
    Act,
    Confidence,
    DecisionSummary,
    Entity,
    Feed,
    FeedStatus,
    Placement,
    Reason,
    Role,
    Run,
    Token,
    TroubleKind,
    Verdict,
)
from monitor.pipeline.context import LinePolicy
from monitor.pipeline.feed_visit import Poll
from monitor.store import open_store
from monitor.web import create_desk
from monitor.web.routes.statistics import count_by_day, decision_times, precision_by_entity
from monitor.web.security import token_hash

ATOM = "{http://www.w3.org/2005/Atom}"
SECRET = Entity("secret", "Aizada Hidden", sensitive=True)
RUSSIAN = "Суд продлил арест. Мелис Токоев остаётся под стражей."
BOTH = "Melis Tokoev wrote of Aizada Hidden."


class Time:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, sqlite_with_tables: Path) -> Path:
    """Return items 1 to 3, the last the newest: strong, strong with a sensitive name, sensitive only; 4 is possible."""
    file = Path(shutil.copy(sqlite_with_tables, tmp_path_factory.mktemp("outputs") / "monitor.db"))
    app = opened(file)
    watch(app.store, MELIS, KOS, SECRET)
    filed(app.store, hit("Мелис Токоев", text=RUSSIAN), at=NOW - 4 * HOUR, text=RUSSIAN, title="Арест", language="ru")
    secret = hit("Aizada Hidden", "secret", BOTH)
    filed(
        app.store, hit(text=BOTH), secret, at=NOW - 3 * HOUR, text=BOTH, title="A reporter on another", outlet="Herald"
    )
    alone = "Aizada Hidden was seen."
    filed(app.store, hit("Aizada Hidden", "secret", alone), at=NOW - 2 * HOUR, text=alone, title="Seen")
    filed(app.store, hit(confidence=Confidence.POSSIBLE, alerts=False), at=NOW - HOUR, title="Chess")
    app.close()
    return file


@pytest.fixture
def app(tmp_path: Path, filled: Path) -> Iterator[App]:
    app = opened(Path(shutil.copy(filled, tmp_path)))
    yield app
    app.close()


def opened(file: Path) -> App:
    url = f"sqlite:///{file}"
    return App(Settings(home=file.parent, database_url=url), open_store(url), Time())


def reader(app: App, role: Role = Role.READER, language: str = "en") -> tuple[Browser, dict[str, str]]:
    """Return a client without cookies, and the headers with the token of a user in this role."""
    person = account(app, f"{role} {language}", role, language)
    app.store.people.give_token(token_hash(f"secret {person.id}"), Token(person, "", NOW))
    sent = b64encode(f"x:secret {person.id}".encode()).decode()
    return client(create_desk(app)), {"authorization": f"Basic {sent}"}


def feed(app: App, query: str = "", role: Role = Role.READER, language: str = "en") -> feedparser.FeedParserDict:
    program, sent = reader(app, role, language)
    answer = program.get(f"/queue.atom{query}", headers=sent)
    assert answer.status_code == 200 and answer.headers["content-type"] == "application/atom+xml"
    conforms(answer.content)
    read = feedparser.parse(BytesIO(answer.content), sanitize_html=False, resolve_relative_uris=False)
    assert not read.bozo and read.version == "atom10"
    return read


# ---- RFC 4287 -------------------------------------------------------------------------------------------------------

ONE = {"feed": ("id", "title", "updated"), "entry": ("id", "title", "updated"), "author": ("name",)}
ANY = {"feed": ("author", "category", "contributor", "link", "entry"), "author": ("uri", "email"),
       "entry": ("author", "category", "contributor", "link", "content", "published", "rights", "source", "summary")}  # fmt: skip
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
IRI = re.compile(r"[a-z][a-z0-9+.-]*:[^\s<>\"{}|\\^`]+")
TAG = re.compile(r"tag:[a-z0-9.-]+,\d{4}(-\d\d(-\d\d)?)?:[\w\-.~:@!$&'()*+,;=/?%]+")  # RFC 4151


def conforms(body: bytes) -> None:
    """Assert that a document follows RFC 4287 in the elements that we write."""
    root = etree.fromstring(body)
    assert root.tag == f"{ATOM}feed" and body.startswith(b"<?xml version='1.0' encoding='utf-8'?>")
    for element in root.iter():
        assert element.tag.startswith(ATOM), element.tag
        name = element.tag.removeprefix(ATOM)
        inside = [child.tag.removeprefix(ATOM) for child in element]
        if name in ONE:
            assert all(inside.count(one) == 1 for one in ONE[name]), (name, inside)
            assert set(inside) <= {*ONE[name], *ANY[name]}, (name, inside)
            assert not (element.text or "").strip()
        else:
            assert not inside, name
        if name in {"updated", "published"}:
            assert INSTANT.fullmatch(element.text), element.text
        elif name == "id":
            assert TAG.fullmatch(element.text), element.text
        elif name == "link":
            assert IRI.fullmatch(element.get("href")), element.get("href")
        elif name == "category":
            assert element.get("term") and not element.text
        elif name in {"title", "summary"}:
            assert element.get("type", "text") == "text"
    ids = [entry.findtext(f"{ATOM}id") for entry in root.iter(f"{ATOM}entry")]
    assert len(ids) == len(set(ids))
    for holder in (root, *root.iter(f"{ATOM}entry")):
        links = [(link.get("rel"), link.get("type")) for link in holder.findall(f"{ATOM}link")]
        assert links.count(("alternate", "text/html")) == 1
        assert holder.find(f"{ATOM}author") is not None
    assert [link.get("rel") for link in root.findall(f"{ATOM}link")].count("self") == 1


@pytest.mark.parametrize("language", ["en", "ru", "ky"])
def test_the_feed_is_what_the_queue_shows(app: App, language: str):
    read = feed(app, language=language)
    assert [entry.title for entry in read.entries] == ["A reporter on another", "Арест", "Chess"]
    assert (read.feed.language, read.entries[1].title_detail.language) == (language, "ru")
    first, second, possible = read.entries
    assert first.link == "http://localhost/items/2" and first.author == "Herald"
    assert [link.rel for link in first.links] == ["alternate", "via"] and first.links[1].href.startswith("https://post")
    clear, maybe, new = {"en": ("clear", "possible", "New"), "ru": ("уверенно", "под вопросом", "Новые"), "ky": ("анык", "такталбаган", "Жаңылар")}[language]  # fmt: skip
    assert second.summary.split("\n") == [f"Melis Tokoev: {clear}", "Post", "Мелис Токоев остаётся под стражей."]
    assert possible.summary.startswith(f"Melis Tokoev: {maybe}")
    assert [(tag.term, tag.label) for tag in second.tags] == [("new", new), ("name-1", "Melis Tokoev")]


def test_filters_make_another_feed_with_the_same_entries(app: App):
    everything, some = feed(app), feed(app, "?show=possible&name=1", Role.REVIEWER)
    assert [entry.id for entry in some.entries] == [everything.entries[2].id]
    assert everything.feed.id == "tag:localhost,2026:queue"
    assert some.feed.id == "tag:localhost,2026:queue?show=possible&name=1"
    assert some.feed.links[0].href == "http://localhost/queue.atom?show=possible&name=1"
    program, sent = reader(app, language="ru")
    for form in ("csv", "json"):
        session = client(create_desk(app), app.store.people.by_name("reader ru"))
        asked = f"/queue.{form}?show=possible"
        assert program.get(asked, headers=sent).text == session.get(asked).text


def test_an_entry_keeps_its_id_and_moves_its_time_when_the_item_changes(app: App):
    program, sent = reader(app)

    def seen() -> tuple[str, str, str]:
        read = feedparser.parse(BytesIO(program.get("/queue.atom?outlet=Herald", headers=sent).content))
        (entry,) = read.entries
        assert read.feed.updated == entry.updated
        return entry.id, entry.updated, entry.published

    before = seen()
    assert before[1] == before[2] == "2026-03-02T05:00:00Z"
    app.clock.now = NOW + HOUR  # type: ignore[attr-defined]
    assert seen() == before  # time alone changes nothing
    app.decide(2, Verdict.UNSURE, by="Aida", note="who knows her?")
    decided = seen()
    assert (decided[0], decided[1], decided[2]) == (before[0], "2026-03-02T09:00:00Z", before[2])
    joins = stored(app.store, hit(text=BOTH), at=NOW + 2 * HOUR, text=BOTH, outlet="Copycat")
    now = app.item(2)
    app.store.stories.file(joins, Placement(now.story), now, NOW + 2 * HOUR, expected_version=now.version)
    assert seen() == (before[0], "2026-03-02T10:00:00Z", before[2])


def test_an_unchanged_feed_is_answered_with_304(app: App):
    program, sent = reader(app)
    first = program.get("/queue.atom", headers=sent)
    tag = first.headers["etag"]
    app.clock.now = NOW + HOUR  # type: ignore[attr-defined]
    for known in (tag, f"W/{tag}", f'"other", {tag}'):
        again = program.get("/queue.atom", headers={**sent, "if-none-match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    exported = [line for line in app.store.people.audit(9) if line.act is Act.EXPORTED]
    assert len(exported) == 1  # of what was given out
    app.decide(2, Verdict.RELEVANT, by="Aida")
    changed = program.get("/queue.atom", headers={**sent, "if-none-match": tag})
    assert changed.status_code == 200 and changed.headers["etag"] != tag


def test_an_empty_feed_is_a_feed_and_the_same_each_time(app: App):
    read = feed(app, "?show=follow-up")
    assert read.entries == [] and read.feed.updated == "2026-03-02T08:00:00Z"
    program, sent = reader(app, language="ky")
    tags = []
    for hours in range(2):
        app.clock.now = NOW + hours * HOUR  # type: ignore[attr-defined]
        tags.append(program.get("/queue.atom?show=follow-up", headers=sent).headers["etag"])
    assert tags[0] == tags[1]


def test_only_an_administrators_feed_names_what_is_sensitive(app: App):
    hers = feed(app, role=Role.REVIEWER)
    assert not any("Aizada Hidden:" in entry.summary or "Hidden" in str(entry.tags) for entry in hers.entries)
    assert feed(app, role=Role.ADMIN).entries[0].title == "Seen"
    assert "Seen" not in [entry.title for entry in hers.entries]
    program, sent = reader(app, Role.REVIEWER, "ru")
    for form in ("csv", "json"):
        assert not re.search("secret|Aizada Hidden;|; Aizada Hidden", program.get(f"/queue.{form}", headers=sent).text)


EVIL = (
    "<script>alert(1)</script>", "</title><script>alert(1)</script>", "]]><script>alert(1)</script>", "&lt;img src=x onerror=alert(1)&gt;",
    "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>&e;", "<?xml-stylesheet href='//evil.example/x.xsl'?>", "a\x08b\x1f\ufffe\u202ec",
)  # fmt: skip


@pytest.mark.parametrize("evil", EVIL)
def test_what_strangers_write_stays_text_in_the_feed(app: App, evil: str):
    text = f"Melis Tokoev {evil} and others."
    named = Entity("evil", f"Evil {evil}")
    watch(app.store, named)
    found = (hit(text=text), hit("Melis Tokoev", "evil", text))
    filed(app.store, *found, text=text, title=evil, outlet=evil, url="javascript:alert(1)", language=evil)
    read = feed(app)
    entry = read.entries[0]
    shown = re.sub("[\x08\x1f\ufffe\u202e]", "", evil)
    assert entry.title == shown and entry.title_detail.type == "text/plain"
    assert entry.author == shown and f"Evil {shown}: clear" in entry.summary and shown in entry.summary.split("\n")[-1]
    assert [link.rel for link in entry.links] == ["alternate"]  # no way to a script


def test_a_feed_of_many_goes_on_at_the_next_page(app: App, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("monitor.web.routes.queue.EXPORT_PAGE_SIZE", 2)
    first, second = feed(app), feed(app, "?page=2", Role.REVIEWER)
    (more,) = [link.href for link in first.feed.links if link.rel == "next"]
    assert more == "http://localhost/queue.atom?page=2" and second.feed.id == first.feed.id
    assert [len(read.entries) for read in (first, second)] == [2, 1]


# ---- statistics -----------------------------------------------------------------------------------------------------

BISHKEK = ZoneInfo("Asia/Bishkek")


def said(
    item: int, at: datetime, verdict: Verdict = Verdict.RELEVANT, by: str = "Aida", **more: object
) -> DecisionSummary:
    return DecisionSummary(item, at, by, verdict, judged=(1,))._replace(**more)


def test_days_are_counted_in_the_desks_time_zone():
    late = datetime(2026, 3, 1, 18, 15, tzinfo=NOW.tzinfo)  # a quarter past midnight in Bishkek
    days = count_by_day({late: 3, late - HOUR: 2}, [said(1, late)], [], date(2026, 2, 28), date(2026, 3, 2), BISHKEK)
    assert [(day.day.day, day.items, day.decisions) for day in days] == [(28, 0, 0), (1, 2, 0), (2, 3, 1)]


@pytest.mark.parametrize(
    ("decisions", "seconds"),
    [
        ([], []),
        ([said(1, NOW)], []),  # when it was begun nobody knows
        ([said(1, NOW), said(2, NOW + MINUTE), said(3, NOW + 3 * MINUTE)], [60, 120]),
        ([said(1, NOW), said(2, NOW + 11 * MINUTE), said(3, NOW + 12 * MINUTE)], [60]),  # a break
        ([said(1, NOW), said(2, NOW + MINUTE, by="Bakyt"), said(3, NOW + 2 * MINUTE)], [120]),  # each for themselves
        ([said(1, NOW), said(2, NOW + MINUTE), said(2, NOW + 2 * MINUTE)], [120]),  # two names of one item
        ([said(1, NOW), *(said(n, NOW + MINUTE, batch="b") for n in (2, 3)), said(4, NOW + 2 * MINUTE)], [60]),
    ],
)
def test_the_time_for_an_item_counts_from_the_decision_before_it(
    decisions: list[DecisionSummary], seconds: list[float]
):
    assert [took for _, took in decision_times(decisions)] == seconds


def test_the_last_word_on_a_name_in_an_item_counts():
    another = {"verdict": Verdict.NOT_RELEVANT, "reason": Reason.ANOTHER_PERSON}
    about = {"verdict": Verdict.NOT_RELEVANT, "reason": Reason.NOT_ABOUT}
    taken_back = said(6, NOW), said(6, NOW, Verdict.UNSURE)
    right = precision_by_entity(
        [said(1, NOW), said(1, NOW)._replace(**another), said(2, NOW), said(3, NOW, Verdict.UNSURE), *taken_back,
         said(4, NOW)._replace(**about), said(5, NOW, judged=(1, 2))]
    )  # fmt: skip
    assert {entity: (p.right, p.wrong) for entity, p in right.items()} == {1: (3, 1), 2: (1, 0)}


def numbers(app: App, role: Role) -> list[list[str]]:
    """Return the rows of all tables of the page."""
    known = app.store.people.by_name(role.value)
    page = client(create_desk(app), known or account(app, role.value, role)).get("/statistics")
    assert page.status_code == 200
    rows = html.fromstring(page.text).xpath("//tbody/tr")
    return [[" ".join(cell.text_content().split()) for cell in row.xpath("th|td")] for row in rows]


def test_statistics_count_items_and_decisions_by_day_and_say_how_often_names_were_right(app: App):
    for number, (verdict, reason) in enumerate(
        ((Verdict.RELEVANT, None), (Verdict.NOT_RELEVANT, Reason.ANOTHER_PERSON)), 1
    ):
        app.clock.now = NOW + number * MINUTE  # type: ignore[attr-defined]
        app.seen_by(Role.REVIEWER).decide(number, verdict, by="Aida", reason=reason)
    app.decide(4, Verdict.RELEVANT, by="Aida")
    app.undo(by="Aida")
    days, names = (rows := numbers(app, Role.READER))[:30], rows[30:]
    assert days[0] == ["2 Mar", "3", "2", "60 seconds"] and days[1] == ["1 Mar", "0", "0", "–"]
    assert names == [["Melis Tokoev", "1 of 2", "50% (9% – 91%)", ""]]


def test_only_administrators_see_sensitive_names_in_statistics(app: App):
    before = numbers(app, Role.REVIEWER)
    app.decide(3, Verdict.RELEVANT, by="Root")  # of the secret alone
    app.clock.now = NOW + MINUTE  # type: ignore[attr-defined]
    app.decide(2, Verdict.NOT_RELEVANT, by="Root", entity="secret", reason=Reason.ANOTHER_PERSON)
    app.clock.now += MINUTE  # type: ignore[attr-defined]
    app.decide(3, Verdict.UNSURE, by="Root")
    assert numbers(app, Role.REVIEWER) == before and before[0][1:] == ["3", "0", "–"]
    rows = numbers(app, Role.ADMIN)
    assert rows[0][1:] == ["4", "3", "60 seconds"] and rows[30][:2] == ["Aizada Hidden", "1 of 2"]
    assert "Aizada" not in client(create_desk(app), app.store.people.by_name("reviewer")).get("/statistics").text


def test_statistics_of_an_empty_desk_say_so(tmp_path: Path, sqlite_with_tables: Path):
    settings = Settings(home=tmp_path, database_url=f"sqlite:///{shutil.copy(sqlite_with_tables, tmp_path / 'm.db')}")
    app = App(settings, open_store(settings.database_url), Time())
    page = client(create_desk(app), account(app, "Aida", Role.READER)).get("/statistics").text
    app.close()
    assert "Nothing was decided yet" in page and "0 items came" in page and "NaN" not in page


# ---- sources and past digests ---------------------------------------------------------------------------------------


def test_a_source_shows_how_much_it_brings_against_what_is_usual(app: App):
    for n in range(12):  # two a day, and then one
        backlog(app.store, *(item(100 + 2 * n + k) for k in range(2 if n else 1)), now=NOW - n * DAY)
    backlog(app.store, item(200), name="fresh", now=NOW - HOUR)
    admin = client(create_desk(app), account(app, "Aida", Role.ADMIN))
    page = html.fromstring(admin.get("/sources").text)
    post, fresh = (page.xpath(f"//tr[.//bdi='{name}']")[0] for name in ("Post", "Fresh"))
    said = " ".join(post.text_content().split())
    assert "in 24 hours · usually 2" in said and len(post.xpath(".//svg/path")) == 2
    assert "24 hours" not in fresh.text_content() and not fresh.xpath(".//svg")  # what it had says nothing of a day


def test_a_source_in_trouble_says_why_and_what_to_do_in_the_readers_language(app: App):
    """The state comes from a server's response, through the database."""
    app.store.feeds.sync_list([Feed("slow", "https://slow.example/rss", "Slow")], NOW)
    state = next(state for state in app.feeds() if state.feed.id == "slow")
    refusal = responses.status_error(403, {}, NOW)
    app.store.feeds.save_visit(Poll(state, LinePolicy(), NOW).failure(FeedStatus.REFUSED, refusal.detail))
    for language, said, todo in (
        ("en", "the server refuses to show this (403).", "This alone does not show that it is blocked in the country."),
        (
            "ru",
            "сервер отказывается это показать (403).",
            "Само по себе это не значит, что сайт заблокирован в стране.",
        ),
        (
            "ky",
            "сервер муну көрсөтүүдөн баш тартат (403).",
            "«Булактар» баракчасында же feeds.yaml файлында коюлган прокси башка жактан жетиши мүмкүн.",
        ),
    ):
        page = html.fromstring(
            client(create_desk(app), account(app, language, Role.READER, language)).get("/sources").text
        )
        words = " ".join(page.xpath("string(//tr[.//bdi='Slow']/td)").split())
        assert said in words and todo in words
        assert not page.xpath("//tr[.//bdi='Slow']//*[@lang]")


def test_an_earlier_digest_is_a_day_away(app: App):
    browser = client(create_desk(app), account(app, "Aida", Role.READER))
    assert 'name="day"' in browser.get("/digest").text
    assert browser.get("/digest?day=2026-02-01").headers["location"] == "/digest/2026-02-01"
    assert browser.get("/digest?day=//evil.example").headers["location"] == "/digest///evil.example"
    assert browser.get("/digest/2026-02-01").status_code == 200
    assert browser.get("/digest?day=x", headers={"x": "y"}).status_code == 303


# ---- the digest and the runs -------------------------------------------------------------------------------------------


BROKEN = "/srv/monitor/config/watchlist.yaml:7:5: Aizada Hidden stands twice; keep one"


@pytest.mark.parametrize(
    ("language", "role", "lasting", "over"),
    [
        ("en", Role.READER, "watchlist.yaml cannot be read", "watchlist.yaml could not be read"),
        ("ru", Role.REVIEWER, "watchlist.yaml не читается", "watchlist.yaml не читался"),
        ("ky", Role.READER, "watchlist.yaml окулбай жатат", "watchlist.yaml окулган жок"),
    ],
)
def test_readers_see_a_broken_list_without_its_path_or_contents(
    app: App, language: str, role: Role, lasting: str, over: str
):
    app.store.runs.save(
        Run(NOW - HOUR, ended=NOW - HOUR, fetched=1, problems=(trouble_message(TroubleKind.WATCHLIST, BROKEN),))
    )
    desk = create_desk(app)
    browser, admin = client(desk, account(app, "Aida", role, language)), client(desk, account(app, "Root", Role.ADMIN))
    for page in ("/digest", "/runs"):
        told = browser.get(page).text
        assert "/srv" not in told and "stands twice" not in told and ":7:5" not in told
    assert lasting in browser.get("/digest").text and over in browser.get("/runs").text
    assert BROKEN.replace("'", "&#39;") in admin.get("/runs").text
    app.store.runs.save(Run(NOW - HOUR / 2, ended=NOW - HOUR / 2, fetched=1))
    told = browser.get("/digest").text
    assert lasting not in told and over in told


def test_a_readers_digest_of_a_past_day_has_no_queue_size(app: App):
    browser = client(create_desk(app), account(app, "Aida", Role.READER))
    assert "Waiting for you: 3" in browser.get("/digest").text
    past = browser.get(f"/digest/{(NOW - 2 * DAY).date()}").text
    assert "Waiting for you" not in past and "waits for you" not in past


def test_without_the_role_the_desks_digest_equals_the_mail(app: App):
    desk = create_desk(app)
    reader, admin = (
        client(desk, account(app, name, role)) for name, role in (("Aida", Role.READER), ("Root", Role.ADMIN))
    )
    for browser, made in ((reader, app.digest()), (admin, app.digest(sensitive=True))):
        page = lay_out(made)
        shown = unescape(browser.get("/digest").text)
        assert all(paragraph in shown for paragraph in page.opening)
        assert [card.headline for section in page.sections for card in section.cards] == re.findall(
            r'<h3><a href="/items/\d+"><span[^>]*>([^<]*)', shown
        )
