"""I/O: the notices already printed under cron, so that each is mailed once a day and not on every run.

They are kept in a small file next to the settings, not in a table: the database itself may be the problem.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from monitor.config.settings import ENV_FILE, FEEDS_FILE

REPEAT_AFTER = timedelta(days=1)
NOTICES_FILE = "monitor.told"
FILE_BYTES = 4096  # a block of most disks


def unreported_notices(home: Path, troubles: Sequence[str], now: datetime) -> list[str]:
    """Return the notices that were not reported within the last day, and record them as reported.

    If the file cannot be written, every notice is returned every time.
    """
    if not any((home / name).exists() for name in (ENV_FILE, FEEDS_FILE)):
        return list(troubles)  # not a home folder: do not write a file there
    file = home / NOTICES_FILE
    # A notice dated in the future, from a clock that was wrong, is reported again.
    reported = {
        sentence: at for sentence, at in _read_reported(file).items() if timedelta(0) <= now - at < REPEAT_AFTER
    }
    new = [trouble for trouble in dict.fromkeys(troubles) if trouble not in reported]
    if new or not file.exists():
        _write_reported(file, reported | dict.fromkeys(new, now))
    return new


def forget_notices(home: Path, names_entity: Callable[[str], bool]) -> None:
    """Delete the recorded notices in which `names_entity` finds the entity."""
    file = home / NOTICES_FILE
    if file.exists():
        remaining = {sentence: at for sentence, at in _read_reported(file).items() if not names_entity(sentence)}
        _write_reported(file, remaining)


def _read_reported(file: Path) -> Mapping[str, datetime]:
    try:
        return {sentence: datetime.fromisoformat(at) for sentence, at in json.loads(file.read_text("utf-8")).items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}


def _write_reported(file: Path, reported: Mapping[str, datetime]) -> None:
    """Write in place and truncate last: on a full disk only the space of the existing file is available.

    Hence the file is created early and padded to FILE_BYTES. Only its owner may read it: it quotes errors of the lists.
    """
    text = json.dumps({sentence: at.isoformat() for sentence, at in reported.items()}, ensure_ascii=False)
    try:
        with os.fdopen(os.open(file, os.O_CREAT | os.O_WRONLY, 0o600), "wb") as out:
            out.write(text.encode().ljust(FILE_BYTES))
            out.truncate()
    except OSError:
        return
