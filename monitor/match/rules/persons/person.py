"""Pure. Match one person's name at a word that may be its surname.

The rules, and the false alarm behind each of them, stand in docs/design/names.md.
"""

from __future__ import annotations

from monitor.match.compile import Compiled
from monitor.match.index.names import PersonName
from monitor.match.index.word_match import Closeness, WordMatch
from monitor.match.known_names import is_declined_patronymic, is_familiar_form, is_real_given_name
from monitor.match.rules.occurrence import Kind, NamePart, Occurrence
from monitor.match.rules.organisations import IN_SMALL_LETTERS, WRITTEN_AS_ONE, doubt_of_capital, refuse_one_word_name
from monitor.match.rules.persons.gender import MAY_BE_WOMAN, GivenNameAndSurname, agreement_refusal, may_be_woman
from monitor.match.rules.persons.neighbours import (
    FAMILIAR,
    doubt_of_fathers_name,
    doubt_of_given_name,
    doubt_of_parents_name,
    doubt_of_short_form,
    doubt_of_surname,
    refusal_of_plural,
)
from monitor.match.rules.persons.spelling import (
    MISSPELT,
    SURNAME_DECLENSIONS,
    can_stand_alone,
    is_feminine,
    is_independent_of_particle,
    is_other_given_name,
    is_same_short_name,
    is_short_form,
    is_slip,
    may_be_village,
)
from monitor.match.rules.persons.surroundings import is_given_name_before_initial, is_initial
from monitor.match.rules.reasons import inflection_message
from monitor.match.scanner.passage import MAX_SHORT_STEM, Passage
from monitor.match.scanner.word_form import WordForm
from monitor.match.words import ARTICLES, is_common_given_name
from monitor.model import Code, Message
from monitor.model.message import _
from monitor.text.normalize import WHITE


class PersonAttempt:
    """An attempt to match one person's name at a word that may be its surname."""

    def __init__(self, passage: Passage, compiled: Compiled, place: int, name: PersonName) -> None:
        self.passage, self.compiled, self.place, self.name = passage, compiled, place, name
        self.surname = passage.word(place).matches[name.surname]
        # First and last word of the surname: a particle is part of it, and the first half of a double one.
        self.first = self.last = place
        self.notes: tuple[Message, ...] = ()

    def find_occurrence(self) -> Occurrence | None:
        """Return the place where the name stands, as much of it as stands there, or None."""
        if not self._takes_particle() or not self._has_double_surname():
            return None
        if self.name.given_name is None:
            return self._one_word_name()
        if self.passage.word(self.place).is_inflected_acronym:
            return None
        return self._with_given_name_before() or self._with_given_name_after() or self.surname_alone()

    # -- the surname with its particle, or both of its halves

    def _takes_particle(self) -> bool:
        """Return whether the name has the particle that follows the word, or needs none; move `last` onto it."""
        following = self.passage.word(self.place + 1) if self.passage.is_joined_to_next(self.place) else None
        parsed = following.particle if following else None
        if self.name.particle is None:
            return parsed is None or is_independent_of_particle(self.passage.word(self.place), self.surname)
        if (
            following is None
            or parsed is None
            or parsed[0] is not self.name.particle
            or not self.surname.is_uninflected
        ):
            # "X-дин уулу" is X's son: the father's name has an ending, and it is no surname.
            return False
        self.last = self.place + 1
        words = following.text, inflection_message(parsed[1])
        self.notes = (Message("“{}”: {}", *words, code=Code.INFLECTION),) if parsed[1] else ()
        return True

    def _has_double_surname(self) -> bool:
        """Return whether the first half of a double surname precedes its second; move `first` onto it."""
        if self.name.first_half is None:
            return True
        if self.place == 0 or self.name.first_half not in self.passage.word(self.place - 1).matches:
            return False
        self.first = self.place - 1
        return self.passage.is_joined_to_next(self.first)

    def _one_word_name(self) -> Occurrence | None:
        occurrence = self._occurrence(Kind.FULL, self.place, self.last)
        if self.name.particle is None:
            is_well_spelt = can_stand_alone(self.surname, self.passage)
            refusal = (
                refuse_one_word_name(self.passage, self.place, occurrence.parts[-1]) if is_well_spelt else MISSPELT
            )
            occurrence = occurrence._replace(
                refusal=refusal, doubt=doubt_of_capital(self.passage, self.place, occurrence.parts[-1])
            )
        return occurrence

    # -- the given name

    def _with_given_name_before(self) -> Occurrence | None:
        """Return the name with a given name or an initial before the surname.

        Other names, "фон" and a nickname in quotes may come between.
        """
        passage, initials, is_shared_surname = self.passage, None, False
        for place in passage.words_before(self.first):
            word = passage.word(place)
            if len(word.text) > 2 and passage.has_full_stop_after(place):
                break
            if occurrence := self._full_name_at(place, place, self.last):
                return occurrence._replace(is_shared_surname=is_shared_surname)
            if word.lower in ARTICLES and (occurrence := self._with_glued_article(place)):
                return occurrence
            is_shared_surname = is_shared_surname or word.is_conjunction
            if word.is_title or self.name.surname in word.matches:
                break  # "Мурат Токоев, депутат Мелис Токоев"
            if passage.is_initial_at(place):
                if initials is None and self._is_initial(word.text):
                    initials = self._occurrence(Kind.INITIALS, place, self.last)
            elif may_be_village(self.surname) and not is_declined_patronymic(word.text):
                break  # "Александр Иванов Максимовка айылында": in that village
            elif not (
                (passage.is_capitalised(place) and not is_shared_surname)
                or word.is_nobiliary
                or (word.is_conjunction and not initials)
            ):
                break  # "Сергей и Юлия Скрипаль", but no surname before "и": "Ж. Иванов и Дуулатов"
            elif initials is not None and passage.is_capitalised(place):
                # "Мурат М. Токоев": the initial is not of the given name
                is_given_name = is_given_name_before_initial(passage, self.compiled, place, self.surname)
                return None if is_given_name else initials
        return initials

    def _with_glued_article(self, place: int) -> Occurrence | None:
        """Match a given name whose Arabic article the list has glued on: Саиф уль-Малук for Сайфул Малук."""
        if not self.passage.is_joined_to_next(place - 1) or self.name.given_name is None:
            return None
        glued_name = self.passage.word(place - 1).text + self.passage.word(place).lower.rstrip("ь")
        form = WordForm(glued_name, self.compiled.index.match_form(glued_name))
        match = form.matches.get(self.name.given_name)
        if match is None or not self._is_close_enough(match):
            return None
        part = NamePart(form, self.compiled.word(self.name.given_name), match)
        return self._occurrence(Kind.FULL, place - 1, self.last, part)

    def _with_given_name_after(self) -> Occurrence | None:
        """Return the name with a given name, or an initial and its full stop, after the surname."""
        after = self.last + 1
        if not (self.passage.is_joined_to_next(self.last, comma=True) or self.passage.is_wrapped_name(self.last)):
            return None
        gap = self.passage.gap_after(self.last)
        if "," in gap and self._is_comma_between_people(after):
            return None
        if "." not in gap and (occurrence := self._full_name_at(after, self.first, after)):
            # Of other names than ours that order is rare: "Daily Mail" is no Michael Daly.
            is_transcribed = "," in gap and any(part.match.stem.is_transcribed for part in occurrence.parts)
            is_exact = occurrence.closeness is Closeness.SAME and not is_transcribed
            return occurrence if self._is_slavic_surname() or self.name.particle or is_exact else None
        following, end = self.passage.word(after), self.passage.end(after)
        has_full_stop = self.passage.text[end : end + 1] == "."
        has_initial = has_full_stop and "," not in gap and len(following.text) <= 2 and following.is_capitalised
        if not has_initial or not self._is_initial(following.text):
            return None
        return self._occurrence(Kind.INITIALS, self.first, after)

    def _is_comma_between_people(self, after: int) -> bool:
        """Return whether the comma after the surname separates two people: Асан Токоев, Мелис Бакиров."""
        before, passage = self.first - 1, self.passage
        if passage.is_joined_to_next(before) and passage.is_capitalised(before) and not passage.word(before).is_title:
            return True
        if not passage.is_joined_to_next(after) or not passage.is_capitalised(after + 1):
            return False
        return not (passage.has_full_stop_after(after) or is_declined_patronymic(passage.word(after + 1).text))

    def _full_name_at(self, place: int, first: int, last: int) -> Occurrence | None:
        """Return the full name if the word at `place` is the given name and agrees with the surname.

        `first` and `last` are the first and the last word of the occurrence.
        """
        assert self.name.given_name is not None
        word, listed = self.passage.word(place), self.compiled.word(self.name.given_name)
        match = word.matches.get(self.name.given_name)
        if not (word.is_capitalised or self.passage.is_capitalised(place) or listed.raw[:1].islower()):
            # The first letter is lost or another, in small letters: only before the exact surname.
            may_be_headless = place < self.place and self.surname.closeness is Closeness.SAME
            match = word.headless.get(listed.number) if may_be_headless else None
        elif match is None:
            if self.surname.closeness is Closeness.TYPO or not is_short_form(word.sounds, listed.sounds):
                return None
            is_longer = len(word.sounds) > len(listed.sounds)
            message = _("“{}” is a longer form of {}") if is_longer else _("“{}” is a shorter form of {}")
            note = Message(message, word.text, listed.raw)
            occurrence = self._occurrence(Kind.FULL, first, last)._replace(notes=(note, *self.notes))
            return occurrence._replace(doubt=occurrence.doubt or doubt_of_short_form(self.surname))
        if match is None or not self._is_close_enough(match) or is_other_given_name(word, match, listed):
            return None
        # Names of four letters and fewer differ by one sound: Анна, Инна, Яна.
        is_foreign = self.surname.stem.is_transcribed or not self._is_slavic_surname()
        is_familiar = is_familiar_form(word.text, match.ending, listed.raw, listed.spellings)
        if not is_familiar and match.stem.is_familiar and is_real_given_name(word.sounds):
            return None  # Алексей is no Алекс
        is_familiar = is_familiar or match.stem.is_familiar
        is_short = len(listed.raw) < 5 and not is_familiar
        if is_short and not is_same_short_name(word, match, listed, is_foreign=is_foreign):
            return None
        is_given_name_first = place < self.place
        refusal = self._agreement_refusal(match, word, is_given_name_first) or self._patronymic_refusal(
            place, is_given_name_first
        )
        refusal = (
            refusal or refusal_of_plural(word, match) or refusal_of_plural(self.passage.word(self.place), self.surname)
        )
        occurrence = self._occurrence(Kind.FULL, first, last, NamePart(word, listed, match), refusal=refusal)
        if is_familiar:
            note = Message("“{}” is a familiar form of {}", word.text, listed.raw)
            return occurrence._replace(notes=(note, *occurrence.notes), doubt=occurrence.doubt or FAMILIAR)
        return occurrence._replace(doubt=occurrence.doubt or doubt_of_given_name(word, match, listed))

    def _is_close_enough(self, given_match: WordMatch) -> bool:
        """Return whether given name and surname together are spelt well enough: one may be loose, never both."""
        loose, firm = sorted((given_match, self.surname), key=lambda match: match.closeness)
        if loose.closeness is Closeness.TYPO and firm.closeness is Closeness.TYPO:
            return False
        if given_match.stem.is_transcribed or self.surname.stem.is_transcribed:
            is_long_enough = len(loose.stem.text) > MAX_SHORT_STEM and loose.closeness is Closeness.VOWELS
            return firm.closeness is Closeness.SAME and (is_long_enough or loose.closeness is Closeness.SAME)
        is_short = min(len(given_match.stem.text), len(self.surname.stem.text)) <= MAX_SHORT_STEM
        return not is_short or firm.closeness is Closeness.SAME

    def _is_slavic_surname(self) -> bool:
        """Return whether the surname has a Slavic ending: -ов, -ова, -ский."""
        return self.surname.stem.declension in SURNAME_DECLENSIONS or self.compiled.word(self.name.surname).is_feminine

    def _agreement_refusal(self, given_match: WordMatch, word: WordForm, is_given_name_first: bool) -> str:
        """Return why gender or case shows that this is another person, or ""."""
        names = GivenNameAndSurname(
            word, given_match, self.passage.word(self.place), self.surname, self.compiled.word(self.name.surname)
        )
        return agreement_refusal(names, is_given_name_first=is_given_name_first, is_kyrgyz=self.passage.is_kyrgyz)

    def _patronymic_refusal(self, given_place: int, is_given_name_first: bool) -> str:
        """Return why a patronymic after the given name is another person's, or "".

        Only entities that are listed with a patronymic can be told apart by one.
        """
        after = given_place + 1
        if (
            not self.name.patronymics
            or not self.passage.is_joined_to_next(given_place)
            or (is_given_name_first and after >= self.first)
        ):
            return ""
        word = self.passage.word(after)
        if any(patronymic in word.matches for patronymic in self.name.patronymics):
            return ""
        is_other_patronymic = word.is_capitalised and is_declined_patronymic(word.text)
        return f"“{word.text}” is another's patronymic" if is_other_patronymic else ""

    def _is_initial(self, letters: str) -> bool:
        """Return whether letters are an initial of the given name."""
        assert self.name.given_name is not None
        return not may_be_village(self.surname) and is_initial(letters, self.compiled.word(self.name.given_name))

    def in_small_letters(self) -> Occurrence | None:
        """Return given name and surname without capitals, as is usual in chats: both spelt right, and with a doubt."""
        passage, listed = self.passage, self.compiled.word(self.name.given_name or 0)
        # The given name before the surname, then after it.
        for first, given_place in ((self.place - 1, self.place - 1), (self.place, self.place + 1)):
            given_match = (
                passage.word(given_place).matches.get(listed.number) if passage.is_joined_to_next(first) else None
            )
            if (
                given_match is None
                or passage.is_capitalised(given_place)
                or passage.gap_after(first).strip(WHITE + "_")
            ):
                continue
            both = given_match, self.surname
            if all(
                m.closeness is Closeness.SAME and not m.stem.is_transcribed and len(m.stem.text) > MAX_SHORT_STEM
                for m in both
            ):
                refusal = self._agreement_refusal(given_match, passage.word(given_place), given_place < self.place)
                part = NamePart(passage.word(given_place), listed, given_match)
                occurrence = self._occurrence(Kind.FULL, first, first + 1, part, refusal=refusal)
                doubt = None if passage.is_in_small_letters else IN_SMALL_LETTERS
                return occurrence._replace(doubt=WRITTEN_AS_ONE if passage.gap_after(first) == "_" else doubt)
        return None

    # -- the surname alone

    def can_stand_alone(self) -> bool:
        """Return whether nothing in the surname itself shows that without a given name it is another person's."""
        is_surname = self._takes_particle() and not self.passage.word(self.place).is_inflected_acronym
        return is_surname and not self._surname_refusal()

    def surname_alone(self) -> Occurrence:
        """Return the surname without its given name, refused or doubted if it belongs to somebody else."""
        other_given_name, doubt, has_name_after = "", None, False
        if not (refusal := self._surname_refusal()):
            refusal = other_given_name = self.passage.other_given_name_before(self.first, self.compiled.is_body_name)
            doubt, has_name_after = self.passage.other_given_name_after(self.last)
        occurrence = self._occurrence(
            Kind.SURNAME,
            self.first,
            self.last,
            refusal=refusal,
            has_other_given_name=bool(other_given_name) or has_name_after,
        )
        # Middle names that do not stand here say nothing of a surname alone.
        return occurrence._replace(doubt=doubt or occurrence.doubt, omitted_names=0)

    def _surname_refusal(self) -> str:
        """Return why the surname by itself shows that it is another person's, or ""."""
        if self.name.particle is None and (double_name := self.passage.double_name_reason(self.first, self.last)):
            return double_name
        if not can_stand_alone(self.surname, self.passage):
            return MISSPELT
        return "the ending says it is a woman" if is_feminine(self.surname) and self.passage.is_kyrgyz else ""

    def _occurrence(
        self,
        kind: Kind,
        first: int,
        last: int,
        given_part: NamePart | None = None,
        *,
        refusal: str = "",
        has_other_given_name: bool = False,
    ) -> Occurrence:
        """Return an occurrence from the first to the last word, with the parts that matched."""
        surname = NamePart(self.passage.word(self.place), self.compiled.word(self.name.surname), self.surname)
        start, end = self.passage.start(first), self.passage.end(last)
        word_matches = (
            [self.passage.word(at).matches for at in range(first, last + 1)] if self.name.middle_names else ()
        )
        omitted_names = sum(not any(middle in m for m in word_matches) for middle in self.name.middle_names)
        parts = (given_part, surname) if given_part else (surname,)
        doubt = self._doubt(first, last, given_part)
        return Occurrence(
            (self.name,),
            kind,
            start,
            end,
            parts,
            self.notes,
            refusal,
            omitted_names,
            has_other_given_name=has_other_given_name,
            doubt=doubt,
        )

    def _doubt(self, first: int, last: int, given_part: NamePart | None) -> Message | None:
        """Return why the words, as they are spelt and placed, may be another name, or None."""
        if self.name.is_half_surname:
            return Message("only one half of the double surname stands here")
        form, listed = self.passage.word(self.place), self.compiled.word(self.name.surname)
        if doubt := doubt_of_surname(form, self.surname, listed, self.name.particle):
            return doubt
        if self.name.particle is None:
            doubt = doubt_of_fathers_name(self.passage, last)
        else:
            doubt = doubt_of_parents_name(self.passage, last) if last == self.last else None
        if doubt:
            return doubt
        if self.surname.closeness is Closeness.TYPO and self._is_slavic_surname():
            # "Жоро уулу" for Жороев: a father's name, and no slip
            has_particle = self.passage.is_joined_to_next(last) and self.passage.word(last + 1).particle is not None
            if has_particle or not is_slip(form, self.surname):
                return Message("so spelt it may be another surname")
        if not is_feminine(self.surname):
            return None
        # Of the given names in -а only some are women's too: Александра, but not Жоомарта.
        is_womans_given_name = given_part is None or (
            given_part.match.inflection and is_common_given_name(given_part.form.sounds)
        )
        return MAY_BE_WOMAN if is_womans_given_name and may_be_woman(self.passage, first, last) else None
