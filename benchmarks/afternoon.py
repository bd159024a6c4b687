"""The script that a newsroom's developer writes in an afternoon; `line.py` compares the line with it.

python benchmarks/afternoon.py FEEDS NAMES DATABASE     # two files with one URL or name a line
"""

from __future__ import annotations

import sys
from pathlib import Path

import feedparser
import httpx
import trafilatura
from rapidfuzz import fuzz
from sqlmodel import Field, Session, SQLModel, create_engine

CUTOFF = 85


class Article(SQLModel, table=True):
    """A page that was read, with the watched names in it."""

    url: str = Field(primary_key=True)
    title: str
    text: str
    names: str


def main(feeds: Path, names_file: Path, database: Path) -> None:
    names = [(name, name.casefold()) for name in names_file.read_text(encoding="utf-8").splitlines()]
    engine = create_engine(f"sqlite:///{database}")
    SQLModel.metadata.create_all(engine)
    with httpx.Client(follow_redirects=True) as client, Session(engine) as session:
        for feed in feeds.read_text(encoding="utf-8").splitlines():
            for entry in feedparser.parse(client.get(feed).content).entries:
                if session.get(Article, entry.link) is not None:
                    continue
                text = trafilatura.extract(client.get(entry.link).text) or ""
                folded = text.casefold()
                matches = [name for name, key in names if fuzz.partial_ratio(key, folded) >= CUTOFF]
                session.add(Article(url=entry.link, title=entry.title, text=text, names="; ".join(matches)))
                session.commit()


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
