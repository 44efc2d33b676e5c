"""Progress of long work: a bar on a terminal, a function of the caller, or silence."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, TypeAlias

from tqdm import tqdm

__all__ = ["Progress", "reporting"]

Progress: TypeAlias = bool | Callable[[float], None] | None
"""True or False, a function of the fraction done, or None: a bar on a terminal, for long work."""


def reporting(progress: Progress) -> AbstractContextManager[Callable[[float], None] | None]:
    """Give, in a context, the function that takes the fraction done, or None for silence."""
    if callable(progress):
        return nullcontext(progress)
    on_terminal = sys.stderr is not None and sys.stderr.isatty()
    if progress or (progress is None and on_terminal):
        return _bar(asked_for=bool(progress))
    return nullcontext(None)


@contextmanager
def _bar(*, asked_for: bool) -> Iterator[Callable[[float], None]]:
    form = "{l_bar}{bar}| {elapsed}<{remaining}"
    # Only work that lasts is worth a bar, unless it was asked for.
    delay = 0.0 if asked_for else 0.5
    with tqdm(total=1.0, bar_format=form, delay=delay, leave=False) as bar:
        yield lambda fraction: _advance(bar, fraction)


def _advance(bar: Any, fraction: float) -> None:
    bar.update(max(0.0, min(fraction, 1.0) - bar.n))
