"""The strategies keep their word: what they call valid, the reference can run."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given

import oracle
import strategies
import strategies_broken
import strategies_jobs


@given(strategies.circuits(max_gates=6))
def test_valid_circuits_are_unitary(case):
    state = oracle.statevector(case.gates, case.qubits, case.gateset)
    assert np.vdot(state, state).real == pytest.approx(1, abs=1e-9)
    json.dumps(case.gates, allow_nan=False)
    for gate in case.gates:
        step = oracle.read(gate, case.gateset)
        if step is not None:
            assert len(set(step.qubits)) == len(step.qubits)
            assert max(step.qubits) < case.qubits


@given(strategies.circuits(max_gates=4, gateset="qis", commuting=True, min_qubits=4))
def test_commuting_exponentials_commute(case):
    for gate in case.gates:
        if gate["gate"] == "pauliexp":
            for a in gate["terms"]:
                for b in gate["terms"]:
                    p, q = oracle.pauli(a), oracle.pauli(b)
                    np.testing.assert_allclose(p @ q, q @ p, atol=1e-12)


@given(strategies.jobs())
def test_valid_jobs_are_json(body):
    assert json.loads(json.dumps(body, allow_nan=False)) == body


@given(strategies_broken.circuit_cases())
def test_broken_circuits_name_the_place(case):
    assert 0 <= case.index < len(case.gates)
    assert case.why
    strategies_broken.as_json(case.gates)
    others = [gate for i, gate in enumerate(case.gates) if i != case.index or not case.refused]
    oracle.statevector(others, case.qubits, case.gateset)


@given(strategies_jobs.job_cases())
def test_job_cases_say_what_they_are(case):
    assert case.why
    assert not (case.refused and case.failed_children)


@given(strategies_jobs.broken_texts())
def test_broken_texts_are_no_json(text):
    try:
        body = json.loads(text.decode())
    except (ValueError, RecursionError):
        return
    # What Python's lenient reader takes: bare NaN words, and a list where an index belongs.
    source = body["input"]
    assert source["qubits"] != 1 or isinstance(source["circuit"][0]["target"], list)


def test_preparation_leaves_no_zero_amplitude():
    for gateset in ("qis", "native"):
        for qubits in range(1, 10):
            gates = strategies.preparation(qubits, gateset)
            state = oracle.statevector(gates, qubits, gateset)
            assert np.abs(state).min() > 1e-5
            assert len(np.unique(np.abs(state).round(9))) == len(state)
