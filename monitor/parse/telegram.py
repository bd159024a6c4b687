"""Pure. Public Telegram channels from their pages at https://t.me/s/NAME, which show the last twenty messages or so.

A message is a complete entry: its page would show the same text again.
The markup is not documented, but these class names have been stable for years, and many programs rely on them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree, html

from monitor.model import FeedEntry, Message, ParsedFeed
from monitor.parse.entries import MAX_TEXT, MAX_TITLE, first_date
from monitor.text.charset import plain_line, plain_text

NO_CHANNEL = Message(
    "Telegram shows no messages here: the channel is private, gone, or closed to readers without an account."
)
NOT_MESSAGES_PAGE = Message("This is a Telegram page without the channel's messages; write https://t.me/s/NAME.")
NO_TEXT = "[photo, video or file without words]"

_TELEGRAM_CLASS = re.compile(r"class=[\"'][^\"'>]*\btgme_")
_CHANNEL = re.compile(r"https?://(?:www\.)?(?:t|telegram)\.me/(?:s/)?(\w{4,32})/?(?:\?.*)?", re.ASCII)
_RESERVED_NAMES = frozenset(["joinchat", "share", "addstickers", "proxy", "iv", "login"])
_POST_ID = re.compile(r"\w+/\d+", re.ASCII)
_LETTER = re.compile(r"[^\W\d_]")
_MAX_HEADLINE = 150  # characters


def is_telegram(text: str) -> bool:
    """Return True for a page of the Telegram web preview."""
    return _TELEGRAM_CLASS.search(text) is not None


def channel_url(link: str) -> str:
    """Return the public page of the channel that a link leads to, or an empty string."""
    match = _CHANNEL.fullmatch(link)
    return f"https://t.me/s/{match[1]}" if match and match[1] not in _RESERVED_NAMES else ""


def read_channel(text: str, _url: str, limit: int) -> ParsedFeed:
    """Read a channel's messages, without Telegram's service messages ("Channel created", "pinned a message")."""
    try:
        page = html.document_fromstring(text.encode(), parser=html.HTMLParser(encoding="utf-8"))
    except etree.LxmlError:  # no element at all
        return ParsedFeed(html=True, problem=NO_CHANNEL)
    entries = tuple(filter(None, map(_entry, page.xpath("//*[@data-post]")[-limit:])))  # oldest first
    if not entries and not _by_class(page, "tgme_channel_history") and not _by_class(page, "tgme_channel_info"):
        is_other_page = bool(_by_class(page, "tgme_page_context_link"))  # a message's page links to its channel
        return ParsedFeed(html=True, problem=NOT_MESSAGES_PAGE if is_other_page else NO_CHANNEL)
    return ParsedFeed(title=_text_by_class(page, "tgme_channel_info_header_title")[:MAX_TITLE], entries=entries)


def _entry(message: html.HtmlElement) -> FeedEntry | None:
    post = message.get("data-post", "")
    if not _POST_ID.fullmatch(post) or "service_message" in message.get("class", "").split():
        return None
    text = "\n".join(filter(None, _message_texts(message)))[:MAX_TEXT].rstrip() or NO_TEXT
    permalink = f"https://t.me/{post}"
    if origin := _text_by_class(message, "tgme_widget_message_forwarded_from_name"):
        origin = f"forwarded from {origin}"
    published, precision, raw = first_date(message.xpath(".//time/@datetime"))
    return FeedEntry(
        url=permalink,
        guid=permalink,
        title=_headline(text),
        author=", ".join(filter(None, (_text_by_class(message, "tgme_widget_message_from_author"), origin))),
        summary=text,
        published=published,
        precision=precision,
        published_raw=raw,
    )


def _message_texts(message: html.HtmlElement) -> Iterator[str]:
    """Yield the message's text, the targets of its links, and the titles of files and polls.

    The message that it answers and the preview of a linked page are left out: those are other people's words.
    """
    for part in _by_class(message, "js-message_text") or _by_class(message, "tgme_widget_message_text"):
        if not part.xpath("ancestor::*[contains(@class, 'message_text') or contains(@class, 'message_reply')]"):
            yield plain_text(etree.tostring(part, encoding="unicode", method="html", with_tail=False))
            yield from dict.fromkeys(_hidden_links(part))
    for name in ("document_title", "document_extra", "poll_question", "poll_option_text"):
        yield from (plain_line(element.text_content()) for element in _by_class(message, f"tgme_widget_message_{name}"))


def _hidden_links(part: html.HtmlElement) -> Iterator[str]:
    """Yield links whose address is not visible in the text, except links within Telegram."""
    visible_text = part.text_content()
    for link in part.xpath(".//a/@href"):
        address = link.partition("://")[2].rstrip("/")
        if link.startswith(("https://", "http://")) and address not in visible_text and not address.startswith("t.me/"):
            yield link


def _headline(text: str) -> str:
    """Return the first line that contains a letter, cut at a word."""
    line = next((line for line in text.split("\n") if _LETTER.search(line)), text).replace("\n", " ")
    if len(line) <= _MAX_HEADLINE:
        return line
    return f"{line[:_MAX_HEADLINE].rpartition(' ')[0] or line[:_MAX_HEADLINE]} …"


def _by_class(parent: html.HtmlElement, name: str) -> list[html.HtmlElement]:
    # As a whole word of the class attribute, as CSS does.
    elements: list[html.HtmlElement] = parent.xpath(".//*[contains(concat(' ', @class, ' '), $name)]", name=f" {name} ")
    return elements


def _text_by_class(parent: html.HtmlElement, name: str) -> str:
    return next((" ".join(element.text_content().split()) for element in _by_class(parent, name)), "")
