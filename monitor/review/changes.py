"""Pure. What became of an article that people know: the changes they must see, and the noise between two readings."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import urlsplit

from monitor.model import Article, Change, Field, Finding, Mention, Message, TextFrom, Version
from monitor.model.message import _
from monitor.text.sentences import sentences

_FRONT_PAGE = re.compile(r"/*(\w\w/*)?((index|home|main|default)\.\w+)?", re.IGNORECASE)  # also that of a language

_COUNTED = r"(?:views?|comments?|shares?|likes?|просмотр\w*|комментари\w*|коммент\w*|көрүү\w*|көрүлд\w*|пикир\w*)"
_AGO = r"(?:секунд|минут|мин|час|дн|ден|сутк|second|minute|min|hour|day|мүнөт|саат|күн)\w*\.?"
_NOISE = re.compile(
    rf"\b\d{{1,2}}:\d\d(?::\d\d)?\b|\b{_COUNTED}\W{{0,3}}\d[\d\s.,]{{0,12}}|\b\d[\d\s.,]{{0,12}}{_COUNTED}\b"
    rf"|\b\d{{1,4}}\s{{1,3}}{_AGO}\s{{1,3}}(?:назад|ago|мурун|мурда)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"\w+")
_NUMBER = re.compile(r"[\d ]*")
_SHORT_LINE = 60  # characters; a line of a page's furniture, where clocks and counters stand
_MOST = 20  # sentences of a change that are told
_LONGEST = 1_000  # characters of a sentence that are kept
_ALIKE = 0.25  # of the words of two sentences are the same, for one to have become the other


def same_article(asked: str, reached: str) -> bool:
    """Whether an address still leads to a page of its own: a removed article often leads to the front page."""
    return _is_front_page(asked) or not _is_front_page(reached)


def _is_front_page(url: str) -> bool:
    parts = urlsplit(url)
    return not parts.query and _FRONT_PAGE.fullmatch(parts.path) is not None


def words(text: str) -> str:
    """What a text says, word after word: without white space, punctuation, clocks and counters.

    >>> words("12:45 The judge — again!  1 204 views") == words("13:10 The judge again. Views: 1 310")
    True
    """
    return " ".join(_WORD.findall(_NOISE.sub(" ", unicodedata.normalize("NFKC", text))))


def same_but_for_noise(before: Article, after: Article) -> bool:
    """Whether two readings of a page differ in white space and in its clocks and counters alone."""
    return words(before.title) == words(after.title) and _lines(before.text) == _lines(after.text)


def _lines(text: str) -> list[str]:
    lines = (" ".join(line.split()) for line in text.split("\n"))
    said = (words(line) if len(line) < _SHORT_LINE else line for line in lines)
    return [line for line in said if not _NUMBER.fullmatch(line)]


def changes(before: Version, after: Version) -> tuple[Finding, ...]:
    """What people must see of a change: a watched name taken out, the headline, sentences that hold a mention.

    That a page's text took the place of its feed's summary is no change of the article, but may say more of a name.
    """
    old, new = before.article, after.article
    was, now = _Said(before), _Said(after)
    lost = [s for s in was.with_mention if not now.says(s)][:_MOST]
    come = [s for s in now.with_mention if not was.says(s)][:_MOST]
    fresh, vanished = _Sentences(now.without(was)), was.without(now)
    if old.text_from is TextFrom.FEED and new.text_from is TextFrom.PAGE:
        return _placed([Finding(Change.READ, next(iter(was.with_mention), ""), sentence) for sentence in come[:1]], new)
    found = []
    for entity, sentence in was.named.items():
        if entity not in now.named and not any(map(now.still_holds, was.forms[entity])):
            after_it = fresh.closest_to(sentence)
            found.append(Finding(Change.NAME_REMOVED, sentence, after_it, entity))
            lost, come = ([s for s in some if s not in {sentence, after_it}] for some in (lost, come))
    if words(old.title) != words(new.title):
        found.append(Finding(Change.HEADLINE, old.title, new.title))
    for sentence in lost:
        after_it = fresh.closest_to(sentence)
        found.append(Finding(Change.SENTENCE, sentence, after_it))
        come = [s for s in come if s != after_it]
    unclaimed = _Sentences([s for s in vanished if s not in lost])
    found += [Finding(Change.SENTENCE, unclaimed.closest_to(sentence), sentence) for sentence in come]
    return _placed(found, new)


def _placed(found: Iterable[Finding], new: Article) -> tuple[Finding, ...]:
    return tuple(
        replace(f, before=f.before[:_LONGEST], after=f.after[:_LONGEST], article=new.id, version=new.version)
        for f in found
    )


class _Said:
    """A version as the comparison reads it. What stands aside, in teasers to other articles, is not its own."""

    def __init__(self, version: Version) -> None:
        self._title, self._text = version.article.title, version.article.text
        self._words = f" {words(self._text)} "
        self._aside = sorted((z.span.start, z.span.end) for z in version.article.zones if z.zone.aside)
        self._spans = [span for span in sentences(self._text) if span.end > span.start]
        self.sentences = [span.of(self._text) for span in self._spans]
        own = [m for hit in version.hits for m in hit.mentions if m.field is Field.TITLE or self._is_own(m.span.start)]
        self.mentions = sorted(own, key=lambda m: (m.field is Field.TITLE, m.span.start))
        self.forms: defaultdict[str, dict[str, None]] = defaultdict(dict)  # by entity: the words it is named with
        for mention in self.mentions:
            self.forms[mention.entity][mention.text] = None
        self.named = {m.entity: self._around(m) for m in reversed(self.mentions)}  # where each is named first
        self.with_mention = list(dict.fromkeys(self._around(m) for m in self.mentions if m.field is Field.TEXT))

    def _is_own(self, place: int) -> bool:
        before = bisect_right(self._aside, (place, len(self._text)))
        return before == 0 or place >= self._aside[before - 1][1]

    def _around(self, mention: Mention) -> str:
        if mention.field is Field.TITLE:
            return self._title
        return self.sentences[bisect_right(self._spans, mention.span.start, key=lambda span: span.start) - 1]

    def says(self, sentence: str) -> bool:
        said = words(sentence)
        return not said or f" {said} " in self._words

    def without(self, other: _Said) -> list[str]:
        """Sentences that the other has not, as far as they are looked at."""
        known = {words(sentence) for sentence in other.sentences}
        return [s for s in self.sentences if words(s) not in known][: 10 * _MOST]

    def still_holds(self, form: str) -> bool:
        """Return whether the very words stand in the article: then it is the list that no longer looks for them."""
        these = re.compile(rf"(?<!\w){re.escape(form)}(?!\w)")
        in_text = form in self._text and any(self._is_own(found.start()) for found in these.finditer(self._text))
        return in_text or these.search(self._title) is not None


class _Sentences:
    """Sentences that others may have become, each taken apart once."""

    def __init__(self, sentences: Iterable[str]) -> None:
        self._words = {sentence: set(words(sentence).split()) for sentence in sentences}

    def closest_to(self, sentence: str) -> str:
        """Return the one that a sentence became, or ""."""
        own = set(words(sentence).split())
        alike = {other: len(own & its) / len(own | its or {""}) for other, its in self._words.items()}
        best = max(alike, key=alike.__getitem__, default="")
        return best if best and alike[best] > _ALIKE else ""


_TOLD = {
    Change.READ: _("the page could be read at {}, where only title and summary were known: {}"),
    Change.GONE: _("the article is gone at {}: {}"),
    Change.NAME_REMOVED: _("a watched name was taken out at {}: {}"),
    Change.HEADLINE: _("the headline changed at {}: {}"),
    Change.SENTENCE: _("a sentence with a watched name changed at {}: {}"),
}


def reason(findings: Iterable[Finding], outlet: str) -> Message:
    """Why a story comes back, with the words before and after; of several changes the first is told."""
    first, *more = findings
    said = Message(_TOLD[first.kind], outlet, _what(first))
    if len(more) == 1:
        return Message("{} (and 1 more change)", said)
    return Message("{} (and {} more changes)", said, len(more)) if more else said


def _what(found: Finding) -> Message:
    if found.kind is Change.GONE:
        return Message(found.after)
    before, after = map(_short, (found.before, found.after))
    if before and after:
        return Message("«{}» became «{}»", before, after)
    return Message("«{}» is gone", before) if before else Message("«{}» is new", after)


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 150 else text[:150].rpartition(" ")[0] + "…"
