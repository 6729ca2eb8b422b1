"""How a file's columns become a fact's fields: by name, by declared expressions, by fixed values; compiled to SQL.

A declared field wins over a column of the same name. A column name in an expression may reach into a column of JSON
text with dots: "Tags.CostCenter" is the value of CostCenter in the column Tags.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path

from breakeven import facts
from breakeven.errors import UnknownName, UsageProblem, choices
from breakeven.facts import ColumnType
from breakeven.formula import MAPPING, Expression, Kind, mapping_fault_sql, parse, to_mapping_sql
from breakeven.formula.tree import Name
from breakeven.ingest.plan import RAW, Find, Plan, Preset, literal, quoted
from breakeven.workspace.definitions import SourceMapping

FOCUS = "focus"
"""The kind of a FOCUS bill; it becomes cost facts."""

_NUMERIC = {ColumnType.INTEGER, ColumnType.FLOAT, ColumnType.MONEY}


def fact_kind(kind: str) -> str:
    """The kind of fact that files of a kind become. Raises UnknownName."""
    if kind not in facts.KINDS and kind != FOCUS:
        raise UnknownName("kind", kind, [*facts.KINDS, FOCUS])
    return "cost" if kind == FOCUS else kind


def source_mapping(
    kind: str,
    *,
    base: SourceMapping | None = None,
    maps: Iterable[str] = (),
    sets: Iterable[str] = (),
    where: str | None = None,
    order_by: str | None = None,
) -> SourceMapping:
    """A mapping from options (`field=expression`, `field=value`), over a named source's. Raises UsageProblem."""
    mapped = dict(_pair(text, "--map", "field=expression") for text in maps)
    fixed = dict(_pair(text, "--set", "field=value") for text in sets)
    return SourceMapping(
        name=base.name if base else "",
        kind=kind,
        map={**{f: text for f, text in (base.map if base else {}).items() if f not in fixed}, **mapped},
        set={**{f: text for f, text in (base.set if base else {}).items() if f not in mapped}, **fixed},
        where=where if where is not None else base.where if base else None,
        order_by=order_by if order_by is not None else base.order_by if base else None,
    )


def _pair(text: str, option: str, form: str) -> tuple[str, str]:
    field, sign, value = text.partition("=")
    if not sign or not field.strip() or (option == "--map" and not value.strip()):
        raise UsageProblem(f"{option} {text!r} must have the form {form}")
    return field.strip(), value.strip() if option == "--map" else value


class _Columns:
    """The file's columns while a mapping is compiled: finds them, and remembers which are used."""

    def __init__(self, path: Path, columns: Sequence[str], extra: Sequence[str]) -> None:
        self.path, self.columns = path, columns
        self._exact = {column: column for column in (*columns, *extra)}
        self._lower = {column.lower(): column for column in reversed(tuple(self._exact))}
        self.used: dict[str, None] = {}
        self.views: dict[str, tuple[str, tuple[str, ...]]] = {}

    def find(self, name: str) -> str | None:
        """The column of a name, exactly or without regard to case."""
        found = self._exact.get(name) or self._lower.get(name.lower())
        if found is not None:
            self.used[found] = None
        return found

    def raw(self, name: str) -> str | None:
        """SQL of a column's untouched value in the inner relation, or None."""
        found = self.find(name)
        return None if found is None else quoted(RAW + found)

    def view(self, name: str) -> None:
        """Make a name of an expression available in the inner relation. Raises UnknownName."""
        if name.lower() in (known.lower() for known in self.views):
            return
        found, keys = self.find(name), name.split(".")
        cut = len(keys)
        while found is None and cut > 1:
            cut -= 1
            found = self.find(".".join(keys[:cut]))
        if found is None:
            raise UnknownName(f"column of {self.path.name}", name, self.columns)
        self.views[name] = (found, tuple(keys[cut:]))


def compile_plan(
    path: Path,
    kind: str,
    spec: SourceMapping,
    columns: Sequence[str],
    *,
    extra: Sequence[str] = (),
    textual: bool,
    preset: Callable[[Find], Preset] | None = None,
) -> Plan:
    """The plan for a file of a fact kind. Raises UnknownName, FormulaInvalid, UsageProblem.

    `extra` are columns that may turn up later in the file (JSON lines) and feed the fields of their names. `preset`
    fills the fields that are not declared; without it columns feed the fields of their names.
    """
    described = {column.name: column for column in facts.columns(kind)}
    _check_fields(kind, spec, described)
    seen = _Columns(path, columns, extra)
    fields: dict[str, str] = {}
    numeric: dict[str, str] = {}

    def feed(field: str, column: str) -> None:
        seen.find(column)
        fields[field] = quoted(RAW + column)
        if textual and described[field].type in _NUMERIC:
            numeric[field] = column

    for field, text in spec.map.items():
        expression = parse(text, profile=MAPPING, file=f"--map {field}")
        plain = seen.find(expression.root.name) if isinstance(expression.root, Name) else None
        if plain is not None:
            feed(field, plain)
        else:
            fields[field] = _value(expression, seen, described[field].type)
    fields |= {field: literal(value) for field, value in spec.set.items()}
    known = preset(seen.raw) if preset else None
    if known is not None:
        numeric = {**{f: seen.find(c) or c for f, c in known.numbers.items() if f not in fields and textual}, **numeric}
        fields = {**known.fields, **{f: quoted(RAW + (seen.find(c) or c)) for f, c in known.numbers.items()}, **fields}
    else:
        for field, column in by_name(described, columns, extra).items():
            if field not in fields:
                feed(field, column)
    _check_required(path, kind, fields, columns, extra)
    where = _condition(spec.where, seen) if spec.where else None
    order = _compiled(parse(spec.order_by, profile=MAPPING, file="--order-by"), seen) if spec.order_by else None
    return Plan(
        wanted=tuple(seen.used),
        ignored=tuple(column for column in columns if column not in seen.used),
        views=seen.views, fields=fields, numeric=numeric, where=where, order_by=order, key=known.key if known else None,
    )  # fmt: skip


def by_name(fields: Iterable[str], columns: Sequence[str], extra: Sequence[str] = ()) -> dict[str, str]:
    """Field → the column of its name: as it is, in another case, or spelt `Input Tokens`, `inputTokens`."""
    exact = {column: column for column in (*extra, *columns)}
    lower = {column.lower(): column for column in reversed((*columns, *extra))}
    squashed = {_squashed(column): column for column in reversed(columns)}
    found = {f: exact.get(f) or lower.get(f) or squashed.get(_squashed(f)) for f in fields}
    # A column that only might turn up gives way to one that is there under a similar name.
    for field, column in found.items():
        if column in extra and _squashed(field) in squashed:
            found[field] = squashed[_squashed(field)]
    return {field: column for field, column in found.items() if column is not None}


def _squashed(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _compiled(expression: Expression, columns: _Columns) -> str:
    for name in expression.names:
        columns.view(name)
    # An expression that fails on one record must not cost the others: its value is unknown there.
    return f"TRY({to_mapping_sql(expression, columns.views)})"


def _value(expression: Expression, columns: _Columns, wanted: ColumnType) -> str:
    """SQL of a field's value; where a text in it cannot be read, that text, so that the record is refused with it."""
    value = _compiled(expression, columns)
    fault = mapping_fault_sql(expression, columns.views) if wanted is not ColumnType.TEXT else None
    if expression.kind is Kind.NUMBER and (fault or wanted is ColumnType.TEXT):
        value = f"regexp_replace(CAST({value} AS VARCHAR), '[.]0+$', '')"
    return f"coalesce(CAST({value} AS VARCHAR), {fault})" if fault else value


def _condition(text: str, columns: _Columns) -> str:
    expression = parse(text, profile=MAPPING, file="--where")
    if expression.kind is not Kind.BOOLEAN:
        raise UsageProblem(f"--where {text!r} must be a condition, such as status = 'done'")
    return f"coalesce({_compiled(expression, columns)}, false)"


def _check_fields(kind: str, spec: SourceMapping, described: Collection[str]) -> None:
    for field in (*spec.map, *spec.set):
        if field not in described:
            raise UnknownName(f"field of {kind}", field, described)
        if field in spec.map and field in spec.set:
            raise UsageProblem(f"{field} is both mapped and set: keep one of the two")


def _check_required(
    path: Path, kind: str, fields: Mapping[str, str], columns: Sequence[str], extra: Sequence[str]
) -> None:
    made = {"id", "source"}
    needed = [column.name for column in facts.columns(kind) if column.required and column.name not in made]
    missing = [name for name in needed if name not in fields or fields[name] in {quoted(RAW + e) for e in extra}]
    if missing:
        options = " ".join(f"--map {name}=…" for name in missing)
        has = choices("", columns, most=30).removeprefix("valid: ") if columns else "no columns"
        raise UsageProblem(f"{path.name} has no column for {' and '.join(missing)}; it has {has}; use {options}")
