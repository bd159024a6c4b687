"""A form that is read to its end before it counts."""

from __future__ import annotations

from starlette.types import Message, Receive


async def with_whole_body(receive: Receive) -> Receive:
    """Read a form to its end; return what gives it again. Its length was checked before."""
    messages = [await receive()]
    while messages[-1]["type"] == "http.request" and messages[-1].get("more_body"):
        messages.append(await receive())

    async def receive_again() -> Message:
        return messages.pop(0) if messages else await receive()

    return receive_again
