"""An article that brings sentences is never silent, whatever was decided about the text that it repeats."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.app import App
from kit.articles import COURT, DOCTOR, WEATHER, Bench
from kit.outlets import Piece
from kit.store import HOUR, MELIS, MINUTE, NOW, article, backlog, hit, item, watch
from monitor.cluster.fingerprint import fingerprint
from monitor.config import load_settings
from monitor.ingest.filing import file_pending_articles
from monitor.ingest.matching import fingerprint_of, hits_of_articles
from monitor.match import compile_watchlist
from monitor.model import Decision, Field, Outcome, Result, ReviewItem, Rule, State, Verdict
from monitor.review.decisions import decide
from monitor.review.feedback import Lessons
from monitor.serialize import item_row
from monitor.store import Store, open_store
from monitor.store.sql import items
from monitor.text.sentences import sentences

LIFE = """Melis Tokoev was born in Naryn in the family of a teacher, and came to the newspaper as a messenger.
The journalist Melis Tokoev works in the capital and writes about courts, land and the water of the south.
Colleagues call Tokoev the most stubborn reporter in the country. He has two children and plays chess."""
NEWS = "Masked men took Melis Tokoev away from his flat last night."


def file_matched(store: Store, outlet: str, title: str, text: str, at: datetime) -> None:
    """Match, store and file an article as a run does."""
    (entry,) = backlog(store, item(outlet), now=at)
    new = article(f"{outlet}.example/1", text, title, outlet=outlet, first_seen=at, published=at)
    ((_, hits),) = hits_of_articles([new], compile_watchlist([MELIS]), Lessons())
    result = Result(entry, at, Outcome.QUEUED, article=new, hits=hits, fingerprint=fingerprint_of(new, hits))
    store.entries.save_result(result)
    assert file_pending_articles(store, lambda: at) == 1


@pytest.mark.parametrize("verdict", [Verdict.NOT_RELEVANT, Verdict.RELEVANT, Verdict.LATER])
@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Melis Tokoev: a life", f"{LIFE}\n{NEWS}"),
        ("Melis Tokoev: a life", f"{NEWS}\n{LIFE}"),
        ("Tokoev is held again", f"{LIFE}\n{NEWS}"),
        ("Tokoev is held again", f"{NEWS}\n{LIFE}"),
        ("Tokoev is held again", LIFE),
    ],
)
def test_news_around_a_judged_text_comes_back_or_is_an_item_of_its_own(verdict: Verdict, title: str, text: str):
    with closing(open_store("sqlite://")) as store:
        watch(store)
        app = App(load_settings(Path("/nowhere"), {}, Path("/nowhere")), store, lambda: NOW + HOUR)
        file_matched(store, "post", "Melis Tokoev: a life", LIFE, NOW)
        judged = app.queue()[0].id
        until = NOW.replace(year=2099) if verdict is Verdict.LATER else None
        app.decide(judged, verdict, by="aida", until=until)
        file_matched(store, "herald", title, text, NOW + 2 * HOUR)
        (open_one,) = (one for one in app.queue() if "herald" in one.outlets)
        brought = next(a for a in open_one.articles if a.outlet == "herald")
        assert brought.is_report and open_one.state in {State.OPEN, State.FOLLOW_UP}
        if open_one.id == judged:
            assert open_one.reopened == "new sentences in an article from herald"
            own_texts = [p.span.of(text if p.field is Field.TEXT else title) for p in brought.own_sentences]
            assert own_texts and set(own_texts) <= {title, NEWS}
            row = next(a for a in item_row(open_one, open_one.lead)["articles"] if a["outlet"] == "herald")
            assert (row["rule"], row["why"]) == (
                "adds",
                f"it repeats another article and brings sentences of its own: {len(own_texts)}",
            )
            assert row["own_sentences"][0].keys() == {"field", "start", "end"}
        else:
            assert [near.id for near in open_one.related] == [judged]
            assert open_one.related[0].reason.rule is Rule.BACKGROUND
            assert [near.id for near in app.item(judged).related] == [open_one.id]


ARREST = (
    "Melis Tokoev was arrested at the court on Monday, his editor told reporters after the hearing. He was led away."
)
SEEN_BEFORE = {
    "a word": ARREST.replace("arrested", "welcomed"),
    "a denial": ARREST.replace("was arrested", "was not arrested"),
    "the sentence after the name": ARREST.replace("led away", "led in"),
    "the name": ARREST.replace("Melis Tokoev", "Kanat Ulanov") + " Melis Tokoev was welcomed at the court.",
    "the order": ARREST.replace("his editor told reporters", "reporters told his editor"),
}
SAME_WORDS = {
    "word for word": ARREST,
    "capitals": ARREST.replace("at the court on Monday", "AT the court on MONDAY"),
    "a word elsewhere": ARREST,
}


@pytest.mark.parametrize("verdict", [Verdict.NOT_RELEVANT, Verdict.RELEVANT, Verdict.LATER])
@pytest.mark.parametrize(
    ("before", "is_news"),
    [(text, True) for text in SEEN_BEFORE.values()] + [(text, False) for text in SAME_WORDS.values()],
    ids=[*SEEN_BEFORE, *SAME_WORDS],
)
def test_a_copy_that_tells_something_else_of_a_name_is_never_silent(before: str, is_news: bool, verdict: Verdict):
    """An outlet prints the report of another in advance, with a word changed, and people judge that."""
    other_text = f"{COURT}\n{DOCTOR}" if before is not SAME_WORDS["a word elsewhere"] else f"{COURT} too\n{DOCTOR}"
    with closing(open_store("sqlite://")) as store:
        watch(store)
        app = App(load_settings(Path("/nowhere"), {}, Path("/nowhere")), store, lambda: NOW + HOUR)
        file_matched(store, "rival", "At the court", f"{before}\n{other_text}", NOW)
        judged = app.queue()[0].id
        app.decide(judged, verdict, by="aida", until=NOW.replace(year=2099) if verdict is Verdict.LATER else None)
        file_matched(store, "herald", "At the court", f"{ARREST}\n{COURT}\n{DOCTOR}", NOW + 2 * HOUR)
        copy = next(a for i in app.queue(list(State)) for a in i.articles if a.outlet == "herald")
        assert (copy.is_report, bool(copy.own_sentences)) == (is_news, is_news)
        assert bool(app.queue()) == is_news
        if is_news and copy.copy_of:
            assert app.item(judged).reopened == "a copy at herald has other words for what happened"
            assert all(passage.text in ARREST for passage in copy.own_sentences)


def test_a_copy_of_a_judged_text_is_silent_and_no_report(bench: Bench):
    bench.watch("herald")
    bench.add("post", Piece("life", "Melis Tokoev: a life", LIFE))
    bench.ingest()
    judged = bench.app.queue()[0].id
    bench.app.decide(judged, Verdict.NOT_RELEVANT, by="aida")
    bench.add("herald", Piece("copy", "Melis Tokoev: a life", f"{LIFE}\nRead also: Snow in the north"))
    bench.advance(hours=2)
    bench.ingest()
    assert bench.app.queue() == []
    source, copy = bench.app.item(judged).articles
    assert (source.is_report, copy.is_report, copy.copy_of) == (True, False, source.id)


@pytest.mark.check
def test_the_places_of_own_sentences_are_dropped_when_the_text_changes(bench: Bench):
    bench.watch("herald")
    bench.add("post", Piece("life", "Melis Tokoev: a life", LIFE))
    bench.ingest()
    bench.add("herald", Piece("news", "Melis Tokoev: a life", f"{LIFE}\n{NEWS}"))
    bench.advance(hours=2)
    bench.ingest()
    (one,) = bench.app.queue()
    assert sorted(len(a.own_sentences) for a in one.articles) == [0, 1]
    piece = bench.web.outlets["herald"].pieces[0]
    piece.text = f"{NEWS} His lawyer Chinara Ulanova was beaten.\n{LIFE}"
    bench.advance(hours=30)
    bench.ingest()
    assert {a.own_sentences for a in bench.app.item(one.id).articles} == {()}


# ---- always --------------------------------------------------------------------------------------------------------

_PARTS = [span.of(text) for text in (LIFE, COURT, DOCTOR, WEATHER) for span in sentences(text)]
_FRESH = [
    "Tokoev was beaten.",
    "The cell of Tokoev has no window, and the guards took his glasses and both of his notebooks.",
    NEWS,
    "Nobody knows where Melis Tokoev is.",
]
_TITLES = ["Melis Tokoev: a life", "Court extends arrest", "Union protests: free Tokoev"]
_ARTICLE = st.tuples(
    st.sampled_from(_TITLES), st.lists(st.sampled_from([*_PARTS, *_FRESH]), min_size=1, max_size=12, unique=True)
)


def file_texts(store: Store, texts: Sequence[tuple[str, Sequence[str]]], at: datetime) -> Iterator[int]:
    """File each text, as the article of an outlet of its own; yield its story."""
    for n, (title, parts) in enumerate(texts):
        key, text = f"{at.timestamp():.0f}-{n}", f"Melis Tokoev is meant.\n{chr(10).join(parts)}"
        (entry,) = backlog(store, item(key))
        page = article(key, text, title, outlet=f"Outlet {n}", published=at)
        named = hit("Melis Tokoev", text=text)
        result = Result(entry, at, Outcome.QUEUED, article=page, hits=(named,), fingerprint=fingerprint(title, text))
        stored = store.entries.save_result(result).article
        assert stored and file_pending_articles(store, lambda: at) == 1
        yield stored.id


@pytest.mark.check
@given(st.lists(_ARTICLE, min_size=1, max_size=5), _ARTICLE, st.sampled_from([Verdict.NOT_RELEVANT, Verdict.RELEVANT]))
def test_whatever_was_filed_and_judged_before_no_new_sentence_is_hidden(before, last, verdict: Verdict):
    """The new article is in an item that waits, or everything it says stood in the item that was judged."""
    with closing(open_store("sqlite://")) as store:
        watch(store)
        before_ids = list(file_texts(store, before, NOW))
        for waiting in store.reviews.listing():
            judged = decide(waiting, decision_on(waiting, verdict))
            store.reviews.save(judged, was=waiting.version, decision=judged.history[-1])
        (brought,) = file_texts(store, [last], NOW + HOUR)
        waiting = [one for one in store.reviews.listing() if brought in {a.id for a in one.articles}]
        if not waiting:
            holder = next(one for one in everything(store) if brought in {a.id for a in one.articles})
            in_sight = {part for at in positions(holder, before_ids) for part in (before[at][0], *before[at][1])}
            assert {last[0], *last[1]} <= in_sight


def positions(holder: ReviewItem, before: Sequence[int]) -> Sequence[int]:
    """Return which of the articles filed before an item holds."""
    held_ids = {a.id for a in holder.articles}
    return [at for at, number in enumerate(before) if number in held_ids]


def decision_on(waiting: ReviewItem, verdict: Verdict) -> Decision:
    return Decision(waiting.id, waiting.version, NOW + MINUTE, "aida", verdict)


def everything(store: Store) -> Sequence[ReviewItem]:
    with store.database.reading() as connection:
        return items.load(connection, items.select_ids())


@given(st.lists(_ARTICLE, min_size=2, max_size=6))
@pytest.mark.check
def test_the_same_articles_in_the_same_order_make_the_same_stories_with_the_same_reasons(texts):
    def picture() -> object:
        with closing(open_store("sqlite://")) as store:
            watch(store)
            list(file_texts(store, texts, NOW))
            return everything(store)

    assert picture() == picture()
