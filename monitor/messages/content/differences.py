"""Pure. Changes of an article on a card: the words before and after."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from monitor.messages.content.notes import MAX_REASON_LENGTH, with_reasons
from monitor.messages.content.phrasing import CardLine, Localizer, clean, shorten
from monitor.model import Change, Finding, ReviewItem
from monitor.model.message import _
from monitor.text.differences import without_lone_marks

MAX_DIFFERENCES = 2
_CONTEXT_BEFORE_CHANGE = 60  # characters of unchanged text that are shown before a change


@dataclass(frozen=True, slots=True)
class Difference:
    """A change of an article: its label, and the words before and after (one of them may be empty).

    The label is empty below another change with the same one.
    """

    label: CardLine
    before: str = ""
    after: str = ""
    lang: str = ""


_CHANGE_MESSAGES = {
    Change.GONE: _("absent at %(outlet)s:"),
    Change.NAME_REMOVED: _("%(outlet)s no longer names %(name)s"),
    Change.HEADLINE: _("another headline at %(outlet)s"),
    Change.SENTENCE: _("%(outlet)s changed its wording"),
    Change.READ: _("the page of %(outlet)s could be read now"),
}


def make_differences(item: ReviewItem, findings: Sequence[Finding], l10n: Localizer) -> tuple[Difference, ...]:
    """Return the changes of a card; what one outlet wrote anew has one label."""
    reworded = Counter(finding.article for finding in findings if finding.kind in {Change.HEADLINE, Change.SENTENCE})
    differences, last_label = list[Difference](), CardLine("")
    for finding in findings:
        is_one_of_several = finding.kind is Change.HEADLINE and reworded[finding.article] > 1
        labelled = replace(finding, kind=Change.SENTENCE) if is_one_of_several else finding
        difference = _make_difference(item, labelled, l10n)
        is_repeated, last_label = difference.label == last_label, difference.label
        differences.append(replace(difference, label=CardLine("")) if is_repeated else difference)
    return tuple(differences)


def _make_difference(item: ReviewItem, finding: Finding, l10n: Localizer) -> Difference:
    article = next(a for a in item.articles if a.id == finding.article)
    name = next((hit.name for hit in item.hits if hit.entity == finding.entity), l10n.gettext("a watched name"))
    label = shorten(l10n.gettext(_CHANGE_MESSAGES[finding.kind], outlet=article.outlet, name=name), MAX_REASON_LENGTH)
    if finding.kind is Change.GONE:
        if finding.last_present and finding.seen_at:
            times = {"present": l10n.date_time(finding.last_present), "absent": l10n.date_time(finding.seen_at)}
            words = l10n.gettext(
                "%(outlet)s: present on %(present)s, absent on %(absent)s:", outlet=article.outlet, **times
            )
            label = shorten(words, MAX_REASON_LENGTH)
        return Difference(with_reasons(label, [finding.after], l10n))
    before, after = clean(finding.before), clean(finding.after)
    # Long equal beginnings are cut, so that the changed words are within the excerpt.
    common = next(
        (n for n, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), min(len(before), len(after))
    )
    omitted = before[: max(0, common - _CONTEXT_BEFORE_CHANGE)].rpartition(" ")[0]
    cut = without_lone_marks if omitted else str
    before, after = (
        _add_quotation_marks(f"{'…' if omitted else ''}{shorten(cut(text[len(omitted) :].strip()), MAX_REASON_LENGTH)}")
        if text
        else ""
        for text in (before, after)
    )
    return Difference(CardLine(f"{label}:" if before or after else label), before, after, article.language)


def more_differences(excess: int, l10n: Localizer) -> str:
    """Return how many of the changes the card does not show; "" for none."""
    return l10n.ngettext_or_empty("%(num)s more change.", "%(num)s more changes.", excess)


def _add_quotation_marks(text: str) -> str:
    # A passage that begins with a quotation has its own marks.
    return text if text.startswith("«") else f"«{text}»"
