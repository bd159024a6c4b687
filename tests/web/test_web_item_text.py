"""Which paragraphs of an article a card shows, and how the others are opened."""

from __future__ import annotations

import pytest
from lxml import html

from kit.app import App
from kit.desk import Browser
from kit.store import filed, hit
from web.queue_desk import aida, app, filled

__all__ = ["aida", "app", "filled"]  # fixtures

WITH_NAME = "Melis Tokoev was heard by the city court."
WITHOUT_NAME = "The hearing was short, and nobody was let in."


@pytest.mark.parametrize(
    ("paragraphs", "opening_labels"),
    [
        ([WITH_NAME], []),
        ([WITH_NAME, WITHOUT_NAME], ["… 1 more paragraph"]),
        ([WITH_NAME, WITHOUT_NAME, WITHOUT_NAME], ["… 2 more paragraphs"]),
        ([WITHOUT_NAME, WITH_NAME, WITHOUT_NAME], ["Show the whole text"]),
    ],
)
def test_a_key_opens_one_gap_where_it_is_and_several_on_a_page_of_the_whole(
    app: App, aida: Browser, paragraphs: list[str], opening_labels: list[str]
):
    text = "\n".join(paragraphs)
    item = filed(app.store, hit(text=text), text=text)
    card = html.fromstring(aida.get(f"/items/{item.id}").text)
    labels = [" ".join(e.text_content().split()) for e in card.xpath("//*[@data-key='e']")]
    assert labels == opening_labels
    for link in card.xpath("//a[@data-key='e']/@href"):
        whole_page = html.fromstring(aida.get(link).text)
        assert whole_page.find_class("text")[0].text_content().count(WITHOUT_NAME) == paragraphs.count(WITHOUT_NAME)
        assert not whole_page.find_class("gap") and len(whole_page.xpath("//a[@data-key='e']")) == 1
