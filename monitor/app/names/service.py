"""The watched names as people edit them: the list, one name, the effect of an edit, saving and undoing."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from monitor.app.lists import compiled_watchlist
from monitor.app.names.preview import Preview, preview
from monitor.app.names.spellings import SpellingUse, spelling_uses
from monitor.app.names.trials import RecognisedName, Trial, is_link, recognised_names, try_page, try_text
from monitor.app.names.withdrawal import take_back, withdrawn_hits
from monitor.app.watchlist import WatchlistFile
from monitor.config.watchlist import Format, difference, dump_watchlist, parse_uploaded, slug, validated
from monitor.errors import InputError, NotFound, StageFailed
from monitor.home import Home
from monitor.ingest.tools import stages_apart
from monitor.match import ListWarning, Sample, lint, samples
from monitor.model import (
    CARD_ARTICLES,
    Entity,
    OlderArticles,
    ReviewItem,
    Watchlist,
    WatchlistChange,
    WatchlistVersion,
    Window,
    name_was_right,
)
from monitor.model.watchlist import change_of, is_matched_alike
from monitor.review.feedback import Precision, overall_precision

TIMELINE_WINDOW, MAX_TIMELINE = timedelta(days=365), 100  # items of one name
MAX_SAMPLED = 5  # names whose forms are written out
SOURCE = "desk"


@dataclass(frozen=True, slots=True)
class NamePage:
    """A name with its stories, spellings and history; `is_watched` is False once it was removed from the list."""

    number: int
    entity: Entity
    is_watched: bool
    spellings: Sequence[SpellingUse]
    items: Sequence[ReviewItem]
    precision: Precision | None
    warnings: Sequence[ListWarning]
    versions: Sequence[WatchlistVersion]

    @property
    def has_more_items(self) -> bool:
        """Return True if the name may have more stories than are looked at here."""
        return len(self.items) >= MAX_TIMELINE

    def unjudged(self, version: WatchlistVersion | None = None) -> int:
        """Return the number of unjudged stories; with a version, only of those that it may have brought."""
        if version is None:
            return sum(not _times_of_judging(item) for item in self.items)
        if not any(
            new and new.id == self.entity.id and not (old and is_matched_alike(old, new))
            for old, new in version.change.edits
        ):
            return 0
        return sum(
            any(article.filed >= version.at for article in item.articles)
            and not any(at >= version.at for at in _times_of_judging(item))
            for item in self.items
        )


@dataclass(frozen=True, slots=True)
class Prospect:
    """What a change would bring: forms that are found and not found, warnings, and the stored articles."""

    change: WatchlistChange
    samples: Sequence[tuple[Entity, Sequence[Sample]]]
    warnings: Sequence[ListWarning]
    preview: Preview

    @property
    def new_names(self) -> Mapping[str, str]:
        """Return the name of each added or changed entity by its id."""
        return {new.id: new.name for _, new in self.change.edits if new}


class NameService:
    """The use cases of the names pages."""

    def __init__(self, home: Home, source: str = SOURCE) -> None:
        """`source`: where people edit them, for the history."""
        self.home, self.source = home, source

    @cached_property
    def entities(self) -> tuple[Entity, ...]:
        """The watched names."""
        return self.home.store.watchlists.current().names

    @property
    def folder(self) -> Path:
        """Return the folder of watchlist.yaml."""
        return self.home.settings.watchlist.parent

    @property
    def version(self) -> int:
        return self.home.store.watchlists.current().version

    @property
    def numbers(self) -> Mapping[str, int]:
        return self.home.store.cards.entity_numbers()

    # ---- reading ----------------------------------------------------------------------------------------------------

    def warnings(self) -> Sequence[ListWarning]:
        """Return the linter's warnings about the names."""
        return _warnings_of(self.entities)

    def entity(self, number: int) -> Entity:
        """Return a watched entity. Raises NotFound."""
        entity_id = self.id_of(number)
        for entity in self.entities:
            if entity.id == entity_id:
                return entity
        raise NotFound("there is no such name on the watchlist")

    def id_of(self, number: int) -> str:
        """Return the id of an entity, watched now or earlier. Raises NotFound."""
        for entity, entity_number in self.numbers.items():
            if entity_number == number:
                return entity
        raise NotFound("there is no such name")

    def page(self, number: int) -> NamePage:
        """Return a name, watched now or earlier. Raises NotFound."""
        entity_id = self.id_of(number)
        watched = next((entity for entity in self.entities if entity.id == entity_id), None)
        entity = watched or self.home.store.watchlists.find_entity(entity_id)[0]
        now, cards = self.home.clock(), self.home.store.cards
        # An hour ahead, for items that a machine with a faster clock has stored.
        items = cards.naming(
            [number], Window(now - TIMELINE_WINDOW, now + timedelta(hours=1)), MAX_TIMELINE, CARD_ARTICLES
        )
        precedents = cards.precedents(number)
        rightness = {p.item: name_was_right(p.verdict, p.reason) for p in precedents}
        return NamePage(
            number=number,
            entity=entity,
            is_watched=watched is not None,
            spellings=spelling_uses(entity, items, rightness),
            items=items,
            precision=overall_precision(precedents),
            warnings=[warning for warning in self.warnings() if warning.entity == entity_id],
            versions=self.versions(entity_id),
        )

    def versions(self, entity: str | None = None, limit: int = 50) -> Sequence[WatchlistVersion]:
        """Return the latest saves that changed something, the newest first."""
        return [version for version in self.home.store.watchlists.versions(entity, limit) if version.change]

    @staticmethod
    def taken_back(versions: Iterable[WatchlistVersion]) -> frozenset[int]:
        """Return the numbers of those versions of which nothing is in force because later ones take it back.

        A version may be taken back name by name; taking back an undo puts the first save in force again.
        """
        undone: set[tuple[int, str]] = set()  # (version, entity)
        newest_first = sorted(versions, key=lambda version: version.version, reverse=True)
        for version in newest_first:
            if version.undoes is not None:
                in_force = {entity for entity in version.change.ids if (version.version, entity) not in undone}
                undone |= {(version.undoes, entity) for entity in in_force}
        return frozenset(
            version.version
            for version in newest_first
            if all((version.version, entity) in undone for entity in version.change.ids)
        )

    def export(self, kind: Format) -> str:
        """Return the names as the text of a file, without the random letters of ids."""
        return dump_watchlist([replace(entity, id=self._shown_id(entity)) for entity in self.entities], kind)

    # ---- before saving ----------------------------------------------------------------------------------------------

    def recognised(self, names: Iterable[str]) -> Sequence[RecognisedName]:
        """Return those of typed names that are on the list, then those that are a form of a name on it."""
        listed, typed = {entity.name.casefold(): entity for entity in self.entities}, list(names)
        as_listed = [RecognisedName(name, entity) for name in typed if (entity := listed.get(name.casefold()))]
        return [*as_listed, *recognised_names(self.home, [name for name in typed if name.casefold() not in listed])]

    def added(self, entities: Iterable[Entity]) -> WatchlistChange:
        """Return the change that adds entities; those whose name is on the list are left out.

        Raises InputError for a name that cannot be listed.
        """
        listed = {entity.name.casefold() for entity in self.entities}
        new: dict[str, Entity] = {}
        for entity in map(self._in_this_watch, entities):
            if entity.name.casefold() not in listed | new.keys():
                new[entity.name.casefold()] = replace(entity, id=self._free_id(entity))
        return WatchlistChange(added=tuple(new.values()))

    def edited(self, base: Entity, entity: Entity) -> WatchlistChange:
        """Return the change from `base` to an edited entity, which keeps its id. Raises InputError."""
        return change_of([(base, validated(replace(entity, id=base.id)))])

    def at_version(self, entity: Entity, version: int) -> Entity:
        """Return a watched entity as it was at a version: the base of an edit that began at that time."""
        newer = [v for v in self.home.store.watchlists.versions(entity.id) if v.version > version]
        for undone in newer:
            entity = next((old for old, new in undone.change.edits if old and new and new.id == entity.id), entity)
        return entity

    def imported(self, text: str, kind: Format) -> WatchlistChange:
        """Return the difference between a list and the watched names. Raises InputError.

        A name without an id of its own is the listed one of the same name.
        """
        by_id = {entity.id: entity for entity in self.entities}
        by_name: dict[str, str] = {}
        name_counts = Counter(entity.name for entity in self.entities)
        for entity in self.entities:
            if name_counts[entity.name] == 1:
                by_name[entity.name] = entity.id
        uploaded, missing = self._uploaded(text, kind)
        aligned = [
            replace(entity, id=by_name[entity.name])
            # An id that is the slug of the name was not written in the list: the parser made it.
            if entity.id not in by_id and entity.id == slug(entity.name) and entity.name in by_name
            else entity
            for entity in map(self._in_this_watch, uploaded)
        ]
        if missing:  # a column that the list does not have changes nothing
            aligned = [_with_fields_of(by_id.get(entity.id), entity, missing) for entity in aligned]
        change = difference(self.entities, aligned)
        return replace(change, added=tuple(replace(entity, id=self._free_id(entity)) for entity in change.added))

    def _uploaded(self, text: str, kind: Format) -> tuple[tuple[Entity, ...], frozenset[str]]:
        """Return what `parse_uploaded` does; anybody may have written the list, so it is read apart."""
        with stages_apart(self.home.make_sandbox) as run:
            try:
                parsed = run(parse_uploaded, text, kind, None if self.home.is_closed else False)
            except StageFailed as failure:
                raise InputError(f"the list cannot be read ({failure})") from None
        if isinstance(parsed, InputError):
            raise parsed
        return parsed

    def prospect(self, change: WatchlistChange, days: int) -> Prospect:
        """Return what a change would bring; nothing is stored."""
        new_entities = [new for _, new in change.edits if new]
        new_ids = {entity.id for entity in new_entities}
        future = [*(entity for entity in self.entities if entity.id not in new_ids), *new_entities]
        return Prospect(
            change,
            [(entity, samples(entity)) for entity in new_entities[:MAX_SAMPLED]],
            lint(future, new_ids, before=compiled_watchlist(self.home)),
            preview(self.home, change, days=days),
        )

    def trial(self, entities: Iterable[Entity], text: str) -> Trial:
        """Return what the matcher finds in a sentence, or in the page of a link, with these names alone.

        Raises InputError for a name that cannot be listed.
        """
        entities = [replace(validated(entity), id=str(place)) for place, entity in enumerate(entities)]
        if is_link(text):
            return try_page(text.strip(), entities, self.home.settings, self.home.clock, self.home.make_sandbox)
        return try_text(text, entities)

    # ---- saving -----------------------------------------------------------------------------------------------------

    def save(
        self,
        change: WatchlistChange,
        author: str,
        reason: str = "",
        older: OlderArticles = OlderArticles.QUEUE,
        *,
        withdraw: bool = False,
    ) -> Watchlist:
        """Put a change in force; with `withdraw`, unjudged mentions that it no longer finds leave the queue.

        Raises EditConflict, InputError.
        """
        file, now = WatchlistFile(self.home), self.home.clock()
        withdrawn = withdrawn_hits(self.home, change) if withdraw else ()
        saved = file.save(
            change, now, source=self.source, author=author, reason=reason, older=older, withdrawn=withdrawn
        )
        self.forget()
        return saved

    def forget(self) -> None:
        """Read the list again, because it has changed."""
        # A `cached_property` keeps its value here.
        self.__dict__.pop("entities", None)

    def undo(self, version: int, author: str, number: int | None = None, reason: str = "") -> int:
        """Undo a version, or only its change of one name (by number).

        Returns the number of items that lost a name with it. Raises NotFound, EditConflict, InputError.
        """
        taken_back = self.home.store.watchlists.version(version)
        if number is not None:
            entity = self.id_of(number)
            edits = [(old, new) for old, new in taken_back.change.edits if entity in {e.id for e in (old, new) if e}]
            taken_back = replace(taken_back, change=change_of(edits))
            if not edits:
                raise NotFound("there is no such version of the watchlist")
        take_back(self.home, taken_back, source=self.source, author=author, reason=reason)
        self.forget()
        # The undo has just stored the newest version.
        return self.home.store.watchlists.versions(limit=1)[0].withdrawn

    # ---- ids --------------------------------------------------------------------------------------------------------

    def _in_this_watch(self, entity: Entity) -> Entity:
        """Return a valid new entity; in the closed watch it is a closed name. Raises InputError."""
        return replace(validated(entity), sensitive=entity.sensitive or self.home.is_closed)

    def _free_id(self, entity: Entity) -> str:
        """Return the id for a new entity, with random letters if another entity has it or had it."""
        if entity.id not in {*self.numbers, *(listed.id for listed in self.entities)}:
            return entity.id
        # An id has at most 100 characters.
        return f"{entity.id[:90]}-{secrets.token_hex(3)}"

    def _shown_id(self, entity: Entity) -> str:
        """Return the id in an export: without the random letters, where the name alone tells the entity from others."""
        is_alone = sum(listed.name.casefold() == entity.name.casefold() for listed in self.entities) == 1
        is_apart = entity.id.rpartition("-")[0] == slug(entity.name)[:90]
        return slug(entity.name) if is_alone and is_apart else entity.id


def _times_of_judging(item: ReviewItem) -> Sequence[datetime]:
    return [*(decision.at for decision in item.history), *(regrouping.at for regrouping in item.regroupings)]


def _with_fields_of(listed: Entity | None, entity: Entity, names: Collection[str]) -> Entity:
    values: dict[str, Any] = {name: getattr(listed, name) for name in names} if listed else {}
    return replace(entity, **values)


@lru_cache(4)
def _warnings_of(entities: tuple[Entity, ...]) -> Sequence[ListWarning]:
    return lint(entities)
