"""The queue: jobs in order of arrival, in two lanes, so that small ones pass long ones."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from ..engine import RunOptions
from ..errors import IonsimError
from ..executor import execute
from ..job import Job, JobRequest
from ..wire import ChildState, JobState
from .config import ServerConfig
from .results import CircuitResult

__all__ = ["Entry", "Lanes", "Outcome"]

_log = logging.getLogger("ionsim.server")
_SMALL_WORK = 1e8  # amplitudes times gates: a tenth of a second or so
_TINY_WORK = 1e7  # over before anybody could stop it
_PIECE_BYTES = 8 << 20


@dataclass(slots=True, eq=False)
class Entry:
    """A job in memory. The event loop changes it; a worker only reads it, and sets `progress`.

    Attributes
    ----------
    state : JobState
        As clients see it.
    work : float
        How much it is, roughly.
    request : JobRequest or None
        What runs; None: to be read from the store.
    stop : bool
        It was canceled or deleted.
    looked_at : bool
        A client has asked for it.
    """

    state: JobState
    work: float
    request: JobRequest | None = None
    children: list[ChildState] = field(default_factory=list)
    results: dict[int, CircuitResult] = field(default_factory=dict)
    progress: float = 0.0
    stop: bool = False
    looked_at: bool = False
    waiters: list[Any] = field(default_factory=list)

    @property
    def small(self) -> bool:
        """Whether it may pass long jobs."""
        return self.work <= _SMALL_WORK


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run gives: the job's last state, and results with their bytes for the store."""

    state: JobState
    children: list[ChildState] = field(default_factory=list)
    results: dict[int, CircuitResult] = field(default_factory=dict)
    pieces: list[tuple[int, int, bytes]] = field(default_factory=list)


class _Stopped(Exception):
    """Raised out of a run that shall end."""


class Lanes:
    """Threads that run jobs.

    Parameters
    ----------
    config : ServerConfig
        Threads and limits.
    load : callable
        Entry -> JobRequest, for entries without one.
    on_start, on_end : callable
        Called on the worker's thread with the entry and its start, or its `Outcome`.
    """

    def __init__(
        self,
        config: ServerConfig,
        load: Callable[[Entry], JobRequest],
        on_start: Callable[[Entry, float], None],
        on_end: Callable[[Entry, Outcome], None],
    ) -> None:
        self._config = config
        self._load = load
        self._on_start = on_start
        self._on_end = on_end
        self._closing = False
        self._small: queue.SimpleQueue[Entry | None] = queue.SimpleQueue()
        self._long: queue.SimpleQueue[Entry | None] = queue.SimpleQueue()
        lanes = [self._small] * config.small_workers + [self._long]
        self._lanes = lanes
        self._threads = [
            threading.Thread(target=self._serve, args=(lane,), name="ionsim-lane", daemon=True)
            for lane in lanes
        ]
        for thread in self._threads:
            thread.start()

    def put(self, entry: Entry) -> None:
        """Queue a job."""
        (self._small if entry.small else self._long).put(entry)

    def close(self) -> None:
        """Stop what runs, soon; what waits is left."""
        self._closing = True
        for lane in self._lanes:
            lane.put(None)
        for thread in self._threads:
            thread.join(timeout=5.0)

    def _serve(self, lane: queue.SimpleQueue[Entry | None]) -> None:
        while (entry := lane.get()) is not None and not self._closing:
            if entry.stop:
                continue
            try:
                outcome = self._run(entry)
            except _Stopped:
                continue
            except Exception:  # a fault of this package: the lane must go on
                _log.exception("job %s broke its worker", entry.state.id)
                outcome = _failed(entry, time.time(), "InternalError", "an error inside ionsim")
            self._on_end(entry, outcome)

    def _run(self, entry: Entry) -> Outcome:
        started = time.time()
        if not entry.small:
            self._on_start(entry, started)
        config = self._config
        if entry.state.dry_run:
            return Outcome(_ended(entry.state, "completed", started))
        threads = 1 if entry.small else config.threads
        options = RunOptions(threads=threads, memory_limit_bytes=config.memory_limit)

        def report(fraction: float) -> None:
            if entry.stop or self._closing:
                raise _Stopped
            if entry.small and not entry.progress:  # longer than thought
                self._on_start(entry, started)
            entry.progress = max(fraction, 1e-9)

        try:
            request = entry.request or self._load(entry)
            job = execute(
                request,
                options,
                progress=False if entry.work < _TINY_WORK else report,
                device_limits=config.device_limits,
                job_id=entry.state.id,
            )
        except IonsimError as error:
            return _failed(entry, started, getattr(error, "code", "InternalError"), str(error))
        except MemoryError:
            return _failed(entry, started, "CircuitTooLarge", "memory ran out during the run")
        if entry.stop or self._closing:
            raise _Stopped
        return _completed(entry, job, started)


def _ended(state: JobState, status: str, started: float, **changes: Any) -> JobState:
    now = time.time()
    return msgspec.structs.replace(
        state, status=status, started=started, finished=now, progress=1.0, **changes
    )


def _failed(entry: Entry, started: float, code: str, text: str) -> Outcome:
    ms = round((time.time() - started) * 1e3, 3)
    state = _ended(entry.state, "failed", started, failure=(code, text), execution_ms=ms)
    return Outcome(state, entry.children)


def _completed(entry: Entry, job: Job, started: float) -> Outcome:
    jobs = job.children if job.multi else (job,)
    children = [
        own
        if of_job.failure is None
        else msgspec.structs.replace(own, failure=(of_job.failure.code, of_job.failure.error))
        for own, of_job in zip(entry.children, jobs, strict=False)
    ]
    results = {
        place: CircuitResult.of(of_job)
        for place, of_job in enumerate(jobs)
        if of_job.failure is None
    }
    pieces = [
        (place, number, data)
        for place, result in results.items()
        for number, data in enumerate(result.to_pieces(_PIECE_BYTES))
    ]
    state = _ended(
        entry.state,
        job.status,
        started,
        execution_ms=job.timing.execution_time_ms,
        warnings=job.warnings,
        one_qubit=job.gate_counts["1q"],
        two_qubit=job.gate_counts["2q"],
        failure=None if job.failure is None else (job.failure.code, job.failure.error),
    )
    return Outcome(state, children, results, pieces)
