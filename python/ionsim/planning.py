"""What a run will take and whether it may: told before anything is allocated."""

from __future__ import annotations

from dataclasses import dataclass

from . import _core
from .bits import UINT64_BITS
from .circuit import Circuit
from .engine import core_errors, measured_qubits, rates_of
from .errors import LimitError
from .formats import DynamicProgram
from .gates import Program
from .noise import NoiseModel
from .run_options import RunOptions

__all__ = ["Estimate", "ModeEstimate", "check_limits", "estimate", "planned"]


@dataclass(frozen=True, slots=True)
class ModeEstimate:
    """What a noisy run would take in one mode.

    Parameters
    ----------
    mode : str
        ``"trajectories"``, ``"frame"``, ``"exact"`` or ``"erasure"``.
    possible : bool
        Whether the circuit can run so.
    why_not : str
        The reason where it cannot.
    work : float
        Updates of an amplitude, or of a component of a mixed state.
    seconds : float
        Expected time.
    memory_bytes : int
        Peak need, without the outcomes.

    Examples
    --------
    >>> ModeEstimate("frame", True, "", 1e6, 0.001, 4096).mode
    'frame'
    """

    mode: str
    possible: bool
    why_not: str
    work: float
    seconds: float
    memory_bytes: int


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a run will take, before anything is allocated.

    Parameters
    ----------
    method : str
        ``"statevector"`` for an ideal run; for a noisy one the mode that the planner takes.
    seconds : float
        Expected time; good to a factor of a few, depending on the machine.
    memory_bytes, memory_allowed_bytes : int
        Peak need, and what may be used.
    qubits_simulated : int
        Touched qubits.
    explain : str
        What the planner decided, for people.
    modes : tuple of ModeEstimate
        All modes of a noisy run, the one taken among them; empty for an ideal run.
    flops, moved_bytes, passes : float
        Of an ideal run: operations on floating-point numbers, what is read and written of the
        state, and how often that is the whole of it; 0 for a noisy run.

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
    modes: tuple[ModeEstimate, ...] = ()
    flops: float = 0.0
    moved_bytes: float = 0.0
    passes: float = 0.0


def planned(circuit: Circuit | DynamicProgram) -> Program | DynamicProgram:
    """Return what `estimate` and `check_limits` look at.

    Examples
    --------
    >>> planned(Circuit([{"gate": "h", "target": 0}])).size
    1
    """
    return circuit if isinstance(circuit, DynamicProgram) else circuit.program


def _check_mode(
    program: Program | DynamicProgram, options: RunOptions, noise: NoiseModel | None
) -> None:
    modes = ("auto", "trajectories")
    if noise is None or not isinstance(program, DynamicProgram) or options.mode in modes:
        return
    message = (
        f"the mode {options.mode} cannot run this program: it measures on the way; "
        "take trajectories, or auto"
    )
    raise LimitError(message, code="QuantumCircuitComplexityError")


def estimate(
    program: Program | DynamicProgram,
    shots: int,
    options: RunOptions | None = None,
    *,
    noise: NoiseModel | None = None,
    task: str = "probabilities",
) -> Estimate:
    """Foretell time and memory.

    Parameters
    ----------
    program : Program or DynamicProgram
        The circuit, or a program that measures on the way: of one with loops, each is counted once.
    shots : int
        Shots of a noisy run, or of a program that measures on the way.
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
        The circuit cannot be simulated at all (more than 64 touched qubits), or not in this mode.
    """
    noisy = noise is not None
    kind = "noisy" if noisy else task
    options = options or RunOptions()
    _check_mode(program, options, noise)
    core_options = options.for_core(noisy=noisy)
    with core_errors:
        if isinstance(program, DynamicProgram):
            rates = rates_of(noise) if noisy else None
            row = _core.estimate_dynamic(
                **program.for_core(), rates=rates, shots=shots, options=core_options
            )
        else:
            row = _core.estimate(program, kind, rates_of(noise), shots, core_options)
    return Estimate(
        method=row["method"],
        seconds=row["seconds"],
        memory_bytes=round(row["memory_bytes"]),
        memory_allowed_bytes=round(row["memory_allowed_bytes"]),
        qubits_simulated=row["qubits_simulated"],
        explain=row["explanation"],
        modes=tuple(
            ModeEstimate(mode, not why_not, why_not, work, seconds, round(memory))
            for mode, why_not, work, seconds, memory in row["modes"]
        ),
        flops=row["flops"],
        moved_bytes=row["moved_bytes"],
        passes=row["passes"],
    )


def check_limits(
    program: Program | DynamicProgram,
    options: RunOptions,
    noise: NoiseModel | None,
    *,
    shots: int = 1,
    device_limits: bool = True,
) -> None:
    """Refuse what cannot run, before anything is allocated.

    Parameters
    ----------
    program : Program or DynamicProgram
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
        ``NotEnoughQubits``, ``CircuitTooLarge`` or ``QuantumCircuitComplexityError``.
    """
    _check_mode(program, options, noise)
    gates = program.gates if isinstance(program, DynamicProgram) else program
    touched = gates.touched.size
    limit = noise.qubit_limit if noise is not None else None
    if device_limits and limit is not None and touched > limit and noise is not None:
        message = (
            f"the circuit acts on {touched} qubits and {noise.name} has {limit}: use fewer, "
            "another noise model, or lift the device limits"
        )
        raise LimitError(message, code="NotEnoughQubits", needed=touched, allowed=limit)
    if touched > UINT64_BITS or (noise is not None and noise.readout_flip > 0.0):
        measured_qubits(gates, noise)  # refuses outcomes of more bits
    # Small runs fit any machine; asking for an estimate would cost more than running them.
    small = touched <= 16 and shots <= 1_000_000 and gates.size <= 10_000
    if small and options.memory_limit_bytes is None:
        return
    noisy = noise is not None
    kind = "noisy" if noisy else "probabilities"
    core_options = options.for_core(noisy=noisy)
    with core_errors:
        if isinstance(program, DynamicProgram):
            _core.check_dynamic_memory(**program.for_core(), shots=shots, options=core_options)
        else:
            _core.check_memory(program, kind, rates_of(noise), shots, core_options)
