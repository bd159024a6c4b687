"""What the queue is ordered by, counted by and searched for is kept; a decision is found by the one that undoes it."""

import sqlalchemy as sa
from alembic import op

from monitor.store import search

revision = "0010"
down_revision = "0008"
branch_labels = None
depends_on = None

# As `ReviewItem.confidence` says: names that an edit took out of all articles of a story count as they were last found.
CLEAR = """
UPDATE review_item SET
  latest = (SELECT max(s.filed) FROM story_article s WHERE s.story = review_item.story),
  clear = EXISTS (
    SELECT 1 FROM story_article s JOIN article a ON a.id = s.article JOIN hit h ON h.article = a.id
    WHERE s.story = review_item.story AND h.alerts AND h.confidence = 'strong' AND (h.version = a.version OR h.filed
      AND NOT EXISTS (
        SELECT 1 FROM story_article s2 JOIN article a2 ON a2.id = s2.article
        JOIN hit h2 ON h2.article = a2.id AND h2.version = a2.version
        WHERE s2.story = s.story AND h2.entity = h.entity)))
"""

# The words themselves stand in the table alone; SQLite must be told them once more to take them out (fts5, "External
# Content Tables"). The tokenizer parts words at spaces and knows no letters: they are folded already.
OUT = "INSERT INTO searched (searched, rowid, words) VALUES ('delete', old.article, old.words);"
IN = "INSERT INTO searched (rowid, words) VALUES (new.article, new.words);"
SQLITE = (
    "CREATE VIRTUAL TABLE searched USING fts5 (words, content='article_words', content_rowid='article', "
    "detail='none', columnsize=0, tokenize='ascii')",
    f"CREATE TRIGGER article_words_in AFTER INSERT ON article_words BEGIN {IN} END",
    f"CREATE TRIGGER article_words_out AFTER DELETE ON article_words BEGIN {OUT} END",
    f"CREATE TRIGGER article_words_changed AFTER UPDATE ON article_words BEGIN {OUT} {IN} END",
)
POSTGRESQL = (
    "CREATE INDEX ix_article_words_words ON article_words "
    "USING gin (array_to_tsvector(string_to_array(article_words.words, ' ')))",
)


def upgrade() -> None:
    op.add_column("review_item", sa.Column("clear", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("review_item", sa.Column("latest", sa.DateTime(timezone=True), nullable=True))
    op.execute(CLEAR)
    op.drop_index(op.f("ix_review_item_state"), "review_item")
    op.create_index("ix_review_item_queue", "review_item", ["state", "clear", "latest", "id", "verdict", "until"])
    op.create_index(op.f("ix_decision_undoes"), "decision", ["undoes"])
    op.create_table(
        "article_words",
        sa.Column("article", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["article"], ["article.id"], name=op.f("fk_article_words_article_article")),
        sa.PrimaryKeyConstraint("article", name=op.f("pk_article_words")),
    )
    connection = op.get_bind()
    for statement in SQLITE if connection.dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)
    for (article,) in connection.execute(sa.text("SELECT article FROM story_article ORDER BY article")).all():
        search.put(connection, article)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.drop_table("searched")
    op.drop_table("article_words")
    op.drop_index(op.f("ix_decision_undoes"), "decision")
    op.drop_index("ix_review_item_queue", "review_item")
    op.create_index(op.f("ix_review_item_state"), "review_item", ["state"])
    op.drop_column("review_item", "latest")
    op.drop_column("review_item", "clear")
