"""Programs that measure, reset or branch on the way, as frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..gates import Program

__all__ = ["CODE_OPS", "FLOW_OPS", "DynamicProgram", "TextRegister"]

FLOW_OPS = ("gates", "measure", "reset", "set", "set_bits", "jump", "jump_unless", "round")
"""Names of the instructions by their codes; csrc/program/flow.h says what they do."""

CODE_OPS = (
    "constant", "variable", "bits", "not", "invert", "negate", "add", "subtract", "multiply", "and",
    "or", "xor", "shift_left", "shift_right", "equal", "unequal", "less", "less_equal", "greater",
    "greater_equal", "popcount",
)  # fmt: skip
"""Names of the stack code's operations, in the order of their codes."""

Int64 = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class TextRegister:
    """Consecutive qubits or classical bits with a name.

    Parameters
    ----------
    name : str
        As declared.
    first, size : int
        Its first qubit or bit, and how many there are.
    """

    name: str
    first: int
    size: int


@dataclass(frozen=True, slots=True, eq=False)
class DynamicProgram:
    """A program that is more than a circuit with measurements at its end.

    Attributes
    ----------
    gates : Program
        Every gate of the text, in the order of execution where there are no jumps.
    reason : str
        What makes the program dynamic, with line and column.
    instructions : ndarray of int64, shape (n, 3)
        Code (see `FLOW_OPS`) and two operands.
    code : ndarray of int64, shape (m, 2)
        Stack code of all expressions: code (see `CODE_OPS`) and operand.
    code_starts : ndarray of int64
        Row r of `code`, expression r, is ``code[code_starts[r]:code_starts[r + 1]]``.
    bits, variables, loops : int
        Classical bits, all variables (bits first), and loops with counted rounds.
    qubit_registers, bit_registers : tuple of TextRegister
        As declared; the bits of the result are those of `bit_registers`, the first lowest.
    name : str or None
        A name for people.
    """

    gates: Program
    reason: str
    instructions: Int64
    code: Int64
    code_starts: Int64
    bits: int
    variables: int
    loops: int
    qubit_registers: tuple[TextRegister, ...]
    bit_registers: tuple[TextRegister, ...]
    name: str | None = None

    @property
    def qubits(self) -> int:
        """Declared qubits."""
        return self.gates.qubits

    @property
    def program(self) -> Program:
        """The gates, as those of a `Circuit`."""
        return self.gates

    @property
    def gateset(self) -> str:
        """``"qis"`` or ``"native"``."""
        return self.gates.gateset

    @property
    def width(self) -> int:
        """Bits of a result."""
        return sum(register.size for register in self.bit_registers)

    @property
    def registers(self) -> Mapping[str, tuple[int | None, ...]]:
        """Register name -> the bits of a result that belong to it."""
        found: dict[str, tuple[int | None, ...]] = {}
        place = 0
        for register in self.bit_registers:
            found[register.name] = tuple(range(place, place + register.size))
            place += register.size
        return found

    def for_core(self) -> dict[str, Any]:
        """Return what the core's functions on such programs take, by name."""
        return {
            "gates": self.gates,
            "instructions": self.instructions,
            "code": self.code,
            "code_starts": self.code_starts,
            "bits": self.bits,
            "variables": self.variables,
            "loops": self.loops,
            "registers": [(each.name, each.first, each.size) for each in self.bit_registers],
        }

    def __len__(self) -> int:
        return self.gates.size

    @classmethod
    def from_core(
        cls, gates: Program, found: Mapping[str, Any], name: str | None = None
    ) -> DynamicProgram:
        """Wrap what the core's reader returns."""
        return cls(
            gates,
            found["dynamic_reason"],
            found["instructions"].reshape(-1, 3),
            found["code"].reshape(-1, 2),
            found["code_starts"],
            found["bits"],
            found["variables"],
            found["loops"],
            tuple(TextRegister(*row) for row in found["qubit_registers"]),
            tuple(TextRegister(*row) for row in found["bit_registers"]),
            name,
        )

    def __repr__(self) -> str:
        return f"DynamicProgram(qubits={self.qubits}, gates={self.gates.size}, bits={self.bits})"
