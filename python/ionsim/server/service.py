"""What the server can do with jobs, without a word of HTTP. Everything here runs on one loop."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any, TypeVar

import msgspec

from ..job import JobRequest
from ..wire import ChildState, JobState
from . import changes
from .config import ServerConfig
from .recent import Recent
from .refusals import Conflict, NotFound, QueueFull, StoreError
from .results import CircuitResult
from .sessions import check_session
from .store import Store
from .submission import Prepared, expected_work, prepare, reread
from .worker import Entry, Lanes, Outcome

__all__ = ["Service"]

_log = logging.getLogger("ionsim.server")

_SMALL_BODY = 1 << 14  # bytes that are read at once, without a thread
_KEPT_REQUEST_BYTES = 64 << 20
_RETRY_SECONDS = 5.0  # until a full disk may have room again

Result = TypeVar("Result")


class Service:
    """Jobs: submitted, queued, run, looked at, canceled, deleted.

    Parameters
    ----------
    config : ServerConfig
        Limits and times.
    store : Store
        Where jobs are kept; it is closed with the service.
    """

    def __init__(self, config: ServerConfig, store: Store) -> None:
        self.config = config
        self.store = store
        self._loop = asyncio.get_running_loop()
        self._live: dict[str, Entry] = {}
        self._recent = Recent()
        self._held_bytes = 0
        self._closing = False
        self._keys: dict[str, asyncio.Future[None]] = {}
        self._lanes = Lanes(config, self._load, self._note_start, self._note_end)
        self.drawing = asyncio.Semaphore(1)  # shots of ideal jobs, one job at a time
        self._background: set[asyncio.Task[Any]] = set()

    async def start(self) -> None:
        """Queue what an earlier server has left undone, and begin to delete what is too old."""
        for job_id in self.store.unfinished():
            state = self.store.state(job_id)
            if state is not None:
                state = msgspec.structs.replace(state, status="ready", started=0.0)
                children = self.store.children(job_id)
                self._enqueue(Entry(state, expected_work(state), None, children))
        if self.config.keep_days > 0:
            self._keep(self._retention())

    def release(self) -> None:
        """Answer those who wait for the end of a job, and let nobody wait any more."""
        self._closing = True
        for entry in self._live.values():
            for waiter in entry.waiters:
                _release(waiter)

    async def close(self) -> None:
        """Stop; what has not ended runs again at the next start."""
        for task in self._background:
            task.cancel()
        await asyncio.to_thread(self._lanes.close)
        await asyncio.to_thread(self.store.close)

    # --- submitting ----------------------------------------------------------------------------

    @property
    def waiting(self) -> int:
        """How many jobs have not ended."""
        return len(self._live)

    async def submit(
        self, body: bytes, version: str, key: str | None = None, *, cloned_from: str | None = None
    ) -> JobState:
        """Take a job; when this returns it is on the disk.

        Parameters
        ----------
        body : bytes
            As it came.
        version : str
            ``v0.3`` or ``v0.4``.
        key : str or None
            Idempotency key: the same key with the same body gives the same job.

        Raises
        ------
        InputError, LimitError
            The body cannot run.
        QueueFull, StoreError, Conflict
            There is no room, or the key belongs to another body.
        """
        if key is None:
            return await self._submit(body, version, None, cloned_from)
        digest = hashlib.sha256(version.encode() + b"\0" + body).digest()
        if key in self._keys:  # the same request is being answered right now
            await asyncio.wait([self._keys[key]])
        found = self.store.by_key(key)
        if found is not None:
            if found[1] != digest:
                raise Conflict("this idempotency key was used with another body: take a new key")
            return (await self.find(found[0]))[0]
        self._keys[key] = done = self._loop.create_future()
        try:
            return await self._submit(body, version, (key, digest), cloned_from)
        finally:
            done.set_result(None)
            del self._keys[key]

    async def _submit(
        self,
        body: bytes,
        version: str,
        idempotency: tuple[str, bytes] | None,
        cloned_from: str | None,
    ) -> JobState:
        if len(self._live) >= self.config.max_queue:
            raise QueueFull(f"{len(self._live):,} jobs wait already: try again later")

        def read() -> tuple[Prepared, bytes]:
            prepared = prepare(body, version, self.config, cloned_from=cloned_from)
            return prepared, changes.packed(body)

        prepared, stored = read() if _is_quick(body) else await asyncio.to_thread(read)
        state = prepared.state
        check_session(self.store, state.session_id)
        entry = Entry(state, expected_work(state), prepared.request, prepared.children)
        insert = changes.insert_job(state, stored, idempotency, prepared.children)
        written = self.store.write(insert)
        # It may begin before it is on the disk; nobody knows its id before it is.
        if self._held_bytes + len(body) > _KEPT_REQUEST_BYTES:
            entry.request = None
        self._enqueue(entry)
        try:
            await self.landed(written)
        except StoreError:
            entry.stop = True
            self._live.pop(state.id, None)
            self._recent.drop(state.id)
            raise
        return state

    def _enqueue(self, entry: Entry) -> None:
        if entry.request is not None:
            self._held_bytes += _held(entry)
        self._live[entry.state.id] = entry
        self._lanes.put(entry)

    # --- what workers say ----------------------------------------------------------------------

    def _load(self, entry: Entry) -> JobRequest:
        return reread(self.store.body(entry.state.id), entry.state)

    def _note_start(self, entry: Entry, started: float) -> None:
        self._call(self._started, entry, started)

    def _note_end(self, entry: Entry, outcome: Outcome) -> None:
        self._call(self._ended, entry, outcome)

    def _call(self, function: Callable[..., Any], *arguments: Any) -> None:
        try:
            self._loop.call_soon_threadsafe(function, *arguments)
        except RuntimeError:  # the loop is closed: the job runs again at the next start
            _log.debug("a worker outlived its server")

    def _started(self, entry: Entry, started: float) -> None:
        if not entry.stop and not entry.state.is_finished:
            entry.state = msgspec.structs.replace(entry.state, status="running", started=started)
            self.store.write(changes.update_job(entry.state))

    def _ended(self, entry: Entry, outcome: Outcome) -> None:
        if entry.stop:
            return
        self._store_outcome(outcome)
        self._settle(entry, outcome.state, outcome.children, outcome.results)

    def _settle(
        self,
        entry: Entry,
        state: JobState,
        children: list[ChildState] | None = None,
        results: dict[int, CircuitResult] | None = None,
    ) -> None:
        """Move a job that has ended out of the queue, and tell those who wait for it."""
        if entry.request is not None:
            self._held_bytes -= _held(entry)
        entry.state = state
        entry.children = children if children is not None else entry.children
        entry.results = results or {}
        entry.request = None
        entry.progress = 1.0
        self._live.pop(state.id, None)
        self._recent.add(entry)
        for waiter in entry.waiters:
            if not waiter.done():
                waiter.set_result(None)
        entry.waiters.clear()

    def _store_outcome(self, outcome: Outcome) -> None:
        def look(written: Future[Any]) -> None:
            if written.exception() is not None:
                # Until it is stored, the file says that the job is to be run.
                _log.error("a result could not be stored: %s", written.exception())
                self._call(self._loop.call_later, _RETRY_SECONDS, self._store_outcome, outcome)

        state, pieces = outcome.state, outcome.pieces
        change = changes.finish_job(state, outcome.children, pieces)
        self.store.write(change).add_done_callback(look)

    # --- looking -------------------------------------------------------------------------------

    def _entry(self, job_id: str) -> Entry | None:
        return self._live.get(job_id) or self._recent.get(job_id)

    async def find(self, job_id: str, wait: float = 0.0) -> tuple[JobState, int | None]:
        """Return a job's state, and its place if it is a circuit of another.

        Parameters
        ----------
        job_id : str
            Of a job, or of a circuit of one.
        wait : float
            Seconds to wait for the end at most, on the first look.

        Raises
        ------
        NotFound
            There is no such job.
        """
        entry = self._entry(job_id)
        if entry is not None:
            return await self._watched(entry, wait), None
        state = self.store.state(job_id)
        if state is not None:
            return state, None
        found = self.store.parent(job_id)
        if found is None:
            raise NotFound(f"there is no job {job_id}")
        parent_id, place = found
        parent, _ = await self.find(parent_id, wait)
        return parent.child((await self.children(parent_id))[place]), place

    async def _watched(self, entry: Entry, wait: float) -> JobState:
        if not entry.state.is_finished and not entry.looked_at and wait > 0 and not self._closing:
            entry.looked_at = True
            waiter = self._loop.create_future()
            entry.waiters.append(waiter)
            timer = self._loop.call_later(wait, _release, waiter)
            try:
                await waiter
            finally:
                timer.cancel()
        if entry.state.status == "running":
            return msgspec.structs.replace(entry.state, progress=entry.progress)
        return entry.state

    async def children(self, job_id: str) -> list[ChildState]:
        """Return what the circuits of a multi-circuit job have of their own."""
        entry = self._entry(job_id)
        if entry is not None:
            return entry.children
        return await asyncio.to_thread(self.store.children, job_id)

    async def page(
        self, conditions: dict[str, Any], limit: int, before: str | None
    ) -> tuple[list[JobState], str | None]:
        """Return jobs, newest first, and where the next page begins."""
        await self.landed(self.store.write(lambda _: None))  # what was said to be done is in there
        states, following = await asyncio.to_thread(self.store.page, conditions, limit, before)
        entries = (self._entry(state.id) for state in states)
        now = [
            state if entry is None else await self._watched(entry, 0.0)
            for state, entry in zip(states, entries, strict=True)
        ]
        return now, following

    async def result(self, parent_id: str, place: int = 0) -> CircuitResult:
        """Return the result of a circuit of a completed job."""
        entry = self._entry(parent_id)
        if entry is not None and place in entry.results:
            return entry.results[place]

        def load() -> CircuitResult:
            pieces = self.store.pieces(parent_id, place)
            if not pieces:
                raise NotFound(f"the job {parent_id} has no such result")
            return CircuitResult.from_pieces(pieces)

        return await asyncio.to_thread(load)

    # --- ending --------------------------------------------------------------------------------

    async def cancel(self, job_id: str) -> JobState:
        """Cancel a job that has not ended; the worker lets go of it within a moment.

        Raises
        ------
        NotFound, Conflict
            There is no such job, or it has ended.
        """
        state, place = await self.find(job_id)
        if place is not None:
            raise Conflict(f"the job {job_id} is a part of {state.parent_id}: cancel that")
        entry = self._live.get(job_id)
        if entry is None:
            if state.status == "canceled":
                return state
            raise Conflict(f"the job {job_id} is {state.status} already")
        entry.stop = True
        ended = msgspec.structs.replace(
            entry.state, status="canceled", finished=time.time(), progress=entry.progress
        )
        written = self.store.write(changes.update_job(ended))
        self._settle(entry, ended)
        await self.landed(written)
        return ended

    async def delete(self, ids: Sequence[str]) -> None:
        """Delete jobs with their results; those that have not ended are stopped.

        Raises
        ------
        NotFound, Conflict
            One of them does not exist, or is a circuit of another; none is deleted.
        """
        for job_id in ids:
            state, place = await self.find(job_id)
            if place is not None:
                raise Conflict(f"the job {job_id} is a part of {state.parent_id}: delete that")
        for job_id in ids:
            entry = self._live.get(job_id)
            if entry is not None:
                entry.stop = True
                ended = msgspec.structs.replace(entry.state, status="canceled")
                self._settle(entry, ended)
            self._recent.drop(job_id)
        await self.landed(self.store.write(changes.delete_jobs(ids)))

    async def _retention(self) -> None:
        while True:
            old = self.store.older_than(time.time() - 86_400 * self.config.keep_days)
            for begin in range(0, len(old), 500):
                some = old[begin : begin + 500]
                for job_id in some:
                    self._recent.drop(job_id)
                await self.landed(self.store.write(changes.delete_jobs(some)))
            await asyncio.sleep(3600)

    # --- inside --------------------------------------------------------------------------------

    async def landed(self, written: Future[Result]) -> Result:
        """Wait until a change is on the disk."""
        return await asyncio.wrap_future(written)

    def _keep(self, work: Any) -> None:
        task = self._loop.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)


def _release(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)


def _held(entry: Entry) -> int:
    request = entry.request
    if request is None:
        return 0
    return 1_000 + sum(50 * len(each.circuit) for each in request.circuits if each.circuit)


def _is_quick(body: bytes) -> bool:
    """Tell whether a body can be read on the event loop: a short program text can be much work."""
    is_text = b'"data"' in body or b"\\u" in body  # an escape could hide the word
    return len(body) <= _SMALL_BODY and not is_text
