"""A database of a build before the two watches: what its sensitive names left beside their items goes with them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, update

from kit.deaths import death_at
from kit.office import BEK, EVENING, Office
from kit.outlets import Outlet, Piece, Web
from kit.smtp_server import Mailbox
from monitor.home import Home
from monitor.model import Act, AuditLine, Outcome, ReviewItem, State, Verdict
from monitor.store import Store
from monitor.store import tables as t

NAMES = """entities:
  - {id: kanyshai, name: Kanyshai Arzyeva, urgent: true}
  - {id: cholpon, name: Cholpon Saparova, urgent: true}
"""
SEARCHED = "Investigators came to the house of Kanyshai Arzyeva on Monday morning and took her computers. " * 2
DETAINED = "Cholpon Saparova was detained at the airport of the capital late at night, her lawyer said. " * 2
FINED = (
    "Kanyshai Arzyeva has to pay a fine of ninety thousand soms by the end of the week, the tax office told her. " * 2
)
HEARING = "The appeal court of Bishkek put off the hearing in the case of Cholpon Saparova once more. " * 2


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with Web(Outlet("post", "en"), now=EVENING) as web, Mailbox() as mailbox:
        office = Office(tmp_path / "home", web, mailbox)
        (office.folder / "watchlist.yaml").write_text(NAMES, "utf-8")
        (office.folder / "recipients.yaml").write_text(f"recipients:\n  - {{to: {BEK}, at_once: true}}\n", "utf-8")
        office.send(EVENING)  # articles filed earlier make no alert
        yield office
        office.close()


def publish(office: Office, name: str, headline: str, text: str) -> ReviewItem:
    """Let the outlet publish, and return the item of it."""
    office.add(Piece(name, headline, text))
    office.clock.now += timedelta(hours=1)
    office.app.ingest(include_not_due=True)
    return item_of(office.app.store, headline)


def item_of(store: Store, headline: str) -> ReviewItem:
    items = store.reviews.items([item.id for item in store.reviews.listing(tuple(State), 20)])
    return next(item for item in items if headline in {article.headline for article in item.articles})


def upgrade(office: Office, *names: str) -> Home:
    """Mark names as a build before the two watches did, and let this one move them, after a death on its way."""
    with office.app.store.database.writing("test") as connection:
        connection.execute(update(t.entity).where(t.entity.c.id.in_(names)).values(sensitive=True))
    with death_at("remove the traces of names that move: before its commit"):
        office.app.marks.close_names_of_older_builds()
    assert office.app.marks.close_names_of_older_builds() == len(names)
    watch = office.app.closed_watch()
    assert watch is not None and office.app.store.upkeep.check() == watch.store.upkeep.check() == ()
    return watch


@pytest.mark.check
def test_alerts_that_told_of_closed_names_alone_are_listed_in_the_closed_watch(office: Office):
    publish(office, "searched", "House searched", SEARCHED)
    publish(office, "detained", "Detained", DETAINED)
    outbox = office.app.store.outbox
    of_her, of_open_name = outbox.records()
    watch = upgrade(office, "cholpon")
    assert outbox.records() == [of_open_name]
    (moved,) = watch.store.outbox.records()
    assert (moved.recipient, moved.sent, moved.written) == (of_her.recipient, of_her.sent, of_her.written)
    publish(office, "again", "Hearing put off", SEARCHED + HEARING)
    assert len(outbox.records()) == 2 and len(office.mailbox.to(BEK)) == 3  # nothing is told again


def test_an_alert_that_told_of_an_open_name_too_stays_and_one_of_two_closed_names_goes(office: Office):
    publish(office, "searched", "House searched", SEARCHED + DETAINED)
    (record,) = office.app.store.outbox.records()
    watch = upgrade(office, "cholpon")
    assert office.app.store.outbox.records() == [record] and watch.store.outbox.records() == []
    watch = upgrade(office, "kanyshai")
    assert office.app.store.outbox.records() == [] and len(watch.store.outbox.records()) == 1


@pytest.mark.check
def test_no_run_counts_and_no_line_of_the_log_tells_of_items_that_left(office: Office):
    open_item = publish(office, "searched", "House searched", SEARCHED)
    hers = publish(office, "detained", "Detained", DETAINED)
    people = office.app.store.people
    for line in (
        AuditLine(EVENING, None, Act.DECIDED, open_item.id),
        AuditLine(EVENING, None, Act.DECIDED, hers.id),
        AuditLine(EVENING, None, Act.CHANGED_PERSON, hers.id),  # the number of an account
    ):
        people.add_audit_line(line)
    watch = upgrade(office, "cholpon")
    logged = [(line.act, line.about) for line in people.audit(9)]
    assert logged == [(Act.CHANGED_PERSON, hers.id), (Act.DECIDED, open_item.id)]
    (line,) = watch.store.people.audit(9)
    assert (line.act, line.about, line.detail) == (Act.DECIDED, None, f"item {hers.id} of before")
    counts = [(dict(run.outcomes), run.articles) for run in office.app.runs(9) if run.entries]
    assert counts == [({Outcome.NO_MATCH: 1}, 1), ({Outcome.QUEUED: 1}, 1)]


@pytest.mark.check
def test_a_move_of_an_added_article_out_of_an_item_that_a_closed_name_made_is_no_move(office: Office):
    hers = publish(office, "detained", "Detained", DETAINED)
    office.app.decide(hers.id, Verdict.RELEVANT, by="Root", note="she called us")
    (article,) = hers.articles
    target = publish(office, "searched", "House searched", SEARCHED)
    office.app.merge(target.id, hers.id, by="")  # as builds before did when Aida added the article
    fine = publish(office, "fined", "A fine", FINED)
    split = {"kind": "split", "item": target.id, "other": fine.id, "at": office.clock.now, "by": "", "articles": [9]}
    added = {"article": article.id, "by": "Aida", "at": office.clock.now, "note": ""}
    with office.app.store.database.writing("test") as connection:
        connection.execute(insert(t.addition).values(added))
        connection.execute(insert(t.regrouping).values(split))
    watch = upgrade(office, "cholpon")
    item = item_of(office.app.store, "House searched")
    assert item.regroupings == () and {article.headline for article in item.articles} == {"House searched", "Detained"}
    numbers = [one.id for one in watch.store.reviews.listing(tuple(State), 9)]
    assert "she called us" in {d.note for one in watch.store.reviews.items(numbers) for d in one.history}


def test_notes_on_an_item_that_stays_go_to_the_closed_one_for_they_may_name_either(office: Office):
    item = publish(office, "searched", "House searched", SEARCHED + DETAINED)
    office.app.decide(item.id, Verdict.RELEVANT, by="Root", note="her sister says so")
    office.app.write_note(item.id, "call her again", by="Root")
    watch = upgrade(office, "cholpon")
    assert [(d.verdict, d.note) for d in item_of(office.app.store, "House searched").history] == [
        (Verdict.RELEVANT, "")
    ]
    closed = item_of(watch.store, "House searched").history
    assert [d.note for d in closed] == ["her sister says so", "call her again"]


@pytest.mark.check
def test_pages_of_closed_names_alone_are_not_rechecked_where_only_named_ones_are(office: Office):
    (article,) = publish(office, "searched", "House searched", SEARCHED).articles
    publish(office, "detained", "Detained", DETAINED)
    upgrade(office, "cholpon")
    next_week, feeds = office.clock.now + timedelta(days=9), {state.number: 9 for state in office.app.feeds()}
    rechecks = office.app.store.revisits.claim(next_week, next_week + timedelta(hours=1), 9, feeds, matched_only=True)
    assert [recheck.article.id for recheck in rechecks] == [article.id]
