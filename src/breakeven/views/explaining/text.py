"""An explanation as plain text, for the command line, for copying and for readers without a browser."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from breakeven.ledger.results import Behind, Explanation
from breakeven.views.format import exact_text
from breakeven.views.shapes.json_shapes import spelt_out


def tree_lines(node: Explanation, currency: str, depth: int = 0, above: Explanation | None = None) -> Iterator[str]:
    """The tree, indented; numbers with all their digits."""
    pad = "  " * depth
    value = exact_text(node.value) if node.value is not None else f"unknown: {node.reason}"
    where = "" if above is None else _where(node, above)
    yield f"{pad}{node.name} = {_with_unit(value, node.unit, currency)}{where}"
    known = ("what", "formula") if above is not None and above.name == node.name and not node.inputs else ()
    for word, text in _said(node, currency):
        if text and word not in known:
            yield f"{pad}    {word}: {text}"
    for facts in node.behind if len(node.behind) > 1 or any(one.where for one in node.behind) else ():
        yield f"{pad}    {_behind(facts, currency)}"
    for part in node.inputs:
        yield from tree_lines(part, currency, depth + 1, node)
    if node.parts:
        yield f"{pad}    largest parts:"
        for part in node.parts:
            yield from tree_lines(part, currency, depth + 2, node)
        if node.more:
            yield f"{pad}    and {node.more} more: {_with_unit(exact_text(node.rest), node.unit, currency)}"


def whole(
    node: Explanation, currency: str, method: Iterable[tuple[str, str]], remarks: Iterable[str] = ()
) -> Iterator[str]:  # fmt: skip
    """The tree with what it was made with."""
    yield from tree_lines(node, currency)
    yield ""
    yield from remarks
    yield from (f"{name}: {value}" for name, value in method)


def _with_unit(text: str, unit: str, currency: str) -> str:
    return text if unit == "1" else f"{text} {spelt_out(unit, currency)}"


def _where(node: Explanation, above: Explanation) -> str:
    parts = [text for text, around in ((node.period, above.period), (node.project, above.project)) if text != around]
    found = ", ".join(text for text in parts if text)
    return f" ({found})" if found else ""


def _said(node: Explanation, currency: str) -> Iterator[tuple[str, str | None]]:
    yield "what", node.label if node.label != node.name else None
    yield "formula", node.formula
    yield "reads", node.sentence
    yield "not included", node.reason if node.value is not None else None
    yield "source", node.source
    yield "records", None if node.records is None else f"{node.records:,}"
    yield "owner", node.owner
    yield "since", None if node.since is None or node.since.year <= 1970 else node.since.isoformat()
    if node.low is not None and node.high is not None:
        yield "range", _with_unit(f"{exact_text(node.low)} to {exact_text(node.high)}", node.unit, currency)
    yield "review by", None if node.review_by is None else node.review_by.isoformat()
    yield "evidence", node.evidence
    yield "note", node.note


def _behind(facts: Behind, currency: str) -> str:
    parts = [f"{facts.label}:" if facts.where else f"{facts.label.lower()}:"]
    parts.append("not counted" if facts.records is None else f"{facts.records:,}")
    if facts.amount is not None:
        parts.append(f"of {exact_text(facts.amount)} {currency} together")
    return " ".join(parts) + (f"; {facts.note}" if facts.note else "")
