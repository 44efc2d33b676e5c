"""The shapes of the provider's API v0.4 for jobs and their results."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .state import JobState, iso_time
from .v0_4 import MULTI, SINGLE

__all__ = [
    "ARTIFACTS",
    "ESTIMATE_NUMBERS",
    "artifact_kind",
    "creation_v0_4",
    "estimate_v0_4",
    "state_v0_4",
]

_STATUS = {"running": "started"}
_CODES = {"CircuitTooLarge": "QuantumCircuitComplexityError"}

# Format -> what it holds. v2 nests by register; both generations of clients find their key.
ARTIFACTS = {
    "ionq.result.probabilities.json.v1": "probabilities",
    "ionq.result.probabilities.json.v2": "probabilities_v2",
    "ionq.result.histogram.json.v1": "histogram",
    "ionq.result.histogram.json.v2": "histogram_v2",
    "ionq.result.shots.json.v1": "shots",
    "ionq.result.shots.json.v2": "shots_v2",
    "ionq.result.probabilities-aggregate.json.v1": "aggregated",
}
_SHORT = {"probabilities": "probabilities", "histogram": "histogram", "shots": "shots"}


def creation_v0_4(state: JobState) -> dict[str, Any]:
    """Return the answer to the creation of a job.

    Examples
    --------
    >>> creation_v0_4(JobState(id="1", version="v0.4", status="ready", submitted=5.0))
    {'id': '1', 'status': 'ready', 'session_id': None}
    """
    return {
        "id": state.id,
        "status": _STATUS.get(state.status, state.status),
        "session_id": state.session_id,
    }


def state_v0_4(state: JobState) -> dict[str, Any]:
    """Return the job object with all the keys that strict clients ask for.

    Examples
    --------
    >>> state = JobState(id="1", version="v0.4", status="completed", submitted=5.0, finished=6.0)
    >>> shape = state_v0_4(state)
    >>> shape["completed_at"], shape["results"]["probabilities"]["url"]
    ('1970-01-01T00:00:06.000Z', '/v0.4/jobs/1/results/probabilities')
    """
    done = state.is_finished
    shape: dict[str, Any] = {
        "id": state.id,
        "status": _STATUS.get(state.status, state.status),
        "type": state.kind or (MULTI if state.multi else SINGLE),
        "backend": state.target,
        "dry_run": state.dry_run,
        "submitter_id": "local",
        "project_id": None,
        "parent_job_id": state.parent_id,
        "child_job_ids": list(state.children) if state.multi else None,
        "session_id": state.session_id,
        "metadata": state.metadata or {},
        "name": state.name,
        "submitted_at": iso_time(state.submitted),
        "started_at": iso_time(state.started),
        "completed_at": iso_time(state.finished),
        "predicted_wait_time_ms": 0,
        "predicted_execution_duration_ms": round(state.predicted_ms),
        "execution_duration_ms": round(state.execution_ms) if done else None,
        "shots": state.shots,
        "noise": {"model": state.model, "seed": state.seed},
        "failure": None,
        "output": {"simulation": _simulation(state)},
        "settings": state.settings or {},
        "stats": {
            "qubits": state.qubits,
            "circuits": state.circuits,
            "gate_counts": {"1q": state.one_qubit, "2q": state.two_qubit},
        },
        "results": _results(state),
    }
    if state.failure is not None:
        code, text = state.failure
        # Clients differ in which of the two texts they show.
        shape["failure"] = {"code": _CODES.get(code, code), "message": text, "error": text}
    return shape


ESTIMATE_NUMBERS = {
    "qubits": (25, 1, 10_000),
    "shots": (1000, 1, 1_000_000),
    "1q_gates": (0, 0, 2**31 - 1),
    "2q_gates": (0, 0, 2**31 - 1),
}
"""Numbers that describe a job to be estimated: default, least, largest."""


def estimate_v0_4(
    numbers: Mapping[str, int], query: Mapping[str, str], now: float
) -> dict[str, Any]:
    """Return what a job would take that is described by numbers; it costs nothing.

    Examples
    --------
    >>> numbers = {"qubits": 20, "shots": 100, "1q_gates": 50, "2q_gates": 49}
    >>> estimate_v0_4(numbers, {}, 5.0)["estimated_execution_time"]
    105
    """
    gates = numbers["1q_gates"] + numbers["2q_gates"] + 1
    milliseconds = gates * 2.0 ** min(numbers["qubits"], 64) / 1e6
    context = {
        "backend": query.get("backend") or "simulator",
        "type": query.get("type") or SINGLE,
        **numbers,
        "error_mitigation": query.get("error_mitigation") == "true",
        "organization": None,
        "project": None,
    }
    return {
        "estimate_context": context,
        "estimated_at": iso_time(now),
        "estimated_unit": "usd",
        "rate_card": {"id": "local", "rates": []},
        "estimated_total_cost": 0.0,
        "estimated_execution_time": min(round(milliseconds), 2**31 - 1),
        "current_predicted_queue_time": 0,
    }


def artifact_kind(name: str) -> str | None:
    """Return what an artifact of a job holds, by its id or the short name of a result.

    Examples
    --------
    >>> artifact_kind("ionq.result.shots.json.v2"), artifact_kind("novel")
    ('shots_v2', None)
    """
    return ARTIFACTS.get(name) or (name if name in ARTIFACTS.values() else None)


def _simulation(state: JobState) -> dict[str, Any]:
    """Return what the provider's shape has no place for: the numbers used, and how far it is."""
    shape: dict[str, Any] = {
        "progress": round(state.progress, 4),
        "noise": {"r1": state.r1, "r2": state.r2, "readout_flip": state.readout_flip},
    }
    if state.warnings:
        shape["warnings"] = list(state.warnings)
    if state.registers is not None:
        shape["registers"] = state.registers
    if state.cloned_from is not None:
        shape["cloned_from"] = state.cloned_from
    return shape


def _results(state: JobState) -> dict[str, Any]:
    if state.status != "completed" or state.dry_run:
        return {}
    base = f"/v0.4/jobs/{state.id}"
    if state.multi:
        name = "ionq.result.probabilities-aggregate.json.v1"
        url = f"{base}/results/probabilities/aggregated"
        entry = {"url": url, "id": name, "format": name, "media_type": "application/json"}
        return {"probabilities": entry, name: entry}
    found = {}
    for name, kind in ARTIFACTS.items():
        if kind == "aggregated":
            continue
        short = _SHORT.get(kind)
        url = f"{base}/artifacts/{name}" if short is None else f"{base}/results/{short}"
        entry = {"url": url, "id": name, "format": name, "media_type": "application/json"}
        found[name] = entry
        if short is not None:
            found[short] = entry
    return found
