"""Terminal output of the review queue: cards, items and their history."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.text import Text

from monitor.cli.common import ID, UNSURE, VERDICT_STYLES, count_words, out
from monitor.cli.output.runs import CONFIDENCE_LABELS, CONFIDENCE_STYLES, local_time
from monitor.i18n.labels import SEVERAL_EVENTS, placement_sentence
from monitor.model import (
    SETTLED,
    Confidence,
    ItemArticle,
    ItemHit,
    ItemMention,
    ReviewItem,
    Speaker,
    State,
    TextFrom,
)
from monitor.review import changes
from monitor.urls import without_tracking

MENTIONS_SHOWN = 3  # per name


def print_queue(
    items: Sequence[ReviewItem], lead_of: Callable[[ReviewItem], ItemArticle], *, is_filtered: bool = False
) -> None:
    if not items:
        out.print("Nothing in the queue fits." if is_filtered else "Nothing to review.")
    strong = [item for item in items if item.confidence is Confidence.STRONG]
    for item in strong:
        _print_card(item, lead_of(item))
    possible = [item for item in items if item.confidence is Confidence.POSSIBLE]
    if possible:
        out.print("Possible, please look:\n", style="bold")
    for item in possible:
        _print_card(item, lead_of(item))


def _outlet_of(article: ItemArticle) -> str:
    return f"told by {article.outlet}" if article.speaker is Speaker.OTHER_FEED else article.outlet


def _print_card(item: ReviewItem, lead: ItemArticle) -> None:
    """Print an item in three lines, and a fourth if a colleague is asked; without columns, to fit any width."""
    names = Text(", ").join(
        Text(h.name) if h.confidence is Confidence.STRONG else Text.assemble(h.name, (" (possible)", UNSURE))
        for h in item.hits
    )
    state = (_state_text(item), VERDICT_STYLES[item.verdict] if item.verdict else UNSURE)
    out.print(Text.assemble((f"[{item.id}] ", ID), names or "nobody on the list", " (", state, ")"))
    out.print(Text(f"    {lead.headline}", style="bold"))
    other_outlets = len(item.outlets) - 1
    parts = (
        _outlet_of(lead),
        count_words(other_outlets, "other outlet"),
        count_words(item.copies, "copy", "copies"),
        local_time(item.latest),
    )
    # "0 copies" and "0 other outlets" are left out.
    out.print(Text("    " + ", ".join(part for part in parts if not part.startswith("0 "))))
    _print_additions(lead, "    ")
    _print_question(item)
    out.print("")


def _print_additions(article: ItemArticle, indent: str) -> None:
    for addition in article.additions:
        note = f": {addition.note}" if addition.note else ""
        out.print(Text(f"{indent}added by hand by {addition.by} ({local_time(addition.at)}){note}"))


def _state_text(item: ReviewItem) -> str:
    """Return the state of an item in words, with an open question and the time until which it is postponed."""
    if item.question:
        return "a colleague is asked" if item.state is State.OPEN else f"{item.state.value}, a colleague is asked"
    if item.state is State.LATER:
        return f"later, until {local_time(item.until)}" if item.until else "later, until somebody decides"
    return item.state.value


def _print_question(item: ReviewItem) -> None:
    if question := item.question:
        subject = f" about {_entity_name(item, question.entity)}" if question.entity else ""
        note = f": {question.note}" if question.note else ", without a note"
        out.print(Text(f"    {question.by} asks{subject} ({local_time(question.at)}){note}"))


def _entity_name(item: ReviewItem, entity_id: str) -> str:
    return next((hit.name for hit in item.hits if hit.entity == entity_id), entity_id)


def print_item(item: ReviewItem, lead: ItemArticle) -> None:
    out.print(Text.assemble((f"[{item.id}]", ID), (f" {lead.headline}", "bold")))
    facts = f"; version {item.version}; first seen {local_time(item.first_seen)}"
    out.print(Text.assemble(_state_text(item), _verdict(item, ", {}"), facts))
    _print_question(item)
    if item.reopened:
        out.print(f"came back: {item.reopened}")
    if item.may_hold_several_events:
        out.print(SEVERAL_EVENTS)
    # Articles refer to each other by their place in this list; commands take `article.id`.
    places = {article.id: place for place, article in enumerate(item.articles, 1)}
    for article in item.articles:
        role = f"; copy of {places[article.copy_of]}" if article.copy_of in places else ""
        source = "; only title and summary" if article.text_from is TextFrom.FEED else ""
        time = local_time(article.published or article.first_seen)
        title = f"article {article.id}, {_outlet_of(article)} ({article.language or '?'})"
        out.print(f"\n  {places[article.id]}. {title} {time}{source}{role}")
        out.print(f"     {article.headline}\n     {without_tracking(article.url)}")
        _print_additions(article, "     ")
        why = placement_sentence(article.reason)
        if why and not role:
            out.print(f"     here because: {why}", style="dim")
        _print_news(item, article)
        if article.versions:
            out.print(
                f"     {count_words(len(article.versions), 'version')}: {', '.join(map(local_time, article.versions))}"
            )
        for finding in article.findings:
            reason = changes.reopening_reason([finding], article.outlet)
            out.print(f"     {local_time(finding.seen_at or finding.found)} {reason}")
    for hit in item.hits:
        out.print(_hit_line(hit))
        if hit.why:
            out.print(f"    {hit.why}")
        for mention in hit.mentions[:MENTIONS_SHOWN]:
            _print_mention(mention, places[mention.article])
        if (remaining := len(hit.mentions) - MENTIONS_SHOWN) > 0:
            listed = f"lists {len(hit.mentions)} of them" if hit.other_places else "shows all"
            out.print(f"    and in {count_words(remaining + hit.other_places, 'more place')} (--format json {listed})")
    print_history(item)


def _verdict(item: ReviewItem, words: str) -> Text:
    """Return the verdict on an item within these words, "" for one that is not settled."""
    if item.verdict not in SETTLED:
        return Text()
    return Text(words.format(item.verdict.value), VERDICT_STYLES[item.verdict])


def _hit_line(hit: ItemHit) -> Text:
    return Text.assemble(
        (f"\n  {hit.name} ({hit.type.value}, id ", "bold"),
        (hit.entity, ID),
        ("): ", "bold"),
        (CONFIDENCE_LABELS[hit.confidence], CONFIDENCE_STYLES[hit.confidence]),
        (f" - {hit.verdict.value}", VERDICT_STYLES[hit.verdict]) if hit.verdict else "",
        ", no longer in the text" if hit.removed else "",
    )


def _print_news(item: ReviewItem, article: ItemArticle) -> None:
    """Print the sentences that an article brought to the item."""
    news = item.news_in(article)
    for passage in news[:MENTIONS_SHOWN]:
        out.print(Text(f"     new in it: {' '.join(passage.text.split())}"))
    if (remaining := len(news) - MENTIONS_SHOWN) > 0:
        out.print(f"     and {count_words(remaining, 'more new sentence')}")


def _print_mention(mention: ItemMention, place: int) -> None:
    line = Text("    ")
    sentence, words = " ".join(mention.sentence.split()), " ".join(mention.mention.text.split())
    # If the sentence does not contain the words in one piece, they are printed alone.
    before, match, after = sentence.partition(words)
    line.append(before if match else "")
    line.append(words, style="reverse")
    line.append(after if match else "")
    out.print(line)
    out.print(f"      in {place}, {mention.mention.field.value}: {'; '.join(mention.mention.reasons)}", style="dim")


def print_history(item: ReviewItem) -> None:
    for regrouping in item.regroupings:
        undone = f"took back {regrouping.undoes}: " if regrouping.undoes else ""
        articles = count_words(len(regrouping.articles), "article")
        moved = f"put {articles} of item {regrouping.other} into item {regrouping.item}"
        out.print(f"\n  {local_time(regrouping.at)} {regrouping.by}: {undone}{moved}")
    if not item.history:
        return
    out.print("\n  decisions:")
    for decision in item.history:
        words = decision.verdict.value if decision.verdict else f"took back decision {decision.undoes}"
        verdict = Text(
            "note" if decision.is_note else words, VERDICT_STYLES.get(decision.verdict, "") if decision.verdict else ""
        )
        subject = f" on {decision.entity}" if decision.entity else ""
        reason = f" ({decision.reason.value})" if decision.reason else ""
        note = f": {decision.note}" if decision.note else ""
        out.print(
            Text.assemble(
                f"    {decision.id}. {local_time(decision.at)} {decision.by}: ", verdict, subject, reason, note
            )
        )


def print_decided(item: ReviewItem) -> None:
    verdict = _verdict(item, " ({})")
    unjudged = [h.name for h in item.hits if h.verdict not in SETTLED]
    unjudged_note = f"; not yet reviewed: {', '.join(unjudged)}" if unjudged else ""
    state = f" is now: {_state_text(item)}"
    out.print(Text.assemble((f"[{item.id}]", ID), state, verdict, f", at version {item.version}{unjudged_note}"))
