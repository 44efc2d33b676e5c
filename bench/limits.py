"""How far a run is from what the machine can do: bandwidth and arithmetic, measured beside it.

The limit of a circuit is the longer of two times: what its passes read and write of the state, at
the speed at which NumPy multiplies an array of the state's size in place, and the operations of its
steps, at the speed of NumPy's matrix product. Both counts are those of the plan that ionsim makes
(`ionsim.estimate`); they say how well the plan is executed, not how good it is.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from stream import GIGA, Stream, available_threads

__all__ = ["Distance", "Limits"]

LEAST_BYTES = 4 << 20  # of smaller arrays NumPy's own calls would be measured
MATRIX_SIZE = 1536
AMPLITUDE_BYTES = {"complex64": 8, "complex128": 16}
REAL_TYPES = {"complex64": np.float32, "complex128": np.float64}


@dataclass(frozen=True, slots=True)
class Distance:
    """What a run did in its time, and what the machine could have done.

    Parameters
    ----------
    passes : float
        How often the state is read and written.
    gb_per_s, gflop_per_s : float
        Of the run.
    machine_gb_per_s, machine_gflop_per_s : float
        Of the machine, for an array of the state's size.
    of_limit : float
        The time that the limit allows over the time taken, 0 to 1.
    """

    passes: float
    gb_per_s: float
    gflop_per_s: float
    machine_gb_per_s: float
    machine_gflop_per_s: float
    of_limit: float

    def __str__(self) -> str:
        return (
            f"{self.passes:6.2f} passes, {self.gb_per_s:6.1f} of {self.machine_gb_per_s:.0f} GB/s, "
            f"{self.gflop_per_s:6.1f} of {self.machine_gflop_per_s:.0f} GFLOP/s, "
            f"{100 * self.of_limit:3.0f} % of the limit"
        )


class Limits:
    """What this machine can do with some of its threads; each number is measured once.

    Parameters
    ----------
    threads : int
        Those that the runs may use.

    Examples
    --------
    >>> limits = Limits(threads=1)
    >>> limits.gb_per_s(1 << 20) > 0 and limits.gflop_per_s("complex64") > 0
    True
    """

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._bandwidth: dict[int, float] = {}
        self._arithmetic: dict[str, float] = {}

    def gb_per_s(self, size_bytes: int) -> float:
        """Return the speed of a multiplication in place, both ways counted."""
        size = max(LEAST_BYTES, size_bytes)
        if size not in self._bandwidth:
            self._bandwidth[size] = Stream(size, self._threads).multiply(repeats=9)
        return self._bandwidth[size]

    def gflop_per_s(self, precision: str) -> float:
        """Return the speed of a matrix product, as a share of all threads."""
        if precision not in self._arithmetic:
            matrix = np.ones((MATRIX_SIZE, MATRIX_SIZE), REAL_TYPES[precision])
            best = _best_seconds(lambda: matrix @ matrix)
            share = min(1.0, self._threads / available_threads())
            self._arithmetic[precision] = 2 * MATRIX_SIZE**3 / best / GIGA * share
        return self._arithmetic[precision]

    def distance(self, expected: Any, precision: str, seconds: float) -> Distance:
        """Compare a run with the limits.

        Parameters
        ----------
        expected : ionsim.Estimate
            What the plan of the run does.
        precision : str
            That of the run.
        seconds : float
            What it took.
        """
        state = AMPLITUDE_BYTES[precision] << expected.qubits_simulated
        bandwidth, arithmetic = self.gb_per_s(state), self.gflop_per_s(precision)
        least = max(expected.moved_bytes / bandwidth, expected.flops / arithmetic) / GIGA
        return Distance(
            passes=expected.passes,
            gb_per_s=expected.moved_bytes / seconds / GIGA,
            gflop_per_s=expected.flops / seconds / GIGA,
            machine_gb_per_s=bandwidth,
            machine_gflop_per_s=arithmetic,
            of_limit=least / seconds,
        )


def _best_seconds(work: Callable[[], object], repeats: int = 7) -> float:
    work()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)
