"""Pure. Public Telegram channels, as https://t.me/s/NAME shows them: its last twenty messages or so.

A message is an entry whose own text is the whole article (`FeedEntry.complete`): its page would only show it again.
The markup has no documentation; it has kept these class names for years, and many readers rely on them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree, html

from monitor.model import FeedEntry, Message, ParsedFeed
from monitor.parse.entries import MAX_TEXT, MAX_TITLE, dated
from monitor.text.charset import one_line, plain_text

NO_CHANNEL = Message(
    "Telegram shows no messages here: the channel is private, gone, or closed to readers without an account."
)
NOT_THE_MESSAGES = Message("This is a Telegram page without the channel's messages; write https://t.me/s/NAME.")
WORDLESS = "[photo, video or file without words]"

_MARK = re.compile(r"class=[\"'][^\"'>]*\btgme_")
_POST = re.compile(r"\w+/\d+", re.ASCII)
_LETTER = re.compile(r"[^\W\d_]")
_HEADLINE = 150  # characters


def is_telegram(text: str) -> bool:
    return _MARK.search(text) is not None


def read_channel(text: str, limit: int) -> ParsedFeed:
    """Its messages but those Telegram wrote itself ("Channel created", "pinned a message"), which say nothing new."""
    try:
        page = html.document_fromstring(text.encode(), parser=html.HTMLParser(encoding="utf-8"))
    except etree.LxmlError:  # not one element
        return ParsedFeed(html=True, problem=NO_CHANNEL)
    entries = tuple(filter(None, map(_entry, page.xpath("//*[@data-post]")[-limit:])))  # the oldest come first
    if not entries and not _all(page, "tgme_channel_history") and not _all(page, "tgme_channel_info"):
        return ParsedFeed(html=True, problem=NOT_THE_MESSAGES if _all(page, "tgme_page_context_link") else NO_CHANNEL)
    return ParsedFeed(title=_words(page, "tgme_channel_info_header_title")[:MAX_TITLE], entries=entries)


def _entry(message: html.HtmlElement) -> FeedEntry | None:
    post = message.get("data-post", "")
    if not _POST.fullmatch(post) or "service_message" in message.get("class", "").split():
        return None
    text = "\n".join(filter(None, _text(message)))[:MAX_TEXT].rstrip() or WORDLESS
    permalink = f"https://t.me/{post}"
    if origin := _words(message, "tgme_widget_message_forwarded_from_name"):
        origin = f"forwarded from {origin}"
    published, precision, raw = dated(message.xpath(".//time/@datetime"))
    return FeedEntry(
        url=permalink,
        guid=permalink,
        title=_headline(text),
        author=", ".join(filter(None, (_words(message, "tgme_widget_message_from_author"), origin))),
        summary=text,
        content=text,
        published=published,
        precision=precision,
        published_raw=raw,
    )


def _text(message: html.HtmlElement) -> Iterator[str]:
    """Its words, what a file or a poll is called, and where its links lead that do not show it.

    Not the message it answers, nor the preview of a page it links to: those are others' words.
    """
    for part in _all(message, "js-message_text") or _all(message, "tgme_widget_message_text"):
        if not part.xpath("ancestor::*[contains(@class, 'message_text') or contains(@class, 'message_reply')]"):
            yield plain_text(etree.tostring(part, encoding="unicode", method="html", with_tail=False))
            yield from dict.fromkeys(_hidden_links(part))
    for name in ("document_title", "document_extra", "poll_question", "poll_option_text"):
        yield from (one_line(each.text_content()) for each in _all(message, f"tgme_widget_message_{name}"))


def _hidden_links(part: html.HtmlElement) -> Iterator[str]:
    shown = part.text_content()
    for link in part.xpath(".//a/@href"):
        bare = link.partition("://")[2].rstrip("/")
        if link.startswith(("https://", "http://")) and bare not in shown and not bare.startswith("t.me/"):
            yield link


def _headline(text: str) -> str:
    """The first line with a word in it, cut at one."""
    line = next((line for line in text.split("\n") if _LETTER.search(line)), text).replace("\n", " ")
    return line if len(line) <= _HEADLINE else f"{line[:_HEADLINE].rpartition(' ')[0] or line[:_HEADLINE]} …"


def _all(where: html.HtmlElement, name: str) -> list[html.HtmlElement]:
    found: list[html.HtmlElement] = where.xpath(".//*[contains(concat(' ', @class, ' '), $name)]", name=f" {name} ")
    return found


def _words(where: html.HtmlElement, name: str) -> str:
    return next((" ".join(each.text_content().split()) for each in _all(where, name)), "")
