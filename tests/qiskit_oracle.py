"""What a Qiskit circuit gives, exactly: every outcome followed as a branch of its own."""

from __future__ import annotations

from typing import Any

import numpy as np
from qiskit.circuit import ClassicalRegister, Clbit
from qiskit.circuit.classical import expr
from qiskit.quantum_info import Operator, Statevector

__all__ = ["distribution"]

Vector = np.ndarray[Any, np.dtype[np.complex128]]
Bits = tuple[int, ...]
Branches = list[tuple[Bits, Vector]]

DUST = 1e-14


def distribution(circuit: Any) -> np.ndarray[Any, Any]:
    """Return the probabilities over the classical bits, or over the qubits where there are none.

    Branches whose classical bits agree are kept apart: what is left of their states differs.
    """
    if not circuit.clbits:
        return np.asarray(Statevector(circuit).probabilities())
    last = _measured_last(circuit)
    if last is not None:
        bare, sources = last
        found = Statevector(bare).probabilities(list(sources.values()))
        whole = np.zeros(2 ** len(circuit.clbits))
        for index in np.flatnonzero(found):
            whole[sum((int(index) >> j & 1) << bit for j, bit in enumerate(sources))] += found[
                index
            ]
        return whole
    start = np.zeros(2**circuit.num_qubits, complex)
    start[0] = 1
    branches: Branches = [((0,) * len(circuit.clbits), start)]
    qubits = {qubit: i for i, qubit in enumerate(circuit.qubits)}
    bits = {bit: i for i, bit in enumerate(circuit.clbits)}
    whole = np.zeros(2 ** len(bits))
    for values, state in _run(circuit, branches, qubits, bits):
        whole[sum(value << i for i, value in enumerate(values))] += np.vdot(state, state).real
    return whole


def _measured_last(circuit: Any) -> tuple[Any, dict[int, int]] | None:
    """Return the circuit without its measurements and the qubit of each bit, or None."""
    sources: dict[int, int] = {}
    ended: set[int] = set()
    bare = circuit.copy_empty_like()
    for each in circuit.data:
        places = [circuit.find_bit(qubit).index for qubit in each.qubits]
        name = each.operation.name
        if name == "measure":
            if places[0] in ended:
                return None
            ended.add(places[0])
            sources[circuit.find_bit(each.clbits[0]).index] = places[0]
        elif name != "barrier":
            if each.clbits or name == "reset" or ended & set(places):
                return None
            bare.append(each)
    return (bare, sources) if len(set(sources.values())) == len(ended) else None


def _run(circuit: Any, branches: Branches, qubits: Any, bits: Any) -> Branches:
    for each in circuit.data:
        operation = each.operation
        places = [qubits[qubit] for qubit in each.qubits]
        if operation.name == "measure":
            branches = _measure(branches, places[0], bits[each.clbits[0]])
        elif operation.name == "reset":
            branches = _measure(branches, places[0], None)
        elif operation.name == "if_else":
            branches = _choose(each, branches, qubits, bits)
        elif operation.name not in ("barrier", "delay"):
            matrix = Operator(operation)
            branches = [(b, Statevector(s).evolve(matrix, places).data) for b, s in branches]
    return branches


def _measure(branches: Branches, place: int, bit: int | None) -> Branches:
    """Project; without a bit the qubit is reset."""
    found: Branches = []
    for values, state in branches:
        ones = (np.arange(state.size) >> place & 1).astype(bool)
        for outcome in (0, 1):
            part = np.where(ones == bool(outcome), state, 0)
            if np.vdot(part, part).real < DUST:
                continue
            if bit is None:
                kept = np.zeros_like(part)
                kept[~ones] = part[ones == bool(outcome)]
                found.append((values, kept))
            else:
                found.append(((*values[:bit], outcome, *values[bit + 1 :]), part))
    return found


def _choose(each: Any, branches: Branches, qubits: Any, bits: Any) -> Branches:
    inner_qubits = [qubits[qubit] for qubit in each.qubits]
    inner_bits = [bits[bit] for bit in each.clbits]
    found: Branches = []
    for branch in branches:
        holds = _condition(each.operation.condition, branch[0], bits)
        body = each.operation.params[0 if holds else 1]
        if body is None:
            found.append(branch)
            continue
        names = dict(zip(body.qubits, inner_qubits, strict=True))
        # The condition speaks of the outer bits, nested ones too.
        places = {**bits, **dict(zip(body.clbits, inner_bits, strict=True))}
        found += _run(body, [branch], names, places)
    return found


def _condition(condition: Any, values: Bits, bits: Any) -> bool:
    if isinstance(condition, expr.Expr):
        return bool(_value(condition, values, bits))
    what, wanted = condition
    return _variable(what, values, bits) == int(wanted)


def _variable(what: Clbit | ClassicalRegister, values: Bits, bits: Any) -> int:
    if isinstance(what, Clbit):
        return values[bits[what]]
    return sum(values[bits[bit]] << i for i, bit in enumerate(what))


def _value(node: Any, values: Bits, bits: Any) -> int:
    if isinstance(node, expr.Var):
        return _variable(node.var, values, bits)
    if isinstance(node, expr.Value):
        return int(node.value)
    if isinstance(node, expr.Cast):
        return _value(node.operand, values, bits)
    if isinstance(node, expr.Unary):
        inner = _value(node.operand, values, bits)
        return {"LOGIC_NOT": int(not inner), "BIT_NOT": inner ^ 1}[node.op.name]
    left, right = _value(node.left, values, bits), _value(node.right, values, bits)
    return {
        "BIT_AND": left & right, "BIT_OR": left | right, "BIT_XOR": left ^ right,
        "LOGIC_AND": int(bool(left and right)), "LOGIC_OR": int(bool(left or right)),
        "EQUAL": int(left == right), "NOT_EQUAL": int(left != right),
    }[node.op.name]  # fmt: skip
