"""I/O: how full the disks are that a run writes to, and whether the home's is encrypted."""

from __future__ import annotations

import array
import fcntl
import os
import shutil
from pathlib import Path

from monitor.config import Settings
from monitor.i18n.troubles import trouble_message
from monitor.model import TroubleKind

DISK_FULL_SHARE = 0.9  # of its space
_MOUNTS, _DEVICES = Path("/proc/self/mountinfo"), Path("/sys/dev/block")
_GET_ENCRYPTION_POLICY = 0x400C6615  # FS_IOC_GET_ENCRYPTION_POLICY (fscrypt)


def disk_warnings(settings: Settings) -> list[str]:
    """Return a warning for each nearly full disk.

    The words do not change with the figures, since under cron a new sentence is a new mail.
    """
    folders = {settings.home, settings.database_file.parent if settings.database_file else settings.home}
    return [
        trouble_message(TroubleKind.DISK, folder, f"{DISK_FULL_SHARE:.0%}")
        for folder in sorted(folders)
        if used_share(folder) >= DISK_FULL_SHARE
    ]


def used_share(folder: Path) -> float:
    """Return how full a disk is, as `df` has it: without the blocks that are reserved for root."""
    disk = shutil.disk_usage(folder)
    return disk.used / max(disk.used + disk.free, 1)


def unencrypted_device(folder: Path, mounts: Path = _MOUNTS, devices: Path = _DEVICES) -> str:
    """Return the device that a folder lies on if it is a disk without encryption, else an empty string.

    Also empty where nobody can tell: in memory, over a network, in a container, in a virtual file system of a user
    (gocryptfs).
    """
    try:
        lines = [line.split(" ") for line in mounts.read_text().splitlines()]
        places = {line[4].replace("\\040", " "): line for line in lines}
        path = folder.resolve()
        line = next(places[str(one)] for one in (path, *path.parents) if str(one) in places)
    except (OSError, IndexError, StopIteration):
        return ""
    device = devices / line[2]
    if not device.exists() or _is_encrypted_device(device) or _has_encryption_policy(path):
        return ""
    return line[line.index("-") + 2]


def _is_encrypted_device(device: Path) -> bool:
    """Return whether a device, or one that it is made of, is dm-crypt, as with LUKS below or above LVM."""
    mapping = device / "dm/uuid"
    if mapping.exists() and mapping.read_text().startswith("CRYPT-"):
        return True
    slaves = device / "slaves"
    return slaves.is_dir() and any(map(_is_encrypted_device, slaves.iterdir()))


def _has_encryption_policy(folder: Path) -> bool:
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.ioctl(handle, _GET_ENCRYPTION_POLICY, array.array("B", bytes(12)))
    except OSError:  # it has none, or this file system knows of none
        return False
    finally:
        os.close(handle)
    return True
