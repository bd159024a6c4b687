"""Passwords, sessions, and what slows down whoever guesses."""

from __future__ import annotations

import hmac
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
from monitor.i18n import labels
from monitor.model import Invitation, Role, Session, User
from monitor.web.security import LONGEST, RequestContext, cookie_name, token_hash

SHORTEST, LONGEST_PASSWORD = 12, 200
INVITED_FOR = timedelta(days=3)
BROWSER_KNOWN_FOR = timedelta(days=90)
_hasher = PasswordHash.recommended()
_at_once = BoundedSemaphore(2)  # Argon2 takes 64 MB each time: no crowd of strangers may take it all
_for_known = BoundedSemaphore(1)  # nor keep out those who have been here before
_nobodys = _hasher.hash(secrets.token_hex(16))  # so that an unknown name takes as long as a known one


def hashed(password: str, name: str) -> str:
    """Raises InputError for one that is too easily guessed."""
    if not SHORTEST <= len(password) <= LONGEST_PASSWORD or password.casefold().strip() == name.casefold():
        raise InputError(labels.BAD_PASSWORD)
    with _at_once:
        return _hasher.hash(password)


def is_password(password: str, person: User | None, *, known_browser: bool = False) -> bool:
    known = person is not None and person.closed is None and bool(person.password)
    with _for_known if known_browser else _at_once:
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


def _mark(person: User) -> str:
    """Return what a browser keeps in which this person has signed in. It ends with the password.

    Nothing of the password can be learnt from it: the key has a salt of 16 random bytes.
    """
    return hmac.digest(person.password.encode(), b"known browser %d" % person.id, "sha256").hex()


def is_known_browser(request: Request, person: User | None, who: RequestContext) -> bool:
    """Return whether this person has signed in before in this browser (OWASP: device cookies).

    Its tries are counted apart from all others: who guesses from the same address, as all do behind a proxy, or guesses
    this account's password from anywhere, does not keep its owner out.
    """
    shown = request.cookies.get(cookie_name(who.secure, "browser"), "")
    return person is not None and bool(person.password) and hmac.compare_digest(shown.encode(), _mark(person).encode())


class Throttle:
    """Slows down who guesses passwords: by account and address, and, less, by address."""

    def __init__(self) -> None:
        self.of_account = Slowdown()
        # A second at most: nobody goes through all accounts, and nobody else at that address is kept out for longer.
        self.of_address = Slowdown(free=30, longest=timedelta(seconds=1))

    def wait(self, account: str, address: str, now: datetime, *, known_browser: bool) -> timedelta:
        """Return how long to wait before the next try is looked at."""
        of_account = self.of_account.wait(self._key(account, address, known_browser), now)
        return of_account if known_browser else max(of_account, self.of_address.wait(address, now))

    def failed(self, account: str, address: str, now: datetime, *, known_browser: bool) -> None:
        self.of_account.failed(self._key(account, address, known_browser), now)
        if not known_browser:
            self.of_address.failed(address, now)

    def succeeded(self, account: str, address: str, *, known_browser: bool) -> None:
        self.of_account.forget(self._key(account, address, known_browser))

    @staticmethod
    def _key(account: str, address: str, known_browser: bool) -> str:
        return f"{account}|known browser" if known_browser else f"{account}|{address}"


def sign_in(app: App, person: User, request: Request, answer: Response, who: RequestContext) -> bool:
    """Begin a session in this browser, and end the one that it had; False when the password was changed meanwhile."""
    token, now = secrets.token_urlsafe(32), app.clock()
    if who.session is not None:
        app.store.people.end_sessions(who.session.person.id, only=who.session.id)
    app.store.people.begin_session(token_hash(token), Session(person, now, now, _browser(request)))
    begun = app.store.people.session(token_hash(token))
    if begun is None or begun.person.password != person.password:  # all sessions were ended just before this one began
        app.store.people.end_sessions(person.id, only=begun.id if begun else 0)
        return False
    answer.set_cookie(
        cookie_name(who.secure),
        token,
        max_age=int(LONGEST.total_seconds()),
        secure=who.secure,
        httponly=True,
        samesite="lax",  # a link in the digest must find one signed in; what changes anything is guarded besides
    )
    answer.set_cookie(
        cookie_name(who.secure, "browser"),
        _mark(person),
        max_age=int(BROWSER_KNOWN_FOR.total_seconds()),
        secure=who.secure,
        httponly=True,
        samesite="strict",
    )
    return True


def sign_out(answer: Response, who: RequestContext) -> None:
    answer.delete_cookie(cookie_name(who.secure), secure=who.secure, httponly=True, samesite="lax")
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'


def invite(app: App, role: Role, person: User | None = None, lasts: timedelta = INVITED_FOR) -> str:
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
