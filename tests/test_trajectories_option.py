"""Fewer trajectories than shots: what shots share then, and what they are worth."""

from __future__ import annotations

import numpy as np
import pytest

import ionsim
import statistics_helpers as stats
from ionsim import engine
from ionsim.run_options import RunOptions
from noise_helpers import CASES, exact_of, model, random_circuit
from strategies import build


@pytest.mark.parametrize("mode", ["trajectories", "frame"])
def test_shots_of_one_trajectory_share_their_errors(mode: str):
    """Without superposition the errors decide, so that the outcomes repeat with the period."""
    gates = [{"gate": "x", "target": q % 4} for q in range(40)]
    given = {"seed": 6, "noise": model(0.1, 0.1), "mode": mode}
    circuit = ionsim.Circuit(gates, qubits=4)
    whole = ionsim.sample(circuit, 1000, **given)
    shared = ionsim.sample(circuit, 1000, trajectories=100, **given)
    assert shared.tolist() == np.tile(whole[:100], 10).tolist()
    assert ionsim.sample(circuit, 1000, trajectories=1000, **given).tolist() == whole.tolist()
    [part] = engine.samples(
        [circuit.program],
        1000,
        [6],
        RunOptions(mode=mode, trajectories=100),
        noise=model(0.1, 0.1),
        shot_range=(250, 777),
    )
    assert part.tolist() == shared[250:777].tolist()


@pytest.mark.parametrize("mode", ["trajectories", "frame"])
def test_fewer_trajectories_are_unbiased(mode: str):
    """Averaged over many seeds, the exact distribution comes out."""
    name = "native 3"
    given = {"noise": model(0.1, 0.1), "mode": mode, "trajectories": 5}
    runs = [ionsim.sample(build(CASES[name]), 20, seed=s, **given) for s in range(1, 1501)]
    # One shot of each trajectory: these are independent.
    firsts = np.concatenate([run[:5] for run in runs])
    lasts = np.concatenate([run[15:] for run in runs])
    for shots in (firsts, lasts):
        assert stats.fit_p_value(shots, exact_of(name, 0.1, 0.1)) > stats.ALPHA


def test_effective_shots():
    flips = ionsim.Circuit([{"gate": "x", "target": 0}] * 20)
    given = {"seed": 1, "noise": model(0.2, 0.2)}
    alike = ionsim.run(flips, shots=2000, trajectories=50, mode="frame", **given)
    assert alike.effective_shots == pytest.approx(50)
    assert ionsim.run(flips, shots=2000, mode="frame", **given).effective_shots == 2000
    drawn = ionsim.run(flips, shots=2000, trajectories=50, mode="exact", **given)
    assert drawn.effective_shots == 2000
    spread = random_circuit(6, 4, seed=2)
    loose = ionsim.run(spread, shots=2000, trajectories=200, noise="aria-1", seed=1, mode="frame")
    assert loose.effective_shots is not None
    assert loose.effective_shots > 500
    assert ionsim.run(flips).effective_shots is None
    with pytest.raises(ionsim.InputError, match="trajectories"):
        ionsim.sample(flips, 10, seed=1, noise="aria-1", trajectories=0)
