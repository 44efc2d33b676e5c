"""The mode that takes depolarizing noise as erasures: exact, and the same counts everywhere."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

import ionsim
import statistics_helpers as stats
from ionsim import KrausChannel, NoiseModel
from noise_helpers import CASES, check_bits, check_memory_limit, check_stop, exact, exact_of, model
from oracle_noise import Noise
from repeatable import check_instruction_sets, check_threads_and_ranges
from strategies import CircuitCase, build

SHOTS = 100_000
HOT = 0.2


def sample(circuit: ionsim.Circuit, shots: int, **given: Any) -> np.ndarray:
    return ionsim.sample(circuit, shots, mode="erasure", **given)


def brick(qubits: int, layers: int, seed: int, kind: str = "xx") -> CircuitCase:
    """Return layers of gates that split along X, Z, an axis between, or not at all."""
    random = np.random.default_rng(seed)
    native = kind == "ms"
    gates: list[dict[str, Any]] = []
    for layer in range(layers):
        for q in range(qubits):
            if native:
                gates.append({"gate": "gpi2", "target": q, "phase": float(random.uniform())})
            else:
                gates.append({"gate": "ry", "target": q, "rotation": float(random.normal())})
        for a in range(layer % 2, qubits - 1, 2):
            angle = float(random.normal())
            gates.append(
                {
                    "xx": {"gate": "xx", "targets": [a, a + 1], "rotation": angle},
                    "zz": {"gate": "zz", "targets": [a, a + 1], "rotation": angle},
                    "cnot": {"gate": "cnot", "control": a, "target": a + 1},
                    "swap": {"gate": "swap", "targets": [a, a + 1]},
                    "mixed": {"gate": "pauliexp", "targets": [a, a + 1], "time": angle,
                              "terms": ["XX", "ZZ", "YY"], "coefficients": [1, 0.5, 0.2]},
                    "ms": {"gate": "ms", "targets": [a, a + 1], "angle": 0.2,
                           "phases": random.uniform(size=2).tolist()},
                }[kind]
            )  # fmt: skip
    return CircuitCase(gates, qubits, gateset="native" if native else "qis")


# --- against the density matrix ---------------------------------------------------------------


@pytest.mark.parametrize("rates", [(HOT, HOT), (0.013, 0.053)])
@pytest.mark.parametrize("name", CASES)
def test_every_gate_against_the_density_matrix(name: str, rates: tuple[float, float]):
    shots = sample(build(CASES[name]), SHOTS, seed=5, noise=model(*rates))
    assert stats.fit_p_value(shots, exact_of(name, *rates)) > stats.ALPHA


@pytest.mark.parametrize("kind", ["xx", "zz", "cnot", "swap", "mixed", "ms"])
@pytest.mark.parametrize("qubits", [2, 3, 6])
def test_neighbours_of_an_erasure(qubits: int, kind: str):
    """Gates that an erasure turns into gates on one qubit, and those that it does not."""
    case = brick(qubits, 4, seed=qubits, kind=kind)
    expected = exact(case, Noise(0.02, 0.3, 0.01))
    shots = sample(build(case), SHOTS, seed=3, noise=model(0.02, 0.3, 0.01))
    assert stats.fit_p_value(shots, expected) > stats.ALPHA


@pytest.mark.parametrize("kind", ["xx", "zz", "cnot", "swap", "mixed", "ms"])
@pytest.mark.parametrize("qubits", [3, 4, 6])
def test_shots_from_kept_states(qubits: int, kind: str):
    """Few erasures in a deep circuit: most shots begin with the error-free state of some stop."""
    case = brick(qubits, 10, seed=qubits, kind=kind)
    rates = (0.004, 0.5 / (5 * (qubits - 1)), 0.01)
    expected = exact(case, Noise(*rates))
    shots = sample(build(case), SHOTS, seed=3, noise=model(*rates))
    assert stats.fit_p_value(shots, expected) > stats.ALPHA


def test_kept_states_follow_from_all_shots_of_a_job():
    """A few shots are not worth a stop: they take other numbers, not another distribution."""
    circuit, noise = build(brick(5, 10, seed=1)), model(0.002, 0.03)
    many = sample(circuit, 2000, seed=3, noise=noise)
    assert many[:8].tolist() != sample(circuit, 8, seed=3, noise=noise).tolist()
    alone = sample(circuit, 2000, seed=3, noise=noise, share=False)
    assert alone.tolist() == many.tolist()


@pytest.mark.parametrize("kind", ["zz", "ms"])
def test_the_same_gate_again_and_again(kind: str):
    """Many gates in a row that all split along the same axis, on wires that begin and end."""
    gates: list[dict[str, Any]] = [{"gate": "h", "target": q} for q in range(4)]
    pairs = list(itertools.permutations(range(4), 2))
    if kind == "zz":
        gates += [{"gate": "zz", "targets": list(pair), "rotation": 0.7} for pair in pairs]
        gates += [{"gate": "rx", "target": q, "rotation": 1.1} for q in range(4)]
        case = CircuitCase(gates, 4)
    else:
        native = [{"gate": "ms", "targets": list(pair), "phases": [0.1, 0.1]} for pair in pairs]
        case = CircuitCase(native, 4, gateset="native")
    expected = exact(case, Noise(0.1, 0.3))
    shots = sample(build(case), SHOTS, seed=4, noise=model(0.1, 0.3))
    assert stats.fit_p_value(shots, expected) > stats.ALPHA


def test_a_wrong_rate_is_rejected():
    case = brick(4, 4, seed=2)
    expected = exact(case, Noise(0.1, 0.2))
    wrong = exact(case, Noise(0.1, 0.17))
    assert stats.power(wrong, expected, SHOTS) > 0.9999
    shots = sample(build(case), SHOTS, seed=5, noise=model(0.1, 0.17))
    assert stats.fit_p_value(shots, expected) < stats.ALPHA


def test_readout_flips_and_idle_qubits():
    case = CircuitCase([{"gate": "h", "target": 1}, {"gate": "cnot", "control": 1, "target": 3}], 5)
    expected = exact(case, Noise(0.1, 0.2, 0.07))
    shots = sample(build(case), SHOTS, seed=2, noise=model(0.1, 0.2, 0.07))
    assert stats.fit_p_value(shots, expected) > stats.ALPHA


@pytest.mark.parametrize("rates", [(0.0, 0.0), (1.0, 1.0), (0.0, 1.0), (1.0, 0.0)])
def test_rates_at_their_ends(rates: tuple[float, float]):
    case = brick(3, 3, seed=6)
    expected = exact(case, Noise(*rates))
    noise = model(*rates, readout_flip=1e-18)  # a model without noise would run as an ideal one
    shots = sample(build(case), SHOTS, seed=2, noise=noise)
    assert stats.fit_p_value(shots, expected) > stats.ALPHA


def test_shots_are_independent():
    name = "native 4"
    shots = sample(build(CASES[name]), SHOTS, seed=8, noise=model(HOT, HOT))
    expected = exact_of(name, HOT, HOT)
    for lag in (1, 2, 16, 1000):
        assert stats.pairs_p_value(shots, expected, lag) > stats.ALPHA, lag
    assert stats.dispersion_p_value(shots, expected, 20) > stats.ALPHA


@pytest.mark.parametrize(
    ("qubits", "passes"),
    [(11, {}), (11, {"block": False}), (18, {}), (34, {"memory_limit": 2**26})],
)
def test_larger_states_against_another_mode(qubits: int, passes: dict[str, bool]):
    """States of one tile and of several, and more qubits than fit a state at a time."""
    case = brick(qubits, 6, seed=qubits)
    given = {"noise": model(0.01, 0.08)}
    shots = 400 if qubits > 12 else 4000
    ours = sample(build(case), shots, seed=1, **passes, **given)
    other = ionsim.sample(build(case), 20_000, seed=2, mode="frame", **given)
    random = np.random.default_rng(qubits)
    for _ in range(8):
        chosen = random.choice(qubits, 3, replace=False)
        tables = [
            np.bincount(
                sum(((s >> np.uint64(q)) & np.uint64(1)).astype(np.int64) << k
                    for k, q in enumerate(chosen)), minlength=8
            )
            for s in (ours, other)
        ]  # fmt: skip
        expected = tables[1] / tables[1].sum()
        statistic = ((tables[0] - shots * expected) ** 2 / (shots * expected)).sum()
        assert statistic < 40  # 7 degrees of freedom: 1e-6


@pytest.mark.long
@pytest.mark.parametrize("name", ["native 5", "qis 5: pauliexp", "qis 4: three controls"])
def test_a_million_shots(name: str):
    shots = sample(build(CASES[name]), 1_000_000, seed=6, noise=model(HOT, HOT))
    assert stats.fit_p_value(shots, exact_of(name, HOT, HOT)) > stats.ALPHA


# --- the same counts everywhere ---------------------------------------------------------------

WORKLOADS = {
    "small": (brick(5, 6, seed=1, kind="ms"), 501),
    "kept": (brick(11, 12, seed=4), 121),
    "kept in tiles": (brick(18, 24, seed=5), 31),
    "tiled": (brick(12, 5, seed=2), 61),
    "lazy": (brick(18, 4, seed=3), 9),
}


@pytest.mark.parametrize("workload", WORKLOADS)
def test_threads_and_ranges_change_nothing(workload: str):
    case, shots = WORKLOADS[workload]
    hot = model(0.01, 0.05, 0.01)
    circuit, noise = build(case), model(0.001, 0.01, 0.01) if "kept" in workload else hot
    check_threads_and_ranges(circuit, shots, noise, "erasure")


DRAW = """
import hashlib
import test_erasure as t
for name, (case, shots) in t.WORKLOADS.items():
    r2 = 0.01 if "kept" in name else 0.05
    x = t.sample(t.build(case), shots, seed=3, noise=t.model(r2 / 5, r2))
    print(name, hashlib.sha256(x.tobytes()).hexdigest())
"""


def test_every_instruction_set_gives_the_same_counts():
    check_instruction_sets(DRAW, len(WORKLOADS))


def test_fewer_trajectories_share_their_erasures():
    circuit = build(brick(4, 3, seed=1))
    given = {"seed": 6, "noise": model(0.05, 0.2)}
    whole = sample(circuit, 200, **given)
    shared = sample(circuit, 200, trajectories=50, **given)
    assert shared[:50].tolist() == whole[:50].tolist()
    assert sample(circuit, 200, trajectories=200, **given).tolist() == whole.tolist()


# --- what users see ---------------------------------------------------------------------------


def test_an_estimate_tells_what_is_left_out():
    circuit = build(brick(20, 20, seed=1))
    [found] = ionsim.estimate(circuit, shots=10, noise="aria-1", mode="erasure")
    assert found.method == "erasure"
    assert "% of the work" in found.explain
    [own] = [mode for mode in found.modes if mode.mode == "erasure"]
    assert own.possible
    assert own.seconds > 0
    assert own.memory_bytes > 8 * 2**20


def test_what_is_no_erasure_is_refused():
    noise = NoiseModel("fall", r2=0.1, kraus1=KrausChannel.amplitude_damping(0.1))
    with pytest.raises(ionsim.LimitError, match="no erasure"):
        sample(build(brick(3, 1, seed=1)), 10, seed=1, noise=noise)
    long = ionsim.Circuit([{"gate": "h", "target": 0}] * 5000)
    with pytest.raises(ionsim.LimitError, match="4096 gates"):
        sample(long, 10, seed=1, noise="aria-1")


def test_bits_are_those_of_the_samples():
    circuit, noise = build(brick(5, 3, seed=1)), model(0.01, 0.1, 0.02)
    check_bits(circuit, 300, seed=3, noise=noise, mode="erasure")


def test_a_memory_limit_and_a_stop_are_kept():
    circuit = build(brick(14, 6, seed=1))
    check_memory_limit(circuit, noise="aria-1", mode="erasure")
    check_stop(circuit, noise="aria-1", mode="erasure")
