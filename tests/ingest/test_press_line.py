"""What happened to the press in the line: an entry of the list that finds incidents, not a name."""

from __future__ import annotations

import pytest

from kit.articles import WEATHER, Bench
from kit.home import WATCHLIST
from kit.outlets import Piece
from monitor.app.names.trials import try_text
from monitor.app.preview.summary import preview
from monitor.config.watchlist import dump_watchlist, parse_watchlist
from monitor.errors import InputError
from monitor.match import compile_watchlist, hits, match_documents
from monitor.model import Document, Entity, EntityType, Field, Span, WatchlistChange, Zone, ZoneSpan

PRESS = WATCHLIST + "\n  - id: press\n    name: Press\n    type: press\n"
TAKEN = "Police in Osh detained the editor of a local news website on Tuesday evening.\n"


def press_hits(text: str, entity: Entity | None = None, **document: object) -> list[tuple[str, bool]]:
    """Return the entities that alert or not, for the press beside one name."""
    entities = [entity or Entity("press", "Press", EntityType.PRESS), Entity("melis", "Melis Tokoev")]
    compiled = compile_watchlist(entities)
    ((source, mentions),) = match_documents([Document("a", text, **document)], compiled)
    return [(hit.entity, hit.alerts) for hit in hits(source, mentions, compiled)]


def test_an_incident_that_names_nobody_makes_an_item_with_its_act_and_reasons(bench: Bench):
    (bench.home / "watchlist.yaml").write_text(PRESS, encoding="utf-8")
    bench.add("post", Piece("taken", "An evening in Osh", f"{TAKEN}{WEATHER}"))
    bench.add("post", Piece("calm", "A calm evening", f"Journalists wrote of an arrested minister.\n{WEATHER}"))
    bench.ingest()
    (item,) = bench.app.store.reviews.listing()
    ((hit,),) = [item.hits]
    mention = hit.mentions[0].mention
    assert (hit.entity, mention.alias, mention.text) == ("press", "detained", "the editor of a local news website")
    assert mention.why[:3] == ("detention", "by: Police", "where: Osh")
    assert "“editor” is the object of “detained”" in mention.why
    assert hit.mentions[0].sentence == TAKEN.strip()


def test_beside_a_watched_name_an_incident_is_shown_and_makes_no_item_of_its_own():
    assert press_hits(TAKEN) == [("press", True)]
    assert press_hits(f"{TAKEN}Melis Tokoev was there.") == [("press", False), ("melis", True)]
    assert press_hits("Melis Tokoev was there.") == [("melis", True)]


def test_an_incident_changes_nothing_for_names_that_alert_beside_others():
    body = Entity("kos", "Committee for Public Security", EntityType.ORGANIZATION, alert="with-others")
    compiled = compile_watchlist([Entity("press", "Press", EntityType.PRESS), body])
    text = "The Committee for Public Security detained the editor of a newspaper."
    ((document, mentions),) = match_documents([Document("a", text)], compiled)
    assert {hit.entity: hit.alerts for hit in hits(document, mentions, compiled)} == {"press": True, "kos": False}


def test_what_is_planned_or_stands_in_a_list_of_other_articles_makes_no_item():
    assert press_hits("The editor of the newspaper may be arrested.") == []
    teaser = (ZoneSpan(Zone.TEASER, Span(0, len(TAKEN))),)
    assert press_hits(TAKEN, zones=teaser) == [("press", False)]


def test_acts_and_countries_choose_what_comes_in():
    def entity(**scope: tuple[str, ...]) -> Entity:
        return Entity("press", "Press", EntityType.PRESS, **scope)

    assert press_hits(TAKEN, entity(acts=("fined",))) == []
    assert press_hits(TAKEN, entity(acts=("detained",))) == [("press", True)]
    text = "Police in Kazakhstan detained a journalist."
    assert press_hits(text, entity(countries=("KG",))) == []
    assert press_hits(text, entity(countries=("KG", "KZ"))) == [("press", True)]
    assert press_hits(TAKEN, entity(countries=("KG",))) == [("press", True)], "no country is named: never left out"


def test_a_trial_of_the_entry_shows_what_it_finds_in_a_sentence():
    (mention,) = try_text(TAKEN, [Entity("press", "Press", EntityType.PRESS)]).mentions
    assert (mention.alias, mention.text) == ("detained", "the editor of a local news website")


def test_the_words_of_its_name_are_no_name():
    assert press_hits("The Press wrote. Press freedom is discussed.") == []


def test_acts_of_one_victim_are_one_mention():
    compiled = compile_watchlist([Entity("press", "Press", EntityType.PRESS)])
    ((_, mentions),) = match_documents([Document("a", "Police detained an editor and took her phone.")], compiled)
    assert [(m.alias, m.field, m.text) for m in mentions] == [("detained", Field.TEXT, "an editor")]
    assert mentions[0].why[0] == "detention, seizure or damage"


def test_a_list_keeps_its_acts_and_countries_in_each_format():
    text = "entities:\n- name: Press\n  type: press\n  countries: [KG, KZ]\n  acts: [detained, fined]\n"
    (entity,) = parse_watchlist(text, "w.yaml")
    assert (entity.countries, entity.acts) == (("KG", "KZ"), ("detained", "fined"))
    for kind in ("yaml", "csv", "ftm"):
        assert parse_watchlist(dump_watchlist([entity], kind), f"w.{kind}", kind) == (entity,)


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ("  type: press\n  acts: [detaind]", "4:10"),
        ("  type: press\n  countries: [Kyrgyzstan]", "4:15"),
        ("  acts: [detained]", "3:9"),
    ],
)
def test_a_wrong_act_or_country_is_told_with_its_place(line, place):
    with pytest.raises(InputError) as told:
        parse_watchlist(f"entities:\n- name: Press\n{line}\n", "w.yaml")
    assert f"w.yaml:{place}" in str(told.value)


def test_a_preview_and_the_older_articles_show_incidents_that_were_stored_before(bench: Bench):
    bench.add("post", Piece("taken", "An evening in Osh", f"{TAKEN}{WEATHER}"))
    bench.ingest()
    press = Entity("press", "Press", EntityType.PRESS)
    shown = preview(bench.app, WatchlistChange(added=(press,)), days=30)
    (example,) = shown.examples
    assert example.sentence[example.start : example.end] == "the editor of a local news website"
    (bench.home / "watchlist.yaml").write_text(PRESS, encoding="utf-8")
    bench.later(hours=1)
    bench.ingest()
    (item,) = bench.app.store.reviews.listing()
    assert [hit.entity for hit in item.hits] == ["press"]
