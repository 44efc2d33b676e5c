"""Circuits as frozen values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from numbers import Integral
from typing import Any

from .errors import InputError, Problem
from .gates import GATE_SETS, GATES, GateInfo, Program, read_gates
from .op import Op, is_list

__all__ = ["Circuit", "Op"]

_LETTERS = "IXYZ"
_MAX_QUBITS = 2**31 - 1


def _is_whole(value: object) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)


def _register_problems(registers: object) -> list[Problem]:
    """Return what is wrong with the form of registers, before their qubits are looked up."""
    if registers is None:
        return []
    allowed = "a mapping of names to lists of qubits or None"
    if not isinstance(registers, Mapping):
        return [Problem("InvalidInput", "registers", repr(registers), "not registers", allowed)]
    return [
        Problem("InvalidInput", f"registers.{key}", repr(bits), "not a register", allowed)
        for key, bits in registers.items()
        if not isinstance(key, str)
        or not is_list(bits)
        or any(qubit is not None and not _is_whole(qubit) for qubit in bits)
    ]


class Circuit:
    """An immutable circuit; all declared qubits are measured at its end.

    Parameters
    ----------
    ops : iterable of Op or mapping
        The gates: `Op`, or dicts in the provider's JSON form.
    qubits : int, optional
        Declared qubits; the highest index + 1 where absent.
    gateset : str
        ``"qis"`` or ``"native"``.
    name : str, optional
        A name for people.
    registers : mapping of str to sequence of int or None, optional
        Named groups of qubits; None reads 0.

    Raises
    ------
    InputError
        A gate is not as it must be; the error lists every problem with its place.

    Examples
    --------
    >>> bell = Circuit([Op("h", 0), Op("cnot", 1, controls=0)])
    >>> bell
    Circuit(qubits=2, gates=2, gateset='qis')
    >>> bell.gate_counts
    {'1q': 1, '2q': 1}
    """

    __slots__ = ("__dict__", "_assertions", "_measured", "_name", "_program", "_registers")

    def __init__(
        self,
        ops: Iterable[Op | Mapping[str, Any]] = (),
        *,
        qubits: int | None = None,
        gateset: str = "qis",
        name: str | None = None,
        registers: Mapping[str, Sequence[int | None]] | None = None,
    ) -> None:
        if gateset not in GATE_SETS:
            message = "unknown gate set"
            allowed = " or ".join(GATE_SETS)
            raise InputError(Problem("InvalidInput", "gateset", repr(gateset), message, allowed))
        if isinstance(ops, (str, bytes, Mapping)) or not isinstance(ops, Iterable):
            message = "a circuit is a list of gates"
            kind = type(ops).__name__
            raise InputError(Problem("InvalidInput", "ops", kind, message, "Op values or dicts"))
        problems = []
        if qubits is not None and not (_is_whole(qubits) and 1 <= qubits <= _MAX_QUBITS):
            allowed = f"an integer from 1 to {_MAX_QUBITS}, or None"
            problems.append(
                Problem("InvalidInput", "qubits", repr(qubits), "not a number of qubits", allowed)
            )
        if name is not None and not isinstance(name, str):
            problems.append(
                Problem("InvalidInput", "name", repr(name), "not a text", "a str, or None")
            )
        problems += _register_problems(registers)
        if problems:
            raise InputError(problems)
        rows = [op.to_dict() if isinstance(op, Op) else op for op in ops]
        width = None if qubits is None else int(qubits)
        program = read_gates(rows, gateset=gateset, qubits=width, path="ops")
        self._set(program, name, registers)

    def _set(
        self,
        program: Program,
        name: str | None,
        registers: Mapping[str, Sequence[int | None]] | None,
        measured: Sequence[int | None] | None = None,
        assertions: Sequence[tuple[int, bool, str]] = (),
    ) -> None:
        self._measured = None if measured is None else tuple(measured)
        self._assertions = tuple(assertions)
        self._program = program
        self._name = name
        self._registers = {key: tuple(bits) for key, bits in (registers or {}).items()}
        outside = [
            Problem(
                "InvalidInput",
                f"registers.{key}[{place}]",
                repr(qubit),
                "not a qubit of the circuit",
                f"0 to {program.qubits - 1} or None",
            )
            for key, bits in self._registers.items()
            for place, qubit in enumerate(bits)
            if qubit is not None and not 0 <= qubit < program.qubits
        ]
        if outside:
            raise InputError(outside)

    @classmethod
    def from_program(
        cls,
        program: Program,
        *,
        name: str | None = None,
        registers: Mapping[str, Sequence[int | None]] | None = None,
        measured: Sequence[int | None] | None = None,
        assertions: Sequence[tuple[int, bool, str]] = (),
    ) -> Circuit:
        """Wrap a program that the core has checked already.

        Parameters
        ----------
        program : Program
            From `ionsim.gates.read_gates`, or made from arrays.
        name, registers
            As in the constructor.
        measured, assertions
            See the properties of these names.

        Returns
        -------
        Circuit
            The circuit over the same program.
        """
        circuit = cls.__new__(cls)
        circuit._set(program, name, registers, measured, assertions)
        return circuit

    @classmethod
    def from_qasm(cls, text: str, *, name: str | None = None, **options: Any) -> Circuit:
        """Read OpenQASM 2 or 3.

        Parameters
        ----------
        text : str
            The program, not a path.
        name : str, optional
            A name for people.
        **options
            ``inputs``, ``version``, ``max_gates`` of `ionsim.formats.read_program`.

        Raises
        ------
        InputError
            Lists every problem with line and column.

        Examples
        --------
        >>> Circuit.from_qasm("qreg q[2]; h q[0]; cx q[0], q[1];").to_dicts()[1]
        {'gate': 'x', 'target': 1, 'control': 0}
        """
        from .formats import read_text

        return read_text(text, "openqasm", name=name, **options)

    @classmethod
    def from_quipper(cls, text: str, *, name: str | None = None, **options: Any) -> Circuit:
        r"""Read Quipper's ASCII format; the parameters are those of `from_qasm`.

        Examples
        --------
        >>> text = 'Inputs: 0:Qbit\nQGate["H"](0)\nOutputs: 0:Qbit'
        >>> Circuit.from_quipper(text).to_dicts()
        [{'gate': 'h', 'target': 0}]
        """
        from .formats import read_text

        return read_text(text, "quipper", name=name, **options)

    def to_qasm(self, version: int = 3) -> str:
        """Write the circuit as OpenQASM 2 or 3.

        Raises
        ------
        InputError
            The version is another one, or lacks a gate of the circuit.

        Examples
        --------
        >>> Circuit([Op("x", 0)]).to_qasm(2).splitlines()[-1]
        'x q[0];'
        """
        from .formats import to_openqasm2, to_openqasm3

        if version not in (2, 3):
            raise InputError(Problem("InvalidInput", "version", repr(version), "unknown", "2 or 3"))
        return to_openqasm2(self) if version == 2 else to_openqasm3(self)

    @property
    def program(self) -> Program:
        """The circuit in the core's form."""
        return self._program

    @property
    def name(self) -> str | None:
        """A name for people."""
        return self._name

    @property
    def registers(self) -> Mapping[str, tuple[int | None, ...]]:
        """Named groups of qubits."""
        return dict(self._registers)

    @property
    def measured(self) -> tuple[int | None, ...] | None:
        """The qubit that each classical bit of a program text reads, None for one that stays 0.

        Results are over these bits; where this is None, they are over the declared qubits.
        """
        return self._measured

    @property
    def assertions(self) -> tuple[tuple[int, bool, str], ...]:
        """Qubits that must end as 0 or 1 for certain: (qubit, value, place in the text)."""
        return self._assertions

    @property
    def qubits(self) -> int:
        """Declared qubits."""
        return self._program.qubits

    @property
    def gateset(self) -> str:
        """``"qis"`` or ``"native"``."""
        return self._program.gateset

    @cached_property
    def touched(self) -> tuple[int, ...]:
        """Qubits that a gate acts on, ascending; the others are not simulated."""
        return tuple(self._program.touched.tolist())

    @cached_property
    def gate_counts(self) -> Mapping[str, int]:
        """Gates on one and on two qubits, larger ones broken up as for noise."""
        one_qubit, two_qubit = self._program.gate_counts
        return {"1q": one_qubit, "2q": two_qubit}

    @cached_property
    def ops(self) -> tuple[Op, ...]:
        """The gates as values."""
        return tuple(_ops(self._program))

    def to_dicts(self) -> list[dict[str, Any]]:
        """Return the gate list in the provider's JSON form.

        Returns
        -------
        list of dict
            What ``input.circuit`` of a job holds.

        Examples
        --------
        >>> Circuit([Op("rx", 0, rotation=0.5)]).to_dicts()
        [{'gate': 'rx', 'target': 0, 'rotation': 0.5}]
        """
        return [op.to_dict() for op in self.ops]

    def __len__(self) -> int:
        return self._program.size

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Circuit):
            return NotImplemented
        return (
            (self.qubits, self.gateset, self.name, self._registers, self._measured)
            == (other.qubits, other.gateset, other.name, other._registers, other._measured)
            and len(self) == len(other)
            and self.ops == other.ops
        )

    def __hash__(self) -> int:
        return hash((self.qubits, self.gateset, self.name, self.ops))

    def __reduce__(self) -> tuple[Any, ...]:
        parts = (self._program, self._name, self._registers, self._measured, self._assertions)
        return _from_parts, parts

    def __repr__(self) -> str:
        name = f", name={self.name!r}" if self.name is not None else ""
        return f"Circuit(qubits={self.qubits}, gates={len(self)}, gateset={self.gateset!r}{name})"


def _from_parts(
    program: Program,
    name: str | None,
    registers: Mapping[str, Sequence[int | None]],
    measured: Sequence[int | None] | None = None,
    assertions: Sequence[tuple[int, bool, str]] = (),
) -> Circuit:
    return Circuit.from_program(
        program, name=name, registers=registers, measured=measured, assertions=assertions
    )


def _fields(info: GateInfo, numbers: list[float]) -> dict[str, Any]:
    """Give the numbers of a gate back to their fields."""
    fields: dict[str, Any] = {}
    for parameter in info.parameters:
        if not numbers:
            break
        taken, numbers = numbers[: parameter.count], numbers[parameter.count :]
        fields[parameter.field] = taken[0] if parameter.count == 1 else tuple(taken)
    return fields


def _ops(program: Program) -> Iterable[Op]:
    arrays = {name: array.tolist() for name, array in program.arrays().items()}
    for index, code in enumerate(arrays["gates"]):
        info = GATES[code]

        def row(name: str, starts: str, index: int = index) -> list[Any]:
            begin, end = arrays[starts][index : index + 2]
            values: list[Any] = arrays[name][begin:end]
            return values

        qubits = row("qubit_indices", "qubit_starts")
        numbers = row("parameters", "parameter_starts")
        controls = arrays["control_counts"][index]
        targets = qubits[controls:]
        if info.name == "pauliexp":
            letters = row("letters", "letter_starts")
            width = len(targets)
            # Letter j acts on target j; the text has the last target first.
            terms = tuple(
                "".join(_LETTERS[letter] for letter in reversed(letters[start : start + width]))
                for start in range(0, len(letters), width)
            )
            fields: dict[str, Any] = {
                "terms": terms,
                "coefficients": tuple(numbers[1:]),
                "time": numbers[0],
            }
        else:
            fields = _fields(info, numbers)
        yield Op(info.name, targets, controls=qubits[:controls], **fields)
