"""The jobs of the golden files: name -> (job, what to expect beyond the numbers).

In the second part, `bad` says which children fail, and `warns` which words a warning must hold.
`BAD_JOBS` are refused as a whole: (code, path) of each problem, in order.
"""

from __future__ import annotations

import math
from typing import Any

Gate = dict[str, Any]


def one(circuit: list[Gate], qubits: Any, gateset: str | None = None, **job: Any) -> dict[str, Any]:
    source: dict[str, Any] = {"qubits": qubits, "circuit": circuit}
    if gateset is not None:
        source["gateset"] = gateset
    return {"input": source, **job}


def many(circuits: list[Any], **above: Any) -> dict[str, Any]:
    job = {key: above.pop(key) for key in ("noise", "shots", "registers") if key in above}
    return {"input": {**above, "circuits": circuits}, **job}


H0 = {"gate": "h", "target": 0}
BELL = [H0, {"gate": "cnot", "control": 0, "target": 1}]
GHZ3 = [*BELL, {"gate": "cnot", "control": 1, "target": 2}]

# Leaves no amplitude zero and no symmetry behind, so that a wrong gate shows in the probabilities.
STIRRED = [
    gate
    for qubit in range(3)
    for gate in (
        {"gate": "ry", "target": qubit, "rotation": 0.7 + 0.5 * qubit},
        {"gate": "rz", "target": qubit, "rotation": 0.3 - 0.4 * qubit},
    )
]
MIXING = [{"gate": "rx", "target": qubit, "rotation": 1.1 + 0.3 * qubit} for qubit in range(3)]

ALL_QIS = [
    *STIRRED,
    {"gate": "x", "target": 0},
    {"gate": "not", "targets": [1]},
    {"gate": "y", "target": 2},
    {"gate": "z", "target": 0},
    {"gate": "h", "target": 1},
    {"gate": "s", "target": 2},
    {"gate": "si", "target": 0},
    {"gate": "h", "target": 0},
    {"gate": "t", "target": 1},
    {"gate": "ti", "target": 2},
    {"gate": "h", "target": 2},
    {"gate": "v", "target": 0},
    {"gate": "vi", "target": 1},
    {"gate": "rx", "target": 0, "rotation": 0.4},
    {"gate": "ry", "target": 1, "rotation": -2.5},
    {"gate": "rz", "target": 2, "rotation": 7.9},
    {"gate": "cnot", "target": 0, "control": 2},
    {"gate": "swap", "targets": [1, 2]},
    {"gate": "xx", "targets": [0, 1], "rotation": 0.6},
    {"gate": "yy", "targets": [2, 0], "rotation": 1.2},
    {"gate": "zz", "targets": [1, 2], "rotation": -0.8},
    {"gate": "z", "target": 1, "rotation": 0.9},
    {"gate": "pauliexp", "targets": [0, 2], "terms": ["XZ"], "coefficients": [0.5], "time": 0.7},
    *MIXING,
]

CONTROLS = [
    *[{"gate": "h", "target": qubit} for qubit in range(8)],
    *[
        {"gate": "rx", "target": count, "controls": list(range(count)), "rotation": 0.5 * count}
        for count in range(1, 8)
    ],
    {"gate": "v", "target": 2, "control": 6},
    {"gate": "cnot", "target": 0, "controls": [3, 5]},
    {"gate": "swap", "targets": [1, 4], "controls": [0, 7]},
    {"gate": "yy", "targets": [6, 3], "control": 2, "rotation": 1.3},
    {"gate": "z", "target": 5, "controls": [1, 2, 3], "rotation": 0.8},
    *[{"gate": "ry", "target": qubit, "rotation": 0.2 + 0.3 * qubit} for qubit in range(8)],
]

Z_ROTATIONS = [
    *[{"gate": "h", "target": qubit} for qubit in range(3)],
    {"gate": "z", "target": 0, "rotation": 0},
    {"gate": "z", "targets": [1], "rotation": math.pi / 3},
    {"gate": "z", "targets": [2], "controls": [1], "rotation": 1.1},
    {"gate": "z", "target": 0, "rotation": None},
    *[{"gate": "h", "target": qubit} for qubit in range(3)],
]

PAULI_EXPONENTIALS = [
    *STIRRED,
    {
        "gate": "pauliexp",
        "targets": [0, 1, 2],
        "terms": ["XZY", "IYI", "ZZX"],
        "coefficients": [0.5, -0.75, 0.25],
        "time": 0.9,
    },
    {"gate": "pauliexp", "target": 1, "terms": ["X"], "coefficients": [1.0], "time": -0.4},
    {
        "gate": "pauliexp",
        "targets": [2, 0],
        "control": 1,
        "terms": ["XI", "ZY"],
        "coefficients": [0.3, 0.6],
        "time": 1.5,
    },
    *MIXING,
]

NATIVE = [
    {"gate": "gpi2", "target": 0, "phase": 0.1},
    {"gate": "gpi", "targets": [1], "phase": -0.3},
    {"gate": "gpi2", "target": 2, "phase": 1.25},
    {"gate": "ms", "targets": [0, 1], "phases": [0.1, 0.2]},
    {"gate": "ms", "targets": [2, 1], "phases": [-0.4, 0.35], "angle": 0.125},
    {"gate": "nop", "target": 0},
    {"gate": "zz", "targets": [0, 2], "angle": 0.2},
    {"gate": "zz", "targets": [1, 2], "phase": 0.15},
    {"gate": "zz", "targets": [0, 1]},
    {"gate": "gpi2", "target": 0, "phase": 0.6},
    {"gate": "gpi2", "target": 1, "phase": 0.05},
    {"gate": "gpi2", "target": 2, "phase": -0.2},
]

# The request examples of the API description, word for word.
DESCRIPTION_SINGLE = {
    "input": {
        "format": "ionq.circuit.v0",
        "qubits": 1,
        "circuit": [{"gate": "h", "target": 0}],
    }
}
DESCRIPTION_MULTI = {
    "target": "simulator",
    "name": "mixed gateset program",
    "input": {
        "format": "ionq.circuit.v0",
        "gateset": "native",
        "qubits": 2,
        "circuits": [
            {
                "name": "qis circuit override",
                "gateset": "qis",
                "circuit": [
                    {"gate": "h", "target": 0},
                    {"gate": "cnot", "target": 0, "control": 1},
                ],
            },
            {
                "name": "native circuit from parent",
                "circuit": [
                    {"gate": "ms", "targets": [0, 1], "phases": [0, 0.25]},
                    {"gate": "gpi2", "target": 0, "phase": 0.75},
                ],
            },
        ],
    },
}
DESCRIPTION_NATIVE = [
    {"gate": "gpi2", "phase": 0.1, "target": 1},
    {"gate": "ms", "phases": [0.1, 0.2], "targets": [1, 2]},
    {"gate": "zz", "angle": 0.2, "targets": [1, 2]},
]

METADATA = {
    "custom_key": "a string",
    "empty": "",
    "nested": {"list": [1, 2.5, None, True], "text": "żółć \u2028 \U0001f600"},
    "": "a key without letters",
    "long": "x" * 1000,
}

NOISY_SHOTS = 40_000
UNKNOWN_GATE = {"gate": "hadamard", "target": 0}

JOBS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "description_single": (DESCRIPTION_SINGLE, {}),
    "description_multi_mixed": (DESCRIPTION_MULTI, {}),
    "description_native": (one(DESCRIPTION_NATIVE, 3, "native"), {}),
    "description_qis": (one(BELL, 2, "qis"), {}),
    "qis_all_gates": (one(ALL_QIS, 3), {}),
    "qis_controls": (one(CONTROLS, 8), {}),
    "qis_z_rotation": (one(Z_ROTATIONS, 3), {}),
    "qis_pauliexp": (one(PAULI_EXPONENTIALS, 3), {}),
    "native_all_gates": (one(NATIVE, 3, "native"), {}),
    "qubit_0_least_significant": (one([{"gate": "x", "target": 1}], 3), {}),
    # Probabilities near 2.5e-11, which stays, and 2.5e-13, which is dust.
    "circuit_dust": (
        one(
            [
                {"gate": "ry", "target": 0, "rotation": 1e-5},
                {"gate": "ry", "target": 1, "rotation": 1e-6},
            ],
            2,
        ),
        {},
    ),
    "circuit_empty": (one([], 3), {}),
    "circuit_device_width": (one(BELL, 29), {}),
    "circuit_sparse_high_qubits": (
        one(
            [{"gate": "h", "target": 3}, {"gate": "cnot", "control": 3, "target": 70}],
            80,
            registers={"high": [70, None, 3], "idle": [5]},
        ),
        {},
    ),
    "envelope_full": (
        {
            "name": "everything set",
            "metadata": METADATA,
            "shots": "250",
            "target": "simulator",
            "noise": {"model": "ideal", "seed": None},
            "input": {
                "format": "ionq.circuit.v0",
                "gateset": "qis",
                "qubits": 2.0,
                "circuit": BELL,
            },
            "error_mitigation": {"debias": True},
        },
        {"warns": ["debias"]},
    ),
    "envelope_nulls": (
        {
            "name": None,
            "metadata": None,
            "shots": None,
            "target": None,
            "noise": None,
            "error_mitigation": None,
            "registers": None,
            "input": {
                "format": None,
                "gateset": None,
                "qubits": 2,
                "registers": None,
                "circuits": None,
                "circuit": [{"gate": "h", "target": 0, "controls": None, "rotation": None}],
            },
        },
        {},
    ),
    "envelope_unknown_keys": (
        one(BELL, 2, colour="red", **{"dry run": 1}) | {"session_id": "x"},
        {"warns": ["colour", "dry run", "session_id"]},
    ),
    "envelope_old_client": (
        {
            "target": "simulator",
            "lang": "json",
            "shots": "100",
            "body": {"qubits": 2, "circuit": BELL},
        },
        {},
    ),
    "registers_list": (one(GHZ3, 3, registers=[2, 0]), {}),
    "registers_lists": (one([*STIRRED, *BELL], 3, registers=[[0], [2, 1], []]), {}),
    "registers_object": (
        one([*STIRRED, *BELL], 3, registers={"out": [2, None, 0], "again": [1, 1], "none": None}),
        {},
    ),
    "registers_in_input": (
        {"input": {"qubits": 2, "circuit": BELL, "registers": {"meas_mapped": [1, 0]}}},
        {},
    ),
    "registers_in_circuits": (
        many(
            [
                {"circuit": [*STIRRED], "registers": [0, 1]},
                {"circuit": [*STIRRED], "registers": {"own": [2]}},
                {"circuit": [*STIRRED]},
            ],
            qubits=3,
            registers={"above": [1, 0]},
        ),
        {},
    ),
    "multi_inherits": (
        many(
            [
                {"circuit": BELL},
                {"name": "own qubits", "qubits": 5, "circuit": GHZ3},
                {"gateset": "native", "circuit": NATIVE},
            ],
            qubits=3,
        ),
        {},
    ),
    "multi_infers_qubits": (
        many([{"circuit": BELL}, {"circuit": GHZ3}, {"circuit": []}]),
        {},
    ),
    "multi_one_bad": (
        many(
            [{"circuit": BELL}, {"name": "bad", "circuit": [H0, UNKNOWN_GATE]}, {"circuit": [H0]}]
        ),
        {"bad": {1: {"code": "UnsupportedGate", "says": "input.circuits[1].circuit[1].gate"}}},
    ),
    "multi_all_bad": (
        many([{"circuit": [UNKNOWN_GATE]}, {"name": "no circuit"}, 7], qubits=1),
        {
            "bad": {
                0: {"code": "UnsupportedGate", "says": "input.circuits[0].circuit[0].gate"},
                1: {"code": "InvalidInput", "says": "input.circuits[1].circuit"},
                2: {"code": "InvalidInput", "says": "input.circuits[2]"},
            }
        },
    ),
    "multi_too_many_qubits_for_device": (
        many(
            [
                {"circuit": [{"gate": "x", "target": qubit} for qubit in range(12)]},
                {"circuit": BELL},
            ],
            noise={"model": "harmony", "seed": 3},
            shots=NOISY_SHOTS,
        ),
        {"bad": {0: {"code": "NotEnoughQubits", "says": "11"}}, "warns": ["harmony"]},
    ),
    "noisy_aria": (
        one(GHZ3, 3, noise={"model": "aria-1", "seed": 1}, shots=NOISY_SHOTS),
        {},
    ),
    "noisy_largest_seed": (
        one(GHZ3, 4, noise={"model": "aria-2", "seed": 2**31}, shots=NOISY_SHOTS),
        {},
    ),
    "noisy_harmony": (
        one(ALL_QIS, 3, noise={"model": "harmony", "seed": 11}, shots=NOISY_SHOTS),
        {"warns": ["approximation"]},
    ),
    "noisy_forte_enterprise": (
        one(BELL, 2, noise={"model": "forte-enterprise-1", "seed": 5}, shots=NOISY_SHOTS),
        {"warns": ["approximation"]},
    ),
    "noisy_native": (
        one(NATIVE, 3, "native", noise={"model": "forte-1", "seed": 21}, shots=NOISY_SHOTS),
        {},
    ),
    "noisy_controls": (
        one(
            [
                *[{"gate": "h", "target": qubit} for qubit in range(4)],
                {"gate": "rx", "target": 3, "controls": [0, 1, 2], "rotation": 1.9},
                {"gate": "swap", "targets": [0, 1], "control": 2},
                {"gate": "ry", "target": 2, "rotation": 0.6},
            ],
            4,
            noise={"model": "harmony", "seed": 99},
            shots=NOISY_SHOTS,
        ),
        {"warns": ["harmony"]},
    ),
    "noisy_pauliexp": (
        one(PAULI_EXPONENTIALS, 3, noise={"model": "aria-1", "seed": 17}, shots=NOISY_SHOTS),
        {"warns": ["commute"]},
    ),
    "noisy_overridden": (
        one(
            [*ALL_QIS],
            3,
            noise={"model": "aria-1", "seed": 8, "r1": 0.3, "r2": 0.3, "readout_flip": 0.02},
            shots=NOISY_SHOTS,
        ),
        {},
    ),
    "noisy_readout_on_idle_qubits": (
        one(
            [{"gate": "x", "target": 1}],
            3,
            noise={"seed": 4, "readout_flip": 0.25},
            shots=NOISY_SHOTS,
            registers={"idle": [0, 2]},
        ),
        {},
    ),
    "noisy_multi": (
        many(
            [{"circuit": BELL}, {"circuit": BELL}, {"gateset": "native", "circuit": NATIVE}],
            noise={"model": "aria-1", "seed": 6},
            shots=NOISY_SHOTS,
        ),
        {},
    ),
}

_GOOD = {"qubits": 1, "circuit": [H0]}

BAD_JOBS: dict[str, tuple[Any, list[list[str]]]] = {
    "bad_input_missing": ({"shots": 100}, [["InvalidInput", "input"]]),
    "bad_target_qpu": ({"target": "qpu.aria-1", "input": _GOOD}, [["InvalidInput", "target"]]),
    "bad_target_unknown": ({"target": "qpu.x", "input": _GOOD}, [["InvalidInput", "target"]]),
    "bad_noise_model": (
        {"noise": {"model": "aria-3"}, "input": _GOOD},
        [["InvalidInput", "noise.model"]],
    ),
    "bad_formats": (
        {"input": {"format": "openqasm4", "data": "OPENQASM 2.0;"}},
        [["InvalidInput", "input.format"]],
    ),
    "bad_text": (
        {"input": {"format": "qasm", "data": "OPENQASM 2.0;\nqreg q[1];\nh q[1];\nhh q[0];"}},
        [
            ["InvalidInput", "input.data: line 3, column 5"],
            ["UnsupportedGate", "input.data: line 4, column 1"],
        ],
    ),
    "bad_circuit_and_circuits": (
        {"input": {"qubits": 1, "circuit": [H0], "circuits": [{"circuit": [H0]}]}},
        [["InvalidInput", "input.circuit"]],
    ),
    "bad_circuits_empty": ({"input": {"circuits": []}}, [["InvalidInput", "input.circuits"]]),
    "bad_qubits_missing": ({"input": {"circuit": [H0]}}, [["InvalidInput", "input.qubits"]]),
    "bad_gate_unknown": (
        one([H0, {"gate": "cz", "control": 0, "target": 1}], 2),
        [["UnsupportedGate", "input.circuit[1].gate"]],
    ),
    "bad_controls_too_many": (
        one([{"gate": "x", "target": 0, "controls": list(range(1, 9))}], 9),
        [["TooManyControls", "input.circuit[0].controls"]],
    ),
    "bad_everything_collected": (
        {
            "shots": 0,
            "noise": {"seed": 2**31 + 1},
            "metadata": [],
            "input": {
                "qubits": 2,
                "circuit": [
                    {"gate": "h", "target": 2},
                    {"gate": "x", "contol": 0, "target": 1},
                    {"gate": "rx", "target": 0},
                ],
            },
        },
        [
            ["InvalidInput", "metadata"],
            ["InvalidInput", "shots"],
            ["InvalidInput", "noise.seed"],
            ["*", "input.circuit[0].target"],
            ["InvalidInput", "input.circuit[1].contol"],
            ["InvalidInput", "input.circuit[2]"],
        ],
    ),
}
