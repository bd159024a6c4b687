"""The result of one check of `monitor doctor`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The result of one check. If not `is_ok`, the message says what to do; the digest reports minor ones too.

    `is_broken` is False for what works and is a danger all the same: it is shown as LOOK, but no exit code tells of it,
    since an operator who cannot mend it would learn to ignore the code.
    """

    subject: str
    is_ok: bool
    message: str
    is_minor: bool = False
    is_broken: bool = True

    @property
    def fails(self) -> bool:
        """Return True if the exit code says so."""
        return self.is_broken and not self.is_ok and not self.is_minor
