"""A census: whatever a desk can be asked for, it tells nobody of a name that they may not know of."""

from __future__ import annotations

import inspect
import io
import json
import re
import shutil
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import IO, Any

import httpx
import pytest
from fastapi import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from kit.desk import OURS, account, client
from kit.store import DAY, HOUR, KOS, MELIS, NOW, archived, article, backlog, filed, hit, item, stored, watch
from monitor.app import App
from monitor.app.review import ReviewService
from monitor.config import Settings
from monitor.digest import as_html, as_json, as_text
from monitor.i18n.troubles import trouble_message
from monitor.model import (
    Alert,
    Entity,
    Outcome,
    Placement,
    PlacementReason,
    QueueFilter,
    QueueTab,
    RawPage,
    Reason,
    RecheckResult,
    RescanMatch,
    Result,
    Role,
    Rule,
    Run,
    TroubleKind,
    Verdict,
    WatchlistChange,
    Window,
)
from monitor.serialize import item_row, plain, run_row
from monitor.store import open_store
from monitor.web import create_desk
from monitor.web.security import app_of

# Everything that tells of the sensitive name holds these letters, and nothing else does.
MARK = "qzada"
OTHER = Entity("other", "Other Person")
SECRET = Entity("qzada-id", "Qzada Qzova", aliases=("Qzadalias",), note="Qzada note of hers", sensitive=True)
BOTH = (
    "Melis Tokoev was brought in. The woman in grey waited outside."  # the words of a shared article are for everybody
)
ALONE = "Qzada Qzova was led away on Monday."
BESIDE = "Officers of the KOS led Qzada Qzova away to an unknown place."


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, sqlite_with_tables: Path) -> Iterator[App]:
    app = home_of_her(tmp_path_factory.mktemp("census"), sqlite_with_tables)
    yield app
    app.close()


def home_of_her(folder: Path, tables: Path) -> App:
    """Return a home with items of him and of her.

    1 of him; 2 of both, with an article of hers alone; 3 of her; 4 of her and a body that only she brings in; 5 of her; 6
    of her, merged into item 2.
    """
    app = App(
        Settings(home=folder, database_url=f"sqlite:///{shutil.copy(tables, folder / 'monitor.db')}"),
        open_store(f"sqlite:///{folder / 'monitor.db'}"),
        Clock(),
    )
    store = app.store
    watch(store, MELIS, replace(KOS, alert=Alert.WITH_OTHERS), SECRET)
    edited = WatchlistChange(changed=((SECRET, replace(SECRET, note="Qzada note of May")),), added=(OTHER,))
    store.watchlists.apply(edited, "desk", NOW, author="Root", reason="for Qzada Qzova")
    of_her = hit("Qzada Qzova", SECRET.id, ALONE)
    filed(store, at=NOW - 5 * HOUR, outlet="Post")
    both = filed(
        store, hit(text=BOTH), hit("The woman in grey", SECRET.id, BOTH), at=NOW - 4 * HOUR, text=BOTH, outlet="Herald"
    )
    joins = stored(store, of_her, at=NOW - 3 * HOUR, text=ALONE, title="Qzada taken", outlet="Qzada Times")
    store.stories.file(
        joins,
        Placement(both.story, reason=PlacementReason(Rule.WATCHED, text="both name Qzada Qzova")),
        both,
        NOW - 3 * HOUR,
        expected_version=1,
    )
    filed(store, of_her, at=NOW - 3 * HOUR, text=ALONE, title="Qzada alone", outlet="Qzada Times")
    beside = replace(hit("KOS", "kos", BESIDE), why=f"named beside {SECRET.name}")
    filed(store, beside, hit("Qzada Qzova", SECRET.id, BESIDE), at=NOW - 2 * HOUR, text=BESIDE, title="KOS took Qzada")
    filed(store, of_her, at=NOW - 2 * HOUR, text=ALONE, title="Qzada again", outlet="Qzada Times")
    filed(store, of_her, at=NOW - HOUR, text=ALONE, title="Qzada once more", outlet="Qzada Times")
    app.decide(2, Verdict.NOT_RELEVANT, by="Root", entity=SECRET.id, reason=Reason.ANOTHER_PERSON, note="Qzada note")
    app.decide(4, Verdict.UNSURE, by="Root", note="Qzada note: is it her?")
    app.decide(4, Verdict.RELEVANT, by="Root", entity="kos", note="qzada and kos")
    app.merge(2, 6, by="Root")
    app.archive.add_link("https://post.example/link", by="Root", note="Qzada note")
    app.seen_by(Role.REVIEWER).archive.add_link("https://post.example/link", by="Vera")
    problem = trouble_message(TroubleKind.WATCHLIST, "watchlist.yaml:3: Qzada Qzova stands twice")
    store.runs.save(Run(NOW - HOUR, ended=NOW - HOUR, fetched=1, entries=6, problems=(problem,)))
    return app


def test_the_world_of_this_census_is_full_of_her(app: App):
    admin = client(create_desk(app), account(app, "Chief", Role.ADMIN))
    for path in ("/queue", "/items/2", "/items/3", "/items/4", "/queue.json", "/queue.atom", "/queue.csv", "/runs",
                 "/digest", "/queue?filters=1",
                 "/names", "/names/3", "/names/4"):  # fmt: skip
        assert MARK in admin.get(path).text.lower(), path
    for what in ("Qzada Times", "Qzada note", "named beside Qzada Qzova", "both name Qzada Qzova", "Qzada once more"):
        assert what in json.dumps([item_row(item) for item in (app.item(2), app.item(3), app.item(4))]), what
    assert len(NUMBERS["/sources/"]) > len(app.feeds()) and len(NUMBERS["/names/"]) > len(app.watchlist().entities)


NUMBERS = {"/sources/": range(1, 4), "/names/": range(1, 6)}  # all there are and one more; of items and others seven


def addresses(path: str) -> list[str]:
    """Return an address for each item and each article."""
    numbers = next((numbers for start, numbers in NUMBERS.items() if path.startswith(start)), range(1, 8))
    return [
        path.replace("{number}", str(n))
        .replace("{article}", str(a))
        .replace("{day}", f"{NOW:%Y-%m-%d}")
        .replace("{kind}", kind)
        for n in (numbers if "{number}" in path else [1])
        for a in (range(1, 9) if "{article}" in path else [1])
        for kind in (("csv", "yaml") if "{kind}" in path else ("",))
    ]


QUERIES = ("", "?filters=1", "?show=decided", "?show=decided&filters=1", "?show=later", "?name=3", "?same=1", "?at=3",
           "?show=asked")  # fmt: skip
NAMES_QUERIES = ("", "?by=warnings")
ITEM_QUERIES = ("", "?same=1", "?show=decided")
FORMS: tuple[Mapping[str, Any], ...] = (
    {},
    {"every": "1"},
    {"pick": [f"{n}:{v}" for n in range(1, 7) for v in (1, 2)], "seen": "3:1 4:3", "act": "relevant", "version": 1},
    {"pick": "1:1", "also": "3", "merging": "1", "seen": "1:1 3:1", "act": "later:7", "version": 3, "entity": 3},
    {"words": "custody", "decision": 1, "regrouping": 1, "article": ["1", "3"], "version": 2, "act": "unsure"},
    {"names": "Somebody New\nMelis Tokoev", "act": "look", "text": "name,note\nMelis Tokoev,in court\nSomebody New,\n"},
    {"names": "Somebody New", "act": "try", "trial": "Somebody New left.", "version": 1},
)


def tells(answer: httpx.Response) -> bool:
    return MARK in f"{answer.text} {dict(answer.headers)}".lower()


# Operators reach all that readers and reviewers do, and the pages of names.
LESSER = [pytest.param(role, marks=pytest.mark.check) for role in (Role.READER, Role.REVIEWER)]


@pytest.mark.parametrize("role", [*LESSER, Role.OPERATOR])
@pytest.mark.parametrize("method", ["GET", pytest.param("POST", marks=pytest.mark.check)])
def test_no_page_and_no_answer_to_a_form_holds_a_byte_of_a_hidden_name(app: App, role: Role, method: str):
    desk = create_desk(app)
    browser = client(desk, account(app, f"Aida {role} {method}", role))
    asked = 0
    for path in [route.path for route in desk.pages.routes if isinstance(route, Route) and method in route.methods]:
        # An added article is shown as published, names and all: see the test of its pages below.
        if path in {"/sign-out", "/account/password", "/archive/{number}/add"}:
            continue
        for address in addresses(path):
            queries = {"/names": NAMES_QUERIES, "/items/{number}": ITEM_QUERIES}.get(path, ("",))
            queries = QUERIES if path.startswith("/queue") else queries
            requests: list[dict[str, Any]] = [{"url": f"{address}{query}"} for query in queries]
            if method == "POST":
                requests = [{"url": address, "data": form, "headers": OURS} for form in FORMS]
            for request in requests:
                answer = browser.request(method, **request)
                assert answer.status_code < 500, request
                assert not tells(answer), (method, request)
                asked += 1
    assert asked > 100


# ---- a page that somebody writes later, and forgets everybody it is for ----------------------------------------------

CHANGES = {
    "add_article",
    "add_link",
    "read_links_now",
    "decide",
    "write_note",
    "decide_many",
    "merge",
    "split",
    "undo",
    "undo_regrouping",
}
WINDOW = Window(NOW - DAY, NOW + DAY)


def packed(pack: IO[bytes]) -> str:
    """Return the manifest of an evidence pack; it tells what is named where."""
    with pack, zipfile.ZipFile(pack) as files:
        return files.read("manifest.json").decode()


def test_a_pack_of_evidence_is_the_same_whether_or_not_a_hidden_name_is_in_the_article(tmp_path: Path):
    packs, times, shown_times = [], [], []
    for watched in ((MELIS,), (MELIS, SECRET)):
        url = f"sqlite:///{tmp_path / str(len(watched))}.db"
        store = open_store(url)
        app = App(Settings(home=tmp_path, database_url=url), store, Clock())
        watch(store, *watched)
        page = article("post.example/1", BOTH, raw=RawPage(BOTH.encode(), {"content-type": "text/html"}))
        (entry,) = backlog(store, item(1))
        of_her = (hit("The woman in grey", SECRET.id, BOTH),) if SECRET in watched else ()
        outcome = Outcome.QUEUED if of_her else Outcome.NO_MATCH
        store.entries.save_result(Result(entry, NOW, outcome, article=page, hits=of_her))
        (archived,) = store.archive.articles(None, None, 9)
        store.archive.save([RescanMatch(archived.article, (hit(text=BOTH),))], NOW + HOUR)
        (found,) = store.stories.awaiting_filing()
        store.stories.file(found, Placement(), None, NOW + HOUR)
        assert ("articles/1/1.html" in packed(app.evidence(app.item(1)))) is bool(of_her)
        later = NOW + 8 * HOUR
        (recheck,) = store.revisits.claim(later, later + HOUR, 9, {entry.feed.number: 9})
        again = replace(page, id=recheck.article.id, fetched=later)
        store.revisits.save(RecheckResult(recheck, later, article=again, hits=(hit(text=BOTH), *of_her)))
        times.append(app.desk.cards.stored_texts(app.item(1).articles)[1].article.fetched)
        reviewed = app.seen_by(Role.REVIEWER)
        shown_times.append(reviewed.desk.cards.stored_texts(app.item(1).articles)[1].article.fetched)
        with reviewed.evidence(reviewed.item(1)) as pack, zipfile.ZipFile(pack) as packed_files:
            files = {name: packed_files.read(name) for name in packed_files.namelist()}
        manifest = json.loads(files.pop("manifest.json"))
        assert files.pop("SHA256SUMS") and manifest["item"].pop("version")
        packs.append((files, manifest))
        app.close()
    assert times == [later, NOW] and shown_times == [NOW, NOW]
    assert packs[0] == packs[1]
    assert [*packs[0][0]] == ["README.txt", "articles/1/1.txt"] and b"Texts only" in packs[0][0]["README.txt"]


def pages_of_added_article(folder: Path, *, names_her: bool) -> list[str]:
    """Return what a reviewer reads who makes an item of an article whose own item, if it names her, is hidden."""
    url, other = f"sqlite:///{folder / str(names_her)}.db", "Qzada Qzova was seen by a neighbour."
    app = App(Settings(home=folder, database_url=url), open_store(url), Clock())
    watch(app.store, MELIS, SECRET)
    texts = {"Led away": ALONE, "Seen": other}
    for title, text in texts.items():
        if names_her is (title == "Led away"):
            filed(app.store, hit("Qzada Qzova", SECRET.id, text), at=NOW - DAY, text=text, title=title)
            app.decide(1, Verdict.UNSURE, by="Root", note="is it her?")
        else:
            archived(app.store, text, NOW - DAY, title=title)
    app.store.archive.index_texts(9)
    browser = client(create_desk(app), account(app, "Aida", Role.REVIEWER))
    results = browser.get(browser.post("/archive", {"words": "monday"}).headers["location"]).text
    (number,) = re.findall("/archive/([0-9]+)/add", results)
    added = browser.post(f"/archive/{number}/add", {"note": "look at it"}).headers["location"]
    assert added == "/items/2?article=1&said=added"
    with zipfile.ZipFile(io.BytesIO(browser.get("/items/2/evidence").content)) as pack:
        evidence = pack.read("manifest.json").decode()
    paths = (added, "/queue?filters=1", "/queue.json", "/queue.atom", "/digest", "/statistics", "/items/2/articles/1")
    pages = [results, *(browser.get(path).text for path in paths), evidence]
    app.close()
    return [re.sub("q=[0-9a-f]+|post.example/[0-9]+", "", page) for page in pages]


def test_an_added_article_is_the_same_on_every_page_whether_or_not_it_names_a_hidden_name(tmp_path: Path):
    pages, pages_of_her = (pages_of_added_article(tmp_path, names_her=names_her) for names_her in (False, True))
    assert all("Led away" in page for page in pages[:5]) and "look at it" in pages[1]
    assert pages == pages_of_her


def everything_read(app: ReviewService) -> dict[str, Any]:
    """Return the result of each public method of a viewer's use cases and of the desk's roles."""
    numbers, tabs = range(1, 9), [QueueFilter(tab) for tab in QueueTab]
    items = app.desk.cards.items(numbers)
    calls: dict[str, Any] = {
        "ReviewService.queue": lambda f: [f(), f(("decided", "expired", "later"))],
        "ReviewService.item": lambda f: [f(item.id) for item in items],
        "ReviewService.current_items": lambda f: f(numbers),
        "ReviewService.regroupings": lambda f: [f(item) for item in items],
        "ReviewService.last_action": lambda f: [f("Root"), f("Aida")],
        "ReviewService.count_undoable_items": lambda f: [f(d) for item in items for d in item.history],
        "ReviewService.entity_number": lambda f: f("melis"),
        "Archive.search": lambda f: f("custody"),
        "Archive.link": lambda f: [f(number) for number in app._store.additions.pending()],
        "ReviewService.evidence": lambda f: [packed(f(item)) for item in items],
        "ReviewService.digest": lambda f: [form(f(day)) for form in (as_json, as_text, as_html) for day in (None, NOW.date())],
        "ReviewService.feeds": lambda f: f(),
        "ReviewService.health": lambda f: f(),
        "ReviewService.runs": lambda f: f(9),
        "SqlQueuePages.page": lambda f: [f(tab, NOW, 9, with_facets=True) for tab in tabs],
        "SqlQueuePages.numbers": lambda f: [f(tab, NOW, 9) for tab in tabs],
        "SqlQueuePages.neighbours": lambda f: [f(n, QueueFilter(), NOW) for n in numbers],
        "SqlQueuePages.next_item": lambda f: [f(n, QueueFilter(), NOW) for n in numbers],
        "SqlQueuePages.index_of": lambda f: [f(n, QueueFilter(), NOW) for n in numbers],
        "SqlCards.items": lambda f: f(numbers),
        "SqlCards.stored_texts": lambda f: [text.sha256 for i in items for text in f(i.articles).values()],
        "SqlCards.precedents": lambda f: [f(number) for number in numbers],
        "SqlCards.naming": lambda f: f(numbers, WINDOW, 9),
        "SqlCards.entity_numbers": lambda f: f(),
        "SqlCards.entity_names": lambda f: f(),
        "SqlCards.is_anybody_asked": lambda f: f("Aida"),
        "SqlCards.sensitive_entities": lambda f: sorted(f()),
        "SqlStatistics.items_per_quarter_hour": lambda f: [*f(NOW - DAY).items()],
        "SqlStatistics.decisions": lambda f: f(NOW - DAY),
        "SqlStatistics.entries_per_day": lambda f: f(NOW),
        "SqlStatistics.stories_by_entity": lambda f: f(NOW - DAY),
        "ReviewService.today": lambda f: f(),
        "ReviewService.metrics": lambda f: f(),
    }  # fmt: skip
    roles = (name for name, part in vars(type(app.desk)).items() if isinstance(part, cached_property))
    owners = [app, app.archive, *(getattr(app.desk, role) for role in roles)]
    methods = {
        f"{type(owner).__name__}.{name}": method
        for owner in owners
        for name, method in inspect.getmembers(owner, inspect.ismethod)
        if not name.startswith("_") and name not in CHANGES
    }
    assert methods.keys() == calls.keys(), "a new way to read: add it here"
    return {name: calls[name](method) for name, method in methods.items()}


def page_of_everything(request: Request) -> Response:
    """Show every field of everything, with `item_row` and by itself."""
    app = app_of(request)
    values = everything_read(app)
    rows = [item_row(item) for item in values["SqlCards.items"]] + [run_row(run) for run in app.runs(9) if run.ended]
    return JSONResponse(
        {"rows": rows, **{name: json.loads(json.dumps(plain(v), default=str)) for name, v in values.items()}}
    )


def with_that_page(app: App) -> Any:
    desk = create_desk(app)
    desk.pages.router.routes.append(Route("/everything", page_of_everything))
    return desk


@pytest.mark.parametrize("role", [Role.READER, Role.REVIEWER, Role.OPERATOR])
def test_a_page_that_shows_every_field_of_everything_tells_nothing(app: App, role: Role):
    answer = client(with_that_page(app), account(app, f"Bek {role}", role)).get("/everything")
    assert answer.status_code == 200 and "Melis Tokoev" in answer.text
    assert not tells(answer)


def test_an_administrator_is_shown_her_by_the_same_page(app: App):
    answer = client(with_that_page(app), account(app, "Head", Role.ADMIN)).get("/everything")
    assert answer.status_code == 200 and tells(answer)


def test_nobody_who_is_not_signed_in_is_told_either(app: App):
    assert MARK not in str(everything_read(app.seen_by(None))).lower()
    assert MARK in str(everything_read(app.seen_by(Role.ADMIN))).lower()
