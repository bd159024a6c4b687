"""Pure. The sentences that an article brings itself: those that the articles it repeats do not hold.

A sentence is known if a quarter of its word pairs stand in the other text. A pair of the other text vouches only as
often as it stands there, so a changed sentence is not known by the pairs of its original if that is repeated, too.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence, Set
from functools import reduce
from itertools import combinations, pairwise
from math import ceil
from operator import and_
from typing import NamedTuple

from monitor.cluster.policy import ClusterPolicy
from monitor.model import ArticleText, Field, Passage
from monitor.text.normalize import fold
from monitor.text.phrases import LEAD_IN, NOTICE, STANDING_SENTENCE
from monitor.text.sentences import sentences, words_in
from monitor.text.tokens import tokens

_STEM_LETTERS = 5  # as in `fingerprint`: case endings and patronymics begin after these
_SHORT_WORD = 3  # letters; in headlines such words tell nothing
_CHUNK = 40  # words of a long sentence that short ones are compared with
_LINK_WORDS = 25  # after "Read also:", on its line: the headline of another article
_NOTICE_WORDS = 25
_FRAME_WORDS = 8  # of a dateline or a credit: names, numbers and these
_IN_FRAMES = frozenset(
    "января февраля марта апреля мая июня июля августа сентября октября ноября декабря "  # noqa: SIM905
    "январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь by and from и из в жана".split()
)
_SIGN_OF_FRAME = re.compile(r"[\d:–—/(-]")
Words = Sequence[str]
Place = tuple[Field, int]  # the start of a mention


class _Sentence(NamedTuple):
    passage: Passage
    words: Words  # stems, without those of watched names


def own_sentences(
    article: ArticleText, source: ArticleText, watched: Collection[str], policy: ClusterPolicy
) -> tuple[Passage, ...]:
    """Return the sentences of an article that another does not hold, the headline first.

    Names of `watched` are left out, since both texts hold them. Sentences of the trade do not count in the text.
    """
    stems = {_stem(word) for word in watched}
    article_sentences = _sentences(article, stems)
    headline, text = (_words_of_sentences(words, stems) for words in source)
    are_known = _are_known(article_sentences, headline, text, policy)
    return tuple(
        sentence.passage for sentence, is_known in zip(article_sentences, are_known, strict=True) if not is_known
    )


def reworded_sentences(
    article: ArticleText, sources: Sequence[ArticleText], watched: Collection[str], incidents: Collection[Place]
) -> tuple[Passage, ...]:
    """Return the sentences of a copy about a watched name or an incident that stand word for word in no source.

    These are the sentences that name somebody or tell of an incident at one of these places, and the one after each.
    The order counts, too: who read that a guard beat somebody has not read that somebody beat a guard.
    """
    stems = {_stem(word) for word in watched}
    in_sources = {words_in(span.of(text)) for source in sources for text in source for span in sentences(text)}
    passages, is_next = [], False
    for passage, _ in _sentences(article, stems):
        field, span = passage.field, passage.span
        words = words_in(span.of(article.title if field is Field.TITLE else article.text))
        tells_of_somebody = any(_stem(word) in stems for word in words) or any(
            place[0] is field and span.start <= place[1] < span.end for place in incidents
        )
        if (tells_of_somebody or is_next) and words not in in_sources:
            passages.append(passage)
        is_next = tells_of_somebody and field is Field.TEXT
    return tuple(passages)


def leads_with_news(article: ArticleText, own_passages: Collection[Passage]) -> bool:
    """Return True if both the headline, if there is one, and the first sentence of the text are its own."""
    passages = [sentence.passage for sentence in _sentences(article, ())]
    titles = [passage for passage in passages if passage.field is Field.TITLE]
    lead = next((passage for passage in passages if passage.field is Field.TEXT), None)
    return lead in own_passages and all(title in own_passages for title in titles)


def _sentences(article: ArticleText, watched_stems: Collection[str]) -> list[_Sentence]:
    """Return the sentences of an article that may tell something, each with the words that count."""
    links, result = _links(article.text), []
    starts = [link.start for link in links]

    def is_in_link(place: int) -> bool:
        before = bisect_right(starts, place)  # of links that overlap, a later one ends later
        return before > 0 and place in links[before - 1]

    for field, text in ((Field.TITLE, article.title), (Field.TEXT, article.text)):
        for span in sentences(text):
            sentence = span.of(text)
            if field is Field.TEXT and _is_of_the_trade(sentence):
                continue
            words = [
                stem
                for token in tokens(sentence)
                if (stem := _stem(token.text)) not in watched_stems
                and not (field is Field.TEXT and is_in_link(span.start + token.start))
            ]
            if words:
                result.append(_Sentence(Passage(field, span), words))
    return result


def _words_of_sentences(text: str, watched_stems: Collection[str]) -> Sequence[Words]:
    words = ([_stem(token.text) for token in tokens(span.of(text))] for span in sentences(text))
    return [[stem for stem in of_sentence if stem not in watched_stems] for of_sentence in words]


def _links(text: str) -> Sequence[range]:
    """Return the places of "Read also:" with the words that follow on the line: the headline of another article."""
    links = []
    for line in re.finditer(r"[^\n]+", text):
        words = [(line.start() + token.start, line.start() + token.end) for token in tokens(line.group())]
        for number, (start, _) in enumerate(words):
            lead_in = LEAD_IN.match(text, start, line.end())
            if lead_in and lead_in["alone"]:
                _, end = words[min(number + _LINK_WORDS, len(words) - 1)]
                links.append(range(start, end))
    return links


def _stem(word: str) -> str:
    return fold(word)[:_STEM_LETTERS]


def _are_known(
    article: Sequence[_Sentence], headline: Sequence[Words], text: Sequence[Words], policy: ClusterPolicy
) -> Sequence[bool]:
    """Return for each sentence of an article whether a source with this headline and text holds it."""
    # A headline that the text repeats vouches once.
    pairs = Counter(pair for words in headline for pair in _pairs(words))
    pairs |= Counter(pair for words in text for pair in _pairs(words))
    # A headline is known by a headline, or by the first sentence of a text without one: a longer page that holds its
    # words elsewhere, also in another statement, has not told its readers.
    first_chunks, places = _chunks(headline or text[:1]), _places(_chunks([*headline, *text]))
    are_known = [False] * len(article)

    def share(number: int) -> float:
        sentence_pairs = Counter(_pairs(article[number].words))
        return (sentence_pairs & pairs).total() / sentence_pairs.total() if sentence_pairs else 1.0

    # The most similar first: an unchanged sentence uses up its own pairs.
    for number in sorted(range(len(article)), key=share, reverse=True):
        passage, words = article[number]
        if passage.field is Field.TITLE:  # has the words of the lead in another order, and each may be the news
            long_words = {word for word in words if len(word) > _SHORT_WORD} or {*words}
            min_shared = policy.known_headline_share * len(long_words)
            are_known[number] = any(len(long_words & chunk) >= min_shared for chunk in first_chunks)
        elif share(number) >= policy.known_pair_share:
            # A short one has few pairs.
            are_known[number] = len(words) >= policy.short_sentence or _share_a_place(
                [places.get(word, 0) for word in {*words}], policy.known_word_share
            )
            if are_known[number]:
                pairs.subtract(_pairs(words))
    return are_known


def _chunks(of_sentences: Sequence[Words]) -> Sequence[Set[str]]:
    return [{*words[at : at + _CHUNK]} for words in of_sentences for at in range(0, len(words), _CHUNK)]


def _places(chunks: Sequence[Set[str]]) -> Mapping[str, int]:
    """Return for each word a number whose bits are the chunks in which it stands: a text may have 40,000."""
    places: defaultdict[str, int] = defaultdict(int)
    for number, chunk in enumerate(chunks):
        for word in chunk:
            places[word] |= 1 << number
    return places


def _share_a_place(places: Sequence[int], share: float) -> bool:
    """Return whether so many of a few words stand together in one chunk."""
    return any(reduce(and_, group) for group in combinations(places, ceil(share * len(places))))


def _pairs(words: Words) -> list[tuple[str, str]]:
    """Return the pairs of neighbours and of next neighbours: one changed word leaves some of its sentence's pairs."""
    return [*pairwise(words), *zip(words, words[2:], strict=False)]


def _is_of_the_trade(sentence: str) -> bool:
    """Return True for a sentence that every outlet adds: agency, place, time, credit, subscription, rights."""
    words = [token.text for token in tokens(sentence)]
    if len(words) <= _NOTICE_WORDS and any(phrase.match(sentence) for phrase in (NOTICE, STANDING_SENTENCE)):
        return True
    # Four words in capitals may be a headline.
    return (
        len(words) <= (4 if sentence.isupper() else _FRAME_WORDS)
        and _SIGN_OF_FRAME.search(sentence) is not None
        and all(not word[0].islower() or word.lower() in _IN_FRAMES for word in words)
    )
