"""Program texts: OpenQASM 2 and 3 and Quipper's ASCII format in, OpenQASM out."""

from __future__ import annotations

from .dynamic import DynamicProgram
from .reader import FORMATS, MAX_GATES, guess_format, read_ionq_qasm3, read_program, read_text
from .writer import to_openqasm2, to_openqasm3

__all__ = [
    "FORMATS",
    "MAX_GATES",
    "DynamicProgram",
    "guess_format",
    "read_ionq_qasm3",
    "read_program",
    "read_text",
    "to_openqasm2",
    "to_openqasm3",
]
