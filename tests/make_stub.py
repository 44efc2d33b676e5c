"""Write python/ionsim/_core.pyi from the built extension; with --check, only compare.

Needs the installed package and pybind11-stubgen.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STUB = ROOT / "python" / "ionsim" / "_core.pyi"


def core_stub() -> str:
    """Return the stub of the extension module as pybind11-stubgen writes it."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pybind11_stubgen", "ionsim._core", "-o", folder]
        subprocess.run(command, check=True, capture_output=True)
        text = (Path(folder) / "ionsim" / "_core.pyi").read_text()
    # The version of the package is not part of the interface.
    lines = [line for line in text.splitlines() if not line.startswith("__version__: str =")]
    return "\n".join([*lines, "__version__: str", ""])


def main() -> int:
    """Write or compare; return the exit code."""
    if sys.argv[1:] != ["--check"]:
        STUB.write_text(core_stub())
        return 0
    if STUB.read_text() == core_stub():
        return 0
    print(f"{STUB.relative_to(ROOT)} is not what the extension says: run nox -s stubs")
    return 1


if __name__ == "__main__":
    sys.exit(main())
