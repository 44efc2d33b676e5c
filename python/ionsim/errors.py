"""The errors that ionsim raises, all of them below one root.

::

    IonsimError
    |-- InputError (also a ValueError)   the job, circuit or argument is not as it must be
    |-- LimitError                       it is well formed, but needs more than is allowed here
    |-- SimulationError                  something broke while a circuit ran
    `-- JobFailedError                   results were asked from a job that has none

Nothing else leaves the package for a bad input, so ``except ionsim.IonsimError`` is enough.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

__all__ = [
    "PROBLEM_LIMIT",
    "Failure",
    "InputError",
    "IonsimError",
    "JobFailedError",
    "LimitError",
    "Problem",
    "SimulationError",
    "format_bytes",
    "format_value",
]

PROBLEM_LIMIT = 20
"""How many problems of one circuit (or one job body) are collected and listed."""

_MOST_BITS = 128
_MOST_CHARACTERS = 60


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with an input: where, what came, what is allowed, what to do.

    Parameters
    ----------
    code : str
        ``InvalidInput``, ``UnsupportedGate``, ``TooManyControls``, ``NotEnoughQubits``,
        ``CircuitTooLarge`` or ``QuantumCircuitComplexityError``.
    path : str
        JSON path such as ``input.circuit[3].target``; empty for the whole body.
    value : str
        What came, shortened, as JSON; empty where nothing came.
    message : str
        What is wrong, and what to do where that is not obvious.
    allowed : str
        What is allowed in this place; empty where the message says it.

    Examples
    --------
    >>> print(Problem("InvalidInput", "shots", "0", "out of range", "an integer from 1 to 1000000"))
    shots: out of range; got 0; allowed: an integer from 1 to 1000000
    """

    code: str
    path: str
    value: str = ""
    message: str = ""
    allowed: str = ""

    def __str__(self) -> str:
        parts = [self.message] if self.message else []
        if self.value:
            parts.append(f"got {self.value}")
        if self.allowed:
            parts.append(f"allowed: {self.allowed}")
        return f"{self.path or 'the job'}: {'; '.join(parts)}"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a job failed.

    Parameters
    ----------
    code : str
        One of the problem codes, ``SimulationError`` or ``InternalError``.
    error : str
        The text for people.

    Examples
    --------
    >>> print(Failure("NotEnoughQubits", "26 qubits are touched, aria-1 has 25"))
    NotEnoughQubits: 26 qubits are touched, aria-1 has 25
    """

    code: str
    error: str

    def __str__(self) -> str:
        return f"{self.code}: {self.error}"


class IonsimError(Exception):
    """The root of all errors of this package."""


class InputError(IonsimError, ValueError):
    """An input that cannot be run; lists every problem that was found.

    Parameters
    ----------
    problems : Problem or iterable of Problem
        At least one; the first 20 are listed in the text.

    Examples
    --------
    >>> error = InputError(Problem("InvalidInput", "shots", "0", "out of range", "1 to 1000000"))
    >>> error.code, error.problems[0].path
    ('InvalidInput', 'shots')
    """

    problems: tuple[Problem, ...]

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        found = (problems,) if isinstance(problems, Problem) else tuple(problems)
        if not found:
            raise TypeError("InputError needs at least one problem")
        super().__init__(found)
        self.problems = found

    @property
    def code(self) -> str:
        """The code of the first problem."""
        return self.problems[0].code

    def __str__(self) -> str:
        if len(self.problems) == 1:
            return str(self.problems[0])
        lines = [f"{len(self.problems)} problems:"]
        lines += [f"  {problem}" for problem in self.problems[:PROBLEM_LIMIT]]
        if len(self.problems) > PROBLEM_LIMIT:
            lines.append(f"  ... and {len(self.problems) - PROBLEM_LIMIT} more")
        return "\n".join(lines)


class LimitError(IonsimError):
    """The work is well formed but larger than this machine, device model or value allows.

    Parameters
    ----------
    message : str
        What is needed, what there is, and what to do.
    code : str
        ``NotEnoughQubits`` for a device's qubits, ``CircuitTooLarge`` for memory and sizes,
        ``QuantumCircuitComplexityError`` for a pauliexp beyond what rounding allows.
    needed, allowed : float or None
        The two numbers behind the message (qubits, bytes, bits), where there are any.

    Examples
    --------
    >>> raise LimitError("26 qubits, at most 25", code="NotEnoughQubits", needed=26, allowed=25)
    Traceback (most recent call last):
    ...
    ionsim.errors.LimitError: 26 qubits, at most 25
    """

    def __init__(
        self,
        message: str,
        *,
        code: str = "CircuitTooLarge",
        needed: float | None = None,
        allowed: float | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.needed = needed
        self.allowed = allowed

    # BaseException pickles positional arguments only; workers send these errors home.
    def __reduce__(self) -> tuple[Callable[..., LimitError], tuple[Any, ...]]:
        return _limit_error, (str(self), self.code, self.needed, self.allowed)


def _limit_error(
    message: str, code: str, needed: float | None, allowed: float | None
) -> LimitError:
    return LimitError(message, code=code, needed=needed, allowed=allowed)


class SimulationError(IonsimError):
    """Something broke while a circuit ran; the cause is chained where there is one."""

    code = "SimulationError"


class JobFailedError(IonsimError):
    """Results were asked from a failed job.

    Parameters
    ----------
    failure : Failure
        Why the job failed.

    Examples
    --------
    >>> JobFailedError(Failure("SimulationError", "out of memory")).failure.code
    'SimulationError'
    """

    failure: Failure

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure)
        self.failure = failure

    def __str__(self) -> str:
        return f"the job failed and has no results: {self.failure}"


def format_bytes(size_bytes: float) -> str:
    """Write a number of bytes for people.

    Examples
    --------
    >>> format_bytes(80), format_bytes(1536), format_bytes(17.6 * 2**30)
    ('80 B', '1.5 KiB', '17.6 GiB')
    """
    units = ("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB")
    unit = 0
    while size_bytes >= 1024 and unit + 1 < len(units):
        size_bytes /= 1024
        unit += 1
    number = f"{size_bytes:.3g}" if size_bytes < 1000 else f"{size_bytes:.0f}"
    return f"{number} {units[unit]}"


def format_value(value: object) -> str:
    """Write any value of Python's for a message, shortened.

    Examples
    --------
    >>> format_value("frame"), format_value(10**5000)  # Python itself refuses to write the latter
    ("'frame'", 'an integer of 16610 bits')
    """
    if isinstance(value, int) and value.bit_length() > _MOST_BITS:
        return f"an integer of {value.bit_length()} bits"
    try:
        text = repr(value)
    except ValueError:  # such an integer inside
        text = f"a Python {type(value).__name__}"
    return text if len(text) <= _MOST_CHARACTERS else text[: _MOST_CHARACTERS - 3] + "..."
