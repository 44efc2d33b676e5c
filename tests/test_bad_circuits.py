"""Malformed circuits are refused at the right place; odd but allowed ones are accepted."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

import ionsim
import oracle
import strategies
import strategies_broken

MANY = settings(max_examples=400)


@MANY
@given(strategies_broken.broken_circuits())
def test_broken_circuits_are_refused_where_they_are_broken(case):
    with pytest.raises(ionsim.InputError) as caught:
        ionsim.Circuit(case.gates, qubits=case.qubits, gateset=case.gateset)
    problems = caught.value.problems
    assert 1 <= len(problems) <= 20
    for problem in problems:
        assert f"[{case.index}]" in problem.path, (case.why, problem)
        assert problem.message
    if case.code:
        assert case.code in {problem.code for problem in problems}
    text = str(caught.value)
    assert all(problem.path in text for problem in problems)
    assert len(text) < 20_000


@given(strategies_broken.odd_circuits())
def test_odd_circuits_are_accepted(case):
    circuit = ionsim.Circuit(case.gates, qubits=case.qubits, gateset=case.gateset)
    expected = oracle.statevector(case.gates, case.qubits, case.gateset)
    np.testing.assert_allclose(ionsim.statevector(circuit), expected, rtol=0, atol=1e-11)


@given(strategies.circuits())
def test_written_and_read_again(case):
    """What a circuit writes as gate dicts is the same circuit."""
    circuit = ionsim.Circuit(case.gates, qubits=case.qubits, gateset=case.gateset)
    written = circuit.to_dicts()
    assert len(written) == len(case.gates)
    again = ionsim.Circuit(written, qubits=case.qubits, gateset=case.gateset)
    np.testing.assert_array_equal(ionsim.statevector(again), ionsim.statevector(circuit))
    expected = oracle.statevector(written, case.qubits, case.gateset)
    np.testing.assert_allclose(ionsim.statevector(circuit), expected, rtol=0, atol=1e-12)


def test_all_problems_are_collected_up_to_twenty():
    gates = [{"gate": "h", "target": q, "contol": 1} for q in range(5)]
    with pytest.raises(ionsim.InputError) as caught:
        ionsim.Circuit(gates, qubits=5)
    assert [p.path for p in caught.value.problems] == sorted(p.path for p in caught.value.problems)
    assert len(caught.value.problems) == 5
    with pytest.raises(ionsim.InputError) as caught:
        ionsim.Circuit(gates * 10, qubits=5)
    assert len(caught.value.problems) == 20


def test_a_gate_with_several_faults_shows_them_all():
    gate = {"gate": "rx", "target": 9, "rotation": "x", "colour": "red"}
    with pytest.raises(ionsim.InputError) as caught:
        ionsim.Circuit([gate], qubits=2)
    paths = " ".join(problem.path for problem in caught.value.problems)
    for key in ("target", "rotation", "colour"):
        assert key in paths


def test_the_error_of_a_bare_cnot_shows_the_right_form():
    with pytest.raises(ionsim.InputError, match="control"):
        ionsim.Circuit([{"gate": "cnot", "targets": [0, 1]}], qubits=2)
