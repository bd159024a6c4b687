"""The words of searches by number: results have an address, and no address contains the words."""

from __future__ import annotations

import hmac
import secrets
from collections import OrderedDict
from dataclasses import dataclass, field
from hashlib import sha256
from threading import Lock

# of all users together; the least recently used is dropped first
MAX_SEARCHES = 1_000


@dataclass(slots=True)
class Searches:
    """The words of searches, by user and by a keyed hash. Only in memory: most of them are watched names."""

    _words: OrderedDict[tuple[int, str], str] = field(default_factory=OrderedDict)
    _key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)
    _lock: Lock = field(default_factory=Lock)

    def save(self, user: int, words: str) -> str:
        """Keep the words of a user's search and return its number, which is the same for the same words."""
        # keyed: otherwise somebody with the address could try out names until one gives this number
        number = hmac.digest(self._key, f"{user} {words}".encode(), sha256).hex()[:20]
        with self._lock:
            self._words[user, number] = words
            self._words.move_to_end((user, number))
            while len(self._words) > MAX_SEARCHES:
                self._words.popitem(last=False)
        return number

    def load(self, user: int, number: str) -> str:
        """Return the words of a user's search, or an empty string if they are not kept any more."""
        with self._lock:
            if (user, number) not in self._words:
                return ""
            self._words.move_to_end((user, number))
            return self._words[user, number]
