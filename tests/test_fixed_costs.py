"""The benchmark of fixed costs runs, and writes what it found."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "bench"))

import fixed


def test_the_benchmark_of_fixed_costs_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "fixed.json"
    fixed.main(["--size", "smoke", "--rounds", "2", "--budget", "0.01", "--json", str(target)])
    report = json.loads(target.read_text())
    printed = capsys.readouterr().out
    assert {row["name"] for row in report["rows"]} == {
        task.name for task in fixed.tasks(fixed.SMALL)
    }
    for row in report["rows"]:
        assert row["name"] in printed
        assert len(row["seconds"]) == 2


def test_every_task_gives_what_it_says() -> None:
    results = {task.name: task.call() for task in fixed.tasks(fixed.SMALL)}
    assert results["the same, as a dict"] == pytest.approx({"0": 0.5, "3": 0.5})
    each = results["5 jobs: each"]
    together = results["one job of 5 circuits: each"]
    assert [list(found) for found in each] == [list(found) for found in together.values()]
    assert all(sum(found.values()) == pytest.approx(1) for found in each)
    assert len(results["100 samples of 6 qubits, complex64"]) == 100
    [circuit] = results["200 gates: read and checked"].circuits
    assert len(circuit.circuit) == 200
