"""Pure. Digests: the events of a window as text, HTML or JSON."""

from __future__ import annotations

from monitor.digest.alerts import alerted_names, hold_until, order_reasons, quiet_until, select_alerts
from monitor.digest.build import Alarm, Digest, DigestStory, Sources, make_digest
from monitor.digest.layout import subject
from monitor.digest.messages import render_message, render_report, render_within_limit
from monitor.digest.render import as_html, as_json, as_text
