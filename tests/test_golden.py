"""Jobs in, jobs out, against files whose numbers come from the dense oracle."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ionsim
from statistics_helpers import fit_p_value

GOLDEN = Path(__file__).parent / "golden"
FILES = sorted(GOLDEN.glob("*.json"))
REFUSED = [path for path in FILES if "refused" in json.loads(path.read_text())["expect"]]
ACCEPTED = [path for path in FILES if path not in REFUSED]
# Seeds are fixed, so a p-value is one number for ever; one in ten thousand would be bad luck once.
LEAST_P_VALUE = 1e-4


def name(path: Path) -> str:
    return path.stem


def read(path: Path) -> tuple[Any, dict[str, Any]]:
    content = json.loads(path.read_text())
    return content["job"], content["expect"]


def close(found: Any, expected: dict[str, float]) -> bool:
    same_keys = list(found) == list(expected)
    return same_keys and all(abs(found[key] - expected[key]) < 1e-12 for key in expected)


def check_completed(job: ionsim.Job, expect: dict[str, Any], *, exact: bool) -> None:
    assert job.status == "completed"
    assert job.failure is None
    assert job.name == expect["name"]
    assert job.qubits == expect["qubits"]
    assert dict(job.gate_counts) == expect["gate_counts"]
    assert job.registers == expect["registers"]
    assert sum(job.counts.values()) == job.shots
    assert job.bits.shape == (job.shots, job.qubits)
    assert list(job.marginals) == list(expect["marginals"])
    if exact:
        assert close(job.results, expect["results"])
        assert close(job.results_dict(), expect["results"])
        for register, marginal in expect["marginals"].items():
            assert close(job.marginals[register], marginal)
        assert set(job.counts) <= set(expect["results"])
        return
    check_sampled(job.counts, expect["results"], job.qubits)
    for register, marginal in expect["marginals"].items():
        histogram = job.marginals[register]
        assert sum(histogram.counts.values()) == job.shots
        check_sampled(histogram.counts, marginal, histogram.qubits)
    assert job.results_dict() == {key: count / job.shots for key, count in job.counts.items()}
    outcomes, counts = np.unique(job.samples, return_counts=True)
    assert dict(zip(map(str, outcomes.tolist()), counts.tolist(), strict=True)) == job.counts


def check_sampled(counts: dict[str, int], expected: dict[str, float], qubits: int) -> None:
    assert set(counts) <= set(expected)
    distribution = np.zeros(2**qubits)
    for key, value in expected.items():
        distribution[int(key)] = value
    outcomes = np.repeat([int(key) for key in counts], list(counts.values()))
    distribution /= distribution.sum()
    if np.count_nonzero(distribution) > 1:
        assert fit_p_value(outcomes.astype(np.uint64), distribution) > LEAST_P_VALUE


def check_job(job: ionsim.Job, expect: dict[str, Any]) -> None:
    assert job.name == expect["name"]
    assert job.shots == expect["shots"]
    assert job.noise.model == expect["noise_model"]
    assert job.metadata == expect["metadata"]
    assert job.target == "simulator"
    for word in expect["warns"]:
        assert any(word in warning for warning in job.warnings), job.warnings
    assert bool(job.warnings) == bool(expect["warns"])
    if "children" not in expect:
        check_completed(job, expect, exact=expect["exact"])
        return
    assert job.status == expect["status"]
    assert dict(job.gate_counts) == expect["gate_counts"]
    assert len(job.children) == len(expect["children"])
    healthy = []
    for child, wanted in zip(job.children, expect["children"], strict=True):
        assert child.status == wanted["status"]
        if child.failure is None:
            healthy.append(child.id)
            check_completed(child, wanted, exact=expect["exact"])
        else:
            assert child.failure.code == wanted["failure"]["code"]
            assert wanted["failure"]["says"] in child.failure.error
    if healthy:
        assert list(job.results) == healthy
        assert list(job.results_dict()) == healthy
    else:
        assert job.failure is not None
        with pytest.raises(ionsim.JobFailedError):
            job.results  # noqa: B018


@pytest.mark.parametrize("path", ACCEPTED, ids=name)
def test_job(path: Path) -> None:
    body, expect = read(path)
    check_job(ionsim.run(body), expect)


@pytest.mark.parametrize("path", ACCEPTED, ids=name)
def test_every_form_of_the_body_gives_the_same(path: Path, tmp_path: Path) -> None:
    body, _ = read(path)
    body["noise"] = {**(body.get("noise") or {}), "seed": 12}
    body["shots"] = 200
    text = json.dumps(body)
    file = tmp_path / "job.json"
    file.write_text(text)
    first = ionsim.run(body)
    for form in (text, text.encode(), file, str(file)):
        job = ionsim.run(form)
        assert job.status == first.status
        assert job.metadata == first.metadata
        assert job.registers == first.registers
        assert job.warnings == first.warnings
        assert len(job.children) == len(first.children)
        for one, other in zip(job.children or [job], first.children or [first], strict=True):
            assert one.registers == other.registers
            assert one.failure == other.failure
            if one.failure is None:
                assert one.results == other.results
                assert one.counts == other.counts


@pytest.mark.parametrize("path", REFUSED, ids=name)
@pytest.mark.parametrize("as_text", [False, True], ids=["dict", "text"])
def test_refused(path: Path, as_text: bool) -> None:
    body, expect = read(path)
    with pytest.raises(ionsim.InputError) as caught:
        ionsim.run(json.dumps(body) if as_text else body)
    found = [[problem.code, problem.path] for problem in caught.value.problems]
    assert len(found) == len(expect["refused"]), str(caught.value)
    for (code, place), (wanted_code, wanted_place) in zip(found, expect["refused"], strict=True):
        assert place == wanted_place
        assert wanted_code in ("*", code)
    assert ionsim.validate(body) == list(caught.value.problems)


@pytest.mark.parametrize("path", ACCEPTED, ids=name)
def test_validate_names_the_bad_circuits_only(path: Path) -> None:
    body, expect = read(path)
    problems = ionsim.validate(body)
    bad = [
        place
        for place, child in enumerate(expect.get("children", []))
        if child["status"] == "failed"
    ]
    assert len({problem.path.split("]")[0] for problem in problems}) == len(bad)
    for place in bad:
        assert any(f"input.circuits[{place}]" in problem.path for problem in problems)


def test_files_are_what_the_script_makes() -> None:
    script = [sys.executable, str(GOLDEN / "make_golden.py"), "--check"]
    done = subprocess.run(script, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
