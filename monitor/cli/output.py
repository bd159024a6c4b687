"""How values look on a terminal: tables and cards made for reading. JSON, for programs, is in rows.py."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice

from babel.dates import format_timedelta
from rich.table import Table
from rich.text import Text

from monitor.app.clock import now_utc
from monitor.app.doctor import Finding
from monitor.app.offline import Explained
from monitor.app.rescan import Summary
from monitor.app.sources import Tried
from monitor.cli.common import out, readers, say
from monitor.config import Settings
from monitor.digest.phrasing import counted_words, excerpt
from monitor.feeds.health import FeedTrouble, Health, troubles
from monitor.i18n.labels import OUTCOMES
from monitor.match import ListWarning
from monitor.match import samples as written_out
from monitor.model import (
    Confidence,
    Document,
    Entity,
    Extracted,
    FeedStatus,
    Field,
    ItemMention,
    Mention,
    NameJudgement,
    Outcome,
    ParsedFeed,
    RescanMatch,
    ReviewItem,
    Span,
    State,
    TextFrom,
    Verdict,
    Watchlist,
    WatchlistChange,
)
from monitor.model import Run as RunValue
from monitor.review import changes
from monitor.review.feedback import precisions
from monitor.text.charset import LOST, is_garbled
from monitor.text.sentences import sentence_around

MOST_JUDGED = 5  # forms and outlets that are shown

# What people read for what the code says (docs/glossary.md).
SURENESS = {Confidence.STRONG: "clear", Confidence.POSSIBLE: "possible"}
SETTLED = {Verdict.RELEVANT, Verdict.NOT_RELEVANT}
MENTIONS_SHOWN = 3  # of a name, in an item
NEAR_SHOWN = 100  # places of a page that are near a name


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _when(at: datetime | None) -> str:
    """Return a time as the reader's clock has it; with its year unless it is this one."""
    if at is None:
        return ""
    local, now = at.astimezone(readers.zone), now_utc().astimezone(readers.zone)
    return local.strftime("%d %b %H:%M" if local.year == now.year else "%d %b %Y %H:%M")


def _ago(at: datetime) -> str:
    """Return how long ago a time is, in words; in days when it is more than two, however many."""
    ago = now_utc() - at
    if ago < timedelta(0):
        return "in the future"
    if ago >= timedelta(days=2):
        return f"{ago.days:,} days ago"
    return str(format_timedelta(-ago, add_direction=True, locale="en"))


# ---- runs -----------------------------------------------------------------------------------------------------------


def run(done: RunValue, next_due: datetime | None = None) -> None:
    if not done.due and not done.entries and next_due:
        out.print(f"No feed is due before {_when(next_due)}; `monitor ingest --all` reads them now.")
        return
    out.print(
        f"{counted_words(done.due, 'source')}: {done.fetched} read, {done.unchanged} unchanged, {done.failed} failed. "
        f"{counted_words(done.entries, 'entry', 'entries')}, {counted_words(done.articles, 'new article')}."
    )
    for outcome, count in sorted(done.outcomes.items(), key=lambda pair: -pair[1]):
        out.print(f"  {count:5} {OUTCOMES[outcome]}")


def ran(done: RunValue, again: datetime) -> None:
    """A run of `work`, in one line."""
    found = done.outcomes.get(Outcome.QUEUED, 0)
    out.print(
        f"{_when(done.started)}: {counted_words(done.due, 'source')}, {counted_words(done.articles, 'new article')}, {found} queued; "
        f"{done.failed} failed; next run {_when(again)}"
    )


# ---- the queue ------------------------------------------------------------------------------------------------------


def queue(items: Sequence[ReviewItem], *, narrowed: bool = False) -> None:
    if not items:
        out.print("Nothing in the queue fits." if narrowed else "Nothing waits.")
    clear = [item for item in items if item.confidence is Confidence.STRONG]
    for each in clear:
        _card(each)
    possible = [item for item in items if item.confidence is Confidence.POSSIBLE]
    if possible:
        out.print("Possible, please look:\n", style="bold")
    for each in possible:
        _card(each)


def _card(shown: ReviewItem) -> None:
    """An item in three lines, which fit any width, and a fourth where a colleague is asked."""
    lead = shown.lead
    names = (h.name if h.confidence is Confidence.STRONG else f"{h.name} (possible)" for h in shown.hits)
    out.print(Text.assemble((f"[{shown.id}] ", "bold"), ", ".join(names), f" ({_state(shown)})"))
    out.print(Text(f"    {lead.headline}", style="bold"))
    others = len(shown.outlets) - 1
    parts = (
        lead.outlet,
        counted_words(others, "other outlet"),
        counted_words(shown.copies, "copy", "copies"),
        _when(shown.first_seen),
    )
    out.print(Text("    " + ", ".join(part for part in parts if not part.startswith("0 "))))
    _question(shown)
    out.print("")


def _state(shown: ReviewItem) -> str:
    """Return where an item stands: whether a colleague is asked, and until when it is put off."""
    if shown.question:
        return "a colleague is asked" if shown.state is State.OPEN else f"{shown.state.value}, a colleague is asked"
    if shown.state is State.LATER:
        return f"later, until {_when(shown.until)}" if shown.until else "later, until somebody decides"
    return shown.state.value


def _question(shown: ReviewItem) -> None:
    if asked := shown.question:
        about = f" about {_name(shown, asked.entity)}" if asked.entity else ""
        question = f": {asked.note}" if asked.note else ", without a note"
        out.print(Text(f"    {asked.by} asks{about} ({_when(asked.at)}){question}"))


def _name(shown: ReviewItem, entity: str) -> str:
    return next((hit.name for hit in shown.hits if hit.entity == entity), entity)


def item(shown: ReviewItem) -> None:
    out.print(f"[{shown.id}] {shown.lead.headline}", style="bold")
    verdict = f", {shown.verdict.value}" if shown.verdict in SETTLED else ""
    out.print(f"{_state(shown)}{verdict}; version {shown.version}; first seen {_when(shown.first_seen)}")
    _question(shown)
    if shown.reopened:
        out.print(f"came back: {shown.reopened}")
    places = {article.id: place for place, article in enumerate(shown.articles, 1)}
    for article in shown.articles:
        role = f"; copy of {places[article.copy_of]}" if article.copy_of in places else ""
        source = "" if article.text_from is TextFrom.PAGE else "; only title and summary"
        when = _when(article.published or article.first_seen)
        which = f"article {article.id}, {article.outlet} ({article.language or '?'})"
        out.print(f"\n  {places[article.id]}. {which} {when}{source}{role}")
        out.print(f"     {article.headline}\n     {article.url}")
        if article.why and not role:
            out.print(f"     here because: {article.why}", style="dim")
        if article.versions:
            out.print(
                f"     {counted_words(len(article.versions), 'version')}: {', '.join(map(_when, article.versions))}"
            )
        for found in article.findings:
            out.print(f"     {_when(found.found)} {changes.reason([found], article.outlet)}")
    for hit in shown.hits:
        judged = f" - {hit.verdict.value}" if hit.verdict else ""
        judged += ", no longer in the text" if hit.removed else ""
        sure = f"{SURENESS[hit.confidence]}{judged}"
        out.print(f"\n  {hit.name} ({hit.type.value}, id {hit.entity}): {sure}", style="bold")
        if hit.why:
            out.print(f"    {hit.why}")
        for mention in hit.mentions[:MENTIONS_SHOWN]:
            _evidence(mention, places[mention.article])
        if (more := len(hit.mentions) - MENTIONS_SHOWN) > 0:
            listed = f"lists {len(hit.mentions)} of them" if hit.other_places else "shows all"
            out.print(f"    and in {counted_words(more + hit.other_places, 'more place')} (--format json {listed})")
    history(shown)


def _evidence(shown: ItemMention, place: int) -> None:
    line = Text("    ")
    sentence, words = " ".join(shown.sentence.split()), " ".join(shown.mention.text.split())
    before, found, after = sentence.partition(words)
    line.append(before if found else "")
    line.append(words, style="reverse")
    line.append(after if found else "")
    out.print(line)
    out.print(f"      in {place}, {shown.mention.field.value}: {'; '.join(shown.mention.why)}", style="dim")


def history(shown: ReviewItem) -> None:
    for moved in shown.regroupings:
        what = f"took back {moved.undoes}: " if moved.undoes else ""
        which = counted_words(len(moved.articles), "article")
        out.print(f"\n  {_when(moved.at)} {moved.by}: {what}put {which} of item {moved.other} into item {moved.item}")
    if not shown.history:
        return
    out.print("\n  decided:")
    for said in shown.history:
        verdict = said.verdict.value if said.verdict else f"took back decision {said.undoes}"
        about = f" on {said.entity}" if said.entity else ""
        reason = f" ({said.reason.value})" if said.reason else ""
        note = f": {said.note}" if said.note else ""
        out.print(f"    {said.id}. {_when(said.at)} {said.by}: {verdict}{about}{reason}{note}")


def decided(shown: ReviewItem) -> None:
    verdict = f" ({shown.verdict.value})" if shown.verdict in SETTLED else ""
    unjudged = [h.name for h in shown.hits if h.verdict not in SETTLED]
    rest = f"; not judged: {', '.join(unjudged)}" if unjudged else ""
    out.print(f"[{shown.id}] is now: {_state(shown)}{verdict}, at version {shown.version}{rest}")


# ---- the watchlist --------------------------------------------------------------------------------------------------


def entities(stored: Watchlist) -> None:
    if not stored.entities:
        out.print("The watchlist is empty: `monitor watchlist import FILE --apply`, or `monitor ingest`.")
        return
    table = _table("id", "name", "type", "alert", "also")
    for each in stored.entities:
        also = Text(", ".join(each.aliases))
        table.add_row(each.id, Text(each.name), each.type.value, each.alert.value, also)
    out.print(table)
    out.print(f"\n{len(stored.entities)} entities, version {stored.version} of the list")


def entity(shown: Entity, warnings: Iterable[ListWarning]) -> None:
    out.print(shown.name, style="bold")
    rows = {
        "id": shown.id,
        "type": shown.type.value,
        "also": ", ".join(shown.aliases),
        "alert": shown.alert.value,
        "support": ", ".join(shown.context.support),
        "require": ", ".join(shown.context.require),
        "exclude": ", ".join(shown.context.exclude),
        "note": shown.note,
        "sensitive": "yes" if shown.sensitive else "",
    }
    for label, value in rows.items():
        if value:
            out.print(f"  {label:10} {value}")
    for warning in warnings:
        out.print(f"  {'look':10} {warning.says}")


def precision(judged: Collection[NameJudgement]) -> None:
    """How often an entity was right: in all, and for the forms and outlets that were judged most."""
    for each in precisions(judged, "entity").values():
        out.print(f"  {'right':10} {each}")
    for by, label in (("form", "as"), ("outlet", "at")):
        for key, each in islice(precisions(judged, by).items(), MOST_JUDGED):
            out.print(f"  {'':10} {label} {key}: {each}")


def checked(entities: Sequence[Entity], warnings: Sequence[ListWarning], sampled: Sequence[Entity]) -> None:
    if warnings:  # a long list has a hundred thousand, over which rich would be as long as the linter
        sys.stdout.write("".join(f"{warning}\n" for warning in warnings) + "\n")
    for each in sampled:
        out.print(f"{each.id}: {each.name}", style="bold")
        samples(each)
    if (more := len(entities) - len(sampled)) > 0:
        out.print(
            f"and {counted_words(more, 'more entity', 'more entities')}: `monitor watchlist show ID` writes out a stored one\n"
        )
    out.print(
        f"{counted_words(len(entities), 'entity', 'entities')}, {counted_words(len(warnings), 'thing')} to look at. {UNKNOWN}"
    )


# What the linter cannot know is said each time: silence about a name is no praise of it.
UNKNOWN = (
    "Ordinary words and common names are known from a short list of English, Russian and Kyrgyz ones; "
    "who else bears a name, and what a name means in other languages, this check cannot know."
)
CONTEXT_SAYS = {
    "require": "only possible unless the article has one of: {}",
    "exclude": "only possible if the article has one of: {}",
}


def samples(entity: Entity) -> None:
    """Forms of its names, and what the matcher says of each."""
    forms = written_out(entity)
    kinds = (
        (Confidence.STRONG, "is found"),
        (Confidence.POSSIBLE, "is only possible by itself"),
        (None, "is not found"),
    )
    for confidence, label in kinds:
        if these := [f"{form.text} ({form.what})" for form in forms if form.confidence is confidence]:
            out.print(f"  {label}: {', '.join(these)}")
    for name, sentence in CONTEXT_SAYS.items():
        if words := getattr(entity.context, name):
            out.print(f"  all of it is {sentence.format(', '.join(words))}")
    out.print("")


def change(shown: WatchlistChange) -> None:
    for each in shown.added:
        out.print(f"+ {each.id}: {each.name}")
    for old, new in shown.changed:
        out.print(f"~ {old.id}: {old.name}")
        for label in ("name", "type", "aliases", "note", "sensitive", "alert", "context"):
            before, after = getattr(old, label), getattr(new, label)
            if before != after:
                out.print(f"    {label}: {before} -> {after}")
    for each in shown.removed:
        out.print(f"- {each.id}: {each.name}")


# ---- feeds ----------------------------------------------------------------------------------------------------------


def feeds(health: Sequence[Health], *, every: bool = False) -> None:
    """Totals, the troubles with their advice, and a sum of the other feeds; with `every` those one by one."""
    grouped = troubles(health)
    troubled = {each.state.number for trouble in grouped for each in trouble.feeds}
    quiet = [each for each in health if each.state.number not in troubled]
    paused = [each for each in quiet if each.state.feed.paused]
    unread = [each for each in quiet if each.status is FeedStatus.NEW and not each.state.feed.paused]
    counts = {
        "to look at": sum(len(trouble.feeds) for trouble in grouped if not trouble.is_minor),
        "with a note": sum(len(trouble.feeds) for trouble in grouped if trouble.is_minor),
        "read without trouble": len(quiet) - len(paused) - len(unread),
        "not read yet": len(unread),
        "paused": len(paused),
    }
    parts = [f"{count:,} {label}" for label, count in counts.items() if count]
    out.print(f"{counted_words(len(health), 'feed')}{': ' if parts else ''}{', '.join(parts)}.")
    for trouble in grouped:
        _trouble(trouble)
    if quiet and every:
        table = _table("id", "state", "since", "last read")
        table.columns[0].no_wrap = table.columns[1].no_wrap = True  # ids are there to be copied
        for each in quiet:
            state = "paused" if each.state.feed.paused else each.status.value.replace("_", " ")
            table.add_row(each.state.feed.id, state, _when(each.since), _when(each.state.last_ok))
        out.print("")
        out.print(table)
    elif quiet:
        out.print(f"\n`monitor feeds list --all` shows the other {counted_words(len(quiet), 'feed')}, too.")


def _trouble(trouble: FeedTrouble) -> None:
    says, *advice = trouble.words.says, *trouble.words.todo
    out.print(f"\n{says[0].upper()}{says[1:]}: {counted_words(len(trouble.feeds), 'feed')}", style="bold")
    if advice:
        out.print(Text(f"  {' '.join(advice)}"))
    table = _table("  id", "since", "last read", "what happened")
    table.columns[0].no_wrap = True
    for each in trouble.feeds:
        state, own_advice = each.state, each.todo[len(trouble.words.todo) :]
        details = (
            each.says if each.says != says else "",
            state.detail.rstrip("."),
            counted_words(state.failures, "try", "tries") if state.failures else "",
            " ".join(own_advice),
        )
        cells = (f"  {state.feed.id}", _when(each.since), _when(state.last_ok) or "never")
        table.add_row(*cells, Text("; ".join(filter(None, details))))
    out.print(table)


def tried(found: Tried) -> None:
    """One line on an address that was asked for a feed."""
    dates = [at for entry in found.parsed.entries if (at := entry.published)]
    newest = f"the newest of {_when(max(dates))}, {_ago(max(dates))}" if dates else "undated"
    title, count = found.parsed.title or "(no title)", counted_words(len(found.parsed.entries), "entry", "entries")
    language = found.language or "language unclear"
    out.print(found.url, style="" if found.trouble else "bold")
    out.print(f"  {found.trouble or f'{title}: {count}, {newest}, {language}'}")


def parsed_feed(name: str, parsed: ParsedFeed) -> None:
    dates = [at for entry in parsed.entries if (at := entry.published)]
    newest = f", the newest of {_when(max(dates))}, {_ago(max(dates))}" if dates else ""
    out.print(f"{name}: {counted_words(len(parsed.entries), 'entry', 'entries')}{newest}", style="bold")
    if said := parsed.problem or parsed.notice:
        out.print(f"  {said}")
    for entry in parsed.entries:
        out.print(f"  {_when(entry.published):18}{entry.title or '(no title)'}")
        out.print(f"    {entry.url or '(no link)'}")


# ---- pages and documents --------------------------------------------------------------------------------------------


def document(read: Document, mentions: Iterable[Mention]) -> None:
    out.print(read.id, style="bold")
    for mention in mentions:
        place = f"{mention.field.value} {mention.span.start}-{mention.span.end}"
        out.print(f"  {SURENESS[mention.confidence]:9}{mention.entity}: «{' '.join(mention.text.split())}» ({place})")
        for reason in mention.why:
            out.print(f"           {reason}")
        if mention.other_places:
            out.print(f"           {_and_more(mention.other_places)}")


def _and_more(places: int) -> str:
    return f"and in {counted_words(places, 'more place')}, which are counted and not listed"


def _amid(text: str, span: Span) -> str:
    """The words at a place, marked in what stands around them: of a long sentence only what is near."""
    amid = excerpt(sentence_around(text, span).of(text), span.of(text), _AROUND)
    return f"{amid.before}«{amid.words}»{amid.after}"


_AROUND = 70  # characters shown on either side of a name


def page(url: str, read: Extracted) -> None:
    out.print(read.title or "(no title)", style="bold")
    day = read.published.strftime("%Y-%m-%d" if read.day_only else "%Y-%m-%d %H:%M %Z") if read.published else ""
    parts = (url, day, read.language, ", ".join(read.authors))
    out.print("; ".join(part for part in parts if part))
    if is_garbled(read.text):
        say(f"LOOK: {LOST}")
    out.print(f"\n{read.text}\n")


def explained(what: Explained, names: Mapping[str, str]) -> None:
    """Each name that was found, where and why; then what came near and why it is not the name."""
    read = what.page
    out.print(read.title or "(no title)", style="bold")
    out.print(f"{what.url}; {read.language or 'language unknown'}; {len(read.text)} characters of text")
    for hit in what.hits:
        alerts = "makes an item" if hit.alerts else "makes no item by itself"
        why = hit.why.removeprefix("only possible: ")
        out.print(f"\n{names[hit.entity]} ({hit.entity}): {SURENESS[hit.confidence]}; {alerts}: {why}", style="bold")
        for mention in hit.mentions:
            where = read.title if mention.field is Field.TITLE else read.text
            sure = "" if mention.confidence is hit.confidence else f" ({SURENESS[mention.confidence]})"
            place = f"{mention.field.value} {mention.span.start}-{mention.span.end}"
            out.print(f"  {place}{sure}: {_amid(where, mention.span)}")
            for reason in mention.why:
                out.print(f"    - {reason}")
        if hit.other_places:
            out.print(f"  {_and_more(hit.other_places)}")
    if not what.hits:
        out.print("\nNames nobody on the list.")
    out.print(
        "\nNear, but not the name:" if what.near else "\nNothing else comes near a name on the list.", style="bold"
    )
    for near in sorted(what.near, key=lambda n: (n.field is Field.TEXT, n.span.start))[:NEAR_SHOWN]:
        where = read.title if near.field is Field.TITLE else read.text
        out.print(f"  {near.field.value} {near.span.start}-{near.span.end}: {_amid(where, near.span)}")
        out.print(f"    - not {names[near.entity]} ({near.entity}): {near.why}")
    if (more := len(what.near) - NEAR_SHOWN) > 0:
        out.print(f"  and {counted_words(more, 'more place')}")


# ---- doctor ---------------------------------------------------------------------------------------------------------


def settings(shown: Settings) -> None:
    table = _table("setting", "value", "from")
    for row in shown.described():
        table.add_row(*(Text(cell) for cell in row))
    out.print(table)
    out.print("")


def findings(found: Sequence[Finding]) -> None:
    for each in found:
        out.print(f"{'ok  ' if each.well else 'note' if each.minor else 'LOOK'} {each.about}: {each.says}")


def sent(mails: int, problems: Sequence[str]) -> None:
    if mails or not problems:
        out.print(
            f"sent: {counted_words(mails, 'mail')}"
            if mails
            else "nothing is due now; `monitor digest` says when the next mail comes"
        )
    for problem in problems:
        say(f"monitor: {problem}")


def purged(gone: Mapping[str, int], remains: Sequence[str], verb: str) -> None:
    def count(table: str, one: str, more: str = "") -> str:
        return counted_words(gone[table], one, more)

    out.print(f"This {verb}: the name with {count('alias', 'other spelling')}")
    pages, entries = count("raw_body", "page"), count("entry", "feed entry", "feed entries")
    out.print(f"  {count('article', 'article')}, {entries}, {pages} as sent")
    out.print(f"  {count('review_item', 'story', 'stories')}, {count('decision', 'decision')}")
    out.print("  and all that names it in other stories, notes and stored digests")
    for line in ("What still names it, or may:", *(f"  {each}" for each in remains)) if remains else ():
        out.print(line)


def find(found: RescanMatch) -> None:
    """A stored article in which the present list finds more, or less."""
    names = [f"+{h.entity} ({SURENESS[h.confidence]}: «{' '.join(h.mentions[0].text.split())}»)" for h in found.gained]
    names += [f"-{entity} (no longer found: «{' '.join(words.split())}»)" for entity, words in found.lost.items()]
    out.print(f"{found.article.title or '(no headline)'} ({found.article.outlet}): {', '.join(names)}")


def summary(shown: Summary) -> None:
    """What another look brought, by name and by outlet; most first."""
    for title, counted in (("By name", shown.entities), ("By outlet", shown.outlets)):
        if counted:
            out.print(f"\n{title}", style="bold")
        for name, counts in sorted(counted.items(), key=lambda pair: -pair[1].total()):
            out.print(f"  {name}: {', '.join(f'{counted_words} {what}' for what, counted_words in counts.items())}")
    if shown.entities:
        out.print("")
