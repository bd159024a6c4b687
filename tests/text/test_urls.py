from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.urls import (
    article_key,
    can_be_canonical,
    is_front_page,
    is_twin,
    is_web_url,
    outlet_name,
    resolve_link,
    site_of,
    without_tracking,
)

SAME_PAGE = [
    ("http://vestnik.example/a", "https://vestnik.example/a"),
    ("https://www.vestnik.example/a", "https://vestnik.example/a"),
    ("https://m.vestnik.example/a", "https://vestnik.example/a"),
    ("https://www.m.vestnik.example/a", "https://vestnik.example/a"),
    ("https://amp.vestnik.example/a", "https://vestnik.example/a"),
    ("https://vestnik.example/a/amp/", "https://vestnik.example/a"),
    ("https://vestnik.example/a.amp", "https://vestnik.example/a"),
    ("https://vestnik.example/a/amp.html", "https://vestnik.example/a"),
    ("https://vestnik.example/a.amp.html", "https://vestnik.example/a.html"),
    ("https://vestnik.example/a?amp=1", "https://vestnik.example/a"),
    ("https://vestnik.example/a?amp", "https://vestnik.example/a"),
    ("https://vestnik.example/a?outputType=amp", "https://vestnik.example/a"),
    ("https://vestnik-example.cdn.ampproject.org/c/s/vestnik.example/a/amp", "https://vestnik.example/a"),
    ("https://vestnik-example.cdn.ampproject.org/v/vestnik.example/a?id=7&amp=1", "https://vestnik.example/a?id=7"),
    ("https://www.google.com/amp/s/vestnik.example/a", "https://vestnik.example/a"),
    ("http://vestnik.example:80/a", "https://vestnik.example:443/a"),
    ("https://VESTNIK.Example/a", "https://vestnik.example/a"),
    ("https://vestnik.example./a", "https://vestnik.example/a"),
    ("https://вестник.бел/a", "https://xn--b1agjinxh.xn--90ais/a"),
    ("https://ВЕСТНИК.БЕЛ/a", "https://вестник.бел/a"),
    ("https://vestnik.example/a/", "https://vestnik.example/a"),
    ("https://vestnik.example", "https://vestnik.example/"),
    ("https://vestnik.example/b/../a/./", "https://vestnik.example/a"),
    ("https://vestnik.example/b/%2e%2e/a", "https://vestnik.example/a"),
    ("https://vestnik.example//a", "https://vestnik.example/a"),
    ("https://vestnik.example/%7Eann/%d0%b0", "https://vestnik.example/~ann/а"),
    ("https://vestnik.example/a b", "https://vestnik.example/a%20b"),
    ("https://vestnik.example/a#comments", "https://vestnik.example/a"),
    ("https://vestnik.example/a?utm_source=tg&utm_medium=social", "https://vestnik.example/a"),
    ("https://vestnik.example/a?id=7&fbclid=X&gclid=Y&yclid=Z", "https://vestnik.example/a?id=7"),
    ("https://vestnik.example/a?ysclid=1&_openstat=2&UTM_Campaign=3", "https://vestnik.example/a"),
    ("https://vestnik.example/a?from=rss", "https://vestnik.example/a"),
    ("https://vestnik.example/a?ref=telegram", "https://vestnik.example/a"),
    ("https://vestnik.example/a?id=7&amp;utm_source=tg", "https://vestnik.example/a?id=7"),
    ("https://vestnik.example/a?y=2&x=1", "https://vestnik.example/a?x=1&y=2"),
    ("https://vestnik.example/a?q=a+b", "https://vestnik.example/a?q=a%20b"),
    ("https://vestnik.example/a/?utm_source=tg", "https://vestnik.example/a"),
    ("https://vestnik.example/?utm_source=tg", "https://vestnik.example"),
    (
        "https://vestnik.example/news/86156?from=rss&utm_referrer=https://herald.example/news",
        "https://vestnik.example/news/86156",
    ),
    ("https://vestnik.example/a?mTitle=x&mDesc=y&mImg=z&rpop=1", "https://vestnik.example/a"),
    ("https://vestnik.example/a?__twitter_impression=true&li_fat_id=1&guccounter=1", "https://vestnik.example/a"),
    ("  https://vestnik.example/\na\t", "https://vestnik.example/a"),
]

DIFFERENT_PAGES = [
    ("https://vestnik.example/a", "https://vestnik.example/A"),
    ("https://vestnik.example/a", "https://vestnik.example/a.html"),
    ("https://vestnik.example/a", "https://vestnik.example:8080/a"),
    ("https://vestnik.example/a", "https://ru.vestnik.example/a"),
    ("https://vestnik.example/a", "https://kg.vestnik.example/a"),
    ("https://m.kg/a", "https://kg/a"),
    ("https://vestnik.example/?p=1", "https://vestnik.example/?p=2"),
    *((f"https://vestnik.example/view?{name}=1001", f"https://vestnik.example/view?{name}=1002")
      for name in ("id", "newsid", "ELEMENT_ID", "sid", "v", "num", "article", "ref", "from", "source", "share", "amp")),
    ("https://vestnik.example/view?ELEMENT_ID=1", "https://vestnik.example/view?element_id=1"),
    ("https://vestnik.example/?1001", "https://vestnik.example/?1002"),
    ("https://vestnik.example/a?x=1&x=2", "https://vestnik.example/a?x=2&x=1"),
    ("https://vestnik.example/a%2Fb", "https://vestnik.example/a/b"),
    ("https://vestnik.example/a?q=a%2Bb", "https://vestnik.example/a?q=a+b"),
    ("https://vestnik.example/a?q=%D1%EE", "https://vestnik.example/a?q=%D2%EE"),  # windows-1251, no UTF-8
    ("https://vestnik.example/%D1%EE", "https://vestnik.example/%D2%EE"),
    ("https://vestnik.example/#!/news/5", "https://vestnik.example/#!/news/6"),
    ("https://vestnik.example/camp", "https://vestnik.example/c"),
    ("https://vestnik.example/amp", "https://vestnik.example/"),
    ("https://www.google.com/amp/", "https://www.google.com/"),
    ("https://straße.example/a", "https://strasse.example/a"),
    ("https://vestnik.example/go?to=https://herald.example/a", "https://herald.example/a"),
    ("https://vestnik.example/a?utmost=1", "https://vestnik.example/a?utmost=2"),
    ("https://archive.example/web/2025/https://vestnik.example/a", "https://archive.example/web/2024/https://vestnik.example/a"),
    ("https://archive.example/web/2025/https://vestnik.example/a", "https://vestnik.example/a"),
    ("https://vestnik.example/share?url=https://vestnik.example/a", "https://vestnik.example/share?url=https://vestnik.example/b"),
    ("https://vestnik.example/a?page=2", "https://vestnik.example/a"),
    ("https://vestnik.example/a?lang=ky", "https://vestnik.example/a?lang=ru"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "two"), SAME_PAGE)
def test_addresses_of_one_page_have_one_key(one: str, two: str):
    assert article_key(one) == article_key(two)


@pytest.mark.parametrize(("one", "two"), DIFFERENT_PAGES)
def test_different_pages_never_share_a_key(one: str, two: str):
    assert article_key(one) != article_key(two)


WEB = [
    "https://vestnik.example/a",
    "http://vestnik.example",
    "HTTP://VESTNIK.EXAMPLE/",
    "https://вестник.бел/новость дня",
    "http://127.0.0.1:8001/feed",
    "http://[::1]:8001/feed",
    "http://localhost/",
    "https://vestnik.example/" + "a" * (2048 - len("https://vestnik.example/")),
]
NOT_WEB = [
    "",
    "vestnik.example/a",
    "/a",
    "//vestnik.example/a",
    "mailto:desk@vestnik.example",
    "javascript:alert(1)",
    "ftp://vestnik.example/a",
    "file:///etc/passwd",
    "http:///a",
    "http://",
    "https://user@vestnik.example/",
    "https://user:secret@vestnik.example/",
    "https://vestnik.example\\@herald.example/",
    "https://vest nik.example/",
    "https://vest%6eik.example/",
    "https://-vestnik.example/",
    "https://vestnik..example/",
    "https://vestnik.example:99999/",
    "https://vestnik.example:port/",
    "https://[::1/",
    "https://vestnik.example/\ud800",
    "https://vestnik.example/" + "a" * (2049 - len("https://vestnik.example/")),
]


@pytest.mark.parametrize("url", WEB)
def test_a_web_address_may_be_asked_for(url: str):
    assert is_web_url(url)
    assert not is_web_url(article_key(url))  # a key is not for asking


@pytest.mark.parametrize("url", NOT_WEB)
def test_what_is_no_web_address_is_never_asked_for_and_is_its_own_key(url: str):
    assert not is_web_url(url)
    assert article_key(f" {url}\n") == url


@pytest.mark.parametrize(
    ("base", "link", "meant"),
    [
        ("https://vestnik.example/news/", "a.html", "https://vestnik.example/news/a.html"),
        ("https://vestnik.example/rss", "/a?id=1", "https://vestnik.example/a?id=1"),
        ("https://vestnik.example/rss", "//herald.example/a", "https://herald.example/a"),
        ("https://vestnik.example/rss", " https://herald.example/A/?utm_source=x#y\n",
         "https://herald.example/A/?utm_source=x#y"),
        ("https://vestnik.example/rss", "mailto:desk@vestnik.example", "mailto:desk@vestnik.example"),
        ("", "/a", "/a"),
        ("https://[::1/", "/a", "/a"),
    ],
)  # fmt: skip
def test_a_link_is_read_where_it_stands(base: str, link: str, meant: str):
    assert resolve_link(base, link) == meant


@pytest.mark.parametrize(
    ("canonical", "good"),
    [
        ("https://vestnik.example/a", True),
        ("https://www.vestnik.example/a?id=1", True),
        ("https://ru.vestnik.example/a", True),
        ("https://vestnik.example/?p=17", True),
        ("https://vestnik.example/", False),
        ("https://vestnik.example", False),
        ("https://herald.example/a", False),
        ("https://notvestnik.example/a", False),
        ("https://vestnik.example/en/", False),
        ("https://vestnik.example/?utm_source=x", False),
        ("", False),
        ("javascript:1", False),
    ],
)
def test_what_a_page_calls_its_own_address_counts_on_its_own_site_alone(canonical: str, good: bool):
    assert can_be_canonical(canonical, "http://m.vestnik.example/print/17") is good


@pytest.mark.parametrize(
    ("url", "outlet"),
    [
        ("https://www.vestnik.example/a", "vestnik.example"),
        ("http://m.Vestnik.example:8080/a", "vestnik.example"),
        ("https://ru.vestnik.example/", "ru.vestnik.example"),
        ("https://xn--b1agjinxh.xn--90ais/a", "вестник.бел"),
        ("https://xn--99999999999.example/", "xn--99999999999.example"),  # stands for no letters
        ("http://127.0.0.1:8001/feed", "127.0.0.1"),
        ("no address", ""),
    ],
)
def test_an_outlet_is_shown_by_its_host(url: str, outlet: str):
    assert outlet_name(url) == outlet


ONE_SITE = [
    ("https://www.azattyk.org/a/1", "https://rus.azattyk.org/a/2"),
    ("http://m.vestnik.example:8080/a", "https://vestnik.example/"),
    ("https://vestnik.com.kg/a", "https://news.vestnik.com.kg/b"),
    ("https://t.me/s/kloopnews", "https://t.me/KloopNews/4990"),
    ("https://telegram.me/kloopnews/1", "https://t.me/kloopnews/2"),
    ("https://medium.com/feed/@herald", "https://medium.com/@Herald/a-story-1"),
    ("https://herald.medium.com/feed", "https://herald.medium.com/a"),
    ("https://vestnik-example.cdn.ampproject.org/c/s/vestnik.example/a", "https://vestnik.example/b"),
    ("http://127.0.0.1:8000/feed", "http://127.0.0.1:8000/a"),
]
TWO_SITES = [
    ("https://vestnik.kg/a", "https://herald.kg/a"),
    ("https://vestnik.com.kg/a", "https://herald.com.kg/a"),
    ("https://vestnik.blogspot.com/a", "https://herald.blogspot.com/a"),
    ("https://vestnik.github.io/a", "https://herald.github.io/a"),
    ("https://vestnik.wordpress.com/a", "https://herald.wordpress.com/a"),
    ("https://t.me/s/vestnik", "https://t.me/herald/1"),
    ("https://medium.com/feed/@vestnik", "https://medium.com/@herald/a"),
    ("https://facebook.com/vestnik/posts/1", "https://facebook.com/herald/posts/1"),
    ("https://feeds.feedburner.com/vestnik", "https://feeds.feedburner.com/~r/herald/~3/1"),
    ("https://t.me.herald.kg/s/vestnik", "https://t.me/s/vestnik"),
    ("http://127.0.0.1:8000/feed", "http://127.0.0.1:8001/feed"),
    ("http://10.0.0.1/feed", "http://11.0.0.1/feed"),
]


@pytest.mark.parametrize(("one", "two"), ONE_SITE)
def test_addresses_of_one_publisher_are_one_site(one: str, two: str):
    assert site_of(one) == site_of(two) != ""


@pytest.mark.parametrize(("one", "two"), TWO_SITES)
def test_addresses_of_two_publishers_are_two_sites_also_on_one_host(one: str, two: str):
    assert site_of(one) != site_of(two)


@pytest.mark.parametrize("url", ["", "t.me/s/kloopnews", "mailto:desk@vestnik.example", "https://[::1/"])
def test_what_is_no_web_address_is_of_no_site(url: str):
    assert site_of(url) == ""


@pytest.mark.parametrize(
    ("url", "twin"),
    [
        ("https://vestnik.example/news/1", False),
        ("https://www.vestnik.example/news/1/?utm_source=rss#top", False),
        ("https://vestnik.example/news/1?id=amp", False),
        ("https://vestnik.example/camp", False),
        ("https://m.kg/news/1", False),
        ("http://vestnik.example/news/1", True),
        ("https://m.vestnik.example/news/1", True),
        ("https://www.mobile.vestnik.example/news/1", True),
        ("https://vestnik.example/news/1/amp", True),
        ("https://vestnik.example/news/1/amp/", True),
        ("https://vestnik.example/news/1?amp=1", True),
        ("https://vestnik-example.cdn.ampproject.org/c/s/vestnik.example/news/1", True),
    ],
)
def test_an_address_is_plain_or_the_twin_of_a_plain_one(url: str, twin: bool):
    assert is_twin(url) is twin


@pytest.mark.parametrize(
    ("url", "front"),
    [
        ("https://vestnik.example", True),
        ("https://vestnik.example/ky/", True),
        ("https://vestnik.example/index.php", True),
        ("https://vestnik.example/?amp=1", True),
        ("https://vestnik.example/amp", False),
        ("https://vestnik.example/?p=17", False),
        ("https://vestnik.example/#!/news/5", False),
        ("https://vestnik.example/news/", False),
        ("https://vestnik.example/12", False),
    ],
)
def test_a_front_page_is_no_article(url: str, front: bool):
    assert is_front_page(url) is front


# ---- always ------------------------------------------------------------------------------------------------------

SEGMENT = st.text("abzАяө0189-_~. %", min_size=1, max_size=8).filter(lambda s: s.strip(" .") == s and "%" not in s)
PARAMETER = st.tuples(st.sampled_from(["id", "sid", "newsid", "ELEMENT_ID", "v", "num"]), st.text("aZ09я", max_size=4))
PARTS = st.tuples(
    st.sampled_from(["vestnik.example", "ru.herald.example", "вестник.бел", "127.0.0.1"]),
    st.lists(SEGMENT, max_size=4).filter(lambda path: "amp" not in path),
    st.lists(PARAMETER, max_size=3, unique_by=lambda p: p[0]),
)
Parts = tuple[str, list[str], list[tuple[str, str]]]


def build(scheme: str, host: str, path: list[str], query: list[tuple[str, str]], end: str = "") -> str:
    parameters = "&".join(f"{name}={value}" for name, value in query)
    return f"{scheme}://{host}/" + "/".join(path) + end + (f"?{parameters}" if parameters else "")


def is_named(host: str) -> bool:
    return not host[0].isdigit()


def quoted(path: list[str]) -> list[str]:
    return ["".join(f"%{byte:02x}" for byte in segment.encode()) for segment in path]


VARIANTS: dict[str, Callable[[str, list[str], list[tuple[str, str]]], str]] = {
    "http": lambda h, p, q: build("http", h, p, q),
    "scheme in capitals": lambda h, p, q: build("HTTPS", h, p, q),
    "www": lambda h, p, q: build("https", f"www.{h}" if is_named(h) else h, p, q),
    "mobile": lambda h, p, q: build("https", f"m.{h}" if is_named(h) else h, p, q),
    "amp host": lambda h, p, q: build("https", f"amp.{h}" if is_named(h) else h, p, q),
    "host in capitals": lambda h, p, q: build("https", h.upper(), p, q),
    "host with dot": lambda h, p, q: build("https", f"{h}.", p, q),
    "port 443": lambda h, p, q: build("https", f"{h}:443", p, q),
    "port 80": lambda h, p, q: build("http", f"{h}:80", p, q),
    "slash": lambda h, p, q: build("https", h, p, q, "/" if p else ""),
    "double slash": lambda h, p, q: build("https", h, ["", *p], q),
    "dots": lambda h, p, q: build("https", h, [".", "away", "..", *p], q),
    "percent": lambda h, p, q: build("https", h, quoted(p), q),
    "amp suffix": lambda h, p, q: build("https", h, [*p, "amp"] if p else p, q),
    "amp parameter": lambda h, p, q: build("https", h, p, [*q, ("amp", "1")]),
    "amp cache": lambda h, p, q: build("https", "x-y.cdn.ampproject.org", ["c", "s", h, *p], q, "" if p else "/"),
    "tracking": lambda h, p, q: build("https", h, p, [("utm_source", "x"), *q, ("yclid", "1")]),
    "channel": lambda h, p, q: build("https", h, p, [*q, ("from", "rss")]),
    "order": lambda h, p, q: build("https", h, p, q[::-1]),
    "fragment": lambda h, p, q: build("https", h, p, q) + "#comments",
    "white space": lambda h, p, q: f"\n {build('https', h, p, q)}\t",
}


@pytest.mark.parametrize(
    ("url", "followed"),
    [
        ("https://vestnik.example/a?utm_source=rss&utm_medium=feed", "https://vestnik.example/a"),
        ("https://vestnik.example/a?b=2&fbclid=x&a=%2f#!/text", "https://vestnik.example/a?b=2&a=%2f#!/text"),
        ("https://vestnik.example/a?from=rss", "https://vestnik.example/a"),
        ("https://vestnik.example/a?from=kg&x[]=1|2", "https://vestnik.example/a?from=kg&x[]=1|2"),
        ("https://vestnik.example/a?", "https://vestnik.example/a?"),
        ("https://vestnik.example/#utm_source=rss", "https://vestnik.example/#utm_source=rss"),
        ("", ""),
    ],
)
def test_a_link_to_follow_tells_no_outlet_where_its_reader_comes_from(url: str, followed: str):
    assert without_tracking(url) == followed


@pytest.mark.check
@given(PARTS)
def test_every_variant_of_an_address_has_its_key(parts: Parts):
    key = article_key(build("https", *parts))
    assert {name: article_key(vary(*parts)) for name, vary in VARIANTS.items()} == dict.fromkeys(VARIANTS, key)


@given(PARTS, PARTS)
def test_different_parts_never_share_a_key(one: Parts, two: Parts):
    def told_apart(parts: Parts) -> object:
        return parts[0], parts[1], sorted(parts[2])

    same = article_key(build("https", *one)) == article_key(build("https", *two))
    assert same == (told_apart(one) == told_apart(two))


@given(st.one_of(st.text(), st.builds("http://{}".format, st.text()), st.from_regex(r"https?://[^\n]+\.[a-z]+/.*")))
@example("http://xn--a.example/")
@example("http://xn--99999999999.example/")
@example("http://[v1.x]/")
@example("http://\u2488.example/")
def test_a_key_is_its_own_key_and_nothing_raises(url: str):
    key = article_key(url)
    assert article_key(key) == key
    assert isinstance(outlet_name(url), str)
    assert site_of(url) or not is_web_url(url)
    assert is_twin(url) in {True, False}
    assert resolve_link(url, "/a") is not None
    assert resolve_link("https://vestnik.example/", url) is not None
