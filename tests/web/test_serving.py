"""The program itself: it starts, takes an event, shows it, tells it live, and ends at a signal with exit code 0."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result

from breakeven.cli import breakeven
from breakeven.cli.listening import bind, url_of
from breakeven.errors import BreakevenError, NotAllowed, PortInUse
from breakeven.web.upkeep import Upkeep, tidying
from breakeven.workspace import create

PROGRAM = Path(sys.executable).with_name("breakeven")
LINE = b'{"kind": "interaction", "source": "s", "id": "%d", "time": "2026-11-01T10:00:00Z"}'
PATIENCE = 20
NOW = datetime(2026, 11, 15, 12, tzinfo=UTC)


def ask(address: str, body: bytes | None = None) -> Any:
    request = urllib.request.Request(address, body, {"Content-Type": "application/x-ndjson"} if body else {})
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        return json.load(answer)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("company")
    create(folder, name="Test", currency="USD")
    return folder


class Running:
    """`breakeven serve` in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            [PROGRAM, "-w", folder, "serve", "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip()

    def end(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        """Exit code and what was said on standard error."""
        self.process.send_signal(number)
        _, said = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, said


@pytest.fixture
def running(folder: Path) -> Iterator[Running]:
    started = Running(folder)
    yield started
    if started.process.poll() is None:
        started.process.kill()
        started.process.communicate()


def command(*arguments: object) -> Result:
    return CliRunner().invoke(breakeven, [str(argument) for argument in arguments])


def test_an_event_is_shown_told_and_kept(running: Running, folder: Path) -> None:
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", running.url)
    assert ask(f"{running.url}/health/ready")["status"] == "ok"
    told: list[str] = []
    with urllib.request.urlopen(f"{running.url}/live", timeout=PATIENCE) as live:
        reader = threading.Thread(target=lambda: told.extend(line.decode() for line in live))
        reader.start()
        assert ask(f"{running.url}/v1/events?wait=visible", LINE % 1)["accepted"] == 1
        (row,) = ask(f"{running.url}/v1/metrics/interactions?period=2026-11")["rows"]
        assert row["value"] == 1
        locked = command("statement", "-w", folder)
        assert isinstance(locked.exception, BreakevenError)
        assert f"is held by process {running.process.pid}" in str(locked.exception)
        deadline = time.monotonic() + PATIENCE
        while not any('"version":1' in line for line in told) and time.monotonic() < deadline:
            time.sleep(0.02)
        code, said = running.end()
        assert (code, said) == (0, "")  # an open stream that holds it up is said: "timeout graceful shutdown exceeded"
        reader.join(PATIENCE)
    assert any('"version":1' in line for line in told)
    result = command("metric", "interactions", "-w", folder, "--from", "2026-11", "--to", "2026-11", "--format", "json")
    assert [row["value"] for row in json.loads(result.output)["rows"]] == [1]


def test_ctrl_c_ends_it_too(running: Running) -> None:
    assert running.end(signal.SIGINT) == (0, "")


def test_port_in_use(folder: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        port = other.getsockname()[1]
        result = command("serve", "-w", folder, "--port", port)
    assert isinstance(result.exception, PortInUse)
    assert str(result.exception) == f"127.0.0.1:{port} is in use: choose another with --port"


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.1", "breakeven.example", "[::ffff:10.0.0.1]"])
def test_other_addresses_are_refused(folder: Path, host: str) -> None:
    result = command("serve", "-w", folder, "--host", host)
    assert isinstance(result.exception, NotAllowed)
    assert result.exception.exit_code == 2
    assert "accounts and keys are not built yet" in str(result.exception)


@pytest.mark.parametrize(("host", "found"), [("localhost", "127.0.0.1"), ("127.0.0.2", "127.0.0.2")])
def test_addresses_of_this_machine(host: str, found: str) -> None:
    with closing(bind(host, 0)) as listener:
        assert url_of(listener).startswith(f"http://{found}:")


def test_options_before_and_after_the_command(folder: Path, tmp_path: Path) -> None:
    before = command("-w", folder, "check")
    after = command("-w", tmp_path, "check", "-w", folder)
    assert (before.exit_code, before.output) == (after.exit_code, after.output) == (0, before.output)
    assert before.output.startswith("ok: methodology")
    assert not command("--data", tmp_path / "elsewhere", "-w", folder, "check", "--deep").exit_code
    assert (tmp_path / "elsewhere" / "breakeven.duckdb").exists()


class Counting:
    """A store that counts compactions; the first one fails."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error or BreakevenError("not now")
        self.version, self.compacted, self.done = 0, 0, threading.Event()

    def versions(self) -> Any:
        return msgspec.defstruct("Versions", [("data", int)])(self.version)

    def compact(self) -> None:
        self.compacted += 1
        self.done.set()
        if self.compacted == 1:
            raise self.error


def test_the_store_is_tidied_after_commits_only() -> None:
    store = Counting()
    with tidying(store, lambda: NOW, every=0.01):  # type: ignore[arg-type]
        time.sleep(0.05)
        assert store.compacted == 0
        store.version = 1
        assert store.done.wait(5)
        time.sleep(0.1)
        assert store.compacted == 2  # once more after the failure, then it rests


@pytest.mark.parametrize(
    ("error", "said"), [(BreakevenError("no room"), "no room"), (MemoryError("secret"), "it failed: MemoryError")]
)
def test_upkeep_that_fails_is_said_until_it_succeeds(error: Exception, said: str) -> None:
    store, upkeep = Counting(error), Upkeep(lambda: NOW)
    assert not upkeep.tidy(store)  # type: ignore[arg-type]
    assert (upkeep.problem, upkeep.since) == (said, NOW)
    assert upkeep.tidy(store)  # type: ignore[arg-type]
    assert (upkeep.problem, upkeep.since) == (None, None)
