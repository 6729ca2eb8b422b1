"""The worked examples of the methodology: each is a company in a few lines, and what the commands must answer.

An example is a fenced block ```yaml example``` in `docs/`; `docs/methodology.md` tells its form.
"""

from __future__ import annotations

import json
import re
import shlex
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import pytest
import time_machine
import yaml

from breakeven.cli import breakeven, main
from breakeven.facts import KINDS
from breakeven.workspace import create
from breakeven.workspace.loader import shipped

DOCS = Path(__file__).parents[1] / "docs"
BLOCK = re.compile(r"^```yaml example\n(.*?)^```", re.MULTILINE | re.DOTALL)
PRESENT = "2026-04-16"
KEYS = {"now", "currency", "workspace", "facts", "then"}
STEP_KEYS = {"now", "workspace", "facts", "run", "expect", "error", "code"}


def examples() -> list[object]:
    found: list[object] = []
    for path in sorted(DOCS.rglob("*.md")):
        text = path.read_text(encoding="utf-8")
        for block in BLOCK.finditer(text):
            line = text[: block.start()].count("\n") + 1
            heading = re.findall(r"^#+ (.+)$", text[: block.start()], re.MULTILINE)[-1]
            found.append(pytest.param(block[1], id=f"{path.name}:{line} {heading}"))
    return found


class Example:
    """One company in a folder; the clock stands still at `now`."""

    def __init__(self, folder: Path, content: Mapping[str, Any], capture: pytest.CaptureFixture[str]) -> None:
        self.folder, self._scratch, self._capture = folder / "company", folder, capture
        self.now, self._sent = str(content.get("now", PRESENT)), 0
        create(self.folder, name="Example", currency=str(content.get("currency", "USD")))

    def write(self, files: Mapping[str, Any]) -> None:
        """Files of the workspace: text as it stands, mappings merged into what is shipped."""
        for name, content in files.items():
            if not isinstance(content, str):
                content = yaml.safe_dump(
                    _merged(yaml.load(shipped(name), Loader=yaml.CSafeLoader) or {}, content), sort_keys=False
                )
            (self.folder / name).write_text(content, encoding="utf-8")

    def record(self, facts: Mapping[str, list[dict[str, Any]]]) -> None:
        """Send facts as a file of JSON lines."""
        for kind, rows in facts.items():
            assert kind in KINDS, f"{kind} is no kind of fact"
            path = self._scratch / f"{kind}-{self._sent}.ndjson"
            made = [{"id": f"{kind}-{self._sent}-{place}", "source": "example"} | row for place, row in enumerate(rows)]
            path.write_text("".join(json.dumps(row, default=str) + "\n" for row in made), encoding="utf-8")
            self._sent += 1
            code, out, err = self.call(["import", kind, str(path)])
            assert code == 0, out + err

    def call(self, words: list[str]) -> tuple[int, str, str]:
        """Run a command at the example's present."""
        before = sys.argv
        sys.argv = ["breakeven", *words, "-w", str(self.folder)]
        try:
            with self._clock(), pytest.raises(SystemExit) as ended:
                main()
        finally:
            sys.argv = before
        out, err = self._capture.readouterr()
        return int(ended.value.code or 0), out, err

    @contextmanager
    def _clock(self) -> Iterator[None]:
        moment = datetime.fromisoformat(self.now)
        with time_machine.travel(moment if moment.tzinfo else moment.replace(tzinfo=UTC), tick=False):
            yield


def _merged(shipped_content: dict[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Mappings of the shipped file with the example's own entries in place."""
    return shipped_content | {
        key: {**shipped_content[key], **value}
        if isinstance(value, Mapping) and isinstance(shipped_content.get(key), dict)
        else value
        for key, value in own.items()
    }


def _at(answer: Any, path: str) -> Any:
    """What stands at a dotted path: keys, places in a list, or [key=value] for the first item that has it."""
    for part in re.findall(r"\[[^\]]+\]|[^.\[]+", path):
        if part.startswith("["):
            key, _, value = part[1:-1].partition("=")
            matching = [item for item in answer if str(item.get(key)) == value]
            assert matching, f"{path}: no item has {key} = {value}"
            answer = matching[0]
        elif isinstance(answer, list):
            answer = answer[int(part)]
        else:
            assert part in answer, f"{path}: there is no {part} among {sorted(answer)}"
            answer = answer[part]
    return answer


def _check(answer: Any, path: str, wanted: str, place: str) -> None:
    found = _at(answer, path)
    if wanted in ("null", "~"):
        assert found is None, f"{place}: {path} is {found}, not unknown"
        return
    try:
        number = Decimal(wanted)
    except InvalidOperation:
        assert wanted == str(found).lower() if isinstance(found, bool) else wanted in str(found), (
            f"{place}: {path}: {found}"
        )
        return
    assert found is not None, f"{place}: {path} is unknown, not {wanted}"
    exponent = number.as_tuple().exponent
    digits = Decimal(1).scaleb(exponent if isinstance(exponent, int) else 0)
    assert Decimal(str(found)).quantize(digits) == number, f"{place}: {path} is {found}, not {wanted}"


def _step(example: Example, step: Mapping[str, Any], texts: Mapping[str, Any]) -> None:
    unknown = set(step) - STEP_KEYS
    assert not unknown, f"a step knows no {unknown}"
    example.now = str(step.get("now", example.now))
    example.write(step.get("workspace", {}))
    example.record(step.get("facts", {}))
    if "run" not in step:
        return
    words = shlex.split(step["run"])
    named = next(word for word in words if not word.startswith("-"))
    command = breakeven.commands.get(named) or breakeven.get_command(None, named)  # type: ignore[arg-type]
    assert command is not None, f"there is no command {named}"
    options = {option for parameter in command.params for option in parameter.opts}
    if "--format" in options and "--format" not in words:
        words += ["--format", "json"]
    code, out, err = example.call(words)
    if "error" in step:
        assert code != 0, f"{step['run']} did not fail: {out}"
        assert step["error"] in out + err, out + err
        return
    assert code == int(step.get("code", 0)), f"{step['run']}: {out}{err}"
    for path, wanted in texts.get("expect", {}).items():
        _check(json.loads(out), path, wanted, step["run"])


@pytest.mark.parametrize("text", examples())
def test_worked_examples(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # Numbers in `expect` are compared as they are written, to the last digit.
    content, texts = yaml.load(text, Loader=yaml.CSafeLoader), yaml.load(text, Loader=yaml.CBaseLoader)
    unknown = set(content) - KEYS
    assert not unknown, f"an example knows no {unknown}"
    assert any("expect" in step or "error" in step for step in content["then"]), "an example expects nothing"
    example = Example(tmp_path, content, capsys)
    example.write(content.get("workspace", {}))
    example.record(content.get("facts", {}))
    for step, written in zip(content["then"], texts["then"], strict=True):
        _step(example, step, written)


def test_examples_can_fail(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    example = Example(tmp_path, {}, capsys)
    step = {"run": "statement --period 2026-01", "expect": {"investment": "1.00"}}
    for check in (lambda: _step(example, step, step), lambda: _step(example, {"run": "statement", "error": "x"}, {})):
        run: Callable[[], None] = check
        with pytest.raises(AssertionError):
            run()
