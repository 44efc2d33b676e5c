"""What the adapters share: the settings of a run, gates in a plain form, small matrices."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from workloads import Workload

__all__ = ["Adapter", "Gate", "Settings", "Variant", "chosen_output", "gates_of"]

Array = npt.NDArray[Any]
Run = Callable[[], Array]

TAU = 2 * math.pi
CLIFFORDS = frozenset({"x", "y", "z", "h", "s", "si", "v", "vi", "swap"})


@dataclass(frozen=True, slots=True)
class Settings:
    """How every simulator of a comparison runs.

    Parameters
    ----------
    precision : str
        ``"complex64"`` or ``"complex128"``.
    threads : int
        Threads each may use.
    output : str
        ``"probabilities"`` or ``"state"``: the array at the end.
    keep : bool
        Let a peer keep a circuit that it has translated or optimized, and ionsim its plan, from one
        run to the next.
    shots : int
        Shots of a noisy run.
    r1, r2 : float
        Depolarizing rates of a noisy run, after gates on one and on two qubits: with that
        probability the qubits are replaced by the fully mixed state.
    """

    precision: str = "complex128"
    threads: int = 1
    output: str = "probabilities"
    keep: bool = False
    shots: int = 100
    r1: float = 0.0
    r2: float = 0.0

    @property
    def is_noisy(self) -> bool:
        """Whether any gate is followed by noise."""
        return self.r1 > 0 or self.r2 > 0

    def error_probability(self, qubits: int) -> float:
        """Return the probability of a Pauli other than the identity after a gate."""
        return self.r1 * 3 / 4 if qubits == 1 else self.r2 * 15 / 16


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to run a simulator.

    Parameters
    ----------
    label : str
        Its name in the tables.
    prepare : callable
        Makes the simulator's own circuit, outside the timing, and returns the call to be timed.
        The call returns probabilities or amplitudes (qubit 0 in the lowest bit of the index), or,
        of a noisy run, one outcome a shot as an integer.
    most_qubits : int
        Wider circuits are left out.
    cliffords : bool
        Whether it runs Clifford gates only.
    all_at_once : bool
        Whether a noisy run takes about as long for few shots as for many.
    """

    label: str
    prepare: Callable[[Workload], Run]
    most_qubits: int = 64
    cliffords: bool = False
    all_at_once: bool = False

    def can_run(self, workload: Workload) -> bool:
        """Tell whether the workload is one that it runs."""
        if workload.qubits > self.most_qubits:
            return False
        return not self.cliffords or all(gate.kind in CLIFFORDS for gate in gates_of(workload))


class Adapter(Protocol):
    """A module of this package."""

    PACKAGES: Sequence[str]
    """Distributions whose versions belong to the results."""

    def ideal(self, settings: Settings) -> list[Variant]:
        """Return the ways to run without noise in this precision; none where it cannot."""

    def noisy(self, settings: Settings) -> list[Variant]:
        """Return the ways to run with noise."""


@dataclass(frozen=True, slots=True)
class Gate:
    """A gate in a plain form.

    `kind` is one of x y z h s si t ti v vi rx ry rz p swap xx yy zz matrix; rotations are
    exp(-i angle P / 2), ``p`` is diag(1, e^{i angle}). Bit j of an index of `matrix` belongs to
    ``targets[j]``; `label` is the provider's name of the gate.
    """

    kind: str
    targets: tuple[int, ...]
    controls: tuple[int, ...] = ()
    angle: float = 0.0
    matrix: npt.NDArray[np.complex128] | None = None
    label: str = ""

    @property
    def qubits(self) -> tuple[int, ...]:
        """All qubits of the gate, targets first."""
        return self.targets + self.controls


def gates_of(workload: Workload) -> Iterator[Gate]:
    """Yield the gates of a workload in the plain form."""
    for row in workload.gates:
        name = row["gate"]
        targets = _indices(row, "target", "targets")
        controls = _indices(row, "control", "controls")
        rotation = float(row.get("rotation", 0.0))
        if workload.gateset == "native":
            if name != "nop":
                yield _native(name, targets, row)
        elif name == "pauliexp":
            raise ValueError("the peers have no pauliexp")
        elif name == "z" and "rotation" in row:
            yield Gate("p", targets, controls, rotation, label=name)
        else:
            kind = "x" if name in ("not", "cnot") else name
            yield Gate(kind, targets, controls, rotation, label=name)


def chosen_output(state: Array, output: str) -> Array:
    """Return the amplitudes, or their squared magnitudes in the cheapest way NumPy has."""
    if output == "state":
        return state
    probabilities: Array = np.square(state.real)
    probabilities += np.square(state.imag)
    return probabilities


def _indices(row: dict[str, Any], singular: str, plural: str) -> tuple[int, ...]:
    return (row[singular],) if singular in row else tuple(row.get(plural, ()))


def _native(name: str, targets: tuple[int, ...], row: dict[str, Any]) -> Gate:
    if name == "zz":
        return Gate("zz", targets, angle=TAU * row.get("angle", 0.25), label=name)
    if name == "ms":
        first, second = (_gpi(phase) for phase in row["phases"])
        half = TAU * row.get("angle", 0.25) / 2
        matrix = math.cos(half) * np.eye(4) - 1j * math.sin(half) * np.kron(second, first)
    else:
        matrix = _gpi(row["phase"])
        if name == "gpi2":
            matrix = (np.eye(2) - 1j * matrix) / math.sqrt(2)
    return Gate("matrix", targets, matrix=matrix, label=name)


def _gpi(phase_turns: float) -> npt.NDArray[np.complex128]:
    w = np.exp(1j * TAU * phase_turns)
    return np.array([[0, w.conjugate()], [w, 0]])
