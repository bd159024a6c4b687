"""Pure. YAML files that people write, and edits that write only the changed items again.

The only module that knows ruamel.yaml. YAML 1.2 is read as nodes: every scalar stays the text that was typed (`no`,
`12:30` and `0123` are text), and every node knows its line and column. Anchors, aliases and tags are refused, because
no list of names or feeds needs them, and a few lines of aliases can expand to gigabytes ("billion laughs"). An edit
leaves comments and the bytes of all other lines as they are.
"""

from __future__ import annotations

import io
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.composer import Composer, ComposerError, MaxDepthExceededError
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from monitor.config.forms import FileReport, Loc, Part, Place, place_in, suggest
from monitor.model import Message

MAX_DEPTH = 10


# ---- reading YAML -----------------------------------------------------------------------------------------------


def read_list(text: str, key: str, text_key: str, report: FileReport) -> list[Part]:
    """Return the items of the list under a YAML file's only key, as `read_list_and_keys` does."""
    return read_list_and_keys(text, key, text_key, report)[0]


def read_list_and_keys(
    text: str, key: str, text_key: str, report: FileReport, other_keys: Collection[str] = ()
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


def _read_node(node: Node, path: Loc, whole: Part, report: FileReport) -> Any:
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


def compose(text: str, report: FileReport) -> Node | None:
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
    yaml.indent(mapping=2, sequence=4, offset=2)
    return _written({key: [style(item) for item in items]}, yaml)


def _written(value: Any, yaml: YAML) -> str:
    yaml.width = 1_000_000_000  # never folded: a folded line is a changed line in every diff
    out = io.StringIO()
    yaml.dump(value, out)
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


Row = Mapping[str, Any]


def edit_list(
    text: str,
    key: str,
    file: str,
    *,
    changed: Mapping[int, tuple[Row, Row]] | None = None,
    removed: Iterable[int] = (),
    added: Sequence[Row | str] = (),
) -> str:
    """Return the text of a file with one list under one key (or only a list), with some items edited.

    `changed` maps the index of an item to its present and its new row; a value that is equal in both keeps its spelling
    and its comment.
    Raises InputError if the list does not have one item per line.
    """
    report = FileReport(file)
    root = compose(text, report)
    keys = [name for name, _ in root.value] if isinstance(root, MappingNode) else []
    if isinstance(root, MappingNode):
        root = next((value for name, value in root.value if name.value == key), None)
    if not isinstance(root, SequenceNode) or root.flow_style or not root.value:
        place = place_of(root and root.start_mark)
        raise report.failed(place, "no list of one item a line", f"write `{key}:` that way")
    # Line by line: ruamel's round trip of the whole file moves comments.
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = text.splitlines(keepends=True)
    column = root.start_mark.column
    # Another key may stand below the list.
    end = min((one.start_mark.line for one in keys if one.start_mark.line > root.start_mark.line), default=len(lines))
    lines_below = len(lines) - end
    edits: dict[int, tuple[Row, Row] | None] = dict(changed or {}) | dict.fromkeys(removed)
    # From the end, so that the line numbers of the items before stay true.
    for index in sorted(edits, reverse=True):
        first, last = _item_lines(root.value[index], lines, column)
        rows = edits[index]
        if rows is None and "".join(lines[last : last + 1]).isspace() and lines[first - 1].isspace():
            last += 1  # one empty line is enough between what remains
        new = "" if rows is None else _edited_item("".join(lines[first:last]), *rows, root.value[index], column)
        lines[first:last] = [new.replace("\n", newline)] if new else []
    if added:
        if lines and not lines[-1].endswith("\n"):
            lines[-1] += newline
        # Without its first line, the key: the file has its own, or is only a list.
        new = _indented(write_list(key, added).split("\n", 1)[1], column - 2).replace("\n", newline)
        lines.insert(len(lines) - lines_below, new)
    return "".join(lines)


def edit_key(text: str, key: str, value: Row | str, before: str, file: str) -> str:
    """Return the text of a file with the value of a top-level key replaced, or with a line for it above another key.

    Raises InputError if the file has no such other key.
    """
    report = FileReport(file)
    root = compose(text, report)
    pairs = {name.value: (name, node) for name, node in root.value} if isinstance(root, MappingNode) else {}
    if before not in pairs:
        raise report.failed(place_of(root and root.start_mark), f"no `{before}:`", f"write `{before}:` above the list")
    line = f"{key}: {_on_one_line(value)}"
    if key not in pairs:
        start = pairs[before][0].start_mark.index
        newline = "\r\n" if "\r\n" in text else "\n"
        return f"{text[:start]}{line}{newline}{text[start:]}"
    name, node = pairs[key]
    lines = text.splitlines(keepends=True)
    last = _last_line(node)
    start, end = name.start_mark.index, node.end_mark.index
    if isinstance(node, MappingNode) and not node.flow_style:
        end = sum(map(len, lines[: last + 1])) - (len(lines[last]) - len(lines[last].rstrip("\r\n")))
    return f"{text[:start]}{line}{text[end:]}"


def _on_one_line(value: Row | str) -> str:
    """Return a value as it is written in one line, with its texts in quotes unless they are safe without."""
    if isinstance(value, str):
        return value
    mapping = CommentedMap({name: style(inner) for name, inner in value.items()})
    mapping.fa.set_flow_style()
    return _written(mapping, YAML()).strip()


def _item_lines(item: Node, lines: Sequence[str], column: int) -> tuple[int, int]:
    """Return the range of lines of an item, from its dash to its last value; comments after it are not included."""
    first = item.start_mark.line
    while not lines[first].startswith("-", column):  # the dash of `-⏎    name: …` stands on an earlier line
        first -= 1
    return first, _last_line(item) + 1


def _last_line(node: Node) -> int:
    """Return the line on which the content of a node ends: a block's own end mark lies behind its comments."""
    if isinstance(node, MappingNode) and not node.flow_style:
        return max(max(_last_line(name), _last_line(value)) for name, value in node.value)
    if isinstance(node, SequenceNode) and not node.flow_style:
        return max(map(_last_line, node.value))
    start, end = node.start_mark, node.end_mark
    ends_before_line = end.column == 0 and end.line > start.line  # a block scalar ends where the next line begins
    return int(end.line - ends_before_line)


def _edited_item(text: str, old: Row, new: Row, node: Node, column: int) -> str:
    """Return the lines of one item with the values of a new row."""
    yaml = YAML()
    indents = dict(_indents(node))
    offset = indents.get(SequenceNode, 2)
    yaml.indent(mapping=indents.get(MappingNode, 2), sequence=offset + 2, offset=offset)
    yaml.preserve_quotes = True
    shift = column - offset  # the columns at which ruamel writes; comments keep theirs
    (item,) = items = yaml.load(_indented(text, -shift))
    if isinstance(item, CommentedMap):
        _update(item, old, new)
    else:  # a text, which stands for a mapping with this one key
        items[0] = CommentedMap({name: style(value) for name, value in new.items()})
        if comment := items.ca.items.pop(0, None):
            items[0].yaml_add_eol_comment(comment[0].value.strip(), list(new)[-1])
    return _indented(_written(items, yaml), shift)


def _indents(node: Node) -> Iterator[tuple[type[Node], int]]:
    """Yield how far the blocks within a node are indented, by their kind."""
    for name, value in node.value if isinstance(node, MappingNode) and not node.flow_style else ():
        if isinstance(value, MappingNode | SequenceNode) and not value.flow_style:
            yield type(value), value.start_mark.column - name.start_mark.column
            yield from _indents(value)


def _update(mapping: CommentedMap, old: Row, new: Row) -> None:
    for name in old.keys() - new.keys():
        mapping.pop(name, None)
    for name, value in new.items():
        old_value, written = old.get(name), mapping.get(name)
        if old_value == value and name in mapping:
            continue
        if isinstance(written, CommentedMap) and isinstance(value, Mapping):
            _update(written, old_value or {}, value)
        elif not (isinstance(written, CommentedSeq) and isinstance(value, list) and _update_list(written, value)):
            mapping[name] = style(value)


def _update_list(written: CommentedSeq, new: Sequence[str]) -> bool:
    """Remove and append texts so that a list holds the new ones; return False if their order needs more."""
    for index in reversed(range(len(written))):
        if written[index] not in new:
            del written[index]
    written.extend(map(style, new[len(written) :]))
    return bool(written) and list(written) == list(new)


def _indented(text: str, column: int) -> str:
    """Return the lines moved to the right, or to the left if `column` is negative."""
    lines = text.splitlines(keepends=True)
    if column < 0:
        return "".join(line[-column:] if line[:-column].isspace() else line for line in lines)
    return "".join(" " * column + line if line.strip() else line for line in lines)
