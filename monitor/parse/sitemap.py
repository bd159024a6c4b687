"""Pure. Google News sitemaps: the articles of the last two days with title and time, for sites without a feed.

https://developers.google.com/search/docs/crawling-indexing/sitemaps/news-sitemap
"""

from __future__ import annotations

from lxml import etree

from monitor.model import Message, ParsedFeed
from monitor.parse.entries import make_entry, newest_items

SITEMAP_INDEX = Message("This is a list of sitemaps; name one of them that is of news.")
NOT_NEWS_SITEMAP = Message("This is a sitemap, but not one of news: it gives no titles.")


def read_sitemap(text: str, url: str, limit: int) -> ParsedFeed:
    """Read a news sitemap; entries without `<news:news>` are left out, or a first visit would fetch the whole site."""
    # A stranger's XML: no network, no DTD, no entities.
    parser = etree.XMLParser(
        recover=True, no_network=True, load_dtd=False, resolve_entities=False, remove_comments=True
    )
    # Replace the XML declaration: the text is decoded already, whatever encoding it names.
    start = text.find("<", text.find("?>") + 1) if text.startswith("<?xml") else 0
    root = etree.fromstring(b'<?xml version="1.0" encoding="utf-8"?>' + text[start:].encode(), parser)
    if root is None:
        return ParsedFeed(problem=Message("This looks like a sitemap, but cannot be read as one."))
    if root.tag.lower().endswith("sitemapindex"):
        return ParsedFeed(problem=SITEMAP_INDEX)
    news = [(page, article) for page in root.iterfind("{*}url") if (article := page.find("{*}news")) is not None]
    if not news and len(root):
        return ParsedFeed(problem=NOT_NEWS_SITEMAP)
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
        for page, article in newest_items(news, _dates, limit)
    )
    problem = (
        "" if text.rstrip().endswith(">") and "</urlset" in text[-100:].lower() else Message("The feed is cut off.")
    )
    title = news[0][1].findtext("{*}publication/{*}name", "").strip() if news else ""
    return ParsedFeed(title=title, entries=tuple(filter(None, entries)), problem=problem)


def _dates(news: tuple[etree._Element, etree._Element]) -> tuple[str]:
    return (news[1].findtext("{*}publication_date", ""),)  # <lastmod> moves with every advertisement
