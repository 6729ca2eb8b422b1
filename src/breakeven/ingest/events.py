"""Bodies of HTTP requests as staging relations: CloudEvents 1.0 (structured, batched, binary mode), NDJSON and JSON.

A CloudEvent's `type` names the kind of fact: `breakeven.<kind>`, `<kind>` or `com.example.breakeven.<kind>`; its data
are the fact's fields, and the envelope's id, source and time stand where the data have none. In NDJSON and plain JSON
each record is a CloudEvent, or an object of the fact's fields with its `kind` (or one kind is given for all of them).

A body that is no JSON at all is an error of the whole request; what is wrong with one record is a `Refusal` of it.
Only envelopes become Python objects: the data stay text until the engine reads them, all at once.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterable, Mapping
from email.message import Message
from functools import lru_cache
from itertools import islice
from typing import Any

import msgspec
import pyarrow as pa

from breakeven.errors import TooLarge, UnknownName, UnsupportedMedia, UsageProblem, choices
from breakeven.facts import KINDS, TIME_FIELD, Reason, columns
from breakeven.ingest.arrays import events_of
from breakeven.ingest.attributes import BOM, PREFIX, fault, from_header
from breakeven.ingest.outcome import Refusal
from breakeven.ingest.records import Records
from breakeven.ingest.staging import Staging, name, text
from breakeven.ingest.typed import TypedParser
from breakeven.ingest.unpacking import unpacked
from breakeven.store.schema import INTERACTION

STRUCTURED, BATCH = "application/cloudevents+json", "application/cloudevents-batch+json"
LINES = ("application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines")
JSON = "application/json"
MEDIA_TYPES = (STRUCTURED, BATCH, LINES[0], JSON)
"""Content types that are read; and any with the headers of a CloudEvent in binary mode."""
SHOWN = 200
LONGEST_RECORD = 1 << 20
"""Bytes of one record: many times what all its fields may have together."""
MOST_OBJECTS = 4
"""Objects for each record that is allowed, up to which a body is decoded at once: it bounds what that can hold."""
_LINE = re.compile(rb"[^\n]+")
_BLANK = re.compile(r"[ \t\r\n]*")
_SCANNER = json.JSONDecoder()


OBJECTS = 2
"""Memory of the values of a plain body, as a multiple of its bytes (measured: 1.5 for long texts, 2 for short ones)."""


REFUSAL = 500
"""Memory of a refused record, as an object with its texts (measured: 520 where the record is a few characters)."""


class Limits(msgspec.Struct, frozen=True):
    """How much one request may bring."""

    body: int = 32 << 20
    """Bytes, after unpacking."""
    events: int = 200_000


class Parsed(msgspec.Struct, frozen=True):
    """A body as staging relations by kind, `row` being the 1-based place in the body."""

    tables: Mapping[str, pa.Table]
    refusals: tuple[Refusal, ...]
    rows: int
    """Records in the body."""
    typed: Records | None = None
    """All of them, where the body is plain: then there are neither tables nor refusals."""
    mark: int | None = None
    """A 64-bit hash over the body and how it is read, by which the same request is known when it is sent again."""

    def held(self, body: int) -> int:
        """Bytes of memory, about, of what was read from a body of so many bytes."""
        typed = 0 if self.typed is None else self.typed.held + OBJECTS * body
        tables: int = sum(table.nbytes for table in self.tables.values())
        return typed + tables + REFUSAL * len(self.refusals)


class Envelope(msgspec.Struct, frozen=True):
    """The attributes of a record that are read here; others, such as extensions, are left aside."""

    specversion: Any = None
    id: Any = None
    source: Any = None
    type: Any = None
    kind: Any = None
    time: Any = None
    datacontenttype: Any = None
    subject: Any = None
    dataschema: Any = None
    data: msgspec.Raw = msgspec.Raw()
    data_base64: Any = None


class Refused(Exception):
    """One record cannot be taken."""

    def __init__(self, reason: Reason, field: str | None, value: object, says: str, kind: str = "") -> None:
        self.reason, self.field, self.value, self.says, self.kind = reason, field, value, says, kind
        super().__init__(says)


class Record(msgspec.Struct, frozen=True):
    """One record on its way: its envelope's attributes and its data as JSON text."""

    row: int
    kind: str
    data: str
    id: str | None = None
    source: str | None = None
    time: str | None = None


class Parser:
    """Reads bodies; used by one thread at a time."""

    def __init__(self, staging: Staging, limits: Limits | None = None) -> None:
        self._staging = staging
        self._limits = limits or Limits()
        self._raws = msgspec.json.Decoder(list[msgspec.Raw])
        self._envelope = msgspec.json.Decoder(Envelope)
        self._typed = TypedParser()

    def take(self, body: bytes, headers: Mapping[str, str], kind: str | None = None) -> Parsed:
        """`parse`, by way of `plain` where the body is so."""
        return self.plain(body, headers, kind) or self.parse(body, headers, kind)

    def closer(self, body: bytes, headers: Mapping[str, str], kind: str | None = None) -> Parsed:
        """`take`, where what it found was NotPlain."""
        return self.plain(body, headers, kind, closer=True) or self.parse(body, headers, kind)

    def plain(
        self, body: bytes, headers: Mapping[str, str], kind: str | None = None, *, closer: bool = False
    ) -> Parsed | None:
        """A body whose records are all of one kind and need no reading, else None; from any thread.

        What it finds may turn out to be NotPlain, unless it looks `closer`. Raises what `parse` raises for a body that
        is too large, packed wrongly, or has too many records.
        """
        if "ce-specversion" in headers or "ce-type" in headers or not (kind is None or kind in KINDS):
            return None
        media = media_type(headers.get("content-type", ""))
        body = unpacked(body, headers.get("content-encoding", ""), self._limits.body)
        if not is_utf8(body):
            return None
        found: Records | None = events_of(body, _named) if media == BATCH and not closer else None
        if found is None:
            found = self._read_typed(body, media, kind)
        if found is None:
            return None
        self._check_number(found.rows)
        # What supersedes may come back on purpose: only of interactions a request that was taken is a duplicate.
        mark = hash((body, media, kind)) if found.kind == INTERACTION else None
        return Parsed({}, (), found.rows, found, mark)

    def _read_typed(self, body: bytes, media: str, kind: str | None) -> Records | None:
        if body.count(b"{") > MOST_OBJECTS * self._limits.events:
            return None
        if media in (STRUCTURED, BATCH):
            found = self._typed.events(body, named=_named, batch=media == BATCH)
        elif media in LINES:
            found = self._typed.lines(body, kind, named=_named)
        elif media == JSON:
            found = self._typed.records(body, kind, named=_named, batch=body.lstrip()[:1] == b"[")
        else:
            return None
        if found is None or (len(body) > LONGEST_RECORD and self._longest(body, media) > LONGEST_RECORD):
            return None
        return found

    def _longest(self, body: bytes, media: str) -> int:
        """Bytes of the longest record of a body that was read."""
        if media in LINES:
            return max(len(line[0]) for line in _LINE.finditer(body))
        return max(map(len, self._raws.decode(body))) if body.lstrip()[:1] == b"[" else len(body)

    def parse(self, body: bytes, headers: Mapping[str, str], kind: str | None = None) -> Parsed:
        """Read a body by its headers (names in lower case); `kind` is that of records that name none.

        Raises UnsupportedMedia, TooLarge, UnknownName, UsageProblem.
        """
        if kind is not None and kind not in KINDS:
            raise UnknownName("kind of fact", kind, KINDS)
        body = unpacked(body, headers.get("content-encoding", ""), self._limits.body)
        media = media_type(headers.get("content-type", ""))
        body = body.removeprefix(BOM)
        if ("ce-specversion" in headers or "ce-type" in headers) and media not in (STRUCTURED, BATCH):
            return self._staged([self._binary(body, headers, kind)])
        if media == STRUCTURED:
            parts: Iterable[bytes | msgspec.Raw] = [body]
        elif media == BATCH or (media == JSON and body.lstrip()[:1] == b"["):
            parts = self._elements(body)
        elif media == JSON:
            parts = [body]
        elif media in LINES:
            # One after the other: a list of all lines of a hostile body would be many times its size.
            parts = (line[0] for line in _LINE.finditer(body) if line[0].strip())
        else:
            raise UnsupportedMedia(
                f"content type {media or 'missing'!r} is not read; send one of: {', '.join(MEDIA_TYPES)},"
                " or a CloudEvent in binary mode with ce- headers"
            )
        one = media in (STRUCTURED, JSON) and not isinstance(parts, tuple)
        return self._staged([self._record(row, part, kind, media, whole=one) for row, part in self._limited(parts)])

    def _limited(self, parts: Iterable[bytes | msgspec.Raw]) -> list[tuple[int, bytes | msgspec.Raw]]:
        found = list(islice(enumerate(parts, 1), self._limits.events + 1))
        self._check_number(len(found))
        return found

    def _check_number(self, found: int) -> None:
        if found > self._limits.events:
            raise TooLarge(f"more than {self._limits.events} records in one request: send them in several")

    def _elements(self, body: bytes) -> tuple[msgspec.Raw, ...]:
        if body.count(b",") >= self._limits.events:
            self._check_number(elements(body, self._limits.events + 1))
        try:
            return tuple(self._raws.decode(body))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise UsageProblem(f"the body is not a JSON array of records: {error}") from error

    def _record(
        self, row: int, part: bytes | msgspec.Raw, kind: str | None, media: str, *, whole: bool
    ) -> Record | Refusal:
        content = bytes(part)
        if len(content) > LONGEST_RECORD:
            return _too_long(row, content, kind)
        try:
            content.decode("utf-8")  # what is not looked at here is not checked by the decoder
            envelope = self._envelope.decode(content)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            if whole:
                raise UsageProblem(f"the body is not a JSON object: {error}") from error
            return _refusal(row, Refused(Reason.UNREADABLE, None, _text(content), f"is not a JSON object: {error}",
                                         kind or ""), content)  # fmt: skip
        try:
            if envelope.specversion is None and media not in (STRUCTURED, BATCH):
                # Some facts have a `kind` of their own: where `type` or the request names the fact, it is left to them.
                named = _kind(kind or (envelope.type if _names_kind(envelope.type) else envelope.kind or envelope.type))
                return Record(row, named, _text(content))
            return self._event(row, envelope, kind)
        except Refused as refused:
            return _refusal(row, refused, content)

    def _event(self, row: int, envelope: Envelope, given_kind: str | None) -> Record:
        """A CloudEvent; `given_kind` is that of one whose type names none. Raises Refused."""
        if envelope.specversion != "1.0":
            given = Reason.MISSING_FIELD if envelope.specversion is None else Reason.BAD_VALUE
            says = 'is not the version of CloudEvents that is read: "1.0"'
            raise Refused(given, "specversion", envelope.specversion, says)
        for attribute in ("id", "source", "type"):
            value = getattr(envelope, attribute)
            if value is None or value == "":
                raise Refused(Reason.MISSING_FIELD, attribute, None, "is required in a CloudEvent")
            if not isinstance(value, str):
                raise Refused(Reason.BAD_TYPE, attribute, value, "is not a text")
        kind = _kind(envelope.type if given_kind is None or _names_kind(envelope.type) else given_kind)
        texts = {"subject": envelope.subject, "dataschema": envelope.dataschema,
                 "datacontenttype": envelope.datacontenttype}  # fmt: skip
        wrong = fault(texts, envelope.data_base64, has_data=bytes(envelope.data) not in (b"", b"null"))
        if wrong is not None:
            raise Refused(Reason.BAD_VALUE, *wrong, kind)
        if envelope.time is not None and not isinstance(envelope.time, str):
            raise Refused(Reason.BAD_TIME, "time", envelope.time, "is not a time: write 2026-10-17T14:30:00Z", kind)
        data = _data(envelope, kind)
        return Record(row, kind, data, envelope.id, envelope.source, envelope.time)

    def _binary(self, body: bytes, headers: Mapping[str, str], kind: str | None) -> Record | Refusal:
        if len(body) > LONGEST_RECORD:
            return _too_long(1, body, kind)
        attributes = {name[len(PREFIX):]: from_header(value) for name, value in headers.items()
                      if name.startswith(PREFIX)}  # fmt: skip
        try:
            data = _object(_in_charset(body, headers.get("content-type", ""), kind or ""), kind or "")
            named = ("specversion", "id", "source", "type", "time", "subject", "dataschema")
            envelope = Envelope(**{key: attributes.get(key) for key in named}, data=msgspec.Raw(data.encode()))
            return self._event(1, envelope, kind)
        except Refused as refused:
            return _refusal(1, refused, body)

    def _staged(self, found: list[Record | Refusal]) -> Parsed:
        by_kind: dict[str, list[Record]] = {}
        for record in found:
            if isinstance(record, Record):
                by_kind.setdefault(record.kind, []).append(record)
        tables = {kind: self._table(kind, records) for kind, records in by_kind.items()}
        refusals = tuple(record for record in found if isinstance(record, Refusal))
        return Parsed(tables, refusals, len(found))

    def _table(self, kind: str, records: list[Record]) -> pa.Table:
        """Staging relation of records: every field as text, envelope attributes where the data have none."""
        sent = pa.table({
            "row": pa.array([record.row for record in records], pa.int64()),
            "data": pa.array([record.data for record in records], pa.string()),
            "e_id": pa.array([record.id for record in records], pa.string()),
            "e_source": pa.array([record.source for record in records], pa.string()),
            "e_time": pa.array([record.time for record in records], pa.string()),
        })  # fmt: skip
        envelope = {"id": "e_id", "source": "e_source", TIME_FIELD[kind]: "e_time"}
        names = [column.name for column in columns(kind)]
        shape = msgspec.json.encode(dict.fromkeys(names, "VARCHAR")).decode()
        shown = ", ".join(
            f"coalesce(d.{name(field)}, {envelope[field]}) AS {name(field)}" if field in envelope
            else f"d.{name(field)} AS {name(field)}" for field in names
        )  # fmt: skip
        with self._staging.holding(sent=sent):
            sql = f"SELECT row, {shown} FROM (SELECT *, from_json(data, {text(shape)}) AS d FROM sent) ORDER BY row"
            return self._staging.table(sql, len(records))


def is_utf8(body: bytes) -> bool:
    """Whether a body is text in UTF-8 throughout: a decode looks only at what it keeps."""
    try:
        return body.isascii() or bool(body.decode())
    except UnicodeDecodeError:
        return False


def elements(body: bytes, most: int) -> int:
    """How many elements a JSON array has, counted up to `most` and without holding them; 0 for what is no array."""
    found, place = 0, 1
    try:
        shown = body.decode("utf-8").lstrip()
        while found < most:
            _, place = _SCANNER.raw_decode(shown, _past_blanks(shown, place))
            found += 1
            after = _past_blanks(shown, place)
            if shown[after : after + 1] != ",":
                break
            place = after + 1
    except (ValueError, RecursionError):
        return 0
    return found


def _past_blanks(text: str, place: int) -> int:
    found = _BLANK.match(text, place)
    return found.end() if found else place


def media_type(header: str) -> str:
    """The media type of a Content-Type header, without parameters."""
    return header.partition(";")[0].strip().lower()


def _names_kind(value: object) -> bool:
    return _named(value) is not None


def _named(value: object) -> str | None:
    """The kind that a `type` or `kind` names."""
    return _known(value) if isinstance(value, str) and len(value) <= SHOWN else None


@lru_cache(maxsize=1024)
def _known(value: str) -> str | None:
    kind = _short(value)
    return kind if kind in KINDS else None


def _short(name: str) -> str:
    """`cost` of `cost`, `breakeven.cost` and `com.example.breakeven.cost`."""
    found = re.fullmatch(r"(?:(?:[\w-]+\.)*breakeven\.)?(\w+)", name)
    return found[1] if found else name


def _kind(value: object) -> str:
    if value is None:
        raise Refused(Reason.UNKNOWN_KIND, "kind", None, f"is missing: one of {', '.join(KINDS)}")
    kind = _short(value) if isinstance(value, str) else ""
    if kind not in KINDS:
        raise Refused(Reason.UNKNOWN_KIND, "type", value, f"names no kind of fact: {choices(kind, list(KINDS))}")
    return kind


def _data(envelope: Envelope, kind: str) -> str:
    """The data of an event as the text of a JSON object: an object, JSON in a text, or either in base64."""
    if envelope.data_base64 is not None:
        try:
            content = base64.b64decode(envelope.data_base64, validate=True)
        except (binascii.Error, ValueError, TypeError) as error:
            raise Refused(Reason.UNREADABLE, "data_base64", envelope.data_base64, "is not base64", kind) from error
        return _object(_in_charset(content, envelope.datacontenttype, kind), kind)
    content = bytes(envelope.data)
    if content[:1] == b'"':
        return _object(msgspec.json.decode(content, type=str), kind)
    return _object(_text(content) if content else "null", kind)


def _in_charset(content: bytes, header: object, kind: str) -> str:
    message = Message()
    message["content-type"] = header if isinstance(header, str) and header else JSON
    charset = message.get_content_charset("utf-8")
    try:
        return content.decode(charset)
    except (LookupError, UnicodeDecodeError) as error:
        raise Refused(Reason.UNREADABLE, "data", content[:SHOWN], f"is not text in {charset}", kind) from error


def _object(data: str, kind: str) -> str:
    """A text that is a JSON object, as it is. Raises Refused."""
    try:
        msgspec.json.decode(data, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError) as error:
        says = "is not a JSON object with the fields of the fact"
        raise Refused(Reason.UNREADABLE, "data", data, says, kind) from error
    return data


def _text(content: bytes) -> str:
    return content.decode("utf-8", "replace")


def _too_long(row: int, content: bytes, kind: str | None) -> Refusal:
    """A record that is not even read; only its beginning is kept."""
    says = f"has {len(content)} bytes; a record may have {LONGEST_RECORD}"
    return _refusal(row, Refused(Reason.TOO_LARGE, None, content[:SHOWN], says, kind or ""), content[:SHOWN])


def _refusal(row: int, refused: Refused, content: bytes) -> Refusal:
    value = refused.value
    shown = None if value is None else value if isinstance(value, str) else _text(value) if isinstance(value, bytes) \
        else msgspec.json.encode(value).decode()  # fmt: skip
    readable = _text(content)
    try:
        msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        readable = msgspec.json.encode(readable).decode()
    return Refusal(
        row=row, kind=refused.kind or "unknown", reason=refused.reason, field=refused.field,
        value=None if shown is None else shown[:SHOWN], says=refused.says, record=readable,
    )  # fmt: skip
