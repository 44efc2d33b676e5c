"""What a circuit's measurement gives: histograms and their marginals, in decimal or bit strings.

Qubit 0 is the least significant bit of every outcome. Arrays cover the touched qubits only (the
others read 0), and nothing loops over outcomes in Python before a dict or text is asked for.
"""

from __future__ import annotations

import html
from collections.abc import ItemsView, Iterator, Mapping, Sequence, ValuesView
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from .bits import FULL_WIDTH_QUBITS, UINT64_BITS, full_width, sum_out, widen
from .errors import InputError, LimitError, Problem

__all__ = ["DUST", "Histogram"]

DUST = 1e-12
"""Exact probabilities below this are rounding dust and have no key, unless all are below."""

_BLOCK = 1 << 20
_SMALL_QUBITS = 10
_SMALL_KEYS = tuple(map(str, range(1 << _SMALL_QUBITS)))  # shared by all results of small circuits
_MAX_BIT_TEXT = 40  # longer bit strings make a table unreadable

UInt64 = npt.NDArray[np.uint64]
Float64 = npt.NDArray[np.float64]
Number = TypeVar("Number", bound=np.generic)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Histogram(Mapping[str, float]):
    """Probabilities of the measured outcomes: a mapping from decimal key to probability.

    Keys are decimal strings in ascending order, qubit 0 least significant. Exact histograms hold
    probabilities, without those below 1e-12 (rounding dust) unless nothing larger exists; sampled
    ones hold counts / shots, which come back as whole numbers from `counts`. The dict behind the
    mapping is made when it is first asked for.

    Build one with `from_probabilities` or `from_outcomes`.

    Attributes
    ----------
    qubits : int
        Number of declared qubits (bits of an outcome).
    touched : tuple of int
        The qubits that can read 1, ascending.
    shots : int or None
        How many shots were counted; None for exact probabilities.

    Examples
    --------
    >>> bell = Histogram.from_probabilities(np.array([0.5, 0, 0, 0.5]), [0, 1], 2)
    >>> dict(bell)
    {'0': 0.5, '3': 0.5}
    >>> bell.marginal([1])["1"]
    0.5
    """

    qubits: int
    touched: tuple[int, ...]
    shots: int | None
    _outcomes: UInt64 | None  # None: _weights is dense over the touched qubits
    _weights: npt.NDArray[Any]  # float64 probabilities, or int64 counts where there are shots
    _cache: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def from_probabilities(cls, values: Float64, touched: Sequence[int], qubits: int) -> Histogram:
        """Take exact probabilities over the touched qubits, shape (2**len(touched),)."""
        return cls(qubits, _plain(touched), None, None, _frozen(values))

    @classmethod
    def from_outcomes(cls, outcomes: UInt64, measured: Sequence[int], qubits: int) -> Histogram:
        """Count outcomes, one per shot; bit j of an outcome is qubit ``measured[j]``."""
        if 1 << len(measured) <= 4 * outcomes.size:  # counting is faster than sorting
            dense = np.bincount(outcomes.astype(np.int64))
            keys = np.flatnonzero(dense).astype(np.uint64)
            counts = dense[keys.astype(np.int64)]
        else:
            keys, counts = np.unique(outcomes, return_counts=True)
        weights = counts.astype(np.int64)
        return cls(qubits, _plain(measured), int(outcomes.size), _frozen(keys), _frozen(weights))

    # --- the mapping ---------------------------------------------------------------------------

    def __getitem__(self, key: str) -> float:
        if "dict" in self._cache and isinstance(key, str):
            known: float = self._cache["dict"][key]
            return known
        place = outcome = self._locate(key)
        if outcome is None:
            raise KeyError(key)
        if self._outcomes is not None:
            wanted = self._outcomes.dtype.type(outcome)
            place = int(np.searchsorted(self._outcomes, wanted))
            if place == self._outcomes.size or int(self._outcomes[place]) != outcome:
                raise KeyError(key)
        weight = self._weights[place]
        if weight < self._least():
            raise KeyError(key)
        return float(weight) if self.shots is None else int(weight) / self.shots

    def __iter__(self) -> Iterator[str]:
        return iter(self.to_dict())

    def __len__(self) -> int:
        least = self._least()
        return sum(int(np.count_nonzero(block >= least)) for _, block in self._blocks())

    def __contains__(self, key: object) -> bool:
        try:
            self[key]  # type: ignore[index]
        except KeyError:
            return False
        return True

    def items(self) -> ItemsView[str, float]:
        """Return the pairs of key and probability, in ascending order of the keys' numbers."""
        return self.to_dict().items()

    def values(self) -> ValuesView[float]:
        """Return the probabilities in the order of the keys."""
        return self.to_dict().values()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Mapping):
            return NotImplemented
        return self.to_dict() == dict(other)

    __hash__ = None  # type: ignore[assignment]

    def to_dict(self) -> dict[str, float]:
        """Return the mapping as a plain dict (a new one each time).

        Examples
        --------
        >>> Histogram.from_outcomes(np.array([3, 0, 3, 3], dtype=np.uint64), [0, 1], 2).to_dict()
        {'0': 0.25, '3': 0.75}
        """
        if "dict" not in self._cache:
            weights = self._support()[1]
            shares = weights if self.shots is None else weights / self.shots
            self._cache["dict"] = dict(zip(self._keys(), shares.tolist(), strict=True))
        return dict(self._cache["dict"])

    # --- other views ---------------------------------------------------------------------------

    @property
    def counts(self) -> dict[str, int]:
        """Shots per outcome; they sum to `shots`.

        Raises
        ------
        InputError
            For exact probabilities, which were never sampled: ask `Job.counts` or `sample`.
        """
        if self.shots is None:
            raise InputError(
                Problem(
                    "InvalidInput",
                    "counts",
                    message="these are exact probabilities: use Job.counts or ionsim.sample",
                )
            )
        return dict(zip(self._keys(), self._support()[1].tolist(), strict=True))

    @property
    def touched_probabilities(self) -> Float64:
        """Dense probabilities over the touched qubits, shape (2**len(touched),), read-only.

        Bit j of the index is qubit ``touched[j]``.
        """
        if self._outcomes is None:
            return self._weights
        if "dense" not in self._cache:
            if len(self.touched) > FULL_WIDTH_QUBITS:
                raise LimitError(
                    f"an array over {len(self.touched)} measured qubits is too large",
                    needed=len(self.touched),
                    allowed=FULL_WIDTH_QUBITS,
                )
            dense = np.zeros(1 << len(self.touched))
            # Divided before they are spread: most of a wide array is never touched.
            dense[self._outcomes.astype(np.int64)] = self._weights / (self.shots or 1)
            self._cache["dense"] = _frozen(dense)
        dense_cached: Float64 = self._cache["dense"]
        return dense_cached

    @property
    def probabilities(self) -> Float64:
        """Dense probabilities over all declared qubits, shape (2**qubits,).

        Raises
        ------
        LimitError
            When that array is too large; `touched_probabilities` holds the same numbers.
        """
        return full_width(self.touched_probabilities, self.touched, self.qubits)

    def marginal(self, qubits: Sequence[int | None]) -> Histogram:
        """Return the histogram of some qubits alone.

        Parameters
        ----------
        qubits : sequence of int or None
            Bit i of the new outcomes is qubit ``qubits[i]``; None reads 0. A qubit may occur more
            than once.

        Examples
        --------
        >>> three = Histogram.from_probabilities(np.array([0.5, 0, 0, 0.5]), [0, 2], 3)
        >>> dict(three.marginal([None, 2]))
        {'0': 0.5, '2': 0.5}
        """
        for place, qubit in enumerate(qubits):
            whole = isinstance(qubit, (int, np.integer)) and not isinstance(qubit, bool)
            if qubit is not None and not (whole and 0 <= qubit < self.qubits):
                where, allowed = f"qubits[{place}]", f"None or 0 to {self.qubits - 1}"
                raise InputError(
                    Problem("InvalidInput", where, str(qubit), "no such qubit", allowed)
                )
        rank = {qubit: bit for bit, qubit in enumerate(self.touched)}
        places = tuple(place for place, qubit in enumerate(qubits) if qubit in rank)
        sources = [rank[qubit] for place in places if (qubit := qubits[place]) is not None]
        width = len(qubits)
        if self._outcomes is None and len(set(sources)) == len(sources):
            dense = sum_out(self._weights, len(self.touched), sources)
            return Histogram(width, places, None, None, _frozen(dense))
        outcomes, weights = self._support()
        number = outcomes.dtype.type  # Python's, without a limit, where 64 bits are not enough
        if len(places) > UINT64_BITS and number is np.uint64:
            raise LimitError(f"{len(places)} measured qubits do not fit 64 bits")
        mapped = np.zeros_like(outcomes)
        for bit, source in enumerate(sources):
            mapped |= ((outcomes >> number(source)) & number(1)) << number(bit)
        if len(places) <= UINT64_BITS:
            mapped = mapped.astype(np.uint64, copy=False)
        merged, inverse = np.unique(mapped, return_inverse=True)
        sums = np.bincount(inverse.reshape(-1), weights=weights, minlength=merged.size)
        kept = sums.astype(weights.dtype)  # counts stay below 2**53, so their sums are exact
        return Histogram(width, places, self.shots, _frozen(merged), _frozen(kept))

    def top(self, count: int = 10) -> list[tuple[str, float]]:
        """Return the `count` likeliest outcomes, likeliest first, equal ones by ascending key.

        Probabilities that agree to 12 decimals count as equal.
        """
        chosen = np.zeros(0, dtype=np.int64)
        for begin, block in self._blocks():  # in blocks: a large array needs no second one
            kept = np.flatnonzero(block >= self._least())
            best = _best(block[kept] / (self.shots or 1), count)
            chosen = np.concatenate([chosen, kept[best] + begin])
        shares = self._weights[chosen] / (self.shots or 1)
        order = _best(shares, count)
        places = chosen[order]
        outcomes = places.astype(np.uint64) if self._outcomes is None else self._outcomes[places]
        return list(zip(self._keys(outcomes), shares[order].tolist(), strict=True))

    def bitstrings(self, *, qubit0: str = "right") -> dict[str, float]:
        """Return the histogram with bit strings as keys.

        Parameters
        ----------
        qubit0 : {"right", "left"}
            Where qubit 0 stands: right as in binary numbers and Qiskit, left as in Cirq.

        Examples
        --------
        >>> Histogram.from_probabilities(np.array([0, 1.0]), [0], 2).bitstrings()
        {'01': 1.0}
        """
        if qubit0 not in ("right", "left"):
            raise InputError(
                Problem("InvalidInput", "qubit0", repr(qubit0), "unknown side", "right or left")
            )
        step = 1 if qubit0 == "right" else -1
        return {self._bits(key)[::step]: value for key, value in self.items()}

    def bars(self, count: int = 10, width: int = 32) -> str:
        """Return the likeliest outcomes as lines of text with bars."""
        rows = self.top(count)
        keys = [key for key, _ in rows]
        columns = [keys]
        if 0 < self.qubits <= _MAX_BIT_TEXT:
            columns.append([self._bits(key) for key in keys])
        columns.append([f"{value:.6g}" for _, value in rows])
        columns.append(["#" * round(width * value) for _, value in rows])
        widths = [max(map(len, column), default=0) for column in columns]
        lines = [
            "  ".join(cell.rjust(size) for cell, size in zip(row[:-1], widths, strict=False))
            + f"  {row[-1]}"
            for row in zip(*columns, strict=True)
        ]
        hidden = len(self) - len(rows)
        if hidden > 0:
            lines.append(f"... and {hidden} more outcomes")
        return "\n".join(line.rstrip() for line in lines)

    def __repr__(self) -> str:
        shown = ", ".join(f"{key!r}: {value:.6g}" for key, value in self.top(4))
        more = f", ... {len(self) - 4} more" if len(self) > 4 else ""
        return f"Histogram({{{shown}{more}}}, qubits={self.qubits}, shots={self.shots})"

    def _repr_html_(self) -> str:
        rows = []
        for key, value in self.top(10):
            bits = self._bits(key) if 0 < self.qubits <= _MAX_BIT_TEXT else ""
            bar = f"display:inline-block;height:0.8em;background:#4a7ebb;width:{12 * value:.3f}em"
            rows.append(
                f"<tr><td>{html.escape(key)}</td><td><code>{html.escape(bits)}</code></td>"
                f'<td>{value:.6g}</td><td style="text-align:left">'
                f'<span style="{bar}"></span></td></tr>'
            )
        hidden = len(self) - len(rows)
        if hidden > 0:
            rows.append(f'<tr><td colspan="4">and {hidden} more outcomes</td></tr>')
        head = "<tr><th>outcome</th><th>bits</th><th>probability</th><th></th></tr>"
        return f"<table>{head}{''.join(rows)}</table>"

    # --- inside --------------------------------------------------------------------------------

    def _least(self) -> float:
        """Return the least weight that has a key."""
        if "least" not in self._cache:
            dusty = self.shots is None and not self._weights.max() >= DUST
            self._cache["least"] = np.nextafter(0, 1) if dusty else DUST
        least: float = self._cache["least"]
        return least

    def _blocks(self) -> Iterator[tuple[int, npt.NDArray[Any]]]:
        for begin in range(0, self._weights.size, _BLOCK):
            yield begin, self._weights[begin : begin + _BLOCK]

    def _support(self) -> tuple[UInt64, npt.NDArray[Any]]:
        """Return the outcomes that have a key, ascending, and their weights."""
        if "support" not in self._cache:
            weights = self._weights
            kept = (weights >= self._least()).nonzero()[0]
            outcomes = kept.astype(np.uint64) if self._outcomes is None else self._outcomes[kept]
            self._cache["support"] = (_frozen(outcomes), _frozen(weights[kept]))
        support: tuple[UInt64, npt.NDArray[Any]] = self._cache["support"]
        return support

    def _keys(self, outcomes: UInt64 | None = None) -> list[str]:
        some = self._support()[0] if outcomes is None else outcomes
        if outcomes is None and self.qubits <= _SMALL_QUBITS and some.size == 1 << self.qubits:
            return list(_SMALL_KEYS[: some.size])  # all outcomes there are
        if not self.touched or self.touched[-1] < UINT64_BITS:
            wide = widen(some, self.touched).tolist()
            write = str if self.qubits > _SMALL_QUBITS else _SMALL_KEYS.__getitem__
            return list(map(write, wide))
        powers = [1 << qubit for qubit in self.touched]
        return [
            str(sum(power for bit, power in enumerate(powers) if outcome >> bit & 1))
            for outcome in some.tolist()
        ]

    def _locate(self, key: object) -> int | None:
        """Return the outcome over the touched qubits that a decimal key names."""
        if not isinstance(key, str) or not key.isascii() or not key.isdigit():
            return None
        if len(key) > self.qubits // 3 + 1 or (key[0] == "0" and key != "0"):
            return None
        wide = int(key)
        outcome = sum((wide >> qubit & 1) << bit for bit, qubit in enumerate(self.touched))
        covered = sum((outcome >> bit & 1) << qubit for bit, qubit in enumerate(self.touched))
        return outcome if covered == wide else None

    def _bits(self, key: str) -> str:
        return format(int(key), f"0{self.qubits}b") if self.qubits else ""


def _plain(qubits: Sequence[int]) -> tuple[int, ...]:
    return tuple(map(int, qubits))


def _best(shares: npt.NDArray[Any], count: int) -> npt.NDArray[np.int64]:
    """Return the places of the `count` largest shares, largest first, equal ones in order."""
    rounded = np.round(shares, 12)
    count = min(max(count, 0), rounded.size)
    if count == 0:
        return np.zeros(0, dtype=np.int64)
    least = np.partition(rounded, rounded.size - count)[rounded.size - count]
    above = np.flatnonzero(rounded > least)
    chosen = np.concatenate([above, np.flatnonzero(rounded == least)[: count - above.size]])
    order: npt.NDArray[np.int64] = chosen[np.lexsort((chosen, -rounded[chosen]))]
    return order


def _frozen(values: npt.NDArray[Number]) -> npt.NDArray[Number]:
    """Return a read-only view: the caller's own array keeps its flags."""
    view: npt.NDArray[Number] = values.view()
    view.flags.writeable = False
    return view
