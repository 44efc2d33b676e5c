"""Running jobs in parts: the same results everywhere, progress, failures of single circuits."""

from __future__ import annotations

import itertools
import multiprocessing
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ionsim
from ionsim import engine, parts
from ionsim.executor import child_seed, execute, random_seed
from ionsim.progress import reporting
from ionsim.wire import read_job

GHZ = [
    {"gate": "h", "target": 0},
    {"gate": "cnot", "control": 0, "target": 1},
    {"gate": "cnot", "control": 1, "target": 2},
]
ROTATIONS = [{"gate": "rx", "target": n, "rotation": 0.3 + n} for n in range(3)]


class HereExecutor(Executor):
    """Runs at once, and remembers the parts it was given."""

    def __init__(self, workers: int = 2) -> None:
        self._max_workers = workers
        self.parts: list[Any] = []

    def submit(self, call: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.parts.append(args[0])
        future: Future[Any] = Future()
        try:
            future.set_result(call(*args, **kwargs))
        except BaseException as error:
            future.set_exception(error)
        return future


class BrokenExecutor(HereExecutor):
    """Loses its workers."""

    def __init__(self, on_submit: bool) -> None:
        super().__init__()
        self.on_submit = on_submit

    def submit(self, call: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        if self.on_submit:
            raise RuntimeError("no workers left")
        future: Future[Any] = Future()
        future.set_exception(OSError("connection lost"))
        return future


def job(circuits: int = 1, shots: int = 3000, model: str = "harmony") -> dict[str, Any]:
    body: dict[str, Any] = {"shots": shots, "noise": {"model": model, "seed": 77}}
    if circuits == 1:
        return {**body, "input": {"qubits": 3, "circuit": [*GHZ, *ROTATIONS]}}
    several = [{"circuit": GHZ[: 1 + n % 3] + ROTATIONS} for n in range(circuits)]
    return {**body, "input": {"circuits": several}}


def same(first: ionsim.Job, second: ionsim.Job) -> bool:
    pairs = zip(first.children or [first], second.children or [second], strict=True)
    return all(
        one.results == other.results and np.array_equal(one.samples, other.samples)
        for one, other in pairs
    )


# --- splitting and merging ------------------------------------------------------------------


@pytest.mark.parametrize("circuits", [1, 2, 3, 11])
@pytest.mark.parametrize("model", ["ideal", "harmony"])
@pytest.mark.parametrize("workers", [1, 2, 5])
def test_parts_merge_to_the_undivided_result(circuits: int, model: str, workers: int) -> None:
    body = job(circuits, model=model)
    executor = HereExecutor(workers)
    assert same(ionsim.run(body, executor=executor), ionsim.run(body))
    if model == "harmony":
        assert len(executor.parts) >= min(workers, 5)


def test_long_jobs_are_cut_by_shots_and_batches_by_circuit() -> None:
    executor = HereExecutor(4)
    ionsim.run(job(1), executor=executor)
    ranges = [part.shot_range for part in executor.parts]
    assert len(ranges) == 8
    assert ranges[0][0] == 0
    assert ranges[-1][1] == 3000
    assert all(before[1] == after[0] for before, after in itertools.pairwise(ranges))
    executor = HereExecutor(2)
    ionsim.run(job(11), executor=executor)
    assert [len(part.programs) for part in executor.parts] == [2, 3, 3, 3]
    assert all(part.shot_range is None for part in executor.parts)
    executor = HereExecutor(4)
    ionsim.run(job(1, shots=100), executor=executor)
    assert len(executor.parts) == 1


def test_threads() -> None:
    body = job(5)
    with ThreadPoolExecutor(2) as executor:
        assert same(ionsim.run(body, executor=executor), ionsim.run(body))


def test_processes() -> None:
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=context) as executor:
        for body in (job(1), job(3), job(3, model="ideal")):
            assert same(ionsim.run(body, executor=executor), ionsim.run(body))


def test_dask() -> None:
    distributed = pytest.importorskip("distributed")
    with (
        distributed.Client(n_workers=1, threads_per_worker=1, processes=False) as client,
        client.get_executor() as executor,
    ):
        body = job(3)
        assert same(ionsim.run(body, executor=executor), ionsim.run(body))


@given(st.integers(1, 40), st.integers(1, 20_000), st.integers(1, 50), st.booleans())
def test_parts_cover_everything_once(programs: int, shots: int, wanted: int, noisy: bool) -> None:
    noise = ionsim.MODELS["aria-1"] if noisy else None
    names = tuple(f"program {n}" for n in range(programs))
    whole = parts.Part(names, tuple(range(programs)), shots, noise, engine.RunOptions())
    covered: dict[str, list[tuple[int, int]]] = {name: [] for name in names}
    found = list(parts._split(whole, wanted))
    for first, part in found:
        assert part.programs == names[first : first + len(part.programs)]
        assert part.seeds == tuple(range(first, first + len(part.programs)))
        assert part.shots == shots
        for name in part.programs:
            covered[name].append(part.shot_range or (0, shots))
    for ranges in covered.values():
        assert ranges[0][0] == 0
        assert ranges[-1][1] == shots
        assert all(one[1] == two[0] for one, two in itertools.pairwise(ranges))
        assert all(begin < end for begin, end in ranges)
    assert len(found) <= max(wanted, 1)


@pytest.mark.parametrize("on_submit", [True, False])
def test_broken_executors(on_submit: bool) -> None:
    with pytest.raises(ionsim.SimulationError, match="worker"):
        ionsim.run(job(), executor=BrokenExecutor(on_submit))


# --- seeds ----------------------------------------------------------------------------------


def test_seeds_of_children_are_distinct_and_in_range() -> None:
    for seed in (1, 2, 12345, 2**31):
        seeds = [child_seed(seed, index) for index in range(5000)]
        assert seeds[0] == seed
        assert len(set(seeds)) == 5000
        assert min(seeds) >= 1
        assert max(seeds) <= 2**31
    near = {child_seed(seed, index) for seed in range(1, 41) for index in range(5000)}
    assert len(near) == 40 * 5000


def test_random_seeds_are_in_range_and_differ() -> None:
    seeds = {random_seed() for _ in range(200)}
    assert len(seeds) > 190
    assert all(1 <= seed <= 2**31 for seed in seeds)


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_threads_change_nothing(threads: int) -> None:
    assert same(ionsim.run(job(3), threads=threads), ionsim.run(job(3)))


# --- failures of single circuits ------------------------------------------------------------


@pytest.mark.parametrize("model", ["ideal", "harmony"])
@pytest.mark.parametrize("broken", [MemoryError("x"), ionsim.SimulationError("boom")])
@pytest.mark.parametrize("elsewhere", [False, True])
def test_a_circuit_that_breaks_leaves_the_others_whole(
    model: str, broken: Exception, elsewhere: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = job(4, model=model)
    whole = ionsim.run(body)
    for name in ("probabilities", "samples"):
        real = getattr(engine, name)

        def fake(programs: Any, *args: Any, real: Any = real, **kwargs: Any) -> Any:
            # Circuit 2 is the only one that is four gates longer than its first.
            if any(program.size == 6 for program in programs):
                raise broken
            return real(programs, *args, **kwargs)

        monkeypatch.setattr(engine, name, fake)
    found = ionsim.run(body, executor=HereExecutor() if elsewhere else None)
    statuses = [child.status for child in found.children]
    assert statuses == ["completed", "completed", "failed", "completed"]
    failure = found.children[2].failure
    assert failure is not None
    is_memory = isinstance(broken, MemoryError)
    assert failure.code == ("CircuitTooLarge" if is_memory else "SimulationError")
    for place in (0, 1, 3):
        assert found.children[place].results == whole.children[place].results


def test_a_single_circuit_that_breaks_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    def fake(*args: Any, **kwargs: Any) -> Any:
        raise ionsim.SimulationError("boom")

    monkeypatch.setattr(engine, "samples", fake)
    with pytest.raises(ionsim.SimulationError, match="boom"):
        ionsim.run(job())


def test_device_limits() -> None:
    gates = [{"gate": "x", "target": n} for n in range(12)]
    body = {"input": {"qubits": 12, "circuit": gates}, "noise": {"model": "harmony", "seed": 1}}
    with pytest.raises(ionsim.LimitError) as caught:
        ionsim.run(body)
    assert (caught.value.code, caught.value.needed, caught.value.allowed) == (
        "NotEnoughQubits", 12, 11,
    )  # fmt: skip
    assert sum(ionsim.run(body, device_limits=False).counts.values()) == 100
    idle = {**body, "input": {"qubits": 29, "circuit": gates[:11]}}
    assert ionsim.run(idle).status == "completed"


def test_memory_limits() -> None:
    gates = [{"gate": "h", "target": n} for n in range(20)]
    with pytest.raises(ionsim.LimitError) as caught:
        ionsim.run({"input": {"qubits": 20, "circuit": gates}}, memory_limit=1_000_000)
    assert caught.value.code == "CircuitTooLarge"
    assert caught.value.needed > caught.value.allowed


def test_a_given_id_is_kept() -> None:
    request = read_job(job(2))
    found = execute(request, engine.RunOptions(), job_id="1234")
    assert found.id == "1234"
    assert {child.parent_id for child in found.children} == {"1234"}


# --- progress -------------------------------------------------------------------------------


@pytest.mark.parametrize("elsewhere", [False, True])
def test_progress_function(elsewhere: bool) -> None:
    fractions: list[float] = []
    executor = HereExecutor() if elsewhere else None
    ionsim.run(job(3, shots=20_000), progress=fractions.append, executor=executor)
    assert fractions == sorted(fractions)
    assert all(0 <= fraction <= 1 for fraction in fractions)
    if elsewhere:
        assert fractions[-1] == 1.0
        assert len(fractions) > 1


def test_an_error_in_the_progress_function_stops_the_run() -> None:
    class Enough(Exception):
        pass

    def stop(fraction: float) -> None:
        raise Enough

    with pytest.raises(Enough):
        ionsim.run(job(3), progress=stop, executor=HereExecutor())


def test_progress_bar_on_demand(capsys: pytest.CaptureFixture[str]) -> None:
    ionsim.run(job(3), progress=True, executor=HereExecutor())
    captured = capsys.readouterr()
    assert "%|" in captured.err
    assert captured.out == ""


@pytest.mark.parametrize("progress", [None, False])
def test_silence_without_a_terminal(
    progress: bool | None, capsys: pytest.CaptureFixture[str]
) -> None:
    ionsim.run(job(3), progress=progress, executor=HereExecutor())
    assert capsys.readouterr().err == ""


def test_no_standard_error_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", None)
    with reporting(None) as report:
        assert report is None
