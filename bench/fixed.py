"""What a job costs beside its simulation: small jobs, batches, long gate lists, many samples.

``python bench/fixed.py --json bench/results/fixed.json``
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
from ionsim.wire import read_job
from measure import interleave, load_average, machine, median, versions
from workloads import make

BATCH_QUBITS = 8
BATCH_GATES = 72
SAMPLED_QUBITS = 25
SAMPLES = 1_000_000
LONG_GATES = 100_000
SMALL = {"batch": 5, "gates": 200, "qubits": 6, "samples": 100}
FULL = {"batch": 300, "gates": LONG_GATES, "qubits": SAMPLED_QUBITS, "samples": SAMPLES}


@dataclass(frozen=True, slots=True)
class Task:
    """Something to time.

    Parameters
    ----------
    name : str
        What stands in the table.
    call : callable
        The whole of it.
    less : callable or None
        The part of it that does not count.
    count : int
        How many circuits `call` runs: the figure is the time of one.
    required_seconds, aim_seconds : float
        What must, and what should be reached.
    """

    name: str
    call: Callable[[], Any]
    required_seconds: float
    aim_seconds: float
    count: int = 1
    less: Callable[[], Any] | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """What a task took, in seconds for each round."""

    name: str
    seconds: Sequence[float]
    required_seconds: float
    aim_seconds: float

    def __str__(self) -> str:
        values = (median(self.seconds), min(self.seconds), self.required_seconds, self.aim_seconds)
        return f"{self.name:48}" + "".join(f"{_text(value):>12}" for value in values)


def tasks(sizes: dict[str, int]) -> list[Task]:
    """Return everything that is timed."""
    bell = [{"gate": "h", "target": 0}, {"gate": "cnot", "control": 0, "target": 1}]
    body = {"input": {"qubits": 2, "circuit": bell}}
    circuit = ionsim.Circuit(bell)
    lists = [_gates(seed) for seed in range(sizes["batch"])]
    together = json.dumps(
        {"input": {"qubits": BATCH_QUBITS, "circuits": [{"circuit": gates} for gates in lists]}}
    ).encode()
    separate = [
        json.dumps({"input": {"qubits": BATCH_QUBITS, "circuit": gates}}) for gates in lists
    ]
    wide = make("brick", 20, seed=1)
    repeats = 1 + sizes["gates"] // len(wide.gates)
    many = (wide.gates * repeats)[: sizes["gates"]]
    long = json.dumps({"input": {"qubits": 20, "circuit": many}}).encode()
    rotations = [
        {"gate": "ry", "target": qubit, "rotation": 0.4 + 0.05 * qubit}
        for qubit in range(sizes["qubits"])
    ]
    state = ionsim.Circuit(rotations)
    every_state = []
    for precision in ("complex64", "complex128"):

        def sample(precision: str = precision) -> Any:
            return ionsim.sample(state, sizes["samples"], seed=1, precision=precision)

        def simulate(precision: str = precision) -> Any:
            return ionsim.expectation(state, [], precision=precision)

        name = f"{sizes['samples']:,} samples of {sizes['qubits']} qubits, {precision}"
        every_state.append(Task(name, sample, 0.15, 0.06, less=simulate))
    return [
        Task("Bell job: dict in, result out", lambda: ionsim.run(body).results, 100e-6, 30e-6),
        Task("the same, as a dict", lambda: ionsim.run(body).results_dict(), 100e-6, 30e-6),
        Task("probabilities(bell)", lambda: ionsim.probabilities(circuit), 60e-6, 15e-6),
        Task(
            f"one job of {len(lists)} circuits: each",
            lambda: ionsim.run(together).results_dict(),
            200e-6,
            80e-6,
            len(lists),
        ),
        Task(
            f"{len(lists)} jobs: each",
            lambda: [ionsim.run(text).results_dict() for text in separate],
            200e-6,
            80e-6,
            len(lists),
        ),
        Task(f"{len(many):,} gates: read and checked", lambda: read_job(long), 0.1, 0.03),
        Task(
            "the same, and lowered",
            lambda: ionsim.estimate(long, fuse=False, block=False),
            0.1,
            0.03,
        ),
        *every_state,
    ]


def figures(work: Sequence[Task], rounds: int, budget_seconds: float) -> list[Figure]:
    """Time tasks, each for itself, in turns with what does not count of it."""
    found = []
    for task in work:
        calls = {"call": task.call}
        if task.less is not None:
            calls["less"] = task.less
        times = interleave(calls, rounds, budget_seconds)
        # What does not count is taken away by its median: single times are noisy.
        less = median(times["less"]) if task.less is not None else 0.0
        seconds = [(taken - less) / task.count for taken in times["call"]]
        found.append(Figure(task.name, seconds, task.required_seconds, task.aim_seconds))
    return found


def _gates(seed: int) -> Sequence[dict[str, Any]]:
    gates = make("brick", BATCH_QUBITS, seed=seed).gates
    return gates[:BATCH_GATES]


def _text(seconds: float) -> str:
    if seconds < 1e-3:
        return f"{seconds * 1e6:.1f} us"
    return f"{seconds * 1e3:.1f} ms"


def main(arguments: Sequence[str] | None = None) -> None:
    """Time everything, print a table, write a file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--budget", type=float, default=20.0, help="seconds for each row")
    parser.add_argument("--size", choices=("full", "smoke"), default="full")
    parser.add_argument("--json", type=Path, help="keep all figures in this file")
    given = parser.parse_args(arguments)
    load = load_average()
    found = figures(tasks(FULL if given.size == "full" else SMALL), given.rounds, given.budget)
    print(f"{'':48}" + "".join(f"{title:>12}" for title in ("median", "min", "at most", "aim")))
    for figure in found:
        print(figure)
    if given.json is not None:
        command = ["python", "bench/fixed.py", *(sys.argv[1:] if arguments is None else arguments)]
        report = {
            "command": shlex.join(command),
            "machine": machine(),
            "versions": versions(["ionsim", "numpy", "msgspec"]),
            "load": [load, load_average()],
            "rows": [asdict(figure) for figure in found],
        }
        given.json.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
