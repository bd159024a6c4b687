"""Pure. Changes between two versions of an article that people must see, and the noise to ignore."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from monitor.model import Article, Change, Field, Finding, Mention, Message, TextFrom, Version, text_in_article
from monitor.model.message import _
from monitor.text.sentences import sentences

_COUNTED = r"(?:views?|comments?|shares?|likes?|просмотр\w*|комментари\w*|коммент\w*|көрүү\w*|көрүлд\w*|пикир\w*)"
_AGO = r"(?:секунд|минут|мин|час|дн|ден|сутк|second|minute|min|hour|day|мүнөт|саат|күн)\w*\.?"
_NOISE = re.compile(
    rf"\b\d{{1,2}}:\d\d(?::\d\d)?\b|\b{_COUNTED}\W{{0,3}}\d[\d\s.,]{{0,12}}|\b\d[\d\s.,]{{0,12}}{_COUNTED}\b"
    rf"|\b\d{{1,4}}\s{{1,3}}{_AGO}\s{{1,3}}(?:назад|ago|мурун|мурда)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"\w+")
_NUMBER = re.compile(r"[\d ]*")
# Characters; shorter lines are often page furniture with clocks and counters.
_SHORT_LINE = 60
_MAX_SENTENCES = 20  # sentences of a change that are reported
_MAX_SENTENCE_LENGTH = 1_000  # characters
_MIN_SIMILARITY = 0.25  # share of common words, for one sentence to be the successor of another


def compared_words(text: str) -> str:
    """Return the words of a text for comparison, without white space, punctuation, clocks and counters.

    >>> compared_words("12:45 The judge — again!  1 204 views") == compared_words("13:10 The judge again. Views: 1 310")
    True
    """
    return " ".join(_WORD.findall(_NOISE.sub(" ", unicodedata.normalize("NFKC", text))))


def is_same_text(before: Article, after: Article) -> bool:
    """Return True if two versions of a page differ only in white space, clocks and counters."""
    return compared_words(before.title) == compared_words(after.title) and _lines(before.text) == _lines(after.text)


def _lines(text: str) -> list[str]:
    lines = (" ".join(line.split()) for line in text.split("\n"))
    compared = (compared_words(line) if len(line) < _SHORT_LINE else line for line in lines)
    return [line for line in compared if not _NUMBER.fullmatch(line)]


def find_changes(before: Version, after: Version) -> tuple[Finding, ...]:
    """Return the changes people must see: a removed name, a new headline, changed sentences with a mention.

    A page's text that replaces the feed's summary is not a change of the article, but may say more about a name (READ).
    """
    old, new = before.article, after.article
    before_page, after_page = _VersionText(before), _VersionText(after)
    removed = [s for s in before_page.sentences_with_mention if not after_page.has_sentence(s)][:_MAX_SENTENCES]
    added = [s for s in after_page.sentences_with_mention if not before_page.has_sentence(s)][:_MAX_SENTENCES]
    if old.text_from is TextFrom.FEED and new.text_from is TextFrom.PAGE:
        in_summary = next(iter(before_page.sentences_with_mention), "")
        return _with_article([Finding(Change.READ, in_summary, sentence) for sentence in added[:1]], new)
    new_sentences = _Sentences(after_page.sentences_not_in(before_page))
    old_sentences = before_page.sentences_not_in(after_page)
    # A removed name also removes its sentence; report the sentence once only.
    findings = []
    for entity, sentence in before_page.first_sentences.items():
        if entity not in after_page.first_sentences and not any(
            map(after_page.contains_form, before_page.forms[entity])
        ):
            successor = new_sentences.closest_to(sentence)
            findings.append(Finding(Change.NAME_REMOVED, sentence, successor, entity))
            removed, added = (
                [s for s in sentence_list if s not in {sentence, successor}] for sentence_list in (removed, added)
            )
    if compared_words(old.title) != compared_words(new.title):
        findings.append(Finding(Change.HEADLINE, old.title, new.title))
    for sentence in removed:
        successor = new_sentences.closest_to(sentence)
        findings.append(Finding(Change.SENTENCE, sentence, successor))
        added = [s for s in added if s != successor]
    # A new sentence with a mention may replace an old one that had none.
    unclaimed = _Sentences([s for s in old_sentences if s not in removed])
    findings += [Finding(Change.SENTENCE, unclaimed.closest_to(sentence), sentence) for sentence in added]
    return _with_article(findings, new)


def _with_article(findings: Iterable[Finding], new: Article) -> tuple[Finding, ...]:
    """Return the findings with the article and version they belong to, their texts cut to a maximum length."""
    return tuple(
        replace(
            f,
            before=f.before[:_MAX_SENTENCE_LENGTH],
            after=f.after[:_MAX_SENTENCE_LENGTH],
            article=new.id,
            version=new.version,
        )
        for f in findings
    )


class _VersionText:
    """The text of a version, prepared for comparison. What stands beside the article does not count as its text."""

    def __init__(self, version: Version) -> None:
        article = version.article
        self._title, self._text = article.title, text_in_article(article.text, article.zones)
        self._words = f" {compared_words(self._text)} "
        self._spans = [span for span in sentences(self._text) if span.end > span.start]
        self.sentences = [span.of(self._text) for span in self._spans]
        article_mentions = [
            m for hit in version.hits for m in hit.mentions if m.field is Field.TITLE or m.span.of(self._text).strip()
        ]
        self.mentions = sorted(article_mentions, key=lambda m: (m.field is Field.TITLE, m.span.start))
        # Entity -> the words that name it; the dict is an ordered set.
        self.forms: defaultdict[str, dict[str, None]] = defaultdict(dict)
        for mention in self.mentions:
            self.forms[mention.entity][mention.text] = None
        # Reversed, so that the first mention of an entity wins.
        self.first_sentences = {m.entity: self._sentence_of(m) for m in reversed(self.mentions)}
        # Of a name that stands in very many places not all are listed.
        unlisted = {form for m in self.mentions if m.other_places for form in self.forms[m.entity]}
        in_text = {self._sentence_of(m) for m in self.mentions if m.field is Field.TEXT}
        in_text.update(sentence for sentence in self.sentences if any(form in sentence for form in unlisted))
        self.sentences_with_mention = [s for s in dict.fromkeys(self.sentences) if s in in_text]

    def _sentence_of(self, mention: Mention) -> str:
        if mention.field is Field.TITLE:
            return self._title
        return self.sentences[bisect_right(self._spans, mention.span.start, key=lambda span: span.start) - 1]

    def has_sentence(self, sentence: str) -> bool:
        """Return True if the text holds the sentence, apart from punctuation and noise."""
        sentence_words = compared_words(sentence)
        return not sentence_words or f" {sentence_words} " in self._words

    def sentences_not_in(self, reference: _VersionText) -> list[str]:
        """Return the sentences that another version lacks, up to a maximum."""
        reference_words = {compared_words(sentence) for sentence in reference.sentences}
        return [s for s in self.sentences if compared_words(s) not in reference_words][: 10 * _MAX_SENTENCES]

    def contains_form(self, form: str) -> bool:
        """Return True if the exact words of a mention are still in the article: then only the watchlist changed."""
        pattern = re.compile(rf"(?<!\w){re.escape(form)}(?!\w)")
        return any(form in text and pattern.search(text) for text in (self._title, self._text))


class _Sentences:
    """Sentences that may be the successor of another one, each split into words once."""

    def __init__(self, sentences: Iterable[str]) -> None:
        self._words = {sentence: set(compared_words(sentence).split()) for sentence in sentences}

    def closest_to(self, sentence: str) -> str:
        """Return the sentence that shares most words with this one, or "" if too few."""
        sentence_words = set(compared_words(sentence).split())
        similarity = {
            candidate: len(sentence_words & candidate_words) / len(sentence_words | candidate_words or {""})
            for candidate, candidate_words in self._words.items()
        }
        best = max(similarity, key=similarity.__getitem__, default="")
        return best if best and similarity[best] > _MIN_SIMILARITY else ""


_REASONS = {
    Change.READ: _("the page could be read at {}, where only title and summary were known: {}"),
    Change.GONE: _("the article is absent at {}: {}"),
    Change.NAME_REMOVED: _("a watched name was taken out at {}: {}"),
    Change.HEADLINE: _("the headline changed at {}: {}"),
    Change.SENTENCE: _("a sentence with a watched name changed at {}: {}"),
}


_ABSENCE = _("{}: the article was present on {}, absent on {}: {}")


def reopening_reason(findings: Iterable[Finding], outlet: str) -> Message:
    """Return the reason why a story is reopened, with the words before and after of its first change."""
    first, *further = findings
    message = Message(_REASONS[first.kind], outlet, _describe(first))
    if first.kind is Change.GONE and first.last_present and first.seen_at:
        message = Message(_ABSENCE, outlet, _minute(first.last_present), _minute(first.seen_at), _describe(first))
    if len(further) == 1:
        return Message("{} (and 1 more change)", message)
    return Message("{} (and {} more changes)", message, len(further)) if further else message


def _minute(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _describe(finding: Finding) -> Message:
    if finding.kind is Change.GONE:
        return Message(finding.after)
    before, after = map(_short, (finding.before, finding.after))
    if before and after:
        return Message("«{}» became «{}»", before, after)
    return Message("«{}» is gone", before) if before else Message("«{}» is new", after)


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 150 else text[:150].rpartition(" ")[0] + "…"
