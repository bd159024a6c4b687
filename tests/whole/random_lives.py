"""Steps of a random life: a card is read, a fleet reads and files."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass

from lxml import html
from sqlalchemy import update

from kit.desk import Browser
from kit.home import open_app
from kit.internet import Reader
from monitor.fleet.slice_worker import SliceWorker
from monitor.model import Queue
from monitor.store import tables as t


@dataclass(frozen=True)
class Card:
    """The card of an item as somebody read it, with each of its articles."""

    item: int
    version: str
    entities: tuple[str, ...]  # as the forms of its names send them
    text: str
    pages: int  # of its articles, that were read


def read_card(desk: Browser, item: int) -> Card:
    """Read the card as the desk shows it, then the other articles that it lists."""
    page = html.fromstring(desk.get(f"/items/{item}").text)
    hrefs = page.xpath("//nav[@id='articles']//a[contains(@href, 'article=') and not(@aria-current)]/@href")
    pages = [page, *(html.fromstring(desk.get(href).text) for href in hrefs)]
    (version,) = set(page.xpath("//aside//input[@name='version']/@value"))
    entities = page.xpath("//section[starts-with(@id, 'name-')]//input[@name='entity']/@value")
    return Card(item, version, tuple(entities), " ".join(map(_words_of_card, pages)), len(pages))


def _words_of_card(page: html.HtmlElement) -> str:
    """Return the words of a card about its own articles, without those of other items."""
    (card,) = page.xpath("//article[contains(@class, 'card')]")
    for elsewhere in card.xpath(".//*[contains(@class, 'related') or @class='earlier' or @class='history']"):
        elsewhere.drop_tree()
    return " ".join(card.itertext())


def read_as_a_fleet(desk: Reader, filers: int) -> None:
    """Read by slices, then let so many workers file at once."""
    app = desk.app
    app.tend_home()
    with app.store.database.writing("a test") as connection:
        connection.execute(update(t.feed).values(next_due=app.clock()))

    async def work() -> None:
        async with SliceWorker(app) as worker:
            for queue in (Queue.VISITS, Queue.PAGES, Queue.RECHECKS):
                for number in app.store.claims.due_slices(queue, app.clock()):
                    await worker.read(queue, number)

    asyncio.run(work())
    desk.advance(minutes=2)  # what was seen in this minute is complete now
    with ExitStack() as stack, ThreadPoolExecutor(filers) as pool:
        apps = [open_app(desk.home, desk.clock) for _ in range(filers)] if filers > 1 else [app]
        for one in apps:
            stack.callback(one.close if one is not app else lambda: None)
        for filing_job in [pool.submit(SliceWorker(one).file) for one in apps]:
            filing_job.result()
    SliceWorker(app).file()  # what another one filed at that moment may have waited for it
