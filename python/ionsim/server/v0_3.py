"""The routes of API v0.3."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from ..wire import state_v0_3
from . import devices
from .common import (
    cancel_many,
    cancel_one,
    delete_many,
    delete_one,
    listed,
    looked_at,
    result_reply,
    submitted,
)
from .http import Operation, json_reply

__all__ = ["OPERATIONS"]


async def _create(request: Request) -> Response:
    state = await submitted(request, "v0.3")
    return json_reply({"id": state.id, "status": "ready", "request": int(state.submitted)})


async def _show(request: Request) -> Response:
    return json_reply(state_v0_3(await looked_at(request)))


async def _list(request: Request) -> Response:
    states, following = await listed(request)
    return json_reply({"jobs": [state_v0_3(state) for state in states], "next": following})


async def _results(request: Request) -> Response:
    return await result_reply(request, "probabilities", request.path_params["id"])


async def _health(_: Request) -> Response:
    return json_reply({"status": "pass"})


_LISTING = ("id", "status", "target", "submitter", "limit", "next")

OPERATIONS = (
    Operation(
        "POST", "/jobs", _create, "Create a job", "CreatedV03", body="JobV03",
        errors=(400, 408, 409, 413, 415, 429),
    ),
    Operation("GET", "/jobs", _list, "List jobs, newest first", "JobList", _LISTING, errors=(400,)),
    Operation(
        "DELETE", "/jobs", delete_many, "Delete jobs", "DoneMany", body="Ids",
        errors=(400, 404, 409),
    ),
    Operation(
        "PUT", "/jobs/status/cancel", cancel_many, "Cancel jobs", "DoneMany", body="Ids",
        errors=(400, 404),
    ),
    Operation(
        "GET", "/jobs/{id}", _show, "Show a job; the first look waits a little for its end",
        "JobShape", ("wait",), errors=(400, 404),
    ),
    Operation(
        "DELETE", "/jobs/{id}", delete_one, "Delete a job", "Done", errors=(404, 409),
    ),
    Operation(
        "PUT", "/jobs/{id}/status/cancel", cancel_one, "Cancel a job", "Done", errors=(404, 409),
    ),
    Operation(
        "GET", "/jobs/{id}/results", _results, "Probabilities; those of several circuits by child",
        "Results", ("sharpen", "top"), errors=(400, 404, 409),
    ),
    Operation("GET", "/health", _health, "Tell whether the server is well", "Health"),
    *devices.OPERATIONS_V0_3,
)  # fmt: skip
