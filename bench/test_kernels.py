"""How fast the kernels move the state, against what NumPy moves on the same machine.

A shape's figure is the time of many equal gates minus that of one, so that what every run pays
once (memory, planning, reading the result) does not count. Bytes are those that a gate has to read
and write: a gate with a control touches half of the state. Beside it stands what a gate takes
where the state runs tile by tile, out of the cache: nanoseconds for each amplitude of the state.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

import ionsim
from conftest import Sizes
from kernel_worker import KernelWorker
from measure import load_average
from stream import GIGA, Stream, available_threads
from workloads import Gate

AMPLITUDE_BYTES = {"complex64": 8, "complex128": 16}
SETTLE_SECONDS = 0.02
MOST_OF_STREAM = 4.0
BUSY_LOAD = 1.5  # runnable processes for each thread; the benchmark alone makes 1


@dataclass(frozen=True, slots=True)
class Shape:
    """A gate on low (L), middle (M) or high (H) qubits, and the part of the state it touches."""

    gate: str
    targets: str
    controls: str = ""
    touched: float = 1.0
    parameters: tuple[tuple[str, Any], ...] = ()
    gateset: str = "qis"

    @property
    def name(self) -> str:
        """What it is called in the tables: controls, a point, targets."""
        return f"{self.gate}-{self.controls + '.' if self.controls else ''}{self.targets}"

    def on(self, qubits: int) -> Gate:
        """Return the gate in the provider's form."""
        # Two apart, so that two letters of the same kind are two qubits.
        places = {"L": iter((0, 2)), "M": iter((qubits // 2, qubits // 2 - 1))}
        places["H"] = iter((qubits - 1, qubits - 2))
        controls = [next(places[letter]) for letter in self.controls]
        targets = [next(places[letter]) for letter in self.targets]
        row: Gate = {"gate": self.gate, "targets": targets, **dict(self.parameters)}
        return {**row, "controls": controls} if controls else row


ANGLE = (("rotation", 0.3),)
MS = (("phases", (0.1, 0.2)), ("angle", 0.15))

SHAPES = (
    Shape("ry", "L", parameters=ANGLE),
    Shape("ry", "M", parameters=ANGLE),
    Shape("ry", "H", parameters=ANGLE),
    Shape("gpi2", "M", parameters=(("phase", 0.1),), gateset="native"),
    Shape("rz", "L", parameters=ANGLE),
    Shape("rz", "H", parameters=ANGLE),
    Shape("zz", "LH", parameters=ANGLE),
    Shape("xx", "LH", parameters=ANGLE),
    Shape("xx", "MH", parameters=ANGLE),
    Shape("ms", "LH", parameters=MS, gateset="native"),
    Shape("ms", "MH", parameters=MS, gateset="native"),
    Shape("cnot", "L", "H", touched=0.5),
    Shape("cnot", "M", "H", touched=0.5),
    Shape("swap", "LH", touched=0.5),
    Shape("swap", "MH", touched=0.5),
    Shape("rx", "M", "HH", touched=0.25, parameters=ANGLE),
)


def touch_all(qubits: int, gateset: str) -> list[Gate]:
    """Return cheap gates that make every qubit part of the simulation."""
    if gateset == "native":
        pairs = [[q, q + 1] for q in range(0, qubits - 1, 2)] + [[qubits - 2, qubits - 1]]
        return [{"gate": "zz", "angle": 0.1, "targets": pair} for pair in pairs]
    groups = [list(range(start, min(start + 8, qubits))) for start in range(0, qubits, 8)]
    return [{"gate": "z", "target": group[0], "controls": group[1:] or None} for group in groups]


@pytest.fixture(scope="module", params=ionsim.info()["isa_available"])
def worker(request: pytest.FixtureRequest) -> Iterator[KernelWorker]:
    found = KernelWorker(request.param)
    assert found.isa == request.param
    yield found
    found.close()


@pytest.mark.parametrize("precision", AMPLITUDE_BYTES)
@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_kernel(
    benchmark: Any,
    worker: KernelWorker,
    stream: Stream,
    sizes: Sizes,
    shape: Shape,
    precision: str,
) -> None:
    qubits = sizes.kernel_qubits[precision]
    state_bytes = AMPLITUDE_BYTES[precision] << qubits
    start, gate = touch_all(qubits, shape.gateset), shape.on(qubits)
    benchmark.group = f"{shape.name} {precision}"
    worker.load([*start, gate], qubits, shape.gateset, precision)
    once = {tiled: best(worker, sizes, tiled=tiled) for tiled in (False, True)}
    worker.load([*start, *[gate] * (1 + sizes.kernel_passes)], qubits, shape.gateset, precision)
    often: list[float] = []
    benchmark.pedantic(lambda: often.append(worker.run()), rounds=sizes.rounds, warmup_rounds=1)
    # The best of the rounds everywhere: what is asked for is what the machine can do.
    seconds = (min(often) - once[False]) / sizes.kernel_passes
    tiled_seconds = (best(worker, sizes, tiled=True) - once[True]) / sizes.kernel_passes
    time.sleep(SETTLE_SECONDS)
    multiply = stream.multiply(repeats=3)
    benchmark.extra_info.update(isa=worker.isa, qubits=qubits)
    if seconds <= 0:  # a tiny state, or a machine so busy that the difference is noise
        return
    speed = 2 * shape.touched * state_bytes / seconds / GIGA
    benchmark.extra_info.update(
        pass_milliseconds=round(seconds * 1e3, 4),
        gb_per_s=round(speed, 2),
        stream_multiply_gb_per_s=round(multiply, 2),
        of_stream=round(speed / multiply, 3),
        tiled_nanoseconds_per_amplitude=round(tiled_seconds * 1e9 / 2**qubits, 4),
    )
    if sizes.meaningful and load_average() < BUSY_LOAD * available_threads():
        # Much faster than memory: the gates did not run one by one, the figures mean nothing.
        assert speed < MOST_OF_STREAM * multiply


def best(worker: KernelWorker, sizes: Sizes, *, tiled: bool) -> float:
    """Return the shortest of some runs after a first one, which may still build something."""
    worker.run(tiled=tiled)
    return min(worker.run(tiled=tiled) for _ in range(sizes.rounds))


def test_stream(benchmark: Any, stream: Stream, sizes: Sizes) -> None:
    """The two limits on their own, in the same run."""
    multiply = stream.multiply(repeats=10)
    copied = benchmark.pedantic(stream.copy, args=(10,), rounds=sizes.rounds)
    benchmark.extra_info.update(
        stream_multiply_gb_per_s=round(multiply, 2), stream_copy_gb_per_s=round(copied, 2)
    )
