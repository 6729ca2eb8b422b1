"""report: a report for an audience as a file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Literal

import click

from breakeven.app import archive_of, open_company, utc_now
from breakeven.cli.options import as_of_option, constant_currency_option, headline_option, workspace_options
from breakeven.cli.watching import replaced, shown
from breakeven.errors import UsageProblem
from breakeven.reports import FORMS, REPORTS, Options, compose, content_hash, form_named, report_of, write
from breakeven.reports.progress import step
from breakeven.reports.templates import options_of
from breakeven.reports.writers.pictures import drawing
from breakeven.settings import Settings
from breakeven.views.asking.filters import Filters
from breakeven.workspace import load
from breakeven.workspace.definitions import Workspace
from breakeven.workspace.reports import Templates

BINARY = frozenset({"pdf", "pptx", "xlsx"})
TEMPLATES = {"pdf": ".typ", "pptx": ".pptx"}
"""Form → ending of its templates."""


OTHERS: dict[str, tuple[str, str]] = {
    "schedules": ("delivering", "How the schedules of reports.yaml stand: next time, latest run, deliveries."),
    "due": ("delivering", "Make and send what is due; a running server does it by itself."),
    "run": ("delivering", "Make and send the report of one schedule now."),
    "resend": ("delivering", "Send once more what is unclear or was given up."),
    "issued": ("proving", "Reports that were issued; --check looks whether every file is as it was."),
    "fetch": ("proving", "The file of an issued report."),
    "compare": ("proving", "What changed between two issues of a report, and why."),
    "verify": ("proving", "Make the report of a file again: is it what breakeven says?"),
}
"""What else can be done with reports: word → module in this package and the line that `--help` shows."""


class Reports(click.Group):
    """A report by its name, or one of the other words; own reports are known when the workspace is read."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click calls it so
        """The other words; reports are no commands of their own."""
        return [*OTHERS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command:  # noqa: ARG002 - click calls it so
        """The command of a word; every other word is the name of a report."""
        if cmd_name in OTHERS:
            found: click.Command = getattr(import_module(f"breakeven.cli.{OTHERS[cmd_name][0]}"), f"{cmd_name}_command")
            return found
        params = [one for one in write_command.params if one.name != "audience"]
        kind = REPORTS[cmd_name].kind.what if cmd_name in REPORTS else "A report of reports.yaml."
        return click.Command(cmd_name, callback=_writing(cmd_name),
                             params=params, help=kind)  # fmt: skip

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Reports, and what else can be done, without loading any command."""
        with formatter.section("Reports"):
            formatter.write_dl([(name, one.kind.what) for name, one in REPORTS.items()])
        with formatter.section("Scheduled and issued reports"):
            formatter.write_dl([(name, line) for name, (_, line) in OTHERS.items()])


def _writing(report: str) -> Callable[..., None]:
    """What the command of a report does."""
    if write_command.callback is None:
        raise AssertionError
    return partial(write_command.callback, audience=report)


@click.group("report", cls=Reports, subcommand_metavar="REPORT [OPTIONS]")
def report_command() -> None:
    """Write a report, or send those that are scheduled."""


@click.command("write")
@click.argument("audience")
@click.option("--period", help="2026-10, 2026-Q3, 2026, ytd, last-month… (default: that of the report).")
@click.option(
    "--format", "form", type=click.Choice([*FORMS]), help="How it is written (default: by FILE's ending, else md)."
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="File to write (default: print it)."
)
@click.option("--project", "projects", multiple=True, help="Only this project; may be given more than once.")
@click.option("--category", default="", help="Only projects of this category.")
@click.option("--paper", type=click.Choice(["a4", "letter"]), default="a4", show_default=True, help="Of PDF.")
@click.option(
    "--template", type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Own looks: a .typ for PDF, a .pptx for slides.",
)  # fmt: skip
@click.option(
    "--rights", help="Readers of access.yaml: what is hidden from them stays hidden (default: of the report)."
)
@click.option("--keep", is_flag=True, help="Issue it: keep it in the archive.")
@click.option("--to", "recipients", multiple=True, help="Who gets what is kept; may be given more than once.")
@headline_option
@as_of_option
@constant_currency_option
@workspace_options
def write_command(
    settings: Settings, audience: str, period: str | None, form: str | None, output: Path | None,
    projects: Sequence[str], category: str, paper: Literal["a4", "letter"], template: Path | None,
    rights: str | None, keep: bool, recipients: Sequence[str], headline: str | None, past: str | None,
    rates: str | None,
) -> None:  # fmt: skip
    """Write a report."""
    to_file = output is not None and str(output) != "-"
    name = form or _by_name(output if to_file else None)
    if name in BINARY and not to_file:
        raise UsageProblem(f"{name} is not text: name a file with -o, for example -o {audience}.{name}")
    workspace = load(settings.workspace)
    kind = report_of(workspace, audience).kind
    filters = Filters(period=period or kind.period, project=tuple(projects), category=category, as_of=past or "",
                      headline=headline or "", constant=rates or "")  # fmt: skip
    options = _options(paper, name, template, workspace)
    now = utc_now()
    with shown(kind.title), drawing([name]), open_company(settings) as company:
        document = compose(company.ledger, audience, filters, now, live=form_named(name).live, rights=rights)
        content = write(document, name, options)
        if keep:
            step("Keeping it")
            issue = archive_of(company).keep(document, name, content, recipients=recipients, now=now)
            click.echo(f"issued as number {issue.id}", err=True)
    if output is None or not to_file:
        click.echo(content.decode().rstrip("\n"))
        return
    replaced(output, content)
    click.echo(f"{output}: {document.title}, {document.period}, hash {content_hash(document)}", err=True)


def _options(paper: Literal["a4", "letter"], form: str, template: Path | None, workspace: Workspace) -> Options:
    """What the reader chose, else the workspace's looks. Raises UsageProblem for a template of another form."""
    if template is None:
        return options_of(Path(workspace.path), paper, workspace.reporting.templates)
    wanted = TEMPLATES.get(form)
    if wanted is None or template.suffix != wanted:
        forms = ", ".join(f"{ending} for {name}" for name, ending in TEMPLATES.items())
        raise UsageProblem(f"{template.name} is no template for {form}: {forms}")
    return options_of(Path(), paper, Templates(**{form: str(template)}))


def _by_name(output: Path | None) -> str:
    """The form that a file's name asks for. Raises UsageProblem."""
    if output is None:
        return "md"
    suffix = output.suffix.removeprefix(".").lower()
    if suffix not in FORMS:
        raise UsageProblem(
            f"{output.name}: no format has the ending {suffix!r}; name one with --format: {', '.join(FORMS)}"
        )
    return suffix
