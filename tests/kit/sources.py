"""Sources over a site on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kit.home import furnish
from kit.sites import Site


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as serving:
        yield serving


def home_of(site: Site, folder: Path, feeds: str = "") -> Path:
    furnish(folder, site)
    (folder / "feeds.yaml").write_text(
        feeds or "# ours\nfeeds:\n  - url: https://old.example/rss # the first\n  # the end\n", encoding="utf-8"
    )
    return folder
