"""Forgers of packs who read the program that checks them."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner
from warcio.archiveiterator import ArchiveIterator

from app.forgeries import without_the_answer_of_an_absence
from app.pack_case import Case, case
from app.packs import Files, as_zip, files_of, forged
from app.stamps import stamp_in_pieces, stamp_read_as_of
from monitor.cli import app as program
from monitor.pack import pack_format as form
from monitor.pack.verify import check_pack

__all__ = ["case"]


def of_another_version(case: Case, *names: str) -> bytes:
    """Return a pack that says another version made it, with these files changed and every hash made again."""

    def change(manifest: Any, _: Files) -> None:
        manifest["programs"] = "0" * 64

    files = files_of(forged(case.bytes, change))
    files |= dict.fromkeys(names, b"He was freed.")
    sources = {path: content for path, content in files.items() if path not in form.END_FILES}
    entries = {path: (form.digest(content), len(content)) for path, content in sources.items()}
    return as_zip(sources | dict(form.closing_files(json.loads(files[form.MANIFEST]), entries)))


@pytest.mark.parametrize(
    "name", ["evidence/index.html", "evidence/index.ru.html", "evidence/verify.py", form.START, form.WARC]
)
def test_what_another_version_is_said_to_have_made_is_never_called_unchanged(case: Case, name: str, tmp_path: Path):
    (tmp_path / "x.zip").write_bytes(of_another_version(case, name))
    done = CliRunner().invoke(program, ["verify", str(tmp_path / "x.zip")])
    lines = done.output.splitlines()
    assert done.exit_code == 1 and lines[0] == f"NOT COMPARED: {name}: is not what the other files make it"
    assert "Nothing was changed" not in done.output and lines[-1].startswith("Not everything could be compared")
    assert sum(line.startswith("sealed: ") for line in lines) == 3  # the pages themselves count as before


def test_of_another_version_all_that_this_one_would_make_the_same_is_compared(case: Case):
    assert check_pack(io.BytesIO(of_another_version(case))).is_whole


def test_no_token_is_read_that_is_not_der(case: Case):
    token = files_of(case.bytes)[json.loads(files_of(case.bytes)[form.MANIFEST])["seals"][0]["stamps"][0]["file"]]
    assert form.read_token(token)[0] == 0
    with pytest.raises(ValueError, match="not DER"):
        form.read_token(stamp_in_pieces(token))
    with pytest.raises(ValueError, match="not DER"):
        form.read_token(stamp_read_as_of(token, b"20200101000000Z"))


def test_no_address_writes_a_record_of_its_own_into_the_web_archive(case: Case):
    def change(manifest: Any, files: Files) -> None:
        version = manifest["articles"][0][0]
        url = "http://a/\r\nContent-Length: 0\r\n\r\n\r\n\r\nWARC/1.1\r\nWARC-Type: response"
        files[version["answer"]] = form.pretty_json(json.loads(files[version["answer"]]) | {"url": url})
        version |= {"seal": None, "url": url}

    archive = files_of(forged(case.bytes, change))[form.WARC]
    assert archive.count(b"\r\nWARC-Type: ") == 6 and len(list(ArchiveIterator(io.BytesIO(archive)))) == 6


def test_the_first_page_marks_an_absence_that_is_not_of_the_address_of_the_article(case: Case):
    for pack, count in ((case.bytes, 0), (forged(case.bytes, without_the_answer_of_an_absence), 1)):
        assert files_of(pack)["evidence/index.html"].decode().count("ties it to the article") == count
