"""Pages of an invented outlet, and what extraction reads of them."""

from __future__ import annotations

from monitor.extract.page import extract
from monitor.model import Extracted, OutletProfile, Zone

URL = "https://news.example.test/page"
STORY = "<p>A court in an invented town on Wednesday freed a reporter who had been held for almost three weeks.</p>" * 3


def page(head: str = "", body: str = "", html: str = "<html>") -> Extracted:
    return extract(f"{html}<head>{head}</head><body><article>{body}{STORY}</article></body></html>".encode(), URL)


def zone_of(words: str, page: Extracted) -> Zone | None:
    at = page.text.find(words)
    return next((z.zone for z in page.zones if z.span.start <= at < z.span.end), None)


STORY_PARAGRAPHS = [
    "A court in an invented town on Wednesday freed a reporter who had been held for almost three weeks without charge.",
    "Her lawyer told the newsroom that the judge had found no reason for the arrest and had let her go under a promise.",
    "Colleagues waited at the door with flowers and posters, and then all of them drove to the office at the river.",
    "The prosecutor has ten days to appeal, and said through an aide that it had not been decided whether to do so.",
]
BEFORE, AFTER = ("".join(f"<p>{p}</p>" for p in part) for part in (STORY_PARAGRAPHS[:2], STORY_PARAGRAPHS[2:]))


def extract_page(
    body: str, author: str = "", profile: OutletProfile = OutletProfile(), title: str = "Court frees reporter"
) -> Extracted:
    meta = f'<meta name="author" content="{author}">' if author else ""
    html = f"<html><head><title>{title} | Herald</title>{meta}</head><body><h1>{title}</h1>{body}</body></html>"
    return extract(html.encode(), URL, profile=profile)
