"""A build of monitor whose sentences have other words: its programs run in a process of their own.

Each letter of a sentence is one of Glagolitic, so that what such a build says can be compared with what this one says.
"""

from __future__ import annotations

import ast
import importlib.machinery
import re
import sys
from collections.abc import Sequence
from types import CodeType, ModuleType

_LATIN = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_GLAGOLITIC = "".join(map(chr, range(0x2C00, 0x2C00 + len(_LATIN))))
_WORDS = str.maketrans(f"{_LATIN}{_LATIN.lower()}()", f"{_GLAGOLITIC}{_GLAGOLITIC.lower()}⟮⟯")
_OUR_WORDS = {new: old for old, new in _WORDS.items()}
_PLACES = re.compile(r"(\{[^}]*\}|%\(\w+\)s)")


def reworded(sentence: str) -> str:
    """Return a template in other words, with its places."""
    parts = _PLACES.split(sentence)
    return "".join(part if place % 2 else part.translate(_WORDS) for place, part in enumerate(parts))


def in_our_words(text: str) -> str:
    """Return what another build says in the words of this one."""
    return text.translate(_OUR_WORDS)


class _Rewording(ast.NodeTransformer):
    """Rewords the sentences of a module: the first argument of `Message` and `_`."""

    def visit_Call(self, node: ast.Call) -> ast.Call:
        self.generic_visit(node)
        match node:
            case ast.Call(func=ast.Name(id="Message" | "_"), args=[ast.Constant(value=str(sentence)) as first, *_]):
                first.value = reworded(sentence)
        return node


class _Loader(importlib.machinery.SourceFileLoader):
    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        return compile(_Rewording().visit(ast.parse(self.get_data(path))), path, "exec", dont_inherit=True)


class _Finder:
    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        is_ours = name.partition(".")[0] == "monitor"
        spec = importlib.machinery.PathFinder.find_spec(name, path, target) if is_ours else None
        if spec and spec.origin and spec.origin.endswith(".py"):
            spec.loader = _Loader(name, spec.origin)
        return spec


def reword_monitor() -> None:
    """Let this process import a build of other words; nothing of `monitor` is imported yet."""
    assert not any(name.partition(".")[0] == "monitor" for name in sys.modules)
    sys.meta_path.insert(0, _Finder)  # type: ignore[arg-type]
