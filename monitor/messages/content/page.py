"""Pure. A message in words: what `layout`, `alert_page` and `report` fill, and `render` and the desk print."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.messages.content.cards import Card, DeedInWords
from monitor.messages.content.phrasing import CardLine


@dataclass(frozen=True, slots=True)
class BriefLine:
    """A story in one line: its headline, and where it stands; `name` is the person it is listed under."""

    item: int
    name: str
    headline: str
    lang: str
    facts: str
    link: str
    incidents: tuple[DeedInWords, ...] = ()  # what happened to whom
    decision: str = ""  # in short


@dataclass(frozen=True, slots=True)
class PersonLine:
    """A person of the day: what was done to them, how many stories and articles tell of them, and these.

    `days`: the stories about them on each of the last days, the last 24 hours at the end; () where none are counted.
    """

    name: str
    entity: str  # "" for others of the press
    items: tuple[int, ...]  # the first: where nothing of them stands below
    deeds: tuple[DeedInWords, ...]  # () for who was in the news otherwise
    stories: int
    figures: str  # the stories in words
    days: tuple[int, ...] = ()
    change: str = ""  # which outlet took back what it told of them
    doubt: str = ""  # in a report: that nobody reviewed what was done

    @property
    def deed(self) -> str:
        """Return what was done, in words."""
        return ", ".join(deed.words for deed in self.deeds)


@dataclass(frozen=True, slots=True)
class Section:
    """A titled list of cards, of stories in one line, of lines, or of all."""

    title: str
    cards: tuple[Card, ...] = ()
    lines: tuple[CardLine, ...] = ()
    numbered: bool = False  # the cards have numbers and a line of their own for the facts
    briefs: tuple[BriefLine, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.cards or self.lines or self.briefs)

    @property
    def card_groups(self) -> list[list[Card]]:
        """Return the cards, those of related stories together."""
        groups: list[list[Card]] = []
        for card in self.cards:
            if card.is_in_group and not card.heading:
                groups[-1].append(card)
            else:
                groups.append([card])
        return groups


@dataclass(frozen=True, slots=True)
class Button:
    """The one thing to do next: a link to the queue."""

    label: str
    link: str


@dataclass(frozen=True, slots=True)
class Page:
    """A message in words. Its passages are not cleaned or escaped yet.

    `title` is the day in one sentence; `footer` are the sections about sources and lists, in small letters.
    """

    language: str
    subject: str
    warnings: tuple[CardLine, ...]
    opening: tuple[str, ...]
    sections: tuple[Section, ...]
    closing: str
    trouble: str = ""  # what is wrong with the reading, below the opening of a day with a title
    newsroom: str = ""  # whose it is
    kicker: str = ""  # the day and the place
    title: str = ""
    people: tuple[PersonLine, ...] = ()
    people_days: tuple[str, ...] = ()  # in words the days of their counts, () where none are counted
    people_label: str = ""  # what the days count
    people_uncounted: str = ""  # what stands in place of days of which nothing is counted
    button: Button | None = None
    footer: tuple[Section, ...] = ()
    has_link_below: bool = False  # the link to the queue stands below its first sentences; else the first is that link
    colophon: str = ""  # at the foot: the hours of a day with a title, and what was read

    @property
    def items(self) -> list[int]:
        """Return the items that are listed, in full or in one line, from top to bottom."""
        of_sections = (([c.item for c in s.cards], [line.item for line in s.briefs]) for s in self.sections)
        return [item for in_full, in_line in of_sections for item in (*in_full, *in_line)]

    def first_item(self, person: PersonLine) -> int | None:
        """Return the first item below that tells of a person, to which the name at the top links; None for none."""
        return next((item for item in self.items if item in person.items), None)
