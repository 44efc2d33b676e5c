"""Hypothesis strategies for valid gates, circuits and jobs (broken ones: strategies_broken.py).

Everything is drawn in the provider's form: gate dicts as they stand in a job.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

import ionsim

Gate = dict[str, Any]

FIXED = ("x", "not", "y", "z", "h", "s", "si", "t", "ti", "v", "vi")
ROTATIONS = ("rx", "ry", "rz", "z")
ISING = ("xx", "yy", "zz")
QIS_NAMES = frozenset({*FIXED, *ROTATIONS, *ISING, "cnot", "swap", "pauliexp"})
NATIVE_NAMES = frozenset({"gpi", "gpi2", "ms", "zz", "nop"})
MAX_CONTROLS = 7

_SPECIAL_RADIANS = [k * math.pi / 4 for k in range(-9, 10)] + [0, 1, -3, 1e-9, 1e4]
_SPECIAL_TURNS = [k / 8 for k in range(-9, 10)] + [0, 1, -2, 1e-9, 1e3]


def radians() -> st.SearchStrategy[float]:
    return st.one_of(st.floats(-20, 20), st.sampled_from(_SPECIAL_RADIANS))


def turns() -> st.SearchStrategy[float]:
    return st.one_of(st.floats(-2, 2), st.sampled_from(_SPECIAL_TURNS))


@dataclass(frozen=True)
class CircuitCase:
    """A valid circuit in the provider's form."""

    gates: list[Gate]
    qubits: int
    gateset: str = "qis"

    def job(self, **envelope: Any) -> dict[str, Any]:
        """Return the job body that runs this circuit."""
        source = {"gateset": self.gateset, "qubits": self.qubits, "circuit": self.gates}
        return {"input": source, **envelope}


def build(case: CircuitCase) -> ionsim.Circuit:
    return ionsim.Circuit(case.gates, qubits=case.qubits, gateset=case.gateset)


@dataclass(frozen=True)
class Case:
    """A circuit and what must become of it; `index` is the place of the odd gate."""

    gates: Any
    qubits: int
    gateset: str
    refused: bool
    why: str
    index: int
    code: str | None = None

    def job(self, **envelope: Any) -> dict[str, Any]:
        source = {"gateset": self.gateset, "qubits": self.qubits, "circuit": self.gates}
        return {"input": source, **envelope}


@dataclass(frozen=True)
class JobCase:
    """A job body and what must become of it.

    `refused` means that the whole job is refused; `failed_children` are the circuits of a
    multi-circuit job that fail while the others run.
    """

    body: Any
    refused: bool
    why: str
    failed_children: tuple[int, ...] = ()


@st.composite
def _spelled(draw: st.DrawFn, gate: Gate, singular: str, qubits: list[int]) -> Gate:
    """Add the qubits under one of the accepted spellings of the key."""
    plural = singular + "s"
    numbers: list[Any] = [float(q) if draw(st.integers(0, 9)) == 0 else q for q in qubits]
    if len(qubits) == 1 and draw(st.booleans()):
        return gate | {singular: numbers[0]}
    if not qubits and draw(st.integers(0, 3)):
        return gate
    return gate | {plural: numbers if qubits else draw(st.sampled_from([[], None]))}


@st.composite
def pauli_exponentials(
    draw: st.DrawFn, width: int, *, commuting: bool = False, max_terms: int = 4
) -> Gate:
    """Draw the parameters of a pauliexp on `width` targets."""
    count = draw(st.integers(1, max_terms))
    word = st.text("IXYZ", min_size=width, max_size=width)
    if commuting:  # one letter per target, or the identity: such words always commute
        base = draw(word)
        masks = st.lists(st.booleans(), min_size=width, max_size=width)
        terms = [
            "".join(p if keep else "I" for p, keep in zip(base, draw(masks), strict=True))
            for _ in range(count)
        ]
    else:
        terms = draw(st.lists(word, min_size=count, max_size=count))
    coefficients = draw(st.lists(st.floats(-2, 2), min_size=count, max_size=count))
    return {
        "gate": "pauliexp",
        "terms": terms,
        "coefficients": coefficients,
        "time": draw(st.floats(-2, 2)),
    }


@st.composite
def qis_gates(
    draw: st.DrawFn, qubits: int, *, max_controls: int = MAX_CONTROLS, commuting: bool = False
) -> Gate:
    """Draw any QIS gate that fits, with up to `max_controls` controls."""
    kinds = ["fixed", "rotation"] + (["cnot", "swap", "ising"] if qubits > 1 else [])
    kind = draw(st.sampled_from([*kinds, "pauliexp"]))
    width, least = 1, 0
    if kind == "fixed":
        gate: Gate = {"gate": draw(st.sampled_from(FIXED))}
    elif kind == "rotation":
        gate = {"gate": draw(st.sampled_from(ROTATIONS)), "rotation": draw(radians())}
    elif kind == "cnot":
        gate, least = {"gate": "cnot"}, 1
    elif kind == "swap":
        gate, width = {"gate": "swap"}, 2
    elif kind == "ising":
        gate = {"gate": draw(st.sampled_from(ISING)), "rotation": draw(radians())}
        width = 2
    else:
        width = draw(st.integers(1, min(6, qubits)))
        gate = draw(pauli_exponentials(width, commuting=commuting))
    most = max(least, min(max_controls, MAX_CONTROLS, qubits - width))
    controls = draw(st.one_of(st.integers(least, most), st.just(min(most, max(least, 1)))))
    order = draw(st.permutations(range(qubits)))
    gate = draw(_spelled(gate, "target", list(order[:width])))
    return draw(_spelled(gate, "control", list(order[width : width + controls])))


@st.composite
def native_gates(draw: st.DrawFn, qubits: int) -> Gate:
    """Draw any native gate that fits."""
    names = ["gpi", "gpi2", "nop"] + (["ms", "zz"] * 2 if qubits > 1 else [])
    name = draw(st.sampled_from(names))
    order = draw(st.permutations(range(qubits)))
    gate: Gate = {"gate": name}
    width = 1
    if name in ("gpi", "gpi2"):
        gate["phase"] = draw(turns())
    elif name == "ms":
        width = 2
        gate["phases"] = [draw(turns()), draw(turns())]
        if draw(st.booleans()):
            gate["angle"] = draw(turns())
    elif name == "zz":
        width = 2
        key = draw(st.sampled_from(["angle", "angle", "phase", ""]))
        if key:
            gate[key] = draw(turns())
    return draw(_spelled(gate, "target", list(order[:width])))


@st.composite
def circuits(
    draw: st.DrawFn,
    *,
    min_qubits: int = 1,
    max_qubits: int = 6,
    min_gates: int = 0,
    max_gates: int = 25,
    gateset: str | None = None,
    max_controls: int = MAX_CONTROLS,
    commuting: bool = False,
) -> CircuitCase:
    """Draw a circuit of one gate set; it begins with rotations that leave no symmetry."""
    qubits = draw(st.integers(min_qubits, max_qubits))
    chosen = gateset or draw(st.sampled_from(["qis", "qis", "native"]))
    gates: list[Gate] = []
    if draw(st.booleans()):
        gates = preparation(qubits, chosen)
    one = (
        native_gates(qubits)
        if chosen == "native"
        else qis_gates(qubits, max_controls=max_controls, commuting=commuting)
    )
    gates += draw(st.lists(one, min_size=min_gates, max_size=max_gates))
    return CircuitCase(gates, qubits, chosen)


def preparation(qubits: int, gateset: str = "qis", seed: float = 0.0) -> list[Gate]:
    """Return gates that lead to an entangled state without symmetry or zero amplitudes."""
    gates: list[Gate] = []
    for layer in range(2):
        for q in range(qubits):
            angle = 0.4 + 0.83 * q + 1.7 * layer + seed
            if gateset == "native":
                gates.append({"gate": "gpi2", "target": q, "phase": angle / 6})
                gates.append({"gate": "gpi", "target": q, "phase": angle / 3})
            else:
                gates.append({"gate": "ry", "target": q, "rotation": angle})
                gates.append({"gate": "rz", "target": q, "rotation": 0.9 * angle + 0.2})
        for q in range(qubits - 1):
            pair = [q, q + 1]
            if gateset == "native":
                phases = [0.1 * q + seed, 0.3]
                gates.append({"gate": "ms", "targets": pair, "phases": phases, "angle": 0.17})
            else:
                gates.append({"gate": "cnot", "control": q, "target": q + 1})
    return gates


@st.composite
def jobs(draw: st.DrawFn, *, max_qubits: int = 4, max_gates: int = 8) -> dict[str, Any]:
    """Draw a valid job body, single or multi-circuit, with optional parts present or absent."""
    envelope = draw(
        st.fixed_dictionaries(
            {},
            optional={
                "name": st.one_of(st.none(), st.text(max_size=20)),
                "metadata": st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=3),
                "shots": st.one_of(st.integers(1, 300), st.sampled_from(["100", 50.0, None])),
                "target": st.sampled_from(["simulator", None]),
                "noise": st.one_of(
                    st.none(),
                    st.fixed_dictionaries(
                        {},
                        optional={
                            "model": st.sampled_from(["ideal", "harmony", "aria-1", "forte-1"]),
                            "seed": st.one_of(st.none(), st.sampled_from([1, 2, 77, 2**31])),
                        },
                    ),
                ),
                "error_mitigation": st.sampled_from([None, {"debias": False}]),
            },
        )
    )
    if draw(st.booleans()):
        case = draw(circuits(max_qubits=max_qubits, max_gates=max_gates, max_controls=3))
        return case.job(**envelope)
    children = []
    for _ in range(draw(st.integers(1, 3))):
        case = draw(circuits(max_qubits=max_qubits, max_gates=max_gates, max_controls=3))
        child: dict[str, Any] = {
            "gateset": case.gateset, "qubits": case.qubits, "circuit": case.gates,
        }  # fmt: skip
        if draw(st.booleans()):
            child["name"] = draw(st.text(max_size=10))
        children.append(child)
    source: dict[str, Any] = {"format": "ionq.circuit.v0", "circuits": children}
    return {"input": source, **envelope}
