"""What the commands need to talk to a server: requests and answers as JSON."""

from __future__ import annotations

import functools
import json
import os
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

import click

from .console import BadInput, Refusal

__all__ = ["Client", "segment", "server"]

DEFAULT_URL = "http://127.0.0.1:8000"
_LOCAL = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Client:
    """A server as the commands see it.

    Attributes
    ----------
    url : str
        Such as ``http://127.0.0.1:8000``.
    api_key : str or None
        What the server wants to be shown.
    """

    url: str
    api_key: str | None

    def get(self, path: str) -> Any:
        """Return what a path answers."""
        return self._ask("GET", path, None)

    def post(self, path: str, body: bytes) -> Any:
        """Send a body; return the answer."""
        return self._ask("POST", path, body)

    def _ask(self, method: str, path: str, body: bytes | None) -> Any:
        headers = {"Content-Type": "application/json"}
        if self.api_key:
            headers["Authorization"] = f"apiKey {self.api_key}"
        request = urllib.request.Request(
            f"{self.url.rstrip('/')}{path}", data=body, headers=headers, method=method
        )
        # A proxy for the world outside is no way to this machine.
        is_local = urlsplit(self.url).hostname in _LOCAL
        handlers = [urllib.request.ProxyHandler({})] if is_local else []
        try:
            with urllib.request.build_opener(*handlers).open(request, timeout=120) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                raise _refused(error.code, error.read()) from error
        except (OSError, ValueError) as error:
            reason = getattr(error, "reason", None) or error
            raise Refusal(
                f"no server answers at {self.url}: {reason}; start one with: ionsim serve"
            ) from error


def _refused(status: int, body: bytes) -> Refusal:
    try:
        message = str(json.loads(body)["message"])
    except (ValueError, KeyError, TypeError):
        message = body[:200].decode("utf-8", "replace")
    kind = BadInput if status == 400 else Refusal
    return kind(f"the server answers {status}: {message}")


def segment(text: str) -> str:
    """Return a text as a part of a path."""
    return quote(text, safe="")


def _checked(_: click.Context, __: click.Parameter, value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise click.BadParameter(f"{value!r} is no address; write http://127.0.0.1:8000")
    return f"{parts.scheme}://{parts.netloc}"


def server(command: Any) -> Any:
    """Add the options that name a server; the command gets a `Client`."""

    @functools.wraps(command)
    def with_client(url: str, api_key: str | None, **given: Any) -> Any:
        return command(client=Client(url, api_key or os.environ.get("IONQ_API_KEY")), **given)

    outer: Any = click.option(
        "--api-key", metavar="KEY", help="What the server wants.  [default: $IONQ_API_KEY]"
    )(with_client)
    return click.option(
        "--url",
        metavar="URL",
        default=DEFAULT_URL,
        show_default=True,
        callback=_checked,
        help="Where the server is.",
    )(outer)
