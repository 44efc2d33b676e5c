"""The first state of a job, from what was read of its body."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from ..job import CircuitRequest, JobRequest
from .state import ChildState, JobState
from .v0_4 import Submission

__all__ = ["first_state"]


def first_state(
    submission: Submission, version: str, job_id: str, seeds: Sequence[int]
) -> tuple[JobState, list[ChildState]]:
    """Return the state of a job that waits, and of its circuits if there are several.

    Parameters
    ----------
    submission : Submission
        With a request that can run.
    version : str
        ``v0.3`` or ``v0.4``.
    job_id : str
        A UUID; those of the circuits follow from it.
    seeds : sequence of int
        One per circuit, the first for the job.

    Examples
    --------
    >>> from ionsim.wire import read_submission
    >>> body = {"input": {"qubits": 1, "circuit": [{"gate": "h", "target": 0}]}}
    >>> state, _ = first_state(read_submission(body, "v0.3"), "v0.3", "1", [7])
    >>> state.status, state.seed, state.one_qubit
    ('ready', 7, 1)
    """
    request = submission.request
    if request is None:
        raise TypeError("a refused body has no state")
    children = _children(request, job_id, seeds) if request.multi else []
    first = request.circuits[0]
    counts = [_gate_counts(each) for each in request.circuits]
    model = request.noise
    approximate = f"the noise model {model.name} is an approximation: {model.note}"
    qubits = [each.circuit.qubits for each in request.circuits if each.circuit is not None]
    state = JobState(
        id=job_id,
        version=version,
        status="ready",
        submitted=0.0,
        name=request.name,
        target=request.target,
        shots=request.shots,
        model=model.name,
        seed=seeds[0],
        r1=model.r1,
        r2=model.r2,
        readout_flip=model.readout_flip,
        qubits=max(qubits, default=0),
        circuits=len(request.circuits),
        one_qubit=sum(one for one, _ in counts),
        two_qubit=sum(two for _, two in counts),
        multi=request.multi,
        metadata=dict(request.metadata) or None,
        registers=request.registers if request.multi else first.registers_given,
        error_mitigation=request.error_mitigation,
        settings=submission.settings,
        session_id=submission.session_id,
        dry_run=submission.dry_run,
        kind=submission.kind,
        warnings=(*request.warnings, approximate) if model.is_approximate else request.warnings,
    )
    return state, children


def _children(request: JobRequest, parent_id: str, seeds: Sequence[int]) -> list[ChildState]:
    space = uuid.UUID(parent_id)
    children = []
    for place, (asked, seed) in enumerate(zip(request.circuits, seeds, strict=True)):
        one, two = _gate_counts(asked)
        children.append(
            ChildState(
                id=str(uuid.uuid5(space, str(place))),
                name=asked.name,
                qubits=0 if asked.circuit is None else asked.circuit.qubits,
                seed=seed,
                one_qubit=one,
                two_qubit=two,
                registers=asked.registers_given,
            )
        )
    return children


def _gate_counts(asked: CircuitRequest) -> tuple[int, int]:
    if asked.circuit is None:
        return 0, 0
    one, two = asked.circuit.program.gate_counts
    return int(one), int(two)
