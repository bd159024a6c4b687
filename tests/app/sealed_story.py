"""A story whose page was edited and taken down, in a home that seals its days: built once, for packs of evidence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from app.authority import Authority, serving
from kit.articles import COURT, WEATHER, Bench
from kit.home import WATCHLIST, Clock, furnish, open_app
from kit.outlets import Outlet, Piece, Web

SENTENCE = "His lawyer said that he was beaten in the cell."


@contextmanager
def sealed_story(folder: Path, watchlist: str = WATCHLIST, text: str = COURT) -> Iterator[tuple[Bench, Authority]]:
    """Yield a home whose authority on loopback has certified nothing yet; `Bench.clock` is that of the machine.

    The authority's clock is the machine's, so the story begins five days ago.
    """
    now = datetime.now(UTC).replace(microsecond=0)
    pieces = [Piece("court", "Court extends arrest", text), Piece("snow", "Snow on Thursday", WEATHER)]
    (folder / "tsa").mkdir(parents=True)
    with (
        Web(Outlet("post", "en", pieces), now=now - timedelta(days=5)) as web,
        serving(Authority(folder / "tsa")) as tsa,
    ):
        first = web.rss(web.outlets["post"])
        web.rss = lambda _: first  # type: ignore[method-assign]
        clock = web.clock = Clock(web.now)
        home = furnish(folder / "home", web, watchlist)
        env = (home / "monitor.env").read_text().splitlines()
        env[0] += f",{tsa.url.split('/')[2]}"
        (home / "monitor.env").write_text("\n".join([*env, f"MONITOR_SEAL_AUTHORITIES={tsa.url}"]) + "\n")
        bench = Bench(web, home, open_app(home, clock), clock)
        bench.ingest()
        pieces[0].text = text + "\n" + SENTENCE
        bench.advance(hours=7)
        bench.ingest()
        pieces[0].status = 404
        for hours in (20, 7):
            bench.advance(hours=hours)
            bench.ingest()
        clock.now = now
        yield bench, tsa
        bench.app.close()
