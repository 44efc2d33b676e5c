"""A slow interpreter of dynamic programs: one shot at a time, dense NumPy states."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

import oracle
from ionsim import Circuit
from ionsim.formats.dynamic import CODE_OPS, FLOW_OPS, DynamicProgram

_MASK = (1 << 64) - 1
_BINARY: dict[str, Callable[[int, int], int]] = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "and": lambda a, b: a & b,
    "or": lambda a, b: a | b,
    "xor": lambda a, b: a ^ b,
    "shift_left": lambda a, b: a << b if 0 <= b < 64 else 0,
    "shift_right": lambda a, b: (a & _MASK) >> b if 0 <= b < 64 else 0,
    "equal": lambda a, b: int(a == b),
    "unequal": lambda a, b: int(a != b),
    "less": lambda a, b: int(a < b),
    "less_equal": lambda a, b: int(a <= b),
    "greater": lambda a, b: int(a > b),
    "greater_equal": lambda a, b: int(a >= b),
}


class RoundsExceededError(Exception):
    """A loop of a shot has run too often."""


def signed(value: int) -> int:
    value &= _MASK
    return value - (1 << 64) if value >> 63 else value


def evaluate(program: DynamicProgram, row: int, memory: list[int]) -> int:
    stack: list[int] = []
    begin, end = program.code_starts[row : row + 2]
    for code, operand in program.code[begin:end].tolist():
        op = CODE_OPS[code]
        if op == "constant":
            stack.append(operand)
        elif op == "variable":
            stack.append(memory[operand])
        elif op == "bits":
            first, count = operand >> 8, operand & 255
            stack.append(signed(sum(memory[first + i] << i for i in range(count))))
        elif op == "not":
            stack.append(int(stack.pop() == 0))
        elif op == "invert":
            stack.append(signed(~stack.pop()))
        elif op == "negate":
            stack.append(signed(-stack.pop()))
        elif op == "popcount":
            stack.append((stack.pop() & _MASK).bit_count())
        else:
            right = stack.pop()
            stack.append(signed(_BINARY[op](stack.pop(), right)))
    [value] = stack
    return value


def run_shot(program: DynamicProgram, random: np.random.Generator) -> list[int]:
    """Return the final bits of the classical registers, in order."""
    steps = oracle.steps(Circuit.from_program(program.gates).to_dicts(), program.gates.gateset)
    memory = [0] * program.variables
    rounds = [0] * program.loops
    state = np.zeros(2**program.qubits, dtype=np.complex128)
    state[0] = 1
    index = np.arange(2**program.qubits)

    def measure(qubit: int) -> int:
        nonlocal state
        ones = (index >> qubit & 1).astype(bool)
        probability = float(np.sum(np.abs(state[ones]) ** 2))
        outcome = int(random.random() < probability)
        state = np.where(ones == bool(outcome), state, 0)
        state /= np.linalg.norm(state)
        return outcome

    def flip(qubit: int) -> None:
        nonlocal state
        state = state[index ^ (1 << qubit)]

    place = 0
    while place < len(program.instructions):
        code, first, second = program.instructions[place].tolist()
        op = FLOW_OPS[code]
        place += 1
        if op == "gates":
            for step in steps[first:second]:
                state = oracle.apply(state, step, program.qubits)
        elif op == "measure":
            outcome = measure(first)
            if second >= 0:
                memory[second] = outcome
        elif op == "reset":
            if measure(first):
                flip(first)
        elif op == "set":
            memory[first] = evaluate(program, second, memory)
        elif op == "set_bits":
            value = evaluate(program, second, memory)
            for bit in range(first & 255):
                memory[(first >> 8) + bit] = value >> bit & 1
        elif op == "jump":
            place = first
        elif op == "jump_unless":
            if evaluate(program, second, memory) == 0:
                place = first
        else:
            rounds[first] += 1
            if rounds[first] > second:
                raise RoundsExceededError
    return [
        memory[register.first + bit]
        for register in program.bit_registers
        for bit in range(register.size)
    ]


def counts(program: DynamicProgram, shots: int, seed: int) -> npt.NDArray[np.int64]:
    """Return how often each outcome came, shape (2**bits,); the first bit is lowest."""
    random = np.random.default_rng(seed)
    width = sum(register.size for register in program.bit_registers)
    found = np.zeros(2**width, dtype=np.int64)
    for _ in range(shots):
        bits = run_shot(program, random)
        found[sum(bit << place for place, bit in enumerate(bits))] += 1
    return found
