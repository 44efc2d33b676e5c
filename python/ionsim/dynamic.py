"""Runs programs that measure, reset or branch on the way."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from . import _core
from .bits import MAX_QUBITS, pack_bits
from .engine import core_errors, rates_of
from .errors import LimitError
from .formats import DynamicProgram
from .noise import NoiseModel
from .run_options import RunOptions

__all__ = ["dynamic_bits", "dynamic_outcomes"]


def dynamic_bits(
    program: DynamicProgram,
    shots: int,
    seed: int,
    options: RunOptions,
    *,
    noise: NoiseModel | None = None,
) -> npt.NDArray[np.uint8]:
    """Run a program that measures on the way, one trajectory a shot.

    Parameters
    ----------
    program : DynamicProgram
        What to run.
    shots, seed, options, noise
        As in `samples`; `options.share` lets shots with the same past share a state.

    Returns
    -------
    ndarray of uint8, shape (shots, program.width)
        The classical bits of the registers, in order.

    Raises
    ------
    LimitError
        More memory than allowed, or a loop with more rounds.

    Examples
    --------
    >>> from ionsim.formats import read_program
    >>> text = "qubit q; bit[2] c; x q; c[0] = measure q; if (c[0]) x q; c[1] = measure q;"
    >>> dynamic_bits(read_program(text), 2, 7, RunOptions()).tolist()
    [[1, 0], [1, 0]]
    """
    noisy = noise is not None
    with core_errors:
        return _core.sample_dynamic(
            **program.for_core(),
            rates=rates_of(noise) if noisy else None,
            seed=seed,
            shot_begin=0,
            shot_end=shots,
            options=options.for_core(noisy=noisy),
        )


def dynamic_outcomes(
    program: DynamicProgram,
    shots: int,
    seed: int,
    options: RunOptions,
    *,
    noise: NoiseModel | None = None,
) -> npt.NDArray[Any]:
    """Run a program as `dynamic_bits` does; return one number per shot, its first bit lowest.

    They are uint64 up to 64 bits; beyond, Python's whole numbers (dtype object).

    Examples
    --------
    >>> from ionsim.formats import read_program
    >>> text = "qubit q; bit[2] c; x q; c[1] = measure q; reset q; c[0] = measure q;"
    >>> dynamic_outcomes(read_program(text), 2, 7, RunOptions())
    array([2, 2], dtype=uint64)
    """
    if program.width > MAX_QUBITS:
        raise LimitError(
            f"the program has {program.width} classical bits, at most {MAX_QUBITS} can be sampled",
            code="NotEnoughQubits",
            needed=program.width,
            allowed=MAX_QUBITS,
        )
    return pack_bits(dynamic_bits(program, shots, seed, options, noise=noise))
