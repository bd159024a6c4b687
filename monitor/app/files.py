"""Operators' files: store feeds.yaml and watchlist.yaml in the database, report their errors, create private files."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from errno import EDQUOT, ENOSPC
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import IO

from monitor import __version__
from monitor.config.feeds import load_feeds
from monitor.errors import DISK_ERROR, TRY_AGAIN, InputError, StoreError
from monitor.i18n.troubles import trouble_message
from monitor.match import unfindable_names
from monitor.model import Entity, TroubleKind
from monitor.store import Store
from monitor.store.line.checks import Check

KEY_FILE = ".watchlist.key"
_READERS = Path(__file__).parents[1] / "config"
# A superset of what `unfindable_names` tries.
_ODD_NAME = re.compile(r"[@#(\[{</|;\\]| [-–—] |^(?!.*[^\W\d_]{2})")


def sync_feeds(path: Path, store: Store, now: datetime) -> list[str]:
    """Store feeds.yaml in the database; return the problems. An unchanged file is recognised by its hash.

    A file that does not load leaves the last good version in force. Raises InputError if there never was one.
    """
    file_hash = hash_of(path)
    if store.checks.is_stored(Check.FEEDS_STORED, file_hash):
        return []
    try:
        store.feeds.sync_list(load_feeds(path), now, file_hash)
    except InputError as error:
        if not store.feeds.states():
            raise
        return [kept_version_notice(error, TroubleKind.FEEDS)]
    return []


def feeds_file_problem(path: Path) -> str:
    """Return a sentence if feeds.yaml does not load, else an empty string."""
    try:
        load_feeds(path)
    except InputError as error:
        return kept_version_notice(error, TroubleKind.FEEDS)
    return ""


def unfindable_names_problems(store: Store) -> list[str]:
    """Return a sentence if names with odd signs are not found even as they are listed, else an empty list.

    Sensitive names are not counted, because the digest of all readers repeats the sentence.
    """
    checked = f"{__version__} {store.watchlists.latest_version()}"
    count = store.checks.result(
        Check.UNFINDABLE_NAMES, checked, lambda: _count_unfindable_names(store.watchlists.current().entities)
    )
    return [trouble_message(TroubleKind.NAMES, count)] if count else []


def _count_unfindable_names(entities: Sequence[Entity]) -> int:
    public = [e for e in entities if not e.sensitive and any(map(_ODD_NAME.search, e.spellings))]
    if not public:
        return 0
    return sum(1 for _ in unfindable_names(public, with_signs=True))


def open_unnamed_file() -> IO[bytes]:
    """Open a temporary file that no other user can open: it has no name, and is gone once it is closed."""
    # In /var/tmp, because many systems have /tmp in memory.
    return tempfile.TemporaryFile(dir=os.environ.get("TMPDIR", "/var/tmp"))  # noqa: S108 -- it has no name


@contextmanager
def create_private_file(file: Path) -> Iterator[IO[bytes]]:
    """Open a new file that only its owner may read; on an error the partial file is deleted.

    Raises InputError if the file exists or cannot be created, StoreError if it cannot be written.
    """
    try:
        # The mode is set on creation, and O_EXCL does not follow a symbolic link that another user may have put there.
        handle = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        problem = f"{file.absolute()} exists already and is not overwritten"
        raise InputError(f"{problem}; name a new file, or move it away") from None
    except OSError as error:
        raise InputError(f"{file}: {error.strerror}; name a new file in a folder that you can write in") from error
    try:
        with os.fdopen(handle, "wb") as raw:
            yield raw
    except OSError as error:
        file.unlink()
        raise _disk_error(f"{file} cannot be written: {error.strerror}; nothing of it is left", error) from error
    # Ctrl-C too.
    except BaseException:
        file.unlink()
        raise


@contextmanager
def replacing(file: Path) -> Iterator[IO[bytes]]:
    """Open a new file that replaces `file` at the end, in one step and with its permissions.

    A link stays a link. Raises InputError if the folder cannot be written, StoreError if the disk fails.
    """
    target = file.resolve()
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".part")
    except OSError as error:
        raise InputError(f"{file} cannot be written: {error.strerror}; check the permissions of its folder") from error
    new_file = Path(name)
    try:
        with os.fdopen(handle, "wb") as raw:
            if target.exists():
                shutil.copymode(target, new_file)
            yield raw
            raw.flush()
            os.fsync(raw.fileno())
        new_file.replace(target)
    except OSError as error:
        raise _disk_error(f"{file} cannot be written: {error.strerror}; it is as it was", error) from error
    finally:
        new_file.unlink(missing_ok=True)


def _disk_error(problem: str, error: OSError) -> StoreError:
    return StoreError(problem, TRY_AGAIN if error.errno in {ENOSPC, EDQUOT} else DISK_ERROR)


def replace_text(file: Path, text: str) -> None:
    """Replace the content of a file by a text, as `replacing` does."""
    with replacing(file) as raw:
        raw.write(text.encode())


@contextmanager
def locked_folder(file: Path) -> Iterator[None]:
    """Let one process at a time change the files in the folder of `file`; released when the process dies."""
    # The folder: the file itself is replaced by every save.
    handle = os.open(file.resolve().parent, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def require_writable(file: Path) -> None:
    """Raise InputError if a file exists and cannot be replaced."""
    if file.exists() and not (os.access(file, os.W_OK) and os.access(file.resolve().parent, os.W_OK)):
        raise InputError(f"{file} cannot be written; give this user the right to write it and its folder")


def hash_of(path: Path, key: bytes = b"") -> str:
    """Return a hash of the file and of the code that reads it, or an empty string if it cannot be read."""
    try:
        return sha256(_hash_of_code(_READERS) + key + path.read_bytes()).hexdigest()
    except OSError:
        return ""


def keyed_hash_of(path: Path) -> str:
    """Return a hash that only a process with the key in the folder of the file can compute.

    The open database holds it, and the file has closed names: one could be guessed from the hash of its text.
    """
    return hash_of(path, _key_in(path.resolve().parent))


@cache
def _key_in(folder: Path) -> bytes:
    """Return the random key in a folder, made where there is none; where none can be written, one of this process."""
    file = folder / KEY_FILE
    with suppress(InputError, StoreError), create_private_file(file) as new:
        new.write(os.urandom(32))
    try:
        return file.read_bytes()
    except OSError:
        return os.urandom(32)


@cache
def _hash_of_code(folder: Path) -> bytes:
    # Not the version alone: a checkout, or an installation from one, changes without a new number.
    sources = b"".join(file.read_bytes() for file in sorted(folder.rglob("*.py")))
    return sha256(f"{__version__}\0".encode() + sources).digest()


def kept_version_notice(error: InputError, kind: TroubleKind) -> str:
    """Return the notice that a file has an error, and that its last good version stays in force."""
    return trouble_message(kind, str(error).splitlines()[0])
