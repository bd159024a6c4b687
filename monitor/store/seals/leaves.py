"""I/O: the database. The leaves of the daily seal; for use inside a transaction of the open store."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, insert, update

from monitor.model import Absence, Article, RawPage, TextFrom
from monitor.pack.pack_format import headers_hash, leaf_hash
from monitor.serialize import utc_text
from monitor.store import tables as t
from monitor.store.types import storable

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
