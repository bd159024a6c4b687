"""Names that are marked sensitive, or no longer: they move from one watch to the other, with all that names them."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import unquote

from monitor.app.closed.closed_home import closed_watch
from monitor.config.watchlist import load_watchlist
from monitor.config.watchlist.merge import by_spelling
from monitor.errors import ChangedMeanwhile, InputError
from monitor.groups import batched
from monitor.home import Home
from monitor.ingest.matching import hits_of_archived
from monitor.match import compile_watchlist, find_mentions
from monitor.messages.composer import Composer
from monitor.model import (
    Article,
    Code,
    Confidence,
    Context,
    Entity,
    Hit,
    Message,
    Naming,
    OlderArticles,
    PendingRescan,
    Run,
    WatchlistChange,
)
from monitor.ports import Remaking
from monitor.review.decisions import after_name_removal
from monitor.review.feedback import learn
from monitor.store.ops.moved_rows import MovedName
from monitor.text.normalize import fold

_TRIES = 5  # somebody may decide on an item of the name meanwhile
_BATCH = 200  # articles
NAMES_MOVED = "names moved to the closed watch, with their items and decisions: {}"
UPGRADE = "moved"  # the source of the version of the closed list that takes in the names of an older build


@dataclass(frozen=True, slots=True)
class Marks:
    """The moves between the two watches of a home, which is given as its open one."""

    home: Home

    def settle(self, path: Path, loaded: Sequence[Entity], *, closed: bool, author: str = "", reason: str = "") -> None:
        """Move the names whose mark was changed in the file; `loaded` are its entries of one watch.

        Call with its folder locked. Each move is done on the closed side first and can be done twice: a death is made
        good by the next call. Raises InputError if the entries of the other watch have errors and are needed.
        """
        watch, ids = closed_watch(self.home), {entity.id for entity in loaded}
        watched = {entity.id: entity for entity in self.home.store.watchlists.current().entities}
        closed_names = [entity.id for entity in watch.store.watchlists.current().entities] if watch else []
        # A name that the program died before writing into the file is no mark of the closed one with its id.
        new_names = {
            one.id for version in self.home.store.watchlists.versions_not_in_file() for one in version.change.added
        }
        unwritten_names = new_names.intersection(closed_names)
        may_move = [name for name in watched if name not in unwritten_names and (closed or name not in ids)]
        may_end = [name for name in closed_names if name not in watched and (name in ids) != closed]
        if not may_move and not may_end:
            return
        try:
            other_entries = load_watchlist(path, closed=not closed)
        except InputError:
            if closed:
                raise
            # One of the closed entries may be a name that was marked: nothing is taken in before that can be known.
            raise InputError(f"{path}: a fault; `monitor watchlist check` at the terminal says where") from None
        open_ids = {entity.id for entity in (other_entries if closed else loaded)}
        listed_closed = {entity.id: entity for entity in (loaded if closed else other_entries)}
        # Whoever marks a name may write it otherwise, under another id.
        spelled_so = by_spelling(listed_closed.values())
        closed_entries: dict[str, Entity] = {}
        for name in may_move:
            spellings = () if name in new_names else map(fold, watched[name].spellings)
            entries = [listed_closed.get(name), *map(spelled_so.get, spellings)]
            if name not in open_ids and any(entries):
                closed_entries[name] = next(filter(None, entries))
        self.close(closed_entries, source=path.name, author=author, reason=reason)
        for name in may_end:
            if name in open_ids and name not in listed_closed:
                self._end(name)

    def close_names_of_older_builds(self) -> int:
        """Move the names marked sensitive that a build before the two watches left in the open store."""
        names = self.home.store.moves.marked()
        self.close({entity.id: entity for entity, _ in names}, source=UPGRADE)
        removed = tuple(entity for entity, is_removed in names if is_removed)
        if removed:
            self._closed().store.watchlists.apply(WatchlistChange(removed=removed), UPGRADE, self.home.clock())
        if names:
            notice = Message(NAMES_MOVED, len(names), code=Code.NAMES_MOVED)
            self._closed().store.runs.save(Run(started=self.home.clock(), ended=self.home.clock(), problems=(notice,)))
        return len(names)

    def close(self, closed_entries: Mapping[str, Entity], *, source: str, author: str = "", reason: str = "") -> None:
        """Move names of the open list, by id, to what they are in the closed watch, with hits, items and decisions."""
        if not closed_entries:
            return
        closed = self._closed()
        stored = {one.id for one in closed.store.watchlists.current().entities}
        for name, entity in closed_entries.items():
            if entity.id not in stored:
                stored.add(entity.id)
                is_renamed = name != entity.id
                closed.store.watchlists.apply(
                    WatchlistChange(added=(replace(entity, sensitive=True),)),
                    source,
                    self.home.clock(),
                    author=author,
                    reason=reason,
                    older=OlderArticles.QUEUE
                    if is_renamed
                    else _older_articles(self.home.store.archive.pending_rescan(), name),
                    older_up_to=self.home.store.archive.newest_article(),
                )
        # Before the names, which tell the next try that something is left to do.
        traces = self.home.store.moves.traces(closed_entries)
        closed.store.moves.put_traces(traces)
        self.home.store.moves.forget_traces(traces)
        # All of them before anything is removed: what is removed with one takes notes on the items of another along.
        for name, entity in closed_entries.items():
            closed.store.moves.put(replace(self.home.store.moves.read(name), entity=entity.id))
        for name, entity in closed_entries.items():
            self._remove(name, entity, closed)
        self.home.store.database.empty_log()

    def _remove(self, name: str, entity: Entity, closed: Home) -> None:
        """Remove a name from the open store; what somebody stores about it meanwhile moves, too."""
        for last_try in (*(False,) * (_TRIES - 1), True):
            moved = self.home.store.moves.read(name)
            closed.store.moves.put(replace(moved, entity=entity.id))
            try:
                naming, remaking = naming_of(self.home, name), remaking_of(self.home)
                self.home.store.moves.remove(moved, naming, remaking, self._rematched(moved))
                return
            except ChangedMeanwhile:
                if last_try:
                    raise

    def _end(self, name: str) -> None:
        """Let the closed watch forget a name: the open one has it as a new name."""
        closed = self._closed()
        self.home.store.moves.give_back(
            closed.store.moves.read(name)
        )  # first: what an outlet took down is nowhere else
        closed.store.moves.end(name, naming_of(closed, name), remaking_of(closed))

    def _closed(self) -> Home:
        closed = closed_watch(self.home, create=True)
        assert closed is not None
        return closed

    def _rematched(self, moved: MovedName) -> Mapping[int, tuple[Article, Sequence[Hit]]]:
        """Return the hits of the other names in the articles of a name, as they are without it."""
        entities = [entity for entity in self.home.store.watchlists.current().entities if entity.id != moved.entity]
        compiled, lessons = compile_watchlist(entities), learn(self.home.store.reviews.name_judgements())
        rematched: dict[int, tuple[Article, Sequence[Hit]]] = {}
        for numbers in batched(sorted(moved.articles), _BATCH):
            records = self.home.store.archive.articles_by_id(numbers)
            with_others = [record for record in records if record.hits.keys() - {moved.entity}]
            for record, hits in hits_of_archived(with_others, compiled, lessons):
                stored = [hit for hit in hits if hit.entity in record.hits]
                rematched[record.article.id] = record.article, stored
        return rematched


def _older_articles(pending: PendingRescan | None, name: str) -> OlderArticles:
    """Return what the closed watch does with older articles: only what the open one has not done yet."""
    if pending is None or name not in pending.entities or name in pending.skipped:
        return OlderArticles.NONE
    return OlderArticles.COUNTED if name in pending.counted else OlderArticles.QUEUE


def naming_of(home: Home, name: str) -> Naming:
    """Return the predicates of a name that is or was on the list of a watch. Raises NotFound."""
    watchlists = home.store.watchlists
    return name_predicates(*watchlists.find_entity(name), watchlists.current().entities)


def remaking_of(home: Home) -> Remaking:
    """Return how items and waiting messages of a watch are made again after a name has left it."""
    return Remaking(Composer(home).rewrite, after_name_removal)


def name_predicates(entity: Entity, matched_texts: Collection[str], watched: Collection[Entity] = ()) -> Naming:
    """Return predicates that say whether a text may name an entity, and whether it does so in full.

    A text may name it by its id, a listed name, a text matched in the past, or a new match. A single word is not a full
    name, since many people may bear it; if it also matches another entity of `watched`, it is taken as theirs.
    """
    other_entities = [candidate for candidate in watched if candidate.id != entity.id]
    # Without context conditions: the name must go also from texts whose context did not confirm it.
    compiled = compile_watchlist([replace(item, context=Context()) for item in (entity, *other_entities)])
    listed_names = {fold_words(name) for name in (entity.id, *entity.spellings, *entity.handles)} - {""}
    full_names = {name for name in listed_names | set(map(fold_words, matched_texts)) if " " in name}

    def may_name(text: str) -> bool:
        mentions, characters = find_mentions(text, compiled, max_places=None), list(text)
        own_spans = {m.span: " " in fold_words(m.text) for m in mentions if m.entity == entity.id}
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
        has_strong_mention = any(m.confidence is Confidence.STRONG and " " in fold_words(m.text) for m in mentions)
        return has_strong_mention or _contains_any(full_names, text)

    return Naming(may_name, in_full)


def _contains_any(folded_names: Collection[str], text: str) -> bool:
    folded_text = f" {fold_words(text)} "
    return any(f" {name} " in folded_text for name in folded_names)


def fold_words(text: str) -> str:
    """Return the folded words of a text, a space between them."""
    # URLs contain names percent-encoded.
    return " ".join(re.findall(r"\w+", fold(unquote(text))))
