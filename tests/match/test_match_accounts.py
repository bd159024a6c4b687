"""Accounts of a list (`handles`) are found exactly: as @name, and as the address of a profile or a post."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.match import compile_watchlist, find_mentions, match_documents
from monitor.model import Confidence, Document, Entity

MELIS = Entity("melis", "Мелис Токоев", handles=("@melis_t", "t.me/kara_suu", "instagram.com/me.lis", "blog.kg/melis"))
COMPILED = compile_watchlist([MELIS])


def accounts(text: str) -> list[tuple[str, str]]:
    """Return the accounts that are found: the words of the text and the listed account."""
    mentions = find_mentions(text, COMPILED)
    assert all(mention.confidence is Confidence.STRONG for mention in mentions)
    assert all(mention.span.of(text) == mention.text for mention in mentions)
    return [(mention.text, mention.alias) for mention in mentions]


@pytest.mark.parametrize(
    ("text", "words", "listed"),
    [
        ("Пишет @melis_t.", "@melis_t", "@melis_t"),
        ("Пишет @Melis_T, да", "@Melis_T", "@melis_t"),
        ("@melis_tнын каналы", "@melis_t", "@melis_t"),  # a Kyrgyz ending
        ("@melis_t-дын каналы", "@melis_t", "@melis_t"),
        ("(https://t.me/melis_t/1204)", "t.me/melis_t", "@melis_t"),
        ("twitter.com/melis_t?s=20", "twitter.com/melis_t", "@melis_t"),
        ("https://www.tiktok.com/@melis_t", "www.tiktok.com/@melis_t", "@melis_t"),
        ("m.facebook.com/melis_t", "m.facebook.com/melis_t", "@melis_t"),
        ("t.me/s/kara_suu", "t.me/s/kara_suu", "t.me/kara_suu"),
        ("telegram.me/kara_suu", "telegram.me/kara_suu", "t.me/kara_suu"),
        ("канал @kara_suu", "@kara_suu", "t.me/kara_suu"),
        ("instagram.com/me.lis.", "instagram.com/me.lis", "instagram.com/me.lis"),
        ("http://blog.kg/melis/", "blog.kg/melis", "blog.kg/melis"),
    ],
)
def test_an_account_is_found_as_a_name_and_as_an_address(text: str, words: str, listed: str):
    assert accounts(text) == [(words, listed)]


@pytest.mark.parametrize(
    "text",
    [
        "melis_t",
        "@melis_tt и @xmelis_t",
        "@melis_t.kg",
        "@melis_t-fan",
        "@melis_t@mastodon.social",
        "x@melis_t, melis_t@mail.kg",
        "post.kg/melis_t",  # no network of accounts
        "vk.com/kara_suu",  # listed for another network
        "instagram.com/kara_suu",
        "instagram.com/p/me.lis",
        "bt.me/kara_suu",
        "@me.lisa",
        "@melis",  # of a blog, whose accounts are not called @name
        "t.me/+melis_t",
    ],
)
def test_another_account_is_not_found(text: str):
    assert accounts(text) == []


def test_an_account_says_which_one_it_is_and_is_found_in_titles_and_batches():
    (mention,) = find_mentions("", COMPILED, title="Канал t.me/melis_t закрыт")
    assert mention.why == ("“t.me/melis_t” is the account @melis_t",)
    documents = [Document("1", "Ничего."), Document("2", "см. @melis_t")]
    assert [len(mentions) for _, mentions in match_documents(documents, COMPILED)] == [0, 1]


def test_accounts_of_a_changed_entry_are_taken_over():
    changed = compile_watchlist([Entity("melis", "Мелис Токоев", handles=("@other",))], COMPILED)
    assert [m.alias for m in find_mentions("@melis_t и @other", changed)] == ["@other"]


@given(st.text(st.characters() | st.sampled_from("@/._-tmeхн"), max_size=30), st.sampled_from(MELIS.handles))
def test_whatever_stands_around_an_account_its_offsets_slice_the_text(around: str, handle: str):
    text = f"{around}{handle}{around}"
    assert all(mention.span.of(text) == mention.text for mention in find_mentions(text, COMPILED))
