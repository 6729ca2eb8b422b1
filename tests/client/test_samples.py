"""The lines that people copy, from the documentation and from the page of the first steps, run against a workspace."""

from __future__ import annotations

import html
import os
import re
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from tests.client.conftest import PATIENCE, Workspace

DOCS = Path(__file__).parents[2] / "docs" / "ingest.md"
SAMPLES = re.findall(r"^```python\n(.*?)^```", DOCS.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")
OPENAI = """
from types import SimpleNamespace as N
def create(**asked):
    usage = N(prompt_tokens=100, completion_tokens=20, prompt_tokens_details=N(cached_tokens=64))
    return N(object="chat.completion", model=asked["model"] + "-2025-04-14", usage=usage)
class OpenAI:
    chat = N(completions=N(create=create))
"""
"""What stands for the package: what it answers has the shape of its answers."""


def run(sample: str, workspace: Workspace, folder: Path, source: str) -> None:
    (folder / "openai.py").write_text(OPENAI)
    environ = {**os.environ, "BREAKEVEN_SPOOL": str(folder / "spool"), "BREAKEVEN_SOURCE": source,
               "PYTHONPATH": f"{folder}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"}  # fmt: skip
    assert ADDRESS.search(sample)
    program = ADDRESS.sub(workspace.url, sample)
    ended = subprocess.run(
        [sys.executable, "-c", program], env=environ, timeout=PATIENCE, capture_output=True, text=True
    )
    assert ended.returncode == 0, ended.stderr


EXPECTED: list[list[dict[str, Any]]] = [
    [{"model": "gpt-4.1-mini", "outcome": "resolved", "cost": "0.001116", "cost_origin": "metered"}],
    [{"model": "churn-7", "status": "ok"}, {"operation": "agent_run", "team": "service", "outcome": "accepted"}],
    [{"model": "gpt-4.1-mini-2025-04-14", "provider": "openai", "cached_tokens": 64, "cost_origin": "metered"}],
    [{"model": "gpt-4.1-mini", "status": "ok", "outcome": "converted", "revenue": "49", "currency": "EUR", "csat": 5}],
]
"""What each sample of the page leaves in the store."""


@pytest.mark.parametrize("number", range(len(EXPECTED)))
def test_samples_of_the_documentation(number: int, workspace: Workspace, tmp_path: Path) -> None:
    run(SAMPLES[number], workspace, tmp_path, source := f"sample-{number}")
    found = sorted(workspace.facts(source=source), key=lambda fact: fact["model"] or "~")
    assert [{name: fact[name] for name in wanted} for fact, wanted in zip(found, EXPECTED[number], strict=True)] \
        == EXPECTED[number]  # fmt: skip
    assert {fact["project"] for fact in found} == {"support-bot"}


def test_all_samples_are_run() -> None:
    assert len(SAMPLES) == len(EXPECTED)


def test_the_first_steps(workspace: Workspace, tmp_path: Path) -> None:
    with urllib.request.urlopen(f"{workspace.url}/start", timeout=PATIENCE) as answer:
        page = answer.read().decode()
    found = re.search(r'id="lines-program"><code>(.*?)</code>', page, re.DOTALL)
    assert found is not None
    run(html.unescape(found[1]), workspace, tmp_path, "first-steps-test")
    (fact,) = workspace.facts(source="first-steps-test")
    assert (fact["input_tokens"], fact["cost"]) == (1200, "0.00036")
    traces = re.search(r'id="lines-traces"><code>(.*?)</code>', page, re.DOTALL)
    assert traces is not None
    assert len(traces[1].splitlines()) == 5
