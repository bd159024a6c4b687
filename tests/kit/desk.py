"""A desk to test: on a store with a few items, or on the whole demo, served over loopback."""

from __future__ import annotations

import asyncio
import secrets
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from lxml import html
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from kit.app import App
from kit.home import Clock, open_app
from monitor.clock import now_utc
from monitor.demo import Newsroom, furnish
from monitor.model import Invitation, Role, Session, User
from monitor.web import auth, create_desk
from monitor.web.security import Guard, cookie_name, token_hash
from monitor.web.server import DeskServer

PASSWORD = "four plain words here"
# Argon2 as it is meant to be takes its time and 64 MB.
auth._hasher = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),))
auth._dummy_hash = auth._hasher.hash("nobody")


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the demo's home after its two readings."""
    return demo_home(tmp_path_factory.mktemp("demo"))


def demo_home(folder: Path) -> Path:
    """Make the demo's home in a folder and return it; tools take pictures of it, too."""
    earlier = now_utc() - timedelta(hours=7)
    with Newsroom(earlier) as outlets:
        furnish(folder, outlets)
        app = open_app(folder, Clock(earlier))
        app.ingest(include_not_due=True)
        app.clock = now_utc
        outlets.move_on(now_utc())
        app.ingest(include_not_due=True)
        app.close()
    (folder / "monitor.env").write_text("MONITOR_TIMEZONE=Asia/Bishkek\n", encoding="utf-8")
    return folder


def account(app: App, name: str, role: Role, language: str = "en") -> User:
    """Somebody with an account whose password is PASSWORD."""
    secret = auth.hash_password(PASSWORD, name)
    now, token = app.clock(), token_hash(f"for {name}")
    maker = next((p.id for p in app.store.people.everyone() if p.role is Role.ADMIN and not p.closed), None)
    app.store.people.invite(token, Invitation(role, now + timedelta(hours=1), by=maker))
    person = app.store.people.accept(token, User(name, role, now, secret, language), now)
    assert person is not None
    return person


@contextmanager
def served(app: App) -> Iterator[str]:
    """Serve the desk on a free port of loopback; yield its address."""
    with served_at_door(create_desk(app)) as address:
        yield address


@contextmanager
def served_at_door(application: Any) -> Iterator[str]:
    """Serve any ASGI application behind the desk's door; yield its address."""
    server = DeskServer(application)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, args=[[listener]], daemon=True)
        thread.start()
        try:
            while not server.started:
                assert thread.is_alive()
                threading.Event().wait(0.01)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(120)


OURS = {"sec-fetch-site": "same-origin"}  # what a browser says of a form on one of our pages
# One loop for all requests, in one task that never ends: anyio keeps its threads as long as the task they began in.
_loop = asyncio.new_event_loop()
threading.Thread(target=_loop.run_until_complete, args=[asyncio.Event().wait()], daemon=True).start()


class Browser:
    """A browser at the desk, without a network between."""

    def __init__(self, desk: Guard, base: str) -> None:
        self._inner = httpx.AsyncClient(transport=httpx.ASGITransport(desk), base_url=base)  # type: ignore[arg-type]
        self.desk, self.cookies = desk, self._inner.cookies

    def request(self, method: str, url: str, **options: Any) -> httpx.Response:
        return asyncio.run_coroutine_threadsafe(self._inner.request(method, url, **options), _loop).result()

    def get(self, url: str, **options: Any) -> httpx.Response:
        return self.request("GET", url, **options)

    def post(self, url: str, data: Mapping[str, object] | None = None, **options: Any) -> httpx.Response:
        """From one of our own pages, unless `headers` say otherwise."""
        return self.request("POST", url, data=data, **{"headers": OURS, **options})


def session_token(app: App, person: User) -> str:
    """Sign somebody in without a password; return the value of the session's cookie."""
    token, now = secrets.token_urlsafe(16), app.clock()
    app.store.people.begin_session(token_hash(token), Session(person, now, now, "a test"))
    return token


def client(desk: Guard, person: User | None = None, base: str = "http://localhost") -> Browser:
    """Return a browser at the desk, signed in without a password."""
    browser = Browser(desk, base)
    if person is not None:
        browser.cookies.set(cookie_name(base.startswith("https")), session_token(desk.home, person))
    return browser


@dataclass(frozen=True)
class Card:
    """The card of an item as somebody read it, with each of its articles."""

    item: int
    version: str
    entities: tuple[str, ...]  # as the forms of its names send them
    text: str
    pages: int  # of its articles, that were read


def read_card(desk: Browser, item: int) -> Card:
    """Read the card as the desk shows it, then the other articles that it lists."""
    page = html.fromstring(desk.get(f"/items/{item}").text)
    hrefs = page.xpath("//nav[@id='articles']//a[contains(@href, 'article=') and not(@aria-current)]/@href")
    pages = [page, *(html.fromstring(desk.get(href).text) for href in hrefs)]
    (version,) = set(page.xpath("//aside//input[@name='version']/@value"))
    entities = page.xpath("//section[starts-with(@id, 'name-')]//input[@name='entity']/@value")
    return Card(item, version, tuple(entities), " ".join(map(_words_of_card, pages)), len(pages))


def _words_of_card(page: html.HtmlElement) -> str:
    """Return the words of a card about its own articles, without those of other items."""
    (card,) = page.xpath("//article[contains(@class, 'card')]")
    for elsewhere in card.xpath(".//*[contains(@class, 'related') or @class='earlier' or @class='history']"):
        elsewhere.drop_tree()
    return " ".join(card.itertext())
