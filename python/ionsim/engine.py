"""The way into the C++ core: whole batches in, NumPy arrays out.

Every call takes a list of programs and enters the core once; the core releases the interpreter lock
while it works, looks for Ctrl-C, and reports progress. Arrays are dense over the *touched* qubits:
bit j of an index belongs to ``program.touched[j]``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from . import _core
from .errors import InputError, LimitError, Problem, format_bytes
from .gates import Program
from .noise import NoiseModel

__all__ = [
    "Estimate",
    "RunOptions",
    "check_limits",
    "estimate",
    "expectations",
    "machine",
    "measured_qubits",
    "probabilities",
    "samples",
    "statevectors",
]

UInt64 = npt.NDArray[np.uint64]
Float64 = npt.NDArray[np.float64]

PRECISIONS = ("complex64", "complex128")
VERSION: str = _core.__version__


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How to run.

    Parameters
    ----------
    threads : int or None
        At most so many threads; None takes every core that the process may use.
    precision : str or None
        ``"complex64"`` or ``"complex128"`` (or the NumPy type); None takes complex128 for ideal
        and complex64 for noisy runs.
    fuse : bool
        Merge gates before running; off is the slow twin, for comparison.
    block : bool
        Run large states tile by tile; off is the slow twin.
    memory_limit_bytes : int or None
        Refuse what needs more; None allows 80 % of what is free.
    progress : callable or None
        Called with the fraction done, 0 to 1, at most every 50 ms; raising in it stops the run.

    Raises
    ------
    InputError
        An unknown precision, or a number below 1.

    Examples
    --------
    >>> RunOptions(precision="complex64").precision
    'complex64'
    """

    threads: int | None = None
    precision: str | None = None
    fuse: bool = True
    block: bool = True
    memory_limit_bytes: int | None = None
    progress: Callable[[float], None] | None = None

    def __post_init__(self) -> None:
        problems = []
        if self.precision is not None:
            try:
                name = np.dtype(self.precision).name
            except TypeError:
                name = str(self.precision)
            object.__setattr__(self, "precision", name)
            if name not in PRECISIONS:
                allowed = " or ".join(PRECISIONS)
                problems.append(
                    Problem("InvalidInput", "precision", repr(name), "unknown precision", allowed)
                )
        for field, value in (
            ("threads", self.threads),
            ("memory_limit_bytes", self.memory_limit_bytes),
        ):
            whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
            if value is not None and (not whole or value < 1):
                problems.append(
                    Problem("InvalidInput", field, repr(value), "out of range", "an integer from 1")
                )
        if problems:
            raise InputError(problems)

    def _for_core(self, *, noisy: bool) -> _core.RunOptions:
        return _core.RunOptions(
            precision=self.precision or ("complex64" if noisy else "complex128"),
            threads=min(self.threads or 0, 4096),
            fuse=self.fuse,
            block=self.block,
            memory_limit=float(self.memory_limit_bytes or 0),
            progress=self.progress,
        )


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a run will take, before anything is allocated.

    Parameters
    ----------
    method : str
        ``"statevector"`` or ``"trajectories"``.
    seconds : float
        Expected time; good to a factor of a few, depending on the machine.
    memory_bytes, memory_allowed_bytes : int
        Peak need, and what may be used.
    qubits_simulated : int
        Touched qubits.
    explain : str
        What the planner decided, for people.

    Examples
    --------
    >>> from ionsim.gates import read_gates
    >>> bell = [{"gate": "h", "target": 0}, {"gate": "cnot", "control": 0, "target": 1}]
    >>> estimate(read_gates(bell, gateset="qis", qubits=2, path="circuit"), 100).method
    'statevector'
    """

    method: str
    seconds: float
    memory_bytes: int
    memory_allowed_bytes: int
    qubits_simulated: int
    explain: str


@contextmanager
def _core_errors() -> Iterator[None]:
    """Turn the core's refusals into the package's errors."""
    try:
        yield
    except _core.LimitError as error:
        code, message, needed, allowed = error.args
        raise LimitError(message, code=code, needed=needed, allowed=allowed) from None
    except RuntimeError as error:
        if "IONSIM_ISA" not in str(error):
            raise
        raise InputError(Problem("InvalidInput", "IONSIM_ISA", "", str(error))) from None
    except MemoryError:
        message = "the system refused the memory that this run needs: use fewer qubits or shots"
        raise LimitError(message, code="CircuitTooLarge") from None


def _rates(noise: NoiseModel | None) -> _core.NoiseRates:
    model = noise if noise is not None else NoiseModel("ideal")
    return _core.NoiseRates(model.r1, model.r2, model.readout_flip)


def statevectors(programs: Sequence[Program], options: RunOptions) -> list[npt.NDArray[Any]]:
    """Final states of ideal circuits.

    Parameters
    ----------
    programs : sequence of Program
        The circuits.
    options : RunOptions
        How to run.

    Returns
    -------
    list of ndarray, shape (2**touched,)
        Amplitudes, complex64 or complex128.

    Raises
    ------
    LimitError
        More memory is needed than is allowed; nothing was allocated.

    Examples
    --------
    >>> from ionsim.gates import read_gates
    >>> x = read_gates([{"gate": "x", "target": 0}], gateset="qis", qubits=1, path="circuit")
    >>> statevectors([x], RunOptions())[0]
    array([0.+0.j, 1.+0.j])
    """
    with _core_errors():
        return list(_core.statevectors(list(programs), options._for_core(noisy=False)))


def probabilities(programs: Sequence[Program], options: RunOptions) -> list[Float64]:
    """Exact probabilities of the basis states of ideal circuits.

    Parameters
    ----------
    programs : sequence of Program
        The circuits.
    options : RunOptions
        How to run.

    Returns
    -------
    list of ndarray of float64, shape (2**touched,)
        Probabilities.

    Raises
    ------
    LimitError
        More memory is needed than is allowed; nothing was allocated.

    Examples
    --------
    >>> from ionsim.gates import read_gates
    >>> x = read_gates([{"gate": "x", "target": 0}], gateset="qis", qubits=1, path="circuit")
    >>> probabilities([x], RunOptions())[0]
    array([0., 1.])
    """
    with _core_errors():
        return list(_core.probabilities(list(programs), options._for_core(noisy=False)))


def samples(
    programs: Sequence[Program],
    shots: int,
    seeds: Sequence[int],
    options: RunOptions,
    *,
    noise: NoiseModel | None = None,
    shot_range: tuple[int, int] | None = None,
) -> list[UInt64]:
    """Outcomes, one a shot.

    An outcome depends on the circuit, the seed and the number of its shot only: not on threads,
    instruction set, the other circuits, or how the shots were divided into ranges.

    Parameters
    ----------
    programs : sequence of Program
        The circuits.
    shots : int
        Shots of each circuit, 1 to 2**48.
    seeds : sequence of int
        One seed a circuit, 0 to 2**64 - 1.
    options : RunOptions
        How to run.
    noise : NoiseModel or None
        None draws from the exact distribution.
    shot_range : (int, int) or None
        Run only shots ``range(*shot_range)`` of the `shots`; disjoint ranges together give exactly
        what one run gives.

    Returns
    -------
    list of ndarray of uint64, shape (shots in the range,)
        Bit j of an outcome is qubit ``measured_qubits(program, noise)[j]``.

    Raises
    ------
    LimitError
        More memory or more bits than allowed.

    Examples
    --------
    >>> from ionsim.gates import read_gates
    >>> x = read_gates([{"gate": "x", "target": 0}], gateset="qis", qubits=1, path="circuit")
    >>> samples([x], 3, [7], RunOptions())[0]
    array([1, 1, 1], dtype=uint64)
    """
    begin, end = shot_range if shot_range is not None else (0, shots)
    if not 0 <= begin <= end <= shots:
        message = "the shot range lies outside the shots"
        allowed = f"0 <= begin <= end <= {shots}"
        raise InputError(Problem("InvalidInput", "shot_range", repr(shot_range), message, allowed))
    noisy = noise is not None
    rates = _rates(noise) if noisy else None
    with _core_errors():
        return list(
            _core.samples(
                list(programs), rates, list(seeds), begin, end, options._for_core(noisy=noisy)
            )
        )


def measured_qubits(program: Program, noise: NoiseModel | None) -> npt.NDArray[np.int32]:
    """Qubits behind the bits of an outcome.

    Parameters
    ----------
    program : Program
        The circuit.
    noise : NoiseModel or None
        With a readout flip idle qubits are read too, since they may be flipped.

    Returns
    -------
    ndarray of int32
        Ascending qubit numbers: the touched ones, or all declared ones.

    Raises
    ------
    LimitError
        More than 64 bits.

    Examples
    --------
    >>> from ionsim.gates import read_gates
    >>> x = read_gates([{"gate": "x", "target": 2}], gateset="qis", qubits=4, path="circuit")
    >>> measured_qubits(x, None)
    array([2], dtype=int32)
    """
    with _core_errors():
        return _core.measured_qubits(program, _rates(noise))


def _masks(program: Program, pauli: str) -> tuple[int, int, bool]:
    """Return x and z over the touched qubits, and whether the value is zero anyway."""
    place = {qubit: j for j, qubit in enumerate(program.touched.tolist())}
    x = z = 0
    vanishes = False
    for qubit, letter in enumerate(reversed(pauli)):
        if letter == "I":
            continue
        if qubit not in place:
            # An idle qubit is |0>: Z is 1 there, X and Y average to 0.
            vanishes = vanishes or letter != "Z"
            continue
        if letter in "XY":
            x |= 1 << place[qubit]
        if letter in "YZ":
            z |= 1 << place[qubit]
    return x, z, vanishes


def expectations(
    programs: Sequence[Program], paulis: Sequence[str], options: RunOptions
) -> list[Float64]:
    """Expectation values of Pauli strings in the final states of ideal circuits.

    Parameters
    ----------
    programs : sequence of Program
        The circuits.
    paulis : sequence of str
        Letters I, X, Y, Z, one a declared qubit, the leftmost for the highest qubit.
    options : RunOptions
        How to run.

    Returns
    -------
    list of ndarray of float64, shape (len(paulis),)
        The values, -1 to 1.

    Raises
    ------
    InputError
        A string of another length, or with another letter.
    LimitError
        More memory is needed than is allowed.

    Examples
    --------
    >>> from ionsim.gates import read_gates
    >>> x = read_gates([{"gate": "x", "target": 0}], gateset="qis", qubits=2, path="circuit")
    >>> expectations([x], ["ZI", "IZ"], RunOptions())[0]
    array([ 1., -1.])
    """
    problems = [
        Problem(
            "InvalidInput",
            f"paulis[{index}]",
            repr(pauli),
            "not a Pauli string of this circuit",
            f"{program.qubits} letters I, X, Y, Z, the leftmost for the highest qubit",
        )
        for program in programs
        for index, pauli in enumerate(paulis)
        if not isinstance(pauli, str) or len(pauli) != program.qubits or set(pauli) - set("IXYZ")
    ]
    if problems:
        raise InputError(problems)
    masks = [[_masks(program, pauli) for pauli in paulis] for program in programs]
    terms = [[(x, z) for x, z, _ in row] for row in masks]
    with _core_errors():
        values = list(_core.expectations(list(programs), terms, options._for_core(noisy=False)))
    for value, row in zip(values, masks, strict=True):
        value[[vanishes for _, _, vanishes in row]] = 0.0
    return values


def estimate(
    program: Program,
    shots: int,
    options: RunOptions | None = None,
    *,
    noise: NoiseModel | None = None,
    task: str = "probabilities",
) -> Estimate:
    """Foretell time and memory.

    Parameters
    ----------
    program : Program
        The circuit.
    shots : int
        Shots of a noisy run.
    options : RunOptions or None
        How it would run.
    noise : NoiseModel or None
        None for an ideal run.
    task : str
        What is asked of an ideal run: ``"probabilities"``, ``"samples"`` or ``"statevector"``.

    Returns
    -------
    Estimate
        Method, time and memory.

    Raises
    ------
    LimitError
        The circuit cannot be simulated at all (more than 64 touched qubits).
    """
    noisy = noise is not None
    kind = "noisy" if noisy else task
    core_options = (options or RunOptions())._for_core(noisy=noisy)
    with _core_errors():
        row = _core.estimate(program, kind, _rates(noise), shots, core_options)
    return Estimate(
        method=row["method"],
        seconds=row["seconds"],
        memory_bytes=round(row["memory_bytes"]),
        memory_allowed_bytes=round(row["memory_allowed_bytes"]),
        qubits_simulated=row["qubits_simulated"],
        explain=row["explanation"],
    )


def check_limits(
    program: Program,
    options: RunOptions,
    noise: NoiseModel | None,
    *,
    shots: int = 1,
    device_limits: bool = True,
) -> None:
    """Refuse what cannot run, before anything is allocated.

    Parameters
    ----------
    program : Program
        The circuit.
    options : RunOptions
        How it would run.
    noise : NoiseModel or None
        The noise; its machine's number of qubits is a limit on the touched ones.
    shots : int
        Shots of a noisy run.
    device_limits : bool
        False lifts the machine's number of qubits.

    Raises
    ------
    LimitError
        ``NotEnoughQubits`` or ``CircuitTooLarge``.
    """
    touched = len(program.touched)
    limit = noise.qubit_limit if noise is not None else None
    if device_limits and limit is not None and touched > limit and noise is not None:
        message = (
            f"the circuit acts on {touched} qubits and {noise.name} has {limit}: use fewer, "
            "another noise model, or lift the device limits"
        )
        raise LimitError(message, code="NotEnoughQubits", needed=touched, allowed=limit)
    measured_qubits(program, noise)
    # Small runs fit any machine; asking for an estimate would cost more than running them.
    small = touched <= 16 and shots <= 1_000_000 and program.size <= 10_000
    if small and options.memory_limit_bytes is None:
        return
    need = estimate(program, shots, options, noise=noise)
    if need.memory_bytes > need.memory_allowed_bytes:
        message = (
            f"{touched} qubits need {format_bytes(need.memory_bytes)} of memory and "
            f"{format_bytes(need.memory_allowed_bytes)} are allowed: use fewer qubits, complex64, "
            "or raise the memory limit"
        )
        raise LimitError(
            message,
            code="CircuitTooLarge",
            needed=need.memory_bytes,
            allowed=need.memory_allowed_bytes,
        )


def machine() -> dict[str, Any]:
    """Describe what the core runs on.

    Returns
    -------
    dict
        ``version``, ``isa``, ``isa_available``, ``threads``, ``memory_available_bytes``.

    Examples
    --------
    >>> "portable" in machine()["isa_available"]
    True
    """
    with _core_errors():
        isa = _core.active_isa()
    return {
        "version": VERSION,
        "isa": isa,
        "isa_available": _core.runnable_isas(),
        "threads": _core.available_threads(),
        "memory_available_bytes": _core.available_memory(),
    }
