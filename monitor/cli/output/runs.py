"""Terminal output: helpers for all of it, runs, and what `monitor doctor`, `purge` and `rescan` print."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from babel.dates import format_timedelta
from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from monitor.app.evidence.seal import text_of
from monitor.app.rescan import RescanSummary
from monitor.app.upkeep.checks import CheckResult
from monitor.cli.common import UNSURE, count_words, display, out, warn
from monitor.clock import now_utc
from monitor.config import Settings
from monitor.i18n.labels import OUTCOMES
from monitor.model import Confidence, Outcome, RescanMatch, Run, Seal
from monitor.pack.pack_format import digest

# The words for people (docs/glossary.md). JSON, for programs, is made in monitor/serialize.py.
CONFIDENCE_LABELS = {Confidence.STRONG: "clear", Confidence.POSSIBLE: "possible"}
CONFIDENCE_STYLES = {Confidence.STRONG: "green", Confidence.POSSIBLE: UNSURE}


def print_seal(seal: Seal) -> None:
    """Print a seal and who certified it."""
    out.print(f"sealed up to {seal.day}: {digest(text_of(seal))}", soft_wrap=True)
    for stamp in seal.stamps:
        out.print(f"certified by {stamp.authority} at {stamp.at:%Y-%m-%d %H:%M:%S} UTC", soft_wrap=True)


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table of plain text, by rich only if it does not fit on lines: that takes .3 ms a row."""
    lines = [columns, *rows]
    by_column = [*zip(*lines, strict=True)]
    widths = [max(map(cell_len, column)) for column in by_column]
    words = [max(cell_len(word) for cell in column for word in cell.split() or ("",)) for column in by_column]
    fits = sum(widths) + 2 * len(widths) <= out.width
    if not fits and sum(words) + 2 * len(words) > out.width:
        _print_loosely(lines, widths[0])
        return
    if not fits or not all(cell.isprintable() for line in lines for cell in line):  # a tab, a line end
        table = Table(box=None, pad_edge=False, header_style="bold")
        for column, width in zip(columns, words, strict=True):
            table.add_column(column, overflow="fold", min_width=width)  # rich breaks words of narrower columns
        for row in lines[1:]:
            table.add_row(*map(Text, row))
        out.print(table)
        return
    header, *printed = (
        "  ".join(cell + " " * (width - cell_len(cell)) for cell, width in zip(line, widths, strict=True))
        for line in lines
    )
    out.print(Text(header, style="bold"))
    out.print(Text("\n".join(printed)))


def _print_loosely(lines: Sequence[Sequence[str]], first_width: int) -> None:
    """Print a table whose words do not fit side by side: only its first column is a column."""
    for number, (head, *cells) in enumerate(lines):
        padding = " " * (first_width - cell_len(head))
        further_cells = "  ".join(filter(None, cells))
        out.print(Text(f"{head}{padding}  {further_cells}".rstrip(), style="" if number else "bold"))


def local_time(at: datetime | None) -> str:
    """Return a time in the zone of the reader, with its year unless that is the current one."""
    if at is None:
        return ""
    local, now = at.astimezone(display.zone), now_utc().astimezone(display.zone)
    return local.strftime("%d %b %H:%M" if local.year == now.year else "%d %b %Y %H:%M")


def elapsed_time(at: datetime) -> str:
    """Return in words how long ago a time was, in days if two or more."""
    ago = now_utc() - at
    if ago < timedelta(0):
        return "in the future"
    # Babel would round to weeks and months.
    if ago >= timedelta(days=2):
        return f"{ago.days:,} days ago"

    return str(format_timedelta(-ago, add_direction=True, locale="en"))


# ---- runs -----------------------------------------------------------------------------------------------------------


def print_run(run: Run, next_due: datetime | None = None) -> None:
    if not run.due and not run.entries and next_due:
        out.print(f"No feed is due before {local_time(next_due)}; `monitor ingest --all` reads them now.")
        return

    out.print(
        f"{count_words(run.due, 'source')}: {run.fetched} read, {run.unchanged} unchanged, {run.failed} failed. "
        f"{count_words(run.entries, 'entry', 'entries')}, {count_words(run.articles, 'new article')}."
    )
    for outcome, count in sorted(run.outcomes.items(), key=lambda pair: -pair[1]):
        out.print(f"  {count:5} {OUTCOMES[outcome]}")
    if run.common_surnames:
        surnames = count_words(run.common_surnames, "surname", "surnames")
        out.print(f"Not listed: {surnames} standing alone: common ones, given names, ordinary words.")


def print_run_line(run: Run, next_start: datetime) -> None:
    """Print a run of `monitor work` in one line."""
    queued = run.outcomes.get(Outcome.QUEUED, 0)
    out.print(
        f"{local_time(run.started)}: {count_words(run.due, 'source')}, {count_words(run.articles, 'new article')}, "
        f"{queued} queued; {run.failed} failed; next run {local_time(next_start)}"
    )


# ---- maintenance ----------------------------------------------------------------------------------------------------


def print_settings(settings: Settings) -> None:
    print_table(("setting", "value", "from"), settings.describe())
    out.print("")


def print_check_results(results: Sequence[CheckResult]) -> None:
    for result in results:
        mark = ("ok  ", "green") if result.is_ok else ("note", UNSURE) if result.is_minor else ("LOOK", "bold red")
        out.print(Text.assemble(mark, f" {result.subject}: {result.message}"))


def print_sent(mails: int, problems: Sequence[str]) -> None:
    if mails or not problems:
        out.print(
            f"sent: {count_words(mails, 'mail')}"
            if mails
            else "nothing is due now; `monitor digest` says when the next mail comes"
        )
    warn(*problems)


def print_mails(mails: Sequence[tuple[str, str, str]]) -> None:
    """Print the mails of the demo: (recipient, subject, text) of each, by recipient."""
    for recipient in sorted({mail[0] for mail in mails}):
        out.rule(f"mail to {recipient}") if out.is_terminal else out.print(f"-- mail to {recipient} --")
        for _, subject, text in (mail for mail in mails if mail[0] == recipient):
            out.print(f"{subject}\n\n{text}", markup=False)


def print_purged(rows_by_table: Mapping[str, int], remains: Sequence[str], verb: str) -> None:
    def count(table: str, one: str, plural: str = "") -> str:
        return count_words(rows_by_table[table], one, plural)

    out.print(f"This {verb}: the name with {count('alias', 'other spelling')}")
    pages, entries = count("raw_body", "page"), count("entry", "feed entry", "feed entries")
    out.print(f"  {count('article', 'article')}, {entries}, {pages} as sent")
    out.print(f"  {count('review_item', 'story', 'stories')}, {count('decision', 'decision')}")
    out.print("  and all that names it in other stories, notes and stored digests")
    if remains:
        out.print("What still names it, or may:")
    for note in remains:
        out.print(f"  {note}")


def print_rescan_match(match: RescanMatch) -> None:
    """Print a stored article in which the current watchlist finds more or fewer names."""
    names = [
        f"+{h.entity} ({CONFIDENCE_LABELS[h.confidence]}: «{' '.join(h.mentions[0].text.split())}»)"
        for h in match.gained
    ]
    names += [f"-{entity_id} (no longer found: «{' '.join(words.split())}»)" for entity_id, words in match.lost.items()]
    out.print(f"{match.article.title or '(no headline)'} ({match.article.outlet}): {', '.join(names)}")


def print_rescan_summary(summary: RescanSummary) -> None:
    """Print the result of a rescan by name and by outlet, the largest numbers first."""
    for title, counts_by_key in (("By name", summary.entities), ("By outlet", summary.outlets)):
        if counts_by_key:
            out.print(f"\n{title}", style="bold")
        for name, counts in sorted(counts_by_key.items(), key=lambda pair: -pair[1].total()):
            out.print(f"  {name}: {', '.join(f'{number} {kind}' for kind, number in counts.items())}")
    if summary.entities:
        out.print("")
