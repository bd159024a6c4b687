"""Pure. The watchlist as FollowTheMoney entities (followthemoney.tech), one JSON object a line, for other programs.

What that model has no property for (an outlet, alerts, context words) stands under a key of our own, which its tools
carry along as context.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Literal, get_args

from pydantic import ConfigDict, Field

from monitor.config.watchlist.schema import as_row
from monitor.config.yaml import Form, Part, Place, Report, check
from monitor.model import Entity, EntityType

OURS = "newsroom-monitor"
Schema = Literal["Person", "Organization", "PublicBody", "Company", "LegalEntity"]
_NAMES = ("name", "alias", "weakAlias", "previousName", "abbreviation")


class FtmForm(Form):
    """What we read of an entity of FollowTheMoney; the rest is other programs'."""

    model_config = ConfigDict(extra="ignore")

    id: str = Field(description='write "id": "…"')
    kind: Schema = Field(alias="schema", description="use one of: " + ", ".join(get_args(Schema)))
    caption: str | None = Field(None, repr=False, description='write "caption": "…", or leave it out')
    properties: dict[str, list[Any]] = Field(repr=False, description='write "properties": {"name": ["one", "another"]}')
    ours: dict[str, Any] = Field({}, alias=OURS, description="leave it out")


def read(text: str, report: Report) -> list[Part]:
    parts = []
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            parts += _part(line, number, report)
    if not text.strip():
        report.add(Place(), "an empty list", "write one FollowTheMoney entity a line")
    return parts


def _part(line: str, number: int, report: Report) -> list[Part]:
    """The entity on a line; none where it holds none. What is wrong in it is reported at the start of the line."""
    places: dict[Any, Place] = {(): Place(number, 1)}
    try:
        found = check(FtmForm, Part(json.loads(line, object_pairs_hook=_object), places), report)
    except json.JSONDecodeError as error:
        report.add(Place(number, error.pos + 1), f"not JSON ({error.msg})", "write one whole object a line")
        return []
    except (ValueError, RecursionError) as error:  # a key twice; thousands of digits; nested thousands deep
        report.add(places[()], f"not an entity ({error})", "write one FollowTheMoney entity a line")
        return []
    return [Part(_row(found), places)] if found else []


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands in it twice")
    return found


def _row(found: FtmForm) -> dict[str, Any]:
    names = [name for key in _NAMES for name in found.properties.get(key, [])]
    name = found.caption if found.caption in names else names[0] if names else None
    row = {
        "id": found.id,
        "type": EntityType.PERSON if found.kind == "Person" else EntityType.ORGANIZATION,
        "name": name,
        "aliases": [other for other in names if other != name],
        "note": "\n".join(map(str, found.properties.get("notes", []))),
    }
    return row | found.ours


def write(entities: Iterable[Entity]) -> str:
    return "".join(json.dumps(_line(entity), ensure_ascii=False, separators=(",", ":")) + "\n" for entity in entities)


def _line(entity: Entity) -> dict[str, Any]:
    ours = as_row(entity)
    properties = {"name": [ours.pop("name")], "alias": ours.pop("aliases", []), "notes": [ours.pop("note", "")]}
    if entity.type is not EntityType.OUTLET:
        ours.pop("type", None)
    row = {
        "id": ours.pop("id"),
        "schema": "Person" if entity.type is EntityType.PERSON else "Organization",
        "properties": {key: values for key, values in properties.items() if any(values)},
    }
    return row | ({OURS: ours} if ours else {})
