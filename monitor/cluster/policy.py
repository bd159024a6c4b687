"""Pure. The thresholds of clustering."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class ClusterPolicy:
    """The thresholds for copies and stories. Shares and similarities are 0-1.

    An article joins a story if both name a watched person and reach `watched_points`. Without a common watched person
    there are two ways. In one language: the similarity of words, reduced by the time between them, reaches
    `word_similarity`. Across languages: names and numbers reach `unwatched_points`, and they are a good part of what
    either article names (`shared_fact_share`) or the texts overlap (`text_overlap`).
    """

    copy_share: float = 0.69  # of the smaller sketch, contained in the larger
    copy_share_same_outlet: float = 0.90  # within one outlet; below it: a follow-up that repeats background
    copy_share_of_larger: float = 0.75  # share of the larger sketch: much new text makes it no copy
    copy_pairs: int = 10  # minimum of shared word pairs in the samples
    template_name_share: float = 0.50  # similar texts that share fewer names have other subjects
    template_number_share: float = 0.40
    story_window: timedelta = timedelta(hours=72)
    word_similarity: float = 0.40
    word_similarity_in_titles: float = 0.30  # if one of the two is a headline without text
    decay_time: timedelta = timedelta(hours=48)  # reduces the word similarity to 1/e
    watched_points: float = 7.0
    unwatched_points: float = 2.5
    unwatched_points_in_titles: float = 2.0
    shared_fact_share: float = 0.20
    text_overlap: float = 0.40
    person_points: float = 3.5  # points of a common watched person, in addition to the name's
    other_entity_points: float = 0.5  # points of any other common watched entity
    number_points: float = 1.0
