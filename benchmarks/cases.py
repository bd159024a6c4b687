"""Names in all their cases, as other programs decline them, tried on the matcher: what is missed is printed to be read.

    pip install --target ORACLES pymorphy3 pymorphy3-dicts-uk shevchenko-py qazaq-inflector
    PYTHONPATH=ORACLES python benchmarks/cases.py [--language ru,uk,shevchenko,kk] [--names 500] [--show 40] [--seed 1]

ru, uk: given names and surnames of pymorphy3's dictionaries, declined by them; shevchenko: those of uk, declined by
shevchenko-py; kk: Kazakh names of our tables, by qazaq-inflector. No library is always right, so differences are read, not
counted against anybody. A form is tried in a sentence by itself; it counts if the matcher is sure of all its words.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from monitor.match import compile_watchlist, match_documents
from monitor.match.tables import words_in_order
from monitor.model import Confidence, Document, Entity

_SENTENCES = {"ru": "Об этом говорили вчера: {}, и это все.", "uk": "Про це говорили вчора: {}, і це все."}
_SENTENCES |= {"shevchenko": _SENTENCES["uk"], "kk": "Бұл туралы кеше айтты: {}, бәрі сол."}
_CASES = ("nomn", "gent", "datv", "accs", "ablt", "loct")
_MIN_LETTERS = 4


class Person(NamedTuple):
    """A name in the nominative."""

    given_name: str
    surname: str
    gender: str  # "masc" or "femn"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--language", default="ru,uk,shevchenko,kk")
    parser.add_argument("--names", type=int, default=500)
    parser.add_argument("--show", type=int, default=40, help="differences printed of a language")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    for language in arguments.language.split(","):
        rows = list(_forms(language, arguments.names, random.Random(arguments.seed)))
        missed = list(_missed(rows, _SENTENCES[language]))
        by_case = Counter(case for _, case, _ in missed)
        share = 1 - len(missed) / max(1, len(rows))
        print(f"{language}: {len(rows)} forms, {share:.4f} sure; missed {dict(by_case)}", flush=True)
        for name, case, form in random.Random(arguments.seed).sample(missed, min(arguments.show, len(missed))):
            print(f"   {name:32} {case:12} {form}")
    return 0


def _missed(rows: Sequence[tuple[str, str, str]], sentence: str) -> Iterator[tuple[str, str, str]]:
    """Yield the rows whose form the matcher is not sure of as a whole, with all names on one list."""
    compiled = compile_watchlist(Entity(name, name) for name in dict.fromkeys(name for name, _, _ in rows))
    documents = [Document(str(n), sentence.format(form)) for n, (_, _, form) in enumerate(rows)]
    for (_, mentions), (name, case, form) in zip(match_documents(documents, compiled), rows, strict=True):
        if not any(m.confidence is Confidence.STRONG and m.entity == name and m.text == form for m in mentions):
            yield name, case, form


def _forms(language: str, count: int, some: random.Random) -> Iterator[tuple[str, str, str]]:
    """Yield names of a language with a case and the form in it."""
    if language == "kk":
        yield from _kazakh_forms(count, some)
        return
    import pymorphy3  # no part of the project

    analyzer = pymorphy3.MorphAnalyzer(lang="ru" if language == "ru" else "uk")
    for person in _people(analyzer, count, some):
        name = f"{person.given_name} {person.surname}"
        if language == "shevchenko":
            yield from ((name, case, form) for case, form in _by_shevchenko(person))
            continue
        parts = [_declined(analyzer, word, person.gender) for word in (person.given_name, person.surname)]
        for case in _CASES:
            if all(case in part for part in parts):
                yield name, case, " ".join(part[case] for part in parts)


def _people(analyzer, count: int, some: random.Random) -> list[Person]:  # type: ignore[no-untyped-def]
    """Return people made of given names and surnames of a dictionary of pymorphy3."""
    words: dict[tuple[str, str], list[str]] = {}
    for word, tag, *_ in analyzer.dictionary.iter_known_words():
        kind = "given" if "Name" in tag else "surname" if "Surn" in tag else ""
        if kind and "nomn" in tag and "plur" not in tag and len(word) >= _MIN_LETTERS and word.isalpha():
            for gender in ("masc", "femn") if tag.gender is None else (tag.gender,):
                words.setdefault((kind, str(gender)), []).append(word.title())
    people = []
    for n in range(count):
        gender = ("masc", "femn")[n % 2]
        people.append(Person(some.choice(words["given", gender]), some.choice(words["surname", gender]), gender))
    return people


def _declined(analyzer, word: str, gender: str) -> dict[str, str]:  # type: ignore[no-untyped-def]
    """Return a name's word by case, as pymorphy3's dictionary has it."""
    for parse in analyzer.parse(word):
        tag = parse.tag
        if ("Name" in tag or "Surn" in tag) and "nomn" in tag and (tag.gender == gender or "ms-f" in str(tag)):
            number = {"sing"} if "sing" in tag else set()
            forms = {case: parse.inflect({case} | number) for case in _CASES}
            return {case: form.word.title() for case, form in forms.items() if form}
    return {}


def _by_shevchenko(person: Person) -> Iterator[tuple[str, str]]:
    """Yield cases and forms by shevchenko-py."""
    import shevchenko  # no part of the project

    words = {
        "given_name": person.given_name,
        "family_name": person.surname,
        "gender": {"masc": "masculine", "femn": "feminine"}[person.gender],
    }
    for case in ("genitive", "dative", "accusative", "ablative", "locative"):
        declined = getattr(shevchenko, f"in_{case}")(words)
        yield case, f"{declined['given_name']} {declined['family_name']}"


def _kazakh_forms(count: int, some: random.Random) -> Iterator[tuple[str, str, str]]:
    """Yield Kyrgyz and Kazakh given names with surnames of them in the Kazakh cases, by qazaq-inflector."""
    from qazaq_inflector import QazaqNameInflector  # no part of the project

    inflector = QazaqNameInflector()
    given_names = [name for name in words_in_order("names", "Kyrgyz given names") if len(name) >= _MIN_LETTERS]
    for _ in range(count):
        given_name, father = some.sample(given_names, 2)
        surname = f"{father}{'ев' if father.endswith(('й', 'и')) else 'ов'}".replace("йев", "ев")
        for case in inflector.CASES:
            yield f"{given_name} {surname}", str(case), f"{given_name} {inflector.inflect(surname, case)}"


if __name__ == "__main__":
    sys.exit(main())
