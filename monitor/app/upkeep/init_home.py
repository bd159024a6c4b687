"""I/O: create a home folder with starter files, and its crontab line."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from zlib import crc32

from monitor.app.evidence.seal import SEAL_AT
from monitor.errors import InputError

OWNER_ONLY = 0o600  # the watchlist names people who may be in danger
CRON_MINUTES = 10  # a run without due feeds ends at once


def write_starter_files(home: Path) -> Iterator[tuple[Path, bool]]:
    """Write the starter files that are missing; yield each path and whether it was written. Raises InputError."""
    try:
        home.mkdir(parents=True, exist_ok=True)
        for name in ("feeds.yaml", "watchlist.yaml", "monitor.env"):
            path = home / name
            missing = not path.exists()
            if missing:
                # The mode first: the content is never readable by others.
                path.touch(OWNER_ONLY)
                path.write_bytes(_starter_file(name).read_bytes())
            yield path, missing
    except OSError as error:
        raise InputError(
            f"{error.filename or home}: cannot be written ({error.strerror}); name another folder"
        ) from None


def cron_line(program: str, home: Path) -> str:
    """Return an entry for crontab(5) with absolute paths; `program` is quoted already.

    The minutes depend on the path, so that not all installations send requests at full hours.
    """
    # Never minute 0, when most crontabs start their jobs.
    first = crc32(str(home).encode()) % (CRON_MINUTES - 1) + 1
    minutes = ",".join(str(minute) for minute in range(first, 60, CRON_MINUTES))
    return f"{minutes} * * * *  {program} --home {shlex.quote(str(home))} ingest"


def seal_cron_line(program: str, home: Path) -> str:
    """Return the entry for crontab(5) of the daily seal, at the same minute each day."""
    return f"{SEAL_AT.minute} {SEAL_AT.hour} * * *  {program} --home {shlex.quote(str(home))} seal"


def write_systemd_units(program: str, home: Path, user: str) -> list[Path]:
    """Write units for systemd into a home: the worker, in place of the cron lines, and the desk; return their paths.

    Raises InputError for a path that a unit cannot name.
    """
    if any(sign in f"{home}{program}" for sign in '%\\"\n'):  # systemd reads them as signs of its own
        raise InputError(f"{home}: a unit of systemd cannot name this folder; make the home in another one")
    paths = []
    for name, purpose, command in _UNITS:
        paths.append(home / name)
        text = _UNIT.format(purpose=purpose, user=user, home=home, program=program, command=command)
        try:
            paths[-1].write_text(text, "utf-8")
        except OSError as error:
            raise InputError(f"{paths[-1]}: cannot be written ({error.strerror})") from None
    return paths


_UNITS = (
    ("monitor.service", "reads the sources and sends what is due", "work"),
    ("monitor-desk.service", "the desk", "serve"),
)
_UNIT = """\
[Unit]
Description=monitor: {purpose}
After=network-online.target
Wants=network-online.target

[Service]
User={user}
ExecStart={program} --home "{home}" {command}
Restart=always
RestartSec=30
TimeoutStopSec=60
KillMode=mixed
UMask=0077
LimitCORE=0
NoNewPrivileges=yes
PrivateTmp=yes
ProtectSystem=strict
ReadWritePaths="{home}"

[Install]
WantedBy=multi-user.target
"""


def _starter_file(name: str) -> Traversable:
    """Return a starter file of the wheel; in a checkout the two lists are at its top."""
    package = files("monitor")
    shipped = package / "starter" / name
    return shipped if shipped.is_file() else package / ".." / name
