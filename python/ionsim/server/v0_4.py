"""The routes of API v0.4 for jobs and their results."""

from __future__ import annotations

import time
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from ..errors import InputError, Problem
from ..wire import creation_v0_4, state_v0_4
from ..wire.v0_4_out import ESTIMATE_NUMBERS, artifact_kind, estimate_v0_4
from . import devices, session_routes
from .common import (
    cancel_many,
    cancel_one,
    completed,
    delete_many,
    delete_one,
    listed,
    looked_at,
    result_reply,
    submitted,
)
from .http import Operation, json_reply, number_parameter, read_object, service_of
from .refusals import Conflict, NotFound
from .session_routes import job_list

__all__ = ["OPERATIONS"]

_FREE = {"value": 0.0, "unit": "usd"}


async def _create(request: Request) -> Response:
    return json_reply(creation_v0_4(await submitted(request, "v0.4")), 201)


async def _show(request: Request) -> Response:
    return json_reply(state_v0_4(await looked_at(request)))


async def _list(request: Request) -> Response:
    return job_list(request, *await listed(request))


# --- results -----------------------------------------------------------------------------------


async def _probabilities(request: Request) -> Response:
    return await result_reply(request, "probabilities", request.path_params["id"])


async def _histogram(request: Request) -> Response:
    return await result_reply(request, "histogram", request.path_params["id"])


async def _shots(request: Request) -> Response:
    return await result_reply(request, "shots", request.path_params["id"])


async def _aggregated(request: Request) -> Response:
    job_id = request.path_params["id"]
    state, _ = await completed(service_of(request), job_id)
    if not state.multi:
        raise NotFound(f"the job {job_id} has one circuit: ask for results/probabilities")
    return await result_reply(request, "probabilities", job_id)


async def _artifact(request: Request) -> Response:
    job_id, name = request.path_params["id"], request.path_params["artifact"]
    kind = artifact_kind(name)
    state, _ = await completed(service_of(request), job_id)
    if kind is None or (kind == "aggregated") != state.multi:
        raise NotFound(f"the job {job_id} has no artifact {name}: its results name those it has")
    return await result_reply(request, "probabilities" if state.multi else kind, job_id)


# --- copies, costs -----------------------------------------------------------------------------


class _Overrides(msgspec.Struct):
    """What a copy of a job may have otherwise."""

    name: str | msgspec.UnsetType = msgspec.UNSET
    metadata: dict[str, Any] | msgspec.UnsetType = msgspec.UNSET
    shots: int | msgspec.UnsetType = msgspec.UNSET
    backend: str | msgspec.UnsetType = msgspec.UNSET
    session_id: str | msgspec.UnsetType = msgspec.UNSET
    settings: dict[str, Any] | msgspec.UnsetType = msgspec.UNSET
    dry_run: bool | msgspec.UnsetType = msgspec.UNSET
    noise: dict[str, Any] | msgspec.UnsetType = msgspec.UNSET


async def _clone(request: Request) -> Response:
    """Run a job again, with some of its values exchanged."""
    service, job_id = service_of(request), request.path_params["id"]
    changed = msgspec.structs.asdict(await read_object(request, _Overrides))
    state, place = await service.find(job_id)
    if place is not None:
        raise Conflict(f"the job {job_id} is a part of {state.parent_id}: clone that")
    fields = msgspec.json.decode(service.store.body(job_id), type=dict[str, msgspec.Raw])
    for key, value in changed.items():
        if value is not msgspec.UNSET:
            fields[_key(key, state.version)] = msgspec.Raw(msgspec.json.encode(value))
    body = msgspec.json.encode(fields)
    made = await service.submit(body, state.version, cloned_from=job_id)
    return json_reply(creation_v0_4(made), 201)


def _key(key: str, version: str) -> str:
    return "target" if key == "backend" and version == "v0.3" else key


async def _cost(request: Request) -> Response:
    state, _ = await service_of(request).find(request.path_params["id"])
    shape: dict[str, Any] = {"dry_run": state.dry_run, "estimated_cost": _FREE}
    if state.is_finished and not state.dry_run:
        shape["cost"] = _FREE
    return json_reply(shape)


async def _estimate(request: Request) -> Response:
    """Foretell the time of a job that is described by numbers only."""
    query = request.query_params
    backend = query.get("backend") or "simulator"
    if backend != "simulator":
        problem = Problem("InvalidInput", "backend", f'"{backend[:60]}"', "unknown", '"simulator"')
        raise InputError(problem)
    numbers = {
        name: int(number_parameter(request, name, default, low, high))
        for name, (default, low, high) in ESTIMATE_NUMBERS.items()
    }
    return json_reply(estimate_v0_4(numbers, dict(query), time.time()))


async def _whoami(_: Request) -> Response:
    return json_reply({"key_id": "local", "key_name": "local", "project_id": "local"})


async def _health(_: Request) -> Response:
    return json_reply({"status": "pass"})


_LISTING = (
    "ids", "parent_job_id", "status", "target", "session_id", "submitter_id", "limit", "next",
)  # fmt: skip
_RESULT_ERRORS = (400, 404, 409)

OPERATIONS = (
    Operation(
        "POST", "/jobs", _create, "Create a job", "CreatedV04", body="JobV04", status=201,
        errors=(400, 404, 408, 409, 413, 415, 429),
    ),
    Operation("GET", "/jobs", _list, "List jobs, newest first", "JobList", _LISTING, errors=(400,)),
    Operation(
        "DELETE", "/jobs", delete_many, "Delete jobs", "DoneMany", body="Ids",
        errors=(400, 404, 409),
    ),
    Operation(
        "GET", "/jobs/estimate", _estimate, "Foretell the time of a job", "Anything",
        ("backend", "type", *ESTIMATE_NUMBERS),
        errors=(400,),
    ),
    Operation(
        "PUT", "/jobs/status/cancel", cancel_many, "Cancel jobs", "DoneMany", body="Ids",
        errors=(400, 404),
    ),
    Operation(
        "GET", "/jobs/{id}", _show, "Show a job; the first look waits a little for its end",
        "JobShape", ("wait",), errors=(400, 404),
    ),
    Operation("DELETE", "/jobs/{id}", delete_one, "Delete a job", "Done", errors=(404, 409)),
    Operation(
        "PUT", "/jobs/{id}/status/cancel", cancel_one, "Cancel a job", "Done", errors=(404, 409),
    ),
    Operation(
        "POST", "/jobs/{id}/clone", _clone, "Run a job again, with changes", "CreatedV04",
        body="Overrides", status=201, errors=(400, 404, 409, 429),
    ),
    Operation("GET", "/jobs/{id}/cost", _cost, "Tell the cost: nothing", errors=(404,)),
    Operation(
        "GET", "/jobs/{id}/results/probabilities", _probabilities,
        "Probabilities; those of several circuits by child", "Results", ("sharpen", "top"),
        errors=_RESULT_ERRORS,
    ),
    Operation(
        "GET", "/jobs/{id}/results/probabilities/aggregated", _aggregated,
        "Probabilities of several circuits by child", "Results", ("sharpen",),
        errors=_RESULT_ERRORS,
    ),
    Operation(
        "GET", "/jobs/{id}/results/histogram", _histogram,
        "Counted shots; those of an ideal job are drawn now, with its seed", "Results",
        errors=_RESULT_ERRORS,
    ),
    Operation(
        "GET", "/jobs/{id}/results/shots", _shots, "One outcome per shot", "Anything",
        errors=_RESULT_ERRORS,
    ),
    Operation(
        "GET", "/jobs/{id}/artifacts/{artifact}", _artifact,
        "A result by the id under which the job names it", "Anything", errors=_RESULT_ERRORS,
    ),
    Operation("GET", "/whoami", _whoami, "Tell who is asking"),
    Operation("GET", "/health", _health, "Tell whether the server is well", "Health"),
    *session_routes.OPERATIONS,
    *devices.OPERATIONS_V0_4,
)  # fmt: skip
