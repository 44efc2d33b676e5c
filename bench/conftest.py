"""Sizes and shared measurements of the benchmarks."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import pytest

from measure import load_average
from stream import Stream, available_threads, last_level_cache_bytes

LARGEST_KERNEL_QUBITS = 26

# Looking for examples in the adapters would import every peer.
collect_ignore_glob = ["adapters/*"]


@dataclass(frozen=True, slots=True)
class Sizes:
    """How large the benchmarks are."""

    kernel_qubits: dict[str, int]
    kernel_passes: int
    circuit_qubits: tuple[int, ...]
    noisy_qubits: tuple[int, ...]
    shots: int
    rounds: int
    meaningful: bool = True


def full_sizes() -> Sizes:
    """Return sizes for figures: the kernels' state is at least four times the last cache."""
    least = 4 * last_level_cache_bytes()
    qubits = {
        precision: min(LARGEST_KERNEL_QUBITS, (least // amplitude_bytes - 1).bit_length())
        for precision, amplitude_bytes in (("complex64", 8), ("complex128", 16))
    }
    return Sizes(qubits, 6, (8, 12, 16, 20), (5, 8, 11), 1000, 3)


SMOKE = Sizes({"complex64": 9, "complex128": 9}, 2, (8,), (3,), 20, 1, meaningful=False)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--bench-size",
        choices=("full", "smoke"),
        help="smoke: tiny, only to see that all runs; the default with --benchmark-disable",
    )


def sizes_of(config: pytest.Config) -> Sizes:
    chosen = config.getoption("--bench-size")
    disabled = config.getoption("--benchmark-disable", default=False)
    return SMOKE if chosen == "smoke" or (chosen is None and disabled) else full_sizes()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    sizes = dataclasses.asdict(sizes_of(metafunc.config))
    for name in ("circuit_qubits", "noisy_qubits"):
        if name in metafunc.fixturenames:
            metafunc.parametrize(name, sizes[name])


@pytest.hookimpl(optionalhook=True)
def pytest_benchmark_update_machine_info(machine_info: dict[str, Any]) -> None:
    """Leave out of the written figures what names this machine."""
    machine_info.pop("node", None)


@pytest.fixture(scope="session")
def sizes(request: pytest.FixtureRequest) -> Sizes:
    return sizes_of(request.config)


@pytest.fixture(scope="session")
def stream(sizes: Sizes) -> Stream:
    """Arrays as large as the kernels' state, worked on by as many threads."""
    return Stream(8 << sizes.kernel_qubits["complex64"], available_threads())


@pytest.fixture(autouse=True)
def _load(request: pytest.FixtureRequest) -> None:
    """Write the machine's load beside every figure."""
    if "benchmark" in request.fixturenames:
        benchmark = request.getfixturevalue("benchmark")
        benchmark.extra_info["load_average"] = round(load_average(), 2)
