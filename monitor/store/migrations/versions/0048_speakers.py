"""Who may speak for an address; and what each feed brought in a day.

Until now whoever named an address first owned it. Articles that the feed of another site brought are told by that feed
from now on, and entries that ended as duplicates of one, in the feed of the address's own site, are read again.
"""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

from monitor.store.types import bounded_key
from monitor.urls import site_of

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

READ_AGAIN = timedelta(days=30)  # entries first seen since then: pages of older ones are often gone

feed = sa.table("feed", *map(sa.column, ("number", "url", "by_hand")))
entry = sa.table("entry", *map(sa.column, ("id", "feed", "url", "outcome", "article", "first_seen", "tries", "due")))
article = sa.table("article", *map(sa.column, ("id", "key", "version", "speaker")))
version = sa.table("article_version", *map(sa.column, ("article", "version", "text_from")))


def upgrade() -> None:
    op.add_column("feed", sa.Column("speaks_for", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("article", sa.Column("speaker", sa.Text(), nullable=False, server_default="site"))
    op.create_table(
        "feed_day",
        sa.Column("feed", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("articles", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("mentions", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("entries_left_out", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("pages_left_out", sa.Integer(), nullable=False, server_default="0"),
        sa.ForeignKeyConstraint(["feed"], ["feed.number"], name=op.f("fk_feed_day_feed_feed")),
        sa.PrimaryKeyConstraint("feed", "day", name=op.f("pk_feed_day")),
    )
    mark_told_articles()


def mark_told_articles() -> None:
    """Mark the articles that only feeds of other sites brought. Sites are no function of SQL: rows pass through here."""
    connection, last = op.get_bind(), 0
    numbers = sa.select(article.c.id).where(article.c.id > sa.bindparam("last")).order_by(article.c.id).limit(2_000)
    while ids := connection.scalars(numbers, {"last": last}).all():
        mark_range(connection, ids[0], last := ids[-1])


def mark_range(connection: sa.Connection, first: int, last: int) -> None:
    query = (
        sa.select(article.c.id, article.c.key, version.c.text_from, entry.c.id.label("entry"), entry.c.outcome)
        .add_columns(feed.c.number, feed.c.url, feed.c.by_hand)
        .join_from(article, entry, entry.c.article == article.c.id)
        .join(feed, feed.c.number == entry.c.feed)
        .join(version, sa.and_(version.c.article == article.c.id, version.c.version == article.c.version))
        .where(article.c.id.between(first, last))
        .order_by(article.c.id, entry.c.id)
    )
    told: dict[int, sa.Row[tuple[object, ...]]] = {}
    own_duplicates: dict[int, list[int]] = {}
    own_articles = set()
    for row in connection.execute(query):
        site = site_of(f"https://{row.key}")
        is_own = not site or row.by_hand or site == site_of(row.url)
        if row.outcome != "duplicate":
            own_articles |= {row.id} if is_own else set()
            told.setdefault(row.id, row)
        elif is_own:
            own_duplicates.setdefault(row.id, []).append(row.entry)
    for number, row in told.items():
        if number not in own_articles:
            mark_told(connection, row, own_duplicates.get(number, []))


def mark_told(connection: sa.Connection, row: sa.Row[tuple[object, ...]], own_duplicates: list[int]) -> None:
    key = f"linked:{row.number}:{row.key}" if row.text_from == "page" else f"entry:{row.entry}"
    change = sa.update(article).where(article.c.id == row.id)
    connection.execute(change.values(key=bounded_key(key), speaker="other-feed"))
    since = datetime.now(UTC) - READ_AGAIN
    if connection.dialect.name == "sqlite":
        since = since.replace(tzinfo=None)
    is_recent = sa.and_(
        entry.c.id.in_(own_duplicates), entry.c.first_seen >= sa.bindparam("since", since, sa.DateTime(timezone=True))
    )
    again = {"outcome": "pending", "article": None, "tries": 0, "due": None}
    connection.execute(sa.update(entry).where(is_recent).values(again))


def downgrade() -> None:
    op.drop_table("feed_day")
    op.drop_column("article", "speaker")
    op.drop_column("feed", "speaks_for")
