"""One workload on one peer and on ionsim: do they agree, and how long does each take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import median

import numpy as np

from adapters.base import Adapter, Array, Settings, Variant
from measure import interleave, load_average
from workloads import Workload, make

__all__ = ["Row", "compare", "deviations", "difference", "distance"]

MOST_CHECKED_QUBITS = 10
# Of probabilities half the sum of |p - q|, of states |p - q|: rounding stays far below this; a
# wrong gate, angle or order of bits comes out far above.
MOST_DISTANCE = {"complex64": 3e-5, "complex128": 1e-8}
CHECKED_NOISY_QUBITS = 4
CHECKED_NOISY_SHOTS = 2000
MOST_DEVIATIONS = 6.0


@dataclass(frozen=True, slots=True)
class Row:
    """One way to run one peer on one circuit, beside ionsim.

    The lists hold the seconds of one call for every round, of the peer, of ionsim from its circuit
    and of ionsim from the body of a job. `load` is the machine's when the row began; `difference`
    is what the check of the results found.
    """

    workload: str
    qubits: int
    gates: int
    precision: str
    peer: str
    load: float
    peer_seconds: Sequence[float] = field(default=())
    ionsim_seconds: Sequence[float] = field(default=())
    job_seconds: Sequence[float] = field(default=())
    difference: float | None = None
    error: str | None = None
    limit: Mapping[str, float] | None = None

    @property
    def ratio(self) -> float | None:
        """How many times longer the peer takes, by medians."""
        if not self.peer_seconds or not self.ionsim_seconds:
            return None
        return median(self.peer_seconds) / median(self.ionsim_seconds)


def compare(
    workload: Workload,
    settings: Settings,
    ours: Adapter,
    peers: Sequence[Adapter],
    *,
    rounds: int,
    budget_seconds: float,
) -> Iterator[Row]:
    """Yield one row for every way in which one of the peers can run the workload.

    Parameters
    ----------
    workload : Workload
        What to run.
    settings : Settings
        How; positive rates ask for a noisy run.
    ours : Adapter
        That of ionsim.
    peers : sequence of Adapter
        Without any there is one row that has ionsim's times only.
    rounds, budget_seconds
        As for `measure.interleave`, for each row.
    """
    own, *others = _variants(ours, settings)
    run_own = own.prepare(workload)
    more = {variant.label: variant.prepare(workload) for variant in others}
    pairs = [
        (variant, checked)
        for peer in peers
        for variant, checked in zip(
            _variants(peer, settings), _variants(peer, _for_check(settings)), strict=True
        )
        if variant.can_run(workload)
    ]
    size = (workload.name, workload.qubits, len(workload.gates), settings.precision)
    if not pairs:
        row = Row(*size, "-", load_average())
        times = interleave({own.label: run_own, **more}, rounds, budget_seconds)
        job = [times[label] for label in more]
        yield replace(row, ionsim_seconds=times[own.label], job_seconds=job[0] if job else ())
    (own_checked, *_) = _variants(ours, _for_check(settings))
    job_seconds: Sequence[float] = ()
    for variant, checked in pairs:
        row = Row(*size, variant.label, load_average())
        try:
            row = replace(row, difference=difference(workload, settings, own_checked, checked))
            calls = {variant.label: variant.prepare(workload), own.label: run_own, **more}
            times = interleave(calls, rounds, budget_seconds)
        except Exception as error:
            # A peer that cannot run a circuit, or gets it wrong, must not end the comparison.
            yield replace(row, error=f"{type(error).__name__}: {error}"[:300])
            continue
        # The way over the body of a job is timed beside the first peer only.
        job_seconds = next((times[label] for label in more), job_seconds)
        more = {}
        yield replace(
            row,
            peer_seconds=times[variant.label],
            ionsim_seconds=times[own.label],
            job_seconds=job_seconds,
        )


def distance(first: Array, second: Array) -> float:
    """Return how far two lists of probabilities, or two states up to their phase, are apart.

    Of probabilities it is the largest difference of any event's probability; of states the norm of
    their difference.

    Examples
    --------
    >>> distance(np.array([0.5, 0.5]), np.array([0.25, 0.75]))
    0.25
    >>> distance(np.array([1j, 0]), np.array([1 + 0j, 0]))
    0.0
    """
    if not np.iscomplexobj(first):
        return float(np.abs(first.astype(np.float64) - second.astype(np.float64)).sum() / 2)
    first, second = first.astype(np.complex128), second.astype(np.complex128)
    overlap = complex(np.vdot(first, second))
    phase = overlap / abs(overlap) if overlap else 1.0
    return float(np.linalg.norm(first * phase - second))


def deviations(first: Array, second: Array, size: int) -> float:
    """Return by how many standard deviations two equally long lists of outcomes differ too much.

    Examples
    --------
    >>> heads, tails = np.zeros(1000, dtype=int), np.ones(1000, dtype=int)
    >>> deviations(heads, tails, 2) > 100
    True
    """
    ones, others = (np.bincount(each.astype(np.int64), minlength=size) for each in (first, second))
    both = ones + others
    # Rare outcomes go together, so that the sum below is close to a chi-square variable.
    usual = both >= 10
    ones, others = (np.append(each[usual], each[~usual].sum()) for each in (ones, others))
    both = np.maximum(ones + others, 1)
    degrees = max(1, int(np.count_nonzero(both > 1)) - 1)
    chi_square = float(((ones - others) ** 2 / both).sum())
    return (chi_square - degrees) / float(np.sqrt(2 * degrees))


def _variants(adapter: Adapter, settings: Settings) -> list[Variant]:
    return adapter.noisy(settings) if settings.is_noisy else adapter.ideal(settings)


def _for_check(settings: Settings) -> Settings:
    return replace(settings, shots=CHECKED_NOISY_SHOTS)


def difference(workload: Workload, settings: Settings, own: Variant, other: Variant) -> float:
    """Compare the results on a small circuit of the same kind; ValueError where they differ."""
    most = CHECKED_NOISY_QUBITS if settings.is_noisy else MOST_CHECKED_QUBITS
    small = make(workload.name, min(workload.qubits, most))
    first, second = own.prepare(small)(), other.prepare(small)()
    if len(first) != len(second):
        raise ValueError(f"{len(second)} results where ionsim has {len(first)}")
    if settings.is_noisy:
        found, allowed = deviations(first, second, 2**small.qubits), MOST_DEVIATIONS
    else:
        found, allowed = distance(first, second), MOST_DISTANCE[settings.precision]
        allowed *= 10 if settings.output == "state" else 1
    if not found <= allowed:
        raise ValueError(f"results differ by {found:.3g}, at most {allowed:.3g} is rounding")
    return found
