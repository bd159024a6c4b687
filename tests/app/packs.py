"""A forger of evidence packs: changes what a pack is made from, and makes every hash and every other file again."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

from monitor.pack import evidence_page
from monitor.pack import pack_format as form
from monitor.pack.pack_zip import NotAPack
from monitor.pack.verify import check_pack

Files = dict[str, bytes]


def files_of(pack: bytes) -> Files:
    with zipfile.ZipFile(io.BytesIO(pack)) as file:
        return {name: file.read(name) for name in file.namelist()}


def as_zip(files: Files) -> bytes:
    out = io.BytesIO()
    form.write_zip(out, ((name, len(content), [content]) for name, content in files.items()))
    return out.getvalue()


def forged(pack: bytes, change: Callable[[Any, Files], None]) -> bytes:
    """Return a pack whose sources a function has changed, with everything else made to fit."""
    files = files_of(pack)
    manifest = json.loads(files[form.MANIFEST])
    sources = {name: files[name] for name in manifest["files"]}
    change(manifest, sources)
    for name, content in sources.items():
        row = {"sha256": form.digest(content), "bytes": len(content)}
        manifest["files"][name] = manifest["files"].get(name, {"fetched": None}) | row
    forged_files = {form.START: form.START_TEXT} | {name: sources[name] for name in manifest["files"]}
    forged_files[form.MANIFEST] = form.pretty_json(manifest)
    for language in evidence_page.LANGUAGES:
        name = evidence_page.page_name(language)
        try:
            forged_files[name] = evidence_page.evidence_page(manifest, language)
        except ValueError:  # then they write one themselves
            forged_files[name] = files[name]
    forged_files |= dict(form.programs())
    answers, cdx, warc = list(form.answers_of(manifest)), [], b""
    for answer in answers:
        head, body = json.loads(sources[answer.row["answer"]]), sources[answer.row["page"]]
        record = form.warc_record(head, body)
        cdx.append(form.cdx_line(head, body, len(warc), len(record)))
        warc += record + form.request_record(head, body)
    forged_files[form.WARC] = warc
    forged_files |= dict(
        form.index_files(cdx, ((answer, sources[answer.version["text"]].decode()) for answer in answers))
    )
    entries = {name: (form.digest(content), len(content)) for name, content in forged_files.items()}
    return as_zip(forged_files | dict(form.closing_files(manifest, entries)))


def changes_in(pack: bytes) -> str:
    """Return what a check says was changed, one a line."""
    try:
        return "\n".join(check_pack(io.BytesIO(pack)).changed)
    except NotAPack as error:
        return str(error)


def owner_of(pack: bytes, at: int) -> str:
    """Return the file of a pack that a byte belongs to, or the zip's directory."""
    with zipfile.ZipFile(io.BytesIO(pack)) as file:
        if at >= file.start_dir:
            return "directory"
        return [info.filename for info in file.infolist() if info.header_offset <= at][-1]
