"""The tables of the database."""

from __future__ import annotations

import sqlite3
import zlib

import msgspec

from ..wire import ChildState

__all__ = ["INSERT_JOB", "UPDATE_JOB", "opened", "read_children", "write_children"]

VERSION = 1

_TABLES = """
CREATE TABLE IF NOT EXISTS jobs (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  status TEXT NOT NULL,
  target TEXT NOT NULL,
  session TEXT,
  submitted REAL NOT NULL,
  finished REAL NOT NULL,
  idempotency TEXT UNIQUE,
  digest BLOB,
  state BLOB NOT NULL,
  children BLOB,
  body BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS jobs_by_status ON jobs (status, number);
CREATE TABLE IF NOT EXISTS children (
  id TEXT PRIMARY KEY, parent TEXT NOT NULL, place INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS children_by_parent ON children (parent);
CREATE TABLE IF NOT EXISTS results (
  job TEXT NOT NULL, place INTEGER NOT NULL, piece INTEGER NOT NULL, data BLOB NOT NULL,
  PRIMARY KEY (job, place, piece)
);
CREATE TABLE IF NOT EXISTS sessions (id TEXT PRIMARY KEY, data BLOB NOT NULL);
"""

INSERT_JOB = (
    "INSERT INTO jobs (id, status, target, session, submitted, finished, idempotency, digest,"
    " state, children, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
UPDATE_JOB = (
    "UPDATE jobs SET status = ?, finished = ?, state = ?, children = coalesce(?, children)"
    " WHERE id = ?"
)


def opened(path: str) -> sqlite3.Connection:
    """Open the database; make its tables if it is new.

    Raises
    ------
    sqlite3.Error
        It cannot be opened, or is of a newer version.
    """
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=30)
    connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    connection.execute("PRAGMA journal_mode = WAL").fetchall()
    connection.execute("PRAGMA synchronous = FULL")
    [version] = connection.execute("PRAGMA user_version").fetchone()
    if version not in (0, VERSION):
        raise sqlite3.DatabaseError(
            f"it was written by another version of ionsim (format {version}, here {VERSION})"
        )
    if version == 0:
        connection.executescript(f"BEGIN;{_TABLES}PRAGMA user_version = {VERSION};COMMIT;")
    return connection


_decoder = msgspec.json.Decoder(list[ChildState])


def write_children(children: list[ChildState]) -> bytes:
    """Return what the circuits of a job have of their own, as bytes."""
    return zlib.compress(msgspec.json.encode(children), 1)


def read_children(data: bytes) -> list[ChildState]:
    """Return the circuits behind the bytes.

    Examples
    --------
    >>> read_children(write_children([ChildState(id="1", qubits=2)]))[0].qubits
    2
    """
    return _decoder.decode(zlib.decompress(data))
