"""Stages that the desk and the commands run apart: what strangers sent is read in a process that can be killed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar

from monitor.home import MakeSandbox
from monitor.ingest.tools import open_sandbox

T = TypeVar("T")


class RunApart(Protocol):
    """Runs a stage in the process; raises StageFailed, SandboxLost."""

    def __call__(self, stage: Callable[..., T], *args: Any, **kwargs: Any) -> T: ...


@contextmanager
def stages_apart(make_sandbox: MakeSandbox | None = None) -> Iterator[RunApart]:
    """Open a process for stages, with the limits that a page has in a run; it ends with the block."""
    with asyncio.Runner() as runner:
        sandbox = (make_sandbox or open_sandbox)()
        opened = runner.run(sandbox.__aenter__())
        try:
            yield lambda stage, *args, **kwargs: runner.run(opened.run(stage, *args, **kwargs))
        finally:
            runner.run(sandbox.__aexit__(None, None, None))
