"""Taking a save back takes what it brought out of the queue, and nothing else; taking that back brings it again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kit.app import App
from kit.articles import WEATHER
from kit.store import DAY, MINUTE, NOW, article, backlog, end_rescan, item
from monitor.app.names.withdrawal import take_back, withdrawn_hits
from monitor.config import Settings
from monitor.ingest.filing import file_article
from monitor.ingest.matching import fingerprint_of, for_older_articles, hits_of_articles, rescan_articles
from monitor.model import (
    Alert,
    Entity,
    EntityType,
    OlderArticles,
    Outcome,
    Result,
    StaleDecision,
    State,
    Verdict,
    WatchlistChange,
)

MELIS = Entity("melis", "Melis Tokoev")
AZAT = Entity("azat", "Azat Nurov")
CHOLPON = Entity("cholpon", "Cholpon Arzyeva")
CALM = Entity("calm", "Committee for Public Calm", EntityType.ORGANIZATION, alert=Alert.WITH_OTHERS)
OF_MELIS = "The city court left Melis Tokoev in custody until January, his lawyer said after the session."
OF_AZAT = "The police searched the flat of Azat Nurov on Monday. The neighbours saw it from the yard."
OF_BOTH = "Melis Tokoev and Azat Nurov were both seen at the border post, as the guards told reporters."
OF_CHOLPON = "Cholpon Arzyeva opened a school of music in Talas, with nine rooms and a hall for sixty people."
ELECTION = "Voters in Naryn elected Azat Nurov to a village council, and the count came by radio at dawn."
OF_CALM = "The Committee for Public Calm denied that Azat Nurov was ever held in its cellar in Osh."


class Office:
    """A newsroom whose clock goes on by a minute with each step."""

    def __init__(self, app: App) -> None:
        self.app, self.now = app, NOW
        app.clock = self.tick

    def tick(self):
        self.now += MINUTE
        return self.now

    def save(
        self, older: OlderArticles = OlderArticles.QUEUE, *, withdraw: bool = False, **edits: tuple[object, ...]
    ) -> int:
        change = WatchlistChange(**edits)
        withdrawn = withdrawn_hits(self.app, change) if withdraw else ()
        saved = self.app.watchlist_file.save(
            change, self.tick(), source="desk", author="Aida", older=older, withdrawn=withdrawn
        )
        return saved.version

    def change(self, entity: str, **values: object) -> int:
        old = self.app.entity(entity)
        return self.save(changed=((old, replace(old, **values)),))

    def take_back(self, version: int | None = None) -> int:
        number = self.app.watchlist().version if version is None else version
        take_back(self.app, self.app.store.watchlists.version(number), source="desk")
        return self.app.store.watchlists.versions(limit=1)[0].withdrawn

    def store(self, *texts: str, title: str = "Monday") -> None:
        """Store articles as a run does."""
        for text in texts:
            at, key = self.tick(), f"post.example/{abs(hash((text, title)))}"
            (entry,) = backlog(self.app.store, item(key), now=at)
            new = article(key, text, title, first_seen=at, published=at)
            compiled = self.app.compiled_watchlist()
            ((_, hits),) = hits_of_articles([new], compiled, self.app.lessons())
            result = Result(entry, at, Outcome.QUEUED, article=new, hits=hits, fingerprint=fingerprint_of(new, hits))
            self.app.store.entries.save_result(result)

    def read(self, *texts: str, title: str = "Monday") -> None:
        """Store and file articles, and look for new names in the stored ones, as a run does."""
        self.store(*texts, title=title)
        archive = self.app.store.archive
        if pending := archive.pending_rescan():
            matches = rescan_articles(archive.articles(None, None, 100), compiled=self.app.compiled_watchlist())
            gained = for_older_articles([match for match in matches if match.gained], pending)
            archive.save(gained, self.tick())
            end_rescan(self.app.store)
        self.file()

    def file(self) -> None:
        with self.app.store.database.filing_lock():
            for candidate in self.app.store.stories.awaiting_filing():
                file_article(candidate, stories=self.app.store.stories, now=self.tick())

    def queue(self) -> list[tuple[int, tuple[str, ...], frozenset[str], State, str]]:
        """Return the items with their articles, names and states: all that the queue shows."""
        states = [state for state in State if state is not State.MERGED]
        return [
            (
                one.id,
                tuple(sorted(article.headline + article.url for article in one.articles)),
                frozenset((hit.entity, hit.confidence, hit.alerts) for hit in one.hits),
                one.state,
                one.reopened,
            )
            for one in sorted(self.app.queue(states=states), key=lambda one: one.id)
        ]

    def names(self) -> list[set[str]]:
        return [{entity for entity, *_ in names} for _, _, names, *_ in self.queue()]

    def queued(self) -> set[str]:
        return {article.url for one in self.app.queue() for article in one.articles}

    def hits_of(self, entity: str) -> int:
        """Return the number of stored articles that name an entity."""
        return sum(entity in record.hits for record in self.app.store.archive.articles(None, None, 100))

    def is_sound(self) -> bool:
        return not self.app.store.upkeep.check()


@pytest.fixture
def office(store, tmp_path) -> Office:
    (tmp_path / "watchlist.yaml").write_text("entities:\n  - id: melis\n    name: Melis Tokoev\n", "utf-8")
    app = App(Settings(home=tmp_path), store)
    office = Office(app)
    assert app.watchlist_file.take_in(NOW) == []
    office.read(OF_MELIS)
    return office


def test_taking_an_added_name_back_leaves_the_queue_as_it_was(office: Office):
    before = office.queue()
    office.store(OF_AZAT)
    version = office.save(added=(AZAT,))
    office.read(ELECTION, title="Election")
    assert office.names() == [{"melis"}, {"azat"}, {"azat"}]
    assert office.take_back(version) == 2
    assert office.queue() == before
    assert office.is_sound()


def test_an_item_that_names_others_as_well_loses_the_name_only(office: Office):
    office.save(added=(AZAT,))
    office.read(OF_BOTH, title="Border")
    assert office.names() == [{"melis"}, {"melis", "azat"}]
    assert office.take_back() == 1
    assert office.names() == [{"melis"}, {"melis"}]


def test_what_was_withdrawn_comes_again_when_that_is_taken_back(office: Office):
    office.store(OF_AZAT)
    office.save(added=(AZAT,))
    office.read(OF_BOTH)
    names = office.names()
    office.take_back()
    office.take_back()
    office.read()
    assert sorted(map(sorted, office.names())) == sorted(map(sorted, names))
    assert office.is_sound()


@pytest.mark.parametrize("verdict", [Verdict.RELEVANT, Verdict.LATER])
def test_an_item_that_somebody_has_judged_stays(office: Office, verdict: Verdict):
    office.save(added=(AZAT, CHOLPON))
    office.read(OF_AZAT, OF_CHOLPON)
    judged, unjudged = (row[0] for row in office.queue() if row[0] != 1)
    until = office.now + DAY if verdict is Verdict.LATER else None
    office.app.decide(judged, verdict, by="Olga", until=until, note="see the file")
    assert office.take_back() == 1
    assert [row[0] for row in office.queue()] == [1, judged] and unjudged not in {1, judged}
    assert office.is_sound()


def test_an_item_that_somebody_judged_and_took_back_stays_too(office: Office):
    office.save(added=(AZAT,))
    office.read(OF_AZAT)
    office.app.decide(2, Verdict.RELEVANT, by="Olga")
    office.app.undo(by="Olga", item=2)
    assert office.take_back() == 0
    assert office.names() == [{"melis"}, {"azat"}]


def test_a_judgement_of_another_name_keeps_nothing(office: Office):
    office.save(added=(AZAT,))
    office.read(OF_BOTH)
    (item_id,) = (row[0] for row in office.queue() if len(row[2]) == 2)
    office.app.decide(item_id, Verdict.RELEVANT, by="Olga", entity="melis")
    assert office.take_back() == 1
    assert office.names() == [{"melis"}] * len(office.queue())
    assert office.app.item(item_id).verdict is Verdict.RELEVANT


def test_an_item_that_only_the_name_reopened_is_decided_again(office: Office):
    office.read(OF_BOTH, title="Border")
    office.app.decide(2, Verdict.RELEVANT, by="Olga")
    before = office.queue()
    office.save(added=(AZAT,))
    office.read()
    assert office.queue()[1][3] is State.FOLLOW_UP and office.names()[1] == {"melis", "azat"}
    assert office.take_back() == 1
    assert office.queue() == before
    assert office.is_sound()


def test_a_card_that_was_open_meanwhile_is_refused_and_not_lost(office: Office):
    office.save(added=(AZAT,))
    office.read(OF_BOTH)
    (shown,) = (office.app.item(row[0]) for row in office.queue() if len(row[2]) == 2)
    office.take_back()
    with pytest.raises(StaleDecision):
        office.app.decide(shown.id, Verdict.RELEVANT, by="Olga", version=shown.version)


def test_what_a_name_brought_before_it_was_removed_and_added_again_stays(office: Office):
    office.save(added=(AZAT,))
    office.read(OF_AZAT)
    removed = office.save(removed=(AZAT,))
    office.take_back(removed)
    office.read(ELECTION, title="Election")
    assert office.take_back() == 1
    assert office.names() == [{"melis"}, {"azat"}]


def test_a_spelling_that_is_taken_back_takes_what_only_it_brought(office: Office):
    office.store(
        "Tokoyevych was seen in Osh on Friday, the paper says, and nobody asked him for his papers.", title="Osh"
    )
    version = office.change("melis", aliases=("Tokoyevych",))
    office.read("Melis Tokoev, whom friends call Tokoyevych, wrote from the colony in the north.", title="A letter")
    assert office.names() == [{"melis"}] * 3
    assert office.take_back(version) == 1
    assert len(office.queue()) == 2
    assert office.is_sound()


def test_a_change_of_a_note_that_is_taken_back_takes_nothing(office: Office):
    version = office.change("melis", note="by phone")
    office.read("Melis Tokoev wrote a letter from the colony in the north, and it was read out in the square.")
    before = office.queue()
    assert office.take_back(version) == 0
    assert office.queue() == before


def test_an_alert_that_is_taken_back_takes_what_only_it_queued(office: Office):
    office.save(added=(CALM,))
    office.read("The Committee for Public Calm met on Monday and said that all is well in the country.")
    assert office.names() == [{"melis"}]
    version = office.change("calm", alert=Alert.ALWAYS)
    office.read()
    assert office.names() == [{"melis"}, {"calm"}]
    assert office.take_back(version) == 1
    assert office.names() == [{"melis"}]
    assert office.app.store.stories.awaiting_filing() == []


def test_a_body_that_counted_only_beside_the_name_leaves_with_it(office: Office):
    office.save(added=(CALM,))
    office.save(added=(AZAT,))
    office.read(OF_CALM)
    assert office.names() == [{"melis"}, {"azat", "calm"}]
    assert office.take_back() == 1
    assert office.names() == [{"melis"}]
    assert office.is_sound()


def test_copies_of_a_withdrawn_article_stay_where_they_name_somebody_else(office: Office):
    office.save(added=(AZAT,))
    office.read(OF_AZAT)
    office.read(f"{OF_AZAT} {WEATHER}", title="Tuesday")
    office.read(f"{OF_AZAT} Melis Tokoev was there.", title="Wednesday")
    office.take_back()
    assert office.names() == [{"melis"}, {"melis"}]
    assert all(article.copy_of is None for one in office.app.queue() for article in one.articles)
    assert office.is_sound()


def test_a_reading_that_began_before_a_name_was_removed_queues_nothing_for_it(office: Office):
    office.save(added=(AZAT,))
    office.store(OF_AZAT)
    office.save(removed=(AZAT,))
    office.file()
    assert office.names() == [{"melis"}]
    office.take_back()
    office.read()
    assert office.names() == [{"melis"}, {"azat"}]


def test_items_that_people_merged_stay(office: Office):
    office.save(added=(AZAT,))
    office.read(OF_AZAT)
    office.app.merge(1, 2, by="Olga")
    assert office.take_back() == 0
    assert office.names() == [{"melis", "azat"}]


@pytest.mark.check
@pytest.mark.parametrize("older", OlderArticles)
@pytest.mark.parametrize("is_removed", [False, True])
def test_a_name_that_comes_back_treats_older_articles_as_when_it_was_saved(
    office: Office, older: OlderArticles, is_removed: bool
):
    office.store(OF_AZAT)
    office.save(older, added=(AZAT,))
    office.read(ELECTION, title="Election")
    queued, counted = office.queued(), office.hits_of("azat")
    assert len(queued) == (3 if older is OlderArticles.QUEUE else 2)
    assert counted == (1 if older is OlderArticles.NONE else 2)
    if is_removed:
        office.save(removed=(AZAT,), withdraw=True)
    else:
        office.take_back()
    assert office.names() == [{"melis"}]
    office.store(OF_BOTH, title="Border")  # Melis Tokoev brings it into the queue anyway
    office.take_back()
    office.read()
    assert queued < office.queued() and len(office.queued()) == len(queued) + 1
    assert office.hits_of("azat") == counted + 1
    assert office.is_sound()


def test_a_name_that_counts_only_does_not_fill_the_queue_when_its_removal_is_taken_back(office: Office):
    office.store(OF_AZAT)
    office.save(OlderArticles.COUNTED, added=(AZAT,))
    office.read()
    office.change("azat", note="by phone")
    office.save(removed=(office.app.entity("azat"),))
    office.take_back()
    office.read()
    assert office.names() == [{"melis"}]


def test_the_articles_stay_as_evidence(office: Office):
    office.save(added=(AZAT,))
    office.read(OF_AZAT)
    office.take_back()
    texts = [record.article.text for record in office.app.store.archive.articles(None, None, 10)]
    assert OF_AZAT in texts
