"""Every gate at telling parameters, with every number of controls, on random states."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

import numpy as np

import oracle
import strategies

Gate = dict[str, Any]


def _rotated(name: str, *angles: float) -> list[Gate]:
    return [{"gate": name, "rotation": angle} for angle in angles]


def _exponential(terms: list[str], coefficients: list[float], time: float) -> Gate:
    return {"gate": "pauliexp", "terms": terms, "coefficients": coefficients, "time": time}


# By name; every list runs with 0 to 7 controls. The angles avoid special values in the first
# place and take them in the second.
QIS: dict[str, list[Gate]] = {
    **{name: [{"gate": name}] for name in strategies.FIXED},
    "cnot": [{"gate": "cnot"}],
    "swap": [{"gate": "swap"}],
    "z with rotation": _rotated("z", 0.7, 0.0, -np.pi / 2),
    **{name: _rotated(name, 0.7, -3 * np.pi) for name in ("rx", "ry", "rz", "xx", "yy", "zz")},
    "pauliexp on 1": [_exponential(["Y"], [0.8], 0.6), _exponential(["X", "Z"], [0.8, 0.3], -1.2)],
    "pauliexp on 2": [
        _exponential(["XY"], [0.8], 0.6),
        _exponential(["IZ", "ZI", "II"], [0.8, -0.4, 0.3], 0.6),
        _exponential(["XX", "ZI", "IY"], [0.5, 0.3, -0.2], 1.7),
    ],
    "pauliexp on 3": [
        _exponential(["XIZ", "YIZ"], [0.5, 0.4], 1.1),
        _exponential(["XXI", "IXX", "III"], [0.5, 0.3, 1.4], 0.8),
    ],
    "pauliexp on 5": [
        _exponential(["XXYZI", "ZZIIX", "IYIYI"], [0.5, 0.3, -0.7], 0.9),
        _exponential(["ZIZIZ", "ZZZZZ", "IIIIZ"], [0.5, 0.3, -0.7], -0.9),
    ],
    # A long time, where a product formula or a short series would go wrong.
    "pauliexp, long": [_exponential(["XZYI", "ZXIZ", "IIXX", "YYYY"], [3.0, 2.0, -4.0, 1.5], 9.0)],
}

NATIVE: dict[str, list[Gate]] = {
    "gpi": [{"gate": "gpi", "phase": f} for f in (0.137, 0.0, 0.25, -1.75)],
    "gpi2": [{"gate": "gpi2", "phase": f} for f in (0.137, 0.0, 0.75, 1.5)],
    "ms": [
        {"gate": "ms", "phases": [0.137, -0.29]},
        {"gate": "ms", "phases": [0.137, -0.29], "angle": 0.11},
        {"gate": "ms", "phases": [0, 0.25], "angle": 1.3},
    ],
    "zz": [
        {"gate": "zz"},
        {"gate": "zz", "angle": 0.11},
        {"gate": "zz", "phase": -0.4},
    ],
    "nop": [{"gate": "nop"}],
}


def targets_of(gate: Gate) -> int:
    if gate["gate"] == "pauliexp":
        return len(gate["terms"][0])
    return 2 if gate["gate"] in ("swap", "xx", "yy", "zz", "ms") else 1


def placements(gate: Gate, controls: int, qubits: int) -> Iterator[Gate]:
    """Yield the gate on low, on high and on scattered qubits."""
    used = targets_of(gate) + controls
    rising = list(range(used))
    scattered = np.random.default_rng(7 * used + controls).permutation(qubits)[:used].tolist()
    for order in (rising, [qubits - 1 - q for q in rising], scattered):
        full = gate | {"targets": order[: targets_of(gate)]}
        if controls:
            full["controls"] = order[targets_of(gate) :]
        yield full


def cases(name: str, gateset: str = "qis") -> list[tuple[Gate, int, str]]:
    """Return (gate, qubits, gateset) for every parameter, control count and placement."""
    if gateset == "native":
        return [
            (placed, qubits, gateset)
            for gate in NATIVE[name]
            for qubits in (2, 3, 8)
            for placed in placements(gate, 0, qubits)
        ]
    least = 1 if name == "cnot" else 0
    return [
        (placed, qubits, gateset)
        for gate in QIS[name]
        for controls in range(least, oracle.MAX_CONTROLS + 1)
        for qubits in sorted({max(8, targets_of(gate) + controls), targets_of(gate) + controls})
        for placed in placements(gate, controls, qubits)
    ]


def every_case() -> list[tuple[Gate, int, str]]:
    found = [case for name in QIS for case in cases(name)]
    return found + [case for name in NATIVE for case in cases(name, "native")]


@functools.cache
def start(qubits: int, gateset: str) -> tuple[list[Gate], oracle.Matrix]:
    """Return gates that prepare a state without symmetry, and that state."""
    gates = strategies.preparation(qubits, gateset)
    return gates, oracle.statevector(gates, qubits, gateset)


def circuit(gate: Gate, qubits: int, gateset: str) -> list[Gate]:
    return [*start(qubits, gateset)[0], gate]


def expected(gate: Gate, qubits: int, gateset: str) -> oracle.Matrix:
    state = start(qubits, gateset)[1]
    step = oracle.read(gate, gateset)
    return state if step is None else oracle.apply(state, step, qubits)
