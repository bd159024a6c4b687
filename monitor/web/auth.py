"""Passwords, sessions, invitations, and delays after failed sign-ins."""

from __future__ import annotations

import hmac
import re
import secrets
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from threading import BoundedSemaphore, Lock

from fastapi import Request
from pwdlib import PasswordHash
from starlette.responses import Response

from monitor.errors import InputError
from monitor.home import Home
from monitor.i18n import labels
from monitor.model import Act, AuditLine, Invitation, Right, Role, Session, User, can
from monitor.text.lookalikes import is_plain_name
from monitor.web.security import SESSION_LIFETIME, RequestContext, cookie_name, token_hash

NAME_LENGTH = 60
MIN_PASSWORD_LENGTH, MAX_PASSWORD_LENGTH = 12, 200
INVITATION_LIFETIME = timedelta(hours=48)
OPENING_LIFETIME = timedelta(hours=24)  # of links that open an account that exists, or the desk itself
BROWSER_COOKIE_LIFETIME = timedelta(days=90)
_hasher = PasswordHash.recommended()
# Argon2 takes 64 MB each time: many requests must not exhaust the memory. One slot is kept free for browsers that have
# signed in before.
_hashing_slots = BoundedSemaphore(2)
_known_browser_slot = BoundedSemaphore(1)
# Checked for unknown names, so that they take as long as existing ones.
_dummy_hash = _hasher.hash(secrets.token_hex(16))


def hash_password(password: str, name: str) -> str:
    """Return the hash of a new password. Raises InputError if it is too short, too long or the user's name."""
    if (
        not MIN_PASSWORD_LENGTH <= len(password) <= MAX_PASSWORD_LENGTH
        or password.casefold().strip() == name.casefold()
    ):
        raise InputError(labels.BAD_PASSWORD)
    with _hashing_slots:
        return _hasher.hash(password)


def is_correct_password(password: str, user: User | None, *, is_known_browser: bool = False) -> bool:
    """Return whether this is the password of an open account. It takes equally long where there is no account."""
    has_password = user is not None and user.closed is None and bool(user.password)
    with _known_browser_slot if is_known_browser else _hashing_slots:
        is_correct = _hasher.verify(
            password[:MAX_PASSWORD_LENGTH], user.password if user and has_password else _dummy_hash
        )
    return has_password and is_correct


@dataclass(slots=True)
class Backoff:
    """Exponential back-off by key: after `free_attempts` failures each further attempt waits twice as long.

    A wait is never longer than `max_wait`, so nobody can lock others out. Failures older than `window` expire; at most
    `capacity` keys are kept, the latest ones.
    """

    free_attempts: int = 10
    window: timedelta = timedelta(minutes=15)
    max_wait: timedelta = timedelta(minutes=2)
    capacity: int = 10_000
    _failures: OrderedDict[str, tuple[int, datetime]] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def remaining_wait(self, key: str, now: datetime) -> timedelta:
        """Return how long the next attempt for this key must wait, zero if it need not."""
        with self._lock:
            count, last_failure = self._failures.get(key, (0, now))
        if count < self.free_attempts or now - last_failure > self.window:
            return timedelta(0)
        pause = min(timedelta(seconds=2.0 ** min(count - self.free_attempts, 20)), self.max_wait)
        return max(last_failure + pause - now, timedelta(0))

    def record_failure(self, key: str, now: datetime) -> None:
        with self._lock:
            count, last_failure = self._failures.pop(key, (0, now))
            self._failures[key] = (count + 1 if now - last_failure <= self.window else 1, now)
            # insertion order is the order of the last failures: the oldest key is dropped
            while len(self._failures) > self.capacity:
                self._failures.popitem(last=False)

    def reset(self, key: str) -> None:
        with self._lock:
            self._failures.pop(key, None)


def _browser_token(user: User) -> str:
    """Return the cookie of a browser in which this user has signed in. It is valid until the password changes.

    It reveals nothing of the password: the key is the password's hash, which has a salt of 16 random bytes.
    """
    return hmac.digest(user.password.encode(), b"known browser %d" % user.id, "sha256").hex()


def is_known_browser(request: Request, user: User | None, context: RequestContext) -> bool:
    """Return whether this user has signed in before in this browser (OWASP: device cookies).

    Attempts from such a browser are counted separately. So others who guess this account's password, or guess from the
    same address (behind a proxy all do), do not lock its owner out.
    """
    cookie = request.cookies.get(cookie_name(context.secure, "browser"), "")
    return (
        user is not None and bool(user.password) and hmac.compare_digest(cookie.encode(), _browser_token(user).encode())
    )


class Throttle:
    """Back-off for failed sign-ins: by account and address, and a shorter one by address alone."""

    def __init__(self) -> None:
        self.account_backoff = Backoff()
        # One second at most: enough to stop guessing through all accounts, little for others at the same address.
        self.address_backoff = Backoff(free_attempts=30, max_wait=timedelta(seconds=1))

    def remaining_wait(self, account: str, address: str, now: datetime, *, is_known_browser: bool) -> timedelta:
        """Return how long the next attempt must wait."""
        account_wait = self.account_backoff.remaining_wait(self._account_key(account, address, is_known_browser), now)
        return (
            account_wait if is_known_browser else max(account_wait, self.address_backoff.remaining_wait(address, now))
        )

    def record_failure(self, account: str, address: str, now: datetime, *, is_known_browser: bool) -> None:
        self.account_backoff.record_failure(self._account_key(account, address, is_known_browser), now)
        if not is_known_browser:
            self.address_backoff.record_failure(address, now)

    def record_success(self, account: str, address: str, *, is_known_browser: bool) -> None:
        self.account_backoff.reset(self._account_key(account, address, is_known_browser))

    @staticmethod
    def _account_key(account: str, address: str, is_known_browser: bool) -> str:
        return f"{account}|known browser" if is_known_browser else f"{account}|{address}"


def begin_session(home: Home, user: User, request: Request, response: Response, context: RequestContext) -> bool:
    """Begin a session in this browser and end its previous one.

    Return False if the password was changed meanwhile.
    """
    token, now = secrets.token_urlsafe(32), home.clock()
    if context.session is not None:
        home.people.end_sessions(context.session.person.id, only_session=context.session.id)
    home.people.begin_session(token_hash(token), Session(user, now, now, _browser_label(request)))
    session = home.people.session(token_hash(token))
    # a change of password ended all sessions just before this one
    if session is None or session.person.password != user.password:
        home.people.end_sessions(user.id, only_session=session.id if session else 0)
        return False
    response.set_cookie(
        cookie_name(context.secure),
        token,
        max_age=int(SESSION_LIFETIME.total_seconds()),
        secure=context.secure,
        httponly=True,
        samesite="lax",  # so that links in the digest work; forms are protected by `security._is_same_origin`
    )
    response.set_cookie(
        cookie_name(context.secure, "browser"),
        _browser_token(user),
        max_age=int(BROWSER_COOKIE_LIFETIME.total_seconds()),
        secure=context.secure,
        httponly=True,
        samesite="strict",
    )
    return True


def clear_session_cookie(response: Response, context: RequestContext) -> None:
    """Delete the session's cookie, and what the browser has cached and stored of the desk."""
    response.delete_cookie(cookie_name(context.secure), secure=context.secure, httponly=True, samesite="lax")
    response.headers["Clear-Site-Data"] = '"cache", "storage"'


def create_invitation_path(home: Home, role: Role, user: User | None = None, *, by: User | None) -> str:
    """Store an invitation and return the path of its link, which works once.

    With `user` the link is for a new password; without `by` it is for the first administrator.
    """
    token = secrets.token_urlsafe(32)
    until = home.clock() + (INVITATION_LIFETIME if by and not user else OPENING_LIFETIME)
    invitation = Invitation(role, until, user.id if user else None, by.id if by else None)
    home.people.invite(token_hash(token), invitation)
    return f"/join/{token}"


def join(home: Home, token: str, name: str, password: str, language: str) -> tuple[User, User] | None:
    """Make the account of an invitation, or set its password; return the account before and after.

    None if the link does not work any more. Raises InputError for a name or a password that cannot be.
    """
    invitation = home.people.invitation(token_hash(token), home.clock())
    if invitation is None:
        return None
    account = home.people.get(invitation.person) if invitation.person else None
    name = account.name if account else " ".join(name.split())
    if not 0 < len(name) <= NAME_LENGTH:
        raise InputError(labels.BAD_NAME)
    if account is None and not is_plain_name(name):
        raise InputError(labels.BAD_LETTERS)
    password_hash = hash_password(password, name)
    before = account or User(name, invitation.role, home.clock(), language=language)
    user = home.people.accept(token_hash(token), replace(before, password=password_hash), home.clock())
    return (before, user) if user else None


def _browser_label(request: Request) -> str:
    """Return the names of browser and operating system, for the user's list of sessions. Nothing else is stored."""
    agent = request.headers.get("user-agent", "")
    browser = next((b for b in ("Edg", "OPR", "Firefox", "Chrome", "Safari") if b in agent), "")
    system = re.search("Android|iPhone|iPad|Windows|Mac OS|Linux", agent)
    names = {"Edg": "Edge", "OPR": "Opera"}
    return " · ".join(part for part in (names.get(browser, browser), system.group() if system else "") if part)


def has_administrator(home: Home) -> bool:
    return any(can(user, Right.ADMINISTER) and user.closed is None for user in home.people.everyone())


def first_link(home: Home) -> str:
    """Return the path of an invitation for the first administrator, or an empty string if there is an active one."""
    return "" if has_administrator(home) else create_invitation_path(home, Role.ADMIN, by=None)


def make_first_account(home: Home, name: str, password: str) -> None:
    """Make the first administrator. Raises InputError for a name or a password that cannot be."""
    token = create_invitation_path(home, Role.ADMIN, by=None).rpartition("/")[2]
    if accounts := join(home, token, name, password, home.settings.language):
        home.people.add_audit_line(AuditLine(home.clock(), accounts[1].id, Act.JOINED, None, "terminal"))
