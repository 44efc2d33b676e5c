"""Runs a checked job, here or on any `concurrent.futures.Executor`: seeds, limits, parts, jobs."""

from __future__ import annotations

import dataclasses
import secrets
import time
import uuid
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from . import engine, planning
from .circuit import Circuit
from .dynamic import dynamic_outcomes
from .engine import RunOptions
from .errors import Failure, InputError, IonsimError, LimitError, SimulationError
from .formats import DynamicProgram
from .job import MAX_SEED, CircuitRequest, Job, JobRequest, NoiseUsed, Timing
from .noise import NoiseModel
from .parts import Outcome, Part, run_on, run_part
from .progress import Progress, reporting
from .readout import Readout, bit_registers, check_assertions
from .results import Histogram

__all__ = ["child_seed", "execute", "random_seed"]

# An odd step makes the seeds of up to 2**31 circuits distinct. This one, 2**31 over the golden
# ratio, also keeps the seeds of jobs apart whose own seeds are close: below 5,000 circuits, none
# coincide for seeds that differ by less than 200,000.
_SEED_STEP = 1_327_217_885


def random_seed() -> int:
    """Return a seed from the system's entropy, 1 to 2**31."""
    return secrets.randbelow(MAX_SEED) + 1


def child_seed(seed: int, index: int) -> int:
    """Return the seed of the index-th circuit of a job; the first circuit has the job's own.

    Examples
    --------
    >>> [child_seed(7, index) for index in range(3)]
    [7, 1327217892, 506952129]
    """
    return (seed - 1 + index * _SEED_STEP) % MAX_SEED + 1


@dataclass(frozen=True, slots=True)
class _IdealDraw:
    """Draws the shots of an ideal circuit when somebody asks for them."""

    program: Any
    shots: int
    seed: int
    options: RunOptions

    def __call__(self) -> npt.NDArray[np.uint64]:
        return engine.samples([self.program], self.shots, [self.seed], self.options)[0]


def execute(
    request: JobRequest,
    options: RunOptions,
    *,
    progress: Progress = None,
    executor: Executor | None = None,
    device_limits: bool = True,
    job_id: str | None = None,
) -> Job:
    """Run a job to its end.

    Parameters
    ----------
    request : JobRequest
        The checked job.
    options : RunOptions
        Threads, precision, fusion, memory limit.
    progress : bool, callable or None
        See `Progress`.
    executor : concurrent.futures.Executor or None
        Where to run; None: here.
    device_limits : bool
        Whether a noise model's qubit limit holds.
    job_id : str or None
        The job's id, if it has one already.

    Returns
    -------
    Job
        In a multi-circuit job, circuits that fail become failed children.

    Raises
    ------
    LimitError, SimulationError
        When the only circuit of a single-circuit job fails.

    Examples
    --------
    >>> from ionsim.wire import read_job
    >>> body = {"input": {"qubits": 1, "circuit": [{"gate": "x", "target": 0}]}}
    >>> dict(execute(read_job(body), RunOptions()).results)
    {'1': 1.0}
    """
    requested = time.time()
    seed = random_seed() if request.seed is None else request.seed
    seeds = [child_seed(seed, index) for index in range(len(request.circuits))]
    noise = None if request.noise.is_ideal else request.noise
    quiet = dataclasses.replace(options, progress=None)
    outcomes: dict[int, Outcome] = {}
    programs: dict[int, Any] = {}
    dynamic: dict[int, DynamicProgram] = {}
    for index, asked in enumerate(request.circuits):
        if asked.circuit is None:
            outcomes[index] = InputError(asked.problems)
            continue
        try:
            planning.check_limits(
                asked.circuit.program,
                quiet,
                noise,
                shots=request.shots,
                device_limits=device_limits,
            )
        except LimitError as error:
            outcomes[index] = error
        else:
            if isinstance(asked.circuit, DynamicProgram):
                dynamic[index] = asked.circuit
            else:
                programs[index] = asked.circuit.program
    started = time.time()
    clock = time.perf_counter()
    whole = Part(
        tuple(programs.values()),
        tuple(seeds[index] for index in programs),
        request.shots,
        noise,
        quiet,
    )
    with reporting(progress) as report:
        if not programs:
            done: list[Outcome] = []
        elif executor is None:
            done = run_part(
                dataclasses.replace(whole, options=dataclasses.replace(options, progress=report))
            )
        else:
            done = run_on(whole, executor, report)
    outcomes.update(zip(programs, done, strict=True))
    if noise is None:
        _check_assertions(request, outcomes)
    for index, program in dynamic.items():
        try:
            outcomes[index] = dynamic_outcomes(
                program, request.shots, seeds[index], quiet, noise=noise
            )
        except IonsimError as error:
            outcomes[index] = error
    elapsed_ms = round((time.perf_counter() - clock) * 1e3, 3)
    timing = Timing(int(requested), int(started), int(time.time()), elapsed_ms)
    build = _Builder(request, noise, timing, quiet)
    if not request.multi:
        return build.one(0, outcomes[0], seed, job_id)
    return build.many([outcomes[index] for index in range(len(seeds))], seeds, job_id)


def _check_assertions(request: JobRequest, outcomes: dict[int, Outcome]) -> None:
    """Put an error in the place of exact results that a program text rules out."""
    for index, asked in enumerate(request.circuits):
        if not isinstance(asked.circuit, Circuit) or isinstance(outcomes[index], IonsimError):
            continue
        if asked.circuit.assertions:
            outcome = cast(Any, outcomes[index])
            touched = asked.circuit.touched
            whole = Histogram.from_probabilities(outcome, touched, asked.circuit.qubits)
            try:
                check_assertions(asked.circuit, whole)
            except SimulationError as error:
                outcomes[index] = error


@dataclass(frozen=True, slots=True)
class _Prediction:
    """Asks the planner how long programs take, in milliseconds."""

    programs: tuple[Any, ...]
    shots: int
    noise: NoiseModel | None
    options: RunOptions

    def __call__(self) -> float:
        each = (
            planning.estimate(program, self.shots, self.options, noise=self.noise).seconds
            for program in self.programs
        )
        return round(sum(each) * 1e3, 6)


class _Builder:
    """Turns arrays into jobs."""

    def __init__(
        self, request: JobRequest, noise: NoiseModel | None, timing: Timing, options: RunOptions
    ) -> None:
        self.request = request
        self.noise = noise
        self.timing = timing
        self.options = options

    def _common(self, seed: int, *programs: Any) -> dict[str, Any]:
        model = self.request.noise
        predict = _Prediction(programs, self.request.shots, self.noise, self.options)
        return {
            "target": self.request.target,
            "shots": self.request.shots,
            "noise": NoiseUsed(model.name, seed, model.r1, model.r2, model.readout_flip),
            "metadata": self.request.metadata,
            "timing": dataclasses.replace(self.timing, _predict=predict, _cache={}),
            "error_mitigation": self.request.error_mitigation,
        }

    def one(self, index: int, outcome: Outcome, seed: int, job_id: str | None) -> Job:
        """Return the job of a single circuit; raises its error."""
        if isinstance(outcome, IonsimError):
            raise outcome
        asked = self.request.circuits[index]
        warnings = (*self._job_warnings(), *self._circuit_warnings(asked))
        job = self._completed(asked, outcome, seed, warnings, job_id, None)
        return dataclasses.replace(job, name=self.request.name, registers=asked.registers_given)

    def many(self, outcomes: Sequence[Outcome], seeds: Sequence[int], job_id: str | None) -> Job:
        """Return the parent of all circuits."""
        own_id = job_id or str(uuid.uuid4())
        children = []
        warnings = list(self._job_warnings())
        for asked, outcome, seed in zip(self.request.circuits, outcomes, seeds, strict=True):
            if isinstance(outcome, IonsimError):
                children.append(self._failed(asked, outcome, seed, own_id))
                continue
            own = self._circuit_warnings(asked)
            warnings += [f"{asked.path}: {warning}" for warning in own]
            children.append(self._completed(asked, outcome, seed, own, None, own_id))
        failed = [child for child in children if child.failure is not None]
        programs = [
            asked.circuit.program
            for asked, child in zip(self.request.circuits, children, strict=True)
            if asked.circuit is not None and child.failure is None
        ]
        failure = None
        if len(failed) == len(children) and failed[0].failure is not None:
            first = failed[0].failure
            failure = Failure(first.code, f"every circuit failed; the first: {first.error}")
        return Job(
            id=own_id,
            status="completed" if failure is None else "failed",
            name=self.request.name,
            qubits=max(child.qubits for child in children),
            gate_counts={
                key: sum(child.gate_counts[key] for child in children) for key in ("1q", "2q")
            },
            registers=self.request.registers,
            warnings=tuple(warnings),
            children=tuple(children),
            failure=failure,
            multi=True,
            **self._common(seeds[0], *programs),
        )

    def _completed(
        self,
        asked: CircuitRequest,
        values: npt.NDArray[Any],
        seed: int,
        warnings: tuple[str, ...],
        job_id: str | None,
        parent_id: str | None,
    ) -> Job:
        circuit = _present(asked.circuit)
        program = circuit.program
        if isinstance(circuit, DynamicProgram):
            measured = tuple(range(circuit.width))
            values.flags.writeable = False
            histogram = Histogram.from_outcomes(values, measured, circuit.width)
            return self._job(
                asked, seed, warnings, job_id, parent_id,
                _histogram=histogram, _samples=values, _measured=measured,
                register_map=asked.registers,
            )  # fmt: skip
        measured = tuple(engine.measured_qubits(program, self.noise).tolist())
        exact = self.noise is None
        make = Histogram.from_probabilities if exact else Histogram.from_outcomes
        draw: Any = _IdealDraw(program, self.request.shots, seed, self.options) if exact else None
        values.flags.writeable = False
        if circuit.measured is None:
            histogram = make(values, measured, circuit.qubits)
        else:
            readout = Readout(measured, circuit.measured)
            if exact:
                histogram = make(values, measured, circuit.qubits)
                histogram = histogram.marginal(circuit.measured)
                draw = readout.after(draw)
            else:
                values = readout(values)
                histogram = Histogram.from_outcomes(values, readout.places, len(circuit.measured))
            measured = readout.places
        return self._job(
            asked, seed, warnings, job_id, parent_id,
            _histogram=histogram, _samples=None if exact else values, _measured=measured,
            _draw=draw, register_map=bit_registers(circuit, dict(asked.registers)),
        )  # fmt: skip

    def _job(
        self,
        asked: CircuitRequest,
        seed: int,
        warnings: tuple[str, ...],
        job_id: str | None,
        parent_id: str | None,
        **results: Any,
    ) -> Job:
        circuit = _present(asked.circuit)
        one_qubit, two_qubit = circuit.program.gate_counts
        return Job(
            id=job_id or str(uuid.uuid4()),
            status="completed",
            name=asked.name,
            qubits=circuit.qubits,
            gate_counts={"1q": one_qubit, "2q": two_qubit},
            registers=asked.registers_given,
            warnings=warnings,
            parent_id=parent_id,
            **results,
            **self._common(seed, circuit.program),
        )

    def _failed(self, asked: CircuitRequest, error: IonsimError, seed: int, parent_id: str) -> Job:
        return Job(
            id=str(uuid.uuid4()),
            status="failed",
            name=asked.name,
            qubits=asked.circuit.qubits if asked.circuit is not None else 0,
            gate_counts={"1q": 0, "2q": 0},
            registers=asked.registers_given,
            failure=Failure(getattr(error, "code", "InternalError"), str(error)),
            parent_id=parent_id,
            **self._common(seed),
        )

    def _job_warnings(self) -> tuple[str, ...]:
        warnings = self.request.warnings
        model = self.request.noise
        if model.is_approximate:
            warnings += (f"the noise model {model.name} is an approximation: {model.note}",)
        return warnings

    def _circuit_warnings(self, asked: CircuitRequest) -> tuple[str, ...]:
        program = _present(asked.circuit).program
        if self.noise is None or not program.pauliexp_order_matters:
            return ()
        return (
            "a pauliexp on three or more qubits has terms that do not commute; under noise it is "
            "run as one first-order step, term by term in the order given",
        )


def _present(circuit: Circuit | DynamicProgram | None) -> Circuit | DynamicProgram:
    if circuit is None:
        raise TypeError("a refused circuit has no results")
    return circuit
