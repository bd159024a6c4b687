"""News monitoring for people who defend press freedom: names in any script, spelling and case, with a reason for each.

    feeds.yaml ─▶ fetch ─▶ parse ─▶ extract ─▶ match ─▶ cluster ─▶ review ─▶ messages ─▶ people
                    └─────────────── ingest calls them, store keeps what they return ──────┘

The line, each stage a pure function over frozen values of `model`:
  fetch     HTTP: one bounded, polite GET                    parse     feed bytes -> entries
  extract   a page -> an article's text with its zones       match     an article -> watched names, with reasons
  cluster   articles -> copies and stories                   review    what people decide
  messages  digests, alerts, reports: what they say (content, pure), composed, stored, sent (channels: one a file)

What carries it:
  ingest    READ FIRST: the run and its units of work        ports     what the units of work ask of the world
  feeds     when a feed is due, its health in words          sandbox   runs a stage where it can be killed
  store     the database, by role                            config    settings and the files operators edit
  home      an opened home, as use cases take it             app       the use cases: functions over a home
  cli, web  two ways in; demo: a bundled newsroom
  fleet     many machines: a caller of ingest, slice by slice, through a job engine

Leaves: text, urls, i18n (catalogues and labels), serialize (shared JSON), pictures (their figures), errors, clock,
bug_log, groups (values by key), failpoints (where tests make it die), pack (evidence, checked without monitor).
`.importlinter` holds the arrows between them; docs/glossary.md the words.
"""

import os

# numpy only keeps arrays here; its BLAS would start a thread a core, each with 32 MB of addresses, and a
# run would not fit into 400 MB of addresses (`ulimit -v`). To be set before anything imports numpy.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

__version__ = "0.2.0"
