"""Outlets that invent their news sentence by sentence, so that a test knows who said what first."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

from kit.internet import Internet, Listed

PEOPLE = ("Melis Tokoev", "Cholpon Arzyeva")
TRADE = ("BISHKEK, 2 March.", "Read also: Snow is expected in the valleys", "Subscribe to our channel.")


@dataclass(frozen=True)
class Sentence:
    """A sentence with a word that no other has and that no copy changes without telling something else of a name."""

    mark: str
    words: tuple[str, ...]
    ending: str = "."

    def __str__(self) -> str:
        first, *following = self.words
        return " ".join((first[0].upper() + first[1:], *following)) + self.ending

    @property
    def names_somebody(self) -> bool:
        return any(person in str(self) for person in PEOPLE)

    def with_changed_word(self, *, is_news: bool) -> Sentence:
        """Return the sentence with another word at its end, which is what it tells if it `is_news`."""
        word = f"{self.words[-1][::-1]}u{self.mark}"
        return replace(self, words=(*self.words[:-1], word), mark=word if is_news else self.mark)

    def without_names(self) -> Sentence:
        return replace(self, words=tuple("somebody" if word in PEOPLE else word for word in self.words))


class Invention:
    """Makes sentences: those about one event have some words in common, and in no order."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def sentence(self, event: int, person: str = "") -> Sentence:
        words = self._words(event, own_count=5, common=5)
        return Sentence(words[1], (*words[:4], *([person] if person else []), *words[4:]))

    def headline(self, event: int, person: str = "") -> Sentence:
        words = self._words(event, own_count=2, common=5)
        return Sentence(words[1], (*words[:4], *([person] if person else []), *words[4:]), ending="")

    def _words(self, event: int, own_count: int, common: int) -> list[str]:
        dice, event_dice = random.Random(next(self._numbers)), random.Random(f"event {event}")
        vocabulary = [_word(event_dice) for _ in range(8)]
        words = [_word(dice) for _ in range(own_count)]
        for word in dice.sample(vocabulary, common):
            words.insert(dice.randint(2, len(words)), word)
        return words


def _word(dice: random.Random) -> str:
    return "".join(dice.choice("bdgklmnrst") + dice.choice("aeiou") for _ in range(4))


@dataclass
class Report:
    """An article as its outlet has it on its page and in its feed."""

    outlet: str
    path: str
    headline: Sentence
    body: list[Sentence]
    trade: Sequence[str] = ()
    canonical: str = ""

    @property
    def url(self) -> str:
        return f"http://{self.outlet}.example/{self.path}"

    @property
    def sentences(self) -> list[Sentence]:
        return [self.headline, *self.body]

    @property
    def names_somebody(self) -> bool:
        return any(sentence.names_somebody for sentence in self.sentences)

    @property
    def text(self) -> str:
        head, *tail = self.trade or ("",)
        paragraphs = [" ".join(map(str, self.body[at : at + 2])) for at in range(0, len(self.body), 2)]
        return "\n".join(filter(None, (head, *paragraphs, *tail)))


@dataclass
class Claim:
    """An entry of a feed that leads to another site, with words of its own."""

    link: str
    headline: Sentence
    summary: Sentence | None = None


@dataclass
class NewsOutlets:
    """The sites of outlets, and what the monitor was served of them."""

    internet: Internet
    names: Sequence[str]
    reports: list[Report] = field(default_factory=list)
    claims: dict[str, list[Claim]] = field(default_factory=dict)
    served: dict[str, set[str]] = field(default_factory=dict)  # address -> marks of what names somebody there
    is_named: set[str] = field(default_factory=set)  # addresses at which somebody was named when they were served
    _requests_seen: int = 0

    def feed_url(self, outlet: str) -> str:
        return f"http://{outlet}.example/rss"

    def add(self, outlet: str, headline: Sentence, body: list[Sentence], **fields: Any) -> None:
        self.reports.insert(0, Report(outlet, f"news/{len(self.reports) + 1}", headline, body, **fields))

    def publish(self) -> None:
        """Serve all pages and feeds as they are now."""
        for report in self.reports:
            self.internet.page(report.url, str(report.headline), report.text, canonical=report.canonical)
        for outlet in self.names:
            listed = [Listed(r.url, str(r.headline)) for r in self.reports if r.outlet == outlet]
            linked = [
                Listed(claim.link, str(claim.headline), str(claim.summary or ""), guid=f"{outlet}-{number}")
                for number, claim in enumerate(self.claims.get(outlet, ()))
            ]
            self.internet.feed(self.feed_url(outlet), [*listed, *linked])

    def note_served(self) -> None:
        """Note what the addresses that were requested since say."""
        requests = self.internet.requests[self._requests_seen :]
        self._requests_seen += len(requests)
        pages = {report.url: report.sentences for report in self.reports}
        for url in dict.fromkeys(requests):
            if url in pages:
                self._note(url, pages[url])
        for outlet in self.names:
            if self.feed_url(outlet) in requests:
                for claim in self.claims.get(outlet, ()):
                    self._note(f"{outlet}: {claim.headline.mark}", filter(None, (claim.headline, claim.summary)))

    def _note(self, place: str, sentences: Iterable[Sentence]) -> None:
        sentences = list(sentences)
        # What named somebody once is in the queue, whatever its outlet took out of it since.
        if place in self.is_named or any(sentence.names_somebody for sentence in sentences):
            self.is_named.add(place)
            self.served[place] = {sentence.mark for sentence in sentences}

    @property
    def marks(self) -> set[str]:
        """Return the marks of all sentences that were served in articles that name somebody."""
        return set().union(*self.served.values())
