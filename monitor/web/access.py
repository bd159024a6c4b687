"""Passwords, sessions, and what slows down whoever guesses."""

from __future__ import annotations

import re
import secrets
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import BoundedSemaphore, Lock

from fastapi import Request
from pwdlib import PasswordHash
from starlette.responses import Response

from monitor.app import App
from monitor.errors import InputError
from monitor.model import Invitation, Person, Role, Session
from monitor.web import say
from monitor.web.guard import LONGEST, Visitor, cookie_name, token_hash

SHORTEST, LONGEST_PASSWORD = 12, 200
INVITED_FOR = timedelta(days=3)
_hasher = PasswordHash.recommended()
_at_once = BoundedSemaphore(2)  # Argon2 takes 64 MB each time: no crowd of strangers may take it all
_nobodys = _hasher.hash(secrets.token_hex(16))  # so that an unknown name takes as long as a known one


def hashed(password: str, name: str) -> str:
    """Raises InputError for one that is too easily guessed."""
    if not SHORTEST <= len(password) <= LONGEST_PASSWORD or password.casefold().strip() == name.casefold():
        raise InputError(say.BAD_PASSWORD)
    with _at_once:
        return _hasher.hash(password)


def is_password(password: str, person: Person | None) -> bool:
    known = person is not None and person.closed is None and bool(person.password)
    with _at_once:
        right = _hasher.verify(password[:LONGEST_PASSWORD], person.password if person and known else _nobodys)
    return known and right


@dataclass(slots=True)
class Slowdown:
    """After some failures each further try must wait twice as long; never longer than `longest`, so nobody is locked
    out by others. It forgets what is older than the window, and, when strangers fill it, the oldest."""

    free: int = 10
    window: timedelta = timedelta(minutes=15)
    longest: timedelta = timedelta(minutes=2)
    room: int = 10_000
    _failures: OrderedDict[str, tuple[int, datetime]] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def wait(self, key: str, now: datetime) -> timedelta:
        """How long this one must wait now."""
        with self._lock:
            count, last = self._failures.get(key, (0, now))
        if count < self.free or now - last > self.window:
            return timedelta(0)
        pause = min(timedelta(seconds=2.0 ** min(count - self.free, 20)), self.longest)
        return max(last + pause - now, timedelta(0))

    def failed(self, key: str, now: datetime) -> None:
        with self._lock:
            count, last = self._failures.pop(key, (0, now))
            self._failures[key] = (count + 1 if now - last <= self.window else 1, now)
            while len(self._failures) > self.room:
                self._failures.popitem(last=False)

    def forget(self, key: str) -> None:
        with self._lock:
            self._failures.pop(key, None)


def sign_in(app: App, person: Person, request: Request, answer: Response, who: Visitor) -> None:
    """A new session for this browser; the token it had, if any, is good for nothing any more."""
    token, now = secrets.token_urlsafe(32), app.clock()
    if who.session is not None:
        app.store.people.end_sessions(who.session.person.id, only=who.session.id)
    app.store.people.begin_session(token_hash(token), Session(person, now, now, _browser(request)))
    answer.set_cookie(
        cookie_name(who.secure),
        token,
        max_age=int(LONGEST.total_seconds()),
        secure=who.secure,
        httponly=True,
        samesite="lax",  # a link in the digest must find one signed in; what changes anything is guarded besides
    )


def sign_out(answer: Response, who: Visitor) -> None:
    answer.delete_cookie(cookie_name(who.secure), secure=who.secure, httponly=True, samesite="lax")
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'


def invite(app: App, role: Role, person: Person | None = None, lasts: timedelta = INVITED_FOR) -> str:
    """The path of a link that works once."""
    token = secrets.token_urlsafe(32)
    invitation = Invitation(role, app.clock() + lasts, person.id if person else None)
    app.store.people.invite(token_hash(token), invitation)
    return f"/join/{token}"


def _browser(request: Request) -> str:
    """A word for the browser and one for the system, so that its owner knows it again; no more is kept."""
    agent = request.headers.get("user-agent", "")
    browser = next((b for b in ("Edg", "OPR", "Firefox", "Chrome", "Safari") if b in agent), "")
    system = re.search("Android|iPhone|iPad|Windows|Mac OS|Linux", agent)
    names = {"Edg": "Edge", "OPR": "Opera"}
    return " · ".join(part for part in (names.get(browser, browser), system.group() if system else "") if part)
