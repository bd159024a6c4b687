"""Growth of what is stored: lists, cards and digests take as long as what they show."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kit.app import App
from kit.databases import noted_statements
from kit.desk import account, client
from kit.growth import Work, grows_as_its_input, letters
from kit.store import HOUR, MELIS, NOW, filed, hit, stored, watch
from monitor.config import Settings
from monitor.match import compile_watchlist, find_mentions, hits
from monitor.messages.content.render import as_html, as_json, as_text
from monitor.model import Decision, Document, Entity, Placement, Role, Run, Verdict
from monitor.review.decisions import decide
from monitor.store import Store, open_store
from monitor.web import create_desk

pytestmark = pytest.mark.soak
READERS_OF_A_STORE: dict[str, Work] = {
    "queue list": lambda app: app.rows(app.queue()),
    "queue show": lambda app: app.rows([app.item(1)]),
    "digest as text": lambda app: as_text(app.digest()),
    "digest as a page": lambda app: as_html(app.digest()),
    "digest as JSON": lambda app: as_json(app.digest()),
    **{
        f"the desk's {page}": lambda app, page=page: client(create_desk(app), app.store.people.by_name("Aida")).get(
            page
        )
        for page in ("/queue", "/items/1", "/items/1/articles/1", "/queue.json", "/queue.csv", "/queue.atom", "/digest")
    },
}


def articles_of_one_story(store: Store, n: int) -> None:
    text = "Melis Tokoev stays in custody, his lawyer said. " * 5
    mentions = find_mentions(text, compile_watchlist([MELIS]))
    (named,) = hits(Document("1", text), mentions, compile_watchlist([MELIS]))
    item = filed(store, named, text=text)
    for _ in range(n):
        candidate = stored(store, named, text=text)
        store.stories.file(candidate, Placement(item.story), item, NOW, expected_version=item.version)


def stories_of_one_name(store: Store, n: int) -> None:
    for _ in range(n):
        filed(store, hit())


def names_in_one_article(store: Store, n: int) -> None:
    people = [Entity(f"p{k}", f"Melis {letters(k)}ov") for k in range(n)]
    watch(store, MELIS, *people)
    text = " ".join(f"{person.name} came." for person in people)
    filed(store, *(hit(person.name, person.id, text) for person in people), text=text)


def decisions_on_one_story(store: Store, n: int) -> None:
    story = filed(store, hit())
    for k in range(n):
        decision = Decision(story.id, story.version, NOW, "aida", Verdict.UNSURE, note=f"note {k}")
        after = decide(story, decision)
        story = store.reviews.save(after, was=story.version, decision=after.history[-1])


def places_of_one_name(store: Store, n: int) -> None:
    text = "Melis Tokoev " * 20 * n
    compiled = compile_watchlist([MELIS])
    filed(store, *hits(Document("1", text), find_mentions(text, compiled), compiled), text=text)


STORED = {
    "articles of one story": articles_of_one_story,
    "stories of one name": stories_of_one_name,
    "names in one article": names_in_one_article,
    "decisions on one story": decisions_on_one_story,
    "places of one name": places_of_one_name,
}


@contextmanager
def desk(folder: Path, tables: Path, fill: Callable[[Store, int], None], n: int) -> Iterator[App]:
    """Yield an app on a store that was filled with so many."""
    settings = Settings(home=folder, database_url=f"sqlite:///{shutil.copy(tables, folder / f'{n}.db')}")
    app = App(settings, open_store(settings.database_url), lambda: NOW + HOUR)
    watch(app.store)
    account(app, "Aida", Role.REVIEWER)
    app.store.runs.save(Run(started=NOW, ended=NOW))
    fill(app.store, n)
    yield app
    app.close()


@pytest.mark.parametrize("kind", STORED)
def test_lists_cards_and_digests_take_as_long_as_what_they_show(kind: str, tmp_path: Path, sqlite_with_tables: Path):
    with (
        desk(tmp_path, sqlite_with_tables, STORED[kind], 8) as few,
        desk(tmp_path, sqlite_with_tables, STORED[kind], 80) as long_desk,
    ):
        apps, memory = {8: few, 80: long_desk}, kind == "places of one name"
        for read in READERS_OF_A_STORE.values():
            read(few)  # templates and statements are made once
        slow = [
            name
            for name, read in READERS_OF_A_STORE.items()
            if not grows_as_its_input(read, apps.__getitem__, 80, memory=memory)
        ]
        assert slow == []


def test_filing_an_article_reads_none_of_the_texts_of_its_story(tmp_path: Path, sqlite_with_tables: Path):
    with desk(tmp_path, sqlite_with_tables, lambda store, n: None, 0) as app:
        story, candidate = filed(app.store, hit()), stored(app.store, hit())
        with noted_statements(app.store) as statements:
            item = app.store.stories.item_of(story.story)
            assert item is not None
            app.store.stories.file(candidate, Placement(item.story), item, NOW, expected_version=item.version)
    of_story = [statement for statement in statements if "story_article.story IN" in statement]
    assert of_story and not [s for s in of_story if re.search(r"article_version\.text\b", s)]
