"""Pure. Digests: the events of a window as text, HTML or JSON."""

from __future__ import annotations

from monitor.digest.build import Alarm, Digest, DigestStory, Sources, make_digest
from monitor.digest.layout import subject
from monitor.digest.render import as_html, as_json, as_text

__all__ = ["Alarm", "Digest", "DigestStory", "Sources", "as_html", "as_json", "as_text", "make_digest", "subject"]
