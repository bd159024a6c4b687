"""recipients.yaml: edits at the desk are written into the file; only the lines of one recipient change."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import time
from hashlib import blake2b
from pathlib import Path

from monitor.app.files import keyed_hash_of, locked_folder, replace_text, require_writable
from monitor.config.channels import CHANNELS
from monitor.config.forms import read_text
from monitor.config.recipients import Row, edit_recipients, flag_of, recipient_rows
from monitor.config.settings import RECIPIENTS_FILE
from monitor.errors import ChangedMeanwhile, InputError
from monitor.model import CLOSED_ID, User, public_address
from monitor.text.normalize import fold


def way_of(channel: str, address: str) -> tuple[str, str]:
    """Return where messages go by a channel to an address: the same for all spellings of the address."""
    return channel, CHANNELS[channel].address_key(address) if channel in CHANNELS else address


def mark_of(channel: str, address: str) -> str:
    """Return a short hash of where messages go by a channel to an address."""
    return blake2b(":".join(way_of(channel, address)).encode(), digest_size=8).hexdigest()


def address_mark(row: Row) -> str:
    """Return the `mark_of` a recipient's line, by which the log tells who wrote it."""
    return mark_of(str(row.get("channel") or "mail"), str(row.get("to")))


def recipients_of_account(rows: Iterable[Row], user: User, marks: Collection[str]) -> list[str]:
    """Return the labels of the recipients whose lines an account wrote, by these marks, or which bear its name."""
    return [
        str(row.get("name") or public_address(str(row.get("to"))))
        for row in rows
        if address_mark(row) in marks or fold(str(row.get("name") or "")) == fold(user.name)
    ]


@dataclass(frozen=True, slots=True)
class AlertChoice:
    """A recipient as the form of a name offers it. `is_urgent`: it is told of every urgent name.

    `label` is empty where only an address would tell who it is, and the reader sees no addresses.
    """

    mark: str  # of `address_mark`
    label: str
    channel: str
    is_chosen: bool
    is_urgent: bool


@dataclass(frozen=True, slots=True)
class RecipientsFile:
    """recipients.yaml of a home; it may be missing."""

    folder: Path

    @property
    def path(self) -> Path:
        return self.folder / RECIPIENTS_FILE

    def rows(self) -> Mapping[int, Row]:
        """Return the recipients as they are written, by index. Raises InputError for a file that is no list."""
        return recipient_rows(self._text(), str(self.path))

    @property
    def version(self) -> str:
        """Return a hash of the file, which tells nobody who tries texts whether a closed id stands there."""
        return keyed_hash_of(self.path)

    def save(self, index: int | None, row: Row | None, version: str) -> None:
        """Change, add (index None) or remove (row None) a recipient.

        Raises InputError, and ChangedMeanwhile if the file no longer has this `version`.
        """
        with locked_folder(self.path):
            # Compared under the lock, else two edits could both pass, and one would be lost.
            if self.version != version:
                raise ChangedMeanwhile(f"{RECIPIENTS_FILE} was changed meanwhile; look at it again")
            require_writable(self.path)
            try:
                text = edit_recipients(self._text(), str(self.path), index, row)
            except IndexError:
                raise InputError(f"{RECIPIENTS_FILE} has no recipient number {index}") from None
            replace_text(self.path, text)

    def alert_choices(self, entity: str, *, closed: bool, with_addresses: bool) -> list[AlertChoice]:
        """Return the recipients that may be told at once of a name; none of a file that cannot be read.

        Of a closed name these are the cleared, none of them chosen for it; of a line with `names` only those that have
        this one.
        """
        try:
            rows = self.rows().values()
        except InputError:
            return []
        choices = []
        for row in rows:
            label = _label(row, with_addresses=with_addresses)
            ids = {entity, CLOSED_ID + entity} if closed else {entity}
            is_in_scope = _is_about(row, ids) and (not closed or flag_of(row.get("sensitive")) is True)
            if is_in_scope:
                # Both watches give out the same ids: the one in the file is that of the open name.
                is_chosen = not closed and entity in _alert_names(row)
                is_urgent = flag_of(row.get("at_once")) is True
                choices.append(
                    AlertChoice(address_mark(row), label, str(row.get("channel") or "mail"), is_chosen, is_urgent)
                )
        return choices

    def limited_to_others(self, entity: str, *, with_addresses: bool) -> list[str]:
        """Return who of the file cannot be told of an open name, since their line has other `names`."""
        try:
            rows = self.rows().values()
        except InputError:
            return []
        labels = (_label(row, with_addresses=with_addresses) for row in rows if not _is_about(row, {entity}))
        return [label for label in labels if label]

    def choose_alerts(
        self, entities: Collection[str], offered: Collection[str] | None, chosen: Collection[str], digest_at: time
    ) -> bool:
        """Tell the chosen recipients (by mark) at once of these open names, and the others of the offered ones not.

        `offered` None: all recipients are. Returns whether a line changed. One without any time gets the daily digest
        at `digest_at`, and keeps it. Raises InputError.
        """
        with locked_folder(self.path):
            text = original = self._text()
            for index, row in recipient_rows(text, str(self.path)).items():
                names, mark = _alert_names(row), address_mark(row)
                other_names = [name for name in names if name not in entities]
                new = [*other_names, *entities] if mark in chosen else other_names
                if (offered is not None and mark not in offered) or {*new} == {*names}:
                    continue
                has_times = any(row.get(key) for key in ("daily", "weekly", "report")) or "at_once_names" in row
                is_daily_by_default = not has_times and flag_of(row.get("at_once")) is not True
                daily = {"daily": f"{digest_at:%H:%M}"} if is_daily_by_default else {}
                text = edit_recipients(text, str(self.path), index, {**row, **daily, "at_once_names": new})
            if text != original:
                require_writable(self.path)
                replace_text(self.path, text)
            return text != original

    def _text(self) -> str:
        return read_text(self.path) if self.path.exists() else ""


def _alert_names(row: Row) -> list[str]:
    names = row.get("at_once_names")
    return [str(name) for name in names] if isinstance(names, list) else []


def _label(row: Row, *, with_addresses: bool) -> str:
    return str(row.get("name") or (public_address(str(row.get("to"))) if with_addresses else ""))


def _is_about(row: Row, ids: set[str]) -> bool:
    names = row.get("names")
    return not isinstance(names, list) or not ids.isdisjoint(map(str, names))
