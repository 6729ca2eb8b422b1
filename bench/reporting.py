"""Reports: composing each, and writing it in every form, on the demo company and on 36 months × 100 projects.

`compose` is the first one of a moment, with nothing kept from earlier answers but the book; a form's time is that of
its writer alone, `whole` both together. `memory` is what a process that does nothing else takes at most.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from bench.plan import Plan
from bench.portfolio import MONTHS, PROJECTS, fill
from bench.processes import PROGRAM, run
from bench.results import Result, figure, milliseconds
from breakeven.app import Company, open_company
from breakeven.cli.demo import prepare
from breakeven.reports import FORMS, REPORTS, Document, compose, form_named, write
from breakeven.reports.writers.pictures import drawing
from breakeven.settings import Settings
from breakeven.views.asking.filters import Filters

LIMITS = {("board", "pptx"): 3_000, ("board", "pdf"): 2_000, ("cfo", "pdf"): 2_000, ("cfo", "xlsx"): 3_000}
"""Report and form → the most that composing and writing together may take, in ms."""
WRITTEN = ("board", "cfo", "summary")
"""Reports that are written in every form; the others are composed."""


def reporting(plan: Plan) -> list[Result]:
    """Both companies."""
    return [result for case, folder in _folders(plan) for result in _measured(plan, case, folder)]


def _folders(plan: Plan) -> Iterator[tuple[str, Path]]:
    demo = plan.folder / "demo"
    prepare(Settings(workspace=demo, data=demo / "data"), 1, plan.end, say=lambda _: None)
    yield "demo, 18 months", demo
    large = plan.folder / "reported"
    fill(large, plan.end)
    yield f"{MONTHS} months × {PROJECTS} projects", large


@contextmanager
def _opened(folder: Path) -> Iterator[Company]:
    with open_company(Settings(workspace=folder, data=folder / "data")) as company:
        yield company


def _measured(plan: Plan, case: str, folder: Path) -> Iterator[Result]:
    with _opened(folder) as company:
        for name, report in REPORTS.items():
            filters = Filters(period=report.kind.period)
            ask = partial(compose, company.ledger, name, filters, plan.end)
            begun, again = milliseconds(ask, 1), milliseconds(ask, plan.repeats)
            yield Result(benchmark="reports", case=f"compose {name}, {case}", rows=None,
                         figures=(figure("first", "ms", begun), figure("again", "ms", again)))  # fmt: skip
        for name in WRITTEN:
            yield from _forms(plan, company, name, case)
    yield from _commands(folder, case)


def _forms(plan: Plan, company: Company, name: str, case: str) -> Iterator[Result]:
    filters = Filters(period=REPORTS[name].kind.period)
    for form in FORMS:
        live = form_named(form).live
        ask = partial(compose, company.ledger, name, filters, plan.end, live=live)
        document = ask()
        content = write(document, form)
        took = milliseconds(partial(write, document, form), plan.repeats)
        whole = milliseconds(partial(_whole, ask, form), plan.repeats)
        began = time.process_time()
        _whole(ask, form)
        processor = (time.process_time() - began) * 1e3
        figures = [figure("write", "ms", took), figure("whole", "ms", whole, at_most=LIMITS.get((name, form))),
                   figure("whole, processor of this process", "ms", [processor]),
                   figure("size", "kB", [len(content) / 1000])]  # fmt: skip
        yield Result(benchmark="reports", case=f"{name} as {form}, {case}", rows=None, figures=tuple(figures))


def _whole(ask: Callable[[], Document], form: str) -> bytes:
    with drawing([form]):
        return write(ask(), form)


def _commands(folder: Path, case: str) -> Iterator[Result]:
    """Reports by the command line, in every form, each in a process of its own."""
    for name, form in dict.fromkeys((*LIMITS, *(("cfo", form) for form in FORMS))):
        made = run(["report", name, "-w", str(folder), "-o", str(folder / f"{name}.{form}")], PROGRAM)
        yield Result(benchmark="reports", case=f"command: {name} as {form}, {case}", rows=None, figures=(
            figure("wall", "s", [made.wall_s]), figure("memory", "MB", [made.peak_mb])))  # fmt: skip
