"""A local server for IonQ jobs: the provider's clients run against it unchanged.

Needs ``pip install 'ionsim[server]'``.

Examples
--------
>>> import ionsim.server
>>> with ionsim.server.running() as server:
...     server.url.startswith("http://127.0.0.1:")
True
"""

from __future__ import annotations

from importlib.util import find_spec

if find_spec("starlette") is None or find_spec("uvicorn") is None:
    raise ImportError("the server needs two more packages: pip install 'ionsim[server]'")

from .config import MEMORY, ServerConfig
from .process import RunningServer, running, serve

__all__ = ["MEMORY", "RunningServer", "ServerConfig", "running", "serve"]
