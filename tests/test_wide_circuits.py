"""Circuits wide enough that the state is cut into tiles and shared by threads.

The reference takes the gates apart into one- and two-qubit gates (`oracle_noise.lower`), so that a
Pauli string over all qubits needs no matrix of that size.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest

import ionsim
import oracle
import oracle_noise
import strategies

QUBITS = 18


def exponential(terms: dict[str, float], time: float, **keys: Any) -> dict[str, Any]:
    """Return a pauliexp over as many qubits as its strings have letters, from qubit 0 on."""
    width = len(next(iter(terms)))
    return {
        "gate": "pauliexp",
        "targets": list(range(width)),
        "terms": list(terms),
        "coefficients": list(terms.values()),
        "time": time,
        **keys,
    }


# What stands behind the preparation; none of these leaves a phase to the reference.
TAILS: dict[str, list[dict[str, Any]]] = {
    "one- and two-target gates everywhere": [
        *({"gate": "h", "target": q} for q in range(QUBITS)),
        *(
            {"gate": g, "targets": [q, QUBITS - 1 - q], "rotation": 0.3 + 0.1 * q}
            for g in ("xx", "yy", "zz")
            for q in range(QUBITS // 2)
        ),
        *({"gate": "swap", "targets": [q, (q + 7) % QUBITS]} for q in range(QUBITS)),
    ],
    "many controls": [
        {"gate": "x", "controls": [0, 17, 3, 9, 12, 16, 5], "target": 14},
        {"gate": "ry", "controls": [17, 16, 15], "target": 0, "rotation": 1.1},
        {"gate": "ry", "controls": [0, 1, 2], "target": 17, "rotation": 1.1},
        {"gate": "z", "controls": [4, 8, 11], "target": 13, "rotation": 0.7},
        {"gate": "swap", "targets": [17, 0], "controls": [8, 2]},
    ],
    "a string over all qubits": [
        exponential({"XY" * 9: 0.7}, 1.0),
        {"gate": "h", "target": 4},
        exponential(
            {"X" * 18: 0.4, "Z" * 18: 0.3}, 1.0
        ),  # an even number of differences: they commute
        {"gate": "h", "target": 15},
    ],
    "strings over many qubits, controlled": [
        exponential({"Y" * 16: 0.7}, 1.0, controls=[17, 16]),
        {"gate": "rx", "target": 16, "rotation": 0.4},
        exponential({"ZX" * 8: 0.5}, 1.0, control=17),
        {"gate": "rx", "target": 0, "rotation": 0.4},
    ],
}


@functools.cache
def start() -> oracle.Matrix:
    return oracle.statevector(strategies.preparation(QUBITS), QUBITS)


@functools.cache
def expected(name: str) -> oracle.Matrix:
    state = start()
    for step in oracle_noise.lower(TAILS[name]):
        state = oracle.apply(state, step, QUBITS)
    return state


@pytest.mark.parametrize("fuse", [True, False])
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("name", TAILS)
def test_wide_circuits(name, threads, fuse):
    circuit = ionsim.Circuit(strategies.preparation(QUBITS) + TAILS[name], qubits=QUBITS)
    for precision, tolerance in (("complex128", 1e-12), ("complex64", 2e-6)):
        state = ionsim.statevector(circuit, threads=threads, fuse=fuse, precision=precision)
        # Roots of controlled gates leave no phase: the reference is equal, not only up to phase.
        np.testing.assert_allclose(state, expected(name), rtol=0, atol=tolerance)


def test_wide_sums_of_pauli_strings_that_do_not_commute():
    """exp(-i t (a P + b Q)) for anticommuting P, Q is one rotation about (a P + b Q) / r."""
    p, q = "X" * QUBITS, "Z" + "I" * (QUBITS - 1)
    a, b, time = 0.8, -0.5, 1.3
    gate = exponential({p: a, q: b}, time)
    circuit = ionsim.Circuit([*strategies.preparation(QUBITS), gate], qubits=QUBITS)
    before = start()
    index = np.arange(2**QUBITS)
    turned = a * before[index ^ (2**QUBITS - 1)]
    turned = turned + b * np.where(index >> (QUBITS - 1) & 1, -1, 1) * before
    radius = np.hypot(a, b)
    after = np.cos(radius * time) * before - 1j * np.sin(radius * time) / radius * turned
    for threads in (1, 2):
        found = ionsim.statevector(circuit, threads=threads)
        np.testing.assert_allclose(found, after, rtol=0, atol=1e-12)


def test_wide_expectations_and_probabilities():
    name = "many controls"
    circuit = ionsim.Circuit(strategies.preparation(QUBITS) + TAILS[name], qubits=QUBITS)
    state = expected(name)
    np.testing.assert_allclose(
        ionsim.probabilities(circuit), np.abs(state) ** 2, rtol=0, atol=1e-12
    )
    index = np.arange(2**QUBITS)
    z_signs = np.where(np.bitwise_count(index) & 1, -1, 1)
    flipped = state[index ^ (2**QUBITS - 1)]
    exact = [
        float(np.vdot(state, z_signs * state).real),
        float(np.vdot(state, flipped).real),
        float(np.vdot(state, np.where(index >> 17 & 1, -1, 1) * state).real),
    ]
    strings = ["Z" * QUBITS, "X" * QUBITS, "Z" + "I" * (QUBITS - 1)]
    for threads in (1, 2):
        found = ionsim.expectation(circuit, strings, threads=threads)
        np.testing.assert_allclose(found, exact, rtol=0, atol=1e-12)
