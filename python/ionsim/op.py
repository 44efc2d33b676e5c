"""One gate of a circuit as a frozen value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

__all__ = ["Op", "is_list"]


def is_list(value: object) -> TypeGuard[Iterable[object]]:
    """Tell a list from a single value; a text is none, so that it is refused as such."""
    return isinstance(value, Iterable) and not isinstance(value, str)


def _tuple(qubits: int | Iterable[int]) -> tuple[int, ...]:
    return tuple(qubits) if isinstance(qubits, Iterable) else (qubits,)


@dataclass(frozen=True, slots=True, init=False)
class Op:
    """One gate of a circuit, checked when it is put into a `Circuit`.

    Parameters
    ----------
    gate : str
        Name of the gate, see `ionsim.GATES`.
    targets : int or sequence of int
        Qubits it acts on.
    controls : int or sequence of int
        Up to 7 qubits that must all be 1 (QIS gates only).
    rotation : float, optional
        Angle in radians of ``rx ry rz xx yy zz`` (QIS), and of ``z`` as a phase gate.
    phase, phases, angle : float or sequence of float, optional
        Native gates, in turns.
    terms : sequence of str, optional
        Pauli strings of ``pauliexp``; the leftmost letter acts on the last target.
    coefficients : sequence of float, optional
        One factor a term.
    time : float, optional
        ``pauliexp`` is exp(-i time sum_j coefficients[j] terms[j]).

    Examples
    --------
    >>> Op("cnot", 1, controls=0)
    Op(gate='cnot', targets=(1,), controls=(0,), parameters={})
    >>> Op("ms", (0, 1), phases=(0, 0.25), angle=0.1).to_dict()
    {'gate': 'ms', 'targets': [0, 1], 'phases': [0, 0.25], 'angle': 0.1}
    """

    gate: str
    targets: tuple[int, ...]
    controls: tuple[int, ...]
    parameters: Mapping[str, Any]

    def __init__(
        self,
        gate: str,
        targets: int | Iterable[int],
        *,
        controls: int | Iterable[int] = (),
        rotation: float | None = None,
        phase: float | None = None,
        phases: Sequence[float] | None = None,
        angle: float | None = None,
        terms: Sequence[str] | None = None,
        coefficients: Sequence[float] | None = None,
        time: float | None = None,
    ) -> None:
        given = {
            "rotation": rotation,
            "phase": phase,
            "phases": phases,
            "angle": angle,
            "terms": terms,
            "coefficients": coefficients,
            "time": time,
        }
        object.__setattr__(self, "gate", gate)
        object.__setattr__(self, "targets", _tuple(targets))
        object.__setattr__(self, "controls", _tuple(controls))
        kept = {
            field: tuple(value) if is_list(value) else value
            for field, value in given.items()
            if value is not None
        }
        object.__setattr__(self, "parameters", kept)

    def __hash__(self) -> int:
        return hash((self.gate, self.targets, self.controls, tuple(self.parameters.items())))

    def to_dict(self) -> dict[str, Any]:
        """Return the gate in the provider's JSON form.

        Returns
        -------
        dict
            One element of a circuit's gate list.

        Examples
        --------
        >>> Op("h", 0).to_dict()
        {'gate': 'h', 'target': 0}
        """
        row: dict[str, Any] = {"gate": self.gate}
        for plural, qubits in (("targets", self.targets), ("controls", self.controls)):
            if len(qubits) == 1 and self.gate != "pauliexp":
                row[plural[:-1]] = qubits[0]
            elif qubits:
                row[plural] = list(qubits)
        for field, value in self.parameters.items():
            row[field] = list(value) if isinstance(value, tuple) else value
        return row
