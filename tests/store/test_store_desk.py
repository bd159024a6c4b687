"""Contracts of users, the queue's pages and statistics, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import select

from kit.databases import SQLITE, noted_statements
from kit.store import (
    DAY,
    HOUR,
    MELIS,
    MINUTE,
    NOW,
    backlog,
    entity_numbers,
    filed,
    hit,
    item,
    watch,
)
from monitor.errors import InputError, NotFound
from monitor.model import (
    Act,
    AuditLine,
    Confidence,
    Decision,
    Facets,
    Invitation,
    QueueFilter,
    QueueTab,
    Reason,
    Role,
    Session,
    Token,
    User,
    Verdict,
)
from monitor.review.decisions import decide, undo
from monitor.store import Store
from monitor.store import tables as t
from monitor.store.desk.users import SqlUsers

AIDA = User("Aida", Role.REVIEWER, NOW, "a hash", "ky")


def decided(store: Store, number: int, reason: str = "", **how: object) -> Decision:
    item = store.reviews.get(number)
    how = {"verdict": Verdict.NOT_RELEVANT, "reason": Reason(reason) if reason else None, **how}
    new = decide(item, Decision(number, item.version, NOW, "Aida", **how))  # type: ignore[arg-type]
    return store.reviews.save(new, was=item.version, decision=new.history[-1]).history[-1]


def joined(store: Store, person: User = AIDA, token: str = "t", by: int | None = None) -> User:
    store.people.invite(token, Invitation(person.role, NOW + HOUR, by=by))
    new = store.people.accept(token, person, NOW)
    assert new is not None
    return new


def test_an_invitation_is_good_once_and_in_time(store: Store):
    store.people.invite("t", Invitation(Role.READER, NOW + HOUR))
    assert store.people.invitation("t", NOW + HOUR) is None
    invitation = store.people.invitation("t", NOW)
    assert invitation is not None and invitation == Invitation(Role.READER, NOW + HOUR, id=invitation.id)
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
    assert store.people.by_name("aIDA") == aida and store.people.by_name("Bakyt") is None
    changed = store.people.save(replace(aida, role=Role.ADMIN, closed=NOW))
    assert store.people.by_name("Aida") == changed
    with pytest.raises(NotFound):
        store.people.save(replace(aida, id=99))


def test_who_is_cleared_stays_so_until_the_account_is_closed_or_gets_a_password_by_a_link(store: Store):
    aida, last = joined(store), joined(store, replace(AIDA, name="Bakyt"), "b")
    boss = joined(store, replace(AIDA, name="Root", role=Role.ADMIN), "r")
    assert not aida.cleared
    for person in (aida, last):
        assert store.people.clear(person.id, cleared=True) == replace(person, cleared=True)
    assert store.people.save(replace(aida, role=Role.ADMIN)).cleared  # a copy of before does not end it
    assert not store.people.save(replace(aida, closed=NOW)).cleared
    assert not store.people.save(aida).cleared
    store.people.invite("u", Invitation(Role.READER, NOW + HOUR, last.id, by=boss.id))
    by_link = store.people.accept("u", replace(last, password="new", cleared=True), NOW)
    assert by_link is not None and (by_link.password, by_link.cleared) == ("new", False)


def test_the_last_who_is_cleared_is_lowered_closed_and_uncleared_by_nobody_at_the_desk(store: Store):
    last, closed = joined(store), joined(store, replace(AIDA, name="Bakyt"), "b")
    store.people.clear(last.id, cleared=True)
    closed = store.people.save(replace(closed, closed=NOW))
    with pytest.raises(InputError):
        store.people.clear(closed.id, cleared=True)
    with pytest.raises(NotFound):
        store.people.clear(99, cleared=True)
    for change in ({"role": Role.READER}, {"closed": NOW}):
        with pytest.raises(InputError):
            store.people.save(replace(last, **change))  # type: ignore[arg-type]
    with pytest.raises(InputError):
        store.people.clear(last.id, cleared=False)
    assert store.people.save(replace(last, role=Role.ADMIN)) == replace(last, role=Role.ADMIN, cleared=True)
    assert not store.people.clear(last.id, cleared=False, even_last=True).cleared


def test_what_one_saves_of_ones_own_undoes_nothing_that_an_administrator_did_meanwhile(store: Store):
    aida = joined(store)
    store.people.update_account(replace(aida, language="ru"), "language")
    newer = store.people.update_account(replace(aida, password="another"), "password")
    assert newer == replace(aida, password="another", language="ru") == store.people.by_name("Aida")
    assert store.people.save(replace(aida, role=Role.READER)) == replace(newer, role=Role.READER)  # nor is it undone
    for link, meanwhile in (("u", replace(aida, role=Role.READER)), ("v", replace(aida, closed=NOW))):
        saved_account = store.people.save(meanwhile)
        store.people.invite(link, Invitation(Role.READER, NOW + HOUR, aida.id))
        assert store.people.update_account(replace(aida, password="mine", closed=None), "password") is None
        assert store.people.accept(link, replace(aida, password="mine"), NOW) is None
        assert store.people.by_name("Aida") == saved_account


def test_a_session_is_somebodys_until_it_is_ended(store: Store):
    aida, bakyt = joined(store), joined(store, replace(AIDA, name="Bakyt"), "u")
    for n, person in enumerate((aida, aida, bakyt)):
        store.people.begin_session(f"s{n}", Session(person, NOW, NOW + n * MINUTE, "Firefox"))
    session = store.people.session("s0")
    assert session is not None and session.person == aida and store.people.session("nonsense") is None
    store.people.record_session_use(session, NOW + DAY)
    assert [s.seen for s in store.people.sessions(aida.id)] == [NOW + DAY, NOW + MINUTE]
    assert store.people.end_sessions(aida.id, except_session=session.id) == 1
    assert store.people.end_sessions(bakyt.id, only_session=session.id) == 0
    store.people.save(replace(aida, closed=NOW))
    assert store.people.session("s0") is None


def test_a_token_is_somebodys_until_it_is_ended(store: Store):
    aida, bakyt = joined(store), joined(store, replace(AIDA, name="Bakyt"), "u")
    for n, person in enumerate((aida, aida, bakyt)):
        store.people.give_token(f"t{n}", Token(person, "reader", NOW))
    stored_token = store.people.token("t0")
    assert (
        stored_token is not None
        and (stored_token.person, stored_token.used) == (aida, None)
        and store.people.token("s") is None
    )
    store.people.record_token_use(stored_token, NOW + DAY)
    assert [token.used for token in store.people.tokens(aida.id)] == [NOW + DAY, None]
    assert (
        store.people.end_token(bakyt.id, stored_token.id) == 0 and store.people.end_token(aida.id, stored_token.id) == 1
    )
    store.people.begin_session("s0", Session(aida, NOW, NOW))
    session = store.people.session("s0")
    assert session is not None and store.people.session("t1") is None and store.people.token("s0") is None
    store.people.end_sessions(aida.id)
    assert store.people.token("t1") is not None
    store.people.update_account(aida, "password")
    assert store.people.token("t1") is None and store.people.token("t2") is not None
    store.people.save(replace(bakyt, closed=NOW))
    assert store.people.token("t2") is None


@pytest.mark.parametrize(
    "end",
    [
        lambda people, maker: people.save(replace(maker, role=Role.OPERATOR)),
        lambda people, maker: people.save(replace(maker, closed=NOW)),
        lambda people, maker: people.update_account(replace(maker, password="another"), "password"),
        lambda people, maker: people.accept("for maker", replace(maker, password="another"), NOW),
    ],
    ids=["lowered", "closed", "password", "password link"],
)
def test_an_account_lowered_closed_or_with_a_new_password_loses_all_access_and_its_links(
    store: Store, end: Callable[[SqlUsers, User], object]
):
    people, root = store.people, joined(store, replace(AIDA, name="Root", role=Role.ADMIN))
    maker = joined(store, replace(AIDA, name="Bakyt", role=Role.ADMIN), "u", root.id)
    for person in (root, maker):
        people.begin_session(f"s{person.id}", Session(person, NOW, NOW))
        people.give_token(f"t{person.id}", Token(person, "reader", NOW))
    people.invite("by maker", Invitation(Role.READER, NOW + HOUR, by=maker.id))
    people.invite("for maker", Invitation(Role.ADMIN, NOW + HOUR, maker.id, root.id))
    people.invite("for root", Invitation(Role.ADMIN, NOW + HOUR, root.id, maker.id))
    people.invite("by root", Invitation(Role.READER, NOW + HOUR, by=root.id))
    end(people, maker)
    # The rows are gone, not hidden: they do not come back with the right.
    with store.database.reading() as connection:
        owners = [connection.scalars(select(table.c.person)).all() for table in (t.session, t.token)]
        links = connection.scalars(select(t.invitation.c.token).where(t.invitation.c.used.is_(None))).all()
    assert (owners, links) == ([[root.id], [root.id]], ["by root"])
    assert [(link.by, link.maker, link.person) for link in people.links(NOW)] == [(root.id, "Root", None)]


def test_a_link_that_was_under_way_when_its_maker_was_dismissed_opens_nothing(store: Store):
    root = joined(store, replace(AIDA, name="Root", role=Role.ADMIN))
    maker = joined(store, replace(AIDA, name="Bakyt", role=Role.ADMIN), "u", root.id)
    store.people.save(replace(maker, closed=NOW))
    for token, by in (("late", maker.id), ("of no administrator", None)):
        store.people.invite(token, Invitation(Role.ADMIN, NOW + HOUR, by=by))
        assert store.people.invitation(token, NOW) is None
        assert store.people.accept(token, replace(AIDA, name="Eve"), NOW) is None
    assert store.people.links(NOW) == ()


def test_the_last_administrator_stays_one(store: Store):
    root = joined(store, replace(AIDA, name="Root", role=Role.ADMIN))
    bakyt = joined(store, replace(AIDA, name="Bakyt", role=Role.ADMIN), "u", root.id)
    reader = joined(store, replace(AIDA, name="Vera", role=Role.READER), "v", root.id)
    store.people.save(replace(bakyt, role=Role.READER))
    for change in ({"role": Role.OPERATOR}, {"closed": NOW}):
        with pytest.raises(InputError):
            store.people.save(replace(root, **change))
    assert store.people.by_name("Root") == root
    assert store.people.save(replace(reader, closed=NOW)).closed and store.people.save(root) == root
    store.people.save(bakyt)
    assert store.people.save(replace(root, closed=NOW)).closed


def test_two_administrators_who_lower_each_other_at_once_leave_one(store: Store):
    root = joined(store, replace(AIDA, name="Root", role=Role.ADMIN))
    bakyt = joined(store, replace(AIDA, name="Bakyt", role=Role.ADMIN), "u", root.id)
    with ThreadPoolExecutor(2) as pool:
        answers = [pool.submit(store.people.save, replace(user, role=Role.READER)) for user in (root, bakyt)]
    assert [type(answer.exception()) for answer in answers].count(InputError) == 1
    assert [user.role for user in store.people.everyone()].count(Role.ADMIN) == 1


def test_links_for_a_new_password_are_told_for_a_week(store: Store):
    root = joined(store, replace(AIDA, name="Root", role=Role.ADMIN))
    reader = joined(store, token="u", by=root.id)
    for n in range(3):
        store.people.invite(f"p{n}", Invitation(reader.role, NOW + (n + 1) * DAY, reader.id, root.id))
    assert store.people.end_password_links(root.id) == 0
    assert store.people.accept("p0", reader, NOW)
    (link,) = store.people.password_links(reader.id, NOW + 6 * DAY)
    assert (link.used, link.maker) == (NOW, "Root") and not store.people.end_link(link.id)
    assert not store.people.password_links(reader.id, NOW + 7 * DAY) and not store.people.password_links(root.id, NOW)


def test_statistics_are_the_same_of_both_databases(store: Store):
    watch(store)
    both = "Melis Tokoev wrote about Cholpon Arzyeva."
    one = filed(store, at=NOW - 3 * HOUR)
    two = filed(store, hit(text=both), hit("Cholpon Arzyeva", "cholpon", both), at=NOW - 3 * HOUR + MINUTE, text=both)
    numbers = entity_numbers(store)
    melis, cholpon = numbers["melis"], numbers["cholpon"]

    items_since = store.statistics.items_per_quarter_hour
    assert items_since(NOW - DAY) == {NOW - 3 * HOUR: 2} and items_since(NOW) == {}
    last_decision = Decision(two.id, 1, NOW, "Aida", Verdict.RELEVANT, judged=("melis", "cholpon"))
    for entity, decision in (
        (one, replace(last_decision, item=one.id, judged=("melis",))),
        (two, last_decision),
        (two, replace(last_decision, entity="cholpon", judged=("cholpon",))),
        (two, Decision(two.id, 1, NOW, "Aida", None, undoes=3)),
    ):
        now = store.reviews.get(entity.id)
        store.reviews.save(replace(now, version=now.version + 1), was=now.version, decision=decision)

    judged = [(summary.item, summary.judged) for summary in store.statistics.decisions(NOW)]
    assert judged == [(one.id, (melis,)), (two.id, (melis, cholpon))]
    assert store.statistics.decisions(NOW + MINUTE) == []


def test_entries_per_feed_are_counted_by_days_that_end_now(store: Store):
    at = NOW - 40 * DAY
    backlog(store, *(item(n) for n in range(5)), now=at)  # on the first day: it says nothing
    for hours, n in ((1, 10), (23, 11), (25, 12), (24 * 29 + 1, 13), (24 * 30 + 1, 14)):
        backlog(store, item(n), now=NOW - hours * HOUR)
    backlog(store, item(20), name="fresh", now=NOW - 50 * HOUR)
    backlog(store, item(21), item(22), name="fresh", now=NOW - HOUR)
    backlog(store, item(23), name="new", now=NOW - HOUR)
    feeds = {state.feed.id: state.number for state in store.feeds.states()}
    volumes = store.statistics.entries_per_day(NOW)
    assert volumes[feeds["post"]] == [1, *[0] * 27, 1, 2]
    assert volumes[feeds["fresh"]] == [0, 2] and volumes[feeds["new"]] == []
    assert store.statistics.newest_entries() == dict.fromkeys(feeds.values(), NOW - HOUR)


def test_the_audit_log_is_read_backwards(store: Store):
    aida = joined(store)
    for n in range(5):
        store.people.add_audit_line(AuditLine(NOW, aida.id, Act.DECIDED, about=n))
    latest = store.people.audit(2)
    assert [line.about for line in latest] == [4, 3]
    assert [line.about for line in store.people.audit(9, before=latest[-1].id)] == [2, 1, 0]


def test_words_are_found_by_their_beginnings_however_many_begin_so(store: Store):
    watch(store)
    forms = " ".join(f"свобод{chr(0x430 + n)}м" for n in range(30))
    full_item = filed(store, at=NOW - HOUR, title="", text=f"{forms} пресса").id
    ours = filed(store, at=NOW, title="Свобода прессы or not", text="").id

    def ids_of(words: str) -> set[int]:
        return set(store.queue.numbers(QueueFilter(words=words), NOW, 9))

    assert ids_of("свобод") == ids_of("свобода прессы") == ids_of("пресса") == {full_item, ours}
    assert ids_of("свободам") == {full_item} and ids_of("свобод or") == ids_of("прессы NOT") == {ours}
    assert ids_of("o") == ids_of("свободу прессами") == ids_of("прессы свободы wrote") == set()


def test_the_desk_asks_the_same_of_both_databases(store: Store):
    watch(store)
    one = filed(store, at=NOW - HOUR, outlet="Herald", title="Суд Ёлкин 100%")
    both = "Melis Tokoev wrote about Cholpon Arzyeva."
    two = filed(store, hit(text=both), hit("Cholpon Arzyeva", "cholpon", both), text=both, language="ru", country="KZ")
    numbers = entity_numbers(store)
    melis, cholpon = numbers["melis"], numbers["cholpon"]

    def ids(**sought: object) -> list[int]:
        return store.queue.numbers(QueueFilter(**sought), NOW, 9)  # type: ignore[arg-type]

    def facets_of(**sought: object) -> Facets:
        facets = store.queue.page(QueueFilter(**sought), NOW, 0, with_facets=True).facets  # type: ignore[arg-type]
        assert facets is not None
        return facets

    assert ids() == [two.id, one.id] and ids(tab=QueueTab.POSSIBLE) == []
    assert ids(outlet="Herald") == [one.id] and ids(language="ru") == [two.id]
    assert ids(entity=cholpon) == [two.id]
    assert ids(words="ЕЛКИН суд") == [one.id] and ids(words="100%") == [one.id] and ids(words="_%") == []
    assert ids(words="WROTE") == [two.id]
    assert store.queue.page(QueueFilter(), NOW, 0).tab_counts[QueueTab.NEW] == 2
    facets = facets_of()
    assert facets.names == {melis: ("Melis Tokoev", 2), cholpon: ("Cholpon Arzyeva", 1)}
    assert facets.outlets == {"Herald": 1, "Post": 1} and facets.languages == {"en": 1, "ru": 1}
    assert (facets.countries, facets.clear, facets.reasons) == ({"KG": 1, "KZ": 1}, 2, {})
    possible = {"outlet": "Herald", "language": "en", "confidence": Confidence.POSSIBLE}
    assert store.queue.page(QueueFilter(**possible), NOW, 0).tab_counts[QueueTab.WAITING] == 0  # type: ignore[arg-type]
    narrowed = facets_of(**possible)
    assert (narrowed.clear, narrowed.possible) == (1, 0)
    assert (narrowed.outlets, narrowed.languages) == ({"Herald": 0}, {"en": 0})
    herald = facets_of(outlet="Herald")
    assert (herald.outlets, herald.languages, herald.countries) == ({"Herald": 1, "Post": 1}, {"en": 1}, {"KG": 1})
    assert herald.names == {melis: ("Melis Tokoev", 1)}
    named = facets_of(entity=cholpon, language="ru")
    assert named.names == {melis: ("Melis Tokoev", 1), cholpon: ("Cholpon Arzyeva", 1)}
    assert named.languages == {"ru": 1} and named.outlets == {"Post": 1}
    assert ids(country="KZ") == [two.id] and ids(country="UZ") == []
    decision = decided(store, one.id, "common-word")
    assert facets_of().reasons == {} and ids(reason=Reason.COMMON_WORD) == []
    assert ids(reason=Reason.COMMON_WORD, tab=QueueTab.DECIDED) == [one.id]
    assert facets_of(tab=QueueTab.DECIDED).reasons == {Reason.COMMON_WORD: 1}
    (case,) = store.cards.precedents(melis)
    assert (case.item, case.by, case.verdict, case.reason) == (one.id, "Aida", "not-relevant", "common-word")
    assert (case.forms, case.outlets) == ({"melis tokoev"}, {"Herald"}) and store.cards.precedents(cholpon) == []
    decided(store, one.id, entity="melis", verdict=Verdict.RELEVANT)
    decided(store, two.id, entity="cholpon", verdict=Verdict.RELEVANT)
    assert [(p.item, p.verdict) for p in store.cards.precedents(melis)] == [(one.id, "relevant")]  # the last word
    assert [p.item for p in store.cards.precedents(cholpon)] == [two.id]
    undone, _ = undo(store.reviews.get(one.id), decision, "Aida", NOW)
    store.reviews.save(undone, was=undone.version - 1, decision=undone.history[-1])
    assert ids(reason=Reason.COMMON_WORD, tab=QueueTab.DECIDED) == []
    assert [item.id for item in store.cards.items([two.id, 99, one.id])] == [two.id, one.id]
    (article,) = one.articles
    assert store.cards.stored_texts([article])[article.id].article.title == "Суд Ёлкин 100%"


@pytest.mark.parametrize("database_url", [SQLITE], indirect=True)  # lists are kept in the program
def test_the_whole_queue_is_counted_once_however_many_names_are_looked_at(store: Store):
    watch(store, MELIS)
    filed(store)
    queue = store.queue
    with noted_statements(store) as statements:
        queue.page(QueueFilter(), NOW, 0, with_facets=True)
        for number in range(100, 125):  # each of these lists is counted by itself, except by name
            queue.page(QueueFilter(entity=number), NOW, 0, with_facets=True)
    assert sum("GROUP BY article.outlet" in statement for statement in statements) == 1 + 25
    assert sum("GROUP BY hit.entity" in statement for statement in statements) == 1
