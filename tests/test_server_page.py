"""The page in a real browser: what it shows, what it does, and that it runs nobody's script."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("uvicorn", reason="needs ionsim[server]")

import ionsim.server
from browser import Browser
from server_helpers import Client, bell, long_job

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


def in_a_browser(test: Any) -> Any:
    missing = CHROMIUM is None or shutil.which("bash") is None
    return pytest.mark.long(pytest.mark.skipif(missing, reason="needs Chromium")(test))


EVIL = "<img src=x onerror=\"document.title='broken'\"><script>document.title='broken'</script>"


def test_the_page_allows_nothing_from_outside() -> None:
    with ionsim.server.running() as server:
        status, page, headers = Client(server.url).ask("GET", "/")
    assert status == 200
    text = page.decode()
    assert not re.search(r"(src|href)\s*=\s*[\"']?(https?:)?//", text)
    assert "innerHTML" not in text
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-frame-options"] == "DENY"


@pytest.fixture(name="client")
def _client() -> Iterator[Client]:
    with ionsim.server.running(first_wait=5.0) as server:
        yield Client(server.url)


@pytest.fixture(name="browser")
def _browser(tmp_path: Path) -> Iterator[Browser]:
    with Browser(str(CHROMIUM), tmp_path) as browser:
        yield browser


def shown(browser: Browser) -> str:
    return str(browser.run("document.body.innerText"))


@in_a_browser
def test_jobs_and_their_states(client: Client, browser: Browser) -> None:
    done = client.submit(bell(name="a good one"))
    client.ended(done)
    wide = [{"gate": "h", "target": q} for q in range(26)]
    failed = client.submit({"noise": {"model": "aria-1"}, "input": {"qubits": 26, "circuit": wide}})
    client.ended(failed)
    running = client.submit(long_job(name="a long one"))
    client.running(running)
    browser.open(client.url)
    browser.wait("document.querySelector('#jobs progress')")
    page = shown(browser)
    for text in (done, failed, running, "a good one", "a long one", "running", "aria-1"):
        assert text in page
    assert page.count("delete") == 2
    assert page.count("cancel") == 1
    browser.run("document.querySelectorAll('#jobs tr')[1].click()")
    browser.wait("document.querySelector('#result').innerText.includes('NotEnoughQubits')")
    client.good("PUT", f"/v0.3/jobs/{running}/status/cancel")


@in_a_browser
def test_nobody_else_s_script_runs(client: Client, browser: Browser) -> None:
    job_id = client.submit(bell(name=EVIL, metadata={"x": EVIL}, shots=7))
    client.ended(job_id)
    browser.open(client.url)
    browser.wait("document.querySelector('#jobs tr')")
    browser.run("document.querySelector('#jobs tr').click()")
    browser.wait("document.querySelector('#result meter')")
    assert browser.run("document.title") == "ionsim"
    assert browser.run("document.querySelectorAll('img').length") == 0
    assert EVIL in shown(browser)


@in_a_browser
def test_clicks(client: Client, browser: Browser, tmp_path: Path) -> None:
    browser.open(client.url)
    browser.wait("document.querySelector('#submit')")
    browser.run("document.querySelector('#submit').click()")
    browser.wait("document.querySelector('#result meter')")
    [job] = client.good("GET", "/v0.3/jobs")["jobs"]
    assert job["status"] == "completed"
    results = client.results(job["id"])
    assert browser.run("document.querySelectorAll('#result meter').length") == len(results)
    picture = browser.picture()
    assert picture.startswith(b"\x89PNG")
    (tmp_path / "page.png").write_bytes(picture)

    text = json.dumps(json.dumps(long_job(name="to be canceled")))
    browser.run(f"document.querySelector('#body').value = {text}")
    browser.run("document.querySelector('#submit').click()")
    browser.wait("document.querySelector('#jobs progress')")
    browser.run("document.querySelector('#jobs button').click()")
    browser.wait("document.querySelector('#jobs').innerText.includes('canceled')")
    assert client.good("GET", "/v0.3/jobs")["jobs"][0]["status"] == "canceled"

    browser.run("document.querySelector('#body').value = '{\"shots\": 0}'")
    browser.run("document.querySelector('#submit').click()")
    browser.wait("document.querySelector('#said').innerText.includes('input: missing')")

    browser.run("document.querySelector('#jobs button').click()")
    browser.wait("document.querySelectorAll('#jobs tr').length === 1")
    assert len(client.good("GET", "/v0.3/jobs")["jobs"]) == 1


@in_a_browser
def test_the_page_asks_for_a_key(browser: Browser) -> None:
    with ionsim.server.running(api_keys=("secret",)) as server:
        browser.open(server.url)
        browser.wait("document.querySelector('#key-label:not([hidden])')")
        assert "valid key" in shown(browser)
        browser.run("document.querySelector('#key').value = 'secret'")
        browser.run("document.querySelector('#submit').click()")
        browser.wait("document.querySelector('#result meter')")
