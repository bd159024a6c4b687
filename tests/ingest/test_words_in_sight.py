"""An outlet makes nobody's report a copy by words that people never had in sight, or by the same words in other roles."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import kit.outlets
from kit.app import App
from kit.articles import COURT, DOCTOR, WEATHER, Bench
from kit.outlets import Outlet, Piece
from kit.store import CHOLPON, HOUR, MELIS, NOW, article, backlog, item, watch
from monitor.config import load_settings
from monitor.ingest.filing import file_pending_articles
from monitor.ingest.matching import fingerprint_of, hits_of_articles
from monitor.match import compile_watchlist
from monitor.messages.content.stories.alerts import select_alerts
from monitor.model import (
    AlertPolicy,
    Confidence,
    Context,
    Entity,
    Entry,
    MessageKind,
    Outcome,
    Result,
    Span,
    State,
    TextFrom,
    Verdict,
    Window,
    Zone,
    ZoneSpan,
    press_entity,
)
from monitor.review.feedback import Lessons
from monitor.store import Store, open_store

OTHER_MATTERS = COURT.replace("Melis Tokoev", "a singer")
FAIR = f"Melis Tokoev came to the book fair on Monday and spoke with readers for an hour.\n{WEATHER}\n{OTHER_MATTERS}"
REPORT = """Melis Tokoev was taken from his flat last night by masked men in two cars, his wife says.
They broke the door and the computer. He called once, and nobody knows where he is held."""
TITLE = "Melis Tokoev at the fair, not taken from his flat"
HEADLINE = "Melis Tokoev taken from his flat"


def states(app: App) -> dict[str, State]:
    """Return the state of the item of each outlet's article."""
    return {a.outlet: one.state for one in app.queue(list(State)) for a in one.articles}


@pytest.mark.check
@pytest.mark.parametrize("arrival", ["at once", "by an edit"])
@pytest.mark.parametrize("zone", ["disclaimer", "also-read"])
def test_what_stands_beside_an_article_makes_no_report_a_copy(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, zone: str, arrival: str
):
    """Neither card nor change shows it: people have judged the article without it."""
    plain_page, aside = kit.outlets.page, "".join(f"<p>{line}</p>" for line in (HEADLINE, *REPORT.split("\n")))
    parts = [f"<div class={zone}>{aside}</div>" if arrival == "at once" else ""]

    def page(outlet: Outlet, piece: Piece) -> bytes:
        box = parts[0] if outlet.name == "rival" else ""
        return plain_page(outlet, piece).replace(b"<figure>", box.encode() + b"<figure>")

    monkeypatch.setattr(kit.outlets, "page", page)
    bench.watch("herald", "rival")
    bench.add("rival", Piece("fair", TITLE, FAIR))
    bench.ingest()
    (judged,) = bench.app.queue()
    bench.app.decide(judged.id, Verdict.NOT_RELEVANT, by="aida")
    parts[0] = f"<div class={zone}>{aside}</div>"
    for _ in range(2):
        bench.advance(hours=7)
        bench.ingest()
    assert bench.app.queue() == []
    bench.add("herald", Piece("taken", HEADLINE, REPORT))
    bench.advance(hours=7)
    bench.ingest()
    assert states(bench.app)["herald"] in {State.OPEN, State.FOLLOW_UP}


IN_CUSTODY, FREE = "was led to the cells by two guards in the afternoon", "was let go by two guards in the afternoon"
IN_OSH = "Police in Osh {} the editor of a local news website on Tuesday evening."
OTHER_ROLES = {
    "two people": (
        f"Melis Tokoev {FREE}, Cholpon Arzyeva {IN_CUSTODY}.",
        f"Cholpon Arzyeva {FREE}, Melis Tokoev {IN_CUSTODY}.",
    ),
    "a name and others": ("A guard beat Melis Tokoev.", "Melis Tokoev beat a guard."),
    "the press": (IN_OSH.format("fined"), IN_OSH.format("detained")),
    "the press, of nothing": (f"{IN_OSH.format('greeted')} {IN_OSH.format('fined')}", IN_OSH.format("detained")),
    "the press beside a name": (
        f"Melis Tokoev came. {IN_OSH.format('greeted')}",
        f"Melis Tokoev came. {IN_OSH.format('beat')}",
    ),
}
NAMES = (MELIS, CHOLPON, press_entity())


@pytest.mark.parametrize(("before", "report"), OTHER_ROLES.values(), ids=OTHER_ROLES)
def test_a_copy_with_the_same_words_in_other_roles_is_a_report(before: str, report: str):
    other_text = f"{COURT}\n{DOCTOR}".replace("Melis Tokoev", "a man")
    with closing(open_store("sqlite://")) as store:
        watch(store, *NAMES)
        app = App(load_settings(Path("/nowhere"), {}, Path("/nowhere")), store, lambda: NOW + HOUR)
        file_text(store, "rival", f"{other_text}\n{before}")
        app.decide(app.queue()[0].id, Verdict.NOT_RELEVANT, by="aida")
        file_text(store, "herald", f"{other_text}\n{report}")
        assert states(app)["herald"] in {State.OPEN, State.FOLLOW_UP}
        app.decide(app.queue()[0].id, Verdict.NOT_RELEVANT, by="aida")
        file_text(store, "post", f"{report}\n{other_text}")
        assert states(app)["post"] is State.DECIDED, "word for word it is a copy"


def file_text(
    store: Store, outlet: str, text: str, names: Sequence[Entity] = NAMES, *, entry: Entry | None = None,
    aside: str = "", text_from: TextFrom = TextFrom.PAGE,
    at: datetime = NOW,
) -> Entry:  # fmt: skip
    """Match, store and file an article, or the next version of an entry's; `aside` stands beside its text."""
    (new_entry,) = (entry,) if entry else backlog(store, item(outlet), now=at)
    whole = f"{text}\n{aside}" if aside else text
    zones = (ZoneSpan(Zone.CHECK, Span(len(text) + 1, len(whole))),) if aside else ()
    page = article(f"{outlet}.example/1", whole, "At the court", outlet=outlet, zones=zones, text_from=text_from)
    ((_, hits),) = hits_of_articles([page], compile_watchlist(names), Lessons())
    result = Result(new_entry, at, Outcome.QUEUED, article=page, hits=hits, fingerprint=fingerprint_of(page, hits))
    store.entries.save_result(result)
    file_pending_articles(store, lambda: at)
    return new_entry


ARRIVAL = "Melis Tokoev came to the court at noon. He was led to the cells by two guards in the afternoon."


@pytest.mark.parametrize("is_reported", [False, True])
def test_what_an_edit_adds_without_a_word_to_people_makes_no_report_a_copy(is_reported: bool):
    """The sentence after a name has no name: an edit of it alone brings nothing back."""
    named, led_away = ARRIVAL.split(". ", 1)
    more_text = " Melis Tokoev is a reporter." if is_reported else ""
    with closing(open_store("sqlite://")) as store:
        watch(store, MELIS)
        app = App(load_settings(Path("/nowhere"), {}, Path("/nowhere")), store, lambda: NOW + 2 * HOUR)
        entry = file_text(store, "rival", f"{named}.\n{WEATHER}", [MELIS])
        app.decide(app.queue()[0].id, Verdict.NOT_RELEVANT, by="aida")
        text = f"{named}. {led_away}{more_text}\n{WEATHER}"
        file_text(store, "rival", text, [MELIS], entry=entry, at=NOW + HOUR)
        for waiting in app.queue():
            app.decide(waiting.id, Verdict.NOT_RELEVANT, by="aida")
        file_text(store, "herald", text, [MELIS], at=NOW + HOUR)
        assert (states(app)["herald"] is State.DECIDED) == is_reported


@pytest.mark.parametrize(
    ("edited", "is_reopened"),
    [
        (ARRIVAL.replace("led to the cells", "shown the garden"), True),
        (ARRIVAL.partition(". ")[0] + ".", True),
        (ARRIVAL + " It snowed.", False),
        (ARRIVAL.replace("noon. ", "noon.\n"), False),
    ],
    ids=["another next sentence", "none", "more", "a line break"],
)
def test_a_source_that_takes_back_what_its_silent_copy_tells_comes_back(edited: str, is_reopened: bool):
    """People would find its new text in the item, and the copy behind it."""
    with closing(open_store("sqlite://")) as store:
        watch(store, MELIS)
        app = App(load_settings(Path("/nowhere"), {}, Path("/nowhere")), store, lambda: NOW + HOUR)
        entry = file_text(store, "rival", f"{ARRIVAL}\n{WEATHER}", [MELIS])
        file_text(store, "herald", f"{ARRIVAL}\n{WEATHER}", [MELIS])
        (waiting,) = app.queue()
        assert waiting.copies == 1 and not waiting.reopened
        file_text(store, "rival", f"{edited}\n{WEATHER}", [MELIS], entry=entry)
        reopened = "a copy at herald has other words for what happened" if is_reopened else ""
        assert app.queue()[0].reopened == reopened


SURNAME = "Police detained Duulatov on Monday in the city, his lawyer said after a long hearing."
JOURNALIST = Entity("zhoomart", "Zhoomart Duulatov", context=Context(support=("journalist",)))
SURER = {
    "its name in full": " Zhoomart Duulatov was led away by masked men.",
    "a word that supports it": " The journalist was led away by masked men.",
}


@pytest.mark.parametrize("text_from", TextFrom)
@pytest.mark.parametrize("verdict", [None, Verdict.NOT_RELEVANT])
@pytest.mark.parametrize("addition", SURER.values(), ids=SURER)
def test_a_name_that_a_new_text_tells_for_sure_comes_back_and_is_told_at_once(
    addition: str, verdict: Verdict | None, text_from: TextFrom
):
    """First the feed's words or a first version had the surname alone, which was possible."""
    with closing(open_store("sqlite://")) as store:
        watch(store, JOURNALIST)
        app = App(load_settings(Path("/nowhere"), {}, Path("/nowhere")), store, lambda: NOW + HOUR)

        def alerts() -> int:
            events = store.reading.digest_input(Window(NOW - HOUR, NOW + HOUR), MessageKind.ALERT)
            return len(select_alerts(events, {"zhoomart"}, "all", AlertPolicy())[1])

        entry = file_text(store, "post", SURNAME, [JOURNALIST], text_from=text_from)
        (possible,) = app.queue()
        assert (possible.confidence, alerts()) == (Confidence.POSSIBLE, 0)
        if verdict:
            app.decide(possible.id, verdict, by="aida")
        file_text(store, "post", SURNAME + addition, [JOURNALIST], entry=entry)
        (sure_item,) = app.queue()
        assert sure_item.confidence is Confidence.STRONG and sure_item.reopened and alerts()
        if (text_from, addition) == (TextFrom.PAGE, SURER["a word that supports it"]):  # no sentence with it changed
            reason = "a name that was possible is clear in the changed text of the article at post"
            assert sure_item.reopened == reason
        version = sure_item.version
        file_text(store, "post", f"{SURNAME}{addition} It snows.", [JOURNALIST], entry=entry)
        assert app.queue()[0].version == version, "what is sure already is no news"


# ---- always --------------------------------------------------------------------------------------------------------

_PLAIN = [line.replace("Melis Tokoev", "He") for text in (COURT, DOCTOR, WEATHER) for line in text.split("\n")]
_STATEMENTS = [
    "Melis Tokoev was beaten.",
    "Melis Tokoev was let go.",
    "The cell of Melis Tokoev has no window.",
    "Masked men took Melis Tokoev away last night.",
]
_TEXT = st.lists(st.sampled_from([*_PLAIN, *_STATEMENTS]), min_size=1, max_size=6, unique=True)


@pytest.mark.check
@given(st.lists(st.tuples(_TEXT, _TEXT), min_size=1, max_size=3), st.data())
def test_whatever_an_outlet_edits_no_sentence_of_a_report_is_hidden(versions, data: st.DataObject):
    """Each sentence about somebody is in an item that waits, or stood in a text that somebody judged."""
    printed = sorted({part for version in versions for parts in version for part in parts})
    report = data.draw(st.lists(st.sampled_from([*printed, _STATEMENTS[0]]), min_size=1, max_size=12, unique=True))
    with closing(open_store("sqlite://")) as store:
        watch(store, MELIS)
        app = App(load_settings(Path("/nowhere"), {}, Path("/nowhere")), store, lambda: NOW + 4 * HOUR)
        entry, in_sight, seconds = None, set[str](), 0
        for seconds, (parts, aside_parts) in enumerate(versions):
            text, at = "\n".join(["Melis Tokoev is meant.", *parts]), NOW + timedelta(seconds=seconds)
            entry = file_text(store, "rival", text, [MELIS], entry=entry, aside="\n".join(aside_parts), at=at)
            for waiting in app.queue():
                in_sight |= {*parts}
                app.decide(waiting.id, Verdict.NOT_RELEVANT, by="aida")
            assert {*parts} & {*_STATEMENTS} <= in_sight
        at = NOW + timedelta(seconds=seconds + 1)
        file_text(store, "herald", "\n".join(["Melis Tokoev is meant.", *report]), [MELIS], at=at)
        statements = {part for part in report if part in _STATEMENTS}
        assert states(app)["herald"] is not State.DECIDED or statements <= in_sight
