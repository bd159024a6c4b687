"""Pure. What messages say: digests, alerts and reports as text, HTML or JSON."""

from __future__ import annotations

from monitor.messages.content.alerts import alerted_names, hold_until, order_reasons, quiet_until, select_alerts
from monitor.messages.content.build import Alarm, Digest, DigestStory, Sources, make_digest
from monitor.messages.content.layout import subject
from monitor.messages.content.message import render_message, render_name_report, render_report, render_within_limit
from monitor.messages.content.render import as_html, as_json, as_text
