"""Pure. Decide whether a surname that stands alone is rare enough to be worth a look.

Ten thousand names of the world hold a third of an article's capitalised words: May, White, Али, Росс for «России».
Only fixed tables and the list decide, so that matching, preview and rescan agree.
"""

from __future__ import annotations

from rapidfuzz.distance import Levenshtein

from monitor.match.index.word_match import Closeness, Word, WordMatch
from monitor.match.known_names import is_common_word, is_frequent_surname, is_real_given_name, is_real_surname
from monitor.match.words import is_very_common_surname
from monitor.text.normalize import fold

MAX_BEARERS = 2  # entities of the list whose surname a word may be
_MIN_SOUNDS = 5  # shorter surnames sound like too many words: Росс, Роса and «России»
_MIN_SOUNDS_AS_LISTED = 4
_SLAVIC_ENDINGS = ("ov", "ev", "ova", "eva")  # Zhoroev: such a word can be nothing but a surname


def is_rare(form: str, sounds: str, match: WordMatch, listed: Word, bearers: int) -> bool:
    """Return whether a word of a text that may be a surname is worth a look without a given name.

    `sounds`: the skeleton of `form`. `bearers`: how many entities of the list have a surname that this word may be.
    """
    is_as_listed = fold(form) == fold(listed.raw)
    if bearers > MAX_BEARERS or len(match.stem.text) < (_MIN_SOUNDS_AS_LISTED if is_as_listed else _MIN_SOUNDS):
        return False
    if listed.sounds.endswith(_SLAVIC_ENDINGS) and not match.stem.is_transcribed:
        return not is_very_common_surname(listed.sounds.removesuffix("a"))
    stem = sounds.removesuffix(match.ending)
    if any(is_real_given_name(name) or is_common_word(name) for name in (sounds, stem, listed.sounds)):
        return False
    if match.closeness is Closeness.SAME:
        return bearers == 1 or not is_frequent_surname(listed.sounds)
    # Трамп for Trump, but not «пилоты» for Paillet.
    is_near = not match.stem.is_transcribed and Levenshtein.distance(stem, match.stem.text, score_cutoff=1) <= 1
    return bearers == 1 and is_near and not is_frequent_surname(stem)


def is_very_rare(listed: Word) -> bool:
    """Return whether a surname stands in no table of names, words or places, and is formed of no given name."""
    sounds = listed.sounds
    return len(sounds) >= _MIN_SOUNDS and not (
        is_real_surname(sounds) or is_frequent_surname(sounds) or is_real_given_name(sounds) or is_common_word(sounds)
    )
