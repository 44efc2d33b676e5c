"""Rabi oscillations: one job of many circuits, each a rotation by another angle.

The circuits of a job run side by side in one call, and each becomes a child job with its own
results.
"""

from __future__ import annotations

import math

import ionsim

ANGLES = [math.pi * step / 8 for step in range(17)]

job = ionsim.run(
    {
        "name": "rabi oscillations",
        "shots": 500,
        "noise": {"model": "aria-1", "seed": 7},
        "input": {
            "qubits": 1,
            "circuits": [
                {
                    "name": f"{angle / math.pi:.3f} pi",
                    "circuit": [{"gate": "rx", "target": 0, "rotation": angle}],
                }
                for angle in ANGLES
            ],
        },
    }
)

for angle, child in zip(ANGLES, job.children, strict=True):
    excited = child.results.get("1", 0.0)
    ideal = math.sin(angle / 2) ** 2
    print(f"{child.name:>9}  {excited:5.3f}  (ideal {ideal:5.3f})  {'#' * round(40 * excited)}")
