"""init, check and test: the workspace on the command line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from breakeven.app import open_company
from breakeven.cli.options import format_option, workspace_options
from breakeven.cli.render import print_json
from breakeven.errors import Problem
from breakeven.settings import Settings
from breakeven.workspace import check, create, load, run_cases


@click.command("init")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--name", help="Name of the company (default: the folder's name).")
@click.option("--currency", default="USD", show_default=True, help="Currency in which everything is added up.")
def init_command(folder: Path, name: str | None, currency: str) -> None:
    """Write a commented, valid workspace into FOLDER."""
    written = create(folder, name=name or folder.resolve().name, currency=currency)
    for path in written:
        click.echo(f"wrote {path}")
    click.echo(f"next: breakeven check -w {folder}")


@click.command("check")
@click.option("--deep", is_flag=True, help="Also derive the store's roll-ups from the raw records again and compare.")
@workspace_options
@format_option("text", "json")
@click.pass_context
def check_command(ctx: click.Context, settings: Settings, deep: bool, shape: str) -> None:
    """Report every problem of the workspace at once, with file, line and the valid names."""
    problems = check(settings.workspace)
    faults = [problem for problem in problems if problem.severity == "error"]
    differences: list[str] = []
    if deep and not faults:
        with open_company(settings) as company:
            differences = company.store.verify()
    if shape == "json":
        print_json({"problems": problems, "differences": differences})
    else:
        for line in (*problems, *differences):
            click.echo(str(line))
        click.echo(_verdict(settings, faults, differences if deep else None))
    ctx.exit(1 if faults or differences else 0)


def _verdict(settings: Settings, faults: Sequence[Problem], differences: Sequence[str] | None) -> str:
    if faults:
        return f"{len(faults)} problem{'s' if len(faults) != 1 else ''}"
    said = f"ok: methodology {load(settings.workspace).methodology.version}"
    if differences is None:
        return said
    return f"{said}; the store {'differs from' if differences else 'agrees with'} its raw records"


@click.command("test")
@workspace_options
@format_option("text", "json")
@click.pass_context
def test_command(ctx: click.Context, settings: Settings, shape: str) -> None:
    """Run the cases of the workspace's tests.yaml through its formulas."""
    results = run_cases(load(settings.workspace), settings.workspace)
    if shape == "json":
        print_json(results)
    else:
        for result in results:
            click.echo(f"{'ok  ' if result.passed else 'FAIL'} {result.name} (tests.yaml:{result.line})")
            for finding in result.findings:
                if not finding.passed:
                    why = f" ({finding.reason})" if finding.reason else ""
                    click.echo(f"     {finding.figure}: expected {finding.expected}, is {finding.actual}{why}")
        failed = sum(not result.passed for result in results)
        click.echo(f"{len(results) - failed} passed, {failed} failed")
    ctx.exit(0 if all(result.passed for result in results) else 1)
