"""Texts of one raid and of other cases, and what filing makes of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from monitor.cluster.fingerprint import fingerprint
from monitor.cluster.placement import place
from monitor.cluster.policy import ClusterPolicy
from monitor.model import ArticleText, Candidate, Fingerprint, Placement

NOON = datetime(2025, 6, 2, 12, tzinfo=UTC)
SIX = frozenset({"dzholdoshev", "tashmatova", "orozaliev", "isakbekova", "vereshchagin", "satkynova"})
RAID_EN = """Officers of the Order Bureau (OBK) searched the homes of six former staff of the studio Ak-Shumkar in \
Karakol on Monday morning, its lawyer Ilyas Bektemirov said. Cameraman Marat Dzholdoshev and the reporters Nurgul \
Tashmatova and Beksultan Orozaliev were taken away at 6.40. Editors Cholpon Isakbekova and Stepan Vereshchagin \
followed an hour later, and the producer Damira Satkynova was questioned as a witness.
The case number is 03-418. Officers took 27 computers. The Order Bureau did not answer questions. According to the \
lawyer, none of them has been charged so far, and nobody was allowed to see them before the evening."""
RAID_RU = """Сотрудники Бюро порядка (ОБК) в понедельник утром пришли с обысками к шестерым бывшим сотрудникам студии \
«Ак-Шумкар» в Караколе, рассказал адвокат Ильяс Бектемиров. Оператора Марата Джолдошева, журналистов Нургуль \
Ташматову и Бексултана Орозалиева увезли в 6:40. Через час задержали редакторов Чолпон Исакбекову и Степана \
Верещагина, а продюсера Дамиру Саткынову допросили как свидетеля.
Номер дела — 03-418. Изъято 27 компьютеров. В Бюро порядка на вопросы не ответили. По словам адвоката, обвинения \
никому пока не предъявлены, а увидеться с ними до вечера никому не дали."""
RAID_KY = """Тартип бюросунун (ОБК) кызматкерлери дүйшөмбү күнү эртең менен Каракол шаарында «Ак-Шумкар» студиясынын \
алты мурдагы кызматкеринин үйүн тинтти, деди адвокат Илияс Бектемиров. Оператор Марат Жолдошев, журналисттер Нургүл \
Ташматова жана Бексултан Орозалиев саат 6:40та алынып кетти. Бир сааттан кийин редакторлор Чолпон Исакбекова менен \
Степан Верещагин кармалды, ал эми продюсер Дамира Саткынова күбө катары суракка алынды.
Иштин номери 03-418. Тинтүүдө 27 компьютер алынды. Бюро суроолорго жооп берген жок. Адвокаттын айтымында, азырынча \
эч кимге айып тагыла элек жана кечке чейин аларга эч кимди киргизишкен эмес."""
FOLLOW_UP = """A court in Karakol ordered two months of arrest for Marat Dzholdoshev and Nurgul Tashmatova on Tuesday. \
Judge Almaz Toktorov heard the request behind closed doors and left without speaking to the twenty people who had \
been waiting on the stairs since dawn. Relatives shouted that the ruling had been written beforehand. The defence \
will appeal within five days; it calls the charge, an attempt to spread panic, absurd and unheard of in the town.
Officers of the Order Bureau (OBK) searched the homes of six former staff of the studio Ak-Shumkar in Karakol on \
Monday morning, its lawyer Ilyas Bektemirov said. Cameraman Marat Dzholdoshev and the reporters Nurgul Tashmatova and \
Beksultan Orozaliev were taken away at 6.40.
The case number is 03-418. Officers took 27 computers. The Order Bureau did not answer questions. According to the \
lawyer, none of them has been charged so far, and nobody was allowed to see them before the evening."""
OTHER_CASE = """The Order Bureau (OBK) says it has stopped a group that carried fuel across the border at Kyzyl-Too. \
Spokeswoman Lira Mambetalieva named the suspected leader as Kanat Usubaliev, a trader from Tokmok. His brother Ermek \
is wanted. Inspectors found 340 canisters in 12 lorries, and a ledger that leads, they believe, to the customs house. \
The trial is expected in the autumn; the Order Bureau has asked the neighbours for help."""


_TEXTS: dict[Fingerprint, ArticleText] = {}


def placed(article: Candidate, filed: Sequence[Candidate], policy: ClusterPolicy = ClusterPolicy()) -> Placement:
    """Return the place of an article of `told` among others, whose texts are known."""
    return place(article, filed, {one.id: _TEXTS[one.fingerprint] for one in (article, *filed)}, policy)


def candidate(
    number: int,
    text: str,
    title: str = "",
    *,
    hours: float = 0,
    people: frozenset[str] = frozenset(),
    bodies: frozenset[str] = frozenset(),
    **changes: object,
) -> Candidate:
    _TEXTS[fingerprint(title, text)] = ArticleText(title, text)
    plain = Candidate(
        number, f"outlet-{number}", "", NOON + timedelta(hours=hours), fingerprint(title, text), people | bodies, people
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def cut(text: str) -> str:
    return text.partition("\n")[0]


RATES = """Нацбанк установил курсы валют на {day}. Доллар стоит {a} сома, евро {b} сома, рубль {c} сома, тенге {d} сома. По \
сравнению с прошлой неделей доллар подорожал, рубль подешевел, тенге почти не изменился. Курсы на выходные не \
меняются и действуют до вторника, сообщает пресс-служба. В обменных бюро города цены могут отличаться."""
CONTEST = """Голосование в нашем конкурсе снимков «{what}» началось! Его спонсор — {who}. Отдать голос за понравившийся снимок \
можно до конца месяца на странице конкурса, для этого нужно войти на сайт и нажать на звёздочку. Победителей мы \
назовём в первый день следующего месяца, им достанутся призы и дипломы от редакции газеты."""
COUNTS = """За сутки зарегистрировано {a} больных: в городе Караташ {b}, в Тууракуле {c}, в Сарыкоо {d}, в Мискене {e}. Выписаны \
домой после лечения {f} пациентов. Всего с начала вспышки болезнь подтвердилась у жителей всех четырёх районов, \
больницы работают в обычном режиме, коек хватает, врачи просят мыть руки и носить маски."""
TEMPLATES = {
    "numbers": (RATES.format(day=11, a="87,15", b="98,42", c="1,09", d="0,17"),
                RATES.format(day=18, a="86,53", b="99,70", c="1,13", d="0,16")),
    "counts": (COUNTS.format(a=148, b=61, c=34, d=29, e=24, f=77), COUNTS.format(a=162, b=58, c=47, d=31, e=26, f=90)),
    "names": (CONTEST.format(what="Горы Туюк-Суу", who="чайхана Бахор"),
              CONTEST.format(what="Дети Эчкили", who="магазин Жаркын")),
}  # fmt: skip
