"""To be imported where workers are forked from: what the first page loads, the language model above all, they share."""

from __future__ import annotations

from monitor.extract import extract

extract(b"<!doctype html><title>News</title><article>" + b"<p>Nothing has happened here, and so it was read.</p>" * 20)
