"""Help with a typed name: its nominative, the state body that it may mean, and remedies against a flood of stories."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from monitor.app.names.recognition import nominatives_of
from monitor.match import offered_bodies
from monitor.model import Alert, Entity, EntityType, WatchlistChange
from monitor.web.forms.name_form import GUESSED, NameForm

MAX_USUAL_WORDS = 6
PRESS_WORDS = ("journalist", "журналист")


def body_countries(typed: NameForm) -> Sequence[str]:
    """Return the countries that have a state body of the typed name, as KG and TJ of ГКНБ; none if one is typed."""
    may_be_body = typed.type in {GUESSED, EntityType.ORGANIZATION.value}
    if typed.country.strip() or len(typed.name_lines) != 1 or not may_be_body:
        return ()
    return tuple(dict.fromkeys(body.country for body in offered_bodies(typed.name_lines[0])))


def remedies(typed: NameForm, change: WatchlistChange, entities: Sequence[Entity]) -> Mapping[str, str]:
    """Return the remedies that are left for a flood: the value of a button -> the words or country that it fills in."""
    words, country = ", ".join(_usual_words(entities)), _usual_country(entities)
    offered: dict[str, str] = {}
    if typed.alert == Alert.ALWAYS.value:
        offered["with-others"] = ""
    if not typed.support:
        offered["support"] = words
    if not typed.require:
        offered["require"] = words
    is_body = any(new and new.type is EntityType.ORGANIZATION for _, new in change.edits)
    if is_body and country and not typed.country:
        offered["country"] = country
    return offered


def with_help(typed: NameForm, choice: str, entities: Sequence[Entity]) -> NameForm:
    """Return the form with one choice filled in.

    A remedy; `body-KG`, which makes all names of that body sure; or `nominative-0`, for a line typed in another case.
    """
    place = choice.removeprefix("nominative-")
    if place != choice:
        lines = {str(number): line for number, line in enumerate(typed.name_lines)}
        nominatives = nominatives_of([lines[place]]) if place in lines else {}
        return replace(typed, names="\n".join(nominatives.get(line, line) for line in lines.values()))
    kind, _, body_country = choice.partition("body-")
    if not kind and body_country in body_countries(typed):
        return replace(typed, type=EntityType.ORGANIZATION.value, country=body_country)
    words = "\n".join(_usual_words(entities))
    match choice:
        case "with-others":
            return replace(typed, alert=Alert.WITH_OTHERS.value)
        case "support":
            return replace(typed, support=words, alert=Alert.WITH_OTHERS.value)
        case "require":
            return replace(typed, require=words)
        case "country":
            return replace(typed, country=_usual_country(entities))
    return typed


def _usual_words(entities: Sequence[Entity]) -> Sequence[str]:
    """Return the context words that the list uses most, or words for journalists."""
    counts = Counter(word for entity in entities for word in (*entity.context.support, *entity.context.require))
    return [word for word, _ in counts.most_common(MAX_USUAL_WORDS)] or PRESS_WORDS


def _usual_country(entities: Sequence[Entity]) -> str:
    counts = Counter(entity.country for entity in entities if entity.country)
    return counts.most_common(1)[0][0] if counts else ""
