"""Pure. A story as a card: headline, where and when, the words that matched and why, what else, a link."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from monitor.digest.make import RANK, Digest, Told, is_loud
from monitor.digest.opening import times_of
from monitor.digest.words import Excerpt, Times, clean, excerpt, language, link, listed, many
from monitor.model import (
    Confidence,
    EntityType,
    Field,
    ItemArticle,
    ItemHit,
    ItemMention,
    State,
    TextFrom,
    Verdict,
)

_LONGEST_HEADLINE = 120
_LONGEST_NAME = 60
_LONGEST_REASON = 200
_MOST_EVIDENCE = 6
_MOST_REASONS = 3
_SURE = {Confidence.STRONG: "clear", Confidence.POSSIBLE: "possible"}
_DECIDED = {
    Verdict.RELEVANT: "relevant",
    Verdict.NOT_RELEVANT: "not relevant",
    Verdict.UNSURE: "ask a colleague",
    Verdict.LATER: "later",
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """A watched name, the words it was found as, and why; `lang` is the words' language."""

    name: str
    excerpt: Excerpt
    lang: str
    reason: str


@dataclass(frozen=True, slots=True)
class Card:
    item: int
    headline: str
    lang: str
    facts: str
    evidence: tuple[Evidence, ...]
    notes: tuple[str, ...]
    link: str


def card(digest: Digest, told: Told) -> Card:
    times, shown = times_of(digest), told.shown
    main = _main_hits(told)
    others = sorted((hit for hit in told.item.hits if hit not in main), key=lambda h: RANK[h.type])
    return Card(
        item=told.item.id,
        headline=clean(shown.headline, _LONGEST_HEADLINE) or "(no headline)",
        lang=clean(shown.language),
        facts=_facts(told, times),
        evidence=tuple(_evidence(told, hit) for hit in main),
        notes=tuple(filter(None, (_also(others), *_state(told, times)))),
        link=_link(digest, told),
    )


def _main_hits(told: Told) -> list[ItemHit]:
    """The hits shown with their words: those of the foremost kind among the ones that alert, else among all."""
    hits = [h for h in told.hits if is_loud(h)] or list(told.hits)
    return [h for h in hits if RANK[h.type] == RANK[hits[0].type]][:_MOST_EVIDENCE] if hits else []


def _evidence(told: Told, hit: ItemHit) -> Evidence:
    name = clean(hit.name, _LONGEST_NAME)
    reasons: list[str] = []
    words, lang = Excerpt("", name, ""), ""
    if found := _best_mention(told, hit):
        reasons += found.mention.why[:_MOST_REASONS]
        words = excerpt(found.sentence, found.mention.text)
        lang = next((a.language for a in told.item.articles if a.id == found.article), "")
    if hit.type is not EntityType.PERSON and hit.why not in reasons:  # a body alerts beside something: beside what
        reasons.append(hit.why)
    why = "; ".join(clean(reason).rstrip(".") for reason in reasons if reason)
    sure = hit.confidence is Confidence.STRONG
    return Evidence(
        name=name if sure else f"{name}?",
        excerpt=words,
        lang=clean(lang),
        reason=clean(f"{_SURE[hit.confidence]}: {why}" if why else _SURE[hit.confidence], _LONGEST_REASON),
    )


def _best_mention(told: Told, hit: ItemHit) -> ItemMention | None:
    """The surest; of those one in the article shown, then in the text: the headline is on the card already."""
    arrived = {a.id: place for place, a in enumerate(told.arrived)} | {told.shown.id: -1}
    mentions = [m for m in hit.mentions if m.article in arrived] or list(hit.mentions)

    def worth(found: ItemMention) -> tuple[bool, int, bool, float, int]:
        mention = found.mention
        return (
            mention.confidence is Confidence.POSSIBLE,
            arrived.get(found.article, len(arrived)),
            mention.field is Field.TITLE,
            -mention.score,
            mention.span.start,
        )

    return min(mentions, key=worth, default=None)


def _facts(told: Told, times: Times) -> str:
    shown = told.shown
    where = clean(shown.outlet, _LONGEST_NAME) + (f" ({clean(shown.language)})" if shown.language else "")
    parts = [
        f"{where} {times.moment(_when(shown))}",
        _copies(told),
        *_other_articles(told),
        "only title and summary" if shown.text_from is TextFrom.FEED else "",
    ]
    return "; ".join(filter(None, parts))


def _when(article: ItemArticle) -> datetime:
    """When it was published, as the outlet says; when we first saw it, where that is missing or cannot be."""
    published = article.published
    return published if published and published <= article.first_seen else article.first_seen


def _copies(told: Told) -> str:
    outlets = {a.outlet for a in told.arrived if a.copy_of is not None}
    if not outlets:
        return ""
    return many(told.copies, "copy", "copies") + (f" in {len(outlets):,} outlets" if len(outlets) > 1 else "")


def _other_articles(told: Told) -> list[str]:
    """Articles of their own beside the one shown, by language."""
    others = Counter(a.language for a in told.arrived if a.copy_of is None and a.id != told.shown.id)
    same = others.pop(told.shown.language, 0) + others.pop("", 0)
    parts = [f"{same:,} more {'article' if same == 1 else 'articles'}"] if same else []
    return parts + [f"{many(count, 'article')} in {clean(language(code))}" for code, count in sorted(others.items())]


def _also(hits: list[ItemHit]) -> str:
    clear = [clean(h.name, _LONGEST_NAME) for h in hits if h.confidence is Confidence.STRONG]
    possible = [clean(h.name, _LONGEST_NAME) for h in hits if h.confidence is Confidence.POSSIBLE]
    also = [listed(clear)] if clear else []
    also += [f"possibly {listed(possible)}"] if possible else []
    return f"Also: {'; '.join(also)}" if also else ""


def _state(told: Told, times: Times) -> list[str]:
    """What people said of it so far, and why it is back."""
    item, lines = told.item, []
    if told.decided and told.decided.verdict:
        lines.append(f"Your decision on {times.date(told.decided.at)}: {_DECIDED[told.decided.verdict]}")
    if item.reopened and item.state is State.FOLLOW_UP:
        lines.append(f"Why it is back: {clean(item.reopened, _LONGEST_REASON)}")
    latest = told.latest
    if latest and latest.verdict and latest != told.decided:
        name = next((clean(h.name, _LONGEST_NAME) for h in item.hits if h.entity == latest.entity), "")
        of = f" on {name}" if name else ""
        lines.append(f"Decided already{of}: {_DECIDED[latest.verdict]} ({times.moment(latest.at)})")
    if item.state is State.EXPIRED:
        lines.append("Not reviewed in time")
    return lines


def _link(digest: Digest, told: Told) -> str:
    if digest.base_url:
        return link(f"{digest.base_url.rstrip('/')}/items/{told.item.id}")
    return link(told.shown.url)
