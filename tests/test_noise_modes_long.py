"""A million shots in every noise mode against the exact density matrix, and stabilizers at length.

Run with: python -m pytest -m long tests/test_noise_modes_long.py
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest
import scipy.stats

import ionsim
import statistics_helpers as stats
from ionsim.run_options import MODES
from noise_helpers import CASES, exact, model
from oracle_noise import Noise
from strategies import build
from test_noise_proofs import WIDE

pytestmark = pytest.mark.long

SHOTS = 1_000_000
ALL = {**CASES, **WIDE}
LOUD, PUBLISHED = (0.2, 0.2, 0.0), (0.0006573333333333332, 0.01856, 0.01)


@functools.cache
def exact_of(name: str, rates: tuple[float, float, float]) -> np.ndarray:
    return exact(ALL[name], Noise(*rates))


@pytest.mark.parametrize("rates", [LOUD, PUBLISHED], ids=["loud", "published"])
@pytest.mark.parametrize("mode", MODES[1:])
@pytest.mark.parametrize("name", ALL)
def test_a_million_shots(name: str, mode: str, rates: tuple[float, float, float]):
    shots = ionsim.sample(build(ALL[name]), SHOTS, seed=17, noise=model(*rates), mode=mode)
    assert stats.fit_p_value(shots, exact_of(name, rates)) > stats.ALPHA
    assert stats.pairs_p_value(shots, exact_of(name, rates)) > stats.ALPHA


@pytest.mark.parametrize("mode", MODES[1:])
def test_a_million_shots_tell_a_rate_that_is_wrong_by_a_twentieth(mode: str):
    told = 0
    for name, case in ALL.items():
        for wrong in ((0.2, 0.21, 0.0), (0.21, 0.2, 0.0)):
            planted = exact(case, Noise(*wrong))
            if stats.power(planted, exact_of(name, LOUD), SHOTS) > 0.9999:
                told += 1
                shots = ionsim.sample(build(case), SHOTS, seed=18, noise=model(*wrong), mode=mode)
                assert stats.fit_p_value(shots, exact_of(name, LOUD)) < stats.ALPHA, (name, wrong)
    assert told >= 6


# --- against Stim -----------------------------------------------------------------------------

# Gate, what turns it back, and Stim's name of it.
ONE = {
    ("h", "h"): "H",
    ("x", "x"): "X",
    ("y", "y"): "Y",
    ("z", "z"): "Z",
    ("s", "si"): "S",
    ("v", "vi"): "SQRT_X",
}
CONTROLLED = {("x", "x"): "CX", ("y", "y"): "CY", ("z", "z"): "CZ"}
TURNED = {"rx": "SQRT_X", "ry": "SQRT_Y", "rz": "S"}
COUPLED = {"xx": "SQRT_XX", "yy": "SQRT_YY", "zz": "SQRT_ZZ"}
QUARTER = np.pi / 2

Row = tuple[dict[str, Any], str, list[int]]


def _row(random: np.random.Generator, qubits: int) -> tuple[Row, Row]:
    """Return a random Clifford gate and its inverse, with Stim's names and qubits."""
    a, b = random.choice(qubits, 2, replace=False).tolist()
    kind = str(random.choice(["one", "turned", "controlled", "coupled", "swap"]))
    if kind == "swap":
        row: Row = ({"gate": "swap", "targets": [a, b]}, "SWAP", [a, b])
        return row, row
    if kind in ("turned", "coupled"):
        names, on = (TURNED, [a]) if kind == "turned" else (COUPLED, [a, b])
        name = str(random.choice(sorted(names)))
        gate = {"gate": name, "targets": on}
        back = f"{names[name]}_DAG"
        forth: Row = (gate | {"rotation": QUARTER}, names[name], on)
        return forth, (gate | {"rotation": -QUARTER}, back, on)
    table = ONE if kind == "one" else CONTROLLED
    (name, inverse), theirs = list(table.items())[int(random.integers(len(table)))]
    on = [a] if kind == "one" else [a, b]
    rest = {"target": a} if kind == "one" else {"control": a, "target": b}
    undone = theirs if name == inverse else f"{theirs}_DAG"
    return ({"gate": name, **rest}, theirs, on), ({"gate": inverse, **rest}, undone, on)


def clifford(qubits: int, count: int, seed: int) -> list[Row]:
    """Return random gates, and most of them undone again: what is left is due to errors."""
    random = np.random.default_rng(seed)
    pairs = [_row(random, qubits) for _ in range(count)]
    kept = max(2, qubits // 3)
    return [forth for forth, _ in pairs] + [back for _, back in pairs[:kept:-1]]


def ones(shots: np.ndarray, qubits: int) -> np.ndarray:
    bits = [(shots >> np.uint64(q) & np.uint64(1)).astype(np.int64) for q in range(qubits)]
    return np.sum(bits, axis=0)


def same_numbers_p_value(first: np.ndarray, second: np.ndarray, qubits: int) -> float:
    table = np.array([np.bincount(ones(each, qubits), minlength=65) for each in (first, second)])
    usual = table.sum(axis=0) >= 20
    return float(scipy.stats.chi2_contingency(table[:, usual]).pvalue)


@pytest.mark.parametrize(("qubits", "gates"), [(4, 20), (6, 40), (16, 100), (40, 200), (64, 300)])
@pytest.mark.parametrize("seed", range(6))
def test_noisy_clifford_circuits_against_stim(qubits: int, gates: int, seed: int):
    stim = pytest.importorskip("stim")
    r1, r2, flip, shots = 0.003, 0.006, 0.004, 200_000
    rows = clifford(qubits, gates, seed)
    peer = stim.Circuit()
    for _, name, on in rows:
        peer.append(name, on)
        peer.append(f"DEPOLARIZE{len(on)}", on, 0.75 * r1 if len(on) == 1 else 0.9375 * r2)
    peer.append("M", range(qubits), flip)
    bits = peer.compile_sampler(seed=seed + 1).sample(shots)
    theirs = (bits.astype(np.uint64) << np.arange(qubits, dtype=np.uint64)).sum(axis=1)
    circuit = ionsim.Circuit([gate for gate, _, _ in rows], qubits=qubits)
    given: dict[str, Any] = {"seed": seed + 1, "device_limits": False, "mode": "frame"}
    ours = ionsim.sample(circuit, shots, noise=model(r1, r2, flip), **given)
    for p_value in stats.marginal_p_values(ours, theirs, qubits, seed):
        assert p_value > stats.ALPHA
    assert same_numbers_p_value(ours, theirs, qubits) > stats.ALPHA
    wrong = ionsim.sample(circuit, shots, noise=model(r1, 1.5 * r2, flip), **given)
    assert same_numbers_p_value(wrong, theirs, qubits) < stats.ALPHA
