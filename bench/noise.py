r"""Noisy jobs beside other simulators: from the Python call to the shots, peers in the same run.

    python bench/noise.py                              # every row, and its line in results/noise.*
    python bench/noise.py --rows "brick 8,ghz 25" --budget 40
    python bench/noise.py --picture                    # results/noise.svg from what is kept

ionsim plans in every call; "again" is a call that may take the plan of an earlier one. Peers get
their own circuit and noise model ready made. Clifft, whose program is a finished plan, is shown
both ways: "kept" without compiling, to be held against "again". Where a peer would need long for
all shots it gets fewer, and its time is what they took plus as much for each shot that is missing
as the measured ones took; the row says how many it ran.
"""

from __future__ import annotations

import argparse
import gc
import json
import shlex
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from statistics import median
from typing import Any

import adapters
import ionsim
from adapters.base import Settings, Variant
from compare import difference
from measure import LEAST_SECONDS, SETTLE_SECONDS, load_average, machine, versions
from noise_report import best_peer, table
from noise_works import WORKS, Work
from stream import available_threads
from workloads import Workload, make

__all__ = ["Measured", "Peer", "measure"]

RESULTS = Path(__file__).parent / "results" / "noise.jsonl"
GROWTH = 4  # of the shots, until a call takes long enough
# A peer this much slower than the best one is not timed again after its first calls.
HOPELESS = 4.0
LEAST_ROUNDS = 2
MOST_LOOPS = 50
LEAST_LIMIT_SECONDS = 0.5  # what is quicker always runs all shots
WARM_SECONDS = 0.5  # a shorter first call may have been spent on loading something

Call = Callable[[], Any]


@dataclass(slots=True)
class Peer:
    """One way to run a peer: what it took for all shots, measured or carried on from fewer."""

    label: str
    shots: int = 0
    seconds: list[float] = field(default_factory=list)
    error: str | None = None


@dataclass(slots=True)
class Measured:
    """A row of the table, with every single time."""

    work: Work
    gates: int
    mode: str
    load: float
    ionsim_seconds: list[float] = field(default_factory=list)
    again_seconds: list[float] = field(default_factory=list)
    peers: list[Peer] = field(default_factory=list)


class _Running:
    """A peer's variant, with as many shots as there is time for."""

    def __init__(self, work: Work, workload: Workload, label: str) -> None:
        self._workload = workload
        self._settings = settings_for(work, label)
        self._label = label
        self._shots = work.shots
        self._first = self._last = 0.0
        self.peer = Peer(label)

    def check(self, ours: Variant, settings: Settings) -> None:
        """Compare its outcomes with those of ionsim on a small circuit of the kind."""
        checked = replace(self._settings, shots=settings.shots)
        difference(self._workload, settings, ours, variant(self._label, checked))

    def probe(self, limit_seconds: float) -> None:
        """Find out how many shots fit in a call that may take so long."""
        if variant(self._label, self._settings).all_at_once:
            self._choose(self._shots)
            self.peer.seconds.append(self._timed_warm())
            return
        self._choose(1)
        taken = self._first = self._timed_warm()
        while self.peer.shots < self._shots and taken <= limit_seconds / 2:
            self._choose(min(self._shots, self.peer.shots * GROWTH))
            taken = self._timed_warm()
        self.peer.seconds.append(self._carried_on(taken))

    def run(self) -> None:
        calls = [self._call] * loops(self._last)
        self.peer.seconds.append(self._carried_on(timed(*calls)))

    def _choose(self, shots: int) -> None:
        settings = replace(self._settings, shots=shots)
        self._call = variant(self._label, settings).prepare(self._workload)
        self.peer.shots = shots

    def _timed_warm(self) -> float:
        self._last = timed(self._call)
        if self._last < WARM_SECONDS:
            self._last = timed(self._call)
        return self._last

    def _carried_on(self, taken: float) -> float:
        """Return the seconds for all shots; what one shot alone takes may be mostly set-up."""
        if self.peer.shots == self._shots:
            return taken
        if self.peer.shots == 1:
            return taken * self._shots
        each = max(taken - self._first, 0.0) / (self.peer.shots - 1)
        return taken + each * (self._shots - self.peer.shots)


def timed(*calls: Call) -> float:
    """Return the mean seconds of calls that follow each other."""
    gc.collect()
    time.sleep(SETTLE_SECONDS)
    gc.disable()
    try:
        start = time.perf_counter()
        for call in calls:
            result = call()
        taken = time.perf_counter() - start
    finally:
        gc.enable()
    del result
    return taken / len(calls)


def loops(seconds: float) -> int:
    """Return how often a quick call is made at a time: the first after a pause is slow."""
    return max(1, min(MOST_LOOPS, round(LEAST_SECONDS / max(seconds, 1e-6))))


def settings_for(work: Work, label: str) -> Settings:
    """Return how a peer runs: in its own precision, and with whatever it may keep."""
    model = ionsim.MODELS[work.model]
    return Settings(
        precision="complex128" if label.startswith("qulacs") else "complex64",
        threads=available_threads(),
        keep=label not in ("clifft", "clifft schedule"),
        shots=work.shots,
        r1=model.r1,
        r2=model.r2,
    )


def variant(label: str, settings: Settings) -> Variant:
    """Return a simulator's way to run by its label, whose first word is the adapter."""
    found = adapters.load(_adapter(label)).noisy(settings)
    return next(each for each in found if each.label == label)


def _adapter(label: str) -> str:
    return label.partition(" ")[0]


def measure(work: Work, *, rounds: int, budget_seconds: float) -> Measured:
    """Time one row: all peers, ionsim, and ionsim again, in turns.

    Parameters
    ----------
    work : Work
        The row.
    rounds : int
        How often each is timed, where the budget allows it; twice at least, but for peers that
        take longer than that for a single shot.
    budget_seconds : float
        About how long all of it may take.
    """
    start = time.perf_counter()
    workload = make(work.workload, work.qubits)
    settings = settings_for(work, "ionsim")
    label = "ionsim job" if work.from_job else "ionsim"
    planning = variant(label, replace(settings, keep=False)).prepare(workload)
    again = variant(label, settings).prepare(workload)
    mode = _mode(work, workload)
    row = Measured(work, len(workload.gates), mode, load_average())
    first = timed(planning)
    if first < WARM_SECONDS:
        first = timed(planning, planning)
    long = first > budget_seconds / 8
    if long:
        row.ionsim_seconds.append(first)
    else:
        again()  # makes the plan
    labels = [
        label
        for label in work.peers
        if adapters.installed(_adapter(label))
        and variant(label, settings_for(work, label)).can_run(workload)
    ]
    limit = max(LEAST_LIMIT_SECONDS, (budget_seconds - 3 * first) / (rounds * (len(labels) + 1)))
    running = []
    for label in labels:
        each = _Running(work, workload, label)
        row.peers.append(each.peer)
        try:
            checked = replace(settings, shots=2000)
            each.check(variant("ionsim", checked), checked)
            each.probe(limit)
        except Exception as error:
            # A peer that cannot run a circuit, or gets it wrong, must not end the comparison.
            each.peer.error = f"{type(error).__name__}: {error}"[:200]
            continue
        running.append(each)
    best = min((each.peer.seconds[-1] for each in running), default=0.0)
    timely = [each for each in running if each.peer.seconds[-1] <= HOPELESS * best]
    for done in range(rounds):
        if done >= (
            1 if long else LEAST_ROUNDS
        ) and time.perf_counter() - start > budget_seconds * done / (done + 1):
            break
        for each in timely:
            each.run()
        row.ionsim_seconds.append(timed(*[planning] * loops(first)))
        if not long:
            row.again_seconds.append(timed(*[again] * loops(first)))
    return row


def _mode(work: Work, workload: Workload) -> str:
    circuit = ionsim.Circuit(workload.gates, qubits=workload.qubits, gateset=workload.gateset)
    noise = ionsim.MODELS[work.model]
    [found] = ionsim.estimate(circuit, shots=work.shots, noise=noise)
    return str(found.method)


def as_json(row: Measured, command: str) -> dict[str, Any]:
    """Return a row as it is kept: with everything needed to read it alone."""
    packages = {"ionsim", "numpy"}
    for peer in row.peers:
        packages |= set(adapters.load(_adapter(peer.label)).PACKAGES)
    return {
        **asdict(row),
        "command": command,
        "machine": machine(),
        "isa": ionsim.info()["isa"],
        "versions": versions(sorted(packages)),
    }


def keep(file: Path, rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Write rows in place of older ones of the same name, in the table's order."""
    found = {row["work"]["name"]: row for row in (*_read(file), *rows)}
    ordered = [found[name] for name in WORKS if name in found]
    file.write_text("".join(json.dumps(row) + "\n" for row in ordered))
    file.with_suffix(".md").write_text(table(ordered))
    return ordered


def _read(file: Path) -> Iterator[Mapping[str, Any]]:
    if file.exists():
        yield from map(json.loads, file.read_text().splitlines())


def _line(row: Mapping[str, Any]) -> str:
    ours = median(row["ionsim_seconds"])
    start = f"{row['work']['name']:12} {row['mode']:12} {ours:9.3g} s"
    if row["again_seconds"]:
        start += f", again {median(row['again_seconds']):9.3g} s"
    for peer in row["peers"]:
        taken = peer["error"] or f"{median(peer['seconds']):.3g} s of {peer['shots']} shots"
        start += f"\n    {peer['label']:22} {taken}"
    best = best_peer(row)
    return start if best is None else f"{start}\n    x{best.seconds / ours:.3g} ({best.label})"


def main(arguments: Sequence[str]) -> int:
    """Measure what was asked for; returns 1 where a peer broke or results differed."""
    parser = argparse.ArgumentParser(
        prog="bench/noise.py",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    names = ", ".join(WORKS)
    parser.add_argument("--rows", default=",".join(WORKS), metavar="A,B", help=f"of {names}")
    parser.add_argument("--rounds", type=int, default=9, help="timed calls of each")
    parser.add_argument("--budget", type=float, default=45.0, help="seconds a row, about")
    parser.add_argument("--file", type=Path, default=RESULTS, help="rows are kept here")
    parser.add_argument("--dry", action="store_true", help="keep nothing")
    parser.add_argument("--picture", action="store_true", help="only draw what is kept")
    options = parser.parse_args(arguments)
    if options.picture:
        from noise_picture import draw

        draw(list(_read(options.file)), options.file.with_suffix(".svg"))
        return 0
    wanted = [name.strip() for name in options.rows.split(",")]
    if unknown := set(wanted) - set(WORKS):
        parser.error(f"{', '.join(sorted(unknown))}: the rows are {names}")
    command = shlex.join(["python", "bench/noise.py", *arguments])
    broken = False
    for name in wanted:
        row = measure(WORKS[name], rounds=options.rounds, budget_seconds=options.budget)
        found = as_json(row, command)
        if not options.dry:
            keep(options.file, [found])
        print(_line(found), flush=True)
        broken |= any(peer.error for peer in row.peers)
    return int(broken)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
