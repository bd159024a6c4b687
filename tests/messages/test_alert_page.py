"""The page of an alert: the story with which its title begins comes first, whatever its section, and where to judge."""

from __future__ import annotations

from dataclasses import replace
from html import unescape

import pytest

from kit.digests import article, at, hit, item
from messages.press_stories import DETENTION, SUMMONS, digest_of, press, quiet
from monitor.messages.composer import with_acts_before
from monitor.messages.content.alert_page import lay_out_alert
from monitor.messages.content.layout import lay_out
from monitor.messages.content.layout import subject as daily_subject
from monitor.messages.content.render import page_as_html, page_as_text
from monitor.model import (
    Change,
    EntityType,
    Finding,
    Incident,
    ItemHit,
    PressAct,
    ReviewItem,
    State,
    Verdict,
    VictimKind,
)

DESK = "https://desk.example"


def followed_up(story: ReviewItem) -> ReviewItem:
    """Return a story that began before the window."""
    began = replace(story.articles[0], id=90, filed=at(20, "12:00"), first_seen=at(20, "12:00"))
    return replace(story, articles=(began, *story.articles))


def order_of(*stories: ReviewItem) -> list[int]:
    return [card.item for section in lay_out_alert(digest_of(*stories)).sections for card in section.cards]


def test_the_story_with_which_the_title_begins_comes_first_also_as_a_follow_up():
    page = lay_out_alert(digest_of(quiet(10), followed_up(DETENTION)))
    assert page.title == "Reported: Melis Tokoev detained"
    assert [section.title for section in page.sections] == ["FOLLOW-UP to a story you know", "NEW"]
    assert order_of(quiet(10), followed_up(DETENTION)) == [4, 10]
    assert order_of(followed_up(SUMMONS), DETENTION) == [4, 2]
    assert order_of(SUMMONS, followed_up(DETENTION), quiet(10)) == [4, 2, 10]


@pytest.mark.parametrize("graver", [DETENTION, SUMMONS])
def test_what_the_title_does_not_tell_turns_no_order_round(graver: ReviewItem):
    # A follow-up of which nothing is told, and a change of an earlier story, which is no news.
    follow_up = article(50, "Outlet 50", "Colleagues speak.", at(24, "13:00"), "en")
    earlier = replace(quiet(10).articles[0], filed=at(20, "12:00"), first_seen=at(20, "12:00"))
    spoke = hit("Aizada Doolot", "Aizada Doolot spoke.", "Aizada Doolot", where=50)
    assert order_of(item(10, [earlier, follow_up], [spoke]), quiet(11)) == [11, 10]
    finding = Finding(Change.SENTENCE, "One ball", "Two balls", article=90, version=2, found=at(24, "21:00"))
    old = replace(graver.articles[0], id=90, filed=at(20, "12:00"), first_seen=at(20, "12:00"), findings=(finding,))
    changed = replace(graver, id=7, articles=(old,))
    assert order_of(changed, quiet(11)) == [11, 7]


def changed_story(kind: Change, number: int, name: str) -> ReviewItem:
    finding = Finding(
        kind, "held" * (kind is not Change.GONE), "questioned", article=90, version=2, found=at(24, "21:00")
    )
    early = replace(
        quiet(10).articles[0], id=90, filed=at(20, "12:00"), first_seen=at(20, "12:00"), findings=(finding,)
    )
    return item(number, [early], [hit(name, f"{name} was held.", name, where=90)])


def test_a_title_names_whom_an_earlier_story_with_another_wording_is_about():
    reworded = [changed_story(Change.SENTENCE, 20 + n, name) for n, name in enumerate(("Aida", "Bermet", "Cholpon"))]
    assert lay_out_alert(digest_of(reworded[0])).title == "Aida: wording changed"
    assert lay_out_alert(digest_of(SUMMONS, *reworded[:2])).title == (
        "Reported: Bektur Sapar uulu summoned; Aida, Bermet: wording changed"
    )
    assert lay_out_alert(digest_of(*reworded)).title == "Aida, Bermet and 1 more: wording changed"
    title = lay_out_alert(replace(digest_of(SUMMONS, reworded[0]), language="ru")).title
    assert (
        title
        == "Сообщают: Bektur Sapar uulu\N{NO-BREAK SPACE}— официальный вызов; Aida\N{NO-BREAK SPACE}— текст изменён"
    )
    # What happened to the press has a heading, and no name.
    of_press = replace(reworded[0], hits=tuple(h for h in SUMMONS.hits if h.type is EntityType.PRESS))
    assert lay_out_alert(digest_of(of_press)).title == ""
    # What is only absent has no other wording, and a subject holds no name.
    assert lay_out_alert(digest_of(changed_story(Change.GONE, 20, "Aida"), quiet(10))).title == ""
    assert "Aida" not in lay_out_alert(digest_of(reworded[0])).subject


NAME, OUTLET = "Cholpon Arzyeva", "Outlet 10"
DETAINING = f"Police detained the journalist {NAME}."


def reworded_story(before: str, after: str, *tellings: ItemHit) -> ReviewItem:
    """Return an earlier story whose one article said something else of a person."""
    finding = Finding(Change.SENTENCE, before, after, article=90, version=2, found=at(24, "21:00"))
    early = replace(
        quiet(10).articles[0], id=90, filed=at(20, "12:00"), first_seen=at(20, "12:00"), findings=(finding,)
    )
    return item(30, [early], [hit(NAME, after, NAME, where=90), *tellings])


def telling(act: PressAct, sentence: str) -> ItemHit:
    """Return what the article says now."""
    return press(sentence, f"journalist {NAME}", Incident((act,), VictimKind.PERSON, "journalist", NAME), where=90)


QUESTIONED = f"The journalist {NAME} was questioned and released."


@pytest.mark.parametrize(
    ("before", "after", "tellings", "title"),
    [
        (DETAINING, QUESTIONED, [telling(PressAct.SUMMONED, QUESTIONED)], "“detained” became “summoned and released”"),
        (DETAINING, f"{NAME} gave an interview.", [], "“detained” taken out of the text"),
        (
            f"{NAME}, a journalist, was beaten by police.", f"Police detained the journalist {NAME}.",
            [telling(PressAct.DETAINED, DETAINING)], "“attacked” became “detained”",
        ),
        # The act is told still, was denied, was done to somebody else, or the sentence is of nobody of the press.
        (DETAINING, f"Officers detained the journalist {NAME} at noon.", [telling(PressAct.DETAINED, DETAINING)], "wording changed"),
        (f"The journalist {NAME} was not detained.", f"{NAME} spoke.", [], "wording changed"),
        (f"Police detained the journalist Aibek Uulu, said {NAME}.", f"{NAME} spoke.", [], "wording changed"),
        (f"Police may detain the journalist {NAME}.", f"{NAME} spoke.", [], "wording changed"),
        (f"{NAME} held one ball.", f"{NAME} held two balls.", [], "wording changed"),
    ],
)  # fmt: skip
def test_a_title_says_which_act_an_outlet_no_longer_tells(before: str, after: str, tellings: list[ItemHit], title: str):
    page = lay_out_alert(with_acts_before(digest_of(reworded_story(before, after, *tellings))))
    subject = NAME if title == "wording changed" else f"{OUTLET} on {NAME}"
    assert page.title == f"{subject}: {title}" and NAME not in page.subject
    daily = daily_subject(with_acts_before(digest_of(reworded_story(before, after, *tellings))))
    assert (title in daily) is (title != "wording changed") and NAME not in daily and OUTLET not in daily


@pytest.mark.parametrize(
    ("language", "title"),
    [
        (
            "ru",
            "Outlet 10: Cholpon Arzyeva\N{NO-BREAK SPACE}— было «задержание», стало «официальный вызов, затем отпустили»",
        ),
        ("ky", "Outlet 10: Cholpon Arzyeva\N{NO-BREAK SPACE}— «кармоо» болгон, эми «чакыртуу, кийин бошотуу»"),
    ],
)
def test_a_title_says_in_each_language_which_act_became_another(language: str, title: str):
    story = reworded_story(DETAINING, QUESTIONED, telling(PressAct.SUMMONED, QUESTIONED))
    day = with_acts_before(replace(digest_of(story), language=language))
    assert lay_out_alert(day).title == title and title.removeprefix(
        "Outlet 10: Cholpon Arzyeva\N{NO-BREAK SPACE}— "
    ) in daily_subject(day)


def test_of_an_act_taken_back_and_others_the_gravest_is_told_and_stands_first():
    story = reworded_story(DETAINING, QUESTIONED, telling(PressAct.SUMMONED, QUESTIONED))
    changed = f"{OUTLET} on {NAME}: “detained” became “summoned and released”"
    lesser, graver = (with_acts_before(digest_of(event, story, quiet(10))) for event in (SUMMONS, DETENTION))
    assert lay_out_alert(lesser).title == f"{changed}; reported: Bektur Sapar uulu summoned"
    assert lay_out_alert(graver).title == f"Reported: Melis Tokoev detained; {changed}"
    orders = [[card.item for s in lay_out_alert(day).sections for card in s.cards] for day in (lesser, graver)]
    assert orders == [[30, 2, 10], [4, 10, 30]]


def test_a_digest_says_beside_the_name_which_outlet_took_an_act_back():
    story = reworded_story(DETAINING, QUESTIONED, telling(PressAct.SUMMONED, QUESTIONED))
    early = replace(story.articles[0], filed=at(24, "12:00"), first_seen=at(24, "12:00"))
    words = f"{OUTLET}: “detained” became “summoned and released”"
    for day in (
        digest_of(story, DETENTION),
        digest_of(replace(story, articles=(early,))),
    ):  # an earlier story, and a new one
        page = lay_out(with_acts_before(day))
        assert [(person.name, person.change) for person in page.people if person.change] == [(NAME, words)]
        assert words not in f"{page.title} {page.subject}" and words in " ".join(page_as_text(page).split())
        assert words in unescape(page_as_html(page))
    # What somebody ruled out, and an act that the article tells still, is no change.
    told_still = reworded_story(
        DETAINING, f"Officers detained the journalist {NAME}.", telling(PressAct.DETAINED, DETAINING)
    )
    ruled_out = replace(story, state=State.DECIDED, verdict=Verdict.NOT_RELEVANT)
    for story in (told_still, ruled_out):
        assert not any(person.change for person in lay_out(with_acts_before(digest_of(story, DETENTION))).people)


def test_an_alert_has_its_hour_a_button_and_without_one_the_numbers_of_its_stories():
    decided = replace(SUMMONS, state=State.DECIDED, verdict=Verdict.RELEVANT)
    digest = replace(digest_of(DETENTION, quiet(10), decided), base_url=DESK)
    page = lay_out_alert(digest)
    assert page.kicker == "Wed 25 Nov 08:00, Bishkek"
    assert page.button and (page.button.label, page.button.link) == ("Review 2 stories", f"{DESK}/queue")
    shown = page_as_html(page)
    assert "No. 4" not in shown and "[4]" not in shown  # a link leads there
    assert "[4]" in page_as_text(page)  # on which programs rely
    # Without a desk, or where all is decided, there is nothing to open.
    assert lay_out_alert(digest_of(DETENTION)).button is None
    assert "No.\u00a04" in page_as_html(lay_out_alert(digest_of(DETENTION)))
    assert lay_out_alert(replace(digest_of(decided), base_url=DESK)).button is None


def test_in_a_flood_the_story_with_which_the_title_begins_has_a_card():
    shown = order_of(*(quiet(number) for number in range(10, 25)), DETENTION)
    assert shown[0] == 4 and len(shown) == 10
    # Others keep their places: nothing was done to them.
    assert shown[1:] == [*range(10, 19)]
