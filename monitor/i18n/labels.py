"""Pure. Labels of every enum, and messages of the web pages. Pages and digest translate them when they show them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from monitor.i18n.troubles import TROUBLE_TEXTS as TROUBLES  # noqa: F401
from monitor.model import (
    Act,
    Alert,
    Change,
    Code,
    Confidence,
    EntityType,
    Message,
    MessageKind,
    OlderArticles,
    Outcome,
    PlacementReason,
    QueueTab,
    ReachState,
    Reason,
    Regroup,
    Role,
    Rule,
    Verdict,
)
from monitor.model.message import _, code_of

QUEUE_TABS = {
    QueueTab.WAITING: _("Not yet reviewed"),
    QueueTab.NEW: _("New"),
    QueueTab.FOLLOW_UP: _("Follow-ups"),
    QueueTab.POSSIBLE: _("Possible"),
    QueueTab.ASKED: _("Asked"),
    QueueTab.LATER: _("Later"),
    QueueTab.DECIDED: _("Reviewed"),
}
REGROUPINGS = {
    Regroup.MERGE: _("merged stories"),
    Regroup.SPLIT: _("split a story"),
}
REASONS = {
    Reason.ANOTHER_PERSON: _("another person"),
    Reason.ANOTHER_ORGANIZATION: _("another organisation"),
    Reason.COMMON_WORD: _("a common word"),
    Reason.NOT_ABOUT: _("not about this"),
    Reason.DUPLICATE: _("seen before"),
    Reason.EXTRACTION_ERROR: _("the page was read wrongly"),
}
# Of items that were filed before November 2026 and that people have worked on since.
SEVERAL_EVENTS = _(
    "These articles may be about several events: an older version put them together. If so, split the item."
)
# Why an article is in a story, or an item beside another; with the arguments of `PlacementReason`.
PLACEMENTS = {
    Rule.NEW: _("nothing filed so far tells the same"),
    Rule.COPY: _("all its sentences stand in the other article"),
    Rule.CUT: _("all its sentences stand in the other article, which is longer"),
    Rule.ADDS: _("it repeats another article and brings sentences of its own: {}"),
    Rule.WORDS: _("{} % alike in their words, without the watched names; published {}\u00a0h apart"),
    Rule.NAMES: _("both have other names ({}) and numbers ({}) in common; published {}\u00a0h apart"),
    Rule.ACT: _("both say that the same was done to the same person; published {}\u00a0h apart"),
    Rule.BACKGROUND: _("they repeat the same background"),
    Rule.AFFAIR: _("similar text, published {}\u00a0h apart"),
    Rule.CHANGED: "",
    Rule.WATCHED: "",
}
# Related stories, under an hour and from two days on.
AT_ONCE, DAYS_APART = _("similar text, published within an hour"), _("similar text, published {}\u00a0days apart")
CONFIDENCES = {
    Confidence.STRONG: _("clear"),
    Confidence.POSSIBLE: _("possible"),
}
TYPES = {
    EntityType.PERSON: _("person"),
    EntityType.ORGANIZATION: _("organisation"),
    EntityType.OUTLET: _("outlet"),
    EntityType.PRESS: _("the press"),
}
ALERTS = {
    Alert.ALWAYS: _("always"),
    Alert.WITH_OTHERS: _("only beside another name or a support word"),
    Alert.NEVER: _("never: only counted"),
}
OLDER_ARTICLES = {
    OlderArticles.QUEUE: _("into the queue, as found in older articles"),
    OlderArticles.COUNTED: _("only counted"),
    OlderArticles.NONE: _("not at all: from now on"),
}
ENTITY_FIELDS = {
    "name": _("name"),
    "aliases": _("other spellings"),
    "names": _("names by language"),
    "handles": _("accounts"),
    "type": _("type"),
    "alert": _("alert"),
    "country": _("country"),
    "context": _("context words"),
    "note": _("note"),
    "sensitive": _("sensitive"),
    "paused_until": _("paused until"),
    "watch_until": _("watch until"),
    "asked_by": _("asked for by"),
    "urgent": _("urgent"),
    "countries": _("countries"),
    "acts": _("acts"),
    "entity": _("the whole entry"),
}
LIST_CHANGED = _("Somebody else has changed this meanwhile. Nothing was saved: look at it again.")
ROLES = {
    Role.READER: _("reader"),
    Role.REVIEWER: _("reviewer"),
    Role.OPERATOR: _("operator"),
    Role.ADMIN: _("administrator"),
}
ROLE_DESCRIPTIONS = {
    Role.READER: _("reads the queue and the lists"),
    Role.REVIEWER: _("reviews stories, too"),
    Role.OPERATOR: _("keeps the watched names and the sources, too"),
    Role.ADMIN: _("lets people in"),
}
CHANGES = {
    Change.GONE: _("the article is absent"),
    Change.NAME_REMOVED: _("a watched name was taken out"),
    Change.HEADLINE: _("headline changed"),
    Change.SENTENCE: _("a sentence was changed"),
    Change.READ: _("the page could be read now"),
}
MESSAGES = {
    MessageKind.DIGEST: _("digest"),
    MessageKind.ALERT: _("immediate alert"),
    MessageKind.REPORT: _("report"),
}
CHANNELS = {
    "mail": _("mail"),
    "webhook": _("webhook"),
    "notify": _("chat"),
}
# Why no message leaves by a channel.
UNSET_CHANNELS = {
    "mail": _("No mail leaves: the mail server that sends it is not set up."),
    "webhook": _("No webhook is called: the secret of webhooks is not set up."),
    "notify": _("No chat message leaves: no chat is set up."),
}
# Why a recipient is not reached, beside their name; some with a time.
REACH = {
    ReachState.LEFT_OUT: _("gets nothing: their line in recipients.yaml is wrong"),
    ReachState.UNSET: _("not set up"),
    ReachState.WRONG_SETTING: _("gets nothing: the setting of this channel is wrong"),
    ReachState.REFUSED: _("messages have not arrived since %(time)s"),
    ReachState.DELAYED: _("messages have been delayed since %(time)s"),
    ReachState.QUIET: _("quiet hours until %(time)s"),
}
# Codes of a channel's error -> what they mean to whoever reads the list of messages.
REFUSALS = {
    Code.RECIPIENT_REFUSED: _("their mail server does not accept this address"),
    Code.MAIL_REFUSED: _("their mail server does not accept this mail"),
    Code.NO_RECIPIENT: _("is no recipient any more"),
}
DELAYS = {
    Code.RECIPIENT_REFUSED: _("their mail server refuses this address for now"),
    Code.MAIL_REFUSED: _("their mail server refuses this mail for now"),
}
ACTS = {
    Act.SIGNED_IN: _("signed in"),
    Act.CHANGED_LIST: _("changed the watched names"),
    Act.CHANGED_RECIPIENTS: _("changed the recipients"),
    Act.TRIED_PAGE: _("had a page fetched to try a name"),
    Act.REFUSED: _("was refused: wrong password"),
    Act.SIGNED_OUT: _("ended a session"),
    Act.JOINED: _("accepted an invitation"),
    Act.PASSWORD: _("changed the password"),
    Act.TOKEN_MADE: _("made a token"),
    Act.TOKEN_ENDED: _("ended a token"),
    Act.INVITED: _("made an invitation"),
    Act.LINK_ENDED: _("ended an invitation"),
    Act.CHANGED_PERSON: _("changed what somebody may do"),
    Act.DECIDED: _("gave a decision"),
    Act.UNDID: _("took a decision back"),
    Act.MERGED: REGROUPINGS[Regroup.MERGE],
    Act.SPLIT: REGROUPINGS[Regroup.SPLIT],
    Act.EXPORTED: _("exported the list"),
    Act.CHANGED_SOURCES: _("changed the sources"),
    Act.ASKED_SITE: _("asked a site for its feeds"),
    Act.READ_SENSITIVE: _("read an item with a sensitive name"),
    Act.ADDED: _("added an article by hand"),
    Act.CLEARED: _("cleared somebody for the closed watch"),
    Act.UNCLEARED: _("ended what somebody was cleared for"),
}
HTTP_ERRORS = {
    400: (_("That cannot be done"), _("The form was not filled in as it must be. Go back and look at it again.")),
    401: (_("Please sign in"), _("This page is for people who are signed in.")),
    403: (_("This is not open to you"), _("Your account may not do this, or the form was sent from another site.")),
    404: (_("There is nothing here"), _("The address is wrong, or this is not open to you.")),
    405: (_("That cannot be done"), _("The form was not filled in as it must be. Go back and look at it again.")),
    413: (_("That is too much"), _("The form or the list is too long. Shorten it and try again.")),
    421: (_("Unknown address"), _("The desk answers only at its own address (MONITOR_BASE_URL) and on this machine.")),
    429: (_("Too many tries"), _("Wait a little and try again.")),
    500: (_("Something broke on our side"), _("Tell whoever runs the desk this number:")),
    503: (_("The database cannot be used now"), _("Try again in a moment.")),
}
WRONG_PASSWORD = _("The name or the password is wrong.")
WRONG_OLD_PASSWORD = _("The old password is wrong.")
BAD_PASSWORD = _("A password has 12 to 200 characters, and is not the name.")
BAD_NAME = _("A name has 1 to 60 characters.")
BAD_LETTERS = _(
    "Each word of a name has letters of one alphabet. Digits, hyphens, dots and apostrophes may stand there, too."
)


# By language: names of languages and countries as people in Kyrgyzstan say them, where the CLDR has other ones.
LOCAL_USAGE = {"ru": {"ky": "кыргызский", "KG": "Кыргызстан"}}
# Those of the outlets that are read here stand first in a list to choose from.
NEAR_COUNTRIES = ("KG", "KZ", "UZ", "TJ", "TM", "RU", "BY", "UA", "MD", "GE", "AM", "AZ")
NEAR_LANGUAGES = ("ky", "ru", "en", "kk", "uz", "tg", "tk", "be", "uk", "ro", "ka", "hy", "az")
NO_ONE_COUNTRY = _("no one country")  # XX in feeds.yaml
# Why a source cannot be added or changed.
BAD_ADDRESS = _("That is not an address of the web.")
LISTED_ALREADY = _("This address is on the list already.")
PRESENT_ADDRESS = _("This is its present address, and it works.")
REVEALING = _(
    "The address holds a watched name, so its server can tell whom you watch. Take a source of all its news instead: "
    "names are looked for here."
)
BAD_PROXY = _("This proxy cannot be used: it needs a kind, a public address and a port, as socks5://host:1080.")
BAD_CODE = _("The language is a code such as ky, the country a code such as KG.")
NOT_OPML = _("This is no OPML. Export the list of sources from the other program as OPML.")
CHANGED_MEANWHILE = _(
    "Somebody else changed this source meanwhile. Look at it, and save again what should be different."
)

# Outcomes of entries; the page of runs and the command print their number next to each.
OUTCOMES: Mapping[Outcome, str] = {
    Outcome.QUEUED: _("went to the queue"),
    Outcome.POSSIBLE: _("name somebody possibly"),
    Outcome.COUNTED: _("are counted, not shown"),
    Outcome.NO_MATCH: _("name nobody on the list"),
    Outcome.DUPLICATE: _("were known already"),
    Outcome.NO_LINK: _("have no link"),
    Outcome.NO_TEXT: _("have no text"),
    Outcome.OLD: _("were old when their source was first read"),
    Outcome.TOO_LARGE: _("are too large"),
    Outcome.NOT_HTML: _("are not web pages"),
    Outcome.REFUSED: _("were refused by their site"),
    Outcome.FETCH_FAILED: _("could not be fetched"),
    Outcome.GIVEN_UP: _("were given up after several tries"),
    Outcome.PENDING: _("will be tried again"),
}

# Why an article cannot be added by hand, and what to do about a link that brought none.
BAD_LINK = _("That is not the address of a page. Copy it from your browser: it begins with http:// or https://.")
TEXT_NOT_KEPT = _(
    "This article was first read more than 90 days ago and names nobody on the list, so its text is not kept. Add the "
    "address of another outlet that tells of it."
)
LINK_ADVICE: Mapping[Outcome, str] = {
    Outcome.NO_TEXT: _(
        "Add the address of the article itself, not of a list or a front page. Text that needs scripts or a payment "
        "cannot be read."
    ),
    Outcome.NOT_HTML: _("Only web pages are read, no pictures, videos or PDF files. Add a page that tells of it."),
    Outcome.TOO_LARGE: _("Add the address of another page that tells of it."),
    Outcome.REFUSED: _("Its site does not let programs read it. Add another outlet that tells of it."),
    Outcome.FETCH_FAILED: _(
        "Open it in your browser and copy the address again. Only addresses that everybody can open are read."
    ),
    Outcome.GIVEN_UP: _("Open it in your browser. If it opens there, add it again later."),
    Outcome.DUPLICATE: TEXT_NOT_KEPT,
    Outcome.PENDING: _("It is tried again by itself. There is nothing to do."),
}

VERDICTS = {
    Verdict.RELEVANT: _("relevant"),
    Verdict.NOT_RELEVANT: _("not relevant"),
    Verdict.UNSURE: _("a colleague is asked"),
    Verdict.LATER: _("later"),
}


def placement_sentence(reason: PlacementReason) -> str:
    """Return the sentence of a placement's reason; of one that an older version stored, the stored sentence."""
    template, arguments = PLACEMENTS[reason.rule], reason.arguments
    if reason.rule is Rule.AFFAIR and arguments and not 1 <= arguments[-1] < 48:
        template, arguments = (DAYS_APART, (round(arguments[-1] / 24),)) if arguments[-1] else (AT_ONCE, ())
    # a sentence may leave the first ones out, as a share that tells a reader little
    return reason.text or Message(template, *arguments[-template.count("{}") :])


def nearness_sentence(reason: PlacementReason, hours: int) -> str:
    """Return the same for an item that lies these hours from the other one."""
    return placement_sentence(replace(reason, arguments=(*reason.arguments[:-1], hours) if reason.arguments else ()))


# Why a name is only possible, by the codes of the reasons.
_IN_SHORT: Mapping[str, Message] = {
    Code.SURNAME_ALONE: Message("surname only"),
    Code.INITIAL_ALONE: Message("initial only"),
    Code.NO_FULL_NAME: Message("the full name is not in the article"),
}
_LITTLE_SAID = {Code.SAME_NAME, Code.OTHER_SCRIPT, Code.AS_LISTED, Code.INFLECTION}


def reason_in_short(reasons: Sequence[str]) -> list[str]:
    """Return the one reason that says most about the name; the lessons of grammar stand on the desk's card."""
    if telling := [reason for reason in reasons if code_of(reason) not in _LITTLE_SAID | {*_IN_SHORT}]:
        return telling[:1]
    short = (_IN_SHORT.get(code_of(reason)) for reason in reasons)
    return [next(filter(None, short), None) or reasons[0]] if reasons else []
