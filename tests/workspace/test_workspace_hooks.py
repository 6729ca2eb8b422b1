"""hooks of sources.yaml: what is read, every fault with its place, and where secrets come from."""

from __future__ import annotations

from pathlib import Path

import pytest

from breakeven.errors import Problem, UsageProblem
from breakeven.settings import hook_secrets
from breakeven.workspace.document import read_document
from breakeven.workspace.hook_reading import read_hooks
from breakeven.workspace.hooks import Hook


def read(text: str) -> tuple[dict[str, Hook], list[Problem]]:
    problems: list[Problem] = []
    node = read_document(text, "sources.yaml", problems)
    assert node is not None, problems
    return read_hooks(node, problems), problems


def test_what_is_usual() -> None:
    found, problems = read("hooks:\n  g: {platform: github, secret_env: G}\n  l: {platform: gitlab, unsigned: true}\n")
    assert problems == []
    assert (found["g"].events, found["g"].environments) == (("deployment",), ("production",))
    assert (found["l"].events, found["l"].unsigned) == (("deployment", "incident"), True)


GENERIC = "platform: generic, secret_env: S, kind: incident, map: {id: a, opened_at: b}"


@pytest.mark.parametrize(
    ("declared", "says", "way_out"),
    [
        ("g: {secret_env: S}", "hook g has no platform", None),
        ("g: {platform: gihub, secret_env: S}", "unknown platform 'gihub'", "did you mean github"),
        ("g: {platform: github}", "hook g has no secret", "unsigned: true takes it from anybody"),
        ("g: {platform: github, secret: abc}", "unknown key 'secret'", "secret_env"),
        ("g: {platform: github, secret_env: 's3cret!'}", "is no name of an environment", "the variable's name"),
        ("g: {platform: github, secret_env: S, unsigned: true}", "has a secret and is unsigned", "keep one"),
        ("'G 1': {platform: github, secret_env: S}", "hook 'G 1' cannot be called so", "small letters"),
        ("g: {platform: github, secret_env: S, events: [push]}", "unknown event 'push'", "workflow_run"),
        ("g: {platform: github, secret_env: S, order_by: x}", "order_by is for platform generic only", None),
        ("g: {platform: github, secret_env: S, map: {modle: x}}", "field 'modle' of hook g", "did you mean model"),
        ("g: {platform: github, secret_env: S, map: {source: x}}", "field 'source' of hook g", None),
        ("g: {platform: github, secret_env: S, map: {id: x}}", "field 'id' of hook g", None),
        ("g: {platform: github, secret_env: S, map: {model: 'a +'}}", "", None),
        ("g: {platform: github, secret_env: S, where: 'a ='}", "", None),
        ("g: {platform: github, secret_env: S, map: {model: x}, set: {model: y}}", "both in map", "keep one"),
        ("g: {platform: generic, secret_env: S, kind: incident, map: {id: a}}", "when it happened", "opened_at"),
        ("g: {platform: generic, secret_env: S, kind: incident, map: {opened_at: a}}", "what its id is", "map"),
        (f"g: {{{GENERIC}, signature: {{signed: timestamp.body}}}}", "name its timestamp_header", None),
        (f"g: {{{GENERIC}, signature: {{algorithm: md5}}}}", "unknown algorithm 'md5'", "sha256"),
        (f"g: {{{GENERIC}, signature: {{tolerance_seconds: 0}}}}", "tolerance_seconds", None),
    ],
)  # fmt: skip
def test_faults(declared: str, says: str, way_out: str | None) -> None:
    _, problems = read(f"hooks:\n  {declared}\n")
    assert problems
    assert problems[0].line == 2
    assert any(says in problem.message for problem in problems), problems
    assert way_out is None or any(way_out in (problem.hint or "") for problem in problems), problems


def test_secrets(tmp_path: Path) -> None:
    (tmp_path / "both").write_bytes(b"old\n\nnew \r\n")
    hooks = [
        Hook(name="variable", platform="github", secret_env="A"),
        Hook(name="file", platform="github", secret_file="both"),
        Hook(name="unset", platform="github", secret_env="B"),
        Hook(name="open", platform="github", unsigned=True),
    ]
    assert hook_secrets(hooks, tmp_path, {"A": " s "}) == {
        "variable": (b"s",), "file": (b"old", b"new"), "unset": (), "open": ()}  # fmt: skip
    with pytest.raises(UsageProblem, match="secret_file of hook gone cannot be read: No such file"):
        hook_secrets([Hook(name="gone", platform="github", secret_file="nowhere")], tmp_path, {})
