"""How far `ionsim.estimate` is from the time that a run takes.

``python bench/estimates.py --n 8,12,16,20,24 --json bench/results/estimates.json``: every workload
in both precisions, its first run: planning is a part of it. The constants behind the estimates were
measured on one machine; on another all ratios move together, by about its speed.
"""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import ionsim
from measure import interleave, load_average, machine, versions
from stream import available_threads
from workloads import WORKLOADS, make

PRECISIONS = ("complex64", "complex128")
ALLOWED_FACTOR = 2.0


@dataclass(frozen=True, slots=True)
class Row:
    """One circuit: the seconds of its runs, and what was expected."""

    workload: str
    qubits: int
    precision: str
    seconds: Sequence[float]
    estimated_seconds: float

    @property
    def ratio(self) -> float:
        """Expected over taken, by the quickest round: what else runs is not to be foretold."""
        return self.estimated_seconds / min(self.seconds)

    @property
    def holds(self) -> bool:
        """Whether the estimate is within the factor that is promised."""
        return 1 / ALLOWED_FACTOR <= self.ratio <= ALLOWED_FACTOR

    def __str__(self) -> str:
        return (
            f"{self.workload:8} {self.qubits:3} {self.precision:10} "
            f"{min(self.seconds) * 1e3:10.3f} ms, expected {self.estimated_seconds * 1e3:10.3f} "
            f"ms: {self.ratio:5.2f}{'' if self.holds else '  !'}"
        )


def measure(workload: str, qubits: int, precision: str, options: argparse.Namespace) -> Row:
    """Run one circuit a few times, and ask how long it should take.

    Parameters
    ----------
    workload, qubits, precision
        Which circuit, and how exact.
    options : argparse.Namespace
        ``threads``, ``rounds`` and ``budget`` of the command line.
    """
    made = make(workload, qubits)
    circuit = ionsim.Circuit(made.gates, qubits=qubits, gateset=made.gateset)
    how = {"precision": precision, "threads": options.threads, "without": ("reuse",)}
    times = interleave(
        {"run": lambda: ionsim.probabilities(circuit, **how)}, options.rounds, options.budget
    )
    expected = ionsim.estimate(circuit, precision=precision, threads=options.threads)[0]
    return Row(workload, qubits, precision, times["run"], expected.seconds)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure everything, print it, write a file; 1 where an estimate is too far off."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", default="8,12,16,20,24", help="numbers of qubits")
    parser.add_argument("--workloads", default=",".join(WORKLOADS))
    parser.add_argument("--threads", type=int, default=available_threads())
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--budget", type=float, default=3.0, help="seconds for each row")
    parser.add_argument("--json", type=Path, help="keep the figures in this file")
    given = parser.parse_args(arguments)
    load = load_average()
    rows = []
    for qubits in map(int, given.n.split(",")):
        for workload in given.workloads.split(","):
            for precision in PRECISIONS:
                rows.append(measure(workload, qubits, precision, given))
                print(rows[-1], flush=True)
    hold = sum(row.holds for row in rows)
    print(f"{hold} of {len(rows)} within a factor of {ALLOWED_FACTOR:g}")
    if given.json is not None:
        command = ["python", "bench/estimates.py", *(arguments or sys.argv[1:])]
        report = {
            "command": shlex.join(command),
            "machine": machine(),
            "versions": versions(["ionsim", "numpy"]),
            "load": [load, load_average()],
            "within": {"factor": ALLOWED_FACTOR, "rows": hold, "of": len(rows)},
            "rows": [{**asdict(row), "ratio": row.ratio} for row in rows],
        }
        given.json.write_text(json.dumps(report, indent=1) + "\n")
    return int(hold < len(rows))


if __name__ == "__main__":
    raise SystemExit(main())
