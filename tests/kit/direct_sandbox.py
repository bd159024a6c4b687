"""The port `Sandbox` in this process, without limits."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from monitor.errors import StageFailed

P = ParamSpec("P")
T = TypeVar("T")


class DirectSandbox:
    """Runs a stage in this process, with the tool if there is one."""

    def __init__(self, tool: object = None) -> None:
        self.tool = () if tool is None else (tool,)

    async def __aenter__(self) -> DirectSandbox:
        return self

    async def __aexit__(self, *_: object) -> None: ...

    async def run(self, stage: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return stage(*self.tool, *args, **kwargs)
        except Exception as error:
            raise StageFailed(stage.__name__, f"failed with {type(error).__name__}") from error
