"""What the core runs on, and the memory that it keeps."""

from __future__ import annotations

from typing import Any

from . import _core
from .engine import VERSION, core_errors

__all__ = ["info", "release_memory"]


def info() -> dict[str, Any]:
    """Describe what the core runs on.

    Returns
    -------
    dict
        ``version``, ``isa``, ``isa_available``, ``threads``, ``memory_available_bytes``, and of
        these ``memory_kept_bytes``, which `release_memory` gives back to the system.

    Examples
    --------
    >>> "portable" in info()["isa_available"]
    True
    """
    with core_errors:
        isa = _core.active_isa()
    return {
        "version": VERSION,
        "isa": isa,
        "isa_available": _core.runnable_isas(),
        "threads": _core.available_threads(),
        "memory_available_bytes": _core.available_memory(),
        "memory_kept_bytes": _core.kept_memory(),
    }


def release_memory() -> None:
    """Give memory that is kept for the next run back to the system.

    Large states and results leave their memory to the next run, at most an eighth of what the
    machine has free, because the first touch of fresh memory takes long. Nothing needs to be
    released for ionsim's own sake: what is kept counts as available.

    Examples
    --------
    >>> release_memory()
    >>> info()["memory_kept_bytes"]
    0
    """
    _core.release_kept_memory()
