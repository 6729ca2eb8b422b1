"""The address that a server binds, and the server until a signal ends it."""

from __future__ import annotations

import errno
import gc
import ipaddress
import signal
import socket
import sys
from collections.abc import Awaitable, Callable
from types import FrameType

import click
import uvicorn

from breakeven.cli.protocol import GuardedProtocol
from breakeven.errors import NotAllowed, PortInUse, UsageProblem
from breakeven.settings import Settings
from breakeven.web.live import Hub
from breakeven.web.log import log_to

BACKLOG = 2048
DRAIN = 5
"""Seconds that requests under way get to end."""
KEEP_ALIVE = 30
"""Seconds for which an idle connection is kept."""


def bind(host: str, port: int) -> socket.socket:
    """A listening socket on an address of this machine only. Raises NotAllowed, PortInUse, UsageProblem."""
    address = _local(host)
    if not 0 <= port <= 65535:
        raise UsageProblem(f"{port} is not a port: between 0 and 65535, 0 takes a free one")
    listener = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise PortInUse(f"{_named(address, port)} is in use: choose another with --port") from error
        said = error.strerror or str(error)
        raise PortInUse(f"{_named(address, port)} cannot be bound: {said}: choose another with --port") from error
    return listener


def url_of(listener: socket.socket) -> str:
    """Where a listening socket is found."""
    address, port = listener.getsockname()[:2]
    return f"http://{_named(address, port)}"


def _named(address: str, port: int) -> str:
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def _local(host: str) -> str:
    """A numeric address of this machine. Raises NotAllowed for any other."""
    try:
        address = ipaddress.ip_address("127.0.0.1" if host.lower() == "localhost" else host.strip("[]"))
        local = address.is_loopback
    except ValueError:
        local = False
    if not local:
        raise NotAllowed(
            f"accounts and keys are not built yet, so at {host} breakeven would be open to everyone:"
            " it binds 127.0.0.1, localhost or ::1 only"
        )
    return str(address)


class Server(uvicorn.Server):
    """Ends its live streams at the first signal, so that it drains at once, and leaves the process to end by itself."""

    def __init__(self, config: uvicorn.Config, hub: Hub, ready: str) -> None:
        """`ready` is the line to print as soon as requests are answered."""
        super().__init__(config)
        self._hub, self._ready = hub, ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then say where."""
        await super().startup(sockets)
        click.echo(self._ready)
        sys.stdout.flush()

    def handle_exit(self, sig: int, _: FrameType | None) -> None:
        """Begin to shut down; a second Ctrl-C does not wait for requests under way."""
        self._hub.close()
        if self.should_exit and sig == signal.SIGINT:
            self.force_exit = True
        self.should_exit = True


def run(application: Callable[..., Awaitable[None]], listener: socket.socket, hub: Hub, settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM."""
    log_to(sys.stderr, settings.log_level)
    config = uvicorn.Config(
        application, loop="uvloop" if sys.platform != "win32" else "asyncio", http=GuardedProtocol, ws="none",
        lifespan="on", access_log=False, log_config=None, log_level="warning", proxy_headers=False,
        server_header=False, backlog=BACKLOG, timeout_keep_alive=KEEP_ALIVE, timeout_graceful_shutdown=DRAIN,
    )  # fmt: skip
    # What a running server is made of stays: looking through it again and again costs requests their time.
    gc.collect()
    gc.freeze()
    Server(config, hub, url_of(listener)).run(sockets=[listener])
