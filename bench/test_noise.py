"""Noisy circuits with aria-1's rates: shots a second."""

from __future__ import annotations

from typing import Any

import pytest

import ionsim
from conftest import Sizes
from workloads import make


@pytest.mark.parametrize("name", ["brick", "native", "ghz"])
def test_noisy_circuit(benchmark: Any, sizes: Sizes, name: str, noisy_qubits: int) -> None:
    workload = make(name, noisy_qubits)
    circuit = ionsim.Circuit(workload.gates, qubits=noisy_qubits, gateset=workload.gateset)
    benchmark.group = f"noisy n={noisy_qubits}"
    outcomes = benchmark.pedantic(
        lambda: ionsim.sample(circuit, sizes.shots, seed=1, noise="aria-1"),
        rounds=sizes.rounds,
        warmup_rounds=1,
    )
    assert outcomes.shape == (sizes.shots,)
    if benchmark.stats is not None:
        seconds = benchmark.stats.stats.median
        benchmark.extra_info.update(
            shots=sizes.shots, microseconds_a_shot=round(seconds / sizes.shots * 1e6, 3)
        )
