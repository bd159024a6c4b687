"""Export of the queue as entities of FollowTheMoney, for Aleph and the tools around it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import sha1
from typing import Any, TypeAlias

from monitor.home import Home
from monitor.model import ONE_ARTICLE, EntityType, ItemArticle, ItemHit, ReviewItem, State, Verdict
from monitor.serialize import utc_text

FtmEntity: TypeAlias = dict[str, Any]
MOST_ITEMS = 100_000
_SCHEMAS = {
    EntityType.PERSON: "Person",
    EntityType.ORGANIZATION: "Organization",
    EntityType.OUTLET: "Company",
}
# FollowTheMoney has languages in three letters (ISO 639-3); others are left out.
_LANGUAGES: Mapping[str, str] = {
    "ar": "ara", "az": "aze", "be": "bel", "de": "deu", "en": "eng", "es": "spa", "fa": "fas", "fr": "fra", "hy": "hye",
    "ka": "kat", "kk": "kaz", "ky": "kir", "ru": "rus", "tg": "tgk", "tk": "tuk", "tr": "tur", "uk": "ukr", "uz": "uzb",
    "zh": "zho",
}  # fmt: skip


def ftm_entities(home: Home) -> Iterator[FtmEntity]:
    """Yield watched names, articles, mentions and events of the queue, each id once; decided as not relevant: none.

    Ids are of this home: the numbers that its pages have. So the same export again adds nothing in Aleph.
    """
    shown: set[str] = set()
    numbers = home.store.cards.entity_numbers()
    for listed in home.store.reviews.listing(tuple(State), MOST_ITEMS, page=ONE_ARTICLE):
        if listed.verdict is Verdict.NOT_RELEVANT:
            continue
        for entity in _of_item(home.store.reviews.get(listed.id), numbers):
            if entity["id"] not in shown:
                shown.add(entity["id"])
                yield entity


def _of_item(item: ReviewItem, numbers: Mapping[str, int]) -> Iterator[FtmEntity]:
    judged = [hit for hit in item.hits if hit.verdict is not Verdict.NOT_RELEVANT]
    hits = [hit for hit in judged if hit.type is not EntityType.PRESS]  # which is nobody
    incidents = item.incidents if any(hit.type is EntityType.PRESS for hit in judged) else ()
    names = {hit.entity: f"monitor-name-{numbers[hit.entity]}" for hit in hits}
    for hit in hits:
        yield _entity(names[hit.entity], _SCHEMAS[hit.type], name=hit.name)
    articles = {article.id: f"monitor-article-{article.id}" for article in item.articles}
    for article in item.articles:
        yield _article(articles[article.id], article)
    for hit in hits:
        yield from _mentions(hit, names[hit.entity], articles)
    times = [article.published or article.first_seen for article in item.articles]
    yield _entity(
        f"monitor-item-{item.id}",
        "Event",
        name=item.lead.headline or item.lead.url,
        date=(utc_text(min(times)) or "")[:10],
        involved=list(names.values()),
        proof=list(articles.values()),
        sourceUrl=item.lead.url,
        summary=[str(m.mention.reasons[0]) for m in incidents],
        location=[*dict.fromkeys(m.mention.incident.where for m in incidents if m.mention.incident)],
        country=sorted(
            {code.lower() for m in incidents if m.mention.incident for code in m.mention.incident.countries}
        ),
    )


def _article(number: str, article: ItemArticle) -> FtmEntity:
    return _entity(
        number,
        "Article",
        title=article.headline,
        sourceUrl=article.url,
        publisher=article.outlet,
        language=_LANGUAGES.get(article.language, ""),
        publishedAt=(utc_text(article.published) or "").removesuffix("Z"),
        retrievedAt=(utc_text(article.first_seen) or "").removesuffix("Z"),
    )


def _mentions(hit: ItemHit, name: str, articles: Mapping[int, str]) -> Iterator[FtmEntity]:
    """Yield one mention for each form of the name in each article."""
    for mention in hit.mentions:
        if mention.article not in articles:
            continue
        words = " ".join(mention.mention.text.split())
        place = f"{name} {mention.article} {words}"
        yield _entity(
            f"monitor-mention-{sha1(place.encode(), usedforsecurity=False).hexdigest()}",
            "Mention",
            name=words,
            document=articles[mention.article],
            resolved=name,
            detectedSchema=_SCHEMAS[hit.type],
        )


def _entity(number: str, schema: str, **properties: str | list[str]) -> FtmEntity:
    lists = {name: [value] if isinstance(value, str) else value for name, value in properties.items()}
    filled = {name: [value for value in values if value] for name, values in lists.items()}
    return {"id": number, "schema": schema, "properties": {name: values for name, values in filled.items() if values}}
