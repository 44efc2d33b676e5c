"""Dense NumPy reference for gates and circuits: slow, short, and independent of ionsim.

It reads the provider's gate dicts and follows the published definitions, nothing else. It trusts
its input: what must be refused is the business of other tests. Two rules hold everywhere:

- qubit 0 is the least significant bit of a state's index;
- bit j of a matrix index belongs to ``targets[j]``, so the matrix of a product of one-qubit
  matrices on targets (a, b) is ``kron(on_b, on_a)``.
"""

from __future__ import annotations

import cmath
import functools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.linalg

Matrix = npt.NDArray[np.complex128]
Gate = Mapping[str, Any]

MAX_CONTROLS = 7

I2: Matrix = np.eye(2, dtype=np.complex128)
X: Matrix = np.array([[0, 1], [1, 0]], dtype=np.complex128)
Y: Matrix = np.array([[0, -1j], [1j, 0]], dtype=np.complex128)
Z: Matrix = np.array([[1, 0], [0, -1]], dtype=np.complex128)
H: Matrix = np.array([[1, 1], [1, -1]], dtype=np.complex128) / math.sqrt(2)
S: Matrix = np.array([[1, 0], [0, 1j]], dtype=np.complex128)
T: Matrix = np.array([[1, 0], [0, cmath.exp(1j * math.pi / 4)]], dtype=np.complex128)
V: Matrix = np.array([[1 + 1j, 1 - 1j], [1 - 1j, 1 + 1j]], dtype=np.complex128) / 2
SWAP: Matrix = np.eye(4, dtype=np.complex128)[[0, 2, 1, 3]]
PAULIS: Mapping[str, Matrix] = {"I": I2, "X": X, "Y": Y, "Z": Z}

FIXED_ONE_TARGET: Mapping[str, Matrix] = {
    "x": X,
    "not": X,
    "cnot": X,
    "y": Y,
    "z": Z,
    "h": H,
    "s": S,
    "si": S.conj().T,
    "t": T,
    "ti": T.conj().T,
    "v": V,
    "vi": V.conj().T,
}
ROTATION_AXES = {"rx": "X", "ry": "Y", "rz": "Z", "xx": "XX", "yy": "YY", "zz": "ZZ"}


@dataclass(frozen=True)
class Step:
    """One unitary acting on `targets` where all `controls` are 1."""

    matrix: Matrix
    targets: tuple[int, ...]
    controls: tuple[int, ...] = ()

    @property
    def qubits(self) -> tuple[int, ...]:
        return self.targets + self.controls


# --- matrices of single gates -----------------------------------------------------------------


@functools.cache
def pauli(letters: str) -> Matrix:
    """Return the tensor product; the leftmost letter acts on the highest bit."""
    product = np.eye(1, dtype=np.complex128)
    for letter in letters:
        product = np.kron(product, PAULIS[letter])
    return product


def pauli_rotation(letters: str, angle_radians: float) -> Matrix:
    """Return exp(-i angle P / 2)."""
    half = angle_radians / 2
    identity = np.eye(2 ** len(letters))
    return np.asarray(math.cos(half) * identity - 1j * math.sin(half) * pauli(letters))


def phase_gate(angle_radians: float) -> Matrix:
    return np.diag([1, cmath.exp(1j * angle_radians)])


def pauli_exponential(terms: Sequence[str], coefficients: Sequence[float], time: float) -> Matrix:
    """Return exp(-i time sum_j c_j P_j), exact also where the terms do not commute."""
    hamiltonian = sum(c * pauli(p) for c, p in zip(coefficients, terms, strict=True))
    return np.asarray(scipy.linalg.expm(-1j * time * hamiltonian))


def unit_turns(angle_turns: float) -> complex:
    """Return e^{2 pi i angle}; whole turns come off first, where that is exact."""
    return cmath.exp(2j * math.pi * math.fmod(angle_turns, 1))


def gpi(phase_turns: float) -> Matrix:
    w = unit_turns(phase_turns)
    return np.array([[0, w.conjugate()], [w, 0]])


def gpi2(phase_turns: float) -> Matrix:
    w = unit_turns(phase_turns)
    return np.array([[1, -1j * w.conjugate()], [-1j * w, 1]]) / math.sqrt(2)


def ms(phases_turns: Sequence[float], angle_turns: float) -> Matrix:
    first, second = phases_turns
    both = np.kron(gpi(second), gpi(first))
    w = unit_turns(angle_turns / 2)
    return np.asarray(w.real * np.eye(4) - 1j * w.imag * both)


def native_zz(angle_turns: float) -> Matrix:
    w = unit_turns(angle_turns / 2)
    return np.diag([w.conjugate(), w, w, w.conjugate()])


def target_matrix(gate: Gate, gateset: str = "qis") -> Matrix:
    """Return the unitary on the gate's targets alone, without its controls."""
    given = {key: value for key, value in gate.items() if value is not None}
    name = given["gate"]
    if gateset == "native":
        return _native_matrix(name, given)
    if name == "z" and "rotation" in given:
        return phase_gate(given["rotation"])
    if name in ROTATION_AXES:
        return pauli_rotation(ROTATION_AXES[name], given["rotation"])
    if name == "swap":
        return SWAP
    if name == "pauliexp":
        return pauli_exponential(given["terms"], given["coefficients"], given["time"])
    return FIXED_ONE_TARGET[name]


def _native_matrix(name: str, given: Gate) -> Matrix:
    if name == "gpi":
        return gpi(given["phase"])
    if name == "gpi2":
        return gpi2(given["phase"])
    if name == "ms":
        return ms(given["phases"], given.get("angle", 0.25))
    if name == "zz":
        return native_zz(given.get("angle", given.get("phase", 0.25)))
    raise KeyError(name)


def _indices(gate: Gate, singular: str, plural: str) -> tuple[int, ...]:
    if gate.get(singular) is not None:
        return (int(gate[singular]),)
    return tuple(int(q) for q in gate.get(plural) or ())


def qubits_of(gate: Gate) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return (targets, controls)."""
    return _indices(gate, "target", "targets"), _indices(gate, "control", "controls")


def read(gate: Gate, gateset: str = "qis") -> Step | None:
    """Return the gate as a step; None for a gate that does nothing (nop)."""
    if gate["gate"] == "nop":
        return None
    return Step(target_matrix(gate, gateset), *qubits_of(gate))


# --- circuits ---------------------------------------------------------------------------------


def apply(state: Matrix, step: Step, qubits: int) -> Matrix:
    """Return the state after one step; `state` has 2**qubits entries."""
    after = state.reshape((2,) * qubits).copy()
    # Axis a of the reshaped state is qubit (qubits - 1 - a); a control picks its upper half.
    chosen: tuple[Any, ...] = tuple(
        1 if qubits - 1 - axis in step.controls else slice(None) for axis in range(qubits)
    )
    left = [q for q in reversed(range(qubits)) if q not in step.controls]
    part = after[chosen]
    count = len(step.targets)
    # The highest matrix bit comes first in a C-ordered reshape, hence the reversed targets.
    axes = [left.index(q) for q in reversed(step.targets)]
    operator = step.matrix.reshape((2,) * (2 * count))
    turned = np.tensordot(operator, part, axes=(range(count, 2 * count), axes))
    after[chosen] = np.moveaxis(turned, range(count), axes)
    return after.reshape(-1)


def embed(step: Step, qubits: int) -> Matrix:
    """Return the step as a matrix on all qubits, written down entry by entry."""
    dimension = 2**qubits
    full = np.eye(dimension, dtype=np.complex128)
    target_mask = sum(1 << q for q in step.targets)
    spread = [
        sum((row >> j & 1) << q for j, q in enumerate(step.targets))
        for row in range(len(step.matrix))
    ]
    for column in range(dimension):
        if all(column >> c & 1 for c in step.controls):
            rest = column & ~target_mask
            inside = spread.index(column & target_mask)
            full[column, column] = 0
            for row, bits in enumerate(spread):
                full[rest | bits, column] = step.matrix[row, inside]
    return full


def steps(gates: Iterable[Gate], gateset: str = "qis") -> list[Step]:
    return [step for gate in gates if (step := read(gate, gateset)) is not None]


def statevector(gates: Iterable[Gate], qubits: int, gateset: str = "qis") -> Matrix:
    """Return the 2**qubits amplitudes of the circuit started in |0...0>."""
    state = np.zeros(2**qubits, dtype=np.complex128)
    state[0] = 1
    for step in steps(gates, gateset):
        state = apply(state, step, qubits)
    return state


def probabilities(
    gates: Iterable[Gate], qubits: int, gateset: str = "qis"
) -> npt.NDArray[np.float64]:
    return np.asarray(np.abs(statevector(gates, qubits, gateset)) ** 2)


def unitary_of(circuit_steps: Iterable[Step], qubits: int) -> Matrix:
    """Return the product of the steps; the first step acts first."""
    product = np.eye(2**qubits, dtype=np.complex128)
    for step in circuit_steps:
        product = embed(step, qubits) @ product
    return product


def unitary(gates: Iterable[Gate], qubits: int, gateset: str = "qis") -> Matrix:
    return unitary_of(steps(gates, gateset), qubits)


def expectation(state: Matrix, letters: str) -> float:
    """Return <state|P|state>; the leftmost letter acts on the highest qubit."""
    return float(np.vdot(state, pauli(letters) @ state).real)


def same_up_to_phase(first: Matrix, second: Matrix, tolerance: float = 1e-10) -> bool:
    """Compare two unitaries, or two states, up to a global phase."""
    overlap = np.vdot(first, second)
    if abs(overlap) < tolerance:
        return False
    return bool(np.allclose(first * (overlap / abs(overlap)), second, rtol=0, atol=tolerance))
