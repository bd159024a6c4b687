"""The result of one check of `monitor doctor`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The result of one check. If not `is_ok`, the message says what to do; the digest reports minor ones too."""

    subject: str
    is_ok: bool
    message: str
    is_minor: bool = False
