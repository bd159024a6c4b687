"""Check of an evidence pack with the standard library of Python alone: `python3 verify.py PACK`.

It names each file of which a byte was changed, added or removed, and says what stands under a seal and what does not.
It does not check the signatures of time stamps: it prints the lines for openssl that do.
"""

# A copy of this file lies in each pack, so it imports nothing of monitor.
from __future__ import annotations

import calendar
import json
import shlex
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

if __name__ == "__main__":  # the files lie side by side in a pack
    import evidence_page  # type: ignore[import-not-found]
    import pack_format as form  # type: ignore[import-not-found]
    from pack_zip import NotAPack, Pack, changed_zip, plain  # type: ignore[import-not-found]
else:
    from monitor.pack import evidence_page
    from monitor.pack import pack_format as form
    from monitor.pack.pack_zip import NotAPack, Pack, changed_zip, plain

_ANSWER = {"url", "status", "fetched", "headers"}
_KINDS = (("fetched", "feed", "stored before"), ("absent", "stored before"))  # of a version, and of an absence
_UNSEALED = {"text": "text that is read out of it", "headers": "headers of its answer"}
NEVER_SEALED = (
    "requests, and all else in evidence/manifest.json, as names found, decisions, notes, changes, outlets, dates of "
    "publication, when a page was seen again and when the pack was made: the word of those who made it"
)
_CHANGED, _WHOLE = "Something was changed since this file was made.", "Nothing was changed."
_NOT_COMPARED = (
    "Not everything could be compared: the file says that another version made it. What is named as not compared may "
    "say anything. Do not read it; check the file with the verify.py of that version."
)


@dataclass
class CheckReport:
    """What a check found. `commands`: the lines for openssl; `stamps`: (sealed file, its time stamp).

    `not_compared`: what is not as this version would make it, in a pack that says that another version made it.
    """

    changed: list[str] = field(default_factory=list)
    not_compared: list[str] = field(default_factory=list)
    sealed: list[str] = field(default_factory=list)
    unsealed: list[str] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    stamps: list[tuple[str, str]] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        """Return whether all was compared, and nothing was changed."""
        return not self.changed and not self.not_compared


def check_pack(file: IO[bytes]) -> CheckReport:
    """Check a pack: hashes, what is made from the sources, the zip itself and the seals. Raises NotAPack."""
    pack, report = Pack(file), CheckReport()
    hashes = {name: _hash_of(pack, name) for name in pack.places}
    report.changed += _changed_files(pack, hashes)
    try:
        manifest = json.loads(pack.read(form.MANIFEST))
        comparisons = _made_again(pack, manifest, hashes)
        order = [name for name, _ in comparisons]
        other_files = [f"{plain(n)}: is not what the other files make it" for n, same in comparisons if not same]
        other_files += [f"{plain(n)}: does not belong into the pack" for n in pack.places if n not in order]
        if manifest["programs"] == form.programs_hash():
            report.changed += other_files
        else:
            report.not_compared += other_files
        _check_seals(pack, manifest, report)
    except (AttributeError, IndexError, KeyError, OverflowError, RecursionError, TypeError, ValueError) as error:
        order = list(pack.places)
        report.changed.append(f"{form.MANIFEST}: is not written as in a pack ({plain(repr(error))})")
    report.changed += changed_zip(pack, [name for name in order if name in pack.places])
    report.changed = list(dict.fromkeys(report.changed))
    return report


def _hash_of(pack: Pack, name: str) -> tuple[str, int]:
    hasher, size = sha256(), 0
    for piece in pack.pieces(name):
        hasher.update(piece)
        size += len(piece)
    return hasher.hexdigest(), size


def _changed_files(pack: Pack, hashes: dict[str, tuple[str, int]]) -> Iterator[str]:
    """Yield the files whose hash is not the listed one, those that are not listed, and those that are missing."""
    sums, package, package_hash = form.END_FILES
    try:
        listed = {name: sha for sha, name in (line.split("  ", 1) for line in pack.read(sums).decode().splitlines())}
        listed[package] = json.loads(pack.read(package_hash))["hash"].removeprefix("sha256:")
    except (AttributeError, KeyError, TypeError, ValueError):
        yield f"{sums} or {package_hash}: is damaged"
        return
    for name, sha in listed.items():
        if name not in hashes:
            yield f"{plain(name)}: is missing"
        elif hashes[name][0] != sha:
            yield f"{plain(name)}: its bytes are not those of the listed hash"
    yield from (f"{plain(name)}: was added" for name in hashes if name not in {*listed, sums, package_hash})


def _made_again(pack: Pack, manifest: Any, hashes: dict[str, tuple[str, int]]) -> list[tuple[str, bool]]:
    """Return each file in the order of the pack, and whether it is what the sources make it."""
    if sorted(manifest["files"]) != sorted(form.source_names(manifest)):
        raise ValueError("it has files that belong to no article and no seal")
    comparisons = [(form.START, _is(pack, form.START, [form.START_TEXT]))]
    for name, row in manifest["files"].items():
        comparisons.append((name, hashes.get(name) == (row["sha256"], row["bytes"])))
    comparisons.append((form.MANIFEST, _is(pack, form.MANIFEST, [form.pretty_json(manifest)])))
    for language in evidence_page.LANGUAGES:
        page = evidence_page.page_name(language)
        comparisons.append((page, _is(pack, page, [evidence_page.evidence_page(manifest, language)])))
    comparisons += [(name, _is(pack, name, [program])) for name, program in form.programs()]
    answers = list(form.answers_of(manifest))
    cdx: list[str] = []
    if answers:
        comparisons.append((form.WARC, _is(pack, form.WARC, _warc_records(pack, answers, cdx))))
    texts = ((answer, pack.read(answer.version["text"]).decode()) for answer in answers)
    comparisons += [(name, _is(pack, name, [content])) for name, content in form.index_files(cdx, texts)]
    entries = {name: hashes[name] for name, _ in comparisons if name in hashes}
    return comparisons + [(name, _is(pack, name, [content])) for name, content in form.closing_files(manifest, entries)]


def _warc_records(pack: Pack, answers: Iterable[form.Answer], cdx: list[str]) -> Iterator[bytes]:
    """Yield the records of the WARC again, and add their lines to the index."""
    offset = 0
    for answer in answers:
        head, body = _answer_in(pack, answer.row["answer"]), pack.read(answer.row["page"])
        record = form.warc_record(head, body)
        cdx.append(form.cdx_line(head, body, offset, len(record)))
        record += form.request_record(head, body)
        offset += len(record)
        yield record


def _answer_in(pack: Pack, name: str) -> Any:
    """Return the answer of a server in a file. Raises ValueError."""
    content = pack.read(name)
    try:
        answer = json.loads(content)
    except ValueError:
        answer = None
    # A key that stands there twice is read once.
    is_plain = isinstance(answer, dict) and form.pretty_json(answer) == content
    if not is_plain or set(answer) - {"request"} != _ANSWER:
        raise ValueError(f"{name} is no answer of a server")
    return answer


def _is(pack: Pack, name: str, content: Iterable[bytes]) -> bool:
    """Return whether a file of the pack has these bytes."""
    if name not in pack.places:
        return not list(content)
    start, size = pack.places[name]
    at, is_same = 0, True
    for piece in content:
        pack.file.seek(start + at)
        is_same &= pack.file.read(min(len(piece), max(0, size - at))) == piece
        at += len(piece)
    return is_same and at == size


# ---- seals ----------------------------------------------------------------------------------------------------------


def _check_seals(pack: Pack, manifest: Any, report: CheckReport) -> None:
    """Check which pages are sealed, that each seal follows from the one before, and what its time stamps are of."""
    seals = _Seals(pack, manifest, report)
    for versions in manifest["articles"]:
        for version in versions:
            seals.check(version, version)
            if absence := version.get("absent"):
                seals.check(version, absence)
    report.unsealed.append(NEVER_SEALED)


class _Seals:
    """The seals in a pack, checked, and the pages that are under them."""

    def __init__(self, pack: Pack, manifest: Any, report: CheckReport) -> None:
        self._pack, self._manifest, self._report = pack, manifest, report
        self._trees: dict[str, str] = {}
        before = None
        for seal in manifest["seals"]:
            before = self._check_seal(seal, before)

    def check(self, version: Any, row: Any) -> None:
        """Check whether a version, or the answer in its place, is what was sealed; `row` has its files."""
        is_absent, seal = row is not version, row.get("seal")
        name = plain(row.get("page") or version["text"])
        if is_absent:
            name = f"{name if 'page' in row else 'article'}: that article {int(version['article'])} was absent"
        if not seal:
            self._report.unsealed.append(name)
            return
        record, path = seal["record"], [bytes.fromhex(sibling) for sibling in seal["path"]]
        if form.root_of(form.leaf_hash(record), seal["index"], path).hex() != self._trees.get(seal["day"]):
            self._report.changed.append(f"{name}: is not under the seal of {plain(seal['day'])}")
            return
        if record["kind"] not in _KINDS[is_absent] or (is_absent and record["title"]):
            self._report.changed.append(f"{name}: another answer of a server was sealed than it is shown as")
            return
        if is_absent and row["url"] != (version["url"] or None):
            address = plain(row["url"]) if row["url"] else "an address that is not kept"
            self._report.unsealed.append(f"{name}: that this is what {address} answered in that article's place")
        actual = _actual_record(self._pack, version, row)
        differing = [key for key, value in actual.items() if repr(record[key]) != repr(value)]  # 200.0 is not 200
        # To a page's text lines of the feed, a byline or a caption may have been added, and of what was stored before
        # the first seal the headers were not always kept.
        unsealed = [
            key for key in differing if (key == "text" and "page" in row) or (key == "headers" and not record[key])
        ]
        if wrong := [key for key in differing if key not in unsealed]:
            self._report.changed.append(f"{name}: its {' and '.join(wrong)} is not what was sealed")
            return
        matching = ", ".join(key for key in actual if key not in differing and actual[key] != "")
        kind = "" if record["kind"] == "fetched" else f" as {plain(record['kind'])}"
        self._report.sealed.append(f"{name}: on {plain(seal['day'])}{kind}: {matching}; {self._stamps(seal['day'])}")
        self._report.unsealed += [f"{name}: the {_UNSEALED[key]}" for key in unsealed]

    def _check_seal(self, seal: Any, before: str | None) -> str | None:
        """Check that a seal follows from the one before; return its hash if the next in the pack follows from it."""
        text = self._pack.read(seal["file"])
        day, tree, previous = (line.split(" ")[1] for line in text.decode().splitlines()[1:])
        follows = previous == before if before else True
        if form.seal_text(day, tree, previous) != text or day != seal["day"] or not follows:
            self._report.changed.append(f"{plain(seal['file'])}: is no seal, or does not follow from the one before")
            return "not a seal"
        self._trees[day] = tree
        for stamp in seal["stamps"]:
            self._check_stamp(seal["file"], form.digest(text), stamp)
        return form.digest(text) if seal["next"] else None

    def _check_stamp(self, sealed: str, expected: str, stamp: Any) -> None:
        name = stamp["file"]
        try:
            status, stamped, at = form.read_token(self._pack.read(name))
            seconds = calendar.timegm(time.strptime(at, "%Y-%m-%dT%H:%M:%SZ"))
        except (IndexError, ValueError) as error:
            self._report.changed.append(f"{plain(name)}: is no time stamp ({plain(error)})")
            return
        if status != 0 or stamped != expected or at != stamp["at"]:
            problem = f"is not the time stamp of {plain(sealed)} at the time that is said"
            self._report.changed.append(f"{plain(name)}: {problem}")
            return
        self._report.stamps.append((sealed, name))
        files = f"-data {shlex.quote(sealed)} -in {shlex.quote(name)} -untrusted {shlex.quote(stamp['certificates'])}"
        self._report.commands.append(f"openssl ts -verify {plain(files)} -CAfile AUTHORITY.pem -attime {seconds}")

    def _stamps(self, day: str) -> str:
        stamps = evidence_page.stamps_of(self._manifest, day)
        claims = "; ".join(f"certified at {plain(s['at'])}, it says by {plain(s['authority'])}" for s in stamps)
        return claims or "no authority has certified it, which proves nothing to others"


def _actual_record(pack: Pack, version: Any, row: Any) -> dict[str, Any]:
    """Return what the files say, as far as the pack has it, in the words of a sealed record."""
    actual = {"at": row["found"] if row is not version else row["fetched"]}
    if row["url"] or row is version:  # of an absence that named nobody the address was not kept
        actual["address"] = form.digest(row["url"].encode())
    if row is version:
        actual |= {"title": form.digest(row["title"].encode()), "text": form.digest(pack.read(row["text"]))}
    if "page" in row:
        answer = _answer_in(pack, row["answer"])
        if (answer["url"], answer["fetched"]) != (row["url"], actual["at"]) or not answer["fetched"]:
            raise ValueError(f"{row['answer']} is of another page")
        actual |= {"page": form.digest(pack.read(row["page"])), "headers": form.headers_hash(answer["headers"])}
        actual |= {"status": answer["status"]}
    return {key: value for key, value in actual.items() if value is not None}


def lines_of(report: CheckReport) -> Iterator[str]:
    """Yield a report as lines for people."""
    yield from (f"CHANGED: {line}" for line in report.changed)
    yield from (f"NOT COMPARED: {line}" for line in report.not_compared)
    yield from (f"sealed: {line}" for line in report.sealed)
    yield from (f"under no seal: {line}" for line in report.unsealed)
    if report.commands:
        yield "The signatures of the time stamps were not checked here. Unzip the pack, and for each of them run:"
        yield from (f"  {command}" for command in report.commands)
        yield "with the authority's own certificate as AUTHORITY.pem, which you have from the authority."
    yield _CHANGED if report.changed else _NOT_COMPARED if report.not_compared else _WHOLE


def main(arguments: list[str]) -> int:
    """Check a file; return 0, 1 if something was changed or could not be compared, or 2 if it is no pack."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python3 verify.py PACK\n")
        return 2
    try:
        with Path(arguments[0]).open("rb") as file:
            report = check_pack(file)
    except (NotAPack, OSError) as error:
        sys.stderr.write(f"{plain(arguments[0])} cannot be checked: {plain(error)}\n")
        return 2
    sys.stdout.write("".join(f"{line}\n" for line in lines_of(report)))
    return 0 if report.is_whole else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
