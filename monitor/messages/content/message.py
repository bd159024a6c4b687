"""Pure. Messages to recipients: a digest, an alert or a report as a page, as JSON, or in brief without names."""

from __future__ import annotations

import json
from dataclasses import replace

from monitor.messages.content.alert_page import alert_subject, lay_out_alert
from monitor.messages.content.layout import lay_out, subject
from monitor.messages.content.render import (
    as_json,
    name_report_as_html,
    name_report_as_text,
    page_as_html,
    page_as_text,
)
from monitor.messages.content.reports.name_report import acts_row, lay_out_name_report, name_report_row
from monitor.messages.content.reports.report import lay_out_report, report_counts, report_subject
from monitor.messages.content.stories.build import SECTIONS, Digest, DigestStory
from monitor.model import Entity, MessageKind, Rendering

# Text and HTML together, in UTF-8. Base64 makes that a mail of under 80 kB; Gmail cuts mails at 102 kB.
DIGEST_BYTES = 56_000
STORY_LIMITS = (60, 40, 25, 15, 10, 6, 3)  # per section, tried in this order until the digest fits
_MAX_LINKS = 10

_LAYOUTS = {MessageKind.DIGEST: lay_out, MessageKind.ALERT: lay_out_alert, MessageKind.REPORT: lay_out_report}
_SUBJECTS = {MessageKind.DIGEST: subject, MessageKind.ALERT: alert_subject, MessageKind.REPORT: report_subject}


def render_message(digest: Digest, kind: MessageKind, *, for_programs: bool, shows_names: bool) -> Rendering:
    """Return a message. Without `shows_names` it holds counts, outlets and links to the desk only."""
    title = _SUBJECTS[kind](digest)
    if not shows_names:
        brief = _brief(digest)
        return Rendering(title, json.dumps(brief, ensure_ascii=False) if for_programs else _brief_text(digest, brief))
    if for_programs:
        data = report_counts(digest) if kind is MessageKind.REPORT else as_json(digest)
        if kind is MessageKind.ALERT:
            data |= {"subject": alert_subject(replace(digest, language="en"))}
        return Rendering(title, json.dumps(data, ensure_ascii=False))
    return Rendering(title, *render_within_limit(digest, kind))


def render_report(digest: Digest) -> dict[str, str]:
    """Return a whole report by format: text, html, json."""
    report = lay_out_name_report(digest, None)
    data = json.dumps(report_counts(digest) | acts_row(digest), ensure_ascii=False, indent=2) + "\n"
    return {"text": name_report_as_text(report), "html": name_report_as_html(report), "json": data}


def render_name_report(digest: Digest, entity: Entity) -> dict[str, str]:
    """Return the report of a name by format: text, html, json."""
    report = lay_out_name_report(digest, entity)
    data = json.dumps(report_counts(digest) | name_report_row(digest, entity), ensure_ascii=False, indent=2) + "\n"
    return {"text": name_report_as_text(report), "html": name_report_as_html(report), "json": data}


def render_within_limit(digest: Digest, kind: MessageKind = MessageKind.DIGEST) -> tuple[str, str]:
    """Render text and HTML with as many stories as fit into a mail; the others are only counted."""
    # If even the smallest does not fit, it is sent nevertheless.
    for story_limit in STORY_LIMITS:
        page = _LAYOUTS[kind](replace(digest, max_stories=story_limit))
        text, html = page_as_text(page), page_as_html(page)
        if len(text.encode()) + len(html.encode()) <= DIGEST_BYTES:
            break
    return text, html


def _brief(digest: Digest) -> dict[str, object]:
    """Return what a message without names holds: counts by section, outlets, and links to the desk."""
    sections: dict[str, tuple[DigestStory, ...]] = {name: getattr(digest, name) for name in SECTIONS}
    # An alert may be about a copy: the first at an outlet to which its recipient is limited.
    stories = digest.listed_stories + (digest.spreading if digest.reasons else ())
    outlets = dict.fromkeys(article.outlet for story in stories for article in story.arrived_articles)
    links = [f"{digest.base_url}/items/{story.item.id}" for story in stories[:_MAX_LINKS]] if digest.base_url else []
    if len(stories) > _MAX_LINKS and digest.base_url:
        links = [f"{digest.base_url}/queue"]
    counts = {name: len(section) for name, section in sections.items() if section}
    return {**digest.watch_key, "counts": counts, "outlets": list(outlets), "links": links}


def _brief_text(digest: Digest, brief: dict[str, object]) -> str:
    outlets, links = brief["outlets"], brief["links"]
    assert isinstance(outlets, list) and isinstance(links, list)
    names = digest.l10n.gettext("Outlets: %(names)s.", names=", ".join(outlets)) if outlets else ""
    lines = [line for line in (*digest.watch_lines, names, *links) if line]
    return "".join(f"{line}\n" for line in lines or [digest.l10n.gettext("Nothing new.")])
