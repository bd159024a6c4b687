"""Pure. The vocabulary: frozen values and enums that every other module speaks in.

Times are aware and in UTC. Offsets count Unicode code points of the text as it is stored, end exclusive.
The words are those of docs/glossary.md, the same in code, table, page and docs.
"""

# ruff: noqa: F403 -- every word of the package is a word of the vocabulary

from __future__ import annotations

from monitor.model.article import *
from monitor.model.change import *
from monitor.model.digest import *
from monitor.model.feed import *
from monitor.model.mention import *
from monitor.model.message import *
from monitor.model.review import *
from monitor.model.run import *
from monitor.model.story import *
from monitor.model.user import *
from monitor.model.watchlist import *
