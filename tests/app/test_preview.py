"""Preview: what an unsaved change of the list would bring from the stored articles."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kit.store import DAY, NOW, article, backlog, item, watch
from monitor.app import App
from monitor.app.preview import Preview, preview
from monitor.config import load_settings
from monitor.model import Alert, Confidence, Entity, EntityType, Outcome, Result, WatchlistChange
from monitor.pipeline import LinePolicy, file_article
from monitor.pipeline.rescan import fingerprint_of, hits_of_articles

MELIS = Entity("melis", "Melis Tokoev")
KOS = Entity("kos", "KOS", EntityType.ORGANIZATION, alert=Alert.WITH_OTHERS)
AZAT = Entity("azat", "Azat Nurov")
SNOW = "Snow is expected in the valleys on Thursday, and the pass will be closed to lorries."
OF_MELIS = "The city court left Melis Tokoev in custody until January, his lawyer said."
OF_AZAT = "The police searched the flat of Azat Nurov on Monday. The neighbours saw it."


@pytest.fixture
def app(store, tmp_path) -> App:
    return App(load_settings(tmp_path, {}, tmp_path), store, lambda: NOW)


def keep(app: App, *texts: str, days_ago: float = 0, language: str = "en", outlet: str = "Post") -> list[int]:
    """Store articles as a run does, and file those that name somebody; return their numbers."""
    numbers = []
    for text in texts:
        seen, key = NOW - days_ago * DAY, f"post.example/{abs(hash((text, days_ago)))}"
        (entry,) = backlog(app.store, item(key), now=seen)
        new = article(key, text, "Monday", first_seen=seen, published=seen, language=language, outlet=outlet)
        ((_, hits),) = hits_of_articles([new], app.compiled_watchlist(), app.lessons())
        result = Result(entry, seen, Outcome.QUEUED, article=new, hits=hits, fingerprint=fingerprint_of(new, hits))
        numbers.append(app.store.entries.save_result(result).article.id)
    with app.store.stories.filing_lock():
        for candidate in app.store.stories.awaiting_filing():
            file_article(candidate, stories=app.store.stories, now=NOW, policy=LinePolicy())
    return numbers


def adding(*entities: Entity) -> WatchlistChange:
    return WatchlistChange(added=entities)


def test_a_preview_shows_articles_stories_outlets_languages_and_sentences(app):
    watch(app.store, MELIS)
    keep(app, OF_MELIS, SNOW, days_ago=3)
    keep(app, OF_AZAT, language="en", days_ago=10)
    (russian,) = keep(app, "Азата Нурова допросили.", "Снег в горах.", language="ru", outlet="Кабар")[:1]
    shown = preview(app, adding(AZAT))
    assert (shown.searched, shown.articles, shown.stories, shown.gained, shown.lost) == (5, 2, 2, 2, 0)
    assert (shown.by_outlet, shown.by_language) == ({"Post": 1, "Кабар": 1}, {"en": 1, "ru": 1})
    assert (shown.per_day, shown.per_day_now) == (pytest.approx(0.2), pytest.approx(0.1))
    newest = shown.examples[0]
    assert (newest.article, newest.outlet, newest.confidence) == (russian, "Кабар", Confidence.STRONG)
    assert [e.sentence[e.start : e.end] for e in shown.examples] == ["Азата Нурова", "Azat Nurov"]
    assert shown.examples[1].sentence == "The police searched the flat of Azat Nurov on Monday."


def test_a_preview_stores_nothing(app):
    watch(app.store, MELIS)
    keep(app, OF_AZAT)
    preview(app, adding(AZAT))
    assert app.watchlist().entities == (MELIS,)
    assert app.store.stories.awaiting_filing() == []


def test_only_articles_of_the_last_days_are_shown(app):
    keep(app, OF_AZAT, days_ago=40)
    assert preview(app, adding(AZAT)).searched == 0
    assert preview(app, adding(AZAT), days=90).articles == 1


def test_possible_names_are_shown_and_make_no_story(app):
    keep(app, "Nurov was not there, said the court.")
    shown = preview(app, adding(AZAT))
    assert (shown.articles, shown.stories, [e.confidence for e in shown.examples]) == (1, 0, [Confidence.POSSIBLE])


def test_copies_of_one_text_are_one_story(app):
    long = f"{OF_AZAT} {SNOW} The session took an hour, and nobody else was let in, as the outlet writes on Tuesday."
    keep(app, long, f"{long} More.", f"Read this. {long}")
    assert (preview(app, adding(AZAT)).articles, preview(app, adding(AZAT)).stories) == (3, 1)


def test_a_change_shows_what_is_gained_and_what_is_lost(app):
    watch(app.store, MELIS, AZAT)
    keep(app, OF_MELIS, OF_AZAT, "Bakyt Asanov was there.")
    renamed = WatchlistChange(changed=((AZAT, replace(AZAT, name="Bakyt Asanov")),), removed=(MELIS,))
    shown = preview(app, renamed)
    assert (shown.articles, shown.gained, shown.lost) == (1, 1, 2)


def test_a_name_that_lets_another_alert_brings_that_story(app):
    watch(app.store, KOS)
    keep(app, f"KOS says nothing. {OF_AZAT}")
    assert preview(app, adding(replace(AZAT, alert=Alert.NEVER))).stories == 1


@pytest.mark.parametrize(("stories", "now", "is_flood"), [(6, 40, True), (3, 4, True), (1, 4, False), (4, 40, False)])
def test_a_flood_is_over_five_stories_a_day_or_half_of_what_comes_today(app, monkeypatch, stories, now, is_flood):
    monkeypatch.setattr("monitor.app.preview._story_count", lambda *_: stories)
    monkeypatch.setattr("monitor.store.line.archive.SqlArchive.alerting_stories", lambda *_: now)
    keep(app, OF_AZAT)
    assert preview(app, adding(AZAT)).is_flood is is_flood


def test_what_a_change_brought_before_is_no_flood(app):
    watch(app.store, AZAT)
    keep(app, *(f"{OF_AZAT} It was the {n}th search in {n * 37} houses of district {n}." for n in range(8)))
    noted = WatchlistChange(changed=((AZAT, replace(AZAT, note="by phone")),))
    assert (preview(app, noted).articles, preview(app, noted).gained, preview(app, noted).is_flood) == (8, 0, False)


def test_a_hidden_name_is_met_nowhere_in_a_preview(app):
    watch(app.store, MELIS, KOS)
    keep(app, f"KOS says nothing. {OF_MELIS}")

    def shown(change: WatchlistChange) -> Preview:
        return preview(app, change, hidden={"melis"})

    assert shown(WatchlistChange(removed=(MELIS,))) == shown(WatchlistChange())
    renamed = WatchlistChange(changed=((KOS, replace(KOS, aliases=("Kos",))),))
    assert shown(renamed).gained == 0
    assert shown(renamed).stories == 0
    assert preview(app, renamed).stories == 1
