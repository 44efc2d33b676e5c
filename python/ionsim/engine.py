"""The way into the C++ core: whole batches in, NumPy arrays out.

Every call takes a list of programs and enters the core once; the core releases the interpreter lock
while it works, looks for Ctrl-C, and reports progress. Arrays are dense over the *touched* qubits:
bit j of an index belongs to ``program.touched[j]``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from . import _core
from .errors import InputError, LimitError, Problem
from .gates import Program
from .noise import NoiseModel
from .run_options import RunOptions

__all__ = [
    "RunOptions",
    "core_errors",
    "expectations",
    "measured_qubits",
    "noisy_probabilities",
    "probabilities",
    "sample_bits",
    "samples",
    "statevectors",
]

UInt64 = npt.NDArray[np.uint64]
Float64 = npt.NDArray[np.float64]

VERSION: str = _core.__version__
_NO_NOISE = _core.NoiseRates(0.0, 0.0, 0.0)


class _CoreErrors:
    """Turns the core's refusals into the package's errors."""

    __slots__ = ()

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, _core.LimitError):
            code, message, needed, allowed = error.args
            raise LimitError(message, code=code, needed=needed, allowed=allowed) from None
        if isinstance(error, RuntimeError) and "IONSIM_ISA" in str(error):
            raise InputError(Problem("InvalidInput", "IONSIM_ISA", "", str(error))) from None
        if isinstance(error, MemoryError):
            message = "the system refused the memory that this run needs: use fewer qubits or shots"
            raise LimitError(message, code="CircuitTooLarge") from None


core_errors = _CoreErrors()
"""A context in which the core is called."""


def rates_of(noise: NoiseModel | None) -> _core.NoiseRates:
    """Return the numbers of a noise model in the core's form."""
    if noise is None:
        return _NO_NOISE
    kraus1, kraus2 = (
        None if each is None else each.operators for each in (noise.kraus1, noise.kraus2)
    )
    return _core.NoiseRates(noise.r1, noise.r2, noise.readout_flip, kraus1, kraus2)


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
    with core_errors:
        return list(_core.statevectors(list(programs), options.for_core(noisy=False)))


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
    with core_errors:
        return list(_core.probabilities(list(programs), options.for_core(noisy=False)))


def noisy_probabilities(
    programs: Sequence[Program], noise: NoiseModel, options: RunOptions
) -> list[Float64]:
    """Exact outcome probabilities of noisy circuits.

    Parameters
    ----------
    programs : sequence of Program
        The circuits, each on at most 13 touched qubits.
    noise : NoiseModel
        The noise.
    options : RunOptions
        How to run; the precision is always that of complex128.

    Returns
    -------
    list of ndarray of float64
        Probabilities; bit j of an index is qubit ``measured_qubits(program, noise)[j]``.

    Raises
    ------
    LimitError
        More qubits or memory than allowed.

    Examples
    --------
    >>> from ionsim.gates import read_gates
    >>> x = read_gates([{"gate": "x", "target": 0}], gateset="qis", qubits=1, path="circuit")
    >>> noisy_probabilities([x], NoiseModel("coarse", r1=0.2), RunOptions())[0].round(12)
    array([0.1, 0.9])
    """
    with core_errors:
        return list(
            _core.noisy_probabilities(list(programs), rates_of(noise), options.for_core(noisy=True))
        )


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
    rates = rates_of(noise) if noisy else None
    with core_errors:
        return list(
            _core.samples(
                list(programs), rates, list(seeds), begin, end, shots, options.for_core(noisy=noisy)
            )
        )


def sample_bits(
    program: Program,
    shots: int,
    seed: int,
    options: RunOptions,
    noise: NoiseModel | None = None,
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.uint8]]:
    """Outcomes of any number of qubits, bit by bit.

    Parameters
    ----------
    program, shots, seed, options, noise
        As for `samples`; None for no noise.

    Returns
    -------
    qubits : ndarray of int32
        The measured qubits, as from `measured_qubits`.
    bits : ndarray of uint8, shape (shots, len(qubits))
        Column j belongs to ``qubits[j]``.

    Raises
    ------
    LimitError
        More than 64 qubits, and no frame for the circuit; or more memory than allowed.

    Examples
    --------
    >>> from ionsim.gates import read_gates
    >>> x = read_gates([{"gate": "x", "target": 99}], gateset="qis", qubits=100, path="circuit")
    >>> sample_bits(x, 2, 7, RunOptions())
    (array([99], dtype=int32), array([[1],
           [1]], dtype=uint8))
    """
    with core_errors:
        qubits, bits = _core.sample_bits(
            program, rates_of(noise), seed, 0, shots, shots, options.for_core(noisy=True)
        )
    return qubits, bits


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
    with core_errors:
        return _core.measured_qubits(program, rates_of(noise))


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
    with core_errors:
        values = list(_core.expectations(list(programs), terms, options.for_core(noisy=False)))
    for value, row in zip(values, masks, strict=True):
        value[[vanishes for _, _, vanishes in row]] = 0.0
    return values
