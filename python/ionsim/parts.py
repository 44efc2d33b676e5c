"""Work for the engine in parts: by circuit and by range of shots, here or on an executor.

Random numbers are keyed by (seed, shot, gate), so work may be cut wherever that helps: the parts
merge to exactly what the uncut work gives.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import (
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    as_completed,
)
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from . import engine
from .errors import IonsimError, LimitError, SimulationError
from .noise import NoiseModel
from .run_options import RunOptions

__all__ = ["Outcome", "Part", "run_on", "run_part"]

Outcome: TypeAlias = npt.NDArray[Any] | IonsimError

_LEAST_SHOTS = 256  # a smaller part costs more to plan and send than it saves
_PARTS_PER_WORKER = 2


@dataclass(frozen=True, slots=True)
class Part:
    """Work for one call of the engine; pickles, so that another process can run it.

    `noise` None asks for exact probabilities; otherwise shots in `shot_range` (all when None) of
    `shots` are sampled, each program with its seed.
    """

    programs: tuple[Any, ...]
    seeds: tuple[int, ...]
    shots: int
    noise: NoiseModel | None
    options: RunOptions
    shot_range: tuple[int, int] | None = None


def run_part(part: Part) -> list[Outcome]:
    """Run a part; a program that fails gives its error in place of an array."""
    try:
        if part.noise is None:
            return list(engine.probabilities(list(part.programs), part.options))
        return list(
            engine.samples(
                list(part.programs),
                part.shots,
                list(part.seeds),
                part.options,
                noise=part.noise,
                shot_range=part.shot_range,
            )
        )
    except MemoryError as error:
        failure: IonsimError = LimitError(f"memory ran out: {error}")
    except IonsimError as error:
        failure = error
    if len(part.programs) == 1:
        return [failure]
    # Alone, the healthy ones come through. What they have returned counts against a given limit.
    outcomes: list[Outcome] = []
    for program, seed in zip(part.programs, part.seeds, strict=True):
        options = _with_limit_left(part.options, outcomes)
        alone = dataclasses.replace(part, programs=(program,), seeds=(seed,), options=options)
        outcomes += run_part(alone)
    return outcomes


def _with_limit_left(options: RunOptions, outcomes: Sequence[Outcome]) -> RunOptions:
    if options.memory_limit_bytes is None:
        return options
    held = sum(outcome.nbytes for outcome in outcomes if not isinstance(outcome, IonsimError))
    return dataclasses.replace(
        options, memory_limit_bytes=max(1, options.memory_limit_bytes - held)
    )


def run_on(
    whole: Part, executor: Executor, report: Callable[[float], None] | None
) -> list[Outcome]:
    """Run work in parts on an executor, and merge them to what `run_part` gives for the whole."""
    if whole.options.threads is None and isinstance(
        executor, (ProcessPoolExecutor, ThreadPoolExecutor)
    ):
        # Such workers share this machine: one thread each, or they get in each other's way.
        options = dataclasses.replace(whole.options, threads=1)
        whole = dataclasses.replace(whole, options=options)
    parts = list(_split(whole, _PARTS_PER_WORKER * _workers(executor)))
    futures: dict[Future[list[Outcome]], int] = {}
    results: list[list[Outcome]] = [[] for _ in parts]
    try:
        for place, (_, part) in enumerate(parts):
            futures[_guarded(executor.submit, run_part, part)] = place
        for count, future in enumerate(as_completed(futures), start=1):
            results[futures[future]] = _guarded(future.result)
            if report is not None:
                report(count / len(parts))
    finally:
        for future in futures:  # after an error or Ctrl-C, nothing more needs to start
            future.cancel()
    pieces: list[list[Outcome]] = [[] for _ in whole.programs]
    for (first, _), outcomes in zip(parts, results, strict=True):
        for offset, outcome in enumerate(outcomes):
            pieces[first + offset].append(outcome)
    return [_merge(of_one) for of_one in pieces]


def _guarded(call: Callable[..., Any], *arguments: Any) -> Any:
    """Call an executor's method; whatever breaks in there is one kind of error."""
    try:
        return call(*arguments)
    except Exception as error:
        raise SimulationError(f"a worker of the executor failed: {error!r}") from error


def _split(whole: Part, wanted: int) -> Iterator[tuple[int, Part]]:
    """Cut work into about `wanted` parts, each with the index of its first program."""
    count = len(whole.programs)
    groups = min(count, wanted)
    edges = [count * group // groups for group in range(groups + 1)]
    ranges = _shot_ranges(whole, wanted // groups)
    for first, end in pairwise(edges):
        for shot_range in ranges:
            programs, seeds = whole.programs[first:end], whole.seeds[first:end]
            part = dataclasses.replace(whole, programs=programs, seeds=seeds, shot_range=shot_range)
            yield first, part


def _shot_ranges(whole: Part, wanted: int) -> list[tuple[int, int] | None]:
    count = min(wanted, whole.shots // _LEAST_SHOTS)
    if whole.noise is None or count <= 1:
        return [None]
    edges = [whole.shots * place // count for place in range(count + 1)]
    return list(pairwise(edges))


def _merge(pieces: Sequence[Outcome]) -> Outcome:
    arrays = []
    for piece in pieces:
        if isinstance(piece, IonsimError):
            return piece
        arrays.append(piece)
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays)


def _workers(executor: Executor) -> int:
    """Return how many workers an executor has, as far as it can be told."""
    pool_size = getattr(executor, "_max_workers", None)
    if isinstance(pool_size, int) and pool_size > 0:
        return pool_size
    client = getattr(executor, "_client", None)  # dask.distributed's executor
    if client is not None:
        return max(1, int(sum(client.ncores().values())))
    return os.cpu_count() or 1
