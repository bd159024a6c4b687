"""Pure. What happened in a window, as a digest: text, HTML, JSON."""

from __future__ import annotations

from monitor.digest.data import as_json
from monitor.digest.html import as_html
from monitor.digest.make import Alarm, Digest, Sources, Told, make_digest
from monitor.digest.opening import subject
from monitor.digest.text import as_text

__all__ = ["Alarm", "Digest", "Sources", "Told", "as_html", "as_json", "as_text", "make_digest", "subject"]
