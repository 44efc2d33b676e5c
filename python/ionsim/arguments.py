"""Arguments of the public calls: circuits in all their forms, numbers, options."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias, TypedDict

from .bits import MAX_QUBITS
from .circuit import Circuit
from .errors import InputError, LimitError, Problem
from .formats import DynamicProgram
from .job import MAX_SEED, MAX_SHOTS, CircuitRequest, JobRequest
from .noise import NoiseModel, get_model
from .progress import Progress
from .run_options import RunOptions, read_passes
from .wire import read_circuit, read_job
from .wire.envelope import shown, whole

__all__ = [
    "CircuitLike",
    "Noise",
    "SimulatorOptions",
    "check_number",
    "check_progress",
    "is_circuits",
    "override",
    "read_batch",
    "read_model",
    "read_one",
    "read_request",
    "split_options",
]

CircuitLike: TypeAlias = Circuit | Mapping[str, Any] | Sequence[Any]
Noise: TypeAlias = NoiseModel | str | None


class SimulatorOptions(TypedDict, total=False):
    """Options of the plain simulator calls; `ionsim.run` describes them."""

    threads: int | None
    precision: str | None
    fuse: bool
    block: bool
    share: bool
    without: Sequence[str]
    mode: str
    trajectories: int | None
    memory_limit: int | None
    progress: Progress


def is_circuits(job: Any) -> bool:
    """Tell whether a job is given as a circuit or a non-empty list of circuits."""
    if isinstance(job, (Circuit, DynamicProgram)):
        return True
    is_list = isinstance(job, (list, tuple)) and len(job) > 0
    return is_list and all(isinstance(each, Circuit) for each in job)


def read_request(job: Any) -> JobRequest:
    """Return the request behind any form in which a job can be given."""
    if isinstance(job, JobRequest):
        return job
    if isinstance(job, DynamicProgram):
        given = {name: list(bits) for name, bits in job.registers.items()}
        asked = CircuitRequest(job, "program", job.name, job.registers, given)
        return JobRequest((asked,), name=job.name)
    if not is_circuits(job):
        return read_job(job)
    circuits, single = read_batch(job)
    return JobRequest(
        tuple(
            CircuitRequest(
                circuit,
                "circuit" if single else f"circuits[{index}]",
                circuit.name,
                circuit.registers,
                {name: list(bits) for name, bits in circuit.registers.items()} or None,
            )
            for index, circuit in enumerate(circuits)
        ),
        multi=not single,
        name=circuits[0].name if single else None,
    )


def override(request: JobRequest, shots: int | None, seed: int | None, noise: Noise) -> JobRequest:
    """Return a request with some of its values exchanged; None leaves one as it is."""
    changes: dict[str, Any] = {}
    if shots is not None:
        changes["shots"] = check_number("shots", shots, MAX_SHOTS)
    if seed is not None:
        changes["seed"] = check_number("seed", seed, MAX_SEED)
    if noise is not None:
        changes["noise"] = read_model(noise)
    return dataclasses.replace(request, **changes) if changes else request


def check_number(name: str, value: Any, high: int) -> int:
    """Return a whole number from 1 to `high`; anything else is an `InputError`."""
    number = whole(value)
    if number is not None and 1 <= number <= high:
        return number
    allowed = f"an integer from 1 to {high}"
    raise InputError(Problem("InvalidInput", name, shown(value), "not allowed", allowed))


def read_model(noise: Noise) -> NoiseModel | None:
    """Return the noise model behind a name; None stays None."""
    if noise is None or isinstance(noise, NoiseModel):
        return noise
    if isinstance(noise, str):
        return get_model(noise)
    raise InputError(
        Problem("InvalidInput", "noise", shown(noise), "not a noise model", "a name or NoiseModel")
    )


def read_batch(circuit: Any) -> tuple[list[Circuit], bool]:
    """Return the circuits, and whether one was given rather than a batch."""
    if isinstance(circuit, Circuit):
        return _within_size([circuit]), True
    if isinstance(circuit, Mapping):
        return [read_circuit(circuit)], True
    if isinstance(circuit, (list, tuple)):
        if all(isinstance(each, Circuit) for each in circuit):
            return _within_size(list(circuit)), False
        if not any(isinstance(each, Circuit) for each in circuit):
            return _within_size([Circuit(circuit)]), True
    allowed = "a Circuit, a list of gates, a dict with a circuit, or a list of Circuits"
    if isinstance(circuit, DynamicProgram):
        message = "a program that measures on the way has no state at its end: use ionsim.run"
        raise InputError(Problem("InvalidInput", "circuit", shown(circuit), message, allowed))
    raise InputError(Problem("InvalidInput", "circuit", shown(circuit), "not a circuit", allowed))


def read_one(circuit: Any) -> Circuit:
    """Return the only circuit, where no batch is taken."""
    circuits, _ = read_batch(circuit)
    if len(circuits) == 1:
        return circuits[0]
    message = f"{len(circuits)} circuits, where one is taken: call once for each"
    allowed = "a Circuit, a list of gates, or a dict with a circuit"
    raise InputError(Problem("InvalidInput", "circuit", shown(circuit), message, allowed))


def _within_size(circuits: list[Circuit]) -> list[Circuit]:
    for circuit in circuits:
        if circuit.qubits > MAX_QUBITS:
            raise LimitError(
                f"{circuit.qubits} qubits are declared, at most {MAX_QUBITS} can be",
                code="NotEnoughQubits",
                needed=circuit.qubits,
                allowed=MAX_QUBITS,
            )
    return circuits


def check_progress(progress: Any) -> Progress:
    """Refuse what cannot show progress."""
    if progress is None or isinstance(progress, bool) or callable(progress):
        usable: Progress = progress
        return usable
    allowed = "True, False, None or a function of the fraction done"
    raise InputError(Problem("InvalidInput", "progress", shown(progress), "not usable", allowed))


def split_options(options: Mapping[str, Any]) -> tuple[RunOptions, Progress]:
    """Return the options of the plain simulator calls in the engine's form, and the progress."""
    unknown = options.keys() - SimulatorOptions.__annotations__.keys()
    if unknown:
        raise TypeError(f"unknown options: {', '.join(sorted(unknown))}")
    found = RunOptions(
        threads=options.get("threads"),
        precision=options.get("precision"),
        fuse=bool(options.get("fuse", True)),
        block=bool(options.get("block", True)),
        share=bool(options.get("share", True)),
        memory_limit_bytes=options.get("memory_limit"),
        without=read_passes(options.get("without", ())),
        mode=options.get("mode", "auto"),
        trajectories=options.get("trajectories"),
    )
    return found, check_progress(options.get("progress"))
