"""Pure. Word lists of the rules: titles before a name, words within foreign names, words that tell Kyrgyz text."""

from __future__ import annotations

from collections.abc import Iterable
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

# Given names that are common where the news is from: what is one of them is no misspelling of another (Марат, Мурат),
# and in front of a surname it is somebody's, even where a sentence begins.
_GIVEN_NAMES = """
Азамат Азиз Азиза Аида Айбек Айгерим Айгуль Айдай Айдар Айзада Айнура Айпери Акбар Акжол Акылбек Алан Александр Алексей
Алена Али Алина Алия Алмаз Алмазбек Алтынай Альберт Амир Анара Анастасия Анатолий Андрей Анна Антон Арсен Артем Арсений
Аслан Асель Аскар Асхат Асылбек Байыш Бакыт Бакытбек Батыр Бектур Бермет Бектен Болот Болотбек Борис Вадим Валентин
Валерий Василий Вера Виктор Виталий Владимир Владислав Гулзат Гульнара Гульмира Давид Дамир Данияр Дастан Денис Динара
Динар Дмитрий Евгений Егор Екатерина Елена Жамиля Жанар Жанара Жаныбек Жаркын Жоомарт Жылдыз Зарина Замир Замира Зухра
Иван Игорь Ильяс Ирина Искендер Ислам Камила Камиль Канат Канатбек Каныкей Кирилл Константин Кристина Кубат Кубан
Кубанычбек Ксения Лейла Лилия Людмила Максат Максим Мария Марат Марина Мелис Мээрим Мирбек Мирлан Мирзат Михаил Мурат
Надежда Назгуль Назира Наталья Николай Нина Нурбек Нурдин Нурия Нургуль Нурлан Нурсултан Оксана Олег Ольга Павел Перизат
Петр Расул Рахат Ринат Роза Роман Руслан Рустам Рыспек Садыр Салтанат Самат Самира Светлана Семен Сергей Софья Станислав
Султан Сыймык Таалай Таалайбек Талант Талгат Таттыгуль Тамара Татьяна Темир Тилек Тимур Толгонай Уланбек Улан Улукбек
Фарида Федор Чингиз Чолпон Чынара Шайыр Шамиль Шерали Эдил Элдар Элина Элмира Эльвира Эмиль Эрик Эркин Эрлан Эрмек Эрнис
Юлия Юрий Ян Яна Ярослав Аксана Бегимай Жакшылык Жениш Кайрат Калыс Сардар Тынчтык Элнура Санжар Жаныш Айсулуу Ысмайыл
Ысмат Абдыкадыр Адилет Азизбек Айтолкун Акмат Алибек Асанбек Бакай Баатыр Бекболот Гүлнара Гүлмира Дилшат Жаныл Жумагул
Жумабек Жусуп Зыйнат Кемел Кеңеш Кубанычкан Курманбек Кыял Мамат Мирлан Омурбек Осмон Раимбек Рахман Садырбек
Сапар Сүйүн Темирлан Токтобек Төлөгөн Турат Тыныбек Чоро Шабдан Шайлообек Шербол Эсен Эламан Нурали Мамбетали
Темирали Эргешали Асанали Кубанали Рыскали Лев Ева Яков Любовь Зеев Франческа
Alan Albert Alex Alice Andrew Anna Anthony Barbara Brian Carl Carol Charles
Chris Christian Christine Daniel David Diana Donald Edward Elizabeth Emily Emma Eric Frank Gary George Helen Henry Jack
James Jane Jason Jeff Jennifer Jessica Joe John Joseph Julia Karen Kate Kevin Larry Laura Linda Lisa Margaret Maria Mark
Martin Mary Matthew Michael Nancy Nick Oliver Patrick Paul Peter Philip Rachel Richard Robert Roger Ronald Samuel Sandra
Sarah Scott Sean Sophie Stephen Steve Susan Thomas Tom Tony Victor Walter William
"""
# And whatever ends so, Асылбек, Гүлжан, but for verbs that open many a sentence before a surname: задержан, поддержан.
_GIVEN_IN_PART, _VERBS_IN_PART = ("bek", "bai", "gul", "Jan", "din"), "derJan"
# Men's given names that end as women's do.
_MEN_IN_A = """
Никита Илья Лука Кузьма Савва Данила Фома Миша Саша Женя Валера Гриша Паша Лёша Алёша Серёжа Муса Иса Мустафа
Усама Хамза Яхья Закария Мирза Абдулла
"""

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


@lru_cache(1)
def _given_names() -> frozenset[str]:
    return frozenset(map(skeleton, _GIVEN_NAMES.split()))


MEN_IN_A = frozenset(map(skeleton, _MEN_IN_A.split()))

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
def is_given_name(sounds: str) -> bool:
    """Whether somebody may be called so, given how it sounds, as it stands or less a vowel that an ending put there.

    >>> is_given_name(skeleton("Марата")), is_given_name(skeleton("Асылбек")), is_given_name(skeleton("Задержали"))
    (True, True, False)
    """
    in_part = len(sounds) > 5 and sounds.endswith(_GIVEN_IN_PART) and not sounds.endswith(_VERBS_IN_PART)
    return in_part or sounds in MEN_IN_A or is_common_given_name(sounds) or is_common_given_name(sounds[:-1])


def is_common_given_name(sounds: str) -> bool:
    return sounds in _given_names()


@lru_cache(1 << 14)
def is_type_word(word: str) -> bool:
    """Whether a word, in any ending, says what kind of body a name belongs to."""
    return _in_any_ending(skeleton(word), _type_words())


def _in_any_ending(sounds: str, listed: frozenset[str]) -> bool:
    shortest = max(4, len(sounds) - _LONGEST_ENDING_OF_A_TITLE)
    return sounds in listed or any(sounds[:n] in listed for n in range(shortest, len(sounds)))


# ---- for the linter -------------------------------------------------------------------------------------------------

# Ordinary words of news, in their plain form, that are also names of outlets, parties and bodies, or easily taken for
# one. Short on purpose: the linter says that it knows no others.
_ORDINARY = """
the new news today now next daily weekly morning evening time times voice world people public free freedom press media
live online radio report reporter post mail star sun mirror guardian independent observer herald tribune justice law
rights human house home life union party centre center fund group committee court security police state government
country city street youth women children future hope light bridge way line point view look open first one
january february march april may june july august september october november december monday friday sunday
новый новая новое новости сегодня сейчас вечер утро день неделя время голос мир народ общество свобода пресса медиа
слово правда факт факты дело закон право права суд власть страна город улица дом жизнь союз партия центр фонд группа
комитет безопасность полиция государство правительство человек люди женщина дети молодежь будущее надежда свет мост
путь линия точка взгляд открытый первый один мнение вопрос ответ помощь защита развитие апрель январь февраль март
май июнь июль август сентябрь октябрь ноябрь декабрь понедельник пятница воскресенье поликлиника больница школа
жаңы жаңылык жаңылыктар бүгүн азыр кеч таң күн жума убакыт заман үн дүйнө эл коом эркиндик басма сөз чындык факт иш
мыйзам укук сот бийлик өлкө шаар көчө үй жашоо турмуш биримдик партия борбор фонд топ комитет коопсуздук милиция
мамлекет өкмөт адам кыз аял балдар жаштар келечек үмүт жарык көпүрө жол чекит көз ачык биринчи бир пикир суроо жооп
жардам коргоо өнүгүү мекен ата журт ынтымак азаттык окуу мектеп оорукана жер суу тоо ак кара бакыт
"""

# The given names and surnames that are borne most often where this service is used and in English news; a name of one
# of each is many people's. From general knowledge, not from counts.
_COMMON_GIVEN_NAMES = """
Aleksandr Aleksei Andrei Sergei Dmitri Vladimir Mikhail Nikolai Ivan Igor Oleg Viktor Yuri Pavel Maksim Denis Artem
Elena Olga Natalia Tatiana Irina Svetlana Anna Maria Ekaterina Liudmila Galina Anastasia
Azamat Bakyt Nurlan Ulan Ruslan Aibek Almaz Marat Talant Ermek Maksat Kanat Nurbek Bolot Emil Timur Daniyar
Aigul Gulnara Jyldyz Ainura Nurgul Asel Aida Cholpon Elmira Aizada Nazgul Begimai Gulzat
John James Robert Michael William David Richard Thomas Charles Daniel Mary Patricia Jennifer Linda Elizabeth Sarah
"""
_COMMON_SURNAMES = """
Ivanov Smirnov Kuznetsov Popov Vasiliev Petrov Sokolov Mikhailov Novikov Fedorov Morozov Volkov Alekseev Lebedev
Semenov Egorov Pavlov Kozlov Kim Li Pak Asanov Usenov Mamytov Abdyldaev Toktogulov Isakov Sydykov Osmonov Jumabaev
Kadyrov Mamatov Turdubaev Sultanov Smith Johnson Williams Brown Jones Davis Miller Wilson Lee
"""


@lru_cache(1 << 14)
def is_ordinary(word: str) -> bool:
    """Whether a word is on the short list of ordinary words; "no" says nothing of words that are not on it.

    >>> is_ordinary("April"), is_ordinary("Апрель"), is_ordinary("Kloop")
    (True, True, False)
    """
    return skeleton(word) in _ordinary()


@lru_cache(1)
def _ordinary() -> frozenset[str]:
    return frozenset(map(skeleton, _ORDINARY.split())) | _type_words()


def is_many_peoples(given: Iterable[str], surname: str) -> bool:
    """Whether a given name (its spellings) and a surname, as sounds, are both very common, or one is made of the other.

    >>> is_many_peoples(["elena"], "ivanova"), is_many_peoples(["talant"], "talantov"), is_many_peoples(["ulan"], "bu")
    (True, True, False)
    """
    names, family = _common(_COMMON_GIVEN_NAMES).intersection(given), surname.removesuffix("a")
    made = {name.rstrip("aeiou") + ending for name in names for ending in ("ov", "ev", "in")}
    return bool(names) and (family in made or family in _common(_COMMON_SURNAMES))


@lru_cache(2)
def _common(names: str) -> frozenset[str]:
    return frozenset(map(skeleton, names.split()))
