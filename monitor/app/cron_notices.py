"""I/O: what was told to whoever gets cron's mail: a trouble is told when it is new, and again after a day.

A small file beside the settings and not a table, since the database may be the trouble.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from monitor.config.settings import ENV_FILE, FEEDS_FILE

AGAIN_AFTER = timedelta(days=1)
FILE = "monitor.told"
ROOM = 4096  # bytes: a block of most disks


def unreported(home: Path, troubles: Sequence[str], now: datetime) -> list[str]:
    """Those that were not told in the last day; they are noted as told now. What cannot be noted is told every time."""
    if not any((home / name).exists() for name in (ENV_FILE, FEEDS_FILE)):
        return list(troubles)  # no home of ours: nothing is written there
    file = home / FILE
    told = {what: at for what, at in _read(file).items() if timedelta(0) <= now - at < AGAIN_AFTER}
    new = [trouble for trouble in dict.fromkeys(troubles) if trouble not in told]
    if new or not file.exists():
        _write(file, told | dict.fromkeys(new, now))
    return new


def forget(home: Path, names: Callable[[str], bool]) -> None:
    """Troubles whose sentence names somebody were never told."""
    if (home / FILE).exists():
        _write(home / FILE, {what: at for what, at in _read(home / FILE).items() if not names(what)})


def _read(file: Path) -> Mapping[str, datetime]:
    try:
        return {what: datetime.fromisoformat(at) for what, at in json.loads(file.read_text("utf-8")).items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}


def _write(file: Path, told: Mapping[str, datetime]) -> None:
    """In place, and nothing is cut off before it is written: on a full disk there is only the room the file has.

    So it is made before anything is wrong, with room to spare. Nobody else's to read, for it quotes the lists' errors.
    """
    text = json.dumps({what: at.isoformat() for what, at in told.items()}, ensure_ascii=False)
    try:
        with os.fdopen(os.open(file, os.O_CREAT | os.O_WRONLY, 0o600), "wb") as out:
            out.write(text.encode().ljust(ROOM))
            out.truncate()
    except OSError:
        return
