"""What a title says was done to whom: never graver than its story, the gravest first, and the press beside the list."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kit.digests import article, at, hit, item
from messages.press_stories import (
    DETENTION,
    DETENTION_OF_MELIS,
    OUTLET,
    PERSON,
    SEARCH,
    SUMMONS,
    digest_of,
    quiet,
    story_of,
    story_with,
)
from monitor.i18n import translate_sentence
from monitor.messages.content.deeds import deeds_in_words, deeds_of
from monitor.messages.content.layout import lay_out
from monitor.messages.content.render import as_text, name_report_as_html, name_report_as_text
from monitor.messages.content.reports.name_report import lay_out_name_report
from monitor.messages.content.reports.named import DeedWords
from monitor.messages.content.reports.report import lay_out_report
from monitor.model import ACT_WORDS, Entity, Incident, PressAct, ReviewItem, Scope, Verdict, VictimKind
from monitor.review.scope import within_scope

RELEASE = "The cameraman Kirill Zhemerov was taken to the KOS building and released three hours later."


def held_story(sentence: str, number: int = 5) -> ReviewItem:
    return story_of(
        PressAct.DETAINED, sentence, "cameraman Kirill Zhemerov",
        ("Kirill Zhemerov", "Kirill Zhemerov", PERSON), names_of="Kirill Zhemerov", number=number,
    )  # fmt: skip


# Nobody of the list is named.
REPORTERS = story_of(
    PressAct.DETAINED, "Police held two reporters for nine hours.", "two reporters", kind=VictimKind.GROUP, number=6
)


def test_who_was_let_go_is_not_told_as_held():
    page = lay_out(digest_of(DETENTION, held_story(RELEASE)))
    assert page.title == "Reported: Melis Tokoev detained; Kirill Zhemerov released"
    (card,) = lay_out(digest_of(held_story(RELEASE))).sections[0].cards
    assert [*map(str, card.incidents)] == ["Reported: released · a journalist, Kirill Zhemerov"]
    # Of two stories of one act the one that goes further is told.
    both = digest_of(held_story("The cameraman Kirill Zhemerov was detained."), held_story(RELEASE, 7))
    assert lay_out(both).title == "Reported: Kirill Zhemerov released"


def test_custody_that_a_court_extends_is_no_new_detention():
    extended = held_story("A court extended the arrest of the cameraman Kirill Zhemerov by two months.", 7)
    page = lay_out(digest_of(DETENTION, extended))
    assert page.title == "Reported: Melis Tokoev detained; Kirill Zhemerov kept in custody"
    # Of two stories of one person the one that goes further is told, and he is counted once.
    first = held_story("The cameraman Kirill Zhemerov was detained.")
    both = lay_out(digest_of(DETENTION, SUMMONS, extended, first)).title
    assert both == "Reported: Melis Tokoev detained; Kirill Zhemerov kept in custody; Bektur Sapar uulu summoned"


def test_what_somebody_reviewed_is_no_longer_told_as_reported():
    reviewed = replace(DETENTION, verdict=Verdict.RELEVANT)
    assert lay_out(digest_of(reviewed, quiet(10))).title == "Melis Tokoev detained"


def test_who_is_still_held_stands_before_who_was_let_go_and_both_before_a_summons():
    # An earlier hour does not turn it round.
    released = held_story(RELEASE, 1)
    digest = digest_of(SUMMONS, released, DETENTION, quiet(10))
    assert [story.item.id for story in digest.new] == [4, 1, 2, 10]
    assert [person.name for person in lay_out(digest).people][:2] == ["Melis Tokoev", "Kirill Zhemerov"]


@pytest.mark.parametrize("language", ["en", "ru", "ky"])
def test_each_language_says_that_it_is_over(language: str):
    released, held_first = (
        lay_out(replace(digest_of(held_story(sentence), quiet(10)), language=language)).people[0].deed
        for sentence in (RELEASE, "The cameraman Kirill Zhemerov was detained.")
    )
    assert released != held_first


@pytest.mark.parametrize("act", [a for a in PressAct if a is not PressAct.SEIZED])  # whose halves weigh the same
def test_no_act_is_told_by_the_worse_of_two_words(act: PressAct):
    for language, joint in (("en", " or "), ("ru", " или "), ("ky", " же ")):
        assert joint not in translate_sentence(ACT_WORDS[act], language)[0]


# ---- who was in the news --------------------------------------------------------------------------------------------


def test_people_stand_in_the_order_of_what_was_done_to_them_with_its_word():
    page = lay_out(digest_of(quiet(10), quiet(11), quiet(12), SUMMONS, DETENTION, held_story(RELEASE)))
    assert [(person.name, person.deed) for person in page.people] == [
        ("Melis Tokoev", "detained"),
        ("Kirill Zhemerov", "released"),
        ("Bektur Sapar uulu", "summoned"),
        ("Aizada Doolot", ""),
    ]
    text = as_text(digest_of(quiet(10), DETENTION))
    assert "Melis Tokoev: detained, 1 story\n" in text and "Aizada Doolot: 1 story\n" in text


def test_a_reporter_of_no_listed_name_stands_in_the_title_and_in_a_row_of_the_box():
    page = lay_out(digest_of(SUMMONS, DETENTION, SEARCH, held_story(RELEASE), REPORTERS))
    # Of more than four deeds one name of each kind stands there, and of more than three kinds the two gravest.
    assert page.title == ("Reported: Melis Tokoev and 1 more detained; Kirill Zhemerov released; 2 more events")
    assert lay_out(digest_of(DETENTION, SEARCH, held_story(RELEASE))).title == (
        "Reported: Melis Tokoev detained; Kirill Zhemerov released; Novaya Liniya searched"
    )
    # A searched newsroom is never counted where a summons is told.
    fine = story_of(PressAct.FINED, "A blogger was fined.", "A blogger", number=8)
    assert lay_out(digest_of(SUMMONS, DETENTION, SEARCH, fine)).title == (
        "Reported: Melis Tokoev detained; Novaya Liniya searched; 2 more events"
    )
    # Who is counted above has a row, and what the title has no room for.
    assert [(person.name, person.entity, person.deed, person.figures) for person in page.people] == [
        ("Melis Tokoev", "melis-tokoev", "detained", "1 story"),
        ("Kirill Zhemerov", "kirill-zhemerov", "released", "1 story"),
        ("Bektur Sapar uulu", "bektur-sapar-uulu", "summoned", "1 story"),
        ("Novaya Liniya", "novaya-liniya", "searched", "2 stories"),
        ("Journalists (not on the list)", "", "detained", "1 story"),
    ]
    # Who is on the list stands before others of the press, whatever was done to them.
    assert lay_out(digest_of(REPORTERS, SUMMONS)).title == (
        "Reported: Bektur Sapar uulu summoned; journalists (not on the list) detained"
    )
    # One row would repeat the title.
    assert lay_out(digest_of(REPORTERS)).people == ()
    assert lay_out(digest_of(REPORTERS)).title == "Reported: journalists (not on the list) detained"
    threat = story_of(PressAct.THREATENED, "A blogger was threatened.", "A blogger", number=8)
    assert lay_out(digest_of(threat, REPORTERS)).title == (
        "Reported: journalists (not on the list) detained; a journalist (not on the list) threatened"
    )


# ---- title, lines of names and tables are one list --------------------------------------------------------------------


def struck_story(number: int, act: PressAct, kind: VictimKind, name: str, verdict: Verdict | None) -> ReviewItem:
    """Return a story of an act against a name of the list, or without a name against somebody else."""
    words = name or "the victim"
    names = ((name, name, OUTLET if kind is VictimKind.OUTLET else PERSON),) if name else ()
    story = story_of(act, f"{words} suffered.", words, *names, names_of=name, kind=kind, number=number)
    return replace(story, verdict=verdict)


STRUCK = st.tuples(
    st.sampled_from(PressAct), st.sampled_from(VictimKind), st.sampled_from(["", "Asan Uson", "Novy Den"]),
    st.sampled_from([None, Verdict.RELEVANT, Verdict.NOT_RELEVANT]),
)  # fmt: skip


@given(st.lists(STRUCK, max_size=6))
@example([(PressAct.SEARCHED, VictimKind.OUTLET, "Novy Den", None), (PressAct.SUMMONED, VictimKind.PERSON, "", None)])
def test_no_act_that_stands_in_the_stories_is_missing_from_title_or_table(cases: list):
    items = [struck_story(number, *case) for number, case in enumerate(cases, start=1)]
    digest = digest_of(*items)
    report = lay_out_name_report(digest, None)
    title = lay_out(digest).title
    table = [line for _, lines in report.named for line in lines]
    for act, _, name, verdict in cases:
        word = ACT_WORDS[act].template
        is_told = verdict is not Verdict.NOT_RELEVANT
        assert not is_told or word in title or " more" in title
        rows = [line for line in table if line.name == name or not name]
        assert not is_told or any(word == deed.words for row in rows for deed in row.deeds)
        people = lay_out(digest).people
        assert people or " more" not in title
        assert not (is_told and people) or any(word in p.deed and (not name or p.name == name) for p in people)


def test_what_was_ruled_out_is_told_of_nobody():
    ruled_out = replace(DETENTION, verdict=Verdict.NOT_RELEVANT)
    page = lay_out(digest_of(ruled_out, SEARCH, quiet(10)))
    assert page.title == "Reported: Novaya Liniya searched"
    assert ("Melis Tokoev", "") in {(person.name, person.deed) for person in page.people}
    # Of a story it may be one name.
    hits = tuple(replace(h, verdict=Verdict.NOT_RELEVANT) if h.type is PERSON else h for h in DETENTION.hits)
    assert "Melis" not in lay_out(digest_of(replace(DETENTION, hits=hits, verdict=Verdict.RELEVANT), SEARCH)).title


def test_a_searched_newsroom_stands_among_the_names_and_other_outlets_do_not():
    page = lay_out(digest_of(SEARCH, DETENTION, SUMMONS))
    assert [(person.name, person.deed) for person in page.people] == [
        ("Melis Tokoev", "detained"), ("Bektur Sapar uulu", "summoned"), ("Novaya Liniya", "searched"),
    ]  # fmt: skip
    assert [person.name for person in lay_out(digest_of(DETENTION, SUMMONS)).people] == [
        "Melis Tokoev", "Bektur Sapar uulu",
    ]  # fmt: skip


MELIS_SUMMONED = story_of(
    PressAct.SUMMONED, "Melis Tokoev was summoned.", "Melis Tokoev",
    ("Melis Tokoev", "Melis Tokoev", PERSON), names_of="Melis Tokoev", number=9,
)  # fmt: skip


def test_a_card_and_a_row_of_the_box_list_the_acts_in_the_order_of_the_title():
    (detention,) = held_story("The cameraman Kirill Zhemerov was detained.").hits[-1].mentions
    (summoned, *names) = (
        story_of(
            PressAct.SUMMONED, "The cameraman Kirill Zhemerov was summoned.", "cameraman Kirill Zhemerov",
            ("Kirill Zhemerov", "Kirill Zhemerov", PERSON), names_of="Kirill Zhemerov", number=5,
        ).hits[::-1]
    )  # fmt: skip
    both = item(5, held_story(RELEASE).articles, [*names, replace(summoned, mentions=(*summoned.mentions, detention))])
    page = lay_out(digest_of(both, quiet(10)))
    assert page.title == "Reported: Kirill Zhemerov detained; Kirill Zhemerov summoned"
    assert page.people[0].deed == "detained, summoned"
    assert [str(words).split()[1] for words in page.sections[0].cards[0].incidents] == ["detained", "summoned"]
    of_one_sentence = Incident((PressAct.SUMMONED, PressAct.DETAINED), VictimKind.PERSON)
    assert str(of_one_sentence.in_words("a reporter")) == "detained, summoned · a reporter"


def test_two_who_were_detained_in_one_story_are_both_told():
    both = item(4, [*DETENTION.articles, *held_story(RELEASE).articles], [*DETENTION.hits, *held_story(RELEASE).hits])
    assert lay_out(digest_of(both)).title == ("Reported: Melis Tokoev detained; Kirill Zhemerov released")


@pytest.mark.parametrize("verdict", [None, Verdict.RELEVANT])
def test_a_report_has_the_name_of_everybody_of_one_act_for_which_a_title_has_no_room(verdict: Verdict | None):
    names = ["Asan Uson", "Bek Bolot", "Cholpon Arzyeva", "Daniyar Esen", "Emil Kadyr"]
    stories = [
        story_of(PressAct.DETAINED, f"Police detained {name}, a reporter.", name, (name, name, PERSON), names_of=name, number=n)
        for n, name in enumerate(names, start=20)
    ]  # fmt: skip
    digest = digest_of(*(replace(story, verdict=verdict) for story in stories), replace(SUMMONS, verdict=verdict))
    ((_, lines),) = lay_out_name_report(digest, None).named
    detained = DeedWords("detained", "24 Nov", is_reviewed=bool(verdict))
    assert {line.name for line in lines if line.deeds == (detained,)} == {*names}
    title = lay_out(digest).title.removeprefix("Reported: ")
    assert title == "Asan Uson and 4 more detained; Bektur Sapar uulu summoned"


def test_an_unreviewed_summons_stands_beside_a_reviewed_detention_of_one_person():
    detained = replace(DETENTION, verdict=Verdict.RELEVANT)
    report = lay_out_name_report(digest_of(detained, MELIS_SUMMONED), None)
    assert report.named[0][1][0].deeds == (
        DeedWords("detained", "24 Nov", is_reviewed=True),
        DeedWords("summoned", "24 Nov, not yet reviewed", is_reviewed=False),
    )


def test_a_victim_without_a_name_has_the_one_that_the_story_names_beside_it():
    words = "A blogger was summoned over the price of onions."
    bektur = hit(
        "Bektur Sapar uulu", "A channel about prices is run by Bektur Sapar uulu.", "Bektur Sapar uulu", where=2
    )
    unnamed = story_of(PressAct.SUMMONED, words, "A blogger", number=2)
    (card,) = lay_out(digest_of(replace(unnamed, hits=(*unnamed.hits, bektur)))).sections[0].cards
    assert [*map(str, card.incidents)] == ["Reported: summoned · a journalist (the story names Bektur Sapar uulu)"]
    # In the box and in tables it is in the row of that person, who may be another.
    digest = digest_of(replace(unnamed, hits=(*unnamed.hits, bektur)), DETENTION)
    assert [(p.name, p.deed) for p in lay_out(digest).people] == [
        ("Melis Tokoev", "detained"), ("Bektur Sapar uulu", "summoned (a journalist, no name given)"),
    ]  # fmt: skip
    named = dict(lay_out_name_report(digest, None).named)
    assert "Others of the press" not in named and {
        line.name: [deed.words for deed in line.deeds] for line in named["Persons"]
    } == {"Melis Tokoev": ["detained"], "Bektur Sapar uulu": ["summoned (a journalist, no name given)"]}
    # Of two it may be either, and who is named in the words for the victim is somebody else.
    melis = hit("Melis Tokoev", "Of that, the reporter there was told by Melis Tokoev.", "Melis Tokoev", where=2)
    named = story_of(PressAct.SUMMONED, words, "A blogger", names_of="Asan Uson", number=2)
    for story, hits in ((unnamed, (bektur, melis)), (named, (bektur,))):
        (card,) = lay_out(digest_of(replace(story, hits=(*story.hits, *hits)))).sections[0].cards
        assert "the story names" not in card.incidents[0].words


def test_each_of_several_people_of_one_act_has_its_own_day():
    digest = digest_of(DETENTION, held_story("The cameraman Kirill Zhemerov was detained."), SUMMONS)
    days = {DETENTION.id: "20 Nov", 5: "22 Nov", SUMMONS.id: "23 Nov"}
    assert deeds_in_words(digest, deeds_of(digest, digest.news), days) == (
        "Melis Tokoev (20 Nov), Kirill Zhemerov (22 Nov) detained; Bektur Sapar uulu summoned (23 Nov)"
    )


def test_outlets_of_one_act_are_named_and_further_ones_counted():
    closed = [struck_story(n, PressAct.CLOSED, VictimKind.OUTLET, f"Outlet {n}", None) for n in range(1, 5)]
    assert lay_out(digest_of(*closed)).title == "Reported: Outlet 1, Outlet 2 and 2 more closed down"


# ---- the report of a name -------------------------------------------------------------------------------------------


def test_a_report_of_a_name_says_what_was_done_before_all_else():
    melis = Entity("melis-tokoev", "Melis Tokoev", PERSON)
    scoped = within_scope(digest_of(DETENTION, SEARCH, SUMMONS).input, Scope(names=(melis.id,))).items
    own_stories = [replace(story, verdict=Verdict.RELEVANT) for story in scoped]
    report = lay_out_name_report(digest_of(*own_stories), melis)
    assert report.leads == (("Reviewed:", "detained (24 Nov)."),)
    page = name_report_as_html(report)
    assert page.index("<b>Reviewed:</b> detained (24 Nov).") < page.index("Reviewed stories, oldest first")
    unreviewed = lay_out_name_report(digest_of(*(replace(story, verdict=None) for story in own_stories)), melis)
    assert unreviewed.leads == (("Not yet reviewed:", "detained (24 Nov)."),)
    # What was done to somebody else, and what was ruled out, is not told of the name.
    somebody = Entity("novaya-liniya", "Novaya Liniya", OUTLET)
    ruled_out = [replace(story, verdict=Verdict.NOT_RELEVANT) for story in own_stories]
    for story in (
        lay_out_name_report(digest_of(*own_stories), somebody),
        lay_out_name_report(digest_of(*ruled_out), melis),
    ):
        assert "detained" not in f"{story.leads} {story.summary}"


def test_the_mailed_report_tells_the_same_deeds_as_the_one_to_hand_on():
    older = replace(SUMMONS, articles=tuple(replace(a, older=True) for a in SUMMONS.articles))
    before = replace(SEARCH, articles=tuple(replace(a, older=True, published=at(20, "12:00")) for a in SEARCH.articles))
    digest = digest_of(DETENTION, older, before)
    assert [len(stories) for stories in (digest.new, digest.older)] == [1, 2]
    deeds = "Melis Tokoev detained (24 Nov); Bektur Sapar uulu summoned (24 Nov)"
    mailed = lay_out_report(digest)
    assert mailed.title == f"2 events reported: {deeds}"
    lines = [line for _, of_kind in lay_out_name_report(digest, None).named for line in of_kind]
    assert [(line.name, deed.words, deed.days) for line in lines for deed in line.deeds] == [
        ("Melis Tokoev", "detained", "24 Nov"), ("Bektur Sapar uulu", "summoned", "24 Nov"),
    ]  # fmt: skip
    # What was published before the period happened in none of its days; and of the day only its news is told.
    assert [(person.name, person.deed) for person in mailed.people][:2] == [
        ("Melis Tokoev", "detained"), ("Bektur Sapar uulu", "summoned"),
    ]  # fmt: skip
    assert not any(person.deed == "searched" for person in mailed.people)
    assert lay_out(digest).title == "Reported: Melis Tokoev detained"


def test_a_report_of_a_name_tells_each_act_once_and_what_is_not_reviewed_apart():
    melis = Entity("melis-tokoev", "Melis Tokoev", PERSON)
    detained = replace(DETENTION, verdict=Verdict.RELEVANT)
    told_twice = replace(DETENTION, id=8)
    report = lay_out_name_report(digest_of(detained, told_twice), melis)
    assert report.leads == (("Reviewed:", "detained (24 Nov)."),)
    report = lay_out_name_report(digest_of(detained, MELIS_SUMMONED), melis)
    assert report.leads == (("Reviewed:", "detained (24 Nov)."), ("Not yet reviewed:", "summoned (24 Nov)."))


def test_a_report_gives_a_detention_and_a_release_their_own_days():
    melis = Entity("melis-tokoev", "Melis Tokoev", PERSON)
    sentences = DETENTION_OF_MELIS, "The journalist Melis Tokoev was detained and later released."
    detained, released = (
        replace(story_with(sentence, number, "09:00", PressAct.DETAINED), verdict=Verdict.RELEVANT)
        for number, sentence in enumerate(sentences, 8)
    )
    report = lay_out_name_report(digest_of(detained, released), melis)
    assert report.leads == (("Reviewed:", "released (24 Nov)."),)
    morning = tuple(replace(a, published=at(25, "07:00"), first_seen=at(25, "07:00")) for a in released.articles)
    report = lay_out_name_report(digest_of(detained, replace(released, articles=morning)), melis)
    assert report.leads == (("Reviewed:", "detained (24 Nov); released (25 Nov)."),)


def test_a_follow_up_that_names_others_than_the_first_report_is_told():
    earlier = replace(SUMMONS.articles[0], filed=at(20, "12:00"), first_seen=at(20, "12:00"))
    follow_up = article(50, "Outlet 50", "Two colleagues speak.", at(24, "13:00"), "en")
    colleagues = [hit(name, f"{name} spoke.", name, where=50) for name in ("Aizada Doolot", "Melis Tokoev")]
    page = lay_out(digest_of(item(2, [earlier, follow_up], [*SUMMONS.hits, *colleagues])))
    assert {person.name for person in page.people} == {"Aizada Doolot", "Melis Tokoev"}


def test_a_table_of_which_nothing_is_reviewed_says_so_once():
    doubtful, reviewed = (
        lay_out_name_report(digest_of(replace(DETENTION, verdict=verdict), SUMMONS, SEARCH), None)
        for verdict in (None, Verdict.RELEVANT)
    )
    for form in (name_report_as_html, name_report_as_text):
        text = " ".join(form(doubtful).split())
        assert "What happened, not yet reviewed" in text and "Nov, not yet reviewed)" not in text
        text = " ".join(form(reviewed).split())
        assert "What happened, not yet reviewed" not in text and text.count("(24 Nov, not yet reviewed)") == 2
    # Without any deed there is none to doubt.
    assert "What happened, not yet reviewed" not in name_report_as_html(lay_out_name_report(digest_of(quiet(10)), None))


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("en", "Reported: Melis Tokoev, Kirill Zhemerov detained; Bektur Sapar uulu summoned"),
        (
            "ru",
            "Сообщают: Melis Tokoev, Kirill Zhemerov\N{NO-BREAK SPACE}— задержание; Bektur Sapar uulu\N{NO-BREAK SPACE}— официальный вызов",
        ),
        (
            "ky",
            "Кабарларга ылайык: Melis Tokoev, Kirill Zhemerov\N{NO-BREAK SPACE}— кармоо; Bektur Sapar uulu\N{NO-BREAK SPACE}— чакыртуу",
        ),
    ],
)
def test_a_title_is_a_sentence_of_its_language(language: str, title: str):
    detention = held_story("The cameraman Kirill Zhemerov was detained.")
    assert lay_out(replace(digest_of(DETENTION, detention, SUMMONS), language=language)).title == title
