"""Whatever people and the line do, in whatever order: no article and no decision is lost.

Undo undoes, and every digest tells what came since the last one and nothing else.

A machine files generated articles and edits them, decides, merges, splits, undoes, edits the watchlist, mails the digest,
over nights in which clocks change, and is stopped in the middle of all that. Beside it runs a model so simple that it is
right: which articles are one item, what stands on a stack, and what nobody has been told of yet.
"""

from __future__ import annotations

import asyncio
import random
import re
import shutil
import tempfile
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime
from itertools import combinations, pairwise, permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from kit.app import App
from kit.contradictions import contradictions_in
from kit.store import DAY, HOUR, MINUTE, article, backlog, hit, item, story_item, watch
from monitor import failpoints
from monitor.cluster.fingerprint import fingerprint
from monitor.config import load_settings
from monitor.errors import DeliveryError, InputError
from monitor.ingest.filing import file_article
from monitor.messages.channels import smtp
from monitor.model import Delivery, Entity, Outcome, Result, ReviewItem, StaleDecision, State, Verdict, WatchlistChange
from monitor.store import open_store
from monitor.store import tables as t

SUBJECTS = [
    " ".join("".join(random.Random(f"{n} {k}").choices("aeioudgklmnrst", k=7)) for k in range(60)) for n in range(6)
]
PEOPLE = ("melis", "cholpon")
READERS = ("ann@ngo.example", "ben@ngo.example")
# Where clocks are, when the digest is due there, and when all begins: before nights that skip an hour or have it twice.
PLACES = (
    ("Europe/Berlin", "02:30", datetime(2026, 3, 27, 18, tzinfo=UTC)),
    ("Europe/Berlin", "02:30", datetime(2026, 10, 23, 18, tzinfo=UTC)),
    ("Asia/Bishkek", "08:00", datetime(2026, 3, 27, 18, tzinfo=UTC)),
)


class Stopped(BaseException):
    """The process ends here."""


class Reviewing(RuleBasedStateMachine):
    template: Path

    @initialize(place=st.sampled_from(PLACES))
    def begin(self, place: tuple[str, str, datetime]) -> None:
        self.folder = Path(tempfile.mkdtemp())
        shutil.copy(self.template, self.folder / "monitor.db")
        zone, hour, self.time = place
        self.filed = self.time
        self.env = {
            "MONITOR_TIMEZONE": zone, "MONITOR_DIGEST_AT": hour, "MONITOR_SMTP_URL": "smtp://mail.ngo.example",
            "MONITOR_DIGEST_TO": ",".join(READERS),
        }  # fmt: skip
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(smtp, "build", lambda _: self)
        self.open()
        self.subject: dict[int, int] = {}  # article -> what it tells
        self.published: dict[int, datetime] = {}
        self.items: dict[int, list[int]] = {}  # item -> its articles
        self.apart: set[frozenset[int]] = set()  # pairs of articles that a person parted, and nobody joined again
        self.done: list[tuple[str, dict[int, list[int]], set[frozenset[int]]]] = []  # what undo goes back to
        self.extra = 0
        self.results: dict[int, Result] = {}  # article -> what its page said last
        self.came: dict[int, datetime] = {}  # articles that came and nobody was told of -> when
        self.edited: dict[int, list[datetime]] = defaultdict(list)  # the same of changes
        self.received: dict[str, list[Delivery]] = defaultdict(list)
        self.windows: list[Any] = []
        self.busy, self.stops = False, 0
        self.mail(stop_at=99, busy=False)  # mailing begins

    def open(self) -> None:
        store = open_store(f"sqlite:///{self.folder / 'monitor.db'}")
        self.app = App(load_settings(self.folder, self.env, self.folder), store, clock=self.clock)

    def clock(self) -> datetime:
        self.time += MINUTE / 10
        return self.time

    # ---- the channel of mail

    endpoint, contact = "mail.ngo.example", "monitor@ngo.example"

    def external_id(self, name: str) -> str:
        return f"<{name}@ngo.example>"

    async def check(self) -> str:
        return "it answers"

    async def __aenter__(self) -> Reviewing:
        return self

    async def __aexit__(self, *_: object) -> None: ...

    async def send(self, delivery: Delivery) -> None:
        if self.busy:
            raise DeliveryError("try again later", is_temporary=True)
        self.received[delivery.recipient].append(delivery)

    def teardown(self) -> None:
        if not hasattr(self, "app"):
            return
        try:
            self.time += 2 * DAY
            self.mail(stop_at=99, busy=False)
            self.every_window_came_to_every_reader()
            assert not self.came and not self.edited
        finally:  # else every later test of mail would fail, too
            self.app.store.close()
            self.patch.undo()
            shutil.rmtree(self.folder)

    # ---- what happens

    @rule(hours=st.sampled_from([1, 5, 12, 23, 24, 25, 49]))
    def time_passes(self, hours: int) -> None:
        if self.time - self.windows[0].until < 20 * DAY:  # copies are found for a month
            self.time += hours * HOUR

    @rule(
        subject=st.integers(0, 5),
        copy=st.booleans(),
        behind=st.sampled_from([0, 0, 30]),
    )
    def ingest(self, subject: int, copy: bool, behind: int) -> None:
        """File an article about a known event of one person: it joins the item of the earlier ones, where people put them.

        After three days without one it may be an event of its own: the earlier pages may have changed since.
        `behind`: hours that the clock of the worker who files it is.
        """
        at, number, entity = self.clock(), len(self.subject) + 1, PEOPLE[subject % 2]
        name = {"melis": "Melis Tokoev", "cholpon": "Nobody"}[entity]
        terms = fingerprint("", SUBJECTS[subject] + (" and more of it" if copy else ""))
        (entry,) = backlog(self.app.store, item(number), now=at)
        page = article(f"post.example/{number}", first_seen=at, published=at, outlet=f"outlet-{number}")
        result = Result(entry, at, Outcome.QUEUED, article=page, hits=(hit(name, entity),), fingerprint=terms)
        told_in, number, self.filed = self.file(result, at - behind * HOUR)
        before = self.items.get(told_in.id, [])
        same_event = [item for item, ids in self.items.items() if any(self.subject[a] == subject for a in ids)]
        is_recent = any(self.published[a] > at - 72 * HOUR for a, event in self.subject.items() if event == subject)
        assert told_in.id in same_event or not (is_recent or before)
        self.published[number] = at
        self.items[told_in.id] = [*before, number]
        self.subject[number] = subject
        self.came[number] = self.filed

    @precondition(lambda self: self.items)
    @rule(data=st.data())
    def edit(self, data: st.DataObject) -> None:
        """Give an article another headline: it is reported, whatever people decided."""
        number, at = data.draw(st.sampled_from(sorted(self.subject))), self.clock()
        result = self.results[number]
        assert result.article
        titles = [title for title in map(" ".join, permutations(SUBJECTS, 2)) if title != result.article.title]
        new = replace(result.article, title=random.Random(f"{at}").choice(titles))
        told_in, _, changed = self.file(replace(result, at=at, article=new), at)
        assert number in self.items[told_in.id] and told_in.state in {State.OPEN, State.FOLLOW_UP}
        self.edited[number].append(changed)

    def file(self, result: Result, now: datetime) -> tuple[ReviewItem, int, datetime]:
        stored = self.app.store.entries.save_result(result).article
        assert stored is not None
        (waiting,) = self.app.store.stories.awaiting_filing()
        self.results[stored.id] = result
        story, _ = file_article(waiting, stories=self.app.store.stories, now=now)
        # Never before an article that was filed, nor into what was mailed; a change moves no later article.
        return story_item(self.app.store, story), stored.id, max(self.filed, now, self.windows[-1].until)

    @rule(stop_at=st.integers(1, 14), busy=st.booleans())
    def mail(self, stop_at: int, busy: bool) -> None:
        """Write and send due messages, with a busy mail server or a stop at a numbered point."""
        self.busy, points = busy, iter(range(1, 99))

        def stop(name: str) -> None:
            if next(points) == stop_at:
                raise Stopped

        failpoints.arm(stop)
        try:
            problems = asyncio.run(self.app.publisher.publish())
            # What failed earlier and waits for its next try is a problem, too.
            waits = any(r.due and r.due > self.time for r in self.app.store.outbox.records(unsent=True))
            assert bool(problems) <= (busy or waits), problems
            assert self.time - self.app.store.outbox.last_window().until <= 25 * HOUR  # type: ignore[union-attr]
        except Stopped:
            self.stops += 1
            self.app.store.close()
            self.open()
        finally:
            failpoints.arm(None)
        self.what_was_written_is_what_came()

    def what_was_written_is_what_came(self) -> None:
        """Check that a new mailing begins where the last one ended and has just the stories that came since."""
        with self.app.store.database.reading() as connection:
            mailings = connection.execute(t.mailing.select().order_by(t.mailing.c.until)).all()
        new, self.windows = mailings[len(self.windows) :], mailings
        assert all(one.until == two.since for one, two in pairwise(mailings))
        for mailing in new:
            mailed = {a for a, at in self.came.items() if at < mailing.until}
            edits = {a for a, ats in self.edited.items() if ats[0] < mailing.until}
            shown = set(map(int, re.findall(r"\[(\d+)\]", mailing.text)))
            assert shown == {item for item, ids in self.items.items() if edits & {*ids} or self.is_listed(item, mailed)}
            self.came = {a: at for a, at in self.came.items() if a not in mailed}
            for changed in edits:
                later_edits = [at for at in self.edited.pop(changed) if at >= mailing.until]
                self.edited |= {changed: later_edits} if later_edits else {}

    def is_listed(self, item: int, mailed: set[int]) -> bool:
        """Check that copies that join a known story are only counted."""
        articles = self.app.item(item).articles
        return articles[0].id in mailed or any(a.copy_of is None and a.id in mailed for a in articles)

    def every_window_came_to_every_reader(self) -> None:
        """Word for word as it was written, and once, unless it was stopped between a mail and its being noted.

        One that a busy server refused may come after the next day's: each waits for its own next try.
        """
        written = [mailing.text for mailing in self.windows[1:]]
        for reader in READERS:
            texts = {delivery.external_id: delivery.rendering.text for delivery in self.received[reader]}
            assert [text for _, text in sorted(texts.items())] == written  # the id begins with the window's end
            assert len(texts) <= len(self.received[reader]) <= len(texts) + self.stops

    @precondition(lambda self: self.items)
    @rule(data=st.data(), verdict=st.sampled_from([Verdict.RELEVANT, Verdict.NOT_RELEVANT, Verdict.UNSURE]))
    def decide(self, data: st.DataObject, verdict: Verdict) -> None:
        item = self.pick(data)
        decided = self.app.decide(item.id, verdict, by="ann")
        assert decided.verdict is verdict
        assert decided.version == item.version + 1
        with pytest.raises(StaleDecision):
            self.app.decide(item.id, verdict, by="ben", version=item.version)
        self.did("decide")

    @precondition(lambda self: len(self.items) > 1)
    @rule(data=st.data())
    def merge(self, data: st.DataObject) -> None:
        one = self.pick(data)
        candidates = sorted(self.items.keys() - {one.id})
        numbers = data.draw(st.lists(st.sampled_from(candidates), min_size=1, max_size=3, unique=True))
        items = [one, *map(self.app.item, numbers)]
        merged = self.app.merge(one.id, *numbers, by="ann")
        open_ones = {State.OPEN, State.FOLLOW_UP}
        assert (merged.state in open_ones) >= any(item.state in open_ones for item in items)
        assert {h.entity for h in merged.hits} == {h.entity for item in items for h in item.hits}
        assert len(merged.history) == sum(len(item.history) for item in items)
        self.did("merge")
        joined = [article for number in numbers for article in self.items.pop(number)]
        self.items[one.id] = self.items[one.id] + joined
        self.apart -= set(map(frozenset, combinations(self.items[one.id], 2)))

    @precondition(lambda self: any(len(ids) > 1 for ids in self.items.values()))
    @rule(data=st.data())
    def split(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(sorted(n for n, ids in self.items.items() if len(ids) > 1)))
        chosen = data.draw(st.sampled_from(self.items[number]))
        try:
            parted = self.app.split(number, [chosen], by="ann")
        except InputError:  # all the others are copies of it
            return
        self.did("split")
        split_off = [article.id for article in parted.articles]
        assert chosen in split_off
        self.items[number] = [a for a in self.items[number] if a not in split_off]
        self.items[parted.id] = split_off
        self.apart |= {frozenset({a, b}) for a in self.items[number] for b in split_off}

    @precondition(lambda self: self.done)
    @rule()
    def undo(self) -> None:
        act, items, apart_before = self.done.pop()
        after = self.app.undo(by="ann")
        if act == "decide":
            return
        moved = {a for together in items.values() for a in together}
        new = [a for a in self.subject if a not in moved]  # what came since is where it came to, or went along
        assert {a for together in self.now().values() for a in together} == {*moved, *new}
        for together in items.values():  # what was together then is together again
            assert any(set(together) <= set(now) for now in self.now().values()), (after.id, together)
        self.items, self.apart = self.now(), apart_before

    @rule()
    def edit_the_watchlist(self) -> None:
        self.extra += 1
        entity = Entity(f"extra-{self.extra}", f"Person {self.extra}")
        self.app.store.watchlists.apply(WatchlistChange(added=(entity,)), "test", self.clock())

    @precondition(lambda self: self.items)
    @rule(data=st.data(), at=st.sampled_from(["before", "after"]))
    def stop_in_the_middle(self, data: st.DataObject, at: str) -> None:
        """All or nothing, and the next one finds the database well."""
        item = self.pick(data)

        def stop(name: str) -> None:
            if name.endswith(f"{at} its commit"):
                raise Stopped

        with pytest.MonkeyPatch.context() as patched, pytest.raises(Stopped):
            patched.setattr(failpoints, "point", stop)
            self.app.decide(item.id, Verdict.RELEVANT, by="ann")
        self.app.store.close()
        self.open()
        after = self.app.item(item.id)
        assert len(after.history) == len(item.history) + (at == "after")
        if at == "after":
            self.did("decide")

    # ---- what holds

    @invariant()
    def every_article_is_in_its_item_once(self) -> None:
        if hasattr(self, "app"):
            assert {n: sorted(ids) for n, ids in self.now().items()} == {n: sorted(i) for n, i in self.items.items()}

    @invariant()
    def what_was_parted_stays_parted(self) -> None:
        for ids in self.items.values() if hasattr(self, "app") else ():
            assert not any(pair <= set(ids) for pair in self.apart)

    @invariant()
    def nothing_contradicts_itself(self) -> None:
        if hasattr(self, "app"):
            with self.app.store.database.reading() as connection:
                assert contradictions_in(connection) == []

    # ---- helpers

    def now(self) -> dict[int, list[int]]:
        shown = self.app.queue([state for state in State if state is not State.MERGED])
        return {item.id: [article.id for article in item.articles] for item in shown}

    def pick(self, data: st.DataObject) -> ReviewItem:
        return self.app.item(data.draw(st.sampled_from(sorted(self.items))))

    def did(self, act: str) -> None:
        self.done.append((act, {n: list(ids) for n, ids in self.items.items()}, set(self.apart)))


@pytest.fixture
def template(sqlite_with_tables: Path, tmp_path: Path) -> Path:
    store = open_store(f"sqlite:///{shutil.copy(sqlite_with_tables, tmp_path / 'monitor.db')}")
    watch(store)
    store.close()
    return tmp_path / "monitor.db"


@pytest.mark.check
@pytest.mark.hypothesis  # again with more examples in `make check`
def test_in_any_order(template: Path):
    Reviewing.template = template
    run_state_machine_as_test(
        Reviewing,
        settings=settings(
            max_examples=max(2, settings.default.max_examples // 7),
            stateful_step_count=30,
            deadline=None,
            phases=(Phase.reuse, Phase.generate),
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )
