"""Pure. Cards of stories: headline, outlet and time, matched words with reasons, notes and a link."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence, Set
from dataclasses import dataclass

from monitor.i18n import translate_sentence
from monitor.messages.content.differences import MAX_DIFFERENCES, Difference, make_differences, more_differences
from monitor.messages.content.notes import (
    MAX_REASON_LENGTH,
    addition_notes,
    alert_note,
    history_notes,
    other_names,
    with_reasons,
)
from monitor.messages.content.phrasing import (
    CardLine,
    Excerpt,
    Localizer,
    clean,
    excerpt,
    safe_link,
    shorten,
    whole_sentence,
)
from monitor.messages.content.stories.build import Digest, DigestStory, is_pressure_rewriting, prominence
from monitor.model import (
    REASON_OTHER_SCRIPT,
    REASON_SAME_NAME,
    Change,
    Confidence,
    EntityType,
    Field,
    ItemArticle,
    ItemHit,
    ItemMention,
    Message,
    Speaker,
    TextFrom,
)
from monitor.text.lead import lead_sentence, order_articles, told_at
from monitor.text.normalize import fold
from monitor.urls import without_tracking

_MAX_HEADLINE_LENGTH = 120
_MAX_EVIDENCE = 6
_MAX_INCIDENTS = 3
_MAX_NEWS_LENGTH = 200
_MAX_REPORTS = 2  # headlines of other outlets on a card; further outlets are counted
_SAME_STEMS = 0.6  # of the words of the shorter of two headlines: they say the same
_STEM = 5  # letters


_WORD = re.compile(r"[^\W_]{3,}")


@dataclass(frozen=True, slots=True)
class Evidence:
    """Watched names with the sentence that shows them, and the reasons of a possible one."""

    names: tuple[tuple[str, str], ...]  # with their ids, which link them to their pages
    excerpt: Excerpt
    lang: str  # language of the excerpt, for the HTML attribute
    reason: CardLine
    is_possible: bool = False  # only then a mail gives the reason

    @property
    def name(self) -> str:
        return ", ".join(name for name, _ in self.names)


@dataclass(frozen=True, slots=True)
class OwnReport:
    """An article of another outlet with a headline of its own."""

    outlet: str
    headline: str
    lang: str
    sentence: str = ""  # that it brought to a story of which it repeats another article

    def __str__(self) -> str:
        return f"{self.outlet} ({self.lang or '?'}): {' — '.join(filter(None, (self.headline, self.sentence)))}"


@dataclass(frozen=True, slots=True)
class Card:
    """A story of the digest, as it is laid out in text and HTML."""

    item: int
    headline: str
    lang: str
    facts: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    notes: tuple[CardLine, ...]
    link: str
    reports: tuple[OwnReport, ...] = ()
    differences: tuple[Difference, ...] = ()
    more_differences: str = ""  # how many are not shown
    reasons: tuple[tuple[str, CardLine], ...] = ()  # why its names count, for the desk
    heading: str = ""  # of related stories, on the first of them
    is_in_group: bool = False  # of related stories
    incidents: tuple[str, ...] = ()  # what happened to whom, in the reader's language

    @property
    def is_possible(self) -> bool:
        """Return True if it names nobody for sure: then each of its names has its reason."""
        return bool(self.evidence) and all(line.is_possible for line in self.evidence)


def make_card(digest: Digest, story: DigestStory) -> Card:
    """Return the card of a story: its headline and sentence for this reader, and what else its articles bring."""
    lead, l10n = digest.lead_of(story), digest.l10n
    is_change = story in digest.changed  # its differences are the evidence
    main_hits = [hit for hit in story.hits if prominence(hit) == prominence(story.hits[0])][:_MAX_EVIDENCE]
    lines = [_make_evidence(story, hit, l10n) for hit in main_hits]
    is_possible = bool(lines) and all(line.is_possible for line in lines)
    evidence = () if is_change else tuple(lines) if is_possible else _lead_evidence(digest, story, lead)
    named_entities = {entity for line in evidence for _, entity in line.names}
    unshown_hits = [hit for hit in story.hits if hit.entity not in named_entities]
    other_hits = [hit for hit in unshown_hits if hit.type is not EntityType.PRESS]  # whose incidents are told
    # Of many changes those that exchange a word of pressure come first.
    findings = sorted(story.findings, key=lambda finding: not (finding.before and is_pressure_rewriting(finding)))
    shown_findings = findings[:MAX_DIFFERENCES]
    # What an outlet exchanged is told once: its new headline stands in the change.
    told_ids = {lead.id, *(finding.article for finding in shown_findings if finding.kind is Change.HEADLINE)}
    reports, more_outlets = _other_reports(digest, story, lead, told_ids)
    return Card(
        item=story.item.id,
        headline=headline(lead, l10n),
        lang=lead.language,
        facts=(_change_facts(story, l10n),) if is_change else _article_facts(story, lead, reports, told_ids, l10n),
        evidence=evidence,
        notes=(
            *addition_notes(story, l10n),
            *_more_outlets(more_outlets, l10n),
            *other_names([] if is_change else other_hits, l10n),
            *history_notes(story, l10n),
            *alert_note(digest, story),
        ),
        link=story_link(digest, story),
        reports=reports,
        differences=make_differences(story.item, shown_findings, l10n),
        more_differences=more_differences(len(findings), l10n),
        reasons=tuple((line.name, line.reason) for line in lines),
        incidents=tuple(
            shorten(clean(translate_sentence(m.in_words(), digest.language)[0]), MAX_REASON_LENGTH)
            for m in story.incidents[:_MAX_INCIDENTS]
        ),
    )


def story_link(digest: Digest, story: DigestStory) -> str:
    """Return the address of a story at the desk, or where there is none of its article."""
    if digest.base_url:
        return safe_link(f"{digest.base_url.rstrip('/')}/items/{story.item.id}")
    return safe_link(without_tracking(digest.lead_of(story).url))


def _lead_evidence(digest: Digest, story: DigestStory, lead: ItemArticle) -> tuple[Evidence, ...]:
    """Return the sentence that stands below the headline, with the names that stand in it."""
    sentence = lead_sentence(digest.item_of(story), lead)
    marked_entities = {entity for part in sentence.parts for entity in part.entities} if sentence else set()
    hits = [hit for hit in story.hits if hit.type is not EntityType.PRESS]  # whose incidents are told
    if not story.hits:
        return ()
    in_sentence = [hit for hit in hits if hit.entity in marked_entities]
    names = tuple((_name(hit), hit.entity) for hit in in_sentence or hits[:1])
    if sentence is None:
        return (Evidence(names, Excerpt(), "", CardLine("")),)
    return (Evidence(names, whole_sentence(sentence.parts), sentence.article.language, CardLine("")),)


def _name(hit: ItemHit) -> str:
    return hit.name if hit.confidence is Confidence.STRONG else f"{hit.name}?"


def _other_reports(
    digest: Digest, story: DigestStory, lead: ItemArticle, told_ids: Set[int]
) -> tuple[tuple[OwnReport, ...], int]:
    """Return own reports that came of other outlets, with headlines that say something else; the others are counted.

    The headline of one article must not stand for what another outlet found out itself. `told_ids`: the articles whose
    headlines the card has already.
    """
    is_new_lead = lead in story.arrived_articles
    candidates = [
        article
        for article in order_articles(story.item, digest.language, story.arrived_articles)
        if article.is_report and article.id not in told_ids and not (is_new_lead and article.outlet == lead.outlet)
    ]
    by_outlet = {article.outlet: article for article in reversed(candidates)}
    reports, shown_titles = list[OwnReport](), [headline(lead, digest.l10n)]
    shown_sentence = lead_sentence(digest.item_of(story), lead)
    for article in (a for a in candidates if by_outlet[a.outlet] is a):
        title = headline(article, digest.l10n)
        # Under the same headline what it brought tells them apart.
        is_same = any(_says_the_same(title, shown) for shown in shown_titles)
        news = _brought_sentence(digest, story, article) if is_same else ""
        if shown_sentence and _says_the_same(news, shown_sentence.text):
            news = ""
        if len(reports) < _MAX_REPORTS and (news or not is_same):
            reports.append(OwnReport(outlet_words(article, digest.l10n), title, article.language, news))
            shown_titles.append(title)
    return tuple(reports), len(by_outlet) - len(reports)


def _says_the_same(title: str, other_title: str) -> bool:
    """Return whether two headlines are the same but for a few words."""
    stems, other_stems = ({word[:_STEM] for word in _WORD.findall(fold(text))} for text in (title, other_title))
    return len(stems & other_stems) >= _SAME_STEMS * min(len(stems), len(other_stems))


def _more_outlets(count: int, l10n: Localizer) -> list[CardLine]:
    return [CardLine(l10n.ngettext("+%(num)s more outlet", "+%(num)s more outlets", count))] if count else []


def headline(article: ItemArticle, l10n: Localizer) -> str:
    """Return the headline of an article, cleaned and not too long."""
    return shorten(clean(article.headline), _MAX_HEADLINE_LENGTH) or l10n.gettext("(no headline)")


def _brought_sentence(digest: Digest, story: DigestStory, article: ItemArticle) -> str:
    """Return a sentence that an article brought to a story; "" for an article of its own words."""
    sentence = lead_sentence(story.item, article) if digest.item_of(story).news_in(article) else None
    return f"«{shorten(clean(sentence.text), _MAX_NEWS_LENGTH)}»" if sentence else ""


def _change_facts(story: DigestStory, l10n: Localizer) -> str:
    outlet, first = story.news_article.outlet, l10n.date(story.news_article.first_seen)
    if changed_at := story.findings[0].seen_at or story.findings[0].found:
        when = l10n.date_time(changed_at)
        return l10n.gettext("%(outlet)s, seen %(when)s (first read %(date)s)", outlet=outlet, when=when, date=first)
    return l10n.gettext("%(outlet)s (first read %(date)s)", outlet=outlet, date=first)


def outlet_words(article: ItemArticle, l10n: Localizer) -> str:
    """Return the outlet of an article, or who tells of it."""
    if article.speaker is Speaker.OTHER_FEED:
        return l10n.gettext("told by %(outlet)s", outlet=article.outlet)
    return article.outlet


def _article_facts(
    story: DigestStory, article: ItemArticle, reports: Sequence[OwnReport], told_ids: Set[int], l10n: Localizer
) -> tuple[str, ...]:
    """Return the outlet, language and time of the headline's article, and the numbers of copies and other articles.

    The time is the outlet's, or ours if the outlet gives none or one in the future.
    """
    language = f" ({article.language})" if article.language else ""
    facts = [f"{outlet_words(article, l10n)}{language} {l10n.date_time(told_at(article))}"]
    if story.copies:
        copies = l10n.ngettext("%(num)s copy", "%(num)s copies", story.copies)
        outlets = len({a.outlet for a in story.arrived_articles if not a.is_report})
        spread = l10n.ngettext("in %(num)s outlet", "in %(num)s outlets", outlets)
        facts.append(l10n.gettext("%(copies)s %(spread)s", copies=copies, spread=spread) if outlets > 1 else copies)
    articles_by_language = Counter(a.language for a in story.arrived_articles if a.is_report and a.id not in told_ids)
    articles_by_language -= Counter(report.lang for report in reports)  # which the card has with their headlines
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
    return tuple(facts)


def _make_evidence(story: DigestStory, hit: ItemHit, l10n: Localizer) -> Evidence:
    """Return the best mention of a hit with its reasons.

    An organisation alerts only together with other words; `hit.why` names them. A person needs no such reason.
    """
    is_strong = hit.confidence is Confidence.STRONG
    words, lang, reasons = Excerpt.around("", hit.name, ""), "", []
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
    reason = with_reasons(f"{confidence}:", reasons, l10n) if reasons else CardLine(confidence)
    return Evidence(((_name(hit), hit.entity),), words, lang, reason, not is_strong)


def _is_news(item_mention: ItemMention, story: DigestStory) -> bool:
    """Return True for a mention in a sentence of its text that the shown article brought to the item."""
    mention, article = item_mention.mention, story.news_article
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


def _evidence_rank(item_mention: ItemMention, story: DigestStory) -> tuple[bool, bool, bool, bool, float]:
    """Return the sort key of a mention.

    Strong ones come first, then those in the shown article, in what it brought, in its text, then by score.
    """
    # The text goes before the headline, which is on the card already.
    mention = item_mention.mention
    return (
        mention.confidence is Confidence.STRONG,
        item_mention.article == story.news_article.id,
        _is_news(item_mention, story),
        mention.field is Field.TEXT,
        mention.score,
    )
