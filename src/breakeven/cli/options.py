"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from breakeven.settings import read_settings

Command = Callable[..., Any]


def workspace_options(command: Command) -> Command:
    """-w/--workspace and --data; the command gets them as `settings`.

    What stands after the command wins over what stands before it, and that over the environment.
    """

    @click.option(
        "-w",
        "--workspace",
        type=click.Path(path_type=Path),
        help="Folder with workspace.yaml (default: the current folder).",
    )
    @click.option(
        "--data", type=click.Path(path_type=Path), help="Folder of the store (default: data in the workspace)."
    )
    @wraps(command)
    def with_settings(workspace: Path | None, data: Path | None, **parameters: Any) -> Any:
        before: dict[str, Path | None] = click.get_current_context().obj or {}
        given = {
            "workspace": before.get("workspace") if workspace is None else workspace,
            "data": before.get("data") if data is None else data,
        }
        return command(settings=read_settings(given), **parameters)

    return with_settings


def as_of_option(command: Command) -> Command:
    """--as-of, as the text `past`."""
    option = click.option(
        "--as-of", "past", metavar="DATE", help="As it was known at the end of a day (2026-10-31) or at a time."
    )
    return option(command)


def constant_currency_option(command: Command) -> Command:
    """--constant-currency, as the text `rates`."""
    option = click.option(
        "--constant-currency", "rates", metavar="DATE",
        help="Every amount at the exchange rates of one day (2026-01-01, or the first day of a period).",
    )  # fmt: skip
    return option(command)


def headline_option(command: Command) -> Command:
    """--headline, as the text `headline`."""
    option = click.option(
        "--headline", metavar="RULE", help="What counts: all, measured, or grades and realisations like A,B,cash."
    )
    return option(command)


def format_option(*formats: str) -> Callable[[Command], Command]:
    """--format with its choices, as `shape`; the first is the default."""
    return click.option(
        "--format", "shape", type=click.Choice(formats), default=formats[0], show_default=True, help="How to print."
    )
