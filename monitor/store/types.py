"""I/O: the database. Column types that hold the same values on SQLite and on PostgreSQL, and rows as values."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import cache
from hashlib import blake2b
from typing import Any, TypeVar

from pydantic import TypeAdapter
from sqlalchemy import JSON, DateTime, Dialect, Integer, LargeBinary, Table, Text, bindparam, cast, func
from sqlalchemy.types import TypeDecorator, TypeEngine

from monitor.model import Message, unmarked

# PostgreSQL stores no NUL, and neither database a lone surrogate.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_LONGEST_KEY = 512  # bytes; an index entry of PostgreSQL ends at 2,704


def storable(text: str) -> str:
    """The text with what no database takes as U+FFFD: one for one, so that offsets into it stay true.

    >>> storable("a\\x00b")
    'a�b'
    """
    return _UNSTORABLE.sub("\ufffd", text)


def parameter_rows(dialect: str, name: str, kind: type[TypeEngine[Any]] = Integer) -> Any:
    """Return the values of a list parameter as rows, so that a statement compiled once takes lists of any length."""
    rows = func.json_each if dialect == "sqlite" else func.json_array_elements_text
    return cast(rows(bindparam(name, type_=JSON)).table_valued("value").c.value, kind)


def bounded_key(key: str) -> str:
    """A key as it can be indexed: a very long one ends in its own hash instead."""
    as_bytes = storable(key).encode()
    if len(as_bytes) <= _LONGEST_KEY:
        return as_bytes.decode()
    return as_bytes[:400].decode(errors="ignore") + "#" + blake2b(as_bytes, digest_size=16).hexdigest()


T = TypeVar("T")

adapter: Callable[[Any], TypeAdapter[Any]] = cache(TypeAdapter)


def shaped(kind: type[T], row: Any, **others: Any) -> T:
    """A row as a value of this kind, by the names that they share: words become enums, lists tuples."""
    value: T = adapter(kind).validate_python(dict(zip(row._fields, row, strict=True)) | others)
    return value


def row_of(table: Table, value: object, **others: Any) -> dict[str, Any]:
    """A value as a row of a table, by the names that they share, without the number that the database gives."""
    shared = (column.name for column in table.c if column is not table.autoincrement_column)
    return {name: getattr(value, name) for name in shared if hasattr(value, name)} | others


def to_json(value: Any) -> str:
    """JSON that people can read in other tools: letters as letters."""
    return storable(json.dumps(value, ensure_ascii=False))


class Utc(TypeDecorator[datetime]):
    """An aware time in, an aware time in UTC out. A naive one is an error: whose clock was it?"""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.utcoffset() is None:
            raise ValueError(f"a time without a zone cannot be stored: {value.isoformat()}")
        value = value.astimezone(UTC)
        # SQLite keeps text: without the offset all times have one form and sort as they should
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None] | None:
        """On SQLite text is read here at once: lists are made of many times, and SQLAlchemy takes thrice as long."""
        return lambda value: None if value is None else _in_utc(value)


def _in_utc(value: datetime | str) -> datetime:
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


class Words(TypeDecorator[str]):
    """Text of any length, from any stranger."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else storable(str(value))


class MessageType(Words):
    """A sentence of ours, with marks that tell its words: people who read it elsewhere do not see them."""

    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return super().process_bind_param(value.marked if isinstance(value, Message) else value, dialect)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else unmarked(value)


class MessagesType(TypeDecorator[list[str]]):
    """A list of them."""

    impl = JSON
    cache_ok = True

    def process_bind_param(self, value: Iterable[str] | None, dialect: Dialect) -> list[str] | None:
        return None if value is None else [s.marked if isinstance(s, Message) else s for s in value]

    def process_result_value(self, value: Iterable[str] | None, dialect: Dialect) -> list[str] | None:
        return None if value is None else [unmarked(s) for s in value]


class Packed(TypeDecorator[bytes]):
    """Bytes, compressed."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        return None if value is None else zlib.compress(value, 6)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        return None if value is None else zlib.decompress(value)
