"""What the form asks for, and how it is made, kept or shown."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import get_args

import msgspec

from breakeven.errors import FilterProblem
from breakeven.reports import Document, compose, form_named, report_of, write
from breakeven.reports.archive import Archive
from breakeven.reports.progress import step
from breakeven.reports.rights import rights_of
from breakeven.reports.templates import options_of
from breakeven.reports.writers.pictures import drawing
from breakeven.views.asking.filters import Filters
from breakeven.views.asking.query import period_of
from breakeven.web.reporting.jobs import Outcome
from breakeven.web.services import Services
from breakeven.workspace.reports import Paper

LONGEST = 200
"""Letters of a recipient's name."""
BY_REPORT = "-"
"""Rights: those that stand under the report's name."""


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """The form as it was sent."""

    report: str = "cfo"
    period: str = ""
    project: str = ""
    form: str = "pdf"
    paper: Paper = "a4"
    rights: str = BY_REPORT
    to: str = ""
    """Who gets it, separated by commas."""

    @classmethod
    def read(cls, given: Mapping[str, str]) -> Wish:
        """Out of fields; others are not looked at. Raises FilterProblem for a paper that there is not."""
        found = {name: given[name].strip() for name in cls.__struct_fields__ if given.get(name, "").strip()}
        try:
            return msgspec.convert(found, cls)
        except msgspec.ValidationError as error:
            raise FilterProblem("paper", found.get("paper", ""), str(error), get_args(Paper)) from error


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be made, checked."""

    wish: Wish
    title: str
    filters: Filters

    @property
    def rights(self) -> str | None:
        """As `compose` takes it."""
        return None if self.wish.rights == BY_REPORT else self.wish.rights

    @property
    def recipients(self) -> tuple[str, ...]:
        """Who gets it."""
        return tuple(dict.fromkeys(name.strip()[:LONGEST] for name in self.wish.to.split(",") if name.strip()))


def order_of(services: Services, wish: Wish, now: datetime) -> Order:
    """Check a wish before anything is begun. Raises UnknownName, UsageProblem with what can be chosen."""
    ledger = services.ledger
    kind = report_of(ledger.workspace, wish.report).kind
    form_named(wish.form)
    period = wish.period or kind.period
    period_of(ledger, period, now)
    rights_of(ledger.workspace, wish.report, None if wish.rights == BY_REPORT else wish.rights)
    if wish.project:
        with ledger.desk(now) as desk:
            desk.check_projects((wish.project,))
    filters = Filters(period=period, project=(wish.project,) if wish.project else ())
    return Order(wish=wish, title=kind.title, filters=filters)


def made(services: Services, order: Order, now: datetime) -> tuple[Document, bytes]:
    """The report and its file. Raises what composing and writing raise."""
    wish, workspace = order.wish, services.ledger.workspace
    with drawing([wish.form]):
        document = compose(services.ledger, wish.report, order.filters, now, live=form_named(wish.form).live,
                           rights=order.rights)  # fmt: skip
        options = options_of(Path(workspace.path), wish.paper, workspace.reporting.templates)
        return document, write(document, wish.form, options)


def issued(services: Services, archive: Archive, order: Order, now: datetime) -> Outcome:
    """Make it and keep it."""
    document, content = made(services, order, now)
    step("Keeping it")
    issue = archive.keep(document, order.wish.form, content, recipients=order.recipients, now=now)
    return Outcome(words=f"Issued as {issue.id}", href=f"/reports/issues/{issue.id}/file",
                   link=f"Download {issue.name}", download=True, hash=issue.hash[:12])  # fmt: skip
