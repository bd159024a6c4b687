"""Preview: what an unsaved change of the list would bring from the stored articles."""

from __future__ import annotations

import random
from contextlib import closing
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kit.app import App
from kit.articles import WEATHER, bench
from kit.name_texts import ENTITIES, FILLERS, FORMS, GAPS
from kit.outlets import Piece
from kit.store import DAY, NOW, article, backlog, item, watch
from monitor.app.names.preview import preview, previewed_articles
from monitor.app.watchlist import applied
from monitor.config import load_settings
from monitor.ingest.filing import file_article
from monitor.ingest.matching import fingerprint_of, hits_of_articles, rescan_articles
from monitor.match import compile_watchlist
from monitor.model import Alert, Confidence, Context, Entity, EntityType, Outcome, Result, WatchlistChange
from monitor.store import open_store

__all__ = ["bench"]
MELIS = Entity("melis", "Melis Tokoev")
KOS = Entity("kos", "KOS", EntityType.ORGANIZATION, alert=Alert.WITH_OTHERS)
AZAT = Entity("azat", "Azat Nurov")
SNOW = "Snow is expected in the valleys on Thursday, and the pass will be closed to lorries."
OF_MELIS = "The city court left Melis Tokoev in custody until January, his lawyer said."
OF_AZAT = "The police searched the flat of Azat Nurov on Monday. The neighbours saw it."


@pytest.fixture
def app(store, tmp_path) -> App:
    return App(load_settings(tmp_path, {}, tmp_path), store, lambda: NOW)


def store_text(
    app: App,
    *texts: str,
    days_ago: float = 0,
    published_days_ago: float = 0,
    language: str = "en",
    outlet: str = "Post",
) -> list[int]:
    """Store articles as a run does, and file those that name somebody; return their numbers."""
    numbers = []
    for text in texts:
        at, key = NOW - days_ago * DAY, f"post.example/{abs(hash((text, days_ago)))}"
        (entry,) = backlog(app.store, item(key), now=at)
        published = at - published_days_ago * DAY
        new = article(key, text, "Monday", first_seen=at, published=published, language=language, outlet=outlet)
        ((_, hits),) = hits_of_articles([new], app.compiled_watchlist(), app.lessons())
        result = Result(entry, at, Outcome.QUEUED, article=new, hits=hits, fingerprint=fingerprint_of(new, hits))
        numbers.append(app.store.entries.save_result(result).article.id)
    with app.store.database.filing_lock():
        for candidate in app.store.stories.awaiting_filing():
            file_article(candidate, stories=app.store.stories, now=NOW)
    return numbers


def adding(*entities: Entity) -> WatchlistChange:
    return WatchlistChange(added=entities)


def test_a_preview_shows_articles_stories_outlets_languages_and_sentences(app):
    watch(app.store, MELIS)
    store_text(app, OF_MELIS, SNOW, days_ago=3)
    store_text(app, OF_AZAT, language="en", days_ago=10)
    (russian,) = store_text(app, "Азата Нурова допросили.", "Снег в горах.", language="ru", outlet="Кабар")[:1]
    shown = preview(app, adding(AZAT))
    assert (shown.searched, shown.articles, shown.stories, shown.gained, shown.lost) == (5, 2, 2, 2, 0)
    assert (shown.by_outlet, shown.by_language) == ({"Post": 1, "Кабар": 1}, {"en": 1, "ru": 1})
    assert (shown.per_day, shown.per_day_now) == (pytest.approx(0.2), pytest.approx(0.1))
    newest = shown.examples[0]
    assert (newest.article, newest.outlet, newest.confidence) == (russian, "Кабар", Confidence.STRONG)
    assert [e.sentence[e.start : e.end] for e in shown.examples] == ["Азата Нурова", "Azat Nurov"]
    assert shown.examples[1].sentence == "The police searched the flat of Azat Nurov on Monday."


def test_an_archive_of_one_hour_is_of_the_days_on_which_its_articles_were_published(app):
    for n in range(4):
        store_text(app, f"{OF_AZAT} The {n}th time.", published_days_ago=n)
    assert preview(app, adding(AZAT)).per_day == preview(app, adding(AZAT)).stories / 4


def test_a_preview_stores_nothing(app):
    watch(app.store, MELIS)
    store_text(app, OF_AZAT)
    preview(app, adding(AZAT))
    assert app.watchlist().entities == (MELIS,)
    assert app.store.stories.awaiting_filing() == []


def test_only_articles_of_the_last_days_are_shown(app):
    store_text(app, OF_AZAT, days_ago=40)
    assert preview(app, adding(AZAT)).searched == 0
    assert preview(app, adding(AZAT), days=90).articles == 1


def test_possible_names_are_shown_and_make_no_story(app):
    store_text(app, "Nurov was not there, said the court.")
    shown = preview(app, adding(AZAT))
    assert (shown.articles, shown.stories, [e.confidence for e in shown.examples]) == (1, 0, [Confidence.POSSIBLE])


def test_copies_of_one_text_are_one_story(app):
    long = f"{OF_AZAT} {SNOW} The session took an hour, and nobody else was let in, as the outlet writes on Tuesday."
    store_text(app, long, f"{long} More.", f"Read this. {long}")
    assert (preview(app, adding(AZAT)).articles, preview(app, adding(AZAT)).stories) == (3, 1)


def test_a_change_shows_what_is_gained_and_what_is_lost(app):
    watch(app.store, MELIS, AZAT)
    store_text(app, OF_MELIS, OF_AZAT, "Bakyt Asanov was there.")
    renamed = WatchlistChange(changed=((AZAT, replace(AZAT, name="Bakyt Asanov")),), removed=(MELIS,))
    shown = preview(app, renamed)
    assert (shown.articles, shown.gained, shown.lost) == (1, 1, 2)


def test_a_name_that_is_listed_in_another_script_already_loses_nothing(app):
    watch(app.store, MELIS)
    store_text(app, "Суд оставил Мелиса Токоева под стражей до января, сказал адвокат.", language="ru")
    shown = preview(app, adding(Entity("other", "Мелис Токоев")))
    assert (shown.articles, shown.stories, shown.lost) == (1, 1, 0)


def test_a_name_that_lets_another_alert_brings_that_story(app):
    watch(app.store, KOS)
    store_text(app, f"KOS says nothing. {OF_AZAT}")
    assert preview(app, adding(replace(AZAT, alert=Alert.NEVER))).stories == 1


@pytest.mark.parametrize(("stories", "now", "is_flood"), [(6, 40, True), (3, 4, True), (1, 4, False), (4, 40, False)])
def test_a_flood_is_over_five_stories_a_day_or_half_of_what_comes_today(app, monkeypatch, stories, now, is_flood):
    monkeypatch.setattr("monitor.app.names.preview._story_count", lambda *_: stories)
    monkeypatch.setattr("monitor.store.line.archive.SqlArchive.alerting_stories", lambda *_: now)
    store_text(app, OF_AZAT)
    assert preview(app, adding(AZAT)).is_flood is is_flood


@pytest.mark.parametrize(("articles", "searched", "is_flood"), [(12, 120, True), (12, 121, False), (9, 9, False)])
def test_a_name_in_a_tenth_of_all_articles_is_a_flood_even_if_only_possible(
    app, monkeypatch, articles: int, searched: int, is_flood: bool
):
    store_text(app, *(f"{n}. Nurov was not there." for n in range(articles)))
    monkeypatch.setattr("monitor.store.line.archive.SqlArchive.extent", lambda *_: (searched, 30.0))
    shown = preview(app, adding(AZAT))
    assert (shown.articles, shown.stories, shown.is_flood) == (articles, 0, is_flood)


def test_what_a_change_brought_before_is_no_flood(app):
    watch(app.store, AZAT)
    store_text(app, *(f"{OF_AZAT} It was the {n}th search in {n * 37} houses of district {n}." for n in range(8)))
    noted = WatchlistChange(changed=((AZAT, replace(AZAT, note="by phone")),))
    assert (preview(app, noted).articles, preview(app, noted).gained, preview(app, noted).is_flood) == (8, 0, False)


# ---- the index of texts ---------------------------------------------------------------------------------------------


def test_runs_index_what_is_stored_some_of_an_old_archive_each(bench, monkeypatch):
    monkeypatch.setattr("monitor.app.runs.TEXTS_INDEXED_PER_RUN", 2)
    monkeypatch.setattr("monitor.app.runs.TEXTS_PER_BATCH", 1)
    for n in range(3):
        bench.add("post", Piece(f"p{n}", f"Window {n}", f"{WEATHER} Paragraph {n}."))
    bench.ingest()
    assert len(bench.app.store.archive.unindexed(bench.clock.now - DAY)) == 1
    bench.ingest()
    assert len(bench.app.store.archive.unindexed(bench.clock.now - DAY)) == 0


WATCHED = (MELIS, *ENTITIES[1:12:2])
ODD = (
    Entity("li", "李文", aliases=("نور أحمد",)),
    Entity("account", "Nur Pak", handles=("@nur_pak",)),
    Entity("signs", "Ъ!", EntityType.OUTLET),
    Entity("bank", "Banca Etica", EntityType.ORGANIZATION, aliases=("BE", "24.kg")),
)
PLACES = (
    "李文来了。",
    "см. @Nur_Pak и t.me/nur_pak/5",
    "قال نور أحمد",
    "У «Ъ!» нет",
    "24.kg пишет",
    "#melisТокоев",
    "Токо-\nев",
)


def random_archive(app: App, chance: random.Random, size: int) -> None:
    watch(app.store, *WATCHED)
    for number in range(size):
        parts = chance.choices([*FORMS, *FILLERS, *PLACES], k=chance.randrange(2, 25))
        text = "".join(part + chance.choice(GAPS) for part in parts)
        store_text(app, f"{number}. {text}", days_ago=number % 5, outlet=chance.choice(["Post", "Bloom"]))


def random_change(chance: random.Random) -> WatchlistChange:
    def edited(entity: Entity) -> Entity:
        name = " ".join(chance.choices(FORMS, k=chance.randrange(1, 4)))
        return chance.choice(
            [
                replace(entity, name=name),
                replace(entity, aliases=(name,)),
                replace(entity, alert=chance.choice([*Alert])),
                replace(entity, type=chance.choice([*EntityType])),
                replace(entity, context=Context(require=("суд",))),
                replace(entity, handles=("@nur_pak",)),
            ]
        )

    unwatched = [*ENTITIES[:12:2], *ENTITIES[12:], *ODD]
    named = Entity("new", " ".join(chance.choices(FORMS, k=chance.randrange(1, 4))), chance.choice([*EntityType]))
    listed = chance.sample(WATCHED, chance.randrange(0, 3))
    return WatchlistChange(
        added=tuple(chance.sample([*unwatched, named, edited(replace(named, id="newer"))], chance.randrange(0, 5))),
        changed=tuple((entity, edited(entity)) for entity in listed[:1]),
        removed=tuple(listed[1:]),
    )


def differences_by_rescan(app: App, change: WatchlistChange) -> dict[int, tuple[object, object]]:
    compiled, archived = compile_watchlist(applied(change, app.watchlist().entities)), app.store.archive.articles
    matches = rescan_articles(archived(None, None, 10_000), compiled=compiled, lessons=app.lessons())
    return {match.article.id: (match.gained, match.lost) for match in matches}


def differences_by_preview(app: App, change: WatchlistChange) -> dict[int, tuple[object, object]]:
    previewed = previewed_articles(app, change, NOW - 30 * DAY)
    return {one.article.id: (one.gained, one.lost) for one in previewed if one.gained or one.lost}


def previews_equal_rescans(app: App, seed: int, articles: int, edits: int) -> None:
    chance = random.Random(seed)
    random_archive(app, chance, articles)
    changes = [random_change(chance) for _ in range(edits)]
    hit_count = 0
    for number, change in enumerate(changes):
        if number % (edits // 4) == 0:
            app.store.archive.index_texts(articles // 3)
        differences = differences_by_rescan(app, change)
        assert differences_by_preview(app, change) == differences, change
        hit_count += len(differences)
    assert hit_count > edits


@pytest.mark.check
def test_a_preview_finds_what_a_rescan_would(app):
    previews_equal_rescans(app, seed=1, articles=16, edits=12)


@pytest.mark.soak
@settings(
    max_examples=max(1, settings.default.max_examples // 100),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(seed=st.integers())
def test_a_preview_finds_what_a_rescan_would_after_a_hundred_random_edits(tmp_path_factory, seed):
    folder = tmp_path_factory.mktemp("home")
    with closing(open_store(f"sqlite:///{folder / 'monitor.db'}")) as store:
        app = App(load_settings(folder, {}, folder), store, lambda: NOW)
        previews_equal_rescans(app, seed, articles=36, edits=100)
