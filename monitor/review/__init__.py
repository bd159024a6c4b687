"""Pure. People's decisions: their effect on items, what reopens an item, what the matcher learns."""

from __future__ import annotations

from monitor.review.decisions import decide, undo
from monitor.review.regroup import Regrouped, find_merge, merge, same_step, split, undo_regrouping

__all__ = [
    "Regrouped",
    "decide",
    "find_merge",
    "merge",
    "same_step",
    "split",
    "undo",
    "undo_regrouping",
]
