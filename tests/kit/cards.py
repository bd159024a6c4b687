"""The card of an item as somebody reads it at the desk."""

from __future__ import annotations

from dataclasses import dataclass

from lxml import html

from kit.desk import Browser


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
