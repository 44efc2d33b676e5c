"""The gate table of the C++ core as Python sees it, and the reader that applies it.

There is one table, in ``csrc/gates/table.cpp``: the kernels, the reader of circuit JSON and the
gate page of the documentation all come from it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from . import _core
from .errors import PROBLEM_LIMIT, InputError, Problem

__all__ = ["GATES", "GATE_SETS", "GateInfo", "GateParameter", "Program", "gate_info", "read_gates"]

Program = _core.Program

GATE_SETS = ("qis", "native")


@dataclass(frozen=True, slots=True)
class GateParameter:
    """A number, or a list of numbers, that a gate takes.

    Parameters
    ----------
    field : str
        Its key in the circuit JSON.
    unit : str
        ``"radians"`` or ``"turns"`` (1 turn = 2 pi).
    count : int
        How many numbers the field holds; with 1 it is a plain number.
    optional : bool
        It may be absent.
    default : float or None
        What then stands in its place; None where its absence has a meaning of its own.
    alias : str or None
        Another key that some clients send for it.

    Examples
    --------
    >>> gate_info("ms", "native").parameters[1]
    GateParameter(field='angle', unit='turns', count=1, optional=True, default=0.25, alias=None)
    """

    field: str
    unit: str
    count: int
    optional: bool
    default: float | None
    alias: str | None


@dataclass(frozen=True, slots=True)
class GateInfo:
    """One row of the gate table.

    Parameters
    ----------
    name : str
        The name in the circuit JSON.
    gateset : str
        ``"qis"`` or ``"native"``.
    targets : int
        How many targets it acts on; 0 means any number.
    min_controls, max_controls : int
        How many controls it may have.
    parameters : tuple of GateParameter
        The numbers it takes.
    formula : str
        The unitary on the targets.
    summary : str
        One line of help.

    Examples
    --------
    >>> gate_info("rx").formula
    'exp(-i rotation X / 2)'
    """

    name: str
    gateset: str
    targets: int
    min_controls: int
    max_controls: int
    parameters: tuple[GateParameter, ...]
    formula: str
    summary: str


def _row(row: Mapping[str, Any]) -> GateInfo:
    parameters = tuple(GateParameter(**parameter) for parameter in row["parameters"])
    return GateInfo(**{**row, "parameters": parameters})


GATES: tuple[GateInfo, ...] = tuple(_row(row) for row in _core.gate_table())
"""Every gate; the place in this tuple is the gate's code in a program."""

_BY_NAME = {(gate.gateset, gate.name): gate for gate in GATES}


def gate_info(name: str, gateset: str = "qis") -> GateInfo:
    """Find a gate by its name.

    Parameters
    ----------
    name : str
        Exact, lower case.
    gateset : str
        ``"qis"`` or ``"native"``.

    Returns
    -------
    GateInfo
        Its row of the table.

    Raises
    ------
    InputError
        There is no such gate.

    Examples
    --------
    >>> gate_info("swap").targets
    2
    """
    try:
        return _BY_NAME[gateset, name]
    except KeyError:
        names = ", ".join(gate.name for gate in GATES if gate.gateset == gateset)
        problem = Problem(
            "UnsupportedGate", "gate", repr(name), f"no such gate in the set {gateset!r}", names
        )
        raise InputError(problem) from None


def read_gates(
    source: bytes | memoryview | Sequence[Any],
    *,
    gateset: str,
    qubits: int | None,
    path: str,
    limit: int = PROBLEM_LIMIT,
) -> Program:
    """Read a gate list into a checked program.

    Parameters
    ----------
    source : bytes-like or sequence of mappings
        The JSON text of the list, or the list itself, in the provider's form.
    gateset : str
        ``"qis"`` or ``"native"``.
    qubits : int or None
        Declared qubits; None takes the highest index + 1.
    path : str
        JSON path of the list, for the error texts.
    limit : int
        Stop after this many problems.

    Returns
    -------
    Program
        The circuit in the core's form.

    Raises
    ------
    InputError
        The list has problems: all of them, up to `limit`.

    Examples
    --------
    >>> read_gates([{"gate": "h", "target": 1}], gateset="qis", qubits=None, path="circuit").qubits
    2
    """
    program, rows = _core.read_gates(source, gateset, qubits, path, limit)
    if program is None:
        raise InputError([Problem(*row) for row in rows])
    return program
