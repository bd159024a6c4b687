"""A home with one run behind it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from kit.articles import COURT, WEATHER
from kit.home import furnish, open_app
from kit.outlets import Outlet, Piece, Web

FEEDS = "feeds:\n  - url: https://a.example/rss\n    outlet: A\n"


@contextmanager
def furnished_home(folder: Path) -> Iterator[Path]:
    """Yield a home that never ran, over an outlet with two articles and one that refuses."""
    pieces = [Piece("court", "Court extends arrest", COURT), Piece("snow", "Snow on Thursday", WEATHER)]
    with Web(Outlet("post", "en", pieces), Outlet("herald", "en", status=403)) as web:
        yield furnish(folder, web)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with furnished_home(tmp_path_factory.mktemp("home")) as folder:
        with closing(open_app(folder)) as app:
            app.ingest()
        yield folder
