"""Sessions of API v0.4: a bracket round jobs. They reserve nothing, for nobody else is in line."""

from __future__ import annotations

import time
import uuid
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from ..wire import JobState, iso_time, state_v0_4
from . import changes
from .common import listed
from .http import Operation, json_reply, read_object, service_of
from .refusals import NotFound

__all__ = ["OPERATIONS", "job_list"]


class _CostLimit(msgspec.Struct, omit_defaults=True):
    value: float
    unit: str | None = None


class _Settings(msgspec.Struct, omit_defaults=True):
    job_count_limit: int | None = None
    duration_limit_min: int | None = None
    cost_limit: _CostLimit | None = None


class _NewSession(msgspec.Struct):
    backend: str
    settings: _Settings | None = None


async def _create(request: Request) -> Response:
    given: _NewSession = await read_object(request, _NewSession)
    now = iso_time(time.time())
    session = {
        "id": str(uuid.uuid4()),
        "created_at": now,
        "organization_id": "local",
        "backend": given.backend,
        "project_id": "local",
        "creator_id": "local",
        "ended_at": None,
        "ender_id": None,
        "settings": msgspec.to_builtins(given.settings or _Settings()),
        "active": True,
        "status": "started",
        "started_at": now,
    }
    await _write(request, session)
    return json_reply(session, 201)


async def _write(request: Request, session: dict[str, Any]) -> None:
    service = service_of(request)
    data = msgspec.json.encode(session)
    await service.landed(service.store.write(changes.write_session(session["id"], data)))


def _found(request: Request) -> dict[str, Any]:
    session_id = request.path_params["session"]
    data = service_of(request).store.session(session_id)
    if data is None:
        raise NotFound(f"there is no session {session_id}")
    session: dict[str, Any] = msgspec.json.decode(data)
    return session


async def _show(request: Request) -> Response:
    return json_reply(_found(request))


async def _list(request: Request) -> Response:
    sessions = [msgspec.json.decode(data) for data in service_of(request).store.sessions()]
    active = request.query_params.get("active")
    if active in ("true", "false"):
        sessions = [each for each in sessions if each["active"] == (active == "true")]
    return json_reply({"organization_id": "local", "sessions": sessions})


async def _end(request: Request) -> Response:
    session = _found(request)
    if session["active"]:
        now = iso_time(time.time())
        session.update(active=False, status="ended", ended_at=now, ender_id="local")
        await _write(request, session)
    return json_reply(session)


async def _jobs(request: Request) -> Response:
    session = _found(request)
    return job_list(request, *await listed(request, session=session["id"]))


def job_list(request: Request, states: list[JobState], following: str | None) -> Response:
    """Return a page of jobs."""
    jobs = [state_v0_4(state) for state in states]
    for job in jobs:
        del job["child_job_ids"]  # not a part of a list's shape
    shape: dict[str, Any] = {"jobs": jobs}
    # cirq-ionq takes a null for a page to come, ionq-core wants the key.
    is_cirq = "cirq" in request.headers.get("user-agent", "")
    if following is not None or not is_cirq:
        shape["next"] = following
    return json_reply(shape)


OPERATIONS = (
    Operation(
        "POST", "/sessions", _create, "Begin a session", "Session", body="NewSession", status=201,
        errors=(400,),
    ),
    Operation("GET", "/sessions", _list, "List sessions", "Anything", ("active",)),
    Operation("GET", "/sessions/{session}", _show, "Show a session", "Session", errors=(404,)),
    Operation("POST", "/sessions/{session}/end", _end, "End a session", "Session", errors=(404,)),
    Operation(
        "GET", "/sessions/{session}/jobs", _jobs, "List the jobs of a session", "JobList",
        ("status", "limit", "next"), errors=(400, 404),
    ),
)  # fmt: skip
