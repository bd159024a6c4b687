"""Pure. Fingerprints of texts: what is kept of an article to recognise its copies and its story."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from hashlib import blake2b
from itertools import chain
from math import log
from threading import Lock
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from monitor.model import Fingerprint
from monitor.text import chunks, fold, is_cyrillic, skeleton, words_and_gaps

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
_ODD = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F], dtype=np.uint64)  # as in splitmix64 and xxHash: any will do


def fingerprint(title: str, text: str) -> Fingerprint:
    """What is kept of an article to recognise its copies and its story.

    `sketch`: FracMinHash (Irber et al. 2022) of the folded word pairs of the text: the hashes in the lowest quarter,
    and at least the 64 lowest. So a sketch is always every hash up to its highest or to that quarter, and any two
    compare up to the lower of the two marks. `names`: five letters of the romanised skeletons of words capitalised
    inside sentences, without those that half of all news holds. `numbers`: from 10 on, without years. `words`: the 64
    most telling ones, cut to five letters, each with its weight.
    """
    known = _Chunks.now()
    headline, body = known.rows_of(title), known.rows_of(text)
    begins = len(headline) + 2
    rows = known.take([_STOP, *headline, _STOP, *body, _STOP])
    named = _named(rows[:, _SAYS], begins)
    names = {*rows[named, _NAME].tolist()}
    names.discard(_NONE)
    text_rows = rows[begins:]
    return Fingerprint(
        sketch=_sketch(text_rows[(text_rows[:, _SAYS] & _WORD).nonzero()[0], _PAIR_HALF].view(np.uint64)),
        names=packed(names),
        numbers=packed({*_numbers(title), *_numbers(text)}),
        words=_telling_words(rows[:, _STEM_OF], rows[: begins - 1, _STEM_OF], named),
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
    terms = np.array([*{*names.tolist(), *(words & STEM).tolist()}], _PACKED)
    return pairs[: max(least, int(pairs.searchsorted(mark)))], -1 - terms


@lru_cache(1 << 16)
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
_STOP = 0  # the row that stands before, between and after headline and text
_MOST_ROWS = 100_000
_LONGEST = 50  # letters of a chunk that is remembered


class _Chunks(dict[str, tuple[int, ...]]):
    """What stands between two spaces -> rows of the table, one a word: most was there before, with its full stop.

    Words are looked up a hundred times as often as they are new, so all that can be said of one is said once.
    """

    _now: ClassVar[_Chunks | None] = None

    def __init__(self) -> None:
        super().__init__()
        self._table = np.zeros((_MOST_ROWS + 10_000, 4), np.int64)
        self._rows, self._new, self._lock = 0, [(0, 0, _NONE, _ENDS)], Lock()  # the first is _STOP

    @classmethod
    def now(cls) -> _Chunks:
        """These; or, when they are many, new ones: a text that is being read keeps those it began with."""
        known = cls._now
        if known is None or known._rows > _MOST_ROWS:
            cls._now = known = cls()
        return known

    def rows_of(self, text: str) -> list[int]:
        return [*chain.from_iterable(map(self.__getitem__, chunks(text)))]

    def take(self, rows: Sequence[int]) -> NDArray[np.int64]:
        with self._lock:
            if self._new:
                first, self._rows = self._rows, self._rows + len(self._new)
                if self._rows > len(self._table):
                    self._table = np.concatenate([self._table, np.zeros((self._rows, 4), np.int64)])
                self._table[first : self._rows] = self._new
                self._new = []
        return self._table.take(np.array(rows), 0)

    def __missing__(self, chunk: str) -> tuple[int, ...]:
        rows = [*_rows_of(chunk)]
        with self._lock:
            first = self._rows + len(self._new)
            self._new += rows
        found = tuple(range(first, first + len(rows)))
        if len(chunk) <= _LONGEST:
            self[chunk] = found
        return found


def _rows_of(chunk: str) -> Iterator[tuple[int, int, int, int]]:
    # Most are but a word.
    words, (lead, *gaps) = ([chunk], ["", ""]) if chunk.isalpha() else words_and_gaps(chunk)
    if not words:
        yield 0, 0, _NONE, _ENDS if _SENTENCE_END.search(chunk) else 0
        return
    for word, gap in zip(words, gaps, strict=True):
        half, stem, name, says = _told_by(word)
        if lead:
            says |= _GAP | (_BEGINS if _SENTENCE_END.search(lead) else 0)
        if gap in ("", "\u00a0", "-"):
            says |= _RUNS_ON
        elif len(word) == 1 and word.isupper() and gap.rstrip("\u00a0") == ".":
            says |= _INITIAL
        elif _SENTENCE_END.search(gap):
            says |= _ENDS
        yield half, stem, name, says
        lead = ""


@lru_cache(1 << 16)
def _told_by(word: str) -> tuple[int, int, int, int]:
    folded, is_capital, says = fold(word), word[0].isupper(), _WORD
    name = _name_of(word) if is_capital or len(folded) > 3 else ""
    # A short word tells nothing, and one that stands in news of every kind.
    is_common = name in _common_names()
    tells = folded[:1].isdigit() or (len(folded) > 3 and not is_common)
    if is_capital:
        says |= _CAPITAL | (_NAMES if len(word) > 2 else 0)
    if len(word) > 3:
        says |= _LONG | (_CYRILLIC if is_cyrillic(word) else 0)
    half = _wide_hash(folded)
    return (
        half - (half >> 63 << 64),  # the same bits, with a sign
        (_hash(folded[:_STEM_LETTERS]) & STEM) << 1 if tells else 0,
        _hash(name) if is_capital and len(name) > 2 and not is_common else _NONE,
        says,
    )


def _named(says: NDArray[np.int64], begins: int) -> list[int]:
    """Words capitalised inside a sentence, and one that begins it when another follows at once.

    Not those of a headline in Title Case.
    """
    each = says.tolist()
    first = begins if _is_in_title_case(each[1 : begins - 1]) else 1
    capitalised = (says[first:] & _NAMES).nonzero()[0] + first
    return [i for i in capitalised.tolist() if _runs_on_capitalised(*each[i : i + 2]) or not _begins_sentence(each, i)]


def _is_in_title_case(headline: Iterable[int]) -> bool:
    """An English headline in Title Case: capitals there say nothing."""
    long = [word for word in headline if word & _LONG]
    capitals = sum(word & _CAPITAL for word in long) // _CAPITAL
    return len(long) > 3 and capitals > 0.7 * len(long) and not any(word & _CYRILLIC for word in long)


def _begins_sentence(says: Sequence[int], i: int) -> bool:
    before = i - 1
    while not says[before] & (_WORD | _ENDS):  # a dash
        before -= 1
    is_apart = before < i - 1 or says[i] & _GAP
    return bool(says[before] & _ENDS or says[i] & _BEGINS or (says[before] & _INITIAL and is_apart))


def _runs_on_capitalised(word: int, following: int) -> bool:
    return bool(word & _RUNS_ON and following & _CAPITAL and not following & _GAP)


@lru_cache(1 << 16)
def _name_of(word: str) -> str:
    return skeleton(word)[:_STEM_LETTERS]


def _numbers(text: str) -> Iterator[int]:
    for found in _NUMBER.findall(text):
        number = (found if found.isdigit() else re.sub("[^0-9]", "", found)).lstrip("0")
        if len(number) >= 2 and not (len(number) == 4 and _YEAR.fullmatch(number)):
            yield _hash(number)


def _sketch(halves: NDArray[np.uint64]) -> bytes:
    mixed = halves[:-1] * _ODD[0] + halves[1:] * _ODD[1]  # wraps, as it should; the order of the two tells
    mixed ^= mixed >> np.uint64(32)
    mixed *= _ODD[0]
    mixed >>= np.uint64(64 - _BITS)
    mixed.sort()
    new = np.ones(len(mixed), bool)
    np.not_equal(mixed[1:], mixed[:-1], out=new[1:])
    pairs = mixed[new].astype(_PACKED)
    return bytes(pairs[: max(int(pairs.searchsorted(QUARTER)), LEAST_SKETCH)])


def _telling_words(stems: NDArray[np.int64], headline: NDArray[np.int64], named: Sequence[int]) -> bytes:
    """What a word tells is read off the article itself: no count of other articles is needed to compare two.

    It tells more when it stands in the headline, stands there again and again, and is capitalised inside a sentence; up
    to three letters, nothing. Frequencies of a large corpus instead gained 0.01 of F1 (docs/design/stories.md).
    """
    stems[named] |= 1  # doubled they are, so the last of equals says whether one of them is a name
    stems = np.concatenate([stems, *[headline] * (_HEADLINE - 1), _LAST])
    stems.sort()
    pure = stems >> 1
    last = (pure[1:] != pure[:-1]).nonzero()[0]  # of what tells nothing, 0, and of each other
    each = stems[last[1:]]
    counts = np.minimum(last[1:] - last[:-1], _MOST_COUNTED)
    weighed = _WEIGHTS[each & 1, counts] << STEM_BITS | each >> 1
    weighed.sort()
    return bytes(weighed[-_KEPT_WORDS:].astype(_PACKED))


_LAST = np.array([1 << 62])
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
    return frozenset(map(_name_of, _COMMON.split()))
