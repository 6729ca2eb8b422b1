"""The page on data quality: sources and their age, what was refused, what is missing, meters against invoices."""

from __future__ import annotations

from breakeven.errors import UsageProblem
from breakeven.ledger.arriving.results import Quality
from breakeven.ledger.completeness.score import completeness
from breakeven.ledger.invoicing.reconcile import Reconciliation, reconcile
from breakeven.ledger.results import Status
from breakeven.views.content import Cell, Column, Empty, Page, Panel, Row, Table
from breakeven.views.format import count_word
from breakeven.views.question import Question
from breakeven.views.trust.arrivals import findings_panel, gap_panels, sources_panel
from breakeven.views.trust.completeness import completeness_panel
from breakeven.views.trust.data import data_of
from breakeven.views.trust.pulls import PullStatus, pulls_panel, silence
from breakeven.views.trust.refused import refused_panel, samples_panel, tries

MONTHS = 24
"""Invoices that are shown, the latest first."""


def quality(question: Question) -> Page:
    """What the figures stand on, and what is wrong with it."""
    data = data_of(question)
    pulls, wrong = pulls_panel(question)
    panels = [findings_panel(question, data), sources_panel(question, data), *pulls, refused_panel(question, data)]
    panels += [*samples_panel(question, data), *gap_panels(question, data)]
    gaps, score = None, None
    try:
        gaps = question.kept(("reconcile",), lambda: reconcile(question.desk, question.period))
        score = question.kept(("completeness",), lambda: completeness(question.desk, question.period))
    except UsageProblem as problem:
        text = f"{str(problem)[:1].upper()}{str(problem)[1:]}."
        panels.append(
            Panel(
                id="whole-months",
                title="Completeness and reconciliation",
                body=Empty(title="Not for this period", text=text),
            )
        )
    if score is not None:
        panels.append(completeness_panel(question, score))
    if gaps is not None:
        panels.append(_reconciled(question, gaps))
    finding, exception = _said(data, gaps, wrong)
    return Page(
        title="Data quality",
        finding=finding,
        exception=exception,
        panels=tuple(panels),
        extra={"waiting": data.waiting, "tries": tries(data)},
    )


def _said(found: Quality, gaps: Reconciliation | None, pulls: list[PullStatus]) -> tuple[str, str]:
    names = {one.source for one in found.sources if one.fresh is not None}
    if not names:
        return "No source has sent anything yet.", silence(pulls) or "Connect one below; its state will stand here."
    silent = {one.source for one in found.sources if one.fresh is not None and one.fresh.state in ("late", "silent")}
    refused = found.waiting
    head = f"{len(names) - len(silent)} of {len(names)} sources are up to date."
    if refused:
        head = f"{head[:-1]}, {refused:,} {'record waits' if refused == 1 else 'records wait'} to be mended."
    beyond = gaps.beyond_tolerance if gaps is not None else 0
    told = f"{count_word(beyond)} of the invoices {'differs' if beyond == 1 else 'differ'} from the meter."
    rest = [f"{', '.join(sorted(silent)[:3])}: quiet for longer than usual."] if silent else []
    rest += [said] if (said := silence(pulls)) else []
    rest += [told[0].upper() + told[1:]] if beyond else []
    return head, " ".join(rest) or ("" if refused else "Nothing is refused and no source is quiet.")


def _not_compared(found: Reconciliation, compared: int) -> str:
    """What the table leaves out."""
    waiting = len(found.rows) - compared
    told = f"{waiting} metered months have no invoice to compare with." if waiting else ""
    return f"Shown are the latest {MONTHS} of {compared}. {told}" if compared > MONTHS else told


def _reconciled(question: Question, found: Reconciliation) -> Panel:
    show, rows = question.show, []
    compared = sorted((one for one in found.rows if one.gap is not None), key=lambda one: (one.month, one.vendor))
    for one in reversed(compared[-MONTHS:]):
        state: Status = "red" if one.beyond_tolerance else "grey" if one.gap is None else "green"
        parts = "; ".join(f"{part.label} {show.money(part.amount, signed=True)}" for part in one.parts if part.amount)
        rows.append(
            Row(
                cells=(
                    Cell(text=one.vendor, sub=parts),
                    Cell(text=show.month(one.month), order=one.month.isoformat()),
                    Cell(text=show.money(one.metered), order=one.metered),
                    Cell(text=show.money(one.invoice), order=one.invoice),
                    Cell(
                        text=show.money(one.gap, signed=True),
                        order=one.gap,
                        sub="" if one.gap_share is None else show.percent(one.gap_share * 100, 1, signed=True),
                    ),
                    Cell(
                        text={"green": "Matches", "red": "Does not match", "grey": one.basis.capitalize()}[state],
                        status=state,
                        sub=one.words,
                    ),
                )
            )
        )
    columns = (
        Column(label="Supplier", sort=True),
        Column(label="Month", sort=True),
        Column(label="Metered", numeric=True, sort=True),
        Column(label="Invoiced", numeric=True, sort=True),
        Column(label="Difference", numeric=True, sort=True),
        Column(label="State", sort=True),
    )
    return Panel(
        id="reconciliation",
        title="Metered cost against invoices",
        sub="What makes up each difference stands below the supplier",
        body=Table(
            columns=columns,
            rows=tuple(rows),
            caption="Meter and invoice by supplier and month",
            empty="No invoice of a metered supplier lies in this period. Import a bill to compare it with its meter.",
        ),
        foot=f"The books use the invoice once it arrives, the meter until then. {_not_compared(found, len(compared))}",
    )
