"""ionsim itself, from a circuit or from the body of a job to a NumPy array."""

from __future__ import annotations

import json
from collections.abc import Callable

import ionsim
from workloads import Workload

from .base import Array, Run, Settings, Variant

PACKAGES = ("ionsim", "numpy")


def ideal(settings: Settings) -> list[Variant]:
    """Return the two ways in: a circuit, and the body of a job (probabilities only)."""
    found = [Variant("ionsim", lambda workload: _from_circuit(workload, settings))]
    if settings.output == "probabilities":
        found.append(Variant("ionsim job", lambda workload: _from_job(workload, settings)))
    return found


def noisy(settings: Settings) -> list[Variant]:
    """Return the call that gives one outcome a shot, and the body of a job."""
    return [
        Variant("ionsim", lambda workload: _outcomes(workload, settings)),
        Variant("ionsim job", lambda workload: _outcomes_from_job(workload, settings)),
    ]


def _circuit(workload: Workload) -> ionsim.Circuit:
    return ionsim.Circuit(workload.gates, qubits=workload.qubits, gateset=workload.gateset)


def _without(settings: Settings) -> tuple[str, ...]:
    """Return the passes left out: unless it may keep its plan, ionsim plans in every call."""
    return () if settings.keep else ("reuse",)


def _from_circuit(workload: Workload, settings: Settings) -> Run:
    circuit = _circuit(workload)
    call: Callable[..., Array] = ionsim.probabilities
    if settings.output == "state":
        call = ionsim.statevector

    def run() -> Array:
        return call(
            circuit,
            precision=settings.precision,
            threads=settings.threads,
            without=_without(settings),
        )

    return run


def _from_job(workload: Workload, settings: Settings) -> Run:
    body = workload.job()

    def run() -> Array:
        job = ionsim.run(
            body,
            precision=settings.precision,
            threads=settings.threads,
            without=_without(settings),
            progress=False,
        )
        probabilities: Array = job.probabilities
        return probabilities

    return run


def _outcomes(workload: Workload, settings: Settings) -> Run:
    circuit = _circuit(workload)
    model = ionsim.NoiseModel("bench", r1=settings.r1, r2=settings.r2)

    def run() -> Array:
        return ionsim.sample(
            circuit,
            settings.shots,
            noise=model,
            precision=settings.precision,
            threads=settings.threads,
            without=_without(settings),
        )

    return run


def _outcomes_from_job(workload: Workload, settings: Settings) -> Run:
    noise = {"model": "aria-1", "r1": settings.r1, "r2": settings.r2}
    body = json.dumps(workload.job(shots=settings.shots, noise=noise)).encode()

    def run() -> Array:
        job = ionsim.run(
            body,
            precision=settings.precision,
            threads=settings.threads,
            without=_without(settings),
            device_limits=False,
            progress=False,
        )
        assert sum(job.counts.values()) == settings.shots
        samples: Array = job.samples
        return samples

    return run
