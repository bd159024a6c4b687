"""I/O: the database. Checks of its file, its references and its evidence. Findings have row numbers and no names.

What else must hold is held where it is written: by constraints, and by transactions that write all of it or nothing.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from hashlib import sha256

from sqlalchemy import Connection, LargeBinary, select, type_coerce, union_all

from monitor.store import tables as t

_AT_ONCE = 100  # rows in memory
_version, _body, _article = t.article_version.c, t.raw_body.c, t.article.c

_BODIES_MISSING = """
    SELECT article, version FROM article_version WHERE CAST(headers AS text) <> '{}'
    AND body_sha256 NOT IN (SELECT sha256 FROM raw_body) AND article IN (SELECT article FROM hit)
    ORDER BY article, version
"""
_NO_BYTES = "someone is named in the article, but the page's bytes are not there"


def find_damage(connection: Connection) -> Iterator[str]:
    """Yield what is damaged; of a damaged file only that, which may cause all else."""
    in_file = tuple(_damage_of_file(connection))
    yield from in_file
    if not in_file:
        yield from _changed_texts(connection)
        yield from _changed_pages(connection)
        for article, version in connection.exec_driver_sql(_BODIES_MISSING):
            yield f"article {article}, version {version}: {_NO_BYTES}"


def _damage_of_file(connection: Connection) -> Iterator[str]:
    """Yield what SQLite finds wrong with its file and its foreign keys; PostgreSQL enforces these itself."""
    if connection.dialect.name != "sqlite":
        return
    for (message,) in connection.exec_driver_sql("PRAGMA integrity_check"):
        if message != "ok":
            yield f"the file is damaged: {message}"
    for table, row, parent, _ in connection.exec_driver_sql("PRAGMA foreign_key_check"):
        yield f"{table} {'of no number' if row is None else row}: the {parent} it belongs to is not there"


def _changed_texts(connection: Connection) -> Iterator[str]:
    query = select(*_version["article", "version", "text", "sha256"]).where(_version.dropped.is_(None))
    query = query.order_by(_version.article, _version.version).execution_options(yield_per=_AT_ONCE)
    for article, version, text, digest in connection.execute(query):
        if sha256(text.encode()).hexdigest() != digest:
            yield f"article {article}, version {version}: the stored text does not have the hash it was stored with"


def _changed_pages(connection: Connection) -> Iterator[str]:
    # Unpacked here, so that one that cannot be unpacked hides no other.
    columns = _body.sha256, type_coerce(_body.body, LargeBinary)
    of_pages = select(_version.article, *columns).join(t.raw_body, _body.sha256 == _version.body_sha256)
    of_answers = select(_article.id, *columns).join(t.raw_body, _body.sha256 == _article.gone_body_sha256)
    query = union_all(of_pages, of_answers).order_by("article").execution_options(yield_per=_AT_ONCE)
    for article, digest, packed in connection.execute(query):
        if _hash_of_packed(packed) != digest:
            yield f"article {article}: the bytes of its page do not have the hash they were stored with"


def _hash_of_packed(packed: bytes) -> str:
    try:
        return sha256(zlib.decompress(packed)).hexdigest()
    except zlib.error:
        return ""
