"""The language of a text."""

from __future__ import annotations

import pytest

from monitor.text.language import detect


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Журналист кечээ сотто жаңы күбөлүк берди, деп билдирди агенттик", "ky"),
        ("Журналист вчера дал в суде новые показания, сообщило агентство", "ru"),
        ("The journalist gave new evidence in court yesterday, the agency said", "en"),
        ("Kort", ""),
    ],
)
def test_the_language_of_a_headline_is_detected(text, language):
    assert detect(text) == language
