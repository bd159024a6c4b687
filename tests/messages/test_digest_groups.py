"""Related stories about one person stand side by side in a digest, each once, under a line with the name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from kit.digests import WINDOW, article, at, hit, item
from monitor.messages.content.alert_page import lay_out_alert
from monitor.messages.content.layout import lay_out
from monitor.messages.content.render import as_html, as_json, as_text
from monitor.messages.content.stories.build import Digest, make_digest
from monitor.messages.content.stories.groups import group_related
from monitor.model import DigestInput, EntityType, PlacementReason, RelatedItem, ReviewItem, State, Verdict

WHEN = at(24, "12:00")
MELIS, CHOLPON = "Melis", "Cholpon"
TITLE = "Новости дня"


def story(
    number: int,
    *names: str,
    near: Mapping[int, float] | Sequence[int] = (),
    kind: EntityType = EntityType.PERSON,
    is_sure: bool = True,
) -> ReviewItem:
    """Return a story that is the later, the higher its number."""
    lead = article(number, "Север", TITLE, WHEN + number * timedelta(minutes=1))
    hits = [hit(name, f"{name} рядом.", name, where=number, kind=kind, is_sure=is_sure) for name in names]
    scores = near if isinstance(near, Mapping) else dict.fromkeys(near, 1.0)
    related = tuple(
        RelatedItem(number_before, score, PlacementReason(), State.OPEN) for number_before, score in scores.items()
    )
    return item(number, [lead], hits, related=related)


def digest_of(*items: ReviewItem, language: str = "en", **changes: object) -> Digest:
    digest = make_digest(DigestInput(WINDOW, items), ZoneInfo("Asia/Bishkek"))
    return replace(digest, language=language, **changes)  # type: ignore[arg-type]


def order(digest: Digest, section: str = "new") -> list[tuple[str, list[int]]]:
    """Return the items of each group with its person."""
    groups = group_related(getattr(digest, section))
    return [(g.person.name if g.person else "", [s.item.id for s in g.stories]) for g in groups]


def headings(digest: Digest) -> list[str]:
    return [card.heading for section in lay_out(digest).sections for card in section.cards if card.heading]


def test_related_stories_about_one_person_follow_the_first_of_them():
    digest = digest_of(story(1, MELIS, near=[3]), story(2, CHOLPON), story(3, MELIS), story(4, MELIS))
    assert order(digest) == [(MELIS, [1, 3]), ("", [2]), ("", [4])]
    assert [card.item for card in lay_out(digest).sections[0].cards] == [1, 3, 2, 4]
    assert headings(digest) == ["Melis: 2 of 3 stories"]


def test_a_heading_counts_of_a_name_what_stands_beside_it_at_the_top():
    ruled_out = replace(story(5, MELIS), state=State.DECIDED, verdict=Verdict.NOT_RELEVANT)
    digest = digest_of(story(1, MELIS, near=[3]), story(2, CHOLPON), story(3, MELIS), story(4, MELIS), ruled_out)
    figures = {person.name: person.stories for person in lay_out(digest).people}
    assert figures[MELIS] == 3 and headings(digest) == ["Melis: 2 of 3 stories"]
    in_languages = {lang: headings(replace(digest, language=lang)) for lang in ("ru", "ky")}
    assert in_languages == {"ru": ["Melis: 2 из 3 сюжетов"], "ky": ["Melis: 3 окуянын ичинен 2"]}
    # Who is only possibly another story's is not counted at the top either.
    assert headings(digest_of(story(1, MELIS, near=[3]), story(2, MELIS, is_sure=False), story(3, MELIS))) == [
        "Melis: 2 related stories"
    ]


def test_a_heading_says_how_many_stories_of_the_name_stand_below_in_brief():
    related = story(1, MELIS, near=range(2, 9))
    digest = digest_of(related, *(story(n, MELIS) for n in range(2, 9)), story(9, CHOLPON))
    page = lay_out(digest)
    listed = [brief for section in page.sections for brief in section.briefs if brief.name == MELIS]
    (heading,) = headings(digest)
    assert heading == f"Melis: 6 of 8 stories, {len(listed)} below in brief" and len(listed) == 1
    in_languages = {lang: headings(replace(digest, language=lang))[0].partition(", ")[2] for lang in ("ru", "ky")}
    assert in_languages == {
        "ru": f"ещё {len(listed)} ниже, кратко", "ky": f"дагы {len(listed)} төмөндө, кыскача",
    }  # fmt: skip


def test_a_line_holds_the_related_stories_and_no_other_one():
    digest = digest_of(story(1, MELIS, near=[3]), story(2, CHOLPON), story(3, MELIS), story(4, MELIS))
    page = html.fromstring(as_html(digest))
    assert [len(line.xpath(".//h3")) for line in page.xpath("//td[@class='rail']")] == [2]
    assert len(page.xpath("//h3")) == 4
    unrelated = html.fromstring(as_html(digest_of(story(1, MELIS), story(3, MELIS))))
    assert not unrelated.xpath("//td[@class='rail']")


@pytest.mark.parametrize(
    "items",
    [
        (story(1, MELIS), story(2, MELIS)),  # not related
        (story(1, MELIS, near=[2]), story(2, CHOLPON)),  # related, of different people
        (story(1, MELIS, near=[2], is_sure=False), story(2, MELIS, is_sure=False)),
        (story(1, MELIS, near=[2]), story(2, MELIS, is_sure=False)),  # in another section
        (story(1, "KOS", near=[2], kind=EntityType.ORGANIZATION), story(2, "KOS", kind=EntityType.ORGANIZATION)),
        (story(1, MELIS, near=[1, 99]),),  # what came before the window
    ],
)
def test_other_stories_have_no_heading_and_keep_their_order(items: tuple[ReviewItem, ...]):
    digest = digest_of(*items)
    assert headings(digest) == [] and all(not person for person, _ in order(digest))
    assert all(row["group"] is None for rows in as_json(digest)["sections"].values() for row in rows)


def test_the_nearest_comes_first_then_the_earliest_and_what_is_near_one_is_of_the_group():
    lead = story(1, MELIS, near={2: 0.6, 3: 0.9, 4: 0.6})
    digest = digest_of(lead, *(story(n, MELIS) for n in (2, 3, 4)), story(5, MELIS, near={3: 0.7}), story(6, MELIS))
    assert order(digest) == [(MELIS, [1, 3, 5, 2, 4]), ("", [6])]


def test_a_story_with_two_people_stands_once_with_the_larger_group():
    both = story(1, MELIS, CHOLPON, near=[2, 3, 4])
    digest = digest_of(both, story(2, MELIS), story(3, CHOLPON), story(4, CHOLPON))
    assert order(digest) == [(CHOLPON, [1, 3, 4]), ("", [2])]


def test_text_html_and_json_have_the_same_order_and_heading():
    digest = digest_of(story(1, MELIS, near=[3]), story(2, CHOLPON), story(3, MELIS))
    text = as_text(digest).splitlines()
    place = text.index("Melis: 2 related stories")
    assert text[place - 1] == "FIRST SEEN IN THESE 24 HOURS" and text[place + 1].startswith(f"1 {TITLE}")
    page = as_html(digest)
    assert page.index(">Melis: 2 related stories<") < page.index('<a name="s1">') < page.index('<a name="s3">')
    rows = as_json(digest)["sections"]["new"]
    group = {"person": "melis", "first": 1}
    assert [(row["item"], row["group"]) for row in rows] == [(1, group), (3, group), (2, None)]


@pytest.mark.parametrize(
    ("language", "words"), [("ru", "Melis: 2 связанных сюжета"), ("ky", "Melis: байланыштуу 2 окуя")]
)
def test_the_heading_is_in_the_language_of_the_reader(language: str, words: str):
    assert headings(digest_of(story(1, MELIS, near=[2]), story(2, MELIS), language=language)) == [words]


def test_a_group_takes_no_place_from_others_and_counts_what_is_listed():
    digest = digest_of(story(1, MELIS, near=[3, 4]), story(2, CHOLPON), story(3, MELIS), story(4, MELIS), max_stories=3)
    assert [card.item for card in lay_out(digest).sections[0].cards] == [1, 3, 2]
    assert headings(digest) == ["Melis: 2 of 3 stories"]


def test_an_alert_keeps_its_order():
    digest = digest_of(story(1, MELIS, near=[3]), story(2, CHOLPON), story(3, MELIS))
    cards = [card for section in lay_out_alert(digest).sections for card in section.cards]
    assert [card.item for card in cards] == [1, 2, 3] and not any(card.heading for card in cards)


_STORIES = st.lists(
    st.tuples(
        st.lists(st.sampled_from([MELIS, CHOLPON]), min_size=1, max_size=2, unique=True),
        st.dictionaries(st.integers(1, 9), st.sampled_from([0.5, 0.7, 1.0]), max_size=5),
    ),
    min_size=1,
    max_size=8,
)


@given(_STORIES)
def test_each_story_stands_once_and_every_group_is_tied_to_one_person(stories):
    items = [story(n, *names, near=near) for n, (names, near) in enumerate(stories, 1)]
    digest = digest_of(*items)
    groups = group_related(digest.new)
    placed = [s.item.id for group in groups for s in group.stories]
    assert sorted(placed) == [one.id for one in items]
    before = [s.item.id for s in digest.new]
    assert [group.stories[0].item.id for group in groups] == sorted(
        (group.stories[0].item.id for group in groups), key=before.index
    )
    for group in groups:
        assert (group.person is None) == (len(group.stories) == 1)
        for place, one in enumerate(group.stories[1:], 1):
            assert group.person and group.person.entity in {h.entity for h in one.hits}
            earlier = group.stories[:place]
            assert any(
                one.item.id in {r.id for r in group_before.item.related}
                or group_before.item.id in {r.id for r in one.item.related}
                for group_before in earlier
            )
