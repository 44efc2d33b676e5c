"""Kraus channels: against the density matrix, the same counts everywhere, wrong input."""

from __future__ import annotations

import itertools
import pickle
from typing import Any

import numpy as np
import pytest

import ionsim
import oracle_kraus
import statistics_helpers as stats
from ionsim import KrausChannel, NoiseModel
from noise_helpers import CASES, check_bits, check_memory_limit, check_stop
from oracle_noise import Noise
from repeatable import check_instruction_sets, check_threads_and_ranges
from strategies import CircuitCase, build

SHOTS = 100_000
MODES = ("trajectories", "exact")


def random_operators(qubits: int, count: int, seed: int, weak: float = 1.0) -> np.ndarray:
    """Draw operators with sum K^dagger K = 1; weak ones leave the first near the identity."""
    random = np.random.default_rng(seed)
    n = 2**qubits
    drawn = random.normal(size=(count, n, n)) + 1j * random.normal(size=(count, n, n))
    drawn = weak * drawn
    drawn[0] += (1 - weak) * 4 * np.eye(n)
    total = np.einsum("kji,kjl->il", drawn.conj(), drawn)
    values, vectors = np.linalg.eigh(total)
    return np.asarray(drawn @ (vectors / np.sqrt(values)) @ vectors.conj().T)


DAMPING = KrausChannel.amplitude_damping(0.1).operators
CHANNELS: dict[str, tuple[Any, Any]] = {
    "damping": (DAMPING, DAMPING),
    "damping after two": (None, DAMPING),
    "random": (random_operators(1, 3, 1, 0.2), random_operators(2, 5, 2, 0.2)),
    "random and strong": (random_operators(1, 4, 3), random_operators(2, 16, 4)),
    "projective": ([[[1, 0], [0, 0]], [[0, 0], [0, 1]]], None),
}


def model(channels: tuple[Any, Any], *rates: float) -> NoiseModel:
    made = [None if each is None else KrausChannel(each) for each in channels]
    return NoiseModel("test", *rates, kraus1=made[0], kraus2=made[1])


def exact(case: CircuitCase, channels: tuple[Any, Any], *rates: float) -> np.ndarray:
    return oracle_kraus.probabilities(
        case.gates, case.qubits, Noise(*rates), *channels, gateset=case.gateset
    )


def damped(qubits: int, layers: int, seed: int) -> CircuitCase:
    random = np.random.default_rng(seed)
    gates: list[dict[str, Any]] = []
    for _ in range(layers):
        for q in range(qubits):
            gates.append({"gate": "ry", "target": q, "rotation": float(random.normal())})
        for a, b in itertools.pairwise(random.permutation(qubits).tolist()):
            gates.append({"gate": "cnot", "control": a, "target": b})
    return CircuitCase(gates, qubits)


# --- against the density matrix ---------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("channels", CHANNELS)
@pytest.mark.parametrize("qubits", [1, 2, 3, 4])
def test_channels_against_the_density_matrix(qubits: int, channels: str, mode: str):
    case = damped(qubits, 3, seed=qubits)
    noise = model(CHANNELS[channels], 0.0, 0.0)
    shots = ionsim.sample(build(case), SHOTS, seed=5, noise=noise, mode=mode)
    assert stats.fit_p_value(shots, exact(case, CHANNELS[channels], 0, 0)) > stats.ALPHA


@pytest.mark.parametrize("name", CASES)
def test_channels_with_every_gate_and_the_machine_s_noise(name: str):
    """Both kinds of noise and readout flips, on every gate, also those with many controls."""
    case, channels = CASES[name], CHANNELS["random"]
    rates = (0.05, 0.05, 0.02)
    expected = exact(case, channels, *rates)
    found = ionsim.noisy_probabilities(build(case), model(channels, *rates))
    np.testing.assert_allclose(found, expected, atol=1e-12)
    shots = ionsim.sample(
        build(case), SHOTS // 4, seed=2, noise=model(channels, *rates), mode="trajectories"
    )
    assert stats.fit_p_value(shots, expected) > stats.ALPHA


def test_another_channel_is_rejected():
    case = damped(3, 3, seed=1)
    weaker = KrausChannel.amplitude_damping(0.08).operators
    expected = exact(case, CHANNELS["damping"], 0, 0)
    assert stats.power(exact(case, (weaker, weaker), 0, 0), expected, SHOTS) > 0.9999
    for mode in MODES:
        noise = model((weaker, weaker), 0.0, 0.0)
        shots = ionsim.sample(build(case), SHOTS, seed=5, noise=noise, mode=mode)
        assert stats.fit_p_value(shots, expected) < stats.ALPHA


def test_a_channel_on_two_qubits_knows_which_is_first():
    """The first qubit of the gate, its control, is bit 0 of the operators: it alone is reset."""
    reset_first = [np.kron(np.eye(2), k) for k in KrausChannel.amplitude_damping(1.0).operators]
    noise = NoiseModel("reset", kraus2=KrausChannel(reset_first))
    gates = [{"gate": "x", "target": 2}, {"gate": "cnot", "control": 2, "target": 0}]
    for mode in MODES:
        shots = ionsim.sample(gates, 100, seed=1, noise=noise, mode=mode)
        assert set(shots.tolist()) == {1}


def test_shots_are_independent_and_norms_hold():
    """A long run in single precision, in which the unlikely operator is hardly ever drawn."""
    gates = [{"gate": "rx", "target": 0, "rotation": 0.1}] * 400
    case = CircuitCase(gates, 1)
    weak = KrausChannel.amplitude_damping(0.2).operators
    channels = (weak[:, ::-1, ::-1], None)  # from 0 to 1: the norm falls where most of the state is
    expected = exact(case, channels, 0, 0)
    shots = ionsim.sample(build(case), SHOTS // 4, seed=3, noise=model(channels, 0.0, 0.0),
                          mode="trajectories")  # fmt: skip
    assert stats.fit_p_value(shots, expected) > stats.ALPHA
    for lag in (1, 2, 16, 1000):
        assert stats.pairs_p_value(shots, expected, lag) > stats.ALPHA


def test_native_gates_with_the_model_of_a_machine():
    gates = [
        {"gate": "gpi2", "target": 0, "phase": 0.1},
        {"gate": "ms", "targets": [0, 1], "phases": [0.0, 0.2], "angle": 0.2},
        {"gate": "gpi", "target": 1, "phase": 0.3},
        {"gate": "zz", "targets": [1, 2], "angle": 0.15},
        {"gate": "gpi2", "target": 2, "phase": 0.6},
    ] * 4
    case = CircuitCase(gates, 3, gateset="native")
    published = ionsim.MODELS["aria-1"]
    noise = published.replace(readout_flip=0.01).with_kraus(
        KrausChannel(DAMPING), KrausChannel(DAMPING)
    )
    expected = exact(case, CHANNELS["damping"], published.r1, published.r2, 0.01)
    shots = ionsim.sample(build(case), SHOTS, seed=4, noise=noise, mode="trajectories")
    assert stats.fit_p_value(shots, expected) > stats.ALPHA


@pytest.mark.long
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("channels", CHANNELS)
def test_a_million_shots(channels: str, mode: str):
    case = damped(4, 4, seed=9)
    rates = (0.002, 0.02, 0.01)
    noise = model(CHANNELS[channels], *rates)
    shots = ionsim.sample(build(case), 1_000_000, seed=6, noise=noise, mode=mode)
    assert stats.fit_p_value(shots, exact(case, CHANNELS[channels], *rates)) > stats.ALPHA


# --- the same counts everywhere ---------------------------------------------------------------

WEAK = KrausChannel.amplitude_damping(0.01).operators
WORKLOADS = {
    "small": (damped(5, 2, seed=1), 501, CHANNELS["random"]),
    "likely": (damped(9, 3, seed=2), 301, (WEAK, WEAK)),
    "large": (damped(17, 1, seed=3), 8, (WEAK, WEAK)),
}


@pytest.mark.parametrize("workload", WORKLOADS)
def test_threads_and_ranges_change_nothing(workload: str):
    case, shots, channels = WORKLOADS[workload]
    circuit, noise = build(case), model(channels, 0.01, 0.03, 0.01)
    check_threads_and_ranges(circuit, shots, noise, "trajectories")


DRAW = """
import hashlib
import test_kraus as t
for name, (case, shots, channels) in t.WORKLOADS.items():
    for precision in ("complex64", "complex128"):
        x = t.ionsim.sample(t.build(case), shots, seed=3, noise=t.model(channels, 0.01, 0.03),
                            mode="trajectories", precision=precision)
        print(name, precision, hashlib.sha256(x.tobytes()).hexdigest())
"""


def test_every_instruction_set_gives_the_same_counts():
    check_instruction_sets(DRAW, 2 * len(WORKLOADS))


def test_fewer_trajectories_share_what_happened():
    reset = model(([[[0, 1], [0, 0]], [[1, 0], [0, 0]]], None), 0.0, 0.0)
    gates = [{"gate": "h", "target": 0}, {"gate": "x", "target": 1}]
    assert set(ionsim.sample(gates, 50, seed=1, noise=reset).tolist()) == {0}
    jumps = model((np.sqrt(0.5) * np.array([np.eye(2), [[0, 1], [1, 0]]]), None), 0.0, 0.0)
    flips = ionsim.Circuit([{"gate": "x", "target": q % 3} for q in range(30)])
    given = {"seed": 6, "noise": jumps, "mode": "trajectories"}
    shared = ionsim.sample(flips, 300, trajectories=50, **given)
    assert shared.tolist() == np.tile(ionsim.sample(flips, 300, **given)[:50], 6).tolist()


# --- programs that measure on the way ---------------------------------------------------------


def test_a_program_that_measures_on_the_way():
    text = """
    OPENQASM 3; include "stdgates.inc"; qubit[2] q; bit[3] c;
    x q[0]; c[0] = measure q[0]; if (c[0]) x q[1]; cx q[0], q[1]; c[1] = measure q[1]; reset q[0];
    h q[0]; c[2] = measure q[0];
    """
    noise = NoiseModel("fall", kraus1=KrausChannel.amplitude_damping(0.3),
                       kraus2=KrausChannel.amplitude_damping(0.2))  # fmt: skip
    program = {"format": "openqasm", "data": text}
    job = ionsim.run({"shots": SHOTS, "input": program}, noise=noise, seed=4)
    stay, pair, damp = 0.7, 0.8, 0.3
    # The first qubit falls with 0.3; the second is flipped twice if not, and may fall between.
    second = stay * (1 - stay) * pair
    expected = np.zeros(8)
    plus = (1 - damp) / 2
    for first, one, last in itertools.product((0, 1), repeat=3):
        share = stay if first else 1 - stay
        ones = (1 - stay) * pair if first else 0.0
        share *= ones if one else 1 - ones
        expected[first + 2 * one + 4 * last] = share * (plus if last else 1 - plus)
    assert expected.sum() == pytest.approx(1)
    assert expected[[2, 3, 6, 7]].sum() == pytest.approx(second)
    counts = np.array([job.counts.get(str(k), 0) for k in range(8)])
    outcomes = np.repeat(np.arange(8), counts)
    assert stats.fit_p_value(outcomes, expected) > stats.ALPHA


# --- what users see ---------------------------------------------------------------------------


def test_an_estimate_says_what_happens():
    noise = model(CHANNELS["damping"], 0.001, 0.01)
    case = damped(6, 3, seed=1)
    [found] = ionsim.estimate(build(case), shots=100, noise=noise, mode="trajectories")
    assert "Kraus channels" in found.explain
    modes = {mode.mode: mode for mode in found.modes}
    assert modes["trajectories"].possible
    assert modes["exact"].possible
    assert "Kraus" in modes["frame"].why_not
    assert all(m.seconds > 0 and m.memory_bytes > 0 for m in modes.values() if m.possible)
    with pytest.raises(ionsim.LimitError, match="Kraus channel"):
        ionsim.sample(build(case), 10, seed=1, noise=noise, mode="frame")
    [wide] = ionsim.estimate(build(damped(14, 1, seed=1)), shots=10, noise=noise)
    assert wide.method == "trajectories"


def test_a_job_echoes_its_channels():
    noise = ionsim.MODELS["aria-1"].with_kraus(KrausChannel(DAMPING))
    job = ionsim.run(ionsim.Circuit([{"gate": "x", "target": 0}]), noise=noise, seed=2)
    assert job.noise.kraus1 == KrausChannel(DAMPING)
    assert job.noise.kraus2 is None
    assert job.to_dict()["noise"]["kraus1"] == KrausChannel(DAMPING).to_list()
    assert not NoiseModel("test", kraus2=KrausChannel(DAMPING)).is_ideal
    assert pickle.loads(pickle.dumps(noise)) == noise
    assert len({noise, noise.replace(), noise.replace(r1=0.1)}) == 2


def test_bits_are_those_of_the_samples():
    case, _, channels = WORKLOADS["small"]
    noise = model(channels, 0.01, 0.03, 0.02)
    check_bits(build(case), 300, seed=3, noise=noise, mode="trajectories")


def test_a_memory_limit_and_a_stop_are_kept():
    noise = model(CHANNELS["damping"], 0.0, 0.0)
    circuit = build(damped(12, 3, seed=1))
    given = {"noise": noise, "mode": "trajectories"}
    check_memory_limit(circuit, **given)
    check_stop(circuit, **given)
    # Little memory: shots run one by one, to the same outcomes.
    tight = ionsim.sample(circuit, 40, seed=1, memory_limit=300_000, threads=1, **given)
    assert tight.tolist() == ionsim.sample(circuit, 40, seed=1, **given).tolist()


@pytest.mark.parametrize(
    ("operators", "told"),
    [
        ([], "shape"),
        ([[1, 0], [0, 1]], "shape"),
        (np.eye(8)[None], "shape"),
        (np.ones((17, 2, 2)), "shape"),
        ("abc", "not an array"),
        ([[[10**400, 0], [0, 1]]], "not an array"),
        ([[[1, 0], [0, np.nan]]], "not finite"),
        ([[[1, 0], [0, 0.9]]], "off the identity by 0.19"),
        ([[[1, 0], [0, 1 + 1e-8]]], "off the identity"),
    ],
)
def test_wrong_operators_are_refused(operators: Any, told: str):
    with pytest.raises(ionsim.InputError, match=told) as refusal:
        KrausChannel(operators)
    assert refusal.value.problems[0].path == "kraus.operators"
    assert "2 x 2" in str(refusal.value)


def test_wrong_channels_of_a_model_are_refused():
    with pytest.raises(ionsim.InputError, match="too many qubits") as refusal:
        NoiseModel("test", kraus1=KrausChannel([np.eye(4)]))
    assert refusal.value.problems[0].path == "noise.kraus1"
    with pytest.raises(ionsim.InputError, match="not a Kraus channel"):
        NoiseModel("test", kraus2=DAMPING)  # type: ignore[arg-type]
    for wrong in (-0.1, 1.1, float("nan"), "x", True):
        with pytest.raises(ionsim.InputError, match="not a probability"):
            KrausChannel.amplitude_damping(wrong)  # type: ignore[arg-type]
