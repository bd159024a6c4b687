"""I/O: the database. Users of the desk, with their sessions, API tokens, invitations and audit log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, Table, and_, delete, func, insert, or_, select, update
from sqlalchemy.sql.dml import ReturningUpdate

from monitor.errors import InputError, NotFound
from monitor.model import Act, AuditLine, Invitation, Message, Right, Session, Token, User, can, roles_with
from monitor.store import tables as t
from monitor.store.database import Queries, insert_new
from monitor.store.types import row_of, shaped
from monitor.text.lookalikes import appearance
from monitor.text.normalize import fold

TOLD_AFTER_ITS_END = timedelta(days=6)  # a link for a new password, to whom it let in: a week, since it lasts a day


class SqlUsers(Queries):
    """Users, sessions, tokens, invitations, audit log. Each `token` or `secret` is a hash; only hashes are stored."""

    def everyone(self) -> Sequence[User]:
        """Return all users, including closed accounts, in the order of creation."""
        return self._all(User, select(t.person).order_by(t.person.c.id))

    def by_name(self, name: str) -> User | None:
        """Return the user of this name, ignoring case, or None."""
        return self._first(User, select(t.person).where(t.person.c.key == fold(name)))

    def get(self, user_id: int) -> User:
        """Return a user. Raises NotFound."""
        user = self._first(User, select(t.person).where(t.person.c.id == user_id))
        if user is None:
            raise NotFound(f"there is no person {user_id}")
        return user

    def save(self, user: User) -> User:
        """Store the role of a user and whether the account is closed, and end all access to it, and its links.

        A closed account is not cleared any more. Raises NotFound; InputError if no administrator would be left, or if
        the last account that is cleared would be closed or get a lower role.
        """
        # Exclusive: two administrators may lower each other at once, or one may use a link while its maker is lowered.
        with self._database.writing("save a user", exclusive=True) as connection:
            before = _lock_account(connection, user.id)
            administrators = connection.scalars(_ADMINISTRATORS).all()
            if administrators == [user.id] and (user.closed or not can(user, Right.ADMINISTER)):
                raise InputError("this is the only administrator; make somebody else one first")
            if before.cleared and (user.closed or not user.role.may(before.role)):
                _require_another_cleared(connection, user.id)
            new_values = replace(user, cleared=before.cleared and user.closed is None)
            row = connection.execute(_update_columns(new_values, "role", "closed", "cleared")).one()
            _end_access(connection, user.id)
            return shaped(User, row)

    def clear(self, user_id: int, *, cleared: bool, even_last: bool = False) -> User:
        """Store whether an account is cleared for the closed watch.

        Raises NotFound; InputError for a closed account, and unless `even_last` if nobody would be cleared any more.
        """
        with self._database.writing("clear an account") as connection:
            user = _lock_account(connection, user_id)
            if cleared and user.closed:
                raise InputError("a closed account cannot be cleared; open it first")
            if user.cleared and not cleared and not even_last:
                _require_another_cleared(connection, user_id)
            row = connection.execute(_update_columns(replace(user, cleared=cleared), "cleared")).one()
            return shaped(User, row)

    def update_account(self, user: User, *columns: str) -> User | None:
        """Store these fields of a user's own account; return None when it was closed or got another role meanwhile.

        A new password ends all access to the account, and its links.
        """
        with self._database.writing("update the user's account") as connection:
            return _update_account(connection, user, *columns)

    def invite(self, token: str, invitation: Invitation) -> None:
        """Store an invitation, or a link for a new password."""
        self._change("invite a user", insert(t.invitation).values(row_of(t.invitation, invitation, token=token)))

    def invitation(self, token: str, now: datetime) -> Invitation | None:
        """Return the invitation of a token, or None when it was used, has ended or never existed."""
        return self._first(Invitation, _LINKS.where(t.invitation.c.token == token, _is_open(now)))

    def links(self, now: datetime) -> tuple[Invitation, ...]:
        """Return the open invitations and links for a new password, the latest first."""
        return tuple(self._all(Invitation, _LINKS.where(_is_open(now)).order_by(t.invitation.c.id.desc())))

    def password_links(self, user_id: int, now: datetime) -> tuple[Invitation, ...]:
        """Return the links for a new password of a user that were made in the last week, also used ones."""
        is_told = and_(t.invitation.c.person == user_id, t.invitation.c.until > now - TOLD_AFTER_ITS_END)
        return tuple(self._all(Invitation, _LINKS.where(is_told).order_by(t.invitation.c.id.desc())))

    def end_link(self, link_id: int) -> int:
        """End an invitation or a link for a new password; return 1, or 0 if it was used or does not exist."""
        statement = delete(t.invitation).where(t.invitation.c.id == link_id, t.invitation.c.used.is_(None))
        return self._change("end an invitation", statement)

    def end_password_links(self, user_id: int) -> int:
        """End the links for a new password of a user; return their number."""
        statement = delete(t.invitation).where(t.invitation.c.person == user_id, t.invitation.c.used.is_(None))
        return self._change("end the links for a new password", statement)

    def accept(self, token: str, user: User, now: datetime) -> User | None:
        """Use an invitation once: store a new user (id 0), or the new password of a user, which ends all other access.

        Returns None when the invitation is not valid any more. Raises InputError when the name is taken. Whoever sends
        the link for a new password could use it, so it ends what the user was cleared for.
        """
        with self._database.writing("accept an invitation", exclusive=True) as connection:
            # Checked and marked as used in one statement, so that a link works once, even when two open it at once.
            is_valid = and_(t.invitation.c.token == token, _is_open(now))
            if not connection.execute(update(t.invitation).where(is_valid).values(used=now)).rowcount:
                return None
            if not user.id:
                return _insert_user(connection, user)
            return _update_account(connection, replace(user, cleared=False), "password", "cleared")

    def begin_session(self, token: str, session: Session) -> None:
        """Store a new session."""
        values = row_of(t.session, session, token=token, person=session.person.id)
        self._change("begin a session", insert(t.session).values(values))

    def session(self, token: str) -> Session | None:
        """Return the session of a token, or None; closed accounts have none."""
        query = _SESSIONS.where(t.session.c.token == token, t.person.c.closed.is_(None))
        return next(map(_session, self._rows(query)), None)

    def record_session_use(self, session: Session, at: datetime) -> None:
        """Store when a session was last used."""
        statement = update(t.session).where(t.session.c.id == session.id).values(seen=at)
        self._change("record the use of a session", statement)

    def sessions(self, user_id: int) -> Sequence[Session]:
        """Return the sessions of a user, the last used first."""
        query = _SESSIONS.where(t.session.c.person == user_id).order_by(t.session.c.seen.desc(), t.session.c.id.desc())
        return list(map(_session, self._rows(query)))

    def end_sessions(self, user_id: int, *, only_session: int | None = None, except_session: int | None = None) -> int:
        """End one session of a user, or all except one, or all; return their number."""
        conditions = [t.session.c.person == user_id]
        conditions += [t.session.c.id == only_session] if only_session is not None else []
        conditions += [t.session.c.id != except_session] if except_session is not None else []
        return self._change("end sessions", delete(t.session).where(*conditions))

    def end_all_access(self) -> None:
        """End all sessions, tokens and open links: in a restored backup they may be those of people dismissed since."""
        with self._database.writing("end all access") as connection:
            for table in (t.session, t.token, t.invitation):
                connection.execute(delete(table))

    def give_token(self, secret: str, token: Token) -> None:
        """Store a new API token."""
        values = row_of(t.token, token, token=secret, person=token.person.id)
        self._change("create a token", insert(t.token).values(values))

    def token(self, secret: str) -> Token | None:
        """Return the API token of a secret, or None; closed accounts have none."""
        query = _TOKENS.where(t.token.c.token == secret, t.person.c.closed.is_(None))
        return next(map(_token, self._rows(query)), None)

    def record_token_use(self, token: Token, at: datetime) -> None:
        """Store when an API token was last used."""
        self._change("record the use of a token", update(t.token).where(t.token.c.id == token.id).values(used=at))

    def tokens(self, user_id: int) -> Sequence[Token]:
        """Return the API tokens of a user, the oldest first."""
        return list(map(_token, self._rows(_TOKENS.where(t.token.c.person == user_id).order_by(t.token.c.id))))

    def end_token(self, user_id: int, token_id: int) -> int:
        """End an API token of this user; return 1, or 0 when the user has no such token."""
        statement = delete(t.token).where(t.token.c.person == user_id, t.token.c.id == token_id)
        return self._change("revoke a token", statement)

    def add_audit_line(self, line: AuditLine) -> None:
        """Append a line to the audit log. Lines are never changed or removed, except by a purge of a name in them."""
        self._change("record an audit entry", insert(t.audit).values(row_of(t.audit, line)))

    def details_of(self, act: Act) -> Sequence[tuple[int, str]]:
        """Return the details of the lines of an act in the audit log, each once with the account."""
        line = t.audit.c
        query = select(line.by, line.detail).distinct().where(line.act == act, line.detail != "", line.by.is_not(None))
        return [(row.by, row.detail) for row in self._rows(query)]

    def audit(self, limit: int, before: int | None = None) -> Sequence[AuditLine]:
        """Return lines of the audit log, the latest first; with `before` only lines with a smaller id."""
        query = select(t.audit).order_by(t.audit.c.id.desc()).limit(limit)
        if before is not None:
            query = query.where(t.audit.c.id < before)
        return self._all(AuditLine, query)


def _lock_account(connection: Connection, user_id: int) -> User:
    """Return an account; no other transaction changes it, or who is cleared, until this one ends. Raises NotFound."""
    query = select(t.person).where(or_(t.person.c.id == user_id, t.person.c.cleared)).order_by(t.person.c.id)
    accounts = {row.id: shaped(User, row) for row in connection.execute(query.with_for_update())}
    if user_id not in accounts:
        raise NotFound(f"there is no person {user_id}")
    return accounts[user_id]


def _require_another_cleared(connection: Connection, user_id: int) -> None:
    another = select(t.person.c.id).where(t.person.c.cleared, t.person.c.id != user_id).limit(1)
    if connection.scalar(another) is None:
        raise InputError("nobody else is cleared for the closed watch; clear another account first")


def _with_user(owned_table: Table) -> Select[Any]:
    """Select the rows of a table together with their users; the table's columns are named `own_…`."""
    owned_columns = (column.label(f"own_{column.name}") for column in owned_table.c)
    return select(t.person, *owned_columns).join_from(owned_table, t.person, owned_table.c.person == t.person.c.id)


_SESSIONS, _TOKENS = _with_user(t.session), _with_user(t.token)
_ADMINISTRATORS = select(t.person.c.id).where(
    t.person.c.role.in_(roles_with(Right.ADMINISTER)), t.person.c.closed.is_(None)
)
_LINKS = select(t.invitation, func.coalesce(t.person.c.name, "").label("maker")).join_from(
    t.invitation, t.person, t.invitation.c.by == t.person.c.id, isouter=True
)


def _is_open(now: datetime) -> Any:
    """Select the links that can be used: whoever made one must still be an administrator."""
    link = t.invitation.c
    # A request of a dismissed administrator may have been under way: the link is stored after all others have ended.
    is_by_administrator = link.by.in_(_ADMINISTRATORS)
    is_for_the_first = and_(link.by.is_(None), ~_ADMINISTRATORS.exists())
    return and_(link.used.is_(None), link.until > now, or_(is_by_administrator, is_for_the_first))


def _end_access(connection: Connection, user_id: int) -> None:
    """End the sessions and tokens of a user, and the unused links for the account and those that it has made."""
    for table in (t.session, t.token):
        connection.execute(delete(table).where(table.c.person == user_id))
    link = t.invitation.c
    is_theirs = or_(link.person == user_id, link.by == user_id)
    connection.execute(delete(t.invitation).where(link.used.is_(None), is_theirs))


def _update_columns(user: User, *columns: str) -> ReturningUpdate[Any]:
    """Build an UPDATE of these columns only: others may have changed while a password was being hashed."""
    values = row_of(t.person, user)
    statement = update(t.person).where(t.person.c.id == user.id).values({name: values[name] for name in columns})
    return statement.returning(t.person)


def _update_account(connection: Connection, user: User, *columns: str) -> User | None:
    # Hashing a password takes a second: the account may have been closed or given another role meanwhile.
    is_unchanged = and_(t.person.c.role == user.role, t.person.c.closed.is_(None))
    row = connection.execute(_update_columns(user, *columns).where(is_unchanged)).first()
    if row and "password" in columns:
        _end_access(connection, user.id)
    return shaped(User, row) if row else None


def _insert_user(connection: Connection, user: User) -> User:
    values = row_of(t.person, user, key=fold(user.name))
    # The key decides about one name; two that look alike are not asked for at once, because `accept` is exclusive.
    is_alike = appearance(user.name) in map(appearance, connection.scalars(select(t.person.c.name)))
    statement = (
        insert_new(connection.dialect.name, t.person).values(values).on_conflict_do_nothing(index_elements=["key"])
    )
    row = None if is_alike else connection.execute(statement.returning(t.person)).first()
    if row is None:
        raise InputError(Message("Somebody has this name already, or one that looks like it; choose another."))
    return shaped(User, row)


def _session(row: Any) -> Session:
    return Session(shaped(User, row), row.own_begun, row.own_seen, row.own_browser, row.own_id)


def _token(row: Any) -> Token:
    return Token(shaped(User, row), row.own_label, row.own_since, row.own_used, row.own_id)
