"""Program texts to circuits: the core reads, this module says where the text came from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .. import _core
from ..circuit import Circuit
from ..errors import PROBLEM_LIMIT, InputError, Problem
from .dynamic import DynamicProgram, TextRegister

__all__ = ["FORMATS", "MAX_GATES", "guess_format", "read_ionq_qasm3", "read_program", "read_text"]

FORMATS = ("openqasm", "qasm", "quipper")
"""Values of ``input.format`` that name a program text; the first two mean the same."""

MAX_GATES = 10_000_000
MAX_ROUNDS = 1_000

_QUIPPER = re.compile(r"(?m)^\s*Inputs:")
_OPENQASM = re.compile(r"\bOPENQASM\b|\bqreg\b|\bqubit\b|\binclude\b")


def guess_format(text: str) -> str | None:
    """Tell the language of a program text; None for what looks like none.

    Examples
    --------
    >>> guess_format("qubit q; h q;"), guess_format("Inputs: 0:Qbit"), guess_format("{}")
    ('openqasm', 'quipper', None)
    """
    if text.lstrip().startswith(("{", "[")):
        return None
    if _QUIPPER.search(text):
        return "quipper"
    return "openqasm" if _OPENQASM.search(text) else None


def read_program(
    text: str,
    language: str = "openqasm",
    *,
    path: str = "",
    name: str | None = None,
    version: int | None = None,
    inputs: Mapping[str, float] | None = None,
    max_gates: int = MAX_GATES,
    max_rounds: int = MAX_ROUNDS,
    limit: int = PROBLEM_LIMIT,
) -> Circuit | DynamicProgram:
    """Read a program text of any kind.

    Parameters
    ----------
    text : str
        The program.
    language : str
        ``"openqasm"`` (or ``"qasm"``), which is OpenQASM 2 or 3, or ``"quipper"``.
    path : str
        What the text is called in messages, such as ``input.data``.
    name : str, optional
        A name for the circuit.
    version : {2, 3}, optional
        Of OpenQASM without a version line; None: 3 if it declares ``qubit`` or ``bit``, else 2.
    inputs : mapping of str to number, optional
        Values of the ``input`` declarations of OpenQASM 3.
    max_gates : int
        Refuse, before it is expanded, what expands to more gates.
    max_rounds : int
        How often a loop on measured bits may run in one shot.
    limit : int
        Stop after this many problems.

    Returns
    -------
    Circuit or DynamicProgram
        A circuit if all measurements come last and nothing depends on them.

    Raises
    ------
    InputError
        Lists the problems, with line and column.

    Examples
    --------
    >>> read_program("qubit[2] q; h q[0]; cx q[0], q[1];")
    Circuit(qubits=2, gates=2, gateset='qis')
    """
    if language not in FORMATS:
        allowed = ", ".join(f'"{known}"' for known in FORMATS)
        raise InputError(Problem("InvalidInput", "format", repr(language), "unknown", allowed))
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        message = f"the text holds a lone surrogate at character {error.start}"
        raise InputError(Problem("InvalidInput", path, "", message)) from None
    gates, found, rows = _core.read_text(
        text.removeprefix("\ufeff"),
        "quipper" if language == "quipper" else "openqasm",
        path=path,
        limit=limit,
        version=version or 0,
        inputs=_numbers(inputs or {}),
        max_gates=max_gates,
        max_rounds=max_rounds,
    )
    if gates is None:
        raise InputError([Problem(*row) for row in rows])
    if found["dynamic"]:
        return DynamicProgram.from_core(gates, found, name)
    return _circuit(gates, found, name)


def _numbers(inputs: Mapping[str, float]) -> dict[str, float]:
    numbers = {}
    for key, value in inputs.items():
        try:
            numbers[str(key)] = float(value)
        except (TypeError, ValueError, OverflowError):
            problem = Problem(
                "InvalidInput", f"inputs.{key}", repr(value), "not a number", "a number"
            )
            raise InputError(problem) from None
    return numbers


def _circuit(gates: Any, found: Mapping[str, Any], name: str | None) -> Circuit:
    measured = None
    registers: dict[str, tuple[int | None, ...]] = {}
    if found["measured"]:
        measured = tuple(None if source < 0 else source for source in found["sources"].tolist())
        place = 0
        for row in found["bit_registers"]:
            register = TextRegister(*row)
            registers[register.name] = measured[place : place + register.size]
            place += register.size
    return Circuit.from_program(
        gates,
        name=name,
        registers=registers or None,
        measured=measured,
        assertions=tuple(found["assertions"]),
    )


def read_text(text: str, language: str = "openqasm", **options: Any) -> Circuit:
    """Read a program text that is a circuit; the parameters are those of `read_program`.

    Raises
    ------
    InputError
        The text has problems, or measures on the way.

    Examples
    --------
    >>> read_text("qreg q[1]; creg c[2]; x q[0]; measure q[0] -> c[1];").measured
    (None, 0)
    """
    found = read_program(text, language, **options)
    if isinstance(found, Circuit):
        return found
    place, _, reason = found.reason.partition(": ")
    path = options.get("path", "")
    raise InputError(
        Problem(
            "InvalidInput",
            f"{path}: {place}" if path else place,
            "",
            f"{reason}; this dynamic program is no circuit: ionsim.run runs it",
            "measurements at the end, reset of unused qubits, conditions on known values",
        )
    )


def read_ionq_qasm3(
    data: Any, path: str = "input.data", name: str | None = None
) -> Circuit | DynamicProgram:
    """Read the ``input.data`` of a v0.4 job of type ``ionq.qasm3.v1``.

    Raises
    ------
    InputError
        `data` is no text, or no program that can be run.

    Examples
    --------
    >>> read_ionq_qasm3("OPENQASM 3.0; qubit[1] q; gpi(0.25) q[0];").gateset
    'native'
    """
    if not isinstance(data, str):
        problem = Problem(
            "InvalidInput", path, repr(data)[:60], "not a text", "a program in OpenQASM 3"
        )
        raise InputError(problem)
    return read_program(data, "openqasm", path=path, name=name, version=3)
