CREATE TABLE article (
  id SERIAL NOT NULL,
  outlet TEXT NOT NULL,
  country TEXT NOT NULL,
  gone_why TEXT NOT NULL,
  gone_url TEXT NOT NULL,
  gone_body_sha256 TEXT NOT NULL,
  key TEXT NOT NULL,
  version INTEGER NOT NULL,
  gone_status INTEGER NOT NULL,
  gone_headers JSON NOT NULL,
  older BOOLEAN NOT NULL,
  sketch BYTEA NOT NULL,
  names BYTEA NOT NULL,
  numbers BYTEA NOT NULL,
  words BYTEA NOT NULL,
  seen TIMESTAMP WITH TIME ZONE NOT NULL,
  gone TIMESTAMP WITH TIME ZONE,
  first_seen TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT pk_article PRIMARY KEY (id),
  CONSTRAINT uq_article_key UNIQUE (key)
)

CREATE INDEX ix_article_first_seen ON article (first_seen)

CREATE INDEX ix_article_outlet_first_seen ON article (outlet, first_seen)

CREATE TABLE entity (
  number SERIAL NOT NULL,
  name TEXT NOT NULL,
  type TEXT NOT NULL,
  note TEXT NOT NULL,
  alert TEXT NOT NULL,
  id TEXT NOT NULL,
  sensitive BOOLEAN NOT NULL,
  context JSON NOT NULL,
  removed TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_entity PRIMARY KEY (number),
  CONSTRAINT uq_entity_id UNIQUE (id)
)

CREATE TABLE feed (
  number SERIAL NOT NULL,
  url TEXT NOT NULL,
  outlet TEXT NOT NULL,
  language TEXT NOT NULL,
  country TEXT NOT NULL,
  proxy TEXT NOT NULL,
  title TEXT NOT NULL,
  status TEXT NOT NULL,
  detail TEXT NOT NULL,
  memory TEXT NOT NULL,
  id TEXT NOT NULL,
  interval_seconds INTEGER,
  visits INTEGER NOT NULL,
  failures INTEGER NOT NULL,
  paused BOOLEAN NOT NULL,
  listed BOOLEAN NOT NULL,
  status_since TIMESTAMP WITH TIME ZONE,
  next_due TIMESTAMP WITH TIME ZONE,
  last_visit TIMESTAMP WITH TIME ZONE,
  last_ok TIMESTAMP WITH TIME ZONE,
  claimed_until TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_feed PRIMARY KEY (number),
  CONSTRAINT uq_feed_id UNIQUE (id)
)

CREATE TABLE mailing (
  id SERIAL NOT NULL,
  subject TEXT NOT NULL,
  text TEXT NOT NULL,
  html TEXT NOT NULL,
  made TIMESTAMP WITH TIME ZONE NOT NULL,
  since TIMESTAMP WITH TIME ZONE NOT NULL,
  until TIMESTAMP WITH TIME ZONE NOT NULL,
  full_subject TEXT DEFAULT '' NOT NULL,
  full_text TEXT DEFAULT '' NOT NULL,
  full_html TEXT DEFAULT '' NOT NULL,
  CONSTRAINT pk_mailing PRIMARY KEY (id),
  CONSTRAINT uq_mailing_since UNIQUE (since),
  CONSTRAINT uq_mailing_until UNIQUE (until)
)

CREATE TABLE person (
  id SERIAL NOT NULL,
  name TEXT NOT NULL,
  role TEXT NOT NULL,
  password TEXT NOT NULL,
  language TEXT NOT NULL,
  key TEXT NOT NULL,
  shortcuts BOOLEAN NOT NULL,
  since TIMESTAMP WITH TIME ZONE NOT NULL,
  closed TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_person PRIMARY KEY (id),
  CONSTRAINT uq_person_key UNIQUE (key)
)

CREATE TABLE raw_body (
  sha256 TEXT NOT NULL,
  body BYTEA NOT NULL,
  CONSTRAINT pk_raw_body PRIMARY KEY (sha256)
)

CREATE TABLE run (
  id SERIAL NOT NULL,
  due INTEGER NOT NULL,
  fetched INTEGER NOT NULL,
  unchanged INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  entries INTEGER NOT NULL,
  articles INTEGER NOT NULL,
  revisits INTEGER NOT NULL,
  outage BOOLEAN NOT NULL,
  outcomes JSON NOT NULL,
  problems JSON NOT NULL,
  ended TIMESTAMP WITH TIME ZONE,
  started TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT pk_run PRIMARY KEY (id)
)

CREATE INDEX ix_run_started ON run (started)

CREATE TABLE story (
  id SERIAL NOT NULL,
  first_seen TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT pk_story PRIMARY KEY (id)
)

CREATE TABLE watchlist_version (
  version SERIAL NOT NULL,
  source TEXT NOT NULL,
  file_hash TEXT NOT NULL,
  to_look_through INTEGER,
  added JSON NOT NULL,
  changed JSON NOT NULL,
  removed JSON NOT NULL,
  at TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT pk_watchlist_version PRIMARY KEY (version)
)

CREATE TABLE alias (
  entity INTEGER NOT NULL,
  position INTEGER NOT NULL,
  name TEXT NOT NULL,
  CONSTRAINT pk_alias PRIMARY KEY (entity, position),
  CONSTRAINT fk_alias_entity_entity FOREIGN KEY(entity) REFERENCES entity (number)
)

CREATE TABLE article_version (
  article INTEGER NOT NULL,
  version INTEGER NOT NULL,
  url TEXT NOT NULL,
  title TEXT NOT NULL,
  text TEXT NOT NULL,
  text_from TEXT NOT NULL,
  language TEXT NOT NULL,
  published_source TEXT NOT NULL,
  published_precision TEXT NOT NULL,
  published_raw TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  heading TEXT NOT NULL,
  body_sha256 TEXT NOT NULL,
  authors JSON NOT NULL,
  zones JSON NOT NULL,
  headers JSON NOT NULL,
  stored TIMESTAMP WITH TIME ZONE NOT NULL,
  published TIMESTAMP WITH TIME ZONE,
  fetched TIMESTAMP WITH TIME ZONE,
  dropped TIMESTAMP WITH TIME ZONE,
  still TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_article_version PRIMARY KEY (article, version),
  CONSTRAINT fk_article_version_article_article FOREIGN KEY(article) REFERENCES article (id)
)

CREATE TABLE article_words (
  article INTEGER NOT NULL,
  words TEXT NOT NULL,
  CONSTRAINT pk_article_words PRIMARY KEY (article),
  CONSTRAINT fk_article_words_article_article FOREIGN KEY(article) REFERENCES article (id)
)

CREATE TABLE audit (
  id SERIAL NOT NULL,
  by INTEGER,
  act TEXT NOT NULL,
  detail TEXT NOT NULL,
  about INTEGER,
  at TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT pk_audit PRIMARY KEY (id),
  CONSTRAINT fk_audit_by_person FOREIGN KEY(by) REFERENCES person (id)
)

CREATE TABLE entry (
  id SERIAL NOT NULL,
  feed INTEGER NOT NULL,
  article INTEGER,
  key TEXT NOT NULL,
  url TEXT NOT NULL,
  guid TEXT NOT NULL,
  title TEXT NOT NULL,
  author TEXT NOT NULL,
  summary TEXT NOT NULL,
  content TEXT NOT NULL,
  outcome TEXT NOT NULL,
  detail TEXT NOT NULL,
  published_precision TEXT NOT NULL,
  published_raw TEXT NOT NULL,
  tries INTEGER NOT NULL,
  older BOOLEAN NOT NULL,
  published TIMESTAMP WITH TIME ZONE,
  first_seen TIMESTAMP WITH TIME ZONE NOT NULL,
  due TIMESTAMP WITH TIME ZONE,
  last_try TIMESTAMP WITH TIME ZONE,
  claimed_until TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_entry PRIMARY KEY (id),
  CONSTRAINT uq_entry_feed_key UNIQUE (feed, key),
  CONSTRAINT fk_entry_feed_feed FOREIGN KEY(feed) REFERENCES feed (number),
  CONSTRAINT fk_entry_article_article FOREIGN KEY(article) REFERENCES article (id)
)

CREATE INDEX ix_entry_feed_first_seen_published ON entry (feed, first_seen, published)

CREATE INDEX ix_entry_outcome_feed ON entry (outcome, feed)

CREATE INDEX ix_entry_article ON entry (article)

CREATE TABLE finding (
  id SERIAL NOT NULL,
  entity INTEGER,
  article INTEGER NOT NULL,
  kind TEXT NOT NULL,
  before TEXT NOT NULL,
  after TEXT NOT NULL,
  version INTEGER NOT NULL,
  found TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT pk_finding PRIMARY KEY (id),
  CONSTRAINT fk_finding_entity_entity FOREIGN KEY(entity) REFERENCES entity (number),
  CONSTRAINT fk_finding_article_article FOREIGN KEY(article) REFERENCES article (id)
)

CREATE INDEX ix_finding_article ON finding (article)

CREATE INDEX ix_finding_found ON finding (found)

CREATE TABLE hit (
  id SERIAL NOT NULL,
  article INTEGER NOT NULL,
  entity INTEGER NOT NULL,
  confidence TEXT NOT NULL,
  why TEXT NOT NULL,
  version INTEGER NOT NULL,
  alerts BOOLEAN NOT NULL,
  filed BOOLEAN NOT NULL,
  found TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT pk_hit PRIMARY KEY (id),
  CONSTRAINT uq_hit_article_entity UNIQUE (article, entity),
  CONSTRAINT fk_hit_article_article FOREIGN KEY(article) REFERENCES article (id),
  CONSTRAINT fk_hit_entity_entity FOREIGN KEY(entity) REFERENCES entity (number)
)

CREATE INDEX ix_hit_entity ON hit (entity)

CREATE TABLE invitation (
  token TEXT NOT NULL,
  person INTEGER,
  role TEXT NOT NULL,
  until TIMESTAMP WITH TIME ZONE NOT NULL,
  used TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_invitation PRIMARY KEY (token),
  CONSTRAINT fk_invitation_person_person FOREIGN KEY(person) REFERENCES person (id)
)

CREATE TABLE letter (
  mailing INTEGER NOT NULL,
  recipient TEXT NOT NULL,
  detail TEXT NOT NULL,
  message_id TEXT NOT NULL,
  tries INTEGER NOT NULL,
  sent TIMESTAMP WITH TIME ZONE,
  refused TIMESTAMP WITH TIME ZONE,
  claimed_until TIMESTAMP WITH TIME ZONE,
  "full" BOOLEAN DEFAULT false NOT NULL,
  CONSTRAINT pk_letter PRIMARY KEY (mailing, recipient),
  CONSTRAINT fk_letter_mailing_mailing FOREIGN KEY(mailing) REFERENCES mailing (id),
  CONSTRAINT uq_letter_message_id UNIQUE (message_id)
)

CREATE TABLE review_item (
  id SERIAL NOT NULL,
  story INTEGER NOT NULL,
  verdict TEXT,
  reopened TEXT NOT NULL,
  state TEXT NOT NULL,
  version INTEGER NOT NULL,
  clear BOOLEAN DEFAULT false NOT NULL,
  first_seen TIMESTAMP WITH TIME ZONE NOT NULL,
  until TIMESTAMP WITH TIME ZONE,
  reopened_at TIMESTAMP WITH TIME ZONE,
  latest TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_review_item PRIMARY KEY (id),
  CONSTRAINT uq_review_item_story UNIQUE (story),
  CONSTRAINT fk_review_item_story_story FOREIGN KEY(story) REFERENCES story (id)
)

CREATE INDEX ix_review_item_queue ON review_item (state, clear, latest, id, verdict, until)

CREATE INDEX ix_review_item_splits ON review_item (state, clear, verdict, until)

CREATE TABLE session (
  id SERIAL NOT NULL,
  person INTEGER NOT NULL,
  browser TEXT NOT NULL,
  token TEXT NOT NULL,
  begun TIMESTAMP WITH TIME ZONE NOT NULL,
  seen TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT pk_session PRIMARY KEY (id),
  CONSTRAINT fk_session_person_person FOREIGN KEY(person) REFERENCES person (id),
  CONSTRAINT uq_session_token UNIQUE (token)
)

CREATE INDEX ix_session_person ON session (person)

CREATE TABLE token (
  id SERIAL NOT NULL,
  person INTEGER NOT NULL,
  label TEXT NOT NULL,
  token TEXT NOT NULL,
  since TIMESTAMP WITH TIME ZONE NOT NULL,
  used TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_token PRIMARY KEY (id),
  CONSTRAINT fk_token_person_person FOREIGN KEY(person) REFERENCES person (id),
  CONSTRAINT uq_token_token UNIQUE (token)
)

CREATE INDEX ix_token_person ON token (person)

CREATE TABLE story_article (
  id SERIAL NOT NULL,
  story INTEGER NOT NULL,
  copy_of INTEGER,
  article INTEGER NOT NULL,
  rule TEXT NOT NULL,
  why TEXT NOT NULL,
  version INTEGER NOT NULL,
  score FLOAT NOT NULL,
  filed TIMESTAMP WITH TIME ZONE NOT NULL,
  changed TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_story_article PRIMARY KEY (id),
  CONSTRAINT fk_story_article_story_story FOREIGN KEY(story) REFERENCES story (id),
  CONSTRAINT fk_story_article_copy_of_article FOREIGN KEY(copy_of) REFERENCES article (id),
  CONSTRAINT uq_story_article_article UNIQUE (article),
  CONSTRAINT fk_story_article_article_article FOREIGN KEY(article) REFERENCES article (id)
)

CREATE INDEX ix_story_article_story_filed ON story_article (story, filed)

CREATE INDEX ix_story_article_filed_article ON story_article (filed, article)

CREATE TABLE candidate_hash (
  filing INTEGER NOT NULL,
  hash INTEGER NOT NULL,
  CONSTRAINT pk_candidate_hash PRIMARY KEY (filing, hash),
  CONSTRAINT fk_candidate_hash_filing_story_article FOREIGN KEY(filing) REFERENCES story_article (id)
)

CREATE INDEX ix_candidate_hash_hash_filing ON candidate_hash (hash, filing)

CREATE TABLE decision (
  id SERIAL NOT NULL,
  entity INTEGER,
  item INTEGER NOT NULL,
  undoes INTEGER,
  by TEXT NOT NULL,
  batch TEXT NOT NULL,
  verdict TEXT,
  reason TEXT,
  note TEXT NOT NULL,
  version INTEGER NOT NULL,
  judged JSON NOT NULL,
  at TIMESTAMP WITH TIME ZONE NOT NULL,
  until TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_decision PRIMARY KEY (id),
  CONSTRAINT fk_decision_entity_entity FOREIGN KEY(entity) REFERENCES entity (number),
  CONSTRAINT fk_decision_item_review_item FOREIGN KEY(item) REFERENCES review_item (id),
  CONSTRAINT fk_decision_undoes_decision FOREIGN KEY(undoes) REFERENCES decision (id)
)

CREATE INDEX ix_decision_by ON decision (by)

CREATE INDEX ix_decision_undoes ON decision (undoes)

CREATE INDEX ix_decision_batch ON decision (batch)

CREATE INDEX ix_decision_item ON decision (item)

CREATE TABLE mention (
  id SERIAL NOT NULL,
  hit INTEGER NOT NULL,
  field TEXT NOT NULL,
  alias TEXT NOT NULL,
  text TEXT NOT NULL,
  confidence TEXT NOT NULL,
  version INTEGER NOT NULL,
  start INTEGER NOT NULL,
  "end" INTEGER NOT NULL,
  score FLOAT NOT NULL,
  why JSON NOT NULL,
  other_places INTEGER DEFAULT '0' NOT NULL,
  CONSTRAINT pk_mention PRIMARY KEY (id),
  CONSTRAINT uq_mention_hit_version_field_start_end UNIQUE (hit, version, field, start, "end"),
  CONSTRAINT fk_mention_hit_hit FOREIGN KEY(hit) REFERENCES hit (id)
)

CREATE TABLE regrouping (
  id SERIAL NOT NULL,
  item INTEGER NOT NULL,
  other INTEGER NOT NULL,
  undoes INTEGER,
  kind TEXT NOT NULL,
  by TEXT NOT NULL,
  articles JSON NOT NULL,
  copies JSON NOT NULL,
  at TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT pk_regrouping PRIMARY KEY (id),
  CONSTRAINT fk_regrouping_item_review_item FOREIGN KEY(item) REFERENCES review_item (id),
  CONSTRAINT fk_regrouping_other_review_item FOREIGN KEY(other) REFERENCES review_item (id),
  CONSTRAINT fk_regrouping_undoes_regrouping FOREIGN KEY(undoes) REFERENCES regrouping (id)
)

CREATE TABLE revisit (
  article INTEGER NOT NULL,
  entry INTEGER NOT NULL,
  etag TEXT NOT NULL,
  last_modified TEXT NOT NULL,
  since TIMESTAMP WITH TIME ZONE NOT NULL,
  missing TIMESTAMP WITH TIME ZONE,
  claimed_until TIMESTAMP WITH TIME ZONE,
  due TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT pk_revisit PRIMARY KEY (article),
  CONSTRAINT fk_revisit_article_article FOREIGN KEY(article) REFERENCES article (id),
  CONSTRAINT fk_revisit_entry_entry FOREIGN KEY(entry) REFERENCES entry (id)
)

CREATE INDEX ix_revisit_due ON revisit (due)

CREATE INDEX ix_article_words_words ON article_words USING gin (array_to_tsvector(string_to_array(article_words.words, ' ')))

CREATE VIEW queue AS
SELECT i.id AS item, i.state,
  CASE WHEN EXISTS (
    SELECT 1 FROM story_article s JOIN article x ON x.id = s.article
    JOIN hit h ON h.article = x.id AND h.version = x.version
    WHERE s.story = i.story AND h.alerts AND h.confidence = 'strong') THEN 'clear' ELSE 'possible' END AS confidence,
  v.title AS headline,
  (SELECT string_agg(n.name, ', ') FROM (
    SELECT DISTINCT e.name FROM story_article s JOIN article x ON x.id = s.article
    JOIN hit h ON h.article = x.id AND h.version = x.version JOIN entity e ON e.number = h.entity
    WHERE s.story = i.story) AS n) AS watched_names,
  a.outlet, v.language, v.url, v.published, a.first_seen,
  (SELECT count(*) FROM story_article s WHERE s.story = i.story) AS articles,
  (SELECT count(s.copy_of) FROM story_article s WHERE s.story = i.story) AS copies,
  (SELECT count(DISTINCT x.outlet) FROM story_article s JOIN article x ON x.id = s.article
    WHERE s.story = i.story) AS outlets,
  replace(replace(replace(i.reopened, '⁦', ''), '⁨', ''), '⁩', '') AS came_back_because
FROM review_item i
JOIN story_article lead ON lead.id = (SELECT min(s.id) FROM story_article s WHERE s.story = i.story)
JOIN article a ON a.id = lead.article
JOIN article_version v ON v.article = a.id AND v.version = a.version
WHERE i.state IN ('open', 'follow-up', 'later')

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

CREATE VIEW feed_health AS
SELECT f.id AS source, f.outlet, f.url, f.status, f.status_since AS since,
  replace(replace(replace(f.detail, '⁦', ''), '⁨', ''), '⁩', '') AS trouble,
  f.failures AS failures_in_a_row, f.paused, f.last_visit, f.last_ok AS last_read, f.next_due AS next_visit,
  (SELECT count(*) FROM entry e WHERE e.feed = f.number) AS entries,
  (SELECT max(e.first_seen) FROM entry e WHERE e.feed = f.number) AS last_new_entry
FROM feed f
WHERE f.listed
