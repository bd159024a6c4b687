"""Pure. What programs read: the JSON of docs/contracts.md, made from the values of the line."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.health import Health
from monitor.model import (
    Document,
    Field,
    Mention,
    Run,
)
from monitor.rows import Row, instant, mention_row, row


def document_row(document: Document, mentions: Sequence[Mention]) -> Row:
    """One line of `match`: in the order of the text, the title's first."""
    ordered = sorted(mentions, key=lambda m: (m.field is not Field.TITLE, m.span.start, m.span.end))
    return {"id": document.id, "mentions": [mention_row(m) for m in ordered]}


def run_row(run: Run) -> Row:
    return {
        **row(run, "started ended"),
        "feeds": row(run, "due fetched unchanged failed"),
        **row(run, "entries articles revisits"),
        "outcomes": {outcome.value: count for outcome, count in sorted(run.outcomes.items())},
        **row(run, "problems"),
    }


def feed_row(health: Health) -> Row:
    """`status` is how the last visit ended, `state` how the feed is: `silent` and the like show over several visits."""
    state = health.state
    return {
        **row(state.feed, "id url outlet language country paused"),
        "status": state.status.value,
        "since": instant(state.status_since),
        **row(state, "detail failures last_visit last_ok next_due"),
        "state": health.status.value,
        "state_since": instant(health.since),
        "says": health.says,
        "todo": " ".join(health.todo),
        "last_new": instant(state.memory.last_new),
        "moved_to": state.moved_to or None,
    }
