"""Whatever people and the line do, in whatever order: no article is lost, no decision either, and undo undoes.

A machine files generated articles, decides, merges, splits, undoes, edits the watchlist, and is stopped in the middle of
all that; beside it runs a model so simple that it is right: which articles are one item, and what stands on a stack.
"""

from __future__ import annotations

import random
import shutil
import tempfile
from pathlib import Path

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

from monitor import faults
from monitor.app import App
from monitor.cluster import fingerprint
from monitor.config import load_settings
from monitor.errors import InputError, StaleDecision
from monitor.model import Entity, ReviewItem, State, Verdict, WatchlistChange
from monitor.pipeline import LinePolicy, file_article
from monitor.store import open_store
from monitor.store.check import contradictions
from storekit import MINUTE, NOW, hit, stored, watch

SUBJECTS = [
    " ".join("".join(random.Random(f"{n} {k}").choices("aeioudgklmnrst", k=7)) for k in range(60)) for n in range(6)
]
PEOPLE = ("melis", "cholpon")


class Stopped(BaseException):
    """The process ends here."""


class Reviewing(RuleBasedStateMachine):
    template: Path

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        shutil.copy(self.template, self.folder / "monitor.db")
        self.minute = 0
        self.open()
        self.subject: dict[int, int] = {}  # article -> what it tells
        self.items: dict[int, list[int]] = {}  # item -> its articles
        self.apart: set[frozenset[int]] = set()  # pairs of articles that a person parted, and nobody joined again
        self.done: list[tuple[str, dict[int, list[int]], set[frozenset[int]]]] = []  # what undo goes back to
        self.extra = 0

    def open(self) -> None:
        store = open_store(f"sqlite:///{self.folder / 'monitor.db'}")
        self.app = App(load_settings(self.folder, {}, self.folder), store, clock=self.clock)

    def clock(self):  # type: ignore[no-untyped-def]
        self.minute += 1
        return NOW + self.minute * MINUTE / 10

    def teardown(self) -> None:
        if hasattr(self, "app"):
            self.app.store.close()
            shutil.rmtree(self.folder)

    # ---- what happens

    @rule(subject=st.integers(0, 5), copy=st.booleans(), who=st.sampled_from(PEOPLE))
    def ingest(self, subject: int, copy: bool, who: str) -> None:
        """What tells the same comes to what was told of it before, wherever people have put that."""
        at, name = self.clock(), {"melis": "Melis Tokoev", "cholpon": "Nobody"}[who]
        made = fingerprint("", SUBJECTS[subject] + (" and more of it" if copy else ""))
        waiting = stored(self.app.store, hit(name, who), at=at, fingerprint=made, outlet=f"outlet-{len(self.subject)}")
        item, _ = file_article(waiting, stories=self.app.store.stories, now=at, policy=LinePolicy())
        before = self.items.get(item.id, [])
        told = [number for number, its in self.items.items() if any(self.subject[a] == subject for a in its)]
        assert item.id in told if told else not before
        self.items[item.id] = [*before, waiting.id]
        self.subject[waiting.id] = subject

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
        other = data.draw(st.sampled_from(sorted(self.items.keys() - {one.id})))
        two = self.app.item(other)
        merged = self.app.merge(one.id, other, by="ann")
        open_ones = {State.OPEN, State.FOLLOW_UP}
        assert (merged.state in open_ones) >= bool({one.state, two.state} & open_ones)
        assert {h.entity for h in merged.hits} == {h.entity for h in (*one.hits, *two.hits)}
        assert len(merged.history) == len(one.history) + len(two.history)
        self.did("merge")
        joined = self.items.pop(other)
        self.apart -= {frozenset({a, b}) for a in self.items[one.id] for b in joined}
        self.items[one.id] = self.items[one.id] + joined

    @precondition(lambda self: any(len(its) > 1 for its in self.items.values()))
    @rule(data=st.data())
    def split(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(sorted(n for n, its in self.items.items() if len(its) > 1)))
        chosen = data.draw(st.sampled_from(self.items[number]))
        try:
            parted = self.app.split(number, [chosen], by="ann")
        except InputError:  # all the others are copies of it
            return
        self.did("split")
        gone = [article.id for article in parted.articles]
        assert chosen in gone
        self.items[number] = [a for a in self.items[number] if a not in gone]
        self.items[parted.id] = gone
        self.apart |= {frozenset({a, b}) for a in self.items[number] for b in gone}

    @precondition(lambda self: self.done)
    @rule()
    def undo(self) -> None:
        what, items, apart = self.done.pop()
        after = self.app.undo(by="ann")
        if what == "decide":
            return
        moved = {a for its in items.values() for a in its}
        new = [a for a in self.subject if a not in moved]  # what came since is where it came to, or went along
        assert {a for its in self.now().values() for a in its} == {*moved, *new}
        for its in items.values():  # what was together then is together again
            assert any(set(its) <= set(now) for now in self.now().values()), (after.id, its)
        self.items, self.apart = self.now(), apart

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
            patched.setattr(faults, "point", stop)
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
            assert {n: sorted(its) for n, its in self.now().items()} == {n: sorted(i) for n, i in self.items.items()}

    @invariant()
    def what_was_parted_stays_parted(self) -> None:
        for its in self.items.values() if hasattr(self, "app") else ():
            assert not any(pair <= set(its) for pair in self.apart)

    @invariant()
    def nothing_contradicts_itself(self) -> None:
        if hasattr(self, "app"):
            with self.app.store.database.reading() as connection:
                assert list(contradictions(connection)) == []

    # ---- helpers

    def now(self) -> dict[int, list[int]]:
        shown = self.app.queue([state for state in State if state is not State.MERGED])
        return {item.id: [article.id for article in item.articles] for item in shown}

    def pick(self, data: st.DataObject) -> ReviewItem:
        return self.app.item(data.draw(st.sampled_from(sorted(self.items))))

    def did(self, what: str) -> None:
        self.done.append((what, {n: list(its) for n, its in self.items.items()}, set(self.apart)))


@pytest.mark.slow
def test_reviewing_in_any_order(sqlite_with_tables: Path):
    folder = Path(tempfile.mkdtemp())
    store = open_store(f"sqlite:///{shutil.copy(sqlite_with_tables, folder / 'monitor.db')}")
    watch(store)
    store.close()
    Reviewing.template = folder / "monitor.db"
    run_state_machine_as_test(
        Reviewing,
        settings=settings(
            max_examples=20,
            stateful_step_count=25,
            deadline=None,
            phases=(Phase.reuse, Phase.generate),
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )
    shutil.rmtree(folder)
