"""Pure. Edits of a YAML list that people write: only the lines of the items that change are written again.

Comments and the bytes of all other lines stay as they are.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

from monitor.config.forms import Report
from monitor.config.yaml import compose, place_of, style, write_list

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
    report = Report(file)
    root = compose(text, report)
    if isinstance(root, MappingNode):
        root = next((value for name, value in root.value if name.value == key), None)
    if not isinstance(root, SequenceNode) or root.flow_style or not root.value:
        place = place_of(root and root.start_mark)
        raise report.failed(place, "no list of one item a line", f"write `{key}:` that way")
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = text.splitlines(keepends=True)
    column = root.start_mark.column
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
            lines.append(newline)
        # Without its first line, the key: the file has its own, or is only a list.
        lines.append(_indented(write_list(key, added).split("\n", 1)[1], column - 2).replace("\n", newline))
    return "".join(lines)


def edit_key(text: str, key: str, value: Row | str, before: str, file: str) -> str:
    """Return the text of a file with the value of a top-level key replaced, or with a line for it above another key.

    Raises InputError if the file has no such other key.
    """
    report = Report(file)
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
    yaml = YAML()
    yaml.width = 1_000_000_000
    mapping = CommentedMap({name: style(inner) for name, inner in value.items()})
    mapping.fa.set_flow_style()
    out = io.StringIO()
    yaml.dump(mapping, out)
    return out.getvalue().strip()


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
    yaml.width = 1_000_000_000
    shift = column - offset  # the columns at which ruamel writes; comments keep theirs
    (item,) = items = yaml.load(_indented(text, -shift))
    if isinstance(item, CommentedMap):
        _update(item, old, new)
    else:  # a text, which stands for a mapping with this one key
        items[0] = CommentedMap({name: style(value) for name, value in new.items()})
        if comment := items.ca.items.pop(0, None):
            items[0].yaml_add_eol_comment(comment[0].value.strip(), list(new)[-1])
    out = io.StringIO()
    yaml.dump(items, out)
    return _indented(out.getvalue(), shift)


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
