"""How a finished job came about: its noise, and when it ran."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from .kraus import KrausChannel

__all__ = ["NoiseUsed", "Timing"]


@dataclass(frozen=True, slots=True)
class NoiseUsed:
    """The noise of a finished job, with every number that was used.

    Attributes
    ----------
    model : str
        Name of the model, such as ``aria-1``.
    seed : int
        Seed of noise and sampling; the same job with it gives the same counts.
    r1, r2 : float
        Depolarizing probabilities after gates on one and on two qubits.
    readout_flip : float
        Probability that a measured bit flips.
    kraus1, kraus2 : KrausChannel or None
        Further channels after gates on one and on two qubits; not in the repr.
    """

    model: str
    seed: int
    r1: float = 0.0
    r2: float = 0.0
    readout_flip: float = 0.0
    kraus1: KrausChannel | None = field(default=None, repr=False)
    kraus2: KrausChannel | None = field(default=None, repr=False)

    @property
    def is_ideal(self) -> bool:
        """Nothing disturbed the circuit."""
        rates = self.r1 or self.r2 or self.readout_flip
        return not (rates or self.kraus1 or self.kraus2)


@dataclass(frozen=True, slots=True)
class Timing:
    """When a job was asked for, began and ended.

    Attributes
    ----------
    request, start, response : int
        Unix seconds.
    execution_time_ms : float
        Milliseconds from start to response. The circuits of a job run together, so that its
        children show the time of all.
    """

    request: int
    start: int
    response: int
    execution_time_ms: float
    _predict: Callable[[], float] | None = field(default=None, repr=False, compare=False)
    _cache: dict[str, float] = field(default_factory=dict, repr=False, compare=False)

    @property
    def predicted_execution_time_ms(self) -> float:
        """What the planner expects, in milliseconds; asked when somebody wants to know."""
        if "predicted" not in self._cache:
            self._cache["predicted"] = 0.0 if self._predict is None else self._predict()
        return self._cache["predicted"]
