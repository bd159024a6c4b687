"""Rechecked pages, raw pages, and entries that are tried once more."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import delete, update

from kit.contradictions import contradictions
from kit.evidence import claim, nothing_contradicts_itself, page, read, recheck_result
from kit.store import DAY, HOUR, MELIS, MINUTE, NOW, TEXT, backlog, ended, hit, item, row_counts, watch
from monitor.errors import NotFound
from monitor.ingest.filing import file_article
from monitor.model import (
    Absence,
    Candidate,
    Change,
    Decision,
    Finding,
    Outcome,
    Placement,
    RawPage,
    RescanMatch,
    State,
    TextFrom,
    Verdict,
    Window,
)
from monitor.review.decisions import decide
from monitor.store import Store
from monitor.store import tables as t

__all__ = ["nothing_contradicts_itself"]

CHANGED = TEXT.replace("stays in custody", "was let go")


def file_all(store: Store, now: datetime) -> None:
    for candidate in store.stories.awaiting_filing():
        file_article(candidate, stories=store.stories, now=now)


# ---- what comes of it -----------------------------------------------------------------------------------------------


def test_a_changed_page_is_a_new_version_with_its_own_bytes_however_often_it_is_saved(store: Store):
    watch(store)
    number = read(store, 1, hit())
    (revisit,) = claim(store, NOW + 8 * HOUR)
    recheck = recheck_result(revisit, NOW + 8 * HOUR, CHANGED, hit(text=CHANGED))
    for _ in range(2):
        store.revisits.save(recheck)
    old, new = store.reading.versions(number)
    assert (old.article.text, new.article.text) == (TEXT, CHANGED)
    assert [v.article.raw and v.article.raw.body for v in (old, new)] == [
        b"<p>" + TEXT.encode(),
        b"<p>" + CHANGED.encode(),
    ]
    assert old.article.raw is not None and old.article.raw.headers["content-type"] == "text/html"
    assert [v.hits[0].mentions[0].text for v in (old, new)] == ["Melis Tokoev"] * 2
    assert (new.stored, new.article.fetched) == (NOW + 8 * HOUR, NOW + 8 * HOUR)


def test_a_page_that_says_the_same_makes_no_version(store: Store):
    watch(store)
    number = read(store, 1, hit())
    (revisit,) = claim(store, NOW + 8 * HOUR)
    store.revisits.save(recheck_result(revisit, NOW + 8 * HOUR, TEXT, hit()))
    (only,) = store.reading.versions(number)
    assert (only.still, only.article.fetched) == (NOW + 8 * HOUR, NOW)


def _go(store: Store, *, why: str = "there is nothing at this address (404)") -> None:
    """Let the only article be missing on two rechecks."""
    for hours in (8, 15):
        (revisit,) = claim(store, NOW + hours * HOUR)
        assert store.stories.awaiting_filing() == []
        for _ in range(2):
            at = NOW + hours * HOUR
            answer = RawPage(f"<p>not here ({hours})".encode(), {"content-type": "text/html"})
            missing = Absence(at, why, "https://post.example/1", 404, answer)
            store.revisits.save(recheck_result(revisit, at, missing=missing, due=at + 6 * HOUR))


def test_an_article_missing_twice_is_gone_and_its_decided_story_comes_back_once(store: Store):
    watch(store)
    read(store, 1, hit())
    file_all(store, NOW)
    (followed,) = store.reviews.listing()
    decided = decide(followed, Decision(followed.id, followed.version, NOW, "aida", Verdict.RELEVANT))
    store.reviews.save(decided, was=followed.version, decision=decided.history[-1])
    _go(store)
    (candidate,) = store.stories.awaiting_filing()
    assert candidate.gone_why == "there is nothing at this address (404)"
    file_all(store, NOW + DAY)
    assert store.stories.awaiting_filing() == []
    reopened = store.reviews.get(followed.id)
    assert reopened.state is State.FOLLOW_UP
    assert str(reopened.reopened) == (
        "Post: the article was present on 2026-03-02 08:00 UTC, absent on 2026-03-02 23:00 UTC: "
        "there is nothing at this address (404)"
    )
    (finding,) = reopened.lead.findings
    assert (finding.kind, finding.found) == (Change.GONE, NOW + DAY)
    assert store.reading.digest_input(Window(NOW + DAY, NOW + DAY + MINUTE)).items == (reopened,)
    assert store.reading.digest_input(Window(NOW + HOUR, NOW + DAY)).items == ()
    assert claim(store, NOW + 30 * DAY) == []
    *_, last = store.reading.versions(1)
    assert last.absence is not None and last.absence.raw is not None
    assert (last.absence.at, last.absence.status, last.absence.raw.body) == (NOW + 15 * HOUR, 404, b"<p>not here (15)")
    assert (last.absence.url, last.absence.raw.headers) == ("https://post.example/1", {"content-type": "text/html"})
    with store.database.writing("a test") as connection:
        connection.execute(
            update(t.raw_body).where(t.raw_body.c.sha256 == last.absence.raw.sha256).values(body=b"<p>here")
        )
    assert contradictions(store) == ["article 1: the bytes of its page do not have the hash they were stored with"]
    with store.database.writing("a test") as connection:
        connection.execute(update(t.raw_body).where(t.raw_body.c.body == b"<p>here").values(body=last.absence.raw.body))


def test_an_article_that_is_missing_once_and_then_there_is_not_gone(store: Store):
    watch(store)
    read(store, 1, hit())
    file_all(store, NOW)
    absent = {"missing": Absence(NOW, "404", "https://post.example/1", 404)}
    for hours, changes in ((8, absent), (15, {"is_unchanged": True}), (40, absent)):
        (revisit,) = claim(store, NOW + hours * HOUR)
        store.revisits.save(recheck_result(revisit, NOW + hours * HOUR, due=NOW + (hours + 6) * HOUR, **changes))
    assert store.stories.awaiting_filing() == []


def test_an_article_that_names_nobody_can_go_without_a_report(store: Store):
    watch(store)
    read(store, 1)
    _go(store)
    assert store.stories.awaiting_filing() == []
    (last,) = store.reading.versions(1)
    assert last.absence is not None and last.absence.raw is None


def test_a_name_that_was_cut_out_stays_in_the_item_with_the_words_that_named_it(store: Store):
    watch(store)
    read(store, 1, hit())
    file_all(store, NOW)
    (revisit,) = claim(store, NOW + 8 * HOUR)
    store.revisits.save(recheck_result(revisit, NOW + 8 * HOUR, TEXT.replace("Melis Tokoev", "The reporter")))
    file_all(store, NOW + 9 * HOUR)
    (followed,) = store.reviews.listing()
    (named_hit,) = followed.hits
    assert (named_hit.entity, named_hit.removed) == ("melis", True)
    assert named_hit.mentions[0].sentence == "Melis Tokoev stays in custody, his lawyer said."
    (finding,) = followed.lead.findings
    assert (finding.kind, finding.entity) == (Change.NAME_REMOVED, "melis")
    assert finding.after == "The reporter stays in custody, his lawyer said."
    assert followed.lead.versions == (NOW, NOW + 8 * HOUR)
    assert followed.confidence.value == "strong"


def test_a_change_elsewhere_moves_no_item(store: Store):
    watch(store)
    read(store, 1, hit())
    file_all(store, NOW)
    (before,) = store.reviews.listing()
    (revisit,) = claim(store, NOW + 8 * HOUR)
    longer_text = f"{TEXT}\nThe weather stays fine."
    store.revisits.save(recheck_result(revisit, NOW + 8 * HOUR, longer_text, hit(text=longer_text)))
    file_all(store, NOW + 9 * HOUR)
    assert store.stories.awaiting_filing() == []
    after = store.reviews.get(before.id)
    assert (after.version, after.reopened, after.lead.findings) == (before.version, "", ())
    assert after.lead.versions == (NOW, NOW + 8 * HOUR)


def test_what_was_found_is_stored_once_however_often_it_is_filed(store: Store):
    watch(store)
    number = read(store, 1, hit())
    file_all(store, NOW)
    (revisit,) = claim(store, NOW + 8 * HOUR)
    store.revisits.save(recheck_result(revisit, NOW + 8 * HOUR, CHANGED, hit(text=CHANGED)))
    (waiting,) = store.stories.awaiting_filing()
    assert isinstance(waiting, Candidate) and waiting.version == 2
    findings = [Finding(Change.HEADLINE, "a", "b", article=number, version=2)]
    followed = store.stories.item_of(waiting.story or 0)
    assert followed is not None
    for _ in range(2):
        store.stories.file(
            waiting,
            Placement(waiting.story),
            followed,
            NOW + 9 * HOUR,
            expected_version=followed.version,
            findings=findings,
        )
    assert row_counts(store)["finding"] == 1


# ---- raw pages ------------------------------------------------------------------------------------------------------


def test_bytes_are_kept_only_of_articles_that_name_someone_and_the_same_bytes_once(store: Store):
    watch(store)
    numbers = [read(store, 1, hit()), read(store, 2, article=page(2, "Nobody is named.")), read(store, 3, hit())]
    raw_pages = [store.reading.versions(number)[0].article.raw for number in numbers]
    assert [raw is not None for raw in raw_pages] == [True, False, True]
    assert row_counts(store)["raw_body"] == 1


def test_bytes_of_what_is_found_later_are_gone_until_the_page_is_had_again(store: Store):
    watch(store)
    number = read(store, 1)
    (archived,) = store.archive.articles(None, None, 10)
    store.archive.save([RescanMatch(archived.article, (hit(),))], NOW + HOUR)
    assert store.reading.versions(number)[0].article.raw is None
    (revisit,) = claim(store, NOW + 8 * HOUR)
    assert revisit.sha256 == ""
    store.revisits.save(recheck_result(revisit, NOW + 8 * HOUR, TEXT))
    (only,) = store.reading.versions(number)
    assert only.article.raw is not None
    assert (only.stored, only.article.fetched) == (NOW, NOW + 8 * HOUR)  # when these bytes came


def test_bytes_stay_when_a_correction_takes_all_names_away(store: Store):
    watch(store)
    number = read(store, 1, hit())
    (entry,) = backlog(store, item(1, url="https://post.example/1", guid="post-1", title="Another"), now=NOW + 7 * HOUR)
    store.entries.save_result(ended(entry, None, at=NOW + 7 * HOUR, article=page(1, fetched=NOW + 7 * HOUR)))
    (only,) = store.reading.versions(number)
    assert (only.hits, only.article.raw is not None) == ((), True)


@pytest.mark.check
def test_bytes_are_never_dropped_with_old_texts(store: Store):
    watch(store)
    number = read(store, 1, hit())
    read(store, 2)
    assert store.upkeep.drop_texts(NOW + DAY, NOW + 100 * DAY, 10) == 1
    (version,) = store.reading.versions(number)
    assert version.article.text == TEXT and version.article.raw is not None


def test_a_missing_or_damaged_body_is_found(store: Store):
    watch(store)
    read(store, 1, hit())
    with store.database.writing("a test") as connection:
        connection.execute(update(t.raw_body).values(body=b"<p>something else"))
    assert contradictions(store) == ["article 1: the bytes of its page do not have the hash they were stored with"]
    with store.database.writing("a test") as connection:
        connection.execute(delete(t.raw_body))
    (contradiction,) = contradictions(store)
    assert contradiction == "article 1, version 1: someone is named in the article, but the page's bytes are not there"
    with store.database.writing("a test") as connection:
        connection.execute(update(t.article_version).values(headers={}))


# ---- retry ----------------------------------------------------------------------------------------------------------


def test_pages_that_were_given_up_are_tried_again_and_others_are_not(store: Store):
    watch(store, MELIS)
    ends = (Outcome.GIVEN_UP, Outcome.REFUSED, Outcome.NO_MATCH, Outcome.FETCH_FAILED, Outcome.QUEUED)
    entries = {}
    for n, end in enumerate(ends):
        (entry,) = backlog(store, item(n, guid=f"g{n}", url=f"https://post.example/{n}"))
        entries[end] = entry.id
        from_feed = replace(page(n), text_from=TextFrom.FEED, raw=None, fetched=None)
        hits = (hit(),) if end is Outcome.QUEUED else ()
        tried = replace(entry, tries=4)
        store.entries.save_result(ended(tried, None, *hits, outcome=end, article=from_feed))
    with pytest.raises(NotFound, match=f"entry {entries[Outcome.NO_MATCH]} was given up"):
        store.entries.retry([entries[Outcome.GIVEN_UP], entries[Outcome.NO_MATCH]])
    assert store.entries.retry([entries[Outcome.GIVEN_UP]]) == 1
    assert store.entries.retry() == 2
    assert store.entries.retry() == 0
    claimed = store.entries.claim(1, NOW, NOW + HOUR, 10)
    assert {e.id for e in claimed} == {entries[o] for o in (Outcome.GIVEN_UP, Outcome.REFUSED, Outcome.QUEUED)}
    assert {e.tries for e in claimed} == {0}
