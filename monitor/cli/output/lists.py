"""Terminal output of the lists that operators edit, and of deliveries to the recipients."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC
from itertools import islice
from typing import TYPE_CHECKING, Any

from rich.text import Text

from monitor.app.names.preview import Preview
from monitor.cli.common import count_words, display, out, without_controls
from monitor.cli.output.runs import CONFIDENCE_LABELS, CONFIDENCE_STYLES, elapsed_time, local_time, print_table
from monitor.clock import now_utc
from monitor.config.recipients import WEEKDAYS
from monitor.feeds.health import FeedTrouble, Health, group_troubles
from monitor.feeds.schedule import pace_of
from monitor.i18n import translate_sentence
from monitor.i18n.labels import REACH
from monitor.match import ListWarning, PressTrial, country_of_body, samples
from monitor.model import (
    ACT_WORDS,
    Confidence,
    DeliveryRecord,
    Entity,
    EntityType,
    FeedStatus,
    Message,
    NameJudgement,
    ParsedFeed,
    Reach,
    Recipient,
    Schedule,
    Watchlist,
    WatchlistChange,
    WatchlistVersion,
)
from monitor.review.feedback import precisions

if TYPE_CHECKING:
    from monitor.app.names.trials import RecognisedName
    from monitor.app.sources.search import FeedProbe


JUDGED_SHOWN = 5  # forms and outlets
COUNTS_SHOWN = 8  # outlets and languages of a preview
# Printed every time, since a name without warnings may still be a common one.
CHECK_LIMITS = Message(
    "Ordinary words and common names are known from a short list of English, Russian and Kyrgyz ones; "
    "who else bears a name, and what a name means in other languages, this check cannot know. "
    "Maiden and married names, pseudonyms and accounts are found only if they are listed."
)


# ---- the watchlist --------------------------------------------------------------------------------------------------


def print_entities(stored: Watchlist) -> None:
    if not stored.entities:
        out.print("The watchlist is empty: `monitor watchlist import FILE --apply`, or `monitor ingest`.")
        return
    rows = ((e.id, e.name, e.type.value, e.alert.value, ", ".join(e.aliases)) for e in stored.entities)
    print_table(("id", "name", "type", "alert", "also"), rows)
    out.print(f"\n{len(stored.entities)} entities, version {stored.version} of the list")


def _translated(message: Message, language: str) -> str:
    return translate_sentence(message, language)[0]


def warning_line(warning: ListWarning, language: str) -> str:
    """Return a warning with the id of its entity, in a language."""
    return f"{warning.entity}: {_translated(warning.message, language)}"


def print_entity(entity: Entity, warnings: Iterable[ListWarning], language: str) -> None:
    out.print(entity.name, style="bold")
    rows = {
        "id": entity.id,
        "type": entity.type.value,
        "country": entity.country,
        "also": ", ".join(entity.aliases),
        "handles": ", ".join(entity.handles),
        "alert": entity.alert.value,
        "support": ", ".join(entity.context.support),
        "require": ", ".join(entity.context.require),
        "exclude": ", ".join(entity.context.exclude),
        "note": entity.note,
        "sensitive": "yes" if entity.sensitive else "",
    }
    for label, value in rows.items():
        if value:
            out.print(f"  {label:10} {value}")
    for warning in warnings:
        out.print(f"  {'look':10} {_translated(warning.message, language)}")


def print_precision(judgements: Collection[NameJudgement]) -> None:
    """Print how often an entity was judged right: in total, and by form and outlet, the most judged first."""
    for ratio in precisions(judgements, "entity").values():
        out.print(f"  {'matches':10} {ratio}")
    for by, label in (("form", "as"), ("outlet", "at")):
        for key, ratio in islice(precisions(judgements, by).items(), JUDGED_SHOWN):
            out.print(f"  {'':10} {label} {key}: {ratio}")


def print_check(
    entities: Sequence[Entity], warnings: Sequence[ListWarning], sampled: Sequence[Entity], language: str
) -> None:
    # Without rich, which takes as long as the linter for the 100,000 warnings of a long list.
    if warnings:
        lines = (f"{without_controls(warning_line(warning, language))}\n" for warning in warnings)
        sys.stdout.write("".join(lines) + "\n")
    for sample in sampled:
        out.print(f"{sample.id}: {sample.name}", style="bold")
        print_samples(sample, language)
    if (remaining := len(entities) - len(sampled)) > 0:
        remaining_entries = Message(
            "More entries: {}; `monitor watchlist show ID` writes out a stored one.", f"{remaining:,}"
        )
        out.print(_translated(remaining_entries, language) + "\n")
    counts = Message("Entries: {}; to look at: {}.", f"{len(entities):,}", f"{len(warnings):,}")
    out.print(f"{_translated(counts, language)} {_translated(CHECK_LIMITS, language)}")


def print_press_trials(trials: Sequence[PressTrial], language: str) -> None:
    """Print how the tables of incidents did on their examples, and which they no longer find."""
    for trial in trials:
        if not trial.is_found:
            lost = Message("{}, {}: is not found any more: {}", trial.language, ACT_WORDS[trial.act], trial.sentence)
            out.print(_translated(lost, language))
    tried_well = sum(trial.is_found for trial in trials)
    tried = Message(
        "What happens to the press is looked for; examples of the tables found: {} of {}.", tried_well, len(trials)
    )
    out.print(_translated(tried, language))


def print_samples(entity: Entity, language: str) -> None:
    """Print sample forms of the names of an entity, grouped by how the matcher finds them."""
    forms = samples(entity)
    groups = (
        (Message("is found: {}"), [form for form in forms if form.confidence is Confidence.STRONG]),
        (
            Message("is only possible by itself: {}"),
            [form for form in forms if form.confidence is Confidence.POSSIBLE and not form.is_offer],
        ),
        (Message("is not found: {}"), [form for form in forms if form.confidence is None and not form.is_offer]),
        (Message("list as an alias, if people call them so: {}"), [form for form in forms if form.is_offer]),
    )
    for template, group in groups:
        if group:
            texts = ", ".join(f"{form.text} ({_translated(form.label, language)})" for form in group)
            out.print(f"  {_translated(Message(template, texts), language)}")
    conditions = (
        (Message("all of it is only possible without one of these words: {}"), entity.context.require),
        (Message("all of it is only possible beside one of these words: {}"), entity.context.exclude),
    )
    for template, words in conditions:
        if words:
            out.print(f"  {_translated(Message(template, ', '.join(words)), language)}")
    if entity.type is EntityType.OUTLET:
        is_credit = Message("makes no item where it is only a credit (“Photo: …”) or the source of a report")
        out.print(f"  {_translated(is_credit, language)}")
    if country := country_of_body(entity):
        elsewhere = Message("is not found where another country than {} stands beside it", country)
        out.print(f"  {_translated(elsewhere, language)}")
    out.print("")


def print_change(change: WatchlistChange) -> None:
    for record in change.added:
        out.print(f"+ {record.id}: {record.name}")
    for old, new in change.changed:
        out.print(f"~ {old.id}: {old.name}")
        for label in (field.name for field in fields(Entity)):
            before, after = getattr(old, label), getattr(new, label)
            if before != after:
                out.print(f"    {label}: {_value_words(before)} -> {_value_words(after)}")
    for record in change.removed:
        out.print(f"- {record.id}: {record.name}")


def _value_words(value: Any) -> str:
    """Return the value of an entity's field in words, much as watchlist.yaml has it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if is_dataclass(value):
        parts = {field.name: getattr(value, field.name) for field in fields(value)}
        words = "; ".join(f"{name}: {_value_words(part)}" for name, part in parts.items() if part)
    else:
        words = ", ".join(value) if isinstance(value, tuple) else str(value or "")
    return words or "(none)"


def print_history(versions: Sequence[WatchlistVersion]) -> None:
    """Print saves of the list, with what each of them changed."""
    for version in versions:
        author = f" by {version.author}" if version.author else ""
        undone = f", takes back version {version.undoes}" if version.undoes else ""
        reason = f": {version.reason}" if version.reason else ""
        out.print(f"{version.version}  {local_time(version.at)}  {version.source}{author}{undone}{reason}")
        print_change(version.change)
        if version.withdrawn:
            out.print(f"  {count_words(version.withdrawn, 'story', 'stories')} left the queue or lost a name")


def recognised_line(name: RecognisedName, result: str) -> str:
    """Return that a typed name is on the list already, in which form, with the result and what to do."""
    listed_id = name.entity.id
    listed = f"{listed_id!r} is on the list already, {result}; `monitor watchlist edit {listed_id}` changes it"
    if name.is_as_listed:
        return listed
    form = f"{name.text!r} is {f'the {name.form} of' if name.form else 'found as'} {name.entity.name!r}"
    return f"{form}: {listed}, and a line of watchlist.yaml adds a name of its own"


def flood_line(preview: Preview) -> str:
    """Return how many articles and stories a flood brings, and what helps."""
    share = f"{preview.articles:,} of {preview.searched:,} articles, {preview.per_day:.1f} stories a day"
    advice = "--alert with-others, --country, context words in watchlist.yaml"
    return f"this floods the queue: {share}; {preview.per_day_now:.1f} a day come now. What helps: {advice}"


def print_preview(preview: Preview) -> None:
    """Print what names would bring: stories and articles, where they stand, and some sentences."""
    days = f"the {count_words(preview.searched, 'article', 'articles')} of {count_words(preview.days, 'day', 'days')}"
    if not preview.articles and not preview.lost:
        out.print(f"Found in none of {days}.")
        return
    not_for_queue = preview.articles - preview.filed - preview.entering
    out.print(
        f"Of {days}, {preview.articles:,} name them: {preview.filed:,} in the queue already, {preview.entering:,} new"
        f"{f', {not_for_queue:,} not for the queue' if not_for_queue else ''}. "
        f"Stories: {preview.stories:,}, {preview.per_day:.1f} a day; {preview.per_day_now:.1f} a day come now."
    )
    out.print(f"Found that were not before, or only possibly: {preview.gained:,}; no longer found: {preview.lost:,}")
    if preview.is_flood:
        out.print(flood_line(preview))
    for title, counts in (("By outlet", preview.by_outlet), ("By language", preview.by_language)):
        ranked = sorted(counts.items(), key=lambda of: (-of[1], of[0]))
        shown = [f"{name or '?'} {count:,}" for name, count in ranked[:COUNTS_SHOWN]]
        out.print(Text(f"{title}: {', '.join(shown)}"))
    for example in preview.examples:
        confidence = CONFIDENCE_LABELS[example.confidence], CONFIDENCE_STYLES[example.confidence]
        out.print(Text.assemble("\n", confidence, f", {example.outlet}, {local_time(example.published)}"))
        sentence = Text(example.sentence)
        sentence.stylize("bold", example.start, example.end)
        out.print(sentence)


# ---- feeds ----------------------------------------------------------------------------------------------------------


def print_feeds(health: Sequence[Health], *, all_feeds: bool = False) -> None:
    """Print totals, troubles with advice, and the number of the other feeds, or with `all_feeds` a list of them."""
    grouped = group_troubles(health)
    troubled = {feed.state.number for trouble in grouped for feed in trouble.feeds}
    quiet = [feed for feed in health if feed.state.number not in troubled]
    paused = [feed for feed in quiet if feed.state.feed.paused]
    unread = [feed for feed in quiet if feed.status is FeedStatus.NEW and not feed.state.feed.paused]
    counts = {
        "to look at": sum(len(trouble.feeds) for trouble in grouped if not trouble.is_minor),
        "with a note": sum(len(trouble.feeds) for trouble in grouped if trouble.is_minor),
        "read without trouble": len(quiet) - len(paused) - len(unread),
        "not read yet": len(unread),
        "paused": len(paused),
    }
    parts = [f"{count:,} {label}" for label, count in counts.items() if count]
    out.print(f"{count_words(len(health), 'feed')}{': ' if parts else ''}{', '.join(parts)}.")
    for trouble in grouped:
        _print_trouble(trouble)
    if quiet and all_feeds:
        rows = []
        for feed in quiet:
            state = "paused" if feed.state.feed.paused else feed.status.value.replace("_", " ")
            pace = "" if feed.state.feed.paused else str(pace_of(feed.state, now_utc(), display.zone or UTC))
            rows.append((feed.state.feed.id, state, local_time(feed.since), local_time(feed.state.last_ok), pace))
        out.print("")
        print_table(("id", "state", "since", "last read", "is read"), rows)
    elif quiet:
        shown_by_all = f"the other {count_words(len(quiet), 'feed')}, too" if grouped else "each of them"
        out.print(f"\n`monitor feeds list --all` shows {shown_by_all}.")


def _print_trouble(trouble: FeedTrouble) -> None:
    sentence, *advice = trouble.text.summary, *trouble.text.todo
    out.print(f"\n{sentence[0].upper()}{sentence[1:]}: {count_words(len(trouble.feeds), 'feed')}", style="bold")
    if advice:
        out.print(Text(f"  {' '.join(advice)}"))
    rows = []
    for feed in trouble.feeds:
        # The advice for all feeds is printed above the table; a feed may have more of its own.
        state, own_advice = feed.state, feed.todo[len(trouble.text.todo) :]
        details = (
            feed.summary if feed.summary != sentence else "",
            state.detail.rstrip("."),
            count_words(state.failures, "try", "tries") if state.failures else "",
            " ".join(own_advice),
        )
        cells = (f"  {state.feed.id}", local_time(feed.since), local_time(state.last_ok) or "never")
        rows.append((*cells, "; ".join(filter(None, details))))
    print_table(("  id", "since", "last read", "what happened"), rows)


def print_probe(probe: FeedProbe) -> None:
    """Print the result of requesting one address as a feed."""
    dates = [at for entry in probe.parsed.entries if (at := entry.published)]
    newest = f"the newest of {local_time(max(dates))}, {elapsed_time(max(dates))}" if dates else "undated"
    title, count = probe.parsed.title or "(no title)", count_words(len(probe.parsed.entries), "entry", "entries")
    language = probe.language or "language unclear"
    out.print(probe.url, style="" if probe.trouble else "bold")
    out.print(f"  {probe.trouble or f'{title}: {count}, {newest}, {language}'}")


def print_parsed_feed(name: str, parsed: ParsedFeed) -> None:
    dates = [at for entry in parsed.entries if (at := entry.published)]
    newest = f", the newest of {local_time(max(dates))}, {elapsed_time(max(dates))}" if dates else ""
    out.print(f"{name}: {count_words(len(parsed.entries), 'entry', 'entries')}{newest}", style="bold")
    if note := parsed.problem or parsed.notice:
        out.print(f"  {note}")
    for entry in parsed.entries:
        out.print(f"  {local_time(entry.published):18}{entry.title or '(no title)'}")
        out.print(f"    {entry.url or '(no link)'}")


def recipient_row(recipient: Recipient, reach: Reach) -> Mapping[str, object]:
    """Return a recipient for programs."""
    return {
        "to": recipient.address,
        "channel": recipient.channel,
        "name": recipient.name,
        "when": when_text(recipient),
        "sensitive": recipient.cleared,
        "names": recipient.scope.names,
        "outlets": recipient.scope.outlets,
        "countries": recipient.scope.countries,
        "reach": reach.state,
    }


def when_text(recipient: Recipient) -> str:
    """Return when a recipient gets messages, in words."""
    parts = (
        "at once" if recipient.alerts else "",
        _schedule_text(recipient.digest) if recipient.digest else "",
        f"report {_schedule_text(recipient.report)}" if recipient.report else "",
    )
    return ", ".join(filter(None, parts))


def _schedule_text(schedule: Schedule) -> str:
    if schedule.monthly:
        return f"monthly {schedule.at:%H:%M}"
    return f"{'daily' if schedule.weekday is None else WEEKDAYS[schedule.weekday]} {schedule.at:%H:%M}"


def print_recipients(reaches: Mapping[Recipient, Reach]) -> None:
    """Print the recipients, and whether messages reach them now."""
    if not reaches:
        out.print("Nobody receives messages; set MONITOR_DIGEST_TO, or write recipients.yaml.")
        return
    labels = (f"{one.name} <{one.address}>" if one.name else one.address for one in reaches)
    rows = (
        (label, one.channel, when_text(one), visible_text(one), reach_text(reach))
        for label, (one, reach) in zip(labels, reaches.items(), strict=True)
    )
    print_table(("recipient", "channel", "when", "sees", "now"), rows)


def reach_text(reach: Reach) -> str:
    """Return in words whether messages reach a recipient now."""
    words = REACH.get(reach.state, "reached")
    return words % {"time": local_time(reach.at)}


def visible_text(recipient: Recipient) -> str:
    """Return what a recipient sees, in words."""
    scope = recipient.scope
    parts = (
        ", ".join((*scope.names, *scope.outlets, *scope.countries)) or "everything",
        "the closed watch, too" if recipient.cleared else "",
        "" if recipient.shows_names else "without names",
        "names in subjects" if recipient.names_in_subject else "",
        "encrypted" if recipient.certificate else "",
    )
    return "; ".join(filter(None, parts))


def print_deliveries(records: Sequence[DeliveryRecord]) -> None:
    if records:
        rows = ((str(r.id), r.kind, r.recipient, r.channel, local_time(r.written), state_text(r)) for r in records)
        out.print()
        print_table(("id", "what", "recipient", "channel", "written", "state"), rows)


def state_text(record: DeliveryRecord) -> str:
    """Return the state of a delivery in words."""
    if record.sent:
        return f"sent {local_time(record.sent)}"
    if record.refused:
        return f"not sent: {record.detail}"
    return f"waits until {local_time(record.due)}: {record.detail}" if record.due else "waits"
