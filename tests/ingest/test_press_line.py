"""Incidents in the line: the key `press` of the list, which finds incidents, not a name."""

from __future__ import annotations

import pytest

from kit.articles import WEATHER, Bench
from kit.home import WATCHLIST
from kit.outlets import Piece
from monitor.app.documents import match
from monitor.app.names.preview import preview
from monitor.app.press import Judged, press_overview
from monitor.config.watchlist import dump_watchlist, edit_watchlist, parse_watchlist
from monitor.errors import InputError
from monitor.match import MatchTotals, compile_watchlist, hits, match_documents
from monitor.model import (
    PRESS_ID,
    Document,
    Entity,
    EntityType,
    Field,
    Incident,
    PressAct,
    Span,
    Verdict,
    VictimKind,
    WatchlistChange,
    Zone,
    ZoneSpan,
    press_entity,
)

PRESS = f"press: {{}}\n{WATCHLIST}"
DETENTION = "Police in Osh detained the editor of a local news website on Tuesday evening.\n"


def press_hits(text: str, entity: Entity | None = None, **document: object) -> list[tuple[str, bool]]:
    """Return the entities that alert or not, for the press beside one name."""
    compiled = compile_watchlist([entity or press_entity(), Entity("melis", "Melis Tokoev")])
    ((source, mentions),) = match_documents([Document("a", text, **document)], compiled)
    all_hits = hits(source, mentions, compiled)
    return [("press" if hit.entity == PRESS_ID else hit.entity, hit.alerts) for hit in all_hits]


def why_left_out(text: str, entity: Entity, **document: object) -> str:
    """Return why an article's incident makes no item."""
    compiled = compile_watchlist([entity])
    ((source, mentions),) = match_documents([Document("a", text, **document)], compiled)
    (hit,) = hits(source, mentions, compiled)
    assert not hit.alerts
    return hit.why


@pytest.mark.check
def test_an_incident_that_names_nobody_makes_an_item_with_its_act_and_reasons(bench: Bench):
    (bench.home / "watchlist.yaml").write_text(PRESS, encoding="utf-8")
    bench.add("post", Piece("taken", "An evening in Osh", f"{DETENTION}{WEATHER}"))
    bench.add("post", Piece("calm", "A calm evening", f"Journalists wrote of an arrested minister.\n{WEATHER}"))
    bench.ingest()
    (item,) = bench.app.store.reviews.listing()
    ((hit,),) = [item.hits]
    mention = hit.mentions[0].mention
    assert (hit.entity, mention.alias, mention.text) == (PRESS_ID, "detained", "the editor of a local news website")
    assert mention.why[0] == "detained · an editor · by the police · Osh"
    assert "“editor” is the object of “detained”" in mention.why
    assert mention.incident == Incident(
        (PressAct.DETAINED,), VictimKind.PERSON, "editor", "", "Police", "police", "Osh", ("KG",), "Osh"
    )
    assert hit.mentions[0].sentence == DETENTION.strip()


def test_beside_a_watched_name_an_incident_is_shown_and_makes_no_item_of_its_own():
    assert press_hits(DETENTION) == [("press", True)]
    assert press_hits(f"{DETENTION}Melis Tokoev was there.") == [("press", False), ("melis", True)]
    assert press_hits("Melis Tokoev was there.") == [("melis", True)]


def test_an_urgent_incident_is_told_at_once_beside_a_watched_name_as_alone():
    urgent, chosen_elsewhere = press_entity(urgent=True), press_entity(countries=("KZ",), urgent=True)
    assert press_hits(DETENTION, urgent) == [("press", True)]
    assert press_hits(f"{DETENTION}Melis Tokoev was there.", urgent) == [("press", True), ("melis", True)]
    left_out = press_hits(f"{DETENTION}Melis Tokoev was there.", chosen_elsewhere, country="KG")
    assert left_out == [("press", False), ("melis", True)]


def test_an_incident_changes_nothing_for_names_that_alert_beside_others():
    body = Entity("kos", "Committee for Public Security", EntityType.ORGANIZATION, alert="with-others")
    compiled = compile_watchlist([press_entity(), body])
    text = "The Committee for Public Security detained the editor of a newspaper."
    ((document, mentions),) = match_documents([Document("a", text)], compiled)
    assert {hit.entity: hit.alerts for hit in hits(document, mentions, compiled)} == {PRESS_ID: True, "kos": False}


def test_what_is_planned_or_stands_in_a_list_of_other_articles_makes_no_item():
    assert press_hits("The editor of the newspaper may be arrested.") == []
    teaser = (ZoneSpan(Zone.TEASER, Span(0, len(DETENTION))),)
    assert press_hits(DETENTION, zones=teaser) == [("press", False)]


def test_acts_and_countries_choose_what_makes_an_item_and_the_rest_is_counted():
    assert why_left_out(DETENTION, press_entity(acts=("fined",))) == "what was done is not chosen: detained"
    assert press_hits(DETENTION, press_entity(acts=("detained",))) == [("press", True)]
    text = "Police in Kazakhstan detained a journalist."
    why = why_left_out(text, press_entity(("KG",)))
    assert why == "it is about another country than those that are chosen: KZ"
    assert press_hits(text, press_entity(("KG", "KZ"))) == [("press", True)]


def test_the_text_tells_the_country_else_the_outlet_and_one_that_nobody_knows_is_kept():
    text, chosen = "Police detained a journalist.", press_entity(("KG",))
    assert press_hits(text, chosen) == [("press", True)]
    assert press_hits(text, chosen, country="XX") == [("press", True)]
    assert press_hits(text, chosen, country="KG") == [("press", True)]
    assert "KZ" in why_left_out(text, chosen, country="KZ")
    assert press_hits("Police in Bishkek detained a journalist.", chosen, country="KZ") == [("press", True)]
    assert press_hits("УКМК журналистти кармады.", chosen, country="KZ") == [("press", True)]
    assert "TJ" in why_left_out(
        "A journalist was detained.", chosen, country="KG", title="Dushanbe: a day in Tajikistan"
    )


def test_a_word_that_floods_keeps_an_article_out_in_any_ending():
    chosen = press_entity(exclude=("футбол",))
    assert "футбола" in why_left_out("Судья футбола удалил журналиста из зала. Журналиста избили.", chosen)
    assert press_hits("Журналиста избили у суда.", chosen) == [("press", True)]


def test_lists_and_trials_of_names_show_names_alone():
    documents = [Document("a", f"{DETENTION}Melis Tokoev was there.")]
    entities = [press_entity(), Entity("melis", "Melis Tokoev")]
    ((_, mentions),) = match(documents, entities, MatchTotals())
    assert {mention.entity for mention in mentions} == {"melis"}


def test_the_words_of_its_name_are_no_name():
    assert press_hits("The Press wrote. Press freedom is discussed.") == []


def test_acts_of_one_victim_are_one_mention():
    compiled = compile_watchlist([press_entity()])
    ((_, mentions),) = match_documents([Document("a", "Police detained an editor and took her phone.")], compiled)
    assert [(m.alias, m.field, m.text) for m in mentions] == [("detained", Field.TEXT, "an editor")]
    assert mentions[0].why[0] == "detained, things seized or broken · an editor · by the police"


LIST = "press: {countries: [KG, KZ], acts: [detained, fined], exclude: [футбол], urgent: true}\nentities:\n- Melis Tokoev\n"


def test_a_list_keeps_what_it_chooses_of_the_press_and_only_yaml_has_it():
    melis, press = parse_watchlist(LIST, "w.yaml")
    assert press == press_entity(("KG", "KZ"), ("detained", "fined"), ("футбол",), urgent=True)
    assert parse_watchlist(dump_watchlist([melis, press], "yaml"), "w.yaml") == (melis, press)
    for kind in ("csv", "ftm"):
        assert parse_watchlist(dump_watchlist([melis, press], kind), f"w.{kind}", kind) == (melis,)
    assert parse_watchlist(LIST, "w.yaml", closed=True) == (), "it is of the open watch"


@pytest.mark.parametrize(
    ("key", "is_on"), [("", False), ("press: false\n", False), ("press: true\n", True), ("press: {}\n", True)]
)
def test_without_the_key_or_with_false_the_press_is_not_looked_for(key, is_on):
    entities = parse_watchlist(f"{key}entities:\n- Melis Tokoev\n", "w.yaml")
    assert (press_entity() in entities) is is_on


@pytest.mark.parametrize(
    ("key", "place"),
    [
        ("press: {acts: [detaind]}", "1:16"),
        ("press: {countries: [Kyrgyzstan]}", "1:21"),
        ("press: {county: [KG]}", "1:9"),
        ("press: [KG]", "1:8"),
        ("press:", "1:1"),
        ("pres: {}", "1:1"),
    ],
)
def test_a_wrong_value_of_the_key_is_told_with_its_place(key, place):
    with pytest.raises(InputError) as refused:
        parse_watchlist(f"{key}\nentities:\n- Melis Tokoev\n", "w.yaml")
    assert f"w.yaml:{place}" in str(refused.value)


def test_an_entry_of_the_type_press_is_refused_with_the_key_to_write():
    with pytest.raises(InputError, match=r"write `press: \{\}` above `entities:`"):
        parse_watchlist("entities:\n- {name: Press, type: press}\n", "w.yaml")


@pytest.mark.parametrize(
    "before",
    [
        "# Ours.\nentities:\n  - Melis Tokoev\n",
        "# Ours.\npress: {acts: [killed]}  # so far\nentities:\n  - Melis Tokoev\n",
        "# Ours.\npress:\n  acts: [killed]\n  countries:\n    - KG\n\nentities:\n  - Melis Tokoev\n",
        "# Ours.\nentities:\n  - Melis Tokoev\npress: false\n",
    ],
)
def test_an_edit_writes_the_key_and_leaves_every_other_line(before):
    (*_, old) = parse_watchlist(before, "w.yaml")
    was = old if old.type is EntityType.PRESS else None
    new = press_entity(("KG",), ("detained",))
    change = WatchlistChange(changed=((was, new),)) if was else WatchlistChange(added=(new,))
    after = edit_watchlist(before, "w.yaml", change, closed=False)
    assert "press: {countries: [KG], acts: [detained]}" in after
    assert after.startswith("# Ours.\n") and "entities:\n  - Melis Tokoev\n" in after
    off = edit_watchlist(after, "w.yaml", WatchlistChange(removed=(new,)), closed=False)
    assert "press: false" in off and new not in parse_watchlist(off, "w.yaml")


@pytest.mark.check
def test_the_list_of_a_home_is_followed_on_off_and_on_with_the_countries_of_its_sources(bench: Bench):
    def write(text: str) -> None:
        (bench.home / "watchlist.yaml").write_text(text, encoding="utf-8")
        bench.advance(hours=1)
        bench.ingest()

    write(PRESS)
    assert bench.app.store.watchlists.current().press == press_entity()
    write(f"press: false\n{WATCHLIST}")
    assert bench.app.store.watchlists.current().press is None
    write(f"press: {{countries: [KZ]}}\n{WATCHLIST}")
    assert bench.app.store.watchlists.current().press == press_entity(("KZ",))
    write(WATCHLIST)
    assert bench.app.store.watchlists.current().press is None


def test_a_preview_and_the_older_articles_show_incidents_that_were_stored_before(bench: Bench):
    bench.add("post", Piece("taken", "An evening in Osh", f"{DETENTION}{WEATHER}"))
    bench.ingest()
    shown = preview(bench.app, WatchlistChange(added=(press_entity(),)), days=30)
    (example,) = shown.examples
    assert example.sentence[example.start : example.end] == "the editor of a local news website"
    (bench.home / "watchlist.yaml").write_text(PRESS, encoding="utf-8")
    bench.advance(hours=1)
    bench.ingest()
    (item,) = bench.app.store.reviews.listing()
    assert [hit.entity for hit in item.hits] == [PRESS_ID]


def test_a_look_at_the_press_reads_the_newest_articles_and_says_how_many(bench: Bench):
    bench.add("post", Piece("taken", "An evening in Osh", f"{DETENTION}{WEATHER}"))
    bench.ingest()
    bench.advance(hours=1)
    bench.add("post", Piece("calm", "A calm evening", f"Melis Tokoev was there.\n{WEATHER}"))
    bench.ingest()
    whole, newest = press_overview(bench.app), press_overview(bench.app, limit=1)
    assert (whole.chosen, whole.looked_at) == (1, 0)
    assert (newest.chosen, newest.looked_at) == (0, 1)


def test_a_pattern_is_counted_by_what_it_is_wherever_the_sentence_stands(bench: Bench):
    (bench.home / "watchlist.yaml").write_text(PRESS, encoding="utf-8")
    bench.add("post", Piece("taken", "An evening in Osh", f"{DETENTION}{WEATHER}"))
    bench.add("post", Piece("shown", "Snow", WEATHER, caption="Police in Naryn detained a journalist."))
    bench.ingest()
    for item in bench.app.queue():
        bench.app.decide(item.id, Verdict.RELEVANT, by="Vera")
    overview = press_overview(bench.app)
    assert overview.patterns_judged == {"object": Judged(relevant=2)}
    assert [why for *_, why in overview.examples.values()] == ["“editor” is the object of “detained”"]


IN_OSH = """Journalist Bolot Satyev of the newspaper Ala-Too was held for six hours in Osh, his colleagues say. Officers led
Satyev away from the market. Nobody has told the newspaper why."""
OF_SATYEV = """Officers in Osh led away the journalist Bolot Satyev. Ala-Too, for which he writes, has heard no reason. Rights
groups demand that Satyev be freed at once."""
IN_NARYN = """Journalist Aigul Bekova of the website Pulse was held for six hours in Naryn, her colleagues say. Officers led
Bekova away from the bridge. Nobody has told the website why."""


def test_two_reporters_taken_on_one_day_in_two_cities_are_two_items_whoever_tells_it(bench: Bench):
    (bench.home / "watchlist.yaml").write_text(PRESS, encoding="utf-8")
    bench.watch("wire", "voice")
    bench.add("post", Piece("osh", "Journalist Bolot Satyev held in Osh", IN_OSH))
    bench.add("wire", Piece("satyev", "Osh: Bolot Satyev led away", OF_SATYEV))
    bench.add("voice", Piece("naryn", "Journalist Aigul Bekova held in Naryn", IN_NARYN))
    bench.ingest()
    items = bench.app.store.reviews.listing()
    assert sorted(sorted(article.outlet for article in item.articles) for item in items) == [
        ["post", "wire"],
        ["voice"],
    ]
    assert not any(article.copy_of for item in items for article in item.articles)
