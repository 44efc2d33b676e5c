"""The commands: run, validate, estimate, convert, gates, models, info, and those about servers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import click

import ionsim

from ..errors import PROBLEM_LIMIT, InputError, IonsimError, Problem
from . import options, remote, render
from .console import FAILED, BadInput, Commands, Refusal, count, file_name, refusal, warn
from .convert import convert
from .serve import serve
from .source import Limits, read

__all__ = ["cli", "main"]


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(ionsim.__version__, prog_name="ionsim", message="%(prog)s %(version)s")
def cli() -> None:
    """Run IonQ jobs on this machine.

    A FILE holds the body of POST /v0.3/jobs as JSON, or a program in OpenQASM 2 or 3 or in
    Quipper's ASCII format; - reads standard input.
    """


for command in (serve, remote.submit, remote.jobs, remote.result):
    cli.add_command(command)


def main() -> None:
    """Run the command of ``sys.argv`` and exit."""
    cli(prog_name="ionsim")


@cli.command()
@click.argument("file")
@options.shots
@options.seed
@options.noise
@options.engine
@options.no_device_limits
@options.top
@options.as_json
@options.limits
def run(
    file: str,
    shots: int | None,
    seed: int | None,
    noise: options.NoiseChoice,
    engine: options.EngineChoice,
    no_device_limits: bool,
    top: int,
    as_json: bool,
    limits: Limits,
) -> None:
    """Run the job in FILE and print its results.

    An ideal job gives exact probabilities, a noisy one counts of shots. The JSON is the job with
    its results, as API v0.3 shows them.
    """
    with _about(file):
        job = ionsim.run(
            noise.apply(read(file, limits)),
            shots=shots,
            seed=seed,
            device_limits=not no_device_limits,
            **engine.arguments(),
        )
    _warn(job.warnings)
    _list_failures(file, job)
    pieces = render.job_json(job) if as_json else render.job_text(job, top)
    for piece in pieces:
        click.echo(piece, nl=not as_json)
    if job.failure is not None:
        click.get_current_context().exit(FAILED)


@cli.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@options.noise
@options.memory_limit
@options.no_device_limits
@options.limits
def validate(
    files: tuple[str, ...],
    noise: options.NoiseChoice,
    memory_limit: int | None,
    no_device_limits: bool,
    limits: Limits,
) -> None:
    """Check jobs without running them; list what is wrong."""
    code = 0
    for file in files:
        problems: Sequence[Problem] = ()
        try:
            request = noise.apply(read(file, limits))
            problems = ionsim.validate(
                request, memory_limit=memory_limit, device_limits=not no_device_limits
            )
        except InputError as error:
            problems = error.problems
        except IonsimError as error:
            code = max(code, _complain(refusal(error, file)))
            continue
        except Refusal as unreadable:
            code = max(code, _complain(unreadable))
            continue
        for problem in problems:
            code = max(code, _complain(refusal(InputError(problem), file)))
        if not problems:
            _warn(request.warnings)
            click.echo(f"{file_name(file)}: good, {render.job_size(request)}")
    click.get_current_context().exit(code)


@cli.command()
@click.argument("file")
@options.shots
@options.noise
@options.engine
@options.as_json
@options.limits
def estimate(
    file: str,
    shots: int | None,
    noise: options.NoiseChoice,
    engine: options.EngineChoice,
    as_json: bool,
    limits: Limits,
) -> None:
    """Predict time and memory, circuit by circuit."""
    with _about(file):
        request = noise.apply(read(file, limits))
    _warn(request.warnings)
    rows = []
    for asked in request.circuits:
        with _about(file, fatal=not request.multi):
            if asked.circuit is None:
                raise InputError(asked.problems)
            alone = replace(request, circuits=(asked,))
            [found] = ionsim.estimate(alone, shots=shots, **engine.arguments())
            rows.append((asked.path, asked.name, found))
    if as_json:
        click.echo(render.pretty([render.estimate_json(*row) for row in rows]))
    elif rows:
        click.echo("\n\n".join(render.estimate_text(*row) for row in rows))
    if not rows:
        click.get_current_context().exit(FAILED)


@cli.command()
@click.argument("name", required=False)
@options.as_json
def gates(name: str | None, as_json: bool) -> None:
    """List the gates, or show one of them."""
    found = [gate for gate in ionsim.GATES if name in (None, gate.name)]
    if not found:
        names = ", ".join(dict.fromkeys(gate.name for gate in ionsim.GATES))
        raise BadInput(f"there is no gate {name!r}; there are {names}")
    if as_json:
        click.echo(render.gates_json(found))
    elif name is None:
        click.echo(render.gates_text(found))
    else:
        click.echo("\n\n".join(map(render.gate_text, found)))


@cli.command()
@options.as_json
def models(as_json: bool) -> None:
    """List the noise models."""
    if as_json:
        click.echo(render.models_json(ionsim.MODELS))
    else:
        click.echo(render.models_text(ionsim.MODELS))


@cli.command()
@options.as_json
def info(as_json: bool) -> None:
    """Show version, instruction set, threads and memory."""
    machine = ionsim.info()
    click.echo(render.pretty(machine) if as_json else render.info_text(machine))


cli.add_command(convert)


@contextmanager
def _about(file: str, *, fatal: bool = True) -> Iterator[None]:
    """Name the file in what is refused; go on after what is not fatal."""
    try:
        yield
    except IonsimError as error:
        found = refusal(error, file)
        if fatal:
            raise found from error
        _complain(found)


def _complain(found: Refusal) -> int:
    found.show()
    return found.exit_code


def _list_failures(file: str, job: ionsim.Job) -> None:
    failures = [
        f"{file_name(file)}: circuit {place}: {child.failure.error}"
        for place, child in enumerate(job.children)
        if child.failure is not None
    ]
    for text in failures[:PROBLEM_LIMIT]:
        _complain(Refusal(text))
    if len(failures) > PROBLEM_LIMIT:
        more = count(len(failures) - PROBLEM_LIMIT, "more failed circuit")
        _complain(Refusal(f"{file_name(file)}: {more}; ionsim validate lists them"))


def _warn(warnings: Iterable[str]) -> None:
    for text in warnings:
        warn(text)
