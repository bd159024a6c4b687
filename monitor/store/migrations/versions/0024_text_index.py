"""The index of the words of all stored texts (`sql/text_index.py`); runs fill it."""

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

# FTS5 without the texts: it keeps numbers of words alone. PostgreSQL has arrays of them.
SQLITE = (
    "CREATE TABLE text_word (key TEXT NOT NULL, form TEXT NOT NULL, PRIMARY KEY (key, form)) WITHOUT ROWID",
    "CREATE TABLE text_index (article INTEGER PRIMARY KEY, version INTEGER NOT NULL, vocabulary INTEGER NOT NULL)",
    "CREATE VIRTUAL TABLE text_posting USING fts5 (words, content='', detail='none', columnsize=0, tokenize='ascii')",
)
POSTGRESQL = (
    'CREATE TABLE text_word (key TEXT COLLATE "C" NOT NULL, form TEXT COLLATE "C" NOT NULL, PRIMARY KEY (key, form))',
    "CREATE TABLE text_index (article INTEGER PRIMARY KEY, version INTEGER NOT NULL, vocabulary BIGINT NOT NULL, "
    "words INTEGER[] NOT NULL)",
    "CREATE INDEX ix_text_index_words ON text_index USING gin (words)",
)


def upgrade() -> None:
    for statement in SQLITE if op.get_bind().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE text_posting")
    for table in ("text_index", "text_word"):
        op.execute(f"DROP TABLE {table}")
