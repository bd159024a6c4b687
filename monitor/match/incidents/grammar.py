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
from itertools import count
from typing import TypeAlias, TypeVar

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
    number: int  # in its table
    stems: tuple[tuple[str, ...], ...]  # of each test: a text has one of each, or the phrase is not in it

    def rarest_word(self, frequent: Collection[str]) -> WordTest:
        """Return the test of its longest word, but for frequent ones: a text without it has no such phrase."""
        return max(self.tests, key=lambda test: min(0 if s in frequent else len(s) for s in test.stems()))


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


@dataclass(frozen=True, slots=True)
class Beginnings:
    """Words as a whole, and beginnings of words."""

    words: frozenset[str]
    stems: tuple[str, ...]


@dataclass(frozen=True)
class Grammar:
    """One language's table."""

    language: str
    is_ordered: bool
    is_head_final: bool
    endings: dict[str, tuple[tuple[Noun, re.Pattern[str]], ...]]
    forms: dict[str, tuple[tuple[Form, re.Pattern[str]], ...]]
    phrases_by_rarest: dict[str, tuple[Phrase, ...]]  # by the first letters of their rarest word
    roles: dict[str, tuple[Role, ...]]
    words: dict[str, WordList]
    endings_of_pronouns: dict[str, frozenset[str]]  # cases of the relative pronoun
    first_person: dict[str, frozenset[str]]  # cases of “me” and “us”
    role_words: dict[str, str]  # keys of `ROLE_WORDS` by the beginnings of words
    agent_words: dict[str, str]
    press: Beginnings  # what is the press by itself
    media: Beginnings  # beside which others are the press
    beside_media: Beginnings  # these others
    acts: Beginnings  # the longest word of each act

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


def key_of(keys: Mapping[str, str], word: str) -> str:
    """Return the key of the longest beginning of a word, "" for none."""
    return next((keys[word[:size]] for size in range(len(word), 1, -1) if word[:size] in keys), "")


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
    frequent = {word for name in _FREQUENT for line in table.get(name, ()) for word in fold_word(line).split()}
    phrases: dict[str, list[Phrase]] = {}
    rarest_words: list[WordTest] = []
    for phrase in _phrases(table["acts"]):
        rarest_words.append(phrase.rarest_word(frequent))
        for key in {stem[:_PREFIX] for stem in rarest_words[-1].stems()}:
            phrases.setdefault(key, []).append(phrase)
    roles: dict[str, list[Role]] = {}
    for section in ("press", "press alone", "press beside media", "outlets", "outlets beside media"):
        for role in _roles(table[section], section):
            roles.setdefault(role.stem[:_PREFIX], []).append(role)
    endings = {
        name.removeprefix("endings of "): tuple(_endings(lines, parts))
        for name, lines in table.items()
        if name.startswith("endings of ")
    }
    forms = {verb: tuple(_forms(table, verb, parts)) for verb in ("", "т", "и")}
    all_roles = [role for group in roles.values() for role in group]
    return Grammar(
        language,
        is_ordered=kind[0] == "order",
        is_head_final="head-final" in kind,
        endings=endings,
        forms=forms,
        phrases_by_rarest={key: tuple(group) for key, group in phrases.items()},
        roles={key: tuple(group) for key, group in roles.items()},
        words={
            name: _words(lines)
            for name, lines in table.items()
            if not name.startswith(
                ("endings", "verbs", "parts", "acts", "kind", "role words", "agent words", "examples")
            )
        },
        endings_of_pronouns=_pronouns(table.get("relative", ())),
        first_person=_pronouns(table["first person"]),
        role_words=_keys(table["role words"]),
        agent_words=_keys(table["agent words"]),
        press=_beginnings(
            pair
            for role in all_roles
            if "beside" not in role.section
            for pair in _telling_stems(role, endings, is_ordered=kind[0] == "order")
        ),
        media=_beginnings(pair for name in ("media", "media of outlets") for pair in _media_stems(table[name])),
        beside_media=_beginnings(
            pair for role in all_roles if "beside" in role.section for pair in _role_stems(role, endings)
        ),
        acts=_beginnings(pair for test in rarest_words for pair in _test_stems(test, endings, forms)),
    )


# Words by which no act is told apart: most sentences have some, or they are the press itself.
_FREQUENT = (
    *("stop words", "auxiliary", "prepositions", "not", "determiners", "pronouns", "adverbs", "planned", "and"),
    *("numbers", "things", "media"),
)
Patterns: TypeAlias = Iterable[tuple[object, re.Pattern[str]]]
_PLAIN = re.compile("[\\w'|]*")  # a pattern that is nothing but alternatives


def _role_stems(role: Role, endings: Mapping[str, Patterns]) -> Iterator[tuple[str, bool]]:
    """Yield the words of a role, or the beginning of them; with whether it is the whole word."""
    yield from _with_endings(role.stem, endings.get(role.noun, ())) if role.noun else [(role.stem, True)]


def _test_stems(
    test: WordTest, endings: Mapping[str, Patterns], forms: Mapping[str, Patterns]
) -> Iterator[tuple[str, bool]]:
    yield from ((word, True) for word in test.exact)
    yield from ((word, True) for word, _ in test.forms)
    yield from ((stem, False) for stem in test.beginnings)
    for stem, kind in test.verbs:
        yield from _with_endings(stem, forms[kind])
    for stem, kind in test.nouns:
        yield from _with_endings(stem, endings[kind])


def _with_endings(stem: str, patterns: Patterns) -> Iterator[tuple[str, bool]]:
    """Yield a stem with all of its endings; where these are patterns, the stem as a beginning."""
    rows = [pattern.pattern for _, pattern in patterns]
    if not all(map(_PLAIN.fullmatch, rows)):
        yield stem, False
        return
    for row in rows:
        yield from ((stem + ending, True) for ending in row.split("|"))


def _telling_stems(role: Role, endings: Mapping[str, Patterns], *, is_ordered: bool) -> Iterator[tuple[str, bool]]:
    """Yield the words of a role; of one of two words those of the rarer: media workers, фото съёмочной группы."""
    before = role.before.rstrip("*")
    if before and before != "the" and (is_ordered or len(before) > len(role.stem)):
        yield before, not role.before.endswith("*")
    else:
        yield from _role_stems(role, endings)


def _media_stems(lines: Sequence[str]) -> Iterator[tuple[str, bool]]:
    words = _words(lines)
    yield from ((word, True) for word in words.exact)
    yield from ((stem, False) for stem in words.beginnings)
    for group in words.phrases.values():
        yield from ((phrase[-1].rstrip("*"), not phrase[-1].endswith("*")) for phrase in group)


def _beginnings(words: Iterable[tuple[str, bool]]) -> Beginnings:
    """Return words and stems, without those that begin with another stem."""
    words = tuple(words)
    stems: list[str] = []
    for stem in sorted({word for word, is_whole in words if not is_whole}):
        if not stems or not stem.startswith(stems[-1]):
            stems.append(stem)
    whole = {word for word, is_whole in words if is_whole and not word.startswith(tuple(stems) or ("\0",))}
    return Beginnings(frozenset(whole), tuple(stems))


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


def _keys(lines: Iterable[str]) -> dict[str, str]:
    rows = (line.partition(":") for line in lines)
    return {fold_word(word): key for key, _, row in rows for word in row.split()}


def _roles(lines: Iterable[str], section: str) -> Iterator[Role]:
    for word in " ".join(lines).split():
        name, _, kind = word.partition("+")
        before, _, stem = fold_word(name).replace("-", "_").rpartition("_")
        yield Role(before.rpartition("_")[2], stem, kind, section)


def _phrases(lines: Iterable[str]) -> Iterator[Phrase]:
    numbers = count()
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
                names = PressAct(act), slot.strip(), preposition.strip()
                stems = tuple(tuple(test.stems()) for test in tests)
                yield Phrase(*names, tuple(tests), tuple(joined), next(numbers), stems)


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
