"""Pure. A digest as one HTML page in one column: nothing remote, no script, everything from outside escaped."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from monitor.digest.make import Digest
from monitor.digest.view import LONG, view
from monitor.digest.words import cut

LARGEST = 80_000  # bytes: mail services hide what comes after some 100 kB
_LONGEST_ADDRESS = 90  # shown; the link itself is whole
_SHORTER = (LONG, 40, 25, 15, 8, 4, 2, 1)


def as_html(digest: Digest) -> str:
    """The digest under 80 kB: on a long day sections are shortened, and say how many more there are."""
    for most in _SHORTER:
        page = _template().render(view=view(digest, most))
        if len(page.encode("utf-8")) < LARGEST:
            break
    return page


@cache
def _template() -> Template:
    # Jinja escapes by file ending unless told otherwise.
    environment = Environment(
        loader=PackageLoader("monitor.digest"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["shortened"] = lambda url: cut(url, _LONGEST_ADDRESS)
    return environment.get_template("digest.html")
