"""The ledger's entries: one amount for each month, project and category, with what stands behind it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import partial

import pyarrow as pa

from breakeven.ledger.books.book import Book
from breakeven.ledger.books.cost_lines import LINE_MEASURES
from breakeven.ledger.books.evaluate import leaves
from breakeven.ledger.closing.sealed_evidence import as_sealed, gone_entries
from breakeven.ledger.desk import Desk
from breakeven.ledger.measuring.relations import relation
from breakeven.ledger.numbers import tidy
from breakeven.ledger.proof.entry_inputs import Inputs
from breakeven.ledger.proof.evidence import Proof, proof
from breakeven.ledger.proof.grading import GRADES
from breakeven.ledger.proof.provenance import LINE_GRADES, LINE_REASONS, line_origins, own_grade
from breakeven.ledger.proof.standing import decisions, standing
from breakeven.ledger.results import Entry
from breakeven.measures import MEASURES, Measure
from breakeven.period import Grain, add_months
from breakeven.store.state_validations import Validation
from breakeven.workspace.builtins import COST_LINES
from breakeven.workspace.definitions import Grade, Workspace

Counts = Mapping[str, Mapping[tuple[date, str], int]]
"""Figure → (month, project) → number of facts that the figure looks at."""


def entries(
    desk: Desk, window: tuple[date, date] | None = None, project: str | None = None, *, inputs: bool = False,
    grades: Sequence[str] = (), states: Sequence[str] = (),
) -> tuple[Entry, ...]:  # fmt: skip
    """Entries of the months that begin in the window, by month, project and category; amounts of 0 are left out.

    They add up to what the statements of the same months claim. `inputs`: with the inputs of each; `grades`, `states`:
    only those. Raises UnknownName for a project.
    """
    found = [one for month in by_month(desk, window, project, grades=grades, states=states) for one in month]
    return with_inputs(desk, found) if inputs else tuple(found)


def with_inputs(desk: Desk, found: Sequence[Entry]) -> tuple[Entry, ...]:
    """Entries with the inputs of each."""
    return Inputs(desk, desk.book(), proof(desk)).added(found)


def by_month(
    desk: Desk, window: tuple[date, date] | None = None, project: str | None = None, *, grades: Sequence[str] = (),
    states: Sequence[str] = (),
) -> Iterator[list[Entry]]:  # fmt: skip
    """The same a month at a time, each made when it is asked for: no more than one month of entries is held."""
    desk.check_projects(None if project is None else (project,))
    book = desk.book()
    first, last = window if window is not None else (book.months[0], add_months(book.months[-1], 1))
    months: defaultdict[date, list[int]] = defaultdict(list)
    for row, (month, owner) in enumerate(book.names):
        if first <= month < last and (project is None or owner == project):
            months[month].append(row)
    making = _Making(desk, book)
    for month in sorted(months):
        rows = months[month]
        made = as_sealed(desk, [*making.values(rows), *making.costs(rows)])
        every = (*made, *gone_entries(desk, book, set(rows)))
        found = [one for one in every if (not grades or one.evidence in grades) and (not states or one.state in states)]
        found.sort(key=lambda entry: (entry.project, entry.side != "value"))
        yield found


class _Making:
    """Makes the entries of one book."""

    def __init__(self, desk: Desk, book: Book) -> None:
        self.desk, self.book = desk, book
        self.proof: Proof = proof(desk)
        self.said: Mapping[str, Validation] = decisions(desk)
        self.counts = _counts(desk)
        self.origins = line_origins(desk.reading, book)
        self.methodology, self.data = desk.workspace.methodology.version, desk.reading.moment.versions.data

    def values(self, rows: Sequence[int]) -> Iterable[Entry]:
        """The entries of the value categories."""
        index = pa.array(rows, pa.int32())
        for definition in self.desk.workspace.methodology.values():
            name, reading = definition.name, self.desk.reading
            made, realised = self.proof.grades[name], self.proof.realised[name]
            claimed = self.book.claimed[name].take(index).to_pylist()
            counts = self.book.sheet.columns[name].take(index).to_pylist()
            for row, amount, counted in zip(rows, claimed, counts, strict=True):
                if not amount:
                    continue
                place = made.place[row]
                parts = realised.of(row, amount) if row in realised.shares else {definition.realisation: amount}
                yield self._entry(
                    name, row, amount, side="value", formula=definition.formula, evidence=made.grades[place],
                    reason=made.reason(place, reading),
                    realisation=max(parts, key=lambda one: abs(parts[one])),
                    parts={one: tidy(part) for one, part in parts.items()} if len(parts) > 1 else {},
                    counted=tidy(counted or Decimal(0)),
                )  # fmt: skip

    def costs(self, rows: Sequence[int]) -> Iterable[Entry]:
        """The entries of the cost lines."""
        index = pa.array(rows, pa.int32())
        for name in COST_LINES:
            column = self.book.sheet.columns[name].take(index).to_pylist()
            for row, amount in zip(rows, column, strict=True):
                if not amount:
                    continue
                origin = self.origins[name](row)
                grade = LINE_GRADES.get(origin, "C")
                yield self._entry(
                    name, row, amount, side="cost", formula=None, evidence=grade,
                    reason=f"{grade}: {origin}: {LINE_REASONS[name][origin]}", realisation="cash", parts={},
                    counted=tidy(amount),
                )  # fmt: skip

    def _entry(self, name: str, row: int, amount: Decimal, **given: object) -> Entry:
        month, owner = self.book.names[row]
        id_, short = f"{month:%Y-%m}/{owner}/{name}", tidy(amount)
        state, note = standing(self.said.get(id_), short, over=month < self.desk.reading.open_month)
        return Entry(
            id=id_, period=month, project=owner, category=name, amount=short, state=state, state_note=note,
            note=self.book.notes.get(name, {}).get(row), methodology=self.methodology, data_version=self.data,
            records=self.counts[name].get((month, owner), 0), **given,  # type: ignore[arg-type]
        )  # fmt: skip


def grade_of(name: str, workspace: Workspace) -> Grade:
    """How well a category or cost line can be known at best: the weakest of all that it is made of.

    The grade of an amount follows from the inputs that matter to it (`ledger/proof/grading.py`).
    """
    definitions = workspace.methodology.definitions
    grades: set[Grade] = set()
    waiting, seen = [name], set[str]()
    while waiting:
        part = waiting.pop()
        if part not in seen:
            seen.add(part)
            if part in definitions:
                waiting += definitions[part].expression.names
            else:
                grades.add(own_grade(part, workspace))
    stated = definitions[name].evidence if name in definitions else None
    return max(grades) if grades else stated or GRADES[-1]


def _counts(desk: Desk) -> Counts:
    """Number of facts behind each figure, by month and project; asked anew when facts of a kind have changed."""
    names = [*(made.name for made in desk.workspace.methodology.values()), *COST_LINES]
    wanted: defaultdict[str, dict[str, list[Measure]]] = defaultdict(dict)
    for name in names:
        made_of = LINE_MEASURES[name][:1] if name in LINE_MEASURES else leaves(name, desk.workspace)
        for leaf in made_of:
            wanted[MEASURES[leaf].relation].setdefault(name, []).append(MEASURES[leaf])
    months, versions = desk.book().months, desk.reading.moment.versions.by_kind
    found: dict[str, defaultdict[tuple[date, str], int]] = {name: defaultdict(int) for name in names}
    for kind, figures in wanted.items():
        version = (versions.get(kind, 0), months[0], months[-1])
        part = desk.reading.cache.get(("facts behind", kind), version, partial(_counted, desk, kind, figures))
        for name, counts in part.items():
            for place, number in counts.items():
                found[name][place] += number
    return found


def _counted(desk: Desk, kind: str, figures: Mapping[str, Sequence[Measure]]) -> Counts:
    """The same of one kind of fact."""
    months = desk.book().months
    span = desk.window(months[0], add_months(months[-1], 1))
    shown = ", ".join(f'{counted(kind, measures)} AS "{name}"' for name, measures in figures.items())
    source = relation(kind, span, Grain.MONTH, desk.reading.setting(kind))
    month = f"CAST(date_trunc('month', {'day' if kind == 'interaction' else 'local'}) AS DATE) AS month"
    rows = desk.reading.moment.query(f"SELECT {month}, project, {shown} FROM ({source}) GROUP BY ALL").to_pylist()
    return {name: {(row["month"], row["project"]): int(row[name]) for row in rows if row[name]} for name in figures}


def counted(kind: str, measures: Iterable[Measure]) -> str:
    """SQL of the number of facts that at least one of the measures looks at; of interactions their number."""
    condition = " OR ".join(f"({measure.condition})" for measure in measures)
    return f"{'sum(n)' if kind == 'interaction' else 'count(*)'} FILTER (WHERE {condition})"
