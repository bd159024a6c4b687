"""Pure, the standard library alone. The zip file of a pack, read without trust in what it says of itself."""

# A copy of this file lies in each pack beside verify.py, so it imports nothing of monitor.
from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Iterator
from itertools import accumulate
from typing import IO, Any

if not __package__:  # the files lie side by side in a pack
    import pack_format as form  # type: ignore[import-not-found]
else:
    from monitor.pack import pack_format as form

_LOCAL, _HEADER_BYTES = b"PK\3\4", 30
_IN_EXTRA, _ZIP64, _ZIP64_BYTES = 0xFFFFFFFF, struct.pack("<HH", 1, 16), 20  # APPNOTE.TXT, 4.5.3


class NotAPack(Exception):
    """The file is no evidence pack, or so damaged that it cannot be read as one."""


class Pack:
    """The files of a pack, read without trust in what the zip says of them."""

    def __init__(self, file: IO[bytes]) -> None:
        """Read the directory. Raises NotAPack."""
        self.file, self.size = file, file.seek(0, 2)
        try:
            infos = zipfile.ZipFile(file).infolist()
        except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, EOFError, struct.error) as error:
            raise NotAPack(f"{self._last_place()} ({plain(error)})") from None
        if any(info.header_offset > self.size for info in infos):
            raise NotAPack("the zip's directory is damaged: it leads out of the file")
        self.places = {info.filename: self._place(info) for info in infos}
        self.is_plain = len(self.places) == len(infos) and all(info.compress_type == 0 for info in infos)
        self.agrees = all(map(self._agrees, infos, accumulate((_entry_bytes(info) for info in infos), initial=0)))
        if sum(size for _, size in self.places.values()) > self.size:
            raise NotAPack("the zip's directory is damaged: its files overlap")
        if missing := [name for name in (form.MANIFEST, *form.END_FILES) if name not in self.places]:
            file.seek(_HEADER_BYTES)
            is_ours = form.START in self.places or file.read(len(form.START)) == form.START.encode()
            damage = f"; {self._last_place()}" if is_ours else ""
            raise NotAPack(f"it is a zip, but no evidence pack of monitor: it lacks {', '.join(missing)}{damage}")

    def pieces(self, name: str) -> Iterator[bytes]:
        yield from form.pieces_of(self.file, *self.places[name])

    def read(self, name: str) -> bytes:
        return b"".join(self.pieces(name))

    def _place(self, info: zipfile.ZipInfo) -> tuple[int, int]:
        """Return where the content of a file begins, and how many bytes it has."""
        self.file.seek(max(info.header_offset, 0))
        header = self.file.read(_HEADER_BYTES).ljust(_HEADER_BYTES, b"\0")
        start = info.header_offset + _HEADER_BYTES + sum(struct.unpack("<HH", header[26:30]))
        return max(start, 0), max(0, min(info.compress_size, self.size - start))

    def _agrees(self, info: zipfile.ZipInfo, expected: int) -> bool:
        """Return whether a file stands where the directory says, under the same name and with the same size."""
        name, size = self._entry_at(expected)[:2]
        same_name = name == info.filename.encode("utf-8", "replace")
        return info.header_offset == expected and same_name and size == info.compress_size == info.file_size

    def _entry_at(self, at: int) -> tuple[bytes, int, int]:
        """Return name, size and beginning of the content of the entry at a place; a size of -1 if there is none."""
        self.file.seek(min(at, self.size))
        header = self.file.read(_HEADER_BYTES)
        if header[:4] != _LOCAL or len(header) < _HEADER_BYTES:
            return b"", -1, at
        size, unpacked_size, names, extras = struct.unpack("<IIHH", header[18:30])
        name, extra = self.file.read(names), self.file.read(extras)
        start = at + _HEADER_BYTES + names + extras
        if size == unpacked_size == _IN_EXTRA and extra[:4] == _ZIP64 and len(extra) == _ZIP64_BYTES:
            unpacked_size, size = struct.unpack("<QQ", extra[4:])
        return name, size if size == unpacked_size else -1, start

    def _last_place(self) -> str:
        """Return up to where the files follow one another as in a pack whose directory cannot be read."""
        at, last = 0, ""
        name, size, start = self._entry_at(0)
        while size >= 0:
            at, last = start + size, name.decode("utf-8", "replace")
            name, size, start = self._entry_at(at)
        if not last:
            return "it is no zip file"
        self.file.seek(at)
        if self.file.read(4) == b"PK\1\2":
            return f"the zip's directory, from byte {at}, is damaged or cut off"
        return f"it is cut off or damaged in or after {plain(last)}, before byte {min(at, self.size)}"


def _entry_bytes(info: zipfile.ZipInfo) -> int:
    return int(form.entry_bytes(info.filename, info.file_size))


def changed_zip(pack: Pack, order: list[str]) -> Iterator[str]:
    """Yield where the zip differs from one that is written again from the same files."""
    if not pack.agrees:
        yield "the zip's directory: it does not agree with the files' own entries"
    names = list(dict.fromkeys([*order, *pack.places]))
    comparison: Any = _Comparison(pack.file)
    form.write_zip(comparison, ((name, pack.places[name][1], pack.pieces(name)) for name in names))
    if not pack.is_plain or comparison.length != pack.size:
        yield f"the zip itself: it has {pack.size} bytes, and written again {comparison.length}"
    changed_places = [place for place in comparison.first_differing.values() if place is not None and place < pack.size]
    if changed_places:
        at, end = min(changed_places), 0
        for name in names:
            end += form.entry_bytes(name, pack.places[name][1])
            if at < end:
                yield f"the zip's own entry of {plain(name)}, from byte {at}"
                return
        yield f"the zip's own directory, from byte {at}"


class _Comparison(io.RawIOBase):
    """A file that compares what is written to it with another one and keeps none of it: packs may outgrow a disk."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._at, self.length = file, 0, 0
        # By where a piece begins: the header of an entry is written twice, and the second counts.
        self.first_differing: dict[int, int | None] = {}

    def write(self, piece: Any) -> int:
        self._file.seek(self._at)
        own_piece = self._file.read(len(piece))
        self.first_differing[self._at] = None
        if piece != own_piece:
            pairs = enumerate(zip(piece, own_piece, strict=False))
            equal_bytes = next((n for n, (byte, own_byte) in pairs if byte != own_byte), len(own_piece))
            self.first_differing[self._at] = self._at + equal_bytes
        self._at += len(piece)
        self.length = max(self.length, self._at)
        return len(piece)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = (0, self._at, self.length)[whence] + offset
        return self._at

    def seekable(self) -> bool:
        return True


def plain(text: object) -> str:
    """Return words of a pack without characters that move the cursor or turn its direction."""
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in str(text))
