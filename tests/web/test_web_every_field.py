"""Every page opens with every optional field of everything that it shows, in every language and for every role."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from jinja2 import nodes
from sqlalchemy import Column, select, update

import monitor
from kit.app import App
from kit.copies import opened_copy
from kit.desk import account, client
from kit.home import Clock
from kit.store import DAY, HOUR, NOW, archived, backlog, filed, hit, item, mention, stored
from monitor.app.names.withdrawal import take_back, withdrawn_hits
from monitor.config.feeds import FeedForm
from monitor.config.recipients import RecipientForm
from monitor.i18n import LANGUAGES
from monitor.model import (
    PRESS_ID,
    Addition,
    Change,
    Confidence,
    Custody,
    Delivery,
    Field,
    Finding,
    Incident,
    Invitation,
    Mailing,
    OlderArticles,
    Outcome,
    Passage,
    Placement,
    PlacementReason,
    PressAct,
    Reason,
    Rendering,
    Role,
    Rule,
    Run,
    Session,
    Span,
    Token,
    Verdict,
    VictimKind,
    WatchlistChange,
    Window,
)
from monitor.model.watchlist import change_of
from monitor.store import tables as t
from monitor.store.sql import versions
from monitor.web import create_desk
from monitor.web.render import environment
from monitor.web.security import token_hash
from web.doors import ROUTES, address

# ---- a home in which every optional field of what the desk shows has a value somewhere -----------------------------

WATCHLIST = """\
entities:
  - id: melis
    name: Melis Tokoev
    names: {en: Melis Tokoev, ru: Мелис Токоев, ky: Мелис Токоев уулу}
    aliases: [Мелис Токоев, Tokoev]
    handles: ["@melis_t"]
    note: invented
    asked_by: the lawyer, by phone
    urgent: true
    watch_until: 2026-06-30
  - {id: aizada, name: Aizada Nurova, paused_until: 2026-04-01}
  - {id: gone, name: Nurlan Gone}
  - {id: over, name: Zamira Osmonova, watch_until: 2026-02-01}
  - id: kos
    name: Committee for Public Calm
    type: organization
    country: KG
    alert: with-others
    context: {support: [reporter], require: [court], exclude: [chess]}
press: {countries: [KG], acts: [detained], exclude: [chess], urgent: true}
"""
FEEDS = """\
feeds:
  - {url: "https://post.example/rss", outlet: Post, language: en, country: KG, interval: 2h, proxy: "http://93.184.216.34:3128", speaks_for: [post.example.org]}
  - {url: "https://rest.example/rss", paused: true}
"""  # fmt: skip
RECIPIENTS = """\
recipients:
  - to: anna@b.example
    name: Anna
    language: ky
    names: [melis]
    outlets: [Post]
    countries: [KG]
    daily: "08:00"
    at_once: true
    at_once_names: [melis-tokoev]
    quiet: 22:00-07:00
    follow_ups: all
    most_a_day: 3
    report: weekly
    sensitive: true
    show_names: false
  - {to: bek@b.example, weekly: monday 08:00, report: monthly, key: missing.asc}
  - {to: "https://hook.example/in", channel: webhook}
  - {to: dina@b.example, subject: names}
"""
BOTH = "Melis Tokoev wrote to the Committee for Public Calm. The court heard Aizada Nurova. Chess was played. "
BOTH += "Police in Osh detained the editor of a newspaper."


def full_home(folder: Path, tables: Path) -> App:
    """Return the app on a home with every optional field set."""
    for name, text in {"watchlist": WATCHLIST, "feeds": FEEDS, "recipients": RECIPIENTS}.items():
        (folder / f"{name}.yaml").write_text(text, "utf-8")
    app = opened_copy(tables, folder, Clock(NOW))
    app.sync_files()
    for role in Role:
        account(app, role.value, role)
    _fill_queue(app)
    _fill_list(app)
    _fill_service(app)
    return app


def _fill_list(app: App) -> None:
    """Save a name with a reason, take that back, and remove a name with its story."""
    entities = {entity.id: entity for entity in app.watchlist().entities}
    text = "Nurlan Gone was there."
    filed(app.store, hit("Nurlan Gone", "gone", text), text=text)
    removal = WatchlistChange(removed=(entities["gone"],))
    withdrawn = withdrawn_hits(app, removal)
    app.watchlist_file.save(removal, NOW, source="desk", author="admin", withdrawn=withdrawn)
    over = entities["over"]
    change = change_of([(over, replace(over, note="old", urgent=True))])
    counted = OlderArticles.COUNTED
    saved = app.watchlist_file.save(change, NOW, source="desk", author="admin", reason="a call", older=counted)
    take_back(app, app.store.watchlists.version(saved.version), source="desk", author="admin")


def _fill_queue(app: App) -> None:
    """File six items with their articles, changes, decisions, questions and moves."""
    store = app.store
    possible = hit("Melis Tokoev", confidence=Confidence.POSSIBLE, alerts=False)
    named = [hit(name, entity, BOTH) for name, entity in (("Melis Tokoev", "melis"), ("Committee for Public Calm", "kos"), ("Aizada Nurova", "aizada"))]  # fmt: skip
    places = replace(mention("Melis Tokoev", BOTH), other_places=7)
    incident = Incident((PressAct.DETAINED,), VictimKind.PERSON, "editor", "", "Police", "police", "Osh", ("KG",))
    incident_mention = replace(
        mention("the editor of a newspaper", BOTH),
        alias="detained",
        incident=incident,
        why=(incident.in_words(""),),
        custody=Custody.RELEASED,
    )
    press = replace(hit(entity=PRESS_ID), mentions=(incident_mention,), alerts=False)
    full = filed(store, replace(named[0], mentions=(places,)), *named[1:], press, at=NOW - 5 * HOUR, text=BOTH)
    lead = store.reviews.get(full.id).articles[0].id
    copy = stored(store, hit(), at=NOW - 4 * HOUR, outlet="Copycat")
    followed = Placement(full.story, copy_of=lead, score=1.0, reason=PlacementReason(Rule.COPY))
    store.stories.file(copy, followed, full, NOW - 4 * HOUR, expected_version=full.version)
    news = stored(store, hit(), at=NOW - 3 * HOUR, outlet="News")
    brings = Placement(
        full.story,
        None,
        PlacementReason(Rule.ADDS, (1,), "an old reason"),
        own_sentences=(Passage(Field.TEXT, Span(0, 5)),),
    )
    with_copy = store.reviews.get(full.id)
    store.stories.file(news, brings, with_copy, NOW - 3 * HOUR, expected_version=with_copy.version)
    full = store.reviews.get(full.id)
    further_items = [filed(store, possible, at=NOW - n * HOUR, title=f"Title {n}", language="ru") for n in range(1, 7)]
    changes = [
        Finding(kind, "Before it was so.", "After it is so.", "melis", lead, 1, withdrawn_acts=(PressAct.DETAINED,))
        for kind in Change
    ]
    with store.database.writing("a test") as connection:
        versions.add_findings(connection, changes, NOW - HOUR)
        values = {"changed": NOW - HOUR, "outdated": False}
        connection.execute(update(t.story_article).where(t.story_article.c.article == lead).values(values))
        connection.execute(update(t.article).where(t.article.c.id == lead).values(gone=NOW, gone_why="gone (404)"))
    store.additions.add_article(lead, Addition("reviewer", NOW, "a reader sent it"))
    postponed, judged, unsure, first, second, third = (further_item.id for further_item in further_items)
    app.decide(postponed, Verdict.LATER, by="reviewer", until=NOW + DAY)
    app.decide(judged, Verdict.NOT_RELEVANT, by="reviewer", reason=Reason.ANOTHER_PERSON, note="a namesake")
    app.decide(unsure, Verdict.UNSURE, by="operator", entity="melis", note="Is it she?", colleague="reviewer")
    app.write_note(full.id, "two sources", by="reviewer")
    app.decide(full.id, Verdict.RELEVANT, by="reviewer", entity="melis")
    app.merge(first, second, by="reviewer")
    app.undo(by="reviewer")
    app.merge(first, third, by="reviewer")
    with store.database.writing("a test") as connection:
        connection.execute(update(t.story_article).where(t.story_article.c.article == news.id).values(old_rules=True))
    app.decide_many({second: store.reviews.get(second).version}, Verdict.RELEVANT, by="admin")
    app.undo(by="admin")
    reopened = {"reopened": "a new article from Post", "reopened_at": NOW - HOUR, "state": "follow-up"}
    with store.database.writing("a test") as connection:
        connection.execute(update(t.review_item).where(t.review_item.c.id == full.id).values(reopened))
    archived(store, "Nobody is named here.", NOW - HOUR)


def _fill_service(app: App) -> None:
    """Store a run, deliveries, a session, a token, an invitation and an added link."""
    store, now = app.store, NOW
    store.runs.save(
        Run(
            NOW - HOUR,
            NOW,
            due=9,
            fetched=8,
            unchanged=1,
            failed=1,
            entries=5,
            articles=4,
            revisits=3,
            common_surnames=2,
            outcomes={Outcome.QUEUED: 5},
            problems=("the disk is full",),
            outage=True,
        )
    )
    user = store.people.by_name("admin")
    assert user is not None
    closed = account(app, "closed", Role.READER, "ky")
    store.people.save(replace(closed, closed=NOW, shortcuts=False))
    store.people.clear(user.id, cleared=True)
    store.people.begin_session(token_hash("another"), Session(user, now, now, "Firefox on Linux"))
    store.people.give_token(token_hash("secret"), Token(user, "a spreadsheet", now))
    token = store.people.token(token_hash("secret"))
    assert token is not None
    store.people.record_token_use(token, now)
    store.people.invite(token_hash("invited"), Invitation(Role.READER, now + DAY, closed.id, user.id))
    window = Window(now - DAY, now)
    mailing = Mailing(window, now, Rendering("subject", "text", "html"))
    for n, recipient in enumerate(("anna@b.example", "bek@b.example")):
        delivery = Delivery("mail", recipient, f"id-{n}", now, mailing.rendering, n, scope="Post", encrypted=True)
        store.outbox.put(Window(now + n * DAY, now + (n + 1) * DAY), lambda _, d=delivery: (mailing, [d]))
    sent, failed = store.outbox.claim("mail", now + 9 * DAY, now + 10 * DAY)
    store.outbox.mark_sent(sent, now)
    store.outbox.mark_failed(failed, now, "550 no such user", refused=True, due=now + DAY)
    backlog(store, item(1))
    app.archive.add_link("https://far.example/news/1", by="reviewer", note="read this")


# ---- the tests -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, sqlite_with_tables: Path) -> Iterator[App]:
    app = full_home(tmp_path_factory.mktemp("full"), sqlite_with_tables)
    yield app
    app.close()


SHOWN_TABLES = (t.entity, t.watchlist_version, t.hit, t.mention, t.story_article, t.review_item, t.decision, t.regrouping,
                t.finding, t.addition, t.run, t.person, t.session, t.token, t.invitation, t.delivery)  # fmt: skip
# Columns whose value no page depends on, that a value beside them stands for, or that are empty in the open watch.
NOT_SHOWN = {"sensitive", "claim", "claimed_until", "file_hash", "to_look_through", "older_up_to", "version", "copies", "article", "id",
             "number", "outdated"}  # fmt: skip


def is_set(value: object, column: Column[object]) -> bool:
    """Return whether a stored value is neither empty nor the column's default."""
    default = getattr(column.default, "arg", None)
    return value not in (None, "", [], {}, False, 0) and value != default


def test_every_optional_column_of_what_the_desk_shows_has_a_value(app: App):
    empty = set()
    with app.store.database.reading() as connection:
        for table in SHOWN_TABLES:
            optional = [c for c in table.c if (c.nullable or c.default is not None) and c.name not in NOT_SHOWN]
            rows = connection.execute(select(*optional)).mappings().all()
            empty |= {f"{table.name}.{c.name}" for c in optional if not any(is_set(row[c.name], c) for row in rows)}
    assert empty - {"person.shortcuts"} == set()


@pytest.mark.parametrize(("form", "file"), [(RecipientForm, "recipients.yaml"), (FeedForm, "feeds.yaml")])
def test_every_optional_key_of_the_lists_has_a_value(app: App, form: type, file: str):
    text = (app.settings.home / file).read_text("utf-8")
    keys = set(form.model_fields) - {"id"}  # type: ignore[attr-defined]  # a feed's is made from its address
    assert {key for key in keys if f"{key}: " not in text} == set()


def addresses(app: App) -> list[str]:
    """Return every page with every number that it may have, and the views that a query opens."""
    with app.store.database.reading() as connection:
        ids = {
            "items": connection.scalars(select(t.review_item.c.id)).all(),
            "names": connection.scalars(select(t.entity.c.number)).all(),
            "sources": connection.scalars(select(t.feed.c.number)).all(),
            "added": connection.scalars(select(t.addition.c.entry).where(t.addition.c.entry.is_not(None))).all(),
        }
    pages = []
    for method, path in ROUTES:
        if method == "GET":
            numbers = ids.get(path.split("/")[1], []) if "{number}" in path else [1]
            pages += [address(path.replace("{number}", str(n))) for n in numbers]
    views = ["/queue?show=asked", "/queue?show=later", "/queue?show=decided&filters=1&latin=1", "/items/1?same=1&latin=1",
             "/names?by=warnings&said=undone&withdrawn=2", "/names/1?said=saved", "/runs?said=saved", "/items/1?said=1"]  # fmt: skip
    return pages + views


# Who sees the most in each language, and who sees the least in one: what a role sees does not depend on its language.
READERS = [(Role.ADMIN, language) for language in LANGUAGES] + [(Role.READER, "en")]


@pytest.mark.check
@pytest.mark.parametrize(("role", "language"), READERS)
def test_every_page_opens_with_every_optional_field_in_every_language(app: App, role: Role, language: str):
    user = app.store.people.by_name(role.value)
    assert user is not None
    browser = client(create_desk(app), user)
    browser.post("/account", {"language": language, "shortcuts": "on"})
    assert {page: status for page in addresses(app) if (status := browser.get(page).status_code) >= 500} == {}


def translated_and_formatted(source: str) -> list[int]:
    """Return the lines of a template that format a text after it was translated.

    Jinja's new-style `gettext` formats at once: a placeholder without a value in the same call is a KeyError, and a
    translated text is Markup, which formats by other rules than a string.
    """
    tree = environment("en").parse(source)
    filters = [node.lineno for node in tree.find_all(nodes.Filter) if node.name == "format"]
    methods = [
        node.lineno
        for node in tree.find_all(nodes.Call)
        if isinstance(node.node, nodes.Getattr) and node.node.attr == "format"
    ]
    operators = [
        node.lineno
        for node in tree.find_all(nodes.Mod)
        if any(getattr(call.node, "name", "") in {"_", "gettext", "ngettext"} for call in node.find_all(nodes.Call))
    ]
    return sorted(filters + methods + operators)


@pytest.mark.check
def test_no_template_formats_a_translated_text():
    templates = [file for file in Path(monitor.__file__).parent.rglob("templates/*") if file.is_file()]
    assert len(templates) > 30
    assert {f.name: lines for f in templates if (lines := translated_and_formatted(f.read_text("utf-8")))} == {}
    for wrong in ('{{ _("until %(day)s") | format(day=1) }}', '{{ _("%s") % day }}', '{{ (_("{}")).format(day) }}'):
        assert translated_and_formatted(wrong) == [1], wrong
    for right in ('{{ _("until %(day)s", day=1) }}', "{{ '/items/%d' % item }}", "{{ loop.index % 2 }}"):
        assert translated_and_formatted(right) == [], right
