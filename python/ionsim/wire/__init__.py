"""The provider's JSON, both ways: job bodies in, job and result shapes out."""

from __future__ import annotations

from .shots import render_register_shots
from .v0_3 import read_circuit, read_job, read_job_or_problems
from .v0_3_out import render_creation, render_job, render_results

__all__ = [
    "read_circuit",
    "read_job",
    "read_job_or_problems",
    "render_creation",
    "render_job",
    "render_register_shots",
    "render_results",
]
