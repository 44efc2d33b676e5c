"""Circuits whose states are run tile by tile, against the reference and against the slow twins."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import gate_samples
import ionsim
import oracle


def random_gates(qubits: int, count: int, seed: int, gateset: str = "qis") -> list[dict]:
    """Any gates of the table with any controls on random qubits, after a layer that spreads."""
    rng = np.random.default_rng(seed)
    table = gate_samples.QIS if gateset == "qis" else gate_samples.NATIVE
    samples = [gate for rows in table.values() for gate in rows if gate["gate"] != "nop"]
    spread = {"gate": "h"} if gateset == "qis" else {"gate": "gpi2", "phase": 0.3}
    gates = [{**spread, "target": int(qubit)} for qubit in rng.permutation(qubits)[: qubits - 2]]
    for _ in range(count):
        sample = samples[rng.integers(len(samples))]
        least = 1 if sample["gate"] == "cnot" else 0
        controls = 0 if gateset == "native" else int(rng.integers(least, 4))
        width = gate_samples.targets_of(sample)
        chosen = [int(qubit) for qubit in rng.permutation(qubits)[: width + controls]]
        gates.append({**sample, "targets": chosen[:width], "controls": chosen[width:] or None})
    return gates


@pytest.mark.parametrize(
    ("qubits", "gateset"), [(13, "qis"), (13, "native"), (15, "qis"), (17, "qis"), (17, "native")]
)
def test_tiles_and_merging_change_nothing(qubits, gateset):
    gates = random_gates(qubits, 60, seed=qubits, gateset=gateset)
    expected = oracle.statevector(gates, qubits, gateset)
    circuit = ionsim.Circuit(gates, qubits=qubits, gateset=gateset)
    for fuse, block in itertools.product((True, False), repeat=2):
        state = ionsim.statevector(circuit, fuse=fuse, block=block)
        np.testing.assert_allclose(state, expected, rtol=0, atol=1e-13)
        single = ionsim.statevector(circuit, fuse=fuse, block=block, precision="complex64")
        np.testing.assert_allclose(single, expected, rtol=0, atol=2e-6)


def test_a_pauli_rotation_wider_than_a_tile():
    qubits = 18
    gates = [{"gate": "ry", "target": q, "rotation": 0.1 + q / 7} for q in range(qubits)]
    terms = {"terms": ["X" * qubits], "coefficients": [0.7], "time": 0.9}
    gates.append({"gate": "pauliexp", "targets": list(range(qubits)), **terms})
    gates += [{"gate": "rx", "target": q, "rotation": 0.2} for q in range(0, qubits, 3)]
    before = oracle.statevector(gates[:qubits], qubits)
    # exp(-i a P) = cos(a) - i sin(a) P, and X on every qubit reverses the amplitudes.
    after = np.cos(0.63) * before - 1j * np.sin(0.63) * before[::-1]
    for gate in gates[qubits + 1 :]:
        after = oracle.apply(after, oracle.read(gate), qubits)
    circuit = ionsim.Circuit(gates, qubits=qubits)
    for block in (True, False):
        state = ionsim.statevector(circuit, block=block)
        np.testing.assert_allclose(state, after, rtol=0, atol=1e-13)


def test_the_state_grows_from_nothing():
    """A GHZ state on 22 qubits has two amplitudes; the rest was never touched and must be zero."""
    gates = [{"gate": "h", "target": 11}]
    gates += [{"gate": "cnot", "control": 11, "target": q} for q in range(22) if q != 11]
    for precision in ("complex64", "complex128"):
        found = ionsim.probabilities(ionsim.Circuit(gates, qubits=22), precision=precision)
        assert np.flatnonzero(found).tolist() == [0, 2**22 - 1]
        np.testing.assert_allclose(found[[0, -1]], 0.5, rtol=1e-6)


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_threads_change_no_bit(threads):
    gates = random_gates(18, 80, seed=5)
    circuit = ionsim.Circuit(gates, qubits=18)
    one = ionsim.statevector(circuit, threads=1, precision="complex64")
    many = ionsim.statevector(circuit, threads=threads, precision="complex64")
    assert np.array_equal(one, many)
