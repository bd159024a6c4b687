"""Pure. YAML files that people write.

The only module, with `yaml_edit`, that knows ruamel.yaml. YAML 1.2 is read as nodes: every scalar stays the text that
was typed (`no`, `12:30` and `0123` are text), and every node knows its line and column. Anchors, aliases and tags are
refused, because no list of names or feeds needs them, and a few lines of aliases can expand to gigabytes ("billion
laughs").
"""

from __future__ import annotations

import io
import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedSeq
from ruamel.yaml.composer import Composer, ComposerError, MaxDepthExceededError
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from monitor.config.forms import Loc, Part, Place, Report, place_in, suggest
from monitor.model import Message

MAX_DEPTH = 10


# ---- reading YAML -----------------------------------------------------------------------------------------------


def read_list(text: str, key: str, text_key: str, report: Report) -> list[Part]:
    """Return the items of the list under a YAML file's only key, as `read_list_and_keys` does."""
    return read_list_and_keys(text, key, text_key, report)[0]


def read_list_and_keys(
    text: str, key: str, text_key: str, report: Report, other_keys: Collection[str] = ()
) -> tuple[list[Part], dict[str, Part]]:
    """Return the items of the list under a key of a YAML file, or of a file that is only a list; and the other keys.

    A text item stands for a mapping with that text under `text_key`. An empty list is a problem. Raises InputError at
    the first YAML error.
    """
    whole = Part({}, {(): Place()})
    root = compose(text, report)
    items = _read_node(root, (), whole, report) if root else None
    at: Loc = ()
    other_parts: dict[str, Part] = {}
    if isinstance(items, dict):
        for name in items.keys() - {key, *other_keys}:
            report.add(whole.keys[name,], Message("unknown key {}", repr(name)), suggest(name, [key, *other_keys]))
        other_parts = {
            name: Part(items[name], whole.places, whole.keys, (name,)) for name in other_keys if name in items
        }
        items, at = items.get(key), (key,)
    if not isinstance(items, list) or not items:
        wrong = Message("this is not a list") if items else Message("an empty list")
        report.add(whole.place(*at), wrong, Message("write `{}:` and one item a line below it, each after `- `", key))
        return [], other_parts
    values = ({text_key: value} if isinstance(value, str) else value for value in items)
    return [Part(value, whole.places, whole.keys, (*at, i)) for i, value in enumerate(values)], other_parts


def _read_node(node: Node, path: Loc, whole: Part, report: Report) -> Any:
    """Return a node's value (text, None, a list or a dict), and note its places in `whole`."""
    whole.places[path] = place_of(node.start_mark)
    if isinstance(node, SequenceNode):
        return [_read_node(inner, (*path, i), whole, report) for i, inner in enumerate(node.value)]
    if not isinstance(node, MappingNode):
        return None if node.tag == "tag:yaml.org,2002:null" else node.value
    mapping: dict[str, Any] = {}
    for key, inner in node.value:
        name = key.value if isinstance(key, ScalarNode) else "(not text)"
        place = place_of(key.start_mark)
        if name in mapping:
            first = whole.keys[*path, name].line
            report.add(
                place,
                Message("{} stands here twice (first on line {})", repr(name), first),
                Message("keep one of them"),
            )
            continue
        mapping[name] = _read_node(inner, (*path, name), whole, report)
        whole.keys[*path, name] = place
        if inner.start_mark.index == inner.end_mark.index:  # an empty value: ruamel gives the place of the next node
            whole.places[*path, name] = place
    return mapping


def place_of(mark: Any) -> Place:
    """Return the place of a mark of ruamel's."""
    return Place(mark.line + 1, mark.column + 1) if mark else Place()


class _PlainComposer(Composer):
    """A composer that refuses anchors, aliases and tags."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        event = self.parser.peek_event()
        if isinstance(event, AliasEvent) or event.anchor is not None:
            raise ComposerError(None, None, "anchor", event.start_mark)
        if event.ctag is not None:
            raise ComposerError(None, None, "tag", event.start_mark)
        return super().compose_node(parent, index)


_NOT_CLOSED = ("expected ',' or", "unexpected end of stream")
# Words in messages of ruamel.yaml, and the plain explanation and advice. The first match wins.
_EXPLANATIONS = (
    ("found character '\\t'", Message("a tab"), Message("indent with spaces")),
    ("anchor", Message("an anchor or alias (& or *)"), Message("write the value out, or put it in quotes")),
    ("tag", Message("a tag (!)"), Message("leave it out, or put the value in quotes")),
    ("another document", Message("a second document (---)"), Message("put everything in one")),
    (
        "mapping values are not allowed",
        Message("a colon where none can stand"),
        Message("put text that holds ': ' in quotes"),
    ),
    (
        "could not find expected ':'",
        Message("a line that is neither `key: value` nor a list item"),
        Message("add the colon, or quotes"),
    ),
    (
        "<block end>",
        Message("indented differently from the lines it belongs to"),
        Message("align it with the lines above"),
    ),
    (
        _NOT_CLOSED[0],
        Message("a bracket that is not closed, or a comma missing"),
        Message("close it, or add the comma"),
    ),
    (_NOT_CLOSED[1], Message("a quote that is not closed"), Message("close it")),
    (
        "cannot start any token",
        Message("a character that must stand in quotes here"),
        Message("put the text in quotes"),
    ),
)


def compose(text: str, report: Report) -> Node | None:
    """Return the root node of a YAML text, or None for an empty text. Raises InputError at the first YAML error."""
    # Pure Python: the parser in C would not use our composer.
    yaml = YAML(typ="safe", pure=True)
    yaml.Composer = _PlainComposer
    yaml.max_depth = MAX_DEPTH
    try:
        node: Node | None = yaml.compose(text)
    except MaxDepthExceededError as error:
        raise report.failed(place_of(error.problem_mark), f"nested more than {MAX_DEPTH} deep", "flatten it") from None
    except MarkedYAMLError as error:
        message = str(error.problem or error.context or error)
        explanation = next(((w, t) for sign, w, t in _EXPLANATIONS if sign in message), None)
        wrong, todo = explanation or (
            Message("not valid YAML ({})", message),
            Message("see yaml.org, or compare with the lines around it"),
        )
        # A bracket or quote that is not closed is reported where it opens; ruamel reports it at the end of the file.
        mark = error.context_mark if any(sign in message for sign in _NOT_CLOSED) else error.problem_mark
        raise report.failed(place_of(mark or error.problem_mark or error.context_mark), wrong, todo) from None
    except ReaderError as error:
        wrong = Message("a character that cannot be printed (U+{})", f"{error.character:04X}")
        raise report.failed(place_in(text, error.position), wrong, Message("delete it")) from None
    except (YAMLError, ValueError) as error:  # a number in an escape or a directive that is out of range
        raise report.failed(Place(), Message("not valid YAML ({})", error), "see yaml.org") from None
    return node


# ---- writing YAML -----------------------------------------------------------------------------------------------


# ruamel.yaml writes some texts without quotes and reads them back as other values (`[?x]`); quotes are always safe.
_PLAIN = re.compile(r"\w(?:[\w ./()’-]*[\w.)])?")


def write_list(key: str, items: Iterable[str | Mapping[str, Any]]) -> str:
    """Return a YAML file with one list under one key: mappings in block style, their lists on one line."""
    yaml = YAML()
    yaml.width = 1_000_000_000  # never folded: a folded line is a changed line in every diff
    yaml.indent(mapping=2, sequence=4, offset=2)
    out = io.StringIO()
    yaml.dump({key: [style(item) for item in items]}, out)
    return out.getvalue()


def style(value: Any) -> Any:
    """Return a value for ruamel.yaml to write: text in quotes unless it is safe without, lists on one line."""
    if isinstance(value, str):
        return value if _PLAIN.fullmatch(value) else DoubleQuotedScalarString(value)
    if isinstance(value, Mapping):
        return {key: style(inner) for key, inner in value.items()}
    if isinstance(value, list):
        sequence = CommentedSeq(map(style, value))
        sequence.fa.set_flow_style()
        return sequence
    return value
