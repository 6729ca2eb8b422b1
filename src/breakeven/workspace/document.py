"""YAML text → a tree of nodes that know their place. Reads YAML 1.2; numbers stay exact.

Built on the parser's events, so that anchors and aliases (what is written is what holds, and no document can unfold
into a larger one), tags, repeated keys and deep nesting are met before anything is constructed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache
from typing import Any

import msgspec
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, StreamMark, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceStartEvent,
)

from breakeven.errors import Problem

MAX_BYTES = 4_000_000
"""Largest file that is read: a declaration is written by people."""
MAX_DEPTH = 20
MAX_NODES = 200_000

_KEPT_LENGTH = 64_000
"""Longest text whose content is kept for the next time it is read, and how many are."""
_KEPT = 32

_NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,4})?")
_NULL = {"", "~", "null", "Null", "NULL"}
_TRUE = {"true", "True", "TRUE"}
_FALSE = {"false", "False", "FALSE"}


class Place(msgspec.Struct, frozen=True):
    """Where something is written."""

    file: str
    line: int
    column: int

    def problem(self, message: str, hint: str | None = None, *, fragment: str | None = None) -> Problem:
        """A fault at this place."""
        return Problem(
            message=message, file=self.file, line=self.line, column=self.column, hint=hint, fragment=fragment
        )


class Node(msgspec.Struct, kw_only=True):
    """A value and its place. Readers share it: it stays as it was read."""

    value: dict[str, Node] | list[Node] | str | Decimal | bool | None
    text: str
    """What was written, for a scalar."""
    at: Place
    text_line: int
    """Line of the first character of `text`: below a sign that begins a block (| or >)."""
    key_at: Place
    """Where its key is written; for an item of a list or the whole document the same as `at`."""

    @property
    def kind(self) -> str:
        """What it is, in words."""
        match self.value:
            case dict():
                return "a mapping"
            case list():
                return "a list"
            case bool():
                return "true or false"
            case Decimal():
                return "a number"
            case None:
                return "empty"
        return "text"


def read_document(text: str, file: str, problems: list[Problem]) -> Node | None:
    """The document in a file; None if it cannot be read, with the reasons added to `problems`.

    An empty file is an empty mapping.
    """
    if len(text) > MAX_BYTES:
        problems.append(Problem(message=f"the file is larger than {MAX_BYTES // 1_000_000} MB", file=file))
        return None
    node, found = _kept(text, file) if len(text) <= _KEPT_LENGTH else _read(text, file)
    problems.extend(found)
    return node


def _read(text: str, file: str) -> tuple[Node | None, tuple[Problem, ...]]:
    problems: list[Problem] = []
    try:
        root = _Builder(file, problems).build(YAML(typ="safe", pure=True).parse(text))
    except MarkedYAMLError as error:
        problems.append(_syntax(error, file))
    except (YAMLError, ValueError) as error:
        reason = " ".join(str(error).split())
        problems.append(Problem(message=f"not YAML: {reason[:200]}", file=file))
    if problems:
        return None, tuple(problems)
    return root or empty(file), ()


# Reading YAML is most of loading a workspace, and most of its files are those of the time before, or as shipped.
_kept = lru_cache(_KEPT)(_read)


def empty(file: str) -> Node:
    """The content of an empty file."""
    start = Place(file, 1, 1)
    return Node(value={}, text="", at=start, text_line=1, key_at=start)


def _syntax(error: MarkedYAMLError, file: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    reason = " ".join(str(error.problem or error.context or "").split())
    place = Place(file, mark.line + 1, mark.column + 1) if mark else Place(file, 1, 1)
    return place.problem(f"not YAML: {reason}")


class _Open(msgspec.Struct, kw_only=True):
    """A mapping or list that is being read."""

    node: Node
    key: str | None = None
    key_at: Place | None = None


class _Builder:
    """Makes nodes from events; faults go to `problems`, the first limit that is passed ends the reading."""

    def __init__(self, file: str, problems: list[Problem]) -> None:
        self._file, self._problems = file, problems
        self._open: list[_Open] = []
        self._root: Node | None = None
        self._count = 0

    def build(self, events: Iterator[Any]) -> Node | None:
        documents = 0
        for event in events:
            if isinstance(event, DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._fault(event.start_mark, "a second document in the file; write one")
                    return None
            elif isinstance(event, CollectionEndEvent):
                self._open.pop()
            elif isinstance(event, NodeEvent) and not self._node(event):
                return None
        return self._root

    def _fault(self, mark: StreamMark, message: str, hint: str | None = None) -> None:
        self._problems.append(self._place(mark).problem(message, hint))

    def _place(self, mark: StreamMark) -> Place:
        return Place(self._file, mark.line + 1, mark.column + 1)

    def _node(self, event: NodeEvent) -> bool:
        """Take one value or key; False where reading must end."""
        self._count += 1
        if isinstance(event, AliasEvent) or event.anchor is not None:
            self._fault(event.start_mark, "anchors and aliases (& and *) are not read", "write the value out")
            return False
        if isinstance(event, ScalarEvent | CollectionStartEvent) and event.tag is not None:
            self._fault(event.start_mark, f"the tag {event.tag} is not read", "write a plain value")
            return False
        if self._count > MAX_NODES or len(self._open) > MAX_DEPTH:
            self._fault(event.start_mark, f"more than {MAX_DEPTH} levels or {MAX_NODES} values")
            return False
        at = self._place(event.start_mark)
        parent = self._open[-1] if self._open else None
        if parent is not None and isinstance(parent.node.value, dict) and parent.key is None:
            return self._take_key(event, parent, at)
        key_at = parent.key_at if parent is not None and parent.key_at is not None else at
        node = _make(event, at, key_at)
        self._attach(node, parent)
        if not isinstance(event, ScalarEvent):
            self._open.append(_Open(node=node))
        return True

    def _take_key(self, event: NodeEvent, parent: _Open, at: Place) -> bool:
        if not isinstance(event, ScalarEvent):
            self._problems.append(at.problem("a key must be a plain word"))
            return False
        parent.key, parent.key_at = event.value, at
        return True

    def _attach(self, node: Node, parent: _Open | None) -> None:
        if parent is None:
            self._root = node
        elif isinstance(parent.node.value, list):
            parent.node.value.append(node)
        elif isinstance(parent.node.value, dict) and parent.key is not None:
            if earlier := parent.node.value.get(parent.key):
                message = f"duplicate key {parent.key!r}: it stands already in line {earlier.key_at.line}"
                self._problems.append(node.key_at.problem(message))
            else:
                parent.node.value[parent.key] = node
            parent.key = parent.key_at = None


def _make(event: NodeEvent, at: Place, key_at: Place) -> Node:
    if isinstance(event, MappingStartEvent):
        return Node(value={}, text="", at=at, text_line=at.line, key_at=key_at)
    if isinstance(event, SequenceStartEvent):
        return Node(value=[], text="", at=at, text_line=at.line, key_at=key_at)
    if not isinstance(event, ScalarEvent):
        raise TypeError(f"not a value: {event}")
    below = 1 if event.style in ("|", ">") else 0
    return Node(value=_scalar(event), text=event.value, at=at, text_line=at.line + below, key_at=key_at)


def _scalar(event: ScalarEvent) -> str | Decimal | bool | None:
    text: str = event.value
    if event.style in ("'", '"', "|", ">"):
        return text
    if text in _NULL:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    return Decimal(text) if _NUMBER.fullmatch(text) else text
