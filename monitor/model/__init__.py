"""Pure. The frozen values and enums that all rooms share; start reading here.

Times are timezone-aware and in UTC. Offsets count Unicode code points of the stored text; the end is exclusive.
docs/glossary.md defines the words; code, tables, pages and docs use the same ones.

  feed, article     what we poll, its entries, and the text of their pages
  mention, run      watched names in a text, and the results that one unit of work stores
  press             what was done to the press: incidents, and the sentences that say so
  claim             due work that one run or job has taken, and the slices it is divided into
  story, items      articles that tell one event, the item people decide on, their decisions
  change            later versions of an article, and what people must see of them
  seal              one hash a day over all pages that were stored
  fleet             the machines that share the work, in counts and ages
  watchlist, user   who is watched, and who uses the desk
  digest, delivery  what a window brought, and what is sent to whom
  message           sentences that can be translated
"""

# ruff: noqa: F403 -- the package re-exports all of its modules

from __future__ import annotations

from monitor.model.article import *
from monitor.model.change import *
from monitor.model.claim import *
from monitor.model.delivery import *
from monitor.model.digest import *
from monitor.model.feed import *
from monitor.model.fingerprint import *
from monitor.model.fleet import *
from monitor.model.items.decision import *
from monitor.model.items.item_article import *
from monitor.model.items.item_hit import *
from monitor.model.items.review import *
from monitor.model.mention import *
from monitor.model.message import *
from monitor.model.press import *
from monitor.model.run import *
from monitor.model.seal import *
from monitor.model.story import *
from monitor.model.user import *
from monitor.model.watchlist import *
