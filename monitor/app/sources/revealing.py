"""Addresses of sources that would tell their servers whom we watch."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from urllib.parse import unquote_plus, urlsplit

from monitor.match import Compiled, match_documents
from monitor.model import Document, EntityType

REVEALING_ADDRESS = (
    "its address holds a watched name, so whoever runs that server can tell whom you watch; take a source of all its "
    "news instead: names are looked for here"
)


def reveals_watched_name(url: str, compiled: Compiled) -> bool:
    """Return True if requesting a URL tells its server whom we watch; see `revealing_addresses`."""
    return bool(revealing_addresses([url], compiled))


def revealing_addresses(urls: Iterable[str], compiled: Compiled) -> set[str]:
    """Return the URLs that tell their servers whom we watch.

    Those with any watched name in the query, or with a person's name or account in the path: the path of an outlet or
    a topic page may well name a watched organisation.
    """
    addresses = {url: urlsplit(url) for url in urls}
    named_in_path = _entities_named({url: parts.path for url, parts in addresses.items()}, compiled)
    named_in_query = _entities_named({url: parts.query for url, parts in addresses.items()}, compiled)
    return {
        url
        for url in addresses
        if named_in_query[url]
        or any(
            compiled.entities[entity].type is EntityType.PERSON
            for entity in named_in_path[url] | {m.entity for *_, m in compiled.accounts.find_accounts(url)}
        )
    }


def _entities_named(parts: Mapping[str, str], compiled: Compiled) -> dict[str, set[str]]:
    """Return the ids of the entities that a part of each URL names."""
    # In title case, since the matcher expects names to begin with capital letters. All at once: one by one is slow.
    words = {url: re.sub(r"[\W_]+", " ", unquote_plus(part)).title() for url, part in parts.items()}
    documents = (Document(url, text) for url, text in words.items())
    return {document.id: {m.entity for m in mentions} for document, mentions in match_documents(documents, compiled)}
