"""A week of news with the list that ships: a day's digest holds what is true, and can be read over a cup of tea."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from kit.app import App
from kit.store import NOW, article, backlog, item, watch
from monitor.cluster.fingerprint import fingerprint
from monitor.config import load_settings
from monitor.config.watchlist import parse_watchlist
from monitor.demo.content import load_outlets
from monitor.ingest.filing import file_article
from monitor.match import compile_watchlist, find_mentions, hits
from monitor.model import Document, Outcome, Result
from monitor.store import Store, open_store

ENTITIES = parse_watchlist((Path(__file__).parents[2] / "watchlist.yaml").read_text(encoding="utf-8"), "watchlist.yaml")
LIST = compile_watchlist(ENTITIES)
AT_MOST = 20  # stories in a day's digest


@dataclass(frozen=True)
class Piece:
    """An article: of a true story, or (0) of none."""

    story: int
    outlet: str
    title: str
    text: str
    language: str = "ru"


TOWNS = ("Нарын", "Талас", "Баткен", "Каракол", "Токмок", "Узген", "Кант")
SUBJECTS = ("автобусов", "котельной", "приёма в школы", "моста", "полива", "рынка", "аптек")


def agency(day: int) -> Iterator[Piece]:
    """Yield articles that name a listed body, or nearly a person, and are no news of the press."""
    town, nearby = TOWNS[day], TOWNS[day - 1]
    for n, case in enumerate(("контрабанду сигарет", "партию топлива", "скот без документов", "поддельные справки")):
        yield Piece(
            0, "24.kg", f"ГКНБ пресёк {case}, {town}", f"Сотрудники ГКНБ задержали {case}: {n + 3} машины, {town}."
        )
        text = f"УКМКнын кызматкерлери {town} аймагында {n + 5} адамды кармашты. Иш сотко өткөрүлдү."
        yield Piece(0, "24.kg", f"УКМК: {town}, {n + 5} адам кармалды", text, "ky")
    yield Piece(
        0, "Sport", f"{nearby}: итоги турнира", f"Первым стал Марат Эркебаев, вторым — Данияр Дуулатов, {day} мая."
    )
    yield Piece(
        0, "Sport", f"{town}: шахматы", f"Победил Нурлан Сыдыгалиев из города {town}, партия длилась {day + 2} часа."
    )
    yield Piece(0, "Дом", f"Как вывести клопа, часть {day}", f"Клоп живёт в мебели. Совет {day}: клопов боятся холода.")
    yield Piece(0, "Post", f"Aleksandrov Street closed, day {day}", "Aleksandrov Street is closed for repairs.", "en")
    for n in range(6):  # an outlet that names itself
        text = f"Kloop узнал, что с {SUBJECTS[n]} в городе {town} всё хорошо. Фото: Kloop."
        yield Piece(0, "Kloop", f"{town}: всё о ремонте {SUBJECTS[n]}", text)


PEOPLE = (  # of each day, told by two outlets
    "В библиотеке открыли выставку писем. Среди адресатов — Жоомарт Дуулатов, письма читают вслух по вечерам.",
    "Правозащитники напомнили о заявлении Amnesty International; в нём названа Айдай Эркебаева, журналистка.",
    "Стипендию для молодых операторов назвали в честь коллег. О Жоомарте Дуулатове говорили его однокурсники.",
    "Адвокаты обсудили, как идут апелляции. Дело, где проходит Эркебаева Айдай, вернут после каникул.",
    "На книжной ярмарке раскупили сборник репортажей; два очерка написал Дуулатов Жоомарт, один — студенты.",
    "Союз журналистов собрал подписи под обращением об Айдай Эркебаевой. Ящик стоит у входа в сквер.",
    "Вечер памяти фотографа прошёл без речей. Снимки принёс Жоомарт Дуулатов, играл камерный оркестр.",
)
LECTURES = (
    "Students in the capital heard a lecture on maps and databases; most slides came from Kloop and its school.",
    "An award for reporting on air quality went to Kloop, whose sensors hang on balconies all over the city.",
    "A court adjourned the complaint that Kloop brought against a ministry about closed procurement lists.",
    "Librarians now archive local sites. The first they copied is Kloop, eleven years of it on four disks.",
    "A theatre staged interviews that Kloop printed about migrants; the hall was full and nobody left early.",
    "Researchers counted bylines by women in the region. In their table Kloop comes second, ahead of two agencies.",
    "The owner of a printing house says that Kloop ordered calendars, and that no inspector has called since.",
)
BODIES = (
    "УКМКнын өкүлү журналисттер менен жолугуп, архивдер качан ачыларын айтты.",
    "Журналист документ сурап кайрылганына ГКНБ жооп берди: папка табылган жок.",
    "ЖМК өкүлдөрү УКМКнын имаратына киргизилбей, эшик алдында үч саат күтүштү.",
    "УКМК кабарчы журналисттин телефонун кайтарды, экраны сынган бойдон.",
    "Депутат ГКНБдан журналисттердин тизмеси тууралуу эсеп сурады, жыйын кечке созулду.",
    "УКМКнын мурдагы кызматкери китеп жазды, аны журналисттер биринчи окушту.",
    "Журналисттер УКМКга ачык кат жолдоду, ага жүздөн ашык адам кол койгон.",
)


def true(day: int) -> Iterator[Piece]:
    """Three stories: of a person, twice told, of an outlet, twice told, of a body beside a press word."""
    yield Piece(1, "Вестник", PEOPLE[day].partition(".")[0], PEOPLE[day])
    yield Piece(1, "Утро", PEOPLE[day].partition(".")[0], PEOPLE[day])
    yield Piece(2, "Post", LECTURES[day].partition(",")[0], LECTURES[day], "en")
    yield Piece(2, "Herald", LECTURES[day].partition(",")[0], LECTURES[day], "en")
    yield Piece(3, "24.kg", BODIES[day].partition(",")[0], BODIES[day], "ky")


def plain() -> Iterator[Piece]:
    for outlet in load_outlets():
        yield from (Piece(0, outlet.name, p.title, "\n\n".join(p.paragraphs), outlet.language) for p in outlet.pieces)


def read(store: Store, piece: Piece, morning: datetime, number: int) -> dict[int, int]:
    """As the line takes an article in; its number, and that of its story."""
    at = morning + timedelta(minutes=number % 600)
    mentions = find_mentions(piece.text, LIST, piece.title)
    document = Document("", piece.text, piece.title, piece.language)
    (entry,) = backlog(store, item(number, title=piece.title), now=at)
    fields = {
        "title": piece.title,
        "outlet": piece.outlet,
        "language": piece.language,
        "published": at,
        "first_seen": at,
    }
    page, named = article(f"news.example/{number}", piece.text, **fields), hits(document, mentions, LIST, piece.outlet)
    end = Outcome.QUEUED if named else Outcome.NO_MATCH
    result = Result(entry, at, end, article=page, hits=named, fingerprint=fingerprint(piece.title, piece.text))
    stored = store.entries.save_result(result).article
    assert stored is not None
    for waiting in store.stories.awaiting_filing():
        file_article(waiting, stories=store.stories, now=at)
    return {stored.id: piece.story}


@pytest.mark.soak
def test_a_day_has_all_that_is_true_and_no_more_than_people_read(sqlite_with_tables: Path, tmp_path: Path):
    store = open_store(f"sqlite:///{shutil.copy(sqlite_with_tables, tmp_path / 'monitor.db')}")
    watch(store, *ENTITIES)
    app, numbers = App(load_settings(tmp_path, {}, tmp_path), store), count(1)
    for day in range(7):
        morning, stories = NOW + timedelta(days=day), dict[int, int]()
        for piece in (*true(day), *agency(day), *plain()) if not day else (*true(day), *agency(day)):
            stories |= read(store, piece, morning, next(numbers))
        app.clock = lambda now=morning + timedelta(hours=23): now
        digest = app.digest()
        assert len(digest.listed_stories) <= AT_MOST
        assert sorted([stories[a.id] for a in story.arrived_articles] for story in digest.new) == [[1, 1], [2, 2], [3]]
    store.close()
