"""Pure. The watchlist as FollowTheMoney entities (followthemoney.tech), one JSON object a line, for other programs.

What that model has no property for (an outlet, alerts, context words) stands under a key of our own, which its tools
carry along as context.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, TypeVar

from monitor.model import Alert, Context, Entity, EntityType
from monitor.watchlist.draft import Draft, each_once, lines, one_line
from monitor.yamlfile import Place, Report

E = TypeVar("E", bound=StrEnum)

OURS = "newsroom-monitor"
_TYPES = {
    "Person": EntityType.PERSON,
    "Organization": EntityType.ORGANIZATION,
    "PublicBody": EntityType.ORGANIZATION,
    "Company": EntityType.ORGANIZATION,
    "LegalEntity": EntityType.ORGANIZATION,
}
_OTHER_NAMES = ("name", "alias", "weakAlias", "previousName", "abbreviation")
_CONTEXT_KEYS = ("support", "require", "exclude")


class _Twice(ValueError):
    pass


def read(text: str, report: Report) -> list[Draft]:
    drafts = []
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            drafts += _draft(line, number, report)
    if not text.strip():
        report.add(Place(), "an empty list", "write one FollowTheMoney entity a line")
    return drafts


def _draft(line: str, number: int, report: Report) -> list[Draft]:
    place = Place(number, 1)
    try:
        row = json.loads(line, object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        report.add(Place(number, error.pos + 1), f"not JSON ({error.msg})", "write one whole object a line")
        return []
    except _Twice as error:
        report.add(place, f"the key {str(error)!r} stands here twice", "keep one of them")
        return []
    except (ValueError, RecursionError):  # a number of thousands of digits; nested thousands deep
        report.add(place, "not an entity", "write one FollowTheMoney entity a line")
        return []
    if not isinstance(row, dict) or not isinstance(row.get("properties"), dict):
        report.add(
            place, "not a FollowTheMoney entity", 'it looks like {"id": …, "schema": "Person", "properties": {…}}'
        )
        return []
    return [Draft(_entity(row, place, report), place, place)]


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise _Twice(key)
        found[key] = value
    return found


def _entity(row: Mapping[str, Any], place: Place, report: Report) -> Entity:
    schema, properties = str(row.get("schema", "")), row["properties"]
    if schema not in _TYPES:
        report.unknown(place, "schema", schema, _TYPES)
    names = each_once(name for key in _OTHER_NAMES for name in _texts(properties, key, place, report))
    caption = one_line(str(row.get("caption") or ""))
    name = caption if caption in names else (names[0] if names else "")
    if not name:
        report.add(place, "an entity without a name", 'add "name": ["…"] to its properties')
    ours = row.get(OURS, {})
    if not isinstance(ours, dict):
        report.add(place, f"{OURS}: not an object", "leave it out")
        ours = {}
    return Entity(
        id=str(row.get("id") or ""),
        name=name,
        type=_choice(ours, "type", _TYPES.get(schema, EntityType.PERSON), place, report),
        aliases=tuple(other for other in names if other != name),
        note=lines("\n".join(_texts(properties, "notes", place, report))),
        sensitive=report.flag(place, "sensitive", str(ours.get("sensitive", "")).lower()),
        alert=_choice(ours, "alert", Alert.ALWAYS, place, report),
        context=Context(*(each_once(_texts(ours, key, place, report)) for key in _CONTEXT_KEYS)),
    )


def _choice(ours: Mapping[str, Any], key: str, default: E, place: Place, report: Report) -> E:
    return report.choice(place, key, str(ours.get(key, "")), default)


def _texts(properties: Mapping[str, Any], key: str, place: Place, report: Report) -> list[str]:
    values = properties.get(key, [])
    if isinstance(values, list) and all(isinstance(value, str) for value in values):
        return values
    report.add(place, f"{key}: not a list of texts", f'write "{key}": ["one", "another"]')
    return []


def write(entities: Sequence[Entity]) -> str:
    return "".join(json.dumps(_row(entity), ensure_ascii=False, separators=(",", ":")) + "\n" for entity in entities)


def _row(entity: Entity) -> dict[str, Any]:
    properties = {"name": [entity.name], "alias": [*entity.aliases], "notes": [entity.note] if entity.note else []}
    context = {key: [*getattr(entity.context, key)] for key in _CONTEXT_KEYS}
    ours = {
        "type": "outlet" if entity.type is EntityType.OUTLET else "",
        "sensitive": entity.sensitive,
        "alert": entity.alert.value if entity.alert is not Alert.ALWAYS else "",
        **context,
    }
    row = {
        "id": entity.id,
        "schema": "Person" if entity.type is EntityType.PERSON else "Organization",
        "properties": {key: values for key, values in properties.items() if values},
    }
    return row | ({OURS: kept} if (kept := {key: value for key, value in ours.items() if value}) else {})
