"""The circuits that the benchmarks run, as neutral gate lists in the provider's JSON form.

Every workload is a function of its size and a seed alone, so that all simulators, and all runs,
get the same gates.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np

__all__ = ["NOISY_WORKLOADS", "WORKLOADS", "Gate", "Workload", "make"]

Gate = dict[str, Any]

TAU = 2 * math.pi
MAX_CONTROLS = 7


@dataclass(frozen=True, slots=True)
class Workload:
    """A circuit in neutral form.

    Parameters
    ----------
    name : str
        What it is called in the tables.
    qubits : int
        Its width; every qubit is touched.
    gates : tuple of dict
        The gate list in the provider's JSON form.
    gateset : str
        ``"qis"`` or ``"native"``.

    Examples
    --------
    >>> ghz(2).gates
    ({'gate': 'h', 'target': 0}, {'gate': 'cnot', 'control': 0, 'target': 1})
    """

    name: str
    qubits: int
    gates: tuple[Gate, ...]
    gateset: str = "qis"

    def job(self, **envelope: Any) -> dict[str, Any]:
        """Return the body of a job that runs this circuit.

        Parameters
        ----------
        **envelope
            Further keys of the job, such as ``shots``.

        Returns
        -------
        dict
            The body of ``POST /v0.3/jobs``.

        Examples
        --------
        >>> ghz(2).job(shots=10)["input"]["gateset"]
        'qis'
        """
        circuit = {"gateset": self.gateset, "qubits": self.qubits, "circuit": list(self.gates)}
        return {"name": self.name, **envelope, "input": {"format": "ionq.circuit.v0", **circuit}}


def ghz(qubits: int, seed: int = 0) -> Workload:
    """Return a chain of cnot gates behind one Hadamard gate; the seed is not used."""
    gates: list[Gate] = [{"gate": "h", "target": 0}]
    gates += [{"gate": "cnot", "control": q, "target": q + 1} for q in range(qubits - 1)]
    return Workload("ghz", qubits, tuple(gates))


def qft(qubits: int, seed: int = 0, *, swaps: bool = False, prepare: bool = True) -> Workload:
    """Return the quantum Fourier transform with controlled phase gates.

    Parameters
    ----------
    qubits, seed
        Size, and where the first angles come from.
    swaps : bool
        Whether the swap gates at the end, which reverse the qubits, are written out.
    prepare : bool
        Whether two random rotations of every qubit come first. Without them the result from
        |0...0> is flat, and no phase would show in it.
    """
    random = np.random.default_rng(seed)
    gates: list[Gate] = []
    for q in range(qubits if prepare else 0):
        gates += [_rotation(axis, random, target=q) for axis in ("ry", "rz")]
    for target in reversed(range(qubits)):
        gates.append({"gate": "h", "target": target})
        gates += [
            {
                "gate": "z",
                "rotation": math.pi / 2 ** (target - control),
                "control": control,
                "target": target,
            }
            for control in reversed(range(target))
        ]
    for q in range(qubits // 2 if swaps else 0):
        gates.append({"gate": "swap", "targets": [q, qubits - 1 - q]})
    return Workload("qft", qubits, tuple(gates))


def brick(qubits: int, seed: int = 0, *, depth: int = 20) -> Workload:
    """Return layers of a random rotation on every qubit, then xx or cnot on random pairs."""
    random = np.random.default_rng(seed)
    gates: list[Gate] = []
    for _ in range(depth):
        axes = random.choice(("rx", "ry", "rz"), size=qubits)
        gates += [_rotation(str(axis), random, target=q) for q, axis in enumerate(axes)]
        for a, b in _pairs(qubits, random):
            if random.random() < 0.5:
                gates.append(_rotation("xx", random, targets=[a, b]))
            else:
                gates.append({"gate": "cnot", "control": a, "target": b})
    return Workload("brick", qubits, tuple(gates))


def qaoa(qubits: int, seed: int = 0, *, rounds: int = 4) -> Workload:
    """Return QAOA rounds for a random 3-regular graph: zz on its edges, rx on all qubits."""
    random = np.random.default_rng(seed)
    edges = regular_graph(qubits, 3, random)
    gates: list[Gate] = [{"gate": "h", "target": q} for q in range(qubits)]
    for _ in range(rounds):
        gamma, beta = random.uniform(0.1, math.pi, size=2).tolist()
        gates += [{"gate": "zz", "rotation": gamma, "targets": list(edge)} for edge in edges]
        gates += [{"gate": "rx", "rotation": beta, "target": q} for q in range(qubits)]
    return Workload("qaoa", qubits, tuple(gates))


def native(qubits: int, seed: int = 0, *, depth: int = 20) -> Workload:
    """Return layers of native gates: gpi2 on every qubit, ms of any angle on random pairs."""
    random = np.random.default_rng(seed)
    gates: list[Gate] = []
    for _ in range(depth):
        phases = random.random(qubits).tolist()
        gates += [{"gate": "gpi2", "phase": phase, "target": q} for q, phase in enumerate(phases)]
        gates += [
            {
                "gate": "ms",
                "phases": random.random(2).tolist(),
                "angle": float(random.uniform(0.05, 0.25)),
                "targets": [a, b],
            }
            for a, b in _pairs(qubits, random)
        ]
    return Workload("native", qubits, tuple(gates), "native")


def grover(qubits: int, seed: int = 0, *, iterations: int = 4) -> Workload:
    """Return Grover's search for one random pattern, built from gates with up to 7 controls.

    Up to 8 qubits are all searched over. A wider search needs more controls than a gate may have:
    there the highest qubits, one in eight, are ancillas that collect up to 7 others each.
    """
    random = np.random.default_rng(seed)
    ancillas = 0 if qubits <= MAX_CONTROLS + 1 else -(-qubits // (MAX_CONTROLS + 1))
    searched = qubits - ancillas
    groups = [list(range(searched))[start::ancillas] for start in range(ancillas)]
    collect: list[Gate] = [
        {"gate": "x", "target": searched + ancilla, "controls": group}
        for ancilla, group in enumerate(groups)
    ]
    *controls, last = range(searched, qubits) if ancillas else range(searched)
    flip: Gate = {"gate": "z", "target": last, **({"controls": controls} if controls else {})}
    mark_all_ones = [*collect, flip, *collect]
    everywhere = {name: _on(name, range(searched)) for name in ("h", "x")}
    zeros = _on("x", np.flatnonzero(random.integers(0, 2, size=searched) == 0).tolist())
    oracle = [*zeros, *mark_all_ones, *zeros]
    diffusion = [
        *everywhere["h"], *everywhere["x"], *mark_all_ones, *everywhere["x"], *everywhere["h"]
    ]  # fmt: skip
    gates = [*everywhere["h"], *(oracle + diffusion) * iterations]
    return Workload("grover", qubits, tuple(gates))


def qv(qubits: int, seed: int = 0, *, depth: int = 20) -> Workload:
    """Return layers of random SU(4) on random pairs, each written out in its KAK form.

    That is a random turn of both qubits, xx, yy and zz, and again a random turn of both; a turn is
    rz, ry, rz.
    """
    random = np.random.default_rng(seed)
    gates: list[Gate] = []
    for _ in range(depth):
        for pair in _pairs(qubits, random):
            gates += _turns(pair, random)
            gates += [
                _rotation(axis, random, targets=list(pair), largest=math.pi / 2)
                for axis in ("xx", "yy", "zz")
            ]
            gates += _turns(pair, random)
        if qubits == 1:
            gates += _turns((0,), random)
    return Workload("qv", qubits, tuple(gates))


def dense(qubits: int, seed: int = 0) -> Workload:
    """Return as many layers as qubits: gpi2 on every qubit, full ms on random pairs."""
    random = np.random.default_rng(seed)
    gates: list[Gate] = []
    for _ in range(qubits):
        phases = random.random(qubits).tolist()
        gates += [{"gate": "gpi2", "phase": phase, "target": q} for q, phase in enumerate(phases)]
        gates += [
            {"gate": "ms", "phases": random.random(2).tolist(), "angle": 0.25, "targets": [a, b]}
            for a, b in _pairs(qubits, random)
        ]
    return Workload("dense", qubits, tuple(gates), "native")


def tfim(qubits: int, seed: int = 0, *, steps: int = 12) -> Workload:
    """Return Trotter steps of the Ising model in a transverse field, on an open line."""
    random = np.random.default_rng(seed)
    coupling, field = random.uniform(0.2, 0.7, size=2).tolist()
    bonds = [(q, q + 1) for start in (0, 1) for q in range(start, qubits - 1, 2)]
    gates: list[Gate] = [{"gate": "h", "target": q} for q in range(qubits)]
    for _ in range(steps):
        gates += [{"gate": "zz", "rotation": coupling, "targets": list(bond)} for bond in bonds]
        gates += [{"gate": "rx", "rotation": field, "target": q} for q in range(qubits)]
    return Workload("tfim", qubits, tuple(gates))


def ladder(
    qubits: int, seed: int = 0, *, layers: int = 12, axes: tuple[str, ...] = ("ry", "rz")
) -> Workload:
    """Return layers of an ansatz: random rotations of every qubit, then a chain of cnot gates."""
    random = np.random.default_rng(seed)
    gates: list[Gate] = []
    for _ in range(layers):
        gates += [_rotation(axis, random, target=q) for q in range(qubits) for axis in axes]
        gates += [{"gate": "cnot", "control": q, "target": q + 1} for q in range(qubits - 1)]
    return Workload("ladder", qubits, tuple(gates))


def small(qubits: int, seed: int = 0) -> Workload:
    """Return the ansatz with ry alone and three layers: 45 gates on 8 qubits."""
    return replace(ladder(qubits, seed, layers=3, axes=("ry",)), name="small")


def uccsd(qubits: int, seed: int = 0, *, exponentials: int = 33) -> Workload:
    """Return exponentials of Pauli strings like those of coupled cluster, in gates on two qubits.

    Half of the qubits are occupied. A string has X or Y on two of them and on two others, and Z
    between either two; its exponential is a chain of cnot gates around one rz.
    """
    random = np.random.default_rng(seed)
    half = (qubits + 1) // 2
    gates: list[Gate] = [{"gate": "x", "target": q} for q in range(half)]
    for _ in range(exponentials):
        letters: dict[int, str] = {}
        for low, high in ((0, half), (half, qubits)):
            ends = sorted(random.choice(high - low, min(2, high - low), replace=False) + low)
            letters |= dict.fromkeys(range(int(ends[0]), int(ends[-1]) + 1), "Z") if ends else {}
            letters |= {int(q): str(random.choice(["X", "Y"])) for q in ends}
        support = sorted(letters)
        turned = [(q, letters[q]) for q in support if letters[q] != "Z"]
        chain: list[Gate] = [
            {"gate": "cnot", "control": a, "target": b} for a, b in itertools.pairwise(support)
        ]
        gates += [{"gate": "h" if letter == "X" else "v", "target": q} for q, letter in turned]
        gates += [*chain, _rotation("rz", random, target=support[-1], largest=0.5), *chain[::-1]]
        gates += [{"gate": "h" if letter == "X" else "vi", "target": q} for q, letter in turned]
    return Workload("uccsd", qubits, tuple(gates))


WORKLOADS: Mapping[str, Callable[[int, int], Workload]] = MappingProxyType(
    {each.__name__: each for each in (ghz, qft, brick, qaoa, native, grover, qv)}
)
"""The makers of workloads by name; each takes the number of qubits and a seed."""

NOISY_WORKLOADS: Mapping[str, Callable[[int, int], Workload]] = MappingProxyType(
    {each.__name__: each for each in (dense, tfim, ladder, small, uccsd)}
)
"""More of them, which `noise.py` runs."""


def make(name: str, qubits: int, seed: int = 0) -> Workload:
    """Return a workload by name.

    Parameters
    ----------
    name : str
        One of `WORKLOADS` or of `NOISY_WORKLOADS`.
    qubits : int
        Width, from 1.
    seed : int
        Source of all random choices.

    Returns
    -------
    Workload
        The same for the same arguments.

    Raises
    ------
    ValueError
        There is no such workload, or no qubit.

    Examples
    --------
    >>> len(make("qft", 3).gates)
    12
    """
    known = {**WORKLOADS, **NOISY_WORKLOADS}
    if name not in known or qubits < 1:
        raise ValueError(f"no workload {name!r} on {qubits} qubits; there are {list(known)}")
    return known[name](qubits, seed)


def regular_graph(
    nodes: int, degree: int, random: np.random.Generator
) -> tuple[tuple[int, int], ...]:
    """Return the edges of a random graph in which every node has the same degree.

    Where nodes times degree is odd there is no such graph: one node then has a neighbour less.
    Fewer nodes than ``degree + 1`` are all joined.
    """
    degree = min(degree, nodes - 1)
    stubs = np.repeat(np.arange(nodes), degree)
    stubs = stubs[: len(stubs) // 2 * 2]
    # Uniform over simple graphs: throw away every pairing with a loop or a double edge.
    while True:
        random.shuffle(stubs)
        edges = {(int(min(pair)), int(max(pair))) for pair in stubs.reshape(-1, 2)}
        if len(edges) == len(stubs) // 2 and all(a != b for a, b in edges):
            return tuple(sorted(edges))


def _on(name: str, qubits: range | list[int]) -> list[Gate]:
    return [{"gate": name, "target": q} for q in qubits]


def _pairs(qubits: int, random: np.random.Generator) -> Iterator[tuple[int, int]]:
    """Pair all qubits at random; of an odd number one stays alone."""
    order = random.permutation(qubits).tolist()
    return zip(order[0::2], order[1::2], strict=False)


def _rotation(
    name: str, random: np.random.Generator, *, largest: float = TAU, **on: int | list[int]
) -> Gate:
    return {"gate": name, "rotation": float(random.uniform(0, largest)), **on}


def _turns(qubits: tuple[int, ...], random: np.random.Generator) -> list[Gate]:
    return [_rotation(axis, random, target=q) for q in qubits for axis in ("rz", "ry", "rz")]
