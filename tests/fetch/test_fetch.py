"""Requests: headers, validators, redirects and statuses."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest
import respx

from fetch.fetch_mocks import FEED, NOW, failure, get
from kit.fetchers import OwnFetcher
from monitor.errors import FetchError, FetchReason, InputError
from monitor.fetch.policy import FetchPolicy
from monitor.model import Validators
from monitor.ports import Purpose

OTHER_FEED = "https://hills.example/feed"


def to(place: str, status: int = 302, **headers: str) -> httpx.Response:
    return httpx.Response(status, headers={"Location": place, **headers})


# ---- what a request says ------------------------------------------------------------------------------------------


@respx.mock
async def test_a_request_says_who_we_are_and_nothing_else():
    route = respx.get(FEED).respond(200, content=b"<rss/>")
    await get()
    assert dict(route.calls.last.request.headers) == {
        "host": "lake.example",
        "user-agent": FetchPolicy().user_agent,
        "accept": route.calls.last.request.headers["accept"],
        "accept-encoding": "gzip, deflate",
    }


def test_the_user_agent_looks_like_a_feed_reader_and_like_no_browser():
    agent = FetchPolicy().user_agent
    assert agent.startswith("newsroom-monitor/")
    assert "feed reader" in agent
    assert "Mozilla" not in agent and "python" not in agent.lower()


def test_a_user_agent_that_could_smuggle_a_header_is_refused_at_once():
    for agent in ("reader\r\nX-Evil: 1", "читатель"):
        with pytest.raises(InputError):
            FetchPolicy(user_agent=agent)


@pytest.mark.parametrize(("purpose", "kind"), [(Purpose.FEED, "application/atom+xml"), (Purpose.PAGE, "text/html")])
@respx.mock
async def test_a_request_asks_for_the_kind_of_document_it_wants(purpose, kind):
    route = respx.get(FEED).respond(200)
    await get(purpose=purpose)
    assert kind in route.calls.last.request.headers["accept"]


@respx.mock
async def test_cookies_are_neither_kept_nor_passed_on_to_the_caller():
    route = respx.get(FEED).respond(200, headers={"Set-Cookie": "id=7; Domain=.lake.example", "X-Kept": "1"})
    async with OwnFetcher(FetchPolicy(host_gap=0), now=lambda: NOW) as fetcher:
        answer = await fetcher.get(FEED, Purpose.FEED)
        await fetcher.get(FEED, Purpose.FEED)
    assert "set-cookie" not in answer.headers and answer.headers["x-kept"] == "1"
    assert all("cookie" not in call.request.headers for call in route.calls)


@respx.mock
async def test_no_page_learns_where_we_came_from():
    respx.get(FEED).mock(return_value=to(OTHER_FEED))
    next_page = respx.get(OTHER_FEED).respond(200)
    await get()
    assert "referer" not in next_page.calls.last.request.headers


@pytest.mark.parametrize("query", ["?a=%2f&b=%2F", "?utm_source=x&&y=", "?", "?q=a+b%20c", "?x[]=1|2"])
@respx.mock
async def test_a_query_is_sent_byte_for_byte(query):
    route = respx.route(host="lake.example").respond(200)
    answer = await get("https://lake.example/p" + query)
    assert route.calls.last.request.url.raw_path == b"/p" + query.encode()
    assert answer.url == "https://lake.example/p" + query


# ---- validators ---------------------------------------------------------------------------------------------------

ODD_ETAGS = ['"abc"', 'W/"a,b;c=d e"', '"abc-gzip"', "no-quotes", '"ünïcode"', '""']


@pytest.mark.parametrize("etag", ODD_ETAGS)
@respx.mock
async def test_an_etag_comes_back_to_the_server_byte_for_byte(etag):
    raw, stamp = etag.encode(), b"Tue, 3 Feb 26 9:00 +0600 (about)"
    route = respx.get(FEED).mock(
        return_value=httpx.Response(200, headers=[(b"ETag", raw), (b"Last-Modified", stamp)], content=b"<rss/>")
    )
    first = await get()
    route.mock(return_value=httpx.Response(304))
    second = await get(validators=first.validators)
    sent = dict(route.calls.last.request.headers.raw)
    assert sent[b"If-None-Match"] == raw
    assert sent[b"If-Modified-Since"] == stamp
    assert second.is_not_modified and second.validators == first.validators and second.body == b""


@respx.mock
async def test_the_first_request_has_no_condition():
    route = respx.get(FEED).respond(200)
    await get()
    assert not {"if-none-match", "if-modified-since"} & set(route.calls.last.request.headers)


@respx.mock
async def test_validators_follow_every_200_even_to_none():
    respx.get(FEED).mock(return_value=httpx.Response(200, headers={"ETag": '"2"'}))
    old = Validators('"1"', "Mon, 02 Mar 2026 09:00:00 GMT")
    assert (await get(validators=old)).validators == Validators('"2"')
    respx.get(FEED).mock(return_value=httpx.Response(200))
    assert (await get(validators=old)).validators == Validators()


@respx.mock
async def test_a_304_may_bring_new_validators():
    respx.get(FEED).mock(return_value=httpx.Response(304, headers={"ETag": '"2"'}))
    answer = await get(validators=Validators('"1"', "Mon, 02 Mar 2026 09:00:00 GMT"))
    assert answer.validators == Validators('"2"', "Mon, 02 Mar 2026 09:00:00 GMT")


@respx.mock
async def test_unchanged_is_no_answer_to_a_question_without_a_condition():
    respx.get(FEED).respond(304)
    assert (await failure()).reason is FetchReason.BAD_RESPONSE


@pytest.mark.parametrize("target", [OTHER_FEED, "https://lake.example/new.xml", "https://lake.example/rss.xml?1"])
@respx.mock
async def test_after_a_redirect_no_other_resource_sees_the_etag_and_each_gives_its_own(target):
    # the more particular first: to respx, a pattern without a query matches any
    respx.get(target).mock(return_value=httpx.Response(200, headers={"ETag": '"theirs"'}))
    respx.get(FEED).mock(return_value=to(target, ETag='"of the redirect"'))
    answer = await get(validators=Validators('"ours"', "Mon, 02 Mar 2026 09:00:00 GMT"))
    headers_by_url = {call.request.url: call.request.headers for call in respx.calls}
    assert headers_by_url[httpx.URL(FEED)]["if-none-match"] == '"ours"'
    assert not {"if-none-match", "if-modified-since"} & set(headers_by_url[httpx.URL(target)])
    assert answer.validators == Validators('"theirs"')


@respx.mock
async def test_the_validators_of_a_redirects_target_are_shown_to_it_alone():
    respx.get(OTHER_FEED).mock(return_value=httpx.Response(304, headers={"ETag": '"2"'}))
    respx.get(FEED).mock(return_value=to(OTHER_FEED, 302))
    answer = await get(validators=Validators('"1"', "Mon, 02 Mar 2026 09:00:00 GMT", of=OTHER_FEED))
    first, second = (call.request.headers for call in respx.calls)
    assert not {"if-none-match", "if-modified-since"} & set(first)
    assert second["if-none-match"] == '"1"'
    assert answer.is_not_modified and answer.validators == Validators('"2"', "Mon, 02 Mar 2026 09:00:00 GMT")


@pytest.mark.parametrize(
    ("statuses", "moved"),
    [([301], 1), ([308], 1), ([301, 308], 2), ([301, 302], 1), ([302], 0), ([307, 301], 0), ([303], 0), ([], 0)],
)
@respx.mock
async def test_a_feed_has_moved_as_far_as_permanent_redirects_lead(statuses, moved):
    places = [FEED, *(f"https://lake.example/{n}" for n in range(len(statuses)))]
    for status, source, target in zip(statuses, places, places[1:], strict=False):
        respx.get(source).mock(return_value=to(target, status))
    respx.get(places[-1]).respond(200)
    assert (await get()).moved_to == (places[moved] if moved else "")


@respx.mock
async def test_a_304_behind_a_redirect_is_not_taken_for_unchanged():
    respx.get(FEED).mock(return_value=to(OTHER_FEED))
    respx.get(OTHER_FEED).respond(304)
    with pytest.raises(FetchError) as caught:
        await get(validators=Validators('"ours"'))
    assert caught.value.reason is FetchReason.BAD_RESPONSE


# ---- redirects ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    ("place", "end"),
    [
        (OTHER_FEED, OTHER_FEED),
        ("/feed", "https://lake.example/feed"),
        ("feed?x=1", "https://lake.example/feed?x=1"),
        ("//hills.example/feed", OTHER_FEED),
        (OTHER_FEED + "#top", OTHER_FEED),
        ("http://hills.example/feed", "http://hills.example/feed"),
    ],
)
@respx.mock
async def test_a_redirect_is_followed_to_where_it_says(status, place, end):
    respx.get(FEED).mock(return_value=to(place, status))
    respx.get(end).respond(200, content=b"here")
    answer = await get()
    assert (answer.url, answer.status, answer.body) == (end, 200, b"here")


@respx.mock
async def test_eight_redirects_are_followed_and_no_ninth():
    for n in range(9):
        respx.get(f"https://lake.example/{n}").mock(return_value=to(f"/{n + 1}"))
    end = respx.get("https://lake.example/9").respond(200)
    assert (await get("https://lake.example/1")).status == 200
    assert (await failure("https://lake.example/0")).reason is FetchReason.REDIRECTS
    assert end.call_count == 1


@respx.mock
async def test_a_circle_of_redirects_ends_when_it_closes():
    first = respx.get(FEED).mock(return_value=to(OTHER_FEED))
    second = respx.get(OTHER_FEED).mock(return_value=to(FEED))
    assert (await failure()).reason is FetchReason.REDIRECTS
    assert (first.call_count, second.call_count) == (1, 1)


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ("", FetchReason.BAD_RESPONSE),
        ("javascript:alert(1)", FetchReason.FORBIDDEN_ADDRESS),
        ("file:///etc/passwd", FetchReason.FORBIDDEN_ADDRESS),
        ("gopher://hills.example/", FetchReason.FORBIDDEN_ADDRESS),
        ("data:text/html,hello", FetchReason.FORBIDDEN_ADDRESS),
        ("https://user:word@hills.example/", FetchReason.FORBIDDEN_ADDRESS),
        ("https://[::1", FetchReason.FORBIDDEN_ADDRESS),
        ("https://hills.example:0/", FetchReason.FORBIDDEN_ADDRESS),
        ("https://hills.example:99999/", FetchReason.FORBIDDEN_ADDRESS),
        ("https://hills.example/" + "x" * 2100, FetchReason.TOO_LARGE),
    ],
)
@respx.mock
async def test_a_redirect_to_what_is_no_web_page_is_refused(place, reason):
    respx.get(FEED).mock(return_value=to(place))
    error = await failure()
    assert error.url == FEED
    assert error.reason is reason


@pytest.mark.parametrize("status", [300, 304, 305, 306])
@respx.mock
async def test_other_3xx_are_not_redirects(status):
    respx.get(FEED).mock(return_value=to(OTHER_FEED, status))
    assert (await failure()).reason is FetchReason.BAD_RESPONSE


# ---- statuses -----------------------------------------------------------------------------------------------------

STATUSES = [
    (401, {}, FetchReason.REFUSED),
    (403, {}, FetchReason.REFUSED),
    (451, {}, FetchReason.REFUSED),
    (503, {"cf-mitigated": "challenge"}, FetchReason.REFUSED),
    (202, {"x-amzn-waf-action": "challenge"}, FetchReason.REFUSED),
    (429, {}, FetchReason.THROTTLED),
    (429, {"Retry-After": "60"}, FetchReason.THROTTLED),
    (503, {"Retry-After": "60"}, FetchReason.THROTTLED),
    (503, {}, FetchReason.SERVER),
    (503, {"Retry-After": "soon"}, FetchReason.SERVER),
    (500, {}, FetchReason.SERVER),
    (502, {}, FetchReason.SERVER),
    (520, {}, FetchReason.SERVER),
    (410, {}, FetchReason.GONE),
    (404, {}, FetchReason.NOT_FOUND),
    (400, {}, FetchReason.NOT_FOUND),
    (418, {}, FetchReason.NOT_FOUND),
    (408, {}, FetchReason.TIMEOUT),
    (204, {}, FetchReason.BAD_RESPONSE),
    (206, {}, FetchReason.BAD_RESPONSE),
]


@pytest.mark.parametrize(("status", "headers", "reason"), STATUSES)
@respx.mock
async def test_every_status_but_200_and_304_has_its_reason(status, headers, reason):
    respx.get(FEED).respond(status, headers=headers, content=b"<h1>no</h1>")
    error = await failure()
    assert (error.reason, error.status) == (reason, status)
    assert str(status) in str(error)


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        ("60", timedelta(minutes=1)),
        ("Mon, 02 Mar 2026 12:10:00 GMT", timedelta(minutes=10)),
        ("Mon, 02 Mar 2026 11:00:00 GMT", timedelta(0)),
        ("soon", None),
    ],
)
@respx.mock
async def test_retry_after_is_passed_on_as_a_time_to_wait(value, wait):
    respx.get(FEED).respond(429, headers={"Retry-After": value})
    assert (await failure()).retry_after == wait


@respx.mock
async def test_what_went_wrong_is_one_plain_sentence_without_the_address():
    respx.get(url__startswith=FEED).respond(403)
    error = await failure(FEED + "?token=s3cret")
    assert "s3cret" not in str(error) and "lake.example" not in str(error)
    assert "\n" not in str(error)
