"""A home in which every optional field of what the desk shows has a value somewhere."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from sqlalchemy import update

from kit.copies import opened_copy
from kit.desk import account
from kit.home import Clock
from kit.store import DAY, HOUR, NOW, archived, backlog, filed, hit, item, mention, stored
from monitor.app import App
from monitor.app.names.withdrawal import take_back, withdrawn_hits
from monitor.model import (
    Addition,
    Change,
    Confidence,
    Delivery,
    Field,
    Finding,
    Invitation,
    Mailing,
    OlderArticles,
    Outcome,
    Passage,
    Placement,
    PlacementReason,
    Reason,
    Rendering,
    Role,
    Rule,
    Run,
    Session,
    Span,
    Token,
    Verdict,
    WatchlistChange,
    Window,
)
from monitor.model.watchlist import change_of
from monitor.store import tables as t
from monitor.store.sql import versions
from monitor.web.security import token_hash

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
  - {id: aizada, name: Aizada Hidden, sensitive: true, paused_until: 2026-04-01}
  - {id: gone, name: Nurlan Gone}
  - {id: over, name: Zamira Osmonova, watch_until: 2026-02-01}
  - id: kos
    name: Committee for Public Calm
    type: organization
    country: KG
    alert: with-others
    context: {support: [reporter], require: [court], exclude: [chess]}
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
    quiet: 22:00-07:00
    follow_ups: all
    most_a_day: 3
    report: weekly
    sensitive: true
    show_names: false
  - {to: bek@b.example, weekly: monday 08:00, report: monthly, key: missing.asc}
  - {to: "https://hook.example/in", channel: webhook}
"""
BOTH = "Melis Tokoev wrote to the Committee for Public Calm. The court heard Aizada Hidden. Chess was played."


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
    named = [hit(name, entity, BOTH) for name, entity in (("Melis Tokoev", "melis"), ("Committee for Public Calm", "kos"), ("Aizada Hidden", "aizada"))]  # fmt: skip
    places = replace(mention("Melis Tokoev", BOTH), other_places=7)
    full = filed(store, replace(named[0], mentions=(places,)), *named[1:], at=NOW - 5 * HOUR, text=BOTH)
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
    others = [filed(store, possible, at=NOW - n * HOUR, title=f"Title {n}", language="ru") for n in range(1, 7)]
    changes = [
        Finding(kind, "Before it was so.", "After it is so.", "melis", article=lead, version=1) for kind in Change
    ]
    with store.database.writing("a test") as connection:
        versions.add_findings(connection, changes, NOW - HOUR)
        values = {"changed": NOW - HOUR, "outdated": False}
        connection.execute(update(t.story_article).where(t.story_article.c.article == lead).values(values))
        connection.execute(update(t.article).where(t.article.c.id == lead).values(gone=NOW, gone_why="gone (404)"))
    store.additions.add_article(lead, Addition("reviewer", NOW, "a reader sent it"))
    later, judged, asked, first, second, third = (other.id for other in others)
    app.decide(later, Verdict.LATER, by="reviewer", until=NOW + DAY)
    app.decide(judged, Verdict.NOT_RELEVANT, by="reviewer", reason=Reason.ANOTHER_PERSON, note="a namesake")
    app.decide(asked, Verdict.UNSURE, by="operator", entity="melis", note="Is it she?", colleague="reviewer")
    app.write_note(full.id, "two sources", by="reviewer")
    app.decide(full.id, Verdict.RELEVANT, by="reviewer", entity="melis")
    app.merge(first, second, by="reviewer")
    app.undo(by="reviewer")
    app.merge(first, third, by="reviewer")
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
    store.people.begin_session(token_hash("another"), Session(user, now, now, "Firefox on Linux"))
    store.people.give_token(token_hash("secret"), Token(user, "a spreadsheet", now))
    token = store.people.token(token_hash("secret"))
    assert token is not None
    store.people.record_token_use(token, now)
    store.people.invite(token_hash("invited"), Invitation(Role.READER, now + DAY, closed.id))
    window = Window(now - DAY, now)
    mailing = Mailing(window, now, Rendering("subject", "text", "html"), Rendering("subject", "text", "html"))
    for n, address in enumerate(("anna@b.example", "bek@b.example")):
        delivery = Delivery("mail", address, f"id-{n}", now, mailing.ordinary, mailing.full, n, scope="Post")
        store.outbox.put(Window(now + n * DAY, now + (n + 1) * DAY), lambda _, d=delivery: (mailing, [d]))
    sent, failed = store.outbox.claim("mail", now + 9 * DAY, now + 10 * DAY)
    store.outbox.mark_sent(sent, now)
    store.outbox.mark_failed(failed, now, "550 no such user", refused=True, due=now + DAY)
    backlog(store, item(1))
    app.seen_by(Role.REVIEWER).archive.add_link("https://far.example/news/1", by="reviewer", note="read this")
