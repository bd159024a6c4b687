"""Contracts of stories (ports.py), on both databases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import pytest

from kit.contradictions import contradictions
from kit.judged import POSSIBLE, SILENT, join, judged
from kit.store import (
    DAY,
    HOUR,
    MINUTE,
    NOW,
    TEXT,
    article,
    backlog,
    ended,
    filed,
    hit,
    item,
    mention,
    row_counts,
    sketch,
    stored,
    story_item,
    watch,
)
from monitor.cluster.fingerprint import fingerprint, fingerprint_version
from monitor.cluster.policy import ClusterPolicy
from monitor.ingest.filing import file_article
from monitor.model import (
    Candidate,
    Code,
    Confidence,
    EntityType,
    Field,
    Fingerprint,
    Message,
    Placement,
    PlacementReason,
    Reason,
    RescanMatch,
    Rule,
    StaleDecision,
    State,
    TextFrom,
    Verdict,
)
from monitor.store import Store, open_store
from monitor.store.sql import articles


def similar_to(
    store: Store,
    article: Candidate,
    copies_since: datetime,
    stories_since: datetime,
    copies: int = 6,
    similar: int = 24,
) -> Sequence[Candidate]:
    with pytest.MonkeyPatch.context() as limits:
        limits.setattr("monitor.store.sql.similar.COPIES", copies)
        limits.setattr("monitor.store.sql.similar.SIMILAR", similar)
        share = ClusterPolicy().text_share
        return store.stories.find_similar(article, copies_since, stories_since, text_share=share)


def test_articles_that_alert_or_are_possible_await_filing_in_the_order_they_came(store: Store):
    watch(store)
    possible = stored(store, hit(**POSSIBLE))
    clear = stored(store, hit(), hit("court", "kos", **SILENT), fingerprint=sketch(7, -8, names=(9,), numbers=(10,)))
    (silent, nobody) = backlog(store, item(-1), item(-2))
    store.entries.save_result(ended(silent, "silent", hit(**SILENT)))
    store.entries.save_result(ended(nobody, "nobody"))
    assert store.stories.awaiting_filing() == [possible, clear]
    assert (clear.entities, clear.people) == ({"melis", "kos"}, {"melis"})
    assert clear.fingerprint == sketch(7, -8, names=(9,), numbers=(10,))
    assert (clear.outlet, clear.language, clear.published_at, clear.story) == ("Post", "en", NOW, None)
    store.stories.file(possible, Placement(), None, NOW)
    assert store.stories.awaiting_filing() == [clear]


def test_a_new_story_is_an_open_item_with_its_evidence(store: Store):
    watch(store)
    title = "Committee for Public Security: Melis Tokoev must stay"
    in_title = mention("Melis Tokoev", title, field=Field.TITLE)
    both = replace(hit(), mentions=(mention("Melis Tokoev"), in_title))
    article = stored(store, both, hit("Nobody", "cholpon", **POSSIBLE), title=title)
    story = store.stories.file(
        article, Placement(reason=PlacementReason(Rule.NEW, text="like none before")), None, NOW + MINUTE
    )
    new = store.reviews.get(story_item(store, story).id)
    assert (new.version, new.state, new.verdict, new.first_seen, new.history) == (1, State.OPEN, None, NOW, ())
    assert (new.lead.headline, new.lead.outlet, new.lead.filed, new.lead.reason.text) == (
        title, "Post", NOW + MINUTE, "like none before",
    )  # fmt: skip
    assert new.lead.text_from is TextFrom.PAGE
    melis, cholpon = new.hits
    assert (melis.entity, melis.name, melis.type, melis.confidence, melis.alerts) == (
        "melis", "Melis Tokoev", EntityType.PERSON, Confidence.STRONG, True,
    )  # fmt: skip
    assert [(m.mention, m.sentence) for m in melis.mentions] == [
        (in_title, title),
        (mention("Melis Tokoev"), "Melis Tokoev stays in custody, his lawyer said."),
    ]
    assert (cholpon.entity, cholpon.confidence, cholpon.alerts) == ("cholpon", Confidence.POSSIBLE, False)
    assert store.stories.item_of(story) == replace(new, hits=tuple(replace(h, mentions=()) for h in new.hits))
    assert store.stories.item_of(new.story + 1) is None


def test_reasons_come_back_as_sentences_that_know_their_words(store: Store):
    watch(store)
    why = Message("“{}” is the surname of {}", "Токоева", "Melis", code=Code.SURNAME_ALONE)
    alerts = Message("named beside {}", "KOS")
    new_hit = hit(why=alerts)
    new = filed(store, replace(new_hit, mentions=(replace(new_hit.mentions[0], why=(why, "same words")),)))
    (stored_hit,) = store.reviews.get(new.id).hits
    assert (stored_hit.why, stored_hit.mentions[0].mention.why) == (alerts, (why, "same words"))
    assert stored_hit.why.marked == alerts.marked and stored_hit.mentions[0].mention.why[0].marked == why.marked
    joined = join(store, judged(store, new, Verdict.RELEVANT), stored(store, hit(), outlet="Herald"))
    assert joined.reopened.marked != joined.reopened


def test_filing_twice_files_once(store: Store):
    watch(store)
    article = stored(store, hit())
    first = story_item(store, store.stories.file(article, Placement(), None, NOW))
    assert story_item(store, store.stories.file(article, Placement(), None, NOW + HOUR)) == first
    assert row_counts(store)["story"] == 1


def test_a_copy_joins_and_moves_nothing(store: Store):
    watch(store)
    decided = judged(store, filed(store), Verdict.RELEVANT)
    after = join(store, decided, stored(store, hit(), outlet="Herald"), copy_of=decided.lead.id)
    assert (after.state, after.version, after.verdict) == (State.DECIDED, decided.version, Verdict.RELEVANT)
    assert (after.copies, after.outlets) == (1, ("Post", "Herald"))
    assert len(store.reviews.get(after.id).hits[0].mentions) == 2
    assert after.articles[1].copy_of == decided.lead.id


def test_another_article_brings_a_decided_item_back_with_the_reason(store: Store):
    watch(store)
    decided = judged(store, filed(store), Verdict.RELEVANT)
    after = join(store, decided, stored(store, hit("court", "kos")))
    assert (after.state, after.version) == (State.FOLLOW_UP, decided.version + 1)
    assert (after.reopened, after.reopened_at) == ("a new article from Post", NOW + HOUR)
    assert {h.entity: h.verdict for h in after.hits} == {"melis": Verdict.RELEVANT, "kos": None}


def test_a_hit_is_strong_and_alerts_when_it_does_in_any_article_of_the_story(store: Store):
    watch(store)
    new = filed(store, hit(**POSSIBLE, why="a surname alone"))
    (before,) = new.hits
    (after,) = join(store, new, stored(store, hit(why="full name"))).hits
    assert (before.confidence, before.alerts, before.why) == (Confidence.POSSIBLE, False, "a surname alone")
    assert (after.confidence, after.alerts, after.why) == (Confidence.STRONG, True, "full name")


def test_an_article_is_not_filed_with_an_item_that_moved_meanwhile(store: Store):
    watch(store)
    shown = filed(store)
    moved = judged(store, shown, Verdict.NOT_RELEVANT, reason=Reason.COMMON_WORD)
    article = stored(store, hit())
    with pytest.raises(StaleDecision) as raised:
        join(store, shown, article)
    assert raised.value.now == moved
    assert store.stories.awaiting_filing() == [article]


def test_an_article_is_not_filed_as_a_copy_of_what_was_put_into_another_story(store: Store):
    watch(store)
    one, second_item = filed(store), filed(store)
    article = stored(store, hit(), outlet="Herald")
    with pytest.raises(StaleDecision):
        join(store, one, article, copy_of=second_item.lead.id)
    assert store.stories.awaiting_filing() == [article]
    assert store.stories.item_of(one.story) == one


@pytest.mark.parametrize("edited", [False, True])
def test_a_name_found_after_an_article_was_read_brings_its_decided_story_back(store: Store, edited: bool):
    """As `rescan --apply` finds it between the list of what awaits filing and this article's turn."""
    watch(store)

    def finds(name: str, entity: str) -> None:
        (last,) = store.archive.articles(None, None, 1)
        store.archive.save([RescanMatch(last.article, (hit(name, entity),))], NOW + 2 * HOUR)

    first = judged(store, filed(store, fingerprint=sketch(*range(40))), Verdict.NOT_RELEVANT)
    if edited:
        (old,) = store.archive.articles(None, None, 1)
        with store.database.writing("an edit") as connection:
            current_row = articles.lock_current_row(connection, old.article.key, None)
            new = replace(old.article, text=f"{TEXT} So.")
            new = articles.update_article(connection, current_row, new, sketch(1, 2, 3), NOW + HOUR)
            articles.replace_hits(connection, new, (hit(),), NOW + HOUR)
    else:
        stored(store, hit(), outlet="Herald", fingerprint=sketch(*range(40)))
    (read,) = store.stories.awaiting_filing()
    finds("Nobody", "cholpon")
    story, _ = file_article(read, stories=store.stories, now=NOW + 3 * HOUR)
    after = story_item(store, story)
    assert (after.id, after.state, after.reopened_at) == (first.id, State.FOLLOW_UP, NOW + 3 * HOUR)
    assert {h.entity for h in after.hits} >= {"melis", "cholpon"}
    assert store.stories.awaiting_filing() == []


@pytest.mark.check
def test_similar_articles_are_found_by_what_they_share(store: Store):
    watch(store)

    def put(at=NOW, named=hit("Nobody", "cholpon"), **prints) -> Candidate:
        return replace(article := stored(store, named, at=at, **prints), story=filed_now(article), gained=False)

    def filed_now(article: Candidate) -> int:
        return store.stories.file(article, Placement(), None, NOW)

    names_only = put(fingerprint=sketch(901, names=(51, 52)))
    two_hashes = put(fingerprint=sketch(1, 2, 903))
    put(fingerprint=sketch(1, 904, names=(51,)))  # one of each: that may be chance
    same_person = put(named=hit(), fingerprint=sketch(905))
    put(fingerprint=sketch(906, 51, 52, names=(1, 2)))  # the same numbers, but a name is no word pair
    put(at=NOW - DAY, fingerprint=sketch(1, 2, 908))  # too old
    put(named=hit(**POSSIBLE), fingerprint=sketch(907))  # perhaps the same person
    stored(store, hit(), fingerprint=sketch(1, 2, 3))  # not filed
    probe = stored(store, hit(), fingerprint=sketch(1, 2, 3, names=(51, 52)))
    # The words by which it names somebody are those of the article to place alone.
    names_only, two_hashes, same_person = (
        replace(one, watched_words=frozenset()) for one in (names_only, two_hashes, same_person)
    )
    by_all = similar_to(store, probe, NOW - HOUR, NOW - HOUR)
    assert by_all == [names_only, two_hashes, same_person]  # in the order of filing
    # The one most alike in text, and the ones most alike in names and entities: neither drives out the other.
    three_hashes = replace(put(fingerprint=sketch(1, 2, 3, names=(52,))), watched_words=frozenset())
    assert similar_to(store, probe, NOW - HOUR, NOW - HOUR, 1, 1) == [names_only, same_person, three_hashes]
    by_text = similar_to(store, probe, NOW - HOUR, NOW)  # names tie for days, text for weeks
    assert by_text == [two_hashes, three_hashes]
    assert similar_to(store, replace(probe, fingerprint=sketch(), entities=frozenset()), NOW - HOUR, NOW - HOUR) == []


def test_a_backlog_of_unfiled_articles_hides_no_filed_one(store: Store, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("monitor.store.sql.similar.LATEST_HITS", 2)
    watch(store)
    for n in range(3):
        filed(store, hit(), fingerprint=sketch(100 + n))
    for n in range(3):
        stored(store, hit(), fingerprint=sketch(200 + n))  # later hits of the same person, which wait
    probe = stored(store, hit(), fingerprint=sketch(1))
    assert [c.story for c in similar_to(store, probe, NOW - HOUR, NOW - HOUR)] == [2, 3]


def test_a_hash_that_stands_everywhere_finds_nothing(store: Store, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("monitor.store.indexes.candidates.COMMON_HASH_FILINGS", 2)
    watch(store)
    for n in range(3):
        filed(store, hit("Nobody", "cholpon"), fingerprint=sketch(1, 2, 100, 101 + n))
    probe = stored(store, hit(), fingerprint=sketch(1, 2))
    assert similar_to(store, probe, NOW - HOUR, NOW - HOUR) == []
    assert all(story.lead.copy_of is None for story in store.reviews.listing())


def test_a_common_hash_is_searched_again_after_a_month(store: Store, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("monitor.store.indexes.candidates.COMMON_HASH_FILINGS", 2)
    watch(store)
    for day in (0, 1, 2, 40):
        filed(store, hit("Nobody", "cholpon"), at=NOW + day * DAY, fingerprint=sketch(1, 2))
    probe = stored(store, hit(), at=NOW + 41 * DAY, fingerprint=sketch(1, 2))
    since = NOW + 11 * DAY
    assert [c.published_at for c in similar_to(store, probe, since, since)] == [NOW + 40 * DAY]


def test_a_filed_article_is_found_by_what_its_new_version_says(store: Store):
    watch(store)
    (entry,) = backlog(store, item(1))
    store.entries.save_result(ended(entry, "k", hit(), fingerprint=sketch(1, 11)))
    store.stories.file(store.stories.awaiting_filing()[0], Placement(), None, NOW)
    edited = ended(entry, "k", hit(), fingerprint=sketch(2, 12))
    assert edited.article is not None
    store.entries.save_result(replace(edited, article=replace(edited.article, title="Corrected headline")))
    probe = replace(stored(store, hit()), entities=frozenset())
    assert similar_to(store, replace(probe, fingerprint=sketch(1, 11)), NOW - DAY, NOW - DAY) == []
    assert len(similar_to(store, replace(probe, fingerprint=sketch(2, 12)), NOW - DAY, NOW - DAY)) == 1


def test_a_filed_article_is_found_by_its_new_version_also_where_that_names_nobody(store: Store):
    watch(store)
    (entry,) = backlog(store, item(1))
    store.entries.save_result(ended(entry, "k", hit(), fingerprint=sketch(1, 11)))
    store.stories.file(store.stories.awaiting_filing()[0], Placement(), None, NOW)
    text = " ".join(f"word{n}" for n in range(99))
    edited = replace(ended(entry, "k"), article=article("k", text), fingerprint=Fingerprint())
    store.entries.save_result(edited)
    assert contradictions(store) == []
    store.stories.refresh_fingerprints(NOW - DAY, fingerprint, fingerprint_version())  # as each filing begins
    assert contradictions(store) == []
    probe = replace(stored(store, hit()), entities=frozenset(), fingerprint=fingerprint("", text))
    assert [c.version for c in similar_to(store, probe, NOW - DAY, NOW - DAY)] == [2]


def test_a_text_that_names_someone_only_after_a_recheck_gets_its_fingerprint_then(store: Store):
    watch(store)
    (entry,) = backlog(store, item(1))
    store.entries.save_result(replace(ended(entry, "k"), fingerprint=Fingerprint()))
    store.entries.save_result(ended(replace(entry, article=1), "k", hit(), fingerprint=sketch(1, 11)))
    assert [c.fingerprint for c in store.stories.awaiting_filing()] == [sketch(1, 11)]


def test_who_files_finds_what_was_filed_just_now_and_of_old_articles_old_ones(store: Store):
    watch(store)
    first, *followers = (stored(store, hit(), at=NOW + n * DAY, fingerprint=sketch(1, 2)) for n in (0, 8, 9))
    store.stories.file(first, Placement(), None, NOW)
    with store.database.filing_lock():
        for n, follower in zip((8, 9), followers, strict=True):
            probe, since = replace(follower, entities=frozenset()), NOW + 7 * DAY
            assert [c.id for c in similar_to(store, probe, since, since)] == [o.id for o in followers[: n - 8]]
            store.stories.file(follower, Placement(), None, NOW + n * DAY)
        probe = replace(stored(store, hit(), at=NOW - DAY, fingerprint=sketch(1, 2)), entities=frozenset())
        old_ones = similar_to(store, probe, NOW - 31 * DAY, NOW - 4 * DAY)
        assert [c.id for c in old_ones] == [first.id, *(o.id for o in followers)]


def test_documents_are_filed_straight_from_a_file():
    store = open_store("sqlite://")
    watch(store)
    one, same_one, two = (
        store.stories.add_document(article(key), sketch(5, 6, names=(7,)), [hit()] if key == "2" else [])
        for key in "112"
    )
    assert one == same_one and two.id != one.id
    assert (one.entities, two.entities, two.watched_words) == (set(), {"melis"}, {"Melis", "Tokoev"})
    new = story_item(store, store.stories.file(one, Placement(), None, NOW))
    assert [c.id for c in similar_to(store, two, NOW - DAY, NOW - DAY)] == [one.id]
    store.stories.file(two, Placement(new.story, one.id), new, NOW, expected_version=1)
    assert [a.id for a in story_item(store, new.story).articles] == [one.id, two.id]
    store.close()
