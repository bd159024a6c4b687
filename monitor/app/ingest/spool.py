"""I/O: temporary files. Hundreds of pages may wait to be matched: they wait on disk, not in memory."""

from __future__ import annotations

import errno
import os
import weakref
from contextlib import suppress
from dataclasses import dataclass
from tempfile import TemporaryFile

_SEGMENT_BYTES = 16_000_000
_FREE_BYTES = 500_000_000  # of the disk, which the spool leaves to the database


class _Segment:
    """A part of the spool: a file without a name, which is gone with its last page, or when this process dies."""

    def __init__(self) -> None:
        # In /var/tmp, because many systems have /tmp in memory.
        with TemporaryFile(dir=os.environ.get("TMPDIR", "/var/tmp")) as file:  # noqa: S108 -- it has no name
            self._handle = os.dup(file.fileno())
        weakref.finalize(self, os.close, self._handle)
        self.size = 0
        disk = os.fstatvfs(self._handle)
        if disk.f_bavail * disk.f_frsize < _FREE_BYTES:
            raise OSError(errno.ENOSPC, "the last of the disk is for the database")

    def append(self, body: bytes) -> int:
        """Write a body at the end; return where it starts. Raises OSError."""
        start, written = self.size, 0
        while written < len(body):
            written += os.pwrite(self._handle, memoryview(body)[written:], start + written)
        self.size += written
        return start

    def read(self, start: int, size: int) -> bytes:
        body = os.pread(self._handle, size, start)
        if len(body) != size:
            raise OSError(f"a page of {size} bytes was cut to {len(body)} in the folder of temporary files")
        return body


@dataclass(frozen=True, slots=True)
class SpooledPage:
    """A page in the spool; its bytes are freed when nobody refers to it."""

    segment: _Segment
    start: int
    size: int

    def read(self) -> bytes:
        """Return the bytes of the page. Raises OSError."""
        return self.segment.read(self.start, self.size)


class Spool:
    """A queue of pages on disk; its files are freed as their pages are."""

    def __init__(self) -> None:
        self._segment: _Segment | None = None

    def put(self, body: bytes) -> SpooledPage | None:
        """Write a page; return None if there is no room for it on the disk."""
        with suppress(OSError):
            if self._segment is None or self._segment.size >= _SEGMENT_BYTES:
                self._segment = _Segment()
            return SpooledPage(self._segment, self._segment.append(body), len(body))
        return None
