"""What a database of release 0.2.0 holds, as the tables of the next release have it. Revision 0078 calls this."""

from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from monitor.store.types import bounded_key
from monitor.urls import origin_of_url, site_of, slice_of

article = sa.table("article", *map(sa.column, ("id", "key", "version", "speaker")))
article_version = sa.table("article_version", *map(sa.column, ("article", "version", "text_from")))
feed = sa.table("feed", *map(sa.column, ("number", "url", "by_hand", "slice")))
entry = sa.table(
    "entry", *map(sa.column, ("id", "feed", "url", "outcome", "article", "first_seen", "tries", "due", "slice"))
)
filing = sa.table("story_article", *map(sa.column, ("id", "story", "old_rules")))

READ_AGAIN = timedelta(days=30)  # entries first seen since then: pages of older ones are often gone


def convert(connection: sa.Connection) -> None:
    """Fill the new columns of the rows that are there."""
    _set_slices(connection, feed, feed.c.number)
    _set_slices(connection, entry, entry.c.id)
    _run(connection, "UPDATE revisit SET slice = (SELECT slice FROM entry WHERE entry.id = revisit.entry)")
    # An entry that needed no page had the same text as summary and as content.
    _run(connection, "UPDATE entry SET is_complete = true, content = '' WHERE content = summary AND content <> ''")
    _name_speakers(connection)
    # Whether a removal was reported already, filing finds out.
    _run(
        connection,
        "UPDATE story_article SET outdated = true WHERE EXISTS (SELECT 1 FROM article WHERE article.id = "
        "story_article.article AND (article.version > story_article.version OR article.gone IS NOT NULL))",
    )
    _mark_filings_of_old_rules(connection)
    # Which articles were stored when a version was saved is not known: all that is stored by now counts as older.
    _run(connection, "UPDATE watchlist_version SET older_up_to = coalesce((SELECT max(id) FROM article), 0)")
    # By a plain hash of watchlist.yaml a guessed closed name could be told. This one is of no file, so the next run
    # reads the file once; empty would say that these versions are not in the file yet.
    _run(connection, "UPDATE watchlist_version SET file_hash = 'of before' WHERE file_hash <> ''")
    # So far every administrator saw the names that are closed now.
    _run(connection, "UPDATE person SET cleared = true WHERE role = 'admin' AND closed IS NULL")


def _run(connection: sa.Connection, statement: str) -> None:
    connection.exec_driver_sql(statement)


def _set_slices(connection: sa.Connection, table: sa.TableClause, number: sa.ColumnElement[Any]) -> None:
    """Set the slice of each row by its address. The hash is no function of SQL, so rows pass through here."""
    last = 0
    query = sa.select(number, table.c.url).where(number > sa.bindparam("last")).order_by(number).limit(5_000)
    change = sa.update(table).where(number == sa.bindparam("row")).values(slice=sa.bindparam("part"))
    while batch := connection.execute(query, {"last": last}).all():
        connection.execute(change, [{"row": row, "part": slice_of(origin_of_url(url))} for row, url in batch])
        last = batch[-1][0]


def _mark_filings_of_old_rules(connection: sa.Connection) -> None:
    """Mark the filings of rules that put unrelated events into one item: the next runs file them again.

    The first article of each story stays where it is.
    """
    first_filings = sa.select(sa.func.min(filing.c.id)).group_by(filing.c.story)
    connection.execute(sa.update(filing).where(filing.c.id.not_in(first_filings)).values(old_rules=sa.true()))


# ---- who speaks for an address ----------------------------------------------------------------------------------------


def _name_speakers(connection: sa.Connection) -> None:
    """Mark the articles that only feeds of other sites brought: whoever named an address first owned it so far.

    Entries that ended as duplicates of one, in the feed of the address's own site, are read again. Sites are no
    function of SQL, so rows pass through here.
    """
    last = 0
    numbers = sa.select(article.c.id).where(article.c.id > sa.bindparam("last")).order_by(article.c.id).limit(2_000)
    while ids := connection.scalars(numbers, {"last": last}).all():
        _name_speakers_between(connection, ids[0], last := ids[-1])


def _name_speakers_between(connection: sa.Connection, first: int, last: int) -> None:
    query = (
        sa.select(article.c.id, article.c.key, article_version.c.text_from, entry.c.id.label("entry"), entry.c.outcome)
        .add_columns(feed.c.number, feed.c.url)
        .join_from(article, entry, entry.c.article == article.c.id)
        .join(feed, feed.c.number == entry.c.feed)
        .join(
            article_version,
            sa.and_(article_version.c.article == article.c.id, article_version.c.version == article.c.version),
        )
        .where(article.c.id.between(first, last))
        .order_by(article.c.id, entry.c.id)
    )
    first_entries: dict[int, sa.Row[tuple[object, ...]]] = {}
    own_duplicates: dict[int, list[int]] = {}
    own_articles = set()
    for row in connection.execute(query):
        site = site_of(f"https://{row.key}")
        is_own = not site or site == site_of(row.url)
        if row.outcome != "duplicate":
            own_articles |= {row.id} if is_own else set()
            first_entries.setdefault(row.id, row)
        elif is_own:
            own_duplicates.setdefault(row.id, []).append(row.entry)
    for number, row in first_entries.items():
        if number not in own_articles:
            _mark_as_of_another_feed(connection, row, own_duplicates.get(number, []))


def _mark_as_of_another_feed(
    connection: sa.Connection, row: sa.Row[tuple[object, ...]], own_duplicates: list[int]
) -> None:
    key = f"linked:{row.number}:{row.key}" if row.text_from == "page" else f"entry:{row.entry}"
    change = sa.update(article).where(article.c.id == row.id)
    connection.execute(change.values(key=bounded_key(key), speaker="other-feed"))
    since = datetime.now(UTC) - READ_AGAIN
    if connection.dialect.name == "sqlite":
        since = since.replace(tzinfo=None)
    is_recent = sa.and_(
        entry.c.id.in_(own_duplicates), entry.c.first_seen >= sa.bindparam("since", since, sa.DateTime(timezone=True))
    )
    pending = {"outcome": "pending", "article": None, "tries": 0, "due": None}
    connection.execute(sa.update(entry).where(is_recent).values(pending))


# ---- mail ---------------------------------------------------------------------------------------------------------


def copy_letters(connection: sa.Connection) -> None:
    """Copy each letter as a delivery by mail, whose id outside is its Message-ID."""
    state = "mailing, recipient, tries, sent, refused, detail, claimed_until"
    _run(
        connection,
        f"INSERT INTO delivery (channel, external_id, {state}) "  # noqa: S608 -- constants only
        f"SELECT 'mail', message_id, {state} FROM letter ORDER BY mailing, recipient",
    )


def blank_mail_before_sensitive_names(connection: sa.Connection) -> None:
    """Blank what waits to be sent, if any name is sensitive: which ones it was composed without, nobody knows.

    Blank, it is refused and told.
    """
    _run(
        connection,
        "UPDATE mailing SET text = '', html = '' WHERE EXISTS (SELECT 1 FROM entity WHERE sensitive) "
        "AND id IN (SELECT mailing FROM delivery WHERE sent IS NULL)",
    )
