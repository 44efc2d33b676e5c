"""Runs circuits for `test_kernels.py` in a process of its own, with one instruction set forced.

The instruction set is chosen once a process, from the environment variable IONSIM_ISA. Requests and
replies are lines of JSON on standard input and output.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from typing import IO, Any

from workloads import Gate

__all__ = ["KernelWorker"]


class KernelWorker:
    """A process that runs circuits with one instruction set, without merging any gates.

    Parameters
    ----------
    isa : str
        One of ``ionsim.info()["isa_available"]``.
    """

    def __init__(self, isa: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__],
            env={**os.environ, "IONSIM_ISA": isa},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.load([{"gate": "x", "target": 0}], 1, "qis", "complex64")

    def load(self, gates: list[Gate], qubits: int, gateset: str, precision: str) -> None:
        """Make the circuit that `run` runs from now on."""
        circuit = {"gates": gates, "qubits": qubits, "gateset": gateset, "precision": precision}
        self.isa = str(self._ask(circuit))

    def run(self, *, tiled: bool = False) -> float:
        """Run the circuit; returns the seconds it took there.

        Every gate is a pass of its own; where `tiled`, every tile of the state goes through all
        gates while it is in the cache.
        """
        return float(self._ask({"tiled": tiled}))

    def close(self) -> None:
        """End the process."""
        self._process.communicate(timeout=30)

    def _ask(self, request: dict[str, Any]) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        reply = self._process.stdout.readline()
        if not reply:
            raise RuntimeError(f"the worker ended with status {self._process.wait()}")
        return json.loads(reply)


def serve(requests: IO[str], replies: IO[str]) -> None:
    """Answer requests until there are no more."""
    import ionsim

    circuit, precision = ionsim.Circuit(), "complex128"
    for line in requests:
        request = json.loads(line)
        reply: str | float
        if "gates" in request:
            precision = request["precision"]
            circuit = ionsim.Circuit(
                request["gates"], qubits=request["qubits"], gateset=request["gateset"]
            )
            reply = ionsim.info()["isa"]
        else:
            # One number comes out, so that nothing is measured but the passes over the state; all
            # qubits are looked at, so that no gate is without effect.
            start = time.perf_counter()
            ionsim.expectation(
                circuit,
                "Z" * circuit.qubits,
                precision=precision,
                fuse=False,
                block=request["tiled"],
            )
            reply = time.perf_counter() - start
        replies.write(json.dumps(reply) + "\n")
        replies.flush()


if __name__ == "__main__":
    serve(sys.stdin, sys.stdout)
