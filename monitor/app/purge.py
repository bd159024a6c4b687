"""A name removed from everything: how it is known wherever it stands, and what of it stays, or is out of reach."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import unquote

from monitor.app.cron_notices import forget
from monitor.app.lock import AlreadyRunning, one_run
from monitor.config import Settings
from monitor.config.watchlist import load_watchlist
from monitor.errors import InputError, StoreError
from monitor.match import compile_watchlist, find_mentions
from monitor.model import Confidence, Context, Entity, Naming
from monitor.text.normalize import fold

if TYPE_CHECKING:
    from monitor.app import App

Names = Callable[[str], bool]


def purge(app: App, entity: str, *, apply: bool) -> tuple[Mapping[str, int], list[str]]:
    """Remove an entity from everything, for good; without `apply` nothing is. Returns how many rows
    go, by table, and what is left.

    Raises NotFound, InputError while the file would bring it back, StoreError while a run is going.
    """
    settings, (known, found) = app.settings, app.store.watchlists.known(entity)
    _must_be_off_the_list(settings, known)
    names = naming(known, found, app.watchlist().entities)
    try:
        with one_run(settings.database_file, lambda: ""), app.store.database.unless_a_run_goes() as alone:
            if not alone:
                raise AlreadyRunning("another run is going")
            if apply:
                forget(settings.home, names.possibly)
            purged = app.store.upkeep.purge(entity, names, app.mailer.write, apply=apply)
    except AlreadyRunning as error:
        raise StoreError(f"nothing was removed: {error}", 75) from error
    return purged, list(_left(settings, names.possibly))


def naming(entity: Entity, found: Collection[str], watched: Collection[Entity] = ()) -> Naming:
    """Possibly: by its id, as listed, as it was found or would be. One word is no full name, for many may bear it.

    One word that is found as somebody else's of those `watched`, too, is left to them.
    """
    others = [other for other in watched if other.id != entity.id]
    compiled = compile_watchlist([replace(each, context=Context()) for each in (entity, *others)])
    listed = {_bare(name) for name in (entity.id, *entity.names)} - {""}
    full = {name for name in listed | set(map(_bare, found)) if " " in name}

    def names(text: str) -> bool:
        mentions, letters = find_mentions(text, compiled, most=None), list(text)
        its = {m.span: " " in _bare(m.text) for m in mentions if m.entity == entity.id}
        theirs = {m.span for m in mentions if m.entity != entity.id and not its.get(m.span)}
        for span in theirs:
            letters[span.start : span.end] = " " * (span.end - span.start)
        rest = "".join(letters)
        return bool(its.keys() - theirs) or _any_of(full, text) or _any_of(listed, rest)

    def in_full(text: str) -> bool:
        its = (m for m in find_mentions(text, compiled) if m.entity == entity.id)
        clear = any(m.confidence is Confidence.STRONG and " " in _bare(m.text) for m in its)
        return clear or _any_of(full, text)

    return Naming(names, in_full)


def _any_of(spelt: Collection[str], text: str) -> bool:
    bare = f" {_bare(text)} "
    return any(f" {name} " in bare for name in spelt)


def _bare(text: str) -> str:
    return " ".join(re.findall(r"\w+", fold(unquote(text))))


def _must_be_off_the_list(settings: Settings, entity: Entity) -> None:
    """Raises InputError where the file would bring it back, also under another id."""
    if not settings.watchlist.exists():
        return
    its = set(map(_bare, entity.names))
    for listed in load_watchlist(settings.watchlist):
        if listed.id == entity.id or its & set(map(_bare, listed.names)):
            raise InputError(
                f"{settings.watchlist}: {listed.id!r} still stands there and would come back with the next run; "
                "take it out of the file, then purge it. Nothing was removed"
            )


def _left(settings: Settings, names: Names) -> Iterator[str]:
    """What still names it after all this, or may, one sentence each."""
    for file in (settings.watchlist, settings.feeds):
        lines = file.read_text("utf-8", "replace").splitlines() if file.exists() else []
        yield from (
            f"{file.name}, line {n}: if that one is meant, change it yourself"
            for n, line in enumerate(lines, 1)
            if names(line)
        )
    if database := settings.database_file:
        kept = sorted(database.parent.glob(f"{database.name}.before-*"))
        yield from (f"the backup {copy}: delete it" for copy in kept)
    yield "articles that name others on your list, too, and their pages as sent: kept whole, as evidence of that"
    yield "articles with one word of it alone, such as the surname, in which it was not found: others bear it, too"
    yield "mails that went out, backups elsewhere, exported evidence, snapshots and replicas, the history of your shell"
    yield "what is read from now on: such articles, too, are dropped after 90 days where they name nobody on your list"
