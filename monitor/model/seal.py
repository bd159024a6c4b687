"""Pure. The daily seal: one hash over every page that was stored, chained to the day before, stamped by others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Stamp:
    """A time stamp by an authority (RFC 3161): its response in DER, and the certificates in it as PEM."""

    authority: str
    at: datetime
    response: bytes
    certificates: str


@dataclass(frozen=True, slots=True)
class Seal:
    """The seal of a day. `tree` is the root over its pages, `before` the SHA-256 of the seal before, both in hex."""

    number: int
    day: date
    tree: str
    before: str
    stamps: tuple[Stamp, ...] = ()


@dataclass(frozen=True, slots=True)
class SealProof:
    """What ties a page to the seal of a day: the record whose hash is a leaf, its place, and the siblings above it."""

    day: date
    index: int
    path: tuple[str, ...]
    record: Mapping[str, Any]
