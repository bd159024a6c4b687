"""Pure. Try the tables of incidents on the example that each has for each act."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from monitor.match.incidents.frames import find_frames
from monitor.match.incidents.lexicon.grammar import LANGUAGES
from monitor.match.tables import pairs, sections
from monitor.model import Modality, PressAct


@dataclass(frozen=True, slots=True)
class PressTrial:
    """An example of a table, and whether its act is found in it."""

    language: str
    act: PressAct
    sentence: str
    is_found: bool


def press_trials() -> Iterator[PressTrial]:
    """Yield the examples of all tables, each with whether its act is found."""
    for language in LANGUAGES:
        for act, sentence in pairs(sections(f"incidents_{language}")["examples"]).items():
            acts = {frame.act for frame in find_frames(sentence) if frame.modality is Modality.ASSERTED}
            yield PressTrial(language, PressAct(act), sentence, PressAct(act) in acts)
