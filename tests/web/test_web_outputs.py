"""Outputs for other programs: Atom, JSON, CSV."""

from __future__ import annotations

import re
from base64 import b64encode
from datetime import timedelta
from io import BytesIO

import feedparser
import pytest
from lxml import etree, html

from kit.app import App
from kit.copies import app
from kit.desk import Browser, account, client
from kit.store import HOUR, NOW, filed, hit, stored, watch
from monitor.model import (
    Act,
    Delivery,
    Entity,
    Mailing,
    Placement,
    Rendering,
    Role,
    Token,
    Verdict,
    Window,
)
from monitor.web import create_desk
from monitor.web.security import token_hash
from web.outputs import BOTH, filled

__all__ = ["app", "filled"]
ATOM = "{http://www.w3.org/2005/Atom}"


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
    everything, filtered = feed(app), feed(app, "?show=possible&name=1", Role.REVIEWER)
    assert [entry.id for entry in filtered.entries] == [everything.entries[2].id]
    assert everything.feed.id == "tag:localhost,2026:queue"
    assert filtered.feed.id == "tag:localhost,2026:queue?show=possible&name=1"
    assert filtered.feed.links[0].href == "http://localhost/queue.atom?show=possible&name=1"
    program, sent = reader(app, language="ru")
    for form in ("csv", "json"):
        session = client(create_desk(app), app.store.people.by_name("reader ru"))
        export_path = f"/queue.{form}?show=possible"
        assert program.get(export_path, headers=sent).text == session.get(export_path).text


def test_an_entry_keeps_its_id_and_moves_its_time_when_the_item_changes(app: App):
    program, sent = reader(app)

    def entry_times() -> tuple[str, str, str]:
        read = feedparser.parse(BytesIO(program.get("/queue.atom?outlet=Herald", headers=sent).content))
        (entry,) = read.entries
        assert read.feed.updated == entry.updated
        return entry.id, entry.updated, entry.published

    before = entry_times()
    assert before[1] == before[2] == "2026-03-02T05:00:00Z"
    app.clock.now = NOW + HOUR  # type: ignore[attr-defined]
    assert entry_times() == before  # time alone changes nothing
    app.decide(2, Verdict.UNSURE, by="Aida", note="who knows her?")
    decided = entry_times()
    assert (decided[0], decided[1], decided[2]) == (before[0], "2026-03-02T09:00:00Z", before[2])
    joins = stored(app.store, hit(text=BOTH), at=NOW + 2 * HOUR, text=BOTH, outlet="Copycat")
    now = app.item(2)
    app.store.stories.file(joins, Placement(now.story), now, NOW + 2 * HOUR, expected_version=now.version)
    assert entry_times() == (before[0], "2026-03-02T10:00:00Z", before[2])


def test_an_unchanged_feed_is_answered_with_304(app: App):
    program, sent = reader(app)
    first = program.get("/queue.atom", headers=sent)
    tag = first.headers["etag"]
    app.clock.now = NOW + HOUR  # type: ignore[attr-defined]
    for etag in (tag, f"W/{tag}", f'"other", {tag}'):
        second_answer = program.get("/queue.atom", headers={**sent, "if-none-match": etag})
        assert (second_answer.status_code, second_answer.content, second_answer.headers["etag"]) == (304, b"", tag)
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


EVIL = (
    "<script>alert(1)</script>", "</title><script>alert(1)</script>", "]]><script>alert(1)</script>", "&lt;img src=x onerror=alert(1)&gt;",
    "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>&e;", "<?xml-stylesheet href='//evil.example/x.xsl'?>", "a\x08b\x1f\ufffe\u202ec",
)  # fmt: skip


@pytest.mark.parametrize("evil", EVIL)
def test_what_strangers_write_stays_text_in_the_feed(app: App, evil: str):
    text = f"Melis Tokoev {evil} and others."
    named = Entity("evil", f"Evil {evil}")
    watch(app.store, named)
    hits = (hit(text=text), hit("Melis Tokoev", "evil", text))
    filed(app.store, *hits, text=text, title=evil, outlet=evil, url="javascript:alert(1)", language=evil)
    read = feed(app)
    entry = read.entries[0]
    shown = re.sub("[\x08\x1f\ufffe\u202e]", "", evil)
    assert entry.title == shown and entry.title_detail.type == "text/plain"
    assert entry.author == shown and f"Evil {shown}: clear" in entry.summary and shown in entry.summary.split("\n")[-1]
    assert [link.rel for link in entry.links] == ["alternate"]  # no way to a script


def test_a_feed_of_many_goes_on_at_the_next_page(app: App, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("monitor.web.routes.queue.EXPORT_PAGE_SIZE", 2)
    first, second = feed(app), feed(app, "?page=2", Role.REVIEWER)
    (next_page,) = [link.href for link in first.feed.links if link.rel == "next"]
    assert next_page == "http://localhost/queue.atom?page=2" and second.feed.id == first.feed.id
    assert [len(read.entries) for read in (first, second)] == [2, 1]


@pytest.mark.parametrize(
    ("language", "warning"), [("en", "Not set up yet"), ("ru", "Ещё не настроено"), ("ky", "Азырынча жөндөлгөн эмес")]
)
def test_a_channel_that_is_not_set_up_is_told_once_and_sends_no_test(app: App, language: str, warning: str):
    path = app.settings.home / "recipients.yaml"
    path.write_text(
        "recipients:\n  - to: anna@b.example\n  - to: https://hook.example/x\n    channel: webhook\n", "utf-8"
    )
    page = client(create_desk(app), account(app, "Root", Role.ADMIN, language)).get("/recipients").text
    (banner,) = html.fromstring(page).xpath("//*[@role='alert']")
    assert len(banner.findall("h2")) == 2  # mail, and webhooks
    lines = html.fromstring(page).xpath("//ul[contains(@class, 'sentences')]/li")
    assert [line.xpath(".//form[@action='/recipients/test']") for line in lines] == [[], []]
    assert [line.get("class") for line in lines] == ["warn", "warn"]
    assert not [line for line in lines if warning in line.text_content()]  # it is told above, once
    assert [line.xpath("string(.//*[@class='to-whom']/a/@href)") for line in lines] == [
        "/recipients/0",
        "/recipients/1",
    ]


@pytest.mark.parametrize(
    ("minutes", "late"), [(-30, ""), (59, ""), (61, "(61 minutes late)"), (768, "(13 hours late)")]
)
def test_a_digest_that_left_over_an_hour_late_says_by_how_much(app: App, minutes: int, late: str):
    (app.settings.home / "recipients.yaml").write_text(
        "recipients:\n  - {to: anna@b.example, name: Anna, daily: '8:00'}\n", "utf-8"
    )
    sent = NOW.astimezone(app.settings.timezone).replace(hour=8, minute=0) + timedelta(minutes=minutes)
    window = Window(sent - timedelta(days=1), sent)
    delivery = Delivery("mail", "Anna@b.example", "<1@b.example>", sent, Rendering("s", "t", "h"))
    assert app.store.outbox.put(window, lambda _: (Mailing(window, sent, delivery.rendering), [delivery]), "a")
    app.store.outbox.mark_sent(delivery, sent)
    page = html.fromstring(client(create_desk(app), account(app, "Root", Role.ADMIN)).get("/recipients").text)
    messages = " ".join(page.find_class("messages")[0].text_content().split())
    assert "Annadigest" in messages and "@" not in messages
    assert (late in messages) and ("late" in messages) == bool(late)
