"""The tables of incidents, read: words of the press, acts with the government of their phrases, endings, modality.

A table is one language (`tables/incidents_<language>.txt`); its `[kind]` says how its sentences tell who suffered: by
`cases` (Russian; `head-final`: Kyrgyz, whose verbs stand last) or by word `order` (English).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import TypeVar

from monitor.groups import group_values
from monitor.match.tables import sections
from monitor.model import PressAct
from monitor.text.normalize import APOSTROPHES

LANGUAGES = ("ru", "ky", "en")
_PREFIX = 4  # letters by which words are looked up; shorter ones by all of theirs
T = TypeVar("T")
_WORD = re.compile(r"(?P<stem>[^&+*=]+)(?:&(?P<verb>\w?)|\+(?P<noun>\w+)|(?P<any>\*)|=(?P<form>\w+))?")


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


@dataclass(frozen=True, slots=True)
class WordTest:
    """A word of a phrase, in any of its spellings."""

    exact: frozenset[str]
    forms: tuple[tuple[str, Form], ...]  # exact words whose form the table gives
    beginnings: tuple[str, ...]
    verbs: tuple[tuple[str, str], ...]  # stem and class
    nouns: tuple[tuple[str, str], ...]

    def stems(self) -> Iterator[str]:
        """Yield what the words that fit begin with."""
        yield from (*self.exact, *self.beginnings)
        yield from (stem for group in (self.forms, self.verbs, self.nouns) for stem, _ in group)


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that name an act: each test is one word; `joined` tells which follow their predecessor directly."""

    act: PressAct
    slot: str  # obj, subj, own, attr, poss, or a case or preposition
    preposition: str
    tests: tuple[WordTest, ...]
    joined: tuple[bool, ...]

    def rarest_stems(self) -> list[str]:
        """Return the stems of its longest word: a text without any has no such phrase."""
        return max((list(test.stems()) for test in self.tests), key=lambda stems: min(map(len, stems)))


@dataclass(frozen=True, slots=True)
class Role:
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

    def begins(self, words: Sequence[str]) -> int:
        """Return how many of these words are a word or phrase of the list, from the first on; 0 for none."""
        if words and (words[0] in self.exact or words[0].startswith(self.beginnings or ("\0",))):
            return 1
        for phrase in self.phrases.get(words[0][:_PREFIX], ()) if self.phrases and words else ():
            if len(phrase) <= len(words) and all(map(fits, phrase, words)):
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
    phrases: dict[str, tuple[Phrase, ...]]  # by the first letters of their first word
    roles: dict[str, tuple[Role, ...]]
    words: dict[str, WordList]
    endings_of_pronouns: dict[str, frozenset[str]]  # cases of the relative pronoun
    first_person: dict[str, frozenset[str]]  # cases of “me” and “us”
    signs: tuple[str, ...]  # beginnings of words without which no sentence speaks of the press
    act_beginnings: tuple[str, ...]  # of the longest word of each act
    role_beginnings: tuple[str, ...]

    def is_in(self, section: str, word: str) -> bool:
        """Return whether a folded word is in a section of single words."""
        return section in self.words and self.words[section].begins((word,)) > 0

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
        for exact, form in test.forms:
            if word == exact:
                return form
        if word in test.exact:
            return Form.PLAIN
        for stem, kind in test.verbs:
            if word.startswith(stem):
                ending = word[len(stem) :]
                for form, pattern in self.forms[kind]:
                    if pattern.fullmatch(ending):
                        return form
        if any(self.noun(word, stem, kind) for stem, kind in test.nouns) or word.startswith(test.beginnings or ("\0",)):
            return Form.PLAIN
        return None


def look_up(table: Mapping[str, tuple[T, ...]], word: str) -> Iterator[T]:
    """Yield what a table has for the first letters of a word."""
    for size in range(min(_PREFIX, len(word)), 0, -1):
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
    table = sections(f"incidents_{language}")
    parts = {
        name: f"(?:{'|'.join(row.split())})"
        for name, _, row in (line.partition(":") for line in table.get("parts", ()))
    }
    kind = " ".join(table["kind"]).split()
    phrases: dict[str, list[Phrase]] = {}
    for phrase in _phrases(table["acts"]):
        for key in {stem[:_PREFIX] for stem in phrase.tests[0].stems()}:
            phrases.setdefault(key, []).append(phrase)
    roles: dict[str, list[Role]] = {}
    for section in ("press", "press alone", "press beside media", "outlets", "outlets beside media"):
        for role in _roles(table[section], section):
            roles.setdefault(role.stem[:_PREFIX], []).append(role)
    return Grammar(
        language,
        is_ordered=kind[0] == "order",
        is_head_final="head-final" in kind,
        endings={
            name.removeprefix("endings of "): tuple(_endings(lines, parts))
            for name, lines in table.items()
            if name.startswith("endings of ")
        },
        forms={verb: tuple(_forms(table, verb, parts)) for verb in ("", "т", "и")},
        phrases={key: tuple(group) for key, group in phrases.items()},
        roles={key: tuple(group) for key, group in roles.items()},
        words={
            name: _words(lines)
            for name, lines in table.items()
            if not name.startswith(("endings", "verbs", "parts", "acts", "kind"))
        },
        endings_of_pronouns=_pronouns(table.get("relative", ())),
        first_person=_pronouns(table["first person"]),
        signs=_beginnings(stem for stems in _signs(table) for stem in stems),
        act_beginnings=_beginnings(stem for group in phrases.values() for p in group for stem in p.rarest_stems()),
        role_beginnings=_beginnings(role.stem for group in roles.values() for role in group),
    )


def _signs(table: Mapping[str, list[str]]) -> Iterator[Iterable[str]]:
    """Yield the stems of what is the press by itself, and the words beside which others are."""
    for section in ("press", "press alone", "outlets"):
        for role in _roles(table[section], section):
            yield [role.stem]
    for section in ("media", "media of outlets"):
        words = _words(table[section])
        yield [*words.exact, *words.beginnings, *(p[-1].rstrip("*") for group in words.phrases.values() for p in group)]


def _beginnings(stems: Iterable[str]) -> tuple[str, ...]:
    """Return the stems without those that begin with another one."""
    beginnings: list[str] = []
    for stem in sorted(set(stems)):
        if not beginnings or not stem.startswith(beginnings[-1]):
            beginnings.append(stem)
    return tuple(beginnings)


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
    words = [fold_word(word) for line in lines for word in line.split()]
    singles = [word for word in words if "_" not in word]
    phrases = group_values(
        (pieces[0].rstrip("*")[:_PREFIX], pieces) for word in words if len(pieces := tuple(word.split("_"))) > 1
    )
    return WordList(
        frozenset(word for word in singles if not word.endswith("*")),
        tuple(word[:-1] for word in singles if word.endswith("*")),
        {key: tuple(group) for key, group in phrases.items()},
    )


def _pronouns(lines: Iterable[str]) -> dict[str, frozenset[str]]:
    rows = (line.partition(":") for line in lines)
    return {word: frozenset(cases.split()) for cases, _, row in rows for word in row.split()}


def _roles(lines: Iterable[str], section: str) -> Iterator[Role]:
    for word in " ".join(lines).split():
        name, _, kind = word.partition("+")
        before, _, stem = fold_word(name).replace("-", "_").rpartition("_")
        yield Role(before.rpartition("_")[2], stem, kind, section)


def _phrases(lines: Iterable[str]) -> Iterator[Phrase]:
    for line in _joined(lines):
        act, government, row = (part.strip() for part in line.split("|", 2))
        preposition, _, slot = government.rpartition("+")
        for text in row.split(","):
            tests: list[WordTest] = []
            joined: list[bool] = []
            for word in text.split():
                pieces = word.split("/")[0].count("_")
                if pieces and "/" not in word:
                    for number, piece in enumerate(word.split("_")):
                        tests.append(_test([piece]))
                        joined.append(number > 0)
                else:
                    tests.append(_test([w.rpartition("_")[2] for w in word.split("/")]))
                    joined.append(False)
            if tests:
                yield Phrase(PressAct(act), slot.strip(), preposition.strip(), tuple(tests), tuple(joined))


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


def _test(words: Iterable[str]) -> WordTest:
    exact, forms, beginnings, verbs, nouns = set(), [], [], [], []
    for word in words:
        match = _WORD.match(fold_word(word))
        if not match:
            continue
        stem = match["stem"]
        if match["verb"] is not None:
            verbs.append((stem, match["verb"]))
            if stem.endswith("и"):  # застрелил, but застрелен
                verbs.append((stem[:-1], "и"))
        elif match["noun"]:
            nouns.append((stem, match["noun"]))
        elif match["any"]:
            beginnings.append(stem)
        elif match["form"]:
            forms.append((stem, Form(match["form"])))
        else:
            exact.add(stem)
    return WordTest(frozenset(exact), tuple(forms), tuple(beginnings), tuple(verbs), tuple(nouns))
