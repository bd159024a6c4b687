"""What strangers control grows tenfold: time and memory grow no more than that, in each stage and each list."""

from __future__ import annotations

import gc
import time
import tracemalloc
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import pytest

from monitor.changes import changes, same_but_for_noise
from monitor.digest.words import excerpt
from monitor.fingerprint import fingerprint
from monitor.match import Compiled, compile_watchlist, hits, match_documents, near_misses
from monitor.model import (
    Alert,
    Context,
    Document,
    Entity,
    EntityType,
    Span,
    Version,
    Zone,
    ZoneSpan,
)
from monitor.text import fold, paragraph_around, sentence_around, sentences, tokens
from storekit import NOW, article

pytestmark = [pytest.mark.slow, pytest.mark.alone]

LEAST_SECONDS = 0.02  # of processor time: less is not measured well enough to compare
LEAST_BYTES = 1_000_000
TENFOLD = 20  # so much more time and memory at most for ten times as much: a square takes a hundred times


class Cost(NamedTuple):
    seconds: float
    size: int


def cost(work: Callable[[object], object], given: Callable[[], object]) -> Cost:
    """Return the processor time of a run, the best of two, and the peak of memory of another."""
    seconds = []
    for _ in range(2):
        value = given()
        gc.collect()
        began = time.process_time()
        work(value)
        seconds.append(time.process_time() - began)
    value = given()
    gc.collect()
    tracemalloc.start()
    try:
        work(value)
        size = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    return Cost(min(seconds), size)


def check_growth(work: Callable[[object], object], given: Callable[[int], object], size: int) -> None:
    """Check that ten times as much takes at most `TENFOLD` times as long, and as much memory."""
    few, many = (cost(work, lambda n=n: given(n)) for n in (size // 10, size))
    assert many.seconds <= TENFOLD * max(few.seconds, LEAST_SECONDS), (few, many)
    assert many.size <= TENFOLD * max(few.size, LEAST_BYTES), (few, many)


# ---- texts ----------------------------------------------------------------------------------------------------------

ORG, OUTLET = EntityType.ORGANIZATION, EntityType.OUTLET
SYLLABLES = "ба ве га до жо ку лы ма но пе ра са ту фи ша".split()
SURNAMES = [f"{a}{b}{c}ов".title() for a in SYLLABLES for b in SYLLABLES for c in SYLLABLES]


@cache
def watchlist() -> Compiled:
    people = [Entity(f"p{n}", f"Мелис {surname}") for n, surname in enumerate(SURNAMES[:1000])]
    return compile_watchlist(
        [
            Entity("melis", "Мелис Токоев", context=Context(support=("журналист",), exclude=("футбол",))),
            Entity("ivan", "Иван Иванов"),
            Entity("agency", "ГКОБ", ORG, alert=Alert.WITH_OTHERS, context=Context(support=("журналист",))),
            Entity("fund", "Фонд защиты печати", ORG, alert=Alert.WITH_OTHERS, context=Context(support=("блогер",))),
            Entity("bloom", "Bloom", OUTLET),
            *people,
        ]
    )


def letters(n: int) -> str:
    """Return three capitals, other ones for each number."""
    return "".join(chr(ord("A") + n // 26**place % 26) for place in range(3))


# Each of so many repetitions, up to the longest text that is kept (200,000 characters).
TEXTS: dict[str, Callable[[int], str]] = {
    "a full name": lambda n: "Мелис Токоев " * n,
    "a full name in sentences": lambda n: "Вчера Мелис Токоев пришёл. " * n,
    "a full name in paragraphs": lambda n: "Мелис Токоев\n" * n,
    "a surname": lambda n: "Токоев " * n,
    "a surname with initials": lambda n: "М. Токоев, " * n,
    "a name both ways round": lambda n: "Токоев Мелис " * n,
    "a name many people bear": lambda n: "Иван Иванов и Мелис Токоев, " * n,
    "a name in capitals": lambda n: "МЕЛИС ТОКОЕВ " * n,
    "acronyms in capitals": lambda n: "ГКОБНЫН " * n,
    "an acronym and words that support it": lambda n: "ГКОБ журналист " * n,
    "supporting words after the names": lambda n: "ГКОБ Токоев " * n + "\n" + "журналист " * n,
    "excluded words": lambda n: "Токоев футбол " * n,
    "an acronym in brackets": lambda n: "Фонд защиты печати (ФЗП) ФЗП " * n,
    "other acronyms in brackets": lambda n: "".join(f"Фонд защиты печати ({letters(k)}) " for k in range(n)),
    "different names": lambda n: ", ".join(f"Мелис {name}" for name in SURNAMES[: n // 10]),
    "different surnames": lambda n: "Мелис Токоев " + ", ".join(SURNAMES[: n // 10]),
    "one word of the list and spaces": lambda n: "Мелис Токоев " * 1000 + " " * 10 * n,
    "a bracket and spaces": lambda n: "Фонд защиты печати (далее" + " " * 10 * n,
    "opening marks before a name": lambda n: ("«(" * 50 + "Bloom ") * (n // 10),
    "dots": lambda n: "Мелис Токоев" + "." * 10 * n + " Мелис Токоев",
    "closing marks": lambda n: "Мелис Токоев." + "»" * 10 * n,
    "one word without an end": lambda n: "Токоев" + "а" * 10 * n,
    "one word of capitals without an end": lambda n: "МЕЛИС ТОКОЕВ И ГКОБ" + "А" * 10 * n,
    "different words": lambda n: " ".join(f"Слово{k}" for k in range(n)),
    "words with marks": lambda n: "Мелис\u0301 Токо\u00adев’ " * n,
    "quoted given names": lambda n: "Мелис «Кот» Токоев " * n,
    "nothing but line breaks": lambda n: "\n" * 10 * n + "Мелис Токоев",
    "dates": lambda n: "12 марта 2026 года, 12:45; " * n,
}
LONGEST = 3_000


def verdict(document: Document) -> object:
    ((_, found),) = match_documents([document], watchlist())
    return hits(document, found, watchlist(), "Bloom")


@pytest.mark.parametrize("kind", TEXTS)
def test_matching_a_text_takes_as_long_as_the_text_is(kind: str):
    verdict(Document("warm", TEXTS[kind](20)))
    check_growth(verdict, lambda n: Document("1", TEXTS[kind](n)), LONGEST)  # type: ignore[arg-type]


def test_matching_a_text_of_many_zones_takes_as_long_as_the_text_is():
    def document(n: int) -> Document:
        zones = (
            ZoneSpan(zone, Span(k * 13, k * 13 + 13)) for k, zone in enumerate([Zone.TEASER, Zone.BODY] * (n // 2))
        )
        return Document("1", "Мелис Токоев\n" * n, zones=tuple(zones))

    check_growth(verdict, document, LONGEST)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", TEXTS)
def test_explaining_a_text_takes_as_long_as_the_text_is(kind: str):
    check_growth(lambda text: near_misses(text, watchlist()), TEXTS[kind], LONGEST // 5)  # type: ignore[arg-type]


READERS: dict[str, Callable[[str], object]] = {
    "sentences": lambda text: list(sentences(text)),
    "the sentences around thirty places": lambda text: [
        (sentence_around(text, Span(at, at + 5)), paragraph_around(text, Span(at, at + 5)))
        for at in range(0, len(text) - 5, len(text) // 30)
    ],
    "excerpts": lambda text: excerpt(text, text[len(text) // 2 :][:12]),
    "words": tokens,
    "folding": fold,
    "a fingerprint": lambda text: fingerprint("Title", text),
}


@pytest.mark.parametrize("kind", TEXTS)
@pytest.mark.parametrize("reader", READERS)
def test_reading_a_text_takes_as_long_as_the_text_is(reader: str, kind: str):
    check_growth(READERS[reader], TEXTS[kind], LONGEST)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", TEXTS)
def test_what_became_of_a_text_takes_as_long_as_the_text_is(kind: str):
    def versions(n: int) -> tuple[Version, Version]:
        before, after = (article("1", text) for text in (TEXTS[kind](n), "Снег. " * n + TEXTS[kind](n)[: n // 2]))
        found = [verdict(Document("1", each.text)) for each in (before, after)]
        return Version(before, NOW, found[0], ""), Version(after, NOW, found[1], "")  # type: ignore[arg-type]

    def compared(both: tuple[Version, Version]) -> None:
        changes(*both)
        same_but_for_noise(both[0].article, both[1].article)

    check_growth(compared, versions, LONGEST)  # type: ignore[arg-type]
