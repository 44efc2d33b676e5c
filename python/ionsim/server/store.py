"""Durable jobs: one SQLite file, one thread that writes to it, many writes per commit.

What is written before an answer is given is on the disk by then (write-ahead log,
``synchronous=FULL``): neither ``kill -9`` nor a power cut loses it. A commit costs a flush of the
disk, so writes that wait at the same time share one.
"""

from __future__ import annotations

import queue
import sqlite3
import threading
from collections.abc import Iterable
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..wire import ChildState, JobState
from . import changes, schema
from .config import MEMORY
from .refusals import StoreError

__all__ = ["Store"]

_GROUP = 256  # writes per commit


class Store:
    """The jobs of a server.

    Parameters
    ----------
    path : str
        The file, or ``:memory:``.

    Raises
    ------
    StoreError
        The file cannot be used, or another server uses it.

    Examples
    --------
    >>> store = Store(":memory:")
    >>> state = JobState(id="1", version="v0.3", status="ready", submitted=5.0)
    >>> from ionsim.server import changes
    >>> store.write(changes.insert_job(state, changes.packed(b"{}"))).result()
    >>> store.state("1").status
    'ready'
    >>> store.close()
    """

    def __init__(self, path: str) -> None:
        self._lock = threading.Lock()
        self._writes: queue.SimpleQueue[tuple[changes.Write, Future[Any]] | None] = (
            queue.SimpleQueue()
        )
        try:
            self._guard = _guarded(path)
            self._writer = schema.opened(path)
            # Readers of a file do not wait for the writer's flushes.
            self._reader = self._writer if path == MEMORY else schema.opened(path)
        except (sqlite3.Error, OSError) as error:
            raise StoreError(f"the database {path} cannot be used: {error}") from error
        self._shared = self._reader is self._writer
        self._thread = threading.Thread(target=self._work, name="ionsim-store", daemon=True)
        self._thread.start()

    # --- writing -------------------------------------------------------------------------------

    def write(self, change: changes.Write) -> Future[Any]:
        """Queue a change; the future is done when it is on the disk."""
        done: Future[Any] = Future()
        self._writes.put((change, done))
        return done

    def close(self) -> None:
        """Write what is queued, and close the file."""
        self._writes.put(None)
        self._thread.join()
        with self._lock:
            for connection in {id(c): c for c in (self._reader, self._writer)}.values():
                connection.close()
        if self._guard is not None:
            self._guard.close()

    def _work(self) -> None:
        open_ = True
        while open_:
            group = [self._writes.get()]
            with suppress(queue.Empty):
                while len(group) < _GROUP:
                    group.append(self._writes.get_nowait())
            open_ = None not in group
            self._commit([each for each in group if each is not None])

    def _commit(self, group: list[tuple[changes.Write, Future[Any]]]) -> None:
        try:
            results = self._transaction([change for change, _ in group])
        except Exception as error:
            if len(group) > 1:  # one of them is to blame; the others shall not suffer
                for each in group:
                    self._commit([each])
            elif group:
                done = group[0][1]
                failure = StoreError(_reason(error)) if isinstance(error, sqlite3.Error) else error
                done.set_exception(failure)
            return
        for (_, done), result in zip(group, results, strict=True):
            done.set_result(result)

    def _transaction(self, changes: Iterable[changes.Write]) -> list[Any]:
        with self._lock if self._shared else _NO_LOCK:
            connection = self._writer
            connection.execute("BEGIN IMMEDIATE")
            try:
                results = [change(connection) for change in changes]
                connection.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):  # some failures have rolled it back already
                    connection.execute("ROLLBACK")
                raise
            return results

    # --- reading -------------------------------------------------------------------------------

    def _rows(self, sql: str, values: Iterable[Any] = ()) -> list[Any]:
        try:
            with self._lock:
                return self._reader.execute(sql, tuple(values)).fetchall()
        except sqlite3.Error as error:
            raise StoreError(_reason(error)) from error

    def state(self, job_id: str) -> JobState | None:
        """Return a job's state; None when there is no such job."""
        rows = self._rows("SELECT state FROM jobs WHERE id = ?", (job_id,))
        return JobState.from_bytes(rows[0][0]) if rows else None

    def parent(self, child_id: str) -> tuple[str, int] | None:
        """Return the parent's id and the place of a multi-circuit job's circuit."""
        rows = self._rows("SELECT parent, place FROM children WHERE id = ?", (child_id,))
        return rows[0] if rows else None

    def children(self, job_id: str) -> list[ChildState]:
        """Return what the circuits of a multi-circuit job have of their own."""
        rows = self._rows("SELECT children FROM jobs WHERE id = ?", (job_id,))
        return schema.read_children(rows[0][0]) if rows and rows[0][0] else []

    def body(self, job_id: str) -> bytes:
        """Return the body as it was submitted."""
        rows = self._rows("SELECT body FROM jobs WHERE id = ?", (job_id,))
        if not rows:
            raise StoreError(f"there is no job {job_id}")
        return changes.unpacked(rows[0][0])

    def pieces(self, job_id: str, place: int) -> list[bytes]:
        """Return the compressed pieces of a circuit's result."""
        sql = "SELECT data FROM results WHERE job = ? AND place = ? ORDER BY piece"
        return [row[0] for row in self._rows(sql, (job_id, place))]

    def by_key(self, key: str) -> tuple[str, bytes] | None:
        """Return the job that was made with an idempotency key, and the digest of its body."""
        rows = self._rows("SELECT id, digest FROM jobs WHERE idempotency = ?", (key,))
        return rows[0] if rows else None

    def unfinished(self) -> list[str]:
        """Return the ids of jobs that have not come to an end, in the order of arrival."""
        sql = "SELECT id FROM jobs WHERE status IN ('ready', 'running') ORDER BY number"
        return [row[0] for row in self._rows(sql)]

    def page(
        self, conditions: dict[str, Any], limit: int, before: str | None
    ) -> tuple[list[JobState], str | None]:
        """Return states, newest first, and the id at which the next page begins.

        Parameters
        ----------
        conditions : dict
            Column -> value, or a list of values of which one must fit.
        limit : int
            How many.
        before : str or None
            What the page before gave.
        """
        clauses = ["1"]
        values: list[Any] = []
        for column, wanted in conditions.items():
            some = wanted if isinstance(wanted, (list, tuple)) else [wanted]
            clauses.append(f"{column} IN ({', '.join('?' * len(some))})")
            values += some
        if before is not None:
            clauses.append("number <= (SELECT number FROM jobs WHERE id = ?)")
            values.append(before)
        sql = (
            f"SELECT id, state FROM jobs WHERE {' AND '.join(clauses)} ORDER BY number DESC LIMIT ?"
        )
        rows = self._rows(sql, (*values, limit + 1))
        states = [JobState.from_bytes(row[1]) for row in rows[:limit]]
        return states, rows[limit][0] if len(rows) > limit else None

    def older_than(self, moment: float) -> list[str]:
        """Return the ids of jobs that ended before a time."""
        sql = "SELECT id FROM jobs WHERE finished > 0 AND finished < ?"
        return [row[0] for row in self._rows(sql, (moment,))]

    def sessions(self) -> list[bytes]:
        """Return all sessions, newest first."""
        return [row[0] for row in self._rows("SELECT data FROM sessions ORDER BY rowid DESC")]

    def session(self, session_id: str) -> bytes | None:
        """Return a session."""
        rows = self._rows("SELECT data FROM sessions WHERE id = ?", (session_id,))
        return rows[0][0] if rows else None

    def jobs_in_session(self, session_id: str) -> int:
        """Count the jobs of a session."""
        rows = self._rows("SELECT count(*) FROM jobs WHERE session = ?", (session_id,))
        return int(rows[0][0])


class _NoLock:
    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...


_NO_LOCK = _NoLock()


def _guarded(path: str) -> sqlite3.Connection | None:
    """Hold a lock for as long as the process lives, so that a file has one server."""
    if path == MEMORY:
        return None
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    guard = sqlite3.connect(
        f"{path}.lock", timeout=0, isolation_level=None, check_same_thread=False
    )
    try:
        guard.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        guard.close()
        if "locked" not in str(error):
            raise
        raise StoreError(
            f"another server uses the database {path}: stop it, or choose another file with --db"
        ) from error
    return guard


def _reason(error: Exception) -> str:
    text = str(error)
    if "full" in text:
        return "the disk (or the database) is full: free some space, or delete jobs"
    return f"the database cannot be used: {text}"
