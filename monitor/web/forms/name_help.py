"""Help with a typed name: its nominative, the state body that it may mean, and remedies against a flood of stories."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from monitor.app.names.trials import nominatives_of
from monitor.match import bodies_called, is_state_body, offered_bodies
from monitor.model import Alert, Entity, EntityType, WatchlistChange
from monitor.web.forms.name_form import GUESSED, MAX_NAMES, NameForm

MAX_USUAL_WORDS = 6
MAX_BODIES = 20  # typed names that countries are offered for
PRESS_WORDS = ("journalist", "журналист")


def body_countries(typed: NameForm, entities: Sequence[Entity], near: Collection[str]) -> Mapping[str, Sequence[str]]:
    """Return the countries to offer for each typed state body, as KG and TJ for ГКНБ; none if a country is typed.

    Of a body that the table does not have: those `near`, and the one that the list uses most; that one comes first.
    """
    if typed.country.strip() or typed.type not in {GUESSED, EntityType.ORGANIZATION.value}:
        return {}
    usual = _usual_country(entities)
    return {name: _countries_of(name, usual, {usual, *near} - {""}) for name in typed.name_lines[:MAX_BODIES]}


def offered_nominatives(typed: NameForm, watched: Collection[str]) -> Mapping[str, str]:
    """Return the nominatives of the typed names that are new and were not to be kept as they are."""
    if typed.type not in {GUESSED, EntityType.PERSON.value}:
        return {}
    return nominatives_of([line for line in typed.name_lines if line not in watched and line not in typed.kept_lines])


def open_names(typed: NameForm, watched: Collection[str], entities: Sequence[Entity]) -> Sequence[str]:
    """Return the typed names that are not added before a question is answered.

    In another case: is the nominative meant? A state body that several countries have: which country's?
    """
    nominatives = offered_nominatives(typed, watched)
    several = {
        name
        for name, countries in body_countries(typed, entities, ()).items()
        if len(countries) > 1 and bodies_called(name) and not {name} & {*watched, *typed.countries, *typed.kept_lines}
    }
    return [line for line in typed.name_lines if line in nominatives or line in several]


def _countries_of(name: str, usual: str, near: Collection[str]) -> Sequence[str]:
    countries = {body.country for body in offered_bodies(name)}
    likely = countries or (near if any(map(is_state_body, name.split())) else ())
    return sorted(likely, key=lambda code: (code != usual, code))


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


def with_help(typed: NameForm, choice: str, entities: Sequence[Entity], near: Collection[str]) -> NameForm:
    """Return the form with one choice filled in.

    A remedy, or the choice on the card of a line: `nominative-0` in place of what was typed, `separate-0` to add it
    as it was typed, `spelling-0-…` for another spelling of it, `body-0-KG` for the country of a state body, which makes
    all its names sure.
    """
    kind, _, argument = choice.partition("-")
    place, _, chosen = argument.partition("-")
    if line := dict(zip(map(str, range(MAX_NAMES)), typed.name_lines, strict=False)).get(place, ""):
        match kind:
            case "nominative":
                nominatives = nominatives_of([line])
                return replace(typed, names="\n".join(nominatives.get(name, name) for name in typed.name_lines))
            case "separate":
                return replace(typed, separate=f"{typed.separate}\n{line}".strip())
            case "spelling" if len(typed.name_lines) > 1:
                return replace(typed, spellings=f"{typed.spellings}\n{chosen}\t{line}".strip())
            case "spelling":
                return replace(typed, aliases=f"{typed.aliases}\n{chosen}".strip())
            case "body" if chosen in body_countries(typed, entities, near).get(line, ()):
                countries = {**typed.countries, line: chosen}
                return replace(typed, bodies="\n".join(f"{code} {name}" for name, code in countries.items()))
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
