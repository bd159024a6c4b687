"""The watchlist: reading watchlist.yaml, saving edits to the file and the database, history and undo.

The database has the list in force. Every save also writes the file, so that both are equal; the version at which they
last were is the base of a merge when both have changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from monitor.app.closed.closed_home import closed_watch
from monitor.app.closed.closed_names import Marks
from monitor.app.files import kept_version_notice, keyed_hash_of, locked_folder, replace_text, require_writable
from monitor.config.forms import read_text
from monitor.config.watchlist import (
    MAX_FILE_BYTES,
    Format,
    detect_format,
    difference,
    dump_watchlist,
    edit_watchlist,
    load_watchlist,
)
from monitor.config.watchlist.merge import FieldConflict, by_spelling, combine, inverse, merge
from monitor.errors import ChangedMeanwhile, EditConflict, InputError
from monitor.home import Home
from monitor.i18n.troubles import trouble_message
from monitor.model import Entity, EntityType, OlderArticles, TroubleKind, Watchlist, WatchlistChange, WithdrawnHit
from monitor.model.watchlist import change_of
from monitor.ports import Withdrawal
from monitor.review.decisions import after_withdrawal
from monitor.store.desk.watchlist import SqlWatchlists
from monitor.text.normalize import fold


@dataclass(frozen=True, slots=True)
class WatchlistFile:
    """watchlist.yaml and the stored list of one watch of a home: of the file, the open names or the closed ones."""

    home: Home

    @property
    def path(self) -> Path:
        return self.home.settings.watchlist

    @property
    def watchlists(self) -> SqlWatchlists:
        return self.home.store.watchlists

    @property
    def closed(self) -> bool:
        return self.home.is_closed

    def load(self, path: Path) -> tuple[Entity, ...]:
        """Return the names of this watch in a file. Raises InputError for any fault in their entries."""
        return load_watchlist(path, closed=self.closed)

    def take_in(self, now: datetime) -> list[str]:
        """Store the changes of the file, without removals, and write saves that it lacks; return the problems.

        Removals need `watchlist import --apply`. A list of 50,000 entities takes seconds to read, so an unchanged file
        is recognised by its hash. Raises InputError if there never was a good file.
        """
        # Before the lock: nearly always nothing has changed, and a run need not wait for a save at the desk.
        if self._is_unchanged() and not self.watchlists.versions_not_in_file():
            return []
        with locked_folder(self.path):
            try:
                return self.take_in_locked(now)
            except InputError as error:
                if self.watchlists.current().version == 0:
                    raise
                # The list in force is stored; the file catches up when it can be read and written.
                return [kept_version_notice(error, TroubleKind.WATCHLIST)]

    def take_in_locked(self, now: datetime, author: str = "", reason: str = "", *, settles: bool = True) -> list[str]:
        """Store the changes of the file; return the conflicts. Call with its folder locked.

        `settles`: names whose mark was changed move to the other watch first. Raises InputError if the file has errors
        or cannot be written.
        """
        is_unchanged = self._is_unchanged()
        if is_unchanged and not self._not_in_file():
            return []
        loaded = self.load(self.path)
        if settles:
            self._settle(loaded)
        not_in_file = self._not_in_file()
        conflicts = () if is_unchanged else self._apply_file(loaded, not_in_file, now, author, reason)
        if not_in_file:
            self._write(not_in_file, loaded)
        self.watchlists.set_imported_file_hash(keyed_hash_of(self.path))
        return [_conflict_notice(self.path, conflicts)] if conflicts else []

    def _is_unchanged(self) -> bool:
        """Return whether the file is as it was read or written last."""
        file_hash = keyed_hash_of(self.path)
        return bool(file_hash) and file_hash == self.watchlists.imported_file_hash()

    def _apply_file(
        self, loaded: Sequence[Entity], not_in_file: WatchlistChange, now: datetime, author: str, reason: str
    ) -> Sequence[FieldConflict]:
        """Store the changes of the file since the list and it were the same; return those that cannot be merged."""
        # The difference is computed again if another worker has changed the list since.
        for last_try in (False, True):
            current = self.watchlists.current().entities
            # Compared with the list without the saves that did not reach the file.
            base, _ = merge(inverse(not_in_file), current)
            change = difference(applied(base, current), loaded)
            # A line deleted by mistake must not end a watch: removals need `watchlist import --apply`. The press is no
            # line of the list, and ends with its key.
            removed = tuple(entity for entity in change.removed if entity.type is EntityType.PRESS)
            merged, conflicts = merge(replace(change, removed=removed), current)
            try:
                self.watchlists.apply(
                    merged, self.path.name, now, author=author, reason=reason, older_up_to=self._newest()
                )
                return conflicts
            except ChangedMeanwhile:
                if last_try:
                    raise
        raise AssertionError("unreachable")

    def save(
        self,
        change: WatchlistChange,
        now: datetime,
        *,
        source: str,
        author: str = "",
        reason: str = "",
        undoes: int | None = None,
        older: OlderArticles = OlderArticles.QUEUE,
        withdrawn: Sequence[WithdrawnHit] = (),
        withdrawn_since: datetime | None = None,
    ) -> Watchlist:
        """Put a change in force and write it into the file; a field that nobody else changed since is merged.

        `withdrawn`: the hits that leave the items which nobody has judged since `withdrawn_since` (None: ever).
        Raises EditConflict, and saves nothing, if somebody else has changed the same field meanwhile; InputError if the
        file has errors or cannot be written.
        """
        with locked_folder(self.path):
            require_writable(self.path)
            # Edits by hand come first, else this save would overwrite them.
            if self.path.exists() and (problems := self.take_in_locked(now)):
                raise InputError(*problems)
            merged, conflicts = merge(change, self.watchlists.current().entities)
            if conflicts:
                raise EditConflict(tuple(conflicts))
            merged, moved = _parted(merged, self.closed)
            if moved:
                self._move(moved, author, reason)
            # Made before anything is stored, because it may raise.
            edited = self._edited_text(merged)
            # Before the file: what it lacks after a crash, the next save or run writes.
            stored = self.watchlists.apply(
                merged,
                source,
                now,
                author=author,
                reason=reason,
                undoes=undoes,
                older=older,
                withdrawn=Withdrawal(withdrawn, withdrawn_since, after_withdrawal) if withdrawn else None,
                older_up_to=self._newest(),
            )
            if merged:
                replace_text(self.path, edited)
            if merged or moved:
                self.watchlists.set_imported_file_hash(keyed_hash_of(self.path))
            return stored

    def _move(self, moved: WatchlistChange, author: str, reason: str) -> None:
        """Mark names in the file, or take the mark away; they move as they would after an edit by hand.

        The file comes first: if the program dies, the next run finds what is left to do. Raises InputError.
        """
        if not self.path.exists():
            raise InputError(f"names are marked sensitive in {self.path.name}; write it first")
        listed_there = {entity.id for entity in load_watchlist(self.path, closed=not self.closed)}
        if taken_ids := [entity.id for entity in moved.added if entity.id in listed_there]:
            raise InputError(f"{taken_ids[0]!r} is on that list already; change it there")
        replace_text(self.path, edit_watchlist(read_text(self.path, MAX_FILE_BYTES), str(self.path), moved))
        self._settle(self.load(self.path), author, reason)
        other_watch = self.home.open_watch if self.closed else closed_watch(self.home, create=True)
        assert other_watch is not None
        WatchlistFile(other_watch).take_in_locked(self.home.clock(), author, reason, settles=False)

    def _settle(self, loaded: Sequence[Entity], author: str = "", reason: str = "") -> None:
        """Move the names whose mark was changed in the file, of which the entries of this watch are loaded."""
        marks = Marks(self.home.open_watch)
        marks.settle(self.path, loaded, closed=self.closed, author=author, reason=reason)

    def import_from(self, path: Path, now: datetime, *, apply: bool) -> WatchlistChange:
        """Return the changes that another file makes to the stored list; `apply` saves them, removals too."""
        change = difference(self.watchlists.current().entities, self.load(path))
        if detect_format(path) is not Format.YAML:  # which says nothing of the press
            change = change_of(edit for edit in change.edits if edit[1] or edit[0] != self.watchlists.current().press)
        # A name that stands there as one of the other watch is not removed: its mark was changed.
        marked = {entity.id: entity for entity in load_watchlist(path, closed=not self.closed)}
        spelled_so = {} if self.closed else by_spelling(marked.values())
        for old in change.removed:
            if old.id not in marked and any(fold(spelling) in spelled_so for spelling in old.spellings):
                advice = f"to mark it, give the marked entry `id: {old.id}`; to end its watch, remove it first"
                raise InputError(f"{path}: {old.id!r} is missing, and a sensitive entry has its name; {advice}")
        change = change_of((old, new or (marked.get(old.id) if old else None)) for old, new in change.edits)
        if apply and change:
            self.save(change, now, source=path.name)
        return change

    def _newest(self) -> int | None:
        """Return the newest of the articles in which new names are looked for, where these are in another store."""
        return self.home.open_watch.store.archive.newest_article() if self.closed else None

    def _not_in_file(self) -> WatchlistChange:
        """Return the saves that the file lacks, because the program died before it was written."""
        return combine(version.change for version in self.watchlists.versions_not_in_file())

    def _write(self, change: WatchlistChange, loaded: Sequence[Entity]) -> None:
        """Write the part of a change that the file lacks; a field that was edited in the file stays."""
        missing, _ = merge(change, loaded)
        if missing:
            require_writable(self.path)
            replace_text(self.path, self._edited_text(missing))

    def _edited_text(self, change: WatchlistChange) -> str:
        if self.path.exists():
            return edit_watchlist(read_text(self.path, MAX_FILE_BYTES), str(self.path), change, closed=self.closed)
        entities = applied(change, self.watchlists.current().entities)
        return dump_watchlist(entities, detect_format(self.path))


def _parted(change: WatchlistChange, closed: bool) -> tuple[WatchlistChange, WatchlistChange]:
    """Return the part of a change that stays in a watch, and that with the names which belong to the other one."""
    ours = [(old, new) for old, new in change.edits if new is None or new.sensitive == closed]
    moved = [(old, new) for old, new in change.edits if new is not None and new.sensitive != closed]
    return change_of(ours), change_of(moved)


def applied(change: WatchlistChange, entities: Sequence[Entity]) -> Sequence[Entity]:
    """Return a list with a change made to it."""
    new_by_id = {old.id: new for old, new in change.edits if old}
    return [
        *(entity for old in entities if (entity := new_by_id.get(old.id, old))),
        *change.added,
    ]


def _conflict_notice(path: Path, conflicts: Sequence[FieldConflict]) -> str:
    fields = ", ".join(sorted({conflict.field for conflict in conflicts}))
    problem = (
        f"{path.name}: {len(conflicts)} changes were made here and at the desk, too ({fields}); those of the desk are "
        "in force: look at them with `monitor watchlist import`, and change what should be otherwise"
    )
    return trouble_message(TroubleKind.WATCHLIST, problem)
