"""The address of a watched name's page and its name in the reader's language, wherever a page shows one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Protocol

from monitor.app.names.service import NameService


class _Hit(Protocol):
    @property
    def entity(self) -> str: ...
    @property
    def name(self) -> str: ...


class NameLinks:
    """Links to the pages of names, for one request; read from the database when a template asks first."""

    def __init__(self, names: NameService, language: str, base: str) -> None:
        self._names, self._language, self._base = names, language, base

    @cached_property
    def _local_names(self) -> Mapping[str, str]:
        return self._names.home.store.watchlists.local_names(self._language)

    @cached_property
    def numbers(self) -> Mapping[str, int]:
        """Return the number of each entity by its id."""
        return self._names.numbers

    def number(self, entity: str) -> int | None:
        return self.numbers.get(entity)

    def path(self, entity: str) -> str:
        """Return the path of an entity's page, empty if there is none for this reader."""
        number = self.numbers.get(entity)
        return f"{self._base}/names/{number}" if number is not None else ""

    def name_of(self, hit: _Hit) -> str:
        """Return the name of a hit in the reader's language, else as it is listed."""
        return self._local_names.get(hit.entity, hit.name)

    def names_of(self, hits: Iterable[_Hit]) -> Mapping[str, str]:
        """Return the names of hits in the reader's language by entity."""
        return {hit.entity: self.name_of(hit) for hit in hits}

    @cached_property
    def names_by_number(self) -> Mapping[int, str]:
        """Return the names that the reader's language has of its own, by number."""
        return {self.numbers[entity]: name for entity, name in self._local_names.items() if entity in self.numbers}
