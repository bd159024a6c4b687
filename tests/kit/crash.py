"""A world in which everything happens that can, days lived in it over and over, and children that die in the midst.

Run as a program this is a nursery: it imports everything once, compiles every statement once, and forks a child for each
order it reads, so that a child costs little and shares no thread and no database with anyone.
"""

from __future__ import annotations

import gc
import json
import logging
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy import select as ask

from kit.articles import COURT, COURT_COPY, DOCTOR, WEATHER
from kit.databases import share_compiled_statements
from kit.direct_sandbox import DirectSandbox
from kit.home import WATCHLIST, Clock, furnish
from kit.outlets import Outlet, Piece, Web
from kit.smtp_server import Mailbox, Received
from monitor import failpoints
from monitor.app import App, ClockWentBack
from monitor.config import load_settings
from monitor.errors import MonitorError, StoreError
from monitor.model import ReviewItem, State, Verdict
from monitor.store import Store, open_store
from monitor.store.tables import Row

DIED = 9  # the exit code of a child that died at a point
KILLED = -signal.SIGPROF  # the status of a child that `kill_after` killed
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


# ---- the world ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Stage:
    """What a run finds: when it is, and what became of the world since the last."""

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
        self._held, self._reached, self._free = "", threading.Event(), threading.Event()
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

    def answer(self, path: str) -> tuple[int, str, bytes]:
        if self._held and path == self._held:
            self._reached.set()
            self._free.wait()
        return super().answer(path)

    def hold(self, path: str) -> None:
        """From now on whoever asks for this path gets no answer."""
        self._reached.clear()
        self._free.clear()
        self._held = path

    def wait_until_reached(self) -> None:
        assert self._reached.wait(300), f"nobody asked for {self._held}"

    def let_go(self) -> None:
        self._held = ""
        self._free.set()

    def time(self, stage: int) -> datetime:
        return self.now + STAGES[stage].after

    def home(self, folder: Path, *more: str) -> Path:
        """A home in this world, from which the digest is mailed."""
        furnish(folder, self)
        lines = (f"MONITOR_SMTP_URL={self.mailbox.url}", f"MONITOR_DIGEST_TO={','.join((*READERS, NOBODY))}", *more)
        with (folder / "monitor.env").open("a") as file:
            file.write("\n".join(lines) + "\n")
        return folder

    def move_to(self, stage: int) -> None:
        ages = {0: 0, 1: -1, 2: -3, 3: -19, 4: -35}  # hours: what is new at a stage is from shortly before

        def new(at: int, path: str, title: str, text: str, minutes: int = 0, **more: Any) -> tuple[int, Piece]:
            more.setdefault("age", ages[at] * HOUR + minutes * MINUTE)
            return at, Piece(path, title, text, **more)

        headline = "Court extends arrest" if stage < 3 else "Court extends arrest of a journalist"
        late = (
            {"status": 503, "text": ""} if stage < 1 else {"text": DOCTOR + "\nCholpon Arzyeva was held at the door."}
        )
        appeal = FINE + "\nThe appeal of Melis Tokoev is heard on Friday."
        fine = (
            FINE if stage < 2 else FINE.replace("photographer Cholpon Arzyeva", "a photographer")
        )  # only its page says so
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
        for name, given in pieces.items():
            self.outlets[name].pieces = [piece for at, piece in given if at <= stage]
        self.outlets["azat"].status = 503 if stage < 2 else 200


def people(app: App, stage: int) -> None:
    """What reviewers do before the run of a stage. Whoever did it already, and was cut off, sees so and does not."""
    if stage == 1:
        _judge(app, "In custody", Verdict.RELEVANT)
        _judge(app, "A visit was refused", Verdict.NOT_RELEVANT)
        _judge(app, "Arrest extended", Verdict.RELEVANT)
    if stage == 2:
        app.store.entries.retry()
        item = _about(app, "Arrest extended")
        if not any(decision.undoes for decision in item.history):
            app.undo(by="aida", item=item.id)
        _judge(app, "Суд продлил арест", Verdict.LATER, until=EVENING + 30 * HOUR)


def _about(app: App, headline: str) -> ReviewItem:
    return next(i for i in app.queue(tuple(State)) if headline in [article.headline for article in i.articles])


def _judge(app: App, headline: str, verdict: Verdict, **more: Any) -> None:
    item = _about(app, headline)
    if not item.history:
        app.decide(item.id, verdict, by="aida", note="seen", **more)


# ---- what a database comes to ---------------------------------------------------------------------------------------

Picture = Mapping[str, Sequence[Any]]


def picture(store: Store) -> Picture:
    """All that a database holds, by natural keys: without times, row numbers, counts of tries and what runs did."""
    with store.database.reading() as connection:
        rows = {name: connection.execute(ask(table)).all() for name, table in Row.metadata.tables.items()}
    feed = {row.number: row.id for row in rows["feed"]}
    entity = {row.number: row.id for row in rows["entity"]}
    entry = {row.id: f"entry of {feed[row.feed]}: {row.key}" for row in rows["entry"]}
    article = {row.id: _natural(row.key, entry) for row in rows["article"]}
    hit = {row.id: (article[row.article], entity[row.entity]) for row in rows["hit"]}
    told = {
        row.id: min(article[a.article] for a in rows["story_article"] if a.story == row.id) for row in rows["story"]
    }
    item = {row.id: told[row.story] for row in rows["review_item"]}
    order = {row.id: f"decision {n} on {item[row.item]}" for n, row in enumerate(rows["decision"])}

    def text(at: datetime | None) -> str | None:
        return at and at.isoformat()

    return {
        "feeds": sorted(
            (r.id, r.status, r.detail, json.loads(r.memory).get("validators"), r.visits, r.failures, r.listed, r.title)
            for r in rows["feed"]
        ),
        "entries": sorted(
            (entry[r.id], r.outcome, r.detail, r.title, r.older, article.get(r.article, "")) for r in rows["entry"]
        ),
        "claims left": sorted(
            str(r) for name in ("feed", "entry", "revisit", "delivery") for r in rows[name] if r.claimed_until
        ),
        "articles": sorted(
            (
                article[r.id],
                r.outlet,
                r.country,
                r.version,
                r.older,
                r.gone_why,
                r.romanisation,
                *(sorted(s) for s in (r.sketch, r.names, r.numbers)),
            )
            for r in rows["article"]
        ),
        "versions": sorted(
            (
                *(article[r.article], r.version, r.url, r.title, r.text, r.text_from, r.language, r.authors),
                *(r.published_source, text(r.published), r.fetched is not None, r.zones, r.sha256),
                *(r.heading, r.body_sha256, r.still is not None, r.dropped is not None),
            )
            for r in rows["article_version"]
        ),
        "bodies": sorted((r.sha256, r.body) for r in rows["raw_body"]),
        "revisits": sorted(
            (article[r.article], entry[r.entry], r.etag, r.missing is not None) for r in rows["revisit"]
        ),
        "findings": sorted(
            (article[r.article], r.version, r.kind, entity.get(r.entity, ""), r.before, r.after)
            for r in rows["finding"]
        ),
        "hits": sorted((*hit[r.id], r.version, r.confidence, r.alerts, r.why, r.filed) for r in rows["hit"]),
        "mentions": sorted(
            (*hit[r.hit], r.version, r.field, r.start, r.end, r.alias, r.text, r.confidence, round(r.score, 3), r.why)
            for r in rows["mention"]
        ),
        "stories": sorted(
            (
                *(told[r.story], article[r.article], article.get(r.copy_of, ""), r.rule, round(r.score, 3), r.why),
                *(r.version, r.changed is not None),
            )
            for r in rows["story_article"]
        ),
        "items": sorted(
            (item[r.id], r.version, r.state, r.verdict or "", text(r.until) or "", r.reopened)
            for r in rows["review_item"]
        ),
        "decisions": sorted(
            (
                *(order[r.id], r.version, r.by, r.verdict or "", entity.get(r.entity, ""), r.reason or "", r.note),
                *(text(r.until) or "", order.get(r.undoes, ""), sorted(entity[n] for n in r.judged)),
            )
            for r in rows["decision"]
        ),
        "watchlist": sorted(
            (r.version, r.source, r.added, r.changed, r.removed, r.to_look_through is None)
            for r in rows["watchlist_version"]
        ),
        "entities": sorted((r.id, r.name, r.removed is not None) for r in rows["entity"]),
        # The first window begins with the first run, and so do the hashes of its Message-IDs.
        "deliveries": sorted(
            (r.channel, r.recipient, r.external_id.partition(".")[0], r.sent is not None, r.refused is not None)
            for r in rows["delivery"]
        ),
    }


def _natural(key: str, entries: Mapping[int, str]) -> str:
    kind, _, number = key.partition(":")
    return entries[int(number)] if kind == "entry" else key


def difference(expected: Picture, found: Picture) -> str:
    """Empty when they are the same; else what is only in the one or only in the other, shortened."""
    lines = []
    for part in expected:
        lost, more = (Counter(map(repr, p[part])) for p in (expected, found))
        lines += [f"{part}: lost  {row[:400]}" for row in (lost - more).elements()]
        lines += [f"{part}: extra {row[:400]}" for row in (more - lost).elements()]
    return "\n".join(lines)


# ---- children -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Answer:
    """What a child had to say before it ended: nothing when it died."""

    status: int  # as `os.waitstatus_to_exitcode` has it
    exit_code: int = 0  # of the MonitorError that ended its run
    error: str = ""
    ran: float = 0.0  # seconds of the processor, without the checks before and after
    points: Sequence[str] = ()
    statements: int = 0
    problems: Sequence[str] = ()
    picture: Picture = field(default_factory=dict)
    wrong: Sequence[str] = ()  # as `Upkeep.check` says, before its run and after it
    bug: str = ""


class Nursery:
    """Forks children that live a stage each; one at a time."""

    def __init__(self) -> None:
        self._program = subprocess.Popen(
            [sys.executable, "-m", "kit.crash"],
            cwd=Path(__file__).parents[1],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )

    def warm_up(self, home: Path, stage: int, now: datetime) -> None:
        """Lives a stage itself, so that its children have all that this takes; the home is spent."""
        self._write({"here": True, "home": str(home), "stage": stage, "now": now.isoformat(), "answer": ""})
        assert self._read() == "ready"

    def __enter__(self) -> Nursery:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._program.stdin is not None and self._program.stdout is not None
        self._program.stdin.close()
        self._program.wait(300)
        self._program.stdout.close()

    def live(self, home: Path, stage: int, now: datetime, **order: Any) -> Answer:
        """A child does what people and cron do at a stage."""
        file = home.with_name(home.name + ".answer")
        file.unlink(missing_ok=True)
        order |= {"home": str(home), "stage": stage, "now": now.isoformat(), "answer": str(file)}
        assert self._program.stdout is not None
        self._write(order)
        status = int(self._read())
        said = json.loads(file.read_text("utf-8")) if file.exists() and status != KILLED else {}
        assert not said.get("bug"), said["bug"]
        return Answer(status, **said)

    def _write(self, order: Mapping[str, Any]) -> None:
        assert self._program.stdin is not None
        self._program.stdin.write(json.dumps(order) + "\n")

    def _read(self) -> str:
        assert self._program.stdout is not None
        line = self._program.stdout.readline().strip()
        assert line, "the nursery died"
        return line


def _nursery() -> None:
    """Spares what no life is about: a kill loses nothing that the kernel has, and what a life leaves as garbage ends."""
    logging.disable()
    share_compiled_statements()
    gc.set_threshold(20_000, 20, 100)
    for line in sys.stdin:
        order = json.loads(line)
        if order.pop("here", False):
            _perform(**order)
            gc.collect()
            gc.freeze()
            print("ready", flush=True)
            continue
        child = os.fork()
        if child == 0:
            os.dup2(2, 1)
            _live(order)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def _live(order: dict[str, Any]) -> None:
    said: dict[str, Any] = {}
    try:
        said = _perform(**order)
    except BaseException:
        said = {"bug": traceback.format_exc()}
    finally:
        Path(order["answer"]).write_text(json.dumps(said, default=str), "utf-8")
        os._exit(0)


def _perform(
    home: str,
    stage: int,
    now: str,
    answer: str,
    die_at: tuple[str, int] = ("", 0),  # the how manieth time that a point of this name is passed
    fail_at: tuple[str, int] = ("", 0),
    full_at: int = 0,
    kill_after: float = 0,  # seconds of the processor, so that a busy machine kills at the same places; 0: never
    copies: str = "",
    look: bool = True,
    judge: bool = True,
    every: bool = False,
    patient: bool = True,  # runs once more when the clock is believed
) -> dict[str, Any]:
    settings = load_settings(Path(home), {}, Path(home))
    store = open_store(settings.database_url)
    clock = Clock(datetime.fromisoformat(now))
    app = App(settings, store, clock, DirectSandbox)
    points: list[str] = []
    said: dict[str, Any] = {"points": points}

    def at_a_point(name: str) -> None:
        points.append(name)
        here = [name, points.count(name)]
        if here == die_at:
            Path(answer).write_text(json.dumps(said), "utf-8")
            os._exit(DIED)
        if here == fail_at:
            raise StoreError("the disk is full", 75)
        if copies and name.endswith("after its commit"):
            _copy_database(Path(home), Path(copies) / f"{len(points):04}")

    wrong = store.upkeep.check() if look else ()
    statements = _fill_the_disk(store, full_at)
    failpoints.arm(at_a_point)
    begun = time.process_time()
    signal.setitimer(signal.ITIMER_PROF, kill_after)  # the kernel then ends the process by SIGPROF, wherever it is
    try:
        if judge:
            people(app, stage)
        try:
            said["problems"] = app.ingest(include_not_due=every).problems
        except ClockWentBack:
            if not patient:
                raise
            clock.now += 61 * MINUTE
            said["problems"] = app.ingest(include_not_due=every).problems
    except MonitorError as error:
        said |= {"exit_code": error.exit_code, "error": str(error)}
    failpoints.arm(None)
    said |= {"statements": statements(), "ran": time.process_time() - begun}
    app.close()
    if look:
        store = open_store(settings.database_url)
        said |= {"picture": picture(store), "wrong": (*wrong, *store.upkeep.check())}
        store.close()
    return said


def _fill_the_disk(store: Store, at: int) -> Callable[[], int]:
    """From the statement of this number on the file cannot grow; 0: never. Returns what counts the statements."""
    done, room = 0, 0

    @event.listens_for(store.database.engine, "before_cursor_execute")
    def count(connection: Any, *_: Any) -> None:
        nonlocal done, room
        done += 1
        raw = connection.connection.driver_connection
        if done == at:
            room = raw.execute("PRAGMA page_count").fetchone()[0]
        if room:
            raw.execute(f"PRAGMA max_page_count={room}")

    return lambda: done


def _copy_database(home: Path, folder: Path) -> None:
    """What a disk holds when the power goes now. Not the -shm, which is memory."""
    folder.mkdir(parents=True)
    for name in ("monitor.db", "monitor.db-wal"):
        if (home / name).exists():
            shutil.copy(home / name, folder)


def outdate_fingerprints(home: Path) -> None:
    """Leave those of filed articles as a program with another table of romanisations made them."""
    filed = "UPDATE article SET romanisation = 1 WHERE id IN (SELECT article FROM story_article)"
    with closing(sqlite3.connect(home / "monitor.db")) as database, database:
        assert database.execute(filed).rowcount > 5


# ---- lives ----------------------------------------------------------------------------------------------------------


class Lane:
    """A world, a nursery, and the days as they go when nothing happens: what every disturbed life is held against."""

    def __init__(self, folder: Path) -> None:
        self.world, self.folder = World(), folder
        self.pictures: list[Picture] = []
        self.mails: list[set[tuple[str, str]]] = []
        self.points: list[Sequence[str]] = []
        self.statements: list[int] = []
        self.seconds: list[float] = []

    def __enter__(self) -> Lane:
        self.world.__enter__()
        return self

    def begin(self) -> None:
        home = self.world.home(self.folder / "undisturbed")
        self.nursery = Nursery()
        for stage in range(len(STAGES)):
            if STAGES[stage].is_upgraded:
                outdate_fingerprints(home)
            shutil.copytree(home, before := self.folder / f"before-{stage}")
            if stage == 0:  # so that not every life makes its tables
                shutil.copy(self.folder.parent / "monitor.db", before)
            self.nursery.warm_up(self.at(stage), stage, self.world.time(stage))
            self.move_to(stage, home)
            answer = self.nursery.live(home, stage, self.world.time(stage))
            assert (answer.status, answer.exit_code, answer.wrong) == (0, 0, []), answer
            self.pictures.append(answer.picture)
            self.points.append(answer.points)
            self.statements.append(answer.statements)
            self.seconds.append(answer.ran)
            self.mails.append({(mail.to, stamp(mail)) for mail in self.world.mailbox.received})

    def __exit__(self, *error: Any) -> None:
        if self.pictures:
            self.nursery.__exit__(*error)
        self.world.__exit__(*error)

    def move_to(self, stage: int, home: Path) -> None:
        self.world.move_to(stage)
        self.world.mailbox.received.clear()
        (home / "watchlist.yaml").write_text(STAGES[stage].watchlist, "utf-8")

    def at(self, stage: int) -> Path:
        """A home as it is before a stage, in a world that is there too."""
        home = self.folder / "disturbed"
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(self.folder / f"before-{stage}", home)
        self.move_to(stage, home)
        return home

    def heals(self, home: Path, stage: int, what: str, *, late: timedelta = 10 * MINUTE, twice: bool = False) -> None:
        """The next run of cron brings all to where it would have been. `twice`: mails may have come twice."""
        if stage == len(STAGES) - 1:
            late += (
                70 * MINUTE
            )  # the clock was not believed for an hour: the run that died may have gone by a later one
        answer = self.nursery.live(home, stage, self.world.time(stage) + late)
        assert (answer.status, answer.exit_code) == (0, 0), f"{what}: the next run ended with {answer}"
        assert not answer.wrong, f"{what}: {answer.wrong}"
        assert not (found := difference(self.pictures[stage], answer.picture)), f"{what}:\n{found}"
        self.mailed(stage, what, twice=twice)

    def mailed(self, stage: int, what: str, *, twice: bool) -> None:
        received = self.world.mailbox.received
        assert {(mail.to, stamp(mail)) for mail in received} == self.mails[stage], f"{what}: other mails came"
        assert twice or len(received) == len(self.mails[stage]), f"{what}: a mail came twice"
        assert len({(mail.to, mail.raw) for mail in received}) == len(self.mails[stage]), f"{what}: it was another mail"

    def goes_on(self, home: Path, stage: int, what: str) -> None:
        """The days after a stage go as they always do."""
        for later in range(stage + 1, len(STAGES)):
            self.move_to(later, home)
            self.heals(home, later, f"{what}; at stage {later}", late=timedelta(0))


def stamp(mail: Received) -> str:
    """The end of the window it tells of."""
    return str(mail.mail["Message-ID"]).strip("<").partition(".")[0]


@contextmanager
def lanes(folder: Path, count: int = 2) -> Iterator[Sequence[Lane]]:
    made = [Lane(folder / f"lane-{n}") for n in range(count)]
    for lane in made:
        lane.folder.mkdir(parents=True)
    open_store(f"sqlite:///{folder / 'monitor.db'}").close()
    with ExitStack() as stack, ThreadPoolExecutor(count) as pool:
        for lane in made:
            stack.enter_context(lane)
        for beginning in [pool.submit(lane.begin) for lane in made]:
            beginning.result()
        yield made


if __name__ == "__main__":
    _nursery()
