"""I/O: the database. The daily seal: a Merkle tree over every page stored until the end of a day, whoever it names."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from typing import Any, TypeAlias

from sqlalchemy import Connection, exists, insert, or_, select, update

from monitor.model import Absence, Article, RawPage, Seal, SealProof, Stamp, TextFrom
from monitor.pack.pack_format import digest, headers_hash, leaf_hash, node_hash, seal_text
from monitor.serialize import utc_text
from monitor.store import tables as t
from monitor.store.database import Queries, put_missing
from monitor.store.types import row_of, shaped, storable

SALT_BYTES = 16  # whoever has the pack of a page cannot guess what its siblings in the tree are of
_HASHES = ("salt", "address", "title", "text", "page", "headers")
_INSERTION = insert(t.sealed_page)


def record_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a leaf is the hash of."""
    hashes = {name: row[name].hex() for name in _HASHES}
    return {"kind": row["kind"], "at": utc_text(row["at"]), "status": row["status"], **hashes}


def put_version(connection: Connection, article: Article, text_sha256: str, at: datetime) -> None:
    """Store the leaf of a version that was stored just now; `text_sha256` of its text without added lines, or empty."""
    is_page = article.text_from is TextFrom.PAGE
    values = {
        "article": article.id,
        "version": article.version,
        "kind": "fetched" if is_page else "feed",
        "at": article.fetched or at,
        "status": 200 if is_page else 0,
        "address": _hash_of(article.url),
        "title": _hash_of(article.title),
        # Without the lines that are added where they name somebody: the leaf is the same whoever is watched.
        "text": bytes.fromhex(text_sha256) or _hash_of(article.text),
    }
    put_leaves(connection, values | _hashes_of(article.raw))


def put_absence(connection: Connection, article: int, absence: Absence) -> None:
    """Store the leaf of what a server answered in the place of an article."""
    values = {"article": article, "version": 0, "kind": "absent", "at": absence.at, "status": absence.status}
    address = {"address": _hash_of(absence.url), "title": b"", "text": b""}
    put_leaves(connection, values | address | _hashes_of(absence.raw))


def put_leaves(connection: Connection, *rows: dict[str, Any]) -> None:
    """Store rows with a salt and their leaf."""
    complete = []
    for row in rows:
        salted = row | {"salt": os.urandom(SALT_BYTES)}
        complete.append(salted | {"leaf": leaf_hash(record_of(salted))})
    connection.execute(_INSERTION, complete)


def forget_purged(connection: Connection) -> None:
    """Leave of the leaves whose article is purged nothing but their hash, which proves nothing without its salt."""
    page = t.sealed_page.c
    values = dict.fromkeys(_HASHES, b"") | {"at": None, "kind": "", "status": 0, "version": 0}
    connection.execute(update(t.sealed_page).where(page.article.is_(None), page.salt != b"").values(values))


def _hashes_of(raw: RawPage | None) -> dict[str, bytes]:
    if raw is None:
        return {"page": b"", "headers": b""}
    return {"page": bytes.fromhex(raw.sha256), "headers": bytes.fromhex(headers_hash(raw.headers))}


def _hash_of(text: str) -> bytes:
    return sha256(storable(text).encode()).digest()


ROWS_PER_BATCH = 1000
NO_SEAL = "0" * 64  # before the first
Tree: TypeAlias = Sequence[Sequence[bytes]]  # level by level, the leaves first
_page, _seal, _stamp = t.sealed_page.c, t.seal.c, t.seal_stamp.c


class SqlSeals(Queries):
    """The seals of days, in a chain: each holds the hash of the one before."""

    def newest(self) -> Seal | None:
        """Return the latest seal, or None before the first."""
        with self._database.reading() as connection:
            row = connection.execute(select(t.seal).order_by(_seal.number.desc()).limit(1)).first()
            return _with_stamps(connection, [row])[0] if row else None

    def add_stored_before(self, after: int) -> int | None:
        """Store leaves for a batch of what was stored before there were any; return the last article, None at the end.

        `after` is what the last call returned, at first 0.
        """
        with self._database.writing("seal what was stored before") as connection:
            rows = _versions_without_leaf(connection, after) or _absences_without_leaf(connection)
            if rows:
                put_leaves(connection, *rows)
            return max(row["article"] for row in rows) if rows else None

    def seal_day(self, day: date, now: datetime) -> Seal:
        """Seal what was stored until the end of a day of UTC and is under no seal; return the seal that is stored."""
        end = datetime.combine(day + timedelta(days=1), time(), UTC)
        with self._database.writing("seal a day") as connection:
            last = connection.execute(select(t.seal).order_by(_seal.number.desc()).limit(1).with_for_update()).first()
            stored = connection.execute(select(t.seal).where(_seal.day == day)).first()
            if stored is None:
                before = digest(seal_text(last.day.isoformat(), last.tree, last.before)) if last else NO_SEAL
                # Else a pack, which has the path to its leaf, would tell how many pages its day has.
                filler = os.urandom(32)
                values = {"day": day, "tree": "", "before": before, "filler": filler, "sealed_at": now}
                number = connection.scalar(insert(t.seal).values(values).returning(_seal.number))
                is_of_day = or_(_page.at < end, _page.at.is_(None))  # null: it was purged before its day was sealed
                connection.execute(update(t.sealed_page).where(_page.seal.is_(None), is_of_day).values(seal=number))
                tree = _levels(_leaves(connection, number, filler))[-1][0].hex()
                connection.execute(update(t.seal).where(_seal.number == number).values(tree=tree))
                stored = connection.execute(select(t.seal).where(_seal.number == number)).one()
            return _with_stamps(connection, [stored])[0]

    def has_day(self, day: date) -> bool:
        """Return whether a day is sealed."""
        return self._value(select(_seal.number).where(_seal.day == day)) is not None

    def add_stamp(self, seal: int, stamp: Stamp) -> None:
        """Store a time stamp; the first one of an authority for a seal stays."""
        with self._database.writing("store a time stamp") as connection:
            put_missing(connection, t.seal_stamp, row_of(t.seal_stamp, stamp, seal=seal))

    def oldest_unsealed(self) -> datetime | None:
        """Return when the oldest page that is under no seal was stored, or None."""
        at: datetime | None = self._value(select(_page.at).where(_page.seal.is_(None)).order_by(_page.at).limit(1))
        return at

    def last_stamp(self) -> datetime | None:
        """Return the time of the latest time stamp."""
        at: datetime | None = self._value(select(_stamp.at).order_by(_stamp.at.desc()).limit(1))
        return at

    def proofs(self, article: int, trees: dict[int, Tree] | None = None) -> Sequence[SealProof]:
        """Return the sealed pages of an article with their paths to the roots of their days, the newest first.

        `trees` keeps the trees of days from one call to the next: the first seal has all that was stored before it.
        """
        with self._database.reading() as connection:
            is_sealed = (_page.article == article, _page.seal.is_not(None))
            query = select(t.sealed_page, _seal.day, _seal.filler).join(t.seal, _seal.number == _page.seal)
            rows = connection.execute(query.where(*is_sealed).order_by(_page.id.desc())).all()
            trees = {} if trees is None else trees
            for row in rows:
                if row.seal not in trees:
                    trees[row.seal] = _levels(_leaves(connection, row.seal, row.filler))
            return [_proof(row, trees[row.seal]) for row in rows]

    def up_to_stamp(self, days: Collection[date]) -> Sequence[Seal]:
        """Return the seals of these days, and after each those up to the first that has a time stamp, in order."""
        with self._database.reading() as connection:
            rows = connection.execute(select(t.seal).where(_seal.day >= min(days)).order_by(_seal.number)).all()
            seals, is_open = [], False
            for seal in _with_stamps(connection, rows):
                if seal.day in days or is_open:
                    seals.append(seal)
                    is_open = not seal.stamps
            return seals


def _leaves(connection: Connection, seal: int, filler: bytes) -> list[bytes]:
    """Return the leaves of a seal, filled up to a power of two and sorted: their order says nothing of the pages."""
    leaves = list(connection.scalars(select(_page.leaf).where(_page.seal == seal)))
    size = 1 << max(0, len(leaves) - 1).bit_length()
    leaves += [sha256(filler + number.to_bytes(8, "big")).digest() for number in range(size - len(leaves))]
    return sorted(leaves)


def _levels(leaves: Sequence[bytes]) -> Tree:
    """Return the nodes of a tree, level by level, the root last."""
    levels = [leaves]
    while len(levels[-1]) > 1:
        nodes = levels[-1]
        levels.append([node_hash(nodes[n], nodes[n + 1]) for n in range(0, len(nodes), 2)])
    return levels


def _proof(row: Any, levels: Tree) -> SealProof:
    index = levels[0].index(row.leaf)
    path = [nodes[(index >> level) ^ 1].hex() for level, nodes in enumerate(levels[:-1])]
    return SealProof(row.day, index, tuple(path), record_of(row._mapping))


def _with_stamps(connection: Connection, rows: Sequence[Any]) -> list[Seal]:
    numbers = [row.number for row in rows]
    query = select(t.seal_stamp).where(_stamp.seal.in_(numbers)).order_by(_stamp.authority)
    stamps: dict[int, list[Stamp]] = {number: [] for number in numbers}
    for row in connection.execute(query):
        stamps[row.seal].append(shaped(Stamp, row))
    return [shaped(Seal, row, stamps=tuple(stamps[row.number])) for row in rows]


def _versions_without_leaf(connection: Connection, after: int) -> list[dict[str, Any]]:
    version = t.article_version.c
    has_leaf = exists().where(_page.article == version.article, _page.version == version.version)
    names = ("article", "version", "url", "title", "fetched", "stored", "sha256", "body_sha256", "headers", "text_from")
    query = select(*(version[name] for name in names)).where(version.article >= after, ~has_leaf)
    query = query.order_by(version.article, version.version).limit(ROWS_PER_BATCH)
    return [
        {
            "article": row.article,
            "version": row.version,
            "kind": "stored before",
            "at": row.fetched or row.stored,
            "status": 200 if row.body_sha256 else 0,
            "address": _hash_of(row.url),
            "title": _hash_of(row.title),
            "text": bytes.fromhex(row.sha256),
            "page": bytes.fromhex(row.body_sha256),
            "headers": _known_headers(row.headers),
        }
        for row in connection.execute(query).all()
    ]


def _absences_without_leaf(connection: Connection) -> list[dict[str, Any]]:
    article = t.article.c
    has_leaf = exists().where(_page.article == article.id, _page.version == 0)
    query = select(t.article).where(article.gone.is_not(None), ~has_leaf).limit(ROWS_PER_BATCH)
    return [
        {
            "article": row.id,
            "version": 0,
            "kind": "stored before",
            "at": row.gone,
            "status": row.gone_status,
            "address": _hash_of(row.gone_url),
            "title": b"",
            "text": b"",
            "page": bytes.fromhex(row.gone_body_sha256),
            "headers": _known_headers(row.gone_headers),
        }
        for row in connection.execute(query).all()
    ]


def _known_headers(headers: Mapping[str, str]) -> bytes:
    """Return the hash of headers; of pages that named nobody they were not kept."""
    return bytes.fromhex(headers_hash(headers)) if headers else b""
