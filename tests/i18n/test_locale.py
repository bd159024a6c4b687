"""Every word of the pages and of the digest is in every catalogue, with its plurals, and both speak it."""

from __future__ import annotations

import json
import pickle
import re
from contextlib import suppress
from functools import cache
from pathlib import Path

import pytest
from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir, extract_from_file
from babel.messages.pofile import read_po
from jinja2 import nodes

import monitor
from monitor.config.watchlist import parse_watchlist
from monitor.demo.content import load_outlets, watchlist_text
from monitor.feeds.health import STATUS_TEXTS as HEALTH
from monitor.i18n import LANGUAGES, catalogue, labels, translate_sentence
from monitor.i18n.troubles import TROUBLE_TEXTS as TROUBLES
from monitor.match import compile_watchlist, find_mentions
from monitor.match.tables import pairs, sections
from monitor.model import (
    REASON_CREDIT,
    Act,
    Change,
    Code,
    Confidence,
    EntityType,
    FeedStatus,
    Field,
    Mention,
    Message,
    Outcome,
    QueueTab,
    Reason,
    Role,
    Span,
    TroubleKind,
    Verdict,
    code_of,
    parse_marked,
)
from monitor.store.types import MessagesType
from monitor.text.romanize import romanisation
from monitor.web.render import environment

PACKAGE = Path(monitor.__file__).parent
TRANSLATED = [language for language in LANGUAGES if language != "en"]
PLACES = re.compile(r"%\(\w+\)s")
WORDS = re.compile(r"\{\d?\}")  # placeholders of `model.Message`


@pytest.fixture(scope="module")
def used() -> set[str | tuple[str, ...]]:
    """Return the messages of the pages, the digest and their code."""
    pages = extract_from_dir(
        PACKAGE / "web",
        [("**.py", "python"), ("templates/**.html", "jinja2")],
        keywords={"_": None, "ngettext": (1, 2)},
        options_map={"templates/**.html": {"newstyle_gettext": "true"}},
    )
    words = {"_": None, "gettext": None, "count": (1, 2)} | dict.fromkeys(
        ("ngettext", "ngettext_or_empty", "ngettext_noop"), (1, 2)
    )
    digest = extract_from_dir(PACKAGE / "messages/content", [("**.py", "python")], keywords=words)
    files = [PACKAGE / name for name in ("feeds/health.py", "i18n/troubles.py", "i18n/labels.py", "config/channels.py")]
    other_messages = {message[1] for file in files for message in extract_from_file("python", file, keywords=words)}
    return {message[2] for message in (*pages, *digest)} | other_messages | reasons()


def reasons() -> set[str]:
    """Every sentence that the line can say of what it found: those of the code, and the words of the matcher's tables."""
    files = [PACKAGE / "review" / "changes.py", *(PACKAGE / "match").rglob("*.py")]
    marked = {message[1] for file in files for message in extract_from_file("python", file, keywords={"_": None})}
    files = [file for file in PACKAGE.rglob("*.py") if "Message" in file.read_text("utf-8")]
    message_texts = {
        message[1] for file in files for message in extract_from_file("python", file, keywords={"Message": None})
    }
    endings = (
        pairs(lines).keys() - {"nominative"} if not name.startswith("Kyrgyz") else pairs(lines).keys()
        for name, lines in sections("endings").items()
    )
    sources = {source for ways in romanisation().sources.values() for source in ways.values()}
    return {*marked, *message_texts, *sources, *(case for cases in endings for case in cases)}


@cache
def messages(language: str) -> Catalog:
    with (PACKAGE / "i18n" / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language)


@pytest.mark.check
@pytest.mark.parametrize("language", TRANSLATED)
def test_a_catalogue_holds_what_is_said_and_nothing_else(language: str, used: set[str | tuple[str, ...]]):
    translated = {m.id for m in messages(language) if m.id}
    assert used - translated == set(), f"add them to monitor/i18n/{language}.po"
    assert translated - used == set(), f"remove them from monitor/i18n/{language}.po"
    assert len(used) > 200


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_message_is_translated_with_its_places(language: str):
    for message in messages(language):
        if not message.id:
            continue
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        translations = message.string if isinstance(message.string, tuple) else (message.string,)
        assert all(translations), (
            f"monitor/i18n/{language}.po: a form of {message.id} is missing (each `msgstr[n]` of a plural)"
        )
        for text in translations:
            assert set(PLACES.findall(text)) == {p for i in ids for p in PLACES.findall(i)}, message.id
            assert sorted(WORDS.findall(text)) == [f"{{{n}}}" for n in range(ids[0].count("{}"))], (
                f"monitor/i18n/{language}.po: {message.id}: each {{}} is {{0}}, {{1}} … in a translation"
            )
            assert ids[0][-1:] not in ".:" or text[-1:] in ".:", message.id


@pytest.mark.parametrize("language", TRANSLATED)
def test_plurals_are_those_of_the_cldr(language: str):
    words, rule = catalogue(language), Locale(language).plural_form
    forms: dict[str, set[str]] = {}
    for n in range(300):
        forms.setdefault(rule(n), set()).add(words.ngettext("%(num)s try", "%(num)s tries", n))
    assert all(len(examples) == 1 for examples in forms.values())
    assert len({next(iter(examples)) for examples in forms.values()}) == {"ru": 3, "ky": 1}[language]


def test_every_enum_has_a_label_for_each_value():
    for words, kind in ((labels.VERDICTS, Verdict), (labels.REASONS, Reason), (labels.TYPES, EntityType), (labels.ROLES, Role),
                        (HEALTH, FeedStatus), (TROUBLES, TroubleKind), (labels.OUTCOMES, Outcome), (labels.ACTS, Act), (labels.QUEUE_TABS, QueueTab),
                        (labels.CHANGES, Change), (labels.ROLE_DESCRIPTIONS, Role)):  # fmt: skip
        assert set(words) == set(kind), (
            f"{kind.__name__}: its labels are in monitor/i18n/labels.py (or health, troubles)"
        )


@cache
def reasons_of_the_demo() -> frozenset[str]:
    watchlist = compile_watchlist(parse_watchlist(watchlist_text(), "watchlist.yaml"))
    pieces = [piece for outlet in load_outlets() for piece in outlet.pieces]
    mentions = (m for p in pieces for m in find_mentions("\n\n".join(p.paragraphs), watchlist, p.title))
    return frozenset(why for mention in mentions for why in mention.why)


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_reason_about_the_demos_news_is_translated(language: str):
    assert len(reasons_of_the_demo()) > 50
    for why in reasons_of_the_demo():
        words, spoken = translate_sentence(why, language)
        assert spoken == language and words != why


def test_a_message_is_an_english_string_and_survives_storing_and_pickling():
    case = Message("dative or prepositional")
    message = Message("“{}”: {} of {}", "Токоеву", case, "Токоев {} \u2068odd\u2069")
    assert message == "“Токоеву”: dative or prepositional of Токоев {} odd"
    assert json.dumps(message, ensure_ascii=False) == f'"{message}"'
    for copy in (pickle.loads(pickle.dumps(message)), parse_marked(message.marked)):
        assert copy == message
        assert translate_sentence(copy, "ru") == ("«Токоеву» — дательный или предложный падеж от Токоев {} odd", "ru")
    assert message.marked != message and re.sub("[\u2066-\u2069]", "", message.marked) == message


@pytest.mark.parametrize("arguments", [(), ("“{}” \u2067code\u2069",), (Message("of {}", "her", code="inner"), "x")])
def test_a_messages_code_survives_storing_and_is_no_word_of_it(arguments: tuple[str, ...]):
    plain = Message("Reworded" + " {}" * len(arguments), *arguments)
    coded = Message(plain.template, *arguments, code="credit")
    for copy in (pickle.loads(pickle.dumps(coded)), parse_marked(coded.marked)):
        assert (copy, copy.template, copy.arguments, copy.code) == (plain, plain.template, plain.arguments, "credit")
        assert [code_of(argument) for argument in copy.arguments] == [code_of(argument) for argument in arguments]
    assert not code_of(parse_marked(plain.marked)) and not code_of(parse_marked(str(coded)))


@pytest.mark.parametrize(
    ("stored", "is_credit", "is_romanisation"),
    [
        (REASON_CREDIT.marked, True, False),
        (Message("Reworded {}", "x", code=Code.REPORT_SOURCE).marked, True, False),
        (Message("Reworded {}", "x", code=Code.ROMANISATION).marked, False, True),
        ("it is named in a credit", False, False),
        ("credit", False, False),
        ("letters of Tokoyev: oy", False, False),
    ],
)
def test_of_a_stored_reason_its_code_counts(stored: str, is_credit: bool, is_romanisation: bool):
    reasons = MessagesType().process_result_value([stored], None) or ()  # type: ignore[arg-type]
    mention = Mention("k", "K", Span(0, 1), "K", Field.TEXT, Confidence.POSSIBLE, 1.0, tuple(reasons))
    assert (mention.is_credit, bool(mention.romanisation)) == (is_credit, is_romanisation)


@pytest.mark.parametrize(
    ("stored", "words", "language"),
    [
        ("the full name stands in this article", "в этой статье есть и полное имя", "ru"),  # of before there were marks
        ("“Токоева” is the surname of Melis Tokoev", "“Токоева” is the surname of Melis Tokoev", "en"),
        ("said otherwise in {} version", "said otherwise in {} version", "en"),
        ("\u2068open \u2068and {}\u2069", "open and {}", "en"),
        ("", "", "ru"),
    ],
)
def test_what_was_stored_before_is_shown_as_far_as_the_catalogue_knows_it(stored: str, words: str, language: str):
    assert translate_sentence(parse_marked(stored), "ru") == (words, language)
    assert translate_sentence(parse_marked(stored), "en")[0] == parse_marked(stored)


def test_quoted_words_are_never_translated():
    message = Message("“{}” is another form of the adjective {}", "dative", "dative")
    assert translate_sentence(message, "ru")[0] == "«dative» — другая форма прилагательного dative"


@pytest.mark.check
def test_no_template_formats_a_constant_which_would_stay_in_the_first_language_used():
    """Languages share what Jinja has compiled."""
    templates = environment("en")
    constants: list[tuple[str, int]] = []
    for name in templates.list_templates():
        source, *_ = templates.loader.get_source(templates, name)  # type: ignore[union-attr]
        for filtered in templates.parse(source).find_all(nodes.Filter):
            with suppress(nodes.Impossible):
                filtered.as_const()
                constants.append((name, filtered.lineno))
    assert constants == []
