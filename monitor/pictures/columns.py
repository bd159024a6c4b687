"""Pure. A column for each day over one scale, as an SVG image: statistics and the page of a source.

Places across are in percent and heights in pixels, so words keep their size at any width. The figures of the scale
stand left of the picture, in the margin that its page leaves.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from markupsafe import Markup, escape

HEIGHT, LABELS, MARGIN = 96, 20, 18  # pixels: of the columns, of the days below them, and above the highest line
_MOST_LINES = 3
_STEPS = (1, 2, 5)
_WIDE = 6  # percent
_LINE = 13  # pixels of a figure of the scale


def scale(highest: float) -> tuple[int, ...]:
    """Return at most three round values; the last one is the highest or more."""
    power = 1
    while True:
        for step in (digit * power for digit in _STEPS):
            if highest <= step * _MOST_LINES:
                return tuple(range(step, max(-int(-highest // step), 1) * step + 1, step))
        power *= 10


def scale_lines(values: Sequence[int], unit: float, base: float) -> Iterator[str]:
    """Yield a thin line for each value above a base line, with its figure in the left margin."""
    for value in (0, *values):
        y = round(base - value * unit) + 0.5
        yield f'<line x2="100%" y1="{y}" y2="{y}" stroke="currentColor" stroke-opacity="{".2" if value else ".5"}"/>'
        if value:
            yield f'<text text-anchor="end" x="-8" y="{y + 4}" fill="currentColor" font-size="12">{value:,}</text>'


def draw_columns(
    values: Sequence[float | None],
    days: Sequence[str],
    description: str,
    level: float = 0,
    *,
    last_is_marked: bool = False,
    failed: Collection[int] = (),
    late: Collection[int] = (),
) -> Markup:
    """Return the columns as an SVG image; `days` are the words below them, "" where nothing stands.

    A level is a dashed line across, whose figure the words above the picture have: an aim, or what is usual. Nothing
    was measured on a day of None. The days in `failed` have a cross above their column, those in `late` a clock.
    """
    numbers = [value or 0 for value in values]
    lines = scale(max((*numbers, level)))
    base, unit, step = MARGIN + HEIGHT, HEIGHT / lines[-1], 100 / max(len(values), 1)
    parts = [
        f'<svg class="columns" width="100%" height="{base + LABELS}" role="img" aria-label="{escape(description)}">'
    ]
    parts += ['<g class="scale">', *scale_lines(lines, unit, base), '</g><g class="values">']
    last, highest = len(values) - 1, numbers.index(max(numbers, default=0)) if numbers else 0
    labelled = {last, highest} if last_is_marked and any(numbers) else set[int]()
    if highest < last < highest + 3 and step < _WIDE:  # their figures would touch on a phone
        labelled &= {last}
    figures = []  # over the line of the level
    for number, value in enumerate(values):
        is_last = last_is_marked and number == len(values) - 1
        middle = f'x="{number * step + step / 2:.2f}%" text-anchor="middle" font-size="12"'
        if value is None:
            figures.append(f'<text {middle} y="{base - 1}">–</text>')
        if value:
            height = max(value * unit, 2)
            marked = ' class="last"' if is_last else ""
            place = f'x="{number * step + step * 0.14:.2f}%" width="{step * 0.72:.2f}%"'
            parts.append(f'<rect{marked} {place} y="{base - height:.1f}" height="{height:.1f}"/>')
        above = [f"{round(value):,}"] if value is not None and number in labelled else []
        if number in failed:
            above.append('<tspan class="sign-failed">✕</tspan>')
        if number in late:
            above.append('<tspan class="sign-late">◷</tspan>')
        if above:
            y = figure_place(base - max((value or 0) * unit, 2 * bool(value)) - 4, base - level * unit)
            place_class = ' class="beside"' if is_last else ""
            # Where columns are narrow, the page ends it at the middle of the last, within the picture.
            figures.append(f'<text{place_class} {middle} y="{y:.1f}">{" ".join(above)}</text>')
    parts.append("</g>")
    if level:
        y = round(base - level * unit) + 0.5
        parts.append(f'<g class="level"><line x2="100%" y1="{y}" y2="{y}"/></g>')
    parts += ['<g class="figures">', *figures, "</g>"]
    return Markup("".join((*parts, *day_words(days, step, base), "</svg>")))  # noqa: S704 - words are escaped


def figure_place(above_column: float, level: float) -> float:
    """Return where a figure stands: above its column, or above a level that would go through it."""
    return level - 4 if above_column - _LINE < level < above_column + 4 else above_column


def day_words(days: Sequence[str], step: float, base: float) -> Iterator[str]:
    """Yield the words below the columns; the first and last of narrow ones end at the edge, so that none is cut."""
    yield '<g class="days">'
    for number, words in enumerate(days):
        if words:
            middle = number * step + step / 2
            anchor, place = "middle", middle
            if step < _WIDE and (not number or middle > 95):
                anchor, place = ("end", 100.0) if number else ("start", 0.0)
            at = f'x="{place:.2f}%" y="{base + LABELS - 4}" text-anchor="{anchor}"'
            yield f'<text {at} fill="currentColor" font-size="12">{escape(words)}</text>'
    yield "</g>"
