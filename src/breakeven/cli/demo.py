"""demo: a made-up company, served with live traffic."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import date, datetime
from pathlib import Path

import click
import msgspec

from breakeven import __version__
from breakeven.app import archive_of, journaling_of, open_company, secret_of, server_of, utc_now
from breakeven.cli.listening import bind, run, url_of
from breakeven.demo.decisions import decide
from breakeven.demo.files import write_company
from breakeven.demo.live import traffic
from breakeven.demo.load import load_company
from breakeven.demo.timeline import Timeline
from breakeven.errors import UsageProblem
from breakeven.ingest.files import FileSummary
from breakeven.settings import Settings, read_settings, secret_reader
from breakeven.web.pages import pages
from breakeven.web.running import serving
from breakeven.web.server import build

FOLDER = Path(".breakeven-demo")
STAMP = "demo.json"
SEED = 1


class Stamp(msgspec.Struct, frozen=True, kw_only=True):
    """What a demo's folder was made of."""

    version: str
    seed: int
    day: date
    """Day on which it was made: the company's last month ends there."""
    complete: bool
    """False: it was being made."""


@click.command("demo")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to bind, 0 takes a free one (default: 8321).")
@click.option("--seed", type=int, default=SEED, show_default=True, help="Another seed is another company.")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=FOLDER,
    show_default=True,
    help="Where the company is kept; used again on the same day.",
)
@click.pass_obj
def demo_command(before: Mapping[str, Path | None] | None, port: int | None, seed: int, folder: Path) -> None:
    """Serve a made-up company with live traffic on this machine, until Ctrl-C or SIGTERM."""
    if any((before or {}).values()):
        raise UsageProblem("demo makes a workspace and a store of its own: leave out -w and --data, and use --folder")
    settings = msgspec.structs.replace(read_settings({"port": port}), workspace=folder, data=folder / "data",
                                       host="127.0.0.1")  # fmt: skip
    with closing(bind(settings.host, settings.port)) as listener:
        prepare(settings, seed, utc_now())
        with (
            open_company(settings) as company,
            serving(
                company.workspace,
                company.store,
                company.ledger,
                company.pipeline,
                utc_now,
                demo=True,
                server=server_of(company),
                secret=secret_of(settings),
                secrets=secret_reader(settings.workspace),
                journaling=journaling_of(company),
                archive=archive_of(company),
                metrics_labels=settings.metrics_labels,
            ) as services,  # fmt: skip
            traffic(f"{url_of(listener)}/v1/events", seed=seed, clock=utc_now),
        ):
            click.echo("live traffic: about 3 events a second; Ctrl-C stops")
            run(build(services, pages(services)), listener, services.hub, settings)


def prepare(settings: Settings, seed: int, now: datetime, say: Callable[[str], None] = click.echo) -> None:
    """Have the company in its folder: as it is if it was made today of the same seed, else made anew.

    Raises UsageProblem for a folder that holds anything else.
    """
    folder, wanted = settings.workspace, Stamp(version=__version__, seed=seed, day=now.date(), complete=True)
    found = _stamp(folder)
    if found == wanted:
        say(f"{folder}: made-up company with seed {seed}, as made earlier today")
        return
    if found is None and folder.exists() and any(folder.iterdir()):
        raise UsageProblem(f"{folder} holds something else than a demo: name another with --folder")
    if found is not None:
        say(f"{folder}: made of seed {found.seed} on {found.day}, is made anew")
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder, msgspec.structs.replace(wanted, complete=False))
    say(f"{folder}: writing a made-up company with seed {seed}")
    parts = write_company(folder, seed=seed, now=now)

    def told(summary: FileSummary) -> None:
        refused = sum(summary.rejected.values())
        say(f"  {summary.file}: {summary.accepted:,} records" + (f", {refused} rejected" if refused else ""))

    with open_company(settings) as company:
        load_company(parts, workspace=company.workspace, pipeline=company.pipeline, now=now, told=told)
        closed = decide(company.ledger, Timeline(seed=seed, now=now), now)
        say(f"  plans approved, entries accepted, {closed} months closed")
        company.store.compact()
    _write(folder, wanted)


def _stamp(folder: Path) -> Stamp | None:
    try:
        return msgspec.json.decode((folder / STAMP).read_bytes(), type=Stamp)
    except (FileNotFoundError, NotADirectoryError, msgspec.DecodeError):
        return None


def _write(folder: Path, stamp: Stamp) -> None:
    (folder / STAMP).write_bytes(msgspec.json.encode(stamp))
