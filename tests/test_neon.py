"""The NEON kernels: cross-compiled, emulated, and compared bit by bit with this machine's."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
NEEDED = ("aarch64-linux-gnu-g++", "qemu-aarch64", "cmake", "ninja")
# Memory and numbers, all shapes of steps, the register interpreter, the kernels of sixteen lanes.
TESTS = (
    "test_base",
    "test_kernels",
    "test_blocked",
    "test_frame",
    "test_frame_visits",
    "test_lanes",
)
MISSING = [name for name in NEEDED if shutil.which(name) is None]

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(
        bool(MISSING),
        reason=f"needs {', '.join(MISSING)} (Debian: g++-aarch64-linux-gnu, qemu-user)",
    ),
]


def build(folder: Path, *options: str) -> Path:
    common = ["-DIONSIM_PYTHON=OFF", "-DIONSIM_TESTS=ON", "-DIONSIM_WERROR=ON"]
    common.append("-DCMAKE_BUILD_TYPE=Release")
    subprocess.run(
        ["cmake", "-S", ROOT, "-B", folder, "-G", "Ninja", *common, *options],
        check=True,
        capture_output=True,
    )
    subprocess.run(
        ["cmake", "--build", folder, "--target", *TESTS, "test_counts"],
        check=True,
        capture_output=True,
    )
    return folder


def run(command: list[str], **environment: str) -> str:
    done = subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, **environment}, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def counts(output: str) -> list[str]:
    return [line for line in output.splitlines() if line.startswith("counts")]


def test_neon(tmp_path: Path) -> None:
    here = build(tmp_path / "here")
    there = build(
        tmp_path / "aarch64",
        "-DCMAKE_CXX_COMPILER=aarch64-linux-gnu-g++",
        "-DCMAKE_SYSTEM_NAME=Linux",
        "-DCMAKE_SYSTEM_PROCESSOR=aarch64",
    )
    emulate = ["qemu-aarch64", "-L", "/usr/aarch64-linux-gnu"]
    for test in TESTS:
        run([*emulate, str(there / test)])
    expected = counts(run([str(here / "test_counts")], IONSIM_PRINT_COUNTS="1"))
    assert len(expected) >= 60  # ideal and noisy, in every mode and in both precisions
    for isa in ("neon", "portable"):
        found = run([*emulate, str(there / "test_counts")], IONSIM_PRINT_COUNTS="1", IONSIM_ISA=isa)
        assert counts(found) == expected
