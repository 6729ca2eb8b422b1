"""Reports by name: what each is, and the function that makes it from a question."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

import msgspec

from breakeven.errors import UnknownName
from breakeven.ledger.ledger import Ledger
from breakeven.reports.composing import board, cfo, cto, own, stakeholders, steering, summary, team
from breakeven.reports.composing.asking import asking
from breakeven.reports.composing.frame import Kind
from breakeven.reports.document import Document
from breakeven.reports.hidden import hidden
from breakeven.reports.progress import step
from breakeven.reports.rights import EVERYBODY, allowed, redacted, rights_of
from breakeven.views.asking.filters import Filters
from breakeven.views.asking.resolve import Asked
from breakeven.views.question import Question
from breakeven.workspace.access_rights import Rights
from breakeven.workspace.definitions import Workspace


class Compose(Protocol):
    """Makes a document from a question; `live`: with what a live spreadsheet needs."""

    def __call__(self, question: Question, found: Asked, *, live: bool = False) -> Document: ...


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A report that can be asked for."""

    kind: Kind
    compose: Compose


REPORTS: Mapping[str, Report] = {
    one.kind.name: one
    for one in (
        *(Report(kind=made.KIND, compose=made.compose) for made in (board, cfo, cto, steering, team, summary)),
        Report(kind=stakeholders.DEPTHS["technical"].kind, compose=stakeholders.technical),
        Report(kind=stakeholders.DEPTHS["business"].kind, compose=stakeholders.business),
        Report(kind=stakeholders.DEPTHS["executive"].kind, compose=stakeholders.executive),
    )
}
"""Every report by its name."""


def report_named(name: str) -> Report:
    """Raises UnknownName with the valid ones."""
    if name not in REPORTS:
        raise UnknownName("report", name, REPORTS)
    return REPORTS[name]


def report_of(workspace: Workspace, name: str, readers: Rights = EVERYBODY) -> Report:
    """A shipped report, or one of the workspace's own, as its readers may see it. Raises UnknownName."""
    if name in REPORTS:
        return REPORTS[name]
    declared = workspace.reporting.own
    if name not in declared:
        raise UnknownName("report", name, (*REPORTS, *declared))
    made = own.Own(declared[name], readers)
    return Report(kind=made.kind, compose=made)


def compose(
    ledger: Ledger, name: str, filters: Filters | None, now: datetime, *, live: bool = False,
    known: datetime | None = None, locale: str = "", rights: str | None = None,
) -> Document:  # fmt: skip
    """The report of a name under filters at an instant; without filters those that the report has by default.

    `live`: with what a live spreadsheet needs. `known`: the report as it was composed then, of the facts and decisions
    of then, with the hash that it had: what one that was issued is compared with. (`as_of` of the filters says in the
    report that it looks back, and has another hash.) `locale`: how numbers and dates are written; empty: as the
    workspace does. `rights`: name of its readers in access.yaml, whose hidden fields stay hidden; None: those that
    stand there under the report's name; empty: everything is seen. Raises UnknownName, FilterProblem, UsageProblem,
    NotAllowed.
    """
    readers = rights_of(ledger.workspace, name, rights)
    report = report_of(ledger.workspace, name, readers)
    asked = filters if filters is not None else Filters(period=report.kind.period)
    wanted = allowed(ledger.workspace, readers, asked)
    step("Reading the ledger")
    with asking(ledger, wanted, now, path=report.kind.path, known=known, locale=locale) as (question, found):
        document = report.compose(question, found, live=live and not readers.hides)
        return redacted(document, ledger.workspace, readers, asked, hidden(question, readers))
