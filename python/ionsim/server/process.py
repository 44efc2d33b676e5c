"""A server as a process of its own, or on a thread of a test."""

from __future__ import annotations

import asyncio
import logging
import socket
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any

import uvicorn
from uvicorn.protocols.http.auto import AutoHTTPProtocol

from ..errors import InputError, IonsimError, Problem
from .app import make_app
from .config import MEMORY, ServerConfig
from .store import Store

__all__ = ["RunningServer", "running", "serve"]

_SWITCH_SECONDS = 0.001  # the loop waits no longer for a worker that computes in Python
_FIRST_REQUEST_SECONDS = 60.0
_OTHER_FILES = 100


@dataclass(frozen=True, slots=True)
class RunningServer:
    """A live server.

    Attributes
    ----------
    url : str
        Such as ``http://127.0.0.1:8000``.
    config : ServerConfig
        How it is set up; the port is the real one.
    """

    url: str
    config: ServerConfig


@contextmanager
def running(config: ServerConfig | None = None, **changes: Any) -> Iterator[RunningServer]:
    """Run a server on a free port of this machine for as long as a ``with`` block lasts.

    Parameters
    ----------
    config : ServerConfig, optional
        How it is set up.
    **changes
        Fields of `ServerConfig`. Unless said otherwise, the port is a free one and nothing is
        kept: the database is in memory.

    Yields
    ------
    RunningServer
        With its address.

    Examples
    --------
    >>> import json, urllib.request
    >>> with running() as server:
    ...     with urllib.request.urlopen(f"{server.url}/v0.3/health") as answer:
    ...         json.load(answer)
    {'status': 'pass'}
    """
    base = config if config is not None else ServerConfig(port=0, database=MEMORY)
    wanted = replace(base, **changes)
    check(wanted)
    listening = _listen(wanted)
    actual = replace(wanted, port=listening.getsockname()[1])
    try:
        server = _Server(actual, Store(actual.database))
    except BaseException:
        listening.close()
        raise
    failure: list[BaseException] = []

    def work() -> None:
        try:
            server.run(sockets=[listening])
        except BaseException as error:
            failure.append(error)

    thread = threading.Thread(target=work, name="ionsim-server", daemon=True)
    thread.start()
    try:
        while not server.started:
            if not thread.is_alive():
                raise failure[0] if failure else IonsimError("the server ended at once")
            thread.join(0.005)
        yield RunningServer(address(actual), actual)
    finally:
        server.should_exit = True
        thread.join(timeout=30)
        listening.close()


def serve(config: ServerConfig, started: Callable[[RunningServer], None]) -> None:
    """Run a server until it is told to stop.

    Parameters
    ----------
    config : ServerConfig
        How it is set up.
    started : callable
        Called with the server when it listens.

    Raises
    ------
    InputError
        The address would be open to everybody, or cannot be used.
    StoreError
        The database cannot be used.
    """
    check(config)
    _allow_many_files()
    sys.setswitchinterval(_SWITCH_SECONDS)
    listening = _listen(config)
    actual = replace(config, port=listening.getsockname()[1])
    with listening:
        store = Store(actual.database)
        server = _Server(actual, store, lambda: started(RunningServer(address(actual), actual)))
        server.run(sockets=[listening])


def check(config: ServerConfig) -> None:
    """Refuse an address that others reach without a key.

    Raises
    ------
    InputError
        Unless it was asked for in so many words.

    Examples
    --------
    >>> check(ServerConfig(host="0.0.0.0", api_keys=("secret",)))
    """
    if not config.is_local and not config.api_keys and not config.allow_open:
        message = "other machines could reach this server, and no API key is set"
        allowed = "--api-key KEY, an address such as 127.0.0.1, or --allow-open"
        raise InputError(Problem("InvalidInput", "host", f'"{config.host}"', message, allowed))


def address(config: ServerConfig) -> str:
    """Return the address that clients of this machine use.

    Examples
    --------
    >>> address(ServerConfig(host="::1", port=80))
    'http://[::1]:80'
    """
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(config.host, config.host)
    return f"http://{f'[{host}]' if ':' in host else host}:{config.port}"


def _listen(config: ServerConfig) -> socket.socket:
    try:
        family, kind, number, _, where = socket.getaddrinfo(
            config.host, config.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.socket(family, kind, number)
        try:
            if sys.platform != "win32":
                listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(where)
            listening.listen(2048)
        except BaseException:
            listening.close()
            raise
    except OSError as error:
        message = f"this address cannot be used: {error.strerror or error}"
        given = f"{config.host}:{config.port}"
        allowed = "a free port (--port 0 takes one), and an address of this machine"
        raise InputError(Problem("InvalidInput", "host", given, message, allowed)) from error
    return listening


class _Server(uvicorn.Server):
    """Uvicorn, told how."""

    def __init__(
        self, config: ServerConfig, store: Store, started: Callable[[], None] | None = None
    ) -> None:
        guarded = make_app(config, store)
        self._state: Any = guarded.app.state
        protocol = _protocol(_connections(config.max_connections))
        super().__init__(
            uvicorn.Config(
                guarded,
                http=protocol,
                ws="none",
                access_log=False,
                log_level=logging.WARNING,
                proxy_headers=False,
                server_header=False,
                date_header=False,
                timeout_keep_alive=75,
                timeout_graceful_shutdown=5,
                backlog=2048,
                lifespan="on",
            )
        )
        self._tell = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and tell."""
        await super().startup(sockets=sockets)
        if self.started and self._tell is not None:
            self._tell()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Answer those who wait, and stop."""
        if self.started:
            self._state.service.release()
        await super().shutdown(sockets=sockets)


def _protocol(limit: int) -> Any:
    """Return uvicorn's protocol with two habits more, against clients that keep it busy."""
    opened: OrderedDict[Any, Any] = OrderedDict()

    class Patient(AutoHTTPProtocol):  # type: ignore[misc, valid-type]
        """Closes a connection on which no request comes, and the oldest idle ones of too many."""

        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            opened[self] = asyncio.get_running_loop().call_later(
                _FIRST_REQUEST_SECONDS, self._close_if_silent
            )
            if len(opened) > limit:
                # The newest is idle too, so there is one.
                next(each for each in opened if each.is_idle).transport.abort()

        def connection_lost(self, exc: Exception | None) -> None:
            opened.pop(self).cancel()
            super().connection_lost(exc)

        @property
        def is_idle(self) -> bool:
            return self.cycle is None or self.cycle.response_complete

        def _close_if_silent(self) -> None:
            if self.cycle is None:
                self.transport.abort()

    return Patient


def _connections(wanted: int) -> int:
    """Return how many connections may be open; each is a file of the process."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        return min(wanted, max(soft - _OTHER_FILES, 16))
    return wanted


def _allow_many_files() -> None:
    """Raise the number of open files to what the system allows; each connection is one."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = 65_536 if hard == resource.RLIM_INFINITY else min(hard, 65_536)
        if soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
