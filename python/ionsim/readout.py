"""From the outcomes of qubits to the classical bits that a program text measures them into."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .bits import UINT64_BITS
from .circuit import Circuit
from .errors import LimitError, SimulationError
from .results import Histogram

__all__ = ["Readout", "bit_registers", "check_assertions", "pick_bits"]

UInt64 = npt.NDArray[np.uint64]

_CERTAIN = 1e-6


@dataclass(frozen=True, slots=True)
class Readout:
    """Moves outcomes over some qubits to classical bits.

    Parameters
    ----------
    measured : tuple of int
        The qubit behind each bit of an outcome.
    sources : tuple of int or None
        The qubit that each classical bit reads; None reads 0.

    Examples
    --------
    >>> readout = Readout((0, 2), (2, None, 0, 1))
    >>> readout.places
    (0, 2)
    >>> readout(np.array([0b01, 0b10], dtype=np.uint64)).tolist()
    [2, 1]
    """

    measured: tuple[int, ...]
    sources: tuple[int | None, ...]

    @property
    def places(self) -> tuple[int, ...]:
        """The classical bit behind each bit of the new outcomes, ascending."""
        present = set(self.measured)
        return tuple(bit for bit, qubit in enumerate(self.sources) if qubit in present)

    def __call__(self, outcomes: UInt64) -> UInt64:
        """Return the outcomes over the classical bits of `places`."""
        rank = {qubit: bit for bit, qubit in enumerate(self.measured)}
        places = self.places
        if len(places) > UINT64_BITS:
            raise LimitError(
                f"{len(places)} classical bits are measured, at most {UINT64_BITS} can be sampled",
                code="NotEnoughQubits",
                needed=len(places),
                allowed=UINT64_BITS,
            )
        moved = np.zeros_like(outcomes)
        for bit, place in enumerate(places):
            qubit = self.sources[place]
            if qubit is not None:
                source = np.uint64(rank[qubit])
                moved |= ((outcomes >> source) & np.uint64(1)) << np.uint64(bit)
        return moved

    def after(self, draw: Callable[[], UInt64]) -> Callable[[], UInt64]:
        """Return what draws the same outcomes over the classical bits."""
        return _Drawn(self, draw)


@dataclass(frozen=True, slots=True)
class _Drawn:
    readout: Readout
    draw: Callable[[], UInt64]

    def __call__(self) -> UInt64:
        return self.readout(self.draw())


def pick_bits(rows: npt.NDArray[np.uint8], sources: Sequence[int | None]) -> npt.NDArray[np.uint8]:
    """Return the columns of some qubits; None gives zeros.

    Examples
    --------
    >>> pick_bits(np.array([[0, 1]], dtype=np.uint8), (1, None, 0)).tolist()
    [[1, 0, 0]]
    """
    picked = np.zeros((len(rows), len(sources)), dtype=np.uint8)
    for place, qubit in enumerate(sources):
        if qubit is not None:
            picked[:, place] = rows[:, qubit]
    return picked


def bit_registers(
    circuit: Circuit, registers: dict[str, tuple[int | None, ...]]
) -> dict[str, tuple[int | None, ...]]:
    """Return registers by the bits of the result.

    Those of a program text follow each other; others name bits of the result already.

    Examples
    --------
    >>> circuit = Circuit.from_qasm("qreg q[2]; creg a[1]; creg b[1]; measure q[1] -> a[0];")
    >>> bit_registers(circuit, dict(circuit.registers))
    {'a': (0,), 'b': (1,)}
    """
    if circuit.measured is None or registers != dict(circuit.registers):
        return registers
    place = 0
    found: dict[str, tuple[int | None, ...]] = {}
    for name, bits in registers.items():
        found[name] = tuple(range(place, place + len(bits)))
        place += len(bits)
    return found


def check_assertions(circuit: Circuit, whole: Histogram) -> None:
    """Refuse exact results in which a qubit is not what the text asserts.

    Raises
    ------
    SimulationError
        Names the place of the assertion, and the probability.
    """
    touched: Sequence[int] = whole.touched
    for qubit, value, place in circuit.assertions:
        if qubit in touched:
            probability = float(whole.marginal([qubit]).get("1" if value else "0", 0.0))
        else:
            probability = 0.0 if value else 1.0
        if abs(probability - 1.0) > _CERTAIN:
            raise SimulationError(
                f"{place}: the program asserts that a wire (qubit {qubit}) ends as {int(value)}, "
                f"which it does with probability {probability:.6g}"
            )
