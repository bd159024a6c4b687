"""What was done to whom: the names of the list in place of the words of a text, and the gravest first."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kit.digests import article, at, hit, item
from messages.press_stories import (
    DETENTION,
    DETENTION_OF_MELIS,
    OUTLET,
    PERSON,
    SEARCH,
    SUMMONS,
    digest_of,
    merged_story,
    quiet,
    story_of,
    story_with,
)
from monitor.messages.content.layout import lay_out
from monitor.messages.content.reports.name_report import lay_out_name_report
from monitor.messages.content.reports.named import DeedWords
from monitor.model import (
    Confidence,
    Entity,
    EntityType,
    Field,
    ItemHit,
    Passage,
    PressAct,
    ReviewItem,
    Scope,
    Span,
    State,
    Verdict,
    VictimKind,
)
from monitor.review.scope import with_local_names, within_scope
from monitor.text.lead import lead_article, lead_sentence, news_sentence


@pytest.mark.parametrize(
    ("story", "words"),
    [
        (SEARCH, "searched · a newsroom, Novaya Liniya"),
        (DETENTION, "detained · a journalist, Melis Tokoev"),
        (SUMMONS, "summoned · a journalist, Bektur Sapar uulu"),
        # Who stands beside a victim with another name did not suffer; what the list has not keeps the words of the text.
        (
            story_of(
                PressAct.DETAINED, "Melis Tokoev, reporter Aibek Stranger was held.", "reporter Aibek Stranger",
                ("Melis Tokoev", "Melis Tokoev", PERSON), names_of="Aibek Stranger",
            ),
            "detained · a journalist, Aibek Stranger",
        ),
        (
            story_of(
                PressAct.DETAINED, "Melis Tokoev said a reporter was held.", "reporter",
                ("Melis Tokoev", "Melis Tokoev", PERSON),
            ),
            "detained · a journalist",
        ),
    ],
)  # fmt: skip
def test_who_suffered_has_the_name_of_the_list_and_nobody_else_has(story: ReviewItem, words: str):
    (incident,) = story.incidents
    assert incident.in_words() == words


def test_of_articles_that_tell_one_act_one_that_names_the_person_is_told():
    outlet_alone = story_of(
        PressAct.DETAINED, "Репортёра Новой линии задержали.", "Репортёра Новой линии",
        ("Novaya Liniya", "Новой линии", OUTLET), names_of="Новой линии", number=9,
    )  # fmt: skip
    both = item(9, [*outlet_alone.articles, *DETENTION.articles], [*outlet_alone.hits, *DETENTION.hits])
    assert [m.in_words() for m in both.incidents] == ["detained · a journalist, Melis Tokoev"]


def test_what_a_line_tells_with_more_is_not_told_again():
    acts = PressAct.SUMMONED, PressAct.CHARGED
    whole = SUMMONS.hits[-1]
    (mention,) = whole.mentions
    incident = replace(mention.mention.incident, acts=acts)  # type: ignore[type-var]
    both = replace(whole, mentions=(mention, replace(mention, mention=replace(mention.mention, incident=incident))))
    incidents = replace(SUMMONS, hits=(*SUMMONS.hits[:-1], both)).incidents
    assert [m.mention.incident.acts for m in incidents] == [acts]  # type: ignore[union-attr]
    # Of somebody else the same act is told by itself.
    of_two = replace(SUMMONS, hits=(*DETENTION.hits[:-1], *SUMMONS.hits, DETENTION.hits[-1]))
    assert len(of_two.incidents) == 2


def test_a_watched_person_whom_an_article_does_not_call_the_press_suffered_too():
    def told_with_name(story: ReviewItem) -> ReviewItem:
        """Return the story with what was done told with the name alone."""
        name, *_, press = story.hits
        incident = replace(press.mentions[0].mention.incident, role="", names="")  # type: ignore[type-var]
        named = (replace(m, mention=replace(m.mention, incident=incident)) for m in name.mentions)
        return replace(story, hits=(replace(name, mentions=tuple(named)),))

    story = told_with_name(DETENTION)
    page = lay_out(digest_of(story))
    assert page.title == "Reported: Melis Tokoev detained"
    assert [str(m) for card in page.sections[0].cards for m in card.incidents] == ["Reported: detained · Melis Tokoev"]
    # Told of both ways it is one act, and whoever may not see the name hears nothing of it.
    (name,) = story.hits
    (both,) = replace(story, hits=(name, *DETENTION.hits[1:])).incidents
    assert both.in_words() == "detained · a journalist, Melis Tokoev"
    assert replace(story, hits=(replace(name, confidence=Confidence.POSSIBLE, mentions=()),)).incidents == ()


def test_a_name_is_that_of_the_reader():
    (incident,) = SUMMONS.incidents
    assert incident.in_words(lambda one: {"bektur-sapar-uulu": "Бектур Сапар уулу"}[one.entity]).endswith(
        "Бектур Сапар уулу"
    )


@pytest.mark.parametrize("scope", [Scope(), Scope(names=("bektur-sapar-uulu",))])
def test_an_act_has_the_readers_name_also_where_a_recipient_gets_some_names_only(scope: Scope):
    names = {"bektur-sapar-uulu": "Бектур Сапар уулу"}
    (story,) = with_local_names(within_scope(digest_of(SUMMONS).input, scope), names, ()).items
    page = lay_out(digest_of(story, quiet(10)))
    assert str(page.sections[0].cards[0].incidents[0]) == "Reported: summoned · a journalist, Бектур Сапар уулу"
    assert "Bektur" not in f"{page.title} {page.people}" and "Бектур Сапар уулу" in f"{page.title} {page.people}"


def test_a_possible_or_removed_name_is_no_victim():
    for change in ({"confidence": Confidence.POSSIBLE}, {"removed": True}):
        hits = tuple(h if h.type is EntityType.PRESS else replace(h, **change) for h in SUMMONS.hits)  # type: ignore[arg-type]
        assert not replace(SUMMONS, hits=hits).incidents[0].victims


def test_the_title_tells_what_was_done_to_people_first_and_the_gravest_first():
    page = lay_out(digest_of(SUMMONS, SEARCH, DETENTION))
    assert page.title == "Reported: Melis Tokoev detained; Bektur Sapar uulu summoned; Novaya Liniya searched"
    assert [card.item for card in page.sections[0].cards] == [4, 2, 3]


def test_an_outlet_was_not_detained_with_its_reporter():
    nameless = replace(DETENTION, hits=tuple(h for h in DETENTION.hits if h.type is not PERSON))
    page = lay_out(digest_of(nameless))
    assert page.title == "Reported: a journalist of Novaya Liniya detained" and not page.people


@pytest.mark.parametrize(("prizes", "in_full"), [(4, 7), (5, 3), (40, 3)])
def test_prizes_are_told_in_brief_where_not_all_have_room(prizes: int, in_full: int):
    page = lay_out(digest_of(SUMMONS, SEARCH, DETENTION, *(quiet(number) for number in range(10, 10 + prizes))))
    items_in_full = {card.item for section in page.sections for card in section.cards}
    assert len(items_in_full) == in_full and {2, 3, 4} <= items_in_full


def test_the_numbers_are_a_sum_that_ends_in_what_waits():
    assert lay_out(digest_of(SUMMONS, SEARCH, waiting=2)).opening == ("2 not yet reviewed: 2 new.",)
    before = digest_of(SUMMONS, waiting=3, oldest_waiting=at(20, "09:00"))
    assert lay_out(before).opening == ("3 not yet reviewed: 1 new, 2 from before (since Fri 20 Nov).",)
    # Where the queue has less than the day, somebody decided meanwhile: then there is no sum.
    assert "not yet reviewed" not in " ".join(lay_out(digest_of(SUMMONS, SEARCH, waiting=1)).opening)
    assert "not yet reviewed" not in " ".join(lay_out(digest_of(SUMMONS, waiting=None)).opening)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"verdict": Verdict.RELEVANT, "state": State.FOLLOW_UP}, "1 new, 1 follow-up"),  # it came back within the day
        ({"verdict": Verdict.UNSURE}, "1 new, 1 asked"),
        ({}, "2 new"),
    ],
)
def test_what_waits_is_counted_as_the_queue_counts_it(changed: dict, words: str):
    assert lay_out(digest_of(SUMMONS, replace(SEARCH, **changed), waiting=2)).opening == (
        f"2 not yet reviewed: {words}.",
    )


def follow_up_of(before: str, news: str) -> ReviewItem:
    """Return a story of an earlier article, and of one of today that tells these words."""
    earlier, today = (
        story_with(words, number, "12:00", PressAct.DETAINED) for number, words in ((8, before), (9, news))
    )
    old_articles = tuple(replace(a, filed=at(20, "12:00"), first_seen=at(20, "12:00")) for a in earlier.articles)
    return merged_story(replace(earlier, articles=old_articles), today)


def test_a_title_tells_of_a_follow_up_only_what_its_story_did_not_tell_before():
    released = "The journalist Melis Tokoev was detained and later released."
    told_again = digest_of(follow_up_of(DETENTION_OF_MELIS, DETENTION_OF_MELIS), SUMMONS)
    assert [len(stories) for stories in (told_again.new, told_again.follow_up)] == [1, 1]
    page = lay_out(told_again)
    assert page.title == "Reported: Bektur Sapar uulu summoned"
    assert [(line.name, line.deed) for line in page.people] == [("Bektur Sapar uulu", "summoned"), ("Melis Tokoev", "")]
    gone_further = lay_out(digest_of(follow_up_of(DETENTION_OF_MELIS, released), SUMMONS)).title
    assert gone_further == "Reported: Melis Tokoev released; Bektur Sapar uulu summoned"
    # Alone it is counted as what it is.
    single_story = digest_of(follow_up_of(DETENTION_OF_MELIS, DETENTION_OF_MELIS))
    assert lay_out(single_story).title == "1 follow-up: Melis Tokoev"


def test_a_report_begins_with_what_was_done_to_the_name_reviewed_or_not():
    articles, hits = ((*getattr(SUMMONS, part), *getattr(DETENTION, part)) for part in ("articles", "hits"))
    both = item(4, articles, hits, verdict=Verdict.RELEVANT)
    whole = digest_of(both, SEARCH)
    people, outlets = (lines for _, lines in lay_out_name_report(whole, None).named)
    assert [(line.name, line.deeds[0].words) for line in people] == [
        ("Melis Tokoev", "detained"), ("Bektur Sapar uulu", "summoned"),
    ]  # fmt: skip
    assert outlets[0].deeds == (DeedWords("searched", "24 Nov, not yet reviewed", is_reviewed=False),)
    melis = Entity("melis-tokoev", "Melis Tokoev", PERSON)
    (own_item, *_) = within_scope(whole.input, Scope(names=(melis.id,))).items
    report = lay_out_name_report(digest_of(replace(own_item, verdict=Verdict.RELEVANT)), melis)
    assert report.leads == (("Reviewed:", "detained (24 Nov)."),)
    ((_, (event,)),) = report.parts
    assert [*map(str, event.card.incidents)] == ["Detained"]  # below the name, whose profession its page has
    assert lay_out_name_report(digest_of(own_item), melis).leads == (("Not yet reviewed:", "detained (24 Nov)."),)


# ---- the sentence that is shown with it -----------------------------------------------------------------------------

OTHER_SENTENCE = "Chief editor Melis Tokoev said that the court order had no date."


def with_other_sentence() -> ReviewItem:
    """Return the custody, of which another sentence names the person by the name of the list and scores higher."""
    (best,) = hit("Melis Tokoev", OTHER_SENTENCE, "Melis Tokoev", where=4).mentions
    best = replace(best, mention=replace(best.mention, score=99.0))
    hits = tuple(replace(h, mentions=(best, *h.mentions)) if h.type is PERSON else h for h in DETENTION.hits)
    return replace(DETENTION, hits=hits)


def shifted(span: Span, by: int) -> Span:
    return Span(span.start + by, span.end + by)


def shown_sentence(story: ReviewItem) -> str:
    sentence = lead_sentence(story, story.articles[0])
    return sentence.text if sentence else ""


def test_the_sentence_below_a_headline_is_the_one_that_holds_the_act_that_is_shown():
    sentence = DETENTION.hits[-1].mentions[0].sentence
    assert shown_sentence(with_other_sentence()) == sentence
    # What an article brought is chosen in the same way.
    passage = Passage(Field.TEXT, Span(500, 500 + len(OTHER_SENTENCE)), OTHER_SENTENCE)
    second_article = article(5, "Post", "Later.", at(24, "13:00"), "en",
                    own_sentences=(passage, Passage(Field.TEXT, Span(0, len(sentence)), sentence)))  # fmt: skip
    mentions = [(h, m, 500 * (m.sentence == OTHER_SENTENCE)) for h in with_other_sentence().hits for m in h.mentions]
    moved = [
        replace(h, mentions=(replace(m, article=5, mention=replace(m.mention, span=shifted(m.mention.span, by))),))
        for h, m, by in mentions
    ]
    brought = replace(DETENTION, articles=(*quiet(1).articles, second_article), hits=tuple(moved))
    assert lead_sentence(brought, second_article).text == sentence  # type: ignore[union-attr]


def moved(one: ItemHit, by: int) -> ItemHit:
    """Return a hit at another place of the article 4."""
    mentions = (
        replace(m, article=4, mention=replace(m.mention, span=shifted(m.mention.span, by))) for m in one.mentions
    )
    return replace(one, mentions=tuple(mentions))


def brought_by(story: ReviewItem, headline: str, *brought: str) -> ReviewItem:
    """Return a story whose second article, with all that it tells, brought these sentences to it."""
    passages = [Passage(Field.TEXT, Span(900 * n, 900 * n + len(text)), text) for n, text in enumerate(brought, 1)]
    second = article(5, "Post", headline, at(24, "13:00"), "en", own_sentences=tuple(passages))
    hits = [replace(h, mentions=tuple(replace(m, article=5) for m in h.mentions)) for h in story.hits]
    return replace(story, articles=(*quiet(1).articles, second), hits=tuple(hits))


def test_a_sentence_that_an_article_brought_never_hides_the_act_that_is_shown():
    sentence = DETENTION.hits[-1].mentions[0].sentence
    story = brought_by(with_other_sentence(), "Later.", "The flight left without him.")
    assert lead_sentence(story, story.articles[1]).text == sentence  # type: ignore[union-attr]
    # Where the headline says it, what is new stands below if it names somebody; of a story that came back all of it.
    told_above = brought_by(with_other_sentence(), sentence, "The flight left without him.")
    below = lead_sentence(told_above, told_above.articles[1])
    assert below and below.text == "Chief editor Melis Tokoev said that the court order had no date."
    came_back = news_sentence(told_above, told_above.articles[1], told_above.articles[0])
    assert came_back and came_back.text == "The flight left without him."


def test_of_several_acts_the_sentence_holds_the_gravest_done_to_a_person_of_the_list():
    photographer = story_of(PressAct.BEATEN, "A photographer was beaten there.", "A photographer")
    names, acts = [], []
    for place, one in enumerate((photographer, SEARCH, SUMMONS, DETENTION)):
        *named, act = (moved(h, 1000 * place) for h in one.hits)
        names += named
        acts.append(act)
    while acts:
        merged = replace(acts[0], mentions=tuple(m for act in acts for m in act.mentions))
        story = replace(DETENTION, hits=(*names, merged))
        # A person's gravest act, then a person's, then an outlet's, then that of others.
        assert shown_sentence(story) == acts.pop().mentions[0].sentence


def test_of_equal_articles_the_one_that_tells_the_act_stands_for_the_story():
    newer_article = article(5, "Post", "Another headline.", at(24, "18:00"), "en")
    names = [replace(h, mentions=(*h.mentions, replace(h.mentions[0], article=5))) for h in DETENTION.hits[:-1]]
    story = replace(DETENTION, articles=(*DETENTION.articles, newer_article), hits=(*names, DETENTION.hits[-1]))
    assert lead_article(story, "en").id == 4
    assert lead_article(replace(story, hits=tuple(names)), "en").id == 5
    # The reader's language goes before the act, and so does an article of one's own before a copy.
    own_language = replace(newer_article, language="ky")
    assert lead_article(replace(story, articles=(story.articles[0], own_language)), "ky").id == 5
    copied = replace(story.articles[0], copy_of=5)
    assert lead_article(replace(story, articles=(copied, newer_article)), "en").id == 5


def test_an_act_of_somebody_whom_the_reader_may_not_see_chooses_no_sentence():
    both = replace(with_other_sentence(), hits=(*with_other_sentence().hits, *SUMMONS.hits))
    hits = tuple(moved(h, 0 if h in with_other_sentence().hits else 1000) for h in both.hits)
    story = replace(both, hits=hits)
    assert shown_sentence(story) == DETENTION.hits[-1].mentions[0].sentence
    bektur = Scope(names=("bektur-sapar-uulu",))
    (narrowed,) = within_scope(digest_of(story).input, bektur).items
    assert shown_sentence(narrowed) == SUMMONS.hits[-1].mentions[0].sentence
    without_act = replace(story, hits=tuple(h for h in hits if h.type is not EntityType.PRESS))
    (quiet_item,) = within_scope(digest_of(without_act).input, bektur).items
    assert shown_sentence(quiet_item) == SUMMONS.hits[0].mentions[0].sentence


def test_an_act_that_is_not_shown_or_only_in_the_headline_chooses_no_sentence():
    *names, act = with_other_sentence().hits
    (mention,) = act.mentions
    for change in (
        {"removed": True},
        {"mentions": (replace(mention, mention=replace(mention.mention, field=Field.TITLE)),)},
        {"mentions": (replace(mention, mention=replace(mention.mention, confidence=Confidence.POSSIBLE)),)},
        {"mentions": (replace(mention, article=99),)},
    ):
        assert shown_sentence(replace(DETENTION, hits=(*names, replace(act, **change)))) == OTHER_SENTENCE
    # The same act, done to somebody else, as this article tells it.
    second_article = article(5, "Post", "Later.", at(24, "13:00"), "en")
    elsewhere = replace(act, mentions=(mention, replace(mention, article=5, sentence="A reporter was held in June.")))
    named = [replace(h, mentions=tuple(replace(m, article=5) for m in h.mentions)) for h in names if h.type is PERSON]
    story = replace(
        DETENTION, articles=(*DETENTION.articles, second_article), hits=(*DETENTION.hits[:-1], *named, elsewhere)
    )
    assert lead_sentence(story, second_article).text == OTHER_SENTENCE  # type: ignore[union-attr]
    title = replace(DETENTION.articles[0], headline=mention.sentence)
    assert shown_sentence(replace(with_other_sentence(), articles=(title,))) == OTHER_SENTENCE


@pytest.mark.parametrize(
    ("names", "marks"),
    [
        ((("Melis Tokoev", "Melis Tokoev", PERSON),), ["Melis Tokoev"]),
        ((("KOS", "KOS", EntityType.ORGANIZATION), ("Melis Tokoev", "Melis Tokoev", PERSON)), ["Melis Tokoev", "KOS"]),
        ((), ["reporter Melis Tokoev"]),
    ],
)
def test_names_are_marked_and_where_none_is_the_words_for_whom_the_act_struck(
    names: tuple[tuple[str, str, EntityType], ...], marks: list[str]
):
    story = story_of(PressAct.DETAINED, "The reporter Melis Tokoev was held by KOS.", "reporter Melis Tokoev", *names)
    sentence = lead_sentence(story, story.articles[0])
    assert [part.text for part in sentence.parts if part.is_mention] == marks  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("sentences", "shown"),
    [
        # A text begins with what happened: how exactly a later sentence has the name makes it no better.
        (("Суд оставил Токоева Мелиса под стражей.", "Мелис Токоев вину не признаёт."), 0),
        (("Melis Tokoev returned to the court.", "Melis Tokoev denies it."), 0),
        (("Tokoev was late.", "Melis Tokoev denies it."), 1),  # a surname alone is less sure
    ],
)
def test_the_first_of_sentences_that_name_somebody_as_surely_is_shown(sentences: tuple[str, str], shown: int):
    scores = {"Tokoev": 80.0, "Токоева Мелиса": 99.0}
    mentions = []
    for place, (sentence, score) in enumerate(zip(sentences, (0.0, 100.0), strict=True)):
        words = next(w for w in ("Токоева Мелиса", "Мелис Токоев", "Melis Tokoev", "Tokoev") if w in sentence)
        (one,) = hit("Melis Tokoev", sentence, words, where=4).mentions
        span = Span(one.mention.span.start + 100 * place, one.mention.span.end + 100 * place)
        mentions.append(replace(one, mention=replace(one.mention, span=span, score=score or scores.get(words, 100.0))))
    named = replace(hit("Melis Tokoev", sentences[0], "", where=4), mentions=tuple(reversed(mentions)))
    story = item(4, [article(4, "Post", "A day in court", at(24, "12:00"), "en")], [named])
    sentence = lead_sentence(story, story.articles[0])
    assert sentence and sentence.text == sentences[shown]


def test_beside_the_one_name_whom_it_struck_no_word_more_says_who_it_was():
    (detained,), (searched,) = DETENTION.incidents, SEARCH.incidents
    assert detained.in_words(without=["melis-tokoev"]) == "detained"
    assert searched.in_words(without=["novaya-liniya"]) == "searched"
    # Beside several names it says which of them, beside another to whom; and of several people one is not all.
    assert detained.in_words(without=["melis-tokoev", "kos"]) == "detained · a journalist"
    assert detained.in_words(without=["kos"]) == "detained · a journalist, Melis Tokoev"
    assert detained.mention.incident
    several = replace(detained.mention.incident, victim_kind=VictimKind.GROUP)
    group = replace(detained, mention=replace(detained.mention, incident=several))
    assert group.in_words(without=["melis-tokoev"]) == "detained · journalists"
