"""The matcher's language tables, as files that a linguist can read and edit: word lists, endings, sounds."""

from monitor.match.tables.sections import section_sounds, section_words, sections, words_in_order
from monitor.text.tables import pairs

__all__ = ["pairs", "section_sounds", "section_words", "sections", "words_in_order"]
