"""I/O: the database. People: who may use the desk, their sessions and invitations, and what they did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, delete, insert, select, update

from monitor.errors import InputError, NotFound
from monitor.model import Act, AuditLine, Invitation, Person, Role, Session
from monitor.store import tables as t
from monitor.store.engine import Database, insert_new
from monitor.text import fold

_FIELDS = tuple(field.name for field in fields(Person) if field.name != "id")  # the table has a column for each


class SqlPeople:
    def __init__(self, database: Database) -> None:
        self._database = database

    def everyone(self) -> Sequence[Person]:
        with self._database.reading() as connection:
            return [_person(row) for row in connection.execute(select(t.person).order_by(t.person.c.id))]

    def named(self, name: str) -> Person | None:
        with self._database.reading() as connection:
            row = connection.execute(select(t.person).where(t.person.c.key == fold(name))).first()
            return _person(row) if row else None

    def save(self, person: Person) -> Person:
        with self._database.writing("save a person") as connection:
            return _save(connection, person)

    def invite(self, token: str, invitation: Invitation) -> None:
        values = {"token": token, "role": invitation.role, "until": invitation.until, "person": invitation.person}
        with self._database.writing("invite somebody") as connection:
            connection.execute(insert(t.invitation).values(values))

    def invitation(self, token: str, now: datetime) -> Invitation | None:
        with self._database.reading() as connection:
            row = connection.execute(select(t.invitation).where(_good(token, now))).first()
        return Invitation(Role(row.role), row.until, row.person) if row else None

    def accept(self, token: str, person: Person, now: datetime) -> Person | None:
        with self._database.writing("accept an invitation") as connection:
            if not connection.execute(update(t.invitation).where(_good(token, now)).values(used=now)).rowcount:
                return None
            return _save(connection, person)

    def begin_session(self, token: str, session: Session) -> None:
        values = {"token": token, "person": session.person.id, "begun": session.begun, "seen": session.seen}
        with self._database.writing("begin a session") as connection:
            connection.execute(insert(t.session).values(values | {"browser": session.browser}))

    def session(self, token: str) -> Session | None:
        ask = _SESSIONS.where(t.session.c.token == token, t.person.c.closed.is_(None))
        with self._database.reading() as connection:
            row = connection.execute(ask).first()
        return _session(row) if row else None

    def seen(self, session: Session, at: datetime) -> None:
        with self._database.writing("note that a session is used") as connection:
            connection.execute(update(t.session).where(t.session.c.id == session.id).values(seen=at))

    def sessions(self, person: int) -> Sequence[Session]:
        ask = _SESSIONS.where(t.session.c.person == person).order_by(t.session.c.seen.desc(), t.session.c.id.desc())
        with self._database.reading() as connection:
            return [_session(row) for row in connection.execute(ask)]

    def end_sessions(self, person: int, *, only: int | None = None, besides: int | None = None) -> int:
        which = [t.session.c.person == person]
        which += [t.session.c.id == only] if only is not None else []
        which += [t.session.c.id != besides] if besides is not None else []
        with self._database.writing("end sessions") as connection:
            return connection.execute(delete(t.session).where(*which)).rowcount

    def note(self, line: AuditLine) -> None:
        values = {"at": line.at, "by": line.by, "act": line.act, "about": line.about, "detail": line.detail}
        with self._database.writing("note what somebody did") as connection:
            connection.execute(insert(t.audit).values(values))

    def audit(self, limit: int, before: int | None = None) -> Sequence[AuditLine]:
        ask = select(t.audit).order_by(t.audit.c.id.desc()).limit(limit)
        if before is not None:
            ask = ask.where(t.audit.c.id < before)
        with self._database.reading() as connection:
            return [
                AuditLine(row.at, row.by, Act(row.act), row.about, row.detail, row.id)
                for row in connection.execute(ask)
            ]


_SESSIONS = select(t.person, *(c.label(f"session_{c.name}") for c in t.session.c)).join_from(
    t.session, t.person, t.session.c.person == t.person.c.id
)


def _good(token: str, now: datetime) -> Any:
    link = t.invitation.c
    return and_(link.token == token, link.used.is_(None), link.until > now)


def _save(connection: Connection, person: Person) -> Person:
    values = {name: getattr(person, name) for name in _FIELDS} | {"key": fold(person.name)}
    if person.id:
        changed = update(t.person).where(t.person.c.id == person.id).values(values).returning(t.person)
        row = connection.execute(changed).first()
        if row is None:
            raise NotFound(f"there is no person {person.id}")
        return _person(row)
    put = insert_new(connection.dialect.name, t.person).values(values).on_conflict_do_nothing(index_elements=["key"])
    row = connection.execute(put.returning(t.person)).first()
    if row is None:
        raise InputError("Somebody has this name already; choose another.")
    return _person(row)


def _person(row: Any) -> Person:
    values = {name: getattr(row, name) for name in _FIELDS}
    return Person(**{**values, "role": Role(row.role)}, id=row.id)


def _session(row: Any) -> Session:
    return Session(_person(row), row.session_begun, row.session_seen, row.session_browser, row.session_id)
