"""Pure. What happened in a window, as a digest: text, HTML, JSON."""

from __future__ import annotations

from monitor.digest.build import Alarm, Digest, Sources, Told, make_digest
from monitor.digest.layout import subject
from monitor.digest.render import as_html, as_json, as_text

__all__ = ["Alarm", "Digest", "Sources", "Told", "as_html", "as_json", "as_text", "make_digest", "subject"]
