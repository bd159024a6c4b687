"""Every word of the pages and of the digest is in every catalogue, with its plurals, and both speak it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir, extract_from_file
from babel.messages.pofile import read_po

import monitor
from monitor.health import WORDS
from monitor.locale import LANGUAGES, catalogue
from monitor.model import Act, Change, EntityType, FeedStatus, Outcome, Reason, Role, Split, Verdict
from monitor.web import say

PACKAGE = Path(monitor.__file__).parent
OTHERS = [language for language in LANGUAGES if language != "en"]
PLACES = re.compile(r"%\(\w+\)s")


@pytest.fixture(scope="module")
def used() -> set[str | tuple[str, ...]]:
    """What the pages, the digest and their code say."""
    pages = extract_from_dir(
        PACKAGE / "web",
        [("**.py", "python"), ("templates/**.html", "jinja2")],
        keywords={"_": None, "ngettext": (1, 2)},
        options_map={"templates/**.html": {"newstyle_gettext": "true"}},
    )
    words = {"_": None, "say": None, "count": (1, 2), "some": (1, 2), "both": (1, 2)}
    digest = extract_from_dir(PACKAGE / "digest", [("**.py", "python")], keywords=words)
    health = extract_from_file("python", PACKAGE / "health.py", keywords=words)
    return {found[2] for found in (*pages, *digest)} | {found[1] for found in health}


def messages(language: str) -> Catalog:
    with (PACKAGE / "locale" / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language)


@pytest.mark.parametrize("language", OTHERS)
def test_a_catalogue_holds_what_is_said_and_nothing_else(language: str, used: set[str | tuple[str, ...]]):
    assert {m.id for m in messages(language) if m.id} == used and len(used) > 200


@pytest.mark.parametrize("language", OTHERS)
def test_every_message_is_translated_with_its_places(language: str):
    for message in messages(language):
        if not message.id:
            continue
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        said = message.string if isinstance(message.string, tuple) else (message.string,)
        assert all(said), message.id
        for text in said:
            assert set(PLACES.findall(text)) == {p for i in ids for p in PLACES.findall(i)}, message.id
            assert ids[0][-1:] not in ".:" or text[-1:] in ".:", message.id


@pytest.mark.parametrize("language", OTHERS)
def test_plurals_are_those_of_the_cldr(language: str):
    words, rule = catalogue(language), Locale(language).plural_form
    forms: dict[str, set[str]] = {}
    for n in range(300):
        forms.setdefault(rule(n), set()).add(words.ngettext("%(num)s try", "%(num)s tries", n))
    assert all(len(said) == 1 for said in forms.values())
    assert len({next(iter(said)) for said in forms.values()}) == {"ru": 3, "ky": 1}[language]


def test_nothing_the_program_knows_is_without_words():
    for words, kind in ((say.VERDICTS, Verdict), (say.REASONS, Reason), (say.TYPES, EntityType), (say.ROLES, Role),
                        (WORDS, FeedStatus), (say.OUTCOMES, Outcome), (say.ACTS, Act), (say.SPLITS, Split),
                        (say.CHANGES, Change), (say.ROLE_MEANS, Role)):  # fmt: skip
        assert set(words) == set(kind)
