"""I/O: how full the disks are that a run writes to."""

from __future__ import annotations

import shutil

from monitor.config import Settings
from monitor.i18n.troubles import trouble_message
from monitor.model import TroubleKind

DISK_FULL_SHARE = 0.9  # of its space


def disk_warnings(settings: Settings) -> list[str]:
    """Return a warning for each nearly full disk.

    The words do not change with the figures, since under cron a new sentence is a new mail.
    """
    folders = {settings.home, settings.database_file.parent if settings.database_file else settings.home}
    return [
        trouble_message(TroubleKind.DISK, folder, f"{DISK_FULL_SHARE:.0%}")
        for folder in sorted(folders)
        if (disk := shutil.disk_usage(folder)).used / disk.total >= DISK_FULL_SHARE
    ]
