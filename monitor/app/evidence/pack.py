"""Export of everything stored for a review item: one web archive (WACZ), to be verified without this program."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

from monitor import __version__
from monitor.app.evidence.seal import check_stamp, read_certificates, text_of
from monitor.app.files import create_private_file, open_unnamed_file
from monitor.app.review import Review
from monitor.errors import InputError
from monitor.home import Home
from monitor.model import Absence, RawPage, ReviewItem, Seal, SealProof, TextFrom, Version, text_hash
from monitor.pack import evidence_page
from monitor.pack import pack_format as form
from monitor.pack.pack_format import headers_hash
from monitor.pack.pack_zip import NotAPack, Pack
from monitor.pack.verify import CheckReport, check_pack, lines_of
from monitor.serialize import Row, mention_row, row, utc_text
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


PAGE_NOT_KEPT = "its bytes were not kept: it was read before anyone in it was watched, or by an earlier monitor"
_File = tuple[str, int, Iterable[bytes]]


def export_evidence(home: Home, number: int, file: Path) -> list[str]:
    """Write everything stored for an item into a zip file readable by its owner only; return what is missing.

    Raises NotFound; InputError if the file exists or cannot be created.
    """
    with create_private_file(file) as raw:
        return write_evidence(home, number, raw)


def write_evidence(home: Home, number: int, out: IO[bytes]) -> list[str]:
    """Write everything stored for an item as a zip file; return what is missing. Raises NotFound."""
    rows_by_article = _write_pack(out, home, home.store.reviews.get(number))
    missing_pages = sum("note" in version for versions in rows_by_article for version in versions)
    return [f"of {missing_pages} of the pages only the text is kept"] if missing_pages else []


def item_evidence(home: Home, item: ReviewItem) -> IO[bytes]:
    """Return the zip file, open at its start: a temporary file that has no name and is gone when it is closed."""
    with ExitStack() as stack:
        file = stack.enter_context(open_unnamed_file())
        _write_pack(file, home, item)
        file.seek(0)
        stack.pop_all()
    return file


def _write_pack(out: IO[bytes], home: Home, item: ReviewItem) -> list[list[Row]]:
    """Write the pack; return the rows of versions by article."""
    # One article at a time: the pages of a large story are gigabytes.
    articles = (home.store.reading.versions(article.id) for article in item.articles)
    with open_unnamed_file() as warc:
        pack = _PackFiles(home, item, warc)
        form.write_zip(out, pack.files(articles))
        return pack.rows_by_article


class _PackFiles:
    """The files of a pack in their order, made while they are written: one article at a time is in memory."""

    def __init__(self, home: Home, item: ReviewItem, warc: IO[bytes]) -> None:
        (self._row,) = Review(home).rows([item])
        self._now, self._warc, self._seals = home.clock(), warc, SealsOfPack(home.open_watch.store.seals)
        self.rows_by_article: list[list[Row]] = []
        self._sources: dict[str, Row] = {}
        self._entries: dict[str, tuple[str, int]] = {}
        self._warc_hash = sha256()
        self._cdx: list[str] = []
        self._texts: dict[str, str] = {}

    def files(self, articles: Iterable[Sequence[Version]]) -> Iterator[_File]:
        """Yield each file with its size and content."""
        yield self._file(form.START, form.START_TEXT)
        for versions in articles:
            rows: list[Row] = []
            self.rows_by_article.append(rows)
            for version in versions:
                rows.append(_version_row(version))
                yield from self._version_files(version, rows[-1])
        seal_rows = []
        for seal in self._seals.rows():
            seal_rows.append(seal.row)
            yield from (self._source(name, content) for name, content in seal.files)
        manifest = {
            "made": utc_text(self._now),
            "by": f"monitor {__version__}",
            "programs": form.programs_hash(),
            "item": self._row,
            "articles": self.rows_by_article,
            "seals": seal_rows,
            "files": self._sources,
        }
        yield from self._made_files(manifest)

    def _made_files(self, manifest: Row) -> Iterator[_File]:
        """Yield what is made from the sources, in the order in which verify.py makes it again."""
        yield self._file(form.MANIFEST, form.pretty_json(manifest))
        for language in evidence_page.LANGUAGES:
            yield self._file(evidence_page.page_name(language), evidence_page.evidence_page(manifest, language))
        for name, program in form.programs():
            yield self._file(name, program)
        # An archive without a page would look damaged.
        if size := self._warc.tell():
            self._entries[form.WARC] = (self._warc_hash.hexdigest(), size)
            yield form.WARC, size, form.pieces_of(self._warc, 0, size)
        texts = ((answer, self._texts[answer.version["text"]]) for answer in form.answers_of(manifest))
        for name, content in form.index_files(self._cdx, texts):
            yield self._file(name, content)
        for name, content in form.closing_files(manifest, self._entries):
            yield name, len(content), [content]

    def _version_files(self, version: Version, version_row: Row) -> Iterator[_File]:
        """Yield the files of a version, and add their names to its row and its pages to the WARC."""
        article, absence = version.article, version.absence
        name = f"articles/{article.id}-{article.version}"
        version_row["text"] = f"{name}.txt"
        self._texts[f"{name}.txt"] = article.text
        yield self._source(f"{name}.txt", article.text.encode(), utc_text(article.fetched))
        if article.raw is not None:
            # The status is not stored: only pages answered with 200 become articles.
            answer = _answer_row(article.url, 200, article.fetched, article.raw)
            yield from self._answer(version_row, name, answer, article.raw.body)
        elif article.text_from is TextFrom.PAGE:
            version_row["note"] = PAGE_NOT_KEPT
        version_row["seal"] = self._seals.of_version(version)
        if absence:
            version_row["absent"] = {"found": utc_text(absence.at), "why": absence.why, "url": absence.url}
            version_row["absent"]["seal"] = self._seals.of_absence(article.id, absence)
            if absence.raw:
                answer = _answer_row(absence.url, absence.status, absence.at, absence.raw)
                absent_name = f"articles/{article.id}-absent"
                yield from self._answer(version_row["absent"], absent_name, answer, absence.raw.body)

    def _answer(self, of: Row, name: str, answer: Row, body: bytes) -> Iterator[_File]:
        """Yield the files of an answer, add their names to the row `of`, and the answer to the WARC."""
        of |= {"page": f"{name}.html", "answer": f"{name}.json"}
        yield self._source(of["page"], body, answer["fetched"])
        yield self._source(of["answer"], form.pretty_json(answer), answer["fetched"])
        record = form.warc_record(answer, body)
        self._cdx.append(form.cdx_line(answer, body, self._warc.tell(), len(record)))
        record += form.request_record(answer, body)
        self._warc.write(record)
        self._warc_hash.update(record)

    def _source(self, name: str, content: bytes, at: str | None = None) -> _File:
        """Return a file that is not made from others, with its row of the manifest."""
        file = self._file(name, content)
        sha, size = self._entries[name]
        self._sources[name] = {"sha256": sha, "bytes": size, "fetched": at}
        return file

    def _file(self, name: str, content: bytes) -> _File:
        self._entries[name] = (form.digest(content), len(content))
        return name, len(content), [content]


def _answer_row(url: str, status: int, at: datetime | None, raw: RawPage) -> Row:
    request = {"request": raw.request.split("\r\n")} if raw.request else {}
    return {"url": url, "status": status, "fetched": utc_text(at), "headers": dict(raw.headers)} | request


def _version_row(version: Version) -> Row:
    article = version.article
    return {
        "article": article.id,
        **row(
            article,
            "version outlet speaker url title heading language published published_source published_raw text_from",
        ),
        "published_precision": article.precision.value,
        "stored": utc_text(version.stored),
        "fetched": utc_text(article.fetched),
        "still_there": utc_text(version.still),
        "text_sha256": version.sha256,
        "hits": [
            row(hit, "entity why other_places") | {"mentions": list(map(mention_row, hit.mentions))}
            for hit in version.hits
        ],
    }


BY_PACK = "by the certificates in the pack, which prove nothing by themselves: name the authority's with --roots"


def verify_pack(file: Path, roots: Path | None) -> tuple[list[str], bool]:
    """Return the report on a pack as lines, and whether all was compared and nothing was changed.

    Signatures are checked with `roots`, or else by the certificates in the pack, which anybody may have made. Raises
    InputError if the file is no pack.
    """
    try:
        with file.open("rb") as raw:
            report = check_pack(raw)
            signatures = list(_signatures(raw, report, roots))
    except OSError as error:
        raise InputError(f"{file}: {error.strerror}; name a file that `export evidence` has written") from None
    except NotAPack as error:
        raise InputError(f"{file} cannot be checked: {error}") from None
    report.changed += [line for line, is_valid in signatures if not is_valid]
    if signatures:  # checked here: the lines for openssl are for those who have verify.py alone
        report.commands = []
    *lines, conclusion = lines_of(report)
    return [*lines, *(line for line, is_valid in signatures if is_valid), conclusion], report.is_whole


def _signatures(raw: IO[bytes], report: CheckReport, roots: Path | None) -> Iterator[tuple[str, bool]]:
    """Yield a line for each time stamp, and whether its signature is valid."""
    if not report.stamps:
        return
    try:
        trusted = read_certificates(roots) if roots else ()
        pack = Pack(raw)
        for sealed, response in report.stamps:
            problem = check_stamp(pack.read(response), pack.read(sealed), trusted)
            by = f"by a certificate in {roots.name}" if roots else BY_PACK
            yield (f"{response}: {problem}", False) if problem else (f"signature: {response} is valid, {by}", True)
    except InputError as error:
        if roots:
            raise
        report.unsealed.append(f"the signatures of the time stamps were not checked: {error}")
