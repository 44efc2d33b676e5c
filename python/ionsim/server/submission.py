"""From a body to a job: read, checked, with everything chosen that a repetition needs."""

from __future__ import annotations

import dataclasses
import time
import uuid
from contextlib import suppress
from dataclasses import dataclass

import msgspec

from ..circuit import Circuit
from ..errors import InputError, LimitError
from ..executor import child_seed, random_seed
from ..job import JobRequest
from ..planning import estimate
from ..wire import ChildState, JobState, first_state, read_submission
from ..wire.size import count_circuits
from .config import ServerConfig

__all__ = ["Prepared", "expected_work", "prepare", "reread"]

_RATE = 1e9  # amplitudes times gates in a second, roughly
_DYNAMIC_WORK = 2e7


@dataclass(frozen=True, slots=True)
class Prepared:
    """A job that was read.

    Attributes
    ----------
    state : JobState
        Ready to be stored and run.
    children : list of ChildState
        The circuits of a multi-circuit job.
    request : JobRequest
        What runs, its seed chosen.
    """

    state: JobState
    children: list[ChildState]
    request: JobRequest


def prepare(
    body: bytes, version: str, config: ServerConfig, *, cloned_from: str | None = None
) -> Prepared:
    """Read and check a body.

    Raises
    ------
    InputError
        The body cannot run.
    LimitError
        It has too many circuits or gates.

    Examples
    --------
    >>> body = b'{"input": {"qubits": 1, "circuit": [{"gate": "h", "target": 0}]}}'
    >>> prepare(body, "v0.3", ServerConfig()).state.qubits
    1
    """
    _check("circuit", count_circuits(body), config.max_circuits)
    submission = read_submission(body, version, max_gates=config.max_gates)
    request = submission.request
    if request is None:
        raise InputError(submission.problems)
    _check("gate", sum(_gates(request)), config.max_gates)
    seed = request.seed or random_seed()
    request = dataclasses.replace(request, seed=seed)
    seeds = [child_seed(seed, place) for place in range(len(request.circuits))]
    state, children = first_state(submission, version, str(uuid.uuid4()), seeds)
    state = msgspec.structs.replace(
        state,
        submitted=time.time(),
        cloned_from=cloned_from,
        predicted_ms=1e3 * _work(request, body) / _RATE,
        children=tuple(child.id for child in children),
    )
    return Prepared(state, children, request)


def reread(body: bytes, state: JobState) -> JobRequest:
    """Return the request behind a stored body, with the seed that was chosen for it."""
    request = read_submission(body, state.version).request
    if request is None:  # it was good when it was accepted: another version of ionsim read it
        raise InputError(read_submission(body, state.version).problems)
    return dataclasses.replace(request, seed=state.seed)


def expected_work(state: JobState) -> float:
    """Return how many amplitudes all gates of a job touch, all shots together, at most."""
    return state.predicted_ms * _RATE / 1e3


def _work(request: JobRequest, body: bytes) -> float:
    noise = None if request.noise.is_ideal else request.noise
    work = 0.0
    for each in request.circuits:
        if each.circuit is None:
            continue
        program = each.circuit.program
        dynamic = not isinstance(each.circuit, Circuit)
        shots = 1 if noise is None and not dynamic else request.shots
        # Under noise, gates with many controls are broken up.
        gates = program.size if noise is None else sum(program.gate_counts)
        # The constants: what a shot and a circuit cost beside their gates.
        work += shots * ((gates + 1) * 2.0 ** len(program.touched) + 100) + 1e5
        if dynamic:  # its loops can take any time, so that it must be possible to stop it
            work += _DYNAMIC_WORK
        if b"pauliexp" in body:  # one gate can be any amount of work
            with suppress(LimitError):  # too large: that is said when it runs
                work += _RATE * estimate(program, request.shots, noise=noise).seconds
    return work


def _gates(request: JobRequest) -> list[int]:
    return [len(each.circuit) for each in request.circuits if each.circuit is not None]


def _check(what: str, needed: int, allowed: int) -> None:
    if needed > allowed:
        message = (
            f"the job has {needed:,} {what}s and {allowed:,} are allowed: split it, or start the "
            f"server with a larger --max-{what}s"
        )
        raise LimitError(message, needed=needed, allowed=allowed)
