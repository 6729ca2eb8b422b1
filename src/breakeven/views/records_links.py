"""Links to records: the facts behind a figure as a filtered list, and one record by its identity."""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from breakeven.errors import UsageProblem
from breakeven.facts import KINDS, columns
from breakeven.period import add_months
from breakeven.views.question import Question

PATH = "/records"
RENAMED: Mapping[str, str] = {"category": "cost_category", "kind": "type"}
"""Field of a fact → its parameter, where pages use the field's name for something else."""
OF_FILTERS = ("project", "model", "team")
"""Fields that are filters of every page."""
FIELDS: Mapping[str, tuple[str, ...]] = {
    "interaction": ("source", "provider", "operation", "variant", "actor", "status", "outcome", "cost_origin",
                    "price_id"),
    "cost": ("source", "category", "pool", "vendor", "service", "invoice", "charge_class", "currency", "meter"),
    "benefit": ("source", "kind", "activity", "evidence", "realisation"),
    "deployment": ("source", "version", "status"),
    "incident": ("source", "kind", "severity"),
    "evaluation": ("source", "metric"),
    "activity": ("source", "component", "actor"),
    "survey": ("source", "kind"),
    "model_state": ("source", "stage", "version"),
    "note": ("source", "kind", "status", "owner"),
    "outcome": ("source", "outcome", "interaction_source", "interaction"),
}  # fmt: skip
"""Kind of fact → the fields by which its records are filtered, beside those of every page."""
_PLAIN = frozenset(string.ascii_letters + string.digits + "-_.")
_WRITTEN = re.compile(r"(?:~[0-9A-F]{2})+")
ABSENT = "(none)"
"""As the value of a field: records that do not say it."""


def _parameter(field: str) -> str:
    return "invoice_currency" if field == "currency" else RENAMED.get(field, field)


PARAMETERS: tuple[str, ...] = (
    "kind", "from", "to", "q", "measure", "line", "figure", "page", "back",
    *dict.fromkeys(_parameter(field) for fields in FIELDS.values() for field in fields),
)  # fmt: skip
"""Query parameters of the records page's own."""


def parameter_of(field: str) -> str:
    """The query parameter that filters by a field."""
    return field if field in OF_FILTERS else _parameter(field)


def fields_of(kind: str) -> tuple[str, ...]:
    """Fields by which records of a kind are filtered, those of every page first."""
    there = {column.name for column in columns(kind)}
    return (*(name for name in OF_FILTERS if name in there), *FIELDS[kind])


def records_link(
    question: Question, kind: str, /, *, window: tuple[date, date] | None = None, measure: str = "", line: str = "",
    figure: str = "", q: str = "", everyone: bool = False, **which: str | None,
) -> str:  # fmt: skip
    """Address of the records of a kind; `which`: a field's value, ABSENT for records that do not say it.

    Without `window` (first day, day after the last) those of the page's period. `measure`: only those that a measure
    looks at; `line`: only what a cost line is made of; `figure`: as Explain names it (`cost_direct@support-bot`): the
    page compares what the records add up to with it. `everyone`: of all projects, whatever the page's filters are.
    """
    if kind not in KINDS or not set(which) <= set(fields_of(kind)):
        raise UsageProblem(f"no records of {kind} by {', '.join(which)}")
    own: dict[str, str] = {"kind": kind}
    changes: dict[str, Any] = {}
    for field, value in which.items():
        if value is None or value == "":
            continue
        if field in OF_FILTERS:
            changes[field] = (value,) if field == "project" else value
        else:
            own[_parameter(field)] = value
    if everyone:
        changes["project"] = ()
    if "project" in changes:
        changes["category"] = ""
    if window is not None and window != question.window:
        own["from"], own["to"] = days(window)
    given = {"measure": measure, "line": line, "figure": figure, "q": q}
    own |= {name: text for name, text in given.items() if text}
    return question.link(PATH, own, **changes)


def record_link(question: Question, kind: str, source: str, id_: str) -> str:
    """Address of one record."""
    return question.link(f"{PATH}/{kind}/{segment(source)}/{segment(id_)}")


def segment(text: str) -> str:
    """A text of any characters as one part of a path.

    Servers undo the usual encoding, some twice, and take %2F for a slash and .. for a folder; so what is not plain is
    written in a way that none of them knows: ~2F.
    """
    dots = not text.strip(".")
    return "".join(sign if sign in _PLAIN and not (dots and sign == ".") else _escaped(sign) for sign in text)


def _escaped(sign: str) -> str:
    return "".join(f"~{byte:02X}" for byte in sign.encode("utf-8", "surrogatepass"))


def unpacked(part: str) -> str:
    """The text of a part of a path; what is no such writing stays as it is."""
    return _WRITTEN.sub(_read, part)


def _read(found: re.Match[str]) -> str:
    try:
        return bytes.fromhex(found[0].replace("~", "")).decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return found[0]


def days(window: tuple[date, date]) -> tuple[str, str]:
    """A window as two periods, both included: months where it is made of them, else days."""
    first, after = window
    if first.day == 1 and after.day == 1:
        return f"{first:%Y-%m}", f"{add_months(after, -1):%Y-%m}"
    return first.isoformat(), (after - timedelta(days=1)).isoformat()
