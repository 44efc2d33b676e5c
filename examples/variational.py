"""Find the ground state of a transverse-field Ising chain with a variational circuit.

Exact expectation values make the gradient exact too: the parameter-shift rule needs two shifted
circuits a parameter, and all of them go into one call.
"""

from __future__ import annotations

import math

import numpy as np

import ionsim

QUBITS = 4
LAYERS = 3
STEPS = 80
FIELD = 0.8
RATE = 0.25


def string(letters: dict[int, str]) -> str:
    """Return a Pauli string; its leftmost letter belongs to the highest qubit."""
    return "".join(letters.get(qubit, "I") for qubit in reversed(range(QUBITS)))


ENERGY = {string({q: "Z", q + 1: "Z"}): -1.0 for q in range(QUBITS - 1)} | {
    string({q: "X"}): -FIELD for q in range(QUBITS)
}


def ansatz(parameters: np.ndarray) -> ionsim.Circuit:
    """Return layers of zz rotations along the chain and rx rotations, each with its own angle."""
    angles = iter(parameters)
    ops = [ionsim.Op("h", qubit) for qubit in range(QUBITS)]
    for _ in range(LAYERS):
        for qubit in range(QUBITS - 1):
            ops.append(ionsim.Op("zz", (qubit, qubit + 1), rotation=next(angles)))
        for qubit in range(QUBITS):
            ops.append(ionsim.Op("rx", qubit, rotation=next(angles)))
    return ionsim.Circuit(ops, qubits=QUBITS)


# The signs of slow annealing from the field to the chain.
parameters = np.full(LAYERS * (2 * QUBITS - 1), -0.5)
for step in range(STEPS + 1):
    shifts = np.eye(parameters.size) * math.pi / 2
    points = [parameters, *(parameters + shifts), *(parameters - shifts)]
    values = np.array(ionsim.expectation([ansatz(point) for point in points], ENERGY))
    if step % 20 == 0:
        print(f"step {step:3}  energy {values[0]:.6f}")
    up, down = values[1:].reshape(2, -1)
    parameters -= RATE * (up - down) / 2
