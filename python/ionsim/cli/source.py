"""Jobs and programs from files and standard input; their size is checked before all else."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePath
from typing import Protocol, cast

import click

from ..arguments import read_request
from ..errors import InputError, LimitError
from ..formats import guess_format, read_program
from ..job import JobRequest
from ..wire import read_job
from ..wire.size import count_circuits
from .console import BadInput, count, file_name

__all__ = ["Limits", "read", "read_text"]

_PIECE_BYTES = 1 << 20
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_SUFFIXES = {
    ".qasm": "openqasm",
    ".qasm2": "openqasm",
    ".qasm3": "openqasm",
    ".quip": "quipper",
    ".quipper": "quipper",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a job may be.

    Attributes
    ----------
    max_bytes, max_circuits, max_gates : int
        Of its text, and in it.
    """

    max_bytes: int
    max_circuits: int
    max_gates: int


class _Source(Protocol):
    def read1(self, size: int, /) -> bytes: ...
    def fileno(self) -> int: ...


def read(file: str, limits: Limits) -> JobRequest:
    """Read and check a job.

    Parameters
    ----------
    file : str
        A path, or ``-`` for standard input.
    limits : Limits
        What is allowed; the circuits are counted before any is read.

    Raises
    ------
    Refusal
        When the file cannot be read.
    LimitError, InputError
        When the job is too large, or wrong.
    """
    text = read_text(file, limits.max_bytes)
    program = _program_text(file, text)
    if program is not None:
        return _read_program(*program, limits)
    _check("circuit", count_circuits(text), limits.max_circuits)
    request = read_job(text)
    gates = sum(len(each.circuit) for each in request.circuits if each.circuit is not None)
    _check("gate", gates, limits.max_gates)
    return request


def _program_text(file: str, text: bytes) -> tuple[str, str] | None:
    """Return a program text and its language; None for what must be a job in JSON."""
    if text.lstrip(_BYTE_ORDER_MARK + b" \t\r\n").startswith((b"{", b"[")):
        return None
    language = _SUFFIXES.get(PurePath(file).suffix.lower())
    try:
        decoded = text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if language is None:
            return None
        reason = f"not UTF-8 text: {error.reason} at byte {error.start}"
        raise BadInput(f"{file_name(file)}: {reason}") from error
    language = language or guess_format(decoded)
    return None if language is None else (decoded, language)


def _read_program(text: str, language: str, limits: Limits) -> JobRequest:
    try:
        circuit = read_program(text, language, max_gates=limits.max_gates)
    except InputError as error:
        if error.code != "CircuitTooLarge":
            raise
        raise LimitError(f"{error}; on the command line with --max-gates") from error
    return read_request(circuit)


def _check(what: str, needed: int, allowed: int) -> None:
    if needed > allowed:
        message = (
            f"the job has {count(needed, what)} and {allowed:,} are allowed: split it, or raise "
            f"--max-{what}s"
        )
        raise LimitError(message, needed=needed, allowed=allowed)


def read_text(file: str, limit: int) -> bytes:
    """Return the text of a file or of standard input, if it is not too large.

    Raises
    ------
    Refusal
        It cannot be read.
    LimitError
        It has more than `limit` bytes.
    """
    pieces = []
    left = limit + 1
    try:
        with _opened(file) as stream:
            status = os.fstat(stream.fileno()) if file != "-" else None
            if status is not None and stat.S_ISREG(status.st_mode):
                _check_size(status.st_size, limit)
            # One read at a time, so that one Ctrl-D on a terminal is enough.
            while left > 0 and (piece := stream.read1(min(left, _PIECE_BYTES))):
                pieces.append(piece)
                left -= len(piece)
    except (OSError, ValueError) as error:  # ValueError: a null character in the path
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise BadInput(f"{file_name(file)}: cannot be read: {reason}") from error
    _check_size(limit + 1 - left, limit)
    return b"".join(pieces)


def _check_size(needed: int, allowed: int) -> None:
    if needed > allowed:
        message = (
            f"the text has more than the {allowed:,} bytes that are allowed: split the job, or "
            "raise --max-bytes"
        )
        raise LimitError(message, needed=needed, allowed=allowed)


@contextmanager
def _opened(file: str) -> Iterator[_Source]:
    if file != "-":
        with open(file, "rb") as stream:
            yield stream
        return
    if sys.stdin is None:
        raise ValueError("standard input is closed")
    if sys.stdin.isatty():
        click.echo("reading a job from the terminal; Ctrl-D ends it", err=True)
    yield cast(_Source, sys.stdin.buffer)
