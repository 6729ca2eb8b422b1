"""sources.yaml and prices.yaml: how foreign files become facts, and the company's own prices."""

from __future__ import annotations

from pathlib import Path

from breakeven.errors import FormulaInvalid, Problem, choices
from breakeven.facts import KINDS, columns
from breakeven.formula import MAPPING, parse
from breakeven.money import CURRENCIES
from breakeven.pricing import Price, Prices
from breakeven.workspace.assumptions import ALWAYS
from breakeven.workspace.company import Company, read_currency
from breakeven.workspace.definitions import SourceMapping
from breakeven.workspace.document import Node
from breakeven.workspace.fields import Fields
from breakeven.workspace.pull_reading import MLFLOW, read_pull

FOCUS = "focus"
"""The kind of a source that is a FOCUS bill; its facts are costs."""
SOURCE_KINDS = (*KINDS, FOCUS, MLFLOW)

_SOURCE_KEYS = ("kind", "map", "set", "where", "order_by", "pull")
_AMOUNTS = ("input_per_million", "output_per_million", "cached_per_million")
_PRICE_KEYS = ("model", "provider", "start", *_AMOUNTS, "currency", "source")


def read_sources(node: Node, company: Company, problems: list[Problem]) -> dict[str, SourceMapping]:
    """The content of sources.yaml by name."""
    found: dict[str, SourceMapping] = {}
    for name, item in Fields(node, "sources.yaml", ("sources", "hooks", "otlp"), problems).mapping("sources").items():
        fields = Fields(item, f"source {name}", _SOURCE_KEYS, problems, required=("kind",))
        kind = fields.text("kind") or ""
        if kind and kind not in SOURCE_KINDS:
            fields.fault("kind", f"unknown kind {kind!r} in source {name}", choices(kind, SOURCE_KINDS))
        mapped, fixed = fields.named_texts("map"), fields.named_texts("set")
        _check_fields(name, kind, fields, problems)
        for key, expression in mapped.items():
            check_expression(expression, fields.mapping("map")[key], problems)
        _check_currency(fixed.get("currency"), fields, company)
        if kind == MLFLOW:
            _check_mlflow(name, fields)
        pulled = fields.node("pull")
        found[name] = SourceMapping(
            name=name,
            kind=kind,
            map=mapped,
            set=fixed,
            where=_expression(fields, "where", problems),
            order_by=_expression(fields, "order_by", problems),
            pull=read_pull(pulled, name, kind, problems) if pulled is not None else None,
        )
    return found


def _check_fields(name: str, kind: str, fields: Fields, problems: list[Problem]) -> None:
    fact = "cost" if kind == FOCUS else kind
    if fact not in KINDS:
        return
    declared = {column.name: column for column in columns(fact)}
    valid = list(declared)
    for key in ("map", "set"):
        for field, node in fields.mapping(key).items():
            if field not in valid:
                message = f"unknown field {field!r} in source {name}: a {fact} has none of that name"
                problems.append(node.key_at.problem(message, choices(field, valid)))
    for field, node in fields.mapping("set").items():
        options = declared[field].choices if field in declared else ()
        if options and node.text.strip() not in options:
            message = f"unknown {field} {node.text.strip()!r} in source {name}"
            problems.append(node.at.problem(message, choices(node.text.strip(), options)))
    for field in sorted(set(fields.mapping("map")) & set(fields.mapping("set"))):
        at = fields.mapping("set")[field].key_at
        problems.append(at.problem(f"{field} of source {name} is both in map and in set", "keep one"))


def _check_mlflow(name: str, fields: Fields) -> None:
    if "pull" not in fields:
        message = f"source {name} of kind mlflow has no pull"
        fields.problems.append(fields.at.problem(message, "pull: {every: 15m, mlflow: {url: …}}"))
    for key in ("map", "where", "order_by"):
        if key in fields:
            fields.fault(key, f"{key} of source {name} has no columns to read: kind mlflow maps itself")
    for field in set(fields.mapping("set")) - {"source", "project"}:
        fields.fault("set", f"{field} of source {name} cannot be set: an mlflow source takes source and project")


def _expression(fields: Fields, key: str, problems: list[Problem]) -> str | None:
    text, node = fields.text(key), fields.node(key)
    if text is not None and node is not None:
        check_expression(text, node, problems)
    return text


def check_expression(text: str, node: Node, problems: list[Problem]) -> None:
    """Note what is wrong with an expression over a file's columns."""
    try:
        parse(text, profile=MAPPING, file=node.at.file, line=node.text_line)
    except FormulaInvalid as error:
        problems.extend(error.problems)


def _check_currency(code: str | None, fields: Fields, company: Company) -> None:
    if code is None:
        return
    if code not in CURRENCIES:
        fields.fault("set", f"unknown currency {code!r}", choices(code.upper(), sorted(CURRENCIES), most=5))
    elif company.without_rate(code):
        fields.fault("set", *missing_rate(code))


def missing_rate(code: str) -> tuple[str, str]:
    """What is wrong, and the way out, where a currency is used that cannot be converted."""
    return f"no exchange rate for {code}", "add it to exchange_rates in workspace.yaml"


def read_prices(node: Node, company: Company, folder: Path | None, problems: list[Problem]) -> Prices:
    """The content of prices.yaml; the book's path becomes absolute."""
    fields = Fields(node, "prices.yaml", ("prices", "book"), problems)
    found: list[Price] = []
    for item in fields.items("prices"):
        price = _price(item, company, problems)
        if price is None:
            continue
        twin = (price.model, price.provider, price.start)
        if any((p.model, p.provider, p.start) == twin for p in found):
            message = f"two prices of {price.model} start on {price.start}"
            problems.append(item.at.problem(message, "keep one, or name their providers"))
        found.append(price)
    book = fields.text("book")
    if book is not None and folder is not None:
        path = (folder / book).resolve()
        if not path.is_file():
            fields.fault("book", f"there is no file {book!r}", "the path is relative to the workspace")
        book = str(path)
    return Prices(own=tuple(found), book=book)


def _price(item: Node, company: Company, problems: list[Problem]) -> Price | None:
    required = ("model", "input_per_million", "output_per_million")
    fields = Fields(item, "a price", _PRICE_KEYS, problems, required=required)
    model = fields.text("model")
    fields.what = f"price of {model}"
    if model is not None and "*" in model[:-1]:
        fields.fault("model", f"{model!r}: only the last character may be *", "gpt-4o-*")
    amounts = {key: fields.number(key) for key in _AMOUNTS}
    for key, amount in amounts.items():
        if amount is not None and amount < 0:
            fields.fault(key, f"{key} of {fields.what} is {amount}: a price is never negative")
    currency = read_currency(fields, "currency") or company.currency
    if "currency" in fields and company.without_rate(currency):
        fields.fault("currency", *missing_rate(currency))
    start = fields.day("start") or ALWAYS
    read, written, cached = (amounts[key] for key in _AMOUNTS)
    if model is None or read is None or written is None:
        return None
    return Price(
        model=model,
        provider=fields.text("provider"),
        start=start,
        input_per_million=read,
        output_per_million=written,
        cached_per_million=cached,
        currency=currency,
        source=fields.words("source"),
    )
