"""Kraus channels: noise that is no mixture of Paulis, such as amplitude damping."""

from __future__ import annotations

import math
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
import numpy.typing as npt

from .errors import InputError, Problem, format_value

__all__ = ["KrausChannel"]

_MOST = 16
_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class KrausChannel:
    """A channel on one or two qubits: ``rho -> sum_k K_k rho K_k^dagger``.

    Parameters
    ----------
    operators : array_like of complex, shape (k, 2, 2) or (k, 4, 4)
        1 to 16 Kraus operators K_k with ``sum_k K_k^dagger K_k = 1`` within 1e-9. Bit 0 of a row or
        column of a 4 x 4 operator is the first qubit of the gate (its first control, or else its
        first target), bit 1 the second. Runs are fastest when the likeliest operator comes first.

    Raises
    ------
    InputError
        A wrong shape or number of operators, or a sum that is not the identity.

    Examples
    --------
    >>> fall, stay = [[0, 0.6], [0, 0]], [[1, 0], [0, 0.8]]
    >>> KrausChannel([stay, fall]).qubits
    1
    """

    operators: npt.NDArray[np.complex128]

    def __post_init__(self) -> None:
        try:
            operators = np.array(self.operators, dtype=np.complex128)
        except (TypeError, ValueError, OverflowError):
            raise _refused("not an array of numbers", format_value(self.operators)) from None
        shape = operators.shape
        if operators.ndim != 3 or shape[1:] not in ((2, 2), (4, 4)) or not 0 < shape[0] <= _MOST:
            raise _refused("not Kraus operators on one or two qubits", f"an array of shape {shape}")
        if not np.isfinite(operators).all():
            raise _refused("not finite", "an array with infinity or NaN")
        total = np.einsum("kji,kjl->il", operators.conj(), operators)
        deviation = float(np.abs(total - np.eye(shape[1])).max())
        if deviation > _TOLERANCE:
            found = f"a sum of K^dagger K that is off the identity by {deviation:.3g}"
            raise _refused("not trace preserving", found)
        operators.flags.writeable = False
        object.__setattr__(self, "operators", operators)

    @classmethod
    def amplitude_damping(cls, probability: float) -> KrausChannel:
        """Return the channel in which a qubit falls from 1 to 0.

        Parameters
        ----------
        probability : float
            Of a fall while the qubit is 1, 0 to 1; exp(-t / T1) = 1 - probability for a time t.

        Returns
        -------
        KrausChannel
            On one qubit; after a gate on two it acts on each of them.

        Raises
        ------
        InputError
            Not a probability.

        Examples
        --------
        >>> KrausChannel.amplitude_damping(0.19).operators[0].real
        array([[1. , 0. ],
               [0. , 0.9]])
        """
        real = isinstance(probability, Real) and not isinstance(probability, bool)
        if not real or not 0.0 <= probability <= 1.0:  # NaN fails too
            path = "amplitude_damping.probability"
            message = "not a probability"
            came = format_value(probability)
            raise InputError(Problem("InvalidInput", path, came, message, "a number from 0 to 1"))
        kept, fallen = math.sqrt(1.0 - probability), math.sqrt(probability)
        return cls(np.array([[[1, 0], [0, kept]], [[0, fallen], [0, 0]]], dtype=np.complex128))

    @property
    def qubits(self) -> int:
        """How many qubits the operators act on: 1 or 2."""
        return 1 if self.operators.shape[1] == 2 else 2

    def to_list(self) -> list[list[list[list[float]]]]:
        """Return the operators as nested lists, a number as [real part, imaginary part].

        Examples
        --------
        >>> KrausChannel([[[1, 0], [0, 1j]]]).to_list()
        [[[[1.0, 0.0], [0.0, 0.0]], [[0.0, 0.0], [0.0, 1.0]]]]
        """
        pairs: list[list[list[list[float]]]] = np.stack(
            [self.operators.real, self.operators.imag], axis=-1
        ).tolist()
        return pairs

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, KrausChannel):
            return NotImplemented
        return np.array_equal(self.operators, other.operators)

    def __hash__(self) -> int:
        return hash(self.operators.tobytes())

    def __repr__(self) -> str:
        size = self.operators.shape[1]
        return f"KrausChannel({len(self.operators)} operators, {size} x {size})"


def check_channel(path: str, value: Any, most_qubits: int) -> Problem | None:
    """Return what is wrong with a channel of a noise model; None for no channel is right."""
    if value is None or (isinstance(value, KrausChannel) and value.qubits <= most_qubits):
        return None
    if isinstance(value, KrausChannel):
        allowed = "operators of shape 2 x 2"
        return Problem("InvalidInput", path, repr(value), "acts on too many qubits", allowed)
    given = type(value).__name__
    return Problem("InvalidInput", path, given, "not a Kraus channel", "KrausChannel(operators)")


def _refused(message: str, value: str) -> InputError:
    allowed = "1 to 16 matrices of shape 2 x 2 or 4 x 4 whose K^dagger K sum to the identity"
    return InputError(Problem("InvalidInput", "kraus.operators", value, message, allowed))
