"""/metrics of a hundred projects, and of so many that it has more than 5,000 series.

`first`   the first page after the store was opened
`again`   a scrape while nothing changed: the company's part is kept, breakeven's own is made anew
`written` all families written anew, none of their text kept from the page before
"""

from __future__ import annotations

from functools import partial

import msgspec

from bench.plan import Plan
from bench.results import Result, figure, milliseconds
from breakeven.app import journaling_of, open_company
from breakeven.exposition.families import Family
from breakeven.exposition.present import present
from breakeven.exposition.rendering import Dialect, Renderer
from breakeven.ledger.ledger import Ledger
from breakeven.settings import Settings
from breakeven.web.metrics import Exposition
from breakeven.web.running import serving
from breakeven.workspace.definitions import Workspace

ASKED, AGAIN_MS = 40, 20


def exposing(plan: Plan) -> list[Result]:
    """The page at each size, in both texts."""
    return [result for rows in plan.rows for result in _exposed(plan, rows)]


def _exposed(plan: Plan, rows: int) -> list[Result]:
    found = []
    with (
        open_company(Settings(workspace=plan.workspace(rows))) as company,
        serving(
            everything := _all_exposed(company.workspace), company.store, Ledger(everything, company.store),
            company.pipeline, lambda: plan.end, journaling=journaling_of(company),
        ) as services,
    ):  # fmt: skip
        for dialect in Dialect:
            page = Exposition(services)
            first = milliseconds(partial(page.page, dialect, plan.end), 1)
            again = milliseconds(partial(page.page, dialect, plan.end), ASKED)
            with services.ledger.desk(plan.end) as desk:
                families = present(desk, services.metrics_labels)
            written = milliseconds(partial(_written, families, dialect), ASKED)
            series = sum(len(one.samples) for one in families)
            found.append(Result(benchmark="metrics", case=dialect.name.lower(), rows=rows, figures=(
                figure("series", "1", [series], at_least=5000), figure("first", "ms", first),
                figure("again", "ms", again, at_most=AGAIN_MS), figure("written", "ms", written, at_most=AGAIN_MS),
            )))  # fmt: skip
    return found


def _written(families: tuple[Family, ...], dialect: Dialect) -> str:
    return Renderer().page(families, dialect)


def _all_exposed(workspace: Workspace) -> Workspace:
    """Every metric marked `expose: true`."""
    made = workspace.methodology
    marked = {name: msgspec.structs.replace(one, expose=True) for name, one in made.definitions.items()}
    return msgspec.structs.replace(workspace, methodology=msgspec.structs.replace(made, definitions=marked))
