"""Import for its side effect: extract one dummy page, so that workers fork with libraries and models loaded."""

from __future__ import annotations

from monitor.extract.page import extract

extract(b"<!doctype html><title>News</title><article>" + b"<p>Nothing has happened here, and so it was read.</p>" * 20)
