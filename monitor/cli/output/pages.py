"""Terminal output of pages and documents: text, mentions, explanations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from monitor.app.offline import Explanation
from monitor.cli.common import count_words, out, print_message
from monitor.cli.output.runs import CONFIDENCE_LABELS
from monitor.messages.content.phrasing import excerpt
from monitor.model import (
    Confidence,
    Document,
    Extracted,
    Field,
    Frame,
    Mention,
    Modality,
    NearFrame,
    Span,
    arguments_of,
)
from monitor.text.charset import GARBLED_NOTICE, is_garbled
from monitor.text.sentences import sentence_around

NEAR_SHOWN = 100  # per page
QUOTE_MARGIN = 70  # characters on either side of a name


def print_document(source: Document, mentions: Iterable[Mention]) -> None:
    out.print(source.id, style="bold")
    for mention in mentions:
        place = f"{mention.field.value} {mention.span.start}-{mention.span.end}"
        out.print(
            f"  {CONFIDENCE_LABELS[mention.confidence]:9}{mention.entity}: «{' '.join(mention.text.split())}» ({place})"
        )
        for reason in mention.reasons:
            out.print(f"           {reason}")
        if mention.other_places:
            out.print(f"           {_more_places(mention.other_places)}")


def print_incidents(source: Document, frames: Iterable[Frame]) -> None:
    """Print the incidents of a document: what was done to whom, in which sentence, and why it counts."""
    out.print(source.id, style="bold")
    for frame in frames:
        _print_frame(frame, source.field(frame.field))


def _print_frame(frame: Frame, field_text: str) -> None:
    certainty = "" if frame.modality is Modality.ASSERTED else f" ({frame.modality.value})"
    parts = (frame.act.value + certainty, " ".join(frame.victim.split()), frame.by and f"by {frame.by}", frame.where)
    out.print("  " + " · ".join(part for part in parts if part))
    out.print(
        f"    {frame.field.value} {frame.span.start}-{frame.span.end}: {_quote_around(field_text, frame.victim_span)}"
    )
    for reason in frame.why:
        out.print(f"    - {reason}")


def _print_near_frame(near: NearFrame, field_text: str) -> None:
    out.print(f"  {near.field.value} {near.span.start}-{near.span.end}: {' '.join(near.span.of(field_text).split())}")
    out.print(f"    - {near.why}")


def _more_places(places: int) -> str:
    return f"and in {count_words(places, 'more place')}, which are counted and not listed"


def _quote_around(text: str, span: Span) -> str:
    """Return the text of a span, marked, in its sentence; a long sentence is cut to QUOTE_MARGIN around it."""
    quote = excerpt(sentence_around(text, span).of(text), span.of(text), QUOTE_MARGIN)
    return "".join(f"«{part.text}»" if part.is_mention else part.text for part in quote.parts)


def print_page(url: str, extracted: Extracted) -> None:
    out.print(extracted.title or "(no title)", style="bold")
    day = (
        extracted.published.strftime("%Y-%m-%d" if extracted.is_day_only else "%Y-%m-%d %H:%M %Z")
        if extracted.published
        else ""
    )
    parts = (url, day, extracted.language, ", ".join(extracted.authors))
    out.print("; ".join(part for part in parts if part))
    if is_garbled(extracted.text):
        print_message(f"LOOK: {GARBLED_NOTICE}")
    out.print(f"\n{extracted.text}\n")


def print_explanation(explanation: Explanation, names: Mapping[str, str]) -> None:
    """Print each hit with its places and reasons, then each near miss and the reason against it."""
    extracted = explanation.page
    out.print(extracted.title or "(no title)", style="bold")
    out.print(
        f"{explanation.url}; {extracted.language or 'language unknown'}; {len(extracted.text)} characters of text"
    )
    for hit in explanation.hits:
        alerts = "makes an item" if hit.alerts else "makes no item by itself"
        # The label of the confidence says so already, and the reason only why.
        why = arguments_of(hit.why)[0] if hit.confidence is Confidence.POSSIBLE else hit.why
        out.print(
            f"\n{names[hit.entity]} ({hit.entity}): {CONFIDENCE_LABELS[hit.confidence]}; {alerts}: {why}", style="bold"
        )
        for mention in hit.mentions:
            field_text = extracted.title if mention.field is Field.TITLE else extracted.text
            confidence_note = (
                "" if mention.confidence is hit.confidence else f" ({CONFIDENCE_LABELS[mention.confidence]})"
            )
            place = f"{mention.field.value} {mention.span.start}-{mention.span.end}"
            out.print(f"  {place}{confidence_note}: {_quote_around(field_text, mention.span)}")
            for reason in mention.why:
                out.print(f"    - {reason}")
        if hit.other_places:
            out.print(f"  {_more_places(hit.other_places)}")
    if not explanation.hits:
        out.print("\nNames nobody on the list.")
    out.print(
        "\nNear, but not the name:" if explanation.near_misses else "\nNothing else comes near a name on the list.",
        style="bold",
    )
    # Those in the title first, then in the order of the text.
    for near in sorted(explanation.near_misses, key=lambda n: (n.field is Field.TEXT, n.span.start))[:NEAR_SHOWN]:
        field_text = extracted.title if near.field is Field.TITLE else extracted.text
        out.print(f"  {near.field.value} {near.span.start}-{near.span.end}: {_quote_around(field_text, near.span)}")
        out.print(f"    - not {names[near.entity]} ({near.entity}): {near.why}")
    if (remaining := len(explanation.near_misses) - NEAR_SHOWN) > 0:
        out.print(f"  and {count_words(remaining, 'more place')}")
    _print_incidents_explained(explanation)


def _print_incidents_explained(explanation: Explanation) -> None:
    """Print the incidents against the press in a page, and the sentences that came near."""

    def text_of(frame: Frame | NearFrame) -> str:
        return explanation.page.title if frame.field is Field.TITLE else explanation.page.text

    if explanation.frames:
        out.print("\nWhat happened to the press:", style="bold")
        for frame in explanation.frames:
            _print_frame(frame, text_of(frame))
    if explanation.near_frames:
        out.print("\nNear, but not what happened to the press:", style="bold")
        for near in explanation.near_frames[:NEAR_SHOWN]:
            _print_near_frame(near, text_of(near))
