"""How a GHZ state fades as two-qubit gates get worse: one table, one batch a rate.

A GHZ state reads all 0 or all 1. Under noise, the share of shots that do so falls; the published
models are put beside the sweep.
"""

from __future__ import annotations

import ionsim

QUBITS = 6
SHOTS = 4000

ghz = ionsim.Circuit(
    [ionsim.Op("h", 0)] + [ionsim.Op("cnot", q + 1, controls=q) for q in range(QUBITS - 1)]
)


def kept(noise: ionsim.NoiseModel) -> float:
    """Return the share of shots that read all 0 or all 1."""
    results = ionsim.run(ghz, shots=SHOTS, seed=1, noise=noise).results
    return results.get("0", 0.0) + results.get(str(2**QUBITS - 1), 0.0)


print(f"{'model':20} {'r1':>8} {'r2':>8} {'kept':>7}")
for r2 in (0.0, 0.01, 0.02, 0.05, 0.1, 0.2):
    model = ionsim.NoiseModel("sweep", r1=r2 / 10, r2=r2)
    print(f"{model.name:20} {model.r1:8.4f} {model.r2:8.4f} {kept(model):7.4f}")
for model in ionsim.MODELS.values():
    print(f"{model.name:20} {model.r1:8.4f} {model.r2:8.4f} {kept(model):7.4f}")
