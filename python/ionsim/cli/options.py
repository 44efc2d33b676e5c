"""The options that commands share; those that belong together arrive as one value."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

import click

import ionsim

from ..errors import InputError
from ..job import MAX_SEED, MAX_SHOTS
from ..noise import get_model
from ..run_options import MODES, PRECISIONS
from .console import byte_size
from .source import Limits

__all__ = [
    "EngineChoice",
    "NoiseChoice",
    "as_json",
    "engine",
    "limits",
    "memory_limit",
    "no_device_limits",
    "noise",
    "seed",
    "shots",
    "top",
]

Command = TypeVar("Command", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class NoiseChoice:
    """What the options say about the noise; None leaves the job's own."""

    noise: ionsim.NoiseModel | None
    r1: float | None
    r2: float | None
    readout_flip: float | None

    def apply(self, request: ionsim.JobRequest) -> ionsim.JobRequest:
        """Return the request with this noise."""
        model = request.noise if self.noise is None else self.noise
        numbers = {"r1": self.r1, "r2": self.r2, "readout_flip": self.readout_flip}
        return replace(request, noise=model.replace(**numbers))


def _model(name: str) -> ionsim.NoiseModel:
    try:
        return get_model(name)
    except InputError as error:
        raise click.BadParameter(f"{name!r}; allowed: {error.problems[0].allowed}") from error


@dataclass(frozen=True, slots=True)
class EngineChoice:
    """How to run."""

    precision: str | None
    threads: int | None
    no_fuse: bool
    mode: str
    trajectories: int | None
    memory_limit: int | None

    def arguments(self) -> dict[str, Any]:
        """Return the arguments of `ionsim.run`."""
        return {
            "precision": self.precision,
            "threads": self.threads,
            "fuse": not self.no_fuse,
            "mode": self.mode,
            "trajectories": self.trajectories,
            "memory_limit": self.memory_limit,
        }


def _packed(
    name: str, pack: type[Any], *options: Callable[[Command], Command]
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add options to a command, which gets their values as one value of the dataclass `pack`."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(command)
        def packed(**given: Any) -> Any:
            values = {field.name: given.pop(field.name) for field in fields(pack)}
            return command(**given, **{name: pack(**values)})

        outer: Any = packed
        for option in reversed(options):
            outer = option(outer)
        return outer  # type: ignore[no-any-return]

    return decorate


_RATE = click.FloatRange(0, 1)
memory_limit = click.option(
    "--memory-limit",
    type=byte_size,
    metavar="SIZE",
    help="Such as 4GiB.  [default: 80 % of what is free]",
)
limits = _packed(
    "limits",
    Limits,
    click.option(
        "--max-bytes", type=byte_size, metavar="SIZE", default="10MB", show_default=True,
        help="Largest text of a job.",
    ),
    click.option(
        "--max-circuits", type=click.IntRange(1), metavar="N", default=5_000, show_default=True,
        help="Most circuits of a job.",
    ),
    click.option(
        "--max-gates", type=click.IntRange(1), metavar="N", default=150_000, show_default=True,
        help="Most gates of a job, its circuits together.",
    ),
)  # fmt: skip
noise = _packed(
    "noise",
    NoiseChoice,
    click.option(
        "--noise", type=_model, metavar="MODEL", help="Noise model in place of the job's."
    ),
    click.option(
        "--r1", type=_RATE, metavar="RATE", help="Depolarizing rate after gates on one qubit."
    ),
    click.option(
        "--r2", type=_RATE, metavar="RATE", help="Depolarizing rate after gates on two qubits."
    ),
    click.option(
        "--readout-flip", type=_RATE, metavar="RATE", help="Probability that a measured bit flips."
    ),
)
engine = _packed(
    "engine",
    EngineChoice,
    click.option(
        "--precision", type=click.Choice(PRECISIONS),
        help="Of the amplitudes.  [default: complex128, with noise complex64]",
    ),
    click.option(
        "--threads", type=click.IntRange(1), metavar="N", help="At most so many.  [default: all]"
    ),
    click.option("--no-fuse", is_flag=True, help="Run gate by gate, without merging any."),
    click.option(
        "--mode", type=click.Choice(MODES), default="auto", show_default=True,
        help="How noisy shots are made.",
    ),
    click.option(
        "--trajectories", type=click.IntRange(1), metavar="N",
        help="Let noisy shots share so many error histories.  [default: one each]",
    ),
    memory_limit,
)  # fmt: skip
shots = click.option(
    "--shots", type=click.IntRange(1, MAX_SHOTS), metavar="N", help="Shots in place of the job's."
)
no_device_limits = click.option(
    "--no-device-limits", is_flag=True, help="Lift the qubit limit of the noise model."
)
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
seed = click.option(
    "--seed", type=click.IntRange(1, MAX_SEED), metavar="N", help="Seed in place of the job's."
)
top = click.option(
    "--top", type=click.IntRange(1), metavar="N", default=10, show_default=True,
    help="How many outcomes of a circuit get a bar.",
)  # fmt: skip
