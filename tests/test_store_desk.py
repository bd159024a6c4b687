"""Promises of People and Desk, on a SQLite file and on a real PostgreSQL."""

from __future__ import annotations

from dataclasses import replace

import pytest

from monitor.errors import InputError, NotFound
from monitor.model import Act, AuditLine, Invitation, Person, Role, Session, Sought, Split
from monitor.store import Store
from storekit import DAY, HOUR, MINUTE, NOW, filed, hit, watch

AIDA = Person("Aida", Role.REVIEWER, NOW, "a hash", "ky")


def joined(store: Store, person: Person = AIDA, token: str = "t") -> Person:
    store.people.invite(token, Invitation(person.role, NOW + HOUR))
    new = store.people.accept(token, person, NOW)
    assert new is not None
    return new


def test_an_invitation_is_good_once_and_in_time(store: Store):
    store.people.invite("t", Invitation(Role.READER, NOW + HOUR))
    assert store.people.invitation("t", NOW + HOUR) is None
    assert store.people.invitation("t", NOW) == Invitation(Role.READER, NOW + HOUR)
    assert joined(store, token="u").id
    assert store.people.accept("u", replace(AIDA, name="Eve"), NOW) is None
    assert [p.name for p in store.people.everyone()] == ["Aida"]


def test_a_taken_name_leaves_the_invitation_good(store: Store):
    joined(store)
    store.people.invite("u", Invitation(Role.READER, NOW + HOUR))
    with pytest.raises(InputError):
        store.people.accept("u", replace(AIDA, name="АIDA"), NOW)  # a Cyrillic А
    assert store.people.invitation("u", NOW) is not None


def test_people_are_found_by_name_in_any_case_and_changed_by_id(store: Store):
    aida = joined(store)
    assert store.people.named("aIDA") == aida and store.people.named("Bakyt") is None
    changed = store.people.save(replace(aida, role=Role.ADMIN, shortcuts=False, closed=NOW))
    assert store.people.named("Aida") == changed
    with pytest.raises(NotFound):
        store.people.save(replace(aida, id=99))


def test_a_session_is_somebodys_until_it_is_ended(store: Store):
    aida, other = joined(store), joined(store, replace(AIDA, name="Bakyt"), "u")
    for n, person in enumerate((aida, aida, other)):
        store.people.begin_session(f"s{n}", Session(person, NOW, NOW + n * MINUTE, "Firefox"))
    found = store.people.session("s0")
    assert found is not None and found.person == aida and store.people.session("nonsense") is None
    store.people.seen(found, NOW + DAY)
    assert [s.seen for s in store.people.sessions(aida.id)] == [NOW + DAY, NOW + MINUTE]
    assert store.people.end_sessions(aida.id, besides=found.id) == 1
    assert store.people.end_sessions(other.id, only=found.id) == 0
    store.people.save(replace(aida, closed=NOW))
    assert store.people.session("s0") is None


def test_the_audit_log_is_read_backwards(store: Store):
    aida = joined(store)
    for n in range(5):
        store.people.note(AuditLine(NOW, aida.id, Act.DECIDED, about=n))
    latest = store.people.audit(2)
    assert [line.about for line in latest] == [4, 3]
    assert [line.about for line in store.people.audit(9, before=latest[-1].id)] == [2, 1, 0]


def test_the_desk_asks_the_same_of_both_databases(store: Store):
    watch(store)
    one = filed(store, at=NOW - HOUR, outlet="Herald", title="Суд Ёлкин 100%")
    both = "Melis Tokoev wrote about Cholpon Arzyeva."
    two = filed(store, hit(text=both), hit("Cholpon Arzyeva", "cholpon", both), text=both, language="ru")
    numbers, desk = store.watchlists.numbers(), store.desk
    melis, cholpon = numbers["melis"], numbers["cholpon"]

    def found(unseen: tuple[int, ...] = (), **sought: object) -> list[int]:
        return desk.numbers(Sought(**sought), NOW, unseen, 9)  # type: ignore[arg-type]

    assert found() == [two.id, one.id] and found(split=Split.POSSIBLE) == []
    assert found(outlet="Herald") == [one.id] and found(language="ru") == [two.id]
    assert found(entity=cholpon) == [two.id] and found((cholpon,), entity=cholpon) == []
    assert found((melis,)) == [two.id] and found((melis, cholpon)) == []
    assert found(words="ЕЛКИН суд") == [one.id] and found(words="100%") == [one.id] and found(words="100_") == []
    assert found(words="WROTE") == [two.id]
    assert desk.splits(Sought(), NOW, ())[Split.NEW] == 2 and desk.splits(Sought(), NOW, (melis,))[Split.WAITING] == 1
    names, outlets, languages = desk.facets(Sought(), NOW, ())
    assert names == {melis: ("Melis Tokoev", 2), cholpon: ("Cholpon Arzyeva", 1)}
    assert outlets == {"Herald": 1, "Post": 1} and languages == {"en": 1, "ru": 1}
    assert [item.id for item in desk.items([two.id, 99, one.id])] == [two.id, one.id]
    (article,) = one.articles
    assert desk.stored([article.id])[article.id].article.title == "Суд Ёлкин 100%"
