"""access.yaml: who may see what, with every fault at its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from breakeven.errors import WorkspaceInvalid
from breakeven.workspace import load
from breakeven.workspace.access_rights import Rights


def folder(path: Path, text: str) -> Path:
    (path / "workspace.yaml").write_text("name: Acme\ncurrency: USD\n", encoding="utf-8")
    (path / "projects.yaml").write_text("projects:\n  - {id: chat, name: Chat, category: customer_service}\n",
                                        encoding="utf-8")  # fmt: skip
    (path / "access.yaml").write_text(text, encoding="utf-8")
    return path


def test_readers_are_read(tmp_path: Path) -> None:
    text = "readers:\n  board: {hides: [hourly_rate, cost.people, net_value], projects: [chat]}\n  all: {}\n"
    assert load(folder(tmp_path, text)).access == {
        "board": Rights(name="board", hides=("hourly_rate", "cost.people", "net_value"), projects=("chat",)),
        "all": Rights(name="all"),
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("readers:\n  board: {hides: [hourly_rat]}\n", "access.yaml:2:.*'hourly_rat'.*did you mean hourly_rate"),
        ("readers:\n  board: {hides: [cost.peple]}\n", "did you mean cost.people"),
        ("readers:\n  board: {projects: [voice]}\n", "unknown project 'voice'.*valid: chat"),
        ("readers:\n  board: {hide: [hourly_rate]}\n", "unknown key 'hide'"),
        ("reader: {}\n", "unknown key 'reader'"),
        ("readers: [board]\n", "must be a mapping"),
    ],
)
def test_what_cannot_be_used_is_said(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(WorkspaceInvalid, match=said):
        load(folder(tmp_path, text))
