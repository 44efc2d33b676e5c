"""The shape of ``GET /v0.3/jobs/{id}`` for jobs that a service keeps, unfinished ones too."""

from __future__ import annotations

from typing import Any

from .state import JobState
from .v0_3_out import failure_code

__all__ = ["state_v0_3"]


def state_v0_3(state: JobState) -> dict[str, Any]:
    """Return the job object, times in unix seconds.

    Examples
    --------
    >>> shape = state_v0_3(JobState(id="1", version="v0.3", status="ready", submitted=5.2))
    >>> shape["status"], shape["request"], "start" in shape
    ('ready', 5, False)
    """
    shape: dict[str, Any] = {
        "id": state.id,
        "status": state.status,
        "name": state.name,
        "target": state.target,
        "request": int(state.submitted),
        "shots": state.shots,
        "qubits": state.qubits,
        "circuits": state.circuits,
        "gate_counts": {"1q": state.one_qubit, "2q": state.two_qubit},
        "noise": {
            "model": state.model,
            "seed": state.seed,
            "r1": state.r1,
            "r2": state.r2,
            "readout_flip": state.readout_flip,
        },
        "metadata": state.metadata or {},
        "children": list(state.children),
        "results_url": f"/v0.3/jobs/{state.id}/results",
        "predicted_execution_time": round(state.predicted_ms, 3),
        "progress": round(state.progress, 4),
        "cost_usd": 0,
        "dry_run": state.dry_run,
    }
    if state.started:
        shape["start"] = int(state.started)
    if state.finished:
        shape["response"] = int(state.finished)
        shape["execution_time"] = state.execution_ms
    if state.parent_id is not None:
        shape["parent"] = state.parent_id
    if state.registers is not None:
        shape["registers"] = state.registers
    if state.error_mitigation is not None:
        shape["error_mitigation"] = state.error_mitigation
    if state.warnings:
        shape["warning"] = {"messages": list(state.warnings)}
    if state.failure is not None:
        code, text = state.failure
        shape["failure"] = {"error": text, "code": failure_code(code)}
    return shape
