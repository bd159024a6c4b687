"""Watchlists: what they may say, and each problem with its line."""

from __future__ import annotations

import pytest

from config.watchlists import problems
from monitor.config.watchlist import (
    difference,
    parse_watchlist,
    slug,
)
from monitor.model import Alert, Context, Entity, EntityType, WatchlistChange

FULL = """\
# Invented people only.
entities:
  - Aibek Toktosunov                 # a plain string is a person
  - id: melis
    name: Melis   Tokoev
    type: person
    aliases: [Мелис Токоев, "М. Токоев", Мелис Токоев]
    note: Reporter.
    sensitive: true
    handles: ["@melis_t", https://www.t.me/s/kara_suu/, melis_t]
  - name: Committee for Public Calm
    type: organization
    aliases:
      - КОС
      - 'no'
    alert: with-others
    country: KG
    context: {support: [журналист, СМИ], require: [], exclude: [спорт]}
"""
ENTITIES = (
    Entity("aibek-toktosunov", "Aibek Toktosunov"),
    Entity(
        "melis",
        "Melis Tokoev",
        aliases=("Мелис Токоев", "М. Токоев"),
        note="Reporter.",
        sensitive=True,
        handles=("@melis_t", "t.me/kara_suu"),
    ),
    Entity(
        "committee-for-public-calm",
        "Committee for Public Calm",
        EntityType.ORGANIZATION,
        ("КОС", "no"),
        alert=Alert.WITH_OTHERS,
        country="KG",
        context=Context(support=("журналист", "СМИ"), exclude=("спорт",)),
    ),
)


# ---- what a file may say ------------------------------------------------------------------------------------------


def test_a_list_says_who_is_watched():
    assert parse_watchlist(FULL, "w.yaml") == ENTITIES


def test_a_bare_list_of_names_is_a_watchlist():
    assert parse_watchlist("- Ann Bell\n- Cyd Dorn\n", "w.yaml") == (
        Entity("ann-bell", "Ann Bell"),
        Entity("cyd-dorn", "Cyd Dorn"),
    )


@pytest.mark.parametrize(
    ("typed", "meant"), [("no", "no"), ("0123", "0123"), ("12:30", "12:30"), ("1e3", "1e3"), ("yes", "yes")]
)
def test_a_name_is_what_was_typed_whatever_it_looks_like(typed: str, meant: str):
    (entity,) = parse_watchlist(f"entities:\n  - name: {typed}\n", "w.yaml")
    assert entity.name == meant


@pytest.mark.parametrize(
    ("name", "id_"),
    [
        ("Zoe Müller-Okafor", "zoe-muller-okafor"),
        ("Гүлназ Өмүрбек кызы", "gulnaz-omurbek-kyzy"),
        ("Ольга Соловьёва", "olga-soloveva"),
        ("O‘tkir Jo'rayev", "otkir-jorayev"),
        ("ИА «Толкун.kg»", "ia-tolkun-kg"),
        ("  --  ", ""),
    ],
)
def test_an_id_is_the_name_in_plain_letters(name: str, id_: str):
    assert slug(name) == id_


def test_derived_ids_do_not_depend_on_the_order():
    names = ["Ann Bell", "Анна Бел", "Cyd Dorn"]
    forward, backward = (parse_watchlist("\n".join(f"- {n}" for n in ns), "w.yaml") for ns in (names, names[::-1]))
    assert set(forward) == set(backward)
    assert len({e.id for e in forward}) == 3


def test_two_people_of_one_name_may_both_be_watched_when_each_has_an_id():
    twins = parse_watchlist("- {id: ann-1, name: Ann Bell}\n- {id: ann-2, name: Ann Bell}\n", "w.yaml")
    assert [e.id for e in twins] == ["ann-1", "ann-2"]


# ---- what is wrong, and where -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "line", "column", "expected"),
    [
        ("entities:\n  - name: Ann\n    typ: person\n", 3, 5, "did you mean 'type'?"),
        ("people:\n  - Ann\n", 1, 1, "unknown key 'people'"),
        ("entities:\n  - name: Ann\n    context: {suport: [x]}\n", 3, 15, "did you mean 'support'?"),
        ("entities:\n  - name: Ann\n    note: a\n    note: b\n", 4, 5, "twice (first on line 3)"),
        ("entities:\n  - Ann\nentities:\n  - Bo\n", 3, 1, "twice"),
        ("entities:\n\t- Ann\n", 2, 1, "a tab; indent with spaces"),
        ("entities:\n  - name: Ann\n\tnote: b\n", 3, 1, "a tab; indent with spaces"),
        ("entities:\n  - name: Ann\n    type: persn\n", 3, 11, "'persn' will not do"),
        ("entities:\n  - name: Ann\n    type: Q\n", 3, 11, "use one of: person, organization, outlet"),
        ("entities:\n  - name: Ann\n    alert: sometimes\n", 3, 12, "always, with-others, never"),
        ("entities:\n  - name: Ann\n    aliases: Anna\n", 3, 14, "a single value where a list should be"),
        ("entities:\n  - name: Ann\n    aliases: [[A]]\n", 3, 15, "a list where text should be"),
        ("entities:\n  - name: Ann\n    aliases: [A, ]\n    note:\n", 4, 5, "note: empty"),
        ("entities:\n  - name: [Ann]\n", 2, 11, "where text should be"),
        ("entities:\n  - name: ~\n", 2, 11, "name: empty"),
        ("entities:\n  - name: ''\n", 2, 11, "name: empty"),
        ("entities:\n  - note: no name\n", 2, 5, "name: missing"),
        ("entities:\n  - name: Ann\n    sensitive: so\n", 3, 16, "write true or false"),
        ("entities:\n  - name: Ann\n    country: kg\n", 3, 14, "write a code of ISO 3166"),
        ("entities:\n  - name: Ann\n    country: Kyrgyzstan\n", 3, 14, "write a code of ISO 3166"),
        (
            "entities:\n  - name: Ann\n    handles: [two words]\n",
            3,
            15,
            "handles: not an account; write a list of accounts",
        ),
        ("entities:\n  - name: Ann\n    handles: [@ann]\n", 3, 15, "in quotes"),
        ("entities:\n  - name: Ann\n    handles: ['@ann@x.org']\n", 3, 15, "not an account"),
        ("entities:\n  - name: Ann\n    handles: ann\n", 3, 14, "a single value where a list should be"),
        ("entities:\n  - name: Ann\n    context: [x]\n", 3, 14, "context: a list"),
        ("- name: Ann\n  context: {support: x}\n", 2, 22, "context.support: a single value where a list"),
        ("entities:\n  - name: Ann\n    id: ann bell\n", 3, 9, "id: this will not do; write up to 100 letters"),
        ("entities:\n  - '***'\n", 2, 5, "without letters and digits"),
        ("entities:\n  - " + "Ann " * 100 + "\n", 2, 5, "in up to 300 characters"),
        ('entities:\n  - "Ann\\x00"\n', 2, 5, "cannot be printed (U+0000)"),
        ("entities:\n  - Ann\x07\n", 2, 8, "cannot be printed (U+0007)"),
        ("", 1, 1, "an empty list"),
        ("# nothing\n", 1, 1, "an empty list"),
        ("entities:\n", 1, 1, "an empty list"),
        ("entities: []\n", 1, 11, "an empty list"),
        ("{}\n", 1, 1, "an empty list"),
        ("entities: Ann\n", 1, 11, "this is not a list"),
        ("entities: {Ann: person}\n", 1, 11, "this is not a list"),
        ("- Ann Bell\n- ann  bell\n", 2, 3, "on the list already (line 1)"),
        ("- Ann Bell\n- {id: other, name: Ann Bell}\n", 2, 21, "give each an `id` of its own"),
        ("- Ann Bell\n- Анн Белл\n", 2, 3, "the id that this name gives is taken (line 1)"),
        ("- {id: a, name: Ann}\n- {id: a, name: Bo}\n", 2, 8, "the id is taken (line 1)"),
        ("- {name: Ann}\n- {id: ann, name: Bo}\n", 2, 8, "the id is taken (line 1)"),
        ("- &a Ann\n- *a\n", 1, 3, "an anchor or alias"),
        ("- Ann\n- *a\n", 2, 3, "an anchor or alias"),
        ("- !!python/object:os.system {}\n", 1, 3, "a tag"),
        ("- Ann\n---\n- Bo\n", 2, 1, "a second document"),
        ("entities:\n  - name: Ann: Bell\n", 2, 14, "in quotes"),
        ("entities:\n  - name: Ann\n   note: x\n", 3, 4, "align it"),
        ("entities:\n  - 'Ann\n  - Bo\n", 2, 5, "a quote that is not closed"),
        ("entities:\n  - name: Bo\n    aliases: [B, C\n", 3, 14, "a bracket that is not closed"),
        ("- [[[[[[[[[[[[Ann]]]]]]]]]]]]\n", 1, 12, "nested more than 10 deep"),
    ],
)
def test_what_is_wrong_is_said_with_its_place_and_what_to_do(text: str, line: int, column: int, expected: str):
    at_line, at_column, message = problems(text)[0]
    assert (at_line, at_column) == (line, column), message
    assert expected in message
    assert message.startswith(f"w.yaml:{line}:{column}: ")


def test_all_problems_are_told_at_once_in_the_order_of_the_file():
    text = "entities:\n  - {name: Ann, typo: 1}\n  - Bo\n  - Bo\n  - {name: Cy, type: cat, sensitive: so}\n"
    assert [(line, column) for line, column, _ in problems(text)] == [(2, 17), (4, 5), (5, 22), (5, 38)]


def test_problems_name_no_watched_person():
    text = "- Ann Bell\n- Ann Bell\n- Анн Белл\n- {id: Ann Bell, name: Bo}\n- {id: c, name: Ann Bell}\n"
    assert not any("Ann" in message or "Анн" in message for *_, message in problems(text))


def test_an_alias_bomb_is_refused_at_once():
    layers = "".join(f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join(['*' + chr(97 + i)] * 9)}]\n" for i in range(9))
    assert "an anchor or alias" in problems("a: &a [x]\n" + layers)[0][2]  # 400 million names, were it read


# ---- differences --------------------------------------------------------------------------------------------------

ANN, BO, CY = Entity("a", "Ann"), Entity("b", "Bo"), Entity("c", "Cy")
ANNA = Entity("a", "Ann", aliases=("Anna",))


@pytest.mark.parametrize(
    ("stored", "new", "change"),
    [
        ((), (ANN, BO), WatchlistChange(added=(ANN, BO))),
        ((ANN, BO), (CY, ANNA), WatchlistChange(added=(CY,), changed=((ANN, ANNA),), removed=(BO,))),
        ((ANN, BO, CY), (), WatchlistChange(removed=(ANN, BO, CY))),
    ],
)
def test_a_difference_says_what_came_changed_and_went(stored, new, change):
    assert difference(stored, new) == change
    assert difference(stored, new)


def test_the_same_entities_in_another_order_are_no_difference():
    assert not difference((ANN, BO, CY), (CY, ANN, BO))
