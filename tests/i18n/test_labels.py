"""Sentences made of codes that are stored."""

from __future__ import annotations

import pytest

from monitor.i18n.labels import placement_sentence
from monitor.model import PlacementReason, Rule


@pytest.mark.parametrize(("hours", "distance"), [(0, "0 h"), (71, "71 h"), (72, "3 days"), (445, "18 days")])
def test_related_stories_are_hours_apart_and_after_three_days_days(hours: int, distance: str):
    sentence = str(placement_sentence(PlacementReason(Rule.AFFAIR, (40, hours))))
    assert sentence.replace("\u00a0", " ") == f"similar text, published {distance} apart"
