"""Pure. Fingerprints of texts: what is stored of an article to recognise its copies and its story."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from itertools import pairwise
from math import log
from typing import NamedTuple

from monitor.model import Fingerprint
from monitor.text import romanize
from monitor.text.normalize import cached_by_word, fold, is_cyrillic
from monitor.text.romanize import skeleton
from monitor.text.tokens import separate_line_ends, words_and_gaps

# Hashes are 31-bit integers (four bytes in a database), evenly distributed. The sample is the lowest quarter of pairs.
_BITS = 31
QUARTER, _SIXTEENTH = 1 << (_BITS - 2), 1 << (_BITS - 4)
MIN_SKETCH = 64  # of a short text, more than a quarter is kept
_MIN_INDEXED = 16  # and more than a sixteenth is indexed
_STEM_LETTERS = 5  # case endings and patronymics begin after these
_MAX_WORDS = 64
_INDEXED_WORDS = 8
_INDEXED_NAMES = 16
_HEADLINE_FACTOR = 5  # a word of the headline counts as so many in the text
_CAPITALISED_FACTOR = 1.5
STEM_BITS = _BITS - 4  # of a stored word; the weight takes the bits above
STEM_MASK = (1 << STEM_BITS) - 1
_NUMBER = re.compile(r"[0-9](?:[0-9]{0,2}(?:[ ,.\u00a0\u202f][0-9]{3})+(?![0-9])|[0-9]*)")
_HASH_BYTES = 4
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")
_SENTENCE_END = re.compile(r"[.!?…:\n]")
_MAX_WEIGHT = 15  # fits into the bits above a stem
_ALL_BITS = (1 << 64) - 1
# From splitmix64 and xxHash; any odd numbers work.
_MIX_FACTORS = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F)


def fingerprint(title: str, text: str) -> Fingerprint:
    """Return the fingerprint of an article.

    `sketch`: a FracMinHash (Irber et al. 2022) of the folded word pairs of the text: all hashes in the lowest quarter,
    and at least the 64 lowest. A sketch thus holds every hash up to a limit, and two sketches compare up to the lower
    limit. `names`: five letters of the romanised skeletons of words capitalised inside sentences, without very common
    ones. `numbers`: from 10 on, without years. `words`: the 64 most characteristic words, cut to five letters, with
    weights.
    """
    headline, body = _tokens(title), _tokens(text)
    named = [*_names(headline, is_headline=True), *_names(body)]
    return Fingerprint(
        sketch=packed(_sample([token.word for token in body if token.word])),
        names=packed({name for word in named if (name := word.name_hash) is not None}),
        numbers=packed({*_numbers(title), *_numbers(text)}),
        words=packed(_weighted_stems(headline, body, named)),
        romanisation=romanize.ROMANISATION_VERSION,
    )


def packed(hashes: Iterable[int]) -> bytes:
    """Return a set of hashes in stored form: ascending, four bytes each."""
    return array("i", sorted(hashes)).tobytes()


def unpacked(hashes: bytes) -> memoryview[int]:
    """Return the hashes of a stored set, ascending."""
    return memoryview(hashes).cast("i")


def size(hashes: bytes) -> int:
    """Return the number of hashes in a stored set."""
    return len(hashes) // _HASH_BYTES


def index_hashes(fingerprint: Fingerprint, *, for_query: bool = False) -> tuple[list[int], list[int]]:
    """Return the hashes under which an article is indexed: of word pairs, for copies, and of terms, for stories.

    Pairs are the lowest hashes of the sketch: if one article contains another, they share these at any length.
    `for_query`: twice as many, to search with. Terms are the lowest names, so that articles that share names share some
    of them, and the words of greatest weight. Terms are negative, pairs are not, so both fit into one index.
    """
    pairs = unpacked(fingerprint.sketch)
    highest, min_pairs = (2 * _SIXTEENTH, 2 * _MIN_INDEXED) if for_query else (_SIXTEENTH, _MIN_INDEXED)
    # Words are sorted by their weight, in the highest bits: the last ones weigh most.
    names, words = unpacked(fingerprint.names)[:_INDEXED_NAMES], unpacked(fingerprint.words)[-_INDEXED_WORDS:]
    terms = sorted({*(~name for name in names), *(~(word & STEM_MASK) for word in words)})  # negative, unlike pairs
    return pairs[: max(min_pairs, bisect_left(pairs, highest))].tolist(), terms


@cached_by_word(1 << 16)
def _hash(value: str) -> int:
    """Return a 31-bit hash that is the same in every process and version, unlike `hash`."""
    return _wide_hash(value) >> (64 - _BITS)


def _wide_hash(value: str) -> int:
    return int.from_bytes(blake2b(value.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")


# ---- words in their context


@dataclass(frozen=True, slots=True)
class _Word:
    """A word as written, and the forms of it that are compared."""

    text: str
    folded: str
    skeleton: str  # its first letters

    @property
    def is_capitalised(self) -> bool:
        return self.text[0].isupper()

    @property
    def is_long(self) -> bool:
        return len(self.text) > 3

    @property
    def name_hash(self) -> int | None:
        """Return the hash of the word as a name; None for a short or very common one."""
        if len(self.skeleton) <= 2 or self.skeleton in _common_names():
            return None
        return _hash(self.skeleton)

    @property
    def stem(self) -> int | None:
        """Return the hash of the word without its ending; None for a short or very common one."""
        is_telling = len(self.folded) > 3 and self.skeleton not in _common_names()
        if not (self.folded[:1].isdigit() or is_telling):
            return None
        return _hash(self.folded[:_STEM_LETTERS]) & STEM_MASK


class _Token(NamedTuple):
    """A word, or a piece of text without one, with the punctuation around it."""

    word: _Word | None
    follows_gap: bool = False  # characters other than a space precede it
    begins_sentence: bool = False  # with the end of a sentence among them
    ends_sentence: bool = False
    is_initial: bool = False
    runs_on: bool = False  # only a space or a hyphen follows


def _tokens(text: str) -> list[_Token]:
    """Return the tokens of a text, with a line end before and after it."""
    return [token for chunk in f"\n {separate_line_ends(text)} \n".split(" ") for token in _tokens_of_chunk(chunk)]


# Most chunks repeat: the cache halves the time of a page.
@cached_by_word(1 << 14)
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
    """Yield words capitalised inside a sentence, and a first word if a capitalised word follows directly.

    Yields nothing for a headline in Title Case.
    """
    if is_headline and _is_in_title_case(tokens):
        return
    before, is_beside = tokens[0], True  # the previous word or sentence end, and whether it is adjacent
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
    """Return True for an English headline in Title Case, in which capitals mean nothing.

    The test: of more than three long words, over 70 % are capitalised.
    """
    words = [token.word for token in tokens if token.word and token.word.is_long]
    if len(words) <= 3 or any(is_cyrillic(word.text) for word in words):
        return False
    return 10 * sum(word.is_capitalised for word in words) > 7 * len(words)


def _numbers(text: str) -> Iterator[int]:
    for digits in _NUMBER.findall(text):
        number = (digits if digits.isdigit() else re.sub("[^0-9]", "", digits)).lstrip("0")
        if len(number) >= 2 and not (len(number) == 4 and _YEAR.fullmatch(number)):
            yield _hash(number)


def _sample(words: Sequence[_Word]) -> list[int]:
    """Return the lowest hashes of the pairs of neighbouring words."""
    hashes = [_wide_hash(word.folded) for word in words]
    pairs = sorted({_pair_hash(one, two) for one, two in pairwise(hashes)})
    return pairs[: max(MIN_SKETCH, bisect_left(pairs, QUARTER))]


def _pair_hash(one: int, two: int) -> int:
    """Mix the hashes of two words into one that depends on their order."""
    mixed = one * _MIX_FACTORS[0] + two * _MIX_FACTORS[1] & _ALL_BITS
    mixed ^= mixed >> 32
    return (mixed * _MIX_FACTORS[0] & _ALL_BITS) >> (64 - _BITS)


def _weighted_stems(headline: Sequence[_Token], body: Sequence[_Token], named: Iterable[_Word]) -> list[int]:
    """Return the stems of greatest weight, each below its weight.

    The weight comes from the article alone, so that two articles compare without statistics of others. It grows with
    occurrences, in the headline above all, and with capitals inside sentences. Words of up to three letters have none.
    Frequencies of a large corpus gained only 0.01 of F1 (docs/design/stories.md).
    """
    counts = Counter[int]()
    for tokens, times in ((headline, _HEADLINE_FACTOR), (body, 1)):
        for token in tokens:
            if token.word and (stem := token.word.stem):
                counts[stem] += times
    of_names = {word.stem for word in named}
    weighed = (_weight(count, is_name=stem in of_names) << STEM_BITS | stem for stem, count in counts.items())
    return sorted(weighed)[-_MAX_WORDS:]


def _weight(count: int, *, is_name: bool) -> int:
    factor = _CAPITALISED_FACTOR if is_name else 1
    return min(_MAX_WEIGHT, round(2.5 * (1 + log(count)) * factor))


# Capitalised words of all kinds of news, which two articles share by chance: the calendar, countries and capitals of
# the region and the great powers, offices and state bodies, in English, Russian and Kyrgyz.
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
