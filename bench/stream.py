"""How fast this machine moves memory, measured with NumPy: the limit that kernels are held to."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

__all__ = ["Stream", "available_threads", "last_level_cache_bytes"]

GIGA = 1e9


def available_threads() -> int:
    """Return the number of cores that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def last_level_cache_bytes(default: int = 32 << 20) -> int:
    """Return the size of the largest cache, or `default` where the system does not tell."""
    sizes = [default]
    for file in Path("/sys/devices/system/cpu/cpu0/cache").glob("index*/size"):
        text = file.read_text().strip()
        if text.endswith("K") and text[:-1].isdigit():
            sizes.append(int(text[:-1]) << 10)
    return max(sizes[1:] or sizes)


@dataclass(frozen=True, slots=True)
class _Share:
    """What one thread works on."""

    first: npt.NDArray[np.float64]
    second: npt.NDArray[np.float64]


class Stream:
    """Arrays as large as a state, cut into one share a thread.

    Parameters
    ----------
    size_bytes : int
        Size of the whole array that is worked on.
    threads : int
        Threads; NumPy gives the interpreter lock free while it works on an array.

    Examples
    --------
    >>> Stream(1 << 20, threads=1).multiply() > 0
    True
    """

    def __init__(self, size_bytes: int, threads: int) -> None:
        count = max(1, size_bytes // 8 // threads)
        self._bytes = 8 * count * threads
        self._threads = threads
        self._pool = ThreadPoolExecutor(threads)
        # Filled by the thread that will use it, so that the memory is near that thread.
        self._shares = list(self._pool.map(_filled, [count] * threads))

    def multiply(self, repeats: int = 5) -> float:
        """Return GB/s of ``a *= factor``: every byte is read and written once."""
        return self._best(lambda share: np.multiply(share.first, 0.99, out=share.first), repeats)

    def copy(self, repeats: int = 5) -> float:
        """Return GB/s of ``b[:] = a``: one array is read, the other written."""
        return self._best(lambda share: np.copyto(share.second, share.first), repeats)

    def _best(self, work: Callable[[_Share], object], repeats: int) -> float:
        barrier = threading.Barrier(self._threads)

        def one(share: _Share) -> tuple[float, float]:
            barrier.wait()
            start = time.perf_counter()
            work(share)
            return start, time.perf_counter()

        seconds = []
        for _ in range(repeats):
            spans = list(self._pool.map(one, self._shares))
            seconds.append(max(end for _, end in spans) - min(start for start, _ in spans))
        return 2 * self._bytes / min(seconds) / GIGA


def _filled(count: int) -> _Share:
    return _Share(np.ones(count), np.ones(count))
