"""What is left of a circuit that ran: few bytes for the store, pieces of JSON for clients."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from ..bits import UINT64_BITS, from_octets, to_octets, unpack_bits, widen
from ..job import Job, Registers
from ..results import DUST, Histogram

__all__ = ["CircuitResult"]

UInt64 = npt.NDArray[np.uint64]

_BLOCK = 1 << 20
_PIECE = 1 << 13  # entries of JSON that are made at once: about a millisecond
_LEVEL = 1


class _Header(msgspec.Struct, array_like=True):
    qubits: int
    measured: tuple[int, ...]
    exact: bool
    outcomes: tuple[str, int]  # type and number of what follows, first outcomes, then weights
    weights: tuple[str, int]
    registers: dict[str, tuple[int | None, ...]] = {}


@dataclass(frozen=True, slots=True, eq=False)
class CircuitResult:
    """The result of one circuit.

    Attributes
    ----------
    qubits : int
        Declared qubits; of a program text that measures, its classical bits.
    measured : tuple of int
        Bit j of an outcome is qubit ``measured[j]``.
    outcomes : ndarray of uint64 or None
        One per shot; for exact results those with a weight, or None if all have one.
    weights : ndarray of float64 or None
        Exact probabilities; None for counted shots.
    registers : Mapping
        Register name -> bit of the result, or None, per bit.

    Examples
    --------
    >>> import ionsim
    >>> job = ionsim.run({"input": {"qubits": 1, "circuit": [{"gate": "x", "target": 0}]}})
    >>> b"".join(CircuitResult.of(job).probabilities())
    b'{"1":1.0}'
    """

    qubits: int
    measured: tuple[int, ...]
    outcomes: UInt64 | None
    weights: npt.NDArray[np.float64] | None
    registers: Registers = field(default_factory=dict)

    @classmethod
    def of(cls, job: Job) -> CircuitResult:
        """Take what a finished single-circuit job holds."""
        histogram, registers = job.histogram, job.register_map
        width = histogram.qubits
        if histogram.shots is not None:
            return cls(width, job._measured, job._outcomes(), None, registers)
        dense = histogram.touched_probabilities
        # Rounding dust has no key. Of so few outcomes as an array holds, not all can be dust.
        kept = np.flatnonzero(dense >= DUST)
        if 2 * kept.size < dense.size:
            outcomes = kept.astype(np.uint64)
            return cls(width, histogram.touched, outcomes, dense[kept], registers)
        return cls(width, histogram.touched, None, dense, registers)

    @property
    def size(self) -> int:
        """Bytes in memory, about."""
        return 200 + sum(array.nbytes for array in self._arrays())

    def to_pieces(self, limit: int) -> Iterator[bytes]:
        """Give the bytes of the result, in compressed pieces of at most about `limit` bytes."""
        outcomes = self._narrow_outcomes()
        arrays = [array for array in (outcomes, self.weights) if array is not None]
        header = _Header(
            self.qubits,
            self.measured,
            self.weights is not None,
            _described(outcomes),
            _described(self.weights),
            dict(self.registers),
        )
        head = msgspec.msgpack.encode(header)
        whole = b"".join([len(head).to_bytes(4, "little"), head, *map(_bytes, arrays)])
        view = memoryview(whole)
        for begin in range(0, len(whole), limit):
            yield zlib.compress(view[begin : begin + limit], _LEVEL)

    @classmethod
    def from_pieces(cls, pieces: list[bytes]) -> CircuitResult:
        """Return the result behind the pieces."""
        whole = b"".join(map(zlib.decompress, pieces))
        start = 4 + int.from_bytes(whole[:4], "little")
        header = msgspec.msgpack.decode(whole[4:start], type=_Header)
        (kind, count), (weight_kind, weight_count) = header.outcomes, header.weights
        outcomes = weights = None
        if kind:
            narrow = np.frombuffer(whole, np.dtype(kind), count, start)
            wide = narrow.dtype.kind == "V"
            outcomes = (
                from_octets(narrow.tobytes(), narrow.itemsize) if wide else narrow.astype(np.uint64)
            )
            start += narrow.nbytes
        if weight_kind:
            weights = np.frombuffer(whole, np.dtype(weight_kind), weight_count, start)
        return cls(header.qubits, header.measured, outcomes, weights, header.registers)

    def marginals(self, shots: UInt64 | None = None) -> dict[str, CircuitResult]:
        """Return the result of every register for itself.

        Parameters
        ----------
        shots : ndarray of uint64, optional
            Drawn from an exact result: their marginals are wanted.

        Examples
        --------
        >>> import ionsim
        >>> text = "qubit[2] q; bit[1] a; bit[1] b; x q[1]; b[0] = measure q[1];"
        >>> of = CircuitResult.of(ionsim.run(ionsim.Circuit.from_qasm(text)))
        >>> [b"".join(part.probabilities()) for part in of.marginals().values()]
        [b'{"0":1.0}', b'{"1":1.0}']
        """
        counted = shots if shots is not None else self.outcomes if self.weights is None else None
        if counted is not None:
            whole = Histogram.from_outcomes(counted, self.measured, self.qubits)
        elif self.outcomes is None:
            whole = Histogram.from_probabilities(_of_all(self.weights), self.measured, self.qubits)
        else:
            weights = _of_all(self.weights)
            whole = Histogram(self.qubits, self.measured, None, self.outcomes, weights)
        found = {}
        for name, bits in self.registers.items():
            part = whole.marginal(bits)
            outcomes, weights = part._support()
            if counted is not None:
                outcomes = np.repeat(outcomes, weights.astype(np.int64))
            exact = weights if counted is None else None
            found[name] = CircuitResult(part.qubits, part.touched, outcomes, exact)
        return found

    # --- JSON ----------------------------------------------------------------------------------

    def probabilities(self, *, bitstrings: bool = False, top: int = 0) -> Iterator[bytes]:
        """Give a JSON object from outcome to probability.

        Parameters
        ----------
        bitstrings : bool
            Keys are bit strings, qubit 0 rightmost, in place of decimal numbers.
        top : int
            Only so many, the likeliest; 0: all.
        """
        if self.weights is None:
            outcomes, counts = self._counted(_present(self.outcomes))
            pairs: Iterator[Any] = iter([(outcomes, counts / counts.sum())])
        else:
            pairs = self._weighted()
        return self._object(_top(pairs, top) if top else pairs, bitstrings)

    def counts(self, shots: UInt64, *, bitstrings: bool = False) -> Iterator[bytes]:
        """Give a JSON object from outcome to number of shots."""
        return self._object(iter([self._counted(shots)]), bitstrings)

    def shot_list(self, shots: UInt64) -> Iterator[bytes]:
        """Give a JSON list of decimal strings, one per shot."""
        return _joined(b"[", b"]", (map(str, self._numbers(part)) for part in _cut(shots)))

    def shot_registers(self, shots: UInt64, *, named: bool = False) -> Iterator[bytes]:
        """Give a JSON list of objects with the bits of each shot, index i for qubit i.

        `named` adds those of each register.
        """
        registers = self.registers if named else {}
        parts = (
            ({"registers": {**_named(registers, row), "output_all": row}} for row in rows)
            for rows in map(self._rows, _cut(shots))
        )
        return _joined(b"[", b"]", parts)

    def _rows(self, part: UInt64) -> list[list[int]]:
        rows: list[list[int]] = unpack_bits(part, self.measured, self.qubits).tolist()
        return rows

    def _object(self, pairs: Iterator[Any], bitstrings: bool) -> Iterator[bytes]:
        form = f"0{self.qubits}b" if bitstrings else "d"
        parts = (
            dict(
                zip(
                    (format(number, form) for number in self._numbers(outcomes[part])),
                    weights[part].tolist(),
                    strict=True,
                )
            )
            for outcomes, weights in pairs
            for begin in range(0, len(outcomes), _PIECE)
            for part in (slice(begin, begin + _PIECE),)
        )
        return _joined(b"{", b"}", parts)

    def _numbers(self, outcomes: UInt64) -> list[int]:
        """Return outcomes over all declared qubits."""
        if not self.measured or self.measured[-1] < UINT64_BITS:
            numbers: list[int] = widen(outcomes, self.measured).tolist()
            return numbers
        powers = [1 << qubit for qubit in self.measured]
        return [
            sum(power for bit, power in enumerate(powers) if outcome >> bit & 1)
            for outcome in outcomes.tolist()
        ]

    def _weighted(self) -> Iterator[tuple[UInt64, npt.NDArray[np.float64]]]:
        weights = self.weights
        if weights is None:
            return
        if self.outcomes is not None:
            yield self.outcomes, weights
            return
        for begin in range(0, weights.size, _BLOCK):
            block = weights[begin : begin + _BLOCK]
            kept = np.flatnonzero(block >= DUST)
            yield (kept + begin).astype(np.uint64), block[kept]

    @staticmethod
    def _counted(shots: UInt64) -> tuple[UInt64, npt.NDArray[np.int64]]:
        outcomes, counts = np.unique(shots, return_counts=True)
        return outcomes, counts.astype(np.int64)

    def _arrays(self) -> list[npt.NDArray[Any]]:
        return [array for array in (self.outcomes, self.weights) if array is not None]

    def _narrow_outcomes(self) -> npt.NDArray[Any] | None:
        if self.outcomes is None:
            return None
        width = len(self.measured)
        if self.outcomes.dtype == object:
            size = (width + 7) // 8
            return np.frombuffer(to_octets(self.outcomes, size), dtype=f"V{size}")
        kinds = ((8, np.uint8), (16, np.uint16), (32, np.uint32))
        kind: Any = next((kind for bits, kind in kinds if width <= bits), np.uint64)
        return self.outcomes.astype(kind)


def _named(registers: Registers, row: list[int]) -> dict[str, list[int]]:
    return {
        name: [0 if bit is None else row[bit] for bit in bits] for name, bits in registers.items()
    }


def _of_all(weights: npt.NDArray[np.float64] | None) -> npt.NDArray[np.float64]:
    if weights is None:
        raise TypeError("counted shots have no weights")
    return weights


def _present(outcomes: UInt64 | None) -> UInt64:
    if outcomes is None:
        raise TypeError("an exact result has no shots of its own")
    return outcomes


def _described(array: npt.NDArray[Any] | None) -> tuple[str, int]:
    return ("", 0) if array is None else (array.dtype.newbyteorder("<").str, array.size)


def _bytes(array: npt.NDArray[Any]) -> bytes:
    return array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes()


def _cut(shots: UInt64) -> Iterator[UInt64]:
    for begin in range(0, shots.size, _PIECE):
        yield shots[begin : begin + _PIECE]


def _top(pairs: Iterator[Any], count: int) -> Iterator[Any]:
    """Keep the likeliest outcomes, likeliest first."""
    best = [_best(outcomes, weights, count) for outcomes, weights in pairs]
    outcomes, weights = (np.concatenate(column) for column in zip(*best, strict=True))
    yield _best(outcomes, weights, count)


def _best(outcomes: Any, weights: Any, count: int) -> tuple[Any, Any]:
    order = np.argsort(-weights, kind="stable")[:count]
    return outcomes[order], weights[order]


def _joined(start: bytes, end: bytes, parts: Iterator[Any]) -> Iterator[bytes]:
    """Join the JSON of lists or objects to that of one, piece by piece."""
    encode: Callable[[Any], bytes] = msgspec.json.encode
    yield start
    comma = b""
    for part in parts:
        piece = encode(part if isinstance(part, dict) else list(part))[1:-1]
        if piece:
            yield comma + piece
            comma = b","
    yield end
