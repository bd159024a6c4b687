"""I/O: the database. Column types that hold the same values on SQLite and on PostgreSQL."""

from __future__ import annotations

import json
import re
import struct
import zlib
from collections.abc import Iterable
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

from sqlalchemy import DateTime, Dialect, LargeBinary, Text
from sqlalchemy.types import TypeDecorator

# PostgreSQL stores no NUL, and neither database a lone surrogate.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_LONGEST_KEY = 512  # bytes; an index entry of PostgreSQL ends at 2,704


def storable(text: str) -> str:
    """The text with what no database takes as U+FFFD: one for one, so that offsets into it stay true.

    >>> storable("a\\x00b")
    'a�b'
    """
    return _UNSTORABLE.sub("\ufffd", text)


def bounded_key(key: str) -> str:
    """A key as it can be indexed: a very long one ends in its own hash instead."""
    as_bytes = storable(key).encode()
    if len(as_bytes) <= _LONGEST_KEY:
        return as_bytes.decode()
    return as_bytes[:400].decode(errors="ignore") + "#" + blake2b(as_bytes, digest_size=16).hexdigest()


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

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Words(TypeDecorator[str]):
    """Text of any length, from any stranger."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else storable(str(value))


class Packed(TypeDecorator[bytes]):
    """Bytes, compressed."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        return None if value is None else zlib.compress(value, 6)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        return None if value is None else zlib.decompress(value)


class Hashes(TypeDecorator[frozenset[int]]):
    """A set of 31-bit hashes, packed: read whole or not at all."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: Iterable[int] | None, dialect: Dialect) -> bytes | None:
        if value is None:
            return None
        ordered = sorted(value)
        return struct.pack(f"<{len(ordered)}i", *ordered)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> frozenset[int] | None:
        return None if value is None else frozenset(struct.unpack(f"<{len(value) // 4}i", value))
