"""How to run: the choices that leave a job's meaning as it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from . import _core
from .errors import InputError, Problem, format_value

__all__ = ["MODES", "PASSES", "PRECISIONS", "RunOptions", "read_passes"]

PRECISIONS = ("complex64", "complex128")
PASSES = ("conjugate", "merge", "diagonals", "tangent", "tiles", "registers", "growth", "reuse")
MODES = ("auto", "trajectories", "frame", "exact", "erasure")


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How to run.

    Parameters
    ----------
    threads : int or None
        At most so many threads; None takes every core that the process may use.
    precision : str or None
        ``"complex64"`` or ``"complex128"`` (or the NumPy type); None takes complex128 for ideal
        and complex64 for noisy runs.
    fuse : bool
        Merge gates before running; off is the slow twin, for comparison.
    block : bool
        Run large states tile by tile; off is the slow twin.
    share : bool
        Noisy shots that meet errors of the same effect share one state, and all share the
        error-free start; off is the slow twin.
    without : tuple of str
        Single passes that are left out: ``"conjugate"`` (diagonal gates between equal controlled
        flips), ``"merge"`` (products of gates on one qubit), ``"diagonals"`` (products of diagonal
        gates), ``"tangent"`` (rotations without the products with their cosine), ``"tiles"``
        (parts of the state that fit the cache), ``"registers"`` (several steps for each load),
        ``"growth"`` (parts that are still zero are left out), ``"reuse"`` (a circuit that runs
        again takes its earlier plan). `fuse` is the first four, `block` the next three.
    memory_limit_bytes : int or None
        Refuse what needs more; None allows 80 % of what is free.
    mode : str
        How noisy shots are made: ``"trajectories"``, ``"frame"``, ``"exact"``, ``"erasure"``, or
        ``"auto"`` for the one that the planner expects to need the least work.
    trajectories : int or None
        So many different error histories for all noisy shots; None: one for each shot.
    progress : callable or None
        Called with the fraction done, 0 to 1, at most every 50 ms; raising in it stops the run.

    Raises
    ------
    InputError
        An unknown precision, or a number below 1.

    Examples
    --------
    >>> RunOptions(precision="complex64").precision
    'complex64'
    """

    threads: int | None = None
    precision: str | None = None
    fuse: bool = True
    block: bool = True
    share: bool = True
    memory_limit_bytes: int | None = None
    mode: str = "auto"
    trajectories: int | None = None
    without: tuple[str, ...] = ()
    progress: Callable[[float], None] | None = None

    def __post_init__(self) -> None:
        problems = []
        if self.precision is not None:
            try:
                name = np.dtype(self.precision).name
            except TypeError:
                name = str(self.precision)
            object.__setattr__(self, "precision", name)
            if name not in PRECISIONS:
                allowed = " or ".join(PRECISIONS)
                problems.append(
                    Problem("InvalidInput", "precision", repr(name), "unknown precision", allowed)
                )
        for name in self.without:
            if name not in PASSES:
                allowed = ", ".join(PASSES)
                problems.append(
                    Problem("InvalidInput", "without", format_value(name), "unknown pass", allowed)
                )
        for field, value in (
            ("threads", self.threads),
            ("memory_limit", self.memory_limit_bytes),
            ("trajectories", self.trajectories),
        ):
            whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
            if value is not None and (not whole or value < 1):
                came = format_value(value)
                problems.append(
                    Problem("InvalidInput", field, came, "out of range", "an integer from 1")
                )
        if self.mode not in MODES:
            allowed = ", ".join(MODES)
            problems.append(
                Problem("InvalidInput", "mode", format_value(self.mode), "unknown mode", allowed)
            )
        if problems:
            raise InputError(problems)

    def for_core(self, *, noisy: bool) -> _core.RunOptions:
        """Return the core's form of these options."""
        return _core.RunOptions(
            precision=self.precision or ("complex64" if noisy else "complex128"),
            threads=min(self.threads or 0, 4096),
            fuse=self.fuse,
            block=self.block,
            share=self.share,
            without=list(self.without),
            memory_limit=float(min(self.memory_limit_bytes or 0, 2**62)),
            mode=self.mode,
            trajectories=min(self.trajectories or 0, 2**62),
            progress=self.progress,
        )


def read_passes(without: Any) -> tuple[str, ...]:
    """Return the names of passes that are left out; anything but a sequence is an `InputError`.

    Examples
    --------
    >>> read_passes(["tiles", "growth"])
    ('tiles', 'growth')
    """
    if isinstance(without, Iterable) and not isinstance(without, str):
        return tuple(without)
    allowed = f"a sequence of {', '.join(PASSES)}"
    message = "not a sequence of names"
    raise InputError(Problem("InvalidInput", "without", format_value(without), message, allowed))
