"""The spellings of a name on its page: as what stories have it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kit.digests import article, at, hit, item
from monitor.app.names.spellings import spelling_uses
from monitor.model import Entity, Incident, PressAct, VictimKind

MELIS = Entity("melis-tokoev", "Melis Tokoev", aliases=("Мелис Токоев",))


def forms_of(spelling: str, *texts: str, incident: Incident | None = None) -> tuple[str, ...]:
    """Return as what else a spelling was found in stories of these texts."""
    items = []
    for number, text in enumerate(texts):
        item_hit = hit(MELIS.name, f"{text} spoke.", text, where=number)
        mention = replace(item_hit.mentions[0].mention, alias=spelling, incident=incident)
        item_hit = replace(item_hit, mentions=(replace(item_hit.mentions[0], mention=mention),))
        items.append(item(number, [article(number, "Post", "Headline", at(24, "09:00"))], [item_hit]))
    return next(use.forms for use in spelling_uses(MELIS, items, {}) if use.spelling == spelling)


@pytest.mark.parametrize(
    ("texts", "forms"),
    [
        (("Melis Tokoyev",), ("Melis Tokoyev",)),
        (("MELIS TOKOYEV", "Melis Tokoyev", "Melis Tokoyev"), ("Melis Tokoyev",)),
        (("Melis Tokoyeva", "Melis Tokoyev", "Melis Tokoyev"), ("Melis Tokoyev", "Melis Tokoyeva")),
        (("M. Tokoyev", "Tokoyev"), ("M. Tokoyev",)),
        (tuple(f"Melis Tok{vowel}yev" for vowel in "aeiou"), ("Melis Tokayev", "Melis Tokeyev", "Melis Tokiyev")),
    ],
)
def test_a_spelling_says_as_what_stories_have_it_otherwise(texts: tuple[str, ...], forms: tuple[str, ...]):
    assert forms_of("Melis Tokoev", *texts) == forms


@pytest.mark.parametrize("text", ["Melis Tokoev", "MELIS TOKOEV", "Tokoev", "Melis", "Мелис Токоев", "Токоев"])
def test_what_a_listed_spelling_holds_is_no_other_form(text: str):
    assert forms_of("Melis Tokoev", text) == ()


def test_whom_an_act_struck_is_no_form_of_the_act():
    incident = Incident((PressAct.DETAINED,), VictimKind.PERSON)
    assert forms_of("detained", "an editor", incident=incident) == ()
    assert forms_of("detained", "an editor") == ("an editor",)
