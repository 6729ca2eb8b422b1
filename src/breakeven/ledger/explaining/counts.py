"""How many facts stand behind measures and cost lines, by month, project and source: counted once for a whole tree.

Interactions are counted from roll-ups, which do not know their sources: these are remembered as they come in.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from threading import Lock

from breakeven.ledger.desk import Desk
from breakeven.ledger.invoicing.settled import cost_lines
from breakeven.ledger.measuring.relations import base_of, interactions, relation
from breakeven.ledger.records.which import INTERACTION, MONEY_LINES, looked_at
from breakeven.ledger.window import Window
from breakeven.measures import MEASURES
from breakeven.period import Grain, add_months
from breakeven.store.base import Snapshot
from breakeven.store.schema import FACT_TABLES, quoted

Sources = tuple[tuple[str, int | None], ...]
"""Source and number of its facts, the largest first; None: its number is not known."""
_Row = tuple[date, str, str, int, int]
"""Month, project, source, facts, and those of them that begin in the month."""


class Facts:
    """Numbers of facts within one window."""

    def __init__(self, desk: Desk, span: Window, names: Iterable[str]) -> None:
        """`names`: measures, and cost lines that are made of cost records."""
        self._desk, self._span = desk, span
        self._groups: defaultdict[tuple[str, str | None, bool], list[str]] = defaultdict(list)
        for name in dict.fromkeys(names):
            self._groups[_group(name)].append(name)
        self._found: dict[tuple[str, Window, tuple[str, ...] | None], tuple[int, Sources]] = {}

    def of(self, name: str, span: Window, scope: tuple[str, ...] | None) -> tuple[int, Sources]:
        """How many facts a measure or cost line looks at in a part of the window, and who sent them."""
        key = name, span, scope
        if key not in self._found:
            self._found[key] = self._sum(name, span, scope)
        return self._found[key]

    def _sum(self, name: str, span: Window, scope: tuple[str, ...] | None) -> tuple[int, Sources]:
        group = _group(name)
        kind, _, state = group
        if self._desk.reading.presence(kind).first is None:
            return 0, ()
        sums: defaultdict[str, int] = defaultdict(int)
        begin = span.first.replace(day=1)
        for month, project, source, every, begun in self._rows(group)[name]:
            if (state or month >= begin) and month < span.last and (scope is None or project in scope):
                # A bill of several months counts once: in the first of them that is looked at.
                sums[source] += every if month == begin or kind != "cost" else begun
        if kind == INTERACTION:
            named = sources_of_interactions(self._desk)
            total = sums.get("", 0)
            alone = total if len(named) == 1 else None
            return total, tuple((source, alone) for source in named) if total else ()
        found = sorted(
            ((source, number) for source, number in sums.items() if number), key=lambda one: (-one[1], one[0])
        )
        return sum(number for _, number in found), tuple(found)

    def _rows(self, group: tuple[str, str | None, bool]) -> Mapping[str, Sequence[_Row]]:
        names = tuple(self._groups[group])
        reading, versions = self._desk.reading, self._desk.reading.moment.versions.by_kind
        version = versions.get(group[0], 0), versions.get(INTERACTION, 0) if group[0] == "cost" else 0
        return reading.cache.get(
            ("facts behind a tree", group, names, self._span), version, lambda: self._asked(group, names)
        )

    def _asked(self, group: tuple[str, str | None, bool], names: tuple[str, ...]) -> Mapping[str, Sequence[_Row]]:
        kind, time, state = group
        shown = ", ".join(_counted(kind, name) for name in names)
        month = f"CAST(date_trunc('month', {'day' if kind == INTERACTION else 'local'}) AS DATE)"
        source = "''" if kind == INTERACTION else "source"
        rows = self._desk.reading.moment.query(
            f"SELECT {month} AS month, project, {source} AS source, {shown}"
            f" FROM ({self._relation(kind, time, state)}) GROUP BY 1, 2, 3"
        ).to_pydict()
        keys = list(zip(rows["month"], rows["project"], rows["source"], strict=True))
        return {
            name: [(*key, int(every), int(begun))
                   for key, every, begun in zip(keys, rows[name], rows[f"{name}?begun"], strict=True) if every]
            for name in names
        }  # fmt: skip

    def _relation(self, kind: str, time: str | None, state: bool) -> str:
        desk, span, setting = self._desk, self._span, self._desk.reading.setting(kind)
        if kind == INTERACTION:
            return interactions(span, base_of(span, Grain.ALL), setting)
        if kind == "cost":
            months = desk.book().months
            return cost_lines(desk.reading, months, desk.window(months[0], add_months(months[-1], 1)), span)
        return relation(kind, desk.window(date(1970, 1, 2), span.last) if state else span, Grain.ALL, setting, time)


def _group(name: str) -> tuple[str, str | None, bool]:
    """What a name is counted with: kind of fact, field of time, and whether all that was before counts too."""
    if name in MONEY_LINES:
        return "cost", None, False
    measure = MEASURES[name]
    return measure.relation, measure.time, measure.expression.startswith("state:")


def _counted(kind: str, name: str) -> str:
    condition = MONEY_LINES[name] if name in MONEY_LINES else looked_at(MEASURES[name])
    if name in MEASURES and MEASURES[name].expression.startswith("quantile:"):
        every, begun, condition = "sum(latency_n)", "0", "true"  # roll-ups hold sums of response times
    elif kind == "cost":
        every, begun = "count(DISTINCT (source, id))", f"count(*) FILTER (WHERE starts AND ({condition}))"
    else:
        every = "sum(n)" if kind == INTERACTION else "count(*)"
        begun = "0"
    counted = f"coalesce({every} FILTER (WHERE {condition}), 0)"
    return f"{counted} AS {quoted(name)}, {begun} AS {quoted(name + '?begun')}"


# --- who sends interactions


class _Seen:
    """Sources of interactions up to a data version: only what came since is read."""

    def __init__(self) -> None:
        self._names: set[str] = set()
        self._version, self._lock = 0, Lock()

    def read(self, moment: Snapshot) -> list[str]:
        version = moment.versions.by_kind.get(INTERACTION, 0)
        with self._lock:
            if version > self._version:
                rows = moment.query(
                    f"SELECT DISTINCT source FROM {FACT_TABLES[INTERACTION].name} WHERE data_version > {self._version}"
                )
                self._names.update(rows.column("source").to_pylist())
                self._version = version
            return sorted(self._names)


def sources_of_interactions(desk: Desk) -> list[str]:
    """Everybody who has sent interactions."""
    seen: _Seen = desk.reading.cache.get(("sources of interactions",), None, _Seen)
    return seen.read(desk.reading.moment)
