"""Pure. People's decisions: their effect on items, what reopens an item, what the matcher learns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.lazy import lazy_face

if TYPE_CHECKING:
    from monitor.review.decisions import decide, effective, undo
    from monitor.review.local_names import with_local_names
    from monitor.review.regroup import Regrouped, find_merge, merge, same_step, split, undo_regrouping

__getattr__ = lazy_face(
    __name__,
    {
        "decisions": "decide effective undo",
        "local_names": "with_local_names",
        "regroup": "Regrouped find_merge merge same_step split undo_regrouping",
    },
)
