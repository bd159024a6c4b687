"""Pure. What each typed name is: watched already, another case of a name, or new, with what it would bring."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from monitor.app.names.service import Prospect
from monitor.app.names.trials import RecognisedName, form_of
from monitor.match import ListWarning, Sample, offered_bodies
from monitor.model import Entity


@dataclass(frozen=True, slots=True)
class NameCard:
    """A typed name.

    `watched`: the watched names that it is or is a form of, with their addresses; `entity`: the new or changed name,
    with its forms, warnings and the number of articles of the last days that name it; `countries`: those that have a
    state body of this name; `is_open`: it is not added before its question is answered.
    """

    place: int  # among the typed names
    text: str
    watched: Sequence[tuple[str, RecognisedName]] = ()
    nominative: str = ""
    form: str = ""  # the inflection that the text has, if the nominative is offered
    entity: Entity | None = None
    samples: Sequence[Sample] = ()
    warnings: Sequence[ListWarning] = ()
    articles: int = 0
    countries: Sequence[str] = ()
    is_open: bool = False

    @property
    def may_be_of_any_country(self) -> bool:
        """Return whether the table of state bodies does not say whose body it is."""
        return not offered_bodies(self.text)


def name_cards(
    lines: Sequence[str],
    watched: Iterable[tuple[str, RecognisedName]],
    nominatives: Mapping[str, str],
    countries: Mapping[str, Sequence[str]],
    prospect: Prospect | None,
    *,
    open_names: Collection[str] = (),
) -> Sequence[NameCard]:
    """Return a card for each typed name, in the order of typing."""
    watched_names = list(watched)
    by_name = {new.name.casefold(): new for _, new in prospect.change.edits if new} if prospect else {}
    cards = []
    for number, line in enumerate(lines):
        of_line = [(place, name) for place, name in watched_names if name.text == line]
        card = NameCard(
            number,
            line,
            of_line,
            nominative := nominatives.get(line, ""),
            form_of(line, nominative) if nominative else "",
            countries=countries.get(line, ()),
            is_open=line in open_names,
        )
        if prospect and (entity := by_name.get(line.casefold())):
            card = replace(
                card,
                entity=entity,
                samples=next((written for sampled, written in prospect.samples if sampled.id == entity.id), ()),
                warnings=[warning for warning in prospect.warnings if warning.entity == entity.id],
                articles=prospect.preview.by_entity.get(entity.id, 0),
            )
        cards.append(card)
    return cards
