"""The command `breakeven`. Each command lives in a module of its own and is loaded when it is asked for.

Exit codes: 0 ok, 1 problems found, 2 usage.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

import click

from breakeven.errors import BreakevenError

COMMANDS: dict[str, tuple[str, str]] = {
    "init": ("workspace", "Write a commented, valid workspace."),
    "demo": ("demo", "Serve a made-up company with live traffic."),
    "serve": ("serve", "Serve the pages and the API on this machine."),
    "check": ("workspace", "Report every problem of the workspace; --deep checks the store too."),
    "import": ("importing", "Read files of facts or bills into the store."),
    "pull": ("pulling", "Fetch sources of sources.yaml: those that are due, named ones or all."),
    "sources": ("pulling", "How the pulled sources stand: last and next run, records, lag, errors."),
    "quality": ("quality", "The state of the data by source: freshness, volume, refusals, drift, and what to do."),
    "rejected": ("importing", "List what was rejected and why; --replay tries it again."),
    "statement": ("figures", "Value, cost and return of a period."),
    "metric": ("figures", "Figures over time, by project or model."),
    "explain": ("figures", "Take a figure apart down to records and assumptions."),
    "entries": ("evidence", "The ledger's entries: amount, evidence, state, and what stands behind each."),
    "validate": ("evidence", "Accept or dispute entries, as finance does."),
    "audit": ("evidence", "Who decided what, when and why."),
    "case": ("case", "A business case against what happened; --approve freezes its plan."),
    "decisions": ("decisions", "What waits for a decision, and what those that were taken returned."),
    "experiment": ("experiments", "Measured effects: what experiments and comparisons show, or why they do not."),
    "decay": ("decay", "Figures that values rest on, and the money at risk per day where they fall."),
    "close": ("closing", "Freeze a month that is over."),
    "restate": ("closing", "Close a closed month anew, with a reason."),
    "ledger": ("closing", "List closed months, verify their hashes, export entries."),
    "export": ("exporting", "Tables of the ledger as files, a DuckDB database of them, and cost as a FOCUS bill."),
    "bridge": ("bridge", "How one statement became another, in parts that add up to the change."),
    "reconcile": ("reconciling", "Invoices against meters, with each gap taken apart."),
    "reprice": ("repricing", "What other prices change in stored interactions; --apply writes it."),
    "allocation": ("allocation", "Where shared cost went; --rules shows every project under every rule."),
    "overlaps": ("allocation", "Benefits that projects share, and claims that look made twice."),
    "completeness": ("completeness", "What of traffic, cost and benefit is there, and how to connect the rest."),
    "range": ("scenarios", "How sure a statement is: P10, P50, P90 and the chance of a return."),
    "what-if": ("scenarios", "The statement under other assumptions, beside the present one."),
    "tornado": ("scenarios", "Which assumption moves a figure most."),
    "break-even": ("scenarios", "The value of an assumption at which ROI is 0."),
    "scenario": ("scenarios", "Save what-ifs and compare them."),
    "report": ("report", "A report for an audience: Markdown, HTML, PDF, slides, live spreadsheet, CSV, JSON."),
    "embed": ("embed", "A signed link that shows one figure inside another page, until a day."),
    "openmetrics": ("openmetrics", "The history of /metrics as OpenMetrics, for Prometheus to load."),
    "grafana": ("grafana", "Write dashboards for Grafana, and recording and alert rules for Prometheus."),
    "test": ("workspace", "Run the workspace's own cases for its formulas."),
}
"""Command → module in this package and the line that `--help` shows."""


class Commands(click.Group):
    """Loads the module of a command only when it runs, so that every command starts fast."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click calls it so
        """Names in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click calls it so
        """The command, from its module."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"breakeven.cli.{COMMANDS[cmd_name][0]}")
        found: click.Command = getattr(module, f"{cmd_name.replace('-', '_')}_command")
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Names and lines, without loading any command."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("-w", "--workspace", type=click.Path(path_type=Path), help="Folder with workspace.yaml, for any command.")
@click.option("--data", type=click.Path(path_type=Path), help="Folder of the store, for any command.")
@click.version_option(package_name="breakeven")
@click.pass_context
def breakeven(ctx: click.Context, workspace: Path | None, data: Path | None) -> None:
    """What AI costs, what it brings, what is proven and what is only claimed."""
    ctx.obj = {"workspace": workspace, "data": data}


def main() -> None:
    """Run the command line: one clear sentence for an error, never a traceback."""
    try:
        code = breakeven.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("stopped", err=True)
        sys.exit(1)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    except BreakevenError as error:
        show(error)
        sys.exit(error.exit_code)
    except OSError as error:
        place = f" ({error.filename})" if error.filename else ""
        click.echo(f"error: {error.strerror or error}{place}", err=True)
        sys.exit(1)
    sys.exit(code if isinstance(code, int) else 0)


def show(error: BreakevenError) -> None:
    """Print an error and the single problems behind it."""
    if len(error.problems) > 1:
        for problem in error.problems:
            click.echo(str(problem), err=True)
        click.echo(f"error: {len(error.problems)} problems", err=True)
    else:
        click.echo(f"error: {error}", err=True)


__all__ = ["breakeven", "main"]
