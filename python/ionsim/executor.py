"""Runs a checked job, here or on any `concurrent.futures.Executor`: seeds, limits, parts."""

from __future__ import annotations

import dataclasses
import os
import time
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any, cast

from . import planning
from .circuit import Circuit
from .dynamic import dynamic_outcomes
from .errors import InputError, IonsimError, LimitError, SimulationError
from .formats import DynamicProgram
from .job import MAX_SEED, Job, JobRequest
from .job_builder import JobBuilder
from .parts import Outcome, Part, run_on, run_part
from .progress import Progress, reporting
from .provenance import Timing
from .readout import check_assertions
from .results import Histogram
from .run_options import RunOptions

__all__ = ["child_seed", "execute", "random_seed"]

# An odd step makes the seeds of up to 2**31 circuits distinct. This one, 2**31 over the golden
# ratio, also keeps the seeds of jobs apart whose own seeds are close: below 5,000 circuits, none
# coincide for seeds that differ by less than 200,000.
_SEED_STEP = 1_327_217_885


def random_seed() -> int:
    """Return a seed from the system's entropy, 1 to 2**31."""
    return int.from_bytes(os.urandom(8), "little") % MAX_SEED + 1  # a power of two: no bias


def child_seed(seed: int, index: int) -> int:
    """Return the seed of the index-th circuit of a job; the first circuit has the job's own.

    Examples
    --------
    >>> [child_seed(7, index) for index in range(3)]
    [7, 1327217892, 506952129]
    """
    return (seed - 1 + index * _SEED_STEP) % MAX_SEED + 1


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
    quiet = _with_progress(options, None)
    outcomes: dict[int, Outcome] = {}
    programs: dict[int, Any] = {}
    dynamic: dict[int, DynamicProgram] = {}
    for index, asked in enumerate(request.circuits):
        if asked.circuit is None:
            outcomes[index] = InputError(asked.problems)
            continue
        try:
            planning.check_limits(
                planning.planned(asked.circuit),
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
    steps = bool(programs) + len(dynamic)
    with reporting(progress) as report:
        first = _piece(report, 0, steps)
        if not programs:
            done: list[Outcome] = []
        elif executor is None:
            done = run_part(_with_options(whole, _with_progress(quiet, first)))
        else:
            done = run_on(whole, executor, first)
        for step, (index, program) in enumerate(dynamic.items(), steps - len(dynamic)):
            own = _with_progress(quiet, _piece(report, step, steps))
            try:
                outcomes[index] = dynamic_outcomes(
                    program, request.shots, seeds[index], own, noise=noise
                )
            except IonsimError as error:
                outcomes[index] = error
    outcomes.update(zip(programs, done, strict=True))
    if noise is None:
        _check_assertions(request, outcomes)
    elapsed_ms = round((time.perf_counter() - clock) * 1e3, 3)
    timing = Timing(int(requested), int(started), int(time.time()), elapsed_ms)
    build = JobBuilder(request, noise, timing, quiet)
    if not request.multi:
        return build.one(0, outcomes[0], seed, job_id)
    return build.many([outcomes[index] for index in range(len(seeds))], seeds, job_id)


def _with_progress(options: RunOptions, report: Callable[[float], None] | None) -> RunOptions:
    if options.progress is report:
        return options
    return dataclasses.replace(options, progress=report)


def _with_options(part: Part, options: RunOptions) -> Part:
    return part if part.options is options else dataclasses.replace(part, options=options)


def _piece(
    report: Callable[[float], None] | None, step: int, steps: int
) -> Callable[[float], None] | None:
    """Return what reports the progress of one step of several."""
    if report is None or steps == 1:
        return report
    return lambda fraction: report((step + fraction) / steps)


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
