"""Pure. Messages about troubles of a run: a sentence for operators, and two texts for readers.

The operator's sentence may hold paths, addresses and contents of files. Readers see only the kind and the times.
"""

from __future__ import annotations

from dataclasses import dataclass

from monitor.model import Message, TroubleKind
from monitor.model.message import _, code_of

# Sent in place of a mail with the test string of spam filters, say, in a headline: no word of it is an outlet's.
REFUSED_MAIL = _(
    "The mail server refused a message to you, perhaps for words that an outlet wrote. Look into the queue."
)
_MESSAGES = {
    TroubleKind.WATCHLIST: "{} (the last good watchlist is in force)",
    TroubleKind.NAMES: (
        "watchlist.yaml: names that are not found even as they are listed: {}; `monitor watchlist check` says which"
    ),
    TroubleKind.FEEDS: "{} (the last good list of feeds is in force)",
    TroubleKind.OUTAGE: "nothing could be fetched from any source; is the network down{}?",
    TroubleKind.PING: "MONITOR_PING_URL could not be reached: {}",
    TroubleKind.SETTINGS: "{}",
    TroubleKind.MAIL: "the digest could not be mailed: {}",
    TroubleKind.RECIPIENT: "the digest to {} was refused: {}",
    TroubleKind.CHANNEL: "a message by {} to {} was not accepted: {}",
    TroubleKind.DISK: "the disk of {} is more than {} full; make room before it stops the runs",
    TroubleKind.BOUNDS: (
        "a feed brings more than a feed may in a day ({}): the rest waits or is left out; "
        "`monitor feeds list` says which"
    ),
    TroubleKind.HUNG: "a run had to be stopped: something in it hung; what it left is worked off by the next",
    TroubleKind.CLOCK: "the clock is behind what is stored by more than an hour: {}",
}


@dataclass(frozen=True, slots=True)
class TroubleWords:
    """The texts of a kind of trouble for readers: while it lasts, and after it is over."""

    lasting: str
    over: str


TROUBLE_TEXTS = {
    TroubleKind.WATCHLIST: TroubleWords(
        _("watchlist.yaml cannot be read, and the last good watchlist is in force"),
        _("watchlist.yaml could not be read, and the watchlist before it was in force"),
    ),
    TroubleKind.NAMES: TroubleWords(
        _("a name on the watchlist is written so that it cannot be found"),
        _("a name on the watchlist was written so that it could not be found"),
    ),
    TroubleKind.FEEDS: TroubleWords(
        _("the list of sources cannot be read, and the last good one is in force"),
        _("the list of sources could not be read, and the one before it was in force"),
    ),
    TroubleKind.OUTAGE: TroubleWords(
        _("nothing can be fetched from any source"),
        _("nothing could be fetched from any source"),
    ),
    TroubleKind.PING: TroubleWords(
        _("the address that runs are reported to does not answer"),
        _("the address that runs are reported to did not answer"),
    ),
    TroubleKind.SETTINGS: TroubleWords(
        _("no digest is mailed, because its settings are wrong"),
        _("no digest was mailed, because its settings were wrong"),
    ),
    TroubleKind.MAIL: TroubleWords(_("the digest cannot be mailed"), _("the digest could not be mailed")),
    TroubleKind.RECIPIENT: TroubleWords(
        _("the mail server refuses a recipient of the digest"),
        _("the mail server refused a recipient of the digest"),
    ),
    TroubleKind.CHANNEL: TroubleWords(
        _("a channel does not take its messages"),
        _("a channel did not take its messages"),
    ),
    TroubleKind.DISK: TroubleWords(_("the disk is nearly full"), _("the disk was nearly full")),
    TroubleKind.BOUNDS: TroubleWords(
        _("a source brings more than fits into a day, and the rest waits or is left out"),
        _("a source brought more than fits into a day, and the rest waited or was left out"),
    ),
    TroubleKind.HUNG: TroubleWords(
        _("a reading hung and was stopped; the next one goes on from there"),
        _("a reading hung and was stopped; the next one went on from there"),
    ),
    TroubleKind.CLOCK: TroubleWords(
        _("the server's clock is wrong, or was until now"),
        _("the server's clock was wrong, and so are some times; some news may come twice"),
    ),
    TroubleKind.OTHER: TroubleWords(_("something is wrong in the monitor"), _("something was wrong in the monitor")),
}


def trouble_message(kind: TroubleKind, *places: object) -> Message:
    """Return the sentence for operators."""
    return Message(_MESSAGES[kind], *places, code=kind)


def trouble_kind(problem: str) -> TroubleKind:
    """Return the kind of a stored sentence; OTHER if `trouble_message` did not make it."""
    code = code_of(problem)
    return TroubleKind(code) if code in _MESSAGES else TroubleKind.OTHER
