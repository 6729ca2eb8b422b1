"""Whole programs that use the client against a served workspace: start-up, exit, fork, and a server that is away."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import uuid
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.client.conftest import PATIENCE, Scripted, Workspace, until

STANDARD = frozenset(sys.stdlib_module_names)
SLOW_TO_LOAD = {"asyncio", "dataclasses", "email", "http", "inspect", "logging", "pathlib", "ssl", "tempfile", "typing",
                "urllib", "uuid"}  # fmt: skip


def run(program: str, tmp_path: Path, *arguments: object, check: bool = True) -> dict[str, Any]:
    """What a program prints as JSON on its last line."""
    done = subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)], capture_output=True, text=True, timeout=PATIENCE,
        env={**os.environ, "BREAKEVEN_SPOOL": str(tmp_path / "spool"), "BREAKEVEN_SOURCE": "program"}, check=False,
    )  # fmt: skip
    assert done.returncode == 0 or not check, done.stderr
    return json.loads(done.stdout.splitlines()[-1]) if done.stdout.strip() else {}


def files(tmp_path: Path) -> list[Path]:
    return list((tmp_path / "spool").rglob("*.ndjson"))


def interactions(company: Workspace, figure: str = "interactions") -> int:
    """How many there are, or the sum of a field, by the figures that people see."""
    rows = company.ask(f"/v1/metrics/{figure}?period={datetime.now(UTC).year}")["rows"]
    return sum(row["value"] or 0 for row in rows)


def test_it_loads_nothing_heavy(tmp_path: Path) -> None:
    program = """
import sys, json
b = set(sys.modules)
import breakeven.client as c
c.track(model='m')
print(json.dumps(sorted(set(sys.modules) - b)))
"""
    loaded = set(run(program, tmp_path))
    ours = {name for name in loaded if name.startswith("breakeven")}
    assert {name for name in ours if not name.startswith("breakeven.client")} == {"breakeven"}
    assert {name.partition(".")[0] for name in loaded - ours} <= STANDARD
    # Logging comes with the first complaint: here that there is no address.
    assert "breakeven.client.transport" not in loaded
    quiet = set(run(program.replace("c.track(model='m')", ""), tmp_path))
    assert not {name.partition(".")[0] for name in quiet} & SLOW_TO_LOAD


def test_what_is_tracked_just_before_the_end_arrives(workspace: Workspace, tmp_path: Path) -> None:
    before = interactions(workspace)
    run("""
import sys
from breakeven import client
client.configure(sys.argv[1])
for n in range(1200):
    client.track(model="m", cost="0.000001", revenue=n)
""", tmp_path, workspace.url)  # fmt: skip
    assert interactions(workspace) == before + 1200
    assert files(tmp_path) == []


def test_a_program_that_fails_sends_too(workspace: Workspace, tmp_path: Path) -> None:
    project = uuid.uuid4().hex
    run("""
import sys
from breakeven import client
client.configure(sys.argv[1], project=sys.argv[2])
with client.interaction(model="m"):
    raise SystemExit("no")
""", tmp_path, workspace.url, project, check=False)  # fmt: skip
    assert [fact["status"] for fact in workspace.facts(project=project)] == ["error"]


def test_a_server_that_is_away_gets_everything_when_it_is_back(workspace: Workspace, tmp_path: Path) -> None:
    before = interactions(workspace)
    workspace.end(signal.SIGKILL)
    program = """
import json, sys
from breakeven import client
client.configure(sys.argv[1], project="p")
for n in range(int(sys.argv[2])):
    client.track(model=sys.argv[3], input_tokens=1)
client.flush()
print(json.dumps(vars(client.stats())))
"""
    try:
        for name in ("first", "second"):
            stats = run(program, tmp_path, workspace.url, 700, name)
            assert (stats["sent"], stats["spooled"], stats["dropped"]) == (0, 700, {})
    finally:
        workspace.start()
    stats = run(program, tmp_path, workspace.url, 100, "third")
    assert (stats["sent"], stats["duplicates"]) == (1500, 0)
    assert files(tmp_path) == []
    assert interactions(workspace) == before + 1500


def test_a_server_that_is_killed_under_load(workspace: Workspace, tmp_path: Path) -> None:
    before = interactions(workspace), interactions(workspace, "input_tokens")
    program = """
import json, sys, time
from breakeven import client
client.configure(sys.argv[1], project="p", flush_interval=0.01, batch_events=20)
sent = 0
for line in sys.stdin:
    for n in range(int(line)):
        client.track(id=f"{sent}", input_tokens=sent)
        sent += 1
        time.sleep(0.0002)
while not client.flush():
    pass
print(json.dumps({"sent": sent} | {"stats": vars(client.stats())}))
"""
    running = subprocess.Popen(
        [sys.executable, "-c", program, workspace.url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "BREAKEVEN_SPOOL": str(tmp_path / "spool"), "BREAKEVEN_SOURCE": "program"},
    )  # fmt: skip
    assert running.stdin is not None
    try:
        running.stdin.write("300\n")
        running.stdin.flush()
        until(lambda: interactions(workspace) > before[0])
        workspace.end(signal.SIGKILL)
        running.stdin.write("300\n")
        running.stdin.flush()
        workspace.start()
        said = json.loads(running.communicate(timeout=PATIENCE)[0])
    finally:
        running.kill()
        running.communicate()
    assert (said["sent"], said["stats"]["dropped"], said["stats"]["rejected"]) == (600, {}, {})
    assert (interactions(workspace), interactions(workspace, "input_tokens")) == (
        before[0] + 600,
        before[1] + sum(range(600)),
    )


def test_a_program_ends_in_time_though_the_server_hangs(server: Scripted, tmp_path: Path) -> None:
    server.script = [60.0] * 10
    program = """
import sys, json, time, threading, atexit
begun = []
atexit.register(lambda: print(json.dumps({"took": time.monotonic() - begun[0]})))
from breakeven import client  # registered later: ends before
client.configure(sys.argv[1], timeout=50, exit_timeout=0.3, flush_interval=0.0)
client.track(model="m")
client.track(model="m")
begun.append(time.monotonic())
"""
    assert run(program, tmp_path, server.url)["took"] < 20  # and not the 50 seconds of a request
    assert sum(file.read_bytes().count(b"\n") for file in files(tmp_path)) == 2


FORKING = """
import json, os, sys, threading
from breakeven import client
client.configure(sys.argv[1], flush_interval=60.0)
for n in range(10):
    client.track(model="parent before")
with client.interaction(model="parent block"):
    children = []
    for child in range(3):
        pid = os.fork()
        if not pid:
            assert client.stats().tracked == 0
            for n in range(20):
                client.track(model="child")
            os._exit(0 if client.flush(20) and client.stats().sent == 20 else 1)
        children.append(pid)
    failed = [os.waitpid(pid, 0)[1] for pid in children]
client.track(model="parent after")
print(json.dumps({"failed": failed, "flushed": client.flush(20), "sent": client.stats().sent}))
"""


def test_fork(server: Scripted, tmp_path: Path) -> None:
    assert run(FORKING, tmp_path, server.url) == {"failed": [0, 0, 0], "flushed": True, "sent": 12}
    models = Counter(data["model"] for data in server.data)
    assert models == {"parent before": 10, "parent block": 1, "child": 60, "parent after": 1}
    assert sum(len(events) for _, events in server.requests) == 72  # nothing was sent by two processes


def test_fork_while_other_threads_track(server: Scripted, tmp_path: Path) -> None:
    program = """
import json, os, sys, threading, time
from breakeven import client
client.configure(sys.argv[1], flush_interval=0.001)
over = threading.Event()
def work():
    while not over.is_set():
        client.track(model="parent")
        time.sleep(0.002)
threads = [threading.Thread(target=work) for _ in range(3)]
for thread in threads: thread.start()
failed = []
for n in range(20):
    pid = os.fork()
    if not pid:
        client.track(model="child")
        os._exit(0 if client.flush(20) else 1)
    failed.append(os.waitpid(pid, 0)[1])
over.set()
for thread in threads: thread.join()
flushed = client.flush(20)
print(json.dumps({"failed": sum(failed), "flushed": flushed, "tracked": client.stats().tracked}))
"""
    said = run(program, tmp_path, server.url)
    assert (said["failed"], said["flushed"]) == (0, True)
    assert Counter(data["model"] for data in server.data) == {"child": 20, "parent": said["tracked"]}


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_children_of_multiprocessing_send_at_their_end(server: Scripted, tmp_path: Path, method: str) -> None:
    script = tmp_path / "program.py"
    script.write_text("""
import multiprocessing, sys
from breakeven import client
def work(url):
    client.configure(url, flush_interval=60.0)
    client.track(model="child")
if __name__ == "__main__":
    client.configure(sys.argv[1], flush_interval=60.0)
    client.track(model="parent")
    context = multiprocessing.get_context(sys.argv[2])
    children = [context.Process(target=work, args=(sys.argv[1],)) for _ in range(2)]
    for child in children: child.start()
    for child in children: child.join()
""")
    environ = {**os.environ, "BREAKEVEN_SPOOL": str(tmp_path / "spool")}
    subprocess.run([sys.executable, script, server.url, method], env=environ, timeout=PATIENCE, check=True)
    assert Counter(data["model"] for data in server.data) == {"child": 2, "parent": 1}
    assert {event["source"] for event in server.events.values()} == {"program"}


def test_what_a_killed_program_put_aside_is_sent_by_the_next(server: Scripted, tmp_path: Path) -> None:
    server.script = [(503, {"Retry-After": "60"}, {})]
    program = """
import os, signal, sys, time
from breakeven import client
made = client.configure(sys.argv[1], flush_interval=0.0)
client.track(model="first")
while not client.stats().spooled: time.sleep(0.01)
os.kill(os.getpid(), signal.SIGKILL)
"""
    run(program, tmp_path, server.url, check=False)
    assert len(files(tmp_path)) == 1
    run("import sys; from breakeven import client; client.configure(sys.argv[1]); client.track(model='second')",
        tmp_path, server.url)  # fmt: skip
    assert sorted(data["model"] for data in server.data) == ["first", "second"]


def test_a_handler_and_a_finaliser_may_track(server: Scripted, tmp_path: Path) -> None:
    program = """
import gc, json, signal, sys, time
from breakeven import client
client.configure(sys.argv[1], flush_interval=0.001)
handled, finalised = [], []
def handler(*_):
    handled.append(client.track(model="handler"))
signal.signal(signal.SIGALRM, handler)
signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
class Late:
    def __del__(self):
        finalised.append(client.track(model="finaliser"))
for n in range(5000):
    a, b = Late(), []
    b.append(b); b.append(a)
    client.track(model="program")
signal.setitimer(signal.ITIMER_REAL, 0)
del a, b
while len(finalised) < 5000:  # a collection does nothing while another thread is in one
    gc.collect()
    time.sleep(0.001)
print(json.dumps({"handled": len(handled), "flushed": client.flush(20), "dropped": client.stats().dropped}))
"""
    said = run(program, tmp_path, server.url)
    assert (said["flushed"], said["dropped"]) == (True, {})
    models = Counter(data["model"] for data in server.data)
    assert models == {"program": 5000, "finaliser": 5000, "handler": said["handled"]}
    assert said["handled"] > 0
