"""What the tests of the noise modes share: models, circuits, exact distributions, checks."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest

import ionsim
import noise_samples
import oracle_noise
from ionsim import NoiseModel
from oracle_noise import Noise
from strategies import CircuitCase

CASES = {**noise_samples.HOT, **{f"model {k}": v for k, v in noise_samples.MODEL.items()}}


def model(r1: float, r2: float, readout_flip: float = 0.0) -> NoiseModel:
    return NoiseModel("test", r1, r2, readout_flip)


def exact(case: CircuitCase, noise: Noise) -> np.ndarray:
    return oracle_noise.probabilities(case.gates, case.qubits, noise, case.gateset)


@functools.cache
def exact_of(name: str, *rates: float) -> np.ndarray:
    return exact(CASES[name], Noise(*rates))


def random_circuit(qubits: int, layers: int, seed: int) -> ionsim.Circuit:
    random = np.random.default_rng(seed)
    gates: list[dict[str, Any]] = []
    for _ in range(layers):
        for q in range(qubits):
            angle, other = random.normal(size=2).tolist()
            gates += [
                {"gate": "rx", "target": q, "rotation": angle},
                {"gate": "rz", "target": q, "rotation": other},
            ]
        order = random.permutation(qubits).tolist()
        for a, b in zip(order[::2], order[1::2], strict=False):
            gates.append({"gate": "cnot", "control": a, "target": b})
    return ionsim.Circuit(gates, qubits=qubits)


def check_bits(circuit: ionsim.Circuit, shots: int, **given: Any) -> None:
    """Compare the shots as bits with the shots as numbers."""
    bits = ionsim.sample_bits(circuit, shots, **given)
    powers = np.uint64(1) << np.arange(circuit.qubits, dtype=np.uint64)
    numbers = ionsim.sample(circuit, shots, **given)
    assert (bits.astype(np.uint64) @ powers).tolist() == numbers.tolist()


def check_memory_limit(circuit: ionsim.Circuit, **given: Any) -> None:
    """Refuse what needs more than 40 kB."""
    with pytest.raises(ionsim.LimitError) as refusal:
        ionsim.sample(circuit, 1000, seed=1, memory_limit=40_000, **given)
    assert refusal.value.code == "CircuitTooLarge"


def check_stop(circuit: ionsim.Circuit, **given: Any) -> None:
    """Stop a long run from its progress function."""

    class Enough(Exception):
        pass

    def stop(fraction: float) -> None:
        assert 0 <= fraction <= 1
        raise Enough

    with pytest.raises(Enough):
        ionsim.sample(circuit, 1_000_000, seed=1, progress=stop, **given)
