"""Pure. Google-News sitemaps: the articles of the last two days, with title and time, where a site has no feed.

https://developers.google.com/search/docs/crawling-indexing/sitemaps/news-sitemap
"""

from __future__ import annotations

from lxml import etree

from monitor.model import Message, ParsedFeed
from monitor.parse.entries import make_entry, newest

INDEX = Message("This is a list of sitemaps; name one of them that is of news.")
NOT_OF_NEWS = Message("This is a sitemap, but not one of news: it gives no titles.")


def read_sitemap(text: str, url: str, limit: int) -> ParsedFeed:
    """Only entries that are said to be news: else a first visit would ask for every page of the site."""
    parser = etree.XMLParser(
        recover=True, no_network=True, load_dtd=False, resolve_entities=False, remove_comments=True
    )
    start = text.find("<", text.find("?>") + 1) if text.startswith("<?xml") else 0
    root = etree.fromstring(b'<?xml version="1.0" encoding="utf-8"?>' + text[start:].encode(), parser)
    if root is None:
        return ParsedFeed(problem=Message("This looks like a sitemap, but cannot be read as one."))
    if root.tag.lower().endswith("sitemapindex"):
        return ParsedFeed(problem=INDEX)
    news = [(page, article) for page in root.iterfind("{*}url") if (article := page.find("{*}news")) is not None]
    if not news and len(root):
        return ParsedFeed(problem=NOT_OF_NEWS)
    entries = (
        make_entry(
            url,
            links=(page.findtext("{*}loc", ""),),
            guid="",
            title=article.findtext("{*}title", ""),
            author="",
            summary="",
            content="",
            dates=_dates((page, article)),
        )
        for page, article in newest(news, _dates, limit)
    )
    cut = "" if text.rstrip().endswith(">") and "</urlset" in text[-100:].lower() else Message("The feed is cut off.")
    title = news[0][1].findtext("{*}publication/{*}name", "").strip() if news else ""
    return ParsedFeed(title=title, entries=tuple(filter(None, entries)), problem=cut)


def _dates(news: tuple[etree._Element, etree._Element]) -> tuple[str]:
    return (news[1].findtext("{*}publication_date", ""),)  # <lastmod> moves with every advertisement
