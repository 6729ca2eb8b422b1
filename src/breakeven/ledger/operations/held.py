"""Measures of a window, read once and added up for every level that a page shows of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time

import pyarrow as pa
import pyarrow.compute as pc

from breakeven.ledger.books.evaluate import leaves
from breakeven.ledger.desk import Desk
from breakeven.ledger.measuring.latencies import EXACT, Ranked, summed
from breakeven.ledger.measuring.measures import Question, Reading, exact, latency_counts, special
from breakeven.ledger.measuring.parts import SHORT, added
from breakeven.measures import MEASURES
from breakeven.period import Grain
from breakeven.store.schema import INTERACTION
from breakeven.workspace.definitions import Workspace


def held_desk(desk: Desk, names: Sequence[str], asked: Question) -> Desk:
    """A desk at which figures of the window of `asked` cost one query, at its level and every coarser one.

    `names` are the figures; `asked` has the finest level (its own names are not looked at).
    """
    wanted = tuple(dict.fromkeys(leaf for name in names for leaf in _leaves(name, desk.workspace)))
    sums = tuple(name for name in wanted if not special(MEASURES[name]))
    question = Question(sums, asked.span, asked.grain, asked.dims, asked.projects, asked.only)
    return Desk(Held(desk.reading, question), desk.evaluator, desk.state, sealed=desk.sealed)


def _leaves(name: str, workspace: Workspace) -> list[str]:
    found = [name] if name in MEASURES else leaves(name, workspace)
    return [leaf for leaf in found if MEASURES[leaf].relation == INTERACTION]


class Held(Reading):
    """The same moment, with the measures of interactions of one window at hand."""

    def __init__(self, reading: Reading, base: Question) -> None:
        super().__init__(reading.moment, reading.workspace, reading.cache, reading.now, reading.as_of, reading.rates_of)
        self._base = base
        self._sums: pa.Table | None = None
        self._counts: dict[Grain, pa.Table] = {}
        self._ranked: dict[tuple[object, ...], Ranked] = {}

    def take(self, question: Question) -> list[pa.Table]:
        """As a reading answers, from what is at hand as far as that goes."""
        if not self._covers(question):
            return super().take(question)
        found, rest = [], list[str]()
        sums = [name for name in question.names if name in self._base.names]
        for name in dict.fromkeys(question.names):
            measure = MEASURES[name]
            if measure.expression.startswith("quantile:") and self._counted(question) is not None:
                found.append(self._percentile(name, question))
            elif name not in sums:
                rest.append(name)
        if sums:
            found.append(self._summed(sums, question))
        if rest:
            others = Question(tuple(rest), question.span, question.grain, question.dims, question.projects,
                              question.only)  # fmt: skip
            found += super().take(others)
        return found

    def _covers(self, question: Question) -> bool:
        base = self._base
        same = (question.span, question.projects) == (base.span, base.projects)
        also = {dim for dim, _ in set(question.only) - set(base.only)}
        narrower = set(base.only) <= set(question.only) and also <= set(base.dims)
        return same and narrower and question.grain in (base.grain, Grain.ALL) and set(question.dims) <= set(base.dims)

    def _summed(self, names: Sequence[str], question: Question) -> pa.Table:
        if self._sums is None:
            (self._sums,) = super().take(self._base)
        kept = [column for column in self._sums.column_names if column.partition("?")[0] in names]
        keys = ("period", *question.dims)
        table = self._in_cells(self._sums.select([*("period", *self._base.dims), *kept]), question)
        if (question.grain, set(question.dims)) == (self._base.grain, set(self._base.dims)):
            return table.select([*keys, *kept])
        return added(table.select([*keys, *kept]), keys)

    def _counted(self, question: Question) -> Grain | None:
        """The grain at which counts of response times are held for a question; None: it is answered apart."""
        if exact(self._base) and self._base.span.end - self._base.span.start > SHORT:
            return Grain.ALL if question.grain is Grain.ALL else None
        return self._base.grain

    def _percentile(self, name: str, question: Question) -> pa.Table:
        asked = (question.grain, question.dims, question.only)
        if asked not in self._ranked:
            grain = self._counted(question) or question.grain
            if grain not in self._counts:
                base = self._base
                finest = Question((), base.span, grain, base.dims, base.projects, base.only)
                self._counts[grain] = latency_counts(self, finest)
            counts = self._in_cells(self._counts[grain], question)
            keys = ("period", *question.dims)
            self._ranked[asked] = Ranked(counts if EXACT in counts.column_names else summed(counts, keys), keys)
        return self._ranked[asked].percentile(float(MEASURES[name].expression.partition(":")[2]), name)

    def _in_cells(self, table: pa.Table, question: Question) -> pa.Table:
        """The rows of the base that a question asks about, in its cells."""
        for dim, values in set(question.only) - set(self._base.only):
            column = table.column(dim)
            wanted = pc.is_in(column, value_set=pa.array([value for value in values if value is not None], pa.string()))
            table = table.filter(pc.or_(wanted, pc.is_null(column)) if None in values else wanted)
        if question.grain is not Grain.ALL or self._base.grain is Grain.ALL:
            return table
        start = pa.scalar(datetime.combine(question.span.first, time()), pa.timestamp("us"))
        return table.set_column(table.column_names.index("period"), "period", pa.repeat(start, len(table)))
