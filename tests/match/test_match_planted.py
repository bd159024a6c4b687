"""A planted name is found where it was planted, in any form that print gives it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from monitor.match import compile_watchlist, find_mentions
from monitor.model import Confidence, Entity

# Each part of a name: as listed, its stem, and what the press of one language or another makes of it.
MEN = {
    "Жоробек Дүйшеналиев": ("Zhorobek Duyshenaliev", "Jorobek Duishenaliyev", "Djorobek Düishenalijev"),
    "Айбар Токтомушев": ("Aybar Toktomushev", "Aibar Toktomuschew", "Ajbar Toktomušeff"),
    "Чыңыз Ырсалиев": ("Chyngyz Yrsaliev", "Chynyz Irsaliyev", "Čynyz Yrsaliev"),
}
LISTS = {
    "Cyrillic": compile_watchlist([Entity(name, name) for name in MEN]),
    "Latin": compile_watchlist([Entity(name, spelt[0]) for name, spelt in MEN.items()]),
}
AS_RUSSIAN = str.maketrans("өүңӨҮҢ", "оунОУН")
RUSSIAN = (("", ""), ("а", "а"), ("у", "у"), ("ом", "ым"), ("е", "е"))
KYRGYZ = ("", "дин", "ге", "ди", "де", "ден", "дердин", "деги", "дики", "дей")
BEFORE = ("", "Кечээ ", "Вчера видели ", "Новость.\n", "депутат ", "«", "(", "Айтымында, ")
AFTER = ("", " келди.", " ушёл", ", бирок", "»", ")", ".\nАнан", "!", " — жок")


@st.composite
def planted(draw: st.DrawFn) -> tuple[str, str]:
    """Draw a listed name and a form of it."""
    name = draw(st.sampled_from(sorted(MEN)))
    kind = draw(st.sampled_from(["Russian", "Kyrgyz", "Latin", "surname first", "patronymic", "typo"]))
    first, last = name.split()
    if kind == "Russian":
        one, two = draw(st.sampled_from(RUSSIAN))
        form = f"{first}{one} {last}{two}".translate(AS_RUSSIAN)
    elif kind == "Kyrgyz":
        form = name + draw(st.sampled_from(KYRGYZ))
    elif kind == "Latin":
        form = draw(st.sampled_from(MEN[name]))
    elif kind == "surname first":
        form = f"{last} {first}"
    elif kind == "patronymic":
        form = f"{first} Асанович {last}"
    else:
        at = draw(st.integers(1, len(last) - 3))
        form = f"{first} {last[:at]}{draw(st.sampled_from(['', last[at] * 2]))}{last[at + 1 :]}"
    changes = [
        lambda s: s,
        str.upper,
        lambda s: s.translate(AS_RUSSIAN),
        lambda s: s.translate(str.maketrans("аеос", "aeoc")) if kind != "Latin" else s,
        lambda s: s.replace(" ", "\u00a0"),
        lambda s: f"{s[:4]}\u00ad{s[4:]}",
    ]
    return name, draw(st.sampled_from(changes))(form)


@given(planted(), st.sampled_from(BEFORE), st.sampled_from(AFTER), st.sampled_from(sorted(LISTS)))
def test_a_planted_name_is_found_where_it_was_planted(name_and_form, before, after, listed):
    name, form = name_and_form
    text = before + form + after
    mentions = find_mentions(text, LISTS[listed])
    assert [m.entity for m in mentions if m.confidence is Confidence.STRONG] == [name]
    mention = mentions[0]
    assert mention.span.of(text) == mention.text
    assert len(before) <= mention.span.start < mention.span.end <= len(before) + len(form)
    assert mention.why


OTHER_NAMES = ("Акылбек", "Марат", "Динара", "Жамиля", "А.", "Самат М.", "Дүйшен", "Жороева")


@given(st.sampled_from(OTHER_NAMES), st.sampled_from(sorted(MEN)), st.sampled_from(BEFORE), st.sampled_from(AFTER))
def test_another_s_name_is_never_clear(other_name, name, before, after):
    text = f"{before}{other_name} {name.split()[1]}{after}"
    for compiled in LISTS.values():
        assert not [m for m in find_mentions(text, compiled) if m.confidence is Confidence.STRONG]
