"""Forgeries of a sealed pack, before every hash is made again."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from app.packs import Files
from monitor.pack import pack_format as form


def named(file: str) -> Callable[[Any, Files], None]:
    """Return a change that puts other words into a file of the first version."""

    def change(manifest: Any, files: Files) -> None:
        files[manifest["articles"][0][0][file]] += b" and was freed"

    return change


def with_other_headers(manifest: Any, files: Files) -> None:
    name = manifest["articles"][0][0]["answer"]
    files[name] = files[name].replace(b"text/html", b"text/plain")


def at_another_time(manifest: Any, files: Files) -> None:
    version = manifest["articles"][0][0]
    answer = json.loads(files[version["answer"]])
    version["fetched"] = answer["fetched"] = "2020-01-01T00:00:00Z"
    files[version["answer"]] = form.pretty_json(answer)


def at_another_address(manifest: Any, files: Files) -> None:
    version = manifest["articles"][0][0]
    answer = json.loads(files[version["answer"]])
    version["url"] = answer["url"] = "https://other.example/"
    files[version["answer"]] = form.pretty_json(answer)


def under_another_headline(manifest: Any, _: Files) -> None:
    manifest["articles"][0][0]["title"] = "Court frees him"


def with_another_record(manifest: Any, _: Files) -> None:
    manifest["articles"][0][0]["seal"]["record"]["at"] = "2020-01-01T00:00:00Z"


def with_the_path_of_another_page(manifest: Any, _: Files) -> None:
    first, second = manifest["articles"][0]
    first["seal"]["path"] = second["seal"]["path"]


def _forge_page(manifest: Any, files: Files, day: str) -> bytes:
    """Change the first page, and return a seal of that day over it alone."""
    version = manifest["articles"][0][0]
    named("page")(manifest, files)
    record = version["seal"]["record"]
    record["page"] = form.digest(files[version["page"]])
    version["seal"] |= {"path": [], "index": 0, "day": day}
    return form.seal_text(day, form.leaf_hash(record).hex(), "0" * 64)


def under_a_new_seal_with_the_old_stamp(manifest: Any, files: Files) -> None:
    seal = manifest["seals"][0]
    files[seal["file"]] = _forge_page(manifest, files, seal["day"])


def under_a_second_seal_of_the_day(manifest: Any, files: Files) -> None:
    """Let the first seal of the day be certified, and the last be the one that counts."""
    seal = dict(manifest["seals"][0]) | {"file": "seals/x.txt", "stamps": [], "next": False}
    files["seals/x.txt"] = _forge_page(manifest, files, seal["day"])
    manifest["seals"].append(seal)


def under_an_earlier_seal_that_the_certified_one_does_not_follow(manifest: Any, files: Files) -> None:
    files["seals/x.txt"] = _forge_page(manifest, files, "2020-01-01")
    manifest["seals"].insert(0, {"day": "2020-01-01", "file": "seals/x.txt", "stamps": [], "next": True})


def with_a_page_of_no_article(_: Any, files: Files) -> None:
    files["articles/1-3.html"] = b"He was freed."


def with_more_in_an_answer(manifest: Any, files: Files) -> None:
    name = manifest["articles"][0][0]["answer"]
    files[name] = form.pretty_json(json.loads(files[name]) | {"note": "taken down by a court"})


def at_an_earlier_time_of_the_stamp(manifest: Any, _: Files) -> None:
    manifest["seals"][0]["stamps"][0]["at"] = "2020-01-01T00:00:00Z"


def as_absent_while_it_was_seen(manifest: Any, files: Files) -> None:
    """Show a page that was sent as what was sent in the article's place."""
    first, second = manifest["articles"][0]
    manifest["articles"][0] = [first]
    del files[second["absent"]["page"]], files[second["absent"]["answer"]], files[second["text"]]
    for name in (second["absent"]["page"], second["absent"]["answer"], second["text"]):
        del manifest["files"][name]
    absence = {"found": second["fetched"], "why": "404", "url": second["url"], "seal": second["seal"]}
    first["absent"] = absence | {"page": second["page"], "answer": second["answer"]}


def as_present_while_it_was_absent(manifest: Any, files: Files) -> None:
    second = manifest["articles"][0][1]
    absence = second.pop("absent")
    second |= {key: absence[key] for key in ("page", "answer", "seal", "url")} | {"fetched": absence["found"]}


FORGERIES = [
    as_absent_while_it_was_seen, as_present_while_it_was_absent,
    named("page"), with_other_headers, at_another_time, at_another_address, under_another_headline, with_another_record,
    with_the_path_of_another_page, under_a_new_seal_with_the_old_stamp, under_a_second_seal_of_the_day,
    under_an_earlier_seal_that_the_certified_one_does_not_follow, at_an_earlier_time_of_the_stamp,
    with_a_page_of_no_article, with_more_in_an_answer,
]  # fmt: skip
