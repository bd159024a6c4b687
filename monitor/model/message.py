"""Pure. English sentences that keep their template and arguments, so that they can be translated later."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import Any, Self

# Unicode isolates, as Project Fluent uses them: FSI before a plain argument, LRI before a message, RLI before a code.
_ARGUMENT, _MESSAGE, _CODE, _END = "\u2068", "\u2066", "\u2067", "\u2069"
_MARK = re.compile(f"[{_ARGUMENT}{_MESSAGE}{_CODE}{_END}]")


class Code(StrEnum):
    """A meaning that code asks for, since words may change. Stored with the sentence, as a run's `TroubleKind` is."""

    CREDIT = "credit"
    REPORT_SOURCE = "report-source"
    ROMANISATION = "romanisation"
    INFLECTION = "inflection"
    PROXY_IS_DEAD = "proxy-is-dead"
    NAMES_MOVED = "names-moved"
    SAME_NAME = "same-name"
    OTHER_SCRIPT = "other-script"
    AS_LISTED = "as-listed"
    SURNAME_ALONE = "surname-alone"
    INITIAL_ALONE = "initial-alone"
    NO_FULL_NAME = "no-full-name"
    OF_TABLE = "of-table"
    RECIPIENT_REFUSED = "recipient-refused"
    MAIL_REFUSED = "mail-refused"
    NO_RECIPIENT = "no-recipient"


def _(message: str) -> str:
    """Mark a message for the translation catalogues without translating it."""
    return message


class Message(str):
    """An English sentence that remembers its `template` and its `arguments`, and its `code` if code asks for it.

    >>> Message("“{}” is {}", "Токоева", "Melis Tokoev")
    '“Токоева” is Melis Tokoev'
    """

    __slots__ = ("arguments", "code", "template")
    template: str
    arguments: tuple[str, ...]
    code: str

    def __new__(cls, template: str, *arguments: object, code: str = "") -> Self:
        # Marks in an argument would break `parse_marked`, so strangers' texts lose them.
        plain = tuple(arg if isinstance(arg, Message) else _MARK.sub("", str(arg)) for arg in arguments)
        message = super().__new__(cls, template.format(*plain) if plain else template)
        message.template, message.arguments, message.code = template, plain, code
        return message

    def __getnewargs_ex__(self) -> tuple[Any, dict[str, str]]:
        return (self.template, *self.arguments), {"code": self.code}

    @property
    def marked(self) -> str:
        """Return the sentence in its stored form: its code, then the same English with marks around the arguments."""
        marked = [
            f"{_MESSAGE}{arg.marked}{_END}" if isinstance(arg, Message) else f"{_ARGUMENT}{arg}{_END}"
            for arg in self.arguments
        ]
        return (f"{_CODE}{self.code}{_END}" if self.code else "") + (self.template.format(*marked) if marked else self)


COUNTRY = "country "  # with a country's code: the code of a message that is its name, translated by the CLDR


def code_of(sentence: str | None) -> str:
    """Return the code of a sentence, empty if it has none."""
    return getattr(sentence, "code", "")


def arguments_of(sentence: str | None) -> tuple[str, ...]:
    """Return the arguments of a sentence; none if it is plain words."""
    arguments: tuple[str, ...] = getattr(sentence, "arguments", ())
    return arguments


def holds_words(sentence: str, words: str) -> bool:
    """Return whether an argument of a sentence holds these words, whatever the sentence says of them."""
    arguments = arguments_of(sentence)
    return any(holds_words(argument, words) if arguments_of(argument) else words in argument for argument in arguments)


def join_messages(separator: str, messages: Iterable[str]) -> Message:
    """Return one message that lists others and plain words, the first a message, with `separator` between them."""
    first, *following = messages
    assert isinstance(first, Message)
    return Message(separator.join(["{}"] * (1 + len(following))), first, *following) if following else first


def parse_marked(stored: str) -> str:
    """Return the message that `Message.marked` stored; a string without marks unchanged.

    >>> sentence = Message("“{}”: {} of {}", "Токоеву", Message("dative"), "Токоев")
    >>> parsed = parse_marked(sentence.marked)
    >>> parsed == sentence, parsed.template, parsed.arguments[1].template
    (True, '“{}”: {} of {}', 'dative')
    """
    if stored.startswith(_CODE):
        code, _, stored = stored[1:].partition(_END)
        sentence = _as_message(parse_marked(stored))
        return Message(sentence.template, *sentence.arguments, code=code)
    if _END not in stored:
        return stored
    template, arguments, depth, start = "", [], 0, 0
    for mark in _MARK.finditer(stored):
        if mark[0] != _END:
            if not depth:
                template += stored[start : mark.start()] + "{}"
                start, kind = mark.end(), mark[0]
            depth += 1
        elif depth:
            depth -= 1
            if not depth:
                inner = stored[start : mark.start()]
                arguments.append(_as_message(parse_marked(inner)) if kind == _MESSAGE else inner)
                start = mark.end()
    template += stored[start:]
    if depth or re.search("[{}]", template.replace("{}", "")):  # not written by `marked`
        return _MARK.sub("", stored)
    return Message(template, *arguments)


def _as_message(text: str) -> Message:
    return text if isinstance(text, Message) else Message(text)
