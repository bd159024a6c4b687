"""Pure, the standard library alone. The format of an evidence pack: every file but the sources is made from them."""

# A copy of this file lies in each pack beside verify.py, so it imports nothing of monitor.
from __future__ import annotations

import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, uuid5

Rows = dict[str, Any]

START, MANIFEST, WARC = "START-HERE", "evidence/manifest.json", "archive/pages.warc"
PROGRAMS = ("verify.py", "pack_format.py", "pack_zip.py", "evidence_page.py")
_SUMS, _PACKAGE, _PACKAGE_HASH = END_FILES = ("SHA256SUMS", "datapackage.json", "datapackage-digest.json")
_FILE_KEYS = ("text", "page", "answer", "file", "certificates")  # in rows of the manifest
_PIECE = 1 << 16  # bytes
_PHRASES = {200: "OK", 404: "Not Found", 410: "Gone", 451: "Unavailable For Legal Reasons"}
# The WARC holds unpacked bytes, so these headers are kept under another name.
_CHANGED = ("content-encoding", "content-length", "transfer-encoding")
START_TEXT = b"""What is kept of one story. It names people who may be in danger: pass it on with care.

Open evidence/index.html first. It says what is proved, what is not, and how to check it.
The whole file opens in ReplayWeb.page (name it so that it ends in .wacz): it is a web archive (WACZ 1.1.1).

evidence/manifest.json  all there is to know of the files, articles, versions, names, decisions
evidence/verify.py      checks this file: python3 verify.py FILE. Take it from those who publish the program.
articles/A-V.txt        the text of version V of article A, as read out of the page or of its feed
articles/A-V.html       the page as its server sent it, unpacked. It may hold scripts: open it without a network.
articles/A-V.json       the answer's headers, names in lower case, cookies left out, and the address it came from;
                        the request as it was sent, without what identifies who asked (no User-Agent, no validators)
articles/A-absent.*     of an article that is absent: the same of what its server sent in its place
seals/DAY.txt           the seal of a day; DAY.N.tsr: a time stamp of it (RFC 3161); DAY.N.pem: its certificates
SHA256SUMS              the hashes of the files: sha256sum -c SHA256SUMS
"""


def programs() -> Iterator[tuple[str, bytes]]:
    """Yield the programs that lie in a pack and check it: this file and those beside it."""
    for name in PROGRAMS:
        yield f"evidence/{name}", (Path(__file__).parent / name).read_bytes()


def programs_hash() -> str:
    """Return a hash of the programs: one for each version of this format."""
    return digest(b"".join(program for _, program in programs()))


def digest(content: bytes) -> str:
    return sha256(content).hexdigest()


def pretty_json(value: Mapping[str, object]) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1).encode() + b"\n"


def canonical_json(value: object) -> bytes:
    """Return the one form of a value that is hashed."""
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def headers_hash(headers: Mapping[str, str]) -> str:
    return digest(canonical_json(dict(headers)))


# ---- the seal of a day: a Merkle tree of RFC 9162, section 2.1 ------------------------------------------------------


def leaf_hash(record: Mapping[str, object]) -> bytes:
    return sha256(b"\0" + canonical_json(record)).digest()


def node_hash(left_node: bytes, right_node: bytes) -> bytes:
    # Another prefix than a leaf has: else a node could pass for a leaf (RFC 9162, 2.1.1).
    return sha256(b"\1" + left_node + right_node).digest()


def root_of(leaf: bytes, index: int, path: Iterable[bytes]) -> bytes:
    """Return the root of a full tree from a leaf, its place and its siblings, the lowest first."""
    node = leaf
    for sibling in path:
        node = node_hash(sibling, node) if index & 1 else node_hash(node, sibling)
        index >>= 1
    return node


def seal_text(day: str, tree: str, before: str) -> bytes:
    """Return the file that is time-stamped: `tree` is the root, `before` the SHA-256 of the seal before."""
    return f"monitor daily seal, format 1\nday {day}\ntree {tree}\nbefore {before}\n".encode()


# ---- pages ----------------------------------------------------------------------------------------------------------


@dataclass
class Answer:
    """A page of the pack: what a server answered when the article, or nothing, stood at its address."""

    id: str
    title: str
    row: Rows  # of a version, or `absent` of it
    version: Rows


def answers_of(manifest: Rows) -> Iterator[Answer]:
    """Yield the pages of the pack in the order of the WARC."""
    for versions in manifest["articles"]:
        for version in versions:
            name = f"{version['article']}-{version['version']}"
            if "page" in version:
                yield Answer(name, version["title"], version, version)
            absence = version.get("absent") or {}
            if "page" in absence:
                yield Answer(f"{name}-absent", f"absent on {absence['found']}: {version['title']}", absence, version)


def warc_record(answer: Rows, body: bytes) -> bytes:
    """Return a page as a record of a WARC file (ISO 28500), not packed: packing differs from machine to machine."""
    status = answer["status"]
    lines = [f"HTTP/1.1 {status} {_PHRASES.get(status, 'Other')}"]
    lines += [f"{'x-archive-orig-' * (name in _CHANGED)}{name}: {value}" for name, value in answer["headers"].items()]
    payload = f"WARC-Payload-Digest: sha256:{digest(body)}"
    return _record(answer, "response", _record_id(answer, body), payload, _lines(lines) + body)


def request_record(answer: Rows, body: bytes) -> bytes:
    """Return the record of the request that a page answers, without what identifies who asked; b"" if none is kept."""
    if "request" not in answer:
        return b""
    response = _record_id(answer, body)
    identity = f"<urn:uuid:{uuid5(NAMESPACE_URL, 'request of ' + response)}>"
    return _record(answer, "request", identity, f"WARC-Concurrent-To: {response}", _lines(answer["request"]))


def _record_id(answer: Rows, body: bytes) -> str:
    # Not a random id, so that the same pages make the same file (RFC 9562, section 5.5).
    identity = uuid5(NAMESPACE_URL, f"{answer['url']} {answer['fetched']} {digest(body)}")
    return f"<urn:uuid:{identity}>"


def _record(answer: Rows, kind: str, identity: str, line: str, http: bytes) -> bytes:
    head = [
        "WARC/1.1",
        f"WARC-Type: {kind}",
        f"WARC-Record-ID: {identity}",
        f"WARC-Date: {answer['fetched']}",
        f"WARC-Target-URI: {answer['url']}",
        line,
        f"Content-Type: application/http; msgtype={kind}",
        f"Content-Length: {len(http)}",
    ]
    return _lines(head) + http + b"\r\n\r\n"


def _lines(lines: Iterable[object]) -> bytes:
    """Return a head: no line of it, as an address, can be more than one."""
    return "".join(" ".join(str(line).splitlines()) + "\r\n" for line in lines).encode() + b"\r\n"


def cdx_line(answer: Rows, body: bytes, offset: int, length: int) -> str:
    """Return a page's line of the index, by which players find it."""
    moment = "".join(c for c in str(answer["fetched"]) if c.isdigit())
    fields = {
        "url": answer["url"],
        "mime": answer["headers"].get("content-type", "text/html").split(";")[0].strip(),
        "status": str(answer["status"]),
        "digest": f"sha256:{digest(body)}",
        "length": str(length),
        "offset": str(offset),
        "filename": WARC.split("/")[1],
    }
    return f"{_surt(answer['url'])} {moment} {json.dumps(fields, ensure_ascii=False)}\n"


def _surt(url: str) -> str:
    """Return an address with its host turned round, the key that indexes are sorted by."""
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.")
    port = f":{parts.port}" if parts.port else ""
    query = "?" + "&".join(sorted(parts.query.lower().split("&"))) if parts.query else ""
    return f"{','.join(reversed(host.split('.')))}{port}){parts.path.lower() or '/'}{query}"


def index_files(cdx: Iterable[str], answers: Iterable[tuple[Answer, str]]) -> Iterator[tuple[str, bytes]]:
    """Yield the index and the list of pages, each with its time, headline and text, which players search."""
    yield "indexes/index.cdx", "".join(sorted(cdx)).encode()
    lines: list[Rows] = [{"format": "json-pages-1.0", "id": "pages", "title": "All Pages"}]
    for answer, text in answers:
        url, at = answer.row.get("url", answer.version["url"]), answer.row.get("fetched") or answer.row["found"]
        lines.append({"id": answer.id, "url": url, "ts": at, "title": answer.title, "text": text})
    yield "pages/pages.jsonl", "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines).encode()


# ---- files ----------------------------------------------------------------------------------------------------------


def source_names(manifest: Rows) -> Iterator[str]:
    """Yield the names of the files that are not made from others. Raises ValueError where a row names another file.

    A text that may be called as its maker likes could open in the place of the first page.
    """
    for version in (version for versions in manifest["articles"] for version in versions):
        yield from _names(version, f"articles/{version['article']:d}-{version['version']:d}", text=".txt")
        if version.get("absent"):
            yield from _names(version["absent"], f"articles/{version['article']:d}-absent")
    for seal in manifest["seals"]:
        name = f"seals/{date.fromisoformat(seal['day'])}"
        yield from _names(seal, name, file=".txt")
        for number, stamp in enumerate(seal["stamps"], 1):
            yield from _names(stamp, f"{name}.{number}", file=".tsr", certificates=".pem")


def _names(row: Rows, stem: str, **suffixes: str) -> Iterable[str]:
    if {"page", "answer"} & set(row):
        suffixes |= {"page": ".html", "answer": ".json"}
    names = {key: stem + suffix for key, suffix in suffixes.items()}
    if {key: row[key] for key in _FILE_KEYS if key in row} != names:
        raise ValueError(f"the files of {stem} have other names")
    return names.values()


def closing_files(manifest: Rows, entries: Mapping[str, tuple[str, int]]) -> Iterator[tuple[str, bytes]]:
    """Yield the last three files of a pack, which hold the hashes of the others; `entries`: (SHA-256, bytes)."""
    sums = "".join(f"{sha}  {name}\n" for name, (sha, _) in entries.items()).encode()
    yield _SUMS, sums
    entries = {**entries, _SUMS: (digest(sums), len(sums))}
    resources = [
        {"name": name.lower(), "path": name, "hash": f"sha256:{sha}", "bytes": size}
        for name, (sha, size) in entries.items()
    ]
    package: Rows = {
        "profile": "data-package",
        "wacz_version": "1.1.1",
        "title": manifest["item"]["headline"],
        "created": manifest["made"],
        "software": manifest["by"],
        "resources": resources,
    }
    yield _PACKAGE, pretty_json(package)
    yield _PACKAGE_HASH, pretty_json({"path": _PACKAGE, "hash": f"sha256:{digest(pretty_json(package))}"})


def entry_bytes(name: str, size: int) -> int:
    """Return the bytes of a file in the zip, with its header: from about 2 GB on the header has its sizes as zip64."""
    is_large = size * 1.05 > zipfile.ZIP64_LIMIT  # as `zipfile` decides before it knows what it will write
    return 30 + len(name.encode("utf-8", "replace")) + 20 * is_large + size


def write_zip(out: IO[bytes], files: Iterable[tuple[str, int, Iterable[bytes]]]) -> None:
    """Write (name, size, content) as a zip in the one way of packs: stored, in this order, dated 1980."""
    with zipfile.ZipFile(out, "w") as target:
        for name, size, content in files:
            info = zipfile.ZipInfo(name)
            # Otherwise as the system that writes it.
            info.create_system, info.file_size = 3, size
            with target.open(info, "w") as entry:
                for piece in content:
                    entry.write(piece)


def pieces_of(file: IO[bytes], start: int, size: int) -> Iterator[bytes]:
    """Yield a part of a file in pieces."""
    file.seek(start)
    while size > 0 and (piece := file.read(min(size, _PIECE))):
        size -= len(piece)
        place = file.tell()
        yield piece
        file.seek(place)  # somebody else may have read meanwhile


# ---- time stamps (RFC 3161) -----------------------------------------------------------------------------------------

_INTEGER, _OCTETS, _OID, _TIME, _SEQUENCE, _SET, _EXPLICIT = 0x02, 0x04, 0x06, 0x18, 0x30, 0x31, 0xA0


def read_token(response: bytes) -> tuple[int, str, str]:
    """Return status, SHA-256 that was stamped and time of an authority's response. Raises ValueError."""
    status, token = _parts(_parts(response, _SEQUENCE)[0], _SEQUENCE, _SEQUENCE)[:2]
    signed = _parts(_parts(_parts(token, _OID, _EXPLICIT)[1], _SEQUENCE)[0], _INTEGER, _SET, _SEQUENCE)
    content = _parts(_parts(signed[2], _OID, _EXPLICIT)[1], _OCTETS)[0]
    info = _parts(_parts(content, _SEQUENCE)[0], _INTEGER, _OID, _SEQUENCE, _INTEGER, _TIME)
    _, _, imprint, _, at = info[:5]
    algorithm, stamped = _parts(imprint, _SEQUENCE, _OCTETS)
    if _parts(algorithm, _OID)[0] != bytes.fromhex("608648016503040201"):
        raise ValueError("the time stamp is of another hash than SHA-256")
    moment = at.decode("ascii")
    time = f"{moment[:4]}-{moment[4:6]}-{moment[6:8]}T{moment[8:10]}:{moment[10:12]}:{moment[12:14]}Z"
    return int.from_bytes(_parts(status, _INTEGER)[0], "big"), stamped.hex(), time


def _parts(der: bytes, *tags: int) -> list[bytes]:
    """Return the contents of the values that stand one after another in DER; `tags` are those of the first ones."""
    parts: list[bytes] = []
    at = 0
    while at < len(der):
        tag, length, at = der[at], der[at + 1], at + 2
        # OpenSSL also takes strings in pieces and lengths without an end (BER). Read as DER, without a look at tags,
        # such a token has another time than the one that OpenSSL finds signed.
        if length == 0x80 or (len(parts) < len(tags) and tag != tags[len(parts)]):
            raise ValueError("it is not DER")
        if length >= 0x80:
            count = length & 0x7F
            length, at = int.from_bytes(der[at : at + count], "big"), at + count
        if length > len(der) - at:
            raise ValueError("the time stamp is cut off")
        parts.append(der[at : at + length])
        at += length
    return parts
