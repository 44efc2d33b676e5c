"""What the routes of both versions do alike: submit, look, cancel, delete, results."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
from starlette.requests import Request
from starlette.responses import Response

from ..circuit import Circuit
from ..engine import RunOptions, samples
from ..errors import InputError, Problem
from ..readout import Readout
from ..wire import JobState
from .http import (
    id_list,
    json_reply,
    number_parameter,
    pieces_reply,
    read_body,
    read_object,
    service_of,
)
from .refusals import Conflict, NotFound
from .results import CircuitResult
from .service import Service
from .submission import reread

__all__ = [
    "Ids",
    "cancel_many",
    "cancel_one",
    "completed",
    "delete_many",
    "delete_one",
    "listed",
    "looked_at",
    "result_reply",
    "submitted",
]

_DEFAULT_LIMIT = 25
_LIMIT = 1_000
_STORED_STATUS = {"submitted": "ready", "started": "running"}
STATUSES = ("submitted", "ready", "started", "running", "canceled", "failed", "completed")


class Ids(msgspec.Struct):
    """The body of an operation on several jobs."""

    ids: list[str]


async def submitted(request: Request, version: str) -> JobState:
    """Take the job in the body of a request."""
    headers = request.headers
    key = headers.get("idempotency-key") or headers.get("x-idempotency-key")
    if key is not None and len(key) > 255:
        problem = Problem("InvalidInput", "Idempotency-Key", "", "too long", "255 characters")
        raise InputError(problem)
    return await service_of(request).submit(await read_body(request), version, key)


async def looked_at(request: Request) -> JobState:
    """Return the state of the job in the path; the first look waits a little for its end."""
    service = service_of(request)
    longest = service.config.first_wait
    wait = number_parameter(request, "wait", longest, 0.0, max(longest, 30.0), whole=False)
    state, _ = await service.find(request.path_params["id"], wait)
    return state


async def listed(request: Request, **conditions: Any) -> tuple[list[JobState], str | None]:
    """Return the jobs that a query asks for, newest first, and where the next page begins."""
    service = service_of(request)
    query = request.query_params
    limit = int(number_parameter(request, "limit", _DEFAULT_LIMIT, 1, _LIMIT))
    status = query.get("status")
    if status:
        if status not in STATUSES:
            allowed = ", ".join(STATUSES)
            problem = Problem("InvalidInput", "status", f'"{status[:60]}"', "unknown", allowed)
            raise InputError(problem)
        conditions["status"] = _STORED_STATUS.get(status, status)
    target = query.get("target") or query.get("backend")
    if target:
        conditions["target"] = target
    if query.get("session_id"):
        conditions["session"] = query["session_id"]
    submitter = query.get("submitter_id") or query.get("submitter")
    if submitter and submitter != "local":
        return [], None
    parent = query.get("parent_job_id") or query.get("parent")
    ids = id_list(request, "ids", "id")
    if ids is not None:
        return await _by_ids(service, ids[:_LIMIT]), None
    if parent:
        return await _children_of(service, parent, limit, query.get("next"))
    return await service.page(conditions, limit, query.get("next") or None)


async def _by_ids(service: Service, ids: list[str]) -> list[JobState]:
    states = []
    # Some clients poll by listing one id.
    wait = service.config.first_wait if len(ids) == 1 else 0.0
    for job_id in dict.fromkeys(ids):
        try:
            states.append((await service.find(job_id, wait))[0])
        except NotFound:
            continue
    return states


async def _children_of(
    service: Service, parent_id: str, limit: int, after: str | None
) -> tuple[list[JobState], str | None]:
    try:
        parent, _ = await service.find(parent_id)
    except NotFound:
        return [], None
    own = await service.children(parent_id)
    places = {child.id: place for place, child in enumerate(own)}
    begin = places.get(after, 0) if after else 0
    some = [parent.child(child) for child in own[begin : begin + limit]]
    more = own[begin + limit].id if begin + limit < len(own) else None
    return some, more


async def completed(service: Service, job_id: str) -> tuple[JobState, int | None]:
    """Return the state of a job that has results.

    Raises
    ------
    Conflict, NotFound
        It has not ended; it has no results.
    """
    state, place = await service.find(job_id, service.config.first_wait)
    if not state.is_finished:
        raise Conflict(f"the job {job_id} is {state.status}: it has results when it is completed")
    if state.status != "completed" or state.dry_run:
        why = "" if state.failure is None else f": {state.failure[1]}"
        kind = "a dry run" if state.dry_run else state.status
        raise NotFound(f"the job {job_id} is {kind} and has no results{why}")
    return state, place


async def result_reply(request: Request, kind: str, job_id: str) -> Response:
    """Return the results of a job; those of a multi-circuit job by child.

    Parameters
    ----------
    kind : str
        ``probabilities``, ``histogram`` or ``shots``, or one of these with ``_v2``.
    """
    service = service_of(request)
    top = int(number_parameter(request, "top", 0, 0, 1_000_000))
    state, place = await completed(service, job_id)
    if not state.multi:
        owner = job_id if place is None else str(state.parent_id)
        pieces = await _pieces(service, state, owner, place or 0, kind, top)
        return await pieces_reply(pieces)
    found = []
    for number, child in enumerate(await service.children(job_id)):
        if child.failure is None:
            own = state.child(child)
            part = await _pieces(service, own, job_id, number, kind, top)
            found.append((child.id, part))
    return await pieces_reply(_by_child(found))


def _by_child(found: list[tuple[str, Iterator[bytes]]]) -> Iterator[bytes]:
    comma = b"{"
    for child_id, pieces in found:
        yield comma + msgspec.json.encode(child_id) + b":"
        yield from pieces
        comma = b","
    yield b"}"


async def _pieces(
    service: Service, state: JobState, owner: str, place: int, kind: str, top: int
) -> Iterator[bytes]:
    """Return one circuit's result as pieces of JSON."""
    result = await service.result(owner, place)
    if kind == "probabilities":
        return result.probabilities(top=top)
    named = state.kind is not None  # a program text has registers of its own
    if kind == "probabilities_v2":
        own = await asyncio.to_thread(result.marginals) if named else {}
        return _nested(b"probabilities", own, result.probabilities(bitstrings=True))
    shots = await _shots(service, result, state, owner, place)
    if kind == "histogram":
        return result.counts(shots)
    if kind == "histogram_v2":
        own = await asyncio.to_thread(result.marginals, shots) if named else {}
        return _nested(b"histogram", own, result.counts(shots, bitstrings=True))
    if kind == "shots":
        return result.shot_list(shots)
    return _wrapped(b'{"shots":', result.shot_registers(shots, named=named), b"}")


def _wrapped(before: bytes, pieces: Iterator[bytes], after: bytes) -> Iterator[bytes]:
    yield before
    yield from pieces
    yield after


def _nested(
    name: bytes, own: Mapping[str, CircuitResult], whole: Iterator[bytes]
) -> Iterator[bytes]:
    """Give the distributions of registers, and that of all bits."""
    yield b'{"' + name + b'":{"registers":{'
    for register, marginal in own.items():
        yield msgspec.json.encode(register) + b":"
        if name == b"histogram" and marginal.outcomes is not None:
            yield from marginal.counts(marginal.outcomes, bitstrings=True)
        else:
            yield from marginal.probabilities(bitstrings=True)
        yield b","
    yield from _wrapped(b'"output_all":', whole, b"}}}")


async def _shots(
    service: Service, result: CircuitResult, state: JobState, owner: str, place: int
) -> npt.NDArray[np.uint64]:
    """Return one outcome per shot; for an ideal job they are drawn now, with its seed."""
    if result.weights is None and result.outcomes is not None:
        return result.outcomes

    def draw() -> npt.NDArray[np.uint64]:
        request = reread(service.store.body(owner), state)
        circuit = request.circuits[place].circuit
        if not isinstance(circuit, Circuit):
            raise NotFound(f"the job {owner} has no such circuit")
        options = RunOptions(memory_limit_bytes=service.config.memory_limit)
        shots = samples([circuit.program], state.shots, [state.seed], options)[0]
        if circuit.measured is None:
            return shots
        return Readout(tuple(circuit.touched), circuit.measured)(shots)

    async with service.drawing:
        return await asyncio.to_thread(draw)


async def _body_ids(request: Request) -> list[str]:
    """Return the ids that an operation on several jobs names."""
    given: Ids = await read_object(request, Ids)
    return list(dict.fromkeys(given.ids))


async def _canceled(request: Request) -> list[str]:
    """Cancel the jobs that a body names, and return those that had not ended."""
    service = service_of(request)
    ids = await _body_ids(request)
    for job_id in ids:
        await service.find(job_id)  # all of them exist, or none is canceled
    done = []
    for job_id in ids:
        try:
            await service.cancel(job_id)
        except Conflict:
            continue
        done.append(job_id)
    return done


async def cancel_one(request: Request) -> Response:
    """Cancel the job in the path."""
    state = await service_of(request).cancel(request.path_params["id"])
    return json_reply({"id": state.id, "status": "canceled"})


async def cancel_many(request: Request) -> Response:
    """Cancel the jobs in the body."""
    return json_reply({"ids": await _canceled(request), "status": "canceled"})


async def delete_one(request: Request) -> Response:
    """Delete the job in the path."""
    job_id = request.path_params["id"]
    await service_of(request).delete([job_id])
    return json_reply({"id": job_id, "status": "deleted"})


async def delete_many(request: Request) -> Response:
    """Delete the jobs in the body."""
    ids = await _body_ids(request)
    await service_of(request).delete(ids)
    return json_reply({"ids": ids, "status": "deleted"})
