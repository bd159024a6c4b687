"""Purge: remove an entity from the database for good, and report what remains elsewhere."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import unquote

from monitor.app.cron_notices import forget_notices
from monitor.app.lock import AlreadyRunning, file_run_lock
from monitor.config import Settings
from monitor.config.watchlist import load_watchlist
from monitor.errors import InputError, StoreError
from monitor.match import compile_watchlist, find_mentions
from monitor.model import Confidence, Context, Entity, Naming
from monitor.text.normalize import fold

if TYPE_CHECKING:
    from monitor.app.service import App

EntityPredicate = Callable[[str], bool]


def purge_entity(app: App, entity: str, *, apply: bool) -> tuple[Mapping[str, int], list[str]]:
    """Remove an entity from the database for good; without `apply`, only count.

    Returns the number of rows by table, and the places where the name may remain, one sentence each.
    Raises NotFound; InputError if watchlist.yaml still lists it; StoreError during a run.
    """
    settings, (record, matched_texts) = app.settings, app.store.watchlists.find_entity(entity)
    _require_not_in_file(settings, record)
    predicates = name_predicates(record, matched_texts, app.watchlist().entities)
    try:
        # The file lock is against runs on this machine, the lock in the database against workers on PostgreSQL.
        with file_run_lock(settings.database_file, lambda: ""), app.store.database.try_exclusive_run_lock() as no_run:
            if not no_run:
                raise AlreadyRunning("another run is going")
            if apply:
                forget_notices(settings.home, predicates.possibly)
            purged = app.store.upkeep.purge(entity, predicates, app.publisher.rewrite, apply=apply)
    except AlreadyRunning as error:
        raise StoreError(f"nothing was removed: {error}", 75) from error
    return purged, list(_remains(settings, predicates.possibly))


def name_predicates(entity: Entity, matched_texts: Collection[str], watched: Collection[Entity] = ()) -> Naming:
    """Return predicates that say whether a text may name an entity, and whether it does so in full.

    A text may name it by its id, a listed name, a text matched in the past, or a new match. A single word is not a full
    name, since many people may bear it; if it also matches another entity of `watched`, it is taken as theirs.
    """
    other_entities = [candidate for candidate in watched if candidate.id != entity.id]
    # Without context conditions: the name must go also from texts whose context did not confirm it.
    compiled = compile_watchlist([replace(item, context=Context()) for item in (entity, *other_entities)])
    listed_names = {_fold_words(name) for name in (entity.id, *entity.spellings, *entity.handles)} - {""}
    full_names = {name for name in listed_names | set(map(_fold_words, matched_texts)) if " " in name}

    def may_name(text: str) -> bool:
        mentions, characters = find_mentions(text, compiled, most=None), list(text)
        own_spans = {m.span: " " in _fold_words(m.text) for m in mentions if m.entity == entity.id}
        other_spans = {m.span for m in mentions if m.entity != entity.id and not own_spans.get(m.span)}
        # Blank out other entities, so that a word of their names does not count as this one.
        for span in other_spans:
            characters[span.start : span.end] = " " * (span.end - span.start)
        remaining_text = "".join(characters)
        return (
            bool(own_spans.keys() - other_spans)
            or _contains_any(full_names, text)
            or _contains_any(listed_names, remaining_text)
        )

    def in_full(text: str) -> bool:
        mentions = (m for m in find_mentions(text, compiled) if m.entity == entity.id)
        has_strong_mention = any(m.confidence is Confidence.STRONG and " " in _fold_words(m.text) for m in mentions)
        return has_strong_mention or _contains_any(full_names, text)

    return Naming(may_name, in_full)


def _contains_any(folded_names: Collection[str], text: str) -> bool:
    folded_text = f" {_fold_words(text)} "
    return any(f" {name} " in folded_text for name in folded_names)


def _fold_words(text: str) -> str:
    # URLs contain names percent-encoded.
    return " ".join(re.findall(r"\w+", fold(unquote(text))))


def _require_not_in_file(settings: Settings, entity: Entity) -> None:
    """Raise InputError if watchlist.yaml still lists the entity, also under another id."""
    if not settings.watchlist.exists():
        return
    folded_names = set(map(_fold_words, entity.spellings))
    for candidate in load_watchlist(settings.watchlist):
        if candidate.id == entity.id or folded_names & set(map(_fold_words, candidate.spellings)):
            raise InputError(
                f"{settings.watchlist}: {candidate.id!r} still stands there and would come back with the next run; "
                "take it out of the file, then purge it. Nothing was removed"
            )


def _remains(settings: Settings, may_name: EntityPredicate) -> Iterator[str]:
    """Yield the places that may still name the entity after the purge, one sentence each."""
    for file in (settings.watchlist, settings.feeds):
        lines = file.read_text("utf-8", "replace").splitlines() if file.exists() else []
        if numbers := [str(n) for n, line in enumerate(lines, 1) if may_name(line)]:
            nouns = "line" if len(numbers) == 1 else "lines"
            yield f"{file.name}, {nouns} {', '.join(numbers)}: where that one is meant, change it yourself"
    if database := settings.database_file:
        # Kept by `monitor db restore`.
        backups = sorted(database.parent.glob(f"{database.name}.before-*"))
        yield from (f"the backup {backup}: delete it" for backup in backups)
    yield "articles that name others on your list, too, and their pages as sent: kept whole, as evidence of that"
    yield "articles with one word of it alone, such as the surname, in which it was not found: others bear it, too"
    yield "mails that went out, backups elsewhere, exported evidence, snapshots and replicas, the history of your shell"
    yield "what is read from now on: such articles, too, are dropped after 90 days where they name nobody on your list"
