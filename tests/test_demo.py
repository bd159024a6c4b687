"""The demo shows what monitor/demo/expected.yaml says: the whole line, in a pool of real processes, over real HTTP."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from monitor.app import App, now_utc
from monitor.config import load_settings
from monitor.demo import Newsroom, furnish
from monitor.demo.content import load_expected
from monitor.digest import as_json
from monitor.model import Confidence, Outcome, Result, ReviewItem, Run

EXPECTED: Mapping[str, Any] = load_expected()[2]


@dataclass(frozen=True)
class Shown:
    """What a run of the demo left behind; articles by ref."""

    app: App
    run: Run
    items: tuple[ReviewItem, ...]
    refs: Mapping[int, str]
    ended: Mapping[str, Result]

    def articles(self, item: ReviewItem) -> set[str]:
        return {self.refs[a.id] for a in item.articles}

    def item_with(self, ref: str) -> ReviewItem:
        return next(item for item in self.items if ref in self.articles(item))


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    home = tmp_path_factory.mktemp("demo")
    results: list[Result] = []
    with Newsroom(now_utc()) as newsroom:
        furnish(home, newsroom)
        app = App.open(load_settings(home, {}, home))
        run = app.ingest(tell=lambda what: results.append(what) if isinstance(what, Result) else None)
        items = tuple(app.queue())
        refs = {a.id: newsroom.ref(a.url) for item in items for a in item.articles}
        ended = {newsroom.ref(r.entry.item.url): r for r in results}
        yield Shown(app, run, items, refs, ended)
        app.close()


def names(item: ReviewItem) -> dict[str, str]:
    return {hit.entity: hit.confidence.value for hit in item.hits}


@pytest.mark.parametrize("story", EXPECTED["stories"], ids=lambda story: story["slug"])
def test_a_story_is_one_item_with_all_its_articles_and_exactly_these_names(shown: Shown, story: Mapping[str, Any]):
    item = shown.item_with(story["articles"][0])
    if shown.articles(item) != set(story["articles"]):
        assert "joins" in story or _joined_by_others(story), shown.articles(item) ^ set(story["articles"])
    assert set(story["articles"]) <= shown.articles(item)
    assert names(item).items() >= dict(story["hits"]).items()
    if shown.articles(item) == set(story["articles"]):
        assert names(item) == dict(story["hits"])
    assert item.confidence is Confidence.STRONG


def _joined_by_others(story: Mapping[str, Any]) -> bool:
    return any(other.get("joins") == story["slug"] for other in (*EXPECTED["stories"], *EXPECTED["possible"]))


@pytest.mark.parametrize("story", EXPECTED["stories"], ids=lambda story: story["slug"])
def test_the_words_that_matched_are_those_of_the_article_letter_for_letter(shown: Shown, story: Mapping[str, Any]):
    item = shown.item_with(story["articles"][0])
    for entity, words in story.get("found", {}).items():
        (hit,) = (h for h in item.hits if h.entity == entity)
        found = {m.mention.text for m in hit.mentions}
        assert set(words) <= found
        assert all(m.mention.why for m in hit.mentions)


def test_copies_fold_and_nothing_else_is_called_a_copy(shown: Shown):
    groups = [set(g) for story in EXPECTED["stories"] for g in story.get("same_text", ())]
    copies = {(shown.refs[a.id], shown.refs[a.copy_of]) for item in shown.items for a in item.articles if a.copy_of}
    assert len(copies) == EXPECTED["counts"]["copies"]
    assert all(any({copy, original} <= group for group in groups) for copy, original in copies)


@pytest.mark.parametrize("story", EXPECTED["possible"], ids=lambda story: story["slug"])
def test_what_is_only_possible_is_shown_as_possible(shown: Shown, story: Mapping[str, Any]):
    item = shown.item_with(story["articles"][0])
    if "joins" not in story or shown.articles(item) == set(story["articles"]):
        assert item.confidence is Confidence.POSSIBLE
        assert names(item) == dict(story["hits"])


def test_strangers_common_words_and_plain_news_are_not_hit(shown: Shown):
    linked = [each["article"] for each in EXPECTED["not_hit"] if each["article"] not in EXPECTED["trips"]]
    hit = {ref: shown.ended[ref].hits for ref in linked}
    assert len(hit) >= 12
    assert hit == dict.fromkeys(hit, ())
    assert shown.ended[""].outcome is Outcome.NO_LINK
    assert shown.ended[""].hits == ()


def test_a_body_alone_and_an_outlet_that_names_itself_are_counted_and_make_no_item(shown: Shown):
    for each in EXPECTED["counted"]:
        result = shown.ended[each["article"]]
        assert result.outcome is Outcome.COUNTED
        assert each["entity"] in {h.entity for h in result.hits}


def test_every_entry_ends_as_it_should_and_the_feed_that_refuses_us_is_a_finding(shown: Shown):
    for ref, trip in EXPECTED["trips"].items():
        if ref in shown.ended:
            assert shown.ended[ref].outcome.value == trip["outcome"], ref
    assert (shown.run.due, shown.run.failed) == (EXPECTED["counts"]["feeds"], EXPECTED["counts"]["refused"])
    refused = [s.feed.id for s in shown.app.feeds() if s.status.value == "refused"]
    assert refused == EXPECTED["refused"]
    assert shown.app.counts()["entry"] == EXPECTED["counts"]["entries"]


def test_the_digest_reconciles_with_the_queue(shown: Shown):
    told = as_json(shown.app.digest())
    listed = {story["item"] for section in told["sections"].values() for story in section}
    assert listed == {item.id for item in shown.items}
    assert len(told["sections"]["new"]) == sum(i.confidence is Confidence.STRONG for i in shown.items)


@pytest.mark.slow
def test_the_command_runs_in_thirty_seconds_and_what_it_says_to_type_next_works_as_pasted(tmp_path: Path):
    monitor = Path(sys.executable).with_name("monitor")
    began = time.monotonic()
    environment = {"PATH": "/usr/bin:/bin", "LANG": "C", "TMPDIR": str(tmp_path)}
    demo = subprocess.run(
        [monitor, "demo"], cwd="/", env=environment, capture_output=True, text=True, encoding="utf-8", check=True
    )
    assert time.monotonic() - began < 30
    assert "SOURCES" in demo.stdout
    said = [line.strip() for line in demo.stdout.splitlines() if "--home" in line]
    assert len(said) == 5
    for command in said:
        done = subprocess.run(
            shlex.split(command),
            cwd="/",
            env=environment,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout
    shown = subprocess.run(
        [*shlex.split(said[0]), "--format", "json"], env=dict(os.environ), capture_output=True, text=True, check=True
    )
    assert json.loads(shown.stdout)["items"]
