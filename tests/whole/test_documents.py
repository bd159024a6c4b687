"""The documents: their links lead somewhere, and all of docs/ is read in an evening."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = sorted((ROOT / "docs").rglob("*.md"))
PAGES = [*sorted(ROOT.glob("*.md")), *DOCS, ROOT / "benchmarks/README.md"]
WORDS = 25_000
LINK = re.compile(r"\]\(([^)\s]+)\)")


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken_links(page: Path, text: str) -> list[str]:
    """Return the links within the repository that lead to no file or no heading."""
    broken = []
    for link in LINK.findall(text):
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        if not re.match(r"https?:", link) and (not target.exists() or (anchor and anchor not in anchors(target))):
            broken.append(link)
    return broken


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])
def test_every_link_leads_to_a_file_and_a_heading(page: Path):
    assert broken_links(page, page.read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("link", "is_broken"),
    [
        ("contracts.md", False),
        ("contracts.md#exit-codes", False),
        ("https://example.org/nothing", False),
        ("design/no-such-page.md", True),
        ("contracts.md#no-such-heading", True),
        ("#no-such-heading", True),
    ],
)
def test_which_links_are_broken(link: str, is_broken: bool):
    assert (broken_links(ROOT / "docs/README.md", f"see [this]({link})") == [link]) is is_broken


def test_every_page_is_in_an_index():
    indexes = "".join((ROOT / index).read_text("utf-8") for index in ("docs/README.md", "docs/design/README.md"))
    assert [page.name for page in DOCS if page.name != "README.md" and f"({page.name})" not in indexes] == []


def test_all_of_docs_is_within_its_words():
    words = {str(page.relative_to(ROOT)): len(page.read_text("utf-8").split()) for page in DOCS}
    assert sum(words.values()) <= WORDS, f"cut {sum(words.values()) - WORDS} words of {words}"
