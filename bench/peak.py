"""Peak memory of one large run, beside the size of its state.

``python bench/peak.py --n 28 --precision complex128 --json bench/results/peak.json``: each run has
a process of its own, whose peak, the interpreter's share included, is compared with the state.
"""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from measure import load_average, machine, versions

SAMPLES = 1_000_000
ALLOWED_FACTOR = 1.1
ALLOWED_MORE = 300e6
AMPLITUDE_BYTES = {"complex64": 8, "complex128": 16}

RUN = """
import resource, sys, time
import ionsim
task, precision, qubits, samples = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
gates = [{"gate": "ry", "target": q, "rotation": 0.4 + 0.05 * q} for q in range(qubits)]
gates += [{"gate": "cnot", "control": q, "target": q + 1} for q in range(qubits - 1)]
circuit = ionsim.Circuit(gates)
start = time.perf_counter()
if task == "probabilities":
    result = ionsim.probabilities(circuit, precision=precision)
    assert abs(result.sum() - 1) < 1e-3
else:
    result = ionsim.sample(circuit, samples, seed=1, precision=precision)
seconds = time.perf_counter() - start
try:  # of this program alone; on Linux getrusage counts the parent's memory before the exec
    with open("/proc/self/status") as status:
        most = next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))
except OSError:
    unit = 1 if sys.platform == "darwin" else 1024
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
print(most, seconds)
"""


@dataclass(frozen=True, slots=True)
class Peak:
    """What one process took, all of it."""

    task: str
    precision: str
    qubits: int
    state_bytes: int
    peak_bytes: int
    allowed_bytes: float
    seconds: float

    def __str__(self) -> str:
        gib = 2**30
        return (
            f"{self.task:14} {self.precision:11} {self.qubits} qubits: "
            f"state {self.state_bytes / gib:.3f} GiB, peak {self.peak_bytes / gib:.3f} GiB, "
            f"at most {self.allowed_bytes / gib:.3f} GiB, {self.seconds:.2f} s"
        )


def peak(task: str, precision: str, qubits: int) -> Peak:
    """Run a task in a process of its own.

    Parameters
    ----------
    task : {"probabilities", "samples"}
        What is asked for.
    precision : {"complex64", "complex128"}
        Of the amplitudes.
    qubits : int
        All of them are touched.
    """
    command = [sys.executable, "-c", RUN, task, precision, str(qubits), str(SAMPLES)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    most, seconds = done.stdout.split()
    state = AMPLITUDE_BYTES[precision] << qubits
    allowed = ALLOWED_FACTOR * state + ALLOWED_MORE
    return Peak(task, precision, qubits, state, int(most), allowed, float(seconds))


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what was asked for, print it, write a file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, nargs="+", default=[24])
    parser.add_argument("--precision", nargs="+", default=sorted(AMPLITUDE_BYTES))
    parser.add_argument("--task", nargs="+", default=["probabilities", "samples"])
    parser.add_argument("--json", type=Path, help="keep the figures in this file")
    given = parser.parse_args(arguments)
    rows = []
    for qubits in given.n:
        for precision in given.precision:
            for task in given.task:
                rows.append(peak(task, precision, qubits))
                print(rows[-1], flush=True)
    if given.json is not None:
        command = ["python", "bench/peak.py", *(sys.argv[1:] if arguments is None else arguments)]
        report = {
            "command": shlex.join(command),
            "machine": machine(),
            "versions": versions(["ionsim", "numpy"]),
            "load": load_average(),
            "rows": [asdict(row) for row in rows],
        }
        given.json.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
