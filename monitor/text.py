"""Pure. Normal forms, tokens that keep their offsets, romanised skeletons, and the sentence around a place."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache, wraps
from typing import NamedTuple, TypeVar

from anyascii import anyascii

from monitor.model import Span

_CACHED_WORDS = 1 << 17  # distinct word forms kept per function: some 20 MB each at most
_LONGEST_CACHED = 100  # letters; a page may be one word of 200,000, and the next page another
T = TypeVar("T")


def cached_by_word(size: int) -> Callable[[Callable[[str], T]], Callable[[str], T]]:
    """Return a decorator that keeps what a function returns for `size` words, without the very long ones."""

    def decorate(function: Callable[[str], T]) -> Callable[[str], T]:
        cached = lru_cache(size)(function)

        @wraps(function)
        def look_up(word: str) -> T:
            return cached(word) if len(word) <= _LONGEST_CACHED else function(word)

        return look_up

    return decorate


# ---- letters ------------------------------------------------------------------------------------------------------

APOSTROPHES = "'’ʼ`´ʻ‘ʹʺ"
HYPHENS = "-‐‑–—"
APOSTROPHES_WITHIN = "'’`´‘"  # a word; as a regex class
INVISIBLE = "\u00ad\u034f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff"  # as a regex class
WHITE = " \t\r\n\u00a0\u00ad\u200b\u200c\u200d\u2009\u202f\u2060\ufeff"  # between words, seen or not
MARKS = "\u0300-\u034e\u0350-\u036f\u0483-\u0487\u1dc0-\u1dff"

# Letters that look the same in print, Latin to Cyrillic; what keyboards, OCR and evasion mix up inside one word.
_TO_CYRILLIC = str.maketrans("aceopxykmthbiACEOPXYKMTHBI", "асеорхукмтнвіАСЕОРХУКМТНВІ")
_TO_LATIN = str.maketrans("асеорхукмтнвіАСЕОРХУКМТНВІѕЅјЈ", "aceopxykmthbiACEOPXYKMTHBIsSjJ")
_LATIN = re.compile(r"[A-Za-zÀ-ɏ]")
_CYRILLIC = re.compile(r"[\u0400-\u052f]")
_SURE_LATIN = re.compile(r"[DFGIJLNQRSUVWZdfgijlnqrsuvwzÀ-ɏ]")
_SURE_CYRILLIC = re.compile(r"[^\W\d_A-Za-zÀ-ɏасеорхукмтнвіАСЕОРХУКМТНВІѕЅјЈ]")

# Kyrgyz fonts from before Unicode put ө ү ң where Cyrillic code pages have є ї ў.
_LEGACY_LETTERS = "єїўЄЇЎ"
LEGACY = str.maketrans(_LEGACY_LETTERS, "өүңӨҮҢ")
# Letters of print that are one Kyrgyz letter (IPA barred o, Cyrillic fita), and typewriter ў ї for other alphabets.
_SAME_LETTER = str.maketrans("ɵƟѳѲ", "өӨөӨ")


@cached_by_word(_CACHED_WORDS)
def repair_word(word: str) -> str:
    """A word as it was meant: composed, without invisible characters, its look-alike letters in one script.

    >>> repair_word("Дyу\\u00adлaтoв")  # Latin y, a, o and a soft hyphen
    'Дуулатов'
    """
    if word.isascii():
        return word
    word = unicodedata.normalize("NFC", _INVISIBLE_RE.sub("", word)).translate(_SAME_LETTER)
    if is_mixed_script(word):
        if not _SURE_LATIN.search(word):
            return word.translate(_TO_CYRILLIC)
        if not _SURE_CYRILLIC.search(word):
            return word.translate(_TO_LATIN)
    return word


_INVISIBLE_RE = re.compile(f"[{INVISIBLE}]+")
_WORD_OF_TEXT = re.compile(r"[^\W_]+")


@cached_by_word(_CACHED_WORDS)
def fold(text: str) -> str:
    """The form in which spellings of the same letters are equal: case, accents, ё/е, apostrophes, look-alikes.

    Й and the Kyrgyz letters are letters of their own and stay. Folding a folded text changes nothing.

    >>> fold("Élève MÜLLER"), fold("Артём О’Коннор"), fold("Сaлянoва")  # Latin a and o in the last
    ('eleve muller', 'артем оконнор', 'салянова')
    """
    return _folded(text)


def _folded(text: str) -> str:
    while (folded := _fold_once(text)) != text:
        text = folded
    return text


def _fold_once(text: str) -> str:
    text = unicodedata.normalize("NFKD", _INVISIBLE_RE.sub("", text).casefold()).replace("и\u0306", "й")
    text = "".join(c for c in text if not unicodedata.combining(c) and c not in APOSTROPHES)
    return _WORD_OF_TEXT.sub(lambda m: repair_word(m.group()), text)


# ---- tokens -------------------------------------------------------------------------------------------------------


class Token(NamedTuple):
    """A word: where it stands in the text as given, and the word itself, repaired (a tuple: one is made per word)."""

    start: int
    end: int
    text: str


# A word is letters and digits, with marks, invisible characters or one apostrophe inside it. Hyphens part words.
_TOKEN = re.compile(rf"[^\W_]+(?:(?:[{MARKS}{INVISIBLE}]+|[{APOSTROPHES_WITHIN}](?=[^\W\d_]))[^\W_]+)*[{MARKS}]*")


def tokens(text: str) -> list[Token]:
    """The words of a text, offsets into the text exactly as given.

    >>> tokens("Wo\\u00adrd О’Коннор-2")
    [Token(start=0, end=5, text='Word'), Token(start=6, end=14, text='О’Коннор'), Token(start=15, end=16, text='2')]
    """
    if is_legacy_kyrgyz(text):
        text = text.translate(LEGACY)
    make = tuple.__new__  # twice as fast as Token(), and this is the one loop over every word of every article
    return [make(Token, (*m.span(), repair_word(m.group()))) for m in _TOKEN.finditer(text)]


_PARTED = re.compile(f"({_TOKEN.pattern})")


def spaced_out(text: str) -> str:
    """A text to be parted at spaces; the end of a line stands alone. No word of `tokens` is in two of the parts.

    >>> spaced_out("Word, О’Коннор-2\\nnext")
    'Word, О’Коннор-2 \\n next'
    """
    return (text.translate(LEGACY) if is_legacy_kyrgyz(text) else text).replace("\n", " \n ")


def words_and_gaps(chunk: str) -> tuple[list[str], list[str]]:
    """The words of a chunk as they stand there, and what is before each and after the last.

    >>> words_and_gaps("Word, О’Коннор-2")
    (['Word', 'О’Коннор', '2'], ['', ', ', '-', ''])
    """
    parts = _PARTED.split(chunk)
    return parts[1::2], parts[::2]


def is_legacy_kyrgyz(text: str) -> bool:
    """Whether a text is Kyrgyz in a font from before Unicode: є ї ў beside ы, in no alphabet that has them (і)."""
    if "і" in text or "І" in text or not ("ы" in text or "Ы" in text):
        return False
    return any(letter in text for letter in _LEGACY_LETTERS)


def is_mixed_script(word: str) -> bool:
    """Whether a word holds both Latin and Cyrillic letters."""
    return bool(_LATIN.search(word)) and bool(_CYRILLIC.search(word))


def is_cyrillic(word: str) -> bool:
    return _CYRILLIC.search(word) is not None


@lru_cache(_CACHED_WORDS)
def has_no_capitals(text: str) -> bool:
    """Return whether a text holds a letter of a script without capitals: Arabic, Georgian, Chinese, Hangul.

    >>> has_no_capitals("محمد"), has_no_capitals("გიორგი"), has_no_capitals("Հայկ"), has_no_capitals("1ª O’Коннор ʼ")
    (True, True, False, False)
    """
    return not text.isascii() and any(map(_is_without_capital, text))


@lru_cache(1 << 14)
def _is_without_capital(letter: str) -> bool:
    kind = unicodedata.category(letter)  # Georgian is Ll, though its capitals begin no word
    return (kind == "Lo" and letter not in "ªº") or (kind == "Ll" and "\u10d0" <= letter <= "\u10ff")


# ---- skeletons ----------------------------------------------------------------------------------------------------

# Where anyascii's romanisation is not the sound class of names (BGN/PCGN, ISO 9, passports and the press disagree
# on these letters: the table of docs/design/names.md), before it is asked.
_SOUND = {
    **dict.fromkeys("žżѓђҷџҗӂ", "zh"),
    **dict.fromkeys("šşśŝ", "sh"),
    **dict.fromkeys("čćçћ", "ch"),
    **dict.fromkeys("ѳɵ", "o"),
    **dict.fromkeys("әə", "a"),
    **dict.fromkeys("æœє", "e"),
    **dict.fromkeys("ъьʹʺ", ""),
    **dict.fromkeys("ʼ’`´ʻ‘", "'"),
    "ї": "i", "ң": "n", "ғ": "g", "қ": "k", "ј": "y", "љ": "l", "њ": "n", "щ": "sh", "ß": "s", "ñ": "n", "ŋ": "n",
}  # fmt: skip

_ROMANISED = str.maketrans({c: anyascii(c).lower() for c in map(chr, range(0x0400, 0x0530))} | _SOUND)

# Letter groups of the romanisations -> one symbol a sound: J (zh, j, dj), C (ch), S (sh, shch), T (ts).
_GROUPS = {
    "sch": "S", "tsch": "C", "tch": "C", "ch": "C", "cz": "C", "shch": "S", "shh": "S", "sh": "S",
    "dzh": "J", "dj": "J", "zh": "J", "kh": "h", "gh": "g", "ph": "f", "th": "t", "ck": "k", "tz": "T", "ts": "T",
    "q": "k", "w": "v", "x": "ks", "ou": "u",
}  # fmt: skip
_GROUP = re.compile("|".join([*sorted(_GROUPS, key=len, reverse=True), "c", "j", "ff$(?<=[oe]ff)"]), re.MULTILINE)
_SOUNDLESS = re.compile("[^a-zJCST\n]+")
_GLIDE = re.compile("i+(?=[aeu])(?!(?<=^i)[aeu]$)", re.MULTILINE)  # that of a word of two sounds stays
_DOUBLED = re.compile(r"(.)(?=\1)")
_NOT_ASCII = re.compile("[^\x00-\x7f]+")


def _sound(match: re.Match[str]) -> str:
    group = match.group()
    following = match.string[match.end() : match.end() + 1] or "\n"
    if group == "c":
        return "T" if following in "eiy" else "k"
    if group == "j":
        return "J" if following in "aeiouy" else "y"
    return _GROUPS.get(group, "v")


@cached_by_word(_CACHED_WORDS)
def skeleton(word: str) -> str:
    """How a word sounds, roughly, whatever script or romanisation it is written in; "" for what has no letters.

    >>> {skeleton(w) for w in ("Жоомарт", "Zhoomart", "Joomart", "Djoomart", "ЖООМАРТ")}
    {'Jomart'}
    >>> skeleton("Aleksandr") == skeleton("Алeксaндр"), skeleton("Айдай") == skeleton("Aidai") == skeleton("Aiday")
    (True, True)
    """
    return skeletons([repair_word(word)])[0]


def skeletons(words: Iterable[str]) -> list[str]:
    """`skeleton` of many repaired words at once, which is many times faster than of each."""
    sounds = _GROUP.sub(_sound, romanised("\n".join(words).lower()))
    return settle(_SOUNDLESS.sub("", sounds).replace("yo", "e").replace("y", "i")).split("\n")


def settle(sounds: str) -> str:
    """Sounds as a skeleton has them: no glide before a, e, u; nothing doubled."""
    return _DOUBLED.sub("", _GLIDE.sub("", sounds))


def romanised(word: str) -> str:
    """Words in small letters, letter by letter in Latin ones."""
    return _NOT_ASCII.sub(lambda m: anyascii(m.group()).lower(), word.translate(_ROMANISED))


# ---- sentences and paragraphs -------------------------------------------------------------------------------------

# Tried once a run of stops, and possessive: half a million dots are read once, not once for each of them.
_SENTENCE_END = re.compile(r"(?<![.!?…])[.!?…]++[\"»”’')\]]*+(?=\s++[\"«„“‘'(\[]*+([^\W_])|\s++[—–-])")
_ABBREVIATIONS = frozenset(
    {"mr", "mrs", "ms", "dr", "prof", "sen", "gen", "rep", "gov", "st", "jr", "sr", "vs", "no"}
    | {"им", "ул", "г", "гг", "пр", "тов", "проф", "акад", "св", "см", "тыс"}
)


def paragraph_around(text: str, span: Span) -> Span:
    """The paragraph (lines of an article are paragraphs) that holds a span, without the white space around it."""
    start = text.rfind("\n", 0, span.start) + 1
    end = text.find("\n", span.end)
    return _stripped(text, start, len(text) if end < 0 else end)


def sentence_around(text: str, span: Span) -> Span:
    """Return the sentence that holds a span, for showing it: initials and common abbreviations do not end one.

    Of a sentence without end only what is near, in whole words: text that is all one sentence is not shown whole for
    each name in it.
    """
    first, last = max(0, span.start - _REACH), min(len(text), span.end + _REACH)
    start, end = text.rfind("\n", first, span.start) + 1, text.find("\n", span.end, last)
    start, end = start or first, last if end < 0 else end
    stops = list(_stops(text, start, end))
    begins = max((stop for stop in stops if stop <= span.start), default=start)
    ends = min((stop for stop in stops if stop >= span.end), default=end)
    if begins == first > 0 and (white := _WHITE.search(text, begins, span.start)):
        begins = white.end()
    if ends == last < len(text) and (word := _LAST_WORD.search(text, span.end, ends)):
        ends = word.start()
    return _stripped(text, begins, ends)


_REACH = 500  # characters of a sentence that are shown before and after a place in it
_WHITE, _LAST_WORD = re.compile(r"\s"), re.compile(r"(?<=\s)\S*\Z")


def sentences(text: str) -> Iterator[Span]:
    """All sentences of a text, as `sentence_around` has them."""
    for paragraph in re.finditer(r"[^\n]+", text):
        start = paragraph.start()
        for stop in (*_stops(text, *paragraph.span()), paragraph.end()):
            yield _stripped(text, start, stop)
            start = stop


def _stops(text: str, start: int, end: int) -> Iterator[int]:
    """Where the sentences of a paragraph end, but its last."""
    return (stop.end() for stop in _SENTENCE_END.finditer(text, start, end) if _ends_sentence(text, stop))


def _ends_sentence(text: str, stop: re.Match[str]) -> bool:
    following = stop.group(1) or ""
    if following.islower():
        return False
    if stop.group()[0] != ".":
        return True
    word = re.search(r"[^\W_]*$", text[max(0, stop.start() - 20) : stop.start()])
    before = word.group() if word else ""
    return not ((len(before) == 1 and before.isupper()) or before.lower() in _ABBREVIATIONS)


def _stripped(text: str, start: int, end: int) -> Span:
    part = text[start:end]
    start += len(part) - len(part.lstrip())
    return Span(start, start + len(part.strip()))
