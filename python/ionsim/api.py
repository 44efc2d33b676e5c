"""The calls that people make: run a job, check it, estimate it, or use the simulator directly."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from typing import Any

from . import planning
from .arguments import (
    Noise,
    check_progress,
    is_circuits,
    override,
    read_request,
)
from .errors import InputError, LimitError, Problem
from .executor import execute
from .job import Job, JobRequest
from .planning import Estimate
from .progress import Progress
from .run_options import RunOptions, read_passes
from .simulate import (
    expectation,
    noisy_probabilities,
    probabilities,
    sample,
    sample_bits,
    statevector,
)
from .wire import read_job_or_problems
from .wire.envelope import shown

__all__ = [
    "estimate",
    "expectation",
    "noisy_probabilities",
    "probabilities",
    "run",
    "sample",
    "sample_bits",
    "statevector",
    "validate",
]


def run(
    job: Any,
    *,
    shots: int | None = None,
    seed: int | None = None,
    noise: Noise = None,
    threads: int | None = None,
    precision: str | None = None,
    progress: Progress = None,
    executor: Executor | None = None,
    fuse: bool = True,
    block: bool = True,
    share: bool = True,
    mode: str = "auto",
    trajectories: int | None = None,
    without: Sequence[str] = (),
    memory_limit: int | None = None,
    device_limits: bool = True,
) -> Job:
    """Run a job.

    Parameters
    ----------
    job : dict, str, bytes, path, JobRequest, Circuit or list of Circuit
        The body of ``POST /v0.3/jobs`` as a dict, JSON text, or the path of a file; or a request
        that was read before; or circuits, run with the defaults of a job.
    shots : int, optional
        1 to 1,000,000, in place of the job's.
    seed : int, optional
        1 to 2**31, in place of ``noise.seed``. The same job and seed give the same counts, on any
        machine and any number of threads. Drawn at random where there is none, and echoed.
    noise : NoiseModel or str, optional
        In place of ``noise.model``.
    threads : int, optional
        How many threads; None: one per core.
    precision : {"complex64", "complex128"}, optional
        Of the amplitudes. None: complex128 for ideal jobs, complex64 for noisy ones.
    progress : bool or callable, optional
        True or False; a function of the fraction done (whatever it raises stops the run); None:
        a bar on standard error if that is a terminal and the work lasts.
    executor : concurrent.futures.Executor, optional
        Where to run, cut by circuit and range of shots; the results are the same as without.
    fuse : bool
        Whether gates are merged before they run.
    block : bool
        Whether large states run tile by tile. Turning `fuse` and `block` off changes nothing but
        rounding and time.
    share : bool
        Whether noisy shots that meet errors of the same effect share a state. Off, only the time
        changes.
    mode : {"auto", "trajectories", "frame", "exact", "erasure"}
        How noisy shots are made. ``"auto"`` takes what the planner expects to need the least work,
        by circuit, shots, noise and precision, never by the machine; `Job.mode` tells which.
    trajectories : int, optional
        Draw only so many error histories and let shot k share that of shot k modulo this number.
        Averages stay unbiased, but shots are no longer independent: `Job.effective_shots` tells
        what they are worth. None: every shot has its own.
    without : sequence of str
        Passes of ideal runs that are left out, by name; see `RunOptions`.
    memory_limit : int, optional
        Bytes that may be used; None: 80 % of what the machine has free.
    device_limits : bool
        Whether a noise model's qubit limit holds.

    Returns
    -------
    Job
        Completed, or failed if every circuit of a multi-circuit job failed.

    Raises
    ------
    InputError
        When the body, or the circuit of a single-circuit job, is wrong; lists every problem.
    LimitError
        When the circuit needs more memory or qubits than allowed.
    SimulationError
        When something breaks while the circuit runs.

    Examples
    --------
    >>> bell = [{"gate": "h", "target": 0}, {"gate": "cnot", "control": 0, "target": 1}]
    >>> job = run({"input": {"qubits": 2, "circuit": bell}})
    >>> {key: round(value, 12) for key, value in job.results.items()}
    {'0': 0.5, '3': 0.5}
    >>> sum(run({"input": {"qubits": 2, "circuit": bell}}, noise="aria-1", seed=7).counts.values())
    100
    """
    if executor is not None and not callable(getattr(executor, "submit", None)):
        allowed = "a concurrent.futures.Executor, or None"
        raise InputError(
            Problem("InvalidInput", "executor", shown(executor), "not an executor", allowed)
        )
    request = override(read_request(job), shots, seed, noise)
    return execute(
        request,
        RunOptions(
            threads,
            precision,
            bool(fuse),
            bool(block),
            bool(share),
            memory_limit,
            mode,
            trajectories,
            read_passes(without),
        ),
        progress=check_progress(progress),
        executor=executor,
        device_limits=device_limits,
    )


def validate(
    job: Any,
    *,
    noise: Noise = None,
    memory_limit: int | None = None,
    device_limits: bool = True,
) -> list[Problem]:
    """Check a job without running it.

    Parameters
    ----------
    job, noise, memory_limit, device_limits
        As for `run`.

    Returns
    -------
    list of Problem
        Everything that `run` would refuse, of each circuit the first 20; empty when all is well.

    Examples
    --------
    >>> for problem in validate({"shots": 0, "input": {"qubits": 1, "circuit": []}}):
    ...     print(problem)
    shots: out of range; got 0; allowed: an integer from 1 to 1000000
    """
    if isinstance(job, JobRequest) or is_circuits(job):
        request = read_request(job)
        found = [problem for circuit in request.circuits for problem in circuit.problems]
    else:
        read, problems = read_job_or_problems(job)
        found = list(problems)
        if read is None:
            return found
        request = read
    request = override(request, None, None, noise)
    model = None if request.noise.is_ideal else request.noise
    options = RunOptions(memory_limit_bytes=memory_limit)
    for asked in request.circuits:
        if asked.circuit is not None:
            try:
                planning.check_limits(
                    planning.planned(asked.circuit),
                    options,
                    model,
                    shots=request.shots,
                    device_limits=device_limits,
                )
            except LimitError as error:
                found.append(Problem(error.code, asked.path, message=str(error)))
    return found


def estimate(
    job: Any,
    *,
    shots: int | None = None,
    noise: Noise = None,
    threads: int | None = None,
    precision: str | None = None,
    fuse: bool = True,
    block: bool = True,
    share: bool = True,
    mode: str = "auto",
    trajectories: int | None = None,
    without: Sequence[str] = (),
    memory_limit: int | None = None,
) -> list[Estimate]:
    """Predict what a job would take: method, time, memory.

    Parameters
    ----------
    job, shots, noise, threads, precision, fuse, block, share, mode, trajectories, without,
    memory_limit
        As for `run`.

    Returns
    -------
    list of Estimate
        One per circuit that can run, in the order of the job.

    Examples
    --------
    >>> [found] = estimate({"input": {"qubits": 1, "circuit": [{"gate": "h", "target": 0}]}})
    >>> found.qubits_simulated
    1
    """
    request = override(read_request(job), shots, None, noise)
    model = None if request.noise.is_ideal else request.noise
    options = RunOptions(
        threads,
        precision,
        bool(fuse),
        bool(block),
        bool(share),
        memory_limit,
        mode,
        trajectories,
        read_passes(without),
    )
    return [
        planning.estimate(planning.planned(asked.circuit), request.shots, options, noise=model)
        for asked in request.circuits
        if asked.circuit is not None
    ]
