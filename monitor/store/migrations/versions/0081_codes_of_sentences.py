"""The sentences that builds before December 2026 stored without their codes get them."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from monitor.model.message import Message, arguments_of, code_of, parse_marked

revision = "0081"
down_revision = "0080"
branch_labels = None
depends_on = None

# As those builds wrote them: none of them is reworded here.
CODES = {
    "it is named in a credit": "credit",
    "it is named as the source of a report": "report-source",
    "letters of {}: {}": "romanisation",
    "“{}”: {} of {}": "inflection",
    "the proxy does not answer": "proxy-is-dead",
    "names moved to the closed watch, with their items and decisions: {}": "names-moved",
    "{} (the last good watchlist is in force)": "watchlist",
    "watchlist.yaml: names that are not found even as they are listed: {}; "
    "`monitor watchlist check` says which": "names",
    "{} (the last good list of feeds is in force)": "feeds",
    "nothing could be fetched from any source; is the network down{}?": "outage",
    "MONITOR_PING_URL could not be reached: {}": "ping",
    "{}": "settings",
    "the digest could not be mailed: {}": "mail",
    "the digest to {} was refused: {}": "recipient",
    "a message by {} to {} was not accepted: {}": "channel",
    "the disk of {} is more than {} full; make room before it stops the runs": "disk",
    "a feed brings more than a feed may in a day ({}): the rest waits or is left out; "
    "`monitor feeds list` says which": "bounds",
    "a run had to be stopped: something in it hung; what it left is worked off by the next": "hung",
    "the clock is behind what is stored by more than an hour: {}": "clock",
    "“{}” is {}": "same-name",
    "“{}” = {} in the other script": "other-script",
    "“{}” is the name as listed": "as-listed",
    "“{}” is the surname of {}": "surname-alone",
    "“{}” is {} with an initial": "initial-alone",
    "the full name stands nowhere in this article": "no-full-name",
    "“{}” is the object of “{}”": "object",
    "“{}” is who suffered: “{}” is passive": "subject",
    "“{}” stands in the case that “{}” asks for": "case",
    "“{}” stands after “{}”, which “{}” asks for": "preposition",
    "“{}” is described by “{}”": "described",
    "“{}” belongs to “{}”": "owner",
    "“{}” was done to whom the sentence names before": "own-things",
    "is no recipient any more": "no-recipient",
}
# Of mail servers, whose addresses and answers stand around these words.
REFUSALS = {" refused this recipient (": "recipient-refused", " refused this mail (": "mail-refused"}
SENTENCES = (
    ("hit", "id", "why"), ("review_item", "id", "reopened"), ("feed", "number", "detail"), ("entry", "id", "detail"),
    ("delivery", "id", "detail"),
)  # fmt: skip
LISTS = (("mention", "id", "why"), ("run", "id", "problems"))


def upgrade() -> None:
    for name, key, column in SENTENCES:
        _rewrite(name, key, sa.column(column, sa.Text()), _with_code_of_refusal if name == "delivery" else _with_code)
    for name, key, column in LISTS:
        _rewrite(name, key, sa.column(column, sa.JSON()), lambda stored: [_with_code(sentence) for sentence in stored])


def _rewrite(name: str, key: str, column: sa.ColumnClause[Any], with_codes: Any) -> None:
    """Set a column where codes are missing. Marks are no matter of SQL, so rows pass through here."""
    connection, table, last = op.get_bind(), sa.table(name, sa.column(key), column), 0
    number, stored = table.c[key], table.c[column.name]
    is_filled = sa.cast(stored, sa.Text).not_in(("", "[]"))
    batches = sa.select(number, stored).where(number > sa.bindparam("last"), is_filled).order_by(number).limit(2_000)
    change = sa.update(table).where(number == sa.bindparam("row")).values({column.name: sa.bindparam("value")})
    while rows := connection.execute(batches, {"last": last}).all():
        last = rows[-1][0]
        values = [{"row": row, "value": with_codes(before)} for row, before in rows]
        changed = [value for value, (_, before) in zip(values, rows, strict=True) if value["value"] != before]
        if changed:
            connection.execute(change, changed)


def _with_code(stored: str) -> str:
    sentence = parse_marked(stored)
    template = sentence.template if isinstance(sentence, Message) else sentence
    if template not in CODES or code_of(sentence):
        return stored
    return Message(template, *arguments_of(sentence), code=CODES[template]).marked


def _with_code_of_refusal(stored: str) -> str:
    coded = _with_code(stored)
    sentence = parse_marked(coded)
    code = next((code for words, code in REFUSALS.items() if words in sentence), "")
    return Message(sentence, code=code).marked if code and not code_of(sentence) else coded
