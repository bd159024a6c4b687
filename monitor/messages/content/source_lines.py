"""Pure. The lines of a digest about its sources: which are in trouble, and how many were read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from monitor.feeds.health import CAVEAT, STATUS_TEXTS, describe_status, http_status, silence_text
from monitor.i18n import translate_sentence
from monitor.messages.content.phrasing import CardLine, Localizer, join, ngettext_noop, shorten
from monitor.messages.content.stories.build import Sources
from monitor.model import FeedRecord, FeedStatus

_MAX_DETAIL_LENGTH = 120


def source_lines(sources: Sources, l10n: Localizer) -> tuple[CardLine, ...]:
    """Return a line for each source in trouble, refusals first, and one for all sources that were only not read."""
    lines = [_trouble_line(record, l10n) for record in (*sources.refused, *sources.unreadable)]
    for record in sources.empty:
        empty = l10n.gettext("%(outlet)s: its feed is empty", outlet=record.feed.outlet)
        lines.append(CardLine(f"{join(' ', empty, _since_text(record, l10n))}."))
    for record in sources.overflowing:
        status_text = l10n.gettext(STATUS_TEXTS[FeedStatus.OVERFLOWING].summary)
        lines.append(CardLine(l10n.gettext("%(outlet)s %(says)s", outlet=record.feed.outlet, says=status_text) + "."))
    lines += [
        CardLine(f"{s.feed.feed.outlet}: {silence_text(s, l10n.reference_time, l10n.ngettext)}.")
        for s in sources.silent
    ]
    if unread := _outlet_names(sources.unread):
        lines.append(CardLine(l10n.gettext("Not read in this time: %(names)s.", names=unread)))
    if paused := _outlet_names(sources.paused):
        lines.append(CardLine(l10n.gettext("Paused: %(names)s.", names=paused)))
    if lines:
        return tuple(replace(line, is_trouble=True) for line in lines)
    if not sources.watched:
        return (CardLine(l10n.gettext("No source is set up.")),)
    if 1 < sources.watched == sources.readable:
        return (CardLine(l10n.gettext("All %(num)s sources were read.", num=sources.read)),)
    return (CardLine(f"{sources_read(sources, l10n)}."),)


def sources_read(sources: Sources, l10n: Localizer) -> str:
    """Return the number of sources that were read and can be read still, of all that are watched."""
    singular, plural = ngettext_noop("%(read)s of %(num)s source read", "%(read)s of %(num)s sources read")
    return l10n.ngettext(singular, plural, sources.watched, read=sources.readable)


def failing_sources(sources: Sources, l10n: Localizer) -> str:
    """Return which source cannot be read now or, of several, how many; "" for none."""
    match (*sources.refused, *sources.unreadable):
        case (record,):
            status_text = l10n.gettext(describe_status(record, record.status).summary)
            return l10n.gettext("%(outlet)s %(says)s", outlet=record.feed.outlet, says=status_text)
    return counted_failures(sources, l10n)


def counted_failures(sources: Sources, l10n: Localizer) -> str:
    """Return how many sources refuse us, and how many cannot be read otherwise; "" for none."""
    refuse = l10n.ngettext_or_empty("%(num)s source refuses us", "%(num)s sources refuse us", len(sources.refused))
    fail = l10n.ngettext_or_empty(
        "%(num)s source cannot be read", "%(num)s sources cannot be read", len(sources.unreadable)
    )
    return join(", ", refuse, fail)


def stored_sentence_line(line_start: str, sentence: str, l10n: Localizer, remark: str = "") -> CardLine:
    """Return a line that ends with a stored sentence, in the reader's language if there is a translation."""
    text, language = translate_sentence(sentence, l10n.language)
    if line_start:
        text = f"{shorten(text.rstrip('.'), _MAX_DETAIL_LENGTH)}."
    if language != l10n.language:
        return CardLine(line_start, text, remark)
    return CardLine(join(" ", line_start, text), remark=remark)


def _outlet_names(records: Iterable[FeedRecord]) -> str:
    return ", ".join(dict.fromkeys(state.feed.outlet for state in records))


def _trouble_line(record: FeedRecord, l10n: Localizer) -> CardLine:
    """Return the line of a source that cannot be read."""
    # An HTTP status replaces the stored reason, which `monitor feeds list` shows in full.
    status = http_status(record.detail)
    http, detail = (f" (HTTP {status})", "") if status else ("", record.detail)
    words = describe_status(record, record.status)
    status_text = l10n.gettext("%(outlet)s %(says)s", outlet=record.feed.outlet, says=l10n.gettext(words.summary))
    problem, since = f"{status_text}{http}", _since_text(record, l10n)
    if since:
        problem = l10n.gettext("%(says)s%(http)s %(since)s", says=status_text, http=http, since=since)
    tries = l10n.ngettext_or_empty("%(num)s try", "%(num)s tries", record.failures)
    caveat = l10n.gettext(CAVEAT) if CAVEAT in words.todo else ""
    line_start = f"{join(', ', problem, tries)}{':' if detail else '.'}"
    return stored_sentence_line(line_start, detail, l10n, caveat) if detail else CardLine(line_start, remark=caveat)


def _since_text(record: FeedRecord, l10n: Localizer) -> str:
    return l10n.gettext("since %(when)s", when=l10n.date_time(record.status_since)) if record.status_since else ""
