"""The methodology version: a hash of everything declared that decides a number or its grade."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from breakeven.workspace.company import Company
from breakeven.workspace.definitions import (
    Assumption,
    BenefitPool,
    Definition,
    Experiment,
    Meter,
    Pool,
    Project,
    Target,
)

_PROSE = frozenset({"label", "description", "source", "owner", "review_by", "decimals", "refresh", "expose",
                    "file", "line"})  # fmt: skip
"""Fields that say how a figure is shown or who answers for it; a new wording is not a new method."""
_READINGS = frozenset({"expression"})
"""Fields that follow from another one."""
_LITERAL = re.compile(r"(?<![\w.'])(\d+\.?\d*|\.\d+)(?![\w.'])")
DIGITS = 12
FILES_DIGITS = 32


def methodology_version(
    company: Company,
    projects: Mapping[str, Project],
    assumptions: Mapping[str, Assumption],
    definitions: Mapping[str, Definition],
    targets: tuple[Target, ...],
    pools: Mapping[str, Pool],
    benefit_pools: tuple[BenefitPool, ...],
    meters: Mapping[str, Meter],
    experiments: Mapping[str, Experiment],
) -> str:
    """First 12 hex digits of the SHA-256 of the canonical content.

    Counted: currency, calendar, rates, headline, projects, assumptions, formulas, targets, pools, benefit pools,
    meters, experiments. Left out: prose (labels, descriptions, owners, sources), sizes of teams (no figure depends on
    them), sources.yaml and prices.yaml (they decide what becomes a fact; each fact keeps its price), views.yaml and
    tests.yaml. Order in a file, order of files, comments and spelling of numbers do not matter.
    """
    content = {
        "currency": company.currency,
        "calendar": _plain(company.calendar),
        "rates": _set(company.rates),
        "headline": _plain(company.headline),
        "projects": {name: _plain(project, {"name"}) for name, project in projects.items()},
        "assumptions": {name: _plain(assumption) for name, assumption in assumptions.items()},
        "definitions": {name: _plain(definition) for name, definition in definitions.items()},
        "targets": _set(targets),
        "pools": {name: _plain(pool) for name, pool in pools.items()},
        "benefit_pools": _set(benefit_pools),
        "experiments": {name: _plain(experiment) for name, experiment in experiments.items()},
        "meters": {name: _plain(meter) for name, meter in meters.items()},
    }
    return hashlib.sha256(_bytes(content)).hexdigest()[:DIGITS]


def _set(records: tuple[msgspec.Struct, ...]) -> list[Any]:
    return sorted((_plain(record) for record in records), key=_bytes)


def _bytes(content: Any) -> bytes:
    return msgspec.json.encode(content, order="sorted")


def _number(number: Decimal) -> str:
    text = f"{number:f}"
    short = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if short in ("-0", "") else short


def _formula(text: str) -> str:
    """A formula with one spelling for each number, and single blanks."""
    return _LITERAL.sub(lambda found: _number(Decimal(found[0])), " ".join(text.split()))


def _plain(value: Any, left_out: Any = frozenset()) -> Any:
    """A record as plain data with one spelling for each number and day."""
    match value:
        case msgspec.Struct():
            return {
                field: _formula(getattr(value, field)) if field == "formula" else _plain(getattr(value, field))
                for field in value.__struct_fields__
                if field not in _PROSE and field not in _READINGS and field not in left_out
            }
        case Decimal():
            return _number(value)
        case date():
            return value.isoformat()
        case Mapping():
            return {str(key): _plain(item) for key, item in value.items()}
        case tuple() | list():
            return sorted((_plain(item) for item in value), key=_bytes)
    return value


def files_digest(files: Mapping[str, str]) -> str:
    """Of everything that is declared, word for word: what a report was made under, looks and key figures too."""
    return hashlib.sha256(msgspec.json.encode(dict(files), order="sorted")).hexdigest()[:FILES_DIGITS]
