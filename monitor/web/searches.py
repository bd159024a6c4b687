"""What people searched for, so that results are a list with an address, and yet no address holds the words."""

from __future__ import annotations

import hmac
import secrets
from collections import OrderedDict
from dataclasses import dataclass, field
from hashlib import sha256
from threading import Lock

MOST_KEPT = 1_000  # searches of everybody; the one used longest ago goes first


@dataclass(slots=True)
class Searches:
    """The words of searches, by person and by a number that tells nothing of them. In memory alone: they are names."""

    _words: OrderedDict[tuple[int, str], str] = field(default_factory=OrderedDict)
    _key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)
    _lock: Lock = field(default_factory=Lock)

    def keep(self, person: int, words: str) -> str:
        """Keep the words of a person's search and return its number: the same for the same words."""
        number = hmac.digest(self._key, f"{person} {words}".encode(), sha256).hex()[:20]
        with self._lock:
            self._words[person, number] = words
            self._words.move_to_end((person, number))
            while len(self._words) > MOST_KEPT:
                self._words.popitem(last=False)
        return number

    def words(self, person: int, number: str) -> str:
        """Return what a person searched for; empty when it is not kept (any more)."""
        with self._lock:
            if (person, number) not in self._words:
                return ""
            self._words.move_to_end((person, number))
            return self._words[person, number]
