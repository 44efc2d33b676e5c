"""One adapter a simulator: it turns a workload into that simulator's own circuit and runs it.

Every peer is optional; an adapter imports its peer when it is imported itself.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Mapping
from types import MappingProxyType
from typing import cast

from .base import Adapter

__all__ = ["PEERS", "installed", "load"]

PEERS: Mapping[str, str] = MappingProxyType(
    {
        "qsimcirq": "qsimcirq",
        "qulacs": "qulacs",
        "lightning": "pennylane_lightning",
        "aer": "qiskit_aer",
        "clifft": "clifft",
        "stim": "stim",
    }
)
"""Names of the peers, which are those of their adapters, and the module that each must find."""


def installed(name: str) -> bool:
    """Tell whether a peer, or ``ionsim`` itself, is there."""
    return importlib.util.find_spec(PEERS.get(name, name)) is not None


def load(name: str) -> Adapter:
    """Import the adapter of a peer, or of ``ionsim``."""
    return cast(Adapter, importlib.import_module(f"{__name__}.{name}"))
