"""Whatever outlets publish and people decide, in whatever order: nothing that was found is hidden.

Outlets report, copy, put news around a known text, edit, and speak of each other's addresses. People read cards, decide,
merge, split and take back; runs die and go on, an older build leaves mixed items. After all of this each
sentence of an article that names somebody waits in the queue, or somebody judged it with its words in sight.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from functools import wraps
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from hypothesis.stateful import run_state_machine_as_test as run_lives
from sqlalchemy import func, select, update

from kit.contradictions import contradictions
from kit.databases import delete_all_rows
from kit.desk import Browser, Card, account, client, read_card
from kit.home import open_app
from kit.internet import reader
from kit.invented_news import PEOPLE, TRADE, Claim, Invention, NewsOutlets, Report
from monitor import failpoints
from monitor.errors import InputError, NotFound
from monitor.ingest import filing
from monitor.model import Candidate, Outcome, Placement, PlacementReason, ReviewItem, Role, Rule, State
from monitor.model.items.history import effective
from monitor.store import tables as t
from monitor.store.line.stories import SqlStories
from monitor.web import create_desk

OUTLETS = ("post", "herald", "rival")
SHOWN = [state for state in State if state is not State.MERGED]
SETTLING = ("relevant", "not-relevant:another-person", "later:30")
ACTS = (*SETTLING, "not-relevant:not-about", "unsure")
PLACES = ("lead", "headline and lead", "headline", "middle", "end")
ADDRESSES = ("{url}", "{url}/amp", "{url}?utm_source=rival", "http://rival.example/to/{path}")

_choose_placement = filing.choose_placement


class Stopped(BaseException):
    """The process ends here."""


def is_stop(error: BaseException) -> bool:
    return isinstance(error, Stopped) or (isinstance(error, BaseExceptionGroup) and all(map(is_stop, error.exceptions)))


def place_by_older_rules(article: Candidate, stories: SqlStories) -> Placement:
    at, share = article.published_at, filing.POLICY.cluster.text_share
    similar = stories.find_similar(article, at - filing.POLICY.copies_within, at, text_share=share)
    same = [one for one in similar if one.people & article.people]
    if article.story is not None or not same:
        return _choose_placement(article, stories)
    return Placement(same[-1].story, None, PlacementReason(Rule.WATCHED, text="both name her"), 2.0, same[-1].id)


def step(**draws: Any) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Return a rule that is not followed again before seven others: else most short lives would be of one kind."""

    def decorate(method: Callable[..., None]) -> Callable[..., None]:
        @wraps(method)
        def follow(self: Lives, **values: Any) -> None:
            self.steps.append(method.__name__)
            method(self, **values)

        return precondition(lambda self: method.__name__ not in self.steps[-7:])(rule(**draws)(follow))

    return decorate


class Lives(RuleBasedStateMachine):
    env = ""
    is_of_runs = True  # which die, and file what older rules filed

    @initialize(acts=st.tuples(*[st.sampled_from(["", *SETTLING])] * 3))
    def begin(self, acts: Sequence[str]) -> None:
        self.stack, self.steps = ExitStack(), list[str]()
        folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        self.reader = self.stack.enter_context(reader(folder / "home", self.env))
        if self.env:
            delete_all_rows(self.reader.app.store)
        self.invention, self.news = Invention(), NewsOutlets(self.reader.internet, OUTLETS)
        self.reader.subscribe(**{name: self.news.feed_url(name) for name in OUTLETS})
        self.aida = account(self.reader.app, "Aida", Role.REVIEWER)
        self.in_sight: dict[int, set[str]] = {}  # decision -> the marks of the sentences on the card
        for event in range(3):
            self.add_report(OUTLETS[event % 2], event, PEOPLE[event % 2], "lead")
        self.read()
        for item, act in zip(self.items(), acts, strict=True):
            if act:
                self.judge(self.card_of(item.id), act)

    def teardown(self) -> None:
        if hasattr(self, "stack"):
            with self.stack:
                assert contradictions(self.reader.app.store) == []

    # ---- what outlets do

    @step(
        outlet=st.sampled_from(OUTLETS), event=st.integers(0, 2), person=st.sampled_from(PEOPLE),
        place=st.sampled_from(["headline", "lead", "end"]),
    )  # fmt: skip
    def report(self, outlet: str, event: int, person: str, place: str) -> None:
        self.add_report(outlet, event, person, place)
        self.read()

    @step(data=st.data(), outlet=st.sampled_from(OUTLETS), how=st.sampled_from(["verbatim", "scattered", "trade"]))
    def copy(self, data: st.DataObject, outlet: str, how: str) -> None:
        source = self.pick_report(data)
        body = list(source.body)
        for n in range(1, len(body), 2) if how == "scattered" else ():
            # Of a watched name, in this sentence or in the one before, it tells something else then.
            is_news = source.body[n - 1].names_somebody or source.body[n].names_somebody
            body[n] = source.body[n].with_changed_word(is_news=is_news)
        self.news.add(outlet, source.headline, body, trade=TRADE if how == "trade" else ())
        self.read()

    @step(
        data=st.data(), outlet=st.sampled_from(OUTLETS), person=st.sampled_from([*PEOPLE, ""]),
        place=st.sampled_from(PLACES), act=st.sampled_from(SETTLING),
    )  # fmt: skip
    def repeat_what_was_judged_with_news(
        self, data: st.DataObject, outlet: str, person: str, place: str, act: str
    ) -> None:
        self.judge_all(act)
        self.add_news(self.pick_report(data), outlet, person, place)
        self.read()

    @step(data=st.data(), how=st.sampled_from(["sentence", "headline", "name cut"]), person=st.sampled_from(PEOPLE))
    def edit(self, data: st.DataObject, how: str, person: str) -> None:
        """Change a page; a new sentence without a name would be no change that people must see (docs/glossary.md)."""
        report = self.pick_report(data)
        if how == "sentence":
            report.body.append(self.invention.sentence(0, person))
        elif how == "headline":
            report.headline = self.invention.headline(0, person)
        else:
            report.headline, report.body = report.headline.without_names(), [s.without_names() for s in report.body]
        self.read(hours=30)  # until the page is looked at again

    @step(data=st.data(), address=st.sampled_from(ADDRESSES), person=st.sampled_from(PEOPLE), own_words=st.booleans())
    def list_the_address_of_another(self, data: st.DataObject, address: str, person: str, own_words: bool) -> None:
        """List an address of another outlet, in the same run as that or later, with words of its own or without."""
        self.add_report("post", 3, person, "lead")
        source, internet = self.pick_report(data, of_rival=False), self.reader.internet
        internet.redirect(f"http://rival.example/to/{source.path}", source.url)
        for twin in (f"{source.url}/amp", f"{source.url}?utm_source=rival"):
            internet.page(twin, str(source.headline), source.text)
        headline = self.invention.headline(4, person) if own_words else source.headline
        summary = self.invention.sentence(4, person) if own_words else None
        link = address.format(url=source.url, path=source.path)
        self.news.claims.setdefault("rival", []).append(Claim(link, headline, summary))
        self.read()

    @step(data=st.data(), person=st.sampled_from(PEOPLE), own_headline=st.booleans())
    def claim_to_be_the_page_of_another(self, data: st.DataObject, person: str, own_headline: bool) -> None:
        source = self.pick_report(data, of_rival=False)
        headline = self.invention.headline(4, person) if own_headline else source.headline
        body = [self.invention.sentence(4, person) for _ in range(4)]
        self.news.add("rival", headline, body, canonical=source.url)
        self.read()

    # ---- runs

    @precondition(lambda self: self.is_of_runs)
    @step(data=st.data(), point=st.integers(1, 40), person=st.sampled_from(PEOPLE), place=st.sampled_from(PLACES))
    def die_in_a_run_and_start_again(self, data: st.DataObject, point: int, person: str, place: str) -> None:
        self.add_news(self.pick_report(data), "herald", person, place)
        self.add_report("post", 3, person, "lead")
        passed = 0

        def stop(_: str) -> None:
            nonlocal passed
            passed += 1
            if passed >= point:  # and whoever goes on in another thread stores nothing, either
                raise Stopped

        failpoints.arm(stop)
        try:
            self.read()
        except BaseException as error:
            if not is_stop(error):
                raise
        finally:
            failpoints.arm(None)
        self.reader.app.close()
        self.reader.app = open_app(self.reader.home, self.reader.clock)
        self.stack.callback(self.reader.app.close)
        self.read(hours=0.2)

    @precondition(lambda self: self.is_of_runs)
    @step(data=st.data(), person=st.sampled_from(PEOPLE), is_judged=st.booleans(), place=st.sampled_from(PLACES))
    def upgrade(self, data: st.DataObject, person: str, is_judged: bool, place: str) -> None:
        """Let the build before put what names one person into one item, and the first run of this one file it again."""
        source = self.pick_report(data)
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(filing, "choose_placement", place_by_older_rules)
            for event in (5, 6):
                self.add_report("herald", event, person, "lead")
            self.add_news(source, "post", person, place)
            self.read()
        first = select(func.min(t.story_article.c.id)).group_by(t.story_article.c.story)
        with self.reader.app.store.database.writing("a migration") as connection:
            connection.execute(update(t.story_article).where(t.story_article.c.id.not_in(first)).values(old_rules=True))
        if is_judged:
            self.judge(self.card_of(self.pick_item(data).id), "relevant")
        self.read()

    def read(self, hours: float = 7) -> None:
        self.news.publish()
        self.reader.advance(hours=hours)
        self.gather()
        self.news.note_served()

    def gather(self) -> None:
        self.reader.app.ingest(include_not_due=True)

    # ---- what people do

    @step(data=st.data(), act=st.sampled_from(ACTS), name_only=st.booleans(), is_taken_back=st.booleans())
    def decide(self, data: st.DataObject, act: str, name_only: bool, is_taken_back: bool) -> None:
        self.judge(self.card_of(self.pick_item(data).id), act, name_only=name_only)
        if is_taken_back:
            self.take_back()

    @step(data=st.data(), act=st.sampled_from(SETTLING), place=st.sampled_from(PLACES), person=st.sampled_from(PEOPLE))
    def decide_on_a_card_that_was_opened_before_a_run(
        self, data: st.DataObject, act: str, place: str, person: str
    ) -> None:
        """Decide on what was read before a run: that is refused if the item has anything new since."""
        waiting = {article.url for item in self.reader.app.queue() for article in item.articles}
        reports = [report for report in self.news.reports if report.url in waiting] or self.news.reports
        source = data.draw(st.sampled_from(reports))
        cards = [self.card_of(item.id) for item in self.reader.app.queue()]
        self.add_news(source, "herald", person, place)
        self.read()
        for card in cards:
            self.judge(card, act)

    @step(data=st.data(), are_parted=st.booleans())
    def merge(self, data: st.DataObject, are_parted: bool) -> None:
        numbers = [item.id for item in self.items()]
        if len(numbers) < 2:
            return
        target, second_item = data.draw(st.lists(st.sampled_from(numbers), min_size=2, max_size=2, unique=True))
        self.reader.advance(minutes=1)  # nobody decides and merges at once: which came first would be unknown
        merged = self.reader.app.merge(target, second_item, by="Aida")
        if are_parted:
            self.split_off(data, merged)

    @step(data=st.data(), outlet=st.sampled_from(OUTLETS), person=st.sampled_from(PEOPLE))
    def split(self, data: st.DataObject, outlet: str, person: str) -> None:
        self.add_news(self.pick_report(data), outlet, person, "middle")
        self.read()
        if several := [item for item in self.items() if len(item.articles) > 1]:
            self.split_off(data, data.draw(st.sampled_from(several)))

    def split_off(self, data: st.DataObject, item: ReviewItem) -> None:
        article = data.draw(st.sampled_from([article.id for article in item.articles]))
        with suppress(InputError):  # all the others are copies of it
            self.reader.app.split(item.id, [article], by="Aida")

    @step()
    def take_back(self) -> None:
        with suppress(NotFound, InputError):  # nothing was done, or what was moved has moved on
            self.reader.app.undo(by="Aida")

    def judge(self, card: Card, act: str, *, name_only: bool = False) -> None:
        form = {"act": act, "version": card.version}
        if name_only and card.entities and not act.startswith("later"):
            form["entity"] = card.entities[0]
        before = self.decisions()
        self.reader.advance(minutes=1)
        answer = self.desk().post(f"/items/{card.item}/decide", form)
        assert answer.status_code in {303, 409}, answer.text
        for decision in self.decisions() - before:
            self.in_sight[decision] = {mark for mark in self.news.marks if mark in card.text}

    def judge_all(self, act: str) -> None:
        for item in self.reader.app.queue():
            self.judge(self.card_of(item.id), act)

    def card_of(self, item: int) -> Card:
        card = read_card(self.desk(), item)
        assert card.pages == len(self.reader.app.item(item).articles)  # else what it lists was not read
        return card

    def desk(self) -> Browser:
        return client(create_desk(self.reader.app), self.aida)

    # ---- what holds

    @invariant()
    def nothing_that_was_found_is_hidden(self) -> None:
        if not hasattr(self, "stack"):
            return
        waiting = [article for item in self.reader.app.queue() for article in item.articles]
        texts = [stored.article for stored in self.reader.app.store.cards.stored_texts(waiting).values()]
        reachable = " ".join(f"{article.title} {article.text}" for article in texts)
        judged = {mark for decision in self.decisions() for mark in self.in_sight.get(decision, ())}
        assert {mark for mark in self.news.marks if mark not in reachable} <= judged

    @invariant()
    def no_duplicate_says_anything_that_no_filed_article_says(self) -> None:
        if not hasattr(self, "stack"):
            return
        query = select(t.entry.c.url, t.entry.c.title, t.entry.c.summary).where(t.entry.c.outcome == Outcome.DUPLICATE)
        with self.reader.app.store.database.reading() as connection:
            duplicates = connection.execute(query).all()
            filed = select(t.article_version.c["title", "text"]).where(
                t.article_version.c.article.in_(select(t.story_article.c.article))
            )
            filed_words = " ".join(f"{row.title} {row.text}" for row in connection.execute(filed)) if duplicates else ""
        for url, title, summary in duplicates:
            in_feed = {mark for mark in self.news.marks if mark in f"{title} {summary}"}
            assert all(mark in filed_words for mark in in_feed | self.news.served.get(url, set())), url

    # ---- helpers

    def items(self) -> Sequence[ReviewItem]:
        return self.reader.app.queue(SHOWN)

    def decisions(self) -> set[int]:
        """Return the decisions that stand."""
        return {decision.id for item in self.items() for decision in effective(item.history)}

    def pick_item(self, data: st.DataObject) -> ReviewItem:
        return data.draw(st.sampled_from(self.items()))

    def add_report(self, outlet: str, event: int, person: str, place: str) -> None:
        make = self.invention
        headline = make.headline(event, person if place == "headline" else "")
        named = {"lead": 0, "end": 3}.get(place)
        self.news.add(outlet, headline, [make.sentence(event, person if n == named else "") for n in range(4)])

    def add_news(self, source: Report, outlet: str, person: str, place: str) -> None:
        """Publish an article that repeats another and brings a sentence or a headline of its own."""
        headline, body = source.headline, list(source.body)
        if "headline" in place:
            headline = self.invention.headline(4, person)
        if place != "headline":
            at = {"middle": len(body) // 2, "end": len(body)}.get(place, 0)
            body.insert(at, self.invention.sentence(4, person))
        self.news.add(outlet, headline, body)

    def pick_report(self, data: st.DataObject, *, of_rival: bool = True) -> Report:
        return data.draw(st.sampled_from([r for r in self.news.reports if of_rival or r.outlet != "rival"]))


def check_lives(machine: type[Lives], examples: int, steps: int) -> None:
    run_lives(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            phases=(Phase.reuse, Phase.generate),
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )
