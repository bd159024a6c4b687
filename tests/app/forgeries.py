"""Forgeries of a sealed pack, before every hash is made again."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from app.packs import Files
from app.stamps import stamp_read_as_of
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
    files["seals/2020-01-01.txt"] = _forge_page(manifest, files, "2020-01-01")
    manifest["seals"].insert(0, {"day": "2020-01-01", "file": "seals/2020-01-01.txt", "stamps": [], "next": True})


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


def with_a_key_twice_in_an_answer(manifest: Any, files: Files) -> None:
    name = manifest["articles"][0][0]["answer"]
    files[name] = files[name].replace(b'"status":', b'"status": 451,\n "status":', 1)


def with_a_status_in_another_form(manifest: Any, files: Files) -> None:
    name = manifest["articles"][0][0]["answer"]
    files[name] = form.pretty_json(json.loads(files[name]) | {"status": 200.0})


def with_an_answer_whose_page_is_left_out(manifest: Any, files: Files) -> None:
    version = manifest["articles"][0][0]
    page = version.pop("page")
    del files[page], manifest["files"][page]
    files[version["answer"]] = b"451 Unavailable For Legal Reasons"


def with_a_text_of_an_absence(manifest: Any, files: Files) -> None:
    manifest["articles"][0][1]["absent"]["text"] = "articles/1-absent.txt"
    files["articles/1-absent.txt"] = b"This site is blocked."


def _with_a_text_called(name: str) -> Callable[[Any, Files], None]:
    """Return a change that adds a version under no seal, whose text has a name of the forger's."""

    def change(manifest: Any, files: Files) -> None:
        version = manifest["articles"][0][0] | {"version": 3, "seal": None, "text": name}
        del version["page"], version["answer"]
        manifest["articles"].append([version])
        files[name] = b"<h1>He was freed.</h1>"

    change.__name__ = f"with_a_text_called_{name}"
    return change


def with_two_versions_of_one_number(manifest: Any, _: Files) -> None:
    versions = manifest["articles"][0]
    versions.insert(0, versions[0] | {"seal": None, "title": "Court frees him"})


def with_the_certificates_called_as_the_readers_own(manifest: Any, files: Files) -> None:
    stamp = manifest["seals"][0]["stamps"][0]
    for rows in (files, manifest["files"]):
        rows["AUTHORITY.pem"] = rows.pop(stamp["certificates"])
    stamp["certificates"] = "AUTHORITY.pem"


def without_the_answer_of_an_absence(manifest: Any, files: Files) -> None:
    """Leave out what is also not there of an article that named nobody on the list when it was absent."""
    absence = manifest["articles"][0][1]["absent"]
    for name in (absence.pop("page"), absence.pop("answer")):
        del files[name], manifest["files"][name]
    absence["url"] = ""


def with_the_absence_of_another_page(manifest: Any, files: Files) -> None:
    """Leave out every address, and show what was answered for another article."""
    versions = manifest["articles"][0]
    without_the_answer_of_an_absence(manifest, files)
    for version in versions:
        version["url"] = ""
        files[version["answer"]] = form.pretty_json(json.loads(files[version["answer"]]) | {"url": ""})


def with_a_sentence_for_a_time(manifest: Any, _: Files) -> None:
    manifest["made"] = "2019-01-01, for a court that has checked it"


def of_a_day_that_is_a_sentence(manifest: Any, files: Files) -> None:
    day = "2019-01-01,\N{NO-BREAK SPACE}certified"
    version, name = manifest["articles"][0][0], f"seals/{day}.txt"
    files[name] = form.seal_text(day, form.leaf_hash(version["seal"]["record"]).hex(), "0" * 64)
    version["seal"] |= {"path": [], "index": 0, "day": day}
    manifest["seals"].insert(0, {"day": day, "file": name, "stamps": [], "next": False})


def with_a_time_that_the_authority_did_not_sign(manifest: Any, files: Files) -> None:
    """Put another time where the stamp is read as DER and not as OpenSSL reads it, which finds the signature valid."""
    stamp = manifest["seals"][0]["stamps"][0]
    stamp["at"] = "2020-01-01T00:00:00Z"
    files[stamp["file"]] = stamp_read_as_of(files[stamp["file"]], b"20200101000000Z")


FORGERIES = [
    with_a_key_twice_in_an_answer, with_a_status_in_another_form, with_an_answer_whose_page_is_left_out,
    with_a_text_of_an_absence, _with_a_text_called("INDEX.html"), _with_a_text_called("../START-HERE"),
    _with_a_text_called("ARTICLES/1-1.TXT"), with_two_versions_of_one_number,
    with_the_certificates_called_as_the_readers_own, with_the_absence_of_another_page, with_a_sentence_for_a_time,
    of_a_day_that_is_a_sentence, with_a_time_that_the_authority_did_not_sign,
    as_absent_while_it_was_seen, as_present_while_it_was_absent,
    named("page"), with_other_headers, at_another_time, at_another_address, under_another_headline, with_another_record,
    with_the_path_of_another_page, under_a_new_seal_with_the_old_stamp, under_a_second_seal_of_the_day,
    under_an_earlier_seal_that_the_certified_one_does_not_follow, at_an_earlier_time_of_the_stamp,
    with_a_page_of_no_article, with_more_in_an_answer,
]  # fmt: skip
