"""Export of everything stored for a review item, as one zip file that can be verified without this program."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol, TypeAlias
from uuid import NAMESPACE_URL, uuid5

from monitor import __version__
from monitor.app.files import create_private_file, open_unnamed_file
from monitor.errors import install_extra
from monitor.model import ItemArticle, RawPage, ReviewItem, TextFrom, Version
from monitor.serialize import Row, item_row, mention_row, row, utc_text

if TYPE_CHECKING:
    from monitor.app.service import App


class Put(Protocol):
    """A function that writes a file of the pack and returns its name."""

    def __call__(self, name: str, content: bytes, at: datetime | None = None) -> str: ...


AddToWarc: TypeAlias = Callable[[str, int, datetime | None, RawPage], None]
PutAnswer: TypeAlias = Callable[[str, str, int, datetime | None, RawPage], Row]

_PIECE = 1 << 16  # bytes
WARC = "pages.warc.gz"
NO_WARC = f"{WARC} is left out, since it needs an extra; {install_extra('evidence')}"
PAGE_NOT_KEPT = "its bytes were not kept: it was read before anyone in it was watched, or by an earlier monitor"
READ_ME = """What is kept of one story. It names people who may be in danger: pass it on with care.

manifest.json       every file with its SHA-256 and when its content was fetched; articles, versions, names, decisions
SHA256SUMS          to verify: sha256sum -c SHA256SUMS
articles/A/V.txt    the text of version V of article A, as read out of the page or of its feed
articles/A/V.html   the page as its server sent it, unpacked (gzip). It may hold scripts: open it without a network.
articles/A/V.json   the answer's headers, names in lower case, cookies left out, and the address it came from
articles/A/gone.*   of an article that is not there any more: the same of what its server sent in its place
pages.warc.gz       the same pages for the tools of web archives (ISO 28500)
"""


def export_evidence(app: App, number: int, file: Path) -> list[str]:
    """Write everything stored for an item into a zip file readable by its owner only; return what is missing.

    Raises NotFound; InputError if the file exists or cannot be created.
    """
    item = app.item(number)
    # One article at a time: the pages of a large story are gigabytes.
    articles = (app.store.reading.versions(article.id) for article in item.articles)
    with create_private_file(file) as raw, zipfile.ZipFile(raw, "w") as zip_file:
        rows_by_article, has_warc = _write_files(zip_file, item, app.lead_of(item), articles, app.clock())
    missing_pages = sum("note" in version for versions in rows_by_article for version in versions)
    return [
        *([] if has_warc else [NO_WARC]),
        *([f"of {missing_pages} of the pages only the text is kept"] if missing_pages else []),
    ]


def pack_evidence(
    item: ReviewItem, lead: ItemArticle, articles: Iterable[Sequence[Version]], now: datetime
) -> IO[bytes]:
    """Return the zip file, open at its start: a temporary file that has no name and is gone when it is closed."""
    with ExitStack() as stack:
        file = stack.enter_context(open_unnamed_file())
        with zipfile.ZipFile(file, "w") as zip_file:
            _write_files(zip_file, item, lead, articles, now)
        file.seek(0)
        stack.pop_all()
    return file


def _write_files(
    zip_file: zipfile.ZipFile,
    item: ReviewItem,
    lead: ItemArticle,
    articles: Iterable[Sequence[Version]],
    now: datetime,
) -> tuple[list[list[Row]], bool]:
    """Write the files; return the rows of versions by article, and whether a WARC could be written."""
    files: dict[str, Row] = {}

    def put(name: str, content: bytes, at: datetime | None = None) -> str:
        files[name] = {"sha256": sha256(content).hexdigest(), "bytes": len(content), "fetched": utc_text(at)}
        zip_file.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)  # dated 1980, for reproducible files
        return name

    with open_unnamed_file() as warc:
        rows_by_article, has_warc = _write_articles(articles, put, warc)
        # An archive without a page would look damaged.
        if warc.tell():
            files[WARC] = _copy_into(zip_file, WARC, warc)
    manifest = {
        "made": utc_text(now),
        "by": f"monitor {__version__}",
        "item": item_row(item, lead),
        "articles": rows_by_article,
    }
    # The manifest cannot list its own hash; SHA256SUMS does.
    put("manifest.json", _json(manifest | {"files": files}))
    zip_file.writestr(zipfile.ZipInfo("SHA256SUMS"), "".join(f"{f['sha256']}  {name}\n" for name, f in files.items()))
    return rows_by_article, has_warc


def _write_articles(articles: Iterable[Sequence[Version]], put: Put, warc: IO[bytes]) -> tuple[list[list[Row]], bool]:
    """Write the files of each article, and its pages into a WARC; return as `_write_files`."""
    add_to_warc = _warc_adder(warc)

    def put_answer(name: str, url: str, status: int, at: datetime | None, raw: RawPage) -> Row:
        if add_to_warc:
            add_to_warc(url, status, at, raw)
        answer = {"url": url, "status": status, "fetched": utc_text(at), "headers": dict(raw.headers)}
        return {"page": put(f"{name}.html", raw.body, at), "answer": put(f"{name}.json", _json(answer), at)}

    # First in the file, where people look first.
    put("README.txt", READ_ME.encode())
    rows_by_article = [[_version_row(version, put, put_answer) for version in versions] for versions in articles]
    return rows_by_article, add_to_warc is not None


def _copy_into(zip_file: zipfile.ZipFile, name: str, content: IO[bytes]) -> Row:
    """Copy a file into the zip file piece by piece; return its row of the manifest. It is packed already."""
    content.seek(0)
    digest, size = sha256(), 0
    with zip_file.open(zipfile.ZipInfo(name), "w", force_zip64=True) as target:
        while piece := content.read(_PIECE):
            digest.update(piece)
            size += target.write(piece)
    return {"sha256": digest.hexdigest(), "bytes": size, "fetched": utc_text(None)}


def _version_row(version: Version, put: Put, put_answer: PutAnswer) -> Row:
    article, raw = version.article, version.article.raw
    name = f"articles/{article.id}/{article.version}"
    version_row: Row = {
        "article": article.id,
        **row(
            article,
            "version outlet speaker url title heading language published published_source published_raw text_from",
        ),
        "published_precision": article.precision.value,
        "stored": utc_text(version.stored),
        "fetched": utc_text(article.fetched),
        "still_there": utc_text(version.still),
        "text": put(f"{name}.txt", article.text.encode(), article.fetched),
        "text_sha256": version.sha256,
        "hits": [
            row(hit, "entity why other_places") | {"mentions": list(map(mention_row, hit.mentions))}
            for hit in version.hits
        ],
    }
    if raw is not None:
        # The status is not stored: only pages answered with 200 become articles.
        version_row |= put_answer(name, article.url, 200, article.fetched, raw)
    elif article.text_from is TextFrom.PAGE:
        version_row["note"] = PAGE_NOT_KEPT
    if absence := version.absence:
        version_row["gone"] = {"found": utc_text(absence.at), "why": absence.why}
        if absence.raw:
            version_row["gone"] |= put_answer(
                f"articles/{article.id}/gone", absence.url, absence.status, absence.at, absence.raw
            )
    return version_row


def _json(value: Mapping[str, object]) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1).encode() + b"\n"


def _warc_adder(out: IO[bytes]) -> AddToWarc | None:
    """Return a function that adds a page to a WARC, or None if warcio is not installed."""
    try:
        from warcio.statusandheaders import StatusAndHeaders
        from warcio.warcwriter import WARCWriter
    except ModuleNotFoundError:
        return None
    writer = WARCWriter(out, gzip=True)

    def add(url: str, status: int, at: datetime | None, raw: RawPage) -> None:
        # The record holds unpacked bytes, so the headers of the encoding are kept under another name.
        changed = {"content-encoding", "content-length", "transfer-encoding"}
        headers = [(f"x-archive-orig-{n}" if n in changed else n, v) for n, v in raw.headers.items()]
        # Not a random id, so that the same pages make the same file (RFC 9562, section 5.5).
        identity = uuid5(NAMESPACE_URL, f"{url} {utc_text(at)} {raw.sha256}")
        record = writer.create_warc_record(
            url,
            "response",
            payload=io.BytesIO(raw.body),
            length=len(raw.body),
            http_headers=StatusAndHeaders(f"{status} {HTTPStatus(status).phrase}", headers, protocol="HTTP/1.1"),
            warc_headers_dict={"WARC-Record-ID": f"<urn:uuid:{identity}>", "WARC-Date": utc_text(at)},
        )
        writer.write_record(record)

    return add
