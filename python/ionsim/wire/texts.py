"""Circuits of a job that come as program text: ``openqasm``, ``qasm`` and ``quipper``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from ..bits import MAX_QUBITS
from ..circuit import Circuit
from ..errors import PROBLEM_LIMIT, InputError, Problem
from ..formats import FORMATS, MAX_GATES, DynamicProgram, read_program
from ..job import CircuitRequest
from .envelope import Envelope, Fields
from .registers import read_registers

__all__ = ["GATE_LIST", "TEXT_LIMITS", "TextLimits", "TextReader", "read_format"]

GATE_LIST = "ionq.circuit.v0"


_INPUT_KEYS = frozenset({"format", "qubits", "data", "circuits", "registers"})
_CIRCUIT_KEYS = frozenset({"name", "qubits", "registers", "data"})


@dataclass(frozen=True, slots=True)
class TextLimits:
    """What program texts of a job may be.

    Parameters
    ----------
    max_gates : int
        Gates of all of them, counted before a text is expanded.
    version : int or None
        Of OpenQASM texts without a version line; None guesses it.

    Examples
    --------
    >>> TextLimits().max_gates
    10000000
    """

    max_gates: int = MAX_GATES
    version: int | None = None


TEXT_LIMITS = TextLimits()
"""What holds where nobody says otherwise."""


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


class TextReader:
    """Reads an input, or a circuit, that holds program texts.

    Parameters
    ----------
    envelope : Envelope
        That of the body.
    key : str
        JSON path of the input.
    language : str
        One of `FORMATS`.
    limits : TextLimits
        What is allowed.
    """

    def __init__(
        self, envelope: Envelope, key: str, language: str, limits: TextLimits = TEXT_LIMITS
    ) -> None:
        self.envelope = envelope
        self.key = key
        self.language = language
        self.version = limits.version
        self.gates_left = limits.max_gates

    def read(
        self, fields: Fields, registers: Any, registers_path: str
    ) -> tuple[tuple[CircuitRequest, ...], bool, Any]:
        """Return the circuits, whether there are `circuits`, and the registers above them."""
        envelope, key = self.envelope, self.key
        envelope.note_unknown(fields, _INPUT_KEYS, f"{key}.")
        if not _is_given(fields, "circuits"):
            single = self.read_circuit(fields, key, [], registers, registers_path)
            return (single,), False, single.registers_given
        if _is_given(fields, "data"):
            envelope.refuse(f"{key}.data", None, '"data" and "circuits" are both given; keep one')
        requests = []
        for own, where, opened in envelope.entries(fields, key):
            if opened is None:
                requests.append(CircuitRequest(None, where, problems=tuple(own.problems)))
                continue
            envelope.note_unknown(opened, _CIRCUIT_KEYS, f"{key}.circuits[].")
            each = self.read_circuit(opened, where, own.problems, registers, registers_path)
            requests.append(each)
        return tuple(requests), True, registers

    def read_circuit(
        self,
        fields: Fields,
        path: str,
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
        problems : list of Problem
            What is wrong with it already; the rest is added.
        registers, registers_path
            Registers from above, and where they stand.
        """
        envelope = Envelope()
        envelope.problems = problems
        name = envelope.text(fields, "name", f"{path}.name")
        circuit = self._program(envelope, fields, f"{path}.data", name)
        _check_width(envelope, fields, path, circuit)
        given = envelope.json_copy(fields, "registers", f"{path}.registers")
        at = f"{path}.registers"
        if given is None:
            given, at = registers, registers_path
        width = None if circuit is None else _width(circuit)
        asked = read_registers(given, at, width, envelope)
        if problems or circuit is None:
            return CircuitRequest(None, path, name, asked, given, tuple(problems[:PROBLEM_LIMIT]))
        if given is None:
            asked = circuit.registers
            given = {key: list(bits) for key, bits in asked.items()} or None
        return CircuitRequest(circuit, path, name, asked, given)

    def _program(
        self, envelope: Envelope, fields: Fields, path: str, name: str | None
    ) -> Circuit | DynamicProgram | None:
        data = envelope.text(fields, "data", path)
        if data is None:
            if not any(problem.path == path for problem in envelope.problems):
                allowed = f"the program in {self.language} as a string"
                envelope.refuse(path, None, "missing", allowed)
            return None
        try:
            circuit = read_program(
                data,
                self.language,
                path=path,
                name=name,
                version=self.version,
                max_gates=self.gates_left,
            )
        except InputError as error:
            envelope.problems.extend(error.problems)
            return None
        self.gates_left = max(self.gates_left - len(circuit), 0)
        return circuit


def _is_given(fields: Fields, key: str) -> bool:
    value = fields.get(key)
    return value is not None and not (
        isinstance(value, msgspec.Raw) and bytes(memoryview(value)[:5]) == b"null"
    )


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
