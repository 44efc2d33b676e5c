"""Finished jobs: attributes, the provider's shapes, text and HTML."""

from __future__ import annotations

import dataclasses
import json
import pickle
import time
import uuid
from typing import Any

import jsonschema
import numpy as np
import pytest

import ionsim

BELL = [{"gate": "h", "target": 0}, {"gate": "cnot", "control": 0, "target": 1}]
BAD = {"circuit": [{"gate": "nothing", "target": 0}]}

# From the API description: the response to a job creation, and the states of a job.
CREATION_SCHEMA = {
    "type": "object",
    "required": ["id", "status", "request"],
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "status": {"type": "string", "enum": ["ready"]},
        "request": {"type": "integer"},
    },
}
FAILURE_CODES = [
    "BillingError", "CircuitTooLarge", "CompilationError", "ContractExpiredError", "DebiasingError",
    "InternalError", "NotEnoughQubits", "OptimizationError", "PreflightError",
    "QuantumCircuitComplexityError", "QuantumComputerError", "QuotaExhaustedError",
    "SimulationError", "SimulationTimeout",
]  # fmt: skip
JOB_SCHEMA = {
    "type": "object",
    "required": [
        "id", "status", "request", "start", "response", "name", "target", "noise", "metadata",
        "shots", "gate_counts", "qubits", "circuits", "execution_time",
        "predicted_execution_time", "children", "results_url",
    ],
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "status": {"enum": ["completed", "failed"]},
        "name": {"type": ["string", "null"]},
        "target": {"const": "simulator"},
        "request": {"type": "integer"},
        "start": {"type": "integer"},
        "response": {"type": "integer"},
        "execution_time": {"type": "number", "minimum": 0},
        "predicted_execution_time": {"type": "number", "minimum": 0},
        "shots": {"type": "integer", "minimum": 1},
        "qubits": {"type": "integer", "minimum": 0},
        "circuits": {"type": "integer", "minimum": 1},
        "gate_counts": {
            "type": "object",
            "required": ["1q", "2q"],
            "additionalProperties": {"type": "integer", "minimum": 0},
        },
        "noise": {
            "type": "object",
            "required": ["model", "seed"],
            "properties": {"seed": {"type": "integer", "minimum": 1, "maximum": 2**31}},
        },
        "metadata": {"type": "object"},
        "children": {"type": "array", "items": {"type": "string", "format": "uuid"}},
        "results_url": {"type": "string", "pattern": "^/v0.3/jobs/[0-9a-f-]{36}/results$"},
        "warning": {
            "type": "object",
            "properties": {"messages": {"type": "array", "items": {"type": "string"}}},
            "required": ["messages"],
        },
        "failure": {
            "type": "object",
            "required": ["error", "code"],
            "properties": {"error": {"type": "string"}, "code": {"enum": FAILURE_CODES}},
        },
    },
}  # fmt: skip


def bell(**envelope: Any) -> ionsim.Job:
    return ionsim.run({"input": {"qubits": 2, "circuit": BELL}, **envelope})


def pair(**envelope: Any) -> ionsim.Job:
    circuits = [{"name": "first", "qubits": 2, "circuit": BELL}, BAD, {"circuit": BELL[:1]}]
    return ionsim.run({"input": {"circuits": circuits}, **envelope})


def check(value: Any, schema: dict[str, Any]) -> None:
    # Through JSON text: what the provider's clients would see.
    jsonschema.validate(
        json.loads(json.dumps(value, allow_nan=False)),
        schema,
        format_checker=jsonschema.FormatChecker(),
    )


# --- attributes -----------------------------------------------------------------------------


def test_ideal_job() -> None:
    job = bell(name="bell", metadata={"a": 1}, shots=50, noise={"seed": 3})
    assert (uuid.UUID(job.id).version, uuid.UUID(job.id).variant) == (4, uuid.RFC_4122)
    assert (job.status, job.name, job.target) == ("completed", "bell", "simulator")
    assert (job.qubits, job.shots, job.metadata) == (2, 50, {"a": 1})
    assert (job.noise.model, job.noise.seed, job.noise.r1) == ("ideal", 3, 0.0)
    assert job.gate_counts == {"1q": 1, "2q": 1}
    assert list(job.results) == ["0", "3"]
    assert job.results["3"] == pytest.approx(0.5, abs=1e-12)
    assert job.probabilities == pytest.approx([0.5, 0, 0, 0.5], abs=1e-12)
    assert job.counts.keys() <= {"0", "3"}
    assert sum(job.counts.values()) == 50
    assert job.samples.dtype == np.uint64
    assert job.samples.shape == (50,)
    assert np.count_nonzero(job.samples == 3) == job.counts["3"]
    assert job.bits.tolist() == [[int(s) & 1, int(s) >> 1] for s in job.samples]
    assert job.children == ()
    assert job.failure is None
    assert job.registers is None
    assert job.marginals == {}


def test_noisy_job() -> None:
    job = bell(noise={"model": "aria-1", "seed": 3}, shots=500)
    assert dataclasses.astuple(job.noise) == ("aria-1", 3, 0.0005, 0.0133, 0.0, None, None)
    assert {key: round(value * 500) for key, value in job.results.items()} == job.counts
    assert sum(job.counts.values()) == 500
    outcomes, counts = np.unique(job.samples, return_counts=True)
    assert dict(zip(map(str, outcomes.tolist()), counts.tolist(), strict=True)) == job.counts
    assert job.probabilities.sum() == pytest.approx(1)


def test_a_random_seed_is_echoed_and_repeats_the_job() -> None:
    first = bell(noise={"model": "harmony"}, shots=300)
    assert 1 <= first.noise.seed <= 2**31
    again = bell(noise={"model": "harmony", "seed": first.noise.seed}, shots=300)
    assert np.array_equal(first.samples, again.samples)
    assert first.noise.seed != bell(noise={"model": "harmony"}).noise.seed


def test_ideal_shots_follow_the_seed() -> None:
    one, two, other = (bell(noise={"seed": seed}, shots=200) for seed in (5, 5, 6))
    assert np.array_equal(one.samples, two.samples)
    assert not np.array_equal(one.samples, other.samples)


def test_timing() -> None:
    before = int(time.time())
    timing = bell().timing
    after = int(time.time()) + 1
    assert before <= timing.request <= timing.start <= timing.response <= after
    assert 0 < timing.execution_time_ms < 60_000
    assert timing.predicted_execution_time_ms >= 0


def test_multi_circuit_job() -> None:
    narrow = [{"circuit": BELL[:1]}, {"qubits": 5, "circuit": BELL}, BAD]
    assert ionsim.run({"input": {"circuits": narrow}}).qubits == 5
    job = pair(name="pair", shots=20, noise={"seed": 9})
    first, bad, last = job.children
    assert job.status == "completed"
    assert [child.status for child in job.children] == ["completed", "failed", "completed"]
    assert [child.name for child in job.children] == ["first", None, None]
    assert {child.parent_id for child in job.children} == {job.id}
    assert len({job.id, first.id, bad.id, last.id}) == 4
    assert list(job.results) == [first.id, last.id]
    assert job.results[first.id] is first.results
    assert list(job.counts) == list(job.samples) == list(job.bits) == [first.id, last.id]
    assert job.probabilities[last.id] == pytest.approx([0.5, 0.5], abs=1e-12)
    assert job.gate_counts == {"1q": 2, "2q": 1}
    assert job.qubits == 2
    assert bad.failure is not None
    assert bad.failure.code == "UnsupportedGate"
    assert "input.circuits[1].circuit[0].gate" in bad.failure.error
    with pytest.raises(TypeError, match="children"):
        job.histogram  # noqa: B018


def test_children_have_seeds_of_their_own_that_repeat_them_alone() -> None:
    circuits = [{"circuit": BELL}, {"circuit": BELL}]
    noise = {"model": "harmony", "seed": 2**31}
    job = ionsim.run({"input": {"circuits": circuits}, "noise": noise, "shots": 400})
    first, second = job.children
    assert first.noise.seed == job.noise.seed == 2**31
    assert not np.array_equal(first.samples, second.samples)
    for child in job.children:
        alone = bell(noise={"model": "harmony", "seed": child.noise.seed}, shots=400)
        assert np.array_equal(alone.samples, child.samples)


def test_failed_jobs_have_no_results() -> None:
    job = ionsim.run({"input": {"circuits": [BAD, BAD]}})
    assert job.status == "failed"
    assert job.failure is not None
    assert job.failure.code == "UnsupportedGate"
    for failed in (job, *job.children):
        for attribute in ("results", "counts", "probabilities", "samples", "bits", "marginals"):
            with pytest.raises(ionsim.JobFailedError) as caught:
                getattr(failed, attribute)
            assert caught.value.failure == failed.failure
            assert failed.failure is not None
            assert failed.failure.error in str(caught.value)


def test_registers_give_marginals() -> None:
    registers = {"swapped": [1, 0], "padded": [None, 0]}
    job = ionsim.run({"input": {"qubits": 2, "circuit": BELL[:1]}, "registers": registers})
    assert job.registers == registers
    assert dict(job.marginals["swapped"]) == pytest.approx({"0": 0.5, "2": 0.5}, abs=1e-12)
    assert dict(job.marginals["padded"]) == pytest.approx({"0": 0.5, "2": 0.5}, abs=1e-12)
    assert dict(job.results) == pytest.approx({"0": 0.5, "1": 0.5}, abs=1e-12)


def test_wide_jobs() -> None:
    gates = [{"gate": "x", "target": 70}, {"gate": "h", "target": 2}]
    job = ionsim.run({"input": {"qubits": 100, "circuit": gates}, "shots": 30})
    assert set(job.results) == {str(2**70), str(2**70 + 4)}
    assert set(job.counts) == {str(2**70), str(2**70 + 4)}
    assert job.bits.shape == (30, 100)
    assert job.bits.sum(axis=0)[70] == 30
    with pytest.raises(ionsim.LimitError, match="bits"):
        job.samples  # noqa: B018
    with pytest.raises(ionsim.LimitError, match="touched_probabilities"):
        job.probabilities  # noqa: B018
    assert job.histogram.touched_probabilities == pytest.approx([0, 0, 0.5, 0.5], abs=1e-12)


def test_jobs_are_frozen_and_picklable() -> None:
    for job in (bell(shots=10), bell(noise={"model": "aria-1"}, shots=10), pair()):
        with pytest.raises(dataclasses.FrozenInstanceError):
            job.status = "running"  # type: ignore[misc]
        copy = pickle.loads(pickle.dumps(job))
        assert copy.to_dict() == job.to_dict()
        assert copy.results_dict() == job.results_dict()
        assert copy.counts == job.counts


def test_what_is_handed_out_changes_nothing_inside() -> None:
    job = bell(metadata={"a": [1]}, registers={"r": [0]})
    shape = job.to_dict()
    shape["metadata"]["a"].append(2)
    shape["registers"]["r"].append(2)
    job.counts.clear()
    job.results_dict().clear()
    assert job.to_dict()["metadata"] == {"a": [1]}
    assert job.to_dict()["registers"] == {"r": [0]}
    assert sum(job.counts.values()) == 100
    assert len(job.results_dict()) == 2


# --- shapes ---------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [bell, pair])
def test_creation_response(make: Any) -> None:
    job = make()
    response = job.creation_response()
    check(response, CREATION_SCHEMA)
    assert response == {"id": job.id, "status": "ready", "request": job.timing.request}


def test_job_shape() -> None:
    job = bell(name="n", metadata={"k": "v"}, registers=[1, 0], error_mitigation={"debias": True})
    shape = job.to_dict()
    check(shape, JOB_SCHEMA)
    assert shape["circuits"] == 1
    assert shape["children"] == []
    assert shape["registers"] == [1, 0]
    assert shape["metadata"] == {"k": "v"}
    assert shape["error_mitigation"] == {"debias": True}
    assert shape["execution_time"] == job.timing.execution_time_ms
    assert "debias" in shape["warning"]["messages"][0]
    assert "failure" not in shape
    assert shape["noise"]["model"] == "ideal"


def test_shape_of_several_circuits() -> None:
    job = pair()
    shape = job.to_dict()
    check(shape, JOB_SCHEMA)
    assert shape["circuits"] == 3
    assert shape["children"] == [child.id for child in job.children]
    for child in job.children:
        check(child.to_dict(), JOB_SCHEMA)
    results = job.results_dict()
    first, _, last = job.children
    assert list(results) == [first.id, last.id]
    assert json.loads(json.dumps(results)) == results
    assert type(results[first.id]) is dict


@pytest.mark.parametrize(
    ("circuit", "code"),
    [
        ({"circuit": [{"gate": "nothing", "target": 0}]}, "CompilationError"),
        (
            {"circuit": [{"gate": "x", "target": 0, "controls": list(range(1, 9))}]},
            "CompilationError",
        ),
        ({"circuit": [{"gate": "h"}]}, "PreflightError"),
        ({"circuit": [{"gate": "h", "target": n} for n in range(12)]}, "NotEnoughQubits"),
    ],
)
def test_failure_codes_of_the_shape(circuit: dict[str, Any], code: str) -> None:
    job = ionsim.run({"input": {"circuits": [circuit]}, "noise": {"model": "harmony"}})
    shape = job.to_dict()
    check(shape, JOB_SCHEMA)
    assert shape["status"] == "failed"
    assert shape["failure"]["code"] == code
    check(job.children[0].to_dict(), JOB_SCHEMA)
    with pytest.raises(ionsim.JobFailedError):
        job.results_dict()


def test_noisy_results_shape() -> None:
    job = bell(noise={"model": "harmony", "seed": 1}, shots=1000)
    results = job.results_dict()
    assert sum(round(value * 1000) for value in results.values()) == 1000
    assert results == {key: count / 1000 for key, count in job.counts.items()}


# --- for people -----------------------------------------------------------------------------


def test_summary_of_a_job() -> None:
    text = str(bell(name="bell"))
    assert "bell" in text
    assert "completed" in text
    assert "2 qubits" in text
    assert text.splitlines()[1] == "0  00  0.5  ################"
    noisy = str(bell(noise={"model": "harmony", "seed": 4}))
    assert "100 shots, seed 4" in noisy
    assert "warning: the noise model harmony is an approximation" in noisy


def test_summary_of_several_circuits() -> None:
    text = str(pair())
    assert "3 circuits, 2 qubits" in text
    assert "first" in text
    assert "failure: UnsupportedGate" in text
    many = ionsim.run({"input": {"circuits": [{"circuit": BELL}] * 12}})
    assert "and 2 more circuits" in str(many)
    assert "and 2 more circuits" in many._repr_html_()


def test_html_is_escaped() -> None:
    job = bell(name="<script>alert(1)</script>", **{"<b>": 1})
    html = job._repr_html_()
    assert "<script>" not in html
    assert "<b>" not in html
    assert "&lt;script&gt;" in html
    assert html.count("<table>") == 1
    assert "http" not in html
    assert "UnsupportedGate" in pair()._repr_html_()


def test_names_cannot_steer_the_terminal() -> None:
    text = str(bell(name="a\x1b[31m\nb\u202ec"))
    assert "a?[31m?b?c " in text.splitlines()[0]


def test_repr_is_one_short_line() -> None:
    for job in (bell(), pair()):
        assert "\n" not in repr(job)
        assert job.id in repr(job)
