"""The public calls: plain simulator calls against the oracle, options, and malformed jobs."""

from __future__ import annotations

import json
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given

import ionsim
import oracle
from strategies import CircuitCase, circuits
from strategies import jobs as valid_jobs

BELL = [{"gate": "h", "target": 0}, {"gate": "cnot", "control": 0, "target": 1}]
X5 = [{"gate": "x", "target": 5}]


def circuit_of(case: CircuitCase) -> ionsim.Circuit:
    return ionsim.Circuit(case.gates, qubits=case.qubits, gateset=case.gateset)


# --- the plain simulator --------------------------------------------------------------------


@given(circuits(max_qubits=5, max_gates=10))
def test_statevector_and_probabilities(case: CircuitCase) -> None:
    expected = oracle.statevector(case.gates, case.qubits, case.gateset)
    circuit = circuit_of(case)
    state = ionsim.statevector(circuit)
    assert state.shape == (2**case.qubits,)
    assert state.dtype == np.complex128
    assert np.allclose(state, expected, atol=1e-10)
    assert np.allclose(ionsim.probabilities(circuit), abs(expected) ** 2, atol=1e-12)


@given(circuits(max_qubits=4, max_gates=10))
def test_expectation(case: CircuitCase) -> None:
    state = oracle.statevector(case.gates, case.qubits, case.gateset)
    rng = np.random.default_rng(len(case.gates))
    strings = ["".join(rng.choice(list("IXYZ"), case.qubits)) for _ in range(5)]
    expected = [oracle.expectation(state, letters) for letters in strings]
    circuit = circuit_of(case)
    assert np.allclose(ionsim.expectation(circuit, strings), expected, atol=1e-10)
    assert ionsim.expectation(circuit, strings[0]) == pytest.approx(expected[0], abs=1e-10)
    weights = dict(zip(strings, (0.5, -1.5, 2.0, 0.0, 1.0), strict=False))
    summed = sum(weight * expected[strings.index(letters)] for letters, weight in weights.items())
    assert ionsim.expectation(circuit, weights) == pytest.approx(summed, abs=1e-10)


def test_leftmost_letter_is_the_highest_qubit() -> None:
    assert ionsim.expectation(X5, "ZIIIII") == pytest.approx(-1)
    assert ionsim.expectation(X5, "IIIIIZ") == pytest.approx(1)


def test_untouched_qubits_are_there() -> None:
    state = ionsim.statevector(ionsim.Circuit(X5, qubits=7))
    assert state.shape == (128,)
    assert np.flatnonzero(state).tolist() == [32]
    assert ionsim.sample(ionsim.Circuit(X5, qubits=7), 3, seed=1).tolist() == [32, 32, 32]
    assert ionsim.statevector(ionsim.Circuit(qubits=2)).tolist() == [1, 0, 0, 0]


def test_batches_run_in_one_call_and_keep_order(monkeypatch: pytest.MonkeyPatch) -> None:
    batch = [ionsim.Circuit(BELL), ionsim.Circuit(X5), ionsim.Circuit(BELL, qubits=3)]
    calls = []
    real = ionsim.engine.statevectors

    def counted(programs: Any, options: Any) -> Any:
        calls.append(len(programs))
        return real(programs, options)

    monkeypatch.setattr(ionsim.engine, "statevectors", counted)
    states = ionsim.statevector(batch)
    assert calls == [3]
    assert [state.size for state in states] == [4, 64, 8]
    assert np.flatnonzero(states[1]).tolist() == [32]
    assert [values.size for values in ionsim.probabilities(batch)] == [4, 64, 8]
    assert len(ionsim.sample(batch, 10, seed=1)) == 3
    two = [ionsim.Circuit(BELL), ionsim.Circuit(BELL)]
    assert np.allclose(ionsim.expectation(two, "ZZ"), [1, 1])
    assert np.allclose(ionsim.expectation(two, ["ZZ", "XX"]), [[1, 1], [1, 1]])
    assert np.allclose(ionsim.expectation(two, {"ZZ": 2.0}), [2, 2])
    assert ionsim.statevector([]) == []


def test_every_form_of_a_circuit() -> None:
    forms: list[Any] = [
        BELL,
        tuple(BELL),
        ionsim.Circuit(BELL),
        [ionsim.Op("h", 0), ionsim.Op("cnot", 1, controls=0)],
        {"circuit": BELL},
        {"qubits": 2, "gateset": "qis", "circuit": BELL},
    ]
    for form in forms:
        assert np.allclose(ionsim.probabilities(form), [0.5, 0, 0, 0.5])
    native = {"gateset": "native", "circuit": [{"gate": "gpi", "target": 0, "phase": 0}]}
    assert np.allclose(ionsim.probabilities(native), [0, 1])


@pytest.mark.parametrize(
    "form",
    [
        None,
        5,
        "h 0",
        [5],
        [ionsim.Circuit(), {"gate": "h", "target": 0}],
        {},
        {"input": {}},
        [None],
    ],
)
def test_things_that_are_no_circuit(form: Any) -> None:
    for call in (ionsim.statevector, ionsim.probabilities):
        with pytest.raises(ionsim.InputError):
            call(form)
    with pytest.raises(ionsim.InputError):
        ionsim.sample(form, 1)
    with pytest.raises(ionsim.InputError):
        ionsim.expectation(form, "Z")


def test_samples_follow_the_seed() -> None:
    one, two, other = (ionsim.sample(BELL, 200, seed=seed) for seed in (4, 4, 5))
    assert np.array_equal(one, two)
    assert not np.array_equal(one, other)
    assert set(one.tolist()) == {0, 3}
    first, second = ionsim.sample([ionsim.Circuit(BELL)] * 2, 200, seed=4)
    assert np.array_equal(first, one)
    assert not np.array_equal(second, one)
    job = ionsim.run({"input": {"qubits": 2, "circuit": BELL}, "shots": 200}, seed=4)
    assert np.array_equal(job.samples, one)


def test_noisy_samples_are_those_of_the_job() -> None:
    drawn = ionsim.sample(BELL, 500, seed=4, noise="harmony")
    job = ionsim.run({"input": {"qubits": 2, "circuit": BELL}}, seed=4, noise="harmony", shots=500)
    assert np.array_equal(job.samples, drawn)
    assert set(drawn.tolist()) == {0, 1, 2, 3}


def test_expectation_under_noise_is_refused() -> None:
    with pytest.raises(ionsim.InputError, match="without noise"):
        ionsim.expectation(BELL, "ZZ", noise="aria-1")
    assert ionsim.expectation(BELL, "ZZ", noise="ideal") == pytest.approx(1)


@pytest.mark.parametrize(
    "paulis", ["Z", "ZZZ", "zz", "ZA", ["ZZ", "Z"], [5], {"Z": 1.0}, None, 5, {"ZZ": 10**400}]
)
def test_wrong_pauli_strings(paulis: Any) -> None:
    with pytest.raises(ionsim.InputError, match="paulis"):
        ionsim.expectation(BELL, paulis)


def test_precision() -> None:
    assert ionsim.statevector(BELL, precision="complex64").dtype == np.complex64
    assert ionsim.statevector(BELL, precision="complex128").dtype == np.complex128


@pytest.mark.parametrize(
    "options",
    [
        {"precision": "float64"},
        {"precision": 5},
        {"threads": 0},
        {"threads": "2"},
        {"threads": True},
        {"memory_limit": 0},
        {"memory_limit": "1GB"},
        {"progress": "yes"},
        {"without": 5},
        {"without": "tiles"},
        {"without": None},
    ],
)
def test_wrong_options(options: dict[str, Any]) -> None:
    with pytest.raises(ionsim.InputError):
        ionsim.statevector(BELL, **options)
    with pytest.raises(ionsim.InputError):
        ionsim.run({"input": {"qubits": 2, "circuit": BELL}}, **options)


def test_unknown_options_are_type_errors() -> None:
    with pytest.raises(TypeError, match="thread"):
        ionsim.statevector(BELL, thread=1)
    with pytest.raises(TypeError, match="thread"):
        ionsim.run({}, thread=1)  # type: ignore[call-arg]


@pytest.mark.parametrize("shots", [0, 1_000_001, 1.5, "5", None, True])
def test_wrong_shots_of_sample(shots: Any) -> None:
    with pytest.raises(ionsim.InputError, match="shots"):
        ionsim.sample(BELL, shots)


@pytest.mark.parametrize("batch", [[], [ionsim.Circuit(BELL), ionsim.Circuit(X5)]])
def test_bits_of_a_batch_are_refused(batch: list[ionsim.Circuit]) -> None:
    with pytest.raises(ionsim.InputError, match=f"{len(batch)} circuits"):
        ionsim.sample_bits(batch, 3)  # type: ignore[arg-type]


@pytest.mark.parametrize("field", ["r1", "r2", "readout_flip"])
def test_wrong_rates_of_a_model(field: str) -> None:
    wrong: list[Any] = [-0.1, 1.1, float("nan"), float("inf"), 10**400, 10**5000, "0.1", None, True]
    for value in wrong:
        with pytest.raises(ionsim.InputError, match=rf"noise\.{field}: not a probability"):
            ionsim.NoiseModel("test", **{field: value})


@pytest.mark.parametrize("limit", [0, -1, 2.5, "3", True])
def test_wrong_qubit_limits_of_a_model(limit: Any) -> None:
    with pytest.raises(ionsim.InputError, match=r"noise\.qubit_limit"):
        ionsim.NoiseModel("test", qubit_limit=limit)


def test_arrays_that_do_not_fit_are_refused() -> None:
    wide = ionsim.Circuit(X5, qubits=60)
    for call in (ionsim.statevector, ionsim.probabilities):
        with pytest.raises(ionsim.LimitError, match="60 qubits"):
            call(wide)
    with pytest.raises(ionsim.LimitError):
        ionsim.statevector(ionsim.Circuit(X5, qubits=10_001))
    full = [{"gate": "h", "target": n} for n in range(20)]
    with pytest.raises(ionsim.LimitError):
        ionsim.statevector(full, memory_limit=1_000_000)


# --- run: what it takes and overrides -------------------------------------------------------


def test_run_takes_circuits_and_requests() -> None:
    registers = {"r": [1]}
    single = ionsim.run(ionsim.Circuit(BELL, name="n", registers=registers), shots=10)
    assert (single.name, single.registers, list(single.results)) == ("n", registers, ["0", "3"])
    assert list(single.marginals) == ["r"]
    batch = ionsim.run([ionsim.Circuit(BELL, name="a"), ionsim.Circuit(X5)], noise="aria-1")
    assert [child.name for child in batch.children] == ["a", None]
    assert batch.noise.model == "aria-1"
    request = ionsim.wire.read_job({"input": {"qubits": 2, "circuit": BELL}})
    assert list(ionsim.run(request).results) == ["0", "3"]
    again = pickle.loads(pickle.dumps(request))
    assert list(ionsim.run(again).results) == ["0", "3"]


def test_overrides() -> None:
    body = {"input": {"qubits": 2, "circuit": BELL}, "shots": 10, "noise": {"model": "harmony"}}
    job = ionsim.run(body, shots=20, seed=5, noise="aria-1")
    assert (job.shots, job.noise.seed, job.noise.model) == (20, 5, "aria-1")
    model = ionsim.MODELS["aria-1"].replace(r1=1.0, r2=1.0)
    job = ionsim.run(body, noise=model, shots=2000)
    assert (job.noise.model, job.noise.r1, job.noise.r2) == ("aria-1", 1.0, 1.0)
    assert all(400 < count < 600 for count in job.counts.values())  # nothing is left of the state
    assert len(job.counts) == 4


@pytest.mark.parametrize(
    ("override", "path"),
    [
        ({"shots": 0}, "shots"),
        ({"shots": "100"}, "shots"),
        ({"seed": 0}, "seed"),
        ({"seed": 2**31 + 1}, "seed"),
        ({"noise": "aria-9"}, "noise"),
        ({"noise": 5}, "noise"),
        ({"progress": "x"}, "progress"),
    ],
)
def test_wrong_overrides(override: dict[str, Any], path: str) -> None:
    with pytest.raises(ionsim.InputError, match=path):
        ionsim.run({"input": {"qubits": 2, "circuit": BELL}}, **override)


# --- validate and estimate ------------------------------------------------------------------


def test_validate() -> None:
    good = {"input": {"qubits": 2, "circuit": BELL}}
    assert ionsim.validate(good) == []
    assert ionsim.validate(ionsim.Circuit(BELL)) == []
    assert ionsim.validate(ionsim.wire.read_job(good)) == []
    assert [problem.path for problem in ionsim.validate({**good, "shots": 0})] == ["shots"]
    assert ionsim.validate("{")[0].path == ""


def test_validate_checks_limits() -> None:
    gates = [{"gate": "x", "target": n} for n in range(12)]
    body = {"input": {"circuits": [{"circuit": gates}, {"circuit": BELL}, {"circuit": 5}]}}
    found = ionsim.validate(body, noise="harmony")
    assert sorted((problem.code, problem.path) for problem in found) == [
        ("InvalidInput", "input.circuits[2].circuit"),
        ("NotEnoughQubits", "input.circuits[0]"),
    ]
    assert len(ionsim.validate(body, noise="harmony", device_limits=False)) == 1
    large = {"input": {"qubits": 22, "circuit": [{"gate": "h", "target": n} for n in range(22)]}}
    assert [p.code for p in ionsim.validate(large, memory_limit=10**6)] == ["CircuitTooLarge"]


def test_estimate() -> None:
    circuits = [{"circuit": BELL}, {"circuit": 5}, {"circuit": X5}]
    found = ionsim.estimate({"input": {"circuits": circuits}})
    assert [each.qubits_simulated for each in found] == [2, 1]
    [noisy] = ionsim.estimate(ionsim.Circuit(BELL), noise="aria-1", shots=1000)
    assert noisy.seconds >= 0
    assert 0 < noisy.memory_bytes < noisy.memory_allowed_bytes


# --- whole jobs ---


@given(valid_jobs())
def test_valid_jobs_in_every_form(body: dict[str, Any]) -> None:
    first = ionsim.run(body, seed=5)
    second = ionsim.run(json.dumps(body), seed=5)
    assert first.results_dict().keys() == second.results_dict().keys() or first.multi
    for one, other in zip(first.children or [first], second.children or [second], strict=True):
        assert one.results == other.results
        assert one.counts == other.counts
        assert sum(one.counts.values()) == one.shots
    shape = json.loads(json.dumps(first.to_dict()))
    assert shape["metadata"] == (body.get("metadata") or {})
