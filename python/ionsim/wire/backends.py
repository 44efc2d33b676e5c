"""Backends and their characterizations in the provider's shape, the same in both versions."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from itertools import combinations
from typing import Any

from ..gates import GateInfo
from ..noise import IDEAL, MODELS, NoiseModel
from .state import iso_time

__all__ = ["backend_shapes", "characterization", "characterization_id"]

_SPACE = uuid.UUID("6ba7b812-9dad-11d1-80b4-00c04fd430c8")
_SIMULATOR_QUBITS = 29
_DATE = "2026-01-01T00:00:00.000Z"


def backend_shapes(
    simulator_qubits: int, gates: Iterable[GateInfo], since: float
) -> dict[str, dict[str, Any]]:
    """Return all backends by name.

    Parameters
    ----------
    simulator_qubits : int
        How many qubits the simulator is said to have.
    gates : iterable of GateInfo
        The gate table.
    since : float
        Unix seconds of the last change.

    Examples
    --------
    >>> list(backend_shapes(29, [], 1.0))[:2]
    ['simulator', 'qpu.harmony']
    """
    table = list(gates)
    common = {
        "degraded": False,
        "average_queue_time": 0,
        "last_updated": iso_time(since),
        "supported_gates": [gate.name for gate in table if gate.gateset == "qis"],
        "supported_native_gates": [gate.name for gate in table if gate.gateset == "native"],
        "supported_error_mitigations": [],
    }
    simulator = {
        "backend": "simulator",
        "status": "available",
        "qubits": simulator_qubits,
        "characterization_id": characterization_id("simulator"),
        "noise_models": list(MODELS),
        "location": "here",
        **common,
    }
    found: dict[str, dict[str, Any]] = {"simulator": simulator}
    for model in MODELS.values():
        if model.qubit_limit is not None:  # named, so that clients find them; not emulated
            name = f"qpu.{model.name}"
            found[name] = {
                "backend": name,
                "status": "unavailable",
                "qubits": model.qubit_limit,
                "characterization_id": characterization_id(name),
                **common,
            }
    return found


def characterization_id(backend: str) -> str:
    """Return the id of a backend's only characterization."""
    return str(uuid.uuid5(_SPACE, backend))


def characterization(backend: str) -> dict[str, Any]:
    """Return the numbers of a noise model in the place of a device's.

    Examples
    --------
    >>> characterization("qpu.aria-1")["fidelity"]["1q"]
    {'median': 0.99975}
    """
    model: NoiseModel = MODELS.get(backend.removeprefix("qpu."), IDEAL)
    qubits = model.qubit_limit or _SIMULATOR_QUBITS
    return {
        "id": characterization_id(backend),
        "backend": backend,
        "date": _DATE,
        "qubits": qubits,
        "connectivity": [list(pair) for pair in combinations(range(qubits), 2)],
        "fidelity": {
            "spam": {"median": 1.0 - model.readout_flip, "stderr": 0},
            # Average gate fidelities of the depolarizing channels.
            "1q": {"median": 1.0 - model.r1 / 2},
            "2q": {"median": 1.0 - 3 * model.r2 / 4},
        },
        "timing": {"readout": 0, "reset": 0},
    }
