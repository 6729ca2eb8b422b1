"""The inputs of entries, one by one: value, provenance, grade, who or what says so, and how many facts stand behind."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

import msgspec

from breakeven.ledger.books.book import Book
from breakeven.ledger.desk import Desk
from breakeven.ledger.measuring.grid import Sheet
from breakeven.ledger.measuring.measures import Question
from breakeven.ledger.measuring.relations import Base, interactions, relation
from breakeven.ledger.numbers import plain, tidy
from breakeven.ledger.proof.evidence import Proof
from breakeven.ledger.proof.grading import Link
from breakeven.ledger.proof.provenance import Provenance, provenance
from breakeven.ledger.results import Entry, EntryInput
from breakeven.measures import MEASURES
from breakeven.period import Grain, add_months
from breakeven.workspace.builtins import BUILTINS, COST_LINES
from breakeven.workspace.definitions import Grade

LARGEST = 5
"""Sources that are named of one input."""
Sources = Mapping[tuple[str, date, str], Sequence[tuple[str, int]]]
"""(Measure, month, project) → sources with their number of records, the largest first."""
_METERED: Mapping[str, Provenance] = {"reported_ai_cost": "measured", "metered_ai_cost": "estimated"}


class Inputs:
    """Adds inputs to entries of one book; `sources` false: without who sent the records, which has to look at each."""

    def __init__(self, desk: Desk, book: Book, proof: Proof, *, sources: bool = True) -> None:
        self.desk, self.book, self.proof, self._asked = desk, book, proof, sources
        self.workspace = desk.workspace
        self.rows = {name: row for row, name in enumerate(book.names)}

    def added(self, found: Sequence[Entry]) -> tuple[Entry, ...]:
        """The same entries with their inputs."""
        if not found:
            return ()
        months = [entry.period for entry in found]
        span = min(months), add_months(max(months), 1)
        used = {name for entry in found for name in self._names(entry.category) if name in MEASURES}
        self.sources = self._sources(used, span) if self._asked else {}
        self.metered = self._metered(span) if any(one.category == "cost_metered" for one in found) else {}
        return tuple(msgspec.structs.replace(entry, inputs=tuple(self._inputs(entry))) for entry in found)

    def _names(self, category: str) -> Sequence[str]:
        if category == "cost_metered":
            return tuple(_METERED)
        if category in COST_LINES:
            return ("direct_cost",) if category == "cost_direct" else ()
        # A category that only closed months still have is not looked into: its inputs are in the sealed text.
        return self.proof.grades[category].names if category in self.proof.grades else ()

    def _inputs(self, entry: Entry) -> Iterable[EntryInput]:
        row = self.rows[entry.period, entry.project]
        if entry.side == "value":
            graded = self.proof.grades.get(entry.category)
            links = graded.of(row) if graded is not None else []
            return [self._linked(link, entry) for link in links]
        return self._of_line(entry, row)

    def _linked(self, link: Link, entry: Entry) -> EntryInput:
        source, records = self._source(link.name, entry)
        return EntryInput(
            name=link.name, label=self._label(link.name), value=plain(link.value, self._unit(link.name)),
            unit=self._unit(link.name), provenance=provenance(link.name, self.workspace), grade=link.grade,
            lifted_by=link.lift.by if link.lift is not None else None,
            matters=link.matters, moves=None if link.moves is None else Decimal(str(link.moves)), source=source,
            records=records,
        )  # fmt: skip

    def _of_line(self, entry: Entry, row: int) -> Iterable[EntryInput]:
        """A cost line's records, and what an invoice changed in them."""
        grade: Grade = entry.evidence
        if entry.category == "cost_allocated":
            source = "cost records of pools, by the rules of allocation.yaml"
            yield self._whole(entry, entry.category, entry.amount, "allocated", grade, source)
            return
        if entry.category == "cost_implementation":
            where: Provenance = "reported" if grade == "D" else "projected"
            source = f"projects.yaml, implementation of {entry.project}"
            yield self._whole(entry, entry.category, entry.amount, where, grade, source)
            return
        rest = self.book.sheet.columns[entry.category][row].as_py()
        # What a closed month was metered at is in its seal; how it was told apart is not asked of the facts of today.
        closed = self.desk.sealed and self.desk.frozen and entry.period in self.desk.frozen.months
        names = ("ai_cost",) if closed and entry.category == "cost_metered" else self._names(entry.category)
        for name in names:
            amount = (
                self.metered.get((name, entry.period, entry.project)) if name in _METERED else self._value(name, row)
            )
            if amount is not None:
                source, records = self._source(name, entry)
                yield self._whole(entry, name, amount, _METERED.get(name, "measured"), grade, source, records)
                rest -= amount
        if abs(rest) >= Decimal("1e-6"):
            yield self._whole(entry, "invoice", rest, "allocated", grade, entry.note or "invoices of the month")

    def _whole(
        self, entry: Entry, name: str, amount: Decimal, where: Provenance, grade: Grade, source: str,
        records: int | None = None,
    ) -> EntryInput:  # fmt: skip
        moves = abs(amount / entry.amount / 5).quantize(Decimal("0.0001")) if entry.amount else None
        label = "Invoice against meter" if name == "invoice" else self._label(name)
        return EntryInput(
            name=name, label=label, value=tidy(amount), unit="money", provenance=where, grade=grade,
            lifted_by=None, matters=bool(amount), moves=moves, source=source, records=records,
        )  # fmt: skip

    def _value(self, name: str, row: int) -> Decimal | None:
        sheet: Sheet = self.book.sheet
        return sheet.value(name, row) if name in sheet.columns else None

    def _label(self, name: str) -> str:
        if name in self.workspace.assumptions:
            return self.workspace.assumptions[name].label
        return MEASURES[name].label if name in MEASURES else BUILTINS[name].label

    def _unit(self, name: str) -> str:
        if name in self.workspace.assumptions:
            return self.workspace.assumptions[name].unit
        return MEASURES[name].unit if name in MEASURES else "money"

    def _source(self, name: str, entry: Entry) -> tuple[str, int | None]:
        if name in MEASURES:
            kind = MEASURES[name].relation.replace("_", " ")
            found = self.sources.get((name, entry.period, entry.project), ())
            listed = ", ".join(f"{source} ({number})" for source, number in found[:LARGEST])
            more = f" and {len(found) - LARGEST} more" if len(found) > LARGEST else ""
            said = f"{kind} records of {listed}{more}" if found else f"no {kind} record in the month"
            return said, sum(number for _, number in found)
        if name not in self.workspace.assumptions:
            return "the ledger's own cost line", None
        assumption = self.workspace.assumptions[name]
        project = self.workspace.projects.get(entry.project)
        file = "assumptions.yaml"
        if project is not None and name in project.baselines:
            file = f"projects.yaml, baselines of {project.id}"
        owner = f"owner {assumption.owner}" if assumption.owner else "no owner"
        return "; ".join(part for part in (assumption.source, owner, file) if part), None

    def _sources(self, names: Iterable[str], span: tuple[date, date]) -> Sources:
        """Number of facts behind each measure, by month, project and source; one query for each kind."""
        by_kind: defaultdict[str, list[str]] = defaultdict(list)
        for name in sorted(names):
            by_kind[MEASURES[name].relation].append(name)
        found: defaultdict[tuple[str, date, str], list[tuple[str, int]]] = defaultdict(list)
        within = self.desk.window(*span)
        for kind, measures in by_kind.items():
            setting = self.desk.reading.setting(kind)
            many = kind == "interaction"
            source = interactions(within, Base.RAW, setting) if many else relation(kind, within, Grain.MONTH, setting)
            count = "sum(n)" if many else "count(*)"
            shown = ", ".join(f'CAST({count} FILTER (WHERE {MEASURES[name].condition}) AS BIGINT) AS "{name}"'
                              for name in measures)  # fmt: skip
            sql = (f"SELECT CAST(date_trunc('month', local) AS DATE) AS month, project, source, {shown}"
                   f" FROM ({source}) GROUP BY ALL")  # fmt: skip
            for line in self.desk.reading.moment.query(sql).to_pylist():
                for name in measures:
                    if line[name]:
                        found[name, line["month"], line["project"]].append((line["source"], line[name]))
        return {key: sorted(parts, key=lambda part: (-part[1], part[0])) for key, parts in found.items()}

    def _metered(self, span: tuple[date, date]) -> Mapping[tuple[str, date, str], Decimal]:
        """Cost of interactions as reported and as priced from usage, by month and project."""
        question = Question(tuple(_METERED), self.desk.window(*span), Grain.MONTH, ("project",))
        return {
            (name, line["period"].date(), line["project"]): line[name]
            for answer in self.desk.reading.take(question)
            for line in answer.to_pylist()
            for name in _METERED
            if line[name] is not None
        }
