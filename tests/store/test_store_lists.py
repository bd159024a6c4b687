"""Lists and counts come from columns and caches; after any history they equal whole items."""

from __future__ import annotations

import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from kit.app import App
from kit.contradictions import contradictions
from kit.databases import POSTGRESQL
from kit.store import (
    CHOLPON,
    DAY,
    HOUR,
    KOS,
    MELIS,
    MINUTE,
    NOW,
    article,
    backlog,
    entity_numbers,
    filed,
    hit,
    item,
    stored,
    story_item,
    watch,
)
from monitor.app.upkeep.purge import purge_entity
from monitor.config import load_settings
from monitor.errors import InputError, NotFound
from monitor.model import (
    Alert,
    Confidence,
    Hit,
    Outcome,
    Placement,
    QueueFilter,
    QueueTab,
    RescanMatch,
    Result,
    ReviewItem,
    State,
    Verdict,
)
from monitor.model.items.history import effective
from monitor.review.decisions import reopen_for_article
from monitor.store import Store, open_store
from monitor.store import tables as t
from monitor.store.desk.queue import SqlQueuePages
from monitor.store.desk.queue_tabs import WAITING, tab_of
from monitor.store.desk.statistics import SqlStatistics

NAMES = {"melis": "Melis Tokoev", "cholpon": "Cholpon Arzyeva", "kos": "KOS"}
KINDS = {"clear": {}, "silent": {"alerts": False}, "possible": {"confidence": Confidence.POSSIBLE, "alerts": False}}
ALERTS_BESIDE = {"beside": {"why": "named beside Melis Tokoev"}}  # of a body that alerts beside others alone


@dataclass
class Life:
    """A random history of items."""

    store: Store
    chance: random.Random
    second_store: Store  # of the same database: another program has it open, too
    results: dict[int, Result] = field(default_factory=dict)
    minutes: int = 0

    def __post_init__(self) -> None:
        watch(self.store, MELIS, CHOLPON, replace(KOS, alert=Alert.WITH_OTHERS))
        self.app = App(load_settings(Path("/nowhere"), {}, Path("/nowhere")), self.store, clock=self.now)

    def now(self):
        return NOW + self.minutes * MINUTE

    def goes_on(self, steps: int) -> None:
        for _ in range(steps):
            self.minutes += self.chance.choice((1, 1, 30, 600))
            with suppress(InputError, NotFound):  # what cannot be done then is not done
                self.chance.choice((self.arrives, self.arrives, self.arrives, self.is_edited, self.is_filed, self.is_filed,
                                    self.is_looked_through, self.is_judged, self.is_judged, self.is_undone,
                                    self.are_merged, self.is_split, self.wait, self.is_set_right))()  # fmt: skip
            self.are_looked_at()

    def are_looked_at(self) -> None:
        """Fill the caches, which must not be used after a change."""
        tab = self.chance.choice(list(QueueTab))
        for store in (self.store, self.second_store):
            store.queue.page(QueueFilter(tab), self.now(), 3, with_facets=True)

    def hits(self, text: str) -> tuple[Hit, ...]:
        kinds = dict.fromkeys(NAMES, (None, None, *KINDS))
        chosen = {e: self.chance.choice((*kinds[e], "beside") if e == "kos" else kinds[e]) for e in NAMES}
        return tuple(hit(NAMES[e], e, text, **(KINDS | ALERTS_BESIDE)[kind]) for e, kind in chosen.items() if kind)  # type: ignore[arg-type]

    def arrives(self) -> None:
        n = len(self.results) + 1
        (entry,) = backlog(self.store, item(n), now=self.now())
        self.save_text(Result(entry, self.now(), Outcome.QUEUED), f"post.example/{n}")
        self.is_filed()

    def is_edited(self) -> None:
        if self.results:
            result = self.results[self.chance.choice(list(self.results))]
            self.save_text(result, result.article.key if result.article else "")

    def save_text(self, result: Result, key: str) -> None:
        text = f"{' and '.join(NAMES.values())} met on day {self.chance.randrange(99)}."
        page = article(key, text, first_seen=self.now(), outlet=self.chance.choice(("Post", "Herald")))
        saved = self.store.entries.save_result(replace(result, article=page, hits=self.hits(text), at=self.now()))
        assert saved.article is not None
        self.results[saved.article.id] = saved

    def is_filed(self) -> None:
        for candidate in self.store.stories.awaiting_filing()[: self.chance.randrange(4)]:
            story = candidate.story
            if story is None and self.items() and self.chance.random() < 0.4:
                story = self.one().story
            target = self.store.stories.item_of(story) if story is not None else None
            copy_of = target.lead.id if target and candidate.story is None and self.chance.random() < 0.3 else None
            moved = target and (target if copy_of else reopen_for_article(target, now=self.now(), why="a new article"))
            placement = Placement(story, copy_of)
            self.store.stories.file(
                candidate, placement, moved, self.now(), expected_version=target.version if target else 0
            )

    def is_looked_through(self) -> None:
        """Rescan an article with a changed watchlist."""
        for result in self.store.archive.articles(None, None, 9)[:1]:
            self.store.archive.save([RescanMatch(result.article, self.hits(result.article.text))], self.now())

    def is_judged(self) -> None:
        verdict, entity = self.chance.choice(list(Verdict)), None
        one = self.one()
        if verdict is not Verdict.LATER and self.chance.random() < 0.4:
            entity = self.chance.choice(one.hits).entity if one.hits else None
        until = self.now() + self.chance.choice((MINUTE, DAY)) if verdict is Verdict.LATER else None
        self.app.decide(one.id, verdict, by="aida", entity=entity, until=until)

    def is_undone(self) -> None:
        self.app.undo(by="aida")

    def are_merged(self) -> None:
        self.app.merge(self.one().id, self.one().id, by="aida")

    def is_split(self) -> None:
        one = self.one()
        self.app.split(one.id, [self.chance.choice(one.articles).id], by="aida")

    def wait(self) -> None:
        self.store.reviews.reopen_due(self.now())
        if self.chance.random() < 0.3:
            self.store.reviews.expire(self.now() + timedelta(days=self.chance.choice((13, 15))))

    def is_set_right(self) -> None:
        self.store.upkeep.go_on_from(self.now() - HOUR)

    def one(self) -> ReviewItem:
        items = self.items()
        if not items:
            raise NotFound("nothing is filed yet")
        return self.chance.choice(items)

    def items(self) -> Sequence[ReviewItem]:
        with self.store.database.reading() as connection:
            query = select(t.review_item.c.id).where(t.review_item.c.state != State.MERGED).order_by(t.review_item.c.id)
            numbers = connection.scalars(query).all()
        return self.store.reviews.items(numbers)

    def lists_are_right(self) -> None:
        assert contradictions(self.store) == []
        for level in (None, *Confidence):
            store = self.chance.choice((self.store, self.second_store))
            self.list_is_right(store.queue, self.items(), level)
            self.statistics_are_right(store.statistics, self.items())

    def statistics_are_right(self, statistics: SqlStatistics, items: Sequence[ReviewItem]) -> None:
        """They count what the cards show."""
        quarters = Counter(i.first_seen.replace(minute=i.first_seen.minute // 15 * 15) for i in items)
        assert statistics.items_per_quarter_hour(NOW - DAY) == quarters
        numbers = entity_numbers(self.store)
        shown = {d.id: d for i in items for d in effective(i.history) if d.verdict}
        judged = [(d.at, d.verdict, {numbers[e] for e in d.judged}) for d in shown.values()]
        counted = [(d.at, d.verdict, set(d.judged)) for d in statistics.decisions(NOW - DAY)]
        assert sorted(counted, key=repr) == sorted(judged, key=repr)

    def list_is_right(self, desk: SqlQueuePages, items: Sequence[ReviewItem], level: Confidence | None) -> None:
        now, numbers = self.now(), entity_numbers(self.store)
        shown = [item for item in items if level in {None, item.confidence}]
        where = {one.id: tab_of(one, now) for one in shown}
        ordered = sorted(
            shown, key=lambda i: (i.confidence is Confidence.STRONG, max(a.filed for a in i.articles), i.id)
        )
        ranks = {one.id: rank for rank, one in enumerate(ordered)}
        for split in QueueTab:
            expected = [
                i.id for i in reversed(ordered) if where[i.id] in (WAITING if split is QueueTab.WAITING else (split,))
            ]
            sought = QueueFilter(split, confidence=level)
            request = (sought, now)
            assert desk.numbers(*request, 99) == expected
            assert [n for skip in range(0, len(expected), 3) for n in desk.numbers(*request, 3, skip)] == expected
            counts = desk.page(*request, 0).tab_counts
            assert {s: n for s, n in counts.items() if n and s is not QueueTab.WAITING} == Counter(where.values())
            assert counts[QueueTab.WAITING] == sum(counts[one] for one in WAITING) and counts[split] == len(expected)
            listed = [i for i in shown if i.id in expected]
            facets = desk.page(*request, 0, with_facets=True).facets
            splits = WAITING if split is QueueTab.WAITING else (split,)
            by_confidence = Counter(i.confidence for i in items if tab_of(i, now) in splits)  # whatever is asked for
            assert facets and facets.clear == by_confidence[Confidence.STRONG]
            assert facets.possible == by_confidence[Confidence.POSSIBLE]
            named = Counter(numbers[hit.entity] for i in listed for hit in i.hits if not hit.removed)
            assert {number: count for number, (_, count) in facets.names.items()} == named
            outlets = Counter(outlet for i in listed for outlet in i.outlets)
            assert facets.outlets == outlets and facets.languages == Counter(["en"] * len(listed))
            bordered = [None, *expected, None]
            if expected:
                n = self.chance.randrange(len(expected)) + 1
                between = bordered[n - 1], bordered[n + 1], n - 1, len(expected)
                assert desk.neighbours(expected[n - 1], *request) == between
            assert desk.neighbours(0, *request)[:3] == (None, bordered[1], 0)
            for stranger in [one for one in shown if one.id not in expected][:2]:  # between what it would stand between
                after = [n for n in expected if ranks[n] < ranks[stranger.id]]
                before = expected[: len(expected) - len(after)]
                place = max(min(len(before), len(expected) - 1), 0)
                between = (before[-1] if before else None, after[0] if after else None, place)
                assert desk.neighbours(stranger.id, *request)[:3] == between


@pytest.mark.check
@pytest.mark.parametrize("database_url", [POSTGRESQL], indirect=True)  # SQLite: in the test below
def test_lists_are_what_the_items_say_on_a_server_too(store: Store, database_url: str):
    with closing(open_store(database_url)) as second_store:
        life = Life(store, random.Random(18), second_store)
        life.goes_on(25)
        life.lists_are_right()
        assert len({one.state for one in life.items()}) > 2


@pytest.mark.check
@settings(max_examples=max(1, settings.default.max_examples // 25))
@given(st.integers(0, 2**32), st.integers(4, settings.default.max_examples // 2))
def test_lists_are_what_the_items_say_whatever_happens(sqlite_with_tables: Path, seed: int, steps: int):
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{shutil.copy(sqlite_with_tables, Path(folder) / 'monitor.db')}")
        with closing(open_store(f"sqlite:///{Path(folder) / 'monitor.db'}")) as second_store:
            life = Life(store, random.Random(seed), second_store)
            life.goes_on(steps)
            life.lists_are_right()
        store.close()


def test_a_question_that_others_answered_is_open_again_with_a_new_name(store: Store):
    watch(store)
    app = App(load_settings(Path("/nowhere"), {}, Path("/nowhere")), store, lambda: NOW)
    unsure, judged = filed(store, at=NOW), filed(store, at=NOW + MINUTE)
    app.decide(unsure.id, Verdict.UNSURE, by="aida")
    app.decide(judged.id, Verdict.RELEVANT, by="vera")
    joint = app.merge(unsure.id, judged.id, by="aida")

    def is_asked() -> bool:
        (tab,) = (tab for tab in WAITING if store.queue.numbers(QueueFilter(tab), NOW, 9) == [joint.id])
        return tab is QueueTab.ASKED

    assert joint.verdict is Verdict.RELEVANT and not is_asked()
    both = "Melis Tokoev wrote about Cholpon Arzyeva."
    candidate = stored(store, hit(text=both), hit("Cholpon Arzyeva", "cholpon", both), at=NOW + HOUR)
    moved = reopen_for_article(joint, now=NOW + HOUR, why="a new article")
    store.stories.file(candidate, Placement(joint.story), moved, NOW + HOUR, expected_version=joint.version)
    assert story_item(store, joint.story).verdict is Verdict.UNSURE and is_asked()


@pytest.mark.parametrize("looked_at_between", [True, False])
def test_a_name_that_an_edit_took_out_is_counted_no_more(store: Store, looked_at_between: bool):
    watch(store)
    one = filed(store, at=NOW)
    (entry,) = backlog(store, item(900))
    page = article("post.example/900", "Melis Tokoev was met.")
    saved = Result(entry, NOW, Outcome.QUEUED, article=page, hits=(hit(text=page.text),))
    store.entries.save_result(saved)
    two = story_item(store, store.stories.file(store.stories.awaiting_filing()[0], Placement(), None, NOW))
    melis = entity_numbers(store)["melis"]

    def name_counts() -> dict[int, int]:
        queue = store.queue.page(QueueFilter(QueueTab.NEW), NOW, 9, with_facets=True)
        assert queue.facets and set(queue.numbers) == {one.id, two.id}
        return {number: count for number, (_, count) in queue.facets.names.items()}

    def taken_in() -> None:
        (candidate,) = store.stories.awaiting_filing()
        item_before = store.stories.item_of(two.story)
        assert item_before
        store.stories.file(candidate, Placement(two.story), item_before, NOW, expected_version=item_before.version)

    assert name_counts() == {melis: 2}
    for text, names in (("Somebody was met.", 0), ("Melis Tokoev was met again.", 1), ("Nobody was met.", 0)):
        store.entries.save_result(
            replace(saved, article=replace(page, text=text), hits=(hit(text=text),) if names else ())
        )
        if looked_at_between:
            assert name_counts() == {melis: 1 + names}
        taken_in()
        assert name_counts() == {melis: 1 + names}


@pytest.mark.check
def test_both_programs_list_what_an_edit_a_merge_or_a_purge_changed(store: Store, database_url: str):
    watch(store)
    both = "Melis Tokoev wrote about Cholpon Arzyeva."
    perhaps = hit("Cholpon Arzyeva", "cholpon", both, **KINDS["possible"])  # type: ignore[arg-type]
    (entry,) = backlog(store, item(900))
    result = Result(entry, NOW, Outcome.QUEUED, article=article("post.example/900", both), hits=(perhaps,))
    store.entries.save_result(result)
    two = story_item(store, store.stories.file(store.stories.awaiting_filing()[0], Placement(), None, NOW))
    one = filed(store, at=NOW + MINUTE)
    number = entity_numbers(store)
    app = App(load_settings(Path("/nowhere"), {}, Path("/nowhere")), store, lambda: NOW)
    with closing(open_store(database_url)) as second_store:

        def listed(split: QueueTab = QueueTab.WAITING) -> tuple[list[int], dict[int, int]]:
            """Compare both programs: the items of a tab, and its counts by name."""
            answers = []
            for opened in (store, second_store, store, second_store):
                page = opened.queue.page(QueueFilter(split), NOW, 9, with_facets=True)
                assert page.facets and len(page.numbers) == page.tab_counts[split]
                answers.append((list(page.numbers), {n: count for n, (_, count) in page.facets.names.items()}))
            assert all(answer == answers[0] for answer in answers)
            return answers[0]

        assert listed() == ([one.id, two.id], {number["melis"]: 1, number["cholpon"]: 1})
        assert listed(QueueTab.POSSIBLE) == ([two.id], {number["cholpon"]: 1})
        clear = hit("Cholpon Arzyeva", "cholpon", f"{both} Again.")
        store.entries.save_result(replace(result, article=article("post.example/900", f"{both} Again."), hits=(clear,)))
        assert listed(QueueTab.POSSIBLE) == ([], {}) and len(listed(QueueTab.NEW)[0]) == 2
        joint = app.merge(two.id, one.id, by="aida")
        assert listed() == ([two.id], {number["melis"]: 1, number["cholpon"]: 1})
        app.split(two.id, [joint.articles[-1].id], by="aida")
        assert listed() == ([one.id, two.id], {number["melis"]: 1, number["cholpon"]: 1})
        purge_entity(app, "cholpon", apply=True)
        assert listed() == ([one.id], {number["melis"]: 1})
