"""A desk to test: on a store with a few items, or on the whole demo, served over loopback."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import uvicorn

from monitor.app import App, now_utc
from monitor.config import load_settings
from monitor.demo import Newsroom, furnish
from monitor.model import Invitation, Person, Role
from monitor.store import open_store
from monitor.web import create_desk
from monitor.web.access import hashed
from monitor.web.guard import token_hash
from monitor.workshop import DirectWorkshop

PASSWORD = "four plain words here"
_hashes: dict[str, str] = {}  # Argon2 takes its time; once is enough


def demo_home(folder: Path) -> Path:
    """The demo's home after its two readings."""
    earlier = now_utc() - timedelta(hours=7)
    with Newsroom(earlier) as outlets:
        furnish(folder, outlets)
        settings = load_settings(folder, {}, folder)
        app = App(settings, open_store(settings.database_url), lambda: earlier, DirectWorkshop)
        app.ingest(every=True)
        app.clock = now_utc
        outlets.move_on(now_utc())
        app.ingest(every=True)
        app.close()
    (folder / "monitor.env").write_text("MONITOR_TIMEZONE=Asia/Bishkek\n", encoding="utf-8")
    return folder


def account(app: App, name: str, role: Role, language: str = "en") -> Person:
    """Somebody with an account whose password is PASSWORD."""
    secret = _hashes.setdefault(PASSWORD, hashed(PASSWORD, ""))
    now, token = app.clock(), token_hash(f"for {name}")
    app.store.people.invite(token, Invitation(role, now + timedelta(hours=1)))
    person = app.store.people.accept(token, Person(name, role, now, secret, language), now)
    assert person is not None
    return person


@contextmanager
def served(app: App) -> Iterator[str]:
    """The desk on a free port of loopback; yields its address."""
    config = uvicorn.Config(create_desk(app), port=0, log_config=None, access_log=False, proxy_headers=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            threading.Event().wait(0.01)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
