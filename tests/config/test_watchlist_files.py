"""Watchlists in files of every kind: YAML, CSV, FollowTheMoney, there and back."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.watchlists import problems
from kit.growth import grows_as_its_input
from monitor.config.watchlist import (
    MAX_ENTITIES,
    MAX_FILE_BYTES,
    Format,
    detect_format,
    dump_watchlist,
    load_watchlist,
    parse_watchlist,
)
from monitor.errors import InputError
from monitor.model import Alert, Context, Entity, EntityType, LocalNames

# ---- files --------------------------------------------------------------------------------------------------------


def wrong_file(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        load_watchlist(path)
    assert caught.value.exit_code == 2
    assert str(path) in str(caught.value)
    return str(caught.value)


def test_a_file_that_cannot_be_read_is_a_clear_error(tmp_path: Path):
    assert "there is no such file" in wrong_file(tmp_path / "none.yaml")
    (tmp_path / "folder.yaml").mkdir()
    assert "cannot be read (Is a directory)" in wrong_file(tmp_path / "folder.yaml")
    (tmp_path / "loop.yaml").symlink_to(tmp_path / "loop.yaml")
    assert "cannot be read" in wrong_file(tmp_path / "loop.yaml")
    (tmp_path / "plain").write_text("x")
    assert "cannot be read" in wrong_file(tmp_path / "plain" / "w.yaml")
    assert "name it .yaml, .csv or .jsonl" in wrong_file(tmp_path / "plain")


def test_a_file_that_is_not_utf_8_says_where(tmp_path: Path):
    path = tmp_path / "w.yaml"
    path.write_bytes("entities:\n  - Ann\n  - Мелис\n".encode("cp1251"))
    assert f"{path}:3:5: not UTF-8 text; save the file as UTF-8" in wrong_file(path)


@pytest.mark.check
def test_fifteen_megabytes_are_read_and_not_a_byte_more(tmp_path: Path):
    path = tmp_path / "w.yaml"
    start = "- Ann Bell\n#"
    path.write_text(start + "x" * (MAX_FILE_BYTES - len(start)))
    assert [e.name for e in load_watchlist(path)] == ["Ann Bell"]
    path.write_text(start + "x" * (MAX_FILE_BYTES - len(start) + 1))
    assert "is larger than 15 MB" in wrong_file(path)


def test_a_byte_order_mark_is_no_part_of_a_name(tmp_path: Path):
    path = tmp_path / "w.csv"
    path.write_bytes(b"\xef\xbb\xbfname\r\nAnn Bell\r\n")
    assert [e.name for e in load_watchlist(path)] == ["Ann Bell"]


@pytest.mark.check
def test_fifty_thousand_entities_are_read_and_not_one_more():
    def rows(count: int) -> str:
        return "name\n" + "".join(f"Person {i}\n" for i in range(count))

    assert len(parse_watchlist(rows(MAX_ENTITIES), "w.csv")) == MAX_ENTITIES
    assert "w.csv:50002:1: more than 50,000 entities" in problems(rows(MAX_ENTITIES + 1), "w.csv")[0][2]


@pytest.mark.check
def test_ten_times_as_many_lines_of_yaml_take_ten_times_as_long_to_read():
    def lines(count: int) -> str:
        return "entities:\n" + "".join(f"  - Person {i} Surname\n" for i in range(count))

    assert len(parse_watchlist(lines(1_000), "w.yaml")) == 1_000
    assert grows_as_its_input(lambda text: parse_watchlist(text, "w.yaml"), lines, 4_000)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("w.yaml", Format.YAML),
        ("w.YML", Format.YAML),
        ("w.csv", Format.CSV),
        ("w.jsonl", Format.FTM),
        ("w.ftm.json", Format.FTM),
    ],
)
def test_the_ending_says_the_format(name: str, kind: Format):
    assert detect_format(name) is kind


# ---- CSV ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_spreadsheet_may_put_its_own_separator_between_cells(separator: str):
    rows = (
        ("Name", "type", "aliases", "handles"),
        ("Tolkun", "outlet", '"Толкун; Толкун\\; Медиа"', '"@tolkun; t.me/tolkun"'),
    )
    text = "".join(separator.join(row) + "\n" for row in rows)
    (tolkun,) = parse_watchlist(text, "w.csv")
    assert (tolkun.type, tolkun.aliases) == (EntityType.OUTLET, ("Толкун", "Толкун; Медиа"))
    assert tolkun.handles == ("@tolkun", "t.me/tolkun")


@pytest.mark.parametrize(
    ("text", "line", "column", "expected"),
    [
        ("", 1, 1, "an empty list"),
        ("name\n", 1, 1, "an empty list"),
        ("title,type\nAnn,person\n", 1, 1, "no column `name`"),
        ("name,typ\nAnn,person\n", 1, 2, "did you mean 'type'?"),
        ("name,note,name\nAnn,x,Ann\n", 1, 3, "twice"),
        ("name,type\nAnn,person\n\nBo,cat\n", 4, 2, "type: 'cat' will not do"),
        ('name,note\n"Ann","two\nlines"\nBo,x,y\n', 4, 3, "3 cells under 2 columns"),
        ("name,note\n,x\n", 2, 1, "name: missing"),
        ('name\n"Ann\n', 2, 1, "not CSV"),
        ("name\nAnn\nAnn\n", 3, 1, "on the list already (line 2)"),
        ("id,name\na,Ann\na,Bo\n", 3, 1, "the id is taken (line 2)"),
        ("name,sensitive\nAnn,maybe\n", 2, 2, "write true or false"),
        ("name\nAnn\x00\n", 2, 1, "cannot be printed"),
    ],
)
def test_what_is_wrong_in_a_spreadsheet_is_said_with_line_and_cell(text: str, line: int, column: int, expected: str):
    at_line, at_column, message = problems(text, "w.csv")[0]
    assert (at_line, at_column) == (line, column), message
    assert expected in message


@pytest.mark.parametrize("name", ["=1+1", "+7 Days", "-Minus", "@home", "'=x", "''@y"])
def test_what_a_spreadsheet_would_run_is_written_as_text_and_read_back(name: str):
    entities = (Entity("x", name),)
    text = dump_watchlist(entities, "csv")
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in text.splitlines()[1].split(","))
    assert parse_watchlist(text, "w.csv") == entities


# ---- FollowTheMoney -----------------------------------------------------------------------------------------------


def test_entities_of_other_programs_are_taken_in():
    line = (
        '{"id": "NK-1", "schema": "PublicBody", "caption": "Комитет покоя", "datasets": ["x"], "properties": '
        '{"name": ["Calm Committee", "Комитет покоя"], "weakAlias": ["KOS"], "notes": ["a", "b"], "country": ["kg"]}}'
    )
    assert parse_watchlist(line + "\n\n", "w.jsonl") == (
        Entity("NK-1", "Комитет покоя", EntityType.ORGANIZATION, ("Calm Committee", "KOS"), note="a\nb", country="KG"),
    )


@pytest.mark.parametrize(
    ("properties", "country"),
    [
        ('"jurisdiction": ["kg"], "country": ["ru"]', "KG"),
        ('"country": ["gb-sct", "gb"]', "GB"),
        ('"country": ["suhh"]', ""),
        ('"country": [7, null]', ""),
        ('"notes": ["kg"]', ""),
    ],
)
def test_an_entity_of_another_program_has_the_first_country_it_names(properties: str, country: str):
    line = f'{{"id": "a", "schema": "PublicBody", "properties": {{"name": ["x"], {properties}}}}}'
    (entity,) = parse_watchlist(line, "w.jsonl")
    assert entity.country == country


@pytest.mark.parametrize(
    ("line", "column", "expected"),
    [
        ("{", 2, "not JSON"),
        ('{"id": "a", "schema": "Person", "properties": {"name": ["Ann"]}', 64, "not JSON"),
        ("[]", 1, "a list where `key: value` pairs should be"),
        ('{"id": "a", "schema": "Person"}', 1, "properties: missing"),
        (
            '{"id": "a", "schema": "Ownership", "properties": {"name": ["x"]}}',
            1,
            "schema: 'Ownership' will not do; use one of: Person",
        ),
        ('{"id": "a", "id": "b", "schema": "Person", "properties": {"name": ["x"]}}', 1, "a key stands in it twice"),
        (
            '{"id": "a", "schema": "Person", "properties": {"name": "x"}}',
            1,
            "properties.name: a single value where a list should be",
        ),
        ('{"id": "a", "schema": "Person", "properties": {}}', 1, "name: empty"),
        ('{"id": "a", "schema": "Person", "properties": {"name": ["\\ud800x"]}}', 1, "cannot be printed (U+D800)"),
        ('{"id": ' + "9" * 5000 + "}", 1, "not an entity"),
        ("[" * 100_000, 1, "not an entity"),
    ],
)
def test_what_is_wrong_in_a_line_of_json_is_said_with_its_place(line: str, column: int, expected: str):
    at_line, at_column, message = problems("\n" + line + "\n", "w.jsonl")[0]
    assert (at_line, at_column) == (2, column), message
    assert expected in message


# ---- round trips --------------------------------------------------------------------------------------------------

words = st.text(
    st.one_of(
        st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp", "Cn", "Co")),
        st.sampled_from(";,:'\"#\\-|>{}[]&*!%@`=~ "),
    ),
    min_size=1,
    max_size=25,
).map(lambda text: " ".join(text.split()))
names = words.filter(bool)
lists = st.lists(names, max_size=3, unique=True).map(tuple)
entities = st.builds(
    Entity,
    id=st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,9}", fullmatch=True),
    name=names,
    type=st.sampled_from([kind for kind in EntityType if kind is not EntityType.PRESS]),
    aliases=lists,
    note=st.lists(words, max_size=3).map(lambda texts: "\n".join(texts).strip()),
    sensitive=st.booleans(),
    alert=st.sampled_from(Alert),
    country=st.sampled_from(["", "KG", "TJ"]),
    context=st.builds(Context, lists, lists, lists),
    names=st.builds(LocalNames, words, words, words),
    paused_until=st.none() | st.dates(),
    watch_until=st.none() | st.dates(),
    asked_by=words,
    handles=st.lists(st.from_regex(r"(?:@|t\.me/)[A-Za-z0-9_]{1,8}", fullmatch=True), max_size=3, unique=True).map(
        tuple
    ),
)


@given(st.sampled_from(Format), st.lists(entities, min_size=1, max_size=4, unique_by=lambda e: e.id))
def test_what_is_written_reads_back_as_the_same_entities(kind: Format, watched: list[Entity]):
    # In FollowTheMoney a name and its aliases are one set.
    watched = [e for e in watched if kind is not Format.FTM or e.name not in e.aliases] or [Entity("a", "Ann")]
    text = dump_watchlist(watched, kind)
    assert parse_watchlist(text, "export", kind) == tuple(watched)
    assert dump_watchlist(parse_watchlist(text, "export", kind), kind) == text


def test_default_values_are_not_written():
    assert dump_watchlist((Entity("ann-bell", "Ann Bell"), Entity("cyd", "Cyd Dorn")), "yaml") == (
        "entities:\n  - Ann Bell\n  - id: cyd\n    name: Cyd Dorn\n"
    )


def test_people_of_one_name_keep_their_ids_when_written():
    twins = (Entity("ann-bell", "Ann Bell"), Entity("ann-2", "Ann Bell"))
    assert parse_watchlist(dump_watchlist(twins, "yaml"), "w.yaml") == twins
