"""The tables of incidents, read: words of the press, acts with the government of their phrases, endings, modality.

A table is one language (`tables/incidents_<language>.txt`); its `[kind]` says how its sentences tell who suffered: by
`cases` (Russian; `head-final`: Kyrgyz, whose verbs stand last) or by word `order` (English).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from itertools import count, product
from typing import TypeAlias, TypeVar

from monitor.groups import group_values
from monitor.match import tables
from monitor.model import PressAct
from monitor.text.normalize import APOSTROPHES
from monitor.text.tables import read_sections, table_text

LANGUAGES = ("ru", "ky", "en")
ROLE_SECTIONS = ("press", "press alone", "press beside media", "outlets", "outlets beside media")
# Words by which no act is told apart: most sentences have some, or they are the press itself.
FREQUENT = (
    *("stop words", "auxiliary", "prepositions", "not", "determiners", "pronouns", "adverbs", "planned", "and"),
    *("numbers", "things", "media", "frequent"),
)
T = TypeVar("T")
_LABIALS = {letter: (f"{letter}л",) for letter in "бпвмф"}
_SOFTENED = {"ст": ("щ",), "т": ("ч", "щ"), "д": ("ж", "жд"), "с": ("ш",), "з": ("ж",), **_LABIALS}
_ORDER = ("=", "", "&", "+", "*")  # of the kinds of pieces: whose form the table gives comes first
PREFIX = 4  # letters by which phrases of lists are looked up; shorter words by all of theirs


class Form(StrEnum):
    """What a word's ending says of it, beside the cases of nouns."""

    PLAIN = "plain"
    ACTIVE = "active"
    PASSIVE = "passive"
    ATTRIBUTE = "attribute"  # a passive participle that describes a noun
    INFINITIVE = "infinitive"
    PAST = "past"  # active or passive, as English -ed
    DENIED = "denied"


@dataclass(frozen=True, slots=True)
class Noun:
    """The cases that an ending may be, and its number."""

    cases: frozenset[str]
    is_many: bool


# A stem and what follows it: "" nothing, `=form` nothing (its form), `&class` and `+class` endings, `*` any letters.
Piece: TypeAlias = tuple[str, str]


@dataclass(frozen=True, slots=True)
class WordTest:
    """A word of a phrase, in any of its spellings; those whose form the table gives come first."""

    pieces: tuple[Piece, ...]

    @property
    def exact(self) -> frozenset[str]:
        """Return the spellings that have no ending."""
        return frozenset(stem for stem, kind in self.pieces if not kind)

    @property
    def is_noun(self) -> bool:
        """Return whether one of its spellings is a noun."""
        return any(kind.startswith("+") for _, kind in self.pieces)


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that name an act: each test is one word; `joined` tells which follow their predecessor directly."""

    act: PressAct
    slot: str  # obj, subj, own, attr, poss, or a case or preposition
    preposition: str
    tests: tuple[WordTest, ...]
    joined: tuple[bool, ...]
    number: int  # in its table
    rarest: int  # the place of its rarest word, by which it is looked up


@dataclass(frozen=True, slots=True)
class PressWord:
    """A word or two that name a person or an outlet of the press."""

    before: str  # a word that stands directly before, as in “алып баруучу”; "" for none
    stem: str
    noun: str
    section: str


@dataclass(frozen=True, slots=True)
class WordList:
    """A section of words and of phrases, whose words are joined by `_` in the table."""

    exact: frozenset[str] = frozenset()
    beginnings: tuple[str, ...] = ()
    phrases: dict[str, tuple[tuple[str, ...], ...]] = field(default_factory=dict)  # by the letters they begin with

    def size_at(self, words: Sequence[str], place: int) -> int:
        """Return how many words from a place on are a word or phrase of the list; 0 for none."""
        if not 0 <= place < len(words):
            return 0
        word = words[place]
        if word in self.exact or word.startswith(self.beginnings):
            return 1
        for phrase in self.phrases.get(word[:PREFIX], ()):
            if place + len(phrase) <= len(words) and all(map(fits, phrase, words[place : place + len(phrase)])):
                return len(phrase)
        return 0


def fits(piece: str, word: str) -> bool:
    """Return whether a word is a piece of a phrase; a piece that ends with * has any ending."""
    return word.startswith(piece[:-1]) if piece.endswith("*") else word == piece


@dataclass(frozen=True)
class Grammar:
    """One language's table."""

    language: str
    is_ordered: bool
    is_head_final: bool
    endings: dict[str, tuple[tuple[Noun, re.Pattern[str]], ...]]
    forms: dict[str, tuple[tuple[Form, re.Pattern[str]], ...]]
    phrases: dict[str, list[Phrase]]  # by the stems of their rarest word
    roles: dict[str, list[PressWord]]  # by their stems
    words: dict[str, WordList]
    endings_of_pronouns: dict[str, frozenset[str]]  # cases of the relative pronoun
    first_person: dict[str, frozenset[str]]  # cases of “me” and “us”
    third_person: dict[str, frozenset[str]]
    role_words: dict[str, str]  # keys of `ROLE_WORDS` by the beginnings of words
    agent_words: dict[str, str]

    def is_in(self, word: str, *names: str) -> bool:
        """Return whether a folded word is in one of some sections of single words."""
        return any(name in self.words and self.words[name].size_at((word,), 0) for name in names)

    def ends(self, section: str, word: str) -> bool:
        """Return whether a folded word has one of the endings that a section lists."""
        return word.endswith(tuple(self.words[section].exact))

    def noun(self, word: str, stem: str, kind: str) -> Noun | None:
        """Return how a word is an ending of a noun's stem, or None."""
        if not word.startswith(stem):
            return None
        ending, readings = word[len(stem) :], []
        for noun, pattern in self.endings.get(kind, ()):
            if pattern.fullmatch(ending):
                readings.append(noun)
        if not readings:
            return None
        return Noun(frozenset().union(*(n.cases for n in readings)), all(n.is_many for n in readings))

    def form(self, test: WordTest, word: str) -> Form | None:
        """Return the form in which a word fits a test, or None."""
        for stem, kind in test.pieces:
            if word.startswith(stem) and (form := self._form_of(word[len(stem) :], kind)):
                return form
        return None

    def _form_of(self, ending: str, kind: str) -> Form | None:
        """Return the form that an ending is of a piece of this kind, or None."""
        sign, name = kind[:1], kind[1:]
        if sign == "&":
            return next((form for form, pattern in self.forms[name] if pattern.fullmatch(ending)), None)
        if sign == "=":
            return None if ending else Form(name)
        if sign == "+":
            is_of_kind = any(pattern.fullmatch(ending) for _, pattern in self.endings[name])
        else:
            is_of_kind = sign == "*" or not ending
        return Form.PLAIN if is_of_kind else None


def key_of(keys: Mapping[str, str], word: str) -> str:
    """Return the key of the longest beginning of a word, "" for none."""
    return next((keys[word[:size]] for size in range(len(word), 1, -1) if word[:size] in keys), "")


def look_up(table: Mapping[str, Sequence[T]], word: str) -> Iterator[T]:
    """Yield what a table has for the beginnings of a word, for the longest first."""
    for size in range(len(word), 0, -1):
        yield from table.get(word[:size], ())


def fold_word(word: str) -> str:
    """Return a word in small letters, as the tables have them."""
    if not word.isalpha():
        for sign in APOSTROPHES:
            word = word.replace(sign, "'")
    return word.lower().replace("ё", "е")


@cache
def grammar(language: str) -> Grammar:
    """Return the table of a language."""
    table = read_sections(table_text(tables.__file__, f"incidents_{language}"))  # whose lines nobody needs again
    parts = {
        name: f"(?:{'|'.join(row.split())})"
        for name, _, row in (line.partition(":") for line in table.get("parts", ()))
    }
    kind = " ".join(table["kind"]).split()
    frequent = {word for name in FREQUENT for line in table.get(name, ()) for word in fold_word(line).split()}
    phrases: dict[str, list[Phrase]] = {}
    for phrase in _phrases(table["acts"], frequent):
        for stem in {stem for stem, _ in phrase.tests[phrase.rarest].pieces}:
            phrases.setdefault(stem, []).append(phrase)
    roles = (role for section in ROLE_SECTIONS for role in _roles(table[section], section))
    endings = {
        name.removeprefix("endings of "): tuple(_endings(lines, parts))
        for name, lines in table.items()
        if name.startswith("endings of ")
    }
    forms = {verb: tuple(_forms(table, verb, parts)) for verb in ("", "т", "и")}
    return Grammar(
        language,
        is_ordered=kind[0] == "order",
        is_head_final="head-final" in kind,
        endings=endings,
        forms=forms,
        phrases=phrases,
        roles=group_values((role.stem, role) for role in sorted(roles, key=lambda role: not role.before)),
        words={
            name: _words(lines)
            for name, lines in table.items()
            if not name.startswith(
                ("endings", "verbs", "parts", "acts", "kind", "role words", "agent words", "examples")
            )
        },
        endings_of_pronouns=_pronouns(table.get("relative", ())),
        first_person=_pronouns(table["first person"]),
        third_person=_pronouns(table["third person"]),
        role_words=_keys(table["role words"]),
        agent_words=_keys(table["agent words"]),
    )


def _pattern(row: str, parts: dict[str, str]) -> re.Pattern[str]:
    """Return a pattern of the endings in a row: `-` is none, `*` any letters, {name} the endings of [parts]."""
    for name, alternatives in parts.items():
        row = row.replace(f"{{{name}}}", alternatives)
    return re.compile("|".join("" if e == "-" else e.replace("*", r"\w*") for e in row.split()))


def _endings(lines: Iterable[str], parts: dict[str, str]) -> Iterator[tuple[Noun, re.Pattern[str]]]:
    for line in lines:
        names, _, row = line.partition(":")
        cases = frozenset(names.split()) - {"many"}
        yield Noun(cases, "many" in names.split()), _pattern(row, parts)


def _forms(table: Mapping[str, list[str]], verb: str, parts: dict[str, str]) -> Iterator[tuple[Form, re.Pattern[str]]]:
    """Yield the forms of verbs; those of a class of its own come first."""
    for name in (verb,) if verb == "и" else (verb, "") if verb else ("",):
        for form in (Form.PASSIVE, Form.ATTRIBUTE, Form.DENIED, Form.ACTIVE, Form.INFINITIVE, Form.PAST):
            if lines := table.get(f"verbs {form} {name}".strip()):
                yield form, _pattern(" ".join(lines), parts)


def _words(lines: Sequence[str]) -> WordList:
    words = [fold_word(word).replace("-", "_") for line in lines for word in line.split()]
    singles = [word for word in words if "_" not in word]
    phrases = group_values(
        (pieces[0].rstrip("*")[:PREFIX], pieces) for word in words if len(pieces := tuple(word.split("_"))) > 1
    )
    return WordList(
        frozenset(word for word in singles if not word.endswith("*")),
        tuple(word[:-1] for word in singles if word.endswith("*")),
        {key: tuple(group) for key, group in phrases.items()},
    )


def _pronouns(lines: Iterable[str]) -> dict[str, frozenset[str]]:
    rows = (line.partition(":") for line in lines)
    return {word: frozenset(cases.split()) for cases, _, row in rows for word in row.split()}


def _keys(lines: Iterable[str]) -> dict[str, str]:
    rows = (line.partition(":") for line in lines)
    return {fold_word(word): key for key, _, row in rows for word in row.split()}


def _roles(lines: Iterable[str], section: str) -> Iterator[PressWord]:
    for word in " ".join(lines).split():
        name, _, kind = word.partition("+")
        before, _, stem = fold_word(name).replace("-", "_").rpartition("_")
        yield PressWord(before.rpartition("_")[2], stem, kind, section)


def _phrases(lines: Iterable[str], frequent: Collection[str]) -> Iterator[Phrase]:
    tests_by_word: dict[tuple[str, ...], WordTest] = {}  # phrases share words, and words their pieces
    pieces_by_word: dict[str, tuple[Piece, ...]] = {}
    gaps: dict[tuple[bool, ...], tuple[bool, ...]] = {}
    known_keys, numbers = set[object](), count()

    def test_of(*words: str) -> WordTest:
        if words not in tests_by_word:
            for word in words:
                if word not in pieces_by_word:
                    pieces_by_word[word] = tuple(_pieces(word))
            pieces = (piece for word in words for piece in pieces_by_word[word])
            tests_by_word[words] = WordTest(tuple(sorted(pieces, key=lambda piece: _ORDER.index(piece[1][:1]))))
        return tests_by_word[words]

    for line in _joined(lines):
        act, government, row = (part.strip() for part in line.split("|", 2))
        preposition, _, slot = government.rpartition("+")
        for text in filter(str.strip, row.split(",")):
            for words in product(*map(_choices, text.split())):
                tests = tuple(test_of(*piece) for pieces in words for piece in pieces)
                joined = tuple(number > 0 for pieces in words for number in range(len(pieces)))
                key = act, government, str(words)
                if key not in known_keys:
                    rarest = max(range(len(tests)), key=lambda place: _rarity(tests[place], frequent))
                    joined = gaps.setdefault(joined, joined)
                    yield Phrase(PressAct(act), slot.strip(), preposition.strip(), tests, joined, next(numbers), rarest)
                known_keys.add(key)


def _rarity(test: WordTest, frequent: Collection[str]) -> tuple[int, int]:
    """Return a number that is the higher the fewer sentences have a word: its length, except for frequent ones."""
    return min((0 if stem in frequent else len(stem), len(stem)) for stem, _ in test.pieces)


def _choices(text: str) -> list[list[list[str]]]:
    """Return the sequences that a word of a phrase stands for, each as alternatives of single words.

    >>> _choices("a/b_c/d"), _choices("b_c")
    ([[['a', 'd']], [['b'], ['c']]], [[['b'], ['c']]])
    """
    alternatives = [word.replace("-", "_").split("_") for word in text.split("/")]  # as texts are read
    single = [word for pieces in alternatives if len(pieces) == 1 for word in pieces]
    return [*([[single]] if single else []), *([[p] for p in pieces] for pieces in alternatives if len(pieces) > 1)]


def _joined(lines: Iterable[str]) -> Iterator[str]:
    """Yield the rows of acts; a line that begins with a space goes on the one before."""
    row = ""
    for line in lines:
        if not line.startswith(" ") and row:
            yield row
            row = ""
        row += line
    if row:
        yield row


def _softened(stem: str) -> Iterator[str]:
    """Yield a stem as it may stand before -ен in Russian (Zaliznyak's second conjugation: достави-, доставлен)."""
    yield stem
    for end, softened in _SOFTENED.items():
        if stem.endswith(end):
            yield from (stem.removesuffix(end) + soft for soft in softened)


def _pieces(word: str) -> Iterator[Piece]:
    """Yield the stems that a word of the table stands for, each with what may follow it."""
    stem, sign, kind = fold_word(word), "", ""
    if match := re.search(r"[&+*=]", stem):
        stem, sign, kind = stem[: match.start()], match[0], stem[match.end() :]
    yield stem, sign + kind
    if sign == "&" and stem.endswith("и"):  # застрелил, but застрелен; поместил, but помещен
        yield from ((participle, "&и") for participle in _softened(stem[:-1]))
