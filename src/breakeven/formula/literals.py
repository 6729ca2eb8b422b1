"""Arguments that must be literals because they decide what a function does: digits, patterns, formats, date parts."""

from __future__ import annotations

import re

from breakeven.formula.tree import Negative, Node, Number, Text

MAX_DIGITS = 12
PARTS = ("year", "quarter", "month", "week", "day", "hour", "minute", "second", "millisecond")
_FORMAT = re.compile(r"(%(-?[aAbBdmyYHIpMSfgnjUWuwGVzZxXcj%])|[^%])+")
_UNREADABLE = re.compile(r"\(\?[=!<]|\\[1-9]|\\[kg]")
"""Look-around and back references, which DuckDB's engine (RE2) does not have."""


def literal_fault(function: str, index: int, argument: Node) -> str | None:
    """What is wrong with a literal argument, as the end of a sentence; None: nothing."""
    if function == "round":
        return _whole(argument, -MAX_DIGITS, MAX_DIGITS)
    if function == "regexp_extract" and index == 2:
        return _whole(argument, 0, 9)
    if not isinstance(argument, Text):
        return "must be a text in single quotes"
    match function, index:
        case (("regexp_extract" | "regexp_replace"), 1):
            return _pattern(argument.value)
        case "regexp_replace", 3:
            return None if set(argument.value) <= set("gims") else "must be made of the letters g, i, m, s"
        case (("strptime" | "try_strptime"), 1):
            return None if _FORMAT.fullmatch(argument.value) else "must be a date format such as %Y-%m-%d %H:%M:%S"
        case (("date_trunc" | "date_diff"), 0):
            return None if argument.value in PARTS else f"must be one of {', '.join(PARTS)}"
        case "json_extract_string", 1:
            return None if argument.value.startswith(("$", "/")) else "must be a path such as $.project"
    return None


def _whole(argument: Node, least: int, most: int) -> str | None:
    negative = isinstance(argument, Negative)
    number = argument.operand if isinstance(argument, Negative) else argument
    if isinstance(number, Number) and number.value == number.value.to_integral_value():
        value = -number.value if negative else number.value
        if least <= value <= most:
            return None
    return f"must be a literal whole number from {least} to {most}"


def _pattern(pattern: str) -> str | None:
    if _UNREADABLE.search(pattern):
        return "must not use look-around or back references"
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        return f"is not a regular expression: {error}"
    return None
