"""Trials of watched names, saved or not, on a sentence or a page, and what typed names mean."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from monitor.app.lists import compiled_watchlist
from monitor.app.offline import read_page
from monitor.clock import Clock
from monitor.config import Settings
from monitor.errors import FetchError, StageFailed
from monitor.home import Home, MakeSandbox
from monitor.ingest.tools import make_fetcher, open_sandbox
from monitor.match import compile_watchlist, find_mentions, found_people, match_documents, near_misses
from monitor.match.explain.near_misses import NearMiss
from monitor.model import Code, Confidence, Document, Entity, Mention, Message, Span
from monitor.text.language import detect

_MOST_NAMES = 20  # that are typed together


@dataclass(frozen=True, slots=True)
class RecognisedName:
    """A typed name and the watched entity that it names. `form`: its inflection, such as `dative`, if it has one."""

    text: str
    entity: Entity
    form: str = ""

    @property
    def is_as_listed(self) -> bool:
        return self.text.casefold() == self.entity.name.casefold()


def recognised_names(home: Home, names: Sequence[str]) -> Iterator[RecognisedName]:
    """Yield the names that are a form of a name of this watch as a whole, surely."""
    compiled = compiled_watchlist(home)
    for name in names:
        for mention in find_mentions(name, compiled):
            # “Эмилу Доолотову, редактор Kloop” names two: as a whole it is neither.
            if mention.confidence is Confidence.STRONG and mention.span == Span(0, len(name)):
                yield RecognisedName(name, compiled.entities[mention.entity], _form_of(mention.why))


def nominatives_of(names: Sequence[str]) -> Mapping[str, str]:
    """Return the nominatives of those first names of a list that are a full name in another case, as far as is known.

    >>> dict(nominatives_of(["Эмилу Доолотову", "Айгуль Бекова"]))
    {'Эмилу Доолотову': 'Эмил Доолотов'}
    """
    return {
        names[place.text]: person.name
        for person in found_people(names[:_MOST_NAMES])
        for place in person.places
        if place.span == Span(0, len(names[place.text])) and person.name != names[place.text]
    }


def form_of(text: str, nominative: str) -> str:
    """Return the inflection of a name, such as `dative`; empty if its words have none or several.

    >>> str(form_of("Эмилу Доолотову", "Эмил Доолотов"))
    'dative'
    """
    compiled = compile_watchlist([Entity("", nominative)])
    return next((_form_of(mention.why) for mention in find_mentions(text, compiled)), "")


def _form_of(reasons: Sequence[str]) -> str:
    """Return the inflection that all words of a name have; empty if they have none or several."""
    inflections = {
        reason.arguments[1] for reason in reasons if isinstance(reason, Message) and reason.code == Code.INFLECTION
    }
    return inflections.pop() if len(inflections) == 1 else ""


MAX_SHOWN = 20  # places of each kind


@dataclass(frozen=True, slots=True)
class Trial:
    """A tried text with its mentions and near misses; `problem` if the page could not be read."""

    title: str = ""
    text: str = ""
    language: str = ""
    mentions: Sequence[Mention] = ()
    near_misses: Sequence[NearMiss] = ()
    problem: str = ""


def is_link(text: str) -> bool:
    """Return whether a tried text is the address of a page, and nothing else."""
    return len(text.split()) == 1 and text.strip().startswith(("http://", "https://"))


def try_text(text: str, entities: Sequence[Entity]) -> Trial:
    """Return what the matcher finds in a text."""
    return _trial("", text, detect(text), entities)


def try_page(
    url: str, entities: Sequence[Entity], settings: Settings, clock: Clock, make_sandbox: MakeSandbox | None = None
) -> Trial:
    """I/O. Fetch a page and return what the matcher finds in it; the request tells nothing of the names.

    It is read and matched in a sandbox: anybody may have written it.
    """

    async def read() -> Trial:
        async with make_fetcher(settings, clock) as web, (make_sandbox or open_sandbox)() as sandbox:
            _, page = await read_page(url, web, sandbox)
            return await sandbox.run(_trial, page.title, page.text, page.language, tuple(entities))

    try:
        return asyncio.run(read())
    except (FetchError, StageFailed) as error:
        return Trial(problem=str(error))


def _trial(title: str, text: str, language: str, entities: Sequence[Entity]) -> Trial:
    compiled = compile_watchlist(entities)
    ((_, mentions),) = match_documents([Document("", text, title, language)], compiled)
    return Trial(title, text, language, mentions[:MAX_SHOWN], near_misses(text, compiled, title)[:MAX_SHOWN])
