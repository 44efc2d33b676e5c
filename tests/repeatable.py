"""What makes shots repeatable: threads, ranges and instruction sets change nothing."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import ionsim
from ionsim import NoiseModel, engine
from ionsim.run_options import RunOptions

__all__ = ["check_instruction_sets", "check_threads_and_ranges"]


def check_threads_and_ranges(
    circuit: ionsim.Circuit, shots: int, noise: NoiseModel, mode: str
) -> None:
    """Compare the shots for several numbers of threads, unshared, and in 3 and 7 ranges."""

    def draw(shot_range: tuple[int, int] | None = None, **options: Any) -> list[int]:
        given = RunOptions(mode=mode, **options)
        [found] = engine.samples(
            [circuit.program], shots, [77], given, noise=noise, shot_range=shot_range
        )
        return found.tolist()

    whole = draw(threads=1)
    for threads in (2, 3):
        assert draw(threads=threads) == whole
    assert draw(share=False) == whole
    for parts in (3, 7):
        edges = [shots * k // parts for k in range(parts + 1)]
        joined = [x for a, b in itertools.pairwise(edges) for x in draw((a, b))]
        assert joined == whole


def check_instruction_sets(script: str, lines: int) -> None:
    """Compare what a script prints with each instruction set; it finds these tests as modules."""
    found = set()
    for isa in ionsim.info()["isa_available"]:
        done = subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "IONSIM_ISA": isa, "PYTHONPATH": str(Path(__file__).parent)},
            capture_output=True,
            text=True,
            check=True,
        )
        assert len(done.stdout.splitlines()) == lines
        found.add(done.stdout)
    assert len(found) == 1
