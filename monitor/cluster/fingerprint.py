"""Pure. Fingerprints of texts: what is kept of an article to recognise its copies and its story."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from itertools import pairwise
from math import log
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from monitor.model import Fingerprint
from monitor.text.normalize import cached_by_word, fold, is_cyrillic
from monitor.text.romanize import skeleton
from monitor.text.tokens import spaced_out, words_and_gaps

# Hashes are 31-bit integers (four bytes in a database), spread evenly; the lowest quarter of word pairs is the sample.
_BITS = 31
QUARTER, _SIXTEENTH = 1 << (_BITS - 2), 1 << (_BITS - 4)
LEAST_SKETCH = 64  # of a short text more than a quarter is kept
_LEAST_LOOKED_UP = 16  # and more than a sixteenth looked up
_STEM_LETTERS = 5  # endings of cases, and of patronymics, begin after these
_KEPT_WORDS = 64
_WORDS_LOOKED_UP = 8
_NAMES_LOOKED_UP = 16
_HEADLINE = 5  # a word of the headline counts as if it stood in the text so many times
_CAPITALISED = 1.5
STEM_BITS = _BITS - 4  # of a kept word; its weight is above them
STEM = (1 << STEM_BITS) - 1
_NUMBER = re.compile(r"[0-9](?:[0-9]{0,2}(?:[ ,.\u00a0\u202f][0-9]{3})+(?![0-9])|[0-9]*)")
_PACKED = np.dtype("<i4")
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")
_SENTENCE_END = re.compile(r"[.!?…:\n]")
_MOST_WEIGHT = 15  # what can be kept above a stem
_ALL_BITS = (1 << 64) - 1
_ODD = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F)  # as in splitmix64 and xxHash: any will do


def fingerprint(title: str, text: str) -> Fingerprint:
    """What is kept of an article to recognise its copies and its story.

    `sketch`: FracMinHash (Irber et al. 2022) of the folded word pairs of the text: the hashes in the lowest quarter,
    and at least the 64 lowest. So a sketch is always every hash up to its highest or to that quarter, and any two
    compare up to the lower of the two marks. `names`: five letters of the romanised skeletons of words capitalised
    inside sentences, without those that half of all news holds. `numbers`: from 10 on, without years. `words`: the 64
    most telling ones, cut to five letters, each with its weight.
    """
    headline, body = _tokens(title), _tokens(text)
    named = [*_names(headline, is_headline=True), *_names(body)]
    return Fingerprint(
        sketch=packed(_sample([token.word for token in body if token.word])),
        names=packed({name for word in named if (name := word.name_hash) is not None}),
        numbers=packed({*_numbers(title), *_numbers(text)}),
        words=packed(_telling_words(headline, body, named)),
    )


def packed(hashes: Iterable[int]) -> bytes:
    """A set as a fingerprint holds it: in ascending order, four bytes a hash. So it is compared as it was stored."""
    return np.array(sorted(hashes), dtype=_PACKED).tobytes()


def unpacked(hashes: bytes) -> NDArray[np.int32]:
    return np.frombuffer(hashes, _PACKED)


def size(hashes: bytes) -> int:
    return len(hashes) // _PACKED.itemsize


def looked_up_by(fingerprint: Fingerprint, *, asking: bool = False) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """By which hashes an article is found: as a copy, and as another telling. One never equals one of the other.

    Of the word pairs, the lowest of the sketch: two articles, one in the other, share these whatever their lengths.
    `asking`: twice as many, to look others up by. Of the names again the lowest, so that two articles that share names
    share some of these; of the words the most telling.
    """
    pairs = unpacked(fingerprint.sketch)
    mark, least = (2 * _SIXTEENTH, 2 * _LEAST_LOOKED_UP) if asking else (_SIXTEENTH, _LEAST_LOOKED_UP)
    names, words = unpacked(fingerprint.names)[:_NAMES_LOOKED_UP], unpacked(fingerprint.words)[-_WORDS_LOOKED_UP:]
    terms = sorted({*(~names).tolist(), *(~(words & STEM)).tolist()})  # less than zero, other than pairs
    return pairs[: max(least, int(pairs.searchsorted(mark)))], np.array(terms, _PACKED)


@cached_by_word(1 << 16)
def _hash(value: str) -> int:
    """The same in every process and version, unlike `hash`."""
    return _wide_hash(value) >> (64 - _BITS)


def _wide_hash(value: str) -> int:
    return int.from_bytes(blake2b(value.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")


# ---- words and how they stand there


@dataclass(frozen=True, slots=True)
class _Word:
    """A word as it stands there, and what is compared of it."""

    text: str
    folded: str
    skeleton: str  # the beginning of it

    @property
    def is_capitalised(self) -> bool:
        return self.text[0].isupper()

    @property
    def is_long(self) -> bool:
        return len(self.text) > 3

    @property
    def name_hash(self) -> int | None:
        """The hash of the name that this may be; None for a short word, and one that stands in news of every kind."""
        if len(self.skeleton) <= 2 or self.skeleton in _common_names():
            return None
        return _hash(self.skeleton)

    @property
    def stem(self) -> int | None:
        """The hash of the word without its ending; None for a short word, and one that stands in news of every kind."""
        is_telling = len(self.folded) > 3 and self.skeleton not in _common_names()
        if not (self.folded[:1].isdigit() or is_telling):
            return None
        return _hash(self.folded[:_STEM_LETTERS]) & STEM


class _Token(NamedTuple):
    """A word, or a stretch without one, between two spaces or the words beside it."""

    word: _Word | None
    follows_gap: bool = False  # other characters than a space stand before it
    begins_sentence: bool = False  # and among them the end of a sentence
    ends_sentence: bool = False
    is_initial: bool = False
    runs_on: bool = False  # nothing but a space or a hyphen stands after it


def _tokens(text: str) -> list[_Token]:
    """Return the tokens of a text, between the tokens of two ends of lines."""
    return [token for chunk in f"\n {spaced_out(text)} \n".split(" ") for token in _tokens_of_chunk(chunk)]


@cached_by_word(1 << 14)  # most chunks were read before: with it a page takes half the time
def _tokens_of_chunk(chunk: str) -> tuple[_Token, ...]:
    words, (before, *gaps) = ([chunk], ["", ""]) if chunk.isalpha() else words_and_gaps(chunk)
    if not words:
        return (_Token(None, ends_sentence=_has_sentence_end(before)),)
    tokens = list[_Token]()
    for word, after in zip(words, gaps, strict=True):
        runs_on = after in ("", "\u00a0", "-")
        is_initial = not runs_on and len(word) == 1 and word.isupper() and after.rstrip("\u00a0") == "."
        token = _Token(
            _Word(word, fold(word), skeleton(word)[:_STEM_LETTERS]),
            follows_gap=before != "",
            begins_sentence=_has_sentence_end(before),
            ends_sentence=not (runs_on or is_initial) and _has_sentence_end(after),
            is_initial=is_initial,
            runs_on=runs_on,
        )
        tokens.append(token)
        before = ""
    return tuple(tokens)


def _has_sentence_end(gap: str) -> bool:
    return _SENTENCE_END.search(gap) is not None


def _names(tokens: Sequence[_Token], *, is_headline: bool = False) -> Iterator[_Word]:
    """Yield words capitalised inside a sentence, and one that begins it when another follows at once.

    None of a headline in Title Case.
    """
    if is_headline and _is_in_title_case(tokens):
        return
    before, is_beside = tokens[0], True  # the last word or end of a sentence; nothing stands between
    for token, following in pairwise(tokens):
        word = token.word
        if word and word.is_capitalised and len(word.text) > 2:
            is_apart = not is_beside or token.follows_gap
            begins = before.ends_sentence or token.begins_sentence or (is_apart and before.is_initial)
            then = following.word
            runs_on = token.runs_on and then is not None and then.is_capitalised and not following.follows_gap
            if runs_on or not begins:
                yield word
        is_beside = word is not None or token.ends_sentence
        if is_beside:
            before = token


def _is_in_title_case(tokens: Sequence[_Token]) -> bool:
    """Return whether a headline in English is in Title Case, where capitals say nothing.

    More than 70 % of more than three long words are capitalised.
    """
    words = [token.word for token in tokens if token.word and token.word.is_long]
    if len(words) <= 3 or any(is_cyrillic(word.text) for word in words):
        return False
    return 10 * sum(word.is_capitalised for word in words) > 7 * len(words)


def _numbers(text: str) -> Iterator[int]:
    for found in _NUMBER.findall(text):
        number = (found if found.isdigit() else re.sub("[^0-9]", "", found)).lstrip("0")
        if len(number) >= 2 and not (len(number) == 4 and _YEAR.fullmatch(number)):
            yield _hash(number)


def _sample(words: Sequence[_Word]) -> list[int]:
    """Return the lowest hashes of the pairs of neighbouring words."""
    hashes = [_wide_hash(word.folded) for word in words]
    pairs = sorted({_pair_hash(one, two) for one, two in pairwise(hashes)})
    return pairs[: max(LEAST_SKETCH, bisect_left(pairs, QUARTER))]


def _pair_hash(one: int, two: int) -> int:
    """Mix the hashes of two words into one that depends on their order."""
    mixed = one * _ODD[0] + two * _ODD[1] & _ALL_BITS
    mixed ^= mixed >> 32
    return (mixed * _ODD[0] & _ALL_BITS) >> (64 - _BITS)


def _telling_words(headline: Sequence[_Token], body: Sequence[_Token], named: Iterable[_Word]) -> list[int]:
    """Return the stems of the words that tell most, each below its weight.

    What a word tells is read off the article itself: no count of other articles is needed to compare two. It tells
    more when it stands in the headline, stands there again and again, and is capitalised inside a sentence; up to
    three letters, nothing. Frequencies of a large corpus instead gained 0.01 of F1 (docs/design/stories.md).
    """
    counts = Counter[int]()
    for tokens, times in ((headline, _HEADLINE), (body, 1)):
        for token in tokens:
            if token.word and (stem := token.word.stem):
                counts[stem] += times
    of_names = {word.stem for word in named}
    weighed = (_weight(count, is_name=stem in of_names) << STEM_BITS | stem for stem, count in counts.items())
    return sorted(weighed)[-_KEPT_WORDS:]


def _weight(count: int, *, is_name: bool) -> int:
    more = _CAPITALISED if is_name else 1
    return min(_MOST_WEIGHT, round(2.5 * (1 + log(count)) * more))


# Capitalised words that stand in news of every kind, so that two articles share them by chance: calendar, countries
# and capitals of the region and the great powers, offices and bodies of state, in English, Russian and Kyrgyz.
_COMMON = """
    Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April May June July August
    September October November December The This That There They When What After Mr Mrs
    President Prime Minister Ministry Cabinet Government Parliament Committee Commission Council Court Supreme District
    Regional City State National Security Interior Internal Affairs Foreign Republic Federation Union United Nations
    General Prosecutor Office Police Department Service Constitution Criminal Code Article Law Human Rights Media
    News Agency Press Deputy Central Asia Asian Kyrgyz Kyrgyzstan Kyrgyzstani Bishkek Osh Kazakhstan Astana Almaty
    Uzbekistan Tashkent Tajikistan Dushanbe Turkmenistan Ashgabat Russia Russian Moscow Kremlin China Chinese Turkey
    America American Washington Europe European Ukraine English
    Президент Премьер Министр Министерство Кабинет Правительство Парламент Комитет Комиссия Совет Суд Верховный
    Государственный Национальный Республика Федерация Союз Организация ООН Генеральный Прокуратура Конституция
    Уголовный Кодекс ГКНБ МВД СМИ ЕС США РФ КР Кыргызская Киргизия Кыргызстан Бишкек Ош Казахстан Астана Алматы
    Узбекистан Ташкент Таджикистан Душанбе Туркменистан Ашхабад Россия Российская Москва Кремль Китай Турция
    Америка Вашингтон Европа Европейский Украина Азия Центральный
    Жогорку Кеңеш Министрлер Министрлик Мамлекеттик Улуттук Башкы Республикасы Коопсуздук Комитети УКМК ИИМ ЖМК АКШ
    Chui Chuy Issyk Kul Naryn Talas Jalal Abad Batken Чуй Чүй Чуйская Иссык Куль Ысык Көл Нарын Нарынская Талас
    Таласская Джалал Жалал Абад Баткен Баткенская Ошская
    Россия Орусия Москва Кытай Түркия Өзбекстан Тажикстан Европа Бириккен Улуттар Уюму Борбордук Азия
"""


@lru_cache(1)
def _common_names() -> frozenset[str]:
    return frozenset(skeleton(word)[:_STEM_LETTERS] for word in _COMMON.split())
