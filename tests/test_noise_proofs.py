"""What every noise mode must hold: wider and repeatedly used circuits, sites, repeatability.

The modes' own tests are in test_noise_modes.py; the million shots in test_noise_modes_long.py.
"""

from __future__ import annotations

import functools
import hashlib
import itertools
import math
import os
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import numpy as np
import pytest
import scipy.stats

import ionsim
import statistics_helpers as stats
from ionsim import engine
from ionsim.run_options import MODES, RunOptions
from noise_helpers import exact, model, random_circuit
from oracle_noise import Noise
from strategies import CircuitCase, build, preparation

SHOTS = 100_000
RATES = (0.01, 0.02, 0.015)  # one-qubit, two-qubit, readout
EVERY_MODE = MODES[1:]


def _hub(qubits: int, rounds: int) -> list[dict[str, Any]]:
    """Let qubit 0 meet every other one again and again."""
    gates = preparation(qubits)
    for k in range(rounds):
        other = 1 + k % (qubits - 1)
        gates += [
            {"gate": "cnot", "control": 0, "target": other},
            {"gate": "rx", "target": 0, "rotation": 0.3 + 0.1 * k},
            {"gate": "zz", "targets": [other, 0], "rotation": 0.7},
        ]
    return gates


WIDE: dict[str, CircuitCase] = {
    "qis 6: five controls": CircuitCase(
        [
            *preparation(6),
            {"gate": "ry", "target": 2, "controls": [0, 1, 3, 4, 5], "rotation": 2.1},
            {"gate": "swap", "targets": [0, 5], "controls": [2, 3]},
            *[{"gate": "ry", "target": q, "rotation": 0.5} for q in range(6)],
        ],
        6,
    ),
    "qis 6: one qubit again and again": CircuitCase(_hub(6, 15), 6),
    "qis 6: two idle": CircuitCase(
        [gate | {"target": 4} for gate in preparation(1)]
        + [
            {"gate": "cnot", "control": 4, "target": 1},
            {"gate": "v", "target": 5, "control": 1},
            {"gate": "yy", "targets": [3, 4], "rotation": 1.1},
        ]
        * 3,
        6,
    ),
    "native 6": CircuitCase(
        [
            *preparation(6, "native"),
            *[{"gate": "zz", "targets": [q, (q + 3) % 6], "angle": 0.1 + 0.02 * q}
              for q in range(6)],
            *[{"gate": "gpi2", "target": q, "phase": 0.15 * q} for q in range(6)],
        ],
        6,
        "native",
    ),
}  # fmt: skip


@functools.cache
def expected(name: str) -> np.ndarray:
    return exact(WIDE[name], Noise(*RATES))


@pytest.mark.parametrize("mode", EVERY_MODE)
@pytest.mark.parametrize("name", WIDE)
def test_six_qubits_against_the_density_matrix(name: str, mode: str):
    shots = ionsim.sample(build(WIDE[name]), SHOTS, seed=3, noise=model(*RATES), mode=mode)
    assert stats.fit_p_value(shots, expected(name)) > stats.ALPHA


@pytest.mark.parametrize("mode", EVERY_MODE)
@pytest.mark.parametrize("name", WIDE)
def test_a_wrong_rate_of_six_qubits_is_rejected(name: str, mode: str):
    case, wrong = WIDE[name], tuple(1.5 * rate for rate in RATES)
    planted = exact(case, Noise(*wrong))
    assert stats.power(planted, expected(name), SHOTS) > 0.9999
    shots = ionsim.sample(build(case), SHOTS, seed=3, noise=model(*wrong), mode=mode)
    assert stats.fit_p_value(shots, expected(name)) < stats.ALPHA


@pytest.mark.parametrize(("qubits", "modes"), [(9, EVERY_MODE), (16, ("trajectories", "frame"))])
def test_modes_agree(qubits: int, modes: tuple[str, ...]):
    circuit, noise = random_circuit(qubits, 3, seed=20 + qubits), model(0.01, 0.04, 0.01)
    shots = 20_000 if qubits < 12 else 2000
    found = [
        ionsim.sample(circuit, shots, seed=30 + k, noise=noise, mode=mode)
        for k, mode in enumerate(modes)
    ]
    for first, second in itertools.combinations(found, 2):
        for p_value in stats.marginal_p_values(first, second, qubits, seed=qubits):
            assert p_value > stats.ALPHA


# --- sites ------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", EVERY_MODE)
def test_every_site_has_its_rate_and_is_independent_of_the_others(mode: str):
    """Each gate on qubits of its own: what is read there is that site's error and nothing else.

    Of the errors after a one-qubit gate X and Y are read, probability r1 / 2; after a two-qubit
    gate each of the three patterns of flipped bits has r2 / 4.
    """
    r1, r2, ones, twos = 0.06, 0.1, 4, 3
    gates: list[dict[str, Any]] = [{"gate": "z", "target": q} for q in range(ones)]
    pairs = [(ones + 2 * k, ones + 2 * k + 1) for k in range(twos)]
    gates += [{"gate": "z", "control": a, "target": b} for a, b in pairs]
    circuit = ionsim.Circuit(gates, qubits=ones + 2 * twos)
    shots = ionsim.sample(circuit, SHOTS, seed=12, noise=model(r1, r2), mode=mode)
    sites = [shots >> np.uint64(q) & np.uint64(1) for q in range(ones)]
    sites += [shots >> np.uint64(a) & np.uint64(3) for a, _ in pairs]
    rates = [[1 - r1 / 2, r1 / 2]] * ones + [[1 - 0.75 * r2, *[r2 / 4] * 3]] * twos
    for site, chances in zip(sites, rates, strict=True):
        assert stats.fit_p_value(site, np.array(chances)) > stats.ALPHA
    hit = [chances[1:] for chances in rates]
    number = sum((site > 0).astype(np.int64) for site in sites)
    of_numbers = np.array([1.0])
    for chances in hit:
        of_numbers = np.convolve(of_numbers, [1 - sum(chances), sum(chances)])
    assert stats.fit_p_value(number, of_numbers) > stats.ALPHA
    for a, b in itertools.combinations(range(len(sites)), 2):
        joint = sites[a].astype(np.int64) * len(rates[b]) + sites[b].astype(np.int64)
        assert stats.fit_p_value(joint, np.outer(rates[a], rates[b]).reshape(-1)) > stats.ALPHA


@pytest.mark.parametrize("mode", EVERY_MODE)
def test_phase_errors_have_their_rate(mode: str):
    """Between two Hadamard gates Z and Y are read, after the second X and Y: r1 / 2 each."""
    qubits, r1 = 8, 0.05
    gates = [{"gate": "h", "target": q} for q in range(qubits)] * 2
    circuit = ionsim.Circuit(gates, qubits=qubits)
    shots = ionsim.sample(circuit, SHOTS, seed=13, noise=model(r1, 0.0), mode=mode)
    chance = (1 - (1 - r1) ** 2) / 2
    for q in range(qubits):
        flipped = int(np.count_nonzero(shots >> np.uint64(q) & np.uint64(1)))
        assert scipy.stats.binomtest(flipped, SHOTS, chance).pvalue > stats.ALPHA


@pytest.mark.parametrize("mode", EVERY_MODE)
@pytest.mark.parametrize("shots", [1, 7, 1000])
def test_counts_sum_to_the_shots(shots: int, mode: str):
    job = ionsim.run(random_circuit(5, 3, seed=2), noise="aria-1", shots=shots, seed=4, mode=mode)
    assert sum(job.counts.values()) == shots
    assert len(job.samples) == shots
    assert sum(job.results.values()) == pytest.approx(1, abs=1e-12)


# --- the same counts everywhere ---------------------------------------------------------------

CIRCUITS = {
    "hub": (build(WIDE["qis 6: one qubit again and again"]), 2001),
    "native": (build(WIDE["native 6"]), 2001),
    "many controls": (build(WIDE["qis 6: five controls"]), 501),
    "nine": (random_circuit(9, 4, seed=5), 301),
}


def draw(name: str, mode: str, shot_range: tuple[int, int] | None = None, **options: Any) -> bytes:
    circuit, shots = CIRCUITS[name]
    given = RunOptions(mode=mode, **options)
    noise = model(0.01, 0.03, 0.02)
    [found] = engine.samples(
        [circuit.program], shots, [5], given, noise=noise, shot_range=shot_range
    )
    return found.tobytes()


def drawn_everywhere() -> str:
    """Return a line for each circuit, mode and precision."""
    return "\n".join(
        f"{name} {mode} {precision} "
        + hashlib.sha256(draw(name, mode, precision=precision)).hexdigest()
        for name in CIRCUITS
        for mode in MODES
        for precision in ("complex64", "complex128")
    )


@pytest.mark.parametrize("mode", EVERY_MODE)
@pytest.mark.parametrize("name", CIRCUITS)
def test_threads_and_parts_change_nothing(name: str, mode: str):
    whole = draw(name, mode, threads=1)
    shots = CIRCUITS[name][1]
    for threads in (2, 3):
        assert draw(name, mode, threads=threads) == whole
    for parts in (1, 3, 7):
        edges = [shots * k // parts for k in range(parts + 1)]
        joined = b"".join(
            draw(name, mode, (a, b), threads=1 + k % 3)
            for k, (a, b) in enumerate(itertools.pairwise(edges))
        )
        assert joined == whole


@pytest.mark.parametrize("isa", [*ionsim.info()["isa_available"], None])
def test_another_process_on_any_instruction_set_draws_the_same(isa: str | None):
    tests = os.path.dirname(__file__)
    code = f"import sys; sys.path.insert(0, {tests!r})\n"
    code += "import test_noise_proofs; print(test_noise_proofs.drawn_everywhere())"
    chosen = {} if isa is None else {"IONSIM_ISA": isa}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **chosen},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == drawn_everywhere()


@pytest.mark.parametrize("mode", EVERY_MODE)
def test_two_processes_merge_to_the_whole(mode: str):
    given: dict[str, Any] = {"noise": "harmony", "shots": 4001, "seed": 8, "mode": mode}
    circuit = CIRCUITS["hub"][0]
    whole = ionsim.run(circuit, **given)
    with ProcessPoolExecutor(2) as pool:
        parted = ionsim.run(circuit, executor=pool, **given)
    assert parted.samples.tolist() == whole.samples.tolist()
    assert parted.mode == whole.mode == mode


# --- stopping, telling, refusing --------------------------------------------------------------


class Enough(Exception):
    pass


# Qubits and layers: long enough with a million shots that each is stopped on the way.
LONG = {"trajectories": (14, 20), "frame": (12, 20), "exact": (13, 60)}


@pytest.mark.parametrize("mode", EVERY_MODE)
def test_progress_rises_until_the_run_is_stopped(mode: str):
    told: list[float] = []

    def listen(fraction: float) -> None:
        told.append(fraction)
        if len(told) == 4:
            raise Enough

    circuit = random_circuit(*LONG.get(mode, (12, 20)), seed=1)
    with pytest.raises(Enough):
        ionsim.sample(circuit, 1_000_000, seed=1, noise="aria-1", mode=mode, progress=listen)
    assert told == sorted(told)
    assert 0 <= told[0] <= told[-1] < 1


@pytest.mark.parametrize("mode", EVERY_MODE)
def test_what_a_refusal_asks_for_is_enough(mode: str):
    circuit = random_circuit(11, 4, seed=2)
    given: dict[str, Any] = {"seed": 1, "noise": "aria-1", "mode": mode}
    with pytest.raises(ionsim.LimitError) as refusal:
        ionsim.sample(circuit, 500, memory_limit=1000, **given)
    assert refusal.value.code == "CircuitTooLarge"
    needed = math.ceil(refusal.value.needed)
    [found] = ionsim.estimate(circuit, shots=500, noise="aria-1")
    [told] = [each.memory_bytes for each in found.modes if each.mode == mode]
    assert told <= needed <= told + 16 * 500 + 1000  # the outcomes come on top
    assert ionsim.sample(circuit, 500, memory_limit=needed, **given).shape == (500,)
    with pytest.raises(ionsim.LimitError):
        ionsim.sample(circuit, 500, memory_limit=needed - 1, **given)
