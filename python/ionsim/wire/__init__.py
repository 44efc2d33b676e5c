"""The provider's JSON, both ways: job bodies in, job and result shapes out."""

from __future__ import annotations

from .shots import render_register_shots
from .state import ChildState, JobState, iso_time
from .submitted import first_state
from .v0_3 import read_circuit, read_job, read_job_or_problems
from .v0_3_out import render_creation, render_job, render_results
from .v0_3_state import state_v0_3
from .v0_4 import Submission, read_submission
from .v0_4_out import creation_v0_4, state_v0_4

__all__ = [
    "ChildState",
    "JobState",
    "Submission",
    "creation_v0_4",
    "first_state",
    "iso_time",
    "read_circuit",
    "read_job",
    "read_job_or_problems",
    "read_submission",
    "render_creation",
    "render_job",
    "render_register_shots",
    "render_results",
    "state_v0_3",
    "state_v0_4",
]
