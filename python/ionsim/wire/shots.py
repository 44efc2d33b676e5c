"""Outcomes shot by shot and register by register, as API v0.4 shows them."""

from __future__ import annotations

from typing import Any

from ..job import Job

__all__ = ["render_register_shots"]


def render_register_shots(job: Job) -> dict[str, Any]:
    """Return the shots of a job in the shape of ``ionq.result.shots.json.v2``.

    Every register is a list of its bits, bit 0 first; ``output_all`` holds all bits of the result.

    Raises
    ------
    JobFailedError
        When the job failed.

    Examples
    --------
    >>> import ionsim
    >>> circuit = ionsim.Circuit.from_qasm("qreg q[2]; creg c[2]; x q[1]; measure q -> c;")
    >>> render_register_shots(ionsim.run(circuit, shots=1))
    {'shots': [{'registers': {'c': [0, 1], 'output_all': [0, 1]}}]}
    """
    rows = job.bits.tolist()
    shots = []
    for row in rows:
        registers = {
            name: [0 if bit is None else row[bit] for bit in bits]
            for name, bits in job.register_map.items()
        }
        registers.setdefault("output_all", row)
        shots.append({"registers": registers})
    return {"shots": shots}
