"""Pure. The remarks on a card: other names, who added it, what was decided, why it is back, who was told at once."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.i18n import translate_sentence
from monitor.i18n.labels import VERDICTS
from monitor.messages.content.phrasing import CardLine, Localizer, clean, join, shorten
from monitor.messages.content.stories.build import Digest, DigestStory
from monitor.model import ItemArticle, State
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
    """Return the latest decision on a story with its day, and of a story that came back since that it was so.

    A report gives no day, and says also that there is none yet.
    """
    item, l10n, decision = story.item, digest.l10n, last_effective(story.item)
    if digest.is_report and item.state in UNDECIDED:
        return l10n.gettext("not yet reviewed")
    if not decision or not decision.verdict:
        return ""
    # Of a story whose names were decided on one by one, what that makes of the whole.
    verdict = item.verdict if decision.entity and item.state is State.DECIDED else None
    name = "" if verdict else next((hit.name for hit in item.hits if hit.entity == decision.entity), "")
    words = join(" ", l10n.gettext(VERDICTS[verdict or decision.verdict]), name and f"({name})")
    if digest.is_report:
        return words
    day, is_back = l10n.date(decision.at), bool(item.reopened_at and item.reopened_at > decision.at)
    if is_back and item.state in UNDECIDED:
        return l10n.gettext("was %(verdict)s on %(day)s", verdict=words, day=day)
    return f"{words}, {day}"


def history_notes(digest: Digest, story: DigestStory, quoted_article: ItemArticle | None) -> list[CardLine]:
    """Return why a story is back, unless the card says it: by a finding, or by what `quoted_article` brought."""
    item, l10n, notes = story.item, digest.l10n, list[CardLine]()
    # The store gives what is new and the reopening for it the same time.
    arrival_times = {a.filed for a in story.arrived_articles if a.additions or a == quoted_article}
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
    return [CardLine(l10n.gettext("Immediate alert: %(names)s", names=people))] if people else []
