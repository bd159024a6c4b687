"""Growth of what strangers control: ten times as much takes no more than ten times the time and memory, in each stage."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from kit.fault_server import fault_server, ok
from kit.fetchers import OwnFetcher
from kit.growth import Work, grows_as_its_input, letters, page
from kit.home import furnish
from kit.lab import MONITOR
from kit.outlets import Outlet, Piece, Web
from kit.store import NOW, article
from monitor.cluster.fingerprint import fingerprint
from monitor.cluster.own_sentences import own_sentences
from monitor.cluster.policy import ClusterPolicy
from monitor.extract.page import extract
from monitor.fetch.policy import FetchPolicy
from monitor.match import Compiled, compile_watchlist, hits, match_documents, near_misses
from monitor.messages.content.phrasing import excerpt
from monitor.model import Alert, ArticleText, Context, Document, Entity, EntityType, Hit, Span, Version, Zone, ZoneSpan
from monitor.parse import parse_feed
from monitor.ports import Purpose
from monitor.review.changes import compared_words, find_changes, is_same_text
from monitor.text.normalize import fold
from monitor.text.sentences import sentence_around, sentences
from monitor.text.tokens import tokens

pytestmark = pytest.mark.soak


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


# Each of so many repetitions, up to a third of the longest text that is kept (200,000 characters).
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
    "short sentences": lambda n: " ".join(f"Слово{k} дня." for k in range(n)),
    "links to read": lambda n: "Читайте также: Мелис Токоев\n" * n,
    "dates": lambda n: "12 марта 2026 года, 12:45; " * n,
}
LONGEST = 1_000
REPEATED = ("a full name", "a surname", "a name in capitals", "other acronyms in brackets", "different names", "dots")


def verdict(document: Document) -> tuple[Hit, ...]:
    ((_, mentions),) = match_documents([document], watchlist())
    return hits(document, mentions, watchlist(), "Bloom")


@pytest.mark.parametrize("kind", TEXTS)
def test_matching_a_text_takes_as_long_as_the_text_is(kind: str):
    verdict(Document("warm", TEXTS[kind](20)))
    memory = kind in REPEATED
    assert grows_as_its_input(verdict, lambda n: Document("1", TEXTS[kind](n)), LONGEST, memory=memory)


def test_matching_a_text_of_many_zones_takes_as_long_as_the_text_is():
    def document(n: int) -> Document:
        zones = (
            ZoneSpan(zone, Span(k * 13, k * 13 + 13)) for k, zone in enumerate([Zone.TEASER, Zone.BODY] * (n // 2))
        )
        return Document("1", "Мелис Токоев\n" * n, zones=tuple(zones))

    assert grows_as_its_input(verdict, document, LONGEST)


@pytest.mark.parametrize("kind", REPEATED)
def test_explaining_a_text_takes_as_long_as_the_text_is(kind: str):
    assert grows_as_its_input(lambda text: near_misses(text, watchlist()), TEXTS[kind], LONGEST // 3)


READERS: dict[str, Work] = {
    "its sentences": lambda text: list(sentences(text)),
    "the sentences around fifty places": lambda text: [
        sentence_around(text, Span(at, at + 5)) for at in range(0, len(text) - 5, len(text) // 50)
    ],
    "an excerpt of it": lambda text: excerpt(text, text[len(text) // 2 :][:12]),
    "its words": tokens,
    "what tells how it sounds": lambda text: (fold(text), compared_words(text)),
    "its fingerprint": lambda text: fingerprint("Title", text),
    "what it brings beside another": lambda text: own_sentences(
        ArticleText("Title", text), ArticleText("Title", text[len(text) // 2 :]), ["Мелис"], ClusterPolicy()
    ),
}


@pytest.mark.parametrize("kind", TEXTS)
def test_reading_a_text_takes_as_long_as_the_text_is(kind: str):
    slow = [reader for reader, work in READERS.items() if not grows_as_its_input(work, TEXTS[kind], 3 * LONGEST)]
    assert slow == []


@pytest.mark.parametrize("kind", REPEATED)
def test_what_became_of_a_text_takes_as_long_as_the_text_is(kind: str):
    def versions(n: int) -> tuple[Version, Version]:
        before = TEXTS[kind](n)
        both = (article("1", text) for text in (before, "Снег. " * n + before[: len(before) // 2]))
        one, second = (Version(version, NOW, verdict(Document("1", version.text)), "") for version in both)
        return one, second

    def compared(both: tuple[Version, Version]) -> None:
        find_changes(*both)
        is_same_text(both[0].article, both[1].article)

    assert grows_as_its_input(compared, versions, LONGEST)


def feed(items: str) -> bytes:
    return f"<rss version='2.0'><channel><title>T</title>{items}</channel></rss>".encode()


def declared(values: Iterator[str]) -> str:
    return f"<script type='application/ld+json'>[{','.join(values)}]</script>"


STORY = "<p>Вчера был суд над людьми в Оше, и Мелис Токоев молчал весь день.</p>"
PAGES: dict[str, Callable[[int], bytes]] = {
    "paragraphs": lambda n: page(STORY * n),
    "one paragraph": lambda n: page(f"<p>{'Мелис Токоев пришёл. ' * n}</p>"),
    "links": lambda n: page(STORY + "".join(f"<p><a href='/{k}'>Мелис Токоев {k}</a></p>" for k in range(n))),
    "captions": lambda n: page(STORY * 20 + "".join(f"<figcaption>Токоев {k}</figcaption>" for k in range(n))),
    "headlines": lambda n: page(STORY * 20 + "<h1>Мелис</h1>" * n),
    "dates": lambda n: page(STORY + "<p><time datetime='2026-03-02'>2 марта 2026</time></p>" * n),
    "meta": lambda n: page(STORY, "".join(f"<meta name='m{k}' content='x'>" for k in range(n))),
    "authors": lambda n: page(
        STORY, declared(f'{{"@type":"NewsArticle","author":"Мелис {letters(k)}"}}' for k in range(n))
    ),
    "classes": lambda n: page(STORY + "".join(f"<div class='related byline c{k}'>Токоев {k}</div>" for k in range(n))),
    "nested elements": lambda n: page("<div>" * n + STORY + "</div>" * n),
    "nested declarations": lambda n: page(STORY, declared('{"@graph":[' * k + "]}" * k for k in [n])),
    "dots": lambda n: page(f"<p>Вчера{'.' * 10 * n}</p>"),
    "one word": lambda n: page(f"<p>{'а' * 10 * n}</p>"),
    "spaces": lambda n: page(f"<p>Вчера{' ' * 10 * n}x</p>"),
}
FEEDS: dict[str, Callable[[int], bytes]] = {
    "entries": lambda n: feed(
        "".join(f"<item><title>{k}</title><link>https://x.example/{k}</link></item>" for k in range(n))
    ),
    "a summary": lambda n: feed(f"<item><title>x</title><description>{'Мелис Токоев. ' * n}</description></item>"),
    "markup": lambda n: feed(f"<item><title>x</title><description>{'&lt;p>Мелис' * n}</description></item>"),
    "comments": lambda n: feed(f"<item><title>x</title><description>{'&lt;!--' * n}</description></item>"),
    "links": lambda n: feed(f"<item><title>x</title>{'<link>https://x.example/1</link>' * n}</item>"),
    "authors": lambda n: feed(f"<item><title>x</title>{'<author>Мелис Токоев</author>' * n}</item>"),
    "spaces": lambda n: feed(f"<item><title>x{' ' * 10 * n}y</title></item>"),
}


@pytest.mark.parametrize("kind", PAGES)
def test_extracting_a_page_takes_as_long_as_the_page_is(kind: str):
    def work(html: bytes) -> object:
        return extract(html, "https://post.example/news/1")

    work(PAGES[kind](2))
    assert grows_as_its_input(work, PAGES[kind], 600)


@pytest.mark.parametrize("kind", FEEDS)
def test_parsing_a_feed_takes_as_long_as_the_feed_is(kind: str):
    assert grows_as_its_input(lambda body: parse_feed(body, "https://post.example/rss"), FEEDS[kind], 1_000)


async def interim(writer: asyncio.StreamWriter, n: int) -> None:
    writer.write(b"HTTP/1.1 103 Early Hints\r\n\r\n" * n + ok(b"end"))
    await writer.drain()


async def chunked(writer: asyncio.StreamWriter, n: int) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * n + b"0\r\n\r\n")
    await writer.drain()


@pytest.mark.parametrize("answer", [interim, chunked])
def test_reading_an_answer_takes_as_long_as_the_answer_is(
    answer: Callable[[asyncio.StreamWriter, int], Awaitable[None]],
):
    async def get(n: int) -> None:
        async with fault_server() as server:
            server.paths["/"] = lambda writer: answer(writer, n)
            policy = FetchPolicy(allow_hosts=(server.place,), host_gap=0, robots=False)
            async with OwnFetcher(policy) as web:
                assert (await web.get(server.url(), Purpose.PAGE)).body

    assert grows_as_its_input(lambda n: asyncio.run(get(n)), lambda n: n, 8_000, memory=True)


# ---- pages of one feed -----------------------------------------------------------------------------------------


# `ru_maxrss` of a program begins with that of the process that started it, so this small one stands between.
_PEAK = """
import resource, subprocess, sys
resource.setrlimit(resource.RLIMIT_AS, (4_000_000_000,) * 2)  # the machine survives if it fails
code = subprocess.run(sys.argv[1:]).returncode
print("peak", resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
sys.exit(code)
"""


def test_pages_that_repeat_a_name_cost_no_more_memory_than_pages_that_do_not(tmp_path: Path):
    """Measure the largest process of a run. The memory of lists and digests is measured with `places of one name`."""
    peaks: dict[str, int] = {}
    for name, words in (("hostile", "Melis Tokoev "), ("plain", "Mild weather ")):
        pages = [Piece(f"{n}", f"Headline {n}", words * 14_600 + f"End {n}. Melis Tokoev left.") for n in range(2)]
        with Web(Outlet("post", "en", pages)) as web:
            home = furnish(tmp_path / name, web)
            command = [sys.executable, "-c", _PEAK, str(MONITOR), "--home", str(home), "ingest"]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr[-500:]
            peaks[name] = int(done.stderr.split("peak ")[-1])
    print(f"\n{peaks} KB")
    assert peaks["hostile"] <= 1.1 * peaks["plain"]  # they are the same within a hundredth
