"""The order of a digest: what changed and what happened to a person come first; a day's rewriting is told at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from kit.digests import WINDOW, article, at, hit, item
from messages import press_stories
from monitor.messages.content.layout import lay_out, subject
from monitor.messages.content.render import as_text
from monitor.messages.content.stories.build import Digest, make_digest
from monitor.messages.content.stories.pressure import pressure_words
from monitor.model import Change, DigestInput, EntityType, Finding, PressAct, ReviewItem, Speaker

WHEN = at(24, "12:00")


def digest_of(*items: ReviewItem) -> Digest:
    return make_digest(DigestInput(WINDOW, items), ZoneInfo("Asia/Bishkek"))


def story(
    number: int, headline: str, sentence: str, kind: EntityType = EntityType.PERSON, names: int = 1
) -> ReviewItem:
    """Return a story that is the later, the higher its number."""
    lead = article(number, "Ак-Булак", headline, WHEN + number * timedelta(minutes=1))
    hits = [hit(f"Name {n}", sentence, sentence.split(maxsplit=1)[0], where=number, kind=kind) for n in range(names)]
    return item(number, [lead], hits)


def rewritten(before: str, after: str, kind: Change = Change.HEADLINE) -> ReviewItem:
    change = Finding(kind, before, after, article=7, version=2, found=WHEN + timedelta(hours=2))
    earlier = WHEN - timedelta(days=2)
    return item(7, [article(7, "Север", after, earlier, findings=(change,))], [hit("Name", after, after[:4], where=7)])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Суд продлил арест Мелису Токоеву", ["Суд", "арест"]),
        ("Журналистти түнү кармап, үйүн тинтип кетишти", ["тинтип"]),
        ("Аны КОС кармады деп айтышты, кармалганы чын", ["кармалганы"]),
        ("She was questioned and released after a raid", ["questioned", "released", "raid"]),
        ("Журналистку избили, ей угрожали", ["избили", "угрожали"]),
        ("Судно вышло в море, судьба его неизвестна", []),
        ("Премия «Открытая страница» вручена редактору", []),
        ("A cameraman teaches a village school", []),
        ("Сотрудники издания приехали", []),
        ("Колдоочулар көргөзмөгө келишти", []),
    ],
)
def test_words_of_what_is_done_to_people_are_known_in_three_languages(text: str, words: list[str]):
    assert pressure_words(text) == words


def test_a_summons_stands_above_a_prize_that_was_seen_before_it():
    digest = digest_of(
        story(1, "Премия вручена", "Name получила премию."),
        story(2, "Новости дня", "Name вызвана на допрос."),
        story(3, "Обыск в редакции", "Name изъята.", EntityType.OUTLET),
        story(4, "Книга вышла", "Name написана.", names=2),
    )
    assert [s.item.id for s in digest.new] == [2, 4, 1, 3]


def test_hosts_to_which_one_feed_links_put_its_story_above_no_other():
    """Two outlets of the list with a report stand before one whose feed links to nine copies."""
    linked = {"speaker": Speaker.LINKED_PAGE, "key": "linked:9:evil.example"}
    copies = [article(n, f"{n}.evil.example", "Новости дня", WHEN, **linked) for n in range(20, 29)]
    flood, told_twice = story(1, "Новости дня", "Name рада."), story(3, "Книга вышла", "Name рада.")
    second_report = article(4, "Север", "Книга вышла", WHEN + timedelta(minutes=9))
    digest = digest_of(
        replace(flood, articles=tuple(copies)),
        story(2, "Премия", "Name рада."),
        replace(told_twice, articles=(*told_twice.articles, second_report)),
    )
    assert [s.item.id for s in digest.new] == [3, 1, 2]


def test_the_days_rewriting_is_in_the_subject_and_told_once_in_the_mail():
    digest = digest_of(
        rewritten("Арзыева задержана в Темиртале", "Арзыева опрошена и отпущена"), story(1, "Премия", "Name рада.")
    )
    assert subject(digest).startswith("[monitor] 1 new, 1 changed, a report changed its wording; ")
    page = lay_out(digest)
    assert page.title == "1 new story: Name 0, Name"  # an edit of another language is no title
    assert "wording" not in f"{page.title} {page.opening}"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Арзыева задержана", "Арзыева задержана в среду"),  # nothing was exchanged
        ("Токоев задержан", "Токоев дома"),
        ("Заседание прошло", "Заседание отложено"),
        ("Задержана Арзыева", "Опрошена Арзыева"),  # a capital may begin a name
    ],
)
def test_a_subject_tells_only_of_exchanged_words_of_pressure(before: str, after: str):
    assert "wording" not in subject(digest_of(rewritten(before, after)))


def test_in_brief_people_stand_before_outlets_and_outlets_before_bodies():
    kinds = {10: EntityType.ORGANIZATION, 11: EntityType.OUTLET, 12: EntityType.PERSON}
    told_in_full = [story(n, f"Name вызвана на допрос {n}", "Name вызвана на допрос.") for n in range(1, 8)]
    exhibitions = [
        story(n, f"Новости {n}", f"{kind.value} открыл выставку.", kind)
        for n, kind in (*kinds.items(), *((n + 3, kind) for n, kind in kinds.items()))
    ]
    brief = next(s for s in lay_out(digest_of(*told_in_full, *exhibitions)).sections if s.briefs).briefs
    assert sorted(line.item for line in brief) == [*range(10, 16)]
    assert [line.item % 3 for line in brief] == [0, 0, 2, 2, 1, 1]


def test_a_line_of_older_articles_has_its_date_and_one_of_the_day_has_none():
    older = story(20, "Name вызвана на допрос", "Name вызвана на допрос.")
    earlier = replace(older.lead, older=True, published=WHEN - timedelta(days=9))
    stories = [story(n, f"Name задержана {n}", "Name задержана.") for n in range(1, 9)]
    briefs = [line for part in lay_out(digest_of(*stories, replace(older, articles=(earlier,)))).sections
              for line in part.briefs]  # fmt: skip
    assert [(line.item, line.facts.rpartition(", ")[2]) for line in briefs] == [
        (8, "Ак-Булак (Russian)"),
        (20, "15 Nov"),
    ]


def test_the_cards_of_a_day_stand_in_the_order_of_the_names_at_the_top():
    extended = press_stories.story_of(
        PressAct.DETAINED, "A court extended the arrest of Kirill Zhemerov.", "Kirill Zhemerov",
        ("Kirill Zhemerov", "Kirill Zhemerov", EntityType.PERSON), ("Uulkan Chymyrova", "court", EntityType.PERSON),
        names_of="Kirill Zhemerov", number=3,
    )  # fmt: skip
    of_press = press_stories.story_of(PressAct.DETAINED, "Police detained two reporters.", "two reporters", number=6)
    page = lay_out(press_stories.digest_of(of_press, extended, press_stories.SUMMONS, press_stories.DETENTION))
    # Who was taken, who is kept, who was summoned; then those whom the list does not name; then who was only named.
    assert [(page.first_item(person), bool(person.deed)) for person in page.people] == [
        (4, True), (3, True), (2, True), (6, True), (3, False),
    ]  # fmt: skip
    assert [card.item for section in page.sections for card in section.cards] == [4, 3, 2, 6]


def test_beside_a_sentence_in_text_stands_the_name_that_it_holds():
    """An earlier article leads a follow-up whose new one, which is quoted, names somebody else."""
    first = article(1, "Север", "Court rules", WHEN - timedelta(days=2), "en")
    new = article(2, "Юг", "Суд решил", WHEN, "ru")
    hits = [
        hit("Kirill Zhemerov", "A court ordered Kirill Zhemerov to stay.", "Kirill Zhemerov", where=1),
        hit("Uulkan Chymyrova", "Суд оставил Уулкан Чымырову.", "Уулкан Чымырову", where=2),
    ]
    text = " ".join(as_text(digest_of(item(9, [first, new], hits))).split())
    assert "Uulkan Chymyrova New: Юг (Russian), 24 Nov" in text and "«Суд оставил Уулкан Чымырову.»" in text
    assert "Kirill Zhemerov" not in text
