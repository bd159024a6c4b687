"""Receipts of forms: what became of each, for a page whose answer did not arrive.

They are in the memory of the one process that serves the desk: a table would keep who sent what, and when.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

FORM_HEADER = "desk-form"  # the number that a page gives a form, another one for each
_FORM_RE = re.compile(r"[0-9a-f]{32}")
MAX_RECEIPTS = 1000


class FormState(StrEnum):
    """What became of a form."""

    WORKING = "working"
    STORED = "stored"
    NOT_STORED = "not-stored"
    MISSING = "missing"  # it has not arrived, or arrived before this process began


@dataclass(slots=True)
class Receipt:
    """What became of one form. `location`: the page to which its answer leads."""

    state: FormState = FormState.WORKING
    location: str = ""

    def mark_stored(self) -> None:
        """Record that the form is stored, whatever its answer will be."""
        self.state = FormState.STORED

    def record_answer(self, status: int, location: str) -> None:
        """Record the answer: a redirect says that the form was stored, anything else that it was not.

        What was marked as stored before stays so.
        """
        self.location = location
        if self.state is FormState.WORKING:
            self.state = FormState.STORED if status == 303 else FormState.NOT_STORED


class Receipts:
    """The latest receipts, by user and form."""

    def __init__(self, seconds: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._since = seconds, seconds()
        self._receipts: dict[tuple[int, str], Receipt] = {}

    @property
    def kept_for(self) -> float:
        """Return for how many seconds receipts have been kept."""
        return self._seconds() - self._since

    def begin(self, user: int, form: str) -> Receipt | None:
        """Return the new receipt of a form that has arrived; None for a form without a number.

        A form that was sent again, and was stored the first time, keeps its receipt.
        """
        if not _FORM_RE.fullmatch(form):
            return None
        earlier = self._receipts.pop((user, form), None)
        receipt = earlier if earlier and earlier.state is FormState.STORED else Receipt()
        self._receipts[user, form] = receipt
        while len(self._receipts) > MAX_RECEIPTS:
            self._receipts.pop(next(iter(self._receipts)))
        return receipt

    def receipt_of(self, user: int, form: str) -> Receipt:
        """Return what became of a form."""
        return self._receipts.get((user, form), Receipt(FormState.MISSING))
