"""I/O: the database. All tables of a new one, and what is made over them: indexes of words, views, the job engine.

Older databases got the same from `migrations`; a test compares the two.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect

from monitor.store.tables.base import Row

# The words stand in the table alone; SQLite must be told them once more to take them out (fts5, "External Content
# Tables"). The tokenizer parts words at spaces and knows no letters: they are folded already.
_OUT = "INSERT INTO searched (searched, rowid, words) VALUES ('delete', old.article, old.words);"
_IN = "INSERT INTO searched (rowid, words) VALUES (new.article, new.words);"
_SQLITE = (
    "CREATE VIRTUAL TABLE searched USING fts5 (words, content='article_words', content_rowid='article', "
    "detail='none', columnsize=0, tokenize='ascii')",
    f"CREATE TRIGGER article_words_in AFTER INSERT ON article_words BEGIN {_IN} END",
    f"CREATE TRIGGER article_words_out AFTER DELETE ON article_words BEGIN {_OUT} END",
    f"CREATE TRIGGER article_words_changed AFTER UPDATE ON article_words BEGIN {_OUT} {_IN} END",
    "CREATE VIRTUAL TABLE searched_terms USING fts5vocab (searched, row)",  # how common a word is
    # The index of texts: FTS5 without the texts keeps numbers of words alone.
    "CREATE TABLE text_word (key TEXT NOT NULL, form TEXT NOT NULL, PRIMARY KEY (key, form)) WITHOUT ROWID",
    "CREATE TABLE text_index (article INTEGER PRIMARY KEY, version INTEGER NOT NULL, vocabulary INTEGER NOT NULL)",
    "CREATE VIRTUAL TABLE text_posting USING fts5 (words, content='', detail='none', columnsize=0, tokenize='ascii')",
)
_POSTGRESQL = (
    "CREATE INDEX ix_article_words_words ON article_words "
    "USING gin (array_to_tsvector(string_to_array(article_words.words, ' ')))",
    'CREATE TABLE text_word (key TEXT COLLATE "C" NOT NULL, form TEXT COLLATE "C" NOT NULL, PRIMARY KEY (key, form))',
    "CREATE TABLE text_index (article INTEGER PRIMARY KEY, version INTEGER NOT NULL, vocabulary BIGINT NOT NULL, "
    "words INTEGER[] NOT NULL)",
    "CREATE INDEX ix_text_index_words ON text_index USING gin (words)",
)

# For people who open the database in other tools, in the words of the pages. Sentences are shown without the marks that
# `model.Message` sets around their words (U+2066, U+2068, U+2069), and without the one
# code that the detail of a feed may have.
_QUEUE = """
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
_HITS = """
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
_FEED_HEALTH = """
CREATE VIEW feed_health AS
SELECT f.id AS source, f.outlet, f.url, f.status, f.status_since AS since,
  replace(replace(replace(replace(f.detail, '\u2067proxy-is-dead\u2069', ''),
    '\u2066', ''), '\u2068', ''), '\u2069', '') AS trouble,
  f.failures AS failures_in_a_row, f.paused, f.last_visit, f.last_ok AS last_read, f.next_due AS next_visit,
  (SELECT count(*) FROM entry e WHERE e.feed = f.number) AS entries,
  (SELECT max(e.first_seen) FROM entry e WHERE e.feed = f.number) AS last_new_entry
FROM feed f
WHERE f.listed
"""


def create_tables(connection: Connection) -> None:
    """Create all tables of a new database, and what is made over them."""
    Row.metadata.create_all(connection)
    is_sqlite = connection.dialect.name == "sqlite"
    queue = _QUEUE.format(concat="group_concat" if is_sqlite else "string_agg")
    for statement in (*(_SQLITE if is_sqlite else _POSTGRESQL), queue, _HITS, _FEED_HEALTH):
        connection.exec_driver_sql(statement)
    create_job_engine(connection)


# ---- the job engine -------------------------------------------------------------------------------------------------

_ENGINE = "procrastinate 3.10.0"  # `monitor doctor` compares it with the installed library
_ENGINE_SCHEMA = Path(__file__).parents[1] / "migrations" / "sql" / f"{_ENGINE.replace(' ', '-')}.sql"
_ENGINE_CHANGES = (
    # Two notifications a row take the group commit of all writers away: 3,400 commits a second become 300. We poll.
    "DROP TRIGGER procrastinate_jobs_notify_queue_job_inserted_v1 ON procrastinate_jobs",
    "DROP TRIGGER procrastinate_jobs_notify_queue_job_aborted_v1 ON procrastinate_jobs",
    # Few rows that are always new: the default waits for a fifth of a table that is mostly dead rows by then.
    *(
        f"ALTER TABLE {table} SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01, "
        "autovacuum_vacuum_threshold = 500, autovacuum_analyze_scale_factor = 0.05)"
        for table in ("procrastinate_jobs", "procrastinate_events", "procrastinate_workers")
    ),
    # A worker is registered by an INSERT of the library that names no column.
    "ALTER TABLE procrastinate_workers ADD COLUMN machine text NOT NULL DEFAULT current_setting('application_name')",
    "ALTER TABLE procrastinate_workers ADD COLUMN started timestamptz NOT NULL DEFAULT now()",
    f"COMMENT ON SCHEMA procrastinate IS '{_ENGINE}'",
)


def create_job_engine(connection: Connection) -> None:
    """Create the tables and functions of procrastinate in a schema of their own; on PostgreSQL only."""
    if connection.dialect.name != "postgresql":
        return
    if inspect(connection).has_schema("procrastinate"):  # that of the open watch, which serves the closed one, too
        return
    path = connection.exec_driver_sql("SHOW search_path").scalar()
    connection.exec_driver_sql("CREATE SCHEMA procrastinate")
    connection.exec_driver_sql("SET LOCAL search_path TO procrastinate")
    # Without parameters, so that the driver takes many statements at once and leaves % alone.
    without_parameters = {"no_parameters": True}
    for statement in (_ENGINE_SCHEMA.read_text("utf-8"), *_ENGINE_CHANGES):
        connection.exec_driver_sql(statement, execution_options=without_parameters)
    connection.exec_driver_sql(f"SET LOCAL search_path TO {path}")
