"""The tables of release 0.2, the full-text index, and the views for people who open the database in other tools.

This file never changes, whatever `tables.py` says later: a new database takes the same steps as an old one. A database
at revision 0020, the last before the release, has these very tables (`store/migrate.py`).
"""

from functools import partial
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def _columns(kind: Any, names: str, **options: Any) -> list[sa.Column[Any]]:
    """Columns of one kind; a name that ends in `?` may be null."""
    return [sa.Column(n.removesuffix("?"), kind, nullable=n.endswith("?"), **options) for n in names.split()]


def _refs(*pairs: str, **options: Any) -> list[sa.Column[Any]]:
    """Columns that refer to another table's: `article? -> article.id`."""
    split = (pair.split(" -> ") for pair in pairs)
    return [sa.Column(n.removesuffix("?"), sa.ForeignKey(to), nullable=n.endswith("?"), **options) for n, to in split]


def _table(name: str, *parts: Any, **options: Any) -> None:
    sa.Table(name, _metadata, *parts, **options)


_metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)
_words, _numbers, _floats = (partial(_columns, kind()) for kind in (sa.Text, sa.Integer, sa.Float))
_flags, _json, _blobs = (partial(_columns, kind()) for kind in (sa.Boolean, sa.JSON, sa.LargeBinary))
_times = partial(_columns, sa.DateTime(timezone=True))
_id = partial(sa.Column, "id", sa.Integer, primary_key=True)

_table(
    "article",
    _id(),
    *_words("outlet country gone_why gone_url gone_body_sha256"),
    *_words("key", unique=True),
    *_numbers("version gone_status"),
    *_json("gone_headers"),
    *_flags("older"),
    *_blobs("sketch names numbers words"),
    *_times("seen gone?"),
    *_times("first_seen", index=True),
    sa.Index(None, "outlet", "first_seen"),
)
_table(
    "entity",
    *_numbers("number", primary_key=True),
    *_words("name type note alert"),
    *_words("id", unique=True),
    *_flags("sensitive"),
    *_json("context"),
    *_times("removed?"),
    sqlite_autoincrement=True,
)
_table(
    "feed",
    *_numbers("number", primary_key=True),
    *_words("url outlet language country proxy title status detail memory"),
    *_words("id", unique=True),
    *_numbers("interval_seconds? visits failures"),
    *_flags("paused listed"),
    *_times("status_since? next_due? last_visit? last_ok? claimed_until?"),
)
_table("mailing", _id(), *_words("subject text html"), *_times("made"), *_times("since until", unique=True))
_table(
    "person",
    _id(),
    *_words("name role password language"),
    *_words("key", unique=True),
    *_flags("shortcuts"),
    *_times("since closed?"),
)
_table("raw_body", *_words("sha256", primary_key=True), *_blobs("body"))
_table(
    "run",
    _id(),
    *_numbers("due fetched unchanged failed entries articles revisits"),
    *_flags("outage"),
    *_json("outcomes problems"),
    *_times("ended?"),
    *_times("started", index=True),
)
_table("story", _id(), *_times("first_seen"))
_table(
    "watchlist_version",
    *_numbers("version", primary_key=True),
    *_words("source file_hash"),
    *_numbers("to_look_through?"),
    *_json("added changed removed"),
    *_times("at"),
)
_table(
    "alias",
    *_refs("entity -> entity.number", primary_key=True),
    *_numbers("position", primary_key=True),
    *_words("name"),
)
_table(
    "article_version",
    *_refs("article -> article.id", primary_key=True),
    *_numbers("version", primary_key=True),
    *_words(
        "url title text text_from language published_source published_precision published_raw sha256 heading body_sha256"
    ),
    *_json("authors zones headers"),
    *_times("stored published? fetched? dropped? still?"),
)
_table(
    "article_words",
    *_refs("article -> article.id", primary_key=True, autoincrement=False),
    *_words("words"),
)
_table("audit", _id(), *_refs("by? -> person.id"), *_words("act detail"), *_numbers("about?"), *_times("at"))
_table(
    "entry",
    _id(),
    *_refs("feed -> feed.number"),
    *_refs("article? -> article.id", index=True),
    *_words("key url guid title author summary content outcome detail published_precision published_raw"),
    *_numbers("tries"),
    *_flags("older"),
    *_times("published? first_seen due? last_try? claimed_until?"),
    sa.UniqueConstraint("feed", "key"),
    sa.Index(None, "feed", "first_seen", "published"),
    sa.Index(None, "outcome", "feed"),
)
_table(
    "finding",
    _id(),
    *_refs("entity? -> entity.number"),
    *_refs("article -> article.id", index=True),
    *_words("kind before after"),
    *_numbers("version"),
    *_times("found", index=True),
)
_table(
    "hit",
    _id(),
    *_refs("article -> article.id"),
    *_refs("entity -> entity.number", index=True),
    *_words("confidence why"),
    *_numbers("version"),
    *_flags("alerts filed"),
    *_times("found"),
    sa.UniqueConstraint("article", "entity"),
)
_table(
    "invitation",
    *_words("token", primary_key=True),
    *_refs("person? -> person.id"),
    *_words("role"),
    *_times("until used?"),
)
_table(
    "letter",
    *_refs("mailing -> mailing.id", primary_key=True),
    *_words("recipient", primary_key=True),
    *_words("detail"),
    *_words("message_id", unique=True),
    *_numbers("tries"),
    *_times("sent? refused? claimed_until?"),
)
_table(
    "review_item",
    _id(),
    *_refs("story -> story.id", unique=True),
    *_words("verdict? reopened"),
    *_words("state"),
    *_numbers("version"),
    *_flags("clear", server_default=sa.false()),
    *_times("first_seen until? reopened_at? latest?"),
    sa.Index("ix_review_item_queue", "state", "clear", "latest", "id", "verdict", "until"),
    sa.Index("ix_review_item_splits", "state", "clear", "verdict", "until"),
)
_table(
    "session",
    _id(),
    *_refs("person -> person.id", index=True),
    *_words("browser"),
    *_words("token", unique=True),
    *_times("begun seen"),
)
_table(
    "token",
    _id(),
    *_refs("person -> person.id", index=True),
    *_words("label"),
    *_words("token", unique=True),
    *_times("since used?"),
)
_table(
    "story_article",
    _id(),
    *_refs("story -> story.id", "copy_of? -> article.id"),
    *_refs("article -> article.id", unique=True),
    *_words("rule why"),
    *_numbers("version"),
    *_floats("score"),
    *_blobs("found_by"),
    *_times("filed changed?"),
    sa.Index(None, "filed", "article"),
    sa.Index(None, "story", "filed"),
)
_table(
    "decision",
    _id(),
    *_refs("entity? -> entity.number"),
    *_refs("item -> review_item.id", "undoes? -> decision.id", index=True),
    *_words("by batch", index=True),
    *_words("verdict? reason? note"),
    *_numbers("version"),
    *_json("judged"),
    *_times("at until?"),
)
_table(
    "mention",
    _id(),
    *_refs("hit -> hit.id"),
    *_words("field alias text confidence"),
    *_numbers("version start end"),
    *_floats("score"),
    *_json("why"),
    sa.UniqueConstraint("hit", "version", "field", "start", "end"),
)
_table(
    "regrouping",
    _id(),
    *_refs("item -> review_item.id", "other -> review_item.id", "undoes? -> regrouping.id"),
    *_words("kind by"),
    *_json("articles copies"),
    *_times("at"),
)
_table(
    "revisit",
    *_refs("article -> article.id", primary_key=True),
    *_refs("entry -> entry.id"),
    *_words("etag last_modified"),
    *_times("since missing? claimed_until?"),
    *_times("due", index=True),
)

# The full-text index. The words themselves stand in the table alone; SQLite must be told them once more to take them out
# (fts5, "External Content Tables"). The tokenizer parts words at spaces and knows no letters: they are folded already.
OUT = "INSERT INTO searched (searched, rowid, words) VALUES ('delete', old.article, old.words);"
IN = "INSERT INTO searched (rowid, words) VALUES (new.article, new.words);"
SQLITE = (
    "CREATE VIRTUAL TABLE searched USING fts5 (words, content='article_words', content_rowid='article', "
    "detail='none', columnsize=0, tokenize='ascii')",
    f"CREATE TRIGGER article_words_in AFTER INSERT ON article_words BEGIN {IN} END",
    f"CREATE TRIGGER article_words_out AFTER DELETE ON article_words BEGIN {OUT} END",
    f"CREATE TRIGGER article_words_changed AFTER UPDATE ON article_words BEGIN {OUT} {IN} END",
    "CREATE VIRTUAL TABLE searched_terms USING fts5vocab (searched, row)",  # how common a word is
)
POSTGRESQL = (
    "CREATE INDEX ix_article_words_words ON article_words "
    "USING gin (array_to_tsvector(string_to_array(article_words.words, ' ')))",
)

# Sentences are shown without the marks that `model.Sentence` sets around their words (U+2066, U+2068, U+2069).
# Plain words, as on the pages: clear and possible, watched name, found as, source. Read-only by nature.
QUEUE = """
CREATE VIEW queue AS
SELECT i.id AS item, i.state,
  CASE WHEN EXISTS (
    SELECT 1 FROM story_article s JOIN article x ON x.id = s.article
    JOIN hit h ON h.article = x.id AND h.version = x.version
    WHERE s.story = i.story AND h.alerts AND h.confidence = 'strong') THEN 'clear' ELSE 'possible' END AS confidence,
  v.title AS headline,
  (SELECT {concat}(n.name, ', ') FROM (
    SELECT DISTINCT e.name FROM story_article s JOIN article x ON x.id = s.article
    JOIN hit h ON h.article = x.id AND h.version = x.version JOIN entity e ON e.number = h.entity
    WHERE s.story = i.story) AS n) AS watched_names,
  a.outlet, v.language, v.url, v.published, a.first_seen,
  (SELECT count(*) FROM story_article s WHERE s.story = i.story) AS articles,
  (SELECT count(s.copy_of) FROM story_article s WHERE s.story = i.story) AS copies,
  (SELECT count(DISTINCT x.outlet) FROM story_article s JOIN article x ON x.id = s.article
    WHERE s.story = i.story) AS outlets,
  replace(replace(replace(i.reopened, '\u2066', ''), '\u2068', ''), '\u2069', '') AS came_back_because
FROM review_item i
JOIN story_article lead ON lead.id = (SELECT min(s.id) FROM story_article s WHERE s.story = i.story)
JOIN article a ON a.id = lead.article
JOIN article_version v ON v.article = a.id AND v.version = a.version
WHERE i.state IN ('open', 'follow-up', 'later')
"""
HITS = """
CREATE VIEW hits AS
SELECT e.name AS watched_name, e.type, m.text AS found_as, m.alias AS spelling,
  CASE m.confidence WHEN 'strong' THEN 'clear' ELSE 'possible' END AS confidence, m.score,
  m.field AS found_in, m.start AS from_letter, m."end" AS to_letter,
  a.outlet, v.title AS headline, v.url, v.language, v.published, a.first_seen, a.id AS article,
  i.id AS item, i.state
FROM mention m
JOIN hit h ON h.id = m.hit AND h.version = m.version
JOIN entity e ON e.number = h.entity
JOIN article a ON a.id = h.article AND a.version = h.version
JOIN article_version v ON v.article = a.id AND v.version = a.version
LEFT JOIN story_article s ON s.article = a.id
LEFT JOIN review_item i ON i.story = s.story
"""
FEED_HEALTH = """
CREATE VIEW feed_health AS
SELECT f.id AS source, f.outlet, f.url, f.status, f.status_since AS since,
  replace(replace(replace(f.detail, '\u2066', ''), '\u2068', ''), '\u2069', '') AS trouble,
  f.failures AS failures_in_a_row, f.paused, f.last_visit, f.last_ok AS last_read, f.next_due AS next_visit,
  (SELECT count(*) FROM entry e WHERE e.feed = f.number) AS entries,
  (SELECT max(e.first_seen) FROM entry e WHERE e.feed = f.number) AS last_new_entry
FROM feed f
WHERE f.listed
"""


def upgrade() -> None:
    connection = op.get_bind()
    _metadata.create_all(connection)
    is_sqlite = connection.dialect.name == "sqlite"
    concat = "group_concat" if is_sqlite else "string_agg"
    for statement in (*(SQLITE if is_sqlite else POSTGRESQL), QUEUE.format(concat=concat), HITS, FEED_HEALTH):
        op.execute(statement)
