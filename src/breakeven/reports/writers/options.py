"""What a reader of a file may choose, beyond what it says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

Paper = Literal["a4", "letter"]


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """How a document is written."""

    paper: Paper = "a4"
    """Of PDF."""
    typst: bytes = b""
    """A Typst template in place of the shipped one; it gets the same data."""
    beside: Mapping[str, bytes] = {}
    """Files that the Typst template may read, by their path from its folder: a logo, colours."""
    pptx: bytes = b""
    """A presentation whose first master gives the slides their looks."""


DEFAULT = Options()
