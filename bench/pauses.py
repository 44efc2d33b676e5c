"""Calls after pauses, when threads and caches have gone cold: one thread beside all.

``python bench/pauses.py --json bench/results/pauses.json``
"""

from __future__ import annotations

import argparse
import json
import shlex
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import ionsim
from measure import load_average, machine, median, versions
from stream import available_threads
from workloads import make

PAUSES_SECONDS = (0.0, 0.002, 0.02, 0.2)
WORKS = {"qaoa 11, aria-1": ("qaoa", 11, "aria-1"), "brick 16": ("brick", 16, None)}
SHOTS = 1000


def measure(name: str, pause_seconds: float, threads: int, rounds: int) -> dict[str, Any]:
    """Time single calls of `sample`, each after a pause."""
    kind, qubits, noise = WORKS[name]
    workload = make(kind, qubits)
    circuit = ionsim.Circuit(workload.gates, qubits=workload.qubits)
    seconds = []
    for seed in range(1, rounds + 2):
        time.sleep(pause_seconds)
        start = time.perf_counter()
        ionsim.sample(circuit, SHOTS, seed=seed, noise=noise, threads=threads)
        seconds.append(time.perf_counter() - start)
    # The first call plans.
    return {
        "name": name,
        "pause_seconds": pause_seconds,
        "threads": threads,
        "seconds": seconds[1:],
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Time everything, print a table, write a file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--json", type=Path, help="keep all figures in this file")
    given = parser.parse_args(arguments)
    load = load_average()
    rows = []
    print(f"{'':18}{'pause':>8}{'threads':>9}{'median':>10}{'slowest':>10}")
    for name in WORKS:
        for pause in PAUSES_SECONDS:
            for threads in sorted({1, available_threads()}):
                row = measure(name, pause, threads, given.rounds)
                rows.append(row)
                middle, most = 1e3 * median(row["seconds"]), 1e3 * max(row["seconds"])
                print(
                    f"{name:18}{1e3 * pause:5.0f} ms{threads:9}{middle:7.2f} ms{most:7.2f} ms",
                    flush=True,
                )
    if given.json is not None:
        command = ["python", "bench/pauses.py", *(sys.argv[1:] if arguments is None else arguments)]
        report = {
            "command": shlex.join(command),
            "machine": machine(),
            "versions": versions(["ionsim", "numpy"]),
            "load": [load, load_average()],
            "rows": rows,
        }
        given.json.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
