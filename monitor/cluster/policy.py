"""Pure. The thresholds of clustering."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class ClusterPolicy:
    """The thresholds for copies and stories. Shares and similarities are 0-1.

    docs/design/stories.md has the figures behind them.
    """

    text_share: float = 0.50  # of the smaller sketch, contained in the larger: its sentences are compared
    text_pairs: int = 4  # minimum of shared word pairs in the samples, for a copy
    text_pairs_of_news: int = 10  # and for a text that brings sentences: fewer may be a notice that both pages print
    known_pair_share: float = 0.25  # of a sentence's word pairs: the other text holds it
    known_headline_share: float = 0.85  # of its words, in one sentence
    short_sentence: int = 5  # words; below it, the words must stand together, too
    known_word_share: float = 0.60
    template_name_share: float = 0.50  # similar texts that share fewer names have other subjects
    template_number_share: float = 0.40
    story_window: timedelta = timedelta(hours=72)
    reprint_window: timedelta = timedelta(days=14)  # later the same words of an act tell another one
    decay_time: timedelta = timedelta(hours=168)  # reduces the similarity to 1/e
    similarity: float = 0.50  # of words, in one language
    similarity_in_titles: float = 0.30  # if one of the two is a headline without text
    similarity_of_names: float = 0.17  # of names and numbers, in two languages
    similarity_of_names_in_titles: float = 0.30
    act_window: timedelta = timedelta(hours=24)  # what is told of one person within it is told of one event
    number_weight: float = 2.0  # in names, which weigh 1
    related: float = 0.45  # of the threshold of one story, where the two name no watched entity in common
    related_of_names: float = 0.33  # nearness by names alone counts so much: they share some by chance
