"""Pure. A story as a card: headline, where and when, the words that matched and why, what else, a link."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from monitor.digest.build import Digest, DigestStory, prominence
from monitor.digest.phrasing import Excerpt, Voice, clean, cut, excerpt, link
from monitor.i18n import worded
from monitor.i18n.labels import VERDICTS
from monitor.model import (
    IN_OTHER_SCRIPT,
    IS,
    Change,
    Confidence,
    Decision,
    EntityType,
    Field,
    Finding,
    ItemArticle,
    ItemHit,
    ItemMention,
    Message,
    ReviewItem,
    State,
    TextFrom,
)
from monitor.model.message import _

_LONGEST_HEADLINE = 120
_LONGEST_REASON = 200
_MOST_EVIDENCE = 6
_BEFORE_IT = 60  # characters that are shown of what stayed the same before a change


@dataclass(frozen=True, slots=True)
class CardLine:
    """A passage in the reader's language, what follows it in the English it is stored in, and a remark."""

    text: str
    english: str = ""
    aside: str = ""

    def __str__(self) -> str:
        return f"{self.text} {self.english}".strip()


@dataclass(frozen=True, slots=True)
class Evidence:
    """A watched name, the words it was found as, and why."""

    name: str
    excerpt: Excerpt
    lang: str  # of the excerpt
    reason: CardLine


@dataclass(frozen=True, slots=True)
class Difference:
    """What changed, and the words before and after: one of them may be empty."""

    what: CardLine
    before: str = ""
    after: str = ""
    lang: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    item: int
    headline: str
    lang: str
    facts: str
    evidence: tuple[Evidence, ...]
    notes: tuple[CardLine, ...]
    link: str
    differences: tuple[Difference, ...] = ()


def card(digest: Digest, told: DigestStory) -> Card:
    """The foremost names are shown with their words; others are only mentioned."""
    main = [hit for hit in told.hits if prominence(hit) == prominence(told.hits[0])][:_MOST_EVIDENCE]
    others = [hit for hit in told.hits if hit not in main]
    changed = told in digest.changed  # then the words before and after say it all
    voice = digest.voice
    url = f"{digest.base_url.rstrip('/')}/items/{told.item.id}" if digest.base_url else told.shown.url
    return Card(
        item=told.item.id,
        headline=cut(clean(told.shown.headline), _LONGEST_HEADLINE) or voice.say("(no headline)"),
        lang=told.shown.language,
        facts=_seen(told, voice) if changed else _facts(told, voice),
        evidence=() if changed else tuple(_evidence(told, hit, voice) for hit in main),
        notes=(*_also([] if changed else others, voice), *_so_far(told, voice)),
        link=link(url),
        differences=tuple(_difference(told.item, finding, voice) for finding in told.findings[:_MOST_EVIDENCE]),
    )


def _seen(told: DigestStory, voice: Voice) -> str:
    outlet, first = told.shown.outlet, voice.date(told.shown.first_seen)
    if found := told.findings[0].found:
        when = voice.moment(found)
        return voice.say("%(outlet)s, seen %(when)s (first read %(date)s)", outlet=outlet, when=when, date=first)
    return voice.say("%(outlet)s (first read %(date)s)", outlet=outlet, date=first)


_CHANGED = {
    Change.GONE: _("gone from %(outlet)s:"),
    Change.NAME_REMOVED: _("%(outlet)s no longer names %(name)s"),
    Change.HEADLINE: _("another headline at %(outlet)s"),
    Change.SENTENCE: _("%(outlet)s says it otherwise"),
    Change.READ: _("the page of %(outlet)s could be read now"),
}


def _difference(item: ReviewItem, finding: Finding, voice: Voice) -> Difference:
    article = next(a for a in item.articles if a.id == finding.article)
    name = next((hit.name for hit in item.hits if hit.entity == finding.entity), voice.say("a watched name"))
    what = cut(voice.say(_CHANGED[finding.kind], outlet=article.outlet, name=name), _LONGEST_REASON)
    if finding.kind is Change.GONE:
        return Difference(_reasoned(what, [finding.after], voice))
    before, after = clean(finding.before), clean(finding.after)
    same = next((n for n, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), 0)
    start = before[: max(0, same - _BEFORE_IT)].rpartition(" ")[0]
    before, after = (
        _quoted(f"{'…' if start and text else ''}{cut(text[len(start) :].strip(), _LONGEST_REASON)}") if text else ""
        for text in (before, after)
    )
    return Difference(CardLine(f"{what}:" if before or after else what), before, after, article.language)


def _quoted(text: str) -> str:
    """What begins as a quotation has its marks already."""
    return text if text.startswith("«") else f"«{text}»"


def standing(item: ReviewItem) -> Decision | None:
    """The last decision that was not undone."""
    undone = {d.undoes for d in item.history}
    return next((d for d in reversed(item.history) if d.verdict and d.id not in undone), None)


def _facts(told: DigestStory, voice: Voice) -> str:
    """The outlet, language and hour of the article shown, and what came beside it.

    The hour is the outlet's own; ours where that is missing or cannot be.
    """
    shown = told.shown
    published = shown.published if shown.published and shown.published <= shown.first_seen else shown.first_seen
    language = f" ({shown.language})" if shown.language else ""
    facts = [f"{shown.outlet}{language} {voice.moment(published)}"]
    if told.copies:
        copies = voice.count("%(num)s copy", "%(num)s copies", told.copies)
        outlets = len({a.outlet for a in told.arrived if a.copy_of is not None})
        spread = voice.count("in %(num)s outlet", "in %(num)s outlets", outlets)
        facts.append(f"{copies} {spread}" if outlets > 1 else copies)
    others = Counter(a.language for a in told.arrived if a.copy_of is None and a.id != shown.id)
    for code, count in sorted(others.items()):
        its = voice.language_of(code)
        facts.append(
            voice.count("%(num)s more article in %(its)s", "%(num)s more articles in %(its)s", count, its=its)
            if code == shown.language
            else voice.count("%(num)s article in %(its)s", "%(num)s articles in %(its)s", count, its=its)
        )
    if shown.text_from is TextFrom.FEED:
        facts.append(voice.say("only title and summary"))
    return "; ".join(facts)


def _evidence(told: DigestStory, hit: ItemHit, voice: Voice) -> Evidence:
    """`hit.why` says beside what a body alerts; a person needs no such reason."""
    clear = hit.confidence is Confidence.STRONG
    words, lang, reasons = Excerpt("", hit.name, ""), "", []
    if hit.mentions:
        best = max(hit.mentions, key=lambda found: _worth(found, told.shown))
        words, reasons = excerpt(best.sentence, best.mention.text), _telling(best.mention.why)
        lang = next((a.language for a in told.item.articles if a.id == best.article), "")
    if clear and hit.type is not EntityType.PERSON and hit.why not in reasons:
        reasons.append(hit.why)
    sure = voice.say("clear") if clear else voice.say("possible")
    reasons = list(filter(None, reasons))
    reason = _reasoned(f"{sure}:", reasons, voice) if reasons else CardLine(sure)
    return Evidence(hit.name if clear else f"{hit.name}?", words, lang, reason)


def _telling(why: Sequence[str]) -> list[str]:
    """The first reasons that say more than who it is, which stands beside them; where none does, the first."""
    said = {IS, IN_OTHER_SCRIPT}
    more = [reason for reason in why if not (isinstance(reason, Message) and reason.message in said)]
    return more[:3] or list(why[:1])


def _reasoned(text: str, reasons: Sequence[str], voice: Voice) -> CardLine:
    """With the reasons in the reader's language, but for those of before they could be said in it."""
    said = [worded(reason, voice.language) for reason in reasons]
    why = cut("; ".join(words.rstrip(".") for words, _ in said), _LONGEST_REASON)
    return CardLine(text, why) if any(language == "en" for _, language in said) else CardLine(f"{text} {why}")


def _worth(found: ItemMention, shown: ItemArticle) -> tuple[bool, bool, bool, float]:
    """The surest; of those one in the article shown, and in its text: its headline is on the card already."""
    mention = found.mention
    return (
        mention.confidence is Confidence.STRONG,
        found.article == shown.id,
        mention.field is Field.TEXT,
        mention.score,
    )


def _also(hits: list[ItemHit], voice: Voice) -> list[CardLine]:
    clear = ", ".join(h.name for h in hits if h.confidence is Confidence.STRONG)
    possible = ", ".join(h.name for h in hits if h.confidence is Confidence.POSSIBLE)
    also = "; ".join(filter(None, (clear, possible and voice.say("possibly %(names)s", names=possible))))
    return [CardLine(voice.say("Also: %(names)s", names=also))] if also else []


def _so_far(told: DigestStory, voice: Voice) -> list[CardLine]:
    """What people said of it, and why it is back, where no change above says so."""
    item, notes = told.item, []
    decision = standing(item)
    if decision and decision.verdict:
        date, verdict = voice.date(decision.at), voice.say(VERDICTS[decision.verdict])
        name = next((hit.name for hit in item.hits if hit.entity == decision.entity), "")
        said = (
            voice.say("Decision about %(name)s on %(date)s: %(verdict)s", name=name, date=date, verdict=verdict)
            if name
            else voice.say("Decision on %(date)s: %(verdict)s", date=date, verdict=verdict)
        )
        notes.append(CardLine(said))
    shown = item.reopened_at in {finding.found for finding in told.findings}
    if item.reopened and not shown and item.state in {State.OPEN, State.FOLLOW_UP}:
        why = voice.say("Why it is back:") if item.state is State.FOLLOW_UP else voice.say("Why it is told again:")
        notes.append(_reasoned(why, [item.reopened], voice))
    return notes
