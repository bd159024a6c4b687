"""One table of romanisations: matching and reasons read it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from monitor.text import romanize
from monitor.text.romanize import ROMANISATION_VERSION, read_romanisation, romanisation, skeleton, version_of
from monitor.text.tables import pairs, read_sections, table_text

TABLE = table_text(romanize.__file__, "romanisations")
ROWS = [
    (*head.split(), way)
    for head, row in pairs(read_sections(TABLE)["letters"]).items()
    for way, _ in map(str.split, row.split(","))
]


@pytest.mark.parametrize(
    ("letter", "sound", "way"), [row for row in ROWS if not row[2].startswith("~") and row[1] != "-"]
)
def test_every_way_of_the_table_sounds_like_its_letter(letter: str, sound: str, way: str):
    assert skeleton(f"б{letter}р") == skeleton(f"b{way}r")


@pytest.mark.parametrize(("letter", "sound", "way"), [row for row in ROWS if row[2].startswith("~")])
def test_a_way_that_is_only_explained_does_not_sound_like_its_letter(letter: str, sound: str, way: str):
    assert any(skeleton(f"б{letter}{end}") != skeleton(f"b{way[1:]}{end}") for end in ("r", "ar"))


def test_a_new_row_changes_what_matches_and_whose_way_it_is():
    table = TABLE.replace("dzh old", "dzh old, zx Esperanto").replace(
        "[letters]", "Esperanto: as in Esperanto\n\n[letters]"
    )
    changed = read_romanisation(table)
    assert (romanisation().to_sounds("zxoomart"), changed.to_sounds("zxoomart")) == ("zksomart", "Jomart")
    assert changed.sources["ж"]["zx"] == "as in Esperanto"
    assert "zx" not in romanisation().sources["ж"]
    assert version_of(table) != ROMANISATION_VERSION


COMMAND = """
import monitor.text.tables as tables
plain = tables.table_text
def changed(module, name):
    text = plain(module, name)
    if name == "romanisations":
        text = text.replace("dzh old", "dzh old, zx press")
    return text
tables.table_text = changed
from monitor.match import compile_watchlist, find_mentions
from monitor.model import Entity, EntityType
(mention,) = find_mentions("Zxoomart Duulatov was heard.", compile_watchlist([Entity("z", "Жоомарт Дуулатов", EntityType.PERSON)]))
print(mention.text, "|", *map(str, mention.why))
"""


@pytest.mark.check
def test_a_row_is_read_by_the_match_and_by_its_reason():
    shown = subprocess.run([sys.executable, "-c", COMMAND], capture_output=True, text=True, check=True).stdout
    assert "Zxoomart Duulatov |" in shown.translate(dict.fromkeys(map(ord, "\u2066\u2068\u2069")))
    assert "zx for ж, as in the press" in shown.translate(dict.fromkeys(map(ord, "\u2066\u2068\u2069")))
