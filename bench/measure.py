"""Fair timing of several simulators in one process, and what the machine was like meanwhile."""

from __future__ import annotations

import gc
import importlib.metadata
import os
import platform
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from stream import available_threads, last_level_cache_bytes

__all__ = ["interleave", "load_average", "machine", "median", "versions"]

LEAST_SECONDS = 0.02  # a shorter call is repeated until this much has passed
SETTLE_SECONDS = 0.02  # threads of the last simulator spin for some milliseconds after its call
MOST_LOOPS = 10_000


def interleave(
    calls: Mapping[str, Callable[[], Any]], rounds: int, budget_seconds: float
) -> dict[str, list[float]]:
    """Time calls in turns: all of them once, then all of them again.

    Parameters
    ----------
    calls : mapping of str to callable
        What to time. Each is called once before, untimed by the result.
    rounds : int
        How often each is timed; fewer times, but twice at least, where `budget_seconds` would be
        exceeded.
    budget_seconds : float
        About how long this may take.

    Returns
    -------
    dict of str to list of float
        Seconds a call, one number a round.

    Examples
    --------
    >>> times = interleave({"nothing": lambda: None}, rounds=3, budget_seconds=1)
    >>> len(times["nothing"])
    3
    """
    first = {name: _seconds(call, 1) for name, call in calls.items()}
    # The first call of all may have loaded or built something; a quick one is looked at again.
    warm = {
        name: _seconds(calls[name], 1) if taken < LEAST_SECONDS * 10 else taken
        for name, taken in first.items()
    }
    loops = {
        name: min(MOST_LOOPS, max(1, round(LEAST_SECONDS / max(taken, 1e-7))))
        for name, taken in warm.items()
    }
    each_round = sum(max(LEAST_SECONDS, taken) + SETTLE_SECONDS for taken in warm.values())
    rounds = max(2, min(rounds, int(budget_seconds / each_round)))
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            times[name].append(_seconds(call, loops[name]))
    return times


def _seconds(call: Callable[[], Any], loops: int) -> float:
    gc.collect()
    time.sleep(SETTLE_SECONDS)
    gc.disable()
    try:
        start = time.perf_counter()
        for _ in range(loops):
            result = call()
        taken = time.perf_counter() - start
    finally:
        gc.enable()
    del result
    return taken / loops


def load_average() -> float:
    """Return the mean number of running processes over the last minute."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")


def versions(packages: Iterable[str]) -> dict[str, str]:
    """Return the versions of those distributions that are installed."""
    found = {}
    for package in packages:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def machine() -> dict[str, Any]:
    """Return what matters of this machine for a timing; nothing that names it."""
    return {
        "cpu": _first_field("/proc/cpuinfo", ("model name", "Model")) or platform.processor(),
        "architecture": platform.machine(),
        "threads": available_threads(),
        "last_level_cache_bytes": last_level_cache_bytes(),
        "memory": _first_field("/proc/meminfo", ("MemTotal",)),
        "system": platform.system(),
        "python": platform.python_version(),
    }


def _first_field(file: str, names: Sequence[str]) -> str:
    try:
        lines = Path(file).read_text().splitlines()
    except OSError:
        return ""
    fields = (line.partition(":") for line in lines)
    return next((value.strip() for name, _, value in fields if name.strip() in names), "")
