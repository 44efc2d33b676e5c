"""Bit order and shapes of outcome arrays: from the touched qubits to all declared ones.

Bit j of an array's index (or of an outcome) belongs to the j-th qubit of a list; in full-width
arrays it belongs to qubit j itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from .errors import LimitError

__all__ = [
    "FULL_WIDTH_QUBITS",
    "MAX_QUBITS",
    "UINT64_BITS",
    "from_octets",
    "full_width",
    "pack_bits",
    "sum_out",
    "to_octets",
    "unpack_bits",
    "widen",
]

MAX_QUBITS = 10_000
"""Declared qubits of a circuit. Outcomes are decimal numbers with one bit a qubit: beyond this
they are thousands of digits long, more than Python turns into text."""

FULL_WIDTH_QUBITS = 30
"""Width of an array over untouched qubits too: 8 GiB of float64, most of it never written."""

UINT64_BITS = 64

UInt64 = npt.NDArray[np.uint64]
Float64 = npt.NDArray[np.float64]
Number = TypeVar("Number", bound=np.generic)


def full_width(
    values: npt.NDArray[Number], touched: Sequence[int], qubits: int
) -> npt.NDArray[Number]:
    """Spread a dense array over the touched qubits to all declared qubits.

    Parameters
    ----------
    values : ndarray, shape (2**len(touched),)
        Amplitudes or probabilities; bit j of the index is qubit ``touched[j]``.
    touched : sequence of int
        Ascending qubit numbers.
    qubits : int
        The number of declared qubits.

    Returns
    -------
    ndarray, shape (2**qubits,)
        Zero wherever an untouched qubit is 1; `values` itself when all qubits are touched.

    Raises
    ------
    LimitError
        When some qubits are untouched and there are more than 30.

    Examples
    --------
    >>> full_width(np.array([0.25, 0.75]), [1], 2)
    array([0.25, 0.  , 0.75, 0.  ])
    """
    if len(touched) == qubits:
        return values
    if qubits > FULL_WIDTH_QUBITS:
        raise LimitError(
            f"an array over all {qubits} qubits is too large (at most {FULL_WIDTH_QUBITS}); "
            f"only {len(touched)} are touched: use Histogram.touched_probabilities, or declare "
            "fewer qubits",
            needed=qubits,
            allowed=FULL_WIDTH_QUBITS,
        )
    shape: list[int] = []
    index: list[Any] = []
    is_touched = set(touched)
    for qubit in reversed(range(qubits)):
        kind: Any = slice(None) if qubit in is_touched else 0
        if index and index[-1] == kind:
            shape[-1] *= 2
        else:
            index.append(kind)
            shape.append(2)
    try:
        full = np.zeros(1 << qubits, dtype=values.dtype)
    except MemoryError as error:
        raise LimitError(f"no memory for an array over all {qubits} qubits") from error
    place = (*index, ...)  # the ellipsis keeps a single number a view
    part = full.reshape(shape)[place]
    part[...] = values.reshape(part.shape)
    return full


def widen(outcomes: UInt64, measured: Sequence[int]) -> UInt64:
    """Move bit j of each outcome to bit ``measured[j]``.

    Raises
    ------
    LimitError
        When a qubit above 63 is measured: the outcome does not fit 64 bits.

    Examples
    --------
    >>> widen(np.array([0, 1, 3], dtype=np.uint64), [1, 4]).tolist()
    [0, 2, 18]
    """
    if measured and measured[-1] >= UINT64_BITS:
        raise LimitError(
            f"outcomes with qubit {measured[-1]} do not fit 64 bits: use the bits "
            "(one column per qubit)",
            needed=measured[-1] + 1,
            allowed=UINT64_BITS,
        )
    if all(bit == qubit for bit, qubit in enumerate(measured)):
        return outcomes
    wide = np.zeros_like(outcomes)
    one = np.uint64(1)
    for bit, qubit in enumerate(measured):
        wide |= ((outcomes >> np.uint64(bit)) & one) << np.uint64(qubit)
    return wide


def unpack_bits(outcomes: UInt64, measured: Sequence[int], qubits: int) -> npt.NDArray[np.uint8]:
    """Spread outcomes to one column per qubit.

    Returns
    -------
    ndarray of uint8, shape (len(outcomes), qubits)
        Column q is qubit q; unmeasured qubits read 0.

    Examples
    --------
    >>> unpack_bits(np.array([1, 2], dtype=np.uint64), [0, 2], 3)
    array([[1, 0, 0],
           [0, 0, 1]], dtype=uint8)
    """
    size = outcomes.size * qubits
    if size > 1 << (FULL_WIDTH_QUBITS + 3):
        raise LimitError(f"{outcomes.size} shots of {qubits} bits are too large an array")
    columns = np.zeros((outcomes.size, qubits), dtype=np.uint8)
    if measured:
        octets = _octets(outcomes, (len(measured) + 7) // 8)
        unpacked = np.unpackbits(octets, axis=1, bitorder="little")
        columns[:, list(measured)] = unpacked[:, : len(measured)]
    return columns


def pack_bits(bits: npt.NDArray[np.uint8]) -> npt.NDArray[Any]:
    """Return one number per row of bits, the first bit lowest.

    Returns
    -------
    ndarray, shape (len(bits),)
        uint64 up to 64 bits; beyond, Python's whole numbers (dtype object).

    Examples
    --------
    >>> pack_bits(np.array([[0, 1], [1, 1]], dtype=np.uint8))
    array([2, 3], dtype=uint64)
    >>> int(pack_bits(np.eye(70, dtype=np.uint8))[69]) == 2**69
    True
    """
    rows = np.packbits(bits, axis=1, bitorder="little")
    size = rows.shape[1]
    if size > UINT64_BITS // 8:
        return from_octets(np.ascontiguousarray(rows).tobytes(), size)
    whole = np.zeros((len(bits), UINT64_BITS // 8), dtype=np.uint8)
    whole[:, :size] = rows
    return whole.view("<u8").reshape(-1).astype(np.uint64, copy=False)


def to_octets(outcomes: npt.NDArray[Any], size: int) -> bytes:
    """Return the numbers of an array of dtype object, `size` bytes each, lowest byte first."""
    return b"".join(number.to_bytes(size, "little") for number in outcomes.tolist())


def from_octets(octets: bytes, size: int) -> npt.NDArray[Any]:
    """Return the numbers behind the bytes, the reverse of `to_octets`.

    Examples
    --------
    >>> from_octets(to_octets(np.array([1 << 70], dtype=object), 9), 9)
    array([1180591620717411303424], dtype=object)
    """
    count = len(octets) // size
    numbers = np.empty(count, dtype=object)
    for place in range(count):
        numbers[place] = int.from_bytes(octets[place * size : (place + 1) * size], "little")
    return numbers


def _octets(outcomes: npt.NDArray[Any], size: int) -> npt.NDArray[np.uint8]:
    """Return the bytes of every outcome, lowest first; at least `size` of them."""
    if outcomes.dtype == object:
        octets = np.frombuffer(to_octets(outcomes, size), dtype=np.uint8)
        return octets.reshape(outcomes.size, size)
    return outcomes.astype("<u8").view(np.uint8).reshape(outcomes.size, 8)


def sum_out(values: Float64, bits: int, sources: Sequence[int]) -> Float64:
    """Sum over all index bits but `sources`; bit i of the new index is bit ``sources[i]``.

    Examples
    --------
    >>> sum_out(np.array([0.1, 0.2, 0.3, 0.4]), 2, [1])
    array([0.3, 0.7])
    """
    kept = sorted(sources)
    for bit in reversed(range(bits)):  # from the top, so that the array shrinks fastest
        if bit not in kept:
            pairs = values.reshape(-1, 2, 1 << bit)
            values = (pairs[:, 0, :] + pairs[:, 1, :]).reshape(-1)
    if kept == list(sources):
        return values
    # Axis 0 of the reshaped array is the highest bit.
    last = len(kept) - 1
    axes = [last - kept.index(source) for source in reversed(sources)]
    return np.ascontiguousarray(values.reshape((2,) * len(kept)).transpose(axes)).reshape(-1)
