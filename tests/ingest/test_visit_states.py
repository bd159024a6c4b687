"""The state of a feed after a visit, and the time of the next one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ingest.visits import OLD, page, reader, rss, same, shared, wait
from kit.fault_server import ok
from kit.store import DAY, HOUR, MINUTE, NOW
from monitor.feeds.health import STATUS_TEXTS, assess_feed
from monitor.fetch.responses import is_challenge
from monitor.model import Feed, FeedStatus

__all__ = ["reader", "shared"]


# ---- states ---------------------------------------------------------------------------------------------------------

CHALLENGES = (
    "<script>window._cf_chl_opt={cvId:'3'}</script>",
    '<script src="/.well-known/ddos-guard/js-challenge/index.js"></script>',
    '<script src="/__qrator/qauth_utm_v2.js"></script>',
    "<script>var s={},sucuri_cloudproxy_js='';</script>",
    "Request unsuccessful. Incapsula incident ID: 1-2",
    '<script id="anubis_challenge" type="application/json">{}</script>',
)
NO_CHALLENGES = (
    "<script src='/cdn-cgi/challenge-platform/scripts/jsd/main.js'></script>",  # of a page that was let through
    "<script src='/_Incapsula_Resource?SWJIYLWA=1'></script>",
    "<script src='https://x.token.awswaf.com/y/challenge.js'></script>",
    "Just a moment: our feed is on holiday",
)


@pytest.mark.parametrize(
    ("words", "challenge"), [*((w, True) for w in CHALLENGES), *((w, False) for w in NO_CHALLENGES)]
)
def test_a_page_that_asks_for_a_browser_is_known_by_what_no_other_page_holds(words, challenge):
    assert is_challenge(page(words)) is challenge


async def test_a_proxy_that_is_not_there_is_no_trouble_of_the_outlet_and_is_to_be_started(reader):
    feed = Feed(reader.id, reader.server.url(OLD), "Post", proxy="socks5://127.0.0.1:1")
    reader.store.feeds.sync_list([feed], reader.now)
    await reader.visit()
    advice = assess_feed(reader.state, None, reader.now).text_with_advice
    assert advice == (
        "cannot be read, 1 try: the proxy does not answer. "
        "Start the proxy that feeds.yaml or MONITOR_PROXY names, or name another."
    )
    beyond = replace(reader.state, detail="the proxy does not connect us")  # it is there: the outlet may be blocked
    assert "reach it from elsewhere" in assess_feed(beyond, None, reader.now).text_with_advice


ENDS = [
    (page(CHALLENGES[0]), FeedStatus.REFUSED, "does not show that it is blocked"),
    (page(), FeedStatus.HTML, "Open it in a browser"),
    (ok(b"", status="403 No"), FeedStatus.REFUSED, "does not show that it is blocked"),
    (ok(b"", status="451 No"), FeedStatus.REFUSED, "it may be an order"),
    (ok(b"", status="429 Slowly"), FeedStatus.THROTTLED, "less often"),
    (ok(b"", status="404 Not Found"), FeedStatus.NOT_FOUND, "new address"),
    (ok(b"", status="410 Gone"), FeedStatus.GONE, "once a week"),
    (ok(b"", status="500 Oh"), FeedStatus.UNREACHABLE, "does not show that it is blocked"),
    (ok(b"all is well"), FeedStatus.UNPARSABLE, "tell the outlet"),
    (ok(rss()), FeedStatus.EMPTY, "Check whether its site has news"),
    (ok(rss(1, 2, dated=False)), FeedStatus.UNDATED, "dated by when they came"),
    (ok(rss(1, 2)), FeedStatus.OK, ""),
]


@pytest.mark.parametrize(("answer", "status", "todo"), ENDS, ids=[status.value for _, status, _ in ENDS])
async def test_a_feed_has_a_state_and_stays_in_it_with_what_to_do(reader, answer, status, todo):
    reader.server.paths[OLD] = answer
    begun = None
    for _ in range(3):
        await reader.visit()
        shown = assess_feed(reader.state, None, reader.now)
        begun = begun or reader.now
        assert (shown.status, shown.since, todo in " ".join(shown.todo), bool(shown.todo)) == (
            status,
            begun,
            True,
            bool(todo),
        )


def test_each_state_has_words_and_each_trouble_says_what_to_do():
    assert set(STATUS_TEXTS) == set(FeedStatus)
    well = {FeedStatus.NEW, FeedStatus.OK, FeedStatus.UNCHANGED}
    assert {status for status, words in STATUS_TEXTS.items() if not words.todo} == well


async def test_a_feed_without_an_entry_of_the_last_visit_overflows_for_a_day_and_is_due_sooner(reader):
    reader.server.paths[OLD] = ok(rss(*range(10)))
    await reader.visit()
    reader.server.paths[OLD] = ok(rss(*range(9, 19)))
    await reader.visit()
    assert reader.status is FeedStatus.OK
    reader.server.paths[OLD] = ok(rss(*range(20, 30)), 'ETag: "1"')
    visit = await reader.visit(30 * MINUTE)
    lost = reader.now
    assert (reader.status, visit.status) == (FeedStatus.OVERFLOWING, FeedStatus.OK)
    assert 5 * MINUTE <= visit.next_due - reader.now <= 15 * MINUTE
    reader.server.paths[OLD] = same()
    for pause in (HOUR, 22 * HOUR):
        await reader.visit(pause)
        shown = assess_feed(reader.state, None, reader.now)
        assert (shown.status, shown.since) == (FeedStatus.OVERFLOWING, lost)
    await reader.visit(2 * HOUR)
    assert reader.status is FeedStatus.UNCHANGED


async def test_a_feed_that_overflows_again_and_again_does_so_since_the_first_time(reader):
    for n in range(5):
        reader.server.paths[OLD] = ok(rss(*range(10 * n, 10 * n + 10)))
        await reader.visit(20 * HOUR)
    shown = assess_feed(reader.state, None, reader.now)
    assert (shown.status, shown.since) == (FeedStatus.OVERFLOWING, NOW + 40 * HOUR)


async def test_what_overflows_shows_in_guids_and_links_together(reader):
    """Some feeds change every guid at every visit, some have one link for all, some were empty in between."""

    def feed(*items: tuple[str, str]) -> bytes:
        entries = "".join(
            f"<item><guid>{g}</guid><title>{g}</title><link>https://x.example{link}</link></item>" for g, link in items
        )
        return ok(b'<rss version="2.0"><channel>' + entries.encode() + b"</channel></rss>")

    for answer, overflows in (
        (feed(("a", "/1"), ("b", "/2")), False),
        (feed(("c", "/1"), ("d", "/2")), False),
        (ok(rss()), False),
        (feed(("c", "/"), ("e", "/")), False),
        (feed(("f", "/"), ("g", "/")), True),
    ):
        reader.server.paths[OLD] = answer
        await reader.visit()
        assert (reader.state.memory.overflow_last is not None) is overflows


# ---- when again -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "extra", "expected"),
    [
        (("Cache-Control: max-age=7200",), "", 2 * HOUR),
        (("Cache-Control: max-age=504576000",), "", DAY),
        ((), "<ttl>120</ttl>", 2 * HOUR),
        (("Cache-Control: max-age=60",), "<ttl>120</ttl>", 2 * HOUR),
        ((), "<ttl>999999</ttl>", DAY),
    ],
)
async def test_what_a_feed_asks_for_holds_for_unchanged_answers_too(reader, headers, extra, expected):
    reader.server.paths[OLD] = ok(rss(1, 2, extra=extra), 'ETag: "1"', *headers)
    assert await wait(reader) == expected
    reader.server.paths[OLD] = same()
    assert await wait(reader) == expected


async def test_a_feed_that_answers_304_is_asked_oftener_and_one_quiet_for_years_less_often(reader):
    reader.server.paths[OLD] = ok(rss(1, 2, dated=False), 'ETag: "1"')
    whole = await wait(reader)
    assert whole == round(DAY / 35 / MINUTE) * MINUTE  # nothing is known of its hours
    reader.server.paths[OLD] = same()
    unchanged = await wait(reader, whole)
    assert unchanged < whole
    reader.server.paths[OLD] = ok(rss(1, 2, dated=False))
    assert 3 * HOUR < await wait(reader, 1000 * DAY) <= 4 * HOUR
    reader.server.paths[OLD] = ok(rss(1, 2, 3))
    assert await wait(reader) < HOUR


@pytest.mark.parametrize(("answer", "expected"), [("120", 30 * MINUTE), ("10800", 3 * HOUR), ("999999", DAY)])
@pytest.mark.parametrize("status", ["429 Slowly", "503 Later"])
async def test_retry_after_is_honoured_up_to_a_day(reader, status, answer, expected):
    reader.server.paths[OLD] = ok(b"", f"Retry-After: {answer}", status=status)
    assert await wait(reader) == expected


async def test_a_feed_that_is_gone_is_asked_once_more_and_then_rests_and_may_come_back(reader):
    reader.server.paths[OLD] = ok(b"", status="410 Gone")
    assert [await wait(reader), await wait(reader, DAY), await wait(reader, 7 * DAY)] == [DAY, 7 * DAY, 7 * DAY]
    reader.server.paths[OLD] = ok(rss(1))
    assert await wait(reader, 7 * DAY) < HOUR
