"""Pure. Digests: the events of a window as text, HTML or JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.lazy import lazy_face

if TYPE_CHECKING:
    from monitor.digest.alerts import hold_until, select_alerts
    from monitor.digest.build import Alarm, Digest, DigestStory, Sources, make_digest
    from monitor.digest.layout import subject
    from monitor.digest.messages import render_message, render_report, render_within_limit
    from monitor.digest.render import as_html, as_json, as_text

__all__ = [
    "Alarm",
    "Digest",
    "DigestStory",
    "Sources",
    "as_html",
    "as_json",
    "as_text",
    "hold_until",
    "make_digest",
    "render_message",
    "render_report",
    "render_within_limit",
    "select_alerts",
    "subject",
]

__getattr__ = lazy_face(
    __name__,
    {
        "Alarm": "build",
        "Digest": "build",
        "DigestStory": "build",
        "Sources": "build",
        "hold_until": "alerts",
        "make_digest": "build",
        "render_message": "messages",
        "render_report": "messages",
        "render_within_limit": "messages",
        "select_alerts": "alerts",
        "subject": "layout",
        "as_html": "render",
        "as_json": "render",
        "as_text": "render",
    },
)
