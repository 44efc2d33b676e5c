"""Chromium without a window, driven over its debugging pipe: no driver, no other package."""

from __future__ import annotations

import base64
import json
import os
import select
import shlex
import subprocess
import time
from pathlib import Path
from typing import Any

SECONDS = 60.0


class Browser:
    """One page. Commands and answers are JSON texts that end with a null character."""

    def __init__(self, program: str, folder: Path) -> None:
        to_browser, self.write_end = os.pipe()
        self.read_end, from_browser = os.pipe()
        options = [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run",
            "--remote-debugging-pipe", f"--user-data-dir={folder / 'profile'}",
            "--window-size=1200,900", "about:blank",
        ]  # fmt: skip
        # The browser reads from descriptor 3 and writes to 4.
        command = f"exec {shlex.join([program, *options])} 3<&{to_browser} 4>&{from_browser}"
        self.process = subprocess.Popen(
            ["bash", "-c", command],
            pass_fds=(to_browser, from_browser),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_browser)
        os.close(from_browser)
        self.buffer = b""
        self.count = 0
        self.session: str | None = None
        targets = self.ask("Target.getTargets")["targetInfos"]
        [page] = [each["targetId"] for each in targets if each["type"] == "page"]
        attached = self.ask("Target.attachToTarget", targetId=page, flatten=True)
        self.session = attached["sessionId"]

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.write_end)
        os.close(self.read_end)

    def ask(self, method: str, **parameters: Any) -> Any:
        self.count += 1
        message: dict[str, Any] = {"id": self.count, "method": method, "params": parameters}
        if self.session is not None:
            message["sessionId"] = self.session
        os.write(self.write_end, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive()
            if answer.get("id") == self.count:
                assert "error" not in answer, answer
                return answer["result"]

    def _receive(self) -> Any:
        while b"\0" not in self.buffer:
            ready, _, _ = select.select([self.read_end], [], [], SECONDS)
            piece = os.read(self.read_end, 1 << 16) if ready else b""
            assert piece, "the browser says nothing"
            self.buffer += piece
        text, _, self.buffer = self.buffer.partition(b"\0")
        return json.loads(text)

    def open(self, url: str) -> None:
        self.ask("Page.navigate", url=url)

    def run(self, script: str) -> Any:
        """Run a script in the page; return its value."""
        found = self.ask("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def wait(self, condition: str) -> None:
        """Wait until an expression is true."""
        end = time.monotonic() + SECONDS
        while not self.run(f"Boolean({condition})"):
            text = self.run("document.body && document.body.innerText")
            assert time.monotonic() < end, f"never: {condition}; the page: {text}"
            time.sleep(0.05)

    def picture(self) -> bytes:
        """Return a screenshot as PNG."""
        return base64.b64decode(self.ask("Page.captureScreenshot", format="png")["data"])
