"""Edits of watchlist.yaml: the entities that change are written again, every other byte stays."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.config.watchlist import difference, dump_watchlist, edit_watchlist, parse_watchlist
from monitor.errors import InputError
from monitor.model import Alert, Context, Entity, EntityType, WatchlistChange

LIST = """\
# Who is watched.
entities:
  # the case of May
  - id: melis-t
    name: Melis Tokoev        # as the court writes it
    type: person
    aliases: [Мелис Токоев]   # from Kloop
    context:
        support: [суд]
    # until here

  - Gulnara Sharshenova   # no more is known
  - name: Ak-Bulak
    type: outlet
    aliases:
      - Ак-Булак
      # the old name
      - "Ak Bulak Daily"
    note: |
      Two lines,
      as typed.
# the end
"""


def edit(change: WatchlistChange, text: str = LIST) -> str:
    return edit_watchlist(text, "watchlist.yaml", change)


def entities(text: str = LIST) -> dict[str, Entity]:
    return {entity.id: entity for entity in parse_watchlist(text, "watchlist.yaml")}


def changed(entity: str, **values: object) -> WatchlistChange:
    old = entities()[entity]
    return WatchlistChange(changed=((old, replace(old, **values)),))


@pytest.mark.parametrize(
    ("change", "before", "after"),
    [
        (changed("melis-t", alert=Alert.NEVER), "[суд]\n", "[суд]\n    alert: never\n"),
        (changed("melis-t", aliases=("Мелис Токоев", "M. T.")), "[Мелис Токоев]  ", "[Мелис Токоев, M. T.]"),
        (changed("melis-t", context=Context(("суд", "арест"), ("ГКНБ",))), "[суд]", "[суд, арест]\n        require: [ГКНБ]"),
        (changed("ak-bulak", aliases=("Ak Bulak Daily",)), "      - Ак-Булак\n      # the old name\n", ""),
        (changed("ak-bulak", aliases=("Ак-Булак", "Ak Bulak Daily", "true")), '      - "Ak Bulak Daily"\n', "      - \"Ak Bulak Daily\"\n      - 'true'\n"),
        (changed("ak-bulak", note=""), "    note: |\n      Two lines,\n      as typed.\n", ""),
        (changed("ak-bulak", note="x: y # z"), "|\n      Two lines,\n      as typed.\n", '"x: y # z"\n'),
        (changed("gulnara-sharshenova", name="Gulnara S."), "- Gulnara Sharshenova   # no more is known", "- id: gulnara-sharshenova\n    name: Gulnara S.  # no more is known"),
        (WatchlistChange(removed=(entities()["gulnara-sharshenova"],)), "  - Gulnara Sharshenova   # no more is known\n", ""),
        (WatchlistChange(added=(Entity("azat", "Азат"),)), "# the end\n", "# the end\n  - Азат\n"),
    ],
)  # fmt: skip
def test_only_the_lines_of_a_value_change(change, before, after):
    assert edit(change) == LIST.replace(before, after)


@pytest.mark.parametrize(
    "below", ["press: {}\n", "\n# of the press\npress: {countries: [KG]}\n", "press: false\n# the end\n"]
)
@pytest.mark.parametrize("removed", [(), (Entity("her", "Gulnara Sharshenova"),)])
def test_a_name_is_added_to_the_list_above_another_key(below: str, removed: tuple[Entity, ...]):
    listed = "entities:\n  - Melis Tokoev\n"
    hers = "  - {id: her, name: Gulnara Sharshenova}\n"
    change = WatchlistChange(added=(Entity("aida-nur", "Aida Nur"),), removed=removed)
    for text in (listed + hers + below, listed + hers + below.rstrip("\n")):
        edited = edit_watchlist(text, "watchlist.yaml", change)
        above, _, lines_below = edited.partition("  - Aida Nur\n")
        assert above + lines_below == (listed + below if removed else listed + hers + below)


def test_a_file_of_windows_keeps_its_line_ends():
    text = LIST.replace("\n", "\r\n")
    assert edit(changed("ak-bulak", alert=Alert.NEVER), text).count("\n") == text.count("\n") + 1
    assert "\n" not in edit(changed("ak-bulak", alert=Alert.NEVER), text).replace("\r\n", "")


@pytest.mark.parametrize(
    "text", ["entities: [Melis Tokoev, Ak-Bulak]\n", "entities:\n  - &a Melis Tokoev\n", "entities: Melis\n", "entities:\n  - Melis\n  - Melis\n"]
)  # fmt: skip
def test_a_list_that_cannot_be_edited_is_refused_with_what_to_do(text):
    with pytest.raises(InputError, match=r"watchlist\.yaml"):
        edit(WatchlistChange(added=(Entity("azat", "Азат"),)), text)


def test_a_removal_of_everybody_is_refused():
    with pytest.raises(InputError, match="an empty list"):
        edit(WatchlistChange(removed=tuple(entities().values())))


texts = st.text(
    st.sampled_from("Мелис Tokoev-:#'\"[]{}&*!|>%@`,?0\n") | st.characters(exclude_categories=("Cs", "Cc")),
    min_size=1,
    max_size=12,
)
names = texts.map(lambda text: " ".join(text.split())).filter(bool)
people = st.builds(
    Entity,
    id=st.from_regex(r"[a-z][a-z0-9-]{2,8}", fullmatch=True),
    name=names,
    type=st.sampled_from([kind for kind in EntityType if kind is not EntityType.PRESS]),
    aliases=st.lists(names, max_size=3, unique=True).map(tuple),
    note=texts.map(lambda text: "\n".join(text.splitlines()).strip()),
    sensitive=st.booleans(),
    alert=st.sampled_from(Alert),
    context=st.builds(Context, support=st.lists(names, max_size=2, unique=True).map(tuple)),
)
lists = st.lists(people, min_size=1, max_size=5, unique_by=(lambda e: e.id, lambda e: e.name.casefold()))


@given(before=lists, after=lists, kind=st.sampled_from(["yaml", "csv", "jsonl"]))
@example([Entity("abc", "x")], [Entity("abc", "0", aliases=("0", "1"))], "jsonl")  # an alias that equals the name
def test_an_edited_list_reads_back_as_the_list_that_was_meant(before, after, kind):
    file = f"watchlist.{kind}"
    text = dump_watchlist(before, kind.replace("jsonl", "ftm"))
    stored = parse_watchlist(text, file)
    change = difference(stored, after)
    edited = parse_watchlist(edit_watchlist(text, file, change), file)
    assert {entity.id: entity for entity in edited} == {entity.id: entity for entity in after}
