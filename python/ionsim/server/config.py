"""How a server is set up."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path

__all__ = ["MEMORY", "ServerConfig", "default_database"]

MEMORY = ":memory:"
"""In place of a database file: nothing outlives the server."""


def default_database() -> str:
    """Return the path of the database in the user's data directory."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or str(Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = str(Path.home() / "Library" / "Application Support")
    else:
        base = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return str(Path(base) / "ionsim" / "jobs.sqlite")


@dataclass(frozen=True, slots=True)
class ServerConfig:
    """How a server is set up.

    Parameters
    ----------
    host, port : str, int
        Where it listens; port 0 takes a free one.
    database : str
        A path, or `MEMORY`.
    api_keys : tuple of str
        Keys of which a client must show one; empty: any or none will do.
    allow_open : bool
        Whether an address that other machines reach may be served without a key.
    keep_days : float
        Finished jobs older than this are deleted; 0 keeps all.
    max_queue : int
        Jobs that may wait; more are answered 429.
    max_body_bytes, max_circuits, max_gates : int
        How large a job may be; larger bodies are answered 413.
    first_wait : float
        Seconds that the first look at a job waits for its end.
    body_timeout : float
        Seconds in which a request must have arrived.
    max_connections : int
        Open connections; beyond that the oldest idle ones are closed.
    threads : int or None
        Threads of a long job; None: one per core.
    small_workers : int
        How many small jobs run at a time.
    memory_limit : int or None
        Bytes that one run may use; None: 80 % of what is free.
    device_limits : bool
        Whether a noise model's qubit limit holds.

    Examples
    --------
    >>> ServerConfig().is_local, ServerConfig(host="0.0.0.0").is_local
    (True, False)
    """

    host: str = "127.0.0.1"
    port: int = 8000
    database: str = field(default_factory=default_database)
    api_keys: tuple[str, ...] = field(default=(), repr=False)
    allow_open: bool = False
    keep_days: float = 90.0
    max_queue: int = 10_000
    max_body_bytes: int = 10_000_000
    max_circuits: int = 5_000
    max_gates: int = 150_000
    first_wait: float = 10.0
    body_timeout: float = 30.0
    max_connections: int = 20_000
    threads: int | None = None
    small_workers: int = 1
    memory_limit: int | None = None
    device_limits: bool = True

    @property
    def is_local(self) -> bool:
        """Whether only this machine reaches the server."""
        if self.host == "localhost":
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:  # a name: who knows
            return False
