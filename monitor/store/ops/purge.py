"""I/O: the database. Removal of a watched name from everything, for good.

An article that also names somebody else on the watchlist is evidence and stays whole, with its entry; only its hits and
findings of the removed name are deleted.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Column, Connection, Select, and_, delete, exists, func, select, update

from monitor.model import Change, EntityType, Naming, Rule, State
from monitor.ports import Remaking, Restate, Rewrite
from monitor.store import seals
from monitor.store import tables as t
from monitor.store.database import lock_mail
from monitor.store.desk.outbox import rewrite_mailing
from monitor.store.indexes import search, text_index
from monitor.store.sql import items, regrouping
from monitor.store.sql.deletion import delete_with_dependents
from monitor.store.sql.item_columns import refresh_item
from monitor.store.types import is_one_of

NameTest = Callable[[str], bool]

# Columns with sentences that may quote a name. `rewrite_mailings` deals with those of mailings.
SENTENCES = (
    t.decision.c.note, t.review_item.c.reopened, t.story_article.c.why, t.hit.c.why, t.mention.c.why, t.run.c.problems,
    t.watchlist_version.c.reason, t.delivery.c.detail, t.feed.c.detail, t.entry.c.detail, t.audit.c.detail,
    t.addition.c.note,
)  # fmt: skip
_COUNTED = (t.alias, t.article, t.raw_body, t.entry, t.review_item, t.decision)


NO_ENTITY = -1  # of no row
_AT_ONCE = 500  # rows in memory


def purge_name(
    connection: Connection,
    number: int,
    entity: str,
    naming: Naming,
    remaking: Remaking,
    *,
    kept_articles: Collection[int] = (),
) -> Mapping[str, int]:
    """Remove an entity in a transaction, and return the number of deleted rows by table."""
    lock_mail(connection)  # a digest that is being rendered meanwhile would keep the name
    before = _row_counts(connection)
    articles, entries = _articles_and_entries(connection, number, naming.in_full, kept_articles)
    items_of_name = items.select_ids_with_hits().where(t.hit.c.entity == number)
    affected_items = {*connection.scalars(items_of_name), *remove_decisions(connection, number)}
    remove_findings(connection, number, naming.possibly)
    # Their addresses are not kept, so a feed may bring them again: that would be a list of what was to be forgotten.
    delete_with_dependents(connection, t.entry, entries)
    delete_with_dependents(connection, t.article, articles)
    seals.forget_purged(connection)
    connection.execute(delete(t.addition).where(t.addition.c.entry.is_(None), t.addition.c.article.is_(None)))
    # Its host may be a name, and it is made again for the next link.
    connection.execute(delete(t.feed).where(t.feed.c.by_hand, ~exists().where(t.entry.c.feed == t.feed.c.number)))
    connection.execute(delete(t.host_state))  # the host of a deleted link may be a name; all of this is read again
    connection.execute(delete(t.checked_input))  # hashes of texts that held the name
    # The lines beside a text that the closed watch has not read yet; the text itself is in the article.
    for row in connection.execute(select(*t.unread_text.c["id", "lines"])).all():
        if any(naming.possibly(line) for line, _ in row.lines):
            connection.execute(update(t.unread_text).where(t.unread_text.c.id == row.id).values(lines=[]))
    refused = [row.id for row in connection.execute(select(t.refused_name)) if naming.possibly(row.name)]
    connection.execute(delete(t.refused_name).where(t.refused_name.c.id.in_(refused)))
    # A full-text index keeps the words of deleted rows until its segments are merged.
    search.purge_deleted_words(connection)
    # Built again by the next runs.
    text_index.clear(connection)
    delete_with_dependents(connection, t.entity, [number])
    delete_with_dependents(connection, t.story, empty_stories(connection))
    references = (t.article_version.c.body_sha256, t.article.c.gone_body_sha256)
    is_unreferenced = (~exists().where(reference == t.raw_body.c.sha256) for reference in references)
    connection.execute(delete(t.raw_body).where(*is_unreferenced))
    # The id may be a name; its place in the list stays, so that the number of changes stays true.
    _replace_in_versions(connection, entity, ["removed"])
    refresh_items(connection, affected_items, remaking.restate)
    rewrite_mailings(connection, naming.possibly, remaking.rewrite)
    for column in SENTENCES:
        blank_where_named(connection, column, naming.possibly)
    delete_empty_notes(connection)
    after = _row_counts(connection)
    return {table: count - after[table] for table, count in before.items()}


# ---- deletion -------------------------------------------------------------------------------------------------------


def remove_decisions(connection: Connection, number: int) -> Collection[int]:
    """Remove the decisions on an entity alone, and the entity from those on whole items; return the items."""
    decisions = [row for row in connection.execute(select(t.decision)) if number in {row.entity, *row.judged}]
    delete_decisions(connection, [row.id for row in decisions if row.entity == number])
    for row in decisions:
        remaining = [judged_number for judged_number in row.judged if judged_number != number]
        connection.execute(update(t.decision).where(t.decision.c.id == row.id).values(judged=remaining))
    return {row.item for row in decisions}


def delete_decisions(connection: Connection, numbers: Collection[int]) -> None:
    """Delete decisions with what undoes them."""
    decision = t.decision.c
    for column in (decision.undoes, decision.id):
        connection.execute(delete(t.decision).where(is_one_of(column, numbers)))


def drop_from_versions(connection: Connection, entity: str) -> None:
    """Take an entity out of the changes of the list; the reason of a change may speak of it, so it goes, too."""
    for version in _replace_in_versions(connection, entity, []):
        is_version = t.watchlist_version.c.version == version
        connection.execute(update(t.watchlist_version).where(is_version).values(reason=""))


def _replace_in_versions(connection: Connection, entity: str, replacements: Sequence[str]) -> Collection[int]:
    """Replace an id in the changes of the list; return the versions that had it."""
    names, changed = ("added", "changed", "removed"), []
    for version, *lists in connection.execute(select(*t.watchlist_version.c["version", *names])).all():
        replaced = [
            [one for listed in ids for one in (replacements if listed == entity else (listed,))] for ids in lists
        ]
        if replaced != lists:
            is_version, values = t.watchlist_version.c.version == version, dict(zip(names, replaced, strict=True))
            connection.execute(update(t.watchlist_version).where(is_version).values(values))
            changed.append(version)
    return changed


def _articles_and_entries(
    connection: Connection, number: int, has_full_name: NameTest, kept_articles: Collection[int]
) -> tuple[set[int], set[int]]:
    """Return the articles and entries that name the entity and nobody else on the watchlist.

    They have a hit of it, or contain its full name; a surname alone may be anybody's.
    """
    hit, version, entry = t.hit.c, t.article_version.c, t.entry.c
    naming_articles = set(connection.scalars(select(hit.article).where(hit.entity == number)))
    versions = select(version.article, version.authors, *version["title", "heading", "text", "url"])
    naming_articles |= {
        row[0] for row in _stream(connection, versions) if any(map(has_full_name, (*row.authors, *row[2:])))
    }
    addresses = select(t.article.c.id, *t.article.c["key", "gone_url"])
    naming_articles |= {row.id for row in _stream(connection, addresses) if any(map(has_full_name, row[1:]))}
    entry_texts = select(entry.id, entry.article, *entry["title", "summary", "content", "url", "guid", "key", "author"])
    entries = {row.id: row.article for row in _stream(connection, entry_texts) if any(map(has_full_name, row[2:]))}
    naming_articles |= {article for article in entries.values() if article is not None}
    is_other = and_(t.entity.c.number == hit.entity, t.entity.c.number != number, t.entity.c.type != EntityType.PRESS)
    articles_with_others = set(connection.scalars(select(hit.article).join(t.entity, is_other)))
    # An article about somebody else on the list, too, is evidence about them: it stays. The press is nobody.
    to_remove = naming_articles - articles_with_others - {*kept_articles}
    entries = {number: article for number, article in entries.items() if article not in kept_articles}
    their_entries = {row.id for row in _stream(connection, select(entry.id, entry.article)) if row.article in to_remove}
    return to_remove, {entry_id for entry_id, article in entries.items() if article is None} | their_entries


def remove_findings(connection: Connection, number: int, has_name: NameTest) -> None:
    """Delete findings about the entity, and changed sentences in which no other watched name is mentioned.

    Also blanks what older versions stored for placements in one event: it counts the watched names in common, of which
    this was one.
    """
    finding, hit, mention = t.finding.c, t.hit.c, t.mention.c
    other_mentions = select(mention.text).join(t.hit, hit.id == mention.hit).where(hit.entity != number)
    outdated = []
    sentence_findings = select(t.finding).where(
        finding.entity.is_(None), finding.kind.in_((Change.SENTENCE, Change.READ))
    )
    for row in _stream(connection, sentence_findings):
        sentences = row.before + row.after
        if has_name(sentences) and not any(
            text in sentences for text in connection.scalars(other_mentions.where(hit.article == row.article))
        ):
            outdated.append(row.id)
    delete_with_dependents(connection, t.finding, outdated)
    connection.execute(delete(t.finding).where(finding.entity == number))
    filed = t.story_article.c
    is_of_event = and_(filed.why != "", filed.rule.in_((Rule.WATCHED, Rule.WORDS, Rule.NAMES, Rule.ACT)))
    by_names = and_(filed.article.in_(select(hit.article).where(hit.entity == number)), is_of_event)
    # The rule without a sentence: those of today have arguments, which the older ones lack.
    connection.execute(update(t.story_article).where(by_names).values(why="", rule=Rule.WATCHED))


def empty_stories(connection: Connection) -> set[int]:
    """Return stories without articles, and the stories of items that were merged into theirs."""
    item = t.review_item.c
    is_empty = ~exists().where(t.story_article.c.story == item.story)
    # A merged item has no articles of its own, so its story is empty without being outdated.
    empty_items = connection.scalars(select(item.id).where(is_empty, item.state != State.MERGED)).all()
    parts = regrouping.merged_into(connection, list(empty_items))
    return {*connection.scalars(select(item.story).where(is_one_of(item.id, {*empty_items, *parts})))}


# ---- rows that stay -------------------------------------------------------------------------------------------------


def refresh_items(connection: Connection, affected_items: Collection[int], restate: Restate) -> None:
    """Recompute the items that stay, and blank all notes on them: a note may describe the person without the name."""
    affected = items.select_ids().where(is_one_of(t.review_item.c.id, affected_items))
    for number in sorted(regrouping.final_items(connection, affected)):
        for review_item in items.by_number(connection, [number]):
            notes = t.decision.c.id.in_([decision.id for decision in review_item.history])
            connection.execute(update(t.decision).where(notes).values(note=""))
            additions = t.addition.c.article.in_([article.id for article in review_item.articles])
            connection.execute(update(t.addition).where(additions).values(note=""))
            items.compare_and_set(connection, restate(review_item), review_item.version)
            refresh_item(connection, review_item.id)


def rewrite_mailings(connection: Connection, has_name: NameTest, rewrite: Rewrite) -> None:
    """Blank sent mailings that contain the name, and render unsent ones again."""
    delivery = t.delivery.c
    unsent = select(delivery.mailing).where(delivery.sent.is_(None), delivery.refused.is_(None))
    unsent_mailings = set(connection.scalars(unsent))
    for row in connection.execute(select(t.mailing)).all():
        if has_name(row.text) or has_name(row.html):
            if row.id in unsent_mailings:
                rewrite_mailing(connection, row, rewrite)
            else:
                connection.execute(update(t.mailing).where(t.mailing.c.id == row.id).values(text="", html=""))


def blank_where_named(connection: Connection, column: Column[Any], has_name: NameTest) -> None:
    """Blank the sentences of a column (text, or a list of texts) that contain the name."""
    key_columns = list(column.table.primary_key)
    for *key, stored in list(_stream(connection, select(*key_columns, column).where(column.is_not(None)))):
        if isinstance(stored, str):
            cleaned: str | list[str] = "" if has_name(stored) else stored
        else:
            cleaned = [sentence for sentence in stored if not has_name(sentence)]
        if cleaned != stored:
            is_row = [key_column == value for key_column, value in zip(key_columns, key, strict=True)]
            connection.execute(update(column.table).where(*is_row).values({column.name: cleaned}))


def delete_empty_notes(connection: Connection) -> None:
    """Delete the notes alone that were blanked; a verdict stays without its note."""
    decision = t.decision.c
    is_empty = and_(decision.verdict.is_(None), decision.undoes.is_(None), decision.note == "")
    connection.execute(delete(t.decision).where(is_empty))


# ---- helpers --------------------------------------------------------------------------------------------------------


def _stream(connection: Connection, query: Select[Any]) -> Iterator[Any]:
    """Yield rows without holding all of them in memory."""
    yield from connection.execute(query.execution_options(yield_per=_AT_ONCE))


def _row_counts(connection: Connection) -> Mapping[str, int]:
    return {table.name: connection.scalar(select(func.count()).select_from(table)) or 0 for table in _COUNTED}
