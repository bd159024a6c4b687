"""Which paragraphs of an article a card shows, how the others are opened, and what stands beside the other articles."""

from __future__ import annotations

from dataclasses import replace

import pytest
from lxml import html

from kit.app import App
from kit.desk import Browser
from kit.store import HOUR, NOW, filed, hit, mention, stored
from monitor.model import Field, Hit, Placement
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


def test_the_list_of_articles_says_whom_only_a_copy_names(app: App, aida: Browser):
    def bring(*hits: Hit, title: str, text: str) -> None:
        into = app.item(item.id)
        copy, of_lead = stored(app.store, *hits, title=title, text=text), Placement(into.story, copy_of=into.lead.id)
        app.store.stories.file(copy, of_lead, into, NOW, expected_version=into.version)

    item = filed(app.store, hit(text=WITH_NAME), text=WITH_NAME, at=NOW - HOUR, title="In court")
    copy = "Cholpon Arzyeva was heard by the city court. Melis Tokoev was not."
    both = (hit(text=copy), hit("Cholpon Arzyeva", "cholpon", copy))
    bring(*both, title="Heard", text=copy)
    bring(hit(text=WITH_NAME), title="In court again", text=WITH_NAME)
    in_headline = mention("Cholpon Arzyeva", copy, "cholpon", field=Field.TITLE)
    bring(both[0], replace(both[1], mentions=(in_headline,)), title="Cholpon Arzyeva heard", text=copy)
    tabs = html.fromstring(aida.get(f"/items/{item.id}").text).xpath("//nav[@id='articles']//a")
    named = {
        tab.xpath("string(.//*[@class='own-headline'])"): [
            (" ".join(e.text_content().split()), "in-headline" in e.get("class"))
            for e in tab.xpath(".//*[contains(@class, 'named-there')]")
        ]
        for tab in tabs
    }
    # The third is shown on phones alone, which have no room for headlines.
    assert named == {
        "": [],
        "Heard": [("Named: Cholpon Arzyeva", False)],
        "In court again": [],
        "Cholpon Arzyeva heard": [("Named: Cholpon Arzyeva", True)],
    }
