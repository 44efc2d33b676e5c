"""Tasks of a developer's day: ``nox -s tests``, ``nox -s lint``; ``nox -l`` lists them."""

from __future__ import annotations

import nox

nox.options.sessions = ["lint", "types", "tests", "cpp"]
nox.options.default_venv_backend = "venv"


@nox.session
def tests(session: nox.Session) -> None:
    """Run the Python tests; arguments go to pytest (``nox -s tests -- -m long``)."""
    session.install(".[test]")
    session.run("pytest", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and formatting of Python and C++."""
    session.install("ruff", "clang-format>=19,<21")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    files = session.run(
        "git",
        "ls-files",
        "csrc/*.h",
        "csrc/*.cpp",
        "csrc/*.inl",
        "tests/cpp/*",
        external=True,
        silent=True,
    )
    session.run("clang-format", "--dry-run", "--Werror", *str(files).split())


@nox.session
def types(session: nox.Session) -> None:
    """Check the types (mypy, strict)."""
    session.install(".", "mypy")
    session.run("mypy")


@nox.session
def stubs(session: nox.Session) -> None:
    """Regenerate what is checked in: the stub of the core, the gate page, the refusals' texts."""
    session.install(".", "pybind11-stubgen")
    session.run("python", "tests/make_stub.py")
    session.run("python", "docs/make_gates.py")
    session.run("python", "docs/make_refusals.py")


@nox.session
def cpp(session: nox.Session) -> None:
    """Build and run the C++ tests with AddressSanitizer and UBSan (``-- thread`` for TSan)."""
    session.install("cmake", "ninja")
    sanitizer = session.posargs[0] if session.posargs else "address,undefined"
    build = f"build/{sanitizer.replace(',', '-')}"
    openmp = "OFF" if sanitizer == "thread" else "ON"
    session.run(
        "cmake",
        "-S",
        ".",
        "-B",
        build,
        "-G",
        "Ninja",
        "-DIONSIM_PYTHON=OFF",
        "-DIONSIM_TESTS=ON",
        "-DIONSIM_WERROR=ON",
        f"-DIONSIM_SANITIZE={sanitizer}",
        f"-DIONSIM_OPENMP={openmp}",
        "-DCMAKE_BUILD_TYPE=RelWithDebInfo",
    )
    session.run("cmake", "--build", build)
    session.run("ctest", "--test-dir", build, "--output-on-failure")


@nox.session
def bench(session: nox.Session) -> None:
    """Run the benchmarks; arguments go to pytest."""
    session.install(".[bench]")
    session.run("pytest", "bench", "--benchmark-only", "-o", "testpaths=bench", *session.posargs)
