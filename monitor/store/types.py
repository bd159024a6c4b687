"""I/O: the database. Column types that behave the same on SQLite and PostgreSQL; rows to values and back."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import UTC, datetime
from functools import cache
from hashlib import blake2b
from typing import Any, TypeVar

from pydantic import TypeAdapter
from sqlalchemy import (
    JSON,
    ColumnElement,
    DateTime,
    Dialect,
    Integer,
    LargeBinary,
    Table,
    Text,
    bindparam,
    cast,
    literal,
    select,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction
from sqlalchemy.types import TypeDecorator, TypeEngine

from monitor.model import Message, parse_marked

# PostgreSQL stores no NUL, and neither database a lone surrogate.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_LONGEST_KEY = 512  # bytes; an index entry of PostgreSQL ends at 2,704


def storable(text: str) -> str:
    """Replace characters that a database cannot store by U+FFFD, one for one, so that offsets stay valid.

    >>> storable("a\\x00b")
    'a�b'
    """
    return _UNSTORABLE.sub("\ufffd", text)


class json_values(GenericFunction[Any]):  # noqa: N801 -- as SQLAlchemy names functions of SQL
    """The values of a JSON list as rows: each database has a function for it, under another name."""

    inherit_cache = True


@compiles(json_values, "sqlite")
def _on_sqlite(element: json_values, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **options)})"


@compiles(json_values, "postgresql")
def _on_postgresql(element: json_values, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_array_elements_text({compiler.process(element.clauses, **options)})"


def parameter_rows(name: str, kind: type[TypeEngine[Any]] = Integer) -> Any:
    """Return the values of a list parameter as rows, so that a statement compiled once takes lists of any length."""
    return cast(json_values(bindparam(name, type_=JSON)).table_valued("value").c.value, kind)


def is_one_of(column: ColumnElement[Any], values: Collection[Any]) -> ColumnElement[bool]:
    """Return the condition that a column has one of these values: in one parameter, so that their count has no limit.

    `values` may also be a `JsonText` with a list.
    """
    rows = json_values(literal(values if isinstance(values, JsonText) else list(values), JSON))
    return column.in_(select(cast(rows.table_valued("value").c.value, column.type)))


def bounded_key(key: str) -> str:
    """Return a key that can be indexed: a very long one is cut and ends in a hash of the whole."""
    as_bytes = storable(key).encode()
    if len(as_bytes) <= _LONGEST_KEY:
        return as_bytes.decode()
    return as_bytes[:400].decode(errors="ignore") + "#" + blake2b(as_bytes, digest_size=16).hexdigest()


T = TypeVar("T")

adapter: Callable[[Any], TypeAdapter[Any]] = cache(TypeAdapter)


def shaped(kind: type[T], row: Any, **extra_fields: Any) -> T:
    """Convert a row into a value of this type, by field names; strings become enums, lists become tuples."""
    value: T = adapter(kind).validate_python(dict(zip(row._fields, row, strict=True)) | extra_fields)
    return value


def row_of(table: Table, value: object, **extra_columns: Any) -> dict[str, Any]:
    """Convert a value into the columns of a table, by field names, without the autoincremented number."""
    return {name: getattr(value, name) for name in _columns(table) if hasattr(value, name)} | extra_columns


@cache
def _columns(table: Table) -> Sequence[str]:
    """Return the names of the columns without the autoincremented number."""
    return [column.name for column in table.c if column is not table.autoincrement_column]


class JsonText(str):
    """A text that is JSON already, such as a list that a database wrote: `to_json` leaves it alone."""

    __slots__ = ()


def to_json(value: Any) -> str:
    """Return JSON with non-ASCII letters unescaped, to be readable in database tools."""
    if isinstance(value, JsonText):
        return value
    return storable(json.dumps(value, ensure_ascii=False))


class Utc(TypeDecorator[datetime]):
    """An aware time, returned in UTC. Storing a naive time raises ValueError: its zone cannot be known."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert a time to UTC."""
        if value is None:
            return None
        if value.utcoffset() is None:
            raise ValueError(f"a time without a zone cannot be stored: {value.isoformat()}")
        value = value.astimezone(UTC)
        # SQLite stores text: without the offset all times have one format and sort correctly as strings.
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return a stored time in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


class Words(TypeDecorator[str]):
    """Text of any length from untrusted sources; characters that cannot be stored are replaced."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Make the text storable."""
        return None if value is None else storable(str(value))


class MessageType(Words):
    """A translatable message, stored as text with invisible marks around its parameters."""

    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Store a Message with its marks."""
        return super().process_bind_param(value.marked if isinstance(value, Message) else value, dialect)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        """Read the marks back into a Message."""
        return None if value is None else parse_marked(value)


class MessagesType(TypeDecorator[list[str]]):
    """A JSON list of translatable messages, each stored as MessageType does."""

    impl = JSON
    cache_ok = True

    def process_bind_param(self, value: Iterable[str] | None, dialect: Dialect) -> list[str] | None:
        """Store each Message with its marks."""
        return None if value is None else [s.marked if isinstance(s, Message) else s for s in value]

    def process_result_value(self, value: Iterable[str] | None, dialect: Dialect) -> list[str] | None:
        """Read the marks back into Messages."""
        return None if value is None else [parse_marked(sentence) for sentence in value]


class Packed(TypeDecorator[bytes]):
    """Bytes, stored compressed with zlib."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        """Compress the bytes. The default level takes twice the time, to save a twentieth of the space."""
        return None if value is None else zlib.compress(value, 4)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        """Decompress the bytes."""
        return None if value is None else zlib.decompress(value)
