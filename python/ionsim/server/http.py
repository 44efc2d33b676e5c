"""Requests and replies: bodies with limits, JSON, the provider's shape of errors."""

from __future__ import annotations

import asyncio
import http
import logging
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse

from ..errors import PROBLEM_LIMIT, InputError, IonsimError, LimitError, Problem
from .refusals import Conflict, NotFound, QueueFull, StoreError
from .service import Service

__all__ = [
    "Endpoint",
    "Operation",
    "error_reply",
    "id_list",
    "json_reply",
    "number_parameter",
    "pieces_reply",
    "read_body",
    "read_object",
    "service_of",
]

_log = logging.getLogger("ionsim.server")

Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]

_JSON = "application/json"
_SMALL_REPLY = 1 << 16


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that can be asked over HTTP: its route and its description.

    Attributes
    ----------
    method, path : str
        The path is relative to a version's prefix.
    endpoint : callable
        Request -> response.
    summary : str
        One line.
    reply : str
        Name of the schema of a good answer.
    query : tuple of str
        Names of query parameters.
    body : str
        Name of the schema of the body; empty for none.
    status : int
        Of a good answer.
    errors : tuple of int
        Other answers that belong to it.
    """

    method: str
    path: str
    endpoint: Endpoint
    summary: str
    reply: str = "Anything"
    query: tuple[str, ...] = ()
    body: str = ""
    status: int = 200
    errors: tuple[int, ...] = ()


def service_of(request: Request) -> Service:
    """Return the service behind the application that got a request."""
    service: Service = request.app.state.service
    return service


# --- requests ----------------------------------------------------------------------------------


async def read_body(request: Request) -> bytes:
    """Return the body of a request, if it arrives in time and is not too large.

    Raises
    ------
    HTTPException
        408, 413, or 415 for an encoded body.
    """
    config = service_of(request).config
    limit = config.max_body_bytes
    encoding = request.headers.get("content-encoding", "identity")
    if encoding != "identity":
        raise HTTPException(415, f"send the body plain, not with the encoding {encoding[:40]!r}")
    length = request.headers.get("content-length", "")
    if length.isascii() and length.isdigit() and int(length[:20]) > limit:
        raise _too_large(limit)
    pieces: list[bytes] = []
    size = 0
    task = asyncio.current_task()
    late = False

    def expire() -> None:
        nonlocal late
        late = True
        if task is not None:
            task.cancel()

    timer = asyncio.get_running_loop().call_later(config.body_timeout, expire)
    try:
        async for piece in request.stream():
            size += len(piece)
            if size > limit:
                raise _too_large(limit)
            pieces.append(piece)
    except ClientDisconnect:
        raise HTTPException(400, "the client went away") from None
    except asyncio.CancelledError:
        if not late:
            raise
        raise HTTPException(
            408, f"the body did not arrive within {config.body_timeout:g} s"
        ) from None
    finally:
        timer.cancel()
    return b"".join(pieces)


def _too_large(limit: int) -> HTTPException:
    return HTTPException(
        413,
        f"a body has at most {limit:,} bytes here: split the job, or start the server with a "
        "larger --max-bytes",
        headers={"Connection": "close"},
    )


async def read_object(request: Request, kind: type[Any]) -> Any:
    """Return a small body as a value of a type.

    Raises
    ------
    InputError
        It is not such a value.
    """
    body = await read_body(request)
    try:
        return msgspec.json.decode(body or b"{}", type=kind)
    except (msgspec.MsgspecError, RecursionError, ValueError) as error:
        raise InputError(Problem("InvalidInput", "body", "", str(error))) from error


def id_list(request: Request, *names: str) -> list[str] | None:
    """Return ids in a query, repeated or with commas; None when there are none."""
    found = [
        part
        for name in names
        for key in (name, f"{name}[]")
        for text in request.query_params.getlist(key)
        for part in text.split(",")
        if part
    ]
    return found or None


def number_parameter(
    request: Request, name: str, default: float, low: float, high: float, *, whole: bool = True
) -> float:
    """Return a number in a query.

    Raises
    ------
    InputError
        It is not a number, or out of range.
    """
    text = request.query_params.get(name)
    if text is None or text == "":
        return default
    allowed = f"{'an integer' if whole else 'a number'} from {low:g} to {high:g}"
    try:
        number = float(text) if len(text) < 40 else float("nan")
    except ValueError:
        number = float("nan")
    if not low <= number <= high or (whole and number != int(number)):
        problem = Problem("InvalidInput", name, f'"{text[:60]}"', "not allowed", allowed)
        raise InputError(problem)
    return number


# --- replies -----------------------------------------------------------------------------------


def json_reply(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Return a value as JSON."""
    return Response(msgspec.json.encode(value), status, headers, _JSON)


async def pieces_reply(
    pieces: Iterator[bytes], before: bytes = b"", after: bytes = b""
) -> Response:
    """Return JSON that comes in pieces; what is large is made on a thread and sent as it comes."""
    first, size = [before], 0
    for piece in pieces:
        first.append(piece)
        size += len(piece)
        if size > _SMALL_REPLY:
            break
    else:
        return Response(b"".join([*first, after]), media_type=_JSON)

    def rest() -> Iterator[bytes]:
        yield from first
        yield from pieces
        yield after

    return StreamingResponse(rest(), media_type=_JSON)


def error_reply(
    status: int, message: str, extra: dict[str, Any] | None = None, headers: Any = None
) -> Response:
    """Return an error in the provider's shape."""
    try:
        name = http.HTTPStatus(status).phrase
    except ValueError:
        name = "Error"
    shape = {"statusCode": status, "error": name, "message": message, **(extra or {})}
    return json_reply(shape, status, dict(headers) if headers else None)


async def on_package_error(_: Request, error: Exception) -> Response:
    """Answer what this package refuses."""
    if isinstance(error, InputError):
        keys = list(dict.fromkeys(problem.path or "body" for problem in error.problems))
        extra = {"validation": {"keys": keys[:PROBLEM_LIMIT], "source": "body"}}
        return error_reply(400, str(error), extra)
    if isinstance(error, LimitError):
        return error_reply(400, str(error))
    if isinstance(error, NotFound):
        return error_reply(404, str(error))
    if isinstance(error, Conflict):
        return error_reply(409, str(error))
    if isinstance(error, QueueFull):
        return error_reply(429, str(error), headers={"Retry-After": "1"})
    if isinstance(error, StoreError):
        _log.error("%s", error)
        return error_reply(507 if "full" in str(error) else 503, str(error))
    return error_reply(400, str(error))


async def on_http_error(_: Request, error: Exception) -> Response:
    """Answer what the framework refuses: unknown paths, wrong methods."""
    if not isinstance(error, HTTPException):
        raise error
    message = error.detail
    if error.status_code == 404 and message == "Not Found":
        message = "there is nothing here; GET /openapi.json lists what there is"
    elif error.status_code == 405:
        message = "this path does not take this method; GET /openapi.json lists what it takes"
    return error_reply(error.status_code, message, headers=error.headers)


async def on_fault(_: Request, error: Exception) -> Response:
    """Answer a fault of this package; the details go to the log."""
    return error_reply(500, "an error inside ionsim; the server's log has the details")


HANDLERS: dict[Any, Any] = {
    IonsimError: on_package_error,
    HTTPException: on_http_error,
    Exception: on_fault,
}
"""What answers an exception, for the application."""
