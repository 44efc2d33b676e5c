"""Unmodified qiskit-ionq against a live server: circuits that measure and branch on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

pytest.importorskip("uvicorn", reason="needs ionsim[server]")
pytest.importorskip("qiskit_ionq", reason="needs ionsim[clients]")

import qiskit_ionq
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister
from qiskit.quantum_info import Statevector

import statistics_helpers as stats
from qiskit_oracle import distribution
from server_helpers import process

pytestmark = [pytest.mark.long, pytest.mark.filterwarnings("default")]

SHOTS = 4000
ALPHA = 1e-6


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with process() as server:
        yield server.url


@pytest.fixture
def run(url: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[int, int]]:
    """Return what runs a circuit; the counts have the first register lowest."""
    monkeypatch.setenv("IONQ_API_URL", f"{url}/v0.4")
    monkeypatch.setenv("IONQ_API_KEY", "local")

    def run(circuit: QuantumCircuit, **options: Any) -> dict[int, int]:
        backend = qiskit_ionq.IonQProvider().get_backend("simulator")
        backend.set_options(**options)
        counts = backend.run(circuit, shots=SHOTS).result().get_counts()
        found = {int(key.replace(" ", ""), 2): count for key, count in counts.items()}
        assert sum(found.values()) == SHOTS
        return found

    return run


def fits(counts: dict[int, int], probabilities: np.ndarray[Any, Any]) -> None:
    outcomes = np.repeat(list(counts), list(counts.values()))
    assert stats.fit_p_value(outcomes, probabilities) > ALPHA


def teleportation(angle: float) -> QuantumCircuit:
    sent, out = ClassicalRegister(2, "sent"), ClassicalRegister(1, "out")
    circuit = QuantumCircuit(QuantumRegister(3, "q"), sent, out)
    circuit.ry(angle, 0)
    circuit.rz(0.3, 0)
    circuit.h(1)
    circuit.cx(1, 2)
    circuit.cx(0, 1)
    circuit.h(0)
    circuit.measure([0, 1], sent)
    with circuit.if_test((sent[1], 1)):
        circuit.x(2)
    with circuit.if_test((sent[0], 1)):
        circuit.z(2)
    circuit.rz(-0.3, 2)
    circuit.measure(2, out[0])
    return circuit


def test_teleportation(run: Callable[..., dict[int, int]]) -> None:
    counts = run(teleportation(1.1))
    fits(counts, distribution(teleportation(1.1)))
    # By hand: the four messages alike, and what arrives is what was sent.
    arrived = np.array([np.cos(0.55) ** 2, np.sin(0.55) ** 2])
    fits(counts, np.repeat(arrived, 4) / 4)


def attempt(circuit: QuantumCircuit) -> None:
    """Turn qubit 0, and qubit 1 by an angle that depends on it; success is qubit 1 in 0."""
    circuit.reset([0, 1])
    circuit.ry(0.9, 0)
    circuit.ry(0.8, 1)
    circuit.cry(1.3, 0, 1)


def test_repeat_until_success_with_reset(run: Callable[..., dict[int, int]]) -> None:
    failed, out = ClassicalRegister(1, "failed"), ClassicalRegister(1, "out")
    circuit = QuantumCircuit(QuantumRegister(2, "q"), failed, out)
    attempt(circuit)
    circuit.measure(1, failed[0])
    with circuit.while_loop((failed, 1)):
        attempt(circuit)
        circuit.measure(1, failed[0])
    circuit.measure(0, out[0])
    once = QuantumCircuit(2)
    once.ry(0.9, 0)
    once.ry(0.8, 1)
    once.cry(1.3, 0, 1)
    both = Statevector(once).probabilities()
    success = both[:2] / both[:2].sum()
    assert 0.2 < both[:2].sum() < 0.8  # so that attempts do fail, and not always
    fits(run(circuit), np.array([success[0], 0, success[1], 0]))


def repetition_code(error: int | None, angle: float) -> QuantumCircuit:
    """Three data qubits, two rounds of syndromes with one pair of ancillas, flips undone."""
    syndromes = [ClassicalRegister(2, f"round{index}") for index in range(2)]
    out = ClassicalRegister(3, "out")
    circuit = QuantumCircuit(QuantumRegister(5, "q"), *syndromes, out)
    circuit.ry(angle, 0)
    circuit.cx(0, [1, 2])
    for index, syndrome in enumerate(syndromes):
        if error is not None and index == 0:
            circuit.x(error)
        circuit.cx([0, 1], 3)
        circuit.cx([1, 2], 4)
        circuit.measure([3, 4], syndrome)
        circuit.reset([3, 4])
        for qubit, value in enumerate((1, 3, 2)):
            with circuit.if_test((syndrome, value)):
                circuit.x(qubit)
    circuit.measure([0, 1, 2], out)
    return circuit


@pytest.mark.parametrize("error", [None, 0, 1, 2])
def test_mid_circuit_measured_repetition_code(
    run: Callable[..., dict[int, int]], error: int | None
) -> None:
    circuit = repetition_code(error, 0.8)
    counts = run(circuit)
    fits(counts, distribution(circuit))
    # By hand: the first round names the flipped qubit, the second is quiet, the word is whole.
    syndrome = 0 if error is None else (1, 3, 2)[error]
    one = np.sin(0.4) ** 2
    expected = np.zeros(2**7)
    expected[syndrome], expected[syndrome + (7 << 4)] = 1 - one, one
    fits(counts, expected)


def test_the_code_under_noise(run: Callable[..., dict[int, int]]) -> None:
    circuit = repetition_code(1, 0.0)
    first, second = (run(circuit, noise_model="aria-1", sampler_seed=5) for _ in range(2))
    assert first == second
    right = sum(count for key, count in first.items() if key >> 4 == 0)
    # Ten gates on two qubits, each wrong in about 1.2 % of the shots.
    assert 0.8 * SHOTS < right < SHOTS
