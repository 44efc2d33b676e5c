"""The comparison of noisy jobs: the best peer, what is kept, how shots are carried on."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "bench"))

import adapters
import noise
from adapters.base import Settings, Variant
from noise_report import best_peer, table
from noise_works import WORKS, Work
from workloads import NOISY_WORKLOADS, WORKLOADS, Workload

FAKE = Work("small 8", "small", 4, 1000, ("fake",), at_least=3.0, aim=9.0)


def row(seconds: float, work: Work = FAKE, **peers: float) -> dict[str, Any]:
    found = [
        {"label": label.replace("_", " "), "seconds": [each], "shots": work.shots, "error": None}
        for label, each in peers.items()
    ]
    return {
        "work": asdict(work),
        "mode": "frame",
        "load": 0.5,
        "ionsim_seconds": [seconds],
        "again_seconds": [seconds / 2],
        "peers": found,
        "machine": {"cpu": "a processor", "threads": 2},
        "isa": "portable",
        "versions": {"numpy": np.__version__},
    }


def test_every_row_can_be_made_and_names_variants_that_exist() -> None:
    for name, work in WORKS.items():
        assert name == work.name
        assert work.workload in {**WORKLOADS, **NOISY_WORKLOADS}
        assert set(work.beside) & set(work.peers) or not work.beside
        for label in work.peers:
            if adapters.installed(label.split()[0]):
                found = noise.variant(label, noise.settings_for(work, label))
                assert work.qubits <= found.most_qubits or label == "qulacs density"


def test_a_kept_plan_counts_only_against_a_kept_plan() -> None:
    found = row(1.0, a=8.0, b=5.0, b_kept=2.0)
    assert best_peer(found).label == "b"
    assert best_peer(found, kept=True).label == "b kept"
    # Where the peer was measured with a kept plan only, that is what it takes.
    assert best_peer(row(1.0, a=8.0, b_kept=2.0)).label == "b kept"
    aside = replace(FAKE, beside=("b", "b kept"))
    assert best_peer(row(1.0, aside, a=8.0, b=5.0, b_kept=2.0)).label == "a"
    assert best_peer(row(1.0)) is None


def test_the_table_shows_ratios_goals_and_what_was_carried_on() -> None:
    rows = [row(0.001, a=0.05, b=0.02, b_kept=0.004), row(2.0)]
    rows[0]["peers"][1]["shots"] = 10
    text = table(rows)
    first, second = (line for line in text.splitlines() if line.startswith("| small 8"))
    assert "| 1 ms | 500 us | b 20 ms\\* | **20x (8x)** | 3x | 9x | a 50 ms; b kept 4 ms |" in first
    assert "| 2 s | 1 s | - | **-** |" in second


def test_a_row_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    file = tmp_path / "noise.jsonl"
    other = row(3.0, replace(FAKE, name="brick 8"), a=1.0)
    noise.keep(file, [row(1.0, a=2.0)])
    noise.keep(file, [other])
    noise.keep(file, [row(5.0, a=2.0)])
    kept = [json.loads(line) for line in file.read_text().splitlines()]
    assert [each["work"]["name"] for each in kept] == ["brick 8", "small 8"]
    assert kept[1]["ionsim_seconds"] == [5.0]
    assert file.with_suffix(".md").read_text() == table(kept)


class Peer:
    """A simulator that takes so long for being there, and so long for each shot."""

    PACKAGES = ("numpy",)

    def __init__(self, once: float, each: float) -> None:
        self.once, self.each, self.now = once, each, 0.0

    def noisy(self, settings: Settings) -> list[Variant]:
        def prepare(workload: Workload) -> Any:
            def run() -> Any:
                self.now += self.once + settings.shots * self.each
                return np.zeros(settings.shots, dtype=np.uint64)

            return run

        return [Variant("fake", prepare)]


@pytest.mark.parametrize(
    ("once", "each", "fewer"), [(1.0, 1e-4, False), (0.2, 0.01, True), (5.0, 2.0, True)]
)
def test_fewer_shots_are_carried_on_without_the_set_up(
    once: float, each: float, fewer: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    peer = Peer(once, each)

    def timed(*calls: Any) -> float:
        before = peer.now
        for call in calls:
            call()
        return (peer.now - before) / len(calls)

    monkeypatch.setattr(adapters, "load", lambda name: peer)
    monkeypatch.setattr(noise, "timed", timed)
    running = noise._Running(FAKE, Workload("small", 4, ()), "fake")
    running.probe(limit_seconds=4.0)
    running.run()
    assert (running.peer.shots < FAKE.shots) == fewer
    # Of a single shot nothing tells the set-up from the rest.
    alone = running.peer.shots == 1
    expected = FAKE.shots * (once + each) if alone else once + FAKE.shots * each
    assert running.peer.seconds == pytest.approx([expected] * 2)


def test_without_peers_ionsim_is_measured_alone() -> None:
    work = replace(FAKE, peers=(), shots=50)
    found = noise.measure(work, rounds=2, budget_seconds=1)
    assert len(found.ionsim_seconds) == len(found.again_seconds) == 2
    kept = noise.as_json(found, "a command")
    assert kept["mode"] in ("trajectories", "frame", "exact", "erasure")
    assert "| small 8 | 50 |" in table([kept])
