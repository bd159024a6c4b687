"""Pure. What a digest says: first lines, sections of cards and lines, last line. Text and HTML only lay it out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from monitor.digest.build import Alarm, Digest, DigestStory, Sources
from monitor.digest.cards import Card, CardLine, card, standing
from monitor.digest.phrasing import Voice, cut
from monitor.feeds.health import CAVEAT, WORDS, nothing_new, words_of
from monitor.i18n import worded
from monitor.i18n.troubles import WORDS as TROUBLES
from monitor.model import FeedRecord, FeedStatus, Trouble

_MOST_POSSIBLE = 10
_LONGEST_DETAIL = 120
_HTTP_STATUS = re.compile(r"\((\d{3})\)")


def both(one: str, more: str) -> tuple[str, str]:
    """Marks two messages for the catalogues: of one, and of more."""
    return one, more


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    cards: tuple[Card, ...] = ()
    lines: tuple[CardLine, ...] = ()
    numbered: bool = False  # cards are counted, and stand in full


@dataclass(frozen=True, slots=True)
class Page:
    """What there is to say, as passages still to be cleaned and escaped."""

    language: str
    subject: str
    warnings: tuple[CardLine, ...]
    opening: tuple[str, ...]
    sections: tuple[Section, ...]
    closing: str


def lay_out(digest: Digest) -> Page:
    voice, kept = digest.voice, [CardLine(digest.voice.say("All versions are kept."))]
    changes = (_stored("", change.sentence, voice) for change in digest.happened.watchlist_changes)
    sections = (
        _stories(voice.say("NEW"), digest, digest.new, *_counted(digest), numbered=True),
        _stories(_follow_up_title(digest), digest, digest.follow_up),
        _stories(voice.say("CHANGED"), digest, digest.changed, *(kept if digest.changed else [])),
        _stories(voice.say("FOUND IN OLDER ARTICLES"), digest, digest.older),
        _stories(voice.say("POSSIBLE, please look"), digest, digest.possible, most=_MOST_POSSIBLE),
        Section(voice.say("CHANGES TO YOUR LIST"), lines=_at_most(digest, changes)),
        Section(voice.say("TROUBLE THAT IS OVER"), lines=_at_most(digest, _over(digest))),
        Section(voice.say("SOURCES"), lines=_at_most(digest, _source_lines(digest.sources, voice))),
    )
    return Page(
        language=digest.language,
        subject=subject(digest),
        warnings=_warnings(digest),
        opening=_opening(digest),
        sections=tuple(s for s in sections if s.cards or s.lines),
        closing=_closing(digest),
    )


# ---- the subject: whether to open it now ----------------------------------------------------------------------------


def subject(digest: Digest) -> str:
    """Counts and a day, never a name: subjects stand on locked screens and in the logs of mail servers."""
    found, sources = _found(digest), _sources_in_short(digest)
    if not found:
        sources = digest.voice.say("broken: %(what)s", what=sources)
    day = digest.voice.day(digest.happened.window.until)
    return f"[monitor] {_joined('; ', found, sources)} - {day}"


def _found(digest: Digest) -> str:
    """What there is, in short; empty where that nothing was found says nothing."""
    say, some = digest.voice.say, digest.voice.some
    new = some("%(num)s new", "%(num)s new", len(digest.new))
    follow_up = some("%(num)s follow-up", "%(num)s follow-ups", len(digest.follow_up))
    changed = some("%(num)s changed", "%(num)s changed", len(digest.changed))
    older = some("%(num)s in older articles", "%(num)s in older articles", len(digest.older))
    if new or follow_up:
        return _joined(", ", new, follow_up, changed, older)
    if changed or older:
        return say("nothing new, %(what)s", what=_joined(", ", changed, older))
    if digest.possible:
        return say("nothing clear, %(num)s possible", num=len(digest.possible))
    return "" if digest.alarm else say("nothing new")


def _sources_in_short(digest: Digest) -> str:
    sources, voice = digest.sources, digest.voice
    if digest.alarm is Alarm.NOTHING_READ:
        return voice.say("nothing can be fetched any more") if sources.read else voice.say("nothing could be fetched")
    if digest.alarm is Alarm.FEW_READ:
        return _few_read(sources, voice)
    if sources.failing:
        refuse = voice.some("%(num)s source refuses us", "%(num)s sources refuse us", len(sources.refused))
        fail = voice.some("%(num)s source cannot be read", "%(num)s sources cannot be read", len(sources.unreadable))
        return _joined(", ", refuse, fail)
    if 1 < sources.watched == sources.read:
        return voice.say("all %(num)s sources read", num=sources.read)
    return _read(sources, voice)


# ---- the first lines: what there is in numbers, and whether silence means quiet or broken ---------------------------


def _warnings(digest: Digest) -> tuple[CardLine, ...]:
    """What must be read before anything else: that this is not quiet; that a file is broken."""
    voice, window = digest.voice, digest.happened.window
    fixes = tuple(CardLine(_lasting(each, voice)) for each in digest.happened.troubles if each.until is None)
    if not digest.alarm:
        return fixes
    what = f"{_few_read(digest.sources, voice)}."
    if digest.alarm is Alarm.NOTHING_READ:
        since, until = voice.full(digest.happened.last_read or window.since), voice.full(window.until)
        what = voice.say("nothing could be fetched %(since)s to %(until)s.", since=since, until=until)
        if (began := digest.happened.began) and began >= window.until:
            what = voice.say("no source was read before %(at)s.", at=voice.full(began))
    return (CardLine(voice.say("DO NOT READ THIS AS QUIET: %(what)s", what=what)), *fixes)


def _lasting(trouble: Trouble, voice: Voice) -> str:
    wrong, since = voice.say(TROUBLES[trouble.kind].lasting), voice.moment(trouble.since)
    return voice.say("PLEASE FIX: %(wrong)s, since %(since)s (details: monitor doctor).", wrong=wrong, since=since)


def _over(digest: Digest) -> Iterator[CardLine]:
    """Trouble that no run finds any more."""
    voice = digest.voice
    for each in digest.happened.troubles:
        if each.until:
            same_day = voice.date(each.since) == voice.date(each.until)
            until = voice.clock(each.until) if same_day else voice.moment(each.until)
            wrong, since = voice.say(TROUBLES[each.kind].over), voice.moment(each.since)
            yield CardLine(voice.say("%(since)s to %(until)s: %(wrong)s.", since=since, until=until, wrong=wrong))


def _opening(digest: Digest) -> tuple[str, ...]:
    voice, window = digest.voice, digest.happened.window
    say, some = voice.say, voice.some
    since, until = voice.full(window.since), voice.full(window.until)
    span = say("%(since)s to %(until)s (%(place)s)", since=since, until=until, place=voice.place)
    if not (digest.new or digest.follow_up or digest.changed or digest.older or digest.possible):
        return (
            _joined(" ", say("Nothing new named anyone on your list, %(span)s.", span=span), _first_mail(digest)),
            _joined(" ", _how_quiet(digest), _spreading(digest), _waiting(digest)),
        )
    follow_up = some("%(num)s follow-up", "%(num)s follow-ups", len(digest.follow_up))
    found = (
        f"{follow_up}." if follow_up else "",
        some("%(num)s changed story.", "%(num)s changed stories.", len(digest.changed)),
        some("%(num)s story found in older articles.", "%(num)s stories found in older articles.", len(digest.older)),
    )
    return (
        _joined(" ", say("%(span)s, by when we first saw it.", span=span), _first_mail(digest)),
        _joined(" ", _new_stories(digest), *found, _spreading(digest)),
        _joined(" ", some("%(num)s possible.", "%(num)s possible.", len(digest.possible)), _waiting(digest)),
        _reading(digest),
    )


def _first_mail(digest: Digest) -> str:
    if not digest.first_mail:
        return ""
    since, began = digest.happened.window.since, digest.happened.began
    if began is not None and began >= since:
        return digest.voice.say("This is the first digest by mail. It tells everything since the first reading.")
    when = digest.voice.full(since)
    return digest.voice.say("This is the first digest by mail. The queue has what came before %(when)s.", when=when)


def _how_quiet(digest: Digest) -> str:
    sources, reading, say = digest.sources, _reading(digest), digest.voice.say
    if digest.alarm:
        return reading
    if not digest.happened.articles:
        return _joined(" ", reading, say("That is unusual: please check that this is right."))
    if sources.read < sources.watched or sources.failing:
        return say("Quiet, as far as could be read: %(what)s", what=reading)
    return say("This is quiet, not broken: %(what)s", what=reading)


def _new_stories(digest: Digest) -> str:
    some = digest.voice.some
    if not digest.new:
        return digest.voice.say("No new story that is clear.")
    articles = some("%(num)s article", "%(num)s articles", sum(len(told.arrived) for told in digest.new))
    of_them = some("%(num)s of them a copy", "%(num)s of them copies", sum(told.copies for told in digest.new))
    stories = some("%(num)s new story", "%(num)s new stories", len(digest.new))
    return f"{stories} ({_joined(', ', articles, of_them)})."


def _spreading(digest: Digest) -> str:
    voice, stories = digest.voice, len(digest.spreading)
    if not stories:
        return ""
    copies = voice.count("%(num)s copy", "%(num)s copies", sum(told.copies for told in digest.spreading))
    one, more = both("%(copies)s joined %(num)s story you know.", "%(copies)s joined %(num)s stories you know.")
    return voice.count(one, more, stories, copies=copies)


def _waiting(digest: Digest) -> str:
    happened, say = digest.happened, digest.voice.say
    if happened.waiting is None:
        return ""
    waits = say("Waiting for you: %(num)s.", num=happened.waiting)
    if not happened.waiting:
        waits = say("Nothing waits for you.")
    elif happened.oldest_waiting:
        day = digest.voice.day(happened.oldest_waiting)
        waits = say("Waiting for you: %(num)s, oldest since %(day)s.", num=happened.waiting, day=day)
    never = happened.never_reviewed
    return _joined(" ", waits, say("Never reviewed in 30 days: %(num)s.", num=never) if never else "")


def _reading(digest: Digest) -> str:
    """How many sources and articles were read, and until when."""
    happened, voice = digest.happened, digest.voice
    last, bare = "", happened.articles_from_feed
    if at := happened.last_read:
        if voice.date(at) == voice.date(happened.window.until):
            last = voice.say("last at %(time)s", time=voice.clock(at))
        else:
            last = voice.say("last on %(time)s", time=voice.full(at))
    articles = voice.count("%(num)s new article", "%(num)s new articles", happened.articles)
    of_them = voice.say("%(num)s of them with only title and summary", num=bare) if bare else ""
    return f"{_joined(', ', _read(digest.sources, voice), last)}. {_joined(', ', articles, of_them)}."


def _read(sources: Sources, voice: Voice) -> str:
    one, more = both("%(read)s of %(num)s source read", "%(read)s of %(num)s sources read")
    return voice.count(one, more, sources.watched, read=sources.read)


def _few_read(sources: Sources, voice: Voice) -> str:
    failing = voice.some("%(num)s failing now", "%(num)s failing now", sources.failing)
    return _joined(", ", _read(sources, voice), failing)


# ---- the sections ---------------------------------------------------------------------------------------------------


def _stories(
    title: str,
    digest: Digest,
    told: tuple[DigestStory, ...],
    *lines: CardLine,
    most: int | None = None,
    numbered: bool = False,
) -> Section:
    most = min(most or digest.most, digest.most)
    if len(told) > most:
        one, more = both(
            "and %(num)s more story; the queue has them all.", "and %(num)s more stories; the queue has them all."
        )
        lines = (CardLine(digest.voice.count(one, more, len(told) - most)), *lines)
    return Section(title, tuple(card(digest, one) for one in told[:most]), lines, numbered)


def _at_most(digest: Digest, lines: Iterable[CardLine]) -> tuple[CardLine, ...]:
    lines = tuple(lines)
    more = len(lines) - digest.most
    return (*lines[: digest.most], CardLine(digest.voice.say("and %(num)s more.", num=more))) if more > 0 else lines


def _follow_up_title(digest: Digest) -> str:
    voice = digest.voice
    if len(digest.follow_up) != 1:
        return voice.say("FOLLOW-UP to stories you know")
    if decision := standing(digest.follow_up[0].item):
        return voice.say("FOLLOW-UP to a story you decided on %(date)s", date=voice.date(decision.at))
    return voice.say("FOLLOW-UP to a story you know")


def _counted(digest: Digest) -> list[CardLine]:
    """Names that alert only beside others and stood alone: how often, never which."""
    often_first = sorted(digest.happened.counted.items(), key=lambda pair: (-pair[1], pair[0]))
    one, more = both(
        "%(name)s alone, no watched person or outlet and no press word: %(num)s story, not listed.",
        "%(name)s alone, no watched person or outlet and no press word: %(num)s stories, not listed.",
    )
    lines = (CardLine(digest.voice.count(one, more, count, name=name)) for name, count in often_first)
    return list(_at_most(digest, lines))


def _source_lines(sources: Sources, voice: Voice) -> tuple[CardLine, ...]:
    """Each source in trouble, refusals first; of those that only were not read, a list of names."""
    lines = [_trouble(state, voice) for state in (*sources.refused, *sources.unreadable)]
    for state in sources.empty:
        empty = voice.say("%(outlet)s: its feed is empty", outlet=state.feed.outlet)
        lines.append(CardLine(f"{_joined(' ', empty, _since(state, voice))}."))
    for state in sources.overflowing:
        says = voice.say(WORDS[FeedStatus.OVERFLOWING].says)
        lines.append(CardLine(voice.say("%(outlet)s %(says)s", outlet=state.feed.outlet, says=says) + "."))
    lines += [CardLine(f"{s.feed.feed.outlet}: {nothing_new(s, voice.near, voice.count)}.") for s in sources.silent]
    if unread := _outlets(sources.unread):
        lines.append(CardLine(voice.say("Not read in this time: %(names)s.", names=unread)))
    if paused := _outlets(sources.paused):
        lines.append(CardLine(voice.say("Paused: %(names)s.", names=paused)))
    if lines:
        return tuple(lines)
    if not sources.watched:
        return (CardLine(voice.say("No source is set up.")),)
    if 1 < sources.watched == sources.read:
        return (CardLine(voice.say("All %(num)s sources were read.", num=sources.read)),)
    return (CardLine(f"{_read(sources, voice)}."),)


def _outlets(states: Iterable[FeedRecord]) -> str:
    return ", ".join(dict.fromkeys(state.feed.outlet for state in states))


def _trouble(state: FeedRecord, voice: Voice) -> CardLine:
    """The HTTP status, where there is one, stands for the reason: `monitor feeds list` gives it in words."""
    status = _HTTP_STATUS.search(state.detail)
    http, detail = (f" (HTTP {status[1]})", "") if status else ("", state.detail)
    words = words_of(state, state.status)
    says = voice.say("%(outlet)s %(says)s", outlet=state.feed.outlet, says=voice.say(words.says))
    said = _joined(" ", f"{says}{http}", _since(state, voice))
    tries = voice.some("%(num)s try", "%(num)s tries", state.failures)
    caveat = voice.say(CAVEAT) if CAVEAT in words.todo else ""
    begins = f"{_joined(', ', said, tries)}{':' if detail else '.'}"
    return _stored(begins, detail, voice, caveat) if detail else CardLine(begins, aside=caveat)


def _stored(begins: str, sentence: str, voice: Voice, aside: str = "") -> CardLine:
    """What a stored sentence says, after what begins its line: in the reader's language, if it has words."""
    said, language = worded(sentence, voice.language)
    if begins:
        said = f"{cut(said.rstrip('.'), _LONGEST_DETAIL)}."
    if language != voice.language:
        return CardLine(begins, said, aside)
    return CardLine(_joined(" ", begins, said), aside=aside)


def _since(state: FeedRecord, voice: Voice) -> str:
    return voice.say("since %(when)s", when=voice.moment(state.status_since)) if state.status_since else ""


def _closing(digest: Digest) -> str:
    if digest.next_at is None:
        return ""
    closing = digest.voice.say("Next digest: %(when)s.", when=digest.voice.full(digest.next_at))
    tell = digest.contact and digest.voice.say("If it does not come, tell %(contact)s", contact=digest.contact)
    return _joined(" ", closing, tell)


def _joined(separator: str, *parts: str) -> str:
    return separator.join(part for part in parts if part)
