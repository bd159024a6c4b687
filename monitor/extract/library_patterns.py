"""Pure. trafilatura's XPath patterns, rewritten to select the same elements in a third to nine tenths of the time.

lxml calls Python for each `re:test` of each element, even if the element lacks the attribute. libxml2 finds tags fast
only by steps such as `descendant::div`, not by tests such as `*[self::div]`.
"""

from __future__ import annotations

import re
from importlib import import_module

from lxml.etree import XPath

_REGEXP_NAMESPACE = "http://exslt.org/regular-expressions"
_CALL = re.compile(r"re:test\((@[\w@|-]+), *'([^']*)'(, *'i')?\)")
_PLAIN_WORDS = re.compile(r"[\w -]+")
_PREDICATE = r"\s*\[(?:'[^']*'|[^\[\]'])*\]"
_TAGS_WITH_PREDICATES = re.compile(rf"\(?\.//\*\[(self::\w+(?: or self::\w+)*)\]((?:{_PREDICATE})+?)\)?(\[1\])?")
# Of patterns with few words: what each match of them contains.
CONTAINED_TEXTS = {
    "mvp-post-add-(?:box|wrap)|infinite-?scroll": ("mvp-post-add-", "infinite"),
    "mvp-post-add-(?:box|wrap)": ("mvp-post-add-",),
    "^[Cc]omment(?!ary)|(?:article|post)-comments": ("omment",),
}


def guard_library_patterns() -> None:
    """Replace trafilatura's patterns by ones that select the same elements."""
    for module in map(import_module, ("trafilatura.xpaths", "trafilatura.baseline")):
        for name, value in list(vars(module).items()):
            if isinstance(value, XPath):
                setattr(module, name, guarded(value))
            elif isinstance(value, list) and all(isinstance(pattern, XPath) for pattern in value):
                value[:] = map(guarded, value)  # in place, because other modules have imported the list


def guarded(pattern: XPath) -> XPath:
    """Return a pattern that selects the same elements; of one that ends in "[1]" the first, as trafilatura takes it."""
    path = _CALL.sub(_guarded_call, pattern.path.strip())
    if step := _TAGS_WITH_PREDICATES.fullmatch(path):
        tags, predicates, first = step.groups(default="")
        union = " | ".join(tag.replace("self::", "descendant::") + predicates + first for tag in tags.split(" or "))
        path = f"({union}){first}"
    elif "][1]" not in path:
        path = path.replace(".//", "descendant::")  # libxml2 does so by itself only without predicates
    return XPath(path, namespaces={"re": _REGEXP_NAMESPACE})


def _guarded_call(call: re.Match[str]) -> str:
    attribute, words, flag = call.groups()
    if flag is None and _PLAIN_WORDS.fullmatch(words):
        return f"contains({attribute}, '{words}')"
    if re.search(words, ""):  # an element without the attribute matches
        return call[0]
    contained = () if flag else CONTAINED_TEXTS.get(words, ())
    test = " or ".join(f"contains({attribute}, '{text}')" for text in contained) or attribute
    return f"(({test}) and {call[0]})"
