"""Which requests can be acknowledged from the journal, and what of them goes into it.

A request is admitted when all that is to be said about it is known before the store has it: each record is judged, and
no fact of the same source and id may be stored, or wait, or stand beside it. The others are set apart: they wait for
the store, which decides.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from breakeven.facts import columns
from breakeven.ingest.events import Parsed
from breakeven.ingest.journal import REJECTED
from breakeven.ingest.outcome import Outcome
from breakeven.ingest.pipeline import Pipeline
from breakeven.ingest.records import Columns, NotPlain, Records
from breakeven.ingest.refusing import by_request, refused_table
from breakeven.ingest.settled import settled
from breakeven.store.identity import keys_of
from breakeven.store.keys import Flags, Keys

Owners = npt.NDArray[np.int64]
"""For each row the number of its request."""
Known = Callable[[str, Keys], Flags]
"""(kind, keys) → for each whether a fact with that key may be stored or wait."""


class Answer(Protocol):
    """Where the outcome of a request goes, from any thread: a `Future`, or what stands for one."""

    def set_running_or_notify_cancel(self) -> bool:
        """Whether somebody still waits for it; asked once, before the records are taken."""
        ...

    def done(self) -> bool:
        """Whether it was told."""
        ...

    def set_result(self, result: Outcome) -> None:
        """Tell the outcome."""
        ...

    def set_exception(self, exception: BaseException) -> None:
        """Tell what prevented it."""
        ...


class Request(msgspec.Struct, frozen=True):
    """The records of one request and where its answer goes."""

    parsed: Parsed
    source: str
    now: datetime
    answer: Answer
    visible: bool = False
    """Whether the answer is to come after the store has the records."""


class Admitted(msgspec.Struct, frozen=True):
    """What becomes of a group of requests."""

    answers: Sequence[tuple[Request, Outcome]]
    """Requests that are answered as soon as `tables` are in the journal."""
    tables: Mapping[str, pa.Table]
    """Kind → rows, valid and in their types; REJECTED → records as the store keeps them."""
    keys: Mapping[str, Keys]
    """Keys of the facts in `tables`."""
    apart: Sequence[tuple[Request, Mapping[str, Keys]]]
    """Requests that wait for the store, with the keys of their records."""


class Admission:
    """Judges groups of requests; used by one thread."""

    def __init__(self, pipeline: Pipeline, known: Known) -> None:
        self._pipeline, self._known = pipeline, known

    def admit(self, group: Sequence[Request]) -> Admitted:
        """What becomes of the requests. Raises BreakevenError where none of them can be judged."""
        parts = _Parts(self._known)
        general = [request for request in group if request.parsed.typed is None]
        plain: dict[tuple[type[Records], Hashable], list[Request]] = {}
        for request in group:
            if (typed := request.parsed.typed) is not None:
                plain.setdefault((type(typed), typed.alike), []).append(request)
        for requests in plain.values():
            general += self._plain(requests, parts)
        for requests in alike(tabled(general)):
            self._general(requests, parts)
        return parts.together()

    def _plain(self, requests: Sequence[Request], parts: _Parts) -> list[Request]:
        """Take plain requests that are alike; gives those in which some value has to be looked at."""
        kind, staged = _staged(requests)
        found = None if staged is None else self._settled(kind, staged, max(request.now for request in requests))
        if staged is None or found is None:
            if len(requests) == 1:
                return list(requests)
            return [left for request in requests for left in self._plain([request], parts)]
        table = staged.table
        keys = keys_of(table["source"].to_pylist(), table["id"].to_pylist())
        sizes = [request.parsed.rows for request in requests]
        owner = np.repeat(np.arange(len(requests)), sizes)
        apart = parts.suspects(kind, keys, owner, len(requests))
        kept = ~apart[owner]
        rows = pa.table(found)
        parts.add(kind, rows if kept.all() else rows.filter(pa.array(kept)), keys[kept])
        for number, request in enumerate(requests):
            if apart[number]:
                parts.set_apart(with_tables(request), {kind: keys[owner == number]})
            else:
                parts.answer(request, Outcome(accepted=request.parsed.rows))
        return []

    def _settled(self, kind: str, staged: Columns, now: datetime) -> dict[str, pa.ChunkedArray] | None:
        """The columns in their types, None where one of them is not settled."""
        found = settled(kind, staged.table, now=now, projects=self._pipeline.projects, sure=staged.sure)
        wanted = {column.name for column in columns(kind) if column.required} | {*staged.table.column_names}
        return found if wanted - {"row", "ordinal"} <= set(found) else None

    def _general(self, requests: Sequence[Request], parts: _Parts) -> None:
        """Take requests through the steps, and their valid rows and refusals into the journal."""
        tables, refused, starts = merged(requests)
        now = max(request.now for request in requests)
        judged = self._pipeline.judged(tables, requests[0].source, now)
        bounds = np.array(starts[1:], dtype=np.int64)
        keys: dict[str, Keys] = {}
        owners: dict[str, Owners] = {}
        apart = np.zeros(len(requests), np.bool_)
        for kind, one in judged.items():
            keys[kind] = keys_of(one.valid["source"].to_pylist(), one.valid["id"].to_pylist())
            owners[kind] = np.searchsorted(bounds, one.valid["ordinal"].to_numpy(), side="right")
            apart |= parts.suspects(kind, keys[kind], owners[kind], len(requests))
        for kind, one in judged.items():
            kept = ~apart[owners[kind]]
            parts.add(kind, one.valid.filter(pa.array(kept)).drop_columns(["ordinal"]), keys[kind][kept])
        refused = pa.concat_tables([refused, *(one.refused for one in judged.values())])
        owner = np.searchsorted(bounds, refused["ordinal"].to_numpy(), side="right")
        parts.reject(self._pipeline.rejected([refused.filter(pa.array(~apart[owner]))], now))
        for number, (request, (counts, named)) in enumerate(zip(requests, by_request(refused, starts), strict=True)):
            if apart[number]:
                parts.set_apart(request, {kind: keys[kind][owners[kind] == number] for kind in keys})
                continue
            accepted = request.parsed.rows - sum(counts.values())
            parts.answer(request, Outcome(accepted=accepted, rejected=counts, refusals=named))


class _Parts:
    """What is gathered about a group."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._answers: list[tuple[Request, Outcome]] = []
        self._apart: list[tuple[Request, Mapping[str, Keys]]] = []
        self._tables: dict[str, list[pa.Table]] = {}
        self._keys: dict[str, list[Keys]] = {}

    def suspects(self, kind: str, keys: Keys, owner: Owners, requests: int) -> Flags:
        """For each request whether one of its keys may be known or stands twice in the group."""
        ordered = np.sort(np.concatenate([keys, *self._keys.get(kind, ())]))
        twice = ordered[1:][ordered[1:] == ordered[:-1]]
        flags = self._known(kind, keys)
        if len(twice):
            flags = flags | np.isin(keys, twice)
        found = np.zeros(requests, np.bool_)
        found[owner[flags]] = True
        return found

    def add(self, kind: str, rows: pa.Table, keys: Keys) -> None:
        if len(rows):
            self._tables.setdefault(kind, []).append(rows)
            self._keys.setdefault(kind, []).append(keys)

    def reject(self, rows: pa.Table | None) -> None:
        if rows is not None:
            self._tables.setdefault(REJECTED, []).append(rows)

    def answer(self, request: Request, outcome: Outcome) -> None:
        self._answers.append((request, outcome))

    def set_apart(self, request: Request, keys: Mapping[str, Keys]) -> None:
        self._apart.append((request, keys))

    def together(self) -> Admitted:
        tables = {kind: pa.concat_tables(found, promote_options="permissive") for kind, found in self._tables.items()}
        keys = {kind: np.concatenate(found) for kind, found in self._keys.items()}
        return Admitted(self._answers, tables, keys, self._apart)


def _staged(requests: Sequence[Request]) -> tuple[str, Columns | None]:
    typed = [request.parsed.typed for request in requests if request.parsed.typed is not None]
    return typed[0].kind, typed[0].together(typed, [request.source for request in requests])


def with_tables(request: Request) -> Request:
    """A request whose records are in tables. Raises NotPlain."""
    if request.parsed.typed is None:
        return request
    kind, staged = _staged([request])
    if staged is None:
        raise NotPlain
    table = staged.table.drop_columns(["ordinal"])
    return msgspec.structs.replace(request, parsed=Parsed({kind: table}, (), request.parsed.rows))


def tabled(requests: Sequence[Request]) -> list[Request]:
    """Requests whose records are in tables; of those that cannot be, the answer is NotPlain."""
    found = []
    for request in requests:
        try:
            found.append(with_tables(request))
        except NotPlain as error:
            request.answer.set_exception(error)
    return found


def alike(requests: Sequence[Request]) -> list[list[Request]]:
    """The requests in groups whose tables can be merged: a field may be text in one and a number in another."""
    groups: list[tuple[dict[tuple[str, str], pa.DataType], list[Request]]] = []
    for request in requests:
        types = {(kind, field.name): field.type for kind, table in request.parsed.tables.items()
                 for field in table.schema if not pa.types.is_null(field.type)}  # fmt: skip
        for known, group in groups:
            if all(known.get(name, arrow) == arrow for name, arrow in types.items()):
                known.update(types)
                group.append(request)
                break
        else:
            groups.append((types, [request]))
    return [group for _, group in groups]


def merged(requests: Sequence[Request]) -> tuple[dict[str, pa.Table], pa.Table, list[int]]:
    """Tables by kind with `ordinal`, the table REFUSED with theirs, and the first ordinal of each request.

    The ordinals of a request are its own rows (1-based) after its start, whatever their kind.
    """
    starts, start = [], 0
    parts: dict[str, list[pa.Table]] = {}
    refused = [refused_table(())]
    for request in requests:
        starts.append(start)
        for kind, table in request.parsed.tables.items():
            table = _with_source(table, request.source)
            ordinals = table["row"].to_numpy() + start
            parts.setdefault(kind, []).append(table.append_column("ordinal", pa.array(ordinals.astype(np.int64))))
        if request.parsed.refusals:
            refused.append(_placed(refused_table(request.parsed.refusals), request.source, start))
        start += request.parsed.rows + 1
    tables = {kind: pa.concat_tables(tables, promote_options="permissive") for kind, tables in parts.items()}
    return tables, pa.concat_tables(refused), starts


def _placed(refused: pa.Table, source: str, start: int) -> pa.Table:
    """Refusals of a request with the source that it names for those that name none, and their ordinals."""
    named = pc.if_else(pc.equal(pc.fill_null(refused["source"], ""), ""), source, refused["source"])
    names = refused.column_names
    placed = refused.set_column(names.index("source"), "source", named)
    return placed.set_column(names.index("ordinal"), "ordinal", pc.add(refused["row"], start))


def _with_source(table: pa.Table, source: str) -> pa.Table:
    filled = table["source"].fill_null(source) if "source" in table.column_names else pa.repeat(source, len(table))
    at = table.column_names.index("source") if "source" in table.column_names else None
    return table.set_column(at, "source", filled) if at is not None else table.append_column("source", filled)
