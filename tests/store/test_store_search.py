"""Words are found in stories, in any form, by whoever may know of them."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, update

from kit.app import App
from kit.store import (
    NOW,
    article,
    backlog,
    filed,
    hit,
    item,
    story_item,
    watch,
)
from monitor.config import load_settings
from monitor.model import (
    Outcome,
    Placement,
    QueueFilter,
    Result,
)
from monitor.store import Store, open_store
from monitor.store import tables as t
from monitor.store.indexes.search import search_words
from monitor.text.normalize import fold
from monitor.text.tokens import tokens


def item_numbers(store: Store, words: str) -> list[int]:
    return store.queue.numbers(QueueFilter(words=words), NOW, 9)


SPELLINGS = (
    "ёлкина", "ЕЛКИНОЙ", "Елкин", "o'коннор", "О’Коннор елк", "бишкеке", "verdict", "VERD", "№ 12", "ан", "Ɵкмөт өкмөтү",
)  # fmt: skip


def test_words_are_found_in_any_case_form_and_spelling(store: Store):
    watch(store)
    text = "Ёлкина пришла в суд Бишкека, сказал О’Коннор. Өкмөт Ан 12. Verdicts. KOS"
    assert not any(item_numbers(store, words) for words in SPELLINGS)
    kos = filed(store, hit("KOS", "kos", text), text=text, title="Снег")
    filed(store)
    for words in SPELLINGS:
        assert item_numbers(store, words) == [kos.id], words


@given(st.text(max_size=40), st.text("аЁйІүқaXéß 2²'’_-.\u00ad\u0301", max_size=80))
def test_the_words_of_an_article_are_indexed_folded_and_in_order(title, body):
    folded = (fold(token.text) for token in [*tokens(title), *tokens(body)])
    words = {word[:60] for spelling in folded for word in re.findall(r"[^\W_]+", spelling)}
    assert search_words(title, body) == " ".join(sorted(words))


def test_words_that_no_article_has_find_nothing(store: Store):
    watch(store)
    text = "Ёлкина пришла в суд. Анара ждёт. KOS"
    filed(store, hit("KOS", "kos", text), text=text)
    for words in ("ан", "лкина", "судья", "ёлкина нет", "—", '"', "NOT", "'", "й", "суд OR нет", "a" * 99):
        assert item_numbers(store, words) == [], words


QUOTES = (
    ('"пришла в суд"', True), ("«ПРИШЛА в суд» ёлкина", True), ("“сказал О’Коннор”", True), ("„Өкмөт Ан“", True), ('"snow in Kos"', True),
    ('"пришла суд"', False), ('"в суд пришла"', False), ('"пришла в су"', False), ('"коннор өкмөт" снег', False), ('"снег ёлкина"', False),
)  # fmt: skip


def test_quotes_find_words_that_stand_one_after_the_other(store: Store):
    watch(store)
    text = "Ёлкина пришла в суд Бишкека, сказал О’Коннор. Өкмөт Ан 12. Snow in KOS"
    kos = filed(store, hit("KOS", "kos", text), text=text, title="Снег")
    filed(store)
    for words, is_found in QUOTES:
        assert item_numbers(store, words) == ([kos.id] if is_found else []), words


def test_an_article_is_found_by_what_it_says_now(store: Store):
    watch(store)
    (entry,) = backlog(store, item(1))
    result = Result(entry, NOW, Outcome.QUEUED, article=article("post.example/1", "KOS snow"), hits=())
    result = replace(result, hits=(hit("KOS", "kos", "KOS snow"),))
    store.entries.save_result(result)
    assert item_numbers(store, "snow") == []  # in no story yet
    one = story_item(store, store.stories.file(store.stories.awaiting_filing()[0], Placement(), None, NOW))
    assert item_numbers(store, "snow") == [one.id]
    both = filed(store)
    App(load_settings(Path("/nowhere"), {}, Path("/nowhere")), store, lambda: NOW).merge(both.id, one.id, by="aida")
    assert item_numbers(store, "snow") == [both.id]
    edited = replace(result, article=article("post.example/1", "KOS rain"), hits=(hit("KOS", "kos", "KOS rain"),))
    store.entries.save_result(edited)
    assert item_numbers(store, "snow") == [] and item_numbers(store, "rain") == [both.id]
    with store.database.writing("a test") as connection:
        connection.execute(delete(t.article_words).where(t.article_words.c.article == one.lead.id))
    assert item_numbers(store, "rain") == []


def test_a_word_that_is_searched_no_more_is_nowhere_in_the_file(sqlite_with_tables: Path, tmp_path: Path):
    file = Path(shutil.copy(sqlite_with_tables, tmp_path / "monitor.db"))
    store = open_store(f"sqlite:///{file}")
    watch(store)
    kept_item, removed_item = (filed(store, hit("KOS", "kos", text), text=text) for text in ("KOS snow", "KOS zyzzyva"))
    with store.database.writing("a test") as connection:
        connection.execute(delete(t.article_words).where(t.article_words.c.article == removed_item.lead.id))
        connection.execute(update(t.article_version).values(text=""))
        connection.execute(delete(t.raw_body))
    assert item_numbers(store, "zyzzyva") == [] and item_numbers(store, "snow") == [kept_item.id]
    store.database.overwrite_deleted_data()
    store.close()
    assert b"zyzzyva" not in file.read_bytes()
