"""The rows of the comparison of noisy jobs: what runs, beside whom, and what must be reached."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

__all__ = ["WORKS", "Work"]

CLIFFT = ("clifft", "clifft schedule")
CLIFFT_KEPT = ("clifft kept", "clifft schedule kept")
# Without its search for a schedule it keeps all qubits of these active.
SCHEDULED = ("clifft schedule", "clifft schedule kept")
QSIM = ("qsimcirq f=2", "qsimcirq f=3")
DENSITY = ("aer density", "qulacs density")
STABILIZER = ("stim", *CLIFFT, *CLIFFT_KEPT)


@dataclass(frozen=True, slots=True)
class Work:
    """A row.

    Parameters
    ----------
    name : str
        How it is asked for.
    workload, qubits, shots, model
        What runs; the workload by its name in `workloads`.
    peers : tuple of str
        Labels of the adapters' variants.
    at_least, aim : float or None
        How many times faster than the best peer ionsim must, and should, be.
    most_seconds, aim_seconds : float or None
        What it must, and should, take; of one shot where `per_shot`.
    beside : tuple of str
        Peers that are shown but not among those it is measured by: simulators of another kind.
    per_shot : bool
        Whether times of one shot are told.
    from_job : bool
        Whether ionsim starts from the text of a job.
    """

    name: str
    workload: str
    qubits: int
    shots: int
    peers: tuple[str, ...]
    at_least: float | None = None
    aim: float | None = None
    most_seconds: float | None = None
    aim_seconds: float | None = None
    model: str = "aria-1"
    beside: tuple[str, ...] = ()
    per_shot: bool = False
    from_job: bool = False


def _circuits(name: str) -> list[Work]:
    few = ("aer", *DENSITY, "qulacs", *QSIM, *CLIFFT, *CLIFFT_KEPT)
    many = ("qulacs", *QSIM, "clifft kept")
    return [
        Work(f"{name} 8", name, 8, 1000, few, 20, 60),
        Work(f"{name} 11", name, 11, 1000, few, 25, 60),
        Work(f"{name} 16", name, 16, 1000, ("aer", *many), 15, 40),
        Work(f"{name} 20", name, 20, 100, many, 6, 12),
    ]


_ROWS = (
    *_circuits("brick"),
    *_circuits("native"),
    Work("dense 25", "dense", 25, 10, QSIM, 4, 10, per_shot=True),
    Work(
        "qaoa 11", "qaoa", 11, 1000, ("aer", *DENSITY, "qulacs", *QSIM, *CLIFFT, *CLIFFT_KEPT),
        10, 30,
    ),
    Work("qaoa 16", "qaoa", 16, 1000, ("aer", "qulacs", *QSIM, *CLIFFT, *CLIFFT_KEPT), 10, 30),
    Work(
        "ghz 25", "ghz", 25, 10_000, ("aer mps", "qsimcirq f=3", "stim", *CLIFFT, *CLIFFT_KEPT),
        50, None, 0.020, 0.005, beside=STABILIZER,
    ),
    Work("tfim 25", "tfim", 25, 1000, (*SCHEDULED, "qsimcirq f=3"), 1, 4, per_shot=True),
    Work(
        "ladder 25", "ladder", 25, 1000, (*SCHEDULED, "qsimcirq f=3"),
        1, 4, per_shot=True,
    ),
    Work("uccsd 24", "uccsd", 24, 1000, ("qsimcirq f=3", "aer", *SCHEDULED), 50, 300),
    Work("qft 25", "qft", 25, 1000, SCHEDULED, None, None, 0.030, 0.010),
    Work(
        "tfim 36", "tfim", 36, 1000, SCHEDULED, None, None, 2e-3, 0.5e-3,
        model="forte-1", per_shot=True,
    ),
    # What sharing saves grows with the shots.
    Work("qaoa 16 many", "qaoa", 16, 20_000, (*CLIFFT, *CLIFFT_KEPT)),
    Work("brick 13 many", "brick", 13, 20_000, (*CLIFFT, *CLIFFT_KEPT)),
    Work(
        "small 8", "small", 8, 1000, ("aer", *DENSITY, "qulacs", *QSIM, *CLIFFT, *CLIFFT_KEPT),
        None, None, 3e-3, 0.8e-3, from_job=True,
    ),
)  # fmt: skip

WORKS: Mapping[str, Work] = MappingProxyType({work.name: work for work in _ROWS})
"""All rows by name, in the order of the table."""
