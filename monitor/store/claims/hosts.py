"""I/O: the database. The politeness state of hosts, and the run or job that may ask each of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import and_, bindparam, delete, or_, select, update

from monitor.model import Claim, HostState
from monitor.store import tables as t
from monitor.store.database import Queries, put_missing
from monitor.store.line.feeds import is_unclaimed
from monitor.store.types import shaped


class SqlHosts(Queries):
    """Origins (`host:port`), each asked by one run or job at a time."""

    def take(self, claim: Claim, origins: Collection[str], now: datetime) -> Mapping[str, HostState]:
        """Claim the origins that nobody else asks now, and return the stored state of each."""
        if not origins:
            return {}
        host = t.host_state.c
        # In order, so that two workers that take the same new origins do not deadlock.
        new = [{"origin": origin, "claim": 0} for origin in sorted(set(origins))]
        # A host of this very claim counts as free, so taking it twice is harmless.
        is_free = or_(host.claim == claim.number, is_unclaimed(host.claimed_until, now))
        free = (
            select(host.origin).where(host.origin.in_(origins), is_free).with_for_update(skip_locked=True).cte("free")
        )
        taking = update(t.host_state).where(host.origin.in_(select(free.c.origin)))
        values = {"claim": claim.number, "claimed_until": claim.until}
        with self._database.writing("take hosts") as connection:
            put_missing(connection, t.host_state, *new)
            rows = connection.execute(taking.values(values).returning(t.host_state)).all()
        return {row.origin: shaped(HostState, row) for row in rows}

    def save(self, claim: Claim, states: Iterable[HostState]) -> None:
        """Store the state of the hosts that a claim still holds, and release them."""
        # SQLAlchemy reserves the names of columns for its own parameters of an UPDATE.
        rows = [{f"new_{name}": value for name, value in asdict(state).items()} for state in states]
        if not rows:
            return
        host = t.host_state.c
        names = [name.removeprefix("new_") for name in rows[0] if name != "new_origin"]
        is_own = and_(host.origin == bindparam("new_origin"), host.claim == claim.number)
        values = {name: bindparam(f"new_{name}", type_=host[name].type) for name in names}
        with self._database.writing("save hosts") as connection:
            connection.execute(update(t.host_state).where(is_own).values(values | {"claimed_until": None}), rows)

    def forget(self, before: datetime, now: datetime) -> int:
        """Delete the state of hosts that were last asked before a time; return their number."""
        host = t.host_state.c
        is_old = or_(host.last_request < before, host.last_request.is_(None))
        return self._change("forget hosts", delete(t.host_state).where(is_old, is_unclaimed(host.claimed_until, now)))
