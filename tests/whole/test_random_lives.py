"""Whatever outlets publish and people decide, in whatever order: nothing that was found is hidden."""

from __future__ import annotations

import pytest
from hypothesis import settings

from kit.lives import Lives, check_lives


@pytest.mark.hypothesis
@pytest.mark.check
def test_in_any_life_what_was_found_waits_or_was_judged_in_sight():
    check_lives(Lives, max(3, settings.default.max_examples // 2 - 1), 8)
