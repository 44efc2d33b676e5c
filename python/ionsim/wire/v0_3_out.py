"""The shapes of the provider's API v0.3 for jobs and their results."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from ..job import Job

__all__ = ["failure_code", "render_creation", "render_job", "render_results"]

# API v0.3 has no code for these kinds of refusal. A body that says nothing runnable is found before
# anything runs (preflight); a gate that cannot be had is found when circuits are compiled.
_V0_3_CODES: Mapping[str, str] = {
    "InvalidInput": "PreflightError",
    "UnsupportedGate": "CompilationError",
    "TooManyControls": "CompilationError",
}


def render_creation(job: Job) -> dict[str, Any]:
    """Return the answer to the creation of a job.

    Examples
    --------
    >>> import ionsim
    >>> job = ionsim.run({"input": {"qubits": 1, "circuit": [{"gate": "h", "target": 0}]}})
    >>> sorted(render_creation(job))
    ['id', 'request', 'status']
    """
    return {"id": job.id, "status": "ready", "request": job.timing.request}


def render_job(job: Job) -> dict[str, Any]:
    """Return the job object, times in unix seconds, `execution_time` in milliseconds."""
    noise = job.noise
    shape: dict[str, Any] = {
        "id": job.id,
        "status": job.status,
        "name": job.name,
        "target": job.target,
        "request": job.timing.request,
        "start": job.timing.start,
        "response": job.timing.response,
        "execution_time": job.timing.execution_time_ms,
        "predicted_execution_time": job.timing.predicted_execution_time_ms,
        "shots": job.shots,
        "qubits": job.qubits,
        "circuits": len(job.children) if job.multi else 1,
        "gate_counts": dict(job.gate_counts),
        "noise": {
            "model": noise.model,
            "seed": noise.seed,
            "r1": noise.r1,
            "r2": noise.r2,
            "readout_flip": noise.readout_flip,
        },
        "metadata": copy.deepcopy(dict(job.metadata)),
        "children": [child.id for child in job.children],
        "results_url": f"/v0.3/jobs/{job.id}/results",
        "cost_usd": 0,
        "dry_run": False,
    }
    for key, channel in (("kraus1", noise.kraus1), ("kraus2", noise.kraus2)):
        if channel is not None:
            shape["noise"][key] = channel.to_list()
    if job.registers is not None:
        shape["registers"] = copy.deepcopy(job.registers)
    if job.error_mitigation is not None:
        shape["error_mitigation"] = copy.deepcopy(dict(job.error_mitigation))
    if job.warnings:
        shape["warning"] = {"messages": list(job.warnings)}
    if job.failure is not None:
        code = failure_code(job.failure.code)
        shape["failure"] = {"error": job.failure.error, "code": code}
    return shape


def failure_code(code: str) -> str:
    """Return the code of v0.3 for a problem's code.

    Examples
    --------
    >>> failure_code("InvalidInput"), failure_code("NotEnoughQubits")
    ('PreflightError', 'NotEnoughQubits')
    """
    return _V0_3_CODES.get(code, code)


def render_results(job: Job) -> dict[str, Any]:
    """Return the results: key -> probability, or child id -> such an object in input order.

    Raises
    ------
    JobFailedError
        When the job failed.
    """
    if job.multi:
        return {child: found.to_dict() for child, found in job.results.items()}
    return job.histogram.to_dict()
