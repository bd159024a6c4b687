"""Files for the holders of age keys alone (age-encryption.org): the machine that writes them cannot open them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

from monitor.app.evidence.pack import write_evidence
from monitor.app.files import create_private_file, open_unnamed_file
from monitor.app.upkeep.backups import back_up
from monitor.config.settings import closed_file_beside
from monitor.errors import InputError, install_extra
from monitor.home import Home

SUFFIX = ".age"


def encrypt_for(keys: Sequence[str], plain: IO[bytes], target: Path) -> None:
    """Write a file that only the holders of these keys can open. Raises InputError."""
    recipients = read_keys(keys)
    with create_private_file(target) as out:
        _library().encrypt_io(plain, out, recipients)


def read_keys(keys: Sequence[str]) -> list[Any]:
    """Return recipients of age: its own public keys, or those of SSH. Raises InputError for what is none."""
    library, recipients = _library(), []
    for key in keys:
        kind = library.ssh if key.startswith("ssh-") else library.x25519
        try:
            recipients.append(kind.Recipient.from_str(key))
        except library.RecipientError:
            # Not quoted: it may be the secret half, typed by mistake.
            problem = "a key does not begin with age1 or ssh-, or is cut off"
            raise InputError(f"{problem}; name public keys, as `age-keygen` prints them") from None
    return recipients


def back_up_for(home: Home, file: Path, keys: Sequence[str]) -> list[Path]:
    """Copy the databases as `back_up` does, into files that only the holders of these keys can open; return these.

    The copies stand in the clear beside the database for a moment, where all of it does.
    """
    read_keys(keys)  # before anything is copied
    folder = home.settings.database_file.parent if home.settings.database_file else home.settings.home
    with TemporaryDirectory(dir=folder, prefix=".backup-") as name, ExitStack() as stack:
        copies = back_up(home, Path(name) / "monitor.db")
        targets = [file, closed_target(file)][: len(copies)]
        for copy, target in zip(copies, targets, strict=True):
            encrypt_for(keys, stack.enter_context(copy.open("rb")), target)
    return targets


def closed_target(file: Path) -> Path:
    """Return the file of the closed watch beside an encrypted backup.

    >>> [closed_target(Path(name)).name for name in ("usb.db.age", "usb")]
    ['usb.closed.db.age', 'usb.closed.db']
    """
    if file.suffix != SUFFIX:
        return closed_file_beside(file)
    closed = closed_file_beside(file.with_suffix(""))
    return closed.with_name(closed.name + SUFFIX)


def export_evidence_for(home: Home, number: int, file: Path, keys: Sequence[str]) -> list[str]:
    """Write the evidence of an item for the holders of these keys; return what is missing, as `export_evidence`."""
    read_keys(keys)
    with open_unnamed_file() as plain:
        missing = write_evidence(home, number, plain)
        plain.seek(0)
        encrypt_for(keys, plain, file)
    return missing


def _library() -> Any:
    try:
        import pyrage
    except ModuleNotFoundError:
        raise InputError(f"age keys need an extra; {install_extra('age')}") from None
    return pyrage
