"""Run IonQ jobs on your own machine: a fast local simulator for trapped-ion circuits.

Examples
--------
>>> import ionsim
>>> job = ionsim.run({"input": {"qubits": 1, "circuit": [{"gate": "x", "target": 0}]}})
>>> dict(job.results)
{'1': 1.0}
"""

from __future__ import annotations

from .api import (
    estimate,
    expectation,
    noisy_probabilities,
    probabilities,
    run,
    sample,
    sample_bits,
    statevector,
    validate,
)
from .circuit import Circuit, Op
from .engine import VERSION as __version__
from .errors import (
    Failure,
    InputError,
    IonsimError,
    JobFailedError,
    LimitError,
    Problem,
    SimulationError,
)
from .gates import GATES, GateInfo
from .job import Job, JobRequest
from .kraus import KrausChannel
from .machine import info, release_memory
from .noise import MODELS, NoiseModel
from .planning import Estimate, ModeEstimate
from .results import Histogram

__all__ = [
    "GATES",
    "MODELS",
    "Circuit",
    "Estimate",
    "Failure",
    "GateInfo",
    "Histogram",
    "InputError",
    "IonsimError",
    "Job",
    "JobFailedError",
    "JobRequest",
    "KrausChannel",
    "LimitError",
    "ModeEstimate",
    "NoiseModel",
    "Op",
    "Problem",
    "SimulationError",
    "__version__",
    "estimate",
    "expectation",
    "info",
    "noisy_probabilities",
    "probabilities",
    "release_memory",
    "run",
    "sample",
    "sample_bits",
    "statevector",
    "validate",
]
