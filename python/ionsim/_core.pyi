"""
The C++ core of ionsim.
"""
from __future__ import annotations
import collections.abc
import numpy
import numpy.typing
import typing
__all__: list[str] = ['LimitError', 'NoiseRates', 'Program', 'RunOptions', 'active_isa', 'available_memory', 'available_threads', 'check_dynamic_memory', 'check_memory', 'estimate', 'estimate_dynamic', 'expectations', 'gate_table', 'kept_memory', 'measured_qubits', 'noisy_probabilities', 'probabilities', 'read_gates', 'read_text', 'release_kept_memory', 'runnable_isas', 'sample_bits', 'sample_dynamic', 'samples', 'statevectors']
class Program:
    """
    An immutable circuit in flat form, checked when it is made. Rows of the ragged arrays are values[starts[r]:starts[r + 1]].
    """
    def __init__(self, gateset: str, qubits: typing.SupportsInt | typing.SupportsIndex, gates: typing.Annotated[numpy.typing.ArrayLike, numpy.uint8], control_counts: typing.Annotated[numpy.typing.ArrayLike, numpy.uint8], qubit_starts: typing.Annotated[numpy.typing.ArrayLike, numpy.int64], qubit_indices: typing.Annotated[numpy.typing.ArrayLike, numpy.int32], parameter_starts: typing.Annotated[numpy.typing.ArrayLike, numpy.int64], parameters: typing.Annotated[numpy.typing.ArrayLike, numpy.float64], letter_starts: typing.Annotated[numpy.typing.ArrayLike, numpy.int64], letters: typing.Annotated[numpy.typing.ArrayLike, numpy.uint8]) -> None:
        ...
    def __len__(self) -> int:
        ...
    def __reduce__(self) -> tuple[typing.Any, tuple[typing.Any, ...]]:
        ...
    def arrays(self) -> dict[str, numpy.ndarray]:
        """
        The flat form, by the names of the constructor.
        """
    @property
    def gate_counts(self) -> tuple[int, int]:
        """
        Gates on one and on two qubits, larger ones broken up.
        """
    @property
    def gateset(self) -> str:
        ...
    @property
    def pauliexp_order_matters(self) -> bool:
        """
        Noise splits a pauliexp whose terms do not commute.
        """
    @property
    def qubits(self) -> int:
        """
        Declared qubits.
        """
    @property
    def size(self) -> int:
        """
        Number of gates.
        """
    @property
    def touched(self) -> numpy.typing.NDArray[numpy.int32]:
        """
        Qubits that a gate acts on, ascending.
        """
class RunOptions:
    def __init__(self, *, precision: str, threads: typing.SupportsInt | typing.SupportsIndex = 0, fuse: bool = True, block: bool = True, share: bool = True, without: collections.abc.Sequence[str] = [], memory_limit: typing.SupportsFloat | typing.SupportsIndex = 0.0, mode: str = 'auto', trajectories: typing.SupportsInt | typing.SupportsIndex = 0, progress: typing.Any = None) -> None:
        ...
class NoiseRates:
    def __init__(self, r1: typing.SupportsFloat | typing.SupportsIndex, r2: typing.SupportsFloat | typing.SupportsIndex, readout_flip: typing.SupportsFloat | typing.SupportsIndex, kraus1: typing.Annotated[numpy.typing.ArrayLike, numpy.complex128] | None = None, kraus2: typing.Annotated[numpy.typing.ArrayLike, numpy.complex128] | None = None) -> None:
        ...
class LimitError(Exception):
    pass
def active_isa() -> str:
    """
    Instruction set in use.
    """
def available_memory() -> int:
    """
    Bytes that are free or kept for the next run; 0 where unknown.
    """
def available_threads() -> int:
    """
    Cores that this process may run on.
    """
def check_dynamic_memory(gates: Program, instructions: typing.Annotated[numpy.typing.ArrayLike, numpy.int64], code: typing.Annotated[numpy.typing.ArrayLike, numpy.int64], code_starts: typing.Annotated[numpy.typing.ArrayLike, numpy.int64], bits: typing.SupportsInt | typing.SupportsIndex, variables: typing.SupportsInt | typing.SupportsIndex, loops: typing.SupportsInt | typing.SupportsIndex, registers: collections.abc.Sequence[tuple[str, typing.SupportsInt | typing.SupportsIndex, typing.SupportsInt | typing.SupportsIndex]], shots: typing.SupportsInt | typing.SupportsIndex, options: RunOptions) -> None:
    """
    Refuse such a run if it needs too much memory.
    """
def check_memory(program: Program, task: str, rates: NoiseRates, shots: typing.SupportsInt | typing.SupportsIndex, options: RunOptions) -> None:
    """
    Refuse a run that needs more memory than is allowed.
    """
def estimate(program: Program, task: str, rates: NoiseRates, shots: typing.SupportsInt | typing.SupportsIndex, options: RunOptions) -> dict[str, typing.Any]:
    """
    Time and memory of a run, before running.
    """
def estimate_dynamic(gates: Program, instructions: typing.Annotated[numpy.typing.ArrayLike, numpy.int64], code: typing.Annotated[numpy.typing.ArrayLike, numpy.int64], code_starts: typing.Annotated[numpy.typing.ArrayLike, numpy.int64], bits: typing.SupportsInt | typing.SupportsIndex, variables: typing.SupportsInt | typing.SupportsIndex, loops: typing.SupportsInt | typing.SupportsIndex, registers: collections.abc.Sequence[tuple[str, typing.SupportsInt | typing.SupportsIndex, typing.SupportsInt | typing.SupportsIndex]], rates: NoiseRates | None, shots: typing.SupportsInt | typing.SupportsIndex, options: RunOptions) -> dict[str, typing.Any]:
    """
    Time and memory of such a run, before running.
    """
def expectations(programs: collections.abc.Sequence[Program], terms: collections.abc.Sequence[collections.abc.Sequence[tuple[typing.SupportsInt | typing.SupportsIndex, typing.SupportsInt | typing.SupportsIndex]]], options: RunOptions) -> list[numpy.typing.NDArray[numpy.float64]]:
    """
    Expectation values of Pauli strings, given as (x, z) masks over the touched qubits.
    """
def gate_table() -> list[dict[str, typing.Any]]:
    """
    The gate table: one dict a gate. A row's place is its code in a program.
    """
def kept_memory() -> int:
    """
    Bytes that are kept for the next run.
    """
def measured_qubits(program: Program, rates: NoiseRates) -> numpy.typing.NDArray[numpy.int32]:
    """
    Qubits behind the bits of an outcome.
    """
def noisy_probabilities(programs: collections.abc.Sequence[Program], rates: NoiseRates, options: RunOptions) -> list[numpy.typing.NDArray[numpy.float64]]:
    """
    Exact probabilities of noisy circuits over the measured qubits.
    """
def probabilities(programs: collections.abc.Sequence[Program], options: RunOptions) -> list[numpy.typing.NDArray[numpy.float64]]:
    """
    Exact probabilities over the touched qubits.
    """
def read_gates(source: typing.Any, gateset: str, qubits: typing.SupportsInt | typing.SupportsIndex | None, path: str, limit: typing.SupportsInt | typing.SupportsIndex = 20) -> tuple[Program | None, list[tuple[str, str, str, str, str]]]:
    """
    Reads a gate list: JSON text (str or bytes-like), or a sequence of mappings.
    
    Returns the program and no problems, or None and the first `limit` problems, each
    as (code, path, value, message, allowed). `qubits` None infers the width; `path`
    is the place of the list in the job, such as "input.circuit".
    """
def read_text(text: str, language: str, *, path: str, limit: typing.SupportsInt | typing.SupportsIndex, version: typing.SupportsInt | typing.SupportsIndex, inputs: collections.abc.Mapping[str, typing.SupportsFloat | typing.SupportsIndex], max_gates: typing.SupportsInt | typing.SupportsIndex, max_rounds: typing.SupportsInt | typing.SupportsIndex) -> tuple[Program | None, dict[str, typing.Any], list[tuple[str, str, str, str, str]]]:
    """
    Reads a program text in the language "openqasm" or "quipper".
    
    Returns the gates, what goes with them, and no problems; or None, nothing, and the first `limit`
    problems, each as (code, path, value, message, allowed). `version` is that of OpenQASM texts without
    a version line, 0 guesses it.
    """
def release_kept_memory() -> None:
    """
    Gives them back to the system, and the plans of circuits that were run before.
    """
def runnable_isas() -> list[str]:
    """
    Instruction sets that run here, best first.
    """
def sample_bits(program: Program, rates: NoiseRates, seed: typing.SupportsInt | typing.SupportsIndex, shot_begin: typing.SupportsInt | typing.SupportsIndex, shot_end: typing.SupportsInt | typing.SupportsIndex, total_shots: typing.SupportsInt | typing.SupportsIndex, options: RunOptions) -> tuple[numpy.typing.NDArray[numpy.int32], numpy.typing.NDArray[numpy.uint8]]:
    """
    Measured qubits, and a row of their bits for each shot.
    """
def sample_dynamic(gates: Program, instructions: typing.Annotated[numpy.typing.ArrayLike, numpy.int64], code: typing.Annotated[numpy.typing.ArrayLike, numpy.int64], code_starts: typing.Annotated[numpy.typing.ArrayLike, numpy.int64], bits: typing.SupportsInt | typing.SupportsIndex, variables: typing.SupportsInt | typing.SupportsIndex, loops: typing.SupportsInt | typing.SupportsIndex, registers: collections.abc.Sequence[tuple[str, typing.SupportsInt | typing.SupportsIndex, typing.SupportsInt | typing.SupportsIndex]], rates: NoiseRates | None, seed: typing.SupportsInt | typing.SupportsIndex, shot_begin: typing.SupportsInt | typing.SupportsIndex, shot_end: typing.SupportsInt | typing.SupportsIndex, options: RunOptions) -> numpy.typing.NDArray[numpy.uint8]:
    """
    Classical bits of shots [shot_begin, shot_end) of a program that measures on the way, shape (shots, bits of the registers).
    """
def samples(programs: collections.abc.Sequence[Program], rates: NoiseRates | None, seeds: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex], shot_begin: typing.SupportsInt | typing.SupportsIndex, shot_end: typing.SupportsInt | typing.SupportsIndex, total_shots: typing.SupportsInt | typing.SupportsIndex, options: RunOptions) -> list[numpy.typing.NDArray[numpy.uint64]]:
    """
    Outcomes of shots [shot_begin, shot_end) of the total over the measured qubits.
    """
def statevectors(programs: collections.abc.Sequence[Program], options: RunOptions) -> list[numpy.ndarray]:
    """
    Final states over the touched qubits.
    """
__version__: str
