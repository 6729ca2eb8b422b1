"""`quality`: what is said of each source, and the way from a refusal to its replay."""

from __future__ import annotations

import json
import shlex
from datetime import UTC, datetime, timedelta
from pathlib import Path

from .conftest import Run


def test_nothing_is_there(run: Run, workspace: Path) -> None:
    done = run("quality", "-w", workspace)
    assert (done.code, done.out) == (0, "no source has sent anything yet\n")
    assert run("quality", "gateway", "-w", workspace).code != 0


def test_text_and_json_say_the_same(run: Run, workspace: Path, calls: Path) -> None:
    run("import", "interaction", calls, "-w", workspace)
    told = run("quality", "-w", workspace)
    found = run("quality", "-w", workspace, "--format", "json")
    assert (told.code, found.code) == (1, 1)
    quality = json.loads(found.out)
    for finding in quality["findings"]:
        for part in ("what", "consequence", "remedy"):
            assert finding[part] in told.out
    (gateway,) = [one for one in quality["sources"] if one["source"] == "gateway"]
    assert (gateway["records"], gateway["duplicates"], gateway["fresh"]["state"]) == (2, 1, "silent")
    assert "yesterday" in told.out
    (reason,) = gateway["refused"]
    assert f"try again: {reason['replay']}" in told.out
    only = json.loads(run("quality", "gateway", "-w", workspace, "--format", "json").out)
    assert {one["source"] for one in only["sources"]} == {"gateway"}
    assert run("quality", "--as-of", "2026-01-01", "-w", workspace).out == "no source has sent anything yet\n"


def test_what_was_refused_is_mended_and_tried_again(run: Run, workspace: Path, tmp_path: Path) -> None:
    settings = workspace / "workspace.yaml"
    settings.write_text(settings.read_text().replace("unknown_project: accept", "unknown_project: reject"))
    path = tmp_path / "calls.ndjson"
    time = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    path.write_text(json.dumps({"id": "1", "source": "a gate", "time": time, "project": "tram", "cost": "1",
                                "cost_currency": "USD"}) + "\n")  # fmt: skip
    run("import", "interaction", path, "-w", workspace)
    (source,) = json.loads(run("quality", "-w", workspace, "--format", "json").out)["sources"]
    (reason,) = source["refused"]
    assert (reason["reason"], reason["waiting"], source["fresh"]) == ("unknown_project", 1, None)
    (workspace / "projects.yaml").write_text("projects:\n  - {id: tram, name: Tram, category: platform}\n")
    _, *words = shlex.split(reason["replay"])
    assert run(*words, "-w", workspace).code == 0
    after = run("quality", "-w", workspace, "--format", "json")
    (source,) = json.loads(after.out)["sources"]
    assert (source["records"], source["refused"][0]["waiting"], source["refused"][0]["replayed"]) == (1, 0, 1)
    assert (after.code, json.loads(after.out)["findings"]) == (0, [])
