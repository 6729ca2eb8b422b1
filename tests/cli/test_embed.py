"""Links to a figure: printed with a frame, read by the server of the same data folder, refused for what is gone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.cli.conftest import Run

from breakeven.app import secret_of
from breakeven.settings import Settings
from breakeven.web.embedding import PATH, read_token


def test_a_link_shows_what_was_asked_for(run: Run, workspace: Path) -> None:
    done = run(
        "embed", "net_value", "-w", workspace, "--period", "2026-Q3", "--theme", "dark", "--home", "https://x.example/"
    )
    assert done.code == 0
    address, frame = done.out.splitlines()
    assert address.startswith(f"https://x.example{PATH}")
    assert f'<iframe src="{address}"' in frame
    found = read_token(secret_of(Settings(workspace=workspace)), address.rsplit("/", 1)[1])
    assert found is not None
    assert (found.figure, found.query, found.theme) == ("net_value", "period=2026-Q3", "dark")
    assert re.fullmatch(r"good until \d{4}-\d\d-\d\d \d\d:\d\d UTC\n", done.err)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nothing",), "unknown metric 'nothing'"),
        (("net_value", "--project", "nobody"), "unknown project 'nobody'"),
        (("net_value", "--period", "soon"), "'soon' is not a period"),
        (("net_value", "--days", "0"), "from 1 to"),
    ],
)
def test_a_link_to_nothing_is_not_made(run: Run, workspace: Path, arguments: tuple[str, ...], said: str) -> None:
    done = run("embed", *arguments, "-w", workspace)
    assert done.code == 2
    assert said in done.err
    assert done.out == ""
