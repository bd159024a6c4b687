"""recipients.yaml: edits at the desk are written into the file; only the lines of one recipient change."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from monitor.app.files import locked_folder, replace_text, require_writable
from monitor.config.channels import CHANNELS
from monitor.config.forms import read_text
from monitor.config.recipients import Row, edit_recipients, recipient_rows
from monitor.config.settings import RECIPIENTS_FILE
from monitor.errors import ChangedMeanwhile, InputError
from monitor.model import User, public_address
from monitor.text.normalize import fold


def address_mark(row: Row) -> str:
    """Return a short hash of where a recipient's messages go, by which the log tells who wrote the line."""
    channel = str(row.get("channel") or "mail")
    key = CHANNELS[channel].address_key if channel in CHANNELS else str
    return blake2b(f"{channel}:{key(str(row.get('to')))}".encode(), digest_size=8).hexdigest()


def recipients_of_account(rows: Iterable[Row], user: User, marks: Collection[str]) -> list[str]:
    """Return the labels of the recipients whose lines an account wrote, by these marks, or which bear its name."""
    return [
        str(row.get("name") or public_address(str(row.get("to"))))
        for row in rows
        if address_mark(row) in marks or fold(str(row.get("name") or "")) == fold(user.name)
    ]


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
        """Return a hash of the file."""
        return blake2b(self._text().encode(), digest_size=8).hexdigest()

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

    def _text(self) -> str:
        return read_text(self.path) if self.path.exists() else ""
