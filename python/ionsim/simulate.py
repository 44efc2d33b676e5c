"""The plain simulator: amplitudes, probabilities, samples and expectation values of circuits."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable, Mapping, Sequence
from numbers import Real
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, overload

import numpy as np
import numpy.typing as npt

from . import engine, planning
from .arguments import (
    CircuitLike,
    Noise,
    SimulatorOptions,
    check_number,
    read_batch,
    read_model,
    read_one,
    split_options,
)
from .bits import full_width, widen
from .circuit import Circuit
from .errors import InputError, Problem
from .executor import child_seed, random_seed
from .job import MAX_SEED, MAX_SHOTS
from .progress import reporting
from .readout import Readout, pick_bits
from .run_options import RunOptions
from .wire.envelope import shown

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = [
    "expectation",
    "noisy_probabilities",
    "probabilities",
    "sample",
    "sample_bits",
    "statevector",
]

Result = TypeVar("Result")
One: TypeAlias = Circuit | Mapping[str, Any] | Sequence[Mapping[str, Any]]
Amplitudes: TypeAlias = npt.NDArray[np.complexfloating[Any, Any]]


@overload
def statevector(
    circuit: One,
    **options: Unpack[SimulatorOptions],
) -> Amplitudes: ...
@overload
def statevector(
    circuit: Sequence[Circuit], **options: Unpack[SimulatorOptions]
) -> list[Amplitudes]: ...
def statevector(circuit: CircuitLike, **options: Unpack[SimulatorOptions]) -> Any:
    """Return the final amplitudes of a circuit without noise.

    Parameters
    ----------
    circuit : Circuit, list of gate dicts, dict with ``circuit``, or list of Circuit
        One circuit, or a batch, which runs in one call.
    **options
        ``threads``, ``precision``, ``fuse``, ``block``, ``share``, ``mode``, ``trajectories``,
        ``memory_limit`` and ``progress`` of `run`.

    Returns
    -------
    ndarray, shape (2**qubits,), or a list of them
        Amplitudes over all declared qubits, qubit 0 in the lowest bit of the index.

    Raises
    ------
    InputError
        For a bad circuit or option.
    LimitError
        When the array does not fit.

    Examples
    --------
    >>> statevector([{"gate": "v", "target": 0}]).round(3)
    array([0.5+0.5j, 0.5-0.5j])
    """
    circuits, single = read_batch(circuit)
    states = _with_progress(
        options, lambda given: engine.statevectors([each.program for each in circuits], given)
    )
    return _unbatch([_spread(*pair) for pair in zip(states, circuits, strict=True)], single)


@overload
def probabilities(
    circuit: One,
    **options: Unpack[SimulatorOptions],
) -> npt.NDArray[np.float64]: ...
@overload
def probabilities(
    circuit: Sequence[Circuit], **options: Unpack[SimulatorOptions]
) -> list[npt.NDArray[np.float64]]: ...
def probabilities(circuit: CircuitLike, **options: Unpack[SimulatorOptions]) -> Any:
    """Return the exact outcome probabilities of a circuit without noise.

    Parameters
    ----------
    circuit, **options
        As for `statevector`.

    Returns
    -------
    ndarray of float64, shape (2**qubits,), or a list of them
        Over all declared qubits, qubit 0 in the lowest bit of the index.

    Examples
    --------
    >>> probabilities({"qubits": 2, "circuit": [{"gate": "x", "target": 1}]})
    array([0., 0., 1., 0.])
    """
    circuits, single = read_batch(circuit)
    found = _with_progress(
        options, lambda given: engine.probabilities([each.program for each in circuits], given)
    )
    return _unbatch([_spread(*pair) for pair in zip(found, circuits, strict=True)], single)


def noisy_probabilities(
    circuit: CircuitLike, noise: Noise, **options: Unpack[SimulatorOptions]
) -> Any:
    """Return the exact outcome probabilities of a circuit with noise.

    Parameters
    ----------
    circuit, **options
        As for `statevector`; gates may act on at most 13 qubits.
    noise : NoiseModel or str
        The noise, readout flips included.

    Returns
    -------
    ndarray of float64, shape (2**qubits,), or a list of them
        Over all declared qubits, qubit 0 in the lowest bit of the index.

    Raises
    ------
    LimitError
        When the circuit is too large; draw samples instead.

    Examples
    --------
    >>> from ionsim import MODELS
    >>> coarse = MODELS["aria-1"].replace(r1=0.2, readout_flip=0.25)
    >>> noisy_probabilities([{"gate": "x", "target": 0}], coarse).round(12)
    array([0.3, 0.7])
    """
    circuits, single = read_batch(circuit)
    model = read_model(noise)
    if model is None:
        raise InputError(
            Problem("InvalidInput", "noise", "None", "a noise model is needed", "a name or a model")
        )
    programs = [each.program for each in circuits]
    found = _with_progress(
        options, lambda given: engine.noisy_probabilities(programs, model, given)
    )
    rows = [
        full_width(values, engine.measured_qubits(each.program, model).tolist(), each.qubits)
        for values, each in zip(found, circuits, strict=True)
    ]
    return _unbatch(rows, single)


@overload
def sample(
    circuit: One,
    shots: int,
    *,
    seed: int | None = None,
    noise: Noise = None,
    device_limits: bool = True,
    **options: Unpack[SimulatorOptions],
) -> npt.NDArray[np.uint64]: ...
@overload
def sample(
    circuit: Sequence[Circuit],
    shots: int,
    *,
    seed: int | None = None,
    noise: Noise = None,
    device_limits: bool = True,
    **options: Unpack[SimulatorOptions],
) -> list[npt.NDArray[np.uint64]]: ...
def sample(
    circuit: CircuitLike,
    shots: int,
    *,
    seed: int | None = None,
    noise: Noise = None,
    device_limits: bool = True,
    **options: Unpack[SimulatorOptions],
) -> Any:
    """Measure all qubits of a circuit, shot by shot.

    Parameters
    ----------
    circuit
        As for `statevector`.
    shots : int
        1 to 1,000,000.
    seed : int, optional
        1 to 2**31; the same seed gives the same shots. The circuits of a batch use different
        seeds, derived from this one as in a multi-circuit job.
    noise : NoiseModel or str, optional
        Runs one noisy trajectory per shot; None: ideal.
    device_limits : bool
        Whether a noise model's qubit limit holds.
    **options
        As for `statevector`.

    Returns
    -------
    ndarray of uint64, shape (shots,), or a list of them
        Bit q of an outcome is qubit q; of a program text that measures, classical bit q.

    Examples
    --------
    >>> sample([{"gate": "x", "target": 1}], 3, seed=1)
    array([2, 2, 2], dtype=uint64)
    """
    circuits, single = read_batch(circuit)
    shots = check_number("shots", shots, MAX_SHOTS)
    first = random_seed() if seed is None else check_number("seed", seed, MAX_SEED)
    seeds = [child_seed(first, index) for index in range(len(circuits))]
    model = read_model(noise)
    model = None if model is None or model.is_ideal else model
    programs = [each.program for each in circuits]
    for program in programs:
        planning.check_limits(
            program, split_options(options)[0], model, shots=shots, device_limits=device_limits
        )
    drawn = _with_progress(
        options, lambda given: engine.samples(programs, shots, seeds, given, noise=model)
    )
    return _unbatch(
        [
            _outcomes(outcomes, tuple(engine.measured_qubits(each.program, model).tolist()), each)
            for outcomes, each in zip(drawn, circuits, strict=True)
        ],
        single,
    )


def _outcomes(
    outcomes: npt.NDArray[np.uint64], measured: tuple[int, ...], circuit: Circuit
) -> npt.NDArray[np.uint64]:
    if circuit.measured is None:
        return widen(outcomes, measured)
    readout = Readout(measured, circuit.measured)
    return widen(readout(outcomes), readout.places)


def sample_bits(
    circuit: One,
    shots: int,
    *,
    seed: int | None = None,
    noise: Noise = None,
    **options: Unpack[SimulatorOptions],
) -> npt.NDArray[np.uint8]:
    """Measure a circuit of any number of qubits, shot by shot and bit by bit.

    Above 64 qubits it must be mostly Clifford, or shallow, so that few qubits are active at a time
    (see the mode ``"frame"``). No device limit holds.

    Parameters
    ----------
    circuit : Circuit, list of gate dicts, or dict with ``circuit``
        One circuit.
    shots, seed, noise, **options
        As for `sample`.

    Returns
    -------
    ndarray of uint8, shape (shots, qubits)
        Column q is qubit q; of a program text that measures, classical bit q.

    Raises
    ------
    LimitError
        When the circuit is too wide for every mode.

    Examples
    --------
    >>> ghz = [{"gate": "h", "target": 0}]
    >>> ghz += [{"gate": "cnot", "control": q, "target": q + 1} for q in range(199)]
    >>> sample_bits(ghz, 1000, seed=1, noise="aria-1").shape
    (1000, 200)
    """
    each = read_one(circuit)
    shots = check_number("shots", shots, MAX_SHOTS)
    first = random_seed() if seed is None else check_number("seed", seed, MAX_SEED)
    model = read_model(noise)
    qubits, bits = _with_progress(
        options, lambda given: engine.sample_bits(each.program, shots, first, given, model)
    )
    whole = bits
    if len(qubits) != each.qubits:
        whole = np.zeros((shots, each.qubits), dtype=np.uint8)
        whole[:, qubits] = bits
    return whole if each.measured is None else pick_bits(whole, each.measured)


def expectation(
    circuit: CircuitLike,
    paulis: str | Sequence[str] | Mapping[str, float],
    *,
    noise: Noise = None,
    **options: Unpack[SimulatorOptions],
) -> Any:
    """Return exact expectation values of Pauli strings, for a circuit without noise.

    Parameters
    ----------
    circuit, **options
        As for `statevector`.
    paulis : str, sequence of str, or mapping str -> float
        Strings of I, X, Y, Z, one letter per qubit, the leftmost on the highest qubit. A mapping
        is an observable: the sum of its strings, each times its coefficient.
    noise : NoiseModel or str, optional
        Only the ideal model: the expectation under noise is not exact from trajectories. Use
        `sample` for estimates.

    Returns
    -------
    float, or ndarray of float64, shape (len(paulis),), or a list of them for a batch
        A float for one string or an observable, an array for a sequence.

    Examples
    --------
    >>> bell = [{"gate": "h", "target": 0}, {"gate": "cnot", "control": 0, "target": 1}]
    >>> expectation(bell, ["ZZ", "XX", "YY", "IZ"]).round(12) + 0.0
    array([ 1.,  1., -1.,  0.])
    >>> round(expectation(bell, {"ZZ": 0.5, "XX": 2.0}), 12)
    2.5
    """
    circuits, single = read_batch(circuit)
    model = read_model(noise)
    if model is not None and not model.is_ideal:
        raise InputError(
            Problem(
                "InvalidInput",
                "noise",
                f'"{model.name}"',
                "expectation values are exact and without noise; estimate noisy ones from "
                "ionsim.sample",
                '"ideal"',
            )
        )
    if not isinstance(paulis, (str, Sequence, Mapping)):
        allowed = "a Pauli string, a list of them, or a mapping string -> coefficient"
        raise InputError(
            Problem("InvalidInput", "paulis", shown(paulis), "not Pauli strings", allowed)
        )
    strings = [paulis] if isinstance(paulis, str) else list(paulis)
    programs = [each.program for each in circuits]
    values = _with_progress(options, lambda given: engine.expectations(programs, strings, given))
    if isinstance(paulis, str):
        return _unbatch([float(each[0]) for each in values], single)
    if isinstance(paulis, Mapping):
        weights = np.array(
            [_weight(f"paulis[{name!r}]", weight) for name, weight in paulis.items()]
        )
        return _unbatch([float(each @ weights) for each in values], single)
    return _unbatch(values, single)


def _weight(path: str, value: Any) -> float:
    number = isinstance(value, Real) and not isinstance(value, bool)
    if number and abs(value) <= sys.float_info.max:  # NaN is not
        return float(value)
    raise InputError(
        Problem("InvalidInput", path, shown(value), "not a coefficient", "a finite number")
    )


def _with_progress(options: Mapping[str, Any], call: Callable[[RunOptions], Result]) -> Result:
    given, progress = split_options(options)
    with reporting(progress) as report:
        return call(dataclasses.replace(given, progress=report))


def _spread(values: npt.NDArray[Any], circuit: Circuit) -> npt.NDArray[Any]:
    return full_width(values, [int(qubit) for qubit in circuit.touched], circuit.qubits)


def _unbatch(results: list[Any], single: bool) -> Any:
    return results[0] if single else results
