"""What a run takes, against what was foretold and what is allowed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import ionsim

sys.path.insert(0, str(Path(__file__).parents[1] / "bench"))

from peak import peak

GROWTH = """
import ionsim
from ionsim import engine, planning
def peak():  # of this process alone; getrusage would count the parent's before the exec
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))
circuit = ionsim.Circuit([{{"gate": "x", "target": 0}}] * {gates} + {more}, qubits={qubits})
noise = {noise}
options = engine.RunOptions(threads=2, precision="complex64")
found = planning.estimate(circuit.program, {shots}, options, noise=noise)
ionsim.sample(ionsim.Circuit([{{"gate": "h", "target": 0}}]), 10, seed=1)
before = peak()
if noise is None:
    engine.probabilities([circuit.program], options)
else:
    engine.samples([circuit.program], {shots}, [1], options, noise=noise)
after = peak()
print(after - before, found.memory_bytes)
"""


@pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="needs /proc to see a process's peak"
)
@pytest.mark.parametrize(
    "case",
    [
        # Many errors: the trajectory plan is what needs memory.
        {
            "gates": 1000,
            "more": [],
            "qubits": 1,
            "shots": 50_000,
            "noise": 'ionsim.NoiseModel("loud", 0.3, 0.3)',
        },
        # A large state.
        {
            "gates": 1,
            "more": [{"gate": "h", "target": q} for q in range(24)],
            "qubits": 24,
            "shots": 1,
            "noise": "None",
        },
    ],
    ids=["many errors", "a large state"],
)
def test_the_estimate_covers_the_peak(case: dict) -> None:
    done = subprocess.run(
        [sys.executable, "-c", GROWTH.format(**case)], capture_output=True, text=True, check=True
    )
    grown, foretold = (int(word) for word in done.stdout.split())
    assert grown < 1.1 * foretold + 30e6
    assert foretold < 4 * grown + 30e6


@pytest.mark.parametrize("precision", ["complex64", "complex128"])
@pytest.mark.parametrize("task", ["probabilities", "samples"])
def test_a_large_result_needs_no_second_array(task: str, precision: str) -> None:
    found = peak(task, precision, 24)
    assert found.seconds > 0
    # The interpreter, NumPy and a million samples take about 60 MB; probabilities beside the state
    # would take 134 MB more.
    assert found.state_bytes < found.peak_bytes < 1.02 * found.state_bytes + 100e6


def test_a_limit_is_kept() -> None:
    loud = ionsim.NoiseModel("loud", 0.3, 0.3)
    circuit = ionsim.Circuit([{"gate": "x", "target": 0}] * 2000)
    with pytest.raises(ionsim.LimitError, match="memory"):
        ionsim.sample(
            circuit, 50_000, seed=1, noise=loud, memory_limit=20 << 20, mode="trajectories"
        )


@pytest.mark.parametrize("qubits", [45, 60, 62, 64, 65])
def test_no_limit_lets_the_impossible_through(qubits: int) -> None:
    circuit = ionsim.Circuit([{"gate": "h", "target": q} for q in range(qubits)])
    for call in (
        lambda: ionsim.sample(circuit, 1, seed=1, memory_limit=10**400),
        lambda: ionsim.run(circuit, memory_limit=10**30),
    ):
        with pytest.raises(ionsim.LimitError):
            call()
