"""Attributes of a CloudEvent: how HTTP headers write them, and the rules for those that are optional.

HTTP Protocol Binding for CloudEvents 1.0.2, 3.1.3.2: a value may be a quoted string (RFC 7230, 3.2.6), whose quotes and
backslashes come off first; then %XX stands for a byte of UTF-8, once. What is UTF-8 without being encoded, as some
senders write it, is read as that.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import unquote

PREFIX = "ce-"
BOM = b"\xef\xbb\xbf"
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_ESCAPED = re.compile(r"\\(.)")


def from_header(value: str) -> str:
    """An attribute's value out of a header's (as latin-1 shows its bytes)."""
    quoted = _QUOTED.fullmatch(value)
    plain = _ESCAPED.sub(r"\1", quoted[1]) if quoted else value
    with suppress(UnicodeError):
        plain = plain.encode("latin-1").decode("utf-8")
    return unquote(plain)


def fault(texts: Mapping[str, Any], data_base64: Any, *, has_data: bool) -> tuple[str, Any, str] | None:
    """Attribute, value and what is wrong with it, for the first optional attribute that breaks its rule."""
    for name, value in texts.items():
        if value is not None and (not isinstance(value, str) or not value):
            return name, value, "is not a text that says something: leave it out instead"
    if data_base64 is not None and has_data:
        return "data_base64", data_base64, "stands beside data: an event has one of the two"
    return None
