"""What every ``ionsim`` command needs from a console: sizes, tables, clean text, exits, Ctrl-C."""

from __future__ import annotations

import io
import os
import re
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, TypeVar

import click

from ..errors import InputError, IonsimError

__all__ = [
    "BAD_INPUT",
    "FAILED",
    "INTERRUPTED",
    "BadInput",
    "Commands",
    "Refusal",
    "byte_size",
    "count",
    "duration",
    "file_name",
    "printable",
    "refusal",
    "table",
    "warn",
]

FAILED = 1
"""Exit code for a job that failed, or is larger than allowed."""
BAD_INPUT = 2
"""Exit code for a job or an option that is wrong."""
INTERRUPTED = 130
"""Exit code after Ctrl-C."""

Result = TypeVar("Result")


class Refusal(click.ClickException):
    """What ends a command: a text for people and an exit code, `FAILED`."""

    exit_code = FAILED

    def __init__(self, message: str) -> None:
        super().__init__(printable(message, keep="\n"))


class BadInput(Refusal):
    """The same with the exit code `BAD_INPUT`."""

    exit_code = BAD_INPUT


def refusal(error: IonsimError, file: str = "") -> Refusal:
    """Return how a command ends after an error of this package, about a file if one is named."""
    about = f"{file_name(file)}: " if file else ""
    kind = BadInput if isinstance(error, InputError) else Refusal
    return kind(f"{about}{error}")


def file_name(file: str) -> str:
    """Return how messages call a file.

    Examples
    --------
    >>> file_name("-"), file_name("bell.json")
    ('standard input', 'bell.json')
    """
    return "standard input" if file == "-" else printable(click.format_filename(file))


class Commands(click.Group):
    """A group of commands that ends cleanly whatever happens to its output, and on Ctrl-C."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; refusals become messages and exit codes."""
        _never_fail_to_encode()
        try:
            if self._hears_interrupts(ctx):
                return self._invoke_and_flush(ctx)
            return _hearing_interrupts(lambda: self._invoke_and_flush(ctx))
        except IonsimError as error:
            raise refusal(error) from error
        except BrokenPipeError:  # the reader has seen enough, as in "ionsim gates | head"
            _discard_output()
            ctx.exit(0)
        except OSError as error:
            _discard_output()
            raise click.ClickException(f"cannot write: {error.strerror or error}") from error
        except MemoryError as error:
            raise click.ClickException("memory ran out") from error

    def _hears_interrupts(self, ctx: click.Context) -> bool:
        """Tell whether the command to come ends cleanly on Ctrl-C by itself."""
        words = [*getattr(ctx, "_protected_args", ()), *ctx.args]  # click < 9 has both
        return bool(words) and getattr(self.commands.get(words[0]), "hears_interrupts", False)

    def _invoke_and_flush(self, ctx: click.Context) -> Any:
        result = super().invoke(ctx)
        if sys.stdout is not None:  # closed, as in "ionsim gates >&-"
            sys.stdout.flush()
        return result


def _hearing_interrupts(work: Callable[[], Result]) -> Result:
    """Do the work on a thread of its own, so that this one hears Ctrl-C at any time.

    Python handles a signal between two steps of the main thread only, and one step can be a long
    call of native code.
    """
    outcome: Future[Result] = Future()
    done = threading.Event()

    def run() -> None:
        try:
            outcome.set_result(work())
        except BaseException as error:
            outcome.set_exception(error)
        done.set()

    try:
        threading.Thread(target=run, name="ionsim", daemon=True).start()
        while not done.wait(0.1):  # without an end, Windows would wait through Ctrl-C
            pass
    except KeyboardInterrupt:
        try:
            gap = "\n" if sys.stderr.isatty() else ""
            click.echo(f"{gap}interrupted", err=True)
        finally:
            os._exit(INTERRUPTED)  # the work holds nothing that must be put in order
    return outcome.result()


def _never_fail_to_encode() -> None:
    """Write what the console's encoding lacks as an escape, as standard error does."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def _discard_output() -> None:
    """Let what is still buffered go nowhere, so that nothing complains at exit."""
    with suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


_SIZE = re.compile(r"\s*(\d{1,15}(?:\.\d{1,15})?)\s*(?:([kmgt])(i?b)?|b)?\s*", re.IGNORECASE)


def byte_size(text: str) -> int:
    """Read a number of bytes such as 4GiB, 500MB or 65536; 4G is 4GiB.

    Raises
    ------
    click.BadParameter
        For anything else, and for less than a byte.

    Examples
    --------
    >>> [byte_size(text) for text in ("64", "1.5KiB", "2k", "10 MB")]
    [64, 1536, 2048, 10000000]
    """
    found = _SIZE.fullmatch(text)
    if found is None:
        raise click.BadParameter(f"{text!r} is no size; write 4GiB, 500MB or a number of bytes")
    number, unit, suffix = found.groups()
    base = 1000 if suffix is not None and suffix.lower() == "b" else 1024
    power = " kmgt".index(unit.lower()) if unit is not None else 0
    size_bytes: int = round(float(number) * base**power)
    if size_bytes < 1:
        raise click.BadParameter("a size is at least one byte")
    return size_bytes


def duration(seconds: float) -> str:
    """Write a time for people.

    Examples
    --------
    >>> duration(2.5e-6), duration(0.012), duration(75), duration(90_000)
    ('2.5 us', '12 ms', '75 s', '25 h')
    """
    units = ((1e-3, "us", 1e-6), (1.0, "ms", 1e-3), (120.0, "s", 1.0), (7200.0, "min", 60.0))
    name, unit = next(((n, u) for limit, n, u in units if seconds < limit), ("h", 3600.0))
    number = seconds / unit
    return f"{number:.2g} {name}" if number < 10 else f"{number:,.0f} {name}"


def count(number: int, what: str) -> str:
    """Write how many there are of something.

    Examples
    --------
    >>> count(1, "qubit"), count(5000, "circuit")
    ('1 qubit', '5,000 circuits')
    """
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def table(rows: Sequence[Sequence[str]]) -> str:
    """Align rows in columns; the first row is the heading.

    Examples
    --------
    >>> print(table([("gate", "unit"), ("rx", "radians")]))
    gate  unit
    rx    radians
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
    return "\n".join(lines)


def printable(text: str, keep: str = "") -> str:
    r"""Escape what would drive a terminal, as names in other people's jobs may.

    Examples
    --------
    >>> printable("caf\xe9 \x1b[2J")
    'café \\x1b[2J'
    """
    if text.isprintable():
        return text
    kept = (each if each.isprintable() or each in keep else _escaped(each) for each in text)
    return "".join(kept)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")


def warn(text: str) -> None:
    """Write a warning to standard error."""
    click.echo(f"Warning: {printable(text)}", err=True)
