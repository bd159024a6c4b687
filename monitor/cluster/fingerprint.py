"""Pure. Fingerprints of texts: what is stored of an article to recognise its copies and its story."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from hashlib import blake2b
from math import log
from typing import NamedTuple

import numpy as np

from monitor.model import Fingerprint
from monitor.model.fingerprint import HASH_BITS, QUARTER, STEM_BITS, STEM_MASK, packed, unpacked
from monitor.text import romanize
from monitor.text.normalize import cached_by_word, fold_unknown_word, is_cyrillic, repair_unknown_word
from monitor.text.romanize import skeletons
from monitor.text.tokens import words_and_gaps

# The sample is the lowest quarter of the hashes of word pairs.
MIN_SKETCH = 64  # of a short text, more than a quarter is kept
_STEM_LETTERS = 5  # case endings and patronymics begin after these
_MAX_WORDS = 128  # the weightiest (docs/design/stories.md)
_HEADLINE_FACTOR = 5  # a word of the headline counts as so many in the text
_CAPITALISED_FACTOR = 1.5
_NUMBER = re.compile(r"[0-9](?:[0-9]{0,2}(?:[ ,.\u00a0\u202f][0-9]{3})+(?![0-9])|[0-9]*)")
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")
_SENTENCE_END = re.compile(r"[.!?…:\n]")
_JOINTS = "", "\u00a0", "-"  # between two words of a name, before a space
_RULES = 2  # since November 2026: twice as many words, finer weights
_MAX_WEIGHT = 31  # fits into the bits above a stem
# From splitmix64 and xxHash; any odd numbers work.
_MIX_FACTORS = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F)


def fingerprint(title: str, text: str) -> Fingerprint:
    """Return the fingerprint of an article.

    `sketch`: a FracMinHash (Irber et al. 2022) of the folded word pairs of the text: all hashes in the lowest quarter,
    and at least the 64 lowest. A sketch thus holds every hash up to a limit, and two sketches compare up to the lower
    limit. `names`: five letters of the romanised skeletons of words capitalised inside sentences, without very common
    ones. `numbers`: from 10 on, without years. `words`: the 128 most characteristic words, cut to five letters, with
    weights.
    """
    headline, headline_gaps = words_and_gaps(title)
    body, body_gaps = words_and_gaps(text)
    forms = {word: _form(word) for word in {*headline, *body}}
    named = {*_names(body, body_gaps)}
    if not _is_in_title_case(headline):
        named.update(_names(headline, headline_gaps))
    names = {sounds for word in named if len(sounds := forms[word].first_sounds) > 2} - _common_names()
    return Fingerprint(
        sketch=_sketch([forms[word].hash for word in body]),
        names=packed({*map(_hash, names)}),
        numbers=packed({*_numbers(title), *_numbers(text)}),
        words=packed(_weighted_stems(headline, body, named, forms)),
        romanisation=fingerprint_version(),
    )


def fingerprint_version() -> int:
    """Return the version of fingerprints made now; those of another are made again before they are compared."""
    return romanize.ROMANISATION_VERSION ^ _RULES


def stem_weights(fingerprint: Fingerprint) -> dict[int, int]:
    """Return the weight of each stem of an article."""
    return {word & STEM_MASK: word >> STEM_BITS for word in unpacked(fingerprint.words)}


def name_sounds(words: Iterable[str]) -> set[str]:
    """Return the first sounds of names, which are alike in each script and ending."""
    return {_form(word).first_sounds for word in words} - {""}


def name_hashes(words: Iterable[str]) -> set[int]:
    """Return what a fingerprint holds of these words as names."""
    return {_hash(_form(word).first_sounds) for word in words}


def stem_hashes(words: Iterable[str]) -> set[int]:
    """Return what a fingerprint holds of these words as stems."""
    return {stem for word in words if (stem := _form(word).stem) is not None}


def _hash(value: str) -> int:
    """Return a 31-bit hash that is the same in every process and version, unlike `hash`."""
    return _wide_hash(value) >> (64 - HASH_BITS)


def _wide_hash(value: str) -> int:
    return int.from_bytes(blake2b(value.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")


# ---- words in their context


class _Form(NamedTuple):
    """What is compared of a word."""

    hash: int  # of the folded word, in 64 bits
    stem: int | None  # hash of the word without its ending; None for a short or very common one
    first_sounds: str  # of its skeleton


# More would take memory, and help little: what is not among so many is rare.
@cached_by_word(1 << 13)
def _form(word: str) -> _Form:
    folded, sounds = fold_unknown_word(word), _first_sounds(word)
    is_telling = folded[:1].isdigit() or (len(folded) > 3 and sounds not in _common_names())
    return _Form(_wide_hash(folded), _hash(folded[:_STEM_LETTERS]) & STEM_MASK if is_telling else None, sounds)


def _first_sounds(word: str) -> str:
    """Return the first sounds of a word."""
    return skeletons([repair_unknown_word(word)])[0][:_STEM_LETTERS]


def _names(words: Sequence[str], gaps: Sequence[str]) -> Iterator[str]:
    """Yield words capitalised inside a sentence, and a first word if a capitalised word follows directly."""
    for place, word in enumerate(words):
        if len(word) > 2 and word[0].isupper():
            begins_sentence = place == 0 or _ends_sentence(words[place - 1], gaps[place])
            is_joined_to_next = place + 1 < len(words) and gaps[place + 1].removesuffix(" ") in _JOINTS
            if not begins_sentence or (is_joined_to_next and words[place + 1][0].isupper()):
                yield word


def _ends_sentence(word: str, gap: str) -> bool:
    """Return whether a sentence ends in the gap after a word. The full stop of an initial ends none before a space."""
    signs, _, following_signs = gap.partition(" ")
    if len(word) == 1 and word.isupper() and signs.rstrip("\u00a0") == ".":
        return following_signs != ""
    return _SENTENCE_END.search(gap) is not None


def _is_in_title_case(headline: Sequence[str]) -> bool:
    """Return True for an English headline in Title Case, in which capitals mean nothing.

    The test: of more than three long words, over 70 % are capitalised.
    """
    words = [word for word in headline if len(word) > 3]
    if len(words) <= 3 or any(map(is_cyrillic, words)):
        return False
    return 10 * sum(word[0].isupper() for word in words) > 7 * len(words)


def _numbers(text: str) -> Iterator[int]:
    for digits in _NUMBER.findall(text):
        number = (digits if digits.isdigit() else re.sub("[^0-9]", "", digits)).lstrip("0")
        if len(number) >= 2 and not (len(number) == 4 and _YEAR.fullmatch(number)):
            yield _hash(number)


def _sketch(hashes: Sequence[int]) -> bytes:
    """Return the lowest hashes of the pairs of neighbouring words, in stored form."""
    words = np.array(hashes, np.uint64)
    # The hash of a pair depends on the order of its words.
    mixed = words[:-1] * np.uint64(_MIX_FACTORS[0]) + words[1:] * np.uint64(_MIX_FACTORS[1])
    mixed = (mixed ^ (mixed >> np.uint64(32))) * np.uint64(_MIX_FACTORS[0])
    pairs = np.unique((mixed >> np.uint64(64 - HASH_BITS)).astype(np.int64))
    return pairs[: max(MIN_SKETCH, int(pairs.searchsorted(QUARTER)))].astype(np.int32).tobytes()


def _weighted_stems(
    headline: Sequence[str], body: Sequence[str], named: Iterable[str], forms: Mapping[str, _Form]
) -> list[int]:
    """Return the stems of greatest weight, each below its weight.

    The weight comes from the article alone, so that two articles compare without statistics of others. It grows with
    occurrences, in the headline above all, and with capitals inside sentences. Words of up to three letters have none.
    Frequencies of a large corpus gained only 0.01 of F1 (docs/design/stories.md).
    """
    counts = Counter[int]()
    for words, times in ((headline, _HEADLINE_FACTOR), (body, 1)):
        for word, count in Counter(words).items():
            if stem := forms[word].stem:
                counts[stem] += count * times
    of_names = {forms[word].stem for word in named}
    weighed = (_weight(count, stem in of_names) << STEM_BITS | stem for stem, count in counts.items())
    return sorted(weighed)[-_MAX_WORDS:]


@lru_cache(1 << 10)
def _weight(count: int, is_name: bool) -> int:
    factor = _CAPITALISED_FACTOR if is_name else 1
    return min(_MAX_WEIGHT, round(4 * (1 + log(count)) * factor))


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
    return frozenset(map(_first_sounds, _COMMON.split()))
