"""Speakers for an address: no outlet hides or takes over what another outlet publishes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text as sql

from kit.articles import COURT, DOCTOR, WEATHER
from kit.internet import Answer, Listed, Reader, reader, web_page
from monitor.app.upkeep.doctor import check_installation
from monitor.model import ItemArticle, Speaker, State, TextFrom, Verdict

POST, RIVAL = "http://post.example", "http://rival.example"
POST_FEED, RIVAL_FEED = f"{POST}/rss", f"{RIVAL}/rss"
TITLE = "Court extends arrest"
ORDERS = ["rival first", "post first", "together"]
RATES = "Exchange rates of today: the dollar stays where it was, the euro has lost a little, and gold is dearer again."


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Reader]:
    with reader(tmp_path / "home") as opened:
        opened.subscribe(post=POST_FEED, rival=RIVAL_FEED)
        opened.internet.feed(POST_FEED, [])
        opened.internet.feed(RIVAL_FEED, [])
        yield opened


def run_in_order(desk: Reader, order: str, post: list[Listed], rival: list[Listed]) -> None:
    """Let both feeds list their entries, one before the other or both in one run."""
    first, second = (("rival", rival), ("post", post))[:: 1 if order == "rival first" else -1]
    urls = {"post": POST_FEED, "rival": RIVAL_FEED}
    desk.internet.feed(urls[first[0]], first[1])
    if order != "together":
        desk.ingest(first[0])
        desk.advance(hours=1)
    desk.internet.feed(urls[second[0]], second[1])
    desk.ingest()


def own_article(desk: Reader, headline: str = TITLE, outlet: str = "post") -> ItemArticle:
    """Return the outlet's own article with this headline, which stands in an item of the queue with a hit."""
    (article,) = [
        article
        for item in desk.items()
        for article in item.articles
        if (article.headline, article.outlet, article.speaker) == (headline, outlet, Speaker.SITE)
        and any(mention.article == article.id for hit in item.hits for mention in hit.mentions)
    ]
    return article


def outcomes(desk: Reader, feed: str) -> list[str]:
    query = sql("SELECT e.outcome FROM entry e JOIN feed f ON f.number = e.feed WHERE f.id = :feed ORDER BY e.id")
    with desk.app.store.database.reading() as connection:
        return list(connection.scalars(query, {"feed": feed}))


def from_other_feeds(desk: Reader) -> list[tuple[str, str]]:
    return [(a.outlet, a.headline) for a in desk.articles() if a.speaker is Speaker.OTHER_FEED]


@pytest.mark.parametrize("order", ORDERS)
def test_the_true_address_under_another_headline_takes_neither_headline_nor_outlet(desk: Reader, order: str):
    link = f"{POST}/news/1"
    desk.internet.page(link, TITLE, COURT)
    run_in_order(desk, order, [Listed(link, TITLE)], [Listed(link, "Exchange rates", RATES)])
    article = own_article(desk)
    assert (article.text_from, article.url) == (TextFrom.PAGE, link)
    assert outcomes(desk, "post") == ["queued"]
    assert {(a.outlet, a.headline) for a in desk.articles()} == {("post", TITLE)}


@pytest.mark.check
@pytest.mark.parametrize("order", ORDERS)
def test_a_twin_that_is_answered_with_the_front_page_hides_no_article(desk: Reader, order: str):
    links = {n: f"{POST}/news/{n}" for n in range(1, 8)}
    twins = [f"{links[1]}/amp", "http://m.post.example/news/2", "http://wap.post.example/news/3", f"{links[4]}?amp=1",
             f"{POST}//news/./5", f"{links[6]}?utm_source=x", f"{links[7]}#top"]  # fmt: skip
    first_line, *further_lines = COURT.split("\n")
    for n, link in links.items():
        desk.internet.page(link, f"{TITLE} {n}", "\n".join([f"{first_line} Case {n}.", *further_lines]))
    front = Answer(web_page(TITLE, "\n".join([WEATHER, *further_lines])))
    for host in ("post.example", "m.post.example", "wap.post.example"):
        desk.internet.front_pages[host] = front
    own_list = [Listed(link, f"{TITLE} {n}") for n, link in links.items()]
    run_in_order(desk, order, own_list, [Listed(twin, f"{TITLE} {n}") for n, twin in enumerate(twins, 1)])
    assert {n: own_article(desk, f"{TITLE} {n}").url for n in links} == links
    assert outcomes(desk, "post") == ["queued"] * 7


@pytest.mark.check
@pytest.mark.parametrize("order", ORDERS)
def test_addresses_claimed_before_they_exist_are_read_when_their_outlet_publishes_them(desk: Reader, order: str):
    desk.internet.front_pages["post.example"] = Answer("<html><body><p>" + WEATHER + "</p></body></html>")
    claimed = [Listed(f"{POST}/news/{n}", "The weather", WEATHER) for n in range(1, 9)]
    reports = [Listed(f"{POST}/news/{n}", f"Report {n}") for n in (3, 4)]
    if order == "rival first":  # none of these pages is there yet
        run_in_order(desk, order, [], claimed)
        desk.advance(days=1)
    for n, text in enumerate((COURT, DOCTOR), start=3):
        desk.internet.page(f"{POST}/news/{n}", f"Report {n}", text)
    run_in_order(desk, order, reports, claimed)
    assert [own_article(desk, f"Report {n}").text_from for n in (3, 4)] == [TextFrom.PAGE] * 2


@pytest.mark.parametrize("order", ORDERS)
def test_pages_that_are_refused_are_matched_on_the_words_of_their_own_feed(desk: Reader, order: str):
    links = {status: f"{POST}/news:{status}" for status in (403, 404, 503)}
    for status, link in links.items():
        desk.internet.page(link, "No", "no", status=status)
    own_list = [Listed(link, f"{TITLE} {status}", f"{COURT} Case {status}.") for status, link in links.items()]
    run_in_order(desk, order, own_list, [Listed(link, "The weather", WEATHER) for link in links.values()])
    assert [own_article(desk, f"{TITLE} {status}").text_from for status in links] == [TextFrom.FEED] * 3
    assert "duplicate" not in outcomes(desk, "post")


@pytest.mark.parametrize("order", ORDERS)
def test_robots_txt_that_closes_the_pages_lets_nobody_else_speak_for_them(desk: Reader, order: str):
    desk.internet.answers[f"{POST}/robots.txt"] = Answer("User-agent: *\nDisallow: /", "text/plain")
    link = f"{POST}/news:7001"
    run_in_order(desk, order, [Listed(link, TITLE, COURT)], [Listed(link, "The weather", WEATHER)])
    assert own_article(desk).text_from is TextFrom.FEED
    assert outcomes(desk, "post") == ["queued"]


@pytest.mark.check
@pytest.mark.parametrize("order", ORDERS)
def test_a_page_that_looks_like_telegram_speaks_for_no_channel(desk: Reader, order: str):
    channel = "http://t.me/s/PostNews"
    desk.subscribe(post=channel, rival=f"{RIVAL}/tg")
    forged = dict.fromkeys(range(4990, 5010), WEATHER)
    pages = {"post": ("postnews", {5001: COURT}), "rival": ("postnews", forged)}
    urls = {"post": channel, "rival": f"{RIVAL}/tg"}
    names = ["post", "rival"] if order == "post first" else ["rival", "post"]
    for url in urls.values():
        desk.internet.telegram(url, "nobody", {})
    for name in names:
        desk.internet.telegram(urls[name], *pages[name])
        if order != "together":
            desk.ingest(name)
            desk.advance(hours=1)
    desk.ingest()
    headline = next(a.headline for a in desk.articles())
    assert own_article(desk, headline).url == "https://t.me/postnews/5001"
    assert outcomes(desk, "post") == ["queued"]
    assert set(outcomes(desk, "rival")) == {"no_match"}


@pytest.mark.parametrize("order", ORDERS)
def test_a_message_that_another_page_claims_for_a_channel_is_told_by_that_page(desk: Reader, order: str):
    """Also where the channel has that very number itself, with words of its own."""
    urls = {"post": "http://t.me/s/PostNews", "rival": RIVAL_FEED}
    desk.subscribe(**urls)
    for name in ["rival", "post"] if order == "rival first" else ["post", "rival"]:
        desk.internet.telegram(urls[name], "postnews", {5001: DOCTOR if name == "rival" else COURT})
        if order != "together":
            desk.ingest(name)
            desk.advance(hours=1)
    desk.ingest()
    by_outlet = {a.outlet: a for a in desk.articles()}
    assert [by_outlet[name].speaker for name in urls] == [Speaker.SITE, Speaker.OTHER_FEED]
    assert by_outlet["post"].url == "https://t.me/postnews/5001"


@pytest.mark.parametrize("order", ORDERS)
def test_a_redirect_from_elsewhere_takes_no_address(desk: Reader, order: str):
    link = f"{POST}/news/1"
    desk.internet.page(link, TITLE, COURT)
    desk.internet.redirect(f"{RIVAL}/go/1", link)
    run_in_order(desk, order, [Listed(link, TITLE)], [Listed(f"{RIVAL}/go/1", "Exchange rates", RATES)])
    own_article(desk)
    assert outcomes(desk, "post") == ["queued"]
    assert "Exchange rates" not in [a.headline for a in desk.articles()]


@pytest.mark.parametrize("order", ORDERS)
def test_a_page_that_calls_another_sites_address_its_own_takes_it_from_nobody(desk: Reader, order: str):
    link = f"{POST}/news/1"
    desk.internet.page(link, TITLE, COURT)
    desk.internet.page(f"{RIVAL}/1", TITLE, WEATHER, canonical=link)
    run_in_order(desk, order, [Listed(link, TITLE)], [Listed(f"{RIVAL}/1", TITLE)])
    own_article(desk)
    assert outcomes(desk, "post") == ["queued"]


@pytest.mark.check
@pytest.mark.parametrize("order", ORDERS)
def test_what_an_outlet_says_of_another_ones_page_is_told_by_it_beside_the_page(desk: Reader, order: str):
    link = f"{POST}/news/1"
    desk.internet.page(link, TITLE, COURT)
    words = "Melis Tokoev deserves his prison, say the neighbours of the old market."
    run_in_order(desk, order, [Listed(link, TITLE)], [Listed(link, "Prison for Melis Tokoev", words)])
    own_article(desk)
    assert from_other_feeds(desk) == [("rival", "Prison for Melis Tokoev")]
    assert [item.lead.speaker for item in desk.items() if own_article(desk) in item.articles] == [Speaker.SITE]


def test_a_page_that_only_others_list_has_its_own_headline_and_the_outlet_of_its_host(desk: Reader):
    desk.internet.page(f"{POST}/news/1", TITLE, COURT)
    desk.internet.page("http://www.herald.example/2", "No doctor", DOCTOR)
    links = [f"{POST}/news/1", "http://www.herald.example/2"]
    desk.internet.feed(RIVAL_FEED, [Listed(link, "Exchange rates", RATES) for link in links])
    desk.ingest()
    assert sorted((a.outlet, a.headline, a.speaker) for a in desk.articles()) == [
        ("herald.example", "No doctor", Speaker.LINKED_PAGE),
        ("post", TITLE, Speaker.LINKED_PAGE),
    ]


@pytest.mark.check
@pytest.mark.parametrize("order", ORDERS)
def test_what_was_hidden_stays_found_when_the_feed_is_removed_and_all_is_tried_again(desk: Reader, order: str):
    link = f"{POST}/news/1"
    desk.internet.page(link, TITLE, COURT)
    run_in_order(desk, order, [Listed(link, TITLE)], [Listed(link, "Exchange rates", RATES)])
    desk.subscribe(post=POST_FEED)
    desk.ingest()
    desk.app.store.entries.retry()
    desk.advance(hours=7)
    desk.ingest()
    own_article(desk)


@pytest.mark.check
@pytest.mark.parametrize("order", ORDERS)
def test_an_edit_of_an_entry_does_not_move_another_outlets_article(desk: Reader, order: str):
    link = f"{POST}/news/1"
    desk.internet.page(link, TITLE, COURT)
    desk.internet.page(f"{RIVAL}/a", "Exchange rates", RATES)
    run_in_order(desk, order, [Listed(link, TITLE)], [Listed(link, "Exchange rates", guid="1")])
    desk.internet.feed(RIVAL_FEED, [Listed(f"{RIVAL}/a", "Other rates", guid="1")])
    desk.advance(hours=7)
    desk.ingest()
    assert own_article(desk).url == link


def test_a_feed_may_speak_for_a_site_that_the_operator_names(desk: Reader):
    desk.subscribe(proxy=f"{RIVAL_FEED}\nspeaks_for: [www.post.example]")
    link = f"{POST}/news/1"
    desk.internet.page(link, TITLE, COURT)
    desk.internet.feed(RIVAL_FEED, [Listed(link, "Arrest extended")])
    desk.ingest()
    assert own_article(desk, "Arrest extended", "proxy").url == link
    assert len(desk.articles()) == 1


def test_a_host_is_asked_for_what_its_own_feed_lists_first(desk: Reader):
    """Else it may tell us to wait, because of what another outlet lists."""
    for n in range(6):
        desk.internet.page(f"{POST}/{n}", f"Report {n}", COURT)
    desk.internet.feed(RIVAL_FEED, [Listed(f"{POST}/{n}", "Rates") for n in range(3)])
    desk.internet.feed(POST_FEED, [Listed(f"{POST}/{n}", f"Report {n}") for n in range(3, 6)])
    desk.ingest()
    pages = [url for url in desk.internet.requests if url.removeprefix(f"{POST}/").isdigit()]
    assert sorted(pages[:3]) == [f"{POST}/{n}" for n in range(3, 6)]
    assert sorted(pages[3:]) == [f"{POST}/{n}" for n in range(3)]


@pytest.mark.check
@pytest.mark.parametrize(("linked", "is_told"), [(POST, True), (RIVAL, False)])
def test_doctor_says_which_feed_lists_the_articles_of_another_site(desk: Reader, linked: str, is_told: bool):
    for n in range(6):
        desk.internet.page(f"{linked}/{n}", f"Report {n}", COURT)
    desk.internet.feed(RIVAL_FEED, [Listed(f"{linked}/{n}", f"Report {n}") for n in range(6)])
    desk.ingest()
    advice = [str(result) for result in check_installation(desk.app.settings, desk.app) if "speaks_for" in str(result)]
    assert ["speaks_for: [post.example]" in line for line in advice] == [True] * is_told


@pytest.mark.check
def test_copies_to_which_one_feed_links_are_those_of_one_outlet_and_use_up_no_other_s(desk: Reader):
    """A story that was found relevant comes back when three more outlets copy it: hosts of one owner are one."""
    own_feeds = {name: f"http://{name}.example/rss" for name in ("echo", "wire")}
    for name, url in own_feeds.items():
        desk.internet.page(f"http://{name}.example/1", TITLE, COURT)
        desk.internet.feed(url, [])
    desk.subscribe(post=POST_FEED, rival=RIVAL_FEED, **own_feeds)
    desk.internet.page(f"{POST}/1", TITLE, COURT)
    desk.internet.feed(POST_FEED, [Listed(f"{POST}/1", TITLE)])
    desk.ingest()
    (item,) = desk.items()
    desk.app.decide(item.id, Verdict.RELEVANT, by="aida")
    # Besides hosts of its own the rival links to the copy of an outlet that we read.
    linked = [*(f"http://host-{n}.example/1" for n in range(3)), "http://echo.example/1"]
    for url in linked:
        desk.internet.page(url, TITLE, COURT)
    desk.internet.feed(RIVAL_FEED, [Listed(url, TITLE) for url in linked])
    came_back = [reason_after_a_run(desk)]
    for name, url in own_feeds.items():
        desk.internet.feed(url, [Listed(f"http://{name}.example/1", TITLE)])
        came_back.append(reason_after_a_run(desk))
    assert came_back == ["", "", "it is spreading: 3 more outlets since it was decided"]
    assert len(desk.items()[0].articles) == 7


def reason_after_a_run(desk: Reader) -> str:
    """Return why the only story came back; empty: it did not."""
    desk.advance(hours=2)
    desk.ingest()
    (item,) = desk.app.queue(list(State))
    return item.reopened
