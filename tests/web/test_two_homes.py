"""Two homes over the same news, one of them without closed names: whoever is not cleared gets the same bytes of both."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.routing import Route

from kit.app import App
from kit.commands import Outcome
from kit.desk import Browser, account, client
from kit.home import Clock, furnish, open_app
from kit.outlets import Outlet, Piece, Web
from monitor.errors import StoreError
from monitor.model import Role
from monitor.web import create_desk
from monitor.web.security import Guard

NOON = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
ROLES = tuple(Role)
OPEN = """entities:
  - {id: kanyshai, name: Kanyshai Arzyeva, aliases: [Канышай Арзыева]}
  - {id: daniyar, name: Daniyar Sadykov, urgent: true}
  - {id: kos, name: Committee for Public Security, type: organization, aliases: [KOS], alert: with-others}
"""
HER = "  - {id: cholpon, name: Cholpon Arzyeva, aliases: [Чолпон Арзыева], sensitive: true, urgent: true}\n"
CLOSED_OUTLET = "  - {id: weekly, name: Ak-Bulak Weekly, type: outlet, sensitive: true}\n"
SEARCHED = """Investigators came to the house of Kanyshai Arzyeva on Monday morning and took her computers and two phones.
Her lawyer said that nobody had shown her a warrant, and that the search went on for six hours."""
Form = Mapping[str, Any]


@dataclass(frozen=True)
class World:
    """The news of two runs, what is closed in one of two homes, and what people do at the desk of both."""

    closed: str
    news: Sequence[tuple[str, str, str]]  # (outlet, title, text)
    second_news: Sequence[tuple[str, str, str]] = ()
    query: str = ""  # of the feed's address
    settings: str = ""  # of the watchlist of both homes
    acts: Sequence[tuple[Role, str, Form]] = field(default=())


WORLDS = {
    "same surname": World(
        HER,
        [
            ("post", "House searched", f"{SEARCHED}\nArzyeva's sister, Cholpon Arzyeva, was questioned, too."),
            ("post", "Questioned", "Arzyeva was questioned on Tuesday, her lawyer told us. " * 3),
            ("post", "At the airport", "Cholpon Arzyeva was stopped at the airport of the capital. " * 3),
        ],
    ),
    "closed outlet, open staff": World(
        CLOSED_OUTLET,
        [
            ("post", "Editor fined", "Daniyar Sadykov, an editor of the Ak-Bulak Weekly, was fined on Monday. " * 3),
            ("post", "Sadykov again", "Sadykov of the Ak-Bulak Weekly has to pay until Friday, the court said. " * 3),
            ("post", "Officers came", "Officers of the KOS came to the newsroom of the Ak-Bulak Weekly. " * 3),
        ],
    ),
    "closed name urgent": World(
        HER,
        [("post", "Two taken away", "Daniyar Sadykov and Cholpon Arzyeva were taken away from their flats. " * 3)],
        [("post", "Taken by the KOS", "The KOS took Cholpon Arzyeva away, two neighbours of hers told us. " * 3)],
    ),
    "closed name in a shared story": World(
        HER,
        [
            ("post", "House searched", SEARCHED),
            ("echo", "Flat searched", SEARCHED.replace("Kanyshai", "Cholpon")),
            ("echo", "House searched, too", f"{SEARCHED}\nCholpon Arzyeva had warned of it."),
        ],
        [("post", "Search goes on", f"{SEARCHED}\nThe search of the house went on while Cholpon Arzyeva waited.")],
        acts=[(Role.REVIEWER, "/items/1/decide", {"version": 1, "act": "relevant", "note": "seen by two of us"})],
    ),
    "closed name to whom something was done": World(
        HER,
        [
            ("post", "Held in Osh", "Police in Osh detained the journalist Cholpon Arzyeva on Monday evening. " * 3),
            ("post", "Fined in Osh", "A court in Osh fined the journalist Daniyar Sadykov on Monday. " * 3),
            ("echo", "A prize", f"{SEARCHED}\nSoldiers beat the journalist Cholpon Arzyeva at the dam in Naryn."),
        ],
        settings="press: {}\n",
    ),
    "closed name in a source's address": World(
        HER,
        [("post", "House searched", SEARCHED), ("post", "At the airport", "Cholpon Arzyeva was stopped there. " * 5)],
        query="?q=Cholpon+Arzyeva",
        acts=[
            (Role.OPERATOR, "/sources/add", {"row": '{"url": "https://far.example/feed?q=Cholpon%20Arzyeva"}'}),
            (Role.OPERATOR, "/sources/1/pause", {"paused": "1"}),
        ],
    ),
    "closed name typed by an operator": World(
        HER,
        [("post", "House searched", SEARCHED)],
        [("post", "At the airport", "Cholpon Arzyeva was stopped at the airport of the capital. " * 3)],
        acts=[
            (Role.OPERATOR, "/names/add", {"names": "Cholpon Arzyeva", "act": "look"}),
            (Role.OPERATOR, "/names/add", {"names": "Cholpon Arzyeva", "act": "save"}),
            (Role.OPERATOR, "/names/import", {"text": "name\nCholpon Arzyeva\n"}),
        ],
    ),
    "closed name marked by who is not cleared": World(
        HER.replace("id: cholpon, ", ""),  # the id is the one that the typed name gets
        [("post", "House searched", SEARCHED)],
        [("post", "At the airport", "Cholpon Arzyeva was stopped at the airport of the capital. " * 3)],
        acts=[
            (Role.OPERATOR, "/names/add", {"names": "Cholpon Arzyeva", "act": "save", "sensitive": "1"}),
            (
                Role.ADMIN,
                "/names/4/edit",
                {"names": "Cholpon Arzyeva", "act": "save", "type": "person", "sensitive": "1"},
            ),
            (Role.ADMIN, "/names/4/edit", {"names": "Cholpon Arzyeva", "act": "save", "note": "x", "sensitive": "1"}),
        ],
    ),
}
# What people do in every world. Where it cannot be done, the answers are compared all the same.
ACTS: Sequence[tuple[Role, str, Form]] = [
    (Role.REVIEWER, "/archive", {"words": "lawyer"}),
    (Role.REVIEWER, "/queue", {"words": "Cholpon"}),
    (Role.REVIEWER, "/archive/2/add", {"note": "look at this"}),
    (Role.REVIEWER, "/queue/together/merge", {"seen": "1:1 2:1"}),
    (Role.REVIEWER, "/items/1/undo", {"version": 2}),
    (Role.REVIEWER, "/items/1/decide", {"version": 1, "act": "unsure", "colleague": "operator", "note": "who is it?"}),
    (Role.OPERATOR, "/names/add", {"names": "Azat Nurov", "act": "look"}),
]


def one_piece(title: str, text: str) -> Piece:
    return Piece(title.lower().replace(" ", "-"), title, text)


def answers_of(
    folder: Path, web: Web, world: World, roles: Sequence[Role], *, has_closed_names: bool
) -> Iterator[tuple[str, httpx.Response]]:
    """Make a home, let its day pass, and yield every answer of its desk to each of these roles."""
    furnish(folder, web, OPEN + (world.closed if has_closed_names else "") + world.settings)
    feeds = (folder / "feeds.yaml").read_text("utf-8").replace("/feed.xml", f"/feed.xml{world.query}")
    (folder / "feeds.yaml").write_text(feeds, "utf-8")
    app = open_app(folder, Clock(NOON))
    desk = create_desk(app)
    read(app, web, world.news)
    browsers = {role: client(desk, account(app, role.value, role)) for role in ROLES}
    for role, path, form in (*world.acts, *ACTS):
        yield path, followed(browsers[role], path, form)
    read(app, web, world.second_news)
    closed = app.closed_watch()
    assert (closed is not None) is has_closed_names and (closed is None or closed.store.reviews.listing())
    yield from pages(desk, {role: browsers[role] for role in roles})
    app.close()


def pages(desk: Guard, browsers: Mapping[Role, Browser]) -> Iterator[tuple[str, httpx.Response]]:
    for role, browser in browsers.items():
        for path in addresses(desk.pages.routes, 4 if role is Role.OPERATOR else 2):
            yield f"{role} {path}", browser.get(path)


def read(app: App, web: Web, news: Sequence[tuple[str, str, str]]) -> None:
    """Let one article after the other appear: then their numbers do not depend on which page was quicker."""
    for outlet, title, text in news:
        web.outlets[outlet].pieces.append(one_piece(title, text))
        app.clock.now += timedelta(hours=1)  # type: ignore[attr-defined]
        app.ingest(include_not_due=True)


def followed(browser: Browser, path: str, form: Form) -> httpx.Response:
    """Return the answer to a form, or of a search its results: the address of these has a random number."""
    answer = browser.post(path, form)
    is_search = answer.status_code == 303 and "q=" in answer.headers["location"]
    return browser.get(answer.headers["location"]) if is_search else answer


def addresses(routes: Sequence[object], up_to: int) -> Iterator[str]:
    """Yield an address for each item, article, name and source up to a number, existing or not."""
    for path in (route.path for route in routes if isinstance(route, Route) and "GET" in route.methods):
        for number in range(1, up_to + 1) if "{number}" in path else (1,):
            for article in range(1, up_to + 1) if "{article}" in path else (1,):
                address = path.replace("{number}", str(number)).replace("{article}", str(article))
                address = address.replace("{day}", f"{NOON:%Y-%m-%d}").replace("{kind}", "csv")
                if "{" not in address:  # a form or an invitation: these are random
                    yield address
    yield from (
        "/queue?by=gravest",
        "/items/1?by=gravest",
        "/queue?filters=1",
        "/queue?show=decided&filters=1",
        "/queue?show=asked",
        "/names?by=warnings",
    )


def content(answer: httpx.Response) -> tuple[int, list[tuple[str, str]], bytes]:
    """Return everything that was sent, without the random numbers of searches."""
    body = re.sub(rb"(?<=[?&;]q=)[\w-]+|(?<=name=\"q\" value=\")[\w-]+", b"", answer.content)
    return answer.status_code, sorted(answer.headers.items()), body


# In `make test` those who see most, in the world in which most happens.
@pytest.mark.parametrize(("name", "roles"), [
    ("closed name in a shared story", (Role.OPERATOR, Role.ADMIN)),
    *(pytest.param(name, ROLES, marks=pytest.mark.check) for name in WORLDS),
])  # fmt: skip
def test_of_two_homes_whoever_is_not_cleared_gets_the_same_bytes(tmp_path: Path, name: str, roles: Sequence[Role]):
    sent: list[list[tuple[str, Any]]] = []
    with Web(Outlet("post", "en"), Outlet("echo", "en"), now=NOON) as web:
        web.date = NOON
        for has_closed_names in (True, False):
            for outlet in web.outlets.values():
                outlet.pieces.clear()
            answers = answers_of(tmp_path / "home", web, WORLDS[name], roles, has_closed_names=has_closed_names)
            sent.append([(path, content(answer)) for path, answer in answers])
            shutil.rmtree(tmp_path / "home")
    assert len(sent[0]) > 22 * len(roles) and not any(status >= 500 for _, (status, *_) in sent[0])
    assert [path for (path, one), (_, two) in zip(*sent, strict=True) if one != two] == []


COMMANDS = """queue list --format json|queue list --state decided|queue show 1|digest --date 2026-03-02|report|metrics
rescan|watchlist list|watchlist show kanyshai|watchlist history|watchlist export HOME/list.csv|watchlist preview Arzyeva
feeds list --all|feeds export|deliver list|people list|export evidence 1 HOME/case.zip"""


def outputs_of(home: Path, run_command: Callable[..., Outcome]) -> Iterator[tuple[str, object]]:
    """Yield what the open side of a home shows: at its desk, in messages and at the terminal."""
    app = open_app(home, Clock(NOON + timedelta(days=1)))
    desk = create_desk(app)
    browser = {Role.ADMIN: client(desk, next(user for user in app.people.everyone() if user.role is Role.ADMIN))}
    for _ in ("before a run", "after it"):
        for path, answer in pages(desk, browser):
            yield path, content(answer)
        with suppress(StoreError):  # of the closed watch, which follows the run
            app.ingest(include_not_due=True)
    yield "digest", app.digest(NOON.date())
    yield "report", app.publisher.composer.report(timedelta(days=30), "", "ky")
    app.close()
    for line in re.split(r"[|\n]", COMMANDS):
        outcome = run_command("--home", home, *line.replace("HOME", str(home)).split())
        assert outcome.code == 0, (line, outcome.err)
        yield line, re.sub(r"_seconds\S* [\d.]+|\b\d\d:\d\d\b", "", outcome.out)  # by the clock of this machine


@pytest.mark.check
def test_the_open_side_reads_nothing_of_the_closed_store(tmp_path: Path, monitor: Callable[..., Outcome]):
    home, copied_home = tmp_path / "home", tmp_path / "kept"
    with Web(Outlet("post", "en"), Outlet("echo", "en"), now=NOON) as web:
        web.date = NOON
        world = WORLDS["closed name in a shared story"]
        assert all(answers_of(home, web, world, ROLES, has_closed_names=True))
        shutil.copytree(home, copied_home)
        shown = list(outputs_of(home, monitor))
        shutil.rmtree(home)
        shutil.copytree(copied_home, home)
        for file in home.glob("monitor.closed.db*"):
            file.write_bytes(b"no database" * 500)  # whoever looks into it gets an error
        shown_without = list(outputs_of(home, monitor))
    assert [path for (path, one), (_, two) in zip(shown, shown_without, strict=True) if one != two] == []
