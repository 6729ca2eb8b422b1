"""import and rejected: files into the store, and what was not accepted."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress

from breakeven.app import open_company, utc_now
from breakeven.cli.options import format_option, workspace_options
from breakeven.cli.render import print_json, print_table
from breakeven.facts import KINDS, Reason
from breakeven.ingest.files import FileSummary, import_file, named_source
from breakeven.ingest.files import Progress as OnProgress
from breakeven.ingest.mapping import source_mapping
from breakeven.ingest.rejected import Filter, Rejected
from breakeven.settings import Settings

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it."""
IMPORTED = (*KINDS, "focus")
"""What `import` takes: the fact kinds, and bills in the FOCUS format."""


@click.command("import")
@click.argument("kind", type=click.Choice(IMPORTED), metavar="KIND")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path))
@click.option(
    "--map",
    "maps",
    multiple=True,
    metavar="FIELD=EXPRESSION",
    help="Feed a field from the file's columns, for example --map time='\"Start date\"'.",
)
@click.option("--set", "fixed", multiple=True, metavar="FIELD=VALUE", help="Give a field the same value in every row.")
@click.option("--where", metavar="EXPRESSION", help="Take only rows for which this is true.")
@click.option("--order-by", metavar="EXPRESSION", help="Order in which the rows happened; later ones supersede.")
@click.option("--source", "named", metavar="NAME", help="A source of the workspace's sources.yaml with all of these.")
@click.option("--sheet", help="Sheet of a workbook (default: the first).")
@workspace_options
@format_option("table", "json")
@click.pass_context
def import_command(
    ctx: click.Context,
    settings: Settings,
    kind: str,
    files: Sequence[Path],
    maps: Sequence[str],
    fixed: Sequence[str],
    where: str | None,
    order_by: str | None,
    named: str | None,
    sheet: str | None,
    shape: str,
) -> None:
    """Read files of facts or bills into the store.

    KIND is a fact kind (interaction, cost, benefit, deployment, incident, evaluation, activity, survey, model_state,
    note, outcome) or focus. Files may be CSV, JSON, JSON lines, Parquet or XLSX; text may be packed with gzip or zstd.
    Importing a file again changes nothing; one that was interrupted goes on where it stopped. Exit code 1 if rows were
    rejected; the good rows beside them are in.
    """
    summaries = []
    with open_company(settings) as company:
        base = named_source(company.workspace, kind, named)
        spec = source_mapping(kind, base=base, maps=maps, sets=fixed, where=where, order_by=order_by)
        try:
            for path in files:
                with _bar(path) as on_progress:
                    summaries.append(
                        import_file(company.pipeline, path, spec, now=utc_now(), sheet=sheet, on_progress=on_progress)
                    )
        except KeyboardInterrupt:
            click.echo("interrupted: the same command goes on where it stopped", err=True)
            ctx.exit(INTERRUPTED)
        company.store.compact()
    if shape == "json":
        print_json(_together(summaries))
    else:
        for summary in summaries:
            _print_summary(summary)
    ctx.exit(1 if any(summary.rejected for summary in summaries) else 0)


@contextmanager
def _bar(path: Path) -> Iterator[OnProgress | None]:
    """A progress bar on a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield None
        return
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(path.name, total=None)
        yield lambda done, whole: bar.update(task, completed=done, total=whole)


def _together(summaries: Sequence[FileSummary]) -> dict[str, object]:
    """The files' summaries under their sums."""
    rejected: dict[str, int] = {}
    for summary in summaries:
        for reason, rows in summary.rejected.items():
            rejected[reason] = rejected.get(reason, 0) + rows
    return {
        "accepted": sum(summary.accepted for summary in summaries),
        "duplicates": sum(summary.duplicates for summary in summaries),
        "rejected": rejected,
        "files": summaries,
    }


def _print_summary(summary: FileSummary) -> None:
    turned_away = sum(summary.rejected.values())
    click.echo(
        f"{summary.file}: {summary.accepted} accepted, {summary.duplicates} duplicate, {turned_away} rejected"
        + (f", {summary.left_out} left out" if summary.left_out else "")
    )
    if summary.resumed_after:
        click.echo(f"  went on after {summary.resumed_after} rows, which an interrupted import had taken in")
    for reason, rows in summary.rejected.items():
        click.echo(f"  {reason}: {rows}")
    for problem in summary.problems[:5]:
        click.echo(f"    {problem}")
    if turned_away:
        click.echo("  see all with: breakeven rejected; try them again with: breakeven rejected --replay")
    for note in summary.notes:
        click.echo(f"  note: {note}")
    if summary.ignored:
        click.echo(f"  columns that feed nothing: {', '.join(summary.ignored)}")


@click.command("rejected")
@click.option("--reason", type=click.Choice([reason.value for reason in Reason]), help="Only this reason.")
@click.option("--kind", type=click.Choice(list(KINDS)), help="Only this fact kind.")
@click.option("--source", help="Only what this source sent.")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="Records shown at the most.")
@click.option("--replay", is_flag=True, help="Try them again, now that the workspace is mended.")
@workspace_options
@format_option("table", "json")
@click.pass_context
def rejected_command(
    ctx: click.Context,
    settings: Settings,
    reason: str | None,
    kind: str | None,
    source: str | None,
    limit: int,
    replay: bool,
    shape: str,
) -> None:
    """List what was rejected and why; --replay tries it again. Exit code 1 if records still wait."""
    which = Filter(reason=reason, kind=kind, source=source)
    with open_company(settings) as company:
        rejected = Rejected(company.store)
        if replay and rejected.count(which):
            outcome = rejected.replay(which, company.pipeline, utc_now())
            click.echo(
                f"tried again: {outcome.accepted} accepted, {outcome.duplicates} duplicate,"
                f" {outcome.refused} rejected again",
                err=shape == "json",
            )
        waiting, records, counts = rejected.count(which), rejected.page(which, limit=limit), rejected.counts()
    if shape == "json":
        print_json({"waiting": waiting, "by_reason": _by_reason(counts), "records": records})
    elif not waiting:
        click.echo("nothing is rejected")
    else:
        click.echo(", ".join(f"{name}: {count}" for name, count in _by_reason(counts).items()))
        print_table(
            ("received", "source", "row", "kind", "reason", "field", "value"),
            [
                (
                    f"{record.received_at:%Y-%m-%d %H:%M}",
                    record.source or "",
                    str(record.row or ""),
                    record.kind,
                    record.reason,
                    record.field or "",
                    record.value or "",
                )
                for record in records
            ],
            right=(2,),
        )
        if waiting > len(records):
            click.echo(f"and {waiting - len(records)} more; see them with --limit")
    ctx.exit(1 if waiting else 0)


def _by_reason(counts: Sequence[tuple[str, str, str | None, int]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for reason, _, _, count in counts:
        found[reason] = found.get(reason, 0) + count
    return found
