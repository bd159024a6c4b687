"""To be imported where workers are forked from: what the first page loads, the language model above all, they share."""

from __future__ import annotations

from monitor.extract import extract

extract(
    f"<!doctype html><title>News</title><article>{'<p>Nothing has happened here, and so it was read.</p>' * 20}".encode()
)
