"""The modes of the noise planner: each against the exact density matrix, and against each other."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.stats

import ionsim
import oracle
import oracle_noise
import statistics_helpers as stats
from ionsim.run_options import MODES
from noise_helpers import (
    CASES,
    check_bits,
    check_memory_limit,
    check_stop,
    exact,
    exact_of,
    model,
    random_circuit,
)
from oracle_noise import Noise
from repeatable import check_instruction_sets, check_threads_and_ranges
from strategies import CircuitCase, build

SHOTS = 100_000
NEW_MODES = ("frame", "exact")
HOT = 0.2


def clifford_gates(qubits: int, count: int, seed: int) -> list[dict[str, Any]]:
    random = np.random.default_rng(seed)
    gates: list[dict[str, Any]] = []
    for _ in range(count):
        a, b = random.choice(qubits, 2, replace=False).tolist()
        name = str(random.choice(["h", "s", "si", "v", "x", "y", "z", "cnot", "cz", "swap"]))
        if name == "cnot":
            gates.append({"gate": "cnot", "control": a, "target": b})
        elif name == "cz":
            gates.append({"gate": "z", "control": a, "target": b})
        elif name == "swap":
            gates.append({"gate": "swap", "targets": [a, b]})
        else:
            gates.append({"gate": name, "target": a})
    return gates


# --- against the density matrix ---------------------------------------------------------------


@pytest.mark.parametrize("rates", [(0.0, 0.0), (HOT, HOT), (0.013, 0.053)])
@pytest.mark.parametrize("mode", MODES[1:])
@pytest.mark.parametrize("name", CASES)
def test_a_mode_against_the_density_matrix(name: str, mode: str, rates: tuple[float, float]):
    shots = ionsim.sample(build(CASES[name]), SHOTS, seed=5, noise=model(*rates), mode=mode)
    assert stats.fit_p_value(shots, exact_of(name, *rates)) > stats.ALPHA


@pytest.mark.parametrize("name", ["qis 3: one and two controls", "native 5", "qis 5: pauliexp"])
@pytest.mark.parametrize("mode", MODES[1:])
def test_a_wrong_rate_is_rejected(name: str, mode: str):
    wrong = (0.14, 0.14)
    assert stats.power(exact_of(name, *wrong), exact_of(name, HOT, HOT), SHOTS) > 0.9999
    shots = ionsim.sample(build(CASES[name]), SHOTS, seed=5, noise=model(*wrong), mode=mode)
    assert stats.fit_p_value(shots, exact_of(name, HOT, HOT)) < stats.ALPHA


@pytest.mark.parametrize("mode", MODES[1:])
def test_readout_flips_and_idle_qubits(mode: str):
    case = CircuitCase([{"gate": "h", "target": 1}, {"gate": "cnot", "control": 1, "target": 3}], 5)
    noise = Noise(0.1, 0.2, 0.07)
    expected = exact(case, noise)
    shots = ionsim.sample(build(case), SHOTS, seed=2, noise=model(0.1, 0.2, 0.07), mode=mode)
    assert stats.fit_p_value(shots, expected) > stats.ALPHA


@pytest.mark.parametrize("name", ["native 5", "qis 4: controlled two-target gates"])
def test_the_frame_in_double_precision(name: str):
    given = {"seed": 3, "noise": model(HOT, HOT), "mode": "frame"}
    twice = ionsim.sample(build(CASES[name]), SHOTS, precision="complex128", **given)
    once = ionsim.sample(build(CASES[name]), SHOTS, **given)
    assert stats.fit_p_value(twice, exact_of(name, HOT, HOT)) > stats.ALPHA
    # The same numbers are drawn: rounding moves an outcome only where it lies at an edge.
    assert np.count_nonzero(once != twice) < 10


@pytest.mark.parametrize("name", CASES)
def test_exact_probabilities(name: str):
    for rates in ((0.0, 0.0, 0.0), (HOT, 0.1, 0.0), (0.01, 0.05, 0.03), (1.0, 1.0, 0.5)):
        found = ionsim.noisy_probabilities(build(CASES[name]), model(*rates))
        np.testing.assert_allclose(found, exact_of(name, *rates), atol=1e-12)


def test_exact_probabilities_have_a_limit():
    """Of 13 touched qubits, and twice as many that a readout flip makes known."""
    noise = model(0.1, 0.1, 0.1)
    for qubits, told in ((26, "memory"), (27, "27 measured")):
        circuit = ionsim.Circuit([{"gate": "h", "target": 0}], qubits=qubits)
        with pytest.raises(ionsim.LimitError, match=told):
            ionsim.noisy_probabilities(circuit, noise, memory_limit=1_000_000)


def test_exact_probabilities_of_more_qubits():
    """Enough qubits that the vector is cut in pieces and digits change places."""
    circuit = random_circuit(8, 4, seed=3)
    found = ionsim.noisy_probabilities([circuit], model(0.0, 0.0), threads=2)
    ideal = oracle.probabilities(circuit.to_dicts(), 8)
    np.testing.assert_allclose(found[0], ideal, atol=1e-12)
    one = ionsim.noisy_probabilities(circuit, model(0.01, 0.02), threads=1)
    two = ionsim.noisy_probabilities(circuit, model(0.01, 0.02), threads=2)
    assert one.tolist() == two.tolist()
    assert one.sum() == pytest.approx(1, abs=1e-12)
    shots = ionsim.sample(circuit, SHOTS, seed=1, noise=model(0.01, 0.02), mode="frame")
    assert stats.fit_p_value(shots, one) > stats.ALPHA


@pytest.mark.parametrize("mode", MODES[1:])
def test_shots_are_independent(mode: str):
    name = "native 4"
    shots = ionsim.sample(build(CASES[name]), SHOTS, seed=8, noise=model(HOT, HOT), mode=mode)
    expected = exact_of(name, HOT, HOT)
    for lag in (1, 2, 15, 16, 17, 32, 1000):
        assert stats.pairs_p_value(shots, expected, lag) > stats.ALPHA, lag
    assert stats.dispersion_p_value(shots, expected) > stats.ALPHA


# --- modes against each other -----------------------------------------------------------------


@pytest.mark.parametrize(("qubits", "shots"), [(10, 3000), (14, 3000), (16, 3000), (18, 600)])
def test_wide_circuits_agree_between_modes(qubits: int, shots: int):
    circuit = random_circuit(qubits, 3 if qubits < 18 else 8, seed=qubits)
    given = {"shots": shots, "seed": 4, "noise": model(0.02, 0.05)}
    frame = ionsim.sample(circuit, mode="frame", **given)
    given["seed"] = 5
    plain = ionsim.sample(circuit, mode="trajectories", **given)
    for p_value in stats.marginal_p_values(frame, plain, qubits, seed=qubits):
        assert p_value > stats.ALPHA


@pytest.mark.parametrize("seed", range(6))
def test_outcomes_that_errors_decide_agree_to_the_shot(seed: int):
    """Without superposition an outcome follows from the errors, which are the same in both."""
    random = np.random.default_rng(seed)
    gates: list[dict[str, Any]] = []
    for _ in range(40):
        a, b, c = random.choice(7, 3, replace=False).tolist()
        gates += [
            {"gate": "x", "target": a},
            {"gate": "cnot", "control": a, "target": b},
            {"gate": "swap", "targets": [b, c]},
        ]
    given = {"seed": 9, "noise": model(0.05, 0.1, 0.02)}
    circuit = ionsim.Circuit(gates, qubits=7)
    frame = ionsim.sample(circuit, 5000, mode="frame", **given)
    plain = ionsim.sample(circuit, 5000, mode="trajectories", **given)
    assert frame.tolist() == plain.tolist()


def test_sixty_four_qubits_without_noise():
    ghz = [{"gate": "h", "target": 0}]
    ghz += [{"gate": "cnot", "control": q, "target": q + 1} for q in range(63)]
    tiny = model(1e-15, 1e-15)  # a model without any noise would run as an ideal circuit
    given = {"seed": 1, "noise": tiny, "device_limits": False}
    shots = ionsim.sample(ionsim.Circuit(ghz), 2000, **given)
    values, counts = np.unique(shots, return_counts=True)
    assert values.tolist() == [0, 2**64 - 1]
    assert scipy.stats.binomtest(int(counts[0]), 2000).pvalue > stats.ALPHA


def test_hundreds_of_qubits():
    """A noisy GHZ chain of 300 qubits: each error turns over what comes after it."""
    qubits, rate = 300, 0.004
    ghz = [{"gate": "h", "target": 0}]
    ghz += [{"gate": "cnot", "control": q, "target": q + 1} for q in range(qubits - 1)]
    bits = ionsim.sample_bits(ghz, 20_000, seed=4, noise=model(0.0, rate))
    assert bits.shape == (20_000, qubits)
    clean = ionsim.sample_bits(ghz, 50, seed=4, precision="complex128")
    assert (clean == clean[:, :1]).all()
    assert 0 < clean[:, 0].sum() < 50
    # Neighbours differ by an X error on either of them after their gate, or on the second one
    # after the next gate: 8 of 16 Paulis each.
    differ = np.count_nonzero(bits[:, 100] != bits[:, 101])
    expected = (1 - (1 - rate) ** 2) / 2
    assert scipy.stats.binomtest(int(differ), 20_000, expected).pvalue > stats.ALPHA


def test_bits_are_those_of_the_samples():
    noise = model(0.02, 0.05, 0.01)
    for circuit in (random_circuit(6, 3, seed=1), WORKLOADS["clifford"][0]):
        for mode in ("auto", "frame"):
            check_bits(circuit, 500, seed=3, noise=noise, mode=mode)
    sparse = ionsim.Circuit([{"gate": "x", "target": 70}], qubits=80)
    assert ionsim.sample_bits(sparse, 3, seed=1).nonzero()[1].tolist() == [70] * 3
    flipped = ionsim.sample_bits(sparse, 3, seed=1, noise=model(0, 0, 1.0))
    assert flipped.sum() == 3 * 79


def test_wide_and_dense_is_refused():
    with pytest.raises(ionsim.LimitError):
        ionsim.sample_bits(random_circuit(70, 40, seed=1), 10, seed=1, noise="aria-1")
    with pytest.raises(ionsim.LimitError, match="64"):
        ionsim.sample(random_circuit(70, 1, seed=1), 10, seed=1, noise=model(0.1, 0.1))


@pytest.mark.parametrize("seed", range(8))
def test_clifford_circuits_against_stim(seed: int):
    stim = pytest.importorskip("stim")
    qubits, r1, r2 = 12, 0.02, 0.05
    gates = clifford_gates(qubits, 120, seed)
    names = {"h": "H", "s": "S", "si": "S_DAG", "v": "SQRT_X", "x": "X", "y": "Y", "z": "Z"}
    peer = stim.Circuit()
    for gate in gates:
        on = [gate["control"], gate["target"]] if "control" in gate else gate.get("targets")
        if on is None:
            peer.append(names[gate["gate"]], [gate["target"]])
            peer.append("DEPOLARIZE1", [gate["target"]], 0.75 * r1)
        else:
            peer.append({"cnot": "CX", "z": "CZ", "swap": "SWAP"}[gate["gate"]], on)
            peer.append("DEPOLARIZE2", on, 0.9375 * r2)
    peer.append("M", range(qubits))
    bits = peer.compile_sampler(seed=seed).sample(SHOTS)
    theirs = (bits.astype(np.uint64) << np.arange(qubits, dtype=np.uint64)).sum(axis=1)
    circuit = ionsim.Circuit(gates, qubits=qubits)
    ours = ionsim.sample(circuit, SHOTS, seed=seed + 1, noise=model(r1, r2), mode="frame")
    for p_value in stats.marginal_p_values(ours, theirs, qubits, seed):
        assert p_value > stats.ALPHA


# --- the same counts everywhere ---------------------------------------------------------------

WORKLOADS = {
    "narrow": (random_circuit(5, 4, seed=1), 3001),
    "lanes": (random_circuit(9, 3, seed=2), 501),
    "wide": (random_circuit(14, 4, seed=3), 61),
    "one by one": (random_circuit(18, 8, seed=3), 19),
    "branches": (random_circuit(14, 2, seed=4), 1201),  # many shots have equal first errors
    "clifford": (ionsim.Circuit(clifford_gates(30, 200, 7), qubits=30), 3001),
}


def test_only_the_widest_run_one_by_one():
    for name, (circuit, shots) in WORKLOADS.items():
        [found] = ionsim.estimate(circuit, shots=shots, noise="aria-1", mode="frame")
        alone = "one shot after the other" in found.explain
        assert alone == (name == "one by one"), found.explain


@pytest.mark.parametrize("workload", WORKLOADS)
@pytest.mark.parametrize("mode", MODES)
def test_threads_and_ranges_change_nothing(mode: str, workload: str):
    circuit, shots = WORKLOADS[workload]
    if mode == "exact" and len(circuit.touched) > 9:
        pytest.skip("too large for the exact mode, or too slow")
    if mode in ("trajectories", "erasure") and len(circuit.touched) > 20:
        pytest.skip("too large for a state over all qubits")
    noise = model(0.01, 0.03, 0.01)
    check_threads_and_ranges(circuit, shots, noise, mode)


DRAW = """
import hashlib
import test_noise_modes as t
from ionsim import engine
from ionsim.run_options import RunOptions
for name, (circuit, shots) in t.WORKLOADS.items():
    for mode in ("auto", "frame"):
        [x] = engine.samples([circuit.program], shots, [3], RunOptions(mode=mode),
                             noise=t.model(0.01, 0.03))
        print(name, mode, hashlib.sha256(x.tobytes()).hexdigest())
values = t.ionsim.noisy_probabilities(t.WORKLOADS["narrow"][0], t.model(0.01, 0.03))
print(hashlib.sha256(values.tobytes()).hexdigest())
"""


def test_every_instruction_set_gives_the_same_counts():
    check_instruction_sets(DRAW, 2 * len(WORKLOADS) + 1)


@pytest.mark.parametrize("precision", ["complex64", "complex128"])
@pytest.mark.parametrize("name", WORKLOADS)
def test_rotations_in_registers_and_alone_give_the_same_counts(name: str, precision: str):
    circuit, shots = WORKLOADS[name]
    given = {"seed": 4, "noise": model(0.01, 0.03), "mode": "frame", "precision": precision}
    together = ionsim.sample(circuit, shots, **given)
    alone = ionsim.sample(circuit, shots, without=("registers",), **given)
    assert together.tolist() == alone.tolist()


# --- the planner ------------------------------------------------------------------------------


def test_estimates_show_every_mode():
    [found] = ionsim.estimate(random_circuit(6, 3, seed=1), shots=1000, noise="aria-1")
    assert [mode.mode for mode in found.modes] == list(MODES[1:])
    assert all(mode.possible and mode.work > 0 and mode.seconds > 0 for mode in found.modes)
    assert found.method in MODES[1:]
    assert "would take" in found.explain
    [ideal] = ionsim.estimate(random_circuit(6, 3, seed=1))
    assert ideal.modes == ()


def test_the_choice_follows_shots_and_shape_but_not_the_machine():
    small = random_circuit(5, 5, seed=1)

    def method(circuit: ionsim.Circuit, shots: int, **options: Any) -> str:
        [found] = ionsim.estimate(circuit, shots=shots, noise="aria-1", **options)
        return found.method

    assert method(small, 1_000_000) == "exact"
    assert method(random_circuit(12, 3, seed=1), 10) != "exact"
    assert method(WORKLOADS["clifford"][0], 1000) == "frame"
    for shots in (1, 100, 10_000):
        assert len({method(small, shots, threads=threads) for threads in (1, 2, 64)}) == 1


@pytest.mark.parametrize("mode", MODES[1:])
def test_a_job_records_its_mode(mode: str):
    circuit = random_circuit(4, 2, seed=1)
    assert ionsim.run(circuit, noise="aria-1", mode=mode).mode == mode
    chosen = ionsim.run(circuit, noise="aria-1")
    assert chosen.mode in MODES[1:]
    again = ionsim.run(circuit, noise="aria-1", seed=chosen.noise.seed, mode=chosen.mode)
    assert again.counts == chosen.counts
    assert ionsim.run(circuit).mode is None


def test_modes_that_cannot_run_are_refused():
    term = {"terms": ["XY", "ZI", "IX"], "coefficients": [0.3, 0.4, 0.5], "time": 1.0}
    mixed = ionsim.Circuit([{"gate": "pauliexp", "targets": [0, 1], **term}])
    for mode in NEW_MODES:
        with pytest.raises(ionsim.LimitError, match="do not commute"):
            ionsim.sample(mixed, 10, seed=1, noise="aria-1", mode=mode)
    expected = oracle_noise.probabilities(mixed.to_dicts(), 2, Noise(0.1, 0.1))
    shots = ionsim.sample(mixed, SHOTS, seed=1, noise=model(0.1, 0.1))
    assert stats.fit_p_value(shots, expected) > stats.ALPHA
    wide = random_circuit(14, 1, seed=1)
    with pytest.raises(ionsim.LimitError, match="13"):
        ionsim.sample(wide, 10, seed=1, noise="aria-1", mode="exact")
    with pytest.raises(ionsim.LimitError, match="13"):
        ionsim.noisy_probabilities(wide, "aria-1")
    with pytest.raises(ionsim.InputError, match="mode"):
        ionsim.sample(wide, 10, seed=1, noise="aria-1", mode="fast")
    with pytest.raises(ionsim.InputError, match="noise"):
        ionsim.noisy_probabilities(wide, None)


@pytest.mark.parametrize("mode", MODES[1:])
def test_a_memory_limit_is_kept(mode: str):
    check_memory_limit(random_circuit(12, 2, seed=1), noise="aria-1", mode=mode)


@pytest.mark.parametrize(("mode", "qubits"), [("frame", 12), ("frame", 16), ("exact", 13)])
def test_progress_and_cancelling(mode: str, qubits: int):
    check_stop(random_circuit(qubits, 20, seed=1), noise="aria-1", mode=mode)
