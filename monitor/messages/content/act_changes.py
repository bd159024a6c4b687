"""Pure. What an outlet told of a person before it changed its wording, and what it tells now."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from monitor.i18n import translate_sentence
from monitor.messages.content.deeds import deeds_of
from monitor.messages.content.stories.build import Digest, DigestStory
from monitor.model import (
    GRAVEST_FIRST,
    Confidence,
    Custody,
    EntityType,
    Finding,
    ItemHit,
    ToldAct,
    Verdict,
    act_words,
)

_STEM = 5  # letters of a surname, without its endings
_RIGHT_BEFORE = r"\b{}\w*\W{{0,3}}(?:(?:an?|the)\s)?$"


@dataclass(frozen=True, slots=True)
class ActChange:
    """An act that an outlet told of a person and tells no more. `order` is like that of a `Deed`."""

    item: int
    entity: str
    words: str  # for a title
    row_words: str  # beside the name
    subject_words: str  # which name nobody
    order: tuple[bool, int, Custody]


def act_changes(digest: Digest) -> list[ActChange]:
    """Return which acts outlets took back, the gravest first: one for each story."""
    rewritten = (story for story in digest.sure_stories if story.is_rewritten and not story.is_ruled_out)
    found_changes = (next(_changes_of(digest, story), None) for story in rewritten)
    return sorted(filter(None, found_changes), key=lambda change: change.order)


def _changes_of(digest: Digest, story: DigestStory) -> Iterator[ActChange]:
    gettext, outlets = digest.l10n.gettext, {article.id: article.outlet for article in story.item.articles}
    people = (hit for hit in story.hits if hit.type is EntityType.PERSON and hit.confidence is Confidence.STRONG)
    for hit in (hit for hit in people if hit.verdict is not Verdict.NOT_RELEVANT):
        for finding in story.findings:
            if not (telling := _act_told(digest, finding, hit)):
                continue
            before = translate_sentence(act_words(telling.act, telling.custody), digest.language)[0]
            deeds = deeds_of(digest, [replace(story, item=story.item.with_articles({finding.article}))])
            now = [deed for deed in deeds if deed.entity == hit.entity]
            if any(deed.words == before for deed in now):  # the article tells it elsewhere
                continue
            outlet, after = outlets[finding.article], now[0].words if now else ""
            words = gettext("“%(before)s” became “%(after)s”", before=before, after=after)
            if not now:
                words = gettext("“%(before)s” taken out of the text", before=before)
            yield ActChange(
                story.item.id,
                hit.entity,
                gettext("%(outlet)s on %(who)s: %(change)s", outlet=outlet, who=hit.name, change=words),
                f"{outlet}: {words}",
                words,
                (False, GRAVEST_FIRST.index(telling.act), Custody.RELEASED),
            )


def _act_told(digest: Digest, finding: Finding, hit: ItemHit) -> ToldAct | None:
    """Return the gravest act that a sentence told of a person before it was changed."""
    stems = {words[-1][:_STEM] for m in hit.mentions if (words := m.mention.text.split())}
    tellings = [
        telling
        for telling in digest.told_before.get(finding.before, ())
        # The name stands in the words for the victim, or right before them: “Melis Tokoev, a reporter”.
        if any(s in telling.victim or re.search(_RIGHT_BEFORE.format(re.escape(s)), telling.before) for s in stems)
    ]
    return min(tellings, key=lambda telling: GRAVEST_FIRST.index(telling.act), default=None)
