"""Who may come in: keys, addresses, and no web page of somebody else."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

pytest.importorskip("uvicorn", reason="needs ionsim[server]")

import ionsim.server
from ionsim.errors import InputError
from ionsim.server import ServerConfig
from server_helpers import Client, bell, process

KEYS = ("first-secret", "zweites Geheimnis")


@pytest.fixture(scope="module")
def locked() -> Iterator[Client]:
    with ionsim.server.running(api_keys=KEYS) as server:
        yield Client(server.url)


WRONG = [None, "apiKey x", "apiKey", "first-secret", "Bearer first-secret"]
FOREIGN = ("evil.example", "evil.example:80", "localhost.evil.example", "127.0.0.1.nip.io")


@pytest.mark.parametrize("text", WRONG)
def test_without_a_key_there_is_nothing(locked: Client, text: str | None) -> None:
    headers = {} if text is None else {"Authorization": text}
    for method, path in (
        ("POST", "/v0.3/jobs"),
        ("GET", "/v0.4/jobs"),
        ("GET", "/v0.4/jobs/x/results/probabilities"),
        ("DELETE", "/v0.4/jobs/x"),
        ("GET", "/jobs"),
        ("GET", "/v0.4/whoami"),
        ("GET", "/v0.4/sessions"),
        ("GET", "/v0.4/jobs/backends"),
        ("GET", "/v0.4/jobs/health"),
        ("POST", "/v0.4/backends"),
    ):
        body = bell() if method == "POST" else None
        status, answer, _ = locked.ask(method, path, body, **headers)
        assert status == 401, path
        assert answer["error"] == "Unauthorized"


def test_what_needs_no_key(locked: Client) -> None:
    backends = ("/v0.4/backends", "/v0.4/backends/simulator")
    for path in ("/", "/openapi.json", "/v0.3/health", *backends):
        assert locked.ask("GET", path)[0] == 200


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("scheme", ["apiKey", "apikey"])
def test_each_key_opens(locked: Client, key: str, scheme: str) -> None:
    job_id = locked.submit(bell(), Authorization=f"{scheme} {key}")
    assert locked.good("GET", f"/v0.3/jobs/{job_id}", Authorization=f"{scheme} {key}")


def test_without_keys_any_key_will_do() -> None:
    with ionsim.server.running() as server:
        Client(server.url, Authorization="apiKey whatever").submit(bell())


def test_a_foreign_name_is_not_answered() -> None:
    """DNS rebinding: a page's own name points to this machine."""
    with ionsim.server.running() as server:
        client = Client(server.url)
        for host in FOREIGN:
            status, answer, _ = client.ask("GET", "/v0.4/jobs", Host=host)
            assert status == 421, host
            assert answer["statusCode"] == 421
        for host in ("localhost", "localhost:8000", "127.0.0.1:1", "LOCALHOST", "[::1]:8000"):
            assert client.ask("GET", "/v0.4/jobs", Host=host)[0] == 200, host


def test_a_foreign_page_is_not_answered() -> None:
    with ionsim.server.running() as server:
        client = Client(server.url)
        own = server.url
        for headers in (
            {"Origin": "http://evil.example"},
            {"Origin": "null"},
            {"Origin": "http://127.0.0.1:1"},
            {"Sec_Fetch_Site": "cross-site"},
            {"Sec_Fetch_Site": "same-site"},
        ):
            status, _, found = client.ask("POST", "/v0.3/jobs", bell(), **headers)
            assert status == 403, headers
            assert "access-control-allow-origin" not in found
        assert client.good("GET", "/v0.3/jobs")["jobs"] == []
        client.submit(bell(), Origin=own, Sec_Fetch_Site="same-origin")
        assert client.ask("GET", "/", Sec_Fetch_Site="cross-site")[0] == 200


def test_an_open_address_needs_a_key() -> None:
    for host in ("0.0.0.0", "::", "192.0.2.1"):
        with pytest.raises(InputError, match="no API key is set"), ionsim.server.running(host=host):
            pass
    with ionsim.server.running(host="0.0.0.0", api_keys=("k",)) as server:
        client = Client(server.url, Authorization="apiKey k")
        client.submit(bell())
        assert client.ask("GET", "/v0.4/jobs", Host="simulator.example")[0] == 200
    with ionsim.server.running(host="0.0.0.0", allow_open=True) as server:
        Client(server.url).submit(bell())


def test_an_address_in_use_is_named() -> None:
    with ionsim.server.running() as server:
        port = server.config.port
        with pytest.raises(InputError, match=f"127.0.0.1:{port}"), ionsim.server.running(port=port):
            pass


def test_config_says_what_is_local() -> None:
    assert ServerConfig(host="127.0.0.2").is_local
    assert ServerConfig(host="::1").is_local
    assert not ServerConfig(host="127.example").is_local
    assert not ServerConfig(host="0.0.0.0").is_local


def test_nothing_private_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    assert "my-secret" not in repr(ServerConfig(api_keys=("my-secret-key",)))
    caplog.set_level(logging.DEBUG)
    with ionsim.server.running(api_keys=("my-secret-key",)) as server:
        client = Client(server.url, Authorization="apiKey my-secret-key")
        client.ended(client.submit(bell(name="private-name", metadata={"x": "private-value"})))
        client.refused("POST", "/v0.3/jobs", {"name": ["private-list"]})
        client.ask("GET", "/v0.4/jobs", Authorization="apiKey wrong-secret")
    for text in ("my-secret-key", "private", "wrong-secret"):
        assert text not in caplog.text


def test_the_command_reads_keys_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text("one\n\ntwo\n")
    with process("--api-key-file", str(file), "--api-key", "three") as server:
        client = Client(server.url)
        assert client.refused("GET", "/v0.4/jobs")[0] == 401
        for key in ("one", "two", "three"):
            client.good("GET", "/v0.4/jobs", Authorization=f"apiKey {key}")
    text = "".join(server.messages)
    assert not any(f'"{key}"' in text for key in ("one", "two", "three"))


def test_idle_connections_make_room() -> None:
    with ionsim.server.running(max_connections=50) as server:
        where = ("127.0.0.1", server.config.port)
        with ExitStack() as stack:
            idle = [stack.enter_context(socket.create_connection(where)) for _ in range(120)]
            Client(server.url).submit(bell())
            idle[0].settimeout(30)
            with suppress(ConnectionResetError):
                assert idle[0].recv(1) == b""  # the oldest was closed
