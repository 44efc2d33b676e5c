"""Circuits for the tests of the noise, small enough for an exact density matrix.

MODEL circuits run with the published rates, which leave most of the state intact. HOT circuits run
with r1 = r2 = 0.3: 20 gates or more, laid out so that every qubit is still far enough from the
fully mixed state for a wrong rate to show.
"""

from __future__ import annotations

from typing import Any

from strategies import CircuitCase, preparation

Gate = dict[str, Any]


def _one(gate: str, target: int, **keys: Any) -> Gate:
    return {"gate": gate, "target": target, **keys}


def _two(gate: str, *targets: int, **keys: Any) -> Gate:
    return {"gate": gate, "targets": list(targets), **keys}


def _exponential(
    targets: list[int], terms: list[str], coefficients: list[float], time: float, **keys: Any
) -> Gate:
    return {
        "gate": "pauliexp",
        "targets": targets,
        "terms": terms,
        "coefficients": coefficients,
        "time": time,
        **keys,
    }


_EVERY_ONE = ["x", "not", "y", "z", "h", "s", "si", "t", "ti", "v", "vi"]

MODEL: dict[str, CircuitCase] = {
    "qis 1: every one-qubit gate": CircuitCase(
        [
            _one("ry", 0, rotation=0.4),
            *[_one(name, 0) for name in _EVERY_ONE],
            *[_one(name, 0, rotation=0.7) for name in ("rx", "ry", "rz", "z")],
            _exponential([0], ["X", "Y"], [0.5, 0.3], 0.8),
            *[_one("h", 0)] * 100,
            _one("rx", 0, rotation=-1.5),  # back to a pole, where noise shows
        ],
        1,
    ),
    "qis 2: every gate on two qubits": CircuitCase(
        [
            *preparation(2),
            *[_one(name, 1, control=0) for name in [*_EVERY_ONE, "cnot"]],
            *[_one(name, 0, control=1, rotation=0.7) for name in ("rx", "ry", "rz", "z")],
            *[_two(name, 1, 0, rotation=0.6) for name in ("xx", "yy", "zz")],
            _two("swap", 0, 1),
            _exponential([0, 1], ["XY", "ZX"], [0.5, 0.3], 0.8),
            _exponential([1], ["Y"], [0.5], 0.8, control=0),
        ],
        2,
    ),
    "qis 3: two controls": CircuitCase(
        [
            *preparation(3),
            _one("cnot", 2, controls=[0, 1]),
            _one("h", 0, controls=[2, 1]),
            _one("ry", 1, controls=[0, 2], rotation=1.1),
            _one("z", 2, controls=[1, 0], rotation=0.9),
            _one("ry", 0, rotation=0.4),
            _one("ry", 1, rotation=0.4),
        ],
        3,
    ),
    "qis 3: controlled two-target gates": CircuitCase(
        [
            *preparation(3),
            _two("swap", 0, 2, control=1),
            _two("xx", 2, 1, control=0, rotation=1.3),
            _two("yy", 0, 1, control=2, rotation=-0.7),
            _two("zz", 1, 2, control=0, rotation=0.9),
            _one("h", 1),
        ],
        3,
    ),
    "qis 3: pauliexp": CircuitCase(
        [
            *preparation(3),
            _exponential([2, 0, 1], ["XYZ"], [0.7], 0.6),
            _exponential([0, 1, 2], ["XXI", "IXX", "III"], [0.5, -0.4, 0.2], 1.1),
            _exponential([1, 2], ["YZ", "II"], [0.5, 0.8], 0.9, control=0),
            _exponential([2], ["X", "I"], [0.5, 0.8], 0.9, controls=[1, 0]),
        ],
        3,
    ),
    "qis 4: three controls": CircuitCase(
        [
            *preparation(4),
            _one("x", 3, controls=[0, 1, 2]),
            _one("v", 0, controls=[3, 1, 2]),
            _two("swap", 1, 2, controls=[0, 3]),
            _one("rx", 2, controls=[0, 3, 1], rotation=0.9),
        ],
        4,
    ),
    "qis 5: a mixture": CircuitCase(
        [
            *preparation(5),
            _one("y", 4, controls=[0, 2, 3]),
            _two("zz", 1, 4, controls=[0, 2], rotation=1.2),
            _exponential([4, 1, 0], ["YIX", "ZZZ"], [0.6, 0.4], 0.7),
            _two("swap", 0, 4),
            _one("s", 2, control=4),
            _one("h", 3),
        ],
        5,
    ),
    "native 1": CircuitCase(
        [
            _one("gpi2", 0, phase=0.1),
            _one("gpi", 0, phase=0.3),
            *[_one("gpi2", 0, phase=0.05 * k) for k in range(60)],
            _one("nop", 0),
        ],
        1,
        "native",
    ),
    "native 2": CircuitCase(
        [
            *preparation(2, "native"),
            _two("ms", 0, 1, phases=[0.1, 0.4]),
            _two("zz", 1, 0, angle=0.2),
            *[_two("ms", 1, 0, phases=[0.3, 0], angle=0.1), _one("gpi2", 1, phase=0.6)] * 5,
        ],
        2,
        "native",
    ),
    "native 3": CircuitCase(preparation(3, "native") + preparation(3, "native", 0.3), 3, "native"),
    "native 4": CircuitCase(
        [
            *preparation(4, "native"),
            _two("zz", 3, 0, phase=0.15),
            _two("zz", 1, 2),
            _two("ms", 0, 2, phases=[0.7, 0.2]),
            *[_one("gpi2", q, phase=0.2 * q) for q in range(4)],
        ],
        4,
        "native",
    ),
    "native 5": CircuitCase(
        [
            *preparation(5, "native"),
            *[_two("zz", q, (q + 2) % 5, angle=0.1 * q + 0.05) for q in range(5)],
            *[_one("gpi2", q, phase=0.2 * q) for q in range(5)],
        ],
        5,
        "native",
    ),
}

HOT: dict[str, CircuitCase] = {
    # On one qubit 20 gates at this rate would leave 0.7**20 = 0.0008 of the state: nothing to see.
    "qis 1": CircuitCase(
        [_one(name, 0) for name in ("x", "s", "y", "t", "not")]
        + [_one("rx", 0, rotation=0.5), _one("z", 0)],
        1,
    ),
    "native 1": CircuitCase(
        [_one("gpi", 0, phase=0.1 * k) for k in range(5)]
        + [_one("gpi2", 0, phase=0.3), _one("gpi2", 0, phase=0.35)],
        1,
        "native",
    ),
    "qis 2": CircuitCase(
        [
            *[
                _one(name, q)
                for name in ("x", "s", "z", "y", "ti", "t", "not", "si")
                for q in (0, 1)
            ],
            _one("ry", 0, rotation=0.4),
            _one("rx", 1, rotation=-0.5),
            _one("x", 1, control=0),
            _two("zz", 0, 1, rotation=0.8),
        ],
        2,
    ),
    "qis 3: one and two controls": CircuitCase(
        [
            *[_one(name, q) for name in ("x", "y", "not", "s") for q in (0, 1, 2)],
            _one("ry", 2, rotation=0.5),
            _one("x", 0, controls=[2, 1]),
            _one("x", 2, control=0),
            _one("z", 2, control=1),
        ],
        3,
    ),
    "qis 4: three controls": CircuitCase(
        [
            *[_one("x", q) for q in range(4)],
            _one("rx", 3, rotation=0.6),
            _one("ry", 0, rotation=0.3),
            _one("x", 3, controls=[0, 1, 2]),
            _one("z", 1, control=3),
            *[_one("s", q) for q in range(4)],
        ],
        4,
    ),
    "qis 4: controlled two-target gates": CircuitCase(
        [
            *[_one("x", q) for q in range(4)],
            *[_one("s", q) for q in range(4)],
            _one("ry", 1, rotation=0.5),
            _two("swap", 0, 3, control=1),
            _two("zz", 1, 2, control=0, rotation=1.0),
            _two("xx", 3, 2, rotation=0.7),
        ],
        4,
    ),
    "qis 5: pauliexp": CircuitCase(
        [
            *[_one(name, q) for name in ("x", "t") for q in range(5)],
            _exponential([4, 0, 2], ["ZYX"], [0.8], 0.7),
            _exponential([1, 3], ["XX"], [0.8], 0.4),
            _exponential([1, 3, 0], ["ZZZ"], [0.8], 0.4),
            _two("yy", 2, 4, rotation=0.9),
        ],
        5,
    ),
    "native 2": CircuitCase(
        [
            *[_one("gpi", q, phase=0.1 * k) for k in range(9) for q in (0, 1)],
            _two("ms", 0, 1, phases=[0.1, 0.3], angle=0.08),
            _two("zz", 0, 1, angle=0.2),
        ],
        2,
        "native",
    ),
    "native 3": CircuitCase(
        [
            *[_one("gpi", q, phase=0.1 * k) for k in range(5) for q in (0, 1, 2)],
            _one("gpi2", 1, phase=0.4),
            _one("gpi2", 1, phase=0.35),
            _two("zz", 0, 1, angle=0.2),
            _two("ms", 1, 2, phases=[0.1, 0.3], angle=0.08),
            _two("ms", 0, 2, phases=[0.1, 0.3], angle=0.05),
        ],
        3,
        "native",
    ),
    "native 4": CircuitCase(
        [
            *[_one("gpi", q, phase=0.1 * k) for k in range(4) for q in range(4)],
            *[_two("zz", q, (q + 1) % 4, angle=0.2) for q in range(4)],
            _two("ms", 1, 3, phases=[0.1, 0.3], angle=0.08),
        ],
        4,
        "native",
    ),
    "native 5": CircuitCase(
        [
            *[_one("gpi", q, phase=0.1 * k) for k in range(3) for q in range(5)],
            *[_two("ms", q, (q + 1) % 5, phases=[0.1, 0.3], angle=0.05) for q in range(5)],
            *[_two("zz", q, (q + 2) % 5, angle=0.2) for q in range(5)],
        ],
        5,
        "native",
    ),
}
