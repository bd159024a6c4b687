"""Pure. Accounts of social networks, as lists and texts write them."""

from __future__ import annotations

import re

ACCOUNT_NAME = r"[A-Za-z0-9_](?:[A-Za-z0-9_.]*[A-Za-z0-9_])?"
_ACCOUNT_RE = re.compile(rf"@{ACCOUNT_NAME}|(?:[a-z0-9-]+\.)+[a-z]{{2,}}/@?{ACCOUNT_NAME}")


def normalize_account(written: str) -> str:
    """Return a listed account as `@name` or `host/name`; other texts as they are.

    >>> normalize_account("https://www.instagram.com/Joomart.D/"), normalize_account("joomart_d")
    ('instagram.com/Joomart.D', '@joomart_d')
    """
    account = re.sub(r"^(?:https?://)?(?:www\.)?|[/?#\s]+$", "", written.strip())
    host, slash, name = account.partition("/")
    if slash:
        return f"{host.lower()}/{re.sub('^(?:s|c|in|user)/', '', name)}"
    return f"@{account}" if re.fullmatch(ACCOUNT_NAME, account) else account


def is_account(text: str) -> bool:
    """Return whether a text is an account as `normalize_account` returns it."""
    return _ACCOUNT_RE.fullmatch(text) is not None
