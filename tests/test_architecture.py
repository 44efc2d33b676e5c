"""The rules of the house: who may import whom, and how large a room may be."""

from __future__ import annotations

import ast
import itertools
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CSRC = ROOT / "csrc"
PACKAGE = ROOT / "python" / "ionsim"

# A may include B. The order is that of a circuit's way, from the ground up.
CPP_MAY_INCLUDE = {
    "base": set(),
    "kernels": set(),
    "gates": {"base"},
    "program": {"gates", "base"},
    "compile": {"program", "gates", "base"},
    "noise": {"program", "gates", "base"},
    "sample": {"program", "kernels", "base"},
    "run": {"compile", "noise", "sample", "kernels", "program", "gates", "base"},
    "read": {"program", "gates", "base"},
    "bind": {"read", "run", "compile", "noise", "sample", "kernels", "program", "gates", "base"},
}

# The same for Python, by module or package; every module may import errors.
PYTHON_MAY_IMPORT = {
    "errors": set(),
    "gates": {"_core"},
    "op": set(),
    "circuit": {"formats", "gates", "op"},
    "formats": {"_core", "circuit", "gates"},
    "dynamic": {"_core", "bits", "engine", "formats", "noise", "run_options"},
    "kraus": set(),
    "noise": {"kraus"},
    "bits": set(),
    "results": {"bits"},
    "provenance": {"kraus"},
    "effective": set(),
    "job": {"bits", "circuit", "effective", "formats", "noise", "provenance", "results", "wire"},
    "readout": {"bits", "circuit", "results"},
    "wire": {"bits", "circuit", "formats", "gates", "job", "noise", "results"},
    "run_options": {"_core"},
    "engine": {"_core", "gates", "noise", "run_options"},
    "planning": {"_core", "bits", "circuit", "engine", "formats", "gates", "noise", "run_options"},
    "machine": {"_core", "engine"},
    "progress": set(),
    "parts": {"engine", "noise", "run_options"},
    "job_builder": {
        "circuit",
        "engine",
        "formats",
        "job",
        "noise",
        "parts",
        "planning",
        "provenance",
        "readout",
        "results",
        "run_options",
    },
    "executor": {
        "circuit",
        "dynamic",
        "engine",
        "formats",
        "job",
        "job_builder",
        "parts",
        "planning",
        "progress",
        "provenance",
        "readout",
        "results",
        "run_options",
    },
    "arguments": {"bits", "circuit", "formats", "job", "noise", "progress", "run_options", "wire"},
    "simulate": {
        "job",
        "wire",
        "arguments",
        "bits",
        "circuit",
        "engine",
        "executor",
        "noise",
        "planning",
        "progress",
        "readout",
        "run_options",
    },
    "api": {
        "arguments",
        "circuit",
        "engine",
        "executor",
        "job",
        "noise",
        "planning",
        "progress",
        "run_options",
        "simulate",
        "wire",
    },
    "server": {
        "ionsim",
        "bits",
        "circuit",
        "engine",
        "executor",
        "formats",
        "gates",
        "job",
        "machine",
        "noise",
        "planning",
        "readout",
        "results",
        "run_options",
        "wire",
    },
    "cli": {
        "ionsim",
        "arguments",
        "bits",
        "circuit",
        "engine",
        "formats",
        "job",
        "noise",
        "results",
        "run_options",
        "server",
        "wire",
    },
}
CORE_MAY_BE_IMPORTED_BY = {
    "dynamic",
    "formats",
    "gates",
    "engine",
    "machine",
    "planning",
    "run_options",
}

SOURCE_LINES = 400
HARD_LIMIT = 800


def cpp_files() -> list[Path]:
    return sorted(path for path in CSRC.rglob("*") if path.suffix in {".h", ".cpp", ".inl"})


def python_files() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def includes(path: Path) -> list[str]:
    return re.findall(r'^#include ["<]([^">]+)[">]', path.read_text(), flags=re.MULTILINE)


def room_of(module: Path) -> str:
    return module.relative_to(PACKAGE).parts[0].removesuffix(".py")


def is_module(name: str) -> bool:
    return any((PACKAGE / part).exists() for part in (f"{name}.py", f"{name}.pyi", name))


def imports_of(path: Path) -> set[str]:
    """Rooms of the package that a module imports, at the top or inside functions."""
    depth = len(path.relative_to(PACKAGE).parts) - 1
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level == depth + 1:
            names = [node.module.split(".")[0]] if node.module else [a.name for a in node.names]
            # "from .. import Job" takes a public name of the package, not a module.
            found.update(name if is_module(name) else "ionsim" for name in names)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("ionsim"):
            found.add((node.module or "").split(".")[1] if "." in (node.module or "") else "ionsim")
        elif isinstance(node, ast.Import):
            found.update(a.name.split(".")[1] for a in node.names if a.name.startswith("ionsim."))
    return found


@pytest.mark.parametrize("path", cpp_files(), ids=lambda p: str(p.relative_to(CSRC)))
def test_cpp_rooms_include_downwards_only(path: Path) -> None:
    room = path.relative_to(CSRC).parts[0]
    for name in includes(path):
        if (CSRC / name).exists():
            other = name.split("/")[0]
            assert other == room or other in CPP_MAY_INCLUDE[room], f"{room} may not include {name}"


def test_only_bind_knows_python() -> None:
    for path in cpp_files():
        if path.relative_to(CSRC).parts[0] != "bind":
            text = path.read_text()
            assert "pybind11" not in text, path
            assert "Python.h" not in text, path


def test_only_one_header_knows_openmp() -> None:
    pattern = re.compile(r"omp\.h|#pragma omp")
    users = [path.name for path in cpp_files() if pattern.search(path.read_text())]
    assert users == ["parallel.h"]


def test_files_of_an_isa_include_no_standard_library() -> None:
    allowed = {"cstdint", "cstddef", "immintrin.h", "arm_neon.h"}
    for name in ("portable", "avx2", "avx512", "neon"):
        own = (f"{name}.cpp", f"lanes_{name}.cpp", f"pack_{name}.inl")
        lanes = ("lane_rotate.inl", "lane_visit.inl", "lane_measure.inl", "lanes.inl", "lanes.h")
        shared = ("generic.inl", *lanes, "transfer.inl", "kernels.h", "isa.h")
        for part in own + shared:
            for header in includes(CSRC / "kernels" / part):
                assert header in allowed or header.startswith("kernels/"), (part, header)


def test_no_gate_names_in_planning_running_and_kernels() -> None:
    """A kernel is chosen by shape; only breaking up for noise needs to know a gate."""
    names = {"swap", "cnot", "gpi", "gpi2", "ms", "pauliexp", "xx", "yy", "zz", "rx", "ry", "rz"}
    for path in cpp_files():
        room = path.relative_to(CSRC).parts[0]
        if room in {"kernels", "run", "sample", "noise"}:
            quoted = set(re.findall(r'"([a-z0-9]+)"', path.read_text()))
            assert not quoted & names, (path, quoted & names)


@pytest.mark.parametrize("path", python_files(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_python_rooms_import_downwards_only(path: Path) -> None:
    room = room_of(path)
    found = imports_of(path) - {"errors", room}
    if room not in {"__init__", "__main__"}:
        allowed = PYTHON_MAY_IMPORT[room]
        assert found <= allowed, f"{room} may not import {found - allowed}"
    if "_core" in found:
        assert room in CORE_MAY_BE_IMPORTED_BY


@pytest.mark.parametrize(
    "path",
    cpp_files() + python_files() + sorted((ROOT / "tests").rglob("*.py")),
    ids=lambda p: str(p.relative_to(ROOT)),
)
def test_a_file_is_one_room(path: Path) -> None:
    lines = len(path.read_text().splitlines())
    assert lines <= HARD_LIMIT
    if "tests" not in path.relative_to(ROOT).parts:
        assert lines <= SOURCE_LINES, "split it: one reason to change a file"


def test_the_wire_is_the_only_place_that_knows_the_provider_keys() -> None:
    for path in python_files():
        if room_of(path) not in {"wire", "cli", "__main__"}:
            allowed = {"job", "job_builder", "api"}
            assert "error_mitigation" not in path.read_text() or room_of(path) in allowed


def test_newer_instructions_stay_in_their_objects(tmp_path: Path) -> None:
    """Code compiled for AVX-512 must leave no symbol that an older processor could be given."""
    compiler = shutil.which("g++") or shutil.which("c++")
    nm = shutil.which("nm")
    if compiler is None or nm is None:
        pytest.skip("needs a compiler and nm on the path")
    flags = {
        "avx2": ["-mavx2", "-mfma"],
        "avx512": ["-mavx2", "-mfma", "-mavx512f", "-mavx512dq", "-mavx512bw", "-mavx512vl"],
    }
    machine = subprocess.run(
        [compiler, "-dumpmachine"], capture_output=True, text=True, check=True
    ).stdout
    if not machine.startswith("x86_64"):
        pytest.skip("AVX is x86-64 only")
    for name, isa in itertools.product(("", "lanes_"), flags):
        extra = flags[isa]
        target = tmp_path / f"{name}{isa}.o"
        source = CSRC / "kernels" / f"{name}{isa}.cpp"
        command = [compiler, "-std=c++20", "-O1", "-w", "-I", str(CSRC), *extra, "-c", str(source)]
        subprocess.run([*command, "-o", str(target)], check=True)
        symbols = subprocess.run(
            [nm, str(target)], capture_output=True, text=True, check=True
        ).stdout
        weak = [line for line in symbols.splitlines() if re.search(r"\s[VWu]\s", line)]
        assert not weak, weak
