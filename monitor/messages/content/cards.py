"""Pure. Cards of stories: headline, outlet and time, matched words with reasons, notes and a link."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass

from monitor.i18n import translate_sentence
from monitor.i18n.labels import reason_in_short
from monitor.messages.content.deeds import with_name_beside
from monitor.messages.content.differences import MAX_DIFFERENCES, Difference, make_differences, more_differences
from monitor.messages.content.notes import (
    MAX_REASON_LENGTH,
    addition_notes,
    alert_note,
    decision_in_short,
    history_notes,
    with_reasons,
)
from monitor.messages.content.phrasing import (
    CardLine,
    Excerpt,
    Localizer,
    capitalize,
    clean,
    excerpt,
    join,
    safe_link,
    shorten,
    whole_sentence,
)
from monitor.messages.content.stories.build import Digest, DigestStory, is_pressure_rewriting, prominence
from monitor.model import (
    Change,
    Confidence,
    EntityType,
    Field,
    ItemArticle,
    ItemHit,
    ItemMention,
    Speaker,
    TextFrom,
    Verdict,
)
from monitor.pictures.bars import Fate, fate_of
from monitor.text.incidents_shown import ShownIncident
from monitor.text.lead import (
    MarkedSentence,
    brought_sentence,
    lead_sentence,
    news_sentence,
    order_articles,
    reopening_article,
    told_at,
)
from monitor.text.normalize import fold, is_cyrillic
from monitor.urls import without_tracking

_MAX_HEADLINE_LENGTH = 120
_MOST_ON_PAPER = 20  # changes of a story
_MAX_EVIDENCE = 6
_MAX_NEWS_LENGTH = 200
_MAX_NAMED_OUTLETS = 2  # beside the one that has the headline
_MAX_REPORTS = 2  # headlines of other outlets on a card; its first line counts all of them
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
    source: str = ""  # of what is new in a story that came back: who told it, and when

    @property
    def name(self) -> str:
        return ", ".join(name for name, _ in self.names)


@dataclass(frozen=True, slots=True)
class DeedInWords:
    """What was done to somebody, in words; `is_release`: they were let go; `is_reported`: nobody reviewed it."""

    words: str
    is_release: bool = False
    is_reported: bool = False

    def __str__(self) -> str:
        return self.words


@dataclass(frozen=True, slots=True)
class OwnReport:
    """An article of another outlet with a headline of its own."""

    article: int
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
    named: str = ""  # names that a reader does not find in what is shown
    more_named: str = ""  # of these, without those of `evidence`
    decision: str = ""  # in short
    reports: tuple[OwnReport, ...] = ()
    differences: tuple[Difference, ...] = ()
    more_differences: str = ""  # how many are not shown
    heading: str = ""  # of related stories, on the first of them
    is_in_group: bool = False  # of related stories
    shown_articles: frozenset[int] = frozenset()  # whose headlines it shows, each with its outlet
    incidents: tuple[DeedInWords, ...] = ()  # what happened to whom, in the reader's language
    number: str = ""  # of the item, in words

    @property
    def is_possible(self) -> bool:
        """Return True if it names nobody for sure: then each of its names has its reason."""
        return bool(self.evidence) and all(line.is_possible for line in self.evidence)


def make_card(digest: Digest, story: DigestStory, entity: str = "", *, is_on_paper: bool = False) -> Card:
    """Return the card of a story: its headline and sentence for this reader, and what else its articles bring.

    `entity`: the name that stands above it. Paper has no links, and headings that say what is reviewed.
    """
    lead, l10n = digest.lead_of(story), digest.l10n
    is_change = story in digest.changed  # its differences are the evidence
    main_hits = [hit for hit in story.hits if prominence(hit) == prominence(story.hits[0])][:_MAX_EVIDENCE]
    is_possible = all(hit.confidence is Confidence.POSSIBLE for hit in main_hits)
    new_article, item = _new_article(digest, story, lead), digest.item_of(story)
    has_news = story in digest.follow_up and (new_article is not None or lead in story.arrived_articles)
    sentence = news_sentence(item, new_article or lead, lead) if has_news else lead_sentence(item, lead)
    evidence = () if is_change else _evidence_of(digest, story, sentence, is_news=new_article is not None)
    if is_possible and not is_change:
        evidence = tuple(_possible_evidence(story, hit, headline(lead, l10n), l10n) for hit in main_hits)
    # Of many changes those that exchange a word of pressure come first.
    findings = sorted(story.findings, key=lambda finding: not (finding.before and is_pressure_rewriting(finding)))
    shown_findings = findings[: _MOST_ON_PAPER if is_on_paper else MAX_DIFFERENCES]
    # What an outlet exchanged is told once: its new headline stands in the change.
    told_ids = {lead.id, *(finding.article for finding in shown_findings if finding.kind is Change.HEADLINE)}
    if new_article and sentence and says_the_same(sentence.text, headline(new_article, l10n)):
        told_ids.add(new_article.id)
    reports = _other_reports(digest, story, lead, told_ids, sentence)
    with_own_line = {report.article for report in reports} | {finding.article for finding in shown_findings}
    told_outlets = {article.outlet for article in story.arrived_articles if article.id in with_own_line}
    victims = {hit.entity for mention in story.incidents for hit in mention.victims}
    shown = {entity} | victims | _seen_names(evidence, story.hits, digest.language)
    named = [] if is_change else _unseen_names(digest, story, lead, main_hits, shown)
    facts = (_change_facts(story, l10n),) if is_change else _article_facts(story, lead, told_outlets, l10n)
    return Card(
        item=story.item.id,
        headline=headline(lead, l10n),
        lang=lead.language,
        facts=facts,
        named=_names_line(named, l10n),
        # In text its names stand beside a sentence.
        more_named=_names_line(
            [n for n in named if n not in {name for line in evidence for name, _ in line.names}], l10n
        ),
        evidence=evidence,
        decision=decision_in_short(digest, story),
        notes=(
            *addition_notes(story, l10n),
            *history_notes(digest, story, new_article),
            *alert_note(digest, story),
        ),
        link=story_link(digest, story),
        reports=reports,
        differences=make_differences(story.item, shown_findings, l10n),
        more_differences=more_differences(len(findings) - len(shown_findings), l10n),
        shown_articles=frozenset(told_ids | {report.article for report in reports}),
        incidents=incidents_in_words(digest, story, entity, is_on_paper=is_on_paper),
        number=l10n.gettext("No. %(num)s", num=str(story.item.id)),
    )


def incidents_in_words(
    digest: Digest, story: DigestStory, entity: str, *, is_on_paper: bool = False
) -> tuple[DeedInWords, ...]:
    """Return what happened to whom, each once, until somebody reviews it as what is reported.

    `entity` stands above it.
    """
    is_reported = not is_on_paper and story.item.verdict not in {Verdict.RELEVANT, Verdict.NOT_RELEVANT}

    def in_words(shown: ShownIncident) -> DeedInWords:
        words = with_name_beside(digest, story, shown.mention, shown.mention.in_words(without={entity}), {entity})
        if is_reported:
            words = digest.l10n.gettext("reported: %(what)s", what=words)
        told_by = clean(translate_sentence(shown.told_by, digest.language)[0]) if shown.told_by else ""
        words = join(" · ", capitalize(shorten(words, MAX_REASON_LENGTH)), told_by)
        return DeedInWords(words, shown.is_release, is_reported)

    return tuple(dict.fromkeys(in_words(shown) for shown in digest.incidents_of(story)))


def story_link(digest: Digest, story: DigestStory) -> str:
    """Return the address of a story at the desk, or where there is none of its article."""
    if digest.base_url:
        return safe_link(f"{digest.base_url.rstrip('/')}/items/{story.item.id}")
    return safe_link(without_tracking(digest.lead_of(story).url))


def _new_article(digest: Digest, story: DigestStory, lead: ItemArticle) -> ItemArticle | None:
    """Return the article that brought the news of a story that came back, if another has the headline."""
    if story not in digest.follow_up or lead in story.arrived_articles:
        return None
    window = digest.input.window
    news = [a for a in story.arrived_articles if a.is_report or a.changed in window]
    return reopening_article(story.item, digest.language, news)


def _evidence_of(
    digest: Digest, story: DigestStory, sentence: MarkedSentence | None, *, is_news: bool
) -> tuple[Evidence, ...]:
    """Return the sentence that stands below the headline, with the names that stand in it; of news its source."""
    marked_entities = {entity for part in sentence.parts for entity in part.entities} if sentence else set()
    # Of the press the incidents are told. Of a follow-up its sentence may name whom only an earlier article named.
    hits, of_item = (
        [hit for hit in hits if hit.type is not EntityType.PRESS] for hits in (story.hits, story.item.hits)
    )
    if not story.hits:
        return ()
    in_sentence = sorted((hit for hit in of_item if hit.entity in marked_entities), key=prominence)
    names = tuple((_name(story, hit), hit.entity) for hit in in_sentence or hits[:1])
    if sentence is None:
        return (Evidence(names, Excerpt(), "", CardLine("")),)
    article, l10n, source = sentence.article, digest.l10n, ""
    if is_news:
        outlet_and_time = join(", ", outlet_with_language(article, l10n), l10n.date_time(article.developed_at))
        source = l10n.gettext("New: %(what)s", what=outlet_and_time)
    return (Evidence(names, whole_sentence(sentence.parts), article.language, CardLine(""), source=source),)


def _name(story: DigestStory, hit: ItemHit) -> str:
    return f"{hit.name}?" if _is_in_doubt(story, hit) else hit.name


def _is_in_doubt(story: DigestStory, hit: ItemHit) -> bool:
    return hit.confidence is Confidence.POSSIBLE and fate_of(story.item, hit.entity) is not Fate.RELEVANT


def _other_reports(
    digest: Digest, story: DigestStory, lead: ItemArticle, told_ids: Set[int], shown_sentence: MarkedSentence | None
) -> tuple[OwnReport, ...]:
    """Return own reports that came of other outlets, with headlines that say something else.

    The headline of one article must not stand for what another outlet found out itself. `told_ids`: the articles whose
    headlines the card has already.
    """
    is_new_lead = lead in story.arrived_articles
    candidates = [
        article
        for article in order_articles(story.item, digest.language, story.arrived_articles)
        if article.is_report and article.id not in told_ids and not (is_new_lead and article.reporter == lead.reporter)
    ]
    by_reporter = {article.reporter: article for article in reversed(candidates)}
    reports, shown_titles = list[OwnReport](), [headline(lead, digest.l10n)]
    for article in (a for a in candidates if by_reporter[a.reporter] is a):
        title = headline(article, digest.l10n)
        # Under the same headline what it brought tells them apart.
        is_same = any(says_the_same(title, shown) for shown in shown_titles)
        news = _brought_sentence(digest, story, article) if is_same else ""
        if shown_sentence and says_the_same(news, shown_sentence.text):
            news = ""
        if len(reports) < _MAX_REPORTS and (news or not is_same):
            reports.append(OwnReport(article.id, outlet_words(article, digest.l10n), title, article.language, news))
            shown_titles.append(title)
    return tuple(reports)


def says_the_same(title: str, other_title: str) -> bool:
    """Return whether two headlines are the same but for a few words."""
    stems, other_stems = ({word[:_STEM] for word in _WORD.findall(fold(text))} for text in (title, other_title))
    return len(stems & other_stems) >= _SAME_STEMS * min(len(stems), len(other_stems))


def headline(article: ItemArticle, l10n: Localizer) -> str:
    """Return the headline of an article, cleaned and not too long."""
    return shorten(clean(article.headline), _MAX_HEADLINE_LENGTH) or l10n.gettext("(no headline)")


def _brought_sentence(digest: Digest, story: DigestStory, article: ItemArticle) -> str:
    """Return a sentence that an article brought to a story; "" for an article of its own words."""
    sentence = brought_sentence(digest.item_of(story), article)
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


def outlet_with_language(article: ItemArticle, l10n: Localizer) -> str:
    """Return the outlet of an article, with its language where that is not the reader's."""
    language = (
        "" if article.language in {"", l10n.language} else f"({l10n.language_name(article.language).strip('()')})"
    )
    return join(" ", outlet_words(article, l10n), language)


def _article_facts(story: DigestStory, lead: ItemArticle, told_outlets: Set[str], l10n: Localizer) -> tuple[str, ...]:
    """Return in one line who had the headline, when, and which or how many others had the story, or else its copies.

    The time is the outlet's, or ours if the outlet gives none or one in the future. `told_outlets` have a line of their
    own on the card.
    """
    other_outlets = {article.outlet for article in story.arrived_articles} - {lead.outlet}
    unnamed = other_outlets - told_outlets
    # Who copies most of a report may become its lead: whose report it was stays named.
    if 0 < len(unnamed) <= _MAX_NAMED_OUTLETS:
        more_words = l10n.gettext("and %(outlets)s", outlets=join(", ", *sorted(unnamed)))
    else:
        more_words = l10n.ngettext_or_empty("and %(num)s more outlet", "and %(num)s more outlets", len(other_outlets))
    line = join(", ", outlet_with_language(lead, l10n), l10n.date_time(told_at(lead)), more_words)
    summary_only = l10n.gettext("only title and summary") if lead.text_from is TextFrom.FEED else ""
    copies = "" if more_words else l10n.ngettext_or_empty("%(num)s copy", "%(num)s copies", story.copies)
    return tuple(filter(None, (line, copies, summary_only)))


def _seen_names(evidence: Sequence[Evidence], hits: Sequence[ItemHit], language: str) -> set[str]:
    """Return the names that the shown sentences hold for this reader, and those that stand beside them."""
    names = {hit.entity: hit.name for hit in hits}
    marked = ((entity, part, line) for line in evidence for part in line.excerpt.parts for entity in part.entities)
    return {
        entity for entity, part, line in marked if _can_read(names.get(entity, ""), part.text, line.lang == language)
    } | {entity for line in evidence if line.is_possible for _, entity in line.names}


def _can_read(name: str, text: str, is_own_language: bool) -> bool:
    """Return whether who knows a name finds it in a text of another language, too: by its script."""
    return is_own_language or is_cyrillic(name) is is_cyrillic(text)


def _names_line(names: Sequence[str], l10n: Localizer) -> str:
    return l10n.gettext("Named: %(names)s", names=", ".join(names)) if names else ""


def _unseen_names(
    digest: Digest, story: DigestStory, lead: ItemArticle, main_hits: Sequence[ItemHit], shown: Set[str]
) -> list[str]:
    """Return the names that a reader finds neither in the headline nor in what is `shown` below it."""
    is_own_language = lead.language == digest.language
    headline_entities = {
        hit.entity
        for hit in story.hits
        for mention in (item_mention.mention for item_mention in hit.mentions if item_mention.article == lead.id)
        if mention.field is Field.TITLE and _can_read(hit.name, mention.text, is_own_language)
    }
    return [
        _name(story, hit)
        for hit in story.hits
        if hit.type in {EntityType.PERSON, EntityType.OUTLET} or (hit in main_hits and hit.type is not EntityType.PRESS)
        if hit.entity not in shown | headline_entities
    ]


def _possible_evidence(story: DigestStory, hit: ItemHit, title: str, l10n: Localizer) -> Evidence:
    """Return the best mention of a hit with the reasons for which it is only possible; it is not the title again."""
    words, lang, reason = Excerpt.around("", hit.name, ""), "", CardLine("")
    if hit.mentions:
        best_mention = max(hit.mentions, key=lambda item_mention: _evidence_rank(item_mention, story))
        words = excerpt(best_mention.sentence, best_mention.mention.text)
        if says_the_same(str(words), title):
            words = Excerpt()
        if _is_in_doubt(story, hit):
            reason = with_reasons("", reason_in_short(best_mention.mention.reasons), l10n)
        lang = next((a.language for a in story.item.articles if a.id == best_mention.article), "")
    return Evidence(((_name(story, hit), hit.entity),), words, lang, reason, is_possible=_is_in_doubt(story, hit))


def _evidence_rank(item_mention: ItemMention, story: DigestStory) -> tuple[bool, bool, float]:
    """Return the sort key of a mention: those in the shown article first, then those in its text, then by score."""
    # The text goes before the headline, which is on the card already.
    mention = item_mention.mention
    return item_mention.article == story.news_article.id, mention.field is Field.TEXT, mention.score
