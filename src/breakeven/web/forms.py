"""In which form an answer is given: `?format=` or the header Accept, and files that are sent while they are made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Annotated, Any

import pyarrow as pa
from litestar import Request
from litestar.params import QueryParameter
from litestar.response import Stream

from breakeven import __version__
from breakeven.errors import UnknownName
from breakeven.ledger.desk import Desk
from breakeven.views.dataout.about import metadata
from breakeven.views.dataout.files import MEDIA_TYPES, written

JSON = "json"
FORMS = (JSON, *MEDIA_TYPES)
FormText = Annotated[
    str | None,
    QueryParameter(name="format", description="Kind of answer; instead of it the header Accept. Default: json.",
                   schema_extra={"enum": [*FORMS]}),
]  # fmt: skip
_ACCEPTED: Mapping[str, str] = {
    "application/json": JSON, "text/csv": "csv", "application/vnd.apache.parquet": "parquet",
    "application/x-parquet": "parquet", "application/vnd.apache.arrow.stream": "arrow",
    "application/x-ndjson": "jsonl", "application/jsonl": "jsonl",
}  # fmt: skip

AnyRequest = Request[Any, Any, Any]
Opened = AbstractContextManager[Desk]


def form_of(request: AnyRequest, given: str | None) -> str:
    """The form that is asked for; what Accept names and we have not is passed over. Raises UnknownName."""
    if given is not None:
        if given not in FORMS:
            raise UnknownName("format", given, FORMS)
        return given
    wanted: list[tuple[float, str]] = []
    for part in request.headers.get("accept", "").split(","):
        media, *options = (word.strip().lower() for word in part.split(";"))
        weight = next((word[2:] for word in options if word.startswith("q=")), "1")
        form = JSON if media in ("*/*", "application/*") else _ACCEPTED.get(media)
        if form is not None and (number := _weight(weight)) > 0:
            wanted.append((-number, form))
    return min(wanted, key=lambda one: one[0])[1] if wanted else JSON


def _weight(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def sent(
    form: str, name: str, schema: pa.Schema, desk: Desk, batches: Iterable[pa.RecordBatch],
    more: Mapping[str, str] | None = None,
) -> Stream:  # fmt: skip
    """A file of rows that are there already."""
    parts = written(form, schema, batches, metadata(desk, __version__))
    return Stream(parts, media_type=MEDIA_TYPES[form], headers={**headers(form, name, desk), **(more or {})})


def sent_while_read(
    form: str, name: str, schema: pa.Schema, opened: Opened, batches: Any
) -> Stream:  # fmt: skip
    """A file that is made while it is sent: `batches(desk)` are read from one moment, held until the end of the file.

    What is wrong with the question is said before the file begins.
    """
    said: dict[str, str] = {}

    def parts() -> Iterator[bytes]:
        with opened as desk:
            said.update(headers(form, name, desk))
            yield from written(form, schema, batches(desk), metadata(desk, __version__))

    waiting = parts()
    first = [next(waiting), next(waiting, b"")]
    return Stream(_joined(first, waiting), media_type=MEDIA_TYPES[form], headers=said)


def _joined(first: list[bytes], rest: Iterator[bytes]) -> Iterator[bytes]:
    yield from first
    yield from rest


def headers(form: str, name: str, desk: Desk) -> dict[str, str]:
    """Name of the file, and what it was made from."""
    return {
        "Content-Disposition": f'attachment; filename="{name}.{form}"',
        "Breakeven-Data-Version": str(desk.reading.moment.versions.data),
        "Breakeven-Methodology": desk.workspace.methodology.version,
        "Vary": "Accept",
    }
