"""Typed names that the list finds already: "Эмилу Доолотову" while Emil Doolotov is watched."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from monitor.app.current_watchlist import compiled_watchlist
from monitor.home import Home
from monitor.match import find_mentions
from monitor.model import Confidence, Entity, Message, Span

_INFLECTION = "“{}”: {} of {}"  # the reason that names an inflection


@dataclass(frozen=True, slots=True)
class RecognisedName:
    """A typed name and the watched entity that it names. `form`: its inflection, such as `dative`, if it has one."""

    text: str
    entity: Entity
    form: str


def recognised_names(home: Home, names: Sequence[str]) -> Iterator[RecognisedName]:
    """Yield the names that are a form of a name of this watch as a whole, surely."""
    compiled = compiled_watchlist(home)
    for name in names:
        for mention in find_mentions(name, compiled):
            # “Эмилу Доолотову, редактор Kloop” names two: as a whole it is neither.
            if mention.confidence is Confidence.STRONG and mention.span == Span(0, len(name)):
                yield RecognisedName(name, compiled.entities[mention.entity], _form_of(mention.why))


def _form_of(reasons: Sequence[str]) -> str:
    """Return the inflection that all words of a name have; empty if they have none or several."""
    inflections = {
        reason.arguments[1] for reason in reasons if isinstance(reason, Message) and reason.template == _INFLECTION
    }
    return inflections.pop() if len(inflections) == 1 else ""
