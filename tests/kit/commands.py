"""The program as a user runs it, for every test of a command."""

from __future__ import annotations

import io
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from kit.direct_sandbox import DirectSandbox


@dataclass
class Outcome:
    """The exit code and the output of a command."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, object]:
        return json.loads(self.out)

    @property
    def lines(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.out.splitlines()]


@pytest.fixture
def monitor(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path):
    """Return a function that runs the program in this process (it takes two seconds to start), in an empty folder."""
    import monitor.ingest.run
    import monitor.ingest.tools

    # In this process, too: a process takes a second to start, and tests/sandbox has the real one.
    for module in (monitor.ingest.run, monitor.ingest.tools):
        monkeypatch.setattr(module, "open_sandbox", DirectSandbox)
    monkeypatch.chdir(tmp_path)
    for name in [n for n in os.environ if n.startswith("MONITOR_")]:
        monkeypatch.delenv(name)

    def run(*words: object, stdin: bytes = b"") -> Outcome:
        from monitor.cli import main

        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8"))
        monkeypatch.setattr(sys, "argv", ["monitor", *(str(w) for w in words)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            main()
            sys.exit(0)
        shown = capsys.readouterr()
        return Outcome(int(end.value.code or 0), shown.out, shown.err)

    return run
