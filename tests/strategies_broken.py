"""Hypothesis strategies for malformed gates and circuits, and for merely odd ones.

Every case says what must become of it, so that a test can demand more than "no crash": a case
that must be refused has to be refused at the right place, and an odd one accepted.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from strategies import (
    FIXED,
    MAX_CONTROLS,
    NATIVE_NAMES,
    QIS_NAMES,
    Case,
    Gate,
    circuits,
    native_gates,
    qis_gates,
)

NAN = float("nan")
INF = float("inf")
HUGE_INTEGER = 10**400  # does not fit a double

# Every wrong value for a place that takes one finite number.
NOT_A_NUMBER: list[Any] = [NAN, INF, -INF, HUGE_INTEGER, "0.5", "", True, False, [], [0.5], {}]
# Every wrong value for a qubit index, whatever the number of qubits.
NOT_AN_INDEX: list[Any] = [
    -1, 2.5, -0.5, NAN, INF, 1e300, 2**31, 2**32, 2**63, 2**64, 2**64 + 1, HUGE_INTEGER, "0", "",
    True, False, {}, [[0]],
]  # fmt: skip
WRONG_NAMES = [
    "", "cx", "ccx", "cz", "CNOT", "X", "H ", " h", "sdg", "tdg", "sx", "p", "u3", "id", "i",
    "barrier", "measure", "gpi3", "MS", "xy", "h\x00", "h\n", "é", "\U0001f600", "x" * 10_000,
]  # fmt: skip


def as_json(value: Any) -> str:
    """Return JSON text; NaN and infinities stay as the bare words that some writers emit."""
    return json.dumps(value)


Maker = Callable[[st.DrawFn, int], tuple[Any, str | None]]
_BROKEN: dict[str, list[tuple[str, int, Maker]]] = {"qis": [], "native": []}


def _broken(why: str, *gatesets: str, qubits: int = 1) -> Callable[[Maker], Maker]:
    """Register a maker of a gate that must be refused on `qubits` qubits or more."""

    def register(maker: Maker) -> Maker:
        for gateset in gatesets or ("qis", "native"):
            _BROKEN[gateset].append((why, qubits, maker))
        return maker

    return register


def _one_target(draw: st.DrawFn, qubits: int) -> Gate:
    return {"gate": draw(st.sampled_from(FIXED)), "target": draw(st.integers(0, qubits - 1))}


def _valid(draw: st.DrawFn, qubits: int, gateset: str) -> Gate:
    strategy = native_gates(qubits) if gateset == "native" else qis_gates(qubits)
    return draw(strategy.filter(lambda gate: gate["gate"] != "nop"))


# --- either gate set --------------------------------------------------------------------------


@_broken("a gate is not an object")
def _not_an_object(draw: st.DrawFn, qubits: int) -> tuple[Any, str | None]:
    return draw(st.sampled_from([None, 1, 0.5, "h", True, [], [{"gate": "h", "target": 0}]])), None


@_broken("no gate name, or one that is not a string")
def _no_name(draw: st.DrawFn, qubits: int) -> tuple[Any, str | None]:
    name = draw(st.sampled_from([..., None, 1, 1.5, True, [], {}, ["h"]]))
    return {"target": 0} | ({} if name is ... else {"gate": name}), None


@_broken("an unknown gate name")
def _unknown_name(draw: st.DrawFn, qubits: int) -> tuple[Any, str | None]:
    known = QIS_NAMES | NATIVE_NAMES
    text = st.text(max_size=6).filter(lambda name: name not in known)
    return {"gate": draw(st.one_of(st.sampled_from(WRONG_NAMES), text)), "target": 0}, (
        "UnsupportedGate"
    )


def _swap_sets(gateset: str) -> Maker:
    def make(draw: st.DrawFn, qubits: int) -> tuple[Any, str | None]:
        other = NATIVE_NAMES - QIS_NAMES if gateset == "qis" else QIS_NAMES - NATIVE_NAMES
        return {"gate": draw(st.sampled_from(sorted(other))), "target": 0}, "UnsupportedGate"

    return make


for _set in ("qis", "native"):
    _broken("a gate of the other gate set", _set)(_swap_sets(_set))


def _spoil(gateset: str, spoil: Callable[[st.DrawFn, Gate, int], Gate]) -> Maker:
    def make(draw: st.DrawFn, qubits: int) -> tuple[Any, str | None]:
        return spoil(draw, _valid(draw, qubits, gateset), qubits), None

    return make


def _unknown_key(draw: st.DrawFn, gate: Gate, qubits: int) -> Gate:
    key = draw(st.sampled_from(["contol", "Target", "qubit", "", "angles", "params", "é", "gate "]))
    return gate | {key: draw(st.sampled_from([0, 1.5, [0], "x", {}]))}


def _bad_index(draw: st.DrawFn, gate: Gate, qubits: int) -> Gate:
    bad = draw(st.one_of(st.sampled_from([*NOT_AN_INDEX, qubits, qubits + 1, qubits + 0.0])))
    if "target" in gate:
        return gate | {"target": bad}
    targets = list(gate["targets"])
    targets[draw(st.integers(0, len(targets) - 1))] = bad
    return gate | {"targets": targets}


def _no_target(draw: st.DrawFn, gate: Gate, qubits: int) -> Gate:
    rest = {key: value for key, value in gate.items() if key not in ("target", "targets")}
    return rest | draw(st.sampled_from([{}, {"target": None}, {"targets": None}, {"targets": []}]))


def _both_targets(draw: st.DrawFn, gate: Gate, qubits: int) -> Gate:
    return gate | {"target": 0, "targets": [0]}


def _null_in_targets(draw: st.DrawFn, gate: Gate, qubits: int) -> Gate:
    rest = {key: value for key, value in gate.items() if key not in ("target", "targets")}
    return rest | {"targets": draw(st.sampled_from([[None], [0, None], {"0": 0}, "0"]))}


for _set in ("qis", "native"):
    for _why, _how in (
        ("an unknown key", _unknown_key),
        ("a value that is no qubit of this circuit", _bad_index),
        ("no target", _no_target),
        ("target together with targets", _both_targets),
        ("a target list that is none", _null_in_targets),
    ):
        _broken(_why, _set)(_spoil(_set, _how))


# --- QIS --------------------------------------------------------------------------------------


@_broken("a rotation that is no finite number", "qis")
def _bad_rotation(draw: st.DrawFn, qubits: int) -> tuple[Any, str | None]:
    bad = draw(st.sampled_from(NOT_A_NUMBER))
    name = draw(st.sampled_from(["rx", "ry", "rz", "z"]))
    return {"gate": name, "target": 0, "rotation": bad}, None


@_broken("no rotation", "qis", qubits=2)
def _no_rotation(draw: st.DrawFn, qubits: int) -> tuple[Any, str | None]:
    name = draw(st.sampled_from(["rx", "ry", "rz", "xx", "yy", "zz"]))
    where = {"targets": [0, 1]} if len(name) == 2 and name[0] == name[1] else {"target": 0}
    return {"gate": name, **where, **draw(st.sampled_from([{}, {"rotation": None}]))}, None


@_broken("a key of another gate", "qis")
def _surplus_key(draw: st.DrawFn, qubits: int) -> tuple[Any, str | None]:
    gate = {"gate": draw(st.sampled_from(["x", "h", "s", "vi", "y"])), "target": 0}
    extra: dict[str, Any] = {
        "rotation": 0.5, "phase": 0.5, "phases": [0, 0], "angle": 0.1, "terms": ["X"],
        "coefficients": [1], "time": 1,
    }  # fmt: skip
    key = draw(st.sampled_from(sorted(extra)))
    return gate | {key: extra[key]}, None


@_broken("a repeated qubit", "qis", qubits=2)
def _repeated(draw: st.DrawFn, qubits: int) -> tuple[Any, str | None]:
    q = draw(st.integers(0, qubits - 1))
    other = (q + 1) % qubits
    return draw(
        st.sampled_from([
            {"gate": "x", "target": q, "control": q},
            {"gate": "cnot", "targets": [q], "controls": [q]},
            {"gate": "x", "target": q, "controls": [other, other]},
            {"gate": "swap", "targets": [q, q]},
            {"gate": "zz", "targets": [q, q], "rotation": 0.5},
            {"gate": "xx", "targets": [q, other], "control": other, "rotation": 0.5},
            {"gate": "pauliexp", "targets": [q, q], "terms": ["XX"], "coefficients": [1],
             "time": 1},
        ])
    ), None  # fmt: skip


@_broken("a wrong number of targets", "qis", qubits=3)
def _target_count(draw: st.DrawFn, qubits: int) -> tuple[Any, str | None]:
    return draw(
        st.sampled_from([
            {"gate": "h", "targets": [0, 1]},
            {"gate": "rx", "targets": [0, 1], "rotation": 1},
            {"gate": "swap", "target": 0},
            {"gate": "swap", "targets": [0]},
            {"gate": "swap", "targets": [0, 1, 2]},
            {"gate": "xx", "targets": [0, 1, 2], "rotation": 1},
            {"gate": "cnot", "targets": [0, 1], "control": 2},
        ])
    ), None  # fmt: skip


@_broken("a cnot without control", "qis", qubits=2)
def _bare_cnot(draw: st.DrawFn, qubits: int) -> tuple[Any, str | None]:
    rest = draw(
        st.sampled_from([
            {"targets": [0, 1]}, {"target": 0}, {"target": 0, "controls": []},
            {"target": 0, "control": None},
        ])
    )  # fmt: skip
    return {"gate": "cnot", **rest}, None


@_broken("controls that are none, or both spellings", "qis", qubits=3)
def _bad_controls(draw: st.DrawFn, qubits: int) -> tuple[Any, str | None]:
    choice = draw(st.integers(0, 2))
    gate = {"gate": "x", "target": 0}
    if choice == 0:
        return gate | {"control": draw(st.sampled_from([*NOT_AN_INDEX, qubits]))}, None
    if choice == 1:
        bad = draw(st.sampled_from([*NOT_AN_INDEX, qubits, None]))
        return gate | {"controls": [1, bad]}, None
    return gate | {"control": 1, "controls": [draw(st.sampled_from([1, 2]))]}, None


@_broken("more than seven controls", "qis", qubits=MAX_CONTROLS + 2)
def _many_controls(draw: st.DrawFn, qubits: int) -> tuple[Any, str | None]:
    gate = draw(st.sampled_from([{"gate": "x"}, {"gate": "cnot"}, {"gate": "rz", "rotation": 0.1}]))
    count = draw(st.integers(MAX_CONTROLS + 1, qubits - 1))
    return gate | {"target": 0, "controls": list(range(1, count + 1))}, "TooManyControls"


@_broken("a bad pauliexp", "qis", qubits=2)
def _bad_pauliexp(draw: st.DrawFn, qubits: int) -> tuple[Any, str | None]:
    gate: Gate = {
        "gate": "pauliexp", "targets": [0, 1], "terms": ["XY", "ZI"], "coefficients": [0.5, 1],
        "time": 0.3,
    }  # fmt: skip
    kind = draw(st.integers(0, 5))
    number = draw(st.sampled_from(NOT_A_NUMBER))
    if kind == 0:
        missing = draw(st.sampled_from(["terms", "coefficients", "time"]))
        if draw(st.booleans()):
            return gate | {missing: None}, None
        return {key: value for key, value in gate.items() if key != missing}, None
    if kind == 1:
        bad_terms: list[Any] = [
            ["X", "ZI"], ["XYZ", "ZII"], ["xy", "zi"], ["XA", "ZI"], ["XY"], ["XY", 5],
            ["XY", None], "XY", {"XY": 1}, ["", ""], ["XY", "ZI", "YY"], ["Xé", "ZI"],
        ]  # fmt: skip
        return gate | {"terms": draw(st.sampled_from(bad_terms))}, None
    if kind == 2:
        return gate | {
            "coefficients": draw(st.sampled_from([[0.5], [1, 2, 3], 0.5, "a", {}]))
        }, None
    if kind == 3:
        return gate | {"coefficients": [0.5, number]}, None
    if kind == 4:
        return gate | {"coefficients": [0.5, [1, 0]]}, None
    return gate | {"time": number}, None


# --- native -----------------------------------------------------------------------------------


@_broken("a native number that is no finite number", "native", qubits=2)
def _bad_native_number(draw: st.DrawFn, qubits: int) -> tuple[Any, str | None]:
    bad = draw(st.sampled_from(NOT_A_NUMBER))
    return draw(
        st.sampled_from([
            {"gate": "gpi", "target": 0, "phase": bad},
            {"gate": "gpi2", "target": 1, "phase": bad},
            {"gate": "ms", "targets": [0, 1], "phases": [bad, 0]},
            {"gate": "ms", "targets": [0, 1], "phases": [0, 0], "angle": bad},
            {"gate": "zz", "targets": [0, 1], "angle": bad},
            {"gate": "zz", "targets": [0, 1], "phase": bad},
        ])
    ), None  # fmt: skip


@_broken("a bad native gate", "native", qubits=3)
def _bad_native(draw: st.DrawFn, qubits: int) -> tuple[Any, str | None]:
    ms = {"gate": "ms", "targets": [0, 1]}
    return draw(
        st.sampled_from([
            {"gate": "gpi", "target": 0},
            {"gate": "gpi2", "target": 0, "phase": None},
            {"gate": "gpi", "target": 0, "phases": [0.1]},
            {"gate": "gpi", "target": 0, "phase": 0.1, "angle": 0.1},
            {"gate": "gpi", "target": 0, "phase": 0.1, "control": 1},
            {"gate": "gpi2", "target": 0, "phase": 0.1, "controls": [1]},
            {"gate": "gpi", "target": 0, "phase": 0.1, "rotation": 1},
            {"gate": "gpi", "targets": [0, 1], "phase": 0.1},
            ms,
            ms | {"phases": None},
            ms | {"phases": [0]},
            ms | {"phases": [0, 0, 0]},
            ms | {"phases": 0.1},
            ms | {"phases": [0, None]},
            ms | {"phase": 0.1},
            ms | {"phases": [0, 0], "control": 2},
            ms | {"phases": [0, 0], "rotation": 1},
            {"gate": "ms", "targets": [1, 1], "phases": [0, 0]},
            {"gate": "ms", "target": 0, "phases": [0, 0]},
            {"gate": "ms", "targets": [0, 1, 2], "phases": [0, 0]},
            {"gate": "zz", "targets": [2, 2]},
            {"gate": "zz", "targets": [0, 1], "rotation": 1},
            {"gate": "zz", "targets": [0, 1], "phases": [0, 0]},
        ])
    ), None  # fmt: skip


# --- circuits ---------------------------------------------------------------------------------


@st.composite
def broken_circuits(draw: st.DrawFn) -> Case:
    """Draw a circuit with exactly one gate that must be refused, among valid ones."""
    gateset = draw(st.sampled_from(["qis", "qis", "native"]))
    why, least, maker = draw(st.sampled_from(_BROKEN[gateset]))
    qubits = draw(st.integers(least, least + 3))
    valid = draw(circuits(min_qubits=qubits, max_qubits=qubits, max_gates=4, gateset=gateset)).gates
    index = draw(st.integers(0, len(valid)))
    bad, code = maker(draw, qubits)
    return Case([*valid[:index], bad, *valid[index:]], qubits, gateset, True, why, index, code)


@st.composite
def odd_circuits(draw: st.DrawFn) -> Case:
    """Draw a circuit with one gate that looks odd but is allowed."""
    odd: list[tuple[str, str, Gate]] = [
        ("an index written as 2.0", "qis", {"gate": "h", "target": 2.0}),
        ("null keys", "qis", {"gate": "h", "target": 1, "control": None, "rotation": None}),
        ("null beside its plural", "qis", {"gate": "x", "target": None, "targets": [1]}),
        ("empty controls", "qis", {"gate": "x", "target": 1, "controls": []}),
        ("one-element lists", "qis", {"gate": "cnot", "targets": [2], "controls": [0]}),
        ("cnot with two controls", "qis", {"gate": "cnot", "target": 2, "controls": [0, 1]}),
        ("a huge rotation", "qis", {"gate": "rx", "target": 0, "rotation": 1e15}),
        ("an integer rotation", "qis", {"gate": "ry", "target": 0, "rotation": 3}),
        ("a tiny rotation", "qis", {"gate": "ry", "target": 0, "rotation": 5e-324}),
        ("z with rotation 0", "qis", {"gate": "z", "target": 0, "rotation": 0}),
        ("a controlled swap", "qis", {"gate": "swap", "targets": [0, 2], "control": 1}),
        ("negative time", "qis", {"gate": "pauliexp", "targets": [0, 2], "terms": ["XZ"],
                                  "coefficients": [1], "time": -0.5}),
        ("a one-element pauliexp", "qis", {"gate": "pauliexp", "target": 1, "terms": ["Y"],
                                           "coefficients": [-1.5], "time": 2}),
        ("zz with phase", "native", {"gate": "zz", "targets": [0, 1], "phase": 0.1}),
        ("zz without angle", "native", {"gate": "zz", "targets": [0, 1]}),
        ("ms without angle", "native", {"gate": "ms", "targets": [2, 0], "phases": [0, 1]}),
        ("phases outside -1..1", "native", {"gate": "gpi", "targets": [0], "phase": -7.25}),
        ("null control", "native", {"gate": "gpi2", "target": 0, "phase": 0, "control": None}),
    ]  # fmt: skip
    why, gateset, gate = draw(st.sampled_from(odd))
    valid = draw(circuits(min_qubits=3, max_qubits=3, max_gates=3, gateset=gateset)).gates
    index = draw(st.integers(0, len(valid)))
    keys = draw(st.permutations(sorted(gate)))
    gate = {key: gate[key] for key in keys}
    return Case([*valid[:index], gate, *valid[index:]], 3, gateset, False, why, index)


def circuit_cases() -> st.SearchStrategy[Case]:
    return st.one_of(broken_circuits(), broken_circuits(), odd_circuits())
