"""The whole promise, with the watchlist we ship.

Three short texts of our own about the facts of Amnesty International's statement of May 2025, in English, Russian and
Kyrgyz, as three invented outlets would tell them: each of the six named once, the agency beside them. They become one
story, with every name found in every language, and the digest says it once.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from kit.home import Clock, furnish, open_app
from kit.outlets import Outlet, Piece, Web
from monitor.messages.content.render import as_text
from monitor.model import PRESS_ID, Confidence

ENGLISH = """Security officers searched the homes of current and former staff of the outlet and took several of them away for questioning on 28 and 29 May.
The State Committee for National Security (GKNB) held cameraman Aleksandr Aleksandrov and Zhoomart Duulatov, a former member of staff.
Journalists Abdil Aitbay tegin, Aiday Erkebaeva and Zyyagul Bolot-kyzy were questioned without a lawyer, as was Zara Sydygalieva, who used to work for the editorial office.
A human rights organisation called on the authorities to release everyone who was held for doing journalism."""

RUSSIAN = """Сотрудники ГКНБ 28 и 29 мая провели обыски в домах нынешних и бывших работников издания и увезли нескольких человек на допрос.
Задержали оператора Александра Александрова и бывшего сотрудника Жоомарта Дуулатова.
Без адвоката допросили журналистов Абдила Айтбай тегина, Айдай Эркебаеву и Зыягуль Болот кызы, а также Зару Сыдыгалиеву, которая раньше работала в редакции.
Правозащитная организация призвала власти освободить всех, кого задержали за журналистскую работу."""

KYRGYZ = """УКМКнын кызматкерлери 28-29-майда басылманын азыркы жана мурдагы кызматкерлеринин үйлөрүн тинтип, бир нече кишини суракка алып кетти.
Оператор Александр Александровду жана мурдагы кызматкер Жоомарт Дуулатовду кармашты.
Журналисттер Абдил Айтбай тегинди, Айдай Эркебаеваны жана Зыягүл Болот кызын адвокатсыз сурашты, мурда редакцияда иштеген Зара Сыдыгалиеваны да суракка чакырышты.
Укук коргоо уюму журналисттик иши үчүн кармалгандардын баарын бошотууга чакырды."""

SIX = {
    "aleksandr-aleksandrov",
    "abdil-aitbay-tegin",
    "zhoomart-duulatov",
    "aiday-erkebaeva",
    "zyyagul-bolot-kyzy",
    "zara-sydygalieva",
}


@pytest.mark.check
def test_three_outlets_in_three_languages_make_one_story_of_all_six_and_the_agency(tmp_path: Path):
    shipped = Path(__file__).parents[2] / "watchlist.yaml"
    outlets = (
        Outlet(
            "morning-post", "en", [Piece("raids", "Homes of media workers searched, six people questioned", ENGLISH)]
        ),
        Outlet("utro", "ru", [Piece("obyski", "Обыски у журналистов: шестерых увезли на допрос", RUSSIAN)]),
        Outlet("tan", "ky", [Piece("tintuu", "Журналисттердин үйлөрү тинтилди, алты киши суракка алынды", KYRGYZ)]),
    )
    with Web(*outlets) as web:
        home = furnish(tmp_path, web, shipped.read_text(encoding="utf-8"))
        clock = Clock()
        app = open_app(home, clock)
        run = app.ingest()
        assert {o.value: n for o, n in run.outcomes.items()} == {"queued": 3}
        (item,) = app.queue()
        assert len(item.articles) == 3
        assert item.copies == 0
        named = {hit.entity: hit for hit in item.hits}
        # What happened to the press is told of the articles in which its words stand, not of each.
        assert set(named) - {PRESS_ID} == SIX | {"gknb"}
        del named[PRESS_ID]
        articles = {article.id for article in item.articles}
        for hit in named.values():
            assert hit.confidence is Confidence.STRONG
            assert {m.article for m in hit.mentions} == articles, f"{hit.entity} was not found in every language"
            assert all(m.mention.why for m in hit.mentions)
        clock.now += timedelta(minutes=5)
        text = " ".join(as_text(app.digest()).split())
        assert text.count(f"[{item.id}]") == 1
        for name in ("Aleksandr Aleksandrov", "Zhoomart Duulatov", "Aiday Erkebaeva", "Zara Sydygalieva"):
            assert name in text
        app.close()
