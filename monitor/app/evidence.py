"""All that is kept of a review item, in one zip file that can be verified without this program."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias
from uuid import NAMESPACE_URL, uuid5

from monitor import __version__
from monitor.app.files import new_file
from monitor.errors import install_extra
from monitor.model import RawPage, ReviewItem, TextFrom, Version
from monitor.serialize import Row, instant, item_row, mention_row, row

if TYPE_CHECKING:
    from monitor.app import App

Archive: TypeAlias = Callable[[str, int, datetime | None, RawPage], None]
PutAnswer: TypeAlias = Callable[[str, str, int, datetime | None, RawPage], Row]

WARC = "pages.warc.gz"
NO_WARC = f"{WARC} is left out, since it needs an extra; {install_extra('evidence')}"
NOT_KEPT = "its bytes were not kept: it was read before anyone in it was watched, or by an earlier monitor"
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
    """Write what is kept of an item into a zip file that nobody else may read; returns what is missing.

    Raises NotFound, and InputError where the file is there or cannot be.
    """
    item = app.item(number)
    articles = [app.store.reading.versions(article.id) for article in item.articles]
    with new_file(file) as raw, zipfile.ZipFile(raw, "w") as packed:
        told, archived = _fill(packed, item, articles, app.clock())
    lost = sum("note" in version for versions in told for version in versions)
    return [*([] if archived else [NO_WARC]), *([f"of {lost} of the pages only the text is kept"] if lost else [])]


def _fill(
    packed: zipfile.ZipFile, item: ReviewItem, articles: Iterable[Sequence[Version]], now: datetime
) -> tuple[list[list[Row]], bool]:
    """What there is of each version, and whether a WARC could be written."""
    files: dict[str, Row] = {}

    def put(name: str, content: bytes, at: datetime | None = None) -> str:
        files[name] = {"sha256": sha256(content).hexdigest(), "bytes": len(content), "fetched": instant(at)}
        packed.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)  # dated 1980: the same every time
        return name

    warc = io.BytesIO()
    archive = _archiver(warc)

    def put_answer(name: str, url: str, status: int, at: datetime | None, raw: RawPage) -> Row:
        if archive:
            archive(url, status, at, raw)
        answer = {"url": url, "status": status, "fetched": instant(at), "headers": dict(raw.headers)}
        return {"page": put(f"{name}.html", raw.body, at), "answer": put(f"{name}.json", _json(answer), at)}

    put("README.txt", READ_ME.encode())
    told = [[_version(version, put, put_answer) for version in versions] for versions in articles]
    if warc.tell():
        put(WARC, warc.getvalue())
    manifest = {"made": instant(now), "by": f"monitor {__version__}", "item": item_row(item), "articles": told}
    put("manifest.json", _json(manifest | {"files": files}))
    packed.writestr(zipfile.ZipInfo("SHA256SUMS"), "".join(f"{f['sha256']}  {name}\n" for name, f in files.items()))
    return told, archive is not None


def _version(version: Version, put: Callable[[str, bytes, datetime | None], str], put_answer: PutAnswer) -> Row:
    article, raw = version.article, version.article.raw
    name = f"articles/{article.id}/{article.version}"
    told: Row = {
        "article": article.id,
        **row(article, "version outlet url title heading language published published_source published_raw text_from"),
        "published_precision": article.precision.value,
        "stored": instant(version.stored),
        "fetched": instant(article.fetched),
        "still_there": instant(version.still),
        "text": put(f"{name}.txt", article.text.encode(), article.fetched),
        "text_sha256": version.sha256,
        "hits": [
            row(hit, "entity why other_places") | {"mentions": list(map(mention_row, hit.mentions))}
            for hit in version.hits
        ],
    }
    if raw is not None:
        told |= put_answer(name, article.url, 200, article.fetched, raw)
    elif article.text_from is TextFrom.PAGE:
        told["note"] = NOT_KEPT
    if gone := version.gone:
        told["gone"] = {"found": instant(gone.at), "why": gone.why}
        if gone.raw:
            told["gone"] |= put_answer(f"articles/{article.id}/gone", gone.url, gone.status, gone.at, gone.raw)
    return told


def _json(value: Mapping[str, object]) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1).encode() + b"\n"


def _archiver(out: io.BytesIO) -> Archive | None:
    """What adds a page to a WARC; None where the library is not installed."""
    try:
        from warcio.statusandheaders import StatusAndHeaders
        from warcio.warcwriter import WARCWriter
    except ModuleNotFoundError:
        return None
    writer = WARCWriter(out, gzip=True)

    def add(url: str, status: int, at: datetime | None, raw: RawPage) -> None:
        # Unpacked bytes are what the record holds, so what said otherwise is kept under another name.
        changed = {"content-encoding", "content-length", "transfer-encoding"}
        headers = [(f"x-archive-orig-{n}" if n in changed else n, v) for n, v in raw.headers.items()]
        identity = uuid5(NAMESPACE_URL, f"{url} {instant(at)} {raw.sha256}")
        record = writer.create_warc_record(
            url,
            "response",
            payload=io.BytesIO(raw.body),
            length=len(raw.body),
            http_headers=StatusAndHeaders(f"{status} {HTTPStatus(status).phrase}", headers, protocol="HTTP/1.1"),
            warc_headers_dict={"WARC-Record-ID": f"<urn:uuid:{identity}>", "WARC-Date": instant(at)},
        )
        writer.write_record(record)

    return add
