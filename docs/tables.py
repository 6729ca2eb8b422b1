"""Writes the tables of docs/formulas.md and docs/ingest.md that are taken from the code: `make docs`.

A table stands between `<!-- NAME -->` and `<!-- end -->`; `tests/test_docs.py` fails while one is out of date.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from breakeven import facts
from breakeven.facts import Column
from breakeven.ingest.otlp.attributes import FIELDS, LABELS, NAMES
from breakeven.measures import MEASURES, Additivity
from breakeven.workspace import default_workspace
from breakeven.workspace.builtins import BUILTINS

FOLDER = Path(__file__).parent


def figures() -> Iterator[str]:
    """Value categories and metrics of the shipped methodology."""
    yield from ("| figure | unit | formula |", "|---|---|---|")
    for definition in default_workspace().methodology.definitions.values():
        yield f"| `{definition.name}` | {definition.unit} | `{' '.join(definition.formula.split())}` |"


def builtins() -> Iterator[str]:
    """Figures that the ledger computes itself."""
    yield from ("| figure | unit | what |", "|---|---|---|")
    for figure in BUILTINS.values():
        yield f"| `{figure.name}` | {figure.unit} | {figure.description} |"


def measures() -> Iterator[str]:
    """All measures."""
    yield from ("| measure | unit | from | what |", "|---|---|---|---|")
    for measure in MEASURES.values():
        anew = " (taken anew at each level)" if measure.additivity is Additivity.LEVEL else ""
        yield f"| `{measure.name}` | {measure.unit} | `{measure.relation}` | {measure.label}{anew} |"


def fields() -> Iterator[str]:
    """The fields of every kind of fact."""
    for kind, record in facts.KINDS.items():
        yield from (f"### `{kind}`", "", str(inspect.getdoc(record)).split("\n", maxsplit=1)[0], "")
        yield from ("| field | type | meaning |", "|---|---|---|")
        meanings = _meanings(record)
        for column in facts.columns(kind):
            if column.name not in ("id", "source"):
                star = "*" if column.required else ""
                yield f"| `{column.name}`{star} | {_type(column)} | {meanings[column.name]} |"
        yield ""


def _type(column: Column) -> str:
    if column.choices:
        return " · ".join(f"`{choice}`" for choice in column.choices)
    if column.minimum is not None and column.maximum is not None:
        return f"{column.type}, {column.minimum:g} to {column.maximum:g}"
    return str(column.type)


def _meanings(record: type) -> Mapping[str, str]:
    """Field → the docstring below it."""
    (body,) = ast.parse(inspect.getsource(record)).body
    assert isinstance(body, ast.ClassDef)
    found = {}
    for field, text in zip(body.body, body.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant):
            found[ast.unparse(field.target)] = " ".join(str(text.value.value).split())
    return found


def attributes() -> Iterator[str]:
    """What becomes of the attributes of a span."""
    yield from ("| field | from the first of these attributes |", "|---|---|")
    for slot, names in NAMES.items():
        fields = ([FIELDS[slot]] if slot in FIELDS else []) + ([f"label `{LABELS[slot]}`"] if slot in LABELS else [])
        yield f"| {', '.join(fields)} | {', '.join(f'`{name}`' for name in names)} |"


TABLES: Mapping[str, tuple[str, Callable[[], Iterator[str]]]] = {
    "figures": ("formulas.md", figures),
    "builtins": ("formulas.md", builtins),
    "measures": ("formulas.md", measures),
    "fields": ("ingest.md", fields),
    "attributes": ("ingest.md", attributes),
}


def current(page: str, text: str) -> str:
    """A page's text with its tables as they should be."""
    for name, (where, rows) in TABLES.items():
        if where == page:
            table = "\n".join(rows()).strip()
            pattern = re.compile(rf"(<!-- {name} -->\n).*?(\n<!-- end -->)", re.DOTALL)
            text, found = pattern.subn(lambda match, table=table: match[1] + table + match[2], text)
            if found != 1:
                raise ValueError(f"docs/{page} needs one place for the table {name}")
    return text


def main() -> None:
    """Bring all pages up to date."""
    for page in sorted({where for where, _ in TABLES.values()}):
        path = FOLDER / page
        path.write_text(current(page, path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
