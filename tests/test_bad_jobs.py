"""Malformed jobs at the front door: refused with reasons, or run; never anything in between."""

from __future__ import annotations

import json

import numpy as np
import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings

import ionsim
import oracle
import strategies
import strategies_broken
import strategies_jobs
from ionsim.cli import cli

MANY = settings(max_examples=300)


def check_problems(error: ionsim.InputError) -> None:
    assert error.problems
    text = str(error)
    assert len(text) < 20_000
    for problem in error.problems:
        assert problem.code
        assert problem.message
        assert problem.path in text


def check_refused(job: object, why: str) -> None:
    with pytest.raises(ionsim.InputError) as caught:
        ionsim.run(job, progress=False)
    check_problems(caught.value)
    assert ionsim.validate(job), why


@MANY
@given(strategies_jobs.job_cases())
def test_job_bodies(case):
    if case.refused:
        check_refused(case.body, case.why)
        return
    job = ionsim.run(case.body, progress=False)
    assert bool(ionsim.validate(case.body)) == bool(case.failed_children)
    if not case.failed_children:
        assert job.status == "completed"
        return
    statuses = [child.status for child in job.children]
    failed = tuple(i for i, status in enumerate(statuses) if status == "failed")
    assert failed == case.failed_children
    assert job.status == "completed"
    for index, child in enumerate(job.children):
        if index in failed:
            assert child.failure is not None
            assert child.failure.code
            assert f"circuits[{index}]" in child.failure.error
        else:
            assert sum(child.results.values()) == pytest.approx(1)


@MANY
@given(strategies_jobs.job_cases())
def test_job_texts(case):
    """JSON text fares as the dict does; only NaN and infinities are no JSON at all."""
    text = strategies_broken.as_json(case.body)
    try:
        json.dumps(case.body, allow_nan=False)
        is_json = True
    except ValueError:
        is_json = False
    if case.refused or not is_json:
        check_refused(text.encode(), case.why)
        return
    job = ionsim.run(text, progress=False)
    failed = tuple(i for i, child in enumerate(job.children) if child.status == "failed")
    assert failed == case.failed_children


@MANY
@given(strategies_jobs.broken_texts())
def test_broken_texts(text):
    check_refused(text, "no JSON")


@given(strategies.circuits(max_qubits=5, max_gates=10))
def test_results_of_valid_jobs(case):
    job = ionsim.run(case.job(), progress=False)
    expected = oracle.probabilities(case.gates, case.qubits, case.gateset)
    found = np.zeros(2**case.qubits)
    for key, value in job.results.items():
        assert key == str(int(key))
        found[int(key)] = value
    np.testing.assert_allclose(found, np.where(expected < 1e-12, 0, expected), rtol=0, atol=1e-11)


@given(strategies.circuits(max_qubits=5, max_gates=10))
def test_text_and_dict_are_one_job(case):
    first = ionsim.run(case.job(), progress=False)
    second = ionsim.run(json.dumps(case.job()).encode(), progress=False)
    assert dict(first.results) == dict(second.results)
    assert first.gate_counts == second.gate_counts


def command(text: bytes) -> Result:
    """Run the job in `text` through the command line, in this process."""
    result = CliRunner().invoke(cli, ["run", "-", "--json"], input=text)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    assert "Traceback" not in result.output
    return result


@given(strategies_jobs.job_cases())
def test_jobs_on_the_command_line(case):
    text = strategies_broken.as_json(case.body).encode()
    result = command(text)
    if case.refused or any(word in text for word in (b"NaN", b"Infinity")):
        assert result.exit_code == 2, case.why
        assert result.stdout == ""
        assert result.stderr
    else:
        assert result.exit_code == 0, result.stderr
        assert json.loads(result.stdout)
        assert bool(case.failed_children) <= bool(result.stderr)


@given(strategies_jobs.broken_texts())
def test_broken_texts_on_the_command_line(text):
    result = command(text)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr
