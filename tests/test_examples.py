"""Every example runs, and gives what physics says."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.linalg import expm

import ionsim
from golden.golden_jobs import DESCRIPTION_MULTI

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
JOBS = sorted(EXAMPLES.glob("*.json"))
SCRIPTS = sorted(EXAMPLES.glob("*.py"))

PAULI = {
    "I": np.eye(2),
    "X": np.array([[0, 1], [1, 0]]),
    "Y": np.array([[0, -1j], [1j, 0]]),
    "Z": np.diag([1, -1]),
}


def pauli(word: str) -> Any:
    return reduce(np.kron, [PAULI[letter] for letter in word])


def run(name: str) -> ionsim.Job:
    return ionsim.run(EXAMPLES / name)


def script(name: str) -> list[str]:
    command = [sys.executable, "-W", "error", str(EXAMPLES / name)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


# --- job files -----------------------------------------------------------------------------------


def test_there_are_examples() -> None:
    assert len(JOBS) >= 9
    assert len(SCRIPTS) >= 3


@pytest.mark.parametrize("path", JOBS, ids=lambda path: path.stem)
def test_a_job_file_is_valid_and_runs(path: Path) -> None:
    assert ionsim.validate(path) == []
    job = ionsim.run(path)
    assert job.status == "completed"
    assert job.warnings == ()
    for each in job.children or (job,):
        assert each.status == "completed"
        assert sum(each.results.values()) == pytest.approx(1)


def test_the_mixed_job_is_the_one_of_the_description() -> None:
    assert json.loads((EXAMPLES / "mixed_gateset.json").read_text()) == DESCRIPTION_MULTI


@pytest.mark.parametrize("name", ["bell.json", "native_ms.json"])
def test_bell_pairs(name: str) -> None:
    assert run(name).results == {"0": pytest.approx(0.5), "3": pytest.approx(0.5)}


def test_ghz() -> None:
    assert run("ghz.json").results == {"0": pytest.approx(0.5), "4095": pytest.approx(0.5)}


def test_noisy_ghz() -> None:
    job = run("noisy_aria.json")
    assert job.noise.seed == 100
    assert sum(job.counts.values()) == 1000
    # Four gates with an error of 15/16 0.0133 each, some of which do not show.
    assert 0.9 < job.results["0"] + job.results["31"] < 1


def test_grover() -> None:
    # Two rounds turn a start of sin(a) = 1 / sqrt(8) to sin(5 a).
    expected = math.sin(5 * math.asin(8**-0.5)) ** 2
    results = run("controls.json").results
    assert results["5"] == pytest.approx(expected)
    assert results["0"] == pytest.approx((1 - expected) / 7)


def test_heisenberg_chain() -> None:
    bonds = ("IIPP", "IPPI", "PPII")
    energy = sum(pauli(bond.replace("P", letter)) for bond in bonds for letter in "XYZ")
    state = expm(-0.4j * energy)[:, 0b0001]
    results = run("pauliexp.json").results
    assert results.keys() == {"1", "2", "4", "8"}
    for key, value in results.items():
        assert value == pytest.approx(abs(state[int(key)]) ** 2)


def test_teleportation() -> None:
    marginals = run("registers.json").marginals
    assert marginals["received"]["1"] == pytest.approx(math.sin(0.5) ** 2)
    assert marginals["sent"] == {"0": pytest.approx(0.5), "1": pytest.approx(0.5)}
    assert list(marginals["helpers"].values()) == pytest.approx([0.25] * 4)


def test_phase_estimation() -> None:
    assert run("phase_estimation.json").marginals["phase"] == {"19": pytest.approx(1)}


# --- scripts -------------------------------------------------------------------------------------


def test_batch() -> None:
    lines = script("batch.py")
    assert len(lines) == 17
    for line in lines:
        measured, ideal = float(line.split()[2]), float(line.split()[4].rstrip(")"))
        assert measured == pytest.approx(ideal, abs=0.1)  # 500 shots


def test_noise_sweep() -> None:
    rows = [line.split() for line in script("noise_sweep.py")[1:]]
    kept = [float(row[3]) for row in rows[:6]]
    assert kept[0] == 1
    assert kept == sorted(kept, reverse=True)
    # With the probability that nothing at all goes wrong as a floor.
    for row, share in zip(rows, kept, strict=False):
        r1, r2 = float(row[1]), float(row[2])
        assert share > (1 - 0.75 * r1) * (1 - 15 / 16 * r2) ** 5 - 0.02
    assert [row[0] for row in rows[6:]] == list(ionsim.MODELS)


def test_variational() -> None:
    energies = [float(line.split()[3]) for line in script("variational.py")]
    energy = -sum(pauli(word) for word in ("IIZZ", "IZZI", "ZZII"))
    energy = energy - 0.8 * sum(pauli(word) for word in ("IIIX", "IIXI", "IXII", "XIII"))
    exact = np.linalg.eigvalsh(energy)[0]
    assert energies == sorted(energies, reverse=True)
    assert exact <= energies[-1] < 0.998 * exact
