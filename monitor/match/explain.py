"""Pure. Why something was found, in plain sentences: the same on a terminal, on a page and in a mail."""

from __future__ import annotations

from functools import lru_cache
from itertools import groupby

from rapidfuzz.distance import OSA, Levenshtein

from monitor.match.forms import ROMANISATIONS, acronym_ending
from monitor.match.found import Found, Kind, Part
from monitor.match.index import Closeness, Word, WordMatch
from monitor.match.passage import WordForm
from monitor.text import fold, romanised, skeleton


def reasons(found: Found, alias: str, text: str) -> tuple[str, ...]:
    """What the place has of the name, word by word. `text` is what stands there."""
    if found.kind is Kind.SURNAME:
        return (f"“{text}” is the surname of {alias}", *_of_word(found.parts[0]), *found.notes)
    words = tuple(sentence for part in found.parts for sentence in _of_word(part))
    if found.kind is Kind.INITIALS:
        return (f"“{text}” is {alias} with an initial", *words, *found.notes)
    if words or found.notes:
        return (f"“{text}” is {alias}", *words, *found.notes)
    return (f"“{text}” is the name as listed" if fold(text) == fold(alias) else f"“{text}” has the words of {alias}",)


def _of_word(part: Part) -> tuple[str, ...]:
    if part.said is None:
        part.said = _said(part.form, part.word, part.match)
    return part.said


@lru_cache(1 << 14)
def _said(form: WordForm, word: Word, match: WordMatch) -> tuple[str, ...]:
    """How a word differs from the one on the list: its ending, its spelling, its script, a typo."""
    text, raw, one_script = form.text, word.raw, form.cyrillic == word.cyrillic
    says, own, listed = match.says, form.sounds.removesuffix(match.ending), match.stem.text
    written = _until(fold(text), own)
    if form.cyrillic and match.ending and written[-1:] == written[-2:-1] and raw[-1:] != raw[-2:-1]:
        written = written[:-1]  # Азаттык-ка: of a doubled consonant the second begins the ending
        says = acronym_ending(fold(text)[len(written) :]) or says
    said = [f"“{text}”: {says} of {raw}"] if says else []
    if one_script:
        own, listed = written, _until(fold(raw), listed)
    if match.closeness is Closeness.VOWELS:
        said.append(f"“{text}” for {raw}, which sounds nearly the same: {_apart(own, listed)}")
    elif match.closeness is Closeness.TYPO:
        what = "letter" if one_script else "sound"
        count = f"one {what} differs" if OSA.distance(own, listed) == 1 else f"some {what}s differ"
        said.append(f"{count}: “{text}” for {raw}: {_apart(own, listed)}")
    elif match.stem.by_ear:
        said.append(f"“{text}” is how {raw} sounds, in Cyrillic")
    elif not one_script:
        letters = _romanised(*((text, raw) if form.cyrillic else (raw, text)))
        said.append(f"“{text}” = {raw} in the other script{letters}")
    elif fold(text) != fold(raw) and own and listed and own != listed:
        same_name = match.stem.text == word.sounds or len(own) == len(listed)  # not Майкл for Михаил
        said.append(f"“{text}” is another spelling of {raw}" + (f": {_apart(own, listed)}" if same_name else ""))
    return tuple(said)


def _apart(own: str, listed: str) -> str:
    """Which letters or sounds differ; of Latin ones, whose way of writing a name that is."""
    places = [n for n, (a, b) in enumerate(zip(own, listed, strict=False)) if a != b]
    if len(places) == 2 and places[1] == places[0] + 1 and sorted(own) == sorted(listed):
        return f"{_quoted(listed[places[0]])} and {_quoted(listed[places[1]])} are swapped"
    said = []
    for is_equal, codes in groupby(Levenshtein.opcodes(own, listed), key=lambda code: code.tag == "equal"):
        if not is_equal:
            first, *_, last = [*codes] * 2
            a, b, c, d = first.src_start, last.src_end, first.dest_start, last.dest_end
            source = _source(own[a:b], listed[c:d])
            if not source and (source := _source(own[a : b + 1], listed[c : d + 1])):  # h for kh
                b, d = b + 1, d + 1
            said.append(_edited(own[a:b], listed[c:d]) + (f", {source}" if source else ""))
    return "; ".join(said)


def _edited(own: str, listed: str) -> str:
    if own and listed:
        return f"{_quoted(own)} for {_quoted(listed)}"
    return f"{_quoted(own)} is added" if own else f"{_quoted(listed)} is missing"


def _source(own: str, listed: str) -> str:
    """Who writes a letter so which the list writes otherwise."""
    both = (ways[own] for ways in ROMANISATIONS.values() if own in ways and listed in ways and own != listed)
    return next(both, "")


def _quoted(letters: str) -> str:
    return f"«{''.join(_SPELT.get(letter, letter) for letter in letters)}»"


_SPELT = {"J": "zh", "C": "ch", "S": "sh", "T": "ts"}  # the sounds that have a symbol of their own


def _until(word: str, sounds: str) -> str:
    """So much of a word as has these sounds; "" where no part of it has."""
    return next((word[:n] for n in range(len(word), 0, -1) if skeleton(word[:n]) == sounds), "")


def _romanised(cyrillic: str, latin: str) -> str:
    """Whose ways of romanising a name are seen in it: ": zh for ж, as BGN/PCGN writes it"."""
    seen: dict[str, list[str]] = {}
    for letter, letters in _aligned(cyrillic.lower(), latin.lower()):
        if (source := ROMANISATIONS.get(letter, {}).get(letters)) and f"{letters} for {letter}" not in seen.get(
            source, ()
        ):
            seen.setdefault(source, []).append(f"{letters} for {letter}")
    return "".join(
        f"{'; ' if n else ': '}{', '.join(pairs)}, {source}" for n, (source, pairs) in enumerate(seen.items())
    )


def _aligned(cyrillic: str, latin: str) -> tuple[tuple[str, str], ...]:
    """The letters of a word beside those that romanise them, from the first on as far as they go."""
    if not cyrillic or not latin:
        return ()
    letter = cyrillic[0]
    ways = dict.fromkeys([*ROMANISATIONS.get(letter, ()), romanised(letter)])
    rest = [(way, _aligned(cyrillic[1:], latin[len(way) :])) for way in ways if latin.startswith(way)]
    return max((((letter, way), *following) for way, following in rest), key=len, default=())


def score(found: Found) -> float:
    """0-100, for ordering: how much of the name is there and how exactly it is spelt."""
    missing = 20.0 if found.kind is Kind.SURNAME else _MISSING.get(found.kind, 0.0)
    inflected = 0.5 * sum([part.match.says != "" for part in found.parts])
    return 100.0 - _SPELLING[found.closeness] - missing - inflected


_SPELLING = (0.0, 14.0, 6.0, 0.0)  # by closeness
_MISSING = {Kind.INITIALS: 12.0, Kind.LEARNED: 5.0}
