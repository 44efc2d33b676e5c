"""Stim: stabilizer circuits only, all shots at once in bits."""

from __future__ import annotations

import numpy as np
import stim

from workloads import Workload

from .base import Array, Gate, Run, Settings, Variant, gates_of

PACKAGES = ("stim",)

NAMES = {
    "x": "X",
    "y": "Y",
    "z": "Z",
    "h": "H",
    "s": "S",
    "si": "S_DAG",
    "v": "SQRT_X",
    "vi": "SQRT_X_DAG",
    "swap": "SWAP",
}
CONTROLLED = {"x": "CX", "y": "CY", "z": "CZ"}


def ideal(settings: Settings) -> list[Variant]:
    """Return nothing: Stim has shots, no probabilities."""
    return []


def noisy(settings: Settings) -> list[Variant]:
    """Return its sampler, from a ready `stim.Circuit`; it has no precision and one thread."""
    return [Variant("stim", lambda workload: _noisy(workload, settings), 1 << 20, cliffords=True)]


def _name(gate: Gate) -> str:
    return CONTROLLED[gate.kind] if gate.controls else NAMES[gate.kind]


def _noisy(workload: Workload, settings: Settings) -> Run:
    circuit = stim.Circuit()
    for gate in gates_of(workload):
        on = [*gate.controls, *gate.targets]
        circuit.append(_name(gate), on)
        circuit.append(f"DEPOLARIZE{len(on)}", on, settings.error_probability(len(on)))
    circuit.append("M", range(workload.qubits))
    weights = np.left_shift(np.uint64(1), np.arange(workload.qubits, dtype=np.uint64))

    def run() -> Array:
        bits = circuit.compile_sampler().sample(settings.shots)
        return np.asarray(bits.astype(np.uint64) @ weights)

    return run
