"""Changes of the database: each a function of a connection, run inside a transaction."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Callable, Iterable
from contextlib import closing
from typing import Any, TypeAlias

from ..wire import ChildState, JobState
from . import schema

__all__ = [
    "Write",
    "delete_jobs",
    "finish_job",
    "insert_job",
    "packed",
    "unpacked",
    "update_job",
    "write_session",
]

Write: TypeAlias = Callable[[sqlite3.Connection], Any]

_SMALL = 512  # bytes below which compression does not pay


def packed(data: bytes) -> bytes:
    r"""Return a body as it is stored: compressed where that pays, with a byte that says so.

    Examples
    --------
    >>> packed(b"short"), unpacked(packed(b"long" * 1000)) == b"long" * 1000
    (b'\x00short', True)
    """
    return b"\1" + zlib.compress(data, 1) if len(data) > _SMALL else b"\0" + data


def unpacked(data: bytes) -> bytes:
    """Return what `packed` was given."""
    return zlib.decompress(data[1:]) if data[:1] == b"\1" else data[1:]


def insert_job(
    state: JobState,
    body: bytes,
    idempotency: tuple[str, bytes] | None = None,
    children: Iterable[ChildState] = (),
) -> Write:
    """Return the change that adds a job; `body` is packed already."""
    key, digest = idempotency or (None, None)
    own = list(children)
    data = schema.write_children(own) if own else None
    names = [(child.id, state.id, place) for place, child in enumerate(own)]
    values = (
        state.id, state.status, state.target, state.session_id, state.submitted, 0.0, key, digest,
        state.to_bytes(), data, body,
    )  # fmt: skip

    def change(connection: sqlite3.Connection) -> None:
        connection.execute(schema.INSERT_JOB, values)
        if names:
            connection.executemany("INSERT INTO children VALUES (?, ?, ?)", names)

    return change


def update_job(state: JobState, children: Iterable[ChildState] = ()) -> Write:
    """Return the change that writes a job's state."""
    own = list(children)
    data = schema.write_children(own) if own else None
    values = (state.status, state.finished, state.to_bytes(), data, state.id)
    return lambda connection: connection.execute(schema.UPDATE_JOB, values) and None


def finish_job(
    state: JobState, children: Iterable[ChildState], pieces: Iterable[tuple[int, int, bytes]]
) -> Write:
    """Return the change that writes a job's last state and its results, or neither.

    Parameters
    ----------
    state : JobState
        The last state.
    children : iterable of ChildState
        The circuits of a multi-circuit job.
    pieces : iterable of (int, int, bytes)
        Place of the circuit, number of the piece, data.
    """
    update = update_job(state, children)
    rows = [(state.id, *piece, state.id) for piece in pieces]
    # A job that was deleted in the meantime gets no results.
    sql = (
        "INSERT OR REPLACE INTO results SELECT ?, ?, ?, ?"
        " WHERE EXISTS (SELECT 1 FROM jobs WHERE id = ?)"
    )

    def change(connection: sqlite3.Connection) -> None:
        connection.executemany(sql, rows)
        update(connection)

    return change


def delete_jobs(ids: Iterable[str]) -> Write:
    """Return the change that deletes jobs with all that belongs to them."""
    rows = [(each,) for each in ids]

    def change(connection: sqlite3.Connection) -> None:
        for table, column in (("results", "job"), ("children", "parent"), ("jobs", "id")):
            connection.executemany(f"DELETE FROM {table} WHERE {column} = ?", rows)
        with closing(connection.execute("PRAGMA incremental_vacuum(200)")) as cursor:
            cursor.fetchall()

    return change


def write_session(session_id: str, data: bytes) -> Write:
    """Return the change that adds or replaces a session."""
    sql = (
        "INSERT INTO sessions (id, data) VALUES (?, ?)"
        " ON CONFLICT (id) DO UPDATE SET data = excluded.data"
    )
    return lambda connection: connection.execute(sql, (session_id, data)) and None
