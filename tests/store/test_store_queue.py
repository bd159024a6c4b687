"""Contracts of stories, reviews, the watchlist, runs and digests (ports.py), on both databases."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text as sql
from sqlalchemy import update

from kit.databases import Server
from kit.store import (
    CHOLPON,
    DAY,
    HOUR,
    KOS,
    MELIS,
    MINUTE,
    NOW,
    TEXT,
    article,
    backlog,
    desk_without,
    ended,
    entity_numbers,
    feed,
    filed,
    hit,
    item,
    mention,
    row_counts,
    sketch,
    stored,
    visited,
    watch,
)
from monitor.app import App
from monitor.cluster.fingerprint import fingerprint
from monitor.config import load_settings
from monitor.errors import NotFound, StaleDecision, StoreError
from monitor.i18n.troubles import trouble_message
from monitor.model import (
    Alert,
    Candidate,
    Confidence,
    Context,
    Decision,
    EntityType,
    FeedStatus,
    Field,
    Fingerprint,
    Message,
    Outcome,
    Placement,
    QueueFilter,
    QueueTab,
    Reason,
    RescanMatch,
    ReviewItem,
    Run,
    Span,
    State,
    TextFrom,
    Trouble,
    TroubleKind,
    Verdict,
    Watchlist,
    WatchlistChange,
    Window,
)
from monitor.pipeline import LinePolicy, file_article
from monitor.review.decisions import decide, undo
from monitor.review.reopen import reopen_for_article
from monitor.store import Store, open_store
from monitor.store import tables as t
from monitor.store.sql import articles

SILENT = {"alerts": False}
POSSIBLE = {"confidence": Confidence.POSSIBLE, "alerts": False}


def says(item: ReviewItem, verdict: Verdict, by: str = "aida", **more: object) -> ReviewItem:
    return decide(item, replace(Decision(item.id, item.version, NOW, by, verdict), **more))  # type: ignore[arg-type]


def judged(store: Store, item: ReviewItem, verdict: Verdict, by: str = "aida", **more: object) -> ReviewItem:
    after = says(item, verdict, by, **more)
    return store.reviews.save(after, was=item.version, decision=after.history[-1])


def join(store: Store, item: ReviewItem, article: Candidate, *, copy_of: int | None = None) -> ReviewItem:
    moved = item if copy_of else reopen_for_article(item, now=NOW + HOUR, why=Message("a new article from {}", "Post"))
    placement = Placement(item.story, copy_of, "copy" if copy_of else "names", 0.9, "93 of 100 word pairs")
    return store.stories.file(article, placement, moved, NOW + HOUR, expected_version=item.version)


# ---- stories --------------------------------------------------------------------------------------------------------


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


def with_one_mention(item: ReviewItem) -> ReviewItem:
    """Return an item as filing reads it: the first mention that was stored of each name, without its sentence."""
    first = {h.entity: min(h.mentions, key=lambda m: m.mention.field is Field.TITLE) for h in item.hits}
    hits = (replace(h, mentions=(replace(first[h.entity], sentence=""),)) for h in item.hits)
    return replace(item, hits=tuple(hits))


def test_a_new_story_is_an_open_item_with_its_evidence(store: Store):
    watch(store)
    title = "Committee for Public Security: Melis Tokoev must stay"
    in_title = mention("Melis Tokoev", title, field=Field.TITLE)
    both = replace(hit(), mentions=(mention("Melis Tokoev"), in_title))
    article = stored(store, both, hit("Nobody", "cholpon", **POSSIBLE), title=title)
    filed_in = store.stories.file(article, Placement(rule="new", why="like none before"), None, NOW + MINUTE)
    new = store.reviews.get(filed_in.id)
    assert (new.version, new.state, new.verdict, new.first_seen, new.history) == (1, State.OPEN, None, NOW, ())
    assert (new.lead.headline, new.lead.outlet, new.lead.filed, new.lead.why) == (
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
    assert store.stories.item_of(new.story) == filed_in == with_one_mention(new)
    assert store.stories.item_of(new.story + 1) is None


def test_reasons_come_back_as_sentences_that_know_their_words(store: Store):
    watch(store)
    why, alerts = Message("“{}” is the surname of {}", "Токоева", "Melis"), Message("named beside {}", "KOS")
    found = hit(why=alerts)
    new = filed(store, replace(found, mentions=(replace(found.mentions[0], why=(why, "same words")),)))
    (back,) = new.hits
    assert (back.why, back.mentions[0].mention.why) == (alerts, (why, "same words"))
    assert back.why.marked == alerts.marked and back.mentions[0].mention.why[0].marked == why.marked
    again = join(store, judged(store, new, Verdict.RELEVANT), stored(store, hit(), outlet="Herald"))
    assert again.reopened.marked != again.reopened


def test_filing_twice_files_once(store: Store):
    watch(store)
    article = stored(store, hit())
    first = store.stories.file(article, Placement(), None, NOW)
    assert store.stories.file(article, Placement(), None, NOW + HOUR) == first
    assert row_counts(store)["story"] == 1


def test_a_copy_joins_and_moves_nothing(store: Store):
    watch(store)
    decided = judged(store, filed(store), Verdict.RELEVANT)
    after = join(store, decided, stored(store, hit(), outlet="Herald"), copy_of=decided.lead.id)
    assert (after.state, after.version, after.verdict) == (State.DECIDED, decided.version, Verdict.RELEVANT)
    assert (after.copies, after.outlets, len(after.hits[0].mentions)) == (1, ("Post", "Herald"), 2)
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
    one, other = filed(store), filed(store)
    article = stored(store, hit(), outlet="Herald")
    with pytest.raises(StaleDecision):
        join(store, one, article, copy_of=other.lead.id)
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
            known = articles.lock_current_row(connection, old.article.key, None)
            new = replace(old.article, text=f"{TEXT} So.")
            new = articles.update_article(connection, known, new, sketch(1, 2, 3), NOW + HOUR)
            articles.replace_hits(connection, new, (hit(),), NOW + HOUR)
    else:
        stored(store, hit(), outlet="Herald", fingerprint=sketch(*range(40)))
    (read,) = store.stories.awaiting_filing()
    finds("Nobody", "cholpon")
    after, _ = file_article(read, stories=store.stories, now=NOW + 3 * HOUR, policy=LinePolicy())
    assert (after.id, after.state, after.reopened_at) == (first.id, State.FOLLOW_UP, NOW + 3 * HOUR)
    assert {h.entity for h in after.hits} >= {"melis", "cholpon"}
    assert store.stories.awaiting_filing() == []


def test_similar_articles_are_found_by_what_they_share(store: Store):
    watch(store)

    def put(at=NOW, who=hit("Nobody", "cholpon"), **prints) -> Candidate:
        return replace(article := stored(store, who, at=at, **prints), story=filed_now(article), gained=False)

    def filed_now(article: Candidate) -> int:
        return store.stories.file(article, Placement(), None, NOW).story

    names_only = put(fingerprint=sketch(901, names=(51, 52)))
    two_hashes = put(fingerprint=sketch(1, 2, 903))
    put(fingerprint=sketch(1, 904, names=(51,)))  # one of each: that may be chance
    same_person = put(who=hit(), fingerprint=sketch(905))
    put(fingerprint=sketch(906, 51, 52, names=(1, 2)))  # the same numbers, but a name is no word pair
    put(at=NOW - DAY, fingerprint=sketch(1, 2, 908))  # too old
    put(who=hit(**POSSIBLE), fingerprint=sketch(907))  # perhaps the same person
    stored(store, hit(), fingerprint=sketch(1, 2, 3))  # not filed
    asked = stored(store, hit(), fingerprint=sketch(1, 2, 3, names=(51, 52)))
    found = store.stories.find_similar(asked, NOW - HOUR, NOW - HOUR)
    assert found == [names_only, two_hashes, same_person]  # in the order of filing
    # The one most alike in text, and the ones most alike in names and entities: neither drives out the other.
    three_hashes = put(fingerprint=sketch(1, 2, 3, names=(52,)))
    assert store.stories.find_similar(asked, NOW - HOUR, NOW - HOUR, 1, 1) == [names_only, same_person, three_hashes]
    lately = store.stories.find_similar(asked, NOW - HOUR, NOW)  # names tie for days, text for weeks
    assert lately == [two_hashes, three_hashes]
    assert (
        store.stories.find_similar(replace(asked, fingerprint=sketch(), entities=frozenset()), NOW - HOUR, NOW - HOUR)
        == []
    )


def test_a_backlog_of_unfiled_articles_hides_no_filed_one(store: Store, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("monitor.store.sql.similar.LATEST_HITS", 2)
    watch(store)
    for n in range(3):
        filed(store, hit(), fingerprint=sketch(100 + n))
    for n in range(3):
        stored(store, hit(), fingerprint=sketch(200 + n))  # later hits of the same person, which wait
    asked = stored(store, hit(), fingerprint=sketch(1))
    assert [c.story for c in store.stories.find_similar(asked, NOW - HOUR, NOW - HOUR)] == [2, 3]


def test_a_hash_that_stands_everywhere_finds_nothing(store: Store, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("monitor.store.sql.candidates.COMMON_HASH_FILINGS", 2)
    watch(store)
    for n in range(3):
        filed(store, hit("Nobody", "cholpon"), fingerprint=sketch(1, 2, 100, 101 + n))
    asked = stored(store, hit(), fingerprint=sketch(1, 2))
    assert store.stories.find_similar(asked, NOW - HOUR, NOW - HOUR) == []
    assert all(told.lead.copy_of is None for told in store.reviews.listing())


def test_a_common_hash_is_searched_again_after_a_month(store: Store, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("monitor.store.sql.candidates.COMMON_HASH_FILINGS", 2)
    watch(store)
    for day in (0, 1, 2, 40):
        filed(store, hit("Nobody", "cholpon"), at=NOW + day * DAY, fingerprint=sketch(1, 2))
    asked = stored(store, hit(), at=NOW + 41 * DAY, fingerprint=sketch(1, 2))
    since = NOW + 11 * DAY
    assert [c.published_at for c in store.stories.find_similar(asked, since, since)] == [NOW + 40 * DAY]


def test_a_filed_article_is_found_by_what_its_new_version_says(store: Store):
    watch(store)
    (entry,) = backlog(store, item(1))
    store.entries.save_result(ended(entry, "k", hit(), fingerprint=sketch(1, 11)))
    store.stories.file(store.stories.awaiting_filing()[0], Placement(), None, NOW)
    edited = ended(entry, "k", hit(), fingerprint=sketch(2, 12))
    assert edited.article is not None
    store.entries.save_result(replace(edited, article=replace(edited.article, title="Corrected headline")))
    asked = replace(stored(store, hit()), entities=frozenset())
    assert store.stories.find_similar(replace(asked, fingerprint=sketch(1, 11)), NOW - DAY, NOW - DAY) == []
    assert len(store.stories.find_similar(replace(asked, fingerprint=sketch(2, 12)), NOW - DAY, NOW - DAY)) == 1


def test_a_filed_article_is_found_by_its_new_version_also_where_that_names_nobody(store: Store):
    watch(store)
    (entry,) = backlog(store, item(1))
    store.entries.save_result(ended(entry, "k", hit(), fingerprint=sketch(1, 11)))
    store.stories.file(store.stories.awaiting_filing()[0], Placement(), None, NOW)
    text = " ".join(f"word{n}" for n in range(99))
    edited = replace(ended(entry, "k"), article=article("k", text), fingerprint=Fingerprint())
    store.entries.save_result(edited)
    asked = replace(stored(store, hit()), entities=frozenset(), fingerprint=fingerprint("", text))
    assert [c.version for c in store.stories.find_similar(asked, NOW - DAY, NOW - DAY)] == [2]


def test_a_text_that_names_someone_only_after_a_recheck_gets_its_fingerprint_then(store: Store):
    watch(store)
    (entry,) = backlog(store, item(1))
    store.entries.save_result(replace(ended(entry, "k"), fingerprint=Fingerprint()))
    store.entries.save_result(ended(replace(entry, article=1), "k", hit(), fingerprint=sketch(1, 11)))
    assert [c.fingerprint for c in store.stories.awaiting_filing()] == [sketch(1, 11)]


def test_who_files_finds_what_was_filed_just_now_and_of_old_articles_old_ones(store: Store):
    watch(store)
    first, *others = (stored(store, hit(), at=NOW + n * DAY, fingerprint=sketch(1, 2)) for n in (0, 8, 9))
    store.stories.file(first, Placement(), None, NOW)
    with store.stories.filing_lock():
        for n, other in zip((8, 9), others, strict=True):
            asked, since = replace(other, entities=frozenset()), NOW + 7 * DAY
            assert [c.id for c in store.stories.find_similar(asked, since, since)] == [o.id for o in others[: n - 8]]
            store.stories.file(other, Placement(), None, NOW + n * DAY)
        asked = replace(stored(store, hit(), at=NOW - DAY, fingerprint=sketch(1, 2)), entities=frozenset())
        found = store.stories.find_similar(asked, NOW - 31 * DAY, NOW - 4 * DAY)
        assert [c.id for c in found] == [first.id, *(o.id for o in others)]


def test_documents_are_filed_straight_from_a_file():
    store = open_store("sqlite://")
    bare = Candidate(0, "post", "en", NOW, sketch(5, 6, names=(7,)))
    one, again, two = (store.fingerprints.add(bare, key) for key in ("1", "1", "2"))
    assert one == again == replace(bare, id=one.id) and two.id != one.id
    new = store.stories.file(one, Placement(), None, NOW)
    assert [c.id for c in store.stories.find_similar(two, NOW - HOUR, NOW - HOUR)] == [one.id]
    assert [
        a.id for a in store.stories.file(two, Placement(new.story, one.id), new, NOW, expected_version=1).articles
    ] == [
        one.id,
        two.id,
    ]
    store.close()


# ---- reviews --------------------------------------------------------------------------------------------------------


def test_a_decision_is_stored_with_the_item_it_moved(store: Store):
    watch(store)
    shown = filed(store, hit(), hit("court", "kos"))
    after = judged(store, shown, Verdict.NOT_RELEVANT, entity="melis", reason=Reason.ANOTHER_PERSON, note="a namesake")
    (line,) = after.history
    assert (line.by, line.at, line.entity, line.reason, line.note) == (
        "aida", NOW, "melis", Reason.ANOTHER_PERSON, "a namesake",
    )  # fmt: skip
    assert (line.judged, line.version, line.id > 0) == (("melis",), 1, True)
    assert {h.entity: h.verdict for h in after.hits} == {"melis": Verdict.NOT_RELEVANT, "kos": None}
    assert store.reviews.get(shown.id) == after


def test_the_second_of_two_decisions_on_one_version_is_refused_and_shown_the_first(store: Store):
    watch(store)
    shown = filed(store)
    first = judged(store, shown, Verdict.RELEVANT, by="aida")
    late = says(shown, Verdict.NOT_RELEVANT, by="bek")
    for _ in range(2):
        with pytest.raises(StaleDecision) as raised:
            store.reviews.save(late, was=shown.version, decision=late.history[-1])
        assert raised.value.now == first and raised.value.now.history[-1].by == "aida"
    assert row_counts(store)["decision"] == 1


def test_an_undo_is_one_more_line_and_takes_the_verdict_back(store: Store):
    watch(store)
    decided = judged(store, filed(store), Verdict.RELEVANT)
    after, line = undo(decided, decided.history[-1], "aida", NOW + HOUR)
    undone = store.reviews.save(after, was=decided.version, decision=line)
    assert (undone.state, undone.verdict, undone.hits[0].verdict) == (State.OPEN, None, None)
    assert [d.undoes for d in undone.history] == [None, decided.history[-1].id]


def test_the_last_decision_that_stands_is_found_by_person(store: Store):
    watch(store)
    one, two = filed(store), filed(store)
    assert store.reviews.last_decision() is None
    first = judged(store, one, Verdict.RELEVANT, by="aida")
    second = judged(store, two, Verdict.RELEVANT, by="bek")
    assert store.reviews.last_decision() == second.history[-1]
    assert store.reviews.last_decision("aida") == first.history[-1]
    after, line = undo(second, second.history[-1], "bek", NOW)
    store.reviews.save(after, was=second.version, decision=line)
    assert store.reviews.last_decision("bek") is None
    assert store.reviews.last_decision() == first.history[-1]


def test_the_queue_lists_strong_before_possible_and_newest_first(store: Store):
    watch(store)
    old, possible, new = filed(store), filed(store, hit(**POSSIBLE), at=NOW + DAY), filed(store, at=NOW + HOUR)
    later = judged(store, filed(store), Verdict.LATER, until=NOW + DAY)
    decided = judged(store, filed(store), Verdict.RELEVANT)
    assert [i.id for i in store.reviews.listing()] == [new.id, old.id, possible.id]
    assert [i.id for i in store.reviews.listing(limit=1)] == [new.id]
    assert [i.id for i in store.reviews.listing([State.DECIDED, State.LATER])] == [decided.id, later.id]


def test_a_list_by_state_is_narrowed_as_the_desks_list_is(store: Store):
    watch(store)
    here, there = filed(store, outlet="post", language="ru"), filed(store, outlet="wire", at=NOW + HOUR)
    judged(store, filed(store, outlet="post"), Verdict.RELEVANT)
    unsure = judged(store, filed(store, outlet="wire"), Verdict.UNSURE)
    answered = judged(store, filed(store, outlet="wire", at=NOW + HOUR), Verdict.UNSURE)
    judged(store, answered, Verdict.RELEVANT)
    melis = entity_numbers(store)["melis"]
    waiting = [unsure.id, there.id, here.id]
    for narrowed, fits in (
        (QueueFilter(), waiting),
        (QueueFilter(entity=melis), waiting),
        (QueueFilter(entity=melis + 999), []),
        (QueueFilter(outlet="post"), [here.id]),
        (QueueFilter(language="ru"), [here.id]),
        (QueueFilter(since=NOW + MINUTE), [there.id]),
        (QueueFilter(tab=QueueTab.ASKED), [unsure.id]),
        (QueueFilter(tab=QueueTab.ASKED, outlet="post"), []),
    ):
        assert [item.id for item in store.reviews.listing(queue_filter=narrowed)] == fits, narrowed


def test_what_was_put_off_comes_back_at_its_time(store: Store):
    watch(store)
    later = judged(store, filed(store), Verdict.LATER, until=NOW + DAY)
    filed(store)
    assert store.reviews.reopen_due(NOW + DAY - MINUTE) == 0
    assert [store.reviews.reopen_due(NOW + DAY) for _ in range(2)] == [1, 0]
    back = store.reviews.get(later.id)
    assert (back.state, back.version, back.until) == (State.OPEN, later.version + 1, None)
    assert back.reopened and back.reopened_at == NOW + DAY


def test_an_unknown_item_is_not_found(store: Store):
    with pytest.raises(NotFound, match="item 77"):
        store.reviews.get(77)
    watch(store)
    with pytest.raises(NotFound):
        store.reviews.save(replace(filed(store), id=77), was=1)


# ---- the watchlist --------------------------------------------------------------------------------------------------


def test_entities_come_back_whole_and_in_order(store: Store):
    whole = replace(
        KOS, sensitive=True, alert=Alert.WITH_OTHERS, note="invented", country="KG",
        context=Context(("журналист", "СМИ"), ("court",), ("football",)),
    )  # fmt: skip
    assert store.watchlists.current() == Watchlist(0)
    stored_list = store.watchlists.apply(WatchlistChange(added=(whole, MELIS)), "a.yaml", NOW)
    assert stored_list == store.watchlists.current() == Watchlist(1, (whole, MELIS))


def test_a_change_is_a_version_and_twice_is_once(store: Store):
    watch(store, MELIS, CHOLPON)
    renamed = replace(MELIS, aliases=("Мелис Токоев",), note="")
    change = WatchlistChange(added=(KOS,), changed=((MELIS, renamed),), removed=(CHOLPON,))
    assert [store.watchlists.apply(change, "a.yaml", NOW) for _ in range(2)] == [Watchlist(2, (renamed, KOS))] * 2
    assert store.watchlists.apply(WatchlistChange(), "a.yaml", NOW).version == 2


def test_a_number_is_opaque_stays_with_its_entity_and_is_never_given_twice(store: Store):
    watch(store, MELIS, CHOLPON)
    before = entity_numbers(store)
    store.watchlists.apply(WatchlistChange(removed=(CHOLPON,)), "desk", NOW)
    store.watchlists.apply(WatchlistChange(added=(KOS,)), "desk", NOW)
    assert store.watchlists.current().entities == (MELIS, KOS)
    assert entity_numbers(store)["kos"] not in before.values()
    store.watchlists.apply(WatchlistChange(added=(CHOLPON,)), "desk", NOW)
    assert entity_numbers(store)["cholpon"] == before["cholpon"]


# ---- runs and the read side -----------------------------------------------------------------------------------------


def test_a_run_is_stored_and_updated_by_its_id(store: Store):
    assert store.runs.last() is None
    run = store.runs.save(Run(NOW, due=3, outcomes={Outcome.QUEUED: 1}, problems=("the disk is nearly full",)))
    assert run.id > 0 and store.runs.last() == run
    done = store.runs.save(replace(run, ended=NOW + MINUTE, fetched=2, failed=1, entries=4, articles=3, unchanged=0))
    assert (store.runs.last(), row_counts(store)["run"]) == (done, 1)
    with pytest.raises(NotFound):
        store.runs.save(replace(run, id=99))


def test_what_happened_in_a_window_is_what_was_filed_in_it(store: Store):
    watch(store)
    window = Window(NOW + HOUR, NOW + DAY)
    before = filed(store)
    inside = filed(store, hit(), at=NOW + 2 * HOUR)
    joined_now = join(store, before, stored(store, hit(), at=NOW + HOUR))  # by a clock that is behind
    after = filed(store, at=NOW + DAY)
    happened = store.reading.digest_input(window)
    assert [i.id for i in happened.items] == [inside.id, joined_now.id]
    assert happened.items == (store.reviews.get(inside.id), store.reviews.get(joined_now.id))
    assert (happened.waiting, happened.oldest_waiting) == (3, NOW)
    assert happened.articles == 2 and after.first_seen not in window


def test_the_window_knows_the_day_around_the_items(store: Store):
    watch(store)
    window = Window(NOW, NOW + DAY)
    beside = replace(KOS, alert=Alert.WITH_OTHERS)
    store.watchlists.apply(WatchlistChange(removed=(CHOLPON,), changed=((KOS, beside),)), "desk", NOW - MINUTE)
    entries = backlog(store, *(item(n) for n in range(4)))
    store.entries.save_result(ended(entries[0], "a", hit("court", "kos", **SILENT)))
    store.entries.save_result(ended(entries[1], "b", hit("court", "kos", **SILENT)))
    itself = ended(entries[3], "d", hit(entity="melis", **SILENT))  # as an outlet is in its own byline
    store.entries.save_result(itself)
    only_feed = ended(entries[2], "c")
    assert only_feed.article is not None
    store.entries.save_result(replace(only_feed, article=replace(only_feed.article, text_from=TextFrom.FEED)))
    store.feeds.sync_list([feed("post"), feed("herald"), feed("resting", paused=True)], NOW)
    herald = store.feeds.states()[0]
    store.feeds.save_visit(visited(herald, at=NOW + HOUR, status=FeedStatus.REFUSED, detail="HTTP 403"))
    later = judged(store, filed(store), Verdict.LATER, until=NOW + DAY)
    full = trouble_message(TroubleKind.DISK, "/srv", "90%")
    for minutes, problems in ((0, ("mail was refused",)), (10, ("mail was refused", full)), (20, (full,))):
        then = NOW + HOUR + minutes * MINUTE
        store.runs.save(Run(then, ended=NOW + HOUR, fetched=1, problems=problems))
    happened = store.reading.digest_input(window)
    assert happened.counted == {"Committee for Public Security": 2}
    assert (happened.articles, happened.articles_from_feed) == (5, 1)
    assert [s.feed.id for s in happened.feeds] == ["herald", "post", "resting"]
    assert (happened.feeds_read, happened.last_read) == (1, NOW + HOUR)
    before = store.reading.digest_input(Window(NOW - DAY, NOW))
    assert (before.feeds_read, before.last_read) == (0, None)  # no run read anything in that window
    assert before.began == happened.began == NOW + HOUR
    assert (happened.waiting, happened.oldest_waiting) == (1, later.first_seen)  # due when the window ends
    assert [change.sentence for change in happened.watchlist_changes] == ["+3 by test.yaml"]
    assert happened.troubles == (
        Trouble(TroubleKind.OTHER, NOW + HOUR, NOW + HOUR + 20 * MINUTE),
        Trouble(TroubleKind.DISK, NOW + HOUR + 10 * MINUTE),
    )


def test_other_tools_read_the_queue_the_hits_and_the_feeds_in_plain_words(store: Store):
    watch(store)
    new = filed(store, hit(), hit("Nobody", "cholpon", **POSSIBLE))
    join(store, new, stored(store, hit(), outlet="Herald"), copy_of=new.lead.id)
    judged(store, filed(store), Verdict.RELEVANT)
    with store.database.writing("a test") as connection:
        connection.execute(update(t.feed).values(detail=Message("larger than {} MB", 10)))
        connection.execute(update(t.review_item).values(reopened=Message("a new article from {}", "Herald")))
    with store.database.reading() as connection:
        (queue,) = connection.execute(sql("SELECT * FROM queue")).mappings()
        hits = connection.execute(sql("SELECT * FROM hits ORDER BY article, found_as")).mappings().all()
        (health,) = connection.execute(sql("SELECT * FROM feed_health")).mappings()
    assert {k: queue[k] for k in ("item", "state", "confidence", "headline", "articles", "copies", "outlets")} == {
        "item": new.id, "state": "open", "confidence": "clear", "headline": "Court extends arrest",
        "articles": 2, "copies": 1, "outlets": 2,
    }  # fmt: skip
    assert (queue["came_back_because"], health["trouble"]) == ("a new article from Herald", "larger than 10 MB")
    assert set(queue["watched_names"].split(", ")) == {"Melis Tokoev", "Cholpon Arzyeva"}
    assert [(h["watched_name"], h["found_as"], h["confidence"], h["item"]) for h in hits[:2]] == [
        ("Melis Tokoev", "Melis Tokoev", "clear", new.id),
        ("Cholpon Arzyeva", "Nobody", "possible", new.id),
    ]
    assert Span(hits[0]["from_letter"], hits[0]["to_letter"]).of(TEXT) == "Melis Tokoev"
    assert (len(hits), health["source"], health["status"], health["entries"]) == (4, "post", "ok", 3)


# ---- when the database cannot be used -------------------------------------------------------------------------------


def test_a_database_that_another_holds_is_to_be_tried_again(tmp_path):
    url = f"sqlite:///{tmp_path / 'monitor.db'}"
    holder, other = open_store(url), open_store(url, patience=0.05)
    with holder.database.writing("a test"), pytest.raises(StoreError, match="try again") as raised:
        other.entries.release()
    assert raised.value.exit_code == 75
    assert other.entries.release() == 0  # and afterwards it is as it was
    holder.close()
    other.close()


def test_a_row_that_another_holds_on_the_server_is_to_be_tried_again(postgresql: Server, postgresql_with_tables: str):
    url = postgresql.url(postgresql_with_tables)
    holder, other = open_store(url), open_store(url, patience=0.05)
    holder.feeds.sync_list([feed("held")], NOW)
    with holder.database.writing("a test") as connection:
        connection.execute(sql("SELECT id FROM feed WHERE id = 'held' FOR UPDATE"))
        with pytest.raises(StoreError, match="try again") as raised:
            other.feeds.sync_list([feed("held", paused=True)], NOW)
    assert raised.value.exit_code == 75
    other.feeds.sync_list([feed("held", paused=True)], NOW)
    holder.close()
    other.close()


def test_a_full_disk_stores_no_half_result_and_is_healed_by_room(tmp_path):
    store = open_store(f"sqlite:///{tmp_path / 'monitor.db'}")
    watch(store)
    (entry,) = backlog(store, item(1))
    raw = store.database.engine.raw_connection()
    pages = raw.cursor().execute("PRAGMA page_count").fetchone()[0]
    raw.cursor().execute(f"PRAGMA max_page_count = {pages}")  # of this connection; the pool has but this one
    raw.close()
    long = ended(entry, "k", hit())
    assert long.article is not None
    result = replace(long, article=replace(long.article, text=TEXT + "x" * 50_000))
    with pytest.raises(StoreError, match="disk is full") as raised:
        store.entries.save_result(result)
    assert raised.value.exit_code == 75
    assert (row_counts(store)["article"], row_counts(store)["outcome:pending"]) == (0, 1)
    store.database.engine.dispose()
    assert store.entries.save_result(result).article is not None
    store.close()


def test_what_waits_too_long_leaves_the_queue_and_is_kept(store: Store) -> None:
    watch(store)
    clear = filed(store, hit())
    possible = filed(store, hit(confidence=Confidence.POSSIBLE, alerts=False))
    decided = filed(store, hit())
    done = decide(decided, Decision(decided.id, 1, NOW, "aida", Verdict.RELEVANT))
    store.reviews.save(done, was=1, decision=done.history[-1])
    assert [store.reviews.expire(NOW + days * DAY) for days in (14, 15, 15, 30, 31)] == [0, 1, 0, 0, 1]
    expired = {item.id: item.version for item in store.reviews.listing([State.EXPIRED])}
    assert expired == {clear.id: 2, possible.id: 2}
    assert store.reviews.get(decided.id).state is State.DECIDED
    told = store.reading.digest_input(Window(NOW, NOW + 40 * DAY))
    assert (told.waiting, told.never_reviewed) == (0, 1)  # that a possible name was looked at, nobody promised
    assert store.upkeep.check() == ()


def test_items_naming_any_of_some_entities_are_listed_once_newest_first(store: Store) -> None:
    watch(store)
    both = (hit(), hit("Nobody", "cholpon"))
    one, two, three = (filed(store, *hits, at=NOW - n * DAY) for n, hits in ((2, both), (1, [hit()]), (0, both[1:])))
    numbers = entity_numbers(store)
    melis, cholpon = numbers["melis"], numbers["cholpon"]
    within = Window(NOW - 2 * DAY, NOW + HOUR)

    def naming(*entities: int, window: Window = within, limit: int = 9) -> list[int]:
        return [item.id for item in desk_without(store).cards.naming(entities, window, limit)]

    assert naming(melis, cholpon) == [three.id, two.id, one.id]
    assert naming(melis) == [two.id, one.id]
    assert naming(melis, cholpon, limit=2) == [three.id, two.id]
    assert naming(cholpon, window=Window(NOW - 2 * DAY, NOW)) == [one.id]
    assert naming(numbers["kos"]) == naming() == []
    App(load_settings(Path("/nowhere"), {}, Path("/nowhere")), store, lambda: NOW).merge(one.id, two.id, by="aida")
    assert naming(melis) == [one.id]
