"""A world in which everything happens that can: what outlets publish at each stage, and what people do before it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from kit.app import App
from kit.articles import COURT, COURT_COPY, DOCTOR, WEATHER
from kit.home import WATCHLIST, furnish
from kit.outlets import Outlet, Piece, Web
from kit.smtp_server import Mailbox
from monitor.model import ReviewItem, State, Verdict

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
EVENING = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)  # 20:00 in Bishkek; the digest is due at 02:00 UTC
READERS = ("anna@ngo.example", "bek@ngo.example")
NOBODY = "nobody@ngo.example"  # the mail server knows no such user
LONGER = WATCHLIST.replace("entities:", "entities:\n  - id: gulnara\n    name: Gulnara Osmonalieva")

RUSSIAN = """Суд в Оше оставил журналиста Мелиса Токоева под стражей ещё на два месяца, сообщил его адвокат во вторник.
Заседание было закрытым, и в зал пустили только двух родственников, которые ждали у входа с самого утра.
Защита напомнила судье о болезни подсудимого и о четырёх детях, но прокурор просил оставить меру без изменений."""
SCHOOL = """A new school for six hundred children opened in the south of the city, with a library and two workshops.
Parents had waited for it for eleven years, while classes were held in three shifts in the old building by the canal.
The mayor thanked the builders, and promised that the road to the gate will be paved before the autumn rains."""
EDITOR = """The editor Gulnara Osmonalieva was called to the police for the second time this month, her paper reported.
She was asked about an article on the price of coal, and let go after four hours without being told what comes next.
Her colleagues waited in the yard, and read the questions out to readers in a broadcast of twenty minutes that night."""
FINE = """The district court fined photographer Cholpon Arzyeva for taking part in a gathering beside the fountain.
She says that she was at work there with a press card around her neck, and that she will appeal within ten days.
Two witnesses of the police contradicted each other about the hour, yet the judge left the protocol as it was."""
CANTEEN = (
    "The Committee for Public Security opened a new canteen in its building, the press office of the town said.\n"
    "Lunch costs ninety soms there, and retired people of the quarter are fed for half of that on three days a week.\n"
    "The cooks were hired from the closed factory across the river, where four hundred people used to eat every noon."
)


@dataclass(frozen=True)
class Stage:
    """The time of a run, and the changes of the world since the last one."""

    after: timedelta
    watchlist: str = WATCHLIST
    is_upgraded: bool = False  # by a program whose table of romanisations is another one


STAGES = (
    Stage(0 * HOUR),
    Stage(2 * HOUR),  # a page that was not there is; two stories were judged
    Stage(12 * HOUR + 5 * MINUTE),  # the first digest is due; a feed that was not there is
    Stage(20 * HOUR, LONGER, is_upgraded=True),  # somebody new is watched; an article got another headline
    Stage(36 * HOUR + 5 * MINUTE, LONGER),  # the second digest; what was put off comes back
    Stage(93 * 24 * HOUR, LONGER),  # the clock runs ahead: the third digest
    Stage(95 * 24 * HOUR, LONGER),  # it has done so for days: texts that name nobody are old
    Stage(60 * HOUR + 5 * MINUTE, LONGER),  # it was set right
)


class World(Web):
    """Four outlets and a mail server; which day it is there, and whether a page keeps its reader waiting."""

    def __init__(self, now: datetime = EVENING) -> None:
        outlets = (Outlet("post", "en"), Outlet("herald", "en"), Outlet("wire", "ru"), Outlet("azat", "ru"))
        super().__init__(*outlets, now=now)
        self.mailbox = Mailbox(refused={NOBODY})
        self.server.handle_error = lambda *_: None  # type: ignore[method-assign]  # readers die here
        self.move_to(0)

    def __enter__(self) -> World:
        self.mailbox.__enter__()
        super().__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self.let_go()
        super().__exit__(*error)
        self.mailbox.__exit__(*error)

    def time(self, stage: int) -> datetime:
        return self.now + STAGES[stage].after

    def home(self, folder: Path, *settings: str) -> Path:
        """Return a home in this world, from which the digest is mailed."""
        furnish(folder, self)
        # A schedule that learns would read some again in the run that heals, ten minutes later.
        feeds = (folder / "feeds.yaml").read_text("utf-8")
        (folder / "feeds.yaml").write_text(re.sub(r"(\n *)(outlet: )", r"\1interval: 30m\1\2", feeds), "utf-8")
        lines = (f"MONITOR_SMTP_URL={self.mailbox.url}", f"MONITOR_DIGEST_TO={','.join((*READERS, NOBODY))}", *settings)
        with (folder / "monitor.env").open("a") as file:
            file.write("\n".join(lines) + "\n")
        return folder

    def move_to(self, stage: int) -> None:
        ages = {0: 0, 1: -1, 2: -3, 3: -19, 4: -35}  # hours: what is new at a stage is from shortly before

        def new(at: int, path: str, title: str, text: str, minutes: int = 0, **fields: Any) -> tuple[int, Piece]:
            fields.setdefault("age", ages[at] * HOUR + minutes * MINUTE)
            return at, Piece(path, title, text, **fields)

        headline = "Court extends arrest" if stage < 3 else "Court extends arrest of a journalist"
        hearing = {"text": DOCTOR + "\nCholpon Arzyeva was held at the door."}
        late = hearing if stage >= 1 else {"status": 503, "text": ""}
        appeal = FINE + "\nThe appeal of Melis Tokoev is heard on Friday."
        # Only its page says so.
        fine = FINE if stage < 2 else FINE.replace("photographer Cholpon Arzyeva", "a photographer")
        pieces = {
            "post": (
                new(0, "court", headline, COURT, 180),
                new(0, "snow", "Snow on Thursday", WEATHER, 241),
                new(0, "late", "A visit was refused", minutes=71, summary="Melis Tokoev may see no doctor.", **late),
                new(0, "gone", "A fine", "", 102, status=404, summary="Cholpon Arzyeva was fined, her lawyer says."),
                new(0, "nothing", "A page that is gone", "", 111, status=404),
                new(0, "none", "In custody", "", 93, link="", summary="Melis Tokoev stays in custody until spring."),
                new(0, "ancient", "An old court report", COURT, age=timedelta(days=30)),
                new(0, "canteen", "A new canteen", CANTEEN, 303),
                new(0, "teaser", "Schools", SCHOOL + "\nRead also: Court extends arrest of Melis Tokoev", 207),
                new(2, "appeal", "An appeal", appeal, 7, status=404 if stage > 2 else 200),  # gone on the second look
                new(4, "evening", "An evening", SCHOOL + "\nCholpon Arzyeva read from her book.", 11),
            ),
            "herald": (
                new(0, "arrest", "Arrest extended", COURT_COPY, 121),
                new(0, "editor", "An editor is questioned", EDITOR, 133),
                new(0, "fine", "A fine for a photographer", fine, age=timedelta(days=2)),
                new(0, "thaw", "Thaw", WEATHER.replace("Snow", "Rain").replace("Thursday", "Monday"), 251),
                new(2, "doctor", "Tokoev refused a doctor", COURT.split("\n")[0] + "\n" + DOCTOR, 3),
                new(3, "again", "The editor again", EDITOR.replace("second", "third") + "\n" + SCHOOL, 5),
            ),
            "wire": (
                new(0, "sud", "Суд продлил арест", RUSSIAN, 151),
                new(0, "school", "A school", SCHOOL, 222),
                new(2, "same", "Court extends arrest", COURT, 1, link=f"{self.base}/post/court?utm_source=wire"),
                new(4, "copy", "An evening with a book", SCHOOL + "\nCholpon Arzyeva read from her book today.", 2),
            ),
            "azat": (
                new(0, "kob", "КОБ", RUSSIAN + "\nДело ведёт Комитет общественной безопасности.", 141),
                new(0, "rain", "Rain", WEATHER.replace("Snow", "Rain"), 260),
                new(3, "coal", "Coal", SCHOOL.replace("school", "mine"), 1),
            ),
        }
        for name, listed_pieces in pieces.items():
            self.outlets[name].pieces = [piece for at, piece in listed_pieces if at <= stage]
        self.outlets["azat"].status = 503 if stage < 2 else 200


def people(app: App, stage: int) -> None:
    """Do what reviewers do before the run of a stage, except steps that were done before a crash."""
    if stage == 1:
        _judge(app, "In custody", Verdict.RELEVANT)
        _judge(app, "A visit was refused", Verdict.NOT_RELEVANT)
        _judge(app, "Arrest extended", Verdict.RELEVANT)
    if stage == 2:
        app.store.entries.retry()
        item = _item_about(app, "Arrest extended")
        if not any(decision.undoes for decision in item.history):
            app.undo(by="aida", item=item.id)
        _judge(app, "Суд продлил арест", Verdict.LATER, until=EVENING + 30 * HOUR)


def _item_about(app: App, headline: str) -> ReviewItem:
    return next(i for i in app.queue(tuple(State)) if headline in [article.headline for article in i.articles])


def _judge(app: App, headline: str, verdict: Verdict, **options: Any) -> None:
    item = _item_about(app, headline)
    if not item.history:
        app.decide(item.id, verdict, by="aida", note="seen", **options)
