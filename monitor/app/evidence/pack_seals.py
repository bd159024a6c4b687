"""What ties the pages of a pack to the seals of their days. Nothing of other pages goes into it but hashes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from monitor.app.evidence.seal import text_of
from monitor.model import Absence, Seal, SealProof, Version, text_hash
from monitor.pack.pack_format import headers_hash
from monitor.serialize import Row, utc_text
from monitor.store.seals import SqlSeals, Tree


@dataclass(frozen=True, slots=True)
class SealFiles:
    """A seal's row of the manifest, and its files."""

    row: Row
    files: Sequence[tuple[str, bytes]]


class SealsOfPack:
    """The seals of one pack.

    A page is looked for by what was sealed of it and not by its version: copies of the closed watch count their own.
    """

    def __init__(self, seals: SqlSeals) -> None:
        self._seals = seals
        self._proofs: tuple[int, Sequence[SealProof]] = (0, ())
        self._days: set[date] = set()
        self._trees: dict[int, Tree] = {}

    def of_version(self, version: Version) -> Row | None:
        """Return the row of a version's seal, or None if it stands under none."""
        article = version.article
        contents: dict[str, Any] = {"address": text_hash(article.url), "title": text_hash(article.title)}
        if article.fetched:
            contents["at"] = utc_text(article.fetched)
        if article.raw:
            contents["page"] = article.raw.sha256
        else:
            contents["text"] = version.sha256
        headers = headers_hash(article.raw.headers) if article.raw else ""
        return self._row_of_proof(article.id, contents, headers, {"fetched", "feed", "stored before"})

    def of_absence(self, article: int, absence: Absence) -> Row | None:
        """Return the row of the seal of what a server answered in the place of an article."""
        contents = {"at": utc_text(absence.at), "title": ""}
        if absence.raw:
            contents |= {"address": text_hash(absence.url), "page": absence.raw.sha256}
        headers = headers_hash(absence.raw.headers) if absence.raw else ""
        return self._row_of_proof(article, contents, headers, {"absent", "stored before"})

    def rows(self) -> Iterator[SealFiles]:
        """Yield the seals that the pages need, each up to the first that an authority certified, in their order."""
        seals = self._seals.up_to_stamp(self._days) if self._days else ()
        numbers = {seal.number for seal in seals}
        for seal in seals:
            yield _seal_files(seal, is_followed=seal.number + 1 in numbers)

    def _row_of_proof(self, article: int, contents: Mapping[str, Any], headers: str, kinds: set[str]) -> Row | None:
        if self._proofs[0] != article:
            self._proofs = article, self._seals.proofs(article, self._trees)
        for proof in self._proofs[1]:
            record = proof.record
            is_same = all(record[name] == value for name, value in contents.items()) and record["kind"] in kinds
            # Of pages that named nobody at first the headers were not kept.
            if is_same and (not headers or record["headers"] in {headers, ""}):
                self._days.add(proof.day)
                return {
                    "day": proof.day.isoformat(),
                    "index": proof.index,
                    "path": list(proof.path),
                    "record": dict(record),
                }
        return None


def _seal_files(seal: Seal, *, is_followed: bool) -> SealFiles:
    name = f"seals/{seal.day}"
    files, stamps = [(f"{name}.txt", text_of(seal))], []
    for number, stamp in enumerate(seal.stamps, 1):
        response, certificates = f"{name}.{number}.tsr", f"{name}.{number}.pem"
        files += [(response, stamp.response), (certificates, stamp.certificates.encode())]
        at = utc_text(stamp.at)
        stamps.append({"authority": stamp.authority, "at": at, "file": response, "certificates": certificates})
    row = {"day": seal.day.isoformat(), "file": f"{name}.txt", "stamps": stamps, "next": is_followed}
    return SealFiles(row, files)
