"""Verification of an evidence pack: what verify.py in it checks, and the signatures of its time stamps."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import IO

from monitor.app.evidence.time_stamps import check_stamp, read_certificates
from monitor.errors import InputError
from monitor.pack.pack_zip import NotAPack, Pack
from monitor.pack.verify import Report, check_pack, lines_of

BY_PACK = "by the certificates in the pack, which prove nothing by themselves: name the authority's with --roots"


def verify_pack(file: Path, roots: Path | None) -> tuple[list[str], bool]:
    """Return the report on a pack as lines, and whether nothing was changed.

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
    return [*lines, *(line for line, is_valid in signatures if is_valid), conclusion], not report.changed


def _signatures(raw: IO[bytes], report: Report, roots: Path | None) -> Iterator[tuple[str, bool]]:
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
