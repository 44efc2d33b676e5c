r"""Measure other simulators beside ionsim, on the same circuits and in the same run.

    python bench/peers.py --n 12,20 --workloads brick,qft --json bench/results/ideal.json
    python bench/peers.py --noise aria-1 --shots 1000 --n 8,11

Timed is what a user waits for: from the simulator's own, ready circuit to a NumPy array. Turning
the neutral gate list into that circuit is not timed. ionsim is timed from its `Circuit` and, in a
column of its own, from the body of a job. Peer and ionsim take turns, so that a machine that
becomes slower is slower for both. Before a row is timed, the results are compared on up to 10
qubits; a row whose results differ is not timed.
"""

from __future__ import annotations

import argparse
import dataclasses
import gc
import json
import math
import os
import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import adapters
from adapters.base import Settings
from compare import Row, compare
from limits import Distance, Limits
from measure import load_average, machine, versions
from stream import Stream, available_threads
from workloads import WORKLOADS, Workload, make

PRECISIONS = ("complex64", "complex128")
NOISY_WORKLOADS = ("ghz", "brick", "native", "qaoa")
STREAM_BYTES = 256 << 20
# The OpenMP peers read these when they are loaded.
THREAD_VARIABLES = ("OMP_NUM_THREADS", "QULACS_NUM_THREADS")

TABLE_HEAD = (
    f"{'workload':8} {'n':>3} {'precision':10} {'peer':14} {'peer s':>10} {'(min)':>10} "
    f"{'ionsim s':>10} {'(min)':>10} {'ratio':>7} {'job s':>10} {'load':>5}"
)


def main(arguments: Sequence[str]) -> int:
    """Run a comparison; returns 1 where results differed or a peer broke."""
    options = _parse(arguments)
    if options.threads != available_threads():
        os.environ.update(dict.fromkeys(THREAD_VARIABLES, str(options.threads)))
    if not adapters.installed("ionsim"):
        print("ionsim is not installed in this environment", file=sys.stderr)
        return 2
    ours = adapters.load("ionsim")
    if options.noise and options.noise not in _models():
        print(f"no noise model {options.noise}: there are {', '.join(_models())}", file=sys.stderr)
        return 2
    for name in options.peers:
        if not adapters.installed(name):
            print(f"{name} is not installed and is left out", file=sys.stderr)
    peers = [adapters.load(name) for name in options.peers if adapters.installed(name)]
    # The many objects of the peers' modules stay out of the collections between the rounds.
    gc.collect()
    gc.freeze()
    packages = [package for adapter in (ours, *peers) for package in adapter.PACKAGES]
    report: dict[str, Any] = {
        "command": shlex.join(["python", "bench/peers.py", *arguments]),
        "machine": machine(),
        "versions": versions(packages),
        "info": _info(),
        "load": [load_average()],
        "stream_gb_per_s": [_stream(options.threads)],
    }
    _print_header(report)
    rows: list[Row] = []
    limits = Limits(options.threads)
    for workload, settings in _cases(options):
        for row in compare(
            workload,
            settings,
            ours,
            peers,
            rounds=options.rounds,
            budget_seconds=options.budget,
        ):
            rows.append(row if options.noise else _with_limit(row, workload, limits))
            print(_line(row), flush=True)
    _print_best(rows)
    _print_limits(rows)
    report["load"].append(load_average())
    report["stream_gb_per_s"].append(_stream(options.threads))
    report["rows"] = [_as_json(row) for row in rows]
    if options.json:
        options.json.write_text(json.dumps(report, indent=1) + "\n")
    return int(any(row.error for row in rows))


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="bench/peers.py",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    for name, default, meaning in (
        ("--n", ("12",), "numbers of qubits"),
        ("--workloads", (), f"default: all of {', '.join(WORKLOADS)}"),
        ("--peers", tuple(adapters.PEERS), f"of {', '.join(adapters.PEERS)}, or none"),
        ("--precision", PRECISIONS, f"of {', '.join(PRECISIONS)}"),
    ):
        parser.add_argument(name, type=_listed, default=default, metavar="A,B", help=meaning)
    parser.add_argument("--rounds", type=int, default=7, help="timed calls of each")
    parser.add_argument(
        "--budget", type=float, default=120.0, help="seconds a row, with 2 rounds at least"
    )
    parser.add_argument("--threads", type=int, default=available_threads())
    parser.add_argument("--output", choices=("probabilities", "state"), default="probabilities")
    parser.add_argument(
        "--keep",
        action="store_true",
        help="a translated or optimized circuit is kept between the rounds, by ionsim its plan",
    )
    parser.add_argument(
        "--noise", nargs="?", const="aria-1", metavar="MODEL", help="noisy shots; default aria-1"
    )
    parser.add_argument("--shots", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0, help="of the circuits")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write all numbers here")
    options = parser.parse_args(arguments)
    workloads = NOISY_WORKLOADS if options.noise else tuple(WORKLOADS)
    options.workloads = options.workloads or workloads
    options.peers = [name for name in options.peers if name != "none"]
    for given, known in (
        (options.workloads, workloads),
        (options.peers, tuple(adapters.PEERS)),
        (options.precision, PRECISIONS),
    ):
        if unknown := set(given) - set(known):
            parser.error(f"{', '.join(sorted(unknown))}: here there are {', '.join(known)}")
    if not all(text.isdigit() and int(text) for text in options.n):
        parser.error("--n takes whole numbers, such as 12,20")
    return options


def _listed(text: str) -> tuple[str, ...]:
    return tuple(text.split(","))


def _cases(options: argparse.Namespace) -> Iterator[tuple[Workload, Settings]]:
    rates = {}
    if options.noise:
        model = _models()[options.noise]
        rates = {"r1": model.r1, "r2": model.r2}
    for name in options.workloads:
        for qubits in map(int, options.n):
            for precision in options.precision:
                yield (
                    make(name, qubits, options.seed),
                    Settings(
                        precision=precision,
                        threads=options.threads,
                        output=options.output,
                        keep=options.keep,
                        shots=options.shots,
                        **rates,
                    ),
                )


def _models() -> Mapping[str, Any]:
    import ionsim

    models: Mapping[str, Any] = ionsim.MODELS
    return models


def _info() -> dict[str, Any]:
    import ionsim

    return {key: value for key, value in ionsim.info().items() if key.startswith("isa")}


def _stream(threads: int) -> dict[str, float]:
    stream = Stream(STREAM_BYTES, threads)
    return {"multiply": round(stream.multiply(), 2), "copy": round(stream.copy(), 2)}


def _with_limit(row: Row, workload: Workload, limits: Limits) -> Row:
    """Say how far ionsim was from what the machine can do."""
    if not row.ionsim_seconds:
        return row
    import ionsim

    circuit = ionsim.Circuit(workload.gates, qubits=workload.qubits, gateset=workload.gateset)
    expected = ionsim.estimate(circuit, precision=row.precision)[0]
    distance = limits.distance(expected, row.precision, median(row.ionsim_seconds))
    return dataclasses.replace(row, limit=dataclasses.asdict(distance))


def _print_header(report: dict[str, Any]) -> None:
    found = ", ".join(f"{name} {version}" for name, version in report["versions"].items())
    machine = report["machine"]
    stream = report["stream_gb_per_s"][0]
    print(f"{machine['cpu']}, {machine['threads']} threads, load {report['load'][0]:.2f}")
    print(f"memory: {stream['multiply']} GB/s multiply in place, {stream['copy']} GB/s copy")
    print(found)
    print()
    print(TABLE_HEAD, flush=True)


def _line(row: Row) -> str:
    start = f"{row.workload:8} {row.qubits:3} {row.precision:10} {row.peer:14} "
    if row.error:
        return start + row.error
    seconds = " ".join(
        f"{median(times):10.3g} {min(times):10.3g}" if times else f"{'-':>10} {'-':>10}"
        for times in (row.peer_seconds, row.ionsim_seconds)
    )
    ratio = f"{row.ratio:7.2f}" if row.ratio is not None else f"{'-':>7}"
    job = f"{median(row.job_seconds):10.3g}" if row.job_seconds else f"{'-':>10}"
    return f"{start}{seconds} {ratio} {job} {row.load:5.2f}"


def _print_best(rows: Sequence[Row]) -> None:
    """Print, for each circuit, the peer of the same precision that is closest, and of any.

    In the same precision it is the smallest ratio of two that ran in turns: the machine drifts
    between rows.
    """
    done = [row for row in rows if row.peer_seconds]
    if not done:
        return
    print(
        f"\n{'workload':8} {'n':>3} {'precision':10} closest peer, ratio; fastest of any precision"
    )
    for case in dict.fromkeys((row.workload, row.qubits, row.precision) for row in done):
        same = [row for row in done if (row.workload, row.qubits, row.precision) == case]
        closest = min(same, key=lambda row: row.ratio or math.inf)
        ours = median(seconds for row in same for seconds in row.ionsim_seconds)
        fastest = min(
            (row for row in done if (row.workload, row.qubits) == case[:2]),
            key=lambda row: median(row.peer_seconds),
        )
        print(
            f"{case[0]:8} {case[1]:3} {case[2]:10} {closest.peer} {closest.ratio:.2f}; "
            f"{fastest.peer} ({fastest.precision}) {median(fastest.peer_seconds) / ours:.2f}"
        )


def _print_limits(rows: Sequence[Row]) -> None:
    """Print, for each circuit, how far ionsim's best row is from what the machine can do."""
    best: dict[tuple[str, int, str], Distance] = {}
    for row in rows:
        if row.limit is not None:
            case, distance = (row.workload, row.qubits, row.precision), Distance(**row.limit)
            if case not in best or distance.of_limit > best[case].of_limit:
                best[case] = distance
    if best:
        print(f"\n{'workload':8} {'n':>3} {'precision':10} ionsim and the machine")
    for (name, qubits, precision), distance in best.items():
        print(f"{name:8} {qubits:3} {precision:10} {distance}")


def _as_json(row: Row) -> dict[str, Any]:
    fields = {**dataclasses.asdict(row), "ratio": row.ratio}
    return {name: value for name, value in fields.items() if value not in (None, ())}


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
