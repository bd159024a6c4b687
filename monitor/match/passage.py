"""Pure. A text as the matcher reads it: its words, what each may be on the list, and what stands between them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import islice

from monitor.match.index import WordIndex, WordMatch
from monitor.match.words import KYRGYZ_WORDS, RUSSIAN_WORDS, is_given_name, is_title
from monitor.model import Field
from monitor.text import HYPHENS, WHITE, Token, skeleton, tokens

_KYRGYZ_LETTER = re.compile("[өүңӨҮҢ]")
_SHORTEST_WITHOUT_CAPITALS = 30  # words; a shorter text may well hold no name
_INFLECTED_ACRONYM = re.compile("[A-ZА-ЯЁӨҮҢ]{3,}[a-zа-яёөүң]{1,5}$")
_LONG_WORD = re.compile(r"[^\W\d_]{3,}")
_WORDS_OF_A_HEADLINE = 3  # fewer may be acronyms alone
_WRAPPED_AT = 50  # characters; a longer line may go on in the next
_AROUND_A_NICKNAME = frozenset([*map(tuple, ("«»", "“”", "„“", "()", '""', "''", "‘’", '""'))])


class Passage:
    """One field of a document (a title, a text), read once."""

    def __init__(self, text: str, field: Field, index: WordIndex) -> None:
        self.text, self.field = text, field
        self.tokens: Sequence[Token] = tokens(text)
        self.matches: Sequence[Mapping[int, WordMatch]] = [index.look_up(t.text) for t in self.tokens]

    @cached_property
    def uncapitalised(self) -> bool:
        """Whether the text is written without capitals, so that none can be asked of a name."""
        allowed = len(self.tokens) // 100
        capitalised = (t for t in self.tokens if t.text[:1].isupper())
        return len(self.tokens) >= _SHORTEST_WITHOUT_CAPITALS and len(list(islice(capitalised, allowed + 1))) <= allowed

    @cached_property
    def is_kyrgyz(self) -> bool:
        """Whether Russian case endings are not to be expected on names here."""
        words = {t.text.lower() for t in self.tokens}
        kyrgyz, russian = len(words & KYRGYZ_WORDS), len(words & RUSSIAN_WORDS)
        return kyrgyz > russian or (kyrgyz == russian and bool(_KYRGYZ_LETTER.search(self.text)))

    def capital(self, place: int) -> bool:
        """Whether a word may be a name as it is written."""
        return self.tokens[place].text[:1].isupper() or self.uncapitalised

    def inflected_acronym(self, place: int) -> bool:
        """Whether a word is capitals with an ending, so no surname: МИДа."""
        return _INFLECTED_ACRONYM.match(self.tokens[place].text) is not None

    def gap(self, place: int) -> str:
        """What stands between a word and the next."""
        return self.text[self.tokens[place].end : self.tokens[place + 1].start]

    def joined(self, place: int, comma: bool = False) -> bool:
        """Whether a word and the next may belong to one name: a space, a hyphen or a full stop between them."""
        if not 0 <= place < len(self.tokens) - 1:
            return False
        gap = self.gap(place)
        if len(gap) > 5 or ("\n" in gap and not self._wrapped(place)):
            return False
        between = gap.strip(WHITE)
        return not between or between in HYPHENS or between in "'’." or (comma and between == ",")

    def hyphened(self, place: int) -> bool:
        """Whether nothing but a hyphen stands between a word and the next."""
        return 0 <= place < len(self.tokens) - 1 and self.gap(place) in HYPHENS and bool(self.gap(place))

    def nickname(self, place: int) -> bool:
        """Whether a word in quotation marks or brackets stands between two words: William “Bill” Tokoev."""
        if not 0 < place < len(self.tokens) - 1:
            return False
        before, after = self.gap(place - 1).strip(WHITE), self.gap(place).strip(WHITE)
        return (before, after) in _AROUND_A_NICKNAME

    def _wrapped(self, place: int) -> bool:
        """Whether the line break after a word is that of a hard-wrapped line, not of a paragraph."""
        end = self.tokens[place].end
        line = end - self.text.rfind("\n", 0, end)
        return self.gap(place).strip(" \t\r") == "\n" and line > _WRAPPED_AT

    def shouted(self, place: int) -> bool:
        """Whether a word stands in a line written all in capitals, so that its own say nothing."""
        if not self.tokens[place].text.isupper():
            return False
        start, end = (self.tokens[place].start, self.tokens[place].end)
        line = self.text[self.text.rfind("\n", 0, start) + 1 : (self.text + "\n").find("\n", end)]
        return line.isupper() and len(_LONG_WORD.findall(line)) >= _WORDS_OF_A_HEADLINE

    def starts_sentence(self, place: int) -> bool:
        before = self.text[: self.tokens[place].start].rstrip(" \t\u00a0«\"“„‘'(—–-")
        return not before or before[-1] in ".!?…\n:;"

    def could_be_a_given_name(self, place: int) -> bool:
        """Whether a capitalised word may be somebody's given name; opening a sentence, only a known one."""
        word = self.tokens[place].text
        acronym = word.isupper() and len(word) <= 6 and not self.tokens[place + 1].text.isupper()
        if is_title(word) or acronym:
            return False
        return not self.starts_sentence(place) or is_given_name(skeleton(word))
