"""Exact noisy reference: lowering to one- and two-qubit gates, and the density matrix.

The rules are those of the documentation: a one-qubit channel follows every one-qubit gate, a
two-qubit channel every gate on two qubits, and larger gates are first lowered. For the tests of
the tests a `Noise` may also be wrong on purpose.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.linalg

import oracle
from oracle import Gate, Matrix, Step

# --- lowering ---------------------------------------------------------------------------------


def root(matrix: Matrix, halvings: int) -> Matrix:
    """Return matrix**(1 / 2**halvings), each eigenphase taken in (-pi, pi]."""
    triangular, vectors = scipy.linalg.schur(matrix, output="complex")
    phases = np.angle(np.diag(triangular))
    # Rounding may land an eigenvalue of exactly -1 on either side of the cut.
    phases[phases < -np.pi + 1e-9] += 2 * np.pi
    return np.asarray((vectors * np.exp(1j * phases / 2**halvings)) @ vectors.conj().T)


def _cx(control: int, target: int) -> Step:
    return Step(oracle.X, (target,), (control,))


def lower_controlled(matrix: Matrix, target: int, controls: Sequence[int]) -> Iterator[Step]:
    """Lower one controlled one-target gate along a binary-reflected Gray code."""
    count = len(controls)
    if count <= 1:
        yield Step(matrix, (target,), tuple(controls))
        return
    forward = root(matrix, count - 1)
    backward = forward.conj().T
    for highest in range(count):
        for i in range(2**highest, 2 ** (highest + 1)):
            pattern = i ^ (i >> 1)
            if i > 1:
                changed = (pattern ^ (i - 1) ^ ((i - 1) >> 1)).bit_length() - 1
                source = controls[highest - 1 if changed == highest else changed]
                yield _cx(source, controls[highest])
            odd = pattern.bit_count() % 2 == 1
            yield Step(forward if odd else backward, (target,), (controls[highest],))


def _lower_pauliexp(gate: Gate, targets: Sequence[int], controls: Sequence[int]) -> Iterator[Step]:
    before = {"X": oracle.H, "Y": oracle.V}
    after = {"X": oracle.H, "Y": oracle.V.conj().T}
    for letters, coefficient in zip(gate["terms"], gate["coefficients"], strict=True):
        angle = gate["time"] * coefficient
        support = [
            (q, letter)
            for q, letter in zip(targets, reversed(letters), strict=True)
            if letter != "I"
        ]
        if not support:
            if controls:  # a phase of the subspace in which all controls are 1
                phase = oracle.phase_gate(-angle)
                yield from lower_controlled(phase, controls[-1], controls[:-1])
            continue
        ladder = [_cx(a, b) for (a, _), (b, _) in itertools.pairwise(support)]
        yield from (Step(before[p], (q,)) for q, p in support if p in before)
        yield from ladder
        core = oracle.pauli_rotation("Z", 2 * angle)
        yield from lower_controlled(core, support[-1][0], controls)
        yield from reversed(ladder)
        yield from (Step(after[p], (q,)) for q, p in support if p in after)


def lower_gate(gate: Gate, gateset: str = "qis") -> Iterator[Step]:
    """Yield the one- and two-qubit steps of one gate, in order; each is a noise site."""
    name = gate["gate"]
    targets, controls = oracle.qubits_of(gate)
    if name == "pauliexp" and len(targets) + len(controls) > 2:
        yield from _lower_pauliexp(gate, targets, controls)  # never a matrix over all targets
        return
    step = oracle.read(gate, gateset)
    if step is None:
        return
    if len(step.qubits) <= 2:
        yield step
    elif len(step.targets) == 1:
        yield from lower_controlled(step.matrix, step.targets[0], step.controls)
    elif name == "swap":
        a, b = step.targets
        yield _cx(b, a)
        yield from lower_controlled(oracle.X, b, (*step.controls, a))
        yield _cx(b, a)
    else:
        yield from _lower_ising(name, gate["rotation"], step)


def _lower_ising(name: str, rotation: float, step: Step) -> Iterator[Step]:
    a, b = step.targets
    turn_back = [Step(oracle.S, (q,)) for q in (a, b)] if name == "yy" else []
    axis, target = ("Z", b) if name == "zz" else ("X", a)
    yield from (Step(s.matrix.conj().T, s.targets) for s in turn_back)
    yield _cx(a, b)
    yield from lower_controlled(oracle.pauli_rotation(axis, rotation), target, step.controls)
    yield _cx(a, b)
    yield from turn_back


def lower(gates: Iterable[Gate], gateset: str = "qis") -> list[Step]:
    return [step for gate in gates for step in lower_gate(gate, gateset)]


def gate_counts(gates: Iterable[Gate], gateset: str = "qis") -> tuple[int, int]:
    """Return (one-qubit gates, two-qubit gates) after lowering."""
    sizes = [len(step.qubits) for step in lower(gates, gateset)]
    return sizes.count(1), sizes.count(2)


# --- noise ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Noise:
    """Depolarizing rates and readout flips; the last two fields plant errors on purpose.

    Parameters
    ----------
    r1, r2
        Rate of the one- and two-qubit depolarizing channel: with this probability the gate's
        qubits are hit by a uniformly random Pauli, the identity included.
    readout_flip
        Probability with which each measured bit is turned over.
    forgotten_site
        Number of a noise site that is left out.
    bit_flips_only
        Put all the error probability on X errors.
    """

    r1: float
    r2: float
    readout_flip: float = 0.0
    forgotten_site: int | None = None
    bit_flips_only: bool = False


def channel(rate: float, count: int, *, bit_flips_only: bool = False) -> dict[str, float]:
    """Return the probability of each Pauli string on `count` qubits."""
    letters = ["".join(p) for p in itertools.product("IXYZ", repeat=count)]
    each = rate / 4**count
    if bit_flips_only:
        flips = [p for p in letters if set(p) <= {"I", "X"} and "X" in p]
        error = each * (4**count - 1)
        return {"I" * count: 1 - error} | {p: error / len(flips) for p in flips}
    identity = "I" * count
    return {p: 1 - each * (4**count - 1) if p == identity else each for p in letters}


@functools.lru_cache(maxsize=512)
def _embedded_pauli(letters: str, on: tuple[int, ...], qubits: int) -> Matrix:
    return oracle.embed(Step(oracle.pauli(letters), on), qubits)


def apply_channel(
    rho: Matrix, weights: dict[str, float], on: tuple[int, ...], qubits: int
) -> Matrix:
    """Return sum_P w_P P rho P, every term written out."""
    result = np.zeros_like(rho)
    for letters, weight in weights.items():
        if weight:
            operator = _embedded_pauli(letters, on, qubits)
            result += weight * (operator @ rho @ operator.conj().T)
    return result


def density_matrix(
    gates: Iterable[Gate], qubits: int, noise: Noise, gateset: str = "qis"
) -> Matrix:
    """Return the exact state after the lowered circuit with a channel after every gate."""
    rho = np.zeros((2**qubits, 2**qubits), dtype=np.complex128)
    rho[0, 0] = 1
    for site, step in enumerate(lower(gates, gateset)):
        operator = oracle.embed(step, qubits)
        rho = operator @ rho @ operator.conj().T
        if site != noise.forgotten_site:
            count = len(step.qubits)
            rate = noise.r1 if count == 1 else noise.r2
            weights = channel(rate, count, bit_flips_only=noise.bit_flips_only)
            rho = apply_channel(rho, weights, step.qubits, qubits)
    return rho


def flip_readout(
    probabilities: npt.NDArray[np.float64], qubits: int, flip: float
) -> npt.NDArray[np.float64]:
    """Return the distribution after each bit is turned over with probability `flip`."""
    table = probabilities.reshape((2,) * qubits)
    for axis in range(qubits):
        table = (1 - flip) * table + flip * np.flip(table, axis)
    return table.reshape(-1)


def probabilities(
    gates: Iterable[Gate], qubits: int, noise: Noise, gateset: str = "qis"
) -> npt.NDArray[np.float64]:
    """Return the exact outcome distribution over all 2**qubits states."""
    diagonal = np.diag(density_matrix(gates, qubits, noise, gateset)).real
    return flip_readout(np.clip(diagonal, 0, None), qubits, noise.readout_flip)
