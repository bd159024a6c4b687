"""The tables of the first release, and the views for people who open the database in other tools."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Plain words, as on the pages: clear and possible, watched name, found as, source. Read-only by nature.
QUEUE = """
CREATE VIEW queue AS
SELECT i.id AS item, i.state,
  CASE WHEN EXISTS (
    SELECT 1 FROM story_article s JOIN article x ON x.id = s.article
    JOIN hit h ON h.article = x.id AND h.version = x.version
    WHERE s.story = i.story AND h.alerts AND h.confidence = 'strong') THEN 'clear' ELSE 'possible' END AS confidence,
  v.title AS headline,
  (SELECT {together}(n.name, ', ') FROM (
    SELECT DISTINCT e.name FROM story_article s JOIN article x ON x.id = s.article
    JOIN hit h ON h.article = x.id AND h.version = x.version JOIN entity e ON e.number = h.entity
    WHERE s.story = i.story) AS n) AS watched_names,
  a.outlet, v.language, v.url, v.published, a.first_seen,
  (SELECT count(*) FROM story_article s WHERE s.story = i.story) AS articles,
  (SELECT count(s.copy_of) FROM story_article s WHERE s.story = i.story) AS copies,
  (SELECT count(DISTINCT x.outlet) FROM story_article s JOIN article x ON x.id = s.article
    WHERE s.story = i.story) AS outlets,
  i.reopened AS came_back_because
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
SELECT f.id AS source, f.outlet, f.url, f.status, f.status_since AS since, f.detail AS trouble,
  f.failures AS failures_in_a_row, f.paused, f.last_visit, f.last_ok AS last_read, f.next_due AS next_visit,
  (SELECT count(*) FROM entry e WHERE e.feed = f.number) AS entries,
  (SELECT max(e.first_seen) FROM entry e WHERE e.feed = f.number) AS last_new_entry
FROM feed f
WHERE f.listed
"""
TABLES = (
    "mention",
    "hit",
    "alias",
    "fingerprint",
    "decision",
    "review_item",
    "story_article",
    "story",
    "entry",
    "article_version",
    "article",
    "entity",
    "watchlist_version",
    "feed",
    "run",
)


def upgrade() -> None:
    op.create_table(
        "article",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("outlet", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("first_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sketch", sa.LargeBinary(), nullable=False),
        sa.Column("names", sa.LargeBinary(), nullable=False),
        sa.Column("numbers", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_article")),
        sa.UniqueConstraint("key", name=op.f("uq_article_key")),
    )
    op.create_index(op.f("ix_article_first_seen"), "article", ["first_seen"], unique=False)
    op.create_table(
        "entity",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("sensitive", sa.Boolean(), nullable=False),
        sa.Column("alert", sa.Text(), nullable=False),
        sa.Column("context", sa.JSON(), nullable=False),
        sa.Column("removed", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_entity")),
        sa.UniqueConstraint("id", name=op.f("uq_entity_id")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "feed",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("outlet", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("interval_seconds", sa.Integer(), nullable=True),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("proxy", sa.Text(), nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("status_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("etag", sa.Text(), nullable=False),
        sa.Column("last_modified", sa.Text(), nullable=False),
        sa.Column("visits", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("next_due", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_visit", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_ok", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_feed")),
        sa.UniqueConstraint("id", name=op.f("uq_feed_id")),
    )
    op.create_table(
        "run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("started", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due", sa.Integer(), nullable=False),
        sa.Column("fetched", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("articles", sa.Integer(), nullable=False),
        sa.Column("outcomes", sa.JSON(), nullable=False),
        sa.Column("problems", sa.JSON(), nullable=False),
        sa.Column("told", sa.JSON(), nullable=False),
        sa.Column("outage", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run")),
    )
    op.create_index(op.f("ix_run_started"), "run", ["started"], unique=False)
    op.create_table(
        "story",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("first_seen", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_story")),
    )
    op.create_table(
        "watchlist_version",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("added", sa.JSON(), nullable=False),
        sa.Column("changed", sa.JSON(), nullable=False),
        sa.Column("removed", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_watchlist_version")),
    )
    op.create_table(
        "alias",
        sa.Column("entity", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["entity"], ["entity.number"], name=op.f("fk_alias_entity_entity")),
        sa.PrimaryKeyConstraint("entity", "position", name=op.f("pk_alias")),
    )
    op.create_table(
        "article_version",
        sa.Column("article", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("stored", sa.DateTime(timezone=True), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("text_from", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("authors", sa.JSON(), nullable=False),
        sa.Column("published", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_source", sa.Text(), nullable=False),
        sa.Column("fetched", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["article"], ["article.id"], name=op.f("fk_article_version_article_article")),
        sa.PrimaryKeyConstraint("article", "version", name=op.f("pk_article_version")),
    )
    op.create_table(
        "entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("feed", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("guid", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("published", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("due", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_try", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("article", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["article"], ["article.id"], name=op.f("fk_entry_article_article")),
        sa.ForeignKeyConstraint(["feed"], ["feed.number"], name=op.f("fk_entry_feed_feed")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entry")),
        sa.UniqueConstraint("feed", "key", name=op.f("uq_entry_feed_key")),
    )
    op.create_index(op.f("ix_entry_article"), "entry", ["article"], unique=False)
    op.create_index(op.f("ix_entry_outcome_feed"), "entry", ["outcome", "feed"], unique=False)
    op.create_table(
        "fingerprint",
        sa.Column("hash", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("article", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["article"], ["article.id"], name=op.f("fk_fingerprint_article_article")),
        sa.PrimaryKeyConstraint("hash", "kind", "article", name=op.f("pk_fingerprint")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_fingerprint_article"), "fingerprint", ["article"], unique=False)
    op.create_table(
        "hit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("article", sa.Integer(), nullable=False),
        sa.Column("entity", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("confidence", sa.Text(), nullable=False),
        sa.Column("alerts", sa.Boolean(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("found", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["article"], ["article.id"], name=op.f("fk_hit_article_article")),
        sa.ForeignKeyConstraint(["entity"], ["entity.number"], name=op.f("fk_hit_entity_entity")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hit")),
        sa.UniqueConstraint("article", "entity", name=op.f("uq_hit_article_entity")),
    )
    op.create_index(op.f("ix_hit_entity"), "hit", ["entity"], unique=False)
    op.create_table(
        "review_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("story", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("first_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reopened", sa.Text(), nullable=False),
        sa.Column("reopened_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["story"], ["story.id"], name=op.f("fk_review_item_story_story")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_item")),
        sa.UniqueConstraint("story", name=op.f("uq_review_item_story")),
    )
    op.create_index(op.f("ix_review_item_state"), "review_item", ["state"], unique=False)
    op.create_table(
        "story_article",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("story", sa.Integer(), nullable=False),
        sa.Column("article", sa.Integer(), nullable=False),
        sa.Column("copy_of", sa.Integer(), nullable=True),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("filed", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["article"], ["article.id"], name=op.f("fk_story_article_article_article")),
        sa.ForeignKeyConstraint(["copy_of"], ["article.id"], name=op.f("fk_story_article_copy_of_article")),
        sa.ForeignKeyConstraint(["story"], ["story.id"], name=op.f("fk_story_article_story_story")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_story_article")),
        sa.UniqueConstraint("article", name=op.f("uq_story_article_article")),
    )
    op.create_index(op.f("ix_story_article_filed_article"), "story_article", ["filed", "article"], unique=False)
    op.create_index(op.f("ix_story_article_story_filed"), "story_article", ["story", "filed"], unique=False)
    op.create_table(
        "decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=True),
        sa.Column("entity", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undoes", sa.Integer(), nullable=True),
        sa.Column("judged", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["entity"], ["entity.number"], name=op.f("fk_decision_entity_entity")),
        sa.ForeignKeyConstraint(["item"], ["review_item.id"], name=op.f("fk_decision_item_review_item")),
        sa.ForeignKeyConstraint(["undoes"], ["decision.id"], name=op.f("fk_decision_undoes_decision")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
    )
    op.create_index(op.f("ix_decision_item"), "decision", ["item"], unique=False)
    op.create_table(
        "mention",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("hit", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("end", sa.Integer(), nullable=False),
        sa.Column("alias", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("confidence", sa.Text(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("why", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["hit"], ["hit.id"], name=op.f("fk_mention_hit_hit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mention")),
        sa.UniqueConstraint(
            "hit", "version", "field", "start", "end", name=op.f("uq_mention_hit_version_field_start_end")
        ),
    )
    together = "string_agg" if op.get_bind().dialect.name == "postgresql" else "group_concat"
    op.execute(QUEUE.format(together=together))
    op.execute(HITS)
    op.execute(FEED_HEALTH)


def downgrade() -> None:
    for view in ("feed_health", "hits", "queue"):
        op.execute(f"DROP VIEW {view}")
    for table in TABLES:
        op.drop_table(table)
