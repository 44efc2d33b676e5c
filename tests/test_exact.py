"""The exact mode: the distribution to the last digits, and the shots drawn from it."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import ionsim
import noise_samples
import oracle
import oracle_noise
import statistics_helpers as stats
from noise_helpers import exact, model
from oracle_noise import Noise, lower
from repeatable import check_instruction_sets, check_threads_and_ranges
from strategies import build

Array = npt.NDArray[Any]
RATES = [(0.0, 0.0), (0.2, 0.2), (0.0005, 0.0133), (0.9, 0.7), (1.0, 0.1), (0.1, 1.0)]


def layers(qubits: int, depth: int, seed: int) -> list[dict[str, Any]]:
    """Return layers of gates about all axes; two qubits seldom meet others."""
    random = np.random.default_rng(seed)
    gates: list[dict[str, Any]] = []
    for layer in range(depth):
        for q in range(qubits):
            name = str(random.choice(["rx", "ry", "rz", "h", "v"]))
            angle = {"rotation": float(random.normal())} if name.startswith("r") else {}
            gates.append({"gate": name, "target": q, **angle})
        order = random.permutation(qubits if layer % 3 == 0 else qubits - 2).tolist()
        for a, b in zip(order[::2], order[1::2], strict=False):
            name = str(random.choice(["cnot", "xx", "yy", "zz", "swap", "cy"]))
            if name in ("cnot", "cy"):
                gates.append({"gate": name.replace("cy", "y"), "control": a, "target": b})
            elif name == "swap":
                gates.append({"gate": "swap", "targets": [a, b]})
            else:
                rotation = float(random.normal())
                gates.append({"gate": name, "targets": [a, b], "rotation": rotation})
    return gates


def on_axes(tensor: Array, matrix: Array, axes: list[int]) -> Array:
    """Apply a matrix to axes of length two; the first one is bit 0 of its index."""
    count = len(axes)
    back = axes[::-1]
    shaped = matrix.reshape((2,) * (2 * count))
    moved = np.tensordot(shaped, tensor, axes=(list(range(count, 2 * count)), back))
    return np.moveaxis(moved, list(range(count)), back)


def large_density_matrix(gates: list[dict[str, Any]], qubits: int, noise: Noise) -> Array:
    """Return the diagonal; a channel is written as the loss of its qubits."""
    rho = np.zeros((2,) * (2 * qubits), dtype=np.complex128)
    rho[(0,) * (2 * qubits)] = 1
    for step in lower(gates):
        rows = [qubits - 1 - q for q in step.qubits]
        columns = [qubits + row for row in rows]
        targets, controls = (
            tuple(step.qubits.index(q) for q in some) for some in (step.targets, step.controls)
        )
        matrix = oracle.embed(oracle.Step(step.matrix, targets, controls), len(rows))
        rho = on_axes(on_axes(rho, matrix, rows), matrix.conj(), columns)
        rate = noise.r1 if len(rows) == 1 else noise.r2
        lost = rho
        for row, column in zip(rows, columns, strict=True):
            kept = np.trace(lost, axis1=row, axis2=column) / 2
            lost = np.zeros_like(lost)
            for bit in (0, 1):
                place: list[Any] = [slice(None)] * (2 * qubits)
                place[row] = place[column] = bit
                lost[tuple(place)] = kept
        rho = (1 - rate) * rho + rate * lost
    return np.diag(rho.reshape(2**qubits, 2**qubits)).real


def test_the_oracle_for_more_qubits_is_that_for_few():
    gates = layers(4, 5, seed=1)
    noise = Noise(0.1, 0.2)
    expected = oracle_noise.probabilities(gates, 4, noise)
    np.testing.assert_allclose(large_density_matrix(gates, 4, noise), expected, atol=1e-14)


@pytest.mark.parametrize("rates", RATES)
@pytest.mark.parametrize("name", noise_samples.HOT)
def test_the_distribution_to_the_last_digits(name: str, rates: tuple[float, float]):
    case = noise_samples.HOT[name]
    found = ionsim.noisy_probabilities(build(case), model(*rates))
    expected = exact(case, Noise(*rates))
    np.testing.assert_allclose(found, expected, atol=1e-13)


@pytest.mark.parametrize("rates", [(0.0, 1e-4), (1e-3, 1e-3), (0.0, 0.45), (0.02, 0.6)])
@pytest.mark.parametrize("qubits", [2, 3, 5])
def test_a_long_circuit(qubits: int, rates: tuple[float, float]):
    """So long that the scales of the letters are multiplied into the vector many times."""
    gates = layers(qubits + 2, 150, seed=qubits)[: 150 * qubits]
    circuit = ionsim.Circuit(gates, qubits=qubits + 2)
    found = ionsim.noisy_probabilities(circuit, model(*rates))
    expected = large_density_matrix(gates, qubits + 2, Noise(*rates))
    np.testing.assert_allclose(found, expected, atol=1e-12)


@pytest.mark.parametrize("qubits", [5, 6, 7, 8, 9])
def test_more_qubits_than_lanes_and_parts(qubits: int):
    gates = layers(qubits, 5, seed=qubits)
    rates = (0.01, 0.05)
    found = ionsim.noisy_probabilities(ionsim.Circuit(gates, qubits=qubits), model(*rates))
    expected = large_density_matrix(gates, qubits, Noise(*rates))
    np.testing.assert_allclose(found, expected, atol=1e-13)
    assert expected.max() > 2 * expected.min()


@pytest.mark.parametrize("precision", ["complex64", "complex128"])
def test_the_shots_of_many_qubits(precision: str):
    gates = layers(9, 6, seed=3)
    circuit = ionsim.Circuit(gates, qubits=9)
    noise = model(0.01, 0.05)
    expected = large_density_matrix(gates, 9, Noise(0.01, 0.05))
    given = {"seed": 4, "noise": noise, "mode": "exact", "precision": precision}
    shots = ionsim.sample(circuit, 300_000, **given)
    assert stats.fit_p_value(shots, expected) > stats.ALPHA


def test_qubits_that_never_meet_and_qubits_that_leave_early():
    gates = [
        {"gate": "ry", "target": 0, "rotation": 0.7},
        {"gate": "cnot", "control": 2, "target": 4},
        {"gate": "rx", "target": 4, "rotation": 1.1},
        {"gate": "ry", "target": 3, "rotation": 2.0},
        {"gate": "h", "target": 3},
    ]
    found = ionsim.noisy_probabilities(ionsim.Circuit(gates, qubits=6), model(0.1, 0.2, 0.03))
    expected = oracle_noise.probabilities(gates, 6, Noise(0.1, 0.2, 0.03))
    np.testing.assert_allclose(found, expected, atol=1e-14)


@pytest.mark.parametrize("qubits", [5, 10])
def test_threads_and_ranges(qubits: int):
    circuit = ionsim.Circuit(layers(qubits, 4, seed=2), qubits=qubits)
    check_threads_and_ranges(circuit, 2000, model(0.01, 0.05), "exact")


SCRIPT = """
import hashlib, ionsim, test_exact
for qubits in (3, 6, 9):
    circuit = ionsim.Circuit(test_exact.layers(qubits, 6, seed=1), qubits=qubits)
    print(test_exact.digest(ionsim.noisy_probabilities(circuit, "aria-1")))
    for precision in ("complex64", "complex128"):
        given = {"seed": 1, "noise": "aria-1", "mode": "exact", "precision": precision}
        print(test_exact.digest(ionsim.sample(circuit, 5000, **given)))
"""


def digest(values: Array) -> str:
    return hashlib.sha256(values.tobytes()).hexdigest()


def test_every_instruction_set_gives_the_same_bits():
    check_instruction_sets(SCRIPT, 9)


@pytest.mark.parametrize("shots", [1, 100, 10_000])
@pytest.mark.parametrize("qubits", [1, 3, 6, 8, 11])
def test_a_run_takes_the_mode_that_the_estimate_tells(qubits: int, shots: int):
    circuit = ionsim.Circuit(gates_for(qubits), qubits=qubits)
    [told] = ionsim.estimate(circuit, noise="aria-1", shots=shots)
    assert ionsim.run(circuit, noise="aria-1", shots=shots, seed=1).mode == told.method


def gates_for(qubits: int) -> list[dict[str, Any]]:
    return layers(qubits, 8, seed=7) if qubits > 2 else [{"gate": "h", "target": 0}] * 40
