"""I/O: the database. People: who may use the desk, their sessions and invitations, and what they did."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, Table, and_, delete, insert, select, update
from sqlalchemy.sql.dml import ReturningUpdate

from monitor.errors import InputError, NotFound
from monitor.model import AuditLine, Invitation, Session, Token, User
from monitor.store import tables as t
from monitor.store.database import Queries, insert_new
from monitor.store.types import row_of, shaped
from monitor.text.normalize import fold


class SqlPeople(Queries):
    """Who may use the desk, from which browsers, and what they did. Tokens come in as hashes: only those are kept."""

    def everyone(self) -> Sequence[User]:
        """Also those who left, in the order they came."""
        return [shaped(User, row) for row in self._rows(select(t.person).order_by(t.person.c.id))]

    def named(self, name: str) -> User | None:
        """By name, whatever its case."""
        found = self._rows(select(t.person).where(t.person.c.key == fold(name)))
        return next((shaped(User, row) for row in found), None)

    def save(self, person: User) -> User:
        """Change what the person of this id may do (role, closed), and no more. Raises NotFound."""
        with self._database.writing("save a person") as connection:
            row = connection.execute(_setting(person, "role", "closed")).first()
        if row is None:
            raise NotFound(f"there is no person {person.id}")
        return shaped(User, row)

    def save_own(self, person: User, *what: str) -> User | None:
        """Change these fields of one's own; None when one has left meanwhile, or may do something else."""
        with self._database.writing("save one's own account") as connection:
            return _save_own(connection, person, *what)

    def invite(self, token: str, invitation: Invitation) -> None:
        values = {"token": token, "role": invitation.role, "until": invitation.until, "person": invitation.person}
        self._change("invite somebody", insert(t.invitation).values(values))

    def invitation(self, token: str, now: datetime) -> Invitation | None:
        """What a link is good for; None when it was used, is too old, or never was."""
        found = self._rows(select(t.invitation).where(_good(token, now)))
        return next((shaped(Invitation, row) for row in found), None)

    def accept(self, token: str, person: User, now: datetime) -> User | None:
        """Use up an invitation: store a new person (id 0), or somebody's password; None when somebody was quicker.

        Raises InputError when the name is taken.
        """
        with self._database.writing("accept an invitation") as connection:
            if not connection.execute(update(t.invitation).where(_good(token, now)).values(used=now)).rowcount:
                return None
            return _save_own(connection, person, "password") if person.id else _add(connection, person)

    def begin_session(self, token: str, session: Session) -> None:
        values = {"token": token, "person": session.person.id, "begun": session.begun, "seen": session.seen}
        self._change("begin a session", insert(t.session).values(values | {"browser": session.browser}))

    def session(self, token: str) -> Session | None:
        """The session of somebody who has not left."""
        ask = _SESSIONS.where(t.session.c.token == token, t.person.c.closed.is_(None))
        return next(map(_session, self._rows(ask)), None)

    def seen(self, session: Session, at: datetime) -> None:
        used = update(t.session).where(t.session.c.id == session.id).values(seen=at)
        self._change("note that a session is used", used)

    def sessions(self, person: int) -> Sequence[Session]:
        """The latest first."""
        ask = _SESSIONS.where(t.session.c.person == person).order_by(t.session.c.seen.desc(), t.session.c.id.desc())
        return list(map(_session, self._rows(ask)))

    def end_sessions(self, person: int, *, only: int | None = None, besides: int | None = None) -> int:
        """One, or all but one; or all, and then every token, too."""
        which = [t.session.c.person == person]
        which += [t.session.c.id == only] if only is not None else []
        which += [t.session.c.id != besides] if besides is not None else []
        with self._database.writing("end sessions") as connection:
            if only is None and besides is None:
                connection.execute(delete(t.token).where(t.token.c.person == person))
            return connection.execute(delete(t.session).where(*which)).rowcount

    def give_token(self, secret: str, token: Token) -> None:
        values = {"token": secret, "person": token.person.id, "label": token.label, "since": token.since}
        self._change("give a token", insert(t.token).values(values))

    def token(self, secret: str) -> Token | None:
        """The token of somebody who has not left."""
        ask = _TOKENS.where(t.token.c.token == secret, t.person.c.closed.is_(None))
        return next(map(_token, self._rows(ask)), None)

    def token_used(self, token: Token, at: datetime) -> None:
        self._change("note that a token is used", update(t.token).where(t.token.c.id == token.id).values(used=at))

    def tokens(self, person: int) -> Sequence[Token]:
        """The oldest first."""
        return list(map(_token, self._rows(_TOKENS.where(t.token.c.person == person).order_by(t.token.c.id))))

    def end_token(self, person: int, token: int) -> int:
        """How many ended: one of this person's, or none."""
        which = delete(t.token).where(t.token.c.person == person, t.token.c.id == token)
        return self._change("end a token", which)

    def note(self, line: AuditLine) -> None:
        """Add to the audit log; nothing ever changes or removes a line of it."""
        self._change("note what somebody did", insert(t.audit).values(row_of(t.audit, line)))

    def audit(self, limit: int, before: int | None = None) -> Sequence[AuditLine]:
        """The latest lines first; `before` a line's id, to go on."""
        ask = select(t.audit).order_by(t.audit.c.id.desc()).limit(limit)
        if before is not None:
            ask = ask.where(t.audit.c.id < before)
        return [shaped(AuditLine, row) for row in self._rows(ask)]


def _with_person(what: Table) -> Select[Any]:
    """Rows of a table that belong to people, as `own_…`, each with its person."""
    own = (column.label(f"own_{column.name}") for column in what.c)
    return select(t.person, *own).join_from(what, t.person, what.c.person == t.person.c.id)


_SESSIONS, _TOKENS = _with_person(t.session), _with_person(t.token)


def _good(token: str, now: datetime) -> Any:
    link = t.invitation.c
    return and_(link.token == token, link.used.is_(None), link.until > now)


def _setting(person: User, *what: str) -> ReturningUpdate[Any]:
    """Only these: the rest of the row may have changed since it was read, and hashing a password takes its time."""
    values = row_of(t.person, person)
    changed = update(t.person).where(t.person.c.id == person.id).values({name: values[name] for name in what})
    return changed.returning(t.person)


def _save_own(connection: Connection, person: User, *what: str) -> User | None:
    same = and_(t.person.c.role == person.role, t.person.c.closed.is_(None))
    row = connection.execute(_setting(person, *what).where(same)).first()
    return shaped(User, row) if row else None


def _add(connection: Connection, person: User) -> User:
    values = row_of(t.person, person, key=fold(person.name))
    put = insert_new(connection.dialect.name, t.person).values(values).on_conflict_do_nothing(index_elements=["key"])
    row = connection.execute(put.returning(t.person)).first()
    if row is None:
        raise InputError("Somebody has this name already; choose another.")
    return shaped(User, row)


def _session(row: Any) -> Session:
    return Session(shaped(User, row), row.own_begun, row.own_seen, row.own_browser, row.own_id)


def _token(row: Any) -> Token:
    return Token(shaped(User, row), row.own_label, row.own_since, row.own_used, row.own_id)
