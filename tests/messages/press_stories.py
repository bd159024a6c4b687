"""Stories of what was done to the press, to people and outlets of the list or to others."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from kit.digests import WINDOW, article, at, hit, item
from monitor.match.incidents.custody import custody_in
from monitor.messages.content.stories.build import Digest, make_digest
from monitor.model import DigestInput, EntityType, Incident, ItemHit, ItemMention, PressAct, ReviewItem, VictimKind

PERSON, OUTLET = EntityType.PERSON, EntityType.OUTLET


def press(sentence: str, victim: str, incident: Incident, where: int) -> ItemHit:
    """Return what happened to a victim, which stands in the sentence by these words."""
    base = hit("Press", sentence, victim, incident.in_words(victim), where=where, kind=EntityType.PRESS)
    (mention,) = base.mentions
    of_press = replace(mention.mention, alias=incident.acts[0].value, incident=incident, custody=custody_in(sentence))
    return replace(base, mentions=(ItemMention(of_press, where, sentence),))


def story_of(act: PressAct, sentence: str, victim: str, *names: tuple[str, str, EntityType], number: int = 1, names_of: str = "", kind: VictimKind = VictimKind.PERSON) -> ReviewItem:  # fmt: skip
    """Return a story of an act; `names`: each name of the list, its words in the sentence, and its kind."""
    incident = Incident((act,), kind, "newsroom" if kind is VictimKind.OUTLET else "journalist", names_of)
    hits = [hit(name, sentence, words, where=number, kind=kind) for name, words, kind in names]
    lead = article(number, f"Outlet {number}", f"Headline {number}.", at(24, "12:00") + timedelta(minutes=number), "en")
    return item(number, [lead], [*hits, press(sentence, victim, incident, number)])


def digest_of(*items: ReviewItem, **options: object) -> Digest:
    return make_digest(DigestInput(WINDOW, items, **options), ZoneInfo("Asia/Bishkek"))  # type: ignore[arg-type]


SEARCH = story_of(
    PressAct.SEARCHED, "Обыск прошёл в редакции Новой линии.", "редакции Новой линии",
    ("Novaya Liniya", "Новой линии", OUTLET), names_of="Новой линии", kind=VictimKind.OUTLET, number=3,
)  # fmt: skip
DETENTION = story_of(
    PressAct.DETAINED, "Police detained Melis Tokoyev, a reporter with Novaya Liniya.", "reporter with Novaya Liniya",
    ("Melis Tokoev", "Melis Tokoyev", PERSON), ("Novaya Liniya", "Novaya Liniya", OUTLET), names_of="Novaya Liniya", number=4,
)  # fmt: skip
SUMMONS = story_of(
    PressAct.SUMMONED, "Блогера Бектура Сапар уулу вызвали.", "Блогера Бектура Сапар уулу",
    ("Bektur Sapar uulu", "Бектура Сапар уулу", PERSON), names_of="Бектура Сапар уулу", number=2,
)  # fmt: skip


def quiet(number: int) -> ReviewItem:
    lead = article(number, f"Outlet {number}", f"Headline {number}.", at(24, "09:00"), "en")
    return item(number, [lead], [hit("Aizada Doolot", "Aizada Doolot won a prize.", "Aizada Doolot", where=number)])


MELIS = "Melis Tokoev"
DETENTION_OF_MELIS = f"Police detained the journalist {MELIS}."
SUMMONS_OF_MELIS = f"Police summoned the journalist {MELIS}."
RELEASE_OF_MELIS = f"{MELIS} was released."
_ACTS = {DETENTION_OF_MELIS: PressAct.DETAINED, SUMMONS_OF_MELIS: PressAct.SUMMONED}


def story_with(
    sentence: str, number: int, clock: str, act: PressAct | None = None, language: str = "en", **fields: object
) -> ReviewItem:
    """Return a story whose one article has a sentence with the name, and with an act done to it if it tells one."""
    act = act or _ACTS.get(sentence)
    outlet = article(number, f"Outlet {number}", f"Headline {number}.", at(24, clock), language, **fields)
    if act is None:
        return replace(quiet(number), articles=(outlet,), hits=(hit(MELIS, sentence, MELIS, where=number),))
    story = story_of(act, sentence, f"journalist {MELIS}", (MELIS, MELIS, PERSON), names_of=MELIS, number=number)
    return replace(story, articles=(outlet,))


def merged_story(*stories: ReviewItem) -> ReviewItem:
    """Return one story of the articles of several."""
    by_entity: dict[str, list[object]] = {}
    hits = {one.entity: one for story in stories for one in story.hits}
    for one in (one for story in stories for one in story.hits):
        by_entity.setdefault(one.entity, []).extend(one.mentions)
    merged = tuple(replace(one, mentions=tuple(by_entity[entity])) for entity, one in hits.items())  # type: ignore[arg-type]
    return replace(stories[0], articles=tuple(a for story in stories for a in story.articles), hits=merged)
