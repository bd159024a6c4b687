"""Outlets that are only named as a credit or as a source, and outlets that the news is about."""

from __future__ import annotations

import pytest

from monitor.match import compile_watchlist, find_mentions, hits
from monitor.match.rules.decide import MOST_PLACES
from monitor.match.rules.zones import apply_zones
from monitor.model import (
    Alert,
    Confidence,
    Document,
    Entity,
    EntityType,
    Hit,
    Outcome,
    Span,
    Zone,
    ZoneSpan,
    outcome_of,
)

OUTLET = EntityType.OUTLET
AYAN = Entity("ayan", "Ayan Media", OUTLET, ("Аян Медиа", "Аян", "Ayan", "Ayan.kg"))
DALA = Entity("dala", "Dala News", OUTLET, ("Дала Ньюс", "Дала"))
MELIS = Entity("melis", "Melis Tokoev", aliases=("Мелис Токоев",))
BODY = Entity("body", "КВБ", EntityType.ORGANIZATION, alert=Alert.WITH_OTHERS)
LIST = compile_watchlist([AYAN, DALA, MELIS, BODY])


def hits_in(text: str, zones: tuple[ZoneSpan, ...] = ()) -> dict[str, Hit]:
    mentions = apply_zones(find_mentions(text, LIST), zones)
    assert all(m.span.of(text) == m.text and m.why for m in mentions)
    return {hit.entity: hit for hit in hits(Document("1", text, zones=zones), mentions, LIST)}


@pytest.mark.parametrize(
    "text",
    [
        "Парк открыли. (Фото: Аян Медиа)",
        "Парк открыли.\nФото: Аян",
        "Парк открыли. Фото Аян Медиа",
        "Парк открыли.\nФото: Иван Петров / Аян Медиа",
        "Парк открыли.\nФото предоставлено мэрией. Видео: Аян",
        "Парк открыли.\nСкриншот: «Аян»",
        "A park opened in Osh. (Photo: Ayan)",
        "A park opened in Osh. Photo by Ivan Petrov/Ayan Media",
        "A park opened. Photo courtesy of Ayan.",
        "Парк ачылды.\nСүрөт: Аян",
        "A park opened.\n© 2025 Ayan Media",
        "BISHKEK (Ayan) — A park opened.",
        "A park opened. (Ayan)",
        "Парк ачылды. /Аян/",
        "БИШКЕК, 5 мая — Аян Медиа. Парк открыли.",
        "A park opened. Copyright 2025 Ayan Media. All rights reserved.",
        "IVAN PETROV/Ayan Media via Getty",
        "Правообладатель иллюстрации Ayan Media",
        "A park opened.\nAyan Media\nIt is large.",
    ],
)
def test_a_credit_makes_no_item_of_its_own(text):
    hit = hits_in(text)["ayan"]
    assert (hit.confidence, hit.alerts) == (Confidence.STRONG, False)
    assert hit.why == "it is only named as a credit or as the source of a report"
    assert "it is named in a credit" in hit.mentions[0].why


@pytest.mark.parametrize(
    "text",
    [
        "Источник: Ayan.kg",
        "Подробнее: https://ayan.kg/2025/05/news",
        "Об аварии сообщает «Аян» со ссылкой на полицию.",
        "Как пишет Аян Медиа, дорогу закрыли.",
        "Курс вырос, сообщает издание «Аян».",
        "«Аян» сообщает, что дорогу закрыли.",
        "Издание «Аян» написало, что дорогу закрыли.",
        "По данным сайта Аян Медиа, цены выросли.",
        "Об этом сообщают Дала Ньюс и Аян Медиа.",
        "Мэр рассказал Аян Медиа о планах.",
        "Об этом Ayan.kg сообщили в мэрии.",
        "According to Ayan Media, the road was closed.",
        "The mayor told Ayan that the road was closed.",
        "The road was closed, Ayan reported.",
        "As Ayan Media wrote, the road was closed.",
        "Бул тууралуу Аян жазды.",
        "Бул тууралуу «Аян» агенттигине мэриядан билдиришти.",
        "Асан Усенов «Аян» агенттигине жолдун жабылганын айтты.",
        "Ал Аянга жол жабылганын айтты.",
        "Согласно сообщению «Аян», дорогу закрыли.",
        "Дорогу закрыли, — сказал «Аян» следователь.",
        "Источник «Аян» рассказал, что дорогу закрыли.",
        "The road was closed, according to the Ayan Media.",
        "«Аян» сайты маалымдады.",
        "Аяндын маалыматына караганда жол жабылды.",
        "Про це повідомляє «Аян».",
    ],
)
def test_a_source_makes_no_item_of_its_own(text):
    hit = hits_in(text)["ayan"]
    assert (hit.confidence, hit.alerts) == (Confidence.STRONG, False)
    assert "it is named as the source of a report" in hit.mentions[0].why


@pytest.mark.parametrize(
    "text",
    [
        "Сайт «Аян» заблокирован.",
        "Суд оштрафовал Аян Медиа.",
        "Журналист Аян Медиа сообщил о пожаре.",
        "В редакции «Аян» сообщили об обыске.",
        "Основатель издания «Аян» написал заявление.",
        "Аян Медиа сообщает об обыске в редакции.",
        "«Аян» сообщает о задержании своего журналиста.",
        "«Аян» пишет, что журналист издания задержан.",
        "Полиция пришла в Аян Медиа, пишет Дала Ньюс.",
        "Дала Ньюс сообщает: сайт издания «Аян» закрыт.",
        "Сайт «Аян» заблокирован, сообщает Аян Медиа.",
        "Фото: Дала. Аян Медиа оштрафован.",
        "Видео Аян Медиа удалили.",
        "Суд велел удалить видео «Аян».",
        "Фото Аян Медиа, которые изъяла полиция",
        "A video by Ayan Media was removed.",
        "Закрыты сайты:\nДала Ньюс\nАян Медиа",
        "Закрыты сайты:\n— Дала Ньюс\n— Аян Медиа",
        "Закрыты сайты Дала/Аян.",
        "«Аян» сообщает о блокировке.",
        "Аян Медиа сообщил об угрозах.",
        "Ayan Media reported threats.",
        "На фото: редакция «Аян»",
        "На фото Аян Медиа",
        "Первым закрыли сайт — Аян Медиа. Теперь тихо.",
        "Фото: обыск в офисе «Аян»",
        "Журналисты двух изданий (Аян и Дала) задержаны.",
        "Журналист Асан Усенов (Аян) задержан.",
        "Сайт https://ayan.kg заблокирован.",
        "Ayan Media is closed.",
        "Ayan Media",  # a text of its name alone
        "Ayan Media reported that its website was blocked.",
        "According to Ayan editor Asan Usenov, police came.",
        "The court told Ayan journalists to leave.",
        "A photo of the Ayan office",
        "Police searched Ayan, its editor reported.",
        "Аяндын кабарчысы кармалды.",
        "Жалган кабар тууралуу «Аян» айыпталды.",
        "Аян жабылганын айтты.",
        "«Аян» агенттигине айып салынды.",
        "Аянга айып салынды.",
        "«Аян» агенттигине келген милиция аны жапты.",
        "«Аян» сайты бөгөттөлдү.",
        "Аян редакциясы жазды.",
    ],
)
def test_an_outlet_that_the_news_is_about_makes_an_item(text):
    hit = hits_in(text)["ayan"]
    assert hit.alerts
    assert any(not mention.is_credit for mention in hit.mentions)


@pytest.mark.parametrize("text", ["Фото: Мелис Токоев", "Фото: Мелис Токоев / Аян", "Photo by Melis Tokoev"])
def test_a_person_as_the_author_of_a_picture_makes_an_item(text):
    assert hits_in(text)["melis"].alerts


def test_a_credit_ties_no_other_name():
    assert not hits_in("КВБ закрыл озеро.\nФото: Аян")["body"].alerts
    assert hits_in("КВБ закрыл «Аян».")["body"].alerts


@pytest.mark.parametrize("zone", [Zone.CHECK, Zone.TEASER, Zone.CAPTION, Zone.BODY])
def test_a_credit_makes_no_item_wherever_on_the_page_it_stands(zone):
    text = "Парк открыли.\nФото: Аян"
    hit = hits_in(text, (ZoneSpan(zone, Span(14, len(text))),))["ayan"]
    assert (hit.confidence, hit.alerts) == (Confidence.STRONG, False)


def test_a_page_whose_only_hit_is_a_credit_is_counted():
    assert outcome_of(tuple(hits_in("Парк открыли.\nФото: Аян").values())) is Outcome.COUNTED
    assert outcome_of(tuple(hits_in("Сайт «Аян» закрыт.\nФото: Аян").values())) is Outcome.QUEUED


def test_a_possible_mention_beside_a_credit_is_still_shown_as_possible():
    text = "Парк открыли.\nФото: Аян\nЖурналист «Аян» задержан."
    hit = hits_in(text, (ZoneSpan(Zone.TEASER, Span(text.index("Журналист"), len(text))),))["ayan"]
    assert hit.confidence is Confidence.POSSIBLE
    assert outcome_of((hit,)) is Outcome.POSSIBLE


def test_a_hundred_credits_do_not_hide_the_place_that_the_news_is_about():
    text = "Фото: Аян\n" * 2 * MOST_PLACES + "Суд оштрафовал Аян Медиа."
    assert hits_in(text)["ayan"].alerts
