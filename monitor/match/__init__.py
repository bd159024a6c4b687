"""Pure. Find watchlist names in texts: where they stand, how confident the match is, and why.

docs/design/names.md describes how the modules work together.
"""

from monitor.match.compile import Compiled, compile_watchlist
from monitor.match.countries import country_of_body, is_country_code
from monitor.match.documents import MatchTotals, find_mentions, match_documents
from monitor.match.explain.lint import ListWarning, lint, unfindable_names
from monitor.match.explain.near_misses import NearMiss, near_misses
from monitor.match.explain.samples import Sample, samples
from monitor.match.explain.trials import PressTrial, press_trials
from monitor.match.incidents.custody import custody_in, withdrawn_acts
from monitor.match.incidents.frames import find_frames, holds_frame, near_frames
from monitor.match.people import FoundPerson, Place, found_people
from monitor.match.rules.alerts import hits
from monitor.match.rules.decide import MOST_PLACES
from monitor.match.rules.press import reason_left_out
from monitor.match.state_bodies import bodies_called, guess_type, offered_bodies
from monitor.match.words import is_state_body

__all__ = [
    "MOST_PLACES",
    "Compiled",
    "FoundPerson",
    "ListWarning",
    "MatchTotals",
    "NearMiss",
    "Place",
    "PressTrial",
    "Sample",
    "bodies_called",
    "compile_watchlist",
    "country_of_body",
    "custody_in",
    "find_frames",
    "find_mentions",
    "found_people",
    "guess_type",
    "hits",
    "holds_frame",
    "is_country_code",
    "is_state_body",
    "lint",
    "match_documents",
    "near_frames",
    "near_misses",
    "offered_bodies",
    "press_trials",
    "reason_left_out",
    "samples",
    "unfindable_names",
    "withdrawn_acts",
]
