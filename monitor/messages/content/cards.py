"""Pure. Cards of stories: headline, outlet and time, matched words with reasons, notes and a link."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from monitor.i18n import translate_sentence
from monitor.i18n.labels import VERDICTS
from monitor.messages.content.build import Digest, DigestStory, prominence
from monitor.messages.content.phrasing import Excerpt, Localizer, clean, excerpt, safe_link, shorten
from monitor.model import (
    REASON_OTHER_SCRIPT,
    REASON_SAME_NAME,
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
    Speaker,
    State,
    TextFrom,
)
from monitor.model.message import _

_MAX_HEADLINE_LENGTH = 120
_MAX_REASON_LENGTH = 200
_MAX_NEWS_LENGTH = 160
_MAX_EVIDENCE = 6
_CONTEXT_BEFORE_CHANGE = 60  # characters of unchanged text that are shown before a change


@dataclass(frozen=True, slots=True)
class CardLine:
    """A line in the reader's language, its untranslated rest in English, and a remark."""

    text: str
    english: str = ""
    remark: str = ""

    def __str__(self) -> str:
        return f"{self.text} {self.english}".strip()


@dataclass(frozen=True, slots=True)
class Evidence:
    """A watched name, the words that matched it, and the reasons."""

    name: str
    excerpt: Excerpt
    lang: str  # language of the excerpt, for the HTML attribute
    reason: CardLine
    entity: str = ""  # its id; links it to its page
    is_possible: bool = False  # only then a mail gives the reason
    is_news: bool = False  # the excerpt is of a sentence that the article brought


@dataclass(frozen=True, slots=True)
class Difference:
    """A change of an article: its label, and the words before and after (one of them may be empty)."""

    label: CardLine
    before: str = ""
    after: str = ""
    lang: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """A story of the digest, as it is laid out in text and HTML."""

    item: int
    headline: str
    lang: str
    facts: str
    evidence: tuple[Evidence, ...]
    notes: tuple[CardLine, ...]
    link: str
    differences: tuple[Difference, ...] = ()
    heading: str = ""  # of related stories, on the first of them


def make_card(digest: Digest, story: DigestStory) -> Card:
    """Return the card of a story. The most prominent hits come with evidence, the other names in a note."""
    main_hits = [hit for hit in story.hits if prominence(hit) == prominence(story.hits[0])][:_MAX_EVIDENCE]
    other_hits = [hit for hit in story.hits if hit not in main_hits]
    is_change = story in digest.changed  # its differences are the evidence
    l10n = digest.l10n
    url = f"{digest.base_url.rstrip('/')}/items/{story.item.id}" if digest.base_url else story.shown_article.url
    return Card(
        item=story.item.id,
        headline=headline(story.shown_article, l10n),
        lang=story.shown_article.language,
        facts=_change_facts(story, l10n) if is_change else _article_facts(story, l10n),
        evidence=() if is_change else _with_news(story, [_make_evidence(story, hit, l10n) for hit in main_hits]),
        notes=(
            *_addition_notes(story, l10n),
            *_other_outlets(story, l10n),
            *_other_names([] if is_change else other_hits, l10n),
            *_history_notes(story, l10n),
            *_alert_note(digest, story),
        ),
        link=safe_link(url),
        differences=tuple(_make_difference(story.item, finding, l10n) for finding in story.findings[:_MAX_EVIDENCE]),
    )


def headline(article: ItemArticle, l10n: Localizer) -> str:
    """Return the headline of an article, cleaned and not too long."""
    return shorten(clean(article.headline), _MAX_HEADLINE_LENGTH) or l10n.gettext("(no headline)")


def _change_facts(story: DigestStory, l10n: Localizer) -> str:
    outlet, first = story.shown_article.outlet, l10n.date(story.shown_article.first_seen)
    if changed_at := story.findings[0].found:
        when = l10n.date_time(changed_at)
        return l10n.gettext("%(outlet)s, seen %(when)s (first read %(date)s)", outlet=outlet, when=when, date=first)
    return l10n.gettext("%(outlet)s (first read %(date)s)", outlet=outlet, date=first)


_CHANGE_MESSAGES = {
    Change.GONE: _("absent at %(outlet)s:"),
    Change.NAME_REMOVED: _("%(outlet)s no longer names %(name)s"),
    Change.HEADLINE: _("another headline at %(outlet)s"),
    Change.SENTENCE: _("%(outlet)s changed its wording"),
    Change.READ: _("the page of %(outlet)s could be read now"),
}


def _make_difference(item: ReviewItem, finding: Finding, l10n: Localizer) -> Difference:
    article = next(a for a in item.articles if a.id == finding.article)
    name = next((hit.name for hit in item.hits if hit.entity == finding.entity), l10n.gettext("a watched name"))
    label = shorten(l10n.gettext(_CHANGE_MESSAGES[finding.kind], outlet=article.outlet, name=name), _MAX_REASON_LENGTH)
    if finding.kind is Change.GONE:
        return Difference(_with_reasons(label, [finding.after], l10n))
    before, after = clean(finding.before), clean(finding.after)
    # Long equal beginnings are cut, so that the changed words are within the excerpt.
    common = next(
        (n for n, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), min(len(before), len(after))
    )
    omitted = before[: max(0, common - _CONTEXT_BEFORE_CHANGE)].rpartition(" ")[0]
    before, after = (
        _add_quotation_marks(
            f"{'…' if omitted and text else ''}{shorten(text[len(omitted) :].strip(), _MAX_REASON_LENGTH)}"
        )
        if text
        else ""
        for text in (before, after)
    )
    return Difference(CardLine(f"{label}:" if before or after else label), before, after, article.language)


def _add_quotation_marks(text: str) -> str:
    # A passage that begins with a quotation has its own marks.
    return text if text.startswith("«") else f"«{text}»"


def latest_decision(item: ReviewItem) -> Decision | None:
    """Return the last decision that was not undone, or None."""
    undone_ids = {d.undoes for d in item.history}
    return next((d for d in reversed(item.history) if d.verdict and d.id not in undone_ids), None)


def outlet_words(article: ItemArticle, l10n: Localizer) -> str:
    """Return the outlet of an article, or who tells of it."""
    if article.speaker is Speaker.OTHER_FEED:
        return l10n.gettext("told by %(outlet)s", outlet=article.outlet)
    return article.outlet


def _article_facts(story: DigestStory, l10n: Localizer) -> str:
    """Return the outlet, language and time of the shown article, and the numbers of copies and other articles.

    The time is the outlet's, or ours if the outlet gives none or one in the future.
    """
    article = story.shown_article
    # An outlet's clock may run ahead; a time to come would only confuse.
    published = (
        article.published if article.published and article.published <= article.first_seen else article.first_seen
    )
    language = f" ({article.language})" if article.language else ""
    facts = [f"{outlet_words(article, l10n)}{language} {l10n.date_time(published)}"]
    if story.copies:
        copies = l10n.ngettext("%(num)s copy", "%(num)s copies", story.copies)
        outlets = len({a.outlet for a in story.arrived_articles if not a.is_report})
        spread = l10n.ngettext("in %(num)s outlet", "in %(num)s outlets", outlets)
        facts.append(l10n.gettext("%(copies)s %(spread)s", copies=copies, spread=spread) if outlets > 1 else copies)
    articles_by_language = Counter(a.language for a in story.arrived_articles if a.is_report and a.id != article.id)
    for code, count in sorted(articles_by_language.items()):
        language_name = l10n.language_name(code)
        facts.append(
            l10n.ngettext(
                "%(num)s more article in %(its)s", "%(num)s more articles in %(its)s", count, its=language_name
            )
            if code == article.language
            else l10n.ngettext("%(num)s article in %(its)s", "%(num)s articles in %(its)s", count, its=language_name)
        )
    if article.text_from is TextFrom.FEED:
        facts.append(l10n.gettext("only title and summary"))
    return "; ".join(facts)


def _make_evidence(story: DigestStory, hit: ItemHit, l10n: Localizer) -> Evidence:
    """Return the best mention of a hit with its reasons.

    An organisation alerts only together with other words; `hit.why` names them. A person needs no such reason.
    """
    is_strong = hit.confidence is Confidence.STRONG
    words, lang, reasons = Excerpt("", hit.name, ""), "", []
    if hit.mentions:
        best_mention = max(hit.mentions, key=lambda item_mention: _evidence_rank(item_mention, story))
        words, reasons = (
            excerpt(best_mention.sentence, best_mention.mention.text),
            _informative_reasons(best_mention.mention.reasons),
        )
        lang = next((a.language for a in story.item.articles if a.id == best_mention.article), "")
    if is_strong and hit.type is not EntityType.PERSON and hit.why not in reasons:
        reasons.append(hit.why)
    confidence = l10n.gettext("clear") if is_strong else l10n.gettext("possible")
    reasons = list(filter(None, reasons))
    reason = _with_reasons(f"{confidence}:", reasons, l10n) if reasons else CardLine(confidence)
    is_news = bool(hit.mentions) and _is_news(best_mention, story)
    return Evidence(hit.name if is_strong else f"{hit.name}?", words, lang, reason, hit.entity, not is_strong, is_news)


def _with_news(story: DigestStory, evidence: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """Return the evidence; its first line is a sentence that the article brought if no line has one already."""
    article = story.shown_article
    news = next((p.text for p in story.item.news_in(article) if p.field is Field.TEXT), "")
    if not news or not evidence or any(line.is_news for line in evidence):
        return tuple(evidence)
    words = Excerpt(shorten(" ".join(clean(news).split()), _MAX_NEWS_LENGTH), "", "")
    return (replace(evidence[0], excerpt=words, lang=article.language, is_news=True), *evidence[1:])


def _is_news(item_mention: ItemMention, story: DigestStory) -> bool:
    """Return True for a mention in a sentence of its text that the shown article brought to the item."""
    mention, article = item_mention.mention, story.shown_article
    return item_mention.article == article.id and any(
        passage.field is mention.field is Field.TEXT
        and passage.span.start <= mention.span.start
        and mention.span.end <= passage.span.end
        for passage in story.item.news_in(article)
    )


def _informative_reasons(reasons: Sequence[str]) -> list[str]:
    """Return at most three reasons that add to the name on the card; if none does, the first reason."""
    identity_messages = {REASON_SAME_NAME, REASON_OTHER_SCRIPT}
    informative = [
        reason for reason in reasons if not (isinstance(reason, Message) and reason.template in identity_messages)
    ]
    return informative[:3] or list(reasons[:1])


def _with_reasons(text: str, reasons: Sequence[str], l10n: Localizer) -> CardLine:
    """Return `text` with the reasons; old stored reasons that have no translation stay English."""
    translated = [translate_sentence(reason, l10n.language) for reason in reasons]
    explanation = shorten("; ".join(words.rstrip(".") for words, _ in translated), _MAX_REASON_LENGTH)
    return (
        CardLine(text, explanation)
        if any(language == "en" for _, language in translated)
        else CardLine(f"{text} {explanation}")
    )


def _evidence_rank(item_mention: ItemMention, story: DigestStory) -> tuple[bool, bool, bool, bool, float]:
    """Return the sort key of a mention.

    Strong ones come first, then those in the shown article, in what it brought, in its text, then by score.
    """
    # The text goes before the headline, which is on the card already.
    mention = item_mention.mention
    return (
        mention.confidence is Confidence.STRONG,
        item_mention.article == story.shown_article.id,
        _is_news(item_mention, story),
        mention.field is Field.TEXT,
        mention.score,
    )


def _other_outlets(story: DigestStory, l10n: Localizer) -> list[CardLine]:
    """Return a line with the other outlets whose own articles came: the card has the headline of one only."""
    reports = (article.outlet for article in story.arrived_articles if article.is_report)
    names = [outlet for outlet in dict.fromkeys(reports) if outlet != story.shown_article.outlet]
    return [CardLine(l10n.gettext("Also reported by: %(names)s.", names=", ".join(names)))] if names else []


def _other_names(hits: list[ItemHit], l10n: Localizer) -> list[CardLine]:
    strong = ", ".join(h.name for h in hits if h.confidence is Confidence.STRONG)
    possible = ", ".join(h.name for h in hits if h.confidence is Confidence.POSSIBLE)
    names = "; ".join(filter(None, (strong, possible and l10n.gettext("possibly %(names)s", names=possible))))
    return [CardLine(l10n.gettext("Also: %(names)s", names=names))] if names else []


def _history_notes(story: DigestStory, l10n: Localizer) -> list[CardLine]:
    """Return the note of the latest decision and, unless a finding on the card says it, why the story is back."""
    item, notes = story.item, []
    decision = latest_decision(item)
    if decision and decision.verdict:
        date, verdict = l10n.date(decision.at), l10n.gettext(VERDICTS[decision.verdict])
        name = next((hit.name for hit in item.hits if hit.entity == decision.entity), "")
        text = (
            l10n.gettext("Decision about %(name)s on %(date)s: %(verdict)s", name=name, date=date, verdict=verdict)
            if name
            else l10n.gettext("Decision on %(date)s: %(verdict)s", date=date, verdict=verdict)
        )
        notes.append(CardLine(text))
    # The store gives a finding and the reopening for it the same time.
    arrival_times = {article.filed for article in story.arrived_articles if article.additions}
    is_on_card = item.reopened_at in {*arrival_times, *(finding.found for finding in story.findings)}
    if item.reopened and not is_on_card and item.state in {State.OPEN, State.FOLLOW_UP}:
        intro = (
            l10n.gettext("Why it is back:") if item.state is State.FOLLOW_UP else l10n.gettext("Why it is told again:")
        )
        notes.append(_with_reasons(intro, [item.reopened], l10n))
    return notes


def _addition_notes(story: DigestStory, l10n: Localizer) -> list[CardLine]:
    """Return a line for each arrived article that somebody added by hand: who and why."""
    lines = []
    for addition in (addition for article in story.arrived_articles for addition in article.additions):
        author = l10n.gettext("Added by hand: %(who)s.", who=addition.by)
        lines.append(CardLine(f"{author} {shorten(clean(addition.note), _MAX_REASON_LENGTH)}".strip()))
    return lines


def _alert_note(digest: Digest, story: DigestStory) -> list[CardLine]:
    """Return a line with who was told of the story at once, and when first."""
    l10n = digest.l10n
    times: dict[str, str] = {}
    for name in digest.input.alerted:
        if name.item == story.item.id and name.at:
            # `alerted` begins with the first alert, so the first time is kept.
            times.setdefault(name.audience, l10n.date_time(name.at))
    people = ", ".join(f"{audience} ({at})" for audience, at in times.items())
    return [CardLine(l10n.gettext("Told at once: %(names)s", names=people))] if people else []
