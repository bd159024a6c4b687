"""The tables of the release after 0.2, and in them what a database of 0.2.0 holds (`from_0_2`).

Unreleased builds had a revision a change, 0005 to 0078, one after the other; this is all of them. A database that such a
build left at 0078 has these very tables, so nothing is to be done there.
"""

import logging
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from alembic import op

from monitor.store.migrations import from_0_2
from monitor.store.tables.creation import create_job_engine

revision = "0078"
down_revision = "0004"
branch_labels = None
depends_on = None
log = logging.getLogger("monitor.store")


def _text(name: str, default: str | None = None) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=False, server_default=default)


def _number(name: str, default: str | None = None, kind: type[sa.Integer] = sa.Integer) -> sa.Column[Any]:
    return sa.Column(name, kind(), nullable=False, server_default=default)


def _flag(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false())


def _json(name: str, default: str | None = None) -> sa.Column[Any]:
    return sa.Column(name, sa.JSON(), nullable=False, server_default=default)


def _bytes(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.LargeBinary(), nullable=False)


def _time(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _key(name: str = "id") -> sa.Column[Any]:
    return sa.Column(name, sa.Integer(), primary_key=True)


def _reference(name: str, target: str, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer(), sa.ForeignKey(target), **options)


COLUMNS = {
    "article": [
        _number("romanisation", "0", sa.BigInteger),  # of no table: made again when the article is filed next
        _text("speaker", "site"),
        _text("gone_request", ""),
    ],
    "article_version": [_text("request", "")],
    "decision": [_text("colleague", "")],
    "entity": [
        _text("country", ""),
        _json("handles", "[]"),
        _json("names", "{}"),
        sa.Column("paused_until", sa.Date()),
        sa.Column("watch_until", sa.Date()),
        _text("asked_by", ""),
        _flag("urgent"),
        _json("countries", "[]"),
        _json("acts", "[]"),
    ],
    "entry": [_number("claim", "0"), _number("slice", "0"), _flag("is_complete")],
    "feed": [_number("claim", "0"), _number("slice", "0"), _flag("by_hand"), _json("speaks_for", "[]")],
    "mention": [sa.Column("incident", sa.JSON(none_as_null=True))],
    "person": [_flag("cleared")],
    "revisit": [_number("claim", "0"), _number("slice", "0")],
    "run": [_number("common_surnames", "0")],
    "story_article": [_flag("outdated"), _json("arguments", "[]"), _json("own_sentences", "[]"), _flag("old_rules")],
    "watchlist_version": [
        _text("author", ""),
        _text("reason", ""),
        sa.Column("undoes", sa.Integer()),
        _text("older_articles", "queue"),
        _number("withdrawn", "0"),
        _number("older_up_to", "0"),
    ],
}
INDEXES: dict[str, list[tuple[str, ...]]] = {
    "article_version": [("article", "version", "language")],
    "decision": [("colleague",)],
    "entry": [("outcome", "slice", "due")],
    "feed": [("slice", "next_due"), ("outlet",)],
    "hit": [("filed", "alerts", "confidence"), ("entity", "filed", "id")],
    "mailing": [("until",)],
    "revisit": [("slice", "due")],
    "story_article": [("outdated", "article"), ("old_rules", "story")],
}
CHECKS = {
    "delivery": {"sent_or_refused": "sent IS NULL OR refused IS NULL"},
    "mailing": {"window": "since < until"},
    "review_item": {
        "only_later_until": "state = 'later' OR until IS NULL",
        "follow_up_reopened": "state <> 'follow-up' OR reopened_at IS NOT NULL",
    },
}
# The words of all stored texts; runs fill it. FTS5 without the texts keeps numbers of words alone, and PostgreSQL has
# arrays of them.
TEXT_INDEX = {
    "sqlite": (
        "CREATE TABLE text_word (key TEXT NOT NULL, form TEXT NOT NULL, PRIMARY KEY (key, form)) WITHOUT ROWID",
        "CREATE TABLE text_index (article INTEGER PRIMARY KEY, version INTEGER NOT NULL, vocabulary INTEGER NOT NULL)",
        "CREATE VIRTUAL TABLE text_posting USING fts5 (words, content='', detail='none', columnsize=0, tokenize='ascii')",
    ),
    "postgresql": (
        'CREATE TABLE text_word (key TEXT COLLATE "C" NOT NULL, form TEXT COLLATE "C" NOT NULL, PRIMARY KEY (key, form))',
        "CREATE TABLE text_index (article INTEGER PRIMARY KEY, version INTEGER NOT NULL, vocabulary BIGINT NOT NULL, "
        "words INTEGER[] NOT NULL)",
        "CREATE INDEX ix_text_index_words ON text_index USING gin (words)",
    ),
}
# The detail of a feed is shown without the marks around its words, and without the code that it may have now.
FEED_HEALTH = """
VIEW feed_health AS
SELECT f.id AS source, f.outlet, f.url, f.status, f.status_since AS since,
  replace(replace(replace(replace(f.detail, '\u2067proxy-is-dead\u2069', ''),
    '\u2066', ''), '\u2068', ''), '\u2069', '') AS trouble,
  f.failures AS failures_in_a_row, f.paused, f.last_visit, f.last_ok AS last_read, f.next_due AS next_visit,
  (SELECT count(*) FROM entry e WHERE e.feed = f.number) AS entries,
  (SELECT max(e.first_seen) FROM entry e WHERE e.feed = f.number) AS last_new_entry
FROM feed f
WHERE f.listed
"""


def upgrade() -> None:
    connection = op.get_bind()
    for table, columns in COLUMNS.items():
        for column in columns:
            op.add_column(table, column)
    _create_tables_of_reading()
    _create_tables_of_texts()
    _create_tables_of_the_desk()
    _create_tables_of_seals()
    for statement in TEXT_INDEX[connection.dialect.name]:
        op.execute(statement)
    create_job_engine(connection)  # copy it here before it changes
    _replace_letters(connection)
    _change_mailings(connection)
    _change_accounts()
    _check_review_items(connection)
    op.drop_index("ix_hit_entity", "hit")
    for table, indexed in INDEXES.items():
        for names in indexed:
            op.create_index(op.f(f"ix_{table}_{'_'.join(names)}"), table, names)
    _replace_feed_health(connection)
    from_0_2.convert(connection)


def _create_tables_of_reading() -> None:
    op.create_table(
        "claim",
        _key("number"),
        _text("worker"),
        _time("began"),
        _time("until"),
        _text("queue"),
        sa.Column("slice", sa.Integer()),
        sa.Column("version", sa.Integer()),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "host_state",
        sa.Column("origin", sa.Text(), primary_key=True),
        _time("last_request", nullable=True),
        _time("rest_until", nullable=True),
        sa.Column("gap", sa.Float(), nullable=False),
        _bytes("robots"),
        _time("robots_read", nullable=True),
        _number("claim"),
        _time("claimed_until", nullable=True),
    )
    op.create_table(
        "archive_range",
        _key("top"),
        _number("bottom"),
        _number("position"),
        _number("version"),
        _number("claim"),
        _time("claimed_until", nullable=True),
    )
    op.create_table(
        "feed_day",
        _reference("feed", "feed.number", primary_key=True),
        sa.Column("day", sa.Date(), primary_key=True),
        _number("bytes", "0", sa.BigInteger),
        _number("articles", "0"),
        _number("mentions", "0"),
        _number("entries_left_out", "0"),
        _number("pages_left_out", "0"),
    )


def _create_tables_of_texts() -> None:
    op.create_table(
        "unread_text",
        _key(),
        _reference("article", "article.id", nullable=False, index=True),
        _json("lines"),
        sa.Column("is_absence", sa.Boolean(), nullable=False),
        _text("url"),
        _number("status"),
        _json("headers"),
        sa.Column("body", sa.LargeBinary()),
        _text("request", ""),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "related",
        _reference("article", "article.id", primary_key=True),
        _reference("neighbour", "article.id", primary_key=True, index=True),
        _text("rule"),
        _json("arguments"),
        sa.Column("score", sa.Float(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table("checked_input", sa.Column("name", sa.Text(), primary_key=True), _text("input"), _number("result"))


def _create_tables_of_the_desk() -> None:
    op.create_table(
        "entity_version",
        _reference("version", "watchlist_version.version", primary_key=True),
        _reference("entity", "entity.number", primary_key=True, index=True),
        sa.Column("before", sa.JSON()),
        sa.Column("after", sa.JSON()),
    )
    op.create_table(
        "addition",
        _key(),
        _reference("entry", "entry.id", index=True),
        _reference("article", "article.id", index=True),
        _text("by"),
        _time("at"),
        _text("note"),
    )
    op.create_table(
        "alerted_name",
        _key(),
        _reference("mailing", "mailing.id", nullable=False),
        _reference("item", "review_item.id", nullable=False, index=True),
        _reference("entity", "entity.number", nullable=False),
        _text("outlet", ""),
        _time("filed", nullable=True),
        _flag("due"),
    )
    op.create_table(
        "refused_name", _key(), sa.Column("name", sa.Text(), nullable=False, unique=True), _text("by"), _time("at")
    )


def _create_tables_of_seals() -> None:
    op.create_table(
        "seal",
        _key("number"),
        sa.Column("day", sa.Date(), nullable=False, unique=True),
        _text("tree"),
        _text("before"),
        _bytes("filler"),
        _time("sealed_at"),
    )
    op.create_table(
        "seal_stamp",
        _reference("seal", "seal.number", primary_key=True),
        sa.Column("authority", sa.Text(), primary_key=True),
        _time("at"),
        _bytes("response"),
        _text("certificates"),
    )
    op.create_table(
        "sealed_page",
        _key(),
        _reference("article", "article.id"),
        _number("version"),
        _text("kind"),
        _time("at", nullable=True),
        _number("status"),
        *map(_bytes, ("salt", "address", "title", "text", "page", "headers", "leaf")),
        _reference("seal", "seal.number", index=True),
        sa.Index(None, "article", "version"),
    )


def _replace_letters(connection: sa.Connection) -> None:
    """Keep what is sent, and its state, by channel: so far all were letters by mail."""
    op.create_table(
        "delivery",
        _key(),
        _text("channel"),
        _text("external_id"),
        _reference("mailing", "mailing.id", nullable=False),
        _text("recipient"),
        _number("tries"),
        _time("sent", nullable=True),
        _time("refused", nullable=True),
        _time("claimed_until", nullable=True),
        _text("detail"),
        _time("due", nullable=True),
        _text("scope", ""),
        _flag("encrypted"),
        sa.UniqueConstraint("mailing", "channel", "recipient"),
        sa.UniqueConstraint("channel", "external_id"),
        *(sa.CheckConstraint(rule, name) for name, rule in _kept_rules(connection, "delivery", "letter")),
    )
    from_0_2.copy_letters(connection)
    op.drop_table("letter")


def _change_mailings(connection: sa.Connection) -> None:
    """Let the windows of each audience and kind of message tile; a mailing has one rendering."""
    from_0_2.blank_mail_before_sensitive_names(connection)
    with op.batch_alter_table("mailing") as mailing:
        for name in ("full_subject", "full_text", "full_html"):
            mailing.drop_column(name)
        mailing.add_column(_text("audience", ""))
        mailing.add_column(_text("kind", "digest"))
        for name in ("since", "until"):
            mailing.drop_constraint(op.f(f"uq_mailing_{name}"), type_="unique")
            mailing.create_unique_constraint(op.f(f"uq_mailing_audience_kind_{name}"), ["audience", "kind", name])
        for name, rule in _kept_rules(connection, "mailing"):
            mailing.create_check_constraint(op.f(f"ck_mailing_{name}"), rule)


def _change_accounts() -> None:
    # Nobody can tell who made the links of before, and some were made by people who have been dismissed since: they end.
    op.drop_table("invitation")
    op.create_table(
        "invitation",
        _key(),
        sa.Column("token", sa.Text(), nullable=False, unique=True),
        _text("role"),
        _time("until"),
        _reference("person", "person.id"),
        _reference("by", "person.id"),
        _time("used", nullable=True),
    )
    with op.batch_alter_table("audit") as audit:  # the log of the closed watch names accounts of the open store
        audit.drop_constraint(op.f("fk_audit_by_person"), type_="foreignkey")


def _check_review_items(connection: sa.Connection) -> None:
    # SQLite makes the table anew: else it would refuse while a view reads the one that is gone.
    is_sqlite = connection.dialect.name == "sqlite"
    if is_sqlite:
        connection.exec_driver_sql("PRAGMA legacy_alter_table = ON")
    with op.batch_alter_table("review_item") as review_item:
        for name, rule in _kept_rules(connection, "review_item"):
            review_item.create_check_constraint(op.f(f"ck_review_item_{name}"), rule)
    if is_sqlite:
        connection.exec_driver_sql("PRAGMA legacy_alter_table = OFF")


def _kept_rules(connection: sa.Connection, table: str, table_before: str = "") -> Iterable[tuple[str, str]]:
    """Return the names and rules of a table's checks: none if a row of before breaks one, for a home must open."""
    rules = CHECKS[table]
    broken = " OR ".join(f"NOT ({rule})" for rule in rules.values())
    count = connection.exec_driver_sql(f"SELECT count(*) FROM {table_before or table} WHERE {broken}").scalar()  # noqa: S608
    if count:
        log.error("%d rows of the table %s contradict themselves; it gets no checks", count, table)
        return ()
    return rules.items()


def _replace_feed_health(connection: sa.Connection) -> None:
    is_sqlite = connection.dialect.name == "sqlite"
    if is_sqlite:
        op.execute("DROP VIEW feed_health")
    # In place where that is possible: rights that somebody granted on it stay.
    op.execute(f"CREATE {'' if is_sqlite else 'OR REPLACE '}{FEED_HEALTH.strip()}")
