"""I/O: a new home: its files, and the line for cron."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from zlib import crc32

from monitor.errors import InputError

PRIVATE = 0o600  # the list names people who may be in danger
EVERY = 10  # minutes; cron only asks whether a feed is due


def lay_out(home: Path) -> Iterator[tuple[Path, bool]]:
    """Writes the starter files that are not there yet; yields each, and whether it was written. Raises InputError."""
    try:
        home.mkdir(parents=True, exist_ok=True)
        for name in ("feeds.yaml", "watchlist.yaml", "monitor.env"):
            path = home / name
            missing = not path.exists()
            if missing:
                path.touch(PRIVATE)
                path.write_bytes(_starter(name).read_bytes())
            yield path, missing
    except OSError as error:
        raise InputError(
            f"{error.filename or home}: cannot be written ({error.strerror}); name another folder"
        ) from None


def cron_line(program: Path, home: Path) -> str:
    """An entry for crontab(5): absolute paths, and minutes of its own, so that not all the world asks at full hours."""
    first = crc32(str(home).encode()) % (EVERY - 1) + 1
    minutes = ",".join(str(minute) for minute in range(first, 60, EVERY))
    return f"{minutes} * * * *  {shlex.quote(str(program))} --home {shlex.quote(str(home))} ingest"


def _starter(name: str) -> Traversable:
    """A file of the wheel; in a checkout the two lists stand at the top, where people look for them."""
    package = files("monitor")
    shipped = package / "starter" / name
    return shipped if shipped.is_file() else package / ".." / name
