"""A pack of evidence of a sealed story, made once for the tests of a file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.authority import Authority
from app.sealed_story import sealed_story
from kit.articles import Bench
from monitor.app.evidence.pack import export_evidence
from monitor.app.evidence.seal import seal_and_stamp
from monitor.model import Verdict

HOSTILE = '<script>alert("x")</script>\u202eevil'


@dataclass
class Case:
    """A pack, the home and authority it is from, and its path."""

    bench: Bench
    authority: Authority
    file: Path
    content: bytes = b""  # of a pack that is in no file

    @property
    def bytes(self) -> bytes:
        return self.content or self.file.read_bytes()


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    folder = tmp_path_factory.mktemp("case")
    with sealed_story(folder) as (bench, authority):
        (item,) = bench.app.queue()
        bench.app.decide(item.id, Verdict.RELEVANT, by="aida", note=HOSTILE)
        assert seal_and_stamp(bench.app)[1] == []
        assert export_evidence(bench.app, item.id, folder / "case.zip") == []
        yield Case(bench, authority, folder / "case.zip")
