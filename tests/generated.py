"""Files that are generated and checked in: the stub of the core, and the gate page.

``python tests/generated.py --write`` makes them anew, ``--check`` compares. Needs the installed
package and pybind11-stubgen.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from ionsim import gatepage

ROOT = Path(__file__).resolve().parent.parent
STUB = ROOT / "python" / "ionsim" / "_core.pyi"
GATE_PAGE = ROOT / "docs" / "gates.md"


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
    wanted = {STUB: core_stub(), GATE_PAGE: gatepage.render()}
    if sys.argv[1:] == ["--write"]:
        for path, text in wanted.items():
            path.write_text(text)
        return 0
    stale = [path for path, text in wanted.items() if path.read_text() != text]
    for path in stale:
        print(f"{path.relative_to(ROOT)} is not what the code generates: run nox -s stubs")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
