"""Typed reading of one mapping: every fault is noted with its place, and reading goes on."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from datetime import date
from decimal import Context, Decimal

from breakeven.errors import Problem, choices
from breakeven.facts import MONEY_SCALE, MONEY_WIDTH
from breakeven.workspace.document import Node, Place

_WHOLE_DIGITS = MONEY_WIDTH - MONEY_SCALE
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class Fields:
    """The keys of one mapping; `what` says in messages whose they are.

    Methods give None (or the default) for a key that is missing or faulty; `required` keys that are missing are faults.
    """

    def __init__(
        self, node: Node, what: str, keys: Sequence[str], problems: list[Problem], required: Collection[str] = ()
    ) -> None:
        self.what, self.at, self.problems = what, node.key_at, problems
        found = node.value if isinstance(node.value, dict) else {}
        if not isinstance(node.value, dict) and not (node.value is None and not required):
            problems.append(node.at.problem(f"{what} must be a mapping of keys, not {node.kind}", _valid(keys)))
            required = ()
        for key, value in found.items():
            if key not in keys:
                problems.append(value.key_at.problem(f"unknown key {key!r} in {what}", choices(key, keys)))
        self._found = {key: value for key, value in found.items() if key in keys and value.value is not None}
        for key in required:
            if key not in self._found:
                problems.append(node.key_at.problem(f"{what} has no {key}"))

    def __contains__(self, key: str) -> bool:
        return key in self._found

    def node(self, key: str) -> Node | None:
        """The value as written."""
        return self._found.get(key)

    def place(self, key: str) -> Place:
        """Where the value of a key stands; the mapping's own place where it is missing."""
        node = self._found.get(key)
        return node.at if node is not None else self.at

    def fault(self, key: str, message: str, hint: str | None = None) -> None:
        """Note a fault of a key's value."""
        self.problems.append(self.place(key).problem(message, hint))

    def text(self, key: str) -> str | None:
        """A text; a number or a word such as true counts as it is written."""
        node = self._found.get(key)
        return None if node is None else as_text(node, f"{key} of {self.what}", self.problems)

    def words(self, key: str) -> str:
        """A text that may be missing: then empty."""
        return self.text(key) or ""

    def choice(self, key: str, options: Sequence[str], default: str) -> str:
        """One of the options."""
        text = self.text(key)
        if text is not None and text not in options:
            self.fault(key, f"unknown {key} {text!r} in {self.what}", choices(text, options))
            return default
        return default if text is None else text

    def number(self, key: str, *, least: Decimal | None = None) -> Decimal | None:
        """A number, exactly as written."""
        node = self._found.get(key)
        number = None if node is None else as_number(node, f"{key} of {self.what}", self.problems)
        if number is not None and least is not None and number < least:
            self.fault(key, f"{key} of {self.what} is {number}: it must be {least} or more")
            return None
        return number

    def whole(self, key: str, default: int, low: int, high: int) -> int:
        """A whole number within limits."""
        number = self.number(key)
        if number is None:
            return default
        if number != number.to_integral_value() or not low <= number <= high:
            self.fault(key, f"{key} of {self.what} is {number}: it must be a whole number from {low} to {high}")
            return default
        return int(number)

    def truth(self, key: str) -> bool:
        """Whether it says true; false where it is missing."""
        node = self._found.get(key)
        if node is not None and not isinstance(node.value, bool):
            self.fault(key, f"{key} of {self.what} is true or false, not {node.text[:40]!r}")
        return node is not None and node.value is True

    def day(self, key: str) -> date | None:
        """A date."""
        node = self._found.get(key)
        if node is None:
            return None
        day = _date(node.text)
        if day is None:
            self.fault(key, f"bad date {node.text[:40]!r} for {key} of {self.what}", "write it as 2026-10-31")
        return day

    def month(self, key: str) -> date | None:
        """A month (2026-10) or a day in it: its first day."""
        node = self._found.get(key)
        if node is not None and re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", node.text):
            return date.fromisoformat(f"{node.text}-01")
        day = self.day(key)
        return day.replace(day=1) if day is not None else None

    def mapping(self, key: str) -> dict[str, Node]:
        """A mapping of names to anything."""
        node = self._found.get(key)
        if node is None:
            return {}
        if not isinstance(node.value, dict):
            self.fault(key, f"{key} of {self.what} must be a mapping of names, not {node.kind}")
            return {}
        return node.value

    def named_texts(self, key: str) -> dict[str, str]:
        """A mapping of names to texts; what is no text is a fault and left out."""
        found = {
            name: as_text(node, f"{name} of {self.what}", self.problems) for name, node in self.mapping(key).items()
        }
        return {name: text for name, text in found.items() if text is not None}

    def items(self, key: str) -> list[Node]:
        """A list of anything."""
        node = self._found.get(key)
        if node is None:
            return []
        if not isinstance(node.value, list):
            self.fault(key, f"{key} of {self.what} must be a list (lines that begin with -), not {node.kind}")
            return []
        return node.value

    def texts(self, key: str) -> list[Node]:
        """A list of words."""
        return [item for item in self.items(key) if as_text(item, f"{key} of {self.what}", self.problems) is not None]


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


def as_text(node: Node, what: str, problems: list[Problem]) -> str | None:
    """The text of a scalar, without blanks around it."""
    if isinstance(node.value, (dict, list)) or node.value is None:
        problems.append(node.at.problem(f"{what} must be a text, not {node.kind}"))
        return None
    return node.text.strip()


def as_number(node: Node, what: str, problems: list[Problem]) -> Decimal | None:
    """The number of a scalar, if it is one that can be kept exactly."""
    if not isinstance(node.value, Decimal):
        problems.append(node.at.problem(f"{what} must be a number, not {node.kind}: {node.text!r}"))
        return None
    number = node.value
    if number and (number.adjusted() >= _WHOLE_DIGITS or number.adjusted() < -MONEY_SCALE):
        problems.append(node.at.problem(f"{what} is out of range: {node.text}", _RANGE))
        return None
    if number != number.quantize(_FINEST, context=_EXACT):
        problems.append(node.at.problem(f"{what} is too fine to be kept exactly: {node.text}", _RANGE))
        return None
    return number


_EXACT = Context(prec=100)
_FINEST = Decimal(1).scaleb(-MONEY_SCALE)
_RANGE = f"up to {_WHOLE_DIGITS} digits before and {MONEY_SCALE} after the point are kept"


def _valid(keys: Sequence[str]) -> str:
    return f"valid: {', '.join(keys)}"
