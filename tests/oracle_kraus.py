"""Exact reference for Kraus channels: the density matrix, every operator written out."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

import oracle
import oracle_noise
from oracle import Gate, Matrix, Step
from oracle_noise import Noise


def apply_kraus(rho: Matrix, operators: npt.ArrayLike, on: tuple[int, ...], qubits: int) -> Matrix:
    """Return sum_k K_k rho K_k^dagger; bit j of an operator's index is qubit on[j]."""
    result = np.zeros_like(rho)
    for operator in np.asarray(operators, dtype=np.complex128):
        whole = oracle.embed(Step(operator, on), qubits)
        result += whole @ rho @ whole.conj().T
    return result


def probabilities(
    gates: Iterable[Gate],
    qubits: int,
    noise: Noise,
    kraus1: npt.ArrayLike | None = None,
    kraus2: npt.ArrayLike | None = None,
    gateset: str = "qis",
) -> npt.NDArray[np.float64]:
    """Return the outcome distribution: after each gate depolarizing, then the Kraus channel."""
    rho = np.zeros((2**qubits, 2**qubits), dtype=np.complex128)
    rho[0, 0] = 1
    for step in oracle_noise.lower(gates, gateset):
        operator = oracle.embed(step, qubits)
        rho = operator @ rho @ operator.conj().T
        on = step.controls + step.targets
        rate = noise.r1 if len(on) == 1 else noise.r2
        rho = oracle_noise.apply_channel(rho, oracle_noise.channel(rate, len(on)), on, qubits)
        channel = kraus1 if len(on) == 1 else kraus2
        if channel is None:
            continue
        if np.shape(channel)[1] == 2:
            for qubit in on:
                rho = apply_kraus(rho, channel, (qubit,), qubits)
        else:
            rho = apply_kraus(rho, channel, on, qubits)
    diagonal = np.clip(np.diag(rho).real, 0, None)
    return oracle_noise.flip_readout(diagonal, qubits, noise.readout_flip)
