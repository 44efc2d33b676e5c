"""Ideal circuits, from a `Circuit` to probabilities, and small jobs from their bodies."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import ionsim
from conftest import Sizes
from workloads import WORKLOADS, make

PRECISIONS = ("complex64", "complex128")


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("name", WORKLOADS)
def test_circuit(
    benchmark: Any, sizes: Sizes, name: str, circuit_qubits: int, precision: str
) -> None:
    workload = make(name, circuit_qubits)
    circuit = ionsim.Circuit(workload.gates, qubits=circuit_qubits, gateset=workload.gateset)
    benchmark.group = f"{name} n={circuit_qubits}"
    benchmark.extra_info.update(gates=len(workload.gates), qubits=circuit_qubits)
    # A quick circuit needs more rounds for a steady median.
    rounds = sizes.rounds if circuit_qubits > 12 else sizes.rounds * 10
    found = benchmark.pedantic(
        lambda: ionsim.probabilities(circuit, precision=precision),
        rounds=rounds,
        warmup_rounds=1 if circuit_qubits <= 16 else 0,
    )
    assert found.sum() == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("name", WORKLOADS)
def test_job(benchmark: Any, sizes: Sizes, name: str) -> None:
    """A job of 8 qubits from its body to the mapping of results."""
    body = make(name, 8).job()
    benchmark.group = "job n=8"
    results = benchmark.pedantic(
        lambda: dict(ionsim.run(body, progress=False).results),
        rounds=sizes.rounds * 10,
        warmup_rounds=1,
    )
    assert np.sum(list(results.values())) == pytest.approx(1)
