"""The kept rows of the comparison of noisy jobs, as a table for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

__all__ = ["Best", "best_peer", "table"]

HEAD = """# Noisy jobs

Written by `python bench/noise.py`, which [../README.md](../README.md) explains; every single time
is in `noise.jsonl`. Medians, from the Python call to the shots. ionsim plans in every call; "again"
is a call that takes the plan of an earlier one. "kept" in a peer's name means the same of it, and
the ratio in brackets compares these two. `*`: of fewer shots, carried on to all.

"""
COLUMNS = (
    *("work", "shots", "mode", "ionsim", "again", "best peer", "ratio", "at least", "aim"),
    "other peers",
)


@dataclass(frozen=True, slots=True)
class Best:
    """A peer and its median time for all shots."""

    label: str
    seconds: float


def best_peer(row: Mapping[str, Any], *, kept: bool = False) -> Best | None:
    """Return the fastest peer that counts; with `kept`, one that keeps its plan too.

    Examples
    --------
    >>> peers = [{"label": "a", "seconds": [2.0]}, {"label": "b kept", "seconds": [1.0]}]
    >>> row = {"work": {"beside": []}, "peers": peers}
    >>> best_peer(row), best_peer(row, kept=True)
    (Best(label='a', seconds=2.0), Best(label='b kept', seconds=1.0))
    """
    plain = {peer["label"] for peer in row["peers"]}
    found = [
        Best(peer["label"], median(peer["seconds"]))
        for peer in row["peers"]
        if peer["seconds"]
        and peer["label"] not in row["work"]["beside"]
        # A peer that was measured with its plan kept only is always taken by that.
        and (kept or peer["label"].removesuffix(" kept") not in plain - {peer["label"]})
    ]
    return min(found, key=lambda best: best.seconds, default=None)


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return the rows as markdown, below what explains them."""
    lines = [_joined(COLUMNS), _joined(["---"] * len(COLUMNS))]
    lines += [_joined(_cells(row)) for row in rows]
    machines = {
        f"{row['machine']['cpu']}, {row['machine']['threads']} threads, {row['isa']}"
        for row in rows
    }
    loads = [row["load"] for row in rows]
    found = {f"{name} {value}" for row in rows for name, value in row["versions"].items()}
    last = f"Load of the machine {min(loads):.1f} to {max(loads):.1f}. {', '.join(sorted(found))}."
    return "\n".join([HEAD + "\n".join(lines), "", *sorted(machines), last, ""])


def _cells(row: Mapping[str, Any]) -> list[str]:
    work = row["work"]
    ours = median(row["ionsim_seconds"])
    again = median(row["again_seconds"]) if row["again_seconds"] else None
    best, kept = best_peer(row), best_peer(row, kept=True)
    ratio = "-"
    if best is not None:
        ratio = _times(best.seconds / ours)
        if again is not None and kept is not None and kept != best:
            ratio += f" ({_times(kept.seconds / again)})"
    named = "-" if best is None else f"{best.label} {_seconds(row, best.seconds)}"
    others = [
        _peer(row, peer) for peer in row["peers"] if best is None or peer["label"] != best.label
    ]
    if best is not None and _carried(row, best.label):
        named += "\\*"
    return [
        work["name"] if work["model"] == "aria-1" else f"{work['name']}, {work['model']}",
        f"{work['shots']:,}",
        row["mode"],
        _seconds(row, ours),
        "-" if again is None else _seconds(row, again),
        named,
        f"**{ratio}**",
        _goal(work["at_least"], work["most_seconds"]),
        _goal(work["aim"], work["aim_seconds"]),
        "; ".join(others),
    ]


def _peer(row: Mapping[str, Any], peer: Mapping[str, Any]) -> str:
    if not peer["seconds"]:
        return f"{peer['label']} failed"
    text = f"{peer['label']} {_seconds(row, median(peer['seconds']))}"
    return text + ("\\*" if _carried(row, peer["label"]) else "")


def _carried(row: Mapping[str, Any], label: str) -> bool:
    return any(
        peer["label"] == label and peer["shots"] < row["work"]["shots"] for peer in row["peers"]
    )


def _goal(ratio: float | None, seconds: float | None) -> str:
    found = [] if ratio is None else [_times(ratio)]
    return ", ".join([*found, *([] if seconds is None else [_text(seconds)])]) or "-"


def _seconds(row: Mapping[str, Any], seconds: float) -> str:
    if row["work"]["per_shot"]:
        return f"{_text(seconds / row['work']['shots'])}/shot"
    return _text(seconds)


def _text(seconds: float) -> str:
    for factor, unit in ((1.0, "s"), (1e-3, "ms")):
        if seconds >= 0.9995 * factor:  # what would be rounded to a thousand of the next unit
            return f"{seconds / factor:.3g} {unit}"
    return f"{seconds * 1e6:.3g} us"


def _times(ratio: float) -> str:
    return f"{ratio:.0f}x" if ratio >= 10 else f"{ratio:.2g}x"


def _joined(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
