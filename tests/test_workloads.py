"""The circuits of the benchmarks are what they say, and every adapter runs them faithfully."""

from __future__ import annotations

import itertools
import math
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

import oracle
import oracle_noise
from statistics_helpers import fit_p_value

sys.path.insert(0, str(Path(__file__).parents[1] / "bench"))

import adapters.base
import compare
import workloads
from adapters.base import Adapter, Settings, Variant
from workloads import WORKLOADS, Workload, make

NAMES = sorted(WORKLOADS)


def state_of(workload: Workload) -> oracle.Matrix:
    return oracle.statevector(workload.gates, workload.qubits, workload.gateset)


# --- the workloads ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("qubits", [1, 2, 3, 5, 6, 17, 25])
def test_a_workload_depends_on_its_name_size_and_seed_alone(name: str, qubits: int) -> None:
    workload = make(name, qubits, seed=7)
    assert workload == make(name, qubits, seed=7)
    steps = oracle.steps(workload.gates, workload.gateset)
    assert {q for step in steps for q in step.qubits} == set(range(qubits))
    assert all(len(set(step.qubits)) == len(step.qubits) for step in steps)
    assert max(len(step.controls) for step in steps) <= oracle.MAX_CONTROLS


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"ghz"}))
def test_another_seed_gives_another_circuit(name: str) -> None:
    assert make(name, 6, seed=1).gates != make(name, 6, seed=2).gates


@pytest.mark.parametrize("name", NAMES)
def test_workloads_are_unitary(name: str) -> None:
    workload = make(name, 4, seed=3)
    unitary = oracle.unitary(workload.gates, 4, workload.gateset)
    np.testing.assert_allclose(unitary @ unitary.conj().T, np.eye(16), atol=1e-12)


def test_unknown_workloads_and_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="no workload 'qpe'"):
        make("qpe", 3)
    with pytest.raises(ValueError, match="0 qubits"):
        make("ghz", 0)


def test_ghz_is_the_ghz_state() -> None:
    expected = np.zeros(32)
    expected[[0, 31]] = math.sqrt(0.5)
    np.testing.assert_allclose(state_of(make("ghz", 5)), expected, atol=1e-14)


def test_qft_is_the_fourier_matrix() -> None:
    size = 16
    workload = workloads.qft(4, swaps=True, prepare=False)
    rows, columns = np.indices((size, size))
    fourier = np.exp(2j * math.pi * rows * columns / size) / math.sqrt(size)
    np.testing.assert_allclose(oracle.unitary(workload.gates, 4), fourier, atol=1e-12)


def test_qft_without_swaps_is_the_same_with_the_qubits_reversed() -> None:
    plain = workloads.qft(5, seed=4)
    swapped = workloads.qft(5, seed=4, swaps=True)
    reversed_index = [int(f"{index:05b}"[::-1], 2) for index in range(32)]
    np.testing.assert_allclose(state_of(plain)[reversed_index], state_of(swapped), atol=1e-12)


@pytest.mark.parametrize("name", ["brick", "native"])
@pytest.mark.parametrize("qubits", [6, 7])
def test_layers_act_once_on_every_qubit_then_on_disjoint_pairs(name: str, qubits: int) -> None:
    steps = oracle.steps(make(name, qubits).gates, make(name, qubits).gateset)
    layer = qubits + qubits // 2
    assert len(steps) == 20 * layer
    for start in range(0, len(steps), layer):
        ones, twos = steps[start : start + qubits], steps[start + qubits : start + layer]
        assert [step.qubits for step in ones] == [(q,) for q in range(qubits)]
        paired = [q for step in twos for q in step.qubits]
        assert len(set(paired)) == len(paired) == qubits // 2 * 2


def test_brick_and_native_use_the_gates_they_name() -> None:
    names = {gate["gate"] for gate in make("brick", 8).gates}
    assert names == {"rx", "ry", "rz", "xx", "cnot"}
    assert {gate["gate"] for gate in make("native", 8).gates} == {"gpi2", "ms"}
    assert make("native", 8).gateset == "native"


@pytest.mark.parametrize(("nodes", "missing"), [(4, 0), (10, 0), (11, 1), (24, 0), (25, 1)])
def test_graphs_are_regular_and_simple(nodes: int, missing: int) -> None:
    for seed in range(20):
        edges = workloads.regular_graph(nodes, 3, np.random.default_rng(seed))
        assert len(set(edges)) == len(edges)
        assert all(a < b for a, b in edges)
        degrees = Counter(itertools.chain.from_iterable(edges))
        assert sorted(degrees.values()) == [2] * missing + [3] * (nodes - missing)


def test_qaoa_evolves_under_the_cut_of_its_graph() -> None:
    workload = make("qaoa", 6)
    edges = Counter(tuple(gate["targets"]) for gate in workload.gates if gate["gate"] == "zz")
    assert set(edges.values()) == {4}
    assert len(edges) == 9


@pytest.mark.parametrize("qubits", [3, 5, 8, 9, 12])
def test_grover_finds_its_pattern_with_the_textbook_probability(qubits: int) -> None:
    workload = make("grover", qubits, seed=5)
    searched = sum(gate == {"gate": "h", "target": q} for q, gate in enumerate(workload.gates))
    assert searched == (qubits if qubits <= 8 else qubits - 2)
    zeros = itertools.takewhile(
        lambda gate: gate["gate"] == "x" and "controls" not in gate, workload.gates[searched:]
    )
    pattern = 2**searched - 1 - sum(2 ** gate["target"] for gate in zeros)
    found = oracle.probabilities(workload.gates, qubits)
    angle = math.asin(math.sqrt(2.0**-searched))
    # The pattern's index has zeros for the ancillas: after all iterations they are back at 0.
    assert found[pattern] == pytest.approx(math.sin(9 * angle) ** 2, abs=1e-12)


@pytest.mark.parametrize(("qubits", "most"), [(5, 4), (8, 7), (16, 7), (20, 6), (24, 7)])
def test_grover_has_gates_with_many_controls(qubits: int, most: int) -> None:
    steps = oracle.steps(make("grover", qubits).gates)
    assert max(len(step.controls) for step in steps) == most


def test_qv_reaches_all_kinds_of_two_qubit_gates() -> None:
    """The invariant of a local gate is 16, that of cnot 0; a random SU(4) has neither."""
    workload = make("qv", 2)
    assert len(workload.gates) == 20 * 15
    magic = np.array([[1, 0, 0, 1j], [0, 1j, 1, 0], [0, 1j, -1, 0], [1, 0, 0, -1j]]) / math.sqrt(2)
    seen = []
    for start in range(0, len(workload.gates), 15):
        unitary = oracle.unitary(workload.gates[start : start + 15], 2)
        rotated = magic.conj().T @ unitary @ magic
        seen.append(abs(np.trace(rotated.T @ rotated)) ** 2)
    assert max(seen) - min(seen) > 1
    assert all(1e-3 < invariant < 15.9 for invariant in seen)


@pytest.mark.parametrize(
    ("name", "qubits", "gates", "pairs"),
    [
        ("dense", 25, 925, 300),
        ("tfim", 25, 613, 288),
        ("tfim", 36, 888, 420),
        ("ladder", 25, 888, 288),
        ("small", 8, 45, 21),
    ],
)
def test_circuits_for_noise(name: str, qubits: int, gates: int, pairs: int) -> None:
    workload = make(name, qubits, seed=3)
    assert workload == make(name, qubits, seed=3)
    assert workload.gates != make(name, qubits, seed=4).gates
    steps = oracle.steps(workload.gates, workload.gateset)
    assert len(steps) == gates
    assert sum(len(step.qubits) == 2 for step in steps) == pairs
    assert {q for step in steps for q in step.qubits} == set(range(qubits))


def test_uccsd_is_made_of_exponentials_of_strings_with_four_ends() -> None:
    empty = workloads.uccsd(8, seed=6, exponentials=0).gates
    assert empty == tuple({"gate": "x", "target": q} for q in range(4))
    seen = set()
    for seed in range(5):
        gates = workloads.uccsd(8, seed=seed, exponentials=1).gates[4:]
        turned = {"h": "X", "v": "Y"}
        first = [gate for gate in gates[:4] if gate["gate"] in turned]
        letters = {q: "Z" for gate in gates if "control" in gate for q in _pair(gate)}
        letters |= {gate["target"]: turned[gate["gate"]] for gate in first}
        [angle] = [gate["rotation"] for gate in gates if gate["gate"] == "rz"]
        term = "".join(letters.get(q, "I") for q in reversed(range(8)))
        whole = {"gate": "pauliexp", "targets": list(range(8)), "terms": [term]}
        whole |= {"coefficients": [1.0], "time": angle / 2}
        found, expected = (oracle.unitary(each, 8) for each in (gates, [whole]))
        np.testing.assert_allclose(found, expected, atol=1e-12)
        assert term.count("X") + term.count("Y") == 4
        seen.add(term)
    assert len(seen) > 1
    assert sum(gate["gate"] == "rz" for gate in make("uccsd", 24).gates) == 33


def _pair(gate: workloads.Gate) -> tuple[int, int]:
    return gate["control"], gate["target"]


# --- the adapters -----------------------------------------------------------------------------


def adapter(name: str) -> Adapter:
    if not adapters.installed(name):
        pytest.skip(f"{name} is not installed")
    return adapters.load(name)


# Own simulator included: the comparisons run it through an adapter too.
ALL = ["ionsim", *adapters.PEERS]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("precision", ["complex64", "complex128"])
@pytest.mark.parametrize("peer", ALL)
def test_adapters_run_the_circuit_that_the_workload_describes(
    peer: str, precision: str, name: str
) -> None:
    tolerance = 1e-5 if precision == "complex64" else 1e-10
    for qubits in (2, 5):
        workload = make(name, qubits, seed=11)
        expected = state_of(workload)
        for keep in (False, True):
            settings = Settings(precision, threads=1, output="state", keep=keep)
            for variant in adapter(peer).ideal(settings):
                run = variant.prepare(workload)
                for state in (run(), run()):
                    assert oracle.same_up_to_phase(expected, state, tolerance), variant.label
        for variant in adapter(peer).ideal(Settings(precision, threads=2)):
            found = variant.prepare(workload)()
            np.testing.assert_allclose(found, np.abs(expected) ** 2, atol=tolerance)


# For those that run nothing else.
CLIFFORDS: tuple[workloads.Gate, ...] = (
    *({"gate": name, "target": q} for q in range(3) for name in ("x", "s")),
    {"gate": "y", "target": 0, "control": 1},
    {"gate": "h", "target": 2},
    {"gate": "z", "target": 0, "control": 2},
    {"gate": "swap", "targets": [1, 2]},
    {"gate": "cnot", "target": 2, "control": 1},
    {"gate": "h", "target": 1},
    {"gate": "v", "target": 2},
    {"gate": "vi", "target": 2},
    {"gate": "si", "target": 2},
)


@pytest.mark.parametrize("name", ["brick", "native", "qaoa", "qft", "small", "cliffords"])
@pytest.mark.parametrize("peer", ALL)
def test_adapters_put_the_noise_after_every_gate(peer: str, name: str) -> None:
    """The seeds are the simulators' own, so the significance is far below any accident."""
    significance = 1e-9
    # A deep circuit comes out flat, whatever the rates: its first layers must do.
    gates = CLIFFORDS if name == "cliffords" else make(name, 3, seed=2).gates[:12]
    workload = Workload(name, 3, gates, "native" if name == "native" else "qis")
    r1, r2, shots = 0.1, 0.2, 10_000
    exact, too_much_1q, too_much_2q = (
        oracle_noise.probabilities(workload.gates, 3, oracle_noise.Noise(*rates), workload.gateset)
        for rates in ((r1, r2), (4 * r1, r2), (r1, 2 * r2))
    )
    for precision in ("complex64", "complex128"):
        settings = Settings(precision, threads=1, shots=shots, r1=r1, r2=r2)
        for variant in adapter(peer).noisy(settings):
            if not variant.can_run(workload):
                assert variant.cliffords
                continue
            outcomes = variant.prepare(workload)()
            assert outcomes.shape == (shots,)
            assert fit_p_value(outcomes, exact) > significance, variant.label
            assert fit_p_value(outcomes, too_much_1q) < significance, variant.label
            assert fit_p_value(outcomes, too_much_2q) < significance, variant.label


@pytest.mark.parametrize("gate", [{"gate": "x", "target": 0}, {"gate": "swap", "targets": [0, 1]}])
@pytest.mark.parametrize("peer", ALL)
def test_adapters_leave_nothing_of_a_state_at_rate_one(peer: str, gate: workloads.Gate) -> None:
    """The rate counts the identity: at 1 the qubits are fully mixed, not always hit by an error."""
    qubits = 1 if gate["gate"] == "x" else 2
    workload = Workload("one gate", qubits, (gate,))
    for precision in ("complex64", "complex128"):
        settings = Settings(precision, threads=1, shots=10_000, r1=1.0, r2=1.0)
        for variant in adapter(peer).noisy(settings):
            outcomes = variant.prepare(workload)()
            assert fit_p_value(outcomes, np.full(2**qubits, 0.5**qubits)) > 1e-9, variant.label


# --- the comparison ---------------------------------------------------------------------------


class Fake:
    """A simulator that returns what it is told to."""

    PACKAGES: Sequence[str] = ()

    def __init__(self, label: str, answer: Callable[[Workload], adapters.base.Array]) -> None:
        self._label = label
        self._answer = answer

    def ideal(self, settings: Settings) -> list[Variant]:
        return [Variant(self._label, lambda workload: lambda: self._answer(workload))]

    def noisy(self, settings: Settings) -> list[Variant]:
        return self.ideal(settings)


def exact(workload: Workload) -> adapters.base.Array:
    return oracle.probabilities(workload.gates, workload.qubits, workload.gateset)


def bits_reversed(workload: Workload) -> adapters.base.Array:
    return exact(workload).reshape((2,) * workload.qubits).transpose().reshape(-1)


def broken(workload: Workload) -> adapters.base.Array:
    raise RuntimeError("out of order")


def rows_of(workload: Workload, settings: Settings, *peers: Fake) -> list[compare.Row]:
    ours = Fake("ionsim", exact if not settings.is_noisy else drawn(1))
    return list(compare.compare(workload, settings, ours, peers, rounds=2, budget_seconds=0.1))


def drawn(seed: int, flip: float = 0.0) -> Callable[[Workload], adapters.base.Array]:
    def answer(workload: Workload) -> adapters.base.Array:
        random = np.random.default_rng(seed)
        outcomes = random.choice(2**workload.qubits, size=2000, p=exact(workload))
        return np.asarray(outcomes ^ (random.random(2000) < flip))

    return answer


def test_a_comparison_times_what_agrees_and_reports_what_does_not() -> None:
    workload = make("brick", 3)
    good, bad, none = rows_of(
        workload,
        Settings(),
        Fake("good", exact),
        Fake("reversed", bits_reversed),
        Fake("broken", broken),
    )
    assert (good.peer, good.error) == ("good", None)
    assert len(good.peer_seconds) == len(good.ionsim_seconds) == 2
    assert good.ratio is not None
    assert bad.error is not None
    assert "results differ" in bad.error
    assert none.error == "RuntimeError: out of order"
    assert all(not row.peer_seconds and row.ratio is None for row in (bad, none))


def test_a_noisy_comparison_looks_at_the_outcomes() -> None:
    workload = make("ghz", 3)
    settings = Settings(r1=0.1, r2=0.1)
    good, bad = rows_of(workload, settings, Fake("good", drawn(2)), Fake("bad", drawn(3, 0.1)))
    assert good.error is None
    assert bad.error is not None
    assert "results differ" in bad.error


def test_without_peers_ionsim_is_measured_alone() -> None:
    (row,) = rows_of(make("ghz", 2), Settings())
    assert (row.peer, len(row.ionsim_seconds), row.ratio) == ("-", 2, None)
