"""Pure. Word lists of the rules: titles before a name, words within foreign names, words that tell Kyrgyz text."""

from __future__ import annotations

from functools import lru_cache

from monitor.text import skeleton

# Words that may stand, capitalised, before a lone surname without being somebody's given name.
_TITLES = """
президент премьер министр депутат адвокат журналист судья прокурор генерал полковник подполковник майор капитан доктор
профессор господин госпожа гражданин гражданка спикер мэр губернатор сенатор канцлер король королева принц принцесса
папа мистер миссис мисс товарищ лидер глава экс вице директор редактор председатель акын төрага төрагасы башчы башчысы
мырза айым министри депутаты президенти патриарх епископ архиепископ кардинал имам шейх муфтий император president
prime premier minister deputy lawyer journalist judge general colonel captain doctor dr professor prof mr mrs ms miss
sir lady lord senator mayor governor chancellor queen king prince princess pope speaker director editor chairman
secretary ambassador former ex vice chief leader justice patriarch bishop archbishop cardinal imam sheikh emperor rep
sen gen gov president's reporter cameraman blogger
"""

# Words within foreign names that are no names themselves, and are written small.
_NOBILIARY = """
бен бин аль эль ван фон де ди да дель делла дер ден дос ла ле ибн цу тер
de da di del della der den van von bin ibn ben al el la le dos das du st zu ter ten af
"""
# The Arabic article as it stands before a surname, or glued on the given name: Саиф уль-Малук, Сайфул Малук.
_ARTICLES = "al el ul ur ud аль эль уль ал ул ур уд ар ас ад аз ан аш ат эр эс эд эш"

_KYRGYZ_WORDS = "жана менен үчүн учун деп болгон боюнча тарабынан бул анын эмес керек тууралуу дагы деди бир ушул кийин"
_RUSSIAN_WORDS = "и в не на что с по как это из для от он она был была было были его также после или"

# Words that say what a one-word name is the name of: «Апрель» телеканалы, the outlet Kloop.
_TYPE_WORDS = """
сайт издание телеканал канал агентство газета журнал радио медиа проект организация компания партия фонд
басылма телеканалы каналы агенттиги агенттик гезити радиосу сайты медиасы уюму компаниясы партиясы фонду
outlet website site channel agency newspaper magazine radio media project organisation organization company party tv
"""


@lru_cache(1)
def _titles() -> frozenset[str]:
    return frozenset(map(skeleton, _TITLES.split()))


@lru_cache(1)
def _type_words() -> frozenset[str]:
    return frozenset(map(skeleton, _TYPE_WORDS.split()))


# Words after a surname that are no part of it.
_SUFFIXES = "младший старший мл ст jr sr junior senior"
# Words that join two given names before one surname: "Сергей и Юлия Скрипаль".
_CONJUNCTIONS = "и and жана менен та і &"

SUFFIXES = frozenset(_SUFFIXES.split())
CONJUNCTIONS = frozenset(_CONJUNCTIONS.split())
ARTICLES = frozenset(_ARTICLES.split())
NOBILIARY = frozenset(_NOBILIARY.split()) | ARTICLES
KYRGYZ_WORDS = frozenset(_KYRGYZ_WORDS.split())
RUSSIAN_WORDS = frozenset(_RUSSIAN_WORDS.split())
_LONGEST_ENDING_OF_A_TITLE = 3


@lru_cache(1 << 14)
def is_title(word: str) -> bool:
    """Whether a word, in any ending, is a title or an office.

    >>> is_title("Президенту"), is_title("Dr"), is_title("Асан")
    (True, True, False)
    """
    return _in_any_ending(skeleton(word), _titles())


@lru_cache(1 << 14)
def is_type_word(word: str) -> bool:
    """Whether a word, in any ending, says what kind of body a name belongs to."""
    return _in_any_ending(skeleton(word), _type_words())


def _in_any_ending(sounds: str, listed: frozenset[str]) -> bool:
    shortest = max(4, len(sounds) - _LONGEST_ENDING_OF_A_TITLE)
    return sounds in listed or any(sounds[:n] in listed for n in range(shortest, len(sounds)))
