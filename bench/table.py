"""Rows of calls that are timed in turns, and the file that keeps their times."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from measure import interleave, load_average, machine, median, versions

__all__ = ["Row", "keep", "time_rows"]


@dataclass(frozen=True, slots=True)
class Row:
    """One task, and who does it."""

    name: str
    calls: Mapping[str, Callable[[], Any]]


def time_rows(rows: Sequence[Row], rounds: int, budget_seconds: float) -> dict[str, Any]:
    """Time each row, printing median and minimum; return all times."""
    load = load_average()
    found = []
    for row in rows:
        times = interleave(row.calls, rounds, budget_seconds)
        print(row.name)
        for name, seconds in times.items():
            values = f"{median(seconds) * 1e3:12.2f}{min(seconds) * 1e3:12.2f} ms"
            ratio = median(seconds) / median(times["ionsim"])
            print(f"    {name:20}{values}{ratio:10.1f} x")
        found.append({"name": row.name, "seconds": times})
    return {"load": [load, load_average()], "rows": found}


def keep(
    report: Mapping[str, Any],
    file: str | None,
    script: str,
    arguments: Sequence[str] | None,
    packages: Sequence[str],
) -> None:
    """Write a report with its command, the machine and the versions, if a file is named."""
    if file is None:
        return
    command = ["python", script, *(sys.argv[1:] if arguments is None else arguments)]
    head = {
        "command": shlex.join(command),
        "machine": machine(),
        "versions": versions(packages),
    }
    Path(file).write_text(json.dumps({**head, **report}, indent=1) + "\n")
