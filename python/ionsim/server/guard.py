"""Who may come in: API keys, and no web page of somebody else."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

from .config import ServerConfig
from .http import error_reply

__all__ = ["Guard"]

_SCHEME = "apikey "
_LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]", "::1"})
# Needed before a client knows its key, and without anything private.
_OPEN_PATHS = frozenset({"/", "/openapi.json", "/health", "/v0.3/health", "/v0.4/health"})
_OPEN_PARTS = ("/backends", "/characterizations")


class Guard:
    """Lets requests through to the application, or answers 401, 403 or 421.

    Parameters
    ----------
    app : Starlette
        What is guarded.
    config : ServerConfig
        The keys, and where the server listens.
    """

    def __init__(self, app: Starlette, config: ServerConfig) -> None:
        self.app = app
        self._keys = [_digest(key.encode()) for key in config.api_keys]
        self._hosts = _LOCAL_NAMES | {config.host} if config.is_local else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check one request."""
        if scope["type"] == "http":
            headers = {
                name: value.decode("latin-1")  # every byte is a letter in it
                for name, value in scope["headers"]
                if name in (b"host", b"origin", b"authorization", b"sec-fetch-site")
            }
            refusal = self._refusal(scope, headers)
            if refusal is not None:
                status, message = refusal
                await error_reply(status, message)(scope, receive, send)
                return
        await self.app(scope, receive, send)

    def _refusal(self, scope: Scope, headers: dict[bytes, str]) -> tuple[int, str] | None:
        host = headers.get(b"host", "")
        # A foreign page that makes its own name point to this machine (DNS rebinding) sends its
        # name as the host; one that calls this address openly sends its origin.
        if self._hosts is not None and _name(host) not in self._hosts:
            return 421, f"this server is called localhost, not {host[:80]!r}"
        origin = headers.get(b"origin")
        if origin is not None and origin.partition("://")[2] != host:
            return 403, "requests of other web pages are not answered"
        is_foreign = headers.get(b"sec-fetch-site", "none") not in ("none", "same-origin")
        if is_foreign and scope["path"] != "/":  # a link to the page is fine
            return 403, "requests of other web pages are not answered"
        if self._keys and not _is_open(scope) and not self._knows(headers.get(b"authorization")):
            return 401, "send a valid key: Authorization: apiKey YOUR-KEY"
        return None

    def _knows(self, authorization: str | None) -> bool:
        text = authorization or ""
        if text[: len(_SCHEME)].lower() != _SCHEME:
            return False
        shown = _digest(text[len(_SCHEME) :].strip().encode("latin-1"))
        # All keys are compared, each in constant time: the time tells nothing.
        return sum(hmac.compare_digest(shown, key) for key in self._keys) > 0


def _digest(key: bytes) -> bytes:
    return hashlib.sha256(key).digest()


def _name(host: str) -> str:
    """Return a host's name without its port.

    Examples
    --------
    >>> [_name(host) for host in ("localhost:8000", "[::1]:80", "Example.org")]
    ['localhost', '[::1]', 'example.org']
    """
    name, colon, port = host.rpartition(":")
    has_port = bool(colon) and port.isdigit()
    return (name if has_port else host).lower()


def _is_open(scope: Any) -> bool:
    path = scope["path"]
    if scope["method"] not in ("GET", "HEAD"):
        return False
    if path in _OPEN_PATHS:
        return True
    relative = path.removeprefix("/v0.3").removeprefix("/v0.4")
    return any(relative == part or relative.startswith(f"{part}/") for part in _OPEN_PARTS)
