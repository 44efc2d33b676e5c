"""Backends and characterizations: what there is to run on."""

from __future__ import annotations

import math
import time

from starlette.requests import Request
from starlette.responses import Response

from ..gates import GATES
from ..machine import info
from ..wire.backends import backend_shapes, characterization, characterization_id
from .http import Operation, json_reply, number_parameter
from .refusals import NotFound

__all__ = ["OPERATIONS_V0_3", "OPERATIONS_V0_4"]

_LEAST_QUBITS = 29  # what programs written for the provider's simulator rely on
_STARTED = time.time()


def _simulator_qubits() -> int:
    free = 0.8 * info()["memory_available_bytes"]
    return max(_LEAST_QUBITS, int(math.log2(max(free, 1) / 16)))


def _backends() -> dict[str, dict[str, object]]:
    return backend_shapes(_simulator_qubits(), GATES, _STARTED)


async def _list(_: Request) -> Response:
    return json_reply(list(_backends().values()))


async def _show(request: Request) -> Response:
    return json_reply(_backends()[_known(request)])


def _known(request: Request) -> str:
    """Return the backend in the path."""
    backend: str = request.path_params["backend"]
    known = _backends()
    if backend not in known:
        names = ", ".join(known)
        raise NotFound(f"there is no backend {backend[:60]!r}; there are {names}")
    return backend


async def _characterizations(request: Request) -> Response:
    number_parameter(request, "limit", 10, 1, 1_000)
    page = number_parameter(request, "page", 1, 1, 1e9)
    found = [characterization(_known(request))]
    return json_reply({"characterizations": found if page == 1 else [], "pages": 1})


async def _one(request: Request) -> Response:
    wanted = request.path_params["characterization"]
    names = [_known(request)] if "backend" in request.path_params else list(_backends())
    for name in names:
        if wanted in (characterization_id(name), "current"):
            return json_reply(characterization(name))
    raise NotFound(f"there is no characterization {wanted[:60]!r}")


async def _current(request: Request) -> Response:
    return json_reply(characterization(_known(request)))


_BACKENDS = (
    Operation("GET", "/backends", _list, "List backends", "Backends"),
    Operation("GET", "/backends/{backend}", _show, "Show a backend", "Backend", errors=(404,)),
)
OPERATIONS_V0_3 = (
    *_BACKENDS,
    Operation(
        "GET", "/characterizations/backends/{backend}/current", _current,
        "Show the characterization of a backend", "Characterization", errors=(404,),
    ),
    Operation(
        "GET", "/characterizations/backends/{backend}", _characterizations,
        "List characterizations of a backend", "Anything", ("limit", "page"), errors=(400, 404),
    ),
    Operation(
        "GET", "/characterizations/{characterization}", _one, "Show a characterization",
        "Characterization", errors=(404,),
    ),
)  # fmt: skip
OPERATIONS_V0_4 = (
    *_BACKENDS,
    Operation(
        "GET", "/backends/{backend}/characterizations", _characterizations,
        "List characterizations of a backend", "Anything", ("limit", "page"), errors=(400, 404),
    ),
    Operation(
        "GET", "/backends/{backend}/characterizations/{characterization}", _one,
        "Show a characterization", "Characterization", errors=(404,),
    ),
)  # fmt: skip
