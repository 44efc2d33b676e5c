"""What more threads gain: the same circuits with one thread and with all.

``python bench/scaling.py --n 20,24 --json bench/results/scaling.json``
"""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import ionsim
from measure import interleave, load_average, machine, median, versions
from stream import available_threads
from workloads import make

PRECISIONS = ("complex64", "complex128")


@dataclass(frozen=True, slots=True)
class Row:
    """One circuit: seconds of each round, by the number of threads."""

    workload: str
    qubits: int
    precision: str
    seconds: dict[int, Sequence[float]]

    def speed_up(self, threads: int) -> float:
        """Return how many times faster so many threads are than the fewest, by medians."""
        return median(self.seconds[min(self.seconds)]) / median(self.seconds[threads])

    def __str__(self) -> str:
        times = ", ".join(
            f"{threads}: {median(times) * 1e3:.1f} ms ({self.speed_up(threads):.2f})"
            for threads, times in self.seconds.items()
        )
        return f"{self.workload:8} {self.qubits:3} {self.precision:10} {times}"


def measure(
    workload: str, qubits: int, precision: str, threads: Sequence[int], rounds: int, budget: float
) -> Row:
    """Time one circuit with each number of threads, in turns.

    Parameters
    ----------
    workload, qubits, precision
        Which circuit, and how exact.
    threads : sequence of int
        How many threads, each in its turn.
    rounds, budget
        As for `measure.interleave`.
    """
    made = make(workload, qubits)
    circuit = ionsim.Circuit(made.gates, qubits=qubits, gateset=made.gateset)

    def run(count: int) -> Callable[[], Any]:
        return lambda: ionsim.probabilities(circuit, precision=precision, threads=count)

    times = interleave({str(count): run(count) for count in threads}, rounds, budget)
    return Row(workload, qubits, precision, {count: times[str(count)] for count in threads})


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure everything, print it, write a file."""
    every = available_threads()
    powers = [2**k for k in range(every.bit_length()) if 2**k < every]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", default="20,24", help="numbers of qubits")
    parser.add_argument("--workloads", default="brick,native,qv")
    parser.add_argument("--precision", default=",".join(PRECISIONS))
    parser.add_argument(
        "--threads", default=",".join(map(str, [*powers, every])), help="numbers of threads"
    )
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--budget", type=float, default=20.0, help="seconds for each row")
    parser.add_argument("--json", type=Path, help="keep the figures in this file")
    given = parser.parse_args(arguments)
    threads = [int(text) for text in given.threads.split(",")]
    load = load_average()
    rows = []
    for qubits in map(int, given.n.split(",")):
        for workload in given.workloads.split(","):
            for precision in given.precision.split(","):
                row = measure(workload, qubits, precision, threads, given.rounds, given.budget)
                rows.append(row)
                print(row, flush=True)
    if given.json is not None:
        command = [
            "python",
            "bench/scaling.py",
            *(sys.argv[1:] if arguments is None else arguments),
        ]
        report = {
            "command": shlex.join(command),
            "machine": machine(),
            "versions": versions(["ionsim", "numpy"]),
            "load": [load, load_average()],
            "rows": [
                {**asdict(row), "speed_up": {count: row.speed_up(count) for count in threads}}
                for row in rows
            ],
        }
        given.json.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
