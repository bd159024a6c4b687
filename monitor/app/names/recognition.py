"""What typed names mean: a watched name in another form, or the dative of somebody who is not watched yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from monitor.app.current_watchlist import compiled_watchlist
from monitor.home import Home
from monitor.match import compile_watchlist, find_mentions, found_people
from monitor.model import Code, Confidence, Entity, Message, Span

_MOST_NAMES = 20  # that are typed together


@dataclass(frozen=True, slots=True)
class RecognisedName:
    """A typed name and the watched entity that it names. `form`: its inflection, such as `dative`, if it has one."""

    text: str
    entity: Entity
    form: str

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
