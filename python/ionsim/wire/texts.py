"""Circuits of a job that come as program text: ``openqasm``, ``qasm`` and ``quipper``."""

from __future__ import annotations

from typing import Any

from ..bits import MAX_QUBITS
from ..circuit import Circuit
from ..errors import PROBLEM_LIMIT, InputError, Problem
from ..formats import FORMATS, DynamicProgram, read_program
from ..job import CircuitRequest
from .envelope import Envelope, Fields
from .registers import read_registers

__all__ = ["GATE_LIST", "read_format", "read_text_circuit"]

GATE_LIST = "ionq.circuit.v0"


def read_format(envelope: Envelope, fields: Fields, path: str) -> str | None:
    """Return the format of an input, `GATE_LIST` where it says none; None for an unknown one."""
    name = envelope.text(fields, "format", f"{path}.format")
    if name is None:
        # A format that is no string has left a problem already.
        given = any(problem.path == f"{path}.format" for problem in envelope.problems)
        return None if given else GATE_LIST
    if name == GATE_LIST or name in FORMATS:
        return name
    allowed = ", ".join(f'"{known}"' for known in (GATE_LIST, *FORMATS))
    envelope.refuse(f"{path}.format", name, "unknown format", allowed)
    return None


def read_text_circuit(
    fields: Fields,
    path: str,
    language: str,
    problems: list[Problem],
    registers: Any = None,
    registers_path: str = "registers",
) -> CircuitRequest:
    """Read one circuit whose ``data`` is a program text.

    Parameters
    ----------
    fields : dict
        The input, or an entry of ``circuits``.
    path : str
        Its JSON path.
    language : str
        One of `FORMATS`.
    problems : list of Problem
        What is wrong with it already; the rest is added.
    registers, registers_path
        Registers from above, and where they stand.
    """
    envelope = Envelope()
    envelope.problems = problems
    name = envelope.text(fields, "name", f"{path}.name")
    data = envelope.text(fields, "data", f"{path}.data")
    circuit: Circuit | DynamicProgram | None = None
    if data is not None:
        try:
            circuit = read_program(data, language, path=f"{path}.data", name=name)
        except InputError as error:
            problems.extend(error.problems)
    elif not any(problem.path == f"{path}.data" for problem in problems):
        envelope.refuse(f"{path}.data", None, "missing", f"the program in {language} as a string")
    _check_width(envelope, fields, path, circuit)
    given = envelope.json_copy(fields, "registers", f"{path}.registers")
    at = f"{path}.registers"
    if given is None:
        given, at = registers, registers_path
    width = None
    if circuit is not None:
        width = _width(circuit)
    asked = read_registers(given, at, width, envelope)
    if problems or circuit is None:
        return CircuitRequest(None, path, name, asked, given, tuple(problems[:PROBLEM_LIMIT]))
    if given is None:
        asked = circuit.registers
        given = {key: list(bits) for key, bits in asked.items()} or None
    return CircuitRequest(circuit, path, name, asked, given)


def _width(circuit: Circuit | DynamicProgram) -> int:
    """Return how many bits a result has."""
    if isinstance(circuit, DynamicProgram):
        return circuit.width
    return circuit.qubits if circuit.measured is None else len(circuit.measured)


def _check_width(
    envelope: Envelope, fields: Fields, path: str, circuit: Circuit | DynamicProgram | None
) -> None:
    """Check `qubits`, which need not be there: the program declares its own."""
    qubits = envelope.value(fields, "qubits", f"{path}.qubits")
    if qubits is None:
        return
    number = envelope.integer(f"{path}.qubits", qubits, 1, MAX_QUBITS)
    if number is not None and circuit is not None and number < circuit.qubits:
        envelope.refuse(
            f"{path}.qubits",
            number,
            f"the program declares {circuit.qubits} qubits",
            f"{circuit.qubits} or more, or nothing",
        )
