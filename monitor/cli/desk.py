"""The desk: serve."""

from __future__ import annotations

from typing import Annotated

import typer

from monitor.app import App
from monitor.cli.common import opened, say
from monitor.errors import InputError


def serve(
    context: typer.Context,
    host: Annotated[str, typer.Option(help="The address to listen on; 0.0.0.0 in a container.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535)] = 8000,
) -> None:
    """The desk: the queue, digests and sources in a browser. The first time it prints a link that makes an account.

    Example: monitor serve --port 8000
    """
    with opened(context) as app:
        for problem in app.take_in_files():
            say(f"monitor: {problem}")
        open_desk(app, host, port)


def open_desk(app: App, host: str, port: int) -> None:
    """Serves until it is told to stop."""
    try:
        from monitor import web
    except ModuleNotFoundError as missing:
        raise InputError(f"the desk needs an extra ({missing.name}): pip install 'newsroom-monitor[web]'") from None

    def ready(address: str) -> None:
        own = app.settings.base_url
        reached = own or address.replace("0.0.0.0", "127.0.0.1")  # noqa: S104
        say(f"The desk is open at {reached} (stop it with Ctrl-C)")
        if not own and host not in {"127.0.0.1", "localhost", "::1"}:
            say("Other machines are turned away: set MONITOR_BASE_URL to the address they use, https://…")
        if link := web.first_link(app):
            say(f"No administrator yet. This link makes one, once, within a day: {reached}{link}")

    web.serve(app, host, port, ready)
