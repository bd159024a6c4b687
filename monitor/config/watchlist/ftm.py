"""Pure. The watchlist as FollowTheMoney entities (followthemoney.tech), one JSON object a line, for other programs.

Values without a property in that model (outlets, alerts, context words) are under our own key; the tools of
FollowTheMoney keep such keys as context.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any, Literal, get_args

from pydantic import ConfigDict, Field

from monitor.config.forms import FileReport, Form, Part, Place, validate
from monitor.config.watchlist.schema import entity_row
from monitor.model import Entity, EntityType

CONTEXT_KEY = "newsroom-monitor"
Schema = Literal["Person", "Organization", "PublicBody", "Company", "LegalEntity"]
_NAMES = ("name", "alias", "weakAlias", "previousName", "abbreviation")


class FtmForm(Form):
    """The keys that we read of a FollowTheMoney entity; keys of other programs are ignored."""

    model_config = ConfigDict(extra="ignore")

    id: str = Field(description='write "id": "…"')
    kind: Schema = Field(alias="schema", description="use one of: " + ", ".join(get_args(Schema)))
    caption: str | None = Field(None, repr=False, description='write "caption": "…", or leave it out')
    properties: dict[str, list[Any]] = Field(repr=False, description='write "properties": {"name": ["one", "another"]}')
    ours: dict[str, Any] = Field({}, alias=CONTEXT_KEY, description="leave it out")


def read(text: str, report: FileReport) -> list[Part]:
    """Return the entities of JSON lines as parts for `validate`; problems go to the report."""
    parts = []
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            parts += _line_parts(line, number, report)
    if not text.strip():
        report.add(Place(), "an empty list", "write one FollowTheMoney entity a line")
    return parts


def _line_parts(line: str, number: int, report: FileReport) -> list[Part]:
    """Return the entity of a line, or [] if it is not one. Problems inside it have the place of the line's start."""
    places: dict[Any, Place] = {(): Place(number, 1)}
    try:
        form = validate(FtmForm, Part(json.loads(line, object_pairs_hook=_unique_keys), places), report)
    except json.JSONDecodeError as error:
        report.add(Place(number, error.pos + 1), f"not JSON ({error.msg})", "write one whole object a line")
        return []
    except (ValueError, RecursionError) as error:  # a key twice, thousands of digits, or thousands of levels
        report.add(places[()], f"not an entity ({error})", "write one FollowTheMoney entity a line")
        return []
    return [Part(_entity_row(form), places)] if form else []


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    entity = dict(pairs)
    if len(entity) < len(pairs):
        raise ValueError("a key stands in it twice")
    return entity


def _entity_row(form: FtmForm) -> dict[str, Any]:
    names = [name for key in _NAMES for name in form.properties.get(key, [])]
    name = form.caption if form.caption in names else names[0] if names else None
    if names:
        names.remove(name)  # once: an alias of our own lists may equal the name
    row = {
        "id": form.id,
        "type": EntityType.PERSON if form.kind == "Person" else EntityType.ORGANIZATION,
        "name": name,
        "aliases": names,
        "note": "\n".join(map(str, form.properties.get("notes", []))),
    }
    if country := _country(form):
        row["country"] = country
    return row | form.ours


def _country(form: FtmForm) -> str:
    """Return the first code of two letters, a body's jurisdiction before its country; others are longer: "gb-sct"."""
    codes = [str(code).upper() for key in ("jurisdiction", "country") for code in form.properties.get(key, [])]
    return next((code for code in codes if re.fullmatch("[A-Z]{2}", code)), "")


def write(entities: Iterable[Entity]) -> str:
    """Return entities as FollowTheMoney JSON lines."""
    return "".join(
        json.dumps(_ftm_line(entity), ensure_ascii=False, separators=(",", ":")) + "\n" for entity in entities
    )


def _ftm_line(entity: Entity) -> dict[str, Any]:
    ours = entity_row(entity)
    properties = {
        "name": [ours.pop("name")],
        "alias": ours.pop("aliases", []),
        "notes": [ours.pop("note", "")],
        "country": [ours.pop("country", "").lower()],  # FollowTheMoney writes codes in small letters
    }
    # FollowTheMoney has no schema for outlets, so only they need a type of ours.
    if entity.type is not EntityType.OUTLET:
        ours.pop("type", None)
    row = {
        "id": ours.pop("id"),
        "schema": "Person" if entity.type is EntityType.PERSON else "Organization",
        "properties": {key: values for key, values in properties.items() if any(values)},
    }
    return row | ({CONTEXT_KEY: ours} if ours else {})
