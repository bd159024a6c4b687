"""I/O: the database. Moves: of a name into the closed watch, and of everything into another, empty database.

The closed side comes first and both steps may be done twice, so a death between them loses nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table, and_, delete, func, insert, select, update

from monitor.errors import ChangedMeanwhile, InputError
from monitor.model import Article, Entity, Hit, Naming
from monitor.ports import Remaking
from monitor.store import tables as t
from monitor.store.database import Database, Queries, lock_mail, lock_stories
from monitor.store.desk.watchlist import stored_entities
from monitor.store.ops import purge, traces
from monitor.store.ops.moved_rows import MovedName, give_back_evidence, put_name, read_name
from monitor.store.ops.traces import Traces
from monitor.store.sql import articles, unnamed, withdrawal
from monitor.store.sql.deletion import delete_with_dependents
from monitor.store.tables import Row
from monitor.store.types import is_one_of

Rematched = Mapping[int, tuple[Article, Sequence[Hit]]]  # by number of the article
# Sentences that may quote the name; those on its items are blanked with the items.
_SENTENCES = (
    t.review_item.c.reopened, t.run.c.problems, t.delivery.c.detail, t.audit.c.detail, t.addition.c.note,
    t.watchlist_version.c.reason,
)  # fmt: skip


class SqlMoves(Queries):
    """Names that leave the open watch for the closed one."""

    def marked(self) -> Sequence[tuple[Entity, bool]]:
        """Return the names marked sensitive that this store has, and whether each was removed from the list.

        A build before the two watches left them; the open store of this one has none.
        """
        with self._database.reading() as connection:
            removed = {*connection.scalars(select(t.entity.c.number).where(t.entity.c.removed.is_not(None)))}
            entities = stored_entities(connection, t.entity.c.sensitive)
            return [(entity, number in removed) for number, entity in entities.items()]

    def read(self, entity: str) -> MovedName:
        """Return everything that is stored about a name. Raises NotFound."""
        return self._read(read_name, entity)

    def put(self, moved: MovedName) -> None:
        """Store what another store has about a name that is on the list here; what is here already stays."""
        with self._database.writing("store a name that moves") as connection:
            lock_stories(connection)
            put_name(connection, moved)

    def give_back(self, moved: MovedName) -> None:
        """Store the evidence that another store has kept of a name, which is to be on the list here."""
        with self._database.writing("store the evidence of a name that moves") as connection:
            give_back_evidence(connection, moved)

    def remove(self, moved: MovedName, naming: Naming, remaking: Remaking, rematched: Rematched) -> None:
        """Remove a name as if it had never been listed; texts stay, and so do the items of other names.

        `rematched`: the hits of the other names in its articles, which it may have changed. Waiting mailings are
        composed again. Raises ChangedMeanwhile if anything about the name was stored since it was read.
        """
        with self._database.writing("remove a name that moves") as connection:
            lock_mail(connection)
            lock = select(t.article.c.id).where(is_one_of(t.article.c.id, moved.articles)).order_by(t.article.c.id)
            connection.execute(lock.with_for_update())
            lock_stories(connection)
            if read_name(connection, moved.entity).state != moved.state:
                raise ChangedMeanwhile("somebody has changed the items of this name just now; try again")
            _remove(connection, moved, naming, remaking, rematched)

    def traces(self, names: Collection[str]) -> Traces:
        """Return what is stored because of these names alone, beside their items."""
        return self._read(traces.read_traces, names)

    def put_traces(self, of_names: Traces) -> None:
        """Store such rows of another store. Doing it twice changes nothing."""
        with self._database.writing("store the traces of names that move") as connection:
            traces.put_traces(connection, of_names)

    def forget_traces(self, of_names: Traces) -> None:
        """Remove these rows."""
        with self._database.writing("remove the traces of names that move") as connection:
            lock_mail(connection)
            traces.forget_traces(connection, of_names)

    def end(self, entity: str, naming: Naming, remaking: Remaking) -> None:
        """Remove a name together with the articles that name nobody else: it is watched in the other watch now."""
        with self._database.writing("end a closed name", exclusive=True) as connection:
            number = connection.execute(select(t.entity.c.number).where(t.entity.c.id == entity)).scalar()
            if number is not None:
                purge.purge_name(connection, number, entity, naming, remaking)
                _drop_versions_without_names(connection)


def _remove(connection: Connection, moved: MovedName, naming: Naming, remaking: Remaking, rematched: Rematched) -> None:
    number, affected_items = moved.number, {row["id"] for row in moved.items}
    _remove_decisions_on_it_alone(connection, moved)
    purge.remove_decisions(connection, number)
    hits_of_name = select(t.hit.c.id, t.hit.c.article, t.hit.c.found).where(t.hit.c.entity == number)
    first_found = {row.article: row.found for row in connection.execute(hits_of_name)}
    purge.remove_findings(connection, number, naming.possibly)
    delete_with_dependents(connection, t.hit, [row["id"] for row in moved.hits])
    withdrawal.take_reports_back(connection, first_found)
    for article, hits in rematched.values():
        _put_other_hits(connection, article, hits)
    unnamed.judge_entries_again(connection, first_found)
    without_names = withdrawal.without_queued_hits(connection, first_found)
    leaving = without_names - _added(connection, without_names)
    begun = unnamed.begun_by(connection, leaving)
    withdrawal.leave_stories(connection, leaving)
    unnamed.begin_again(connection, begun)
    traces.drop_moves(connection, leaving)
    unnamed.forget_names(connection, first_found)
    traces.drop_counts(connection)
    delete_with_dependents(connection, t.story, purge.empty_stories(connection))
    purge.drop_from_versions(connection, moved.entity)
    delete_with_dependents(connection, t.entity, [number])
    _drop_versions_without_names(connection)
    connection.execute(delete(t.checked_input))  # it counts the names of the list
    purge.refresh_items(connection, affected_items, remaking.restate)
    purge.rewrite_mailings(connection, naming.possibly, remaking.rewrite)
    traces.blank_sent_mails(connection)
    for column in _SENTENCES:
        purge.blank_where_named(connection, column, naming.possibly)
    purge.delete_empty_notes(connection)


def _remove_decisions_on_it_alone(connection: Connection, moved: MovedName) -> None:
    """Remove the verdicts on whole items that judged only this name, with what undoes them."""
    on_it_alone = [row["id"] for row in moved.decisions if row["entity"] is None and row["judged"] == [moved.number]]
    purge.delete_decisions(connection, on_it_alone)


def _put_other_hits(connection: Connection, article: Article, hits: Sequence[Hit]) -> None:
    """Store the hits of the other names as they are without the name that left, where the article is as it was read."""
    stored = connection.execute(select(t.article).where(t.article.c.id == article.id)).first()
    if stored is None or stored.version != article.version:
        return
    other_hits = articles.put_hits(connection, article, hits, stored.first_seen)
    not_found = select(t.hit.c.id).where(t.hit.c.id.in_(other_hits.values()), t.hit.c.version == article.version)
    delete_with_dependents(connection, t.hit, connection.scalars(not_found).all())


def _added(connection: Connection, numbers: Collection[int]) -> set[int]:
    """Return the articles that somebody put into the queue by hand: they stay there without a name."""
    return {*connection.scalars(select(t.addition.c.article).where(is_one_of(t.addition.c.article, numbers)))}


def _drop_versions_without_names(connection: Connection) -> None:
    """Delete the versions of the list that changed only names which left; the latest stays, empty.

    Its number must not be given again: a run that goes on matches with the list of that number.
    """
    version: Table = t.watchlist_version
    rows = connection.execute(select(*version.c["version", "added", "changed", "removed"])).all()
    latest = max((row.version for row in rows), default=0)
    empty = [row.version for row in rows if not (row.added or row.changed or row.removed)]
    connection.execute(delete(t.entity_version).where(t.entity_version.c.version.in_(empty)))
    is_empty = version.c.version.in_(empty)
    connection.execute(delete(version).where(and_(is_empty, version.c.version != latest)))
    blank: dict[str, Any] = {"source": "", "author": "", "reason": "", "to_look_through": None}
    connection.execute(update(version).where(is_empty).values(blank))


ROWS_PER_BATCH = 500


def move(source: Database, target: Database) -> int:
    """Copy all rows with their numbers in one transaction, and return how many; both databases have the same tables.

    Raises InputError when the target is not empty, StoreError when a database cannot be used.
    """
    tables = Row.metadata.sorted_tables  # parents before the tables that refer to them
    rows_copied = 0
    with source.reading() as source_connection, target.writing("move") as target_connection:
        for table in tables:
            if target_connection.execute(select(table).limit(1)).first():
                raise InputError(f"{target.name} holds something already; name an empty database")
        for table in tables:
            rows = source_connection.execution_options(yield_per=ROWS_PER_BATCH).execute(
                select(table).order_by(*table.primary_key)
            )
            for batch in rows.mappings().partitions():
                target_connection.execute(insert(table), [dict(row) for row in batch])
                rows_copied += len(batch)
            _advance_sequence(target_connection, table)
    return rows_copied


def _advance_sequence(connection: Connection, table: Table) -> None:
    """Let PostgreSQL's next number follow the last one copied; SQLite does so by itself."""
    number = table.autoincrement_column
    if number is None or connection.dialect.name != "postgresql":
        return
    last = connection.scalar(select(func.max(number)))
    if last is not None:
        sequence = func.pg_get_serial_sequence(table.name, number.name)
        connection.execute(select(func.setval(sequence, last)))
