"""What every report has, whatever it is about: scope, filters in force, method, evidence, versions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal

import msgspec

from breakeven.reports.composing.model import model_of
from breakeven.reports.composing.plainly import plainly
from breakeven.reports.document import Document, Figure, Method, Section, Stated, Versions
from breakeven.views.asking.resolve import Asked, headline_words
from breakeven.views.question import Question
from breakeven.views.words import FILTERS
from breakeven.workspace.version import files_digest

FEW = 12
"""Values of single projects that are listed one by one; of more the lowest and the highest stand for all."""


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """A report: who it is for, and what it is asked by default."""

    name: str
    title: str
    audience: str
    """Who reads it."""
    path: str
    """The page that it is made like."""
    period: str
    """Where none is given."""
    what: str
    """In one line, for the command line and the page."""


def framed(
    question: Question, found: Asked, kind: Kind, *, summary: Sequence[str], figures: Sequence[Figure],
    sections: Sequence[Section], live: bool = False, brief: bool = False,
) -> Document:  # fmt: skip
    """A document around what its audience asked for; `live`: with what a live spreadsheet needs."""
    workspace, show, statement = question.workspace, question.show, question.statement
    return Document(
        kind=kind.name, title=kind.title, company=workspace.name, audience=kind.audience, period=found.words,
        period_name=question.period.name, start=question.period.start, end=question.period.end, scope=found.scope,
        currency=workspace.currency, locale=show.locale, made=question.now, made_text=show.moment(question.now),
        summary=tuple(sentence for sentence in summary if sentence), figures=tuple(figures),
        sections=tuple(sections), method=tuple(_methods(question)), assumptions=tuple(_assumptions(question)),
        evidence=tuple(_evidence(question)), filters=tuple(_filters(question, found)),
        remarks=tuple(_remarks(question, found)),
        versions=Versions(data=statement.data_version, methodology=statement.methodology, closed=statement.closed),
        brief=brief, asked=question.filters, declared=files_digest(workspace.files),
        model=model_of(question) if live else None,
    )  # fmt: skip


def _filters(question: Question, found: Asked) -> Iterator[tuple[str, str]]:
    """Everything that decides which records and rules the figures are of."""
    filters, show = question.filters, question.show
    last = question.period.end - timedelta(days=1)
    yield FILTERS["period"], f"{found.words} ({show.day(question.period.start)} to {show.day(last)})"
    yield FILTERS["project"], found.scope
    yield FILTERS["headline"], headline_words(question.workspace.headline)
    if filters.compare != "previous":
        yield FILTERS["compare"], filters.compare
    if filters.as_of:
        yield FILTERS["as_of"], f"what was known on {show.moment(question.now)}"
    if question.desk.reading.rates_of is not None:
        yield "Constant currency", f"rates of {show.day(question.desk.reading.rates_of)}"
    for name in ("model", "team"):
        if getattr(filters, name):
            yield (
                FILTERS[name],
                f"{getattr(filters, name)} (no effect on money, kept by project and month)",
            )


def _remarks(question: Question, found: Asked) -> Iterator[str]:
    """The open month, what is translated, what is not known."""
    statement, show = question.statement, question.show
    for _, words in found.remarks():
        yield f"{words}."
    open_month = question.desk.reading.open_month
    if question.period.start <= open_month < question.period.end:
        yield f"{show.month_name(open_month)} is still open, counted to {show.day(question.until)}."
    for unknown in statement.unknown:
        label = question.catalogue[unknown.figure].label if unknown.figure in question.catalogue else unknown.figure
        yield f"{label}: {plainly(question, unknown.reason)}."


def _methods(question: Question) -> Iterator[Method]:
    """The formulas of what the statement is headed by, and of each value category."""
    definitions = question.workspace.methodology.definitions
    values = [made.name for made in question.workspace.methodology.values()]
    for name in (*values, "platform_cost", "total_monthly_value", "investment", "net_value", "roi_percent"):
        if name in definitions:
            one = definitions[name]
            yield Method(figure=name, label=one.label, formula=" ".join(one.formula.split()),
                         description=one.description)  # fmt: skip


def _assumptions(question: Question) -> Iterator[Stated]:
    """Assumptions that hold at the end of the period, for all and for single projects."""
    until, show = question.until, question.show
    for one in question.workspace.assumptions.values():
        newest: dict[str | None, tuple[date, Decimal]] = {}
        for stated in sorted(one.values, key=lambda value: value.start):
            inside = question.projects is None or stated.project is None or stated.project in question.projects
            if stated.start <= until and inside:
                newest[stated.project] = stated.start, stated.value
        own = [value for project, (_, value) in newest.items() if project is not None]
        if len(own) > FEW:
            low, high = (str(show.exact_quantity(edge, one.unit)) for edge in (min(own), max(own)))
            span = low if low == high else f"{low} to {high}"
            yield Stated(name=one.name, label=f"{one.label}, {len(own)} projects", unit=one.unit, value=span,
                         evidence=one.evidence, source=one.source, owner=one.owner or "")  # fmt: skip
            newest = {project: stated for project, stated in newest.items() if project is None}
        for project, (_, value) in newest.items():
            label = one.label if project is None else f"{one.label}, {question.name_of(project)}"
            yield Stated(name=one.name, label=label, value=str(show.exact_quantity(value, one.unit)), unit=one.unit,
                         evidence=one.evidence, source=one.source, owner=one.owner or "")  # fmt: skip


def _evidence(question: Question) -> Iterator[str]:
    """How much of the value is claimed, measured and validated, and how complete the inputs are."""
    statement, show = question.statement, question.show
    split = statement.evidence
    if split is not None and split.claimed.value is not None:
        said = f"Value of {show.money(split.claimed.value)} is claimed"
        if split.measured.value is not None:
            said += f"; {show.money(split.measured.value)} of it is measured (grades A to C)"
        if split.validated.value is not None:
            said += f"; {show.money(split.validated.value)} is accepted by finance"
        yield f"{said}. Headline rule: {split.headline}."
        if split.disputed:
            yield f"{show.money(split.disputed)} of the claimed value is disputed."
        kinds = (("cash", split.claimed.cash), ("capacity", split.claimed.capacity),
                 ("strategic", split.claimed.strategic))  # fmt: skip
        told = ", ".join(f"{show.money(amount)} {name}" for name, amount in kinds if amount)
        if told:
            yield f"It becomes real as {told}."
        yield from (f"{note}." if note[-1:] not in ".!?" else note for note in split.notes)
    elif split is not None:
        yield "No value is known in this period."
    if statement.completeness is not None:
        yield f"{show.percent(statement.completeness * 100)} of the inputs that should be there are known."
    for month in statement.after_close:
        yield (f"{month.period} is closed (version {month.version}); by what is known today it would have "
               f"{show.money(month.value, signed=True)} value and {show.money(month.cost, signed=True)} cost. "
               "The closed amounts stand.")  # fmt: skip
