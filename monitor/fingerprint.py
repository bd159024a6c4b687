"""Pure. Fingerprints of texts: what is kept of an article to recognise its copies and its story."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from hashlib import blake2b
from itertools import accumulate, chain
from math import log
from threading import Lock
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from monitor.keys import Ints, Table, from_zero, mixed, sums
from monitor.model import Fingerprint
from monitor.text import cached_by_word, folds, is_cyrillic, repair_word, skeletons, spaced_out, words_and_gaps

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
_OWNER = 32  # bits of a value; above them is whose it is
_EDGE = np.array([True])
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")
_SENTENCE_END = re.compile(r"[.!?…:\n]")
_HALF, _ALL_BUT = np.uint64(32), np.uint64(64 - _BITS)
_ODD = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F], dtype=np.uint64)  # as in splitmix64 and xxHash: any will do


def fingerprint(title: str, text: str) -> Fingerprint:
    """What is kept of an article to recognise its copies and its story.

    `sketch`: FracMinHash (Irber et al. 2022) of the folded word pairs of the text: the hashes in the lowest quarter,
    and at least the 64 lowest. So a sketch is always every hash up to its highest or to that quarter, and any two
    compare up to the lower of the two marks. `names`: five letters of the romanised skeletons of words capitalised
    inside sentences, without those that half of all news holds. `numbers`: from 10 on, without years. `words`: the 64
    most telling ones, cut to five letters, each with its weight.
    """
    return fingerprints([(title, text)])[0]


def fingerprints(articles: Sequence[tuple[str, str]]) -> list[Fingerprint]:
    """Those of many articles, title and text of each: of fifty at once one takes a quarter of the time."""
    columns, part = _Chunks.now().rows_of([*chain(*articles)])
    says, marks = columns[_SAYS], np.arange(len(articles) + 1) << _OWNER
    named = _named(says, part)
    names = columns[_NAME].take(named)
    is_one = (names != _NONE).nonzero()[0]
    sets = (
        _sketches(columns[_PAIR_HALF], ((says & _WORD) * (part & 1)).nonzero()[0], part, marks),
        _packed(*_parted(part.take(named.take(is_one)), names.take(is_one), marks)),
        [packed({*_numbers(title), *_numbers(text)}) for title, text in articles],
        _telling_words(columns[_STEM_OF], part, named, marks),
    )
    return [*map(Fingerprint, *sets)]


def _parted(part: Ints, values: Ints, marks: Ints) -> tuple[Ints, Ints, Ints]:
    """The values of each article, in ascending order, each once; and where those of each begin and end."""
    keys = part >> 1 << _OWNER
    keys |= values
    keys.sort()
    keys = keys[np.concatenate((_EDGE[: len(keys)], keys[1:] != keys[:-1]))]
    edges = keys.searchsorted(marks)
    return keys, edges[:-1], edges[1:]


def _packed(keys: Ints, begin: Ints, end: Ints) -> list[bytes]:
    held, size = keys.astype(_PACKED).tobytes(), _PACKED.itemsize  # the lower half of each
    return [held[a * size : b * size] for a, b in zip(begin.tolist(), end.tolist(), strict=True)]


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


# ---- words: what is known of each, and of how it stands there

# The columns of the table. Of a word: the half of a pair's hash, twice the stem, the hash of the name or none.
_PAIR_HALF, _STEM_OF, _NAME, _SAYS = range(4)
_NONE = -1
# What it says: of the word, and of the gaps before and after it within its chunk.
_WORD, _CAPITAL, _NAMES, _LONG, _CYRILLIC = 1, 2, 4, 8, 16
_GAP, _BEGINS, _ENDS, _INITIAL, _RUNS_ON = 32, 64, 128, 256, 512
_MOST_ROWS = 200_000
_SPACE, _LEAST_KEY = np.uint32(32), np.uint64(1)


class _Chunks:
    """What stands between two spaces -> rows of a table, one a word: most was there before, with its full stop.

    Words are looked up a hundred times as often as they are new, so all that can be said of one is said once.
    """

    _now: ClassVar[_Chunks | None] = None

    def __init__(self) -> None:
        size = _MOST_ROWS + 10_000
        self._known, self._lock, self._rows = Table(), Lock(), 0  # chunk -> its first row
        self._table, self._counts = np.zeros((size, 4), np.int64), np.zeros(size, np.int32)  # how many it has

    @classmethod
    def now(cls) -> _Chunks:
        """These; or, when they are many, new ones: a text that is being read keeps those it began with."""
        known = cls._now
        if known is None or known._rows > _MOST_ROWS:
            cls._now = known = cls()
        return known

    def rows_of(self, parts: Sequence[str]) -> tuple[Ints, Ints]:
        """The columns of these parts of texts, a row a word, and of which part each row is.

        Before each part, and after the last, stands the row of an end of a line.
        """
        spaced = [spaced_out(part) for part in parts]
        text = "".join([" \n ", *[f"{part} \n " for part in spaced]])
        points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
        starts = (points == _SPACE).nonzero()[0] + 1  # of chunks, and the end
        running = sums(points).take(starts)
        # Each with the space after it, so that an empty one is none, and one that ends with zeros is another.
        keys = mixed(from_zero(running[1:] - running[:-1], starts[:-1]))
        keys |= _LEAST_KEY
        with self._lock:
            first = self._known.get(keys)
            if len(new := (first < 0).nonzero()[0]):
                unseen, one, place = np.unique(keys[new], return_index=True, return_inverse=True)
                spans = zip(starts[new[one]].tolist(), starts[new[one] + 1].tolist(), strict=True)
                learnt = self._learn([text[start : end - 1] for start, end in spans])
                self._known.put(unseen, learnt)
                first[new] = learnt[place]
            counts = self._counts.take(first)
            before = counts.cumsum() - counts
            at = (first - before).repeat(counts)
            at += np.arange(len(at))
            columns = self._table.take(at, 0).T.copy()
        begins = [*accumulate([len(part) + 3 for part in spaced], initial=1)]
        part = np.zeros(len(at), np.int64)
        part[before.take(starts.searchsorted(begins))] = 1
        return columns, part.cumsum() - 1

    def _learn(self, chunks: Sequence[str]) -> NDArray[np.int32]:
        """The first row of each."""
        found = [*_rows_of(chunks)]
        firsts = np.cumsum([self._rows, *map(len, found)], dtype=np.int32)
        begin, self._rows = self._rows, int(firsts[-1])
        if self._rows > len(self._table):
            self._table.resize((2 * self._rows, 4), refcheck=False)
            self._counts.resize(2 * self._rows, refcheck=False)
        self._table[begin : self._rows] = [*chain(*found)]
        self._counts[firsts[:-1]] = [*map(len, found)]
        return firsts[:-1]


def _rows_of(chunks: Sequence[str]) -> Iterator[list[tuple[int, int, int, int]]]:
    # Most are but a word.
    parted = [([chunk], ["", ""]) if chunk.isalpha() else words_and_gaps(chunk) for chunk in chunks]
    told = _told_by([word for words, _ in parted for word in words])
    for words, (lead, *gaps) in parted:
        if not words:
            yield [(0, 0, _NONE, _ENDS if _SENTENCE_END.search(lead) else 0)]
            continue
        yield [
            (half, stem, name, says | _said_by(before, word, gap))
            for before, gap, (word, half, stem, name, says) in zip([lead, *[""] * len(gaps)], gaps, told, strict=False)
        ]


def _said_by(before: str, word: str, after: str) -> int:
    """What the gaps say that are a word's own."""
    says = _GAP | (_BEGINS if _SENTENCE_END.search(before) else 0) if before else 0
    if after in ("", "\u00a0", "-"):
        return says | _RUNS_ON
    if len(word) == 1 and word.isupper() and after.rstrip("\u00a0") == ".":
        return says | _INITIAL
    return says | (_ENDS if _SENTENCE_END.search(after) else 0)


def _told_by(words: Sequence[str]) -> Iterator[tuple[str, int, int, int, int]]:
    """Each word, and its row without what its gaps say."""
    common = _common_names()
    for word, folded, name in zip(words, folds(words), _names(words), strict=False):  # of no words they are one
        is_capital, says = word[0].isupper(), _WORD
        # A short word tells nothing, and one that stands in news of every kind.
        tells = folded[:1].isdigit() or (len(folded) > 3 and name not in common)
        if is_capital:
            says |= _CAPITAL | (_NAMES if len(word) > 2 else 0)
        if len(word) > 3:
            says |= _LONG | (_CYRILLIC if is_cyrillic(word) else 0)
        half = _wide_hash(folded)
        half -= half >> 63 << 64  # the same bits, with a sign
        stem = (_hash(folded[:_STEM_LETTERS]) & STEM) << 1 if tells else 0
        yield word, half, stem, _hash(name) if is_capital and len(name) > 2 and name not in common else _NONE, says


def _names(words: Sequence[str]) -> list[str]:
    return [skeleton[:_STEM_LETTERS] for skeleton in skeletons(map(repair_word, words))]


def _named(says: Ints, part: Ints) -> Ints:
    """Words capitalised inside a sentence, and one that begins it when another follows at once.

    Not those of a headline in Title Case.
    """
    at = (says & _NAMES).nonzero()[0]
    at = at[~_are_in_title_case(says, part).take(part.take(at))]
    own, following = says.take(at), says.take(at + 1)
    # A word, or the end of a sentence: not a dash.
    last = np.maximum.accumulate(np.where(says & (_WORD | _ENDS), np.arange(len(says)), 0)).take(at - 1)
    before, is_apart = says.take(last), (last < at - 1) | (own & _GAP > 0)
    begins = (before & _ENDS | own & _BEGINS > 0) | is_apart & (before & _INITIAL > 0)
    runs_on_capitalised = (own & _RUNS_ON > 0) & (following & (_CAPITAL | _GAP) == _CAPITAL)
    named: Ints = at[runs_on_capitalised | ~begins]
    return named


def _are_in_title_case(says: Ints, part: Ints) -> NDArray[np.bool_]:
    """English headlines in Title Case, where capitals say nothing: of more than three long words 70 % have one."""
    at = ((says & _LONG) * (~part & 1)).nonzero()[0]
    whose, many = part.take(at), int(part[-1]) + 1
    weights = _IN_TITLE_CASE.take(says.take(at) & (_CAPITAL | _CYRILLIC))
    found: NDArray[np.bool_] = np.bincount(whose, weights, many) > 0
    return found & (np.bincount(whose, minlength=many) > 3)


_IN_TITLE_CASE = np.full((_CAPITAL | _CYRILLIC) + 1, -7)
_IN_TITLE_CASE[_CAPITAL], _IN_TITLE_CASE[_CYRILLIC:] = 3, -(1 << 40)


def _numbers(text: str) -> Iterator[int]:
    for found in _NUMBER.findall(text):
        number = (found if found.isdigit() else re.sub("[^0-9]", "", found)).lstrip("0")
        if len(number) >= 2 and not (len(number) == 4 and _YEAR.fullmatch(number)):
            yield _hash(number)


def _sketches(halves: Ints, at: Ints, part: Ints, marks: Ints) -> list[bytes]:
    """Of the words of texts: the rows that stand `at` these places."""
    whose, half = part.take(at), halves.take(at).view(np.uint64)
    hashes = half[:-1] * _ODD[0]
    hashes += half[1:] * _ODD[1]  # wraps, as it should; the order of the two tells
    hashes ^= hashes >> _HALF
    hashes *= _ODD[0]
    hashes >>= _ALL_BUT
    within = (whose[1:] == whose[:-1]).nonzero()[0]
    pairs, begin, end = _parted(whose.take(within), hashes.view(np.int64).take(within), marks)
    quarter = pairs.searchsorted(marks[:-1] + QUARTER)
    return _packed(pairs, begin, np.minimum(np.maximum(quarter, begin + LEAST_SKETCH), end))


def _telling_words(stems: Ints, part: Ints, named: Ints, marks: Ints) -> list[bytes]:
    """What a word tells is read off the article itself: no count of other articles is needed to compare two.

    It tells more when it stands in the headline, stands there again and again, and is capitalised inside a sentence; up
    to three letters, nothing. Frequencies of a large corpus instead gained 0.01 of F1 (docs/design/stories.md).
    """
    stems[named] |= 1  # doubled they are, so the last of equals says whether one of them is a name
    at = (stems > 1).nonzero()[0]
    its = part.take(at)
    keys = its >> 1 << _OWNER
    keys |= stems.take(at)
    keys = keys.repeat(_TIMES.take(its & 1))
    keys.sort()
    pure = keys >> 1
    last = np.concatenate((_EDGE, pure[1:] != pure[:-1], _EDGE[: len(keys)])).nonzero()[0] - 1
    keys, counts = keys.take(last[1:]), np.minimum(last[1:] - last[:-1], _MOST_COUNTED)
    weighed = _WEIGHTS[keys & 1, counts] << STEM_BITS
    weighed |= keys >> 1 & STEM
    weighed, begin, end = _parted(keys >> _OWNER << 1, weighed, marks)
    return _packed(weighed, np.maximum(begin, end - _KEPT_WORDS), end)


_TIMES = np.array([_HEADLINE, 1])
# By how often it stands there, more if it is capitalised; from so many times on it tells as much as can be kept.
_MOST_COUNTED, _MOST_WEIGHT = 200, 15
_WEIGHTS = np.array(
    [
        [0, *(min(_MOST_WEIGHT, round(2.5 * (1 + log(n)) * more)) for n in range(1, _MOST_COUNTED + 1))]
        for more in (1, _CAPITALISED)
    ]
)


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
    return frozenset(_names(_COMMON.split()))
