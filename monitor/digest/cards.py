"""Pure. A story as a card: headline, where and when, the words that matched and why, what else, a link."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from monitor.digest.make import Digest, Told, prominence
from monitor.digest.words import Times, clean, cut, excerpt, link, many
from monitor.model import (
    Change,
    Confidence,
    Decision,
    EntityType,
    Field,
    Finding,
    ItemArticle,
    ItemHit,
    ItemMention,
    ReviewItem,
    State,
    TextFrom,
)

_LONGEST_HEADLINE = 120
_LONGEST_REASON = 200
_MOST_EVIDENCE = 6
_BEFORE_IT = 60  # characters that are shown of what stayed the same before a change
_LANGUAGES = {
    "": "an unknown language", "ar": "Arabic", "az": "Azerbaijani", "be": "Belarusian", "de": "German",
    "en": "English", "es": "Spanish", "fa": "Persian", "fr": "French", "hy": "Armenian", "ka": "Georgian",
    "kk": "Kazakh", "ky": "Kyrgyz", "mn": "Mongolian", "ru": "Russian", "tg": "Tajik", "tk": "Turkmen",
    "tr": "Turkish", "ug": "Uyghur", "uk": "Ukrainian", "uz": "Uzbek", "zh": "Chinese",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Evidence:
    """A watched name, the words it was found as, and why."""

    name: str
    excerpt: str
    reason: str


@dataclass(frozen=True, slots=True)
class Difference:
    """What changed, and the words before and after: one of them may be empty."""

    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Card:
    item: int
    headline: str
    lang: str
    facts: str
    evidence: tuple[Evidence, ...]
    notes: tuple[str, ...]
    link: str
    differences: tuple[Difference, ...] = ()


def card(digest: Digest, told: Told) -> Card:
    """The foremost names are shown with their words; others are only mentioned."""
    main = [hit for hit in told.hits if prominence(hit) == prominence(told.hits[0])][:_MOST_EVIDENCE]
    others = [hit for hit in told.hits if hit not in main]
    changed = told in digest.changed  # then the words before and after say it all
    url = f"{digest.base_url.rstrip('/')}/items/{told.item.id}" if digest.base_url else told.shown.url
    return Card(
        item=told.item.id,
        headline=cut(clean(told.shown.headline), _LONGEST_HEADLINE) or "(no headline)",
        lang=told.shown.language,
        facts=_seen(told, digest.times) if changed else _facts(told, digest.times),
        evidence=() if changed else tuple(_evidence(told, hit) for hit in main),
        notes=(*_also([] if changed else others), *_so_far(told, digest.times)),
        link=link(url),
        differences=tuple(_difference(told.item, finding) for finding in told.findings[:_MOST_EVIDENCE]),
    )


def _seen(told: Told, times: Times) -> str:
    found = told.findings[0].found
    when = f", seen {times.moment(found)}" if found else ""
    return f"{told.shown.outlet}{when} (first read {times.date(told.shown.first_seen)})"


_CHANGED = {
    Change.GONE: "gone from {outlet}: {after}",
    Change.NAME_REMOVED: "{outlet} no longer names {name}",
    Change.HEADLINE: "another headline at {outlet}",
    Change.SENTENCE: "{outlet} says it otherwise",
    Change.READ: "the page of {outlet} could be read now",
}


def _difference(item: ReviewItem, finding: Finding) -> Difference:
    outlet = next(a.outlet for a in item.articles if a.id == finding.article)
    name = next((hit.name for hit in item.hits if hit.entity == finding.entity), "a watched name")
    what = _CHANGED[finding.kind].format(outlet=outlet, name=name, after=finding.after)
    if finding.kind is Change.GONE:
        return Difference(cut(what, _LONGEST_REASON), "", "")
    before, after = clean(finding.before), clean(finding.after)
    same = next((n for n, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), 0)
    start = before[: max(0, same - _BEFORE_IT)].rpartition(" ")[0]
    before, after = (
        f"«{'…' if start and text else ''}{cut(text[len(start) :].strip(), _LONGEST_REASON)}»" if text else ""
        for text in (before, after)
    )
    return Difference(what, before, after)


def standing(item: ReviewItem) -> Decision | None:
    """The last decision that was not undone."""
    undone = {d.undoes for d in item.history}
    return next((d for d in reversed(item.history) if d.verdict and d.id not in undone), None)


def _facts(told: Told, times: Times) -> str:
    """The outlet, language and hour of the article shown, and what came beside it.

    The hour is the outlet's own; ours where that is missing or cannot be.
    """
    shown = told.shown
    published = shown.published if shown.published and shown.published <= shown.first_seen else shown.first_seen
    language = f" ({shown.language})" if shown.language else ""
    facts = [f"{shown.outlet}{language} {times.moment(published)}"]
    if told.copies:
        outlets = {a.outlet for a in told.arrived if a.copy_of is not None}
        spread = f" in {len(outlets)} outlets" if len(outlets) > 1 else ""
        facts.append(many(told.copies, "copy", "copies") + spread)
    others = Counter(a.language for a in told.arrived if a.copy_of is None and a.id != shown.id)
    for code, count in sorted(others.items()):
        more = "more article" if code == shown.language else "article"
        facts.append(f"{many(count, more)} in {_LANGUAGES.get(code, code)}")
    if shown.text_from is TextFrom.FEED:
        facts.append("only title and summary")
    return "; ".join(facts)


def _evidence(told: Told, hit: ItemHit) -> Evidence:
    """`hit.why` says beside what a body alerts; a person needs no such reason."""
    sure, name = ("clear", hit.name) if hit.confidence is Confidence.STRONG else ("possible", f"{hit.name}?")
    words, reasons = f"«{hit.name}»", []
    if hit.mentions:
        best = max(hit.mentions, key=lambda found: _worth(found, told.shown))
        words, reasons = excerpt(best.sentence, best.mention.text), list(best.mention.why[:3])
    if hit.type is not EntityType.PERSON and hit.why not in reasons:
        reasons.append(hit.why)
    why = "; ".join(reason.rstrip(".") for reason in reasons if reason)
    return Evidence(name, words, cut(f"{sure}: {why}" if why else sure, _LONGEST_REASON))


def _worth(found: ItemMention, shown: ItemArticle) -> tuple[bool, bool, bool, float]:
    """The surest; of those one in the article shown, and in its text: its headline is on the card already."""
    mention = found.mention
    return (
        mention.confidence is Confidence.STRONG,
        found.article == shown.id,
        mention.field is Field.TEXT,
        mention.score,
    )


def _also(hits: list[ItemHit]) -> list[str]:
    clear = ", ".join(h.name for h in hits if h.confidence is Confidence.STRONG)
    possible = ", ".join(h.name for h in hits if h.confidence is Confidence.POSSIBLE)
    also = "; ".join(filter(None, (clear, possible and f"possibly {possible}")))
    return [f"Also: {also}"] if also else []


def _so_far(told: Told, times: Times) -> list[str]:
    """What people said of it, and why it is back, where no change above says so."""
    item, notes = told.item, []
    decision = standing(item)
    if decision and decision.verdict:
        names = [hit.name for hit in item.hits if hit.entity == decision.entity]
        about = f" about {names[0]}" if names else ""
        notes.append(f"Your decision{about} on {times.date(decision.at)}: {decision.verdict.replace('-', ' ')}")
    shown = item.reopened_at in {finding.found for finding in told.findings}
    if item.reopened and not shown and item.state in {State.OPEN, State.FOLLOW_UP}:
        again = "it is back" if item.state is State.FOLLOW_UP else "it is told again"
        notes.append(f"Why {again}: {cut(item.reopened, _LONGEST_REASON)}")
    return notes
