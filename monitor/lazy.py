"""Faces of packages that import a module when one of its names is first asked for (PEP 562)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def lazy_face(package: str, names_by_module: Mapping[str, str]) -> Callable[[str], Any]:
    """Return the `__getattr__` of a package; each of its modules comes with the names it gives, with spaces between."""
    modules = {name: module for module, names in names_by_module.items() for name in names.split()}

    def load(name: str) -> Any:
        if name not in modules:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(f"{package}.{modules[name]}"), name)

    return load
