"""Seized machines: backups and packs that only the holders of keys open, and what doctor says."""

from __future__ import annotations

import io
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyrage import decrypt, x25519
from typer.testing import CliRunner

from kit.app import App
from kit.articles import COURT
from kit.home import furnish, open_app
from kit.outlets import Outlet, Piece, Web
from monitor.app.age import back_up_for, export_evidence_for
from monitor.app.upkeep.checks import CheckResult
from monitor.app.upkeep.disk import unencrypted_device
from monitor.cli import app as program
from monitor.errors import InputError
from monitor.pack.verify import check_pack

NAMES = "entities:\n  - Melis Tokoev\n  - {name: Cholpon Arzyeva, sensitive: true}\n"


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    with Web(Outlet("post", "en", [Piece("court", "Court extends arrest", COURT)])) as web:
        opened = open_app(furnish(tmp_path / "home", web, NAMES))
        opened.ingest()
        yield opened
        opened.close()


def test_a_backup_for_two_keys_opens_with_either_and_holds_both_watches(app: App, tmp_path: Path):
    keys = [x25519.Identity.generate() for _ in range(2)]
    files = back_up_for(app, tmp_path / "usb.db.age", [str(key.to_public()) for key in keys])
    assert [file.name for file in files] == ["usb.db.age", "usb.closed.db.age"]
    for file in files:
        packed = file.read_bytes()
        assert b"SQLite" not in packed and file.stat().st_mode & 0o077 == 0
        for key in keys:
            (tmp_path / "opened.db").write_bytes(decrypt(packed, [key]))
            with sqlite3.connect(tmp_path / "opened.db") as connection:
                (names,) = connection.execute("SELECT count(*) FROM entity").fetchone()
            connection.close()
            assert names == 1
    backups = [path.name for path in app.settings.home.iterdir() if "backup" in path.name]
    assert backups == []


def test_evidence_for_a_key_is_a_pack_once_it_is_opened(app: App, tmp_path: Path):
    key = x25519.Identity.generate()
    assert export_evidence_for(app, app.queue()[0].id, tmp_path / "case.age", [str(key.to_public())]) == []
    assert b"Melis" not in (tmp_path / "case.age").read_bytes()
    assert check_pack(io.BytesIO(decrypt((tmp_path / "case.age").read_bytes(), [key]))).changed == []


@pytest.mark.parametrize("key", ["", "age1xyz", "AGE-SECRET-KEY-1QQQ", "ssh-ed25519 AAAA"])
def test_what_is_no_public_key_makes_no_file_and_is_not_repeated(app: App, tmp_path: Path, key: str):
    for write in (back_up_for, lambda app, file, keys: export_evidence_for(app, 1, file, keys)):
        with pytest.raises(InputError) as error:
            write(app, tmp_path / "x.age", [key])
        assert not (tmp_path / "x.age").exists() and (not key or key not in str(error.value))


def mounted(folder: Path, device: str, *layers: str) -> tuple[Path, Path]:
    """Return files as the kernel has them, of a home on a device made of layers, the lowest last."""
    mounts = folder / "mountinfo"
    mounts.write_text(
        f"22 1 8:1 / / rw - ext4 /dev/sda1 rw\n23 22 254:7 / {str(folder).replace(' ', chr(92) + '040')}/home rw - ext4 {device} rw\n"
    )
    place = folder / "block/254:7"
    (folder / "block/8:1").mkdir(parents=True)
    for layer in layers:
        (place / "dm").mkdir(parents=True)
        (place / "dm/uuid").write_text(layer)
        place = place / "slaves" / "next"
    place.mkdir(parents=True)
    return mounts, folder / "block"


@pytest.mark.parametrize(
    ("layers", "warning"),
    [
        ((), "/dev/mapper/home"),
        (("LVM-abc",), "/dev/mapper/home"),
        (("CRYPT-LUKS2-abc",), ""),
        (("LVM-abc", "CRYPT-LUKS2-abc"), ""),
    ],
)
def test_a_home_on_a_disk_without_encryption_is_told_whatever_lies_between(
    tmp_path: Path, layers: tuple[str, ...], warning: str
):
    folder = tmp_path / "a disk"
    (folder / "home/monitor").mkdir(parents=True)
    mounts, devices = mounted(folder, "/dev/mapper/home", *layers)
    assert unencrypted_device(folder / "home/monitor", mounts, devices) == warning


def test_a_disk_of_which_nothing_is_known_is_not_mentioned(tmp_path: Path):
    mounts, devices = mounted(tmp_path, "gocryptfs")
    shutil.rmtree(devices / "254:7")  # no device of the kernel: memory, a network, a file system of a user
    (tmp_path / "home").mkdir()
    assert unencrypted_device(tmp_path / "home", mounts, devices) == ""
    assert unencrypted_device(tmp_path, tmp_path / "none", devices) == ""


def test_a_disk_without_encryption_is_a_look_that_no_exit_code_tells_of(app: App, monkeypatch: pytest.MonkeyPatch):
    words, codes = ["--home", str(app.settings.home), "doctor"], []
    for device in ("", "/dev/vda1"):
        monkeypatch.setattr("monitor.app.upkeep.doctor.unencrypted_device", lambda _, device=device: device)
        done = CliRunner().invoke(program, words)
        assert ("LOOK encryption: /dev/vda1 is not encrypted" in done.output) == bool(device)
        codes.append(done.exit_code)
    assert codes[0] == codes[1] != 1
    assert CheckResult("x", False, "").fails and not CheckResult("x", False, "", is_minor=True).fails
    assert not CheckResult("x", True, "").fails
