"""Pure. The remarks on a card: other names, who added it, what was decided, why it is back, who was told at once."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.i18n import translate_sentence
from monitor.i18n.labels import VERDICTS
from monitor.messages.content.phrasing import CardLine, Localizer, capitalize, clean, shorten
from monitor.messages.content.stories.build import Digest, DigestStory
from monitor.model import State
from monitor.model.items.history import last_effective

MAX_REASON_LENGTH = 200


def with_reasons(text: str, reasons: Sequence[str], l10n: Localizer) -> CardLine:
    """Return `text` with the reasons; old stored reasons that have no translation stay English."""
    translated = [translate_sentence(reason, l10n.language) for reason in reasons]
    explanation = shorten("; ".join(words.rstrip(".") for words, _ in translated), MAX_REASON_LENGTH)
    return (
        CardLine(text, explanation)
        if any(language == "en" for _, language in translated)
        else CardLine(f"{text} {explanation}".strip())
    )


UNDECIDED = frozenset({State.OPEN, State.FOLLOW_UP})


def decision_in_short(digest: Digest, story: DigestStory) -> str:
    """Return what was decided on a story; in a report also that nobody judged it yet."""
    item = story.item
    if item.state is State.DECIDED and item.verdict:
        return digest.l10n.gettext(VERDICTS[item.verdict])
    return digest.l10n.gettext("not yet judged") if digest.is_report and item.state in UNDECIDED else ""


def history_notes(digest: Digest, story: DigestStory) -> list[CardLine]:
    """Return the note of the latest decision and, unless a finding on the card says it, why the story is back."""
    item, l10n, notes = story.item, digest.l10n, list[CardLine]()
    decision = last_effective(item)
    if decision and decision.verdict:
        date, verdict = l10n.date(decision.at), l10n.gettext(VERDICTS[decision.verdict])
        name = next((hit.name for hit in item.hits if hit.entity == decision.entity), "")
        text = (
            l10n.gettext("Decision about %(name)s on %(date)s: %(verdict)s", name=name, date=date, verdict=verdict)
            if name
            else l10n.gettext("Decision on %(date)s: %(verdict)s", date=date, verdict=verdict)
        )
        notes.append(CardLine(text))
    if item.state in UNDECIDED and (words := decision_in_short(digest, story)):
        notes.append(CardLine(capitalize(words)))
    # The store gives a finding and the reopening for it the same time.
    arrival_times = {article.filed for article in story.arrived_articles if article.additions}
    is_on_card = item.reopened_at in {*arrival_times, *(finding.found for finding in story.findings)}
    if item.reopened and not is_on_card and item.state in UNDECIDED:
        intro = (
            l10n.gettext("Why it is back:") if item.state is State.FOLLOW_UP else l10n.gettext("Why it is told again:")
        )
        notes.append(with_reasons(intro, [item.reopened], l10n))
    return notes


def addition_notes(story: DigestStory, l10n: Localizer) -> list[CardLine]:
    """Return a line for each arrived article that somebody added by hand: who and why."""
    lines = []
    for addition in (addition for article in story.arrived_articles for addition in article.additions):
        author = l10n.gettext("Added by hand: %(who)s.", who=addition.by)
        lines.append(CardLine(f"{author} {shorten(clean(addition.note), MAX_REASON_LENGTH)}".strip()))
    return lines


def alert_note(digest: Digest, story: DigestStory) -> list[CardLine]:
    """Return a line with who was told of the story at once, and when first."""
    l10n = digest.l10n
    times: dict[str, str] = {}
    for name in digest.input.alerted:
        if name.item == story.item.id and name.at:
            # `alerted` begins with the first alert, so the first time is kept.
            times.setdefault(name.audience, l10n.date_time(name.at))
    people = ", ".join(f"{audience} ({at})" for audience, at in times.items())
    return [CardLine(l10n.gettext("Told at once: %(names)s", names=people))] if people else []
