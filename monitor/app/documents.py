"""I/O: read files of documents, and match them in one or several processes."""

from __future__ import annotations

import gzip
import json
import sys
import zlib
from codecs import BOM_UTF8
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from io import BytesIO
from itertools import chain
from multiprocessing import get_context
from pathlib import Path
from typing import Any, BinaryIO

from monitor.errors import InputError, Problem, StageFailed
from monitor.groups import batched
from monitor.ingest.stages import extract_file
from monitor.ingest.tools import RunApart
from monitor.match import Compiled, MatchTotals, compile_watchlist, match_documents
from monitor.model import Document, Entity, EntityType, Extracted, Mention
from monitor.text.charset import decode_unrepaired

STDIN = "-"
DOCUMENTS_PER_BATCH = 64  # given to a process at once
MAX_DOCUMENTS = 1_000_000_000  # bytes of a file of documents
MAX_PAGE = 20_000_000  # bytes; a run takes less


def read_packed(name: str, max_bytes: int = MAX_PAGE) -> tuple[bytes, bool]:
    """Return the bytes of a file, and whether they are packed (.gz); `-` is standard input. Raises InputError."""
    if name == STDIN:
        return _read_at_most(sys.stdin.buffer, name, max_bytes), False
    with _as_input_errors(name), Path(name).open("rb") as file:
        return _read_at_most(file, name, max_bytes), name.endswith(".gz")


def read_bytes(name: str, max_bytes: int = MAX_DOCUMENTS) -> bytes:
    """Return the bytes of a file, unpacked if its name ends in .gz; `-` is standard input. Raises InputError."""
    body, is_packed = read_packed(name, max_bytes)
    with _as_input_errors(name):
        return _read_at_most(gzip.open(BytesIO(body)), name, max_bytes) if is_packed else body


def _read_at_most(file: BinaryIO | gzip.GzipFile, name: str, max_bytes: int) -> bytes:
    """Return all of a file. Raises InputError if it is larger: a device or a pipe may never end."""
    # One byte more than allowed tells a file that is too large from one that just fits.
    data = file.read(max_bytes + 1)
    if len(data) > max_bytes:
        raise InputError(Problem(name, 0, 0, f"is larger than {max_bytes // 1_000_000:,} MB", "check it, or split it"))
    return data


@contextmanager
def _as_input_errors(name: str) -> Iterator[None]:
    """Raise the errors of a file that cannot be read as InputError."""
    try:
        yield
    except FileNotFoundError:
        raise InputError(Problem(name, 0, 0, "no such file", "check the path")) from None
    except IsADirectoryError:
        raise InputError(Problem(name, 0, 0, "is a folder", "name a file in it")) from None
    except (
        OSError,
        EOFError,
        ValueError,
        zlib.error,
    ) as error:  # ValueError: a NUL in the name; the others: a broken .gz
        raise InputError(Problem(name, 0, 0, f"cannot be read ({error})", "check the file")) from None


# ---- documents ------------------------------------------------------------------------------------------------------


def documents(names: Iterable[str], run: RunApart) -> Iterator[Document]:
    """Yield text files, HTML files (`.html`, `.html.gz`) and JSON lines (`.jsonl`) as documents, in the order given.

    Standard input is JSON lines if it begins with `{`, else one text. Pages are extracted by `run`.
    """
    for name in names:
        stem = name.removesuffix(".gz")
        if name == STDIN:
            raw = read_bytes(name)
            if raw.removeprefix(BOM_UTF8).lstrip().startswith(b"{"):
                yield from (_document_of_row(row, name, line) for line, row in json_lines(name, raw))
            elif raw.strip():
                yield Document(name, decode_text(raw, name))
        elif stem.endswith((".jsonl", ".ndjson")):
            yield from (_document_of_row(row, name, line) for line, row in json_lines(name))
        elif stem.endswith((".html", ".htm")):
            yield document_of_page(name, _page_of_file(name, run))
        else:
            yield Document(name, read_text(name))


def _page_of_file(name: str, run: RunApart) -> Extracted:
    body, packed = read_packed(name)
    try:
        return run(extract_file, body, packed=packed)
    except StageFailed as error:
        raise InputError(Problem(name, 0, 0, f"cannot be read ({error})", "check the file")) from None


def read_text(name: str) -> str:
    """Return the text of a plain text file. Raises InputError if it is not text."""
    return decode_text(read_bytes(name), name)


def decode_text(raw: bytes, name: str) -> str:
    """Decode UTF-8, else guess the charset as for pages. Raises InputError if the bytes are not text."""
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        text = decode_unrepaired(raw)
    zeros = text.count("\0")
    if zeros > 2 and zeros * 1000 > len(text):  # binary, or UTF-16: without the error no name would be found
        raise InputError(Problem(name, 0, 0, "is no plain text", "save it as text in UTF-8"))
    return text


def document_of_page(name: str, page: Extracted) -> Document:
    return Document(name, page.text, page.title, page.language, page.zones)


def json_lines(name: str, raw: bytes | None = None) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield (line number, object) of a JSON lines file or its bytes. Raises InputError with the line number."""
    raw = (read_bytes(name) if raw is None else raw).removeprefix(BOM_UTF8)
    # Bytes are split only at CR and LF; a str would be split at U+2028 too, which JSON strings may contain.
    for line, text in enumerate(raw.splitlines(), 1):
        if not text.strip():
            continue
        try:
            row = json.loads(text)
        except (ValueError, RecursionError) as error:  # also: nested thousands deep
            problem = f"is not JSON ({getattr(error, 'msg', error)})"
            raise InputError(Problem(name, line, getattr(error, "colno", 1), problem, "one object a line")) from None
        if not isinstance(row, dict):
            raise InputError(Problem(name, line, 1, "is not an object", 'write {"id": …, "text": …}'))
        yield line, row


def _document_of_row(row: dict[str, Any], name: str, line: int) -> Document:
    fields = {key: string_of(row, key, name, line) for key in ("id", "text", "title", "lang")}
    if "text" not in row:
        raise InputError(Problem(name, line, 1, "has no text", 'write {"id": …, "text": …}'))
    return Document(fields["id"] or str(line), fields["text"], fields["title"], fields["lang"])


def string_of(row: dict[str, Any], key: str, name: str, line: int) -> str:
    value = row.get(key)
    if value is None:
        return ""
    if not isinstance(value, str | int):
        raise InputError(Problem(name, line, 1, f"{key!r} is not a string", "put it in quotes"))
    return str(value)


def match(
    inputs: Iterable[Document], entities: Sequence[Entity], totals: MatchTotals, jobs: int = 1
) -> Iterator[tuple[Document, tuple[Mention, ...]]]:
    """Yield each document with the mentions of names, in input order, matched in `jobs` processes; add to `totals`."""
    entities = [entity for entity in entities if entity.type is not EntityType.PRESS]
    if jobs == 1:
        yield from match_documents(inputs, compile_watchlist(entities), totals)
        return
    # Not "fork", which may deadlock in a process with threads. A process has one fork server: it is the sandbox's.
    context = get_context("spawn")
    with ProcessPoolExecutor(jobs, context, initializer=_compile_once, initargs=(tuple(entities),)) as pool:
        pending: deque[Future[tuple[list[tuple[Document, tuple[Mention, ...]]], MatchTotals]]] = deque()
        for batch in chain(batched(inputs, DOCUMENTS_PER_BATCH), [None] * (2 * jobs)):
            if batch:
                pending.append(pool.submit(_match_batch, batch))
            if pending and (len(pending) > 2 * jobs or not batch):  # bound the memory for a long file
                matched, batch_totals = pending.popleft().result()
                totals.common_surnames += batch_totals.common_surnames
                yield from matched


_compiled: Compiled  # of a worker process


def _compile_once(entities: tuple[Entity, ...]) -> None:
    global _compiled  # noqa: PLW0603  # a pool initializer returns nothing
    _compiled = compile_watchlist(entities)


def _match_batch(batch: tuple[Document, ...]) -> tuple[list[tuple[Document, tuple[Mention, ...]]], MatchTotals]:
    totals = MatchTotals()
    return list(match_documents(batch, _compiled, totals)), totals
