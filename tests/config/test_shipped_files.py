"""feeds.yaml and watchlist.yaml as they ship: they load, hold what they must, and name their sources."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest

from monitor.config import load_feeds
from monitor.config.watchlist import Format, dump_watchlist, load_watchlist, parse_watchlist
from monitor.model import Alert, EntityType, press_entity

ROOT = Path(__file__).parents[2]
FEEDS, WATCHLIST = ROOT / "feeds.yaml", ROOT / "watchlist.yaml"

PEOPLE = {
    "Aleksandr Aleksandrov": "cameraman",
    "Abdil Aitbay Tegin": "journalist",
    "Zhoomart Duulatov": "former",
    "Aiday Erkebaeva": "journalist",
    "Zyyagul Bolot-kyzy": "journalist",
    "Zara Sydygalieva": "former editorial staff",
}


def test_thirty_to_forty_five_feeds_ship_each_with_outlet_country_language_and_id():
    feeds = load_feeds(FEEDS)
    assert 30 <= len(feeds) <= 45
    assert all(f.outlet and f.country and f.language and f.id and not f.paused for f in feeds)
    assert len({f.id for f in feeds}) == len({f.url for f in feeds}) == len(feeds)


def test_the_feeds_are_those_of_central_asia():
    countries = [f.country for f in load_feeds(FEEDS)]
    assert set(countries) == {"KG", "KZ", "UZ", "TJ", "TM", "XX"}
    assert countries.count("KG") >= 12
    assert {"ky", "ru", "en"} <= {f.language for f in load_feeds(FEEDS)}


def test_each_feed_says_what_was_reported_of_it_or_that_nothing_was():
    blocks = re.split(r"\n(?=  - url:)", FEEDS.read_text(encoding="utf-8"))
    for before, feed in pairwise(blocks):
        remark = before.splitlines()[-1]
        assert re.match(r"  # (unverified: \w|reported: .*(20\d\d|undated))", remark), feed.splitlines()[0]


def test_the_six_people_of_the_case_are_watched():
    people = {e.name: e for e in load_watchlist(WATCHLIST) if e.type is EntityType.PERSON}
    assert people.keys() == PEOPLE.keys()
    for name, role in PEOPLE.items():
        assert role in people[name].note.casefold()
        assert "Amnesty International" in people[name].note
        assert "May 2025" in people[name].note


def test_the_outlets_and_the_security_service_are_watched():
    bodies = {e.name: e for e in load_watchlist(WATCHLIST) if e.type is not EntityType.PERSON}
    assert bodies.pop("Press") == press_entity()
    assert {name: e.type.value for name, e in bodies.items()} == {
        "Kloop": "outlet",
        "Temirov Live": "outlet",
        "State Committee for National Security": "organization",
    }
    gknb = bodies["State Committee for National Security"]
    assert gknb.id == "gknb"
    assert gknb.alert is Alert.WITH_OTHERS
    assert {"GKNB", "SCNS", "ГКНБ", "УКМК"} <= set(gknb.aliases)
    assert {"journalist", "журналист", "media", "СМИ", "ЖМК", "блогер"} <= set(gknb.context.support)


def test_every_line_about_a_person_names_its_source_and_date():
    text = WATCHLIST.read_text(encoding="utf-8")
    lines = text[text.index("\nentities:") : text.index("- id: kloop")].splitlines()
    entry_lines = [line for line in lines if re.match(r" +(name|aliases|note):", line)]
    assert len(entry_lines) >= 2 * len(PEOPLE)
    assert [line for line in entry_lines if not re.search(r"(Amnesty International|24\.kg).*20\d\d", line)] == []


def test_the_name_without_a_known_cyrillic_spelling_has_none():
    (entity,) = (e for e in load_watchlist(WATCHLIST) if e.id == "abdil-aitbay-tegin")
    assert entity.aliases == ()
    assert re.search(
        r"Abdil Aitbay Tegin +# .*no source gives a Cyrillic spelling", WATCHLIST.read_text(encoding="utf-8")
    )


@pytest.mark.parametrize("kind", Format)
def test_the_watchlist_survives_a_round_trip(kind: Format):
    shipped = load_watchlist(WATCHLIST)
    entities = [
        e for e in shipped if e.type is not EntityType.PRESS or kind is Format.YAML
    ]  # other formats hold names alone
    assert parse_watchlist(dump_watchlist(shipped, kind), "export", kind) == tuple(entities)


@pytest.mark.parametrize("path", [FEEDS, WATCHLIST], ids=["feeds", "watchlist"])
def test_the_files_are_indented_with_spaces_and_end_in_a_line(path: Path):
    text = path.read_text(encoding="utf-8")
    assert "\t" not in text
    assert text.endswith("\n")
    assert not any(line != line.rstrip() for line in text.splitlines())


def test_each_promise_of_security_names_a_test_that_every_change_runs():
    promises = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    named = re.findall(r"`tests/([\w/]+\.py)(?:::(\w+))?`", promises)
    assert len(named) > 15
    for file, test in named:
        code = (ROOT / "tests" / file).read_text(encoding="utf-8")
        assert not re.search(r"^pytestmark = .*soak", code, re.MULTILINE), file
        definition = re.search(rf"((?:^@.*\n(?:[ )\]].*\n)*)*)^(?:async )?def {test}\(", code, re.MULTILINE)
        assert not test or (definition and "mark.soak" not in definition[1]), (file, test)
