"""The form of a recipient: an item of recipients.yaml as the fields of the form, and what was typed as an item."""

from __future__ import annotations

from pydantic import TypeAdapter, ValidationError
from starlette.datastructures import FormData

from monitor.config.recipients import RecipientForm, Row

_LISTS = ("names", "outlets", "countries")
_FLAGS = ("at_once", "sensitive", "show_names")
_FLAG = TypeAdapter(bool)  # as the file is read: `yes`, `on` and `1` are true there, too
FIELDS = tuple(RecipientForm.model_fields)
# Where a message goes, how, and about what, with the defaults.
_WAY_AND_SCOPE = {
    "channel": "mail", "to": "", "key": "", "show_names": "", "names": "", "outlets": "", "countries": "",
}  # fmt: skip
MAX_LENGTH = 2_000  # characters of one field


def fields_of(row: Row) -> dict[str, str]:
    """Return an item of the file as the fields of the form."""
    values = {"channel": "mail", **with_flags(row)}
    return {name: _field_text(values.get(name)) for name in FIELDS}


def _field_text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value or "")


def with_flags(row: Row) -> Row:
    """Return an item of the file with true and false in place of their spellings."""
    return {name: _flag(value) if name in _FLAGS else value for name, value in row.items()}


def _flag(value: object) -> object:
    try:
        return _FLAG.validate_python(value)
    except ValidationError:
        return value  # the check of the file reports it


def row_of(form: FormData) -> Row:
    """Return what was typed as an item of the file, without empty values."""
    texts = {name: value for name in FIELDS if isinstance(value := form.get(name), str)}
    row: dict[str, object] = {name: " ".join(text[:MAX_LENGTH].split()) for name, text in texts.items() if text.strip()}
    for name in _LISTS:
        if name in row:
            row[name] = [part.strip() for part in str(row[name]).split(",") if part.strip()]
    if row.get("channel") == "mail":
        # The default, which the file leaves out.
        del row["channel"]
    return row


def as_cleared_as_before(row: Row, before: Row | None) -> Row:
    """Return an item as somebody may write it who is not cleared.

    It gets messages of the closed watch if it got them before, and if these go to the same place in the same way and
    about the same names, outlets and countries.
    """
    typed_row, stored_row = with_flags(row), with_flags(before or {})
    goes_as_before = all(
        _field_text(typed_row.get(name, default)) == _field_text(stored_row.get(name, default))
        for name, default in _WAY_AND_SCOPE.items()
    )
    other_fields = {name: value for name, value in row.items() if name != "sensitive"}
    return other_fields | ({"sensitive": True} if goes_as_before and stored_row.get("sensitive") is True else {})
