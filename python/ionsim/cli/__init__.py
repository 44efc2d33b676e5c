"""The ``ionsim`` command.

Results go to standard output; messages, warnings and the progress bar to standard error. The exit
code is 0, 1 (the job failed, or is larger than allowed), 2 (bad input or usage) or 130 (Ctrl-C).
"""

from __future__ import annotations

from .commands import cli, main

__all__ = ["cli", "main"]
