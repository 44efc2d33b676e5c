"""The kept rows of the comparison of noisy jobs, as a picture (`noise.py --picture`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import matplotlib as mpl

from noise_report import best_peer

__all__ = ["draw"]

# Tones that stand out from a white page as well as from a black one.
OURS, THEIRS, TEXT, LINES = "#2f81f7", "#db6d28", "#7d8590", "#8b949e"
SETTINGS: Any = {
    "font.family": "sans-serif",
    "font.size": 10,
    "svg.fonttype": "none",  # text stays text: a tenth of the size
    "svg.hashsalt": "ionsim",  # the same figures give the same file
    "text.color": TEXT,
    "axes.labelcolor": TEXT,
    "axes.edgecolor": LINES,
    "xtick.color": TEXT,
    "ytick.color": TEXT,
}
ROW_INCHES = 0.27


def draw(rows: Sequence[Mapping[str, Any]], file: Path) -> None:
    """Write a picture of the time of every job, on ionsim and on its best peer.

    Parameters
    ----------
    rows : sequence of mapping
        As they are kept.
    file : Path
        Its ending says the kind of picture.
    """
    mpl.use("Agg")
    import matplotlib.pyplot as plt

    shown = [(row, best) for row in rows if (best := best_peer(row)) is not None]
    with mpl.rc_context(SETTINGS):
        figure, axes = plt.subplots(figsize=(7.6, 1.3 + ROW_INCHES * len(shown)))
        for line, (row, best) in enumerate(shown):
            ours = median(row["ionsim_seconds"])
            axes.plot([ours, best.seconds], [line, line], color=LINES, alpha=0.5, linewidth=2)
            axes.plot(ours, line, "o", color=OURS, markersize=7)
            axes.plot(best.seconds, line, "o", color=THEIRS, markersize=7)
            name = best.label.removesuffix(" kept").split(" f=")[0]
            name = name.replace(" schedule", "").replace("qsimcirq", "qsim")
            right = max(ours, best.seconds)
            note = f"{name}, {_times(best.seconds / ours)}"
            axes.annotate(
                note, (right, line), (8, 0), textcoords="offset points", va="center", fontsize=8.5
            )
        axes.set_xscale("log")
        axes.set_yticks(range(len(shown)), [_name(row) for row, _ in shown])
        axes.invert_yaxis()
        axes.set_xlim(right=axes.get_xlim()[1] * 40)
        axes.set_xlabel("seconds a job, from the Python call to the shots")
        axes.grid(axis="x", color=LINES, alpha=0.25)
        axes.spines[["top", "right", "left"]].set_visible(False)
        axes.tick_params(axis="y", length=0)
        axes.minorticks_off()
        for color, label in ((OURS, "ionsim"), (THEIRS, "fastest other simulator")):
            axes.plot([], [], "o", color=color, label=label)
        axes.legend(loc="lower center", bbox_to_anchor=(0.4, 1.0), ncols=2, frameon=False)
        metadata = {"Date": None} if file.suffix == ".svg" else None
        figure.savefig(file, transparent=True, bbox_inches="tight", dpi=150, metadata=metadata)
        plt.close(figure)


def _name(row: Mapping[str, Any]) -> str:
    work = row["work"]
    return f"{work['workload']}, {work['qubits']} qubits, {work['shots']:,} shots"


def _times(ratio: float) -> str:
    return f"{ratio:,.0f}x" if ratio >= 10 else f"{ratio:.1f}x"
